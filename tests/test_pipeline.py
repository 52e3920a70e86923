"""From a feed to a delivered alert: every entry ends as an article or a record, every match is told once."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from loguru import logger
from sqlalchemy import select, update

from monitor.config import load
from monitor.daemon import make_beats, opened, reload
from monitor.demo.newsroom import Newsroom
from monitor.demo.sinks import HookSink, MailSink
from monitor.edge import search, sources
from monitor.edge.clock import clock
from monitor.edge.database import reading, writing
from monitor.edge.tables import ALERT, FEED, SIGHTING
from monitor.model import Article
from monitor.pipeline import Pipeline

TOPIC = """
[[topic]]
name = "talks"
title = "Talks"
severity = "high"
query = "talks OR перегов* OR перего* OR محادثات OR sanctions"
"""


@dataclass
class Day:
    """A newsroom, two sinks, and the daemon's parts between them."""

    pipeline: Pipeline
    newsroom: Newsroom
    mail: MailSink
    hook: HookSink
    path: Path

    async def drain(self) -> None:
        await make_beats(self.pipeline).drain()

    async def poll_again(self) -> None:
        """All feeds are due once more."""
        with writing(self.pipeline.store.engine) as connection:
            connection.execute(update(FEED).values(due_at=clock()))
        await self.drain()

    def articles(self) -> list[Article]:
        return [found.article for found in search.candidates(self.pipeline.store.engine, ())]


def written(newsroom: Newsroom, mail: MailSink, hook: HookSink, more: str = "") -> str:
    feeds = "".join(f'[[feed]]\nname = "{feed.name}"\nurl = "{feed.url}"\n' for feed in newsroom.feeds)
    return f"""
    [fetch]
    per_host = 16
    allow_private = ["{newsroom.base.removeprefix("http://")}"]
    [read]
    workers = 1
    [deliver]
    allow_private = ["127.0.0.1:{hook.port}"]
    first_retry = "1s"
    max_backoff = "1s"
    {TOPIC}
    {feeds}
    [[receiver]]
    name = "mail"
    kind = "email"
    host = "{mail.host}"
    port = {mail.port}
    security = "none"
    sender = "monitor@demo.example"
    to = ["desk@demo.example"]
    [[receiver]]
    name = "hook"
    kind = "webhook"
    url = "{hook.url}"
    [[route]]
    receivers = ["mail", "hook"]
    topics = ["talks"]
    {more}
    """


@asynccontextmanager
async def day(folder: Path, first: int | None = None, **sinks: object) -> AsyncIterator[Day]:
    logger.remove()
    async with AsyncExitStack() as stack:
        newsroom = await stack.enter_async_context(Newsroom(first=first))
        mail = await stack.enter_async_context(MailSink(answers=sinks.get("answers", ())))  # type: ignore[arg-type]
        hook = await stack.enter_async_context(HookSink(plan=sinks.get("plan", ())))  # type: ignore[arg-type]
        path = folder / "config.toml"
        path.write_text(written(newsroom, mail, hook), "utf-8")
        pipeline = await stack.enter_async_context(opened(load(path)))
        yield Day(pipeline, newsroom, mail, hook, path)


async def test_every_entry_of_every_feed_ends_as_an_article_and_every_match_is_told_once(tmp_path: Path) -> None:
    async with day(tmp_path) as work:
        await work.drain()
        articles = work.articles()
        assert [(article.url, article.last_error) for article in articles if article.state != "done"] == []
        assert all(article.text or article.note for article in articles)
        # Every page that the newsroom wrote was seen, once, whatever feeds showed it and however its link was dressed.
        titles = Counter(article.title for article in articles)
        assert len(titles) == len(articles) >= len(work.newsroom.articles)
        alerts = [alert for alert, _ in search.find_alerts(work.pipeline.store.engine, limit=500)]
        assert alerts
        assert {alert.state for alert in alerts} == {"sent"}
        told = Counter((alert.receiver, alert.topic, alert.story_id) for alert in alerts)
        assert set(told.values()) == {1}
        assert len(work.mail.messages) == len(work.hook.received) == len(alerts) / 2
        ids = {headers["webhook-id"] for headers, _ in work.hook.received}
        assert ids == {alert.uid for alert in alerts if alert.receiver == "hook"}


async def test_a_second_poll_of_unchanged_feeds_adds_and_tells_nothing(tmp_path: Path) -> None:
    async with day(tmp_path) as work:
        await work.drain()
        before, told = len(work.articles()), len(work.hook.received)
        pages = {path: count for path, count in work.newsroom.requests.items() if "/feeds/" not in path}
        await work.poll_again()
        assert (len(work.articles()), len(work.hook.received)) == (before, told)
        again = {path: count for path, count in work.newsroom.requests.items() if "/feeds/" not in path}
        assert {path: count for path, count in again.items() if count > pages.get(path, 0)}.keys() <= {
            feed.url.removeprefix(work.newsroom.base) for feed in work.newsroom.feeds
        }


async def test_what_is_published_later_is_told_by_the_next_poll(tmp_path: Path) -> None:
    async with day(tmp_path, first=10) as work:
        await work.drain()
        before = len(work.articles())
        work.newsroom.publish()
        await work.poll_again()
        assert len(work.articles()) > before
        assert all(state == "sent" for state in states(work))


async def test_where_a_page_cannot_be_had_the_feeds_text_serves_and_the_article_says_why(tmp_path: Path) -> None:
    async with day(tmp_path) as work:
        await work.drain()
        noted = [article for article in work.articles() if article.note]
        assert {article.text_source for article in noted} <= {"feed", ""}
        notes = " ".join(article.note for article in noted)
        assert "403" in notes
        assert "404" in notes
        assert all(article.text for article in noted if article.content or article.summary)


async def test_a_message_that_is_put_off_arrives_later_under_its_id_and_each_try_is_recorded(tmp_path: Path) -> None:
    async with day(tmp_path, first=12, answers=("451 4.3.0 Later",), plan=(503, 500)) as work:
        await work.drain()
        for _ in range(4):
            with writing(work.pipeline.store.engine) as connection:
                connection.execute(update(ALERT).where(ALERT.c.state == "owed").values(due_at=clock()))
            await work.drain()
        assert states(work)
        assert set(states(work)) == {"sent"}
        tries = [
            [attempt.result for attempt in search.attempts(work.pipeline.store.engine, alert.uid)]
            for alert, _ in search.find_alerts(work.pipeline.store.engine)
        ]
        assert ["retry", "sent"] in tries
        owed = {alert.uid for alert, _ in search.find_alerts(work.pipeline.store.engine) if alert.receiver == "hook"}
        assert {headers["webhook-id"] for headers, _ in work.hook.received} == owed


async def test_a_refusal_for_good_is_recorded_with_its_reason_and_can_be_owed_again(tmp_path: Path) -> None:
    async with day(tmp_path, first=12, plan=(400,) * 50) as work:
        await work.drain()
        failed = [alert for alert, _ in search.find_alerts(work.pipeline.store.engine) if alert.receiver == "hook"]
        assert {alert.state for alert in failed} == {"failed"}
        assert all("400" in alert.last_error for alert in failed)
        assert search.retry_failed(work.pipeline.store.engine, clock(), failed[0].uid) == 1


async def test_an_alert_to_a_receiver_that_is_gone_says_so_and_is_kept(tmp_path: Path) -> None:
    async with day(tmp_path, first=20) as work, AsyncExitStack() as stack:
        beats = make_beats(work.pipeline)
        beats.tell.followers = ()
        for beat in (beats.poll, beats.read, beats.tell):
            await beat.drain()
        text = work.path.read_text("utf-8").replace('receivers = ["mail", "hook"]', 'receivers = ["mail"]')
        work.path.write_text(text.replace('name = "hook"', 'name = "other"'), "utf-8")
        await reload(work.pipeline, lambda: load(work.path), stack)
        await beats.deliver.drain()
        kept = [alert for alert, _ in search.find_alerts(work.pipeline.store.engine) if alert.receiver == "hook"]
        assert kept
        assert {alert.state for alert in kept} == {"failed"}
        assert all("no receiver is named 'hook'" in alert.last_error for alert in kept)


async def test_a_faulty_configuration_on_reload_leaves_the_old_one_in_force(tmp_path: Path) -> None:
    async with day(tmp_path, first=3) as work:
        before = work.pipeline.rulebook
        work.path.write_text("colour = 1")
        async with AsyncExitStack() as stack:
            await reload(work.pipeline, lambda: load(work.path), stack)
        assert work.pipeline.rulebook is before


async def test_a_changed_topic_is_in_force_after_a_reload(tmp_path: Path) -> None:
    async with day(tmp_path, first=3) as work:
        work.path.write_text(work.path.read_text("utf-8").replace('title = "Talks"', 'title = "Negotiations"'), "utf-8")
        async with AsyncExitStack() as stack:
            await reload(work.pipeline, lambda: load(work.path), stack)
            assert work.pipeline.rulebook.rules.title("talks") == "Negotiations"


@pytest.mark.parametrize("missing", ["/gone.xml", "/"])
async def test_a_feed_that_fails_says_why_and_the_others_go_on(tmp_path: Path, missing: str) -> None:
    async with day(tmp_path, first=5) as work:
        with writing(work.pipeline.store.engine) as connection:
            wrong = update(FEED).where(FEED.c.name == work.newsroom.feeds[0].name)
            connection.execute(wrong.values(url=work.newsroom.base + missing))
        await work.drain()
        known = {feed.name: feed for feed, _ in sources.known_feeds(work.pipeline.store.engine)}
        broken = known.pop(work.newsroom.feeds[0].name)
        assert broken.failures == 1
        assert broken.last_error
        assert all(feed.succeeded_at and not feed.last_error for feed in known.values())


async def test_a_hostile_title_reaches_a_mail_as_one_subject_and_adds_no_header(tmp_path: Path) -> None:
    async with day(tmp_path) as work:
        await work.drain()
        for mail in work.mail.messages:
            assert len(mail.get_all("Subject")) == 1
            assert mail["Bcc"] is None
            assert mail.get_all("To") == ["desk@demo.example"]


async def test_the_payload_of_a_webhook_names_the_evidence_where_it_stands(tmp_path: Path) -> None:
    async with day(tmp_path) as work:
        await work.drain()
        by_id = {article.id: article for article in work.articles()}
        for _, body in work.hook.received:
            data = json.loads(body)["data"]
            article = by_id[data["article"]["id"]]
            for item in data["match"]["evidence"]:
                zone = article.title if item["zone"] == "title" else article.text
                assert zone[item["start"] : item["end"]] == item["found"]


def states(work: Day) -> list[str]:
    return [alert.state.value for alert, _ in search.find_alerts(work.pipeline.store.engine, limit=500)]


async def test_an_entry_seen_in_two_feeds_is_one_article_with_two_sightings(tmp_path: Path) -> None:
    async with day(tmp_path) as work:
        await work.drain()
        with reading(work.pipeline.store.engine) as connection:
            shown = Counter(connection.scalars(select(SIGHTING.c.article_id)))
        assert max(shown.values()) == 2

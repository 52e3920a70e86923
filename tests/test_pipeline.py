"""From a feed to a delivered alert: every entry ends as an article or a record, every match is told once."""

import asyncio
import contextlib
import json
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from fresh import lay
from loguru import logger
from servers import Site, http
from sqlalchemy import select, update

from monitor.archive import Archive, Question
from monitor.config import load
from monitor.daemon import make_beats, opened
from monitor.demo.newsroom import Newsroom
from monitor.demo.sinks import HookSink, MailSink
from monitor.edge import search, sources
from monitor.edge.clock import clock
from monitor.edge.database import reading, writing
from monitor.edge.revisions import find_changes, find_revisions
from monitor.edge.tables import ALERT, ARTICLE, FEED, SIGHTING, STORY_EVENT
from monitor.model import Article
from monitor.pipeline import Pipeline
from monitor.reloads import reload
from monitor.stories import StoryChange

ON_BOTH = True  # but for those that take long, and ask of the database what others do
pytestmark = pytest.mark.slow  # a daemon at work, or nearly

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
        return [found.article for found in search.every_article(self.pipeline.store.engine)]


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
        lay(load(path).database_path)
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
        # Of stories that turn out to be one when both were told, each was told.
        with reading(work.pipeline.store.engine) as connection:
            merged = select(STORY_EVENT.c.story_id).where(STORY_EVENT.c.change == StoryChange.MERGE.value)
            joined = Counter(connection.scalars(merged))
        assert all(times <= 1 + joined[story] for (_, _, story), times in told.items())
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


@pytest.mark.sqlite
async def test_what_is_published_later_is_told_by_the_next_poll(tmp_path: Path) -> None:
    async with day(tmp_path, first=10) as work:
        await work.drain()
        before = len(work.articles())
        work.newsroom.publish()
        await work.poll_again()
        assert len(work.articles()) > before
        assert all(state == "sent" for state in states(work))


@pytest.mark.sqlite
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


@pytest.mark.sqlite
async def test_a_refusal_for_good_is_recorded_with_its_reason_and_can_be_owed_again(tmp_path: Path) -> None:
    async with day(tmp_path, first=12, plan=(400,) * 50) as work:
        await work.drain()
        failed = [alert for alert, _ in search.find_alerts(work.pipeline.store.engine) if alert.receiver == "hook"]
        assert {alert.state for alert in failed} == {"failed"}
        assert all("400" in alert.last_error for alert in failed)
        assert search.retry_failed(work.pipeline.store.engine, clock(), failed[0].uid) == 1


@pytest.mark.sqlite
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


@pytest.mark.sqlite
async def test_a_hostile_title_reaches_a_mail_as_one_subject_and_adds_no_header(tmp_path: Path) -> None:
    async with day(tmp_path) as work:
        await work.drain()
        for mail in work.mail.messages:
            assert len(mail.get_all("Subject")) == 1
            assert mail["Bcc"] is None
            assert mail.get_all("To") == ["desk@demo.example"]


@pytest.mark.sqlite
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


@pytest.mark.sqlite
async def test_an_entry_seen_in_two_feeds_is_one_article_with_two_sightings(tmp_path: Path) -> None:
    async with day(tmp_path) as work:
        await work.drain()
        with reading(work.pipeline.store.engine) as connection:
            shown = Counter(connection.scalars(select(SIGHTING.c.article_id)))
        assert max(shown.values()) == 2


# Articles that change

HURT = "At least two workers were hurt when the crane fell onto the quay of Arlen, the port's director said on Tuesday."
CLOSED = "The port was closed for the day, and ships that had been on their way were sent on to the next harbour."
SPEAKS = "The two governments broke off their talks about the strait after the accident, a spokesman said."
PARAGRAPHS = (
    CLOSED,
    "Inspectors had warned of rust in the spring of last year. Nothing was done about it, a report of the city says.",
)


def page(title: str, *paragraphs: str) -> bytes:
    told = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    html = f"<html lang='en'><head><title>{title}</title></head><body><article><h1>{title}</h1>{told}</article></body>"
    return http(html.encode(), "200 OK", "Content-Type: text/html; charset=utf-8")


def rss(base: str, title: str, *, guid: str = "1", summary: str = "A crane fell.", content: str = "") -> bytes:
    space = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    full = f"<content:encoded><![CDATA[{content}]]></content:encoded>" if content else ""
    item = f"<title>{title}</title><link>{base}/crane</link><guid>{guid}</guid><description>{summary}</description>"
    feed = f'<rss version="2.0" {space}><channel><title>News</title><item>{item}{full}</item></channel></rss>'
    return http(feed.encode(), "200 OK", "Content-Type: application/rss+xml")


@dataclass
class Desk:
    """One site that we write ourselves, the daemon's parts, and a sink."""

    path: Path
    site: Site
    hook: HookSink
    pipeline: Pipeline

    def publish(self, title: str, *paragraphs: str, **entry: str) -> None:
        self.site.answers["/feed"] = rss(self.site.base, title, **entry)
        self.site.answers["/crane"] = page(title, *paragraphs)

    async def poll(self) -> None:
        """The feed is due, and no article rests."""
        with writing(self.pipeline.store.engine) as connection:
            connection.execute(update(FEED).values(due_at=clock()))
            connection.execute(update(ARTICLE).where(ARTICLE.c.state == "done").values(due_at=None))
        await make_beats(self.pipeline).drain()

    def rouse(self) -> None:
        """An article that was read a while ago need not wait to be read again."""
        resting = (ARTICLE.c.state == "read") & (ARTICLE.c.due_at > clock() + timedelta(minutes=1))
        with writing(self.pipeline.store.engine) as connection:
            connection.execute(update(ARTICLE).where(resting).values(due_at=clock()))

    @property
    def article(self) -> Article:
        (found,) = search.every_article(self.pipeline.store.engine)
        return found.article

    def fetched(self) -> int:
        return self.site.paths.count("/crane")

    def flagged(self, query: str) -> int:
        return Archive(self.pipeline.store.engine, self.pipeline.rulebook.rules).ask(Question(query)).total


@asynccontextmanager
async def desk(folder: Path, feed: str = "", plan: tuple[int, ...] = ()) -> AsyncIterator[Desk]:
    logger.remove()
    async with Site() as site, HookSink(plan=plan) as hook:
        path = folder / "config.toml"
        path.write_text(
            f"""
            [fetch]
            allow_private = ["{site.place}"]
            [read]
            workers = 1
            [deliver]
            allow_private = ["127.0.0.1:{hook.port}"]
            [[feed]]
            name = "wire"
            url = "{site.base}/feed"
            {feed}
            [[topic]]
            name = "talks"
            query = "talks"
            [[topic]]
            name = "accident"
            query = "crane AND workers"
            [[receiver]]
            name = "hook"
            kind = "webhook"
            url = "{hook.url}"
            [[route]]
            receivers = ["hook"]
            """,
            "utf-8",
        )
        async with opened(load(path)) as pipeline:
            yield Desk(path, site, hook, pipeline)


def told(hook: HookSink) -> list[tuple[str, str]]:
    """The topics that the sink was told of, and what an edit had to do with it."""
    sent = [json.loads(body)["data"] for _, body in hook.received]
    return [(data["topic"]["name"], data.get("edit", {}).get("change", "")) for data in sent]


async def test_an_edit_that_makes_a_topic_match_is_told_and_one_that_ends_a_match_is_recorded(tmp_path: Path) -> None:
    async with desk(tmp_path) as work:
        work.publish("Crane falls in Arlen", HURT, *PARAGRAPHS)
        await work.poll()
        assert told(work.hook) == [("accident", "")]
        work.publish("Talks end after accident", SPEAKS, *PARAGRAPHS)
        await work.poll()
        article = work.article
        assert (article.title, article.revision, article.state) == ("Talks end after accident", 1, "done")
        assert told(work.hook) == [("accident", ""), ("talks", "gained")]
        (before,) = find_revisions(work.pipeline.store.engine, article.id)
        assert before.title == "Crane falls in Arlen"
        assert HURT in before.text
        changes = find_changes(work.pipeline.store.engine, article.id)
        assert [(change.topic, change.change, change.revision) for change in changes] == [
            ("accident", "lost", 1),
            ("talks", "gained", 1),
        ]
        assert (work.flagged("topic:accident"), work.flagged("topic:talks"), work.flagged("workers")) == (0, 1, 0)
        # And back again: nobody is told a second time of what he was told of before.
        work.publish("Crane falls in Arlen", HURT, *PARAGRAPHS)
        await work.poll()
        assert work.article.revision == 2
        assert len(told(work.hook)) == 2
        story = work.pipeline.store.story(article.id)
        assert story is not None
        assert story.articles == 1


async def test_an_edit_of_no_consequence_is_read_once_and_told_to_nobody(tmp_path: Path) -> None:
    async with desk(tmp_path) as work:
        work.publish("Crane falls in Arlen", HURT, *PARAGRAPHS)
        await work.poll()
        work.publish("Crane falls in Arlen", HURT, *PARAGRAPHS, summary="A crane fell. 1,204 views")
        await work.poll()
        assert (work.fetched(), work.article.revision, work.article.state) == (2, 0, "done")
        work.site.answers["/feed"] = rss(work.site.base, "Crane falls in Arlen", guid="2", summary="1,309 views")
        with writing(work.pipeline.store.engine) as connection:
            connection.execute(update(FEED).values(due_at=clock()))
        await make_beats(work.pipeline).drain()
        # It was read a moment ago, and waits.
        assert (work.fetched(), work.article.state) == (2, "read")
        assert len(told(work.hook)) == 1


async def test_a_page_that_is_gone_when_its_article_is_edited_leaves_the_text_that_we_have(tmp_path: Path) -> None:
    async with desk(tmp_path) as work:
        work.publish("Crane falls in Arlen", HURT, *PARAGRAPHS)
        await work.poll()
        work.publish("Two hurt in Arlen", summary="It is gone.")
        work.site.answers["/crane"] = http(b"gone", "404 Not Found")
        await work.poll()
        article = work.article
        assert HURT in article.text
        assert (article.title, article.revision, article.text_source) == ("Two hurt in Arlen", 1, "page")
        assert "404" in article.note


async def test_what_stood_in_an_article_outlives_a_daemon_that_ends_between_reading_and_telling(tmp_path: Path) -> None:
    async with desk(tmp_path) as work:
        work.publish("Crane falls in Arlen", HURT, *PARAGRAPHS)
        await work.poll()
        work.publish("Talks end after accident", SPEAKS, *PARAGRAPHS)
        with writing(work.pipeline.store.engine) as connection:
            connection.execute(update(FEED).values(due_at=clock()))
        beats = make_beats(work.pipeline)
        beats.poll.followers = beats.read.followers = ()
        await beats.poll.drain()
        assert work.article.state == "read"
        await beats.read.drain()
        assert (work.article.state, work.article.revision) == ("tell", 1)
        async with opened(load(work.path)) as another:
            await make_beats(another).drain()
        assert work.article.state == "done"
        assert [each.number for each in find_revisions(work.pipeline.store.engine, work.article.id)] == [0]
        assert len(find_changes(work.pipeline.store.engine, work.article.id)) == 2
        assert told(work.hook) == [("accident", ""), ("talks", "gained")]


async def test_an_alert_that_an_edit_overtook_is_delivered_and_says_so(tmp_path: Path) -> None:
    async with desk(tmp_path, plan=(503,)) as work:
        work.publish("Crane falls in Arlen", HURT, *PARAGRAPHS)
        await work.poll()
        assert states_of(work) == ["owed"]
        work.publish("Port closed in Arlen", *PARAGRAPHS, CLOSED.replace("day", "week"))
        await work.poll()
        with writing(work.pipeline.store.engine) as connection:
            connection.execute(update(ALERT).values(due_at=clock()))
        await make_beats(work.pipeline).drain()
        assert states_of(work) == ["sent"]
        assert told(work.hook)[-1] == ("accident", "lost")


def states_of(work: Desk) -> list[str]:
    return [alert.state.value for alert, _ in search.find_alerts(work.pipeline.store.engine)]


WHOLE = "".join(f"<p>{HURT} {CLOSED} This is part {number} of the report.</p>" for number in range(8))


@pytest.mark.parametrize(
    ("feed", "content", "fetched", "source"),
    [
        ("", WHOLE, 0, "feed"),
        ("", WHOLE + "<p>Continue reading</p>", 1, "page"),
        ('text = "page"', WHOLE, 1, "page"),
        ('text = "feed"', "", 0, "feed"),
    ],
)
async def test_a_page_is_fetched_unless_the_feed_carries_the_whole_text(
    tmp_path: Path, feed: str, content: str, fetched: int, source: str
) -> None:
    async with desk(tmp_path, feed) as work:
        long = [f"{HURT} This is part {number} of the report, and {CLOSED.lower()}" for number in range(12)]
        work.publish("Crane falls in Arlen", *long, content=content)
        await work.poll()
        article = work.article
        assert (work.fetched(), article.text_source, article.note, article.state) == (fetched, source, "", "done")
        assert article.text


async def test_an_edit_of_a_text_that_the_feed_carries_needs_no_page_either(tmp_path: Path) -> None:
    async with desk(tmp_path) as work:
        work.publish("Crane falls in Arlen", content=WHOLE)
        await work.poll()
        work.publish("Crane falls in Arlen", content=WHOLE + f"<p>{SPEAKS}</p>")
        await work.poll()
        assert (work.fetched(), work.article.revision) == (0, 1)
        assert told(work.hook) == [("accident", ""), ("talks", "gained")]


STAGES = ("tell", "/feed", "done", "/crane", "tell", "/crane")
VERSIONS = (HURT, SPEAKS, f"{HURT} {SPEAKS}", CLOSED.replace("day", "week"), f"{SPEAKS} {CLOSED}", HURT)


async def run_and_kill(work: Desk, reached: Callable[[], bool], after_s: float) -> None:
    """Start the daemon, and kill it without warning so long after it came this far."""
    command = (sys.executable, "-m", "monitor", "--config", str(work.path), "run")
    with (work.path.parent / "log").open("ab") as log:
        daemon = await asyncio.create_subprocess_exec(*command, stderr=log)
        try:
            async with asyncio.timeout(60):
                while not reached():
                    work.rouse()
                    await moment(daemon, 0.02)
            await moment(daemon, after_s)
        finally:
            with contextlib.suppress(ProcessLookupError):
                daemon.kill()
        assert await daemon.wait() == -signal.SIGKILL


def has_come_to(work: Desk, stage: str) -> Callable[[], bool]:
    """Whether, from now on, a feed was asked, a page was asked, a revision was kept, or an edit was told."""
    asked, revision = len(work.site.asked), work.article.revision
    if stage.startswith("/"):
        return lambda: stage in work.site.paths[asked:]
    return lambda: work.article.revision > revision and work.article.state in {stage, "done"}


async def moment(daemon: asyncio.subprocess.Process, length_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(daemon.wait(), length_s)
        pytest.fail("the daemon ended by itself: see log")


def replayed(work: Desk, article: Article, first: frozenset[str]) -> frozenset[str]:
    """The topics that ask for an article, by those that asked at first and what became of them since."""
    topics = set(first)
    for change in find_changes(work.pipeline.store.engine, article.id):
        if change.change == "gained":
            assert change.topic not in topics
            topics.add(change.topic)
        elif change.change == "lost":
            topics.remove(change.topic)
    return frozenset(topics)


@pytest.mark.slow
@pytest.mark.sqlite
async def test_kills_at_any_moment_lose_no_edit_and_tell_nothing_twice(tmp_path: Path) -> None:
    chance = Random(11)
    async with desk(tmp_path) as work:
        work.publish("Crane falls in Arlen", HURT, *PARAGRAPHS)
        await work.poll()
        for version, stage in zip(VERSIONS, STAGES, strict=True):
            work.publish(f"Crane falls in Arlen, {len(version)}", version, *PARAGRAPHS)
            with writing(work.pipeline.store.engine) as connection:
                connection.execute(update(FEED).values(due_at=clock(), token="", leased_until=None))
                connection.execute(update(ARTICLE).values(due_at=clock(), token="", leased_until=None))
            await run_and_kill(work, has_come_to(work, stage), chance.uniform(0.0, 0.1))
        with writing(work.pipeline.store.engine) as connection:
            connection.execute(update(FEED).values(token="", leased_until=None))
            connection.execute(update(ARTICLE).values(due_at=clock(), token="", leased_until=None))
            connection.execute(update(ALERT).values(due_at=clock(), token="", leased_until=None))
        await work.poll()
        article = work.article
        assert article.state == "done"
        assert article.title == f"Crane falls in Arlen, {len(HURT)}"
        assert article.text.startswith(HURT)
        revisions = find_revisions(work.pipeline.store.engine, article.id)
        assert [each.number for each in revisions] == list(range(article.revision))
        assert len(revisions) >= 4
        assert all((one.title, one.text) != (other.title, other.text) for one, other in pairwise(revisions))
        matches = frozenset(match.topic for match in work.pipeline.store.matches(article.id))
        assert replayed(work, article, frozenset({"accident"})) == matches == {"accident"}
        ids = Counter(headers["webhook-id"] for headers, _ in work.hook.received)
        alerts = [alert for alert, _ in search.find_alerts(work.pipeline.store.engine)]
        assert {alert.uid for alert in alerts} == ids.keys()
        assert len({(alert.topic, alert.receiver) for alert in alerts}) == len(alerts)

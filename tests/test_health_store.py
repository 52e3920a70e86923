"""What is found of sources is kept, told once to each receiver, and survives everything."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from servers import Site, http
from sqlalchemy import insert, select, update

from monitor.config import load
from monitor.daemon import make_beats, opened
from monitor.demo.sinks import HookSink
from monitor.edge import feed_days, health, sources
from monitor.edge.database import reading, writing
from monitor.edge.fetch import Fetcher, FetchSettings
from monitor.edge.store import Store
from monitor.edge.tables import ARTICLE, FEED, FEED_DAY, HEALTH_EVENT, NOTICE, SIGHTING
from monitor.errors import ConfigError, FetchError, StaleClaimError
from monitor.model import AlertState, Entry, Feed, Sighting
from monitor.rounds import Rounds
from monitor.settings import HealthConfig
from monitor.think import health as judging
from monitor.think import render_health

ON_BOTH = True

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
TOLD = HealthConfig(receivers=("desk", "hook"))


def feeds(store: Store, now: datetime, *names: str) -> None:
    sources.sync(store.engine, [Feed(0, name, f"https://{name}.example/rss") for name in names], now)
    change(store, polled_at=now, succeeded_at=now)


def change(store: Store, name: str = "", **values: object) -> None:
    """Leave one feed, or all, as polls would have."""
    changed = update(FEED).where(FEED.c.name == name) if name else update(FEED)
    with writing(store.engine) as connection:
        connection.execute(changed.values(values))


def lose(store: Store, name: str, now: datetime, since: timedelta = 30 * HOUR, error: str = "no answer") -> None:
    change(store, name, failures=6, last_error=error, succeeded_at=now - since, polled_at=now)


def rows(store: Store, table: Any) -> list[dict[str, Any]]:
    with reading(store.engine) as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


def state(store: Store) -> dict[str, str]:
    return {row["name"]: row["health"] for row in rows(store, FEED)}


def rounds(store: Store, settings: HealthConfig = TOLD) -> Rounds:
    async def on_disk(work: Callable[..., Any], *args: Any, **named: Any) -> Any:
        return work(*args, **named)

    return Rounds(store.engine, on_disk, lambda: settings)


def news(store: Store, feed_id: int, times: list[datetime], note: str = "") -> None:
    """Articles that a feed showed at these times, read."""
    start = len(rows(store, ARTICLE)) + 1
    numbered = list(enumerate(times, start))
    common = {"backlog": False, "failures": 0, "state": "done", "note": note}
    with writing(store.engine) as connection:
        connection.execute(
            insert(ARTICLE), [{"id": n, "key": f"k{n}", "title": "t", "seen_at": at, **common} for n, at in numbered]
        )
        seen = [{"feed_id": feed_id, "article_id": n, "entry_key": f"e{n}", "seen_at": at} for n, at in numbered]
        connection.execute(insert(SIGHTING), seen)


def days(store: Store, feed_id: int, now: datetime, number: int, articles: int, first: int = 0) -> None:
    told = [
        {"feed_id": feed_id, "day": (now - n * DAY).date(), "polls": 96, "articles": articles}
        for n in range(first, number)
    ]
    with writing(store.engine) as connection:
        connection.execute(insert(FEED_DAY), told)


def sighting(key: str, published_at: datetime | None = None) -> Sighting:
    return Sighting(Entry(key, title=key, published_at=published_at), f"https://wire.example/{key}", "")


# Polls


def test_polls_are_counted_into_their_day_with_what_they_brought_and_how_late(store: Store, now: datetime) -> None:
    feeds(store, now, "wire")
    news(store, 1, [now - DAY])
    wire = Feed(1, "wire", "")
    fresh = [
        sighting("a", now - 10 * MINUTE),
        sighting("b", now - 20 * MINUTE),
        sighting("c"),
        sighting("d", now + DAY),
    ]
    with writing(store.engine) as connection:
        feed_days.count_polls(connection, [(wire, fresh, now)])
        feed_days.count_polls(connection, [(replace(wire, failures=2), (), now)])
        feed_days.count_polls(connection, [(wire, [sighting("e", now - HOUR)], now + MINUTE)])
        feed_days.count_polls(connection, [(wire, (), now + DAY)])
    first, second = rows(store, FEED_DAY)
    assert (first["polls"], first["failures"], first["articles"], first["dated"]) == (3, 1, 5, 3)
    assert first["delay_s"] == pytest.approx(1800 + 3660)
    assert first["longest_delay_s"] == pytest.approx(3660)
    assert (second["day"], second["polls"], second["articles"]) == ((now + DAY).date(), 1, 0)


def test_what_a_feed_shows_the_first_time_is_no_news(store: Store, now: datetime) -> None:
    feeds(store, now, "wire")
    with writing(store.engine) as connection:
        feed_days.count_polls(connection, [(Feed(1, "wire", ""), [sighting("a", now - HOUR)], now)])
    assert [(row["polls"], row["articles"], row["dated"]) for row in rows(store, FEED_DAY)] == [(1, 0, 0)]


# Rounds


async def test_a_feed_that_dies_and_returns_is_an_event_each_time_and_told_once_to_each_receiver(
    store: Store, now: datetime
) -> None:
    feeds(store, now, "wire", "other")
    lose(store, "wire", now)
    walk = rounds(store)
    for minute in range(3):
        await walk.go(now + minute * MINUTE)
    assert state(store) == {"wire": "dead", "other": ""}
    change(store, "wire", failures=0, succeeded_at=now + HOUR)
    for minute in range(3):
        await walk.go(now + HOUR + minute * MINUTE)
    events = rows(store, HEALTH_EVENT)
    assert [(event["before"], event["health"]) for event in events] == [("", "dead"), ("dead", "")]
    assert events[0]["why"] == "no success for 30 h, 6 failures in a row: no answer"
    assert events[1]["why"].startswith("back after 60 min")
    assert [(row["event_id"], row["receiver"]) for row in rows(store, NOTICE)] == [
        (1, "desk"),
        (1, "hook"),
        (2, "desk"),
        (2, "hook"),
    ]


async def test_two_who_judge_at_once_record_one_event(store: Store, now: datetime) -> None:
    feeds(store, now, "wire")
    lose(store, "wire", now)
    found = health.Event("hlt_1", "wire", 1, "", "dead", "why", now)
    health.save_events(store.engine, [found], ["desk"], now)
    health.save_events(store.engine, [found], ["desk"], now)
    health.save_events(store.engine, [replace(found, uid="hlt_2", noticed_at=now + MINUTE)], ["desk"], now)
    assert len(rows(store, HEALTH_EVENT)) == len(rows(store, NOTICE)) == 1


def test_an_event_whose_notices_cannot_be_saved_is_not_saved_either(store: Store, now: datetime) -> None:
    feeds(store, now, "wire")
    found = health.Event("hlt_1", "wire", 1, "", "dead", "why", now)
    with pytest.raises(Exception, match=r"(?i)unique"):
        health.save_events(store.engine, [found], ["desk", "desk"], now)
    assert rows(store, HEALTH_EVENT) == rows(store, NOTICE) == []
    assert state(store) == {"wire": ""}


async def test_failing_is_recorded_and_nobody_is_told(store: Store, now: datetime) -> None:
    feeds(store, now, "wire")
    lose(store, "wire", now, 2 * HOUR)
    await rounds(store).go(now)
    assert [event["health"] for event in rows(store, HEALTH_EVENT)] == ["failing"]
    assert rows(store, NOTICE) == []


async def test_a_storm_is_one_notice_ends_with_one_and_asks_the_lost_at_once(store: Store, now: datetime) -> None:
    names = [f"f{n}" for n in range(10)]
    feeds(store, now, *names)
    for name in names[:9]:
        lose(store, name, now)
        change(store, name, due_at=now + 8 * HOUR)
    walk = rounds(store, HealthConfig(receivers=("desk",)))
    await walk.go(now)
    await walk.go(now + MINUTE)
    assert set(state(store).values()) == {""}
    (storm,) = rows(store, HEALTH_EVENT)
    assert storm["why"] == "9 of 10 sources cannot be reached: probably our own network"
    later = now + 3 * HOUR
    for name in names[:7]:
        change(store, name, failures=0, succeeded_at=later, polled_at=later)
    await rounds(store, HealthConfig(receivers=("desk",))).go(later)  # another daemon, after a restart
    assert [event["health"] for event in rows(store, HEALTH_EVENT)] == ["storm", "calm"]
    assert len(rows(store, NOTICE)) == 2
    due = {row["name"]: row["due_at"] for row in rows(store, FEED)}
    assert due["f7"] == due["f8"] == later
    assert due["f0"] == now + 8 * HOUR
    again = later + 30 * MINUTE
    await rounds(store).go(again)
    assert state(store)["f8"] == ""
    change(store, "f8", failures=7, polled_at=again)
    await rounds(store).go(again)
    assert (state(store)["f7"], state(store)["f8"]) == ("", "dead")


async def test_many_changes_at_once_are_told_in_one_message_that_names_them(store: Store, now: datetime) -> None:
    names = [f"f{n}" for n in range(30)]
    feeds(store, now, *names)
    for name in names[:7]:
        lose(store, name, now, error="status 500, Internal Server Error")
    await rounds(store).go(now)
    assert len(rows(store, HEALTH_EVENT)) == 8
    assert {row["event_id"] for row in rows(store, NOTICE)} == {8}
    notice = health.claim_notices(store.engine, "me", now, 60.0, 1)[0]
    assert [member.feed for member in notice.members] == names[:7]


async def test_a_feed_that_falls_silent_is_called_quiet_and_well_with_its_next_article(
    store: Store, now: datetime
) -> None:
    feeds(store, now, "wire")
    hourly = [now - n * HOUR for n in range(20, 24 * 28)]
    news(store, 1, hourly[::-1])
    days(store, 1, now, 30, 24)
    walk = rounds(store)
    change(store, succeeded_at=now - 19 * HOUR)
    await walk.go(now - 19 * HOUR)
    assert state(store) == {"wire": ""}
    change(store, succeeded_at=now)
    with writing(store.engine) as connection:
        connection.execute(update(FEED_DAY).where(FEED_DAY.c.day == now.date()).values(articles=0))
    await walk.go(now)
    (event,) = rows(store, HEALTH_EVENT)
    assert event["health"] == "quiet"
    assert event["why"].startswith("nothing new for 20 h; it usually brings 2")
    news(store, 1, [now + MINUTE])
    await walk.go(now + 5 * MINUTE)
    assert state(store) == {"wire": ""}


async def test_a_flood_is_seen_beside_the_days_before(store: Store, now: datetime) -> None:
    feeds(store, now, "wire")
    news(store, 1, [now - MINUTE])
    days(store, 1, now, 30, 10, first=1)
    days(store, 1, now, 1, 400)
    await rounds(store).go(now)
    (event,) = rows(store, HEALTH_EVENT)
    assert event["why"] == "400 new articles today; 10 are usual"


async def test_walls_are_found_within_an_hour_of_rounds(store: Store, now: datetime) -> None:
    feeds(store, now, "wire", "other")
    news(store, 1, [now - n * MINUTE for n in range(9, 0, -1)], "the site asks for consent before it shows the page")
    news(store, 2, [now - n * MINUTE for n in range(9, 0, -1)])
    walk = rounds(store)
    for turn in range(health.TURNS):
        await walk.go(now + turn * MINUTE)
    (event,) = rows(store, HEALTH_EVENT)
    assert event["feed_id"] == 1
    assert event["why"] == "9 of its 9 newest pages ended at a consent wall"


async def test_old_days_are_dropped_and_removed_feeds_are_not_judged(store: Store, now: datetime) -> None:
    feeds(store, now, "wire", "gone")
    days(store, 1, now, 100, 3)
    lose(store, "gone", now)
    change(store, "gone", state="removed")
    await rounds(store).go(now)
    assert len(rows(store, FEED_DAY)) == 61
    assert state(store) == {"wire": "", "gone": ""}


async def test_no_round_is_gone_before_feeds_could_be_polled_nor_where_it_is_switched_off(
    store: Store, now: datetime
) -> None:
    feeds(store, now, "wire")
    change(store, "wire", state="gone")
    await rounds(store).tick()
    await rounds(store, HealthConfig(enabled=False, every=1e-6)).tick()
    assert rows(store, HEALTH_EVENT) == []
    await rounds(store, HealthConfig(every=1e-6)).tick()
    assert [event["health"] for event in rows(store, HEALTH_EVENT)] == ["dead"]


@pytest.mark.parametrize(("status", "wall"), [("403 Forbidden", "a refusal (403)"), ("500 Oops", "")])
async def test_what_the_fetcher_says_of_a_server_that_answers_is_known_here(
    now: datetime, status: str, wall: str
) -> None:
    async with Site({"/": http(b"", status)}) as site:
        settings = FetchSettings("tests/1 (+https://example.org)", allow_private=(site.place,))
        async with Fetcher(settings) as fetcher:
            with pytest.raises(FetchError) as refused:
                await fetcher.get(f"{site.base}/")
    said = str(refused.value)
    assert judging.wall_of(said) == wall
    lost = Feed(1, "wire", "", failures=5, last_error=said, polled_at=now)
    assert render_health.is_reached(judging.Chart(lost, judging.Health.WELL, None, None, 0, 0, ()), now) is True


# Notices


def test_a_notice_is_claimed_by_one_and_saved_only_by_who_holds_it(store: Store, now: datetime) -> None:
    feeds(store, now, "wire")
    found = health.Event("hlt_1", "wire", 1, "", "dead", "why", now)
    health.save_events(store.engine, [found], ["desk"], now)
    (notice,) = health.claim_notices(store.engine, "first", now, 60.0, 10)
    assert (notice.event.feed, notice.event.url, notice.owed.receiver) == ("wire", "https://wire.example/rss", "desk")
    assert health.claim_notices(store.engine, "second", now, 60.0, 10) == ()
    (taken,) = health.claim_notices(store.engine, "second", now + 2 * MINUTE, 60.0, 10)
    assert taken.event.uid == notice.event.uid
    sent = replace(taken.owed, state=AlertState.SENT, sent_at=now, due_at=None)
    with pytest.raises(StaleClaimError):
        health.save_notice(store.engine, notice, sent)
    health.save_notice(store.engine, taken, sent)
    assert health.claim_notices(store.engine, "third", now + DAY, 60.0, 10) == ()


def test_what_a_dead_daemon_held_is_handed_back(store: Store, now: datetime) -> None:
    feeds(store, now, "wire")
    health.save_events(store.engine, [health.Event("hlt_1", "wire", 1, "", "dead", "why", now)], ["desk"], now)
    assert health.claim_notices(store.engine, "run-7", now, 600.0, 10)
    health.release_notices(store.engine, "run-%")
    assert health.claim_notices(store.engine, "run-8", now, 600.0, 10)


@pytest.mark.slow
async def test_notices_go_through_the_channels_of_alerts(tmp_path: Path) -> None:
    async with HookSink() as hook:
        path = tmp_path / "config.toml"
        path.write_text(
            f'[deliver]\nallow_private = ["127.0.0.1:{hook.port}"]\n[health]\nreceivers = ["hook"]\nevery = "1s"\n'
            f'[[feed]]\nname = "wire"\nurl = "https://wire.example/rss"\n'
            f'[[receiver]]\nname = "hook"\nkind = "webhook"\nurl = "{hook.url}"\n'
        )
        async with opened(load(path)) as pipeline:
            store = pipeline.store
            now = datetime.now().astimezone()
            lose(store, "wire", now)
            change(store, due_at=now + DAY)
            found = await Rounds(store.engine, pipeline.on_disk, lambda: pipeline.config.health).go(now)
            health.save_events(store.engine, [], [], now)
            await make_beats(pipeline).drain()
            assert [row["state"] for row in rows(store, NOTICE)] == ["sent"]
        ((headers, body),) = hook.received
    sent = json.loads(body)
    assert headers["webhook-id"] == sent["id"] == found[0].uid
    assert sent["type"] == "source.health"
    assert sent["data"]["source"]["name"] == "wire"


@pytest.mark.slow
async def test_a_receiver_that_is_no_more_fails_its_notices(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[[feed]]\nname = "wire"\nurl = "https://wire.example/rss"\n')
    async with opened(load(path)) as pipeline:
        store = pipeline.store
        now = datetime.now().astimezone()
        change(store, due_at=now + DAY)
        health.save_events(store.engine, [health.Event("hlt_1", "wire", 1, "", "dead", "why", now)], ["desk"], now)
        await make_beats(pipeline).drain()
        ((row),) = rows(store, NOTICE)
    assert row["state"] == "failed"
    assert "no receiver is named 'desk'" in row["last_error"]


@pytest.mark.slow
async def test_a_receiver_that_does_not_exist_is_a_fault_of_the_configuration(tmp_path: Path) -> None:
    from monitor.channels import check_parts

    path = tmp_path / "config.toml"
    path.write_text('[health]\nreceivers = ["nobody"]\n')
    config = load(path)
    assert "'nobody'" in (await check_parts(config))[0]
    with pytest.raises(ConfigError, match=r"health\.receivers"):
        async with opened(config):
            pass

"""Signs of life: systemd hears of a daemon that works, and not of one of whose beats is stuck."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from loguru import logger
from sqlalchemy import select, update
from told_systemd import Listener, systemd

from monitor.beat import Beat
from monitor.edge.database import reading, writing
from monitor.edge.queues import Queue, queues
from monitor.edge.sources import sync
from monitor.edge.steps import put_back
from monitor.edge.store import Store
from monitor.edge.tables import FEED
from monitor.errors import StoreError
from monitor.heartbeat import Heartbeat, Standing
from monitor.model import Feed

ON_BOTH = True

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NEVER = asyncio.Event


@pytest.fixture
def listener(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    with systemd(tmp_path / "notify") as heard:
        yield heard


async def nothing(*_: object) -> None:
    return None


async def stands() -> Standing:
    return Standing((Queue("poll", 3, NOW), Queue("tell")), feeds=40)


def beat(name: str, items: Sequence[int], work: asyncio.Event | None = None, asked: asyncio.Event | None = None):
    waiting = list(items)

    async def claim(limit: int) -> Sequence[int]:
        if asked:
            await asked.wait()
        taken, waiting[:] = waiting[:limit], waiting[limit:]
        return taken

    async def do(_: int) -> None:
        if work:
            await work.wait()

    return Beat(name, claim, do, nothing, limit=4)


async def test_systemd_hears_live_figures_with_each_sign_of_life(listener: Listener) -> None:
    poll = beat("poll", range(7))
    await poll.drain()
    heart = Heartbeat([poll], stands, print)
    await heart.mark()
    assert heart.pulse()
    said = listener.heard()[-1]
    assert said["WATCHDOG"] == "1"
    assert said["STATUS"] == "watching 40 feeds; due: 3 polls; done since the start: 7 polls"


async def test_a_beat_whose_items_never_end_keeps_food_from_the_watchdog(listener: Listener) -> None:
    logger.remove()
    stuck = beat("tell", [1], NEVER())
    heart = Heartbeat([stuck, beat("poll", [])], stands, print, hung_s=0.0)
    assert heart.pulse()
    await stuck.tick()
    await stuck.tick()  # asking on is no sign of life while an item is under way
    assert heart.hung() == ["tell"]
    listener.heard()
    assert not heart.pulse()
    assert listener.heard() == [{"STATUS": "stuck: tell"}]
    await stuck.stop()


async def test_a_beat_whose_claim_is_never_answered_keeps_food_from_the_watchdog() -> None:
    stuck = beat("read", [1], asked=NEVER())
    asking = asyncio.ensure_future(stuck.tick())
    await asyncio.sleep(0)
    heart = Heartbeat([stuck], stands, print, hung_s=0.0)
    assert heart.hung() == ["read"]
    asking.cancel()


async def test_a_beat_that_ends_items_or_has_none_is_not_stuck() -> None:
    idle, busy = beat("poll", []), beat("read", range(3))
    await idle.drain()
    await busy.drain()
    assert Heartbeat([idle, busy], stands, print, hung_s=0.0).hung() == []


async def test_a_database_that_refuses_is_named_in_the_status_until_it_works_again(listener: Listener) -> None:
    logger.remove()
    answers = [StoreError("database is locked"), None]

    async def leave() -> Standing:
        if answer := answers.pop(0):
            raise answer
        return Standing(feeds=1)

    heart = Heartbeat([], leave, print)
    await heart.mark()
    heart.pulse()
    assert "the database refuses: database is locked" in listener.heard()[-1]["STATUS"]
    await heart.mark()
    assert heart.said() == "watching 1 feeds; due: nothing; done since the start: nothing yet"


def test_what_is_due_is_counted_and_the_oldest_dated(store: Store) -> None:
    feeds = [Feed(0, name, f"https://{name}.example/") for name in ("a", "b", "c")]
    sync(store.engine, feeds, NOW)
    with writing(store.engine) as connection:
        connection.execute(update(FEED).where(FEED.c.name == "a").values(due_at=NOW - timedelta(minutes=5)))
        connection.execute(update(FEED).where(FEED.c.name == "b").values(due_at=NOW - timedelta(minutes=1)))
        connection.execute(update(FEED).where(FEED.c.name == "c").values(due_at=NOW + timedelta(minutes=1)))
    found = {queue.beat: queue for queue in queues(store.engine, NOW)}
    assert list(found) == ["poll", "read", "tell", "deliver", "notice"]
    assert (found["poll"].due, found["poll"].waited_s(NOW)) == (2, 300.0)
    assert (found["read"].due, found["read"].waited_s(NOW)) == (0, 0.0)


def test_what_a_clock_put_off_that_was_a_day_ahead_is_due_when_it_was_meant_to_be(store: Store) -> None:
    sync(store.engine, [Feed(0, name, f"https://{name}.example/") for name in ("before", "wrong")], NOW)
    day, quarter = timedelta(days=1), timedelta(minutes=15)
    with writing(store.engine) as connection:
        connection.execute(update(FEED).where(FEED.c.name == "before").values(due_at=NOW + quarter))
        wrong = {"due_at": NOW + day + quarter, "token": "x:y", "leased_until": NOW + day + quarter}
        connection.execute(update(FEED).where(FEED.c.name == "wrong").values(wrong))
    assert put_back(store.engine, NOW, day) == 1
    with reading(store.engine) as connection:
        rows = connection.execute(select(FEED.c.due_at, FEED.c.leased_until).order_by(FEED.c.name)).all()
    assert [tuple(row) for row in rows] == [(NOW + quarter, None), (NOW + quarter, NOW + quarter)]


@pytest.mark.parametrize("step", [timedelta(minutes=2), timedelta(hours=9), timedelta(days=400)])
def test_what_waits_for_its_turn_when_the_clock_is_set_back_does_not_wait_for_it_again(
    store: Store, step: timedelta
) -> None:
    sync(store.engine, [Feed(0, name, f"https://{name}.example/") for name in ("due", "held")], NOW)
    ahead, minute = NOW + step, timedelta(minutes=1)
    with writing(store.engine) as connection:
        connection.execute(update(FEED).where(FEED.c.name == "due").values(due_at=ahead - minute))
        held = {"due_at": NOW, "token": "x:y", "leased_until": NOW + minute}
        connection.execute(update(FEED).where(FEED.c.name == "held").values(held))
    put_back(store.engine, NOW, step)
    with reading(store.engine) as connection:
        rows = connection.execute(select(FEED.c.due_at, FEED.c.leased_until).order_by(FEED.c.name)).all()
    assert [tuple(row) for row in rows] == [(NOW - minute, None), (NOW, NOW + minute)]

"""Several workers share one archive on PostgreSQL: nothing twice, nothing lost, and hosts are asked as by one."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import cycle, pairwise

import pytest
from sqlalchemy import func, select, text, update

from monitor.edge import runs, search, sources
from monitor.edge.database import reading, writing
from monitor.edge.polls import Polled
from monitor.edge.postgres import Beside
from monitor.edge.shared import SILENT, HostTurns, has_duty, release_silent
from monitor.edge.store import Store
from monitor.edge.tables import HOST_TURN
from monitor.edge.wake import listen
from monitor.errors import FetchError, StaleClaimError, StoreError
from monitor.model import ArticleState, Entry, Feed, Sighting
from monitor.think.language import indexable

LEASE = 60.0


@pytest.fixture
def workers(postgres: str) -> Iterator[list[Store]]:
    """Four of them."""
    opened = [Store(postgres, indexable, f"worker-{number}") for number in range(4)]
    yield opened
    for store in opened:
        store.close()


def feeds(count: int) -> list[Feed]:
    return [Feed(id=0, name=f"feed-{number}", url=f"https://{number}.example/rss") for number in range(count)]


def sighting(key: str) -> Sighting:
    return Sighting(
        Entry(key=key, title=f"Title {key}", link=f"https://a.example/{key}"), key, f"https://a.example/{key}"
    )


@pytest.mark.slow
def test_workers_that_claim_at_once_get_every_item_and_none_twice(workers: list[Store], now: datetime) -> None:
    sources.sync(workers[0].engine, feeds(400), now)

    def take_all(store: Store) -> list[str]:
        taken: list[str] = []
        while some := store.claim_feeds(now, LEASE, 7):
            taken += [feed.name for feed in some]
        return taken

    with ThreadPoolExecutor(4) as pool:
        shares = list(pool.map(take_all, workers))
    taken = sorted(name for share in shares for name in share)
    assert taken == sorted(feed.name for feed in feeds(400))


def test_a_claim_passes_by_what_another_transaction_is_about_to_take(workers: list[Store], now: datetime) -> None:
    sources.sync(workers[0].engine, feeds(2), now)
    with writing(workers[0].engine, Beside.ALL) as connection:
        connection.execute(text("SELECT id FROM feed WHERE name = 'feed-0' FOR UPDATE"))
        assert [feed.name for feed in workers[1].claim_feeds(now, LEASE, 10)] == ["feed-1"]


def test_who_was_paused_beyond_its_lease_cannot_save(workers: list[Store], now: datetime) -> None:
    first, second, *_ = workers
    sources.sync(first.engine, feeds(1), now)
    (feed,) = first.claim_feeds(now, LEASE, 1)
    first.save_polls([Polled(feed, now, fresh=[sighting("a")])])
    (paused,) = first.claim_articles(ArticleState.READ, now, LEASE, 1)
    later = now + timedelta(seconds=LEASE + 1)
    (taken,) = second.claim_articles(ArticleState.READ, later, LEASE, 1)
    second.save_reading(replace(taken, text="by the second", state=ArticleState.TELL), later)
    with pytest.raises(StaleClaimError):
        first.save_reading(replace(paused, text="by the first", state=ArticleState.TELL), later)
    assert [found.article.text for found in search.every_article(first.engine)] == ["by the second"]


@pytest.mark.slow
def test_a_worker_without_a_sign_of_life_is_freed_of_what_it_holds_long_before_its_lease(
    workers: list[Store], now: datetime
) -> None:
    dead, alive, *_ = workers
    sources.sync(dead.engine, feeds(2), now)
    for store in (dead, alive):
        runs.begin_run(store.engine, runs.Run(1, "host", "0", now, now, owner=store.owner))
    assert dead.claim_feeds(now, 600.0, 1)
    assert alive.claim_feeds(now, 600.0, 1)
    later = now + SILENT + timedelta(seconds=1)
    runs.mark_run(alive.engine, 2, later)
    assert release_silent(alive.engine, later) == [dead.owner]
    assert len(alive.claim_feeds(later, 600.0, 10)) == 1
    assert release_silent(alive.engine, later) == []


def test_where_one_of_several_daemons_ended_the_others_are_told_of(workers: list[Store], now: datetime) -> None:
    engine = workers[0].engine
    first, later = (runs.begin_run(engine, runs.Run(pid, "host", "0", now, now)) for pid in (1, 2))

    def told(at: datetime) -> tuple[int, bool, list[int]]:
        latest = runs.latest_run(engine)
        assert latest
        return latest.pid, runs.is_alive(latest, at), [run.pid for run in runs.working_runs(engine, at).values()]

    assert told(now) == (2, True, [1, 2])
    soon = now + timedelta(seconds=5)
    runs.mark_run(engine, later, soon, stopped=True)
    assert told(soon) == (1, True, [1])  # it gave its last sign of life before the other stopped
    much_later = now + timedelta(minutes=1)
    assert told(much_later) == (1, False, [])
    runs.mark_run(engine, first, much_later)
    assert told(much_later) == (1, True, [1])
    runs.mark_run(engine, first, much_later, stopped=True)
    assert told(much_later) == (1, False, [])


def test_one_worker_has_a_duty_and_another_takes_it_on_when_that_one_is_gone(
    workers: list[Store], now: datetime
) -> None:
    one, other, *_ = workers
    assert has_duty(one.engine, "health", "one", now, 60.0)
    assert not has_duty(other.engine, "health", "other", now, 60.0)
    assert has_duty(one.engine, "health", "one", now + timedelta(seconds=50), 60.0)
    assert not has_duty(other.engine, "health", "other", now + timedelta(seconds=61), 60.0)
    assert has_duty(other.engine, "health", "other", now + timedelta(seconds=111), 60.0)
    assert not has_duty(one.engine, "health", "one", now + timedelta(seconds=112), 60.0)


async def test_workers_together_ask_a_host_no_faster_than_one_would(workers: list[Store]) -> None:
    turns = [HostTurns(store.engine, 50, 50, 60.0, 60.0) for store in workers]
    taken = await asyncio.gather(*(each.take("a.example:443", 2.0, 0.0) for each in turns for _ in range(3)))
    moments = sorted(turn.number for turn in taken)  # each slot is numbered by when its request may end
    assert all(later - sooner > 1.99 for sooner, later in pairwise(moments))
    other = await turns[0].take("b.example:443", 2.0, 0.0)
    assert other.wait_s == 0
    page = await turns[1].take("b.example:443", 2.0, 30.0)
    assert page.wait_s < 5  # pages have a pace of their own
    await turns[2].take("b.example:443", 2.0, 30.0)
    await turns[2].take("b.example:443", 2.0, 30.0)
    with pytest.raises(FetchError, match="pause"):
        await turns[2].take("b.example:443", 2.0, 30.0)
    for each in turns:
        each.close()


@pytest.mark.parametrize(
    ("per_domain", "taken", "next_one"),
    [
        (4, ("a.paper.co.uk:443", "a.paper.co.uk:443"), "a.paper.co.uk:443"),
        (3, ("a.paper.co.uk:443", "a.paper.co.uk:443", "b.paper.co.uk:443"), "c.paper.co.uk:443"),
    ],
    ids=["a host", "the hosts of a domain"],
)
async def test_workers_together_have_so_many_requests_under_way_at(
    workers: list[Store], per_domain: int, taken: tuple[str, ...], next_one: str
) -> None:
    one, other = (HostTurns(store.engine, 2, per_domain, 0.3, 60.0) for store in workers[:2])
    first, *_ = [await who.take(place, 0.001, 0.0) for who, place in zip(cycle((one, other)), taken, strict=False)]
    with pytest.raises(FetchError, match="pause"):
        await other.take(next_one, 0.001, 0.0)
    assert await other.take("a.journal.co.uk:443", 0.001, 0.0), "another domain has room of its own"
    await one.give_back(taken[0], first)
    assert await other.take(next_one, 0.001, 0.0)
    one.close()
    other.close()


async def test_hosts_that_nobody_asks_any_more_are_forgotten(workers: list[Store]) -> None:
    one, other = (HostTurns(store.engine, 2, 4, 60.0, 60.0) for store in workers[:2])
    await one.take("a.paper.co.uk:443", 0.5, 0.0)
    await one.take("a.journal.co.uk:443", 0.5, 0.0)
    with writing(workers[0].engine) as connection:
        old = {"free_at": func.now() - timedelta(hours=2), "page_at": func.now() - timedelta(hours=2)}
        connection.execute(update(HOST_TURN).where(HOST_TURN.c.place.contains("paper.co.uk")).values(old))
    await other.take("b.journal.co.uk:443", 0.5, 0.0)
    with reading(workers[0].engine) as connection:
        places = set(connection.scalars(select(HOST_TURN.c.place)))
    assert places == {"a.journal.co.uk:443", "b.journal.co.uk:443", "journal.co.uk"}
    one.close()
    other.close()


async def test_hosts_of_one_domain_keep_a_pace_of_their_own(workers: list[Store]) -> None:
    one, other = (HostTurns(store.engine, 2, 4, 60.0, 60.0) for store in workers[:2])
    await one.take("a.paper.co.uk:443", 5.0, 0.0)
    assert (await other.take("b.paper.co.uk:443", 5.0, 0.0)).wait_s == 0
    assert (await other.take("a.paper.co.uk:443", 5.0, 0.0)).wait_s > 4
    one.close()
    other.close()


async def test_new_work_is_told_to_the_others_at_once(workers: list[Store], now: datetime) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    listening = asyncio.create_task(listen(workers[0].engine, heard.put_nowait))
    with reading(workers[1].engine) as connection:
        asked = text("SELECT count(*) FROM pg_stat_activity WHERE query = 'LISTEN monitor' AND state = 'idle'")
    while not connection.closed or not await asyncio.to_thread(_scalar, workers[1], asked):
        pass
    sources.sync(workers[1].engine, feeds(1), now)
    (feed,) = workers[1].claim_feeds(now, LEASE, 1)
    workers[1].save_polls([Polled(feed, now, fresh=[sighting("a")])])
    assert await asyncio.wait_for(heard.get(), 10) == "read"
    listening.cancel()


def _scalar(store: Store, asked: object) -> int:
    with reading(store.engine) as connection:
        return connection.scalar(asked) or 0


def test_who_stands_still_inside_a_transaction_is_cut_off_and_others_go_on(workers: list[Store], now: datetime) -> None:
    with pytest.raises(StoreError, match=r"idle|terminat|clos"), writing(workers[0].engine) as connection:  # noqa: PT012
        connection.execute(text("SELECT set_config('idle_in_transaction_session_timeout', '200ms', true)"))
        sources.sync(workers[1].engine, feeds(1), now)  # waits for the first, which is cut off
        connection.execute(text("SELECT 1"))
    assert len(workers[1].claim_feeds(now, LEASE, 10)) == 1


def test_a_text_with_a_nul_is_kept_without_it(workers: list[Store], now: datetime) -> None:
    store = workers[0]
    sources.sync(store.engine, [Feed(id=0, name="a", url="https://a.example/rss", title="x")], now)
    (feed,) = store.claim_feeds(now, LEASE, 1)
    bad = Sighting(Entry(key="k\0", title="A\0 title", link="l", authors=("J\0o",)), "k", "https://a.example/\0")
    store.save_polls([Polled(replace(feed, last_error="\0"), now, fresh=[bad])])
    (found,) = search.every_article(store.engine)
    assert (found.article.title, found.article.authors, found.article.key) == ("A title", ("Jo",), "k")


def test_a_password_shows_in_no_error(now: datetime) -> None:
    store = Store("postgresql://monitor@127.0.0.1:1/monitor", indexable, "test", "hunter2")
    with pytest.raises(StoreError) as refused:
        store.claim_feeds(now, LEASE, 1)
    assert "hunter2" not in str(refused.value) + refused.value.hint + store.place
    assert "127.0.0.1:1" in str(refused.value)

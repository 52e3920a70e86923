"""What manners promise: no host asked too often or too soon, and none that waits for another."""

import asyncio
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers import RSS, Asked, Site, http, redirect
from test_fetch import failure, fetching, serving

from monitor.edge.headers import DAY_S
from monitor.edge.pace import Pace
from monitor.edge.slots import Slots, domain_of
from monitor.errors import FetchError


def paused(pace: Pace, now: float, place: str = "a:443", gap_s: float = 0.5) -> float:
    with pytest.raises(FetchError) as caught:
        pace.book(place, now, gap_s)
    assert (caught.value.reason, caught.value.permanent) == ("paused", False)
    assert caught.value.retry_after
    return caught.value.retry_after


def test_requests_to_one_host_are_spaced_and_other_hosts_wait_for_none_of_them():
    pace = Pace(10.0)
    assert [pace.book("a:443", 100.0, 0.5) for _ in range(4)] == [0.0, 0.5, 1.0, 1.5]
    assert pace.book("b:443", 100.0, 0.5) == 0.0
    assert pace.book("a:443", 102.0, 0.5) == 0.0


def test_a_wait_that_is_too_long_is_refused_and_books_nothing():
    pace = Pace(1.0)
    assert [pace.book("a:443", 0.0, 0.5) for _ in range(3)] == [0.0, 0.5, 1.0]
    assert [paused(pace, 0.0) for _ in range(3)] == [1.5] * 3
    assert pace.book("a:443", 1.0, 0.5) == 0.5


def test_a_host_gets_the_pause_that_it_asks_for():
    pace = Pace(10.0)
    pace.refused("a:443", 0.0, 120.0)
    assert pace.cools("a:443", 119.0)
    assert paused(pace, 0.0) == 120.0
    assert paused(pace, 60.0) == 60.0
    assert pace.book("a:443", 115.0, 0.5) == 5.0
    assert pace.book("b:443", 0.0, 0.5) == 0.0
    assert not pace.cools("a:443", 121.0)


def test_a_host_that_names_no_pause_gets_one_that_doubles_until_it_answers():
    pace = Pace(10.0)

    def pauses() -> Iterator[float]:
        now = 0.0
        for _ in range(8):
            pace.refused("a:443", now, None)
            wait = paused(pace, now)
            now += wait
            yield wait

    assert list(pauses()) == [60.0, 120.0, 240.0, 480.0, 960.0, 1920.0, 3600.0, 3600.0]
    pace.answered("a:443")
    pace.refused("a:443", DAY_S, None)
    assert paused(pace, DAY_S) == 60.0


def test_a_pause_is_known_to_whoever_comes_after_and_so_is_its_end():
    before, after = Pace(10.0), Pace(10.0)
    before.refused("a:443", 1_000.0, 300.0)
    after.recall(before.changes(1_100.0), 5.0)
    assert paused(after, 5.0) == 200.0
    assert before.changes(1_100.0) == after.changes(5.0) == []
    after.answered("a:443")
    assert [pause.refusals for pause in after.changes(5.0)] == [0]


def test_a_second_refusal_never_shortens_a_pause():
    pace = Pace(10.0)
    pace.refused("a:443", 0.0, 3_000.0)
    pace.refused("a:443", 0.0, 5.0)
    assert paused(pace, 0.0) == 3_000.0


def test_a_host_that_wants_longer_pauses_between_pages_keeps_no_feed_waiting():
    pace = Pace(30.0)
    assert [pace.book("a:443", 0.0, 0.5, 10.0) for _ in range(4)] == [0.0, 10.0, 20.0, 30.0]
    assert pace.book("a:443", 0.0, 0.5) == 0.0


def test_the_oldest_of_too_many_hosts_is_forgotten():
    pace = Pace(10.0, hosts=100)
    for number in range(1_000):
        pace.refused(f"{number}:443", 0.0, 60.0)
    assert pace.book("0:443", 0.0, 0.5) == 0.0
    assert paused(pace, 0.0, "999:443") == 60.0


@given(st.lists(st.tuples(st.floats(0, 5), st.sampled_from(["ask", "refuse", "answer"])), max_size=50))
def test_whatever_happens_no_two_requests_go_too_close_and_none_goes_in_a_pause(steps):
    pace, now, went, closed = Pace(20.0), 0.0, -1.0, 0.0
    for passed, step in steps:
        now += passed
        if step == "refuse":
            pace.refused("a:443", now, 3.0)
            closed = max(closed, now + 3.0)
        elif step == "answer":
            pace.answered("a:443")
        else:
            moment = now + pace.book("a:443", now, 0.25)
            assert moment >= went + 0.2499
            assert moment >= closed - 1e-6
            went = moment


# As the fetcher keeps it


@pytest.mark.parametrize(
    ("status", "line", "least", "most"),
    [
        ("429 Too Many Requests", "Retry-After: 120", 110, 120),
        ("503 Service Unavailable", "Retry-After: 60", 50, 60),
        ("429 Too Many Requests", "Retry-After: 99999999999999999999", DAY_S - 10, DAY_S),
        *(("429 Too Many Requests", f"Retry-After: {text}", 50, 60) for text in ("soon", "-5", "1e9", "NaN", "")),
        ("429 Too Many Requests", "Retry-After: Mon, 01 Jan 2001 00:00:00 GMT", 50, 60),
        ("503 Service Unavailable", "X: none", 50, 60),
    ],
)
async def test_a_host_that_has_too_much_is_left_alone_and_no_other(status, line, least, most):
    async with (
        Site({"/feed": http(b"", status, line)}) as busy,
        Site({"/feed": http(RSS)}) as idle,
        fetching(busy, idle) as fetcher,
    ):
        assert (await failure(fetcher, f"{busy.base}/feed")).reason == "status"
        for path in ("/feed", "/other"):
            error = await failure(fetcher, f"{busy.base}{path}")
            assert (error.reason, error.permanent) == ("paused", False)
            assert least <= error.retry_after <= most
        assert (await fetcher.get(f"{idle.base}/feed")).body == RSS
    assert busy.paths == ["/feed"]


@pytest.mark.parametrize("status", ["404 Not Found", "500 Oops", "403 Forbidden"])
async def test_other_failures_of_a_page_say_nothing_of_its_host(status):
    async with serving({"/bad": http(b"", status, "Retry-After: 120"), "/feed": http(RSS)}) as (site, fetcher):
        assert (await failure(fetcher, f"{site.base}/bad")).reason == "status"
        assert (await fetcher.get(f"{site.base}/feed")).body == RSS


async def test_a_host_is_asked_no_faster_than_the_gap_allows():
    async with serving({"http://news.example/feed": http(RSS)}, host_gap_s=0.1) as (proxy, fetcher):
        started = time.monotonic()
        await asyncio.gather(*(fetcher.get("http://news.example/feed", proxy=proxy.base) for _ in range(4)))
        assert time.monotonic() - started >= 0.3


async def test_a_host_of_ones_own_is_asked_without_a_gap():
    async with serving({"/feed": http(RSS)}, host_gap_s=3600.0) as (site, fetcher):
        for _ in range(5):
            assert (await fetcher.get(f"{site.base}/feed")).body == RSS
    async with fetching(site, host_gap_s=3600.0) as fetcher:
        assert (await failure(fetcher, f"http://localhost:{site.port}/")).reason == "connect"
        assert (await failure(fetcher, f"http://localhost:{site.port}/")).reason == "connect"


async def test_who_waits_for_a_host_holds_no_slot():
    answers = {"http://a.example/": http(RSS), "http://b.example/": http(RSS)}
    async with serving(answers, host_gap_s=9.0, concurrency=1) as (proxy, fetcher):
        await fetcher.get("http://a.example/", proxy=proxy.base)
        waiting = asyncio.create_task(fetcher.get("http://a.example/", proxy=proxy.base))
        await asyncio.sleep(0)
        assert (await fetcher.get("http://b.example/", proxy=proxy.base)).body == RSS
        assert not waiting.done()
        waiting.cancel()


async def test_the_hops_of_one_fetch_within_a_host_are_one_visit():
    answers = {
        "http://a.example/": redirect("/b"),
        "http://a.example/b": redirect("/c"),
        "http://a.example/c": http(RSS),
    }
    async with serving(answers, host_gap_s=3600.0) as (proxy, fetcher):  # far more than anybody waits for
        assert (await fetcher.get("http://a.example/", proxy=proxy.base)).body == RSS


async def test_who_would_queue_too_long_for_a_host_is_sent_away_with_nothing_asked():
    async def hang(_: Asked, __: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with serving({"/feed": hang}, per_host=1, patience_s=0.1, timeout_s=0.5) as (site, fetcher):
        first = asyncio.create_task(failure(fetcher, f"{site.base}/feed"))
        await asyncio.sleep(0)
        error = await failure(fetcher, f"{site.base}/feed")
        assert (error.reason, error.retry_after, error.permanent) == ("paused", 0.1, False)
        assert (await first).reason == "timeout"
    assert len(site.asked) == 1


# Slots


async def test_the_hosts_of_one_domain_share_its_slots_and_those_of_others_do_not():
    slots = Slots(10, 2, 1)
    async with slots.hold("a.example.co.uk", "a", 0.01), slots.hold("b.example.co.uk", "b", 0.01):
        with pytest.raises(FetchError) as caught:
            async with slots.hold("c.example.co.uk", "c", 0.01):
                pass
        assert caught.value.reason == "paused"
        async with slots.hold("c.other.co.uk", "d", 0.01), slots.hold("127.0.0.1", "e", 0.01):
            pass
    async with slots.hold("c.example.co.uk", "c", 0.01):
        pass
    assert not slots._hosts._lines
    assert not slots._domains._lines


async def test_who_gives_up_waiting_for_a_slot_leaves_none_taken():
    slots = Slots(1, 1, 1)
    async with slots.hold("a.example", "a", 9):
        waiting = [asyncio.create_task(slots.enter(host, host, 9)) for host in ("a.example", "b.example")]
        await asyncio.sleep(0)
        for task in waiting:
            task.cancel()
        assert all(
            isinstance(end, asyncio.CancelledError) for end in await asyncio.gather(*waiting, return_exceptions=True)
        )
    for host in ("a.example", "b.example"):
        async with slots.hold(host, host, 0.01):
            pass
    assert not slots._hosts._lines
    assert not slots._domains._lines


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("feeds.bbci.co.uk", "bbci.co.uk"),
        ("example.org", "example.org"),
        ("one.blogspot.com", "one.blogspot.com"),
        ("127.0.0.1", ""),
        ("::1", ""),
        ("localhost", ""),
        ("news.example", ""),
        ("a_b.example.org", "example.org"),
        ("xn--80ak6aa92e.xn--p1ai", "xn--80ak6aa92e.xn--p1ai"),
    ],
)
def test_a_host_belongs_to_what_somebody_registered(host, domain):
    assert domain_of(host) == domain

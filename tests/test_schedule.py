"""When things are owed again: spread out, backed off, never lost."""

import math
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Feed
from monitor.think.schedule import DAY_S, next_poll, next_try

NOW = datetime(2026, 6, 1, tzinfo=UTC)
chances = st.floats(0, 1, exclude_max=True)


def feed(failures: int = 0, interval_s: float = 900.0) -> Feed:
    return Feed(id=1, name="feed", url="https://example.org/feed", failures=failures, interval_s=interval_s)


def wait(feed: Feed, chance: float = 0.5, retry_after: float | None = None) -> float:
    return (next_poll(feed, NOW, chance, retry_after=retry_after) - NOW).total_seconds()


def test_a_feed_that_answers_is_polled_after_its_interval():
    assert wait(feed()) == 900


@given(chances)
def test_feeds_of_one_interval_drift_apart_by_a_tenth_at_most(chance):
    assert 810 <= wait(feed(), chance) <= 990


def test_a_feed_that_fails_waits_twice_as_long_each_time_up_to_a_day():
    assert [wait(feed(failures)) for failures in (1, 2, 3, 4)] == [900, 1800, 3600, 7200]
    assert wait(feed(20)) == wait(feed(10**9)) == DAY_S


def test_a_feed_that_recovers_is_back_on_its_interval_at_once():
    assert wait(feed(0)) < wait(feed(9))


def test_a_failing_feed_is_never_polled_more_often_than_a_sound_one():
    assert wait(feed(1, interval_s=7 * DAY_S)) == wait(feed(0, interval_s=7 * DAY_S)) == 7 * DAY_S


def test_the_longest_wait_can_be_set():
    assert (next_poll(feed(9), NOW, 0.5, longest_s=1000) - NOW).total_seconds() == 1000


@given(chances, st.integers(1, 86_400), st.integers(0, 10))
def test_no_server_is_asked_before_the_time_that_it_gave(chance, asked, failures):
    assert wait(feed(failures), chance, asked) >= asked


@given(chances)
def test_no_server_can_silence_a_feed_for_longer_than_a_day_or_so(chance):
    assert wait(feed(1), chance, 1e30) <= 1.1 * DAY_S
    assert wait(feed(1), chance, math.inf) <= 1.1 * DAY_S


@given(chances, st.sampled_from([None, 0.0, -5.0, math.nan]))
def test_nonsense_that_a_server_asks_for_changes_nothing(chance, asked):
    assert wait(feed(1), chance, asked) == wait(feed(1), chance)


def test_a_retry_doubles_its_wait_up_to_the_longest():
    waits = [(next_try(failures, NOW, 0.5, max_s=1000) - NOW).total_seconds() for failures in (1, 2, 3, 4, 5, 99)]
    assert waits == [60, 120, 240, 480, 960, 1000]
    assert next_try(1, NOW, 0.5, first_s=5) == NOW + timedelta(seconds=5)
    assert next_try(1, NOW, 0.5, retry_after=3600) >= NOW + timedelta(hours=1)


any_number = st.floats(allow_nan=True, allow_infinity=True)


@given(st.integers(-5, 10**20), chances, any_number | st.none(), any_number, any_number)
def test_whatever_the_numbers_the_next_time_is_in_the_future(failures, chance, asked, first, longest):
    soon, late = NOW + timedelta(seconds=0.9), NOW + timedelta(days=800)
    assert soon <= next_try(failures, NOW, chance, retry_after=asked, first_s=first, max_s=longest) <= late
    assert soon <= next_poll(feed(failures, first), NOW, chance, retry_after=asked, longest_s=longest) <= late

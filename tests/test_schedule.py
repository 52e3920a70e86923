"""When things are owed again: when something is likely to have come, spread out, backed off, never lost."""

import math
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import chain, cycle, islice

import pytest
from drawn import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Feed, FeedOptions, Wishes
from monitor.think.habit import learn
from monitor.think.rhythm import SLOTS, VERSION, WEIGHT
from monitor.think.schedule import DAY_S, Bounds, next_poll, next_try, pace_of

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


# A week of a feed whose habit is learnt.


def follow(publishes: Callable[[datetime], bool], days: int, fed: Feed | None = None, **given_too) -> list[datetime]:
    """When a feed is polled that publishes, or does not, in each minute of so many days."""
    polled, seen = fed or feed(), NOW
    now, polls, chance = NOW, [], random.Random(1)
    while now < NOW + timedelta(days=days):
        minutes = int((now - seen).total_seconds() // 60)
        fresh = [at for at in (seen + timedelta(minutes=number + 1) for number in range(minutes)) if publishes(at)]
        seen += timedelta(minutes=minutes)
        polled = replace(polled, habit=learn(polled.habit, fresh, now))
        polls.append(now)
        now = next_poll(polled, now, chance.random(), **given_too)
    return polls


def at_six(moment: datetime) -> bool:
    return (moment.hour, moment.minute) == (6, 0)


@cache
def learnt(a_day: int, days: int = 30) -> tuple[float, ...]:
    return learn((), [NOW - timedelta(days=number / a_day, seconds=1) for number in range(a_day * days)], NOW)


def test_a_bulletin_that_comes_at_six_is_seen_within_a_minute_or_two():
    polls = follow(at_six, 14, feed(interval_s=3600))
    sixes = [NOW.replace(hour=6) + timedelta(days=day) for day in range(7, 14)]
    late = [min(poll - six for poll in polls if poll >= six) for six in sixes]
    assert sorted(late)[len(late) // 2] < timedelta(minutes=4)
    assert max(late) < timedelta(minutes=20)


@pytest.mark.slow
@given(st.sampled_from([0.0, 0.0003, 0.01, 0.2]), st.sampled_from([0.0, 0.2, 1.0]), st.integers(0, 23))
@examples(8)
def test_a_week_has_about_as_many_polls_as_its_interval_stands_for(a_minute, by_night, opens):
    chance = random.Random(2)
    polls = follow(
        lambda at: chance.random() < a_minute * (1 if (at.hour - opens) % 24 < 12 else by_night),
        14,
        feed(interval_s=1800),
    )
    for day in range(3, 8):
        week = [poll for poll in polls if 0 <= (poll - NOW).total_seconds() - day * DAY_S < 7 * DAY_S]
        assert 336 / 1.3 < len(week) < 336 * 1.3


number = st.floats(0, 1e11, allow_nan=False) | st.sampled_from([0.0, 1e-300, 5e-324])
few = st.lists(number, min_size=1, max_size=9)
habits = st.one_of(
    st.lists(st.floats(), max_size=9).map(lambda some: tuple(some) * 8),
    few.map(lambda some: (VERSION, *islice(cycle(some), SLOTS - 1))),
    few.map(lambda some: (*learnt(3)[:SLOTS], *chain.from_iterable((place * 31.0, n) for place, n in enumerate(some)))),
)
nights = st.lists(st.integers(0, 23), max_size=5).map(tuple)


@settings(deadline=None)
@given(
    habits,
    chances,
    number,
    number,
    nights,
    st.lists(st.integers(0, 6), max_size=3).map(tuple),
    st.floats(),
    st.floats(),
)
def test_whatever_its_habit_and_wishes_a_feed_is_polled_within_its_bounds(
    habit, chance, shortest, longer, hours, days, ttl, fresh
):
    options = FeedOptions(shortest_s=min(shortest, 1e5), longest_s=min(shortest, 1e5) + min(longer, 1e5))
    asked = replace(
        feed(), habit=habit, options=options, wishes=Wishes(interval_s=ttl, skip_hours=hours, skip_days=days)
    )
    for pace in (0.0, 0.3, 1e-300, 1e300):
        waited = (next_poll(asked, NOW, chance, fresh_s=fresh, pace=pace) - NOW).total_seconds()
        least = options.shortest_s or 1
        assert least - 1e-3 <= waited <= max(options.longest_s or 6 * 3600, least, 1) + 1e-3


def test_a_feed_without_bounds_of_its_own_has_those_of_all():
    quiet, busy = replace(feed(), habit=learnt(1)), replace(feed(), habit=learnt(90, 7))
    bounds = Bounds(shortest_s=800, longest_s=1000)
    for some in (quiet, busy):
        assert 800 <= (next_poll(some, NOW, 0.5, bounds=bounds, pace=1.0) - NOW).total_seconds() <= 1000


def test_a_feed_is_polled_no_sooner_than_it_and_its_server_wish():
    for some in (feed(), replace(feed(), habit=learnt(90, 7))):
        asked = replace(some, wishes=Wishes(interval_s=1500))
        assert wait(asked) == 1500
        assert (next_poll(some, NOW, 0.5, fresh_s=1600) - NOW).total_seconds() == 1600


def test_a_wish_that_is_a_programs_default_keeps_nobody_waiting_for_long():
    for wish in (3600.0, 999_999_999_999 * 60.0, 1e30, math.inf):
        assert wait(replace(feed(), wishes=Wishes(interval_s=wish))) == Bounds().wish_s


def test_a_feed_that_asks_for_a_quiet_night_is_polled_when_it_is_over():
    late = NOW.replace(hour=23, minute=50)
    asked = replace(feed(), wishes=Wishes(skip_hours=(0, 1, 2)))
    due = next_poll(asked, late, 0.5, bounds=Bounds(longest_s=6 * 3600))
    assert timedelta(0) < due - (NOW + timedelta(days=1)).replace(hour=3) < timedelta(minutes=7)


@pytest.mark.parametrize("is_known", [True, False])
@given(chance=chances)
@settings(deadline=None)
def test_a_feed_that_asks_for_silence_at_all_hours_is_polled_all_the_same(is_known, chance):
    fed = replace(feed(), habit=learnt(3) if is_known else ())
    for wishes in (Wishes(skip_hours=tuple(range(24))), Wishes(skip_days=tuple(range(7)))):
        assert next_poll(replace(fed, wishes=wishes), NOW, chance) == next_poll(fed, NOW, chance)
    nearly = Wishes(skip_hours=tuple(range(23)), skip_days=(0, 1, 2, 3, 4, 5))
    assert next_poll(replace(fed, wishes=nearly), NOW, chance) <= NOW + timedelta(hours=6)


def test_a_failure_backs_off_as_ever_whatever_the_habit():
    fed = replace(feed(3), habit=learnt(90, 7))
    assert wait(fed) == 3600


def test_feeds_that_share_a_budget_spend_it_where_more_comes():
    feeds = [replace(feed(), habit=learnt(a_day, 14)) for a_day in (1, 4, 90)]
    pace = pace_of(feeds, Bounds(longest_s=6 * 3600))
    means = [min(max(1 / (pace * some.habit[WEIGHT]), 60), 6 * 3600) for some in feeds]
    assert means[0] > 1.5 * means[1] > 3 * means[2]
    assert math.isclose(sum(1 / mean for mean in means), 3 / 900, rel_tol=0.01)


def test_a_pace_is_known_only_when_a_habit_is():
    assert pace_of([]) == pace_of([feed()]) == 0.0

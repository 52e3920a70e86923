"""What a feed's own dates teach of when it publishes."""

import json
import math
import random
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.think.habit import learn
from monitor.think.rhythm import AT, MOST_SLOTS, SLOTS, WEIGHT, expected, known, rhythm_of

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)  # a Monday
moments = st.datetimes(timezones=st.just(UTC))


def daily(days: int, hour: int = 6, minute: int = 1) -> list[datetime]:
    """A bulletin at the same time on each of the days before NOW."""
    return [NOW.replace(hour=hour, minute=minute) - timedelta(days=day) for day in range(days)]


def rate(habit: tuple[float, ...], at: datetime) -> float:
    return next(expected(rhythm_of(habit), at.timestamp()))[0]


def test_the_entries_of_a_first_poll_are_a_history_at_once():
    habit = learn((), daily(20), NOW)
    assert known(habit)
    assert rate(habit, NOW.replace(day=2, hour=6, minute=2)) > 100 * rate(habit, NOW.replace(day=2, hour=15))


def test_what_came_on_working_days_only_is_not_expected_on_a_sunday():
    habit = learn((), [day for day in daily(50) if day.weekday() < 5], NOW)
    tuesday, sunday = NOW.replace(day=2, hour=6, minute=2), NOW.replace(day=7, hour=6, minute=2)
    assert rate(habit, tuesday) > 3 * rate(habit, sunday)


def test_what_comes_five_minutes_past_each_hour_is_expected_then():
    habit = learn((), [NOW.replace(minute=6) - timedelta(hours=hour) for hour in range(1, 90)], NOW)
    assert rate(habit, NOW + timedelta(hours=2, minutes=7)) > 5 * rate(habit, NOW + timedelta(hours=2, minutes=40))


def test_a_feed_that_publishes_more_has_a_greater_claim_on_polls_but_not_in_proportion():
    often = learn((), [NOW - timedelta(minutes=15 * number + 1) for number in range(96)], NOW)
    seldom = learn((), [NOW - timedelta(hours=12 * number + 1) for number in range(96)], NOW)
    assert 2 * seldom[WEIGHT] < often[WEIGHT] < 20 * seldom[WEIGHT]


def test_a_habit_that_changed_is_unlearnt():
    habit = learn((), daily(50), NOW)
    for day in range(1, 40):
        now = NOW + timedelta(days=day)
        habit = learn(habit, [now.replace(hour=10, minute=1)], now)
    later = NOW + timedelta(days=41)
    assert rate(habit, later.replace(hour=10, minute=2)) > 5 * rate(habit, later.replace(hour=6, minute=2))


def test_an_entry_dated_before_the_last_poll_counts_as_come_since():
    habit = learn((), [], NOW - timedelta(days=3))
    for hour in range(72):
        now = NOW - timedelta(hours=72 - hour)
        habit = learn(habit, [datetime(2009, 1, 1, tzinfo=UTC)] if now.hour == 9 else [], now)
    assert rate(habit, NOW.replace(hour=8, minute=30)) > rate(habit, NOW.replace(hour=20))


def test_dates_in_the_future_or_at_midnight_sharp_teach_nothing_at_first():
    odd = [
        NOW + timedelta(days=9),
        NOW.replace(hour=0),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, tzinfo=UTC),
    ]
    assert learn((), odd, NOW) == learn((), [], NOW)


def test_a_habit_stays_small_and_goes_through_json():
    chance = random.Random(1)
    habit, now = learn((), [], NOW), NOW
    for _ in range(500):
        now += timedelta(minutes=chance.uniform(1, 300))
        habit = learn(habit, [now - timedelta(seconds=chance.uniform(0, 300))] * chance.randrange(3), now)
    assert len(habit) == SLOTS + 2 * MOST_SLOTS < 130
    assert tuple(json.loads(json.dumps(habit))) == habit
    assert len(json.dumps(habit)) < 1500


def test_fifty_thousand_entries_are_learnt_from_at_once():
    many = [NOW - timedelta(seconds=30 * number) for number in range(50_000)]
    assert known(learn((), many, NOW))
    assert known(learn(learn((), [], NOW - timedelta(days=1)), many, NOW))


@settings(deadline=None)
@given(st.lists(moments, max_size=8), st.lists(moments, max_size=8), st.floats(-400, 400))
def test_whatever_the_dates_a_habit_is_learnt(backlog, fresh, days):
    habit = learn((), backlog, NOW)
    later = learn(habit, fresh, NOW + timedelta(days=days))
    assert known(habit)
    assert known(later)
    assert later[AT] == (NOW + timedelta(days=days)).timestamp()
    assert all(math.isfinite(rate(later, NOW + timedelta(hours=hour))) for hour in range(0, 168, 7))


@settings(deadline=None)
@given(st.lists(st.floats(), max_size=9).map(lambda some: tuple(some) * 9), st.lists(moments, max_size=3))
def test_a_damaged_habit_is_begun_anew(damaged, fresh):
    assert known(learn(damaged, fresh, NOW))
    assert known(learn((1.0, *damaged), fresh, NOW))

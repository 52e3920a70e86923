"""Hours of telling, and schedules of digests, are those of the clock on the wall, whatever it does in spring."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.settings.hours import read_days, read_span
from monitor.telling import Window
from monitor.think.cron import next_after, read_schedule
from monitor.think.windows import is_open, is_within, opens_at

KYIV, BERLIN = ZoneInfo("Europe/Kyiv"), ZoneInfo("Europe/Berlin")
WORK = Window("work", KYIV, read_days("mon-fri"), (read_span("09:00-18:00"),))
NIGHT = Window("night", KYIV, frozenset(), (read_span("22:00-07:00"),))


def at(text: str, zone: ZoneInfo = KYIV) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("moment", "within"),
    [
        ("2026-03-02 08:59", False),
        ("2026-03-02 09:00", True),
        ("2026-03-02 17:59", True),
        ("2026-03-02 18:00", False),
        ("2026-03-07 12:00", False),  # a Saturday
    ],
)
def test_working_hours_are_those_of_their_place(moment: str, *, within: bool) -> None:
    assert is_within(WORK, at(moment).astimezone(UTC)) is within


def test_hours_that_run_over_midnight_belong_to_the_day_on_which_they_begin() -> None:
    friday = Window("friday", KYIV, read_days("fri"), (read_span("22:00-07:00"),))
    assert is_within(friday, at("2026-03-06 23:00"))
    assert is_within(friday, at("2026-03-07 06:59"))
    assert not is_within(friday, at("2026-03-06 06:00"))
    assert not is_within(friday, at("2026-03-07 22:30"))


def test_what_comes_at_the_weekend_is_told_on_monday_morning() -> None:
    assert opens_at((WORK,), (), at("2026-03-07 12:00")) == at("2026-03-09 09:00")


def test_quiet_hours_end_in_the_morning_also_when_the_clock_was_changed_meanwhile() -> None:
    assert opens_at((), (NIGHT,), at("2026-03-28 23:30")) == at("2026-03-29 07:00")


def test_hours_that_never_come_are_told_apart() -> None:
    assert opens_at((WORK,), (Window("always", KYIV),), at("2026-03-07 12:00")) is None


SPANS = st.tuples(st.integers(0, 1439), st.integers(0, 1440)).filter(lambda span: span[0] != span[1])
WINDOWS = st.lists(
    st.builds(
        Window,
        st.just("w"),
        st.sampled_from([KYIV, BERLIN, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kathmandu"), ZoneInfo("UTC")]),
        st.frozensets(st.integers(0, 6)),
        st.lists(SPANS, max_size=2).map(tuple),
    ),
    max_size=2,
).map(tuple)
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@given(WINDOWS, WINDOWS, MOMENTS)
def test_telling_begins_with_the_first_minute_that_allows_it(
    during: tuple[Window, ...], but_for: tuple[Window, ...], now: datetime
) -> None:
    opens = opens_at(during, but_for, now)
    if opens is None:
        assert not any(is_open(during, but_for, now + timedelta(minutes=17 * step)) for step in range(600))
        return
    assert is_open(during, but_for, opens)
    assert opens >= now
    minute = opens - timedelta(minutes=1)
    assert opens == now or minute < now or not is_open(during, but_for, minute)


@pytest.mark.parametrize(
    ("text", "now", "expected"),
    [
        ("hourly", "2026-03-02 08:59", "2026-03-02 09:00"),
        ("daily 07:30", "2026-03-02 07:30", "2026-03-03 07:30"),
        ("weekly mon 08:00", "2026-03-02 09:00", "2026-03-09 08:00"),
        ("0 7 * * 1-5", "2026-03-06 07:00", "2026-03-09 07:00"),
        ("*/20 9-10 1,15 jan,mar *", "2026-02-01 00:00", "2026-03-01 09:00"),
        ("0 9 13 * fri", "2026-03-01 00:00", "2026-03-06 09:00"),  # the 13th, or any Friday
        ("0 0 29 2 *", "2026-03-01 00:00", "2028-02-29 00:00"),
        ("30 3 * * *", "2026-03-28 12:00", "2026-03-29 04:30"),  # an hour that the clock leaves out
        ("0 12 * * 7", "2026-03-02 00:00", "2026-03-08 12:00"),
    ],
)
def test_a_schedule_names_its_next_moment(text: str, now: str, expected: str) -> None:
    assert next_after(read_schedule(text, KYIV), at(now)) == at(expected)


def test_a_daily_digest_is_sent_once_when_an_hour_comes_twice() -> None:
    schedule = read_schedule("daily 03:30", KYIV)
    first = next_after(schedule, at("2026-10-24 12:00"))
    assert first
    following = next_after(schedule, first)
    assert following
    assert following.astimezone(KYIV).date() == datetime(2026, 10, 26, tzinfo=KYIV).date()


@pytest.mark.parametrize(
    "text", ["", "daily", "daily 25:00", "weekly xyz 08:00", "* * * *", "60 * * * *", "0 0 31 2 *", "*/0 * * * *",
             "5-1 * * * *", "0 0 0 * *", "a b c d e", "0 7 * * 1-5 *", "-1 * * * *", "* 7-*/2 * * *"]
)  # fmt: skip
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"daily 07:30|a day that exists"):
        read_schedule(text, UTC)


@given(st.text(max_size=30))
def test_any_text_is_a_schedule_or_is_refused(text: str) -> None:
    try:
        schedule = read_schedule(text, UTC)
    except ValueError:
        return
    assert next_after(schedule, datetime(2026, 3, 1, tzinfo=UTC))

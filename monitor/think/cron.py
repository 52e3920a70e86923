"""The text of a schedule becomes a Schedule, and a Schedule the next moment that it names."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from monitor.telling import Schedule

NAMES = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
WEEKDAYS = {name: number for number, name in enumerate("sun mon tue wed thu fri sat".split())}
BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
YEARS = 9  # a 29th of February that comes at all comes within so many
EXPECTED = '"hourly", "daily 07:30", "weekly mon 08:00", or the five fields of cron such as "0 7 * * 1-5"'


def read_schedule(text: str, zone: tzinfo) -> Schedule:
    """A schedule by its text; ValueError when it is none, or names no day that exists."""
    fields = _cron(" ".join(text.lower().split())).split(" ")
    if len(fields) != len(BOUNDS):
        raise ValueError(EXPECTED)
    names: tuple[dict[str, int], ...] = ({}, {}, {}, NAMES, WEEKDAYS)
    minutes, hours, days, months, weekdays = (
        _field(field, low, high, known) for field, (low, high), known in zip(fields, BOUNDS, names, strict=True)
    )
    schedule = Schedule(
        text,
        minutes,
        hours,
        days,
        months,
        frozenset(day % 7 for day in weekdays),
        zone,
        either=not fields[2].startswith("*") and not fields[4].startswith("*"),
    )
    if next_after(schedule, datetime(2001, 1, 1, tzinfo=UTC)) is None:
        raise ValueError("a day that exists")
    return schedule


def next_after(schedule: Schedule, now: datetime) -> datetime | None:
    """The first moment after now that a schedule names, by the clock of its place.

    An hour that the clock leaves out is told when the clock has passed it; one that it repeats is told once, but for
    schedules of every hour.
    """
    day = now.astimezone(schedule.zone).date() - timedelta(days=1)
    last = day + timedelta(days=366 * YEARS)
    while day <= last:
        if _is_day(schedule, day):
            found = min((at for at in _moments(schedule, day) if at > now), default=None)
            if found:
                return found
        elif day.month not in schedule.months:
            day = _last_of_month(day)
        day += timedelta(days=1)
    return None


def _moments(schedule: Schedule, day: date) -> set[datetime]:
    local = [
        datetime.combine(day, time(hour, minute), schedule.zone)
        for hour in schedule.hours
        for minute in schedule.minutes
    ]
    folds = (0, 1) if len(schedule.hours) == 24 else (0,)
    return {at.replace(fold=fold).astimezone(UTC) for at in local for fold in folds}


def _is_day(schedule: Schedule, day: date) -> bool:
    if day.month not in schedule.months:
        return False
    in_month, in_week = day.day in schedule.days, day.isoweekday() % 7 in schedule.weekdays
    return in_month or in_week if schedule.either else in_month and in_week


def _last_of_month(day: date) -> date:
    first = day.replace(day=1) + timedelta(days=32)
    return first.replace(day=1) - timedelta(days=1)


def _cron(text: str) -> str:
    """The short forms as the fields of cron."""
    if text == "hourly":
        return "0 * * * *"
    found = re.fullmatch(r"(?:daily|weekly ([a-z]{3})) ([01]?[0-9]|2[0-3]):([0-5][0-9])", text)
    if not found:
        return text
    return f"{int(found[3])} {int(found[2])} * * {found[1] or '*'}"


def _field(text: str, low: int, high: int, names: dict[str, int]) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        shape = re.fullmatch(r"(\*|[a-z0-9]{1,3})(?:-([a-z0-9]{1,3}))?(?:/([0-9]{1,2}))?", part)
        if not shape or (shape[1] == "*" and shape[2]):
            raise ValueError(EXPECTED)
        step = int(shape[3] or 1)
        first = low if shape[1] == "*" else _number(shape[1], names)
        open_end = shape[1] == "*" or (shape[3] and not shape[2])
        last = high if open_end else _number(shape[2] or shape[1], names)
        if not (low <= first <= last <= high and step):
            raise ValueError(EXPECTED)
        found.update(range(first, last + 1, step))
    return frozenset(found)


def _number(text: str, names: dict[str, int]) -> int:
    if text in names:
        return names[text]
    if not text.isdecimal():
        raise ValueError(EXPECTED)
    return int(text)

"""Counts at points of time become counts by hour, day, week or month, empty ones between them, too."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.errors import QueryError

MOST = 20_000  # spans: two years of hours; more than anybody reads, or a screen shows


class Unit(StrEnum):
    """How long a span is."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, and how many articles are of it."""

    start: datetime
    articles: int


_STEPS = {Unit.HOUR: timedelta(hours=1), Unit.DAY: timedelta(days=1), Unit.WEEK: timedelta(weeks=1)}
_COARSER = {Unit.HOUR: 1 / 24, Unit.DAY: 1.0, Unit.WEEK: 7.0, Unit.MONTH: 30.4}  # in days


def floor(at: datetime, unit: Unit) -> datetime:
    """Where the span begins that a time is in; weeks begin on Monday."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    if unit is Unit.HOUR:
        return hour
    day = hour.replace(hour=0)
    if unit is Unit.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if unit is Unit.MONTH else day


def following(start: datetime, unit: Unit) -> datetime:
    """Where the next span begins."""
    return floor(start + timedelta(days=31), unit) if unit is Unit.MONTH else start + _STEPS[unit]


def tally(
    counts: Mapping[datetime, int], unit: Unit, first: datetime | None = None, last: datetime | None = None
) -> tuple[Span, ...]:
    """Counts by span, from `first` or the earliest to `last` or the latest; QueryError when they are too many."""
    summed: dict[datetime, int] = {}
    for at, count in counts.items():
        start = floor(at, unit)
        summed[start] = summed.get(start, 0) + count
    begins = [floor(first, unit)] if first else []
    ends = [floor(last, unit)] if last else []
    known = [*summed, *begins, *ends]
    if not known:
        return ()
    low, high = min(known), max(known)
    if (high - low).days / _COARSER[unit] > MOST:
        raise QueryError(f"that is more than {MOST:,} {unit}s", hint="ask by week or month, or for a shorter time")
    spans = []
    while low <= high:
        spans.append(Span(low, summed.get(low, 0)))
        low = following(low, unit)
    return tuple(spans)


def fitting(days: float, room: int) -> Unit:
    """The finest unit of days or longer ones, of which so many days make no more spans than there is room for."""
    units = (Unit.DAY, Unit.WEEK)
    return next((unit for unit in units if days / _COARSER[unit] <= room), Unit.MONTH)


def grouped(spans: tuple[Span, ...], room: int) -> tuple[Span, ...]:
    """Spans put together, as many as must be, for them to find room."""
    size = -(-len(spans) // max(1, room))
    parts = (spans[at : at + size] for at in range(0, len(spans), size)) if size else ()
    return tuple(Span(part[0].start, sum(span.articles for span in part)) for part in parts)

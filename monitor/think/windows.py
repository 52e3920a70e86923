"""Windows of time and a moment become whether telling is allowed, and if not, when it is."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from monitor.telling import Window

DAY_MIN = 24 * 60
HORIZON = timedelta(days=9)  # a window of one day in the week opens within it
STEP = timedelta(minutes=30)  # clocks are changed on the half hour


def is_within(window: Window, now: datetime) -> bool:
    """Whether it is now one of the window's hours, by the clock of its place."""
    local = now.astimezone(window.zone)
    minute, today = local.hour * 60 + local.minute, local.weekday()
    spans = window.spans or ((0, DAY_MIN),)
    return any(_holds(window, span, minute, today) for span in spans)


def is_open(during: tuple[Window, ...], but_for: tuple[Window, ...], now: datetime) -> bool:
    """Whether telling is allowed: within any of the one, and none of the other."""
    inside = not during or any(is_within(window, now) for window in during)
    return inside and not any(is_within(window, now) for window in but_for)


def opens_at(during: tuple[Window, ...], but_for: tuple[Window, ...], now: datetime) -> datetime | None:
    """When telling is allowed again, now if it is; None when it never is."""
    if is_open(during, but_for, now):
        return now
    edges = sorted(edge for window in (*during, *but_for) for edge in _edges(window, now) if edge > now)
    return next((edge for edge in edges if is_open(during, but_for, edge)), None)


def _holds(window: Window, span: tuple[int, int], minute: int, today: int) -> bool:
    start, end = span
    if start < end:
        return start <= minute < end and _is_day(window, today)
    # It began today or yesterday, and belongs to the day on which it began.
    return (minute >= start and _is_day(window, today)) or (minute < end and _is_day(window, (today - 1) % 7))


def _is_day(window: Window, day: int) -> bool:
    return not window.days or day in window.days


def _edges(window: Window, now: datetime) -> Iterator[datetime]:
    """Moments at which a window may open or close within the horizon."""
    day, minutes = now.astimezone(window.zone).date(), {0, *(minute for span in window.spans for minute in span)}
    for offset in range(HORIZON.days + 1):
        for minute in minutes:
            at = datetime.combine(day + timedelta(days=offset), time(), window.zone) + timedelta(minutes=minute)
            yield from (at.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    half = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    yield from (half + STEP * step for step in range(1, int(HORIZON / STEP)))

"""Windows of time and a moment become whether telling is allowed, and if not, when it is."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from monitor.telling import Window

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
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


def read_days(words: tuple[str, ...]) -> frozenset[int]:
    """Days such as "mon" or "mon-fri"; ValueError for others."""
    found: set[int] = set()
    for word in words:
        first, _, last = word.lower().partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            raise ValueError('days such as "mon" or "mon-fri"')
        start, end = DAYS.index(first), DAYS.index(last or first)
        found.update((start + offset) % 7 for offset in range((end - start) % 7 + 1))
    return frozenset(found)


def read_span(words: str) -> tuple[int, int]:
    """Hours such as "09:00-18:00" or "22:00-07:00" as minutes of the day; ValueError for others."""
    first, _, last = words.partition("-")
    try:
        start, end = _minute(first), _minute(last)
    except ValueError:
        start = end = 0
    if start == end:
        raise ValueError('hours such as "09:00-18:00" or "22:00-07:00"')
    return start, end


def _minute(words: str) -> int:
    if words.strip() == "24:00":
        return DAY_MIN
    at = time.fromisoformat(words.strip())
    if len(words.strip()) != 5:
        raise ValueError(words)
    return at.hour * 60 + at.minute


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

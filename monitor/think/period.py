"""A date as people write it, from a year to a second, becomes the time it covers (UTC unless it says otherwise)."""

import re
from datetime import UTC, datetime, timedelta

from monitor.errors import QueryError

_DATE = re.compile(
    r"(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d)"
    r"([T ](?P<hour>\d\d):(?P<minute>\d\d)(:(?P<second>\d\d))?(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)


def parse_period(text: str, position: int) -> tuple[datetime, datetime]:
    """Where the time begins, and where it has ended."""
    found = _DATE.fullmatch(text.strip())
    if not found:
        hint = "2021, 2021-12, 2021-12-01 or 2021-12-01T10:30:00Z (in quotes if it has a +)"
        raise QueryError(f"{text!r} is no date", position=position, hint=hint)
    try:
        return _cover({name: value for name, value in found.groupdict().items() if value})
    except (ValueError, OverflowError) as error:
        raise QueryError(f"There is no date {text!r}", position=position, hint="year-month-day") from error


def parse_since(text: str, position: int, *, included: bool) -> datetime:
    """Where a range begins that starts with this time, or after it."""
    return parse_period(text, position)[0 if included else 1]


def parse_until(text: str, position: int, *, included: bool) -> datetime:
    """Before when a range ends that closes with this time, or before it."""
    return parse_period(text, position)[1 if included else 0]


def _cover(parts: dict[str, str]) -> tuple[datetime, datetime]:
    zone = parts.pop("zone", "Z")
    numbers = [int(part) for part in parts.values()]
    moment = datetime(*(*numbers, 1, 1)[: max(3, len(numbers))], tzinfo=UTC)  # type: ignore[misc,arg-type] # 1 to 6 numbers
    if zone != "Z":
        moment = datetime.fromisoformat(f"{moment:%Y-%m-%dT%H:%M:%S}{zone}").astimezone(UTC)
    if len(numbers) == 1:
        return moment, moment.replace(year=moment.year + 1)
    if len(numbers) == 2:
        return moment, (moment + timedelta(days=31)).replace(day=1)
    return moment, moment + _LENGTHS[len(numbers)]


_LENGTHS = {3: timedelta(days=1), 5: timedelta(minutes=1), 6: timedelta(seconds=1)}

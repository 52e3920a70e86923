"""What feeds and pages call a date becomes a moment in UTC."""

import math
import re
from datetime import UTC, datetime, timedelta, timezone

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # before the first news on the web a date is an error
AHEAD = timedelta(days=1)  # a clock may be wrong, and a zone may be missing, but no news is from next week
_LONGEST = 120  # characters of a date

# Such as "2024-07-01T10:00:00.123+02:00", "2024/7/1 10:00", "20240701T100000Z", "2024-07-01", "2024-07"
_ISO = re.compile(
    r"(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2}))?|(\d{2})(\d{2})?)(?!\d)"
    r"(?:(?:\s*T\s*|\s+)(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?)?\s*(.*)",
    re.IGNORECASE,
)
# Such as "Mon, 01 Jul 2024 10:00:00 +0200", "1 juillet 2024 10h00", "1. Juli 2024"
_DAY_FIRST = re.compile(r"(?:[^\W\d]+\.?,?\s*)?(\d{1,2})(?:st|nd|rd|th|er|º|\.)?[\s/-]+(?:de\s+)?([^\W\d]+)\.?(.*)")
# Such as "Jul 1, 2024 10:00 AM EST", "Mon Jul  1 10:00:00 2024"
_MONTH_FIRST = re.compile(r"(?:[^\W\d]+\.?,?\s+)??([^\W\d]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?\b,?(.*)")
# Such as "01.07.2024 10:00". But "07/01/2024" is one day in America and another elsewhere, so it says nothing
_DOTTED = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.(\s?\d{4}.*)")
_YEAR = re.compile(r"(?<!\d)(\d{4})(?!\d|:)|(?<=[\s/,-])(\d{2})(?=\s+\d{1,2}:)")
_CLOCK = re.compile(r"(?<!\d)(\d{1,2})[:hH](\d{2})(?::(\d{2}))?(?:\s?([ap])\.?m\b)?", re.IGNORECASE)
_OFFSET = re.compile(r"(?:GMT|UTC)?\s?([+-])(\d{1,2}):?(\d{2})?(?!\d)", re.IGNORECASE)
_ZONE = re.compile(r"\b([A-Za-z]{2,5})\b")
_EPOCH = re.compile(r"\d{9,10}|\d{12,13}")

# By their first letters, which no two months share: English, German, French, Spanish, Italian, Portuguese,
# Dutch, Polish, Czech, Russian and Ukrainian.
_MONTHS = {
    prefix: number
    for number, prefixes in enumerate(
        (
            "jan ene gen janv led sty січ янв",
            "feb fév fev févr úno lut лют фев",
            "mar mär mrz mrt bře бер мар",
            "apr avr abr dub kwi кві апр",
            "may mai mei mag maj kvě тра май мая",
            "jun juin giu čer cze чер июн",
            "jul juil lug červenec července lip лип июл",
            "aug aoû ago srp sie сер авг",
            "sep set zář wrz вер сен",
            "oct okt out ott říj paź жов окт",
            "nov lis лис ноя",
            "dec dez déc dic pro gru гру дек",
        ),
        start=1,
    )
    for prefix in prefixes.split()
}
_ZONE_HOURS = (
    "EST -5 EDT -4 CST -6 CDT -5 MST -7 MDT -6 PST -8 PDT -7 AST -4 ADT -3 ET -5 CT -6 MT -7 PT -8 BRT -3 ART -3 "
    "WET 0 WEST 1 BST 1 CET 1 CEST 2 MEZ 1 MESZ 2 EET 2 EEST 3 MSK 3 SAST 2 CAT 2 EAT 3 GST 4 PKT 5 IST 5.5 "
    "ICT 7 WIB 7 HKT 8 SGT 8 PHT 8 AWST 8 JST 9 KST 9 AEST 10 AEDT 11 NZST 12 NZDT 13"
)
_ZONES = dict(zip(_ZONE_HOURS.split()[::2], map(float, _ZONE_HOURS.split()[1::2]), strict=True))


def parse_date(text: str, now: datetime) -> datetime | None:
    """The moment that a text names, if it names one that news can bear: from 1990 to a day from now."""
    short = " ".join(text[:_LONGEST].split())
    if not short:
        return None
    for read in (_epoch, _iso, _dotted, _day_first, _month_first):
        try:
            moment = read(short)
        except (ValueError, OverflowError):
            continue
        if moment:
            return sensible(moment, now)
    return None


def sensible(moment: datetime, now: datetime) -> datetime | None:
    """The moment in UTC, unless no news can be so old or so far ahead; without a zone it is taken for UTC."""
    try:
        settled = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return settled if EARLIEST <= settled <= now + AHEAD else None


def from_epoch(seconds: float) -> datetime | None:
    """A moment counted in seconds, or in milliseconds, since 1970."""
    if not math.isfinite(seconds) or not 0 < seconds < 1e14:
        return None
    return datetime.fromtimestamp(seconds / 1000 if seconds >= 1e11 else seconds, UTC)


def _epoch(text: str) -> datetime | None:
    return from_epoch(int(text)) if _EPOCH.fullmatch(text) else None


def _iso(text: str) -> datetime | None:
    found = _ISO.fullmatch(text)
    if not found:
        return None
    year, month, day = found[1], found[2] or found[4], found[3] or found[5] or 1
    date = datetime(int(year), int(month), int(day), tzinfo=UTC)
    hour, minute, second = (int(part or 0) for part in found.group(6, 7, 8))
    return _at(date, hour, minute, second, found[9])


def _dotted(text: str) -> datetime | None:
    found = _DOTTED.fullmatch(text)
    return _with_clock(int(found[1]), int(found[2]), found[3]) if found else None


def _day_first(text: str) -> datetime | None:
    found = _DAY_FIRST.fullmatch(text)
    return _with_clock(int(found[1]), _month(found[2]), found[3]) if found else None


def _month_first(text: str) -> datetime | None:
    found = _MONTH_FIRST.fullmatch(text)
    return _with_clock(int(found[2]), _month(found[1]), found[3]) if found else None


def _month(name: str) -> int:
    lowered = name.lower()
    return next((_MONTHS[lowered[:size]] for size in (8, 4, 3) if lowered[:size] in _MONTHS), 0)


def _with_clock(day: int, month: int, rest: str) -> datetime | None:
    """A date whose year, time and zone stand somewhere in the rest of its text."""
    year = _YEAR.search(rest)
    if not year or not month:
        return None
    number = int(year[1]) if year[1] else 2000 + int(year[2]) - (100 if int(year[2]) >= 90 else 0)
    date = datetime(number, month, day, tzinfo=UTC)
    rest = rest[: year.start()] + " " + rest[year.end() :]
    clock = _CLOCK.search(rest)
    if not clock:
        return date
    hour = int(clock[1])
    if clock[4]:
        hour = hour % 12 + (12 if clock[4] in "pP" else 0)
    return _at(date, hour, int(clock[2]), int(clock[3] or 0), rest[clock.end() :])


def _at(date: datetime, hour: int, minute: int, second: int, zone: str) -> datetime:
    """A leap second is the second before it, and midnight may be called 24:00."""
    spent = timedelta(hours=hour, minutes=minute, seconds=min(second, 59))
    if not (spent <= timedelta(days=1) and minute < 60 and second <= 60):
        return date
    return (date + spent).replace(tzinfo=_zone(zone))


def _zone(text: str) -> timezone:
    """The zone that a text names; UTC when it names none, or one that no place has."""
    offset = _OFFSET.match(text.strip())
    if offset:
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        signed = minutes if offset[1] == "+" else -minutes
        return timezone(timedelta(minutes=signed)) if minutes <= 14 * 60 else UTC
    named = _ZONE.search(text)
    return timezone(timedelta(hours=_ZONES.get(named[1].upper(), 0.0))) if named else UTC

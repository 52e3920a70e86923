"""What a server's headers say becomes seconds and texts that can be relied on."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice

DAY_S = 86_400.0

_VALIDATOR = re.compile(r"[\x20-\x7e]{1,1000}")
_NOT_FRESH = re.compile(r"(?:^|[\s,])no-(?:store|cache)(?:[\s,]|$)", re.IGNORECASE)
_MOST_LINKS = 16_000  # characters of Link headers that are looked through
_LINK = re.compile(r"<([^<>]{1,4096})>((?:\s*;\s*[\w*-]{1,40}\s*(?:=\s*(?:\"[^\"]{0,500}\"|[^\s\",;]{0,500}))?)*)")
_RELATIONS = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s\",;]*))", re.IGNORECASE)
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,30})(?=[\s,;\"]|$)", re.IGNORECASE)


def retry_after(text: str, now: datetime) -> float | None:
    """The seconds that a Retry-After header asks for, up to a day; None when it asks for nothing that makes sense."""
    text = text.strip()[:100]
    if text.isascii() and text.isdigit():
        seconds = float(text)
    else:
        date = _date(text)
        if date is None:
            return None
        seconds = (date - now).total_seconds()
    return min(seconds, DAY_S) if seconds > 0 else None


def fresh_s(headers: Mapping[str, str]) -> float:
    """For how many seconds more a server calls its answer fresh, up to a day; 0 when it says nothing or nonsense."""
    control = headers.get("Cache-Control", "")[:1000]
    if control:
        found = _MAX_AGE.search(control)
        if _NOT_FRESH.search(control):
            return 0.0
        if found:
            # A cache on the way has held the answer for some of that time already.
            return min(max(0.0, float(found[1]) - _age(headers)), DAY_S)
    expires, date = _date(headers.get("Expires", "")), _date(headers.get("Date", ""))
    if expires is None or date is None:
        return 0.0
    return min(max(0.0, (expires - date).total_seconds() - _age(headers)), DAY_S)


def linked(texts: Sequence[str]) -> dict[str, str]:
    """Where Link headers point to: the first address of each relation, as it was written."""
    found: dict[str, str] = {}
    if not texts:
        return found
    for target, parameters in islice(_LINK.findall(", ".join(texts)[:_MOST_LINKS]), 100):
        relations = _RELATIONS.search(parameters)
        for name in (relations[1] or relations[2]).lower().split() if relations else ():
            found.setdefault(name, target.strip())
    return found


def validator(text: str) -> str:
    """A validator to be sent back as it came; one that no header may hold is dropped."""
    return text if _VALIDATOR.fullmatch(text) else ""


def printable(text: str) -> str:
    """A header without what is not plain ASCII."""
    text = text[:2000]
    return text if text.isascii() and text.isprintable() else "".join(letter for letter in text if " " <= letter <= "~")


def _age(headers: Mapping[str, str]) -> float:
    text = headers.get("Age", "").strip()
    return float(text) if len(text) < 30 and text.isascii() and text.isdigit() else 0.0


def _date(text: str) -> datetime | None:
    if not text or len(text) > 100:
        return None
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)

"""Days and hours as people write them become numbers."""

import re

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = f"({'|'.join(DAYS)})"
_HOUR = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")


def read_days(words: str) -> frozenset[int]:
    """Days such as "mon" or "mon-fri", Monday as 0; ValueError for others."""
    found = re.fullmatch(rf"{_DAY}(?:-{_DAY})?", words.lower())
    if not found:
        raise ValueError('days such as "mon" or "mon-fri"')
    first, last = DAYS.index(found[1]), DAYS.index(found[2] or found[1])
    return frozenset((first + offset) % 7 for offset in range((last - first) % 7 + 1))


def read_span(words: str) -> tuple[int, int]:
    """Hours such as "09:00-18:00" or "22:00-07:00" as minutes of the day; ValueError for others."""
    first, _, last = words.partition("-")
    if not (_HOUR.fullmatch(first) and _HOUR.fullmatch(last)) or first == last:
        raise ValueError('hours such as "09:00-18:00" or "22:00-07:00"')
    return _minute(first), _minute(last)


def _minute(words: str) -> int:
    return int(words[:2]) * 60 + int(words[3:])

"""The text of a configuration becomes its tables; plain ones of a long list of feeds are read in a fast lane."""

import itertools
import re
import tomllib
from typing import Any

# Below this, there is nothing to gain: tomllib takes 40 ms for it.
_LONG = 100_000
_HEADER = re.compile(r"^[ \t]*\[", re.MULTILINE)
_WITHIN = re.compile(r"[ \t]*\[.*feed")  # a header that may be one of a feed
_STRING = r'"[^"\\\x00-\x1f\x7f]*"'
_PLAIN = re.compile(
    rf"\[\[feed\]\][ \t]*\n(?:(?:[a-z_]+ = (?:{_STRING}|\[(?:{_STRING}(?:, {_STRING})*)?\]))?[ \t]*\n)*"
)
_PAIR = re.compile(rf"^([a-z_]+) = (?:({_STRING})|\[(.*)\])[ \t]*$", re.MULTILINE)
_EACH = re.compile(_STRING)


def read_tables(text: str) -> dict[str, Any]:
    """What tomllib makes of it, in a fraction of the time where it lists many feeds; its TOMLDecodeError."""
    found = _read_fast(text) if len(text) > _LONG and '"""' not in text and "'''" not in text else None
    return found if found is not None else tomllib.loads(text)


def _read_fast(text: str) -> dict[str, Any] | None:
    """Leave to tomllib all tables but plain feeds; None when it is not plain where they begin and end."""
    starts = [match.start() for match in _HEADER.finditer(text)]
    pieces = [text[start:end] for start, end in itertools.pairwise((*starts, len(text)))]
    rest, feeds = [text[: starts[0]]] if starts else [], list[dict[str, Any] | None]()
    belongs = False  # a table within a feed's, which is that of the last feed
    for piece, after in itertools.pairwise((*pieces, "")):
        listed = piece.startswith("[[feed]]")
        if not listed and _WITHIN.match(piece) and not belongs:
            return None
        belongs = listed or (belongs and _WITHIN.match(piece) is not None)
        within = _WITHIN.match(after) and not after.startswith("[[feed]]")
        feed = None if within or not listed else _read_plain(piece)
        if feed is None:
            rest.append(piece)
        if listed:
            feeds.append(feed)
    return _join("".join(rest), feeds) if any(feed is not None for feed in feeds) else None


def _join(rest: str, feeds: list[dict[str, Any] | None]) -> dict[str, Any] | None:
    """The tables of a text, with these feeds among its own."""
    try:
        tables = tomllib.loads(rest)
    except tomllib.TOMLDecodeError:
        return None  # all of it is read once more: the line that it names must be the one of the file
    left = tables.get("feed", [])
    if not isinstance(left, list) or len(left) != feeds.count(None):
        return None
    others = iter(left)
    return {**tables, "feed": [next(others) if feed is None else feed for feed in feeds]}


def _read_plain(piece: str) -> dict[str, Any] | None:
    """A feed of which every value is a string on one line, or a list of such."""
    if not _PLAIN.fullmatch(piece if piece.endswith("\n") else piece + "\n"):
        return None
    pairs = _PAIR.findall(piece)
    found = {name: one[1:-1] if one else [each[1:-1] for each in _EACH.findall(many)] for name, one, many in pairs}
    return found if len(found) == len(pairs) else None

"""A text and the places in it that speak for something become paragraphs of marked and unmarked pieces."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from monitor.model import Evidence, Match

_NOTES = 8  # at one place
_LONGEST = 60  # characters: names near each other may span a paragraph, in which each is marked by itself


@dataclass(frozen=True, slots=True)
class Note:
    """What a place speaks for: of which topic, by which label, with how many points."""

    topic: str
    label: str
    weight: float
    found: str = ""  # the part of the place that it is about, if that is not all of it


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that is marked throughout, or not at all."""

    text: str
    notes: tuple[Note, ...] = ()
    key: int = 0  # of a marked one, from 1: what its note is called on the page


def safe_url(url: str) -> str:
    """A link that a browser may follow without running anything, or nothing."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    return url.strip() if parts.scheme.lower() in {"http", "https"} and parts.hostname else ""


def spots(matches: Sequence[Match]) -> list[tuple[Evidence, str]]:
    """The evidence of several matches, each with its topic; what one topic says twice of one place counts once."""
    found = {
        (match.topic, each.zone, each.start, each.end, each.label): (each, match.topic)
        for match in matches
        for each in match.evidence
        if each.end - each.start <= _LONGEST
    }
    return list(found.values())


def mark(text: str, found: Sequence[tuple[Evidence, str]], first: int = 1) -> tuple[Piece, ...]:
    """Cut a text at the borders of what was found in it; what overlaps is one piece, whose notes tell it apart."""
    sound = [(each, topic) for each, topic in found if 0 <= each.start < each.end <= len(text)]
    pieces, at = [], 0
    for key, (start, end, here) in enumerate(_clusters(sound), first):
        if start > at:
            pieces.append(Piece(text[at:start]))
        pieces.append(Piece(text[start:end], tuple(dict.fromkeys(_notes(here, text, end - start)))[:_NOTES], key))
        at = end
    return (*pieces, Piece(text[at:])) if at < len(text) or not pieces else tuple(pieces)


def _clusters(sound: Sequence[tuple[Evidence, str]]) -> Iterator[tuple[int, int, list[tuple[Evidence, str]]]]:
    """Places that overlap, together: where they begin and end."""
    here: list[tuple[Evidence, str]] = []
    start = end = 0
    for each, topic in sorted(sound, key=lambda pair: (pair[0].start, -pair[0].end)):
        if here and each.start >= end:
            yield start, end, here
            here = []
        start, end = (min(start, each.start), max(end, each.end)) if here else (each.start, each.end)
        here.append((each, topic))
    if here:
        yield start, end, here


def _notes(here: Sequence[tuple[Evidence, str]], text: str, length: int) -> Iterator[Note]:
    for each, topic in here:
        own = text[each.start : each.end] if each.end - each.start < length else ""
        yield Note(topic, each.label, each.weight, " ".join(own.split()))


def paragraphs(pieces: Sequence[Piece]) -> tuple[tuple[Piece, ...], ...]:
    """Pieces by paragraph: a blank line parts them, also within a piece."""
    return tuple(tuple(each) for each in _parted(pieces) if any(piece.text.strip() for piece in each))


def _parted(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    current: list[Piece] = []
    for piece in pieces:
        head, *rest = piece.text.split("\n\n")
        current.append(Piece(head, piece.notes, piece.key))
        for part in rest:
            yield current
            current = [Piece(part, piece.notes, piece.key)]
    yield current


def excerpt(text: str, found: Sequence[Evidence], width: int = 260) -> tuple[Piece, ...]:
    """The stretch of a text around the first place that speaks for it, marked."""
    here = [each for each in found if 0 <= each.start < each.end <= len(text)]
    start = max(0, min((each.start for each in here), default=0) - width // 4)
    if start:
        start = text.find(" ", start) + 1 or start
    end = len(text) if len(text) - start <= width else max(text.rfind(" ", start, start + width), start + width // 2)
    moved = [
        (Evidence(each.label, each.zone, each.start - start, each.end - start, each.found, each.weight), "")
        for each in here
        if each.start >= start and each.end <= end
    ]
    pieces = mark(" ".join(text[start:end].split("\n")), moved)
    return (*((Piece("…\u00a0"),) if start else ()), *pieces, *((Piece("\u00a0…"),) if end < len(text) else ()))

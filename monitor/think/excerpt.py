"""An article and the evidence of a match become short passages in which the found words are marked."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile

from monitor.model import Article, Evidence
from monitor.think.language import clean

MAX_HEADLINE = 300  # characters
MAX_LEAD = 700  # two or three paragraphs of a news agency
MAX_SENTENCE = 320  # to each side of a find
MAX_SNIPPETS = 5

SPACES = re.compile(r"\s+")
CLOSERS = "\"'”’»)]"
ENDS = tuple(".!?…؟۔।。！？")
# After these a new sentence begins. A full stop needs three letters before it ("Mr. Lee", "U.S. Army"), or a quote.
BREAK = re.compile(r"(?:(?<=[^\W_]{3}\.)|(?<=[\"'”’»)\]%]\.)|(?<=[!?…؟۔।]))[\"'”’»)\]]*\s+|(?<=[。！？])")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text, marked when it is what a rule found."""

    text: str
    marked: bool = False


Passage = tuple[Piece, ...]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What a reader needs of an article: its headline, its opening, and the sentences that made it match."""

    headline: Passage
    lead: tuple[Passage, ...]  # one a paragraph
    snippets: tuple[Passage, ...]


def excerpt(article: Article, evidence: tuple[Evidence, ...]) -> Excerpt:
    """The headline, the opening, and up to five sentences around labels that neither of the two shows."""
    title, body = article.title, article.text or article.content or article.summary
    in_title = [found for found in evidence if found.zone == "title" and _stands(found, title)]
    in_body = [found for found in evidence if found.zone in {"lead", "body"} and _stands(found, body)]
    opening = tuple(_opening(body))
    shown = {found.label for found in in_title} | {found.label for found in in_body if _inside(found, opening)}
    sentences: set[Span] = set()
    for found in in_body:
        if found.label not in shown and len(sentences) < MAX_SNIPPETS:
            sentences.add(_sentence(body, found.start, found.end))
            shown.add(found.label)
    return Excerpt(
        headline=_passage(title, (0, _word_end(title, 0, MAX_HEADLINE)), in_title),
        lead=tuple(_passage(body, span, in_body) for span in opening),
        snippets=tuple(_passage(body, span, in_body) for span in sorted(sentences)),
    )


def snippet(article: Article, evidence: tuple[Evidence, ...], room: int = 240) -> Passage:
    """The stretch of the text that shows most of what was found, marked; its beginning when nothing was."""
    body = article.text or article.content or article.summary
    found = [each for each in evidence if each.zone in {"lead", "body"} and _stands(each, body)]
    first = _richest(sorted(found, key=lambda each: (each.start, each.end)), room)
    low = max(first - room // 4, body.rfind("\n", 0, first) + 1, 0)
    breaks = [match.end() for match in BREAK.finditer(body, low, first + 1) if match.end() <= first]
    low = breaks[-1] if breaks else _word_start(body, low, first)
    return _passage(body, (low, _word_end(body, low, min(len(body), low + room))), found)


def _richest(found: list[Evidence], room: int) -> int:
    """Where to begin, so that the most different labels stand within so many characters."""
    best, most = 0, 0
    for number, first in enumerate(found):
        near = takewhile(lambda each: each.end <= first.start + room * 2 // 3, found[number:])  # noqa: B023 - used at once
        labels = len({each.label for each in near})
        if labels > most:
            best, most = first.start, labels
    return best


def one_line(text: str, limit: int) -> str:
    """The text on one line, clean, not longer than `limit`; a cut shows as an ellipsis."""
    tidy = " ".join(clean(text[: limit * 4]).split())
    if len(tidy) <= limit and len(text) <= limit * 4:
        return tidy
    return tidy[: _word_end(tidy, 0, limit - 1)].rstrip() + "…"


def _stands(found: Evidence, text: str) -> bool:
    # An article may have been edited since it matched; offsets that point at other words must not mark them.
    return found.start < found.end and text[found.start : found.end] == found.found


def _inside(found: Evidence, spans: tuple[Span, ...]) -> bool:
    return any(start <= found.start and found.end <= end for start, end in spans)


def _opening(text: str) -> Iterator[Span]:
    """The first paragraphs, as far as they have room; the first one always, cut when it must be."""
    start, room = 0, MAX_LEAD
    while room > 0 and start < len(text):
        end = text.find("\n\n", start)
        end = len(text) if end < 0 else end
        if end - start > room:
            if start == 0:
                yield 0, _cut(text, room)
            return
        yield start, end
        room -= end - start
        start = end + 2


def _cut(text: str, room: int) -> int:
    """Where to end an opening that is too long: after a sentence, unless that loses more than half of it."""
    breaks = [match.end() for match in BREAK.finditer(text, room // 2, room)]
    return breaks[-1] if breaks else _word_end(text, 0, room)


def _sentence(text: str, start: int, end: int) -> Span:
    """The sentence around a find, within its paragraph and at most MAX_SENTENCE to each side of it."""
    low = max(text.rfind("\n", 0, start) + 1, start - MAX_SENTENCE, 0)
    newline = text.find("\n", end)
    high = min(len(text) if newline < 0 else newline, end + MAX_SENTENCE)
    breaks = [match.end() for match in BREAK.finditer(text, low, high)]
    before = [at for at in breaks if at <= start]
    after = [at for at in breaks if at >= end]
    first = before[-1] if before else _word_start(text, low, start)
    last = after[0] if after else _word_end(text, end, high)
    return first, last


def _word_start(text: str, low: int, at: int) -> int:
    """`low`, or the first beginning of a word after it when `low` cuts one and there is one before `at`."""
    if low == 0 or text[low - 1].isspace():
        return low
    space = text.find(" ", low, at)
    return low if space < 0 else space + 1


def _word_end(text: str, low: int, high: int) -> int:
    """`high`, or the last end of a word before it when `high` cuts one; some scripts know no spaces."""
    if high >= len(text) or text[high].isspace():
        return high
    space = text.rfind(" ", max(low, high - 40), high)
    return high if space < 0 else space


def _passage(text: str, span: Span, evidence: Iterable[Evidence]) -> Passage:
    """A stretch of the text as clean pieces on one line, with an ellipsis where it cuts a sentence."""
    at, high = span
    pieces = [Piece("…")] if _is_cut(text[max(0, at - 8) : at], text[at : at + 1]) else []
    for start, end in sorted({(found.start, found.end) for found in evidence}):
        if start >= at and end <= high:  # an overlap with the one before stays unmarked
            pieces += (Piece(_tidy(text[at:start])), Piece(_tidy(text[start:end]), marked=True))
            at = end
    pieces.append(Piece(_tidy(text[at:high]).rstrip()))
    if _is_cut(text[max(0, high - 8) : high], text[high : high + 1]):
        pieces.append(Piece("…"))
    return tuple(piece for piece in pieces if piece.text)


def _is_cut(before: str, after: str) -> bool:
    """Whether a cut between the two goes through a sentence."""
    if not after or after == "\n" or not before or before.endswith("\n"):
        return False
    return not before.rstrip(" " + CLOSERS).endswith(ENDS)


def _tidy(text: str) -> str:
    return SPACES.sub(" ", clean(text))

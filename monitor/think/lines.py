"""A line of a page becomes a verdict: part of the article, or something that sites put around articles."""

import re
from collections.abc import Collection
from functools import cache, lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

from monitor.think.phrases import APPEALS, BOXES, LABELS, OPENERS, PREFIXES, TIMES, WRITTEN_BY

if TYPE_CHECKING:
    from ahocorasick_rs import AhoCorasick

_KEPT = 2048  # lines: each is looked at by rules and forests, with and without a second opinion
_LONGEST = 400  # characters; longer lines are prose, whatever they mention
_POINTER = re.compile(r"\W*([^:|>]{1,50}?)\s*(?::|\||>)")
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_WHEN = re.compile(
    r"\d{1,2}[./-]\s?\d{1,2}[./-]\s?\d{2,4}|\d{1,2}[:.h]\d{2}|\d\s?min"
    r"|[^\W\d_]{3,}\.?,?\s+\d{1,2}|\d{1,2}(?:st|nd|rd|th|\.|º)?\s+(?:de\s+)?[^\W\d_]{3,}",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[.!?…:;。！？؟।][\"'”“’»«)\]】」』\s]*$|[”»」』]$")

_STOPS = re.compile(r"[.!?…。！？؟।][\"'”“’»«)\]】」』\s]*$")


@lru_cache(maxsize=4096)
def plain(line: str) -> str:
    """Its words in lower case, parted by single spaces, without digits and marks."""
    # The capital of i in Turkish would fall apart into two characters.
    return _NOT_LETTERS.sub(" ", line.replace("İ", "i").casefold()).strip()


def digest(line: str) -> str:
    """By what a line is known again on another page of its site: without digits, marks and case."""
    return blake2b((plain(line) or line).encode("utf-8", "replace"), digest_size=8).hexdigest()


def opens_box(line: str) -> bool:
    """Whether a line is the heading of a box: other stories, a form, the author's life."""
    return len(line) < 60 and plain(line) in BOXES


@lru_cache(_KEPT)
def is_label(line: str) -> bool:
    """Whether a line only names what stands beside the article, or points to it."""
    if len(line) < 60 and plain(line) in LABELS:
        return True
    head = _POINTER.match(line)
    return head is not None and len(line) < 250 and plain(head[1]) in PREFIXES


@lru_cache(_KEPT)
def is_appeal(line: str) -> bool:
    """Whether a line speaks to the visitor of the site: read on, sign up, follow, all rights reserved."""
    if len(line) > _LONGEST:
        return False
    bare = plain(line)
    return (
        line.startswith(("©", "(c)"))
        or f"{bare} ".startswith(OPENERS)
        or bool(_appeals().find_matches_as_indexes(bare))
    )


@lru_cache(_KEPT)
def is_date(line: str) -> bool:
    """Whether a line says nothing but when."""
    if len(line) > 100 or not _WHEN.search(line):
        return False
    return all(word in TIMES for word in plain(line).split())


def is_byline(line: str, authors: Collection[str]) -> bool:
    """Whether a line only says who wrote; `authors` are plain names."""
    if len(line) > 120:
        return False
    bare = plain(line)
    if any(bare == name or (" " in name and name in bare and len(bare) < len(name) + 40) for name in authors):
        return True
    return bare.startswith(WRITTEN_BY) and not is_sentence(line) and len(bare.split()) <= 10


def is_sentence(line: str) -> bool:
    """Whether a line ends as prose does."""
    return bool(_ENDS.search(line[-20:]))


def is_stopped(line: str) -> bool:
    """Whether a line ends as a sentence does."""
    return bool(_STOPS.search(line[-20:]))


@cache
def _appeals() -> "AhoCorasick":
    from ahocorasick_rs import AhoCorasick  # noqa: PLC0415 (heavy, and only workers need it)

    return AhoCorasick(list(APPEALS))

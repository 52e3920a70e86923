"""A Persian name or term becomes its forms: plurals and the linking ی, joined or parted by the half-space."""

import re
from collections.abc import Iterator

from monitor.think.inflect.words import NAMES

_PERSIAN = re.compile("^[ء-ۓ\u200c]+$")
_ENDINGS = ("ها", "های", "هایی")
_VOWELS = ("ا", "و")


def bend(words: tuple[str, ...], kind: str) -> Iterator[str]:
    """The forms of a name or term in Persian; the first word bends, names only in what links them to the next."""
    first, *rest = words
    if not _PERSIAN.match(first) or len(first) < 2:
        return
    for form in _link(first) if kind in NAMES else bend_word(first):
        yield " ".join((form, *rest))


def bend_word(word: str) -> Iterator[str]:
    """A common word's plurals, its indefinite and its linked form; a plural gives its singular too."""
    base = re.sub("(?<=..)\u200c?(?:هایی|های|ها)$", "", word)
    yield base
    for ending in _ENDINGS:
        yield from (f"{base}{ending}", f"{base}\u200c{ending}", f"{base} {ending}")
    yield from _link(base)
    if base.endswith("ه"):
        yield from (f"{base}\u200cای", f"{base}ای", f"{base}\u200cی")
        if len(base) > 3:
            yield f"{base[:-1]}گان"
    elif not base.endswith((*_VOWELS, "ی")) and len(base) > 2:
        yield from (f"{base}ی", f"{base}ان")


def _link(word: str) -> Iterator[str]:
    if word.endswith(_VOWELS) and len(word) > 2:
        yield from (f"{word}ی", f"{word}یی")


def query_forms(word: str) -> Iterator[str]:
    """The forms of a word however it is bent."""
    if _PERSIAN.match(word) and len(word) > 2:
        yield from bend_word(word)

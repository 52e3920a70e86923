"""A word's spelling tells whether it bends at all; one form's capitals become those of another."""

import re

_CODE = re.compile(r"\d|\w\.$|[^\W\d_]*[A-ZА-ЯЁЄІЇҐ]{2,}")
_LATIN = re.compile("[A-Za-zÀ-ɏ]")
_ARABIC = re.compile("[ء-يپچژکگی]")
_CYRILLIC = re.compile("[Ѐ-ԯ]")

NAMES = frozenset({"person", "place", "organisation"})


def is_fixed(word: str) -> bool:
    """Whether a word is an abbreviation, a code or an initial: НАТО, F-16, В."""
    return len(word) < 2 or _CODE.search(word) is not None


def is_latin(word: str) -> bool:
    return _LATIN.search(word) is not None


def is_cyrillic(word: str) -> bool:
    return _CYRILLIC.search(word) is not None


def is_arabic(word: str) -> bool:
    return _ARABIC.search(word) is not None


def like(word: str, form: str) -> str:
    """The form with the capitals of the word."""
    return form[:1].upper() + form[1:] if word[:1].isupper() else form


def is_proper(words: tuple[str, ...], kind: str) -> bool:
    """Whether the words name one thing, which then has only the number in which it is named."""
    return words[0][:1].isupper() and kind not in {"weapon", "words"}

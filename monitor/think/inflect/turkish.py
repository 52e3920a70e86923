"""A Turkish term becomes its forms: cases, plurals and owned forms by the harmony of vowels."""

import re
from collections.abc import Iterator

from monitor.think.inflect.words import NAMES, is_fixed, is_latin

_VOWELS = "aıouâeiöüî"
_HIGH = {"a": "ı", "ı": "ı", "â": "ı", "o": "u", "u": "u", "e": "i", "i": "i", "î": "i", "ö": "ü", "ü": "ü"}
_LOW = {vowel: "a" if vowel in "aıouâ" else "e" for vowel in _VOWELS}
_VOICELESS = "fstkçşhp"
_SOFTENED = {"p": "b", "ç": "c", "t": "d", "k": "ğ"}
_OWNED = re.compile("(?:s[ıiuü]|[^aeıioöuüs][ıiuü]|[ğ][ıiuü])$")
# Taken off a word to find its base, longest first.
_ENDINGS = re.compile("(?:l[ae]r)?(?:[sy]?[ıiuü])?(?:n?[ıiuü]n|y?[ıiuü]|n?[dt][ae]n?|[ny]?[ae]|yl[ae]|l[ae])?$")


def bend(words: tuple[str, ...], kind: str) -> Iterator[str]:
    """The forms of a term in Turkish; the last word bends, and names take their endings after an apostrophe."""
    last = words[-1]
    if kind in NAMES or last[:1].isupper() or not _stands(last):
        return
    forms = bend_word(last)
    if len(words) > 1 and _OWNED.search(last):
        forms = _bend_owned(last)
    yield from (" ".join((*words[:-1], form)) for form in forms)


def query_forms(word: str) -> Iterator[str]:
    """The forms of a word however it is bent: those of every base whose forms it is among."""
    small = word.replace("I", "ı").replace("İ", "i").lower()
    if not _stands(small):
        return
    yield from bend_word(small)
    for cut in range(1, min(9, len(small) - 3)):
        base, ending = small[:-cut], small[-cut:]
        if _ENDINGS.fullmatch(ending):
            for stem in _unsoftened(base):
                every = set(bend_word(stem))
                if small in every:
                    yield from every
                    yield stem


def _stands(word: str) -> bool:
    return not is_fixed(word) and word.isalpha() and is_latin(word) and any(letter in _VOWELS for letter in word)


def _unsoftened(base: str) -> Iterator[str]:
    yield base
    yield from (base[:-1] + hard for hard, soft in _SOFTENED.items() if base.endswith(soft))


def bend_word(word: str) -> Iterator[str]:
    """A noun's cases in either number, and its third person's own: savaş, savaşı, savaşlarda, savaşının."""
    vowel = _last_vowel(word)
    high, low = _HIGH[vowel], _LOW[vowel]
    if word[-1] in _VOWELS:
        yield from (f"{word}y{high}", f"{word}n{high}n", f"{word}y{low}", f"{word}yl{low}")
        yield from _owned_cases(f"{word}s{high}", high, low)
    else:
        for stem in _stems(word):
            yield from (f"{stem}{high}n", f"{stem}{low}")
            yield from _owned_cases(f"{stem}{high}", high, low)
        yield f"{word}l{low}"
    consonant = "t" if word[-1] in _VOICELESS else "d"
    yield from (f"{word}{consonant}{low}", f"{word}{consonant}{low}n")
    yield from _plural(word)


def _owned_cases(owned: str, high: str, low: str) -> Iterator[str]:
    yield from (
        owned,
        f"{owned}n{high}",
        f"{owned}n{high}n",
        f"{owned}n{low}",
        f"{owned}nd{low}",
        f"{owned}nd{low}n",
        f"{owned}yl{low}",
    )


def _plural(word: str) -> Iterator[str]:
    low = _LOW[_last_vowel(word)]
    high = _HIGH[low]
    many = f"{word}l{low}r"
    yield from (many, f"{many}{high}n", f"{many}{low}", f"{many}d{low}", f"{many}d{low}n", f"{many}l{low}")
    yield from _owned_cases(f"{many}{high}", high, low)


def _stems(word: str) -> tuple[str, ...]:
    """The stem before a vowel: a last p, ç, t, k softens in most words of several syllables."""
    if word[-1] not in _SOFTENED or sum(letter in _VOWELS for letter in word) < 2:
        return (word,)
    softened = word[:-1] + ("g" if word.endswith("nk") else _SOFTENED[word[-1]])
    return (softened, word) if word[-1] == "t" else (softened,)


def _bend_owned(word: str) -> Iterator[str]:
    """The last word of a compound is owned already: hava aracı, hava araçları."""
    vowel = _last_vowel(word)
    yield from _owned_cases(word, vowel if vowel in "ıiuü" else _HIGH[vowel], _LOW[vowel])
    stem = word[:-2] if word[-2] == "s" and word[-3] in _VOWELS else word[:-1]
    for base in _unsoftened(stem):
        if any(letter in _VOWELS for letter in base):
            yield from _plural(base)


def _last_vowel(word: str) -> str:
    return next(letter for letter in reversed(word) if letter in _VOWELS)

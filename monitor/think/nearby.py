"""A word that nothing holds becomes words that look, or sound, much like it."""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from monitor.think.inflect.romanise import rank
from monitor.think.language import fold

_SHORT = 4  # letters up to which one change makes another word, and two make any
_LONG = 50  # letters beyond which nothing is a word, and what it is like would be sought for minutes
_ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyz",
    "абвгґдеєжзиіїйклмнопрстуфхцчшщъыьэюя",
    "ابتثجحخدذرزسشصضطظعغفقكلمنهويءئؤةى",
    "αβγδεζηθικλμνξοπρστυφχψω",
    "אבגדהוזחטיכלמנסעפצקרשתםןףץך",
)
# Roughly as the news write names. What comes out is only looked for, and never shown unless something holds it.
_ROWS = (
    "skyy$ ський|skyi$ ський|skiy$ ский|skij$ ский|sky$ ский|ski$ ский|shch щ|sch щ|zh ж|kh х|ts ц|tz ц|ch ч|sh ш|"
    "yu ю|iu ю|ya я|ia я|ye е|yi ї|ph ф|th т|ck к|yy$ ый|iy$ ий|y$ й|ay ай|ey ей|oy ой|"
    "a а|b б|c к|d д|e е|f ф|g г|h х|i и|j й|k к|l л|m м|n н|o о|p п|q к|r р|s с|t т|u у|v в|w в|x кс|y ы|z з"
)
_CYRILLIC = dict(row.split() for row in _ROWS.split("|"))
_PIECE = re.compile("|".join(_CYRILLIC))


def allowed(word: str) -> int:
    """How many letters of a word may be wrong."""
    return 0 if not 3 <= len(word) <= _LONG else 1 if len(word) <= _SHORT else 2


def distance(one: str, other: str, most: int = 2) -> int:
    """How many letters must be put in, taken out, replaced or swapped with the next; `most` + 1 when more must."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        line = [row]
        for column, there in enumerate(other, 1):
            cost = min(last[column] + 1, line[-1] + 1, last[column - 1] + (letter != there))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == there:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        if min(line) > most:
            return most + 1
        before, last = last, line
    return min(last[-1], most + 1)


def near(word: str, vocabulary: Iterable[str]) -> list[tuple[int, str]]:
    """The words of a vocabulary that differ from a word in few letters, the nearest first."""
    most = allowed(word)
    letters = set(word)
    # A letter that is put in, taken out or replaced changes at most two of those that a word has.
    promising = (
        other
        for other in vocabulary
        if abs(len(other) - len(word)) <= most and len(letters.symmetric_difference(other)) <= 2 * most
    )
    found = ((distance(word, other, most), other) for other in promising)
    # Whoever mistypes a word seldom mistypes its first letter.
    return sorted((each for each in found if 0 < each[0] <= most), key=lambda each: (each[0], each[1][0] != word[0]))


def one_off(word: str) -> Iterator[str]:
    """All words that differ from a word in one letter, or by two that are swapped."""
    alphabet = next((each for each in _ALPHABETS if set(each) & set(word)), "")
    if not allowed(word):
        return
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]
    for at, (one, other) in enumerate(pairwise(word)):
        if one != other:
            yield word[:at] + other + one + word[at + 2 :]
    for at in range(len(word) + 1):
        for letter in alphabet:
            yield word[:at] + letter + word[at:]
            if at < len(word) and letter != word[at]:
                yield word[:at] + letter + word[at + 1 :]


def in_other_script(word: str) -> tuple[str, ...]:
    """A word of Latin letters as it might be written in Cyrillic ones, and the other way round."""
    if word.isascii():
        spelt = _PIECE.sub(lambda found: _CYRILLIC.get(found[0]) or _CYRILLIC[f"{found[0]}$"], word)
        return (spelt,) if word.isalpha() else ()
    if not set(word) <= set(_ALPHABETS[1]):
        return ()
    return tuple(dict.fromkeys(fold(spelt) for language in ("ru", "uk") for spelt in rank(word, language)[:3]))

"""A person's Russian or Ukrainian name becomes its forms, all its words in one case."""

import re
from collections.abc import Iterator, Mapping
from itertools import product

from monitor.think.inflect import east_names
from monitor.think.inflect.analyser import CASES, Reading, is_known, readings
from monitor.think.inflect.words import is_cyrillic, is_fixed, like

Cases = Mapping[str, tuple[str, ...]]

_NAMED = frozenset({"Name", "Surn", "Patr"})
_HARD_DATIVE = re.compile("(?<!ом)(?<=[бвгдзклмнпрстфх])у$")
_SYLLABLE = 4  # letters
_PARTICLE = 3  # letters: фон, дер, де, аль


def bend_person(words: tuple[str, ...], language: str) -> Iterator[str]:
    """A name in every case: all words bend, but for particles, initials and surnames that stay as they are."""
    gender = _gender(words, language)
    last = len(words) - 1
    tables = [bend_name(word, language, gender, given=place < last) for place, word in enumerate(words)]
    for case in CASES:
        cells = [table.get(case) or (word,) for table, word in zip(tables, words, strict=True)]
        if case in {"loct", "voct"} or last > 1:
            cells = [cell[-1:] if case == "loct" else cell[:1] for cell in cells]
        yield from map(" ".join, product(*cells))
        if all(len(word) <= _SYLLABLE for word in words):
            yield from (" ".join((*words[:-1], form)) for form in cells[-1])  # Ким Чен Ына


def bend_name(word: str, language: str, gender: str, *, given: bool) -> Cases:
    """One word of a name; a double one bends in both its parts."""
    if "-" in word and not is_fixed(word) and is_cyrillic(word):
        return _bend_double(word, language, gender, given=given)
    if is_fixed(word) or not is_cyrillic(word) or (word.islower() and len(word) <= _PARTICLE):
        return {}
    if is_known(word, language):
        cases = _from_dictionary(word, language, gender, "Name" if given else "Surn")
        if cases:
            return {case: tuple(like(word, form) for form in forms) for case, forms in cases.items()}
    return east_names.decline(word, language, gender)


def _bend_double(word: str, language: str, gender: str, *, given: bool) -> Cases:
    first, _, second = word.partition("-")
    left = bend_name(first, language, gender, given=given)
    right = bend_name(second, language, gender, given=given)
    return {
        case: tuple(f"{a}-{b}" for a, b in product(left.get(case) or (first,), right.get(case) or (second,)))
        for case in CASES
    }


def _from_dictionary(word: str, language: str, gender: str, wanted: str) -> Cases:
    found = [reading for reading in readings(word, language) if _names(reading, gender)]
    found.sort(key=lambda reading: (wanted not in reading.tags, "Fixd" in reading.tags))
    if not found:
        return {}
    table = found[0].table
    cases = {case: tuple(sorted(table.get((gender, case), ()) or table.get(("sing", case), ()))) for case in CASES}
    if language == "uk" and gender == "masc" and "Fixd" not in found[0].tags:
        # Путінові beside Путіну, which the dictionary lacks for many surnames
        cases["datv"] += tuple(form[:-1] + "ові" for form in cases["datv"] if _HARD_DATIVE.search(form))
    return cases


def _names(reading: Reading, gender: str) -> bool:
    if not (_NAMED & reading.tags) or reading.case != "nomn" or reading.number == "plur":
        return False
    return reading.gender == gender or "ms-f" in reading.tags


def _gender(words: tuple[str, ...], language: str) -> str:
    given, surname = words[0], words[-1].rpartition("-")[2]
    if east_names.is_feminine(surname, language):
        return "femn"
    if len(words) == 1:
        return "masc"
    known = [r for r in readings(given, language) if "Name" in r.tags and r.case == "nomn" and r.number == "sing"]
    if is_known(given, language) and known:
        return "femn" if all(reading.gender == "femn" for reading in known) else "masc"
    return "femn" if given.endswith(("а", "я")) and not given.islower() else "masc"

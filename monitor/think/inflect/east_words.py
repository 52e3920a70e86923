"""A single Russian or Ukrainian word becomes its forms."""

import re
from collections.abc import Iterator
from itertools import chain

from monitor.think.inflect import east_adjectives, east_names
from monitor.think.inflect.analyser import Reading, is_known, readings
from monitor.think.inflect.words import is_cyrillic, is_fixed, is_proper, like

# What is written to a word and does not bend: FPV-дрон, 155-мм, Искандер-М, «Северный поток-2».
_BEFORE = re.compile("^(?:[0-9A-Za-z]+|[А-ЯЁІЇЄҐ]{2,})-(?=[а-яёіїєґ])")
_AFTER = re.compile("-(?:\\d.*|[А-ЯЁІЇЄҐ])$")
_PERSONAL = frozenset({"Name", "Surn", "Patr"})
_APOSTROPHES = str.maketrans("", "", "-'’ʼ")
_PLURALS = {"ru": ("ы", "ов", "ам", "ами", "ах"), "uk": ("и", "ів", "ам", "ами", "ах")}
_HARD = re.compile("[бвдзлмнпрстфц]$")


def bend_word(word: str, language: str, kind: str) -> Iterator[str]:
    """The forms of a word given as a name or term."""
    before, stem, after = part(word)
    if stays(stem):
        return
    named = stem[:1].isupper()
    found: Iterator[str] = iter(())
    if is_known(stem, language) or not named:
        found = _bend_proper(stem, language) if is_proper((stem,), kind) else _bend_common(stem, language)
    if named and (kind == "weapon" or (language == "uk" and kind == "place") or not is_known(stem, language)):
        found = chain(found, _bend_unknown(stem, language, many=kind == "weapon"))
    if "-" in stem:
        found = chain(found, _bend_double(stem, language))
    yield from (before + like(stem, form) + after for form in found)


def query_forms(word: str, language: str) -> Iterator[str]:
    """The forms of a word however it is bent already; none if only the other language knows it."""
    other = "uk" if language == "ru" else "ru"
    known = is_known(word, language)
    if stays(word) or (not known and is_known(word, other)):
        return
    for reading in readings(word, language) if known else readings(word, language)[:1]:
        yield from reading.forms


def part(word: str) -> tuple[str, str, str]:
    """A word, and what is written to it at either end."""
    before = found.group() if (found := _BEFORE.search(word)) else ""
    after = found.group() if (found := _AFTER.search(word)) else ""
    return (before, word[len(before) : len(word) - len(after)], after)


def stays(word: str) -> bool:
    return is_fixed(word) or not is_cyrillic(word) or not word.translate(_APOSTROPHES).isalpha()


def is_personal(reading: Reading) -> bool:
    return bool(_PERSONAL & reading.tags)


def decline(word: str, language: str) -> Iterator[str]:
    """The forms of a thing's name by its ending."""
    for forms in east_names.decline(word, language, "masc").values():
        yield from forms
    if _HARD.search(word):
        # In Ukrainian the genitive of things and many places; in Russian places in -ов have -ом.
        yield f"{word}у" if language == "uk" else f"{word}ом"


def _bend_double(word: str, language: str) -> Iterator[str]:
    """Two nouns joined by a hyphen bend together: дроны-перехватчики; or only the first."""
    first, _, second = word.partition("-")
    left = [reading for reading in readings(first, language) if reading.part == "noun" and reading.case == "nomn"]
    right = [reading for reading in readings(second, language) if reading.part == "noun" and reading.case == "nomn"]
    for one in left[:1]:
        others = [other for other in right if other.number == one.number][:1]
        for (slot, case), forms in one.table.items():
            number = "plur" if slot == "plur" else "sing"
            ends = [form for other in others for form in _cell(other, number, case)] or [second]
            yield from (f"{form}-{like(second, end)}" for form in forms for end in ends)


def _cell(reading: Reading, number: str, case: str) -> frozenset[str]:
    slot = "plur" if number == "plur" else reading.kin
    return reading.table.get((number, case)) or reading.table.get((slot, case), frozenset())


def _bend_unknown(word: str, language: str, *, many: bool) -> Iterator[str]:
    yield from decline(word, language)
    for reading in east_adjectives.guess(word, language):
        yield from reading.forms
    if many and _HARD.search(word):
        yield from (word + ending for ending in _PLURALS[language])


def _bend_proper(word: str, language: str) -> Iterator[str]:
    taken = [reading for reading in readings(word, language) if reading.part != "verb"]
    found = [reading for reading in taken if reading.case == "nomn"] or [r for r in taken if "Geox" in r.tags]
    places = [reading for reading in found if "Geox" in reading.tags]
    others = [reading for reading in found if not is_personal(reading)] or found
    for reading in places or others:
        slots = (reading.slot, "sing" if reading.number == "sing" else "plur")
        yield from (form for (slot, _), forms in reading.table.items() if slot in slots for form in forms)
    if others and not places and all("Fixd" in reading.tags for reading in others):
        yield from decline(word, language)
    if language == "ru" and word.endswith(("ень", "рь", "ль")):
        yield from decline(word, language)  # Ирпень, Кремль: the dictionary has some as feminine


def _bend_common(word: str, language: str) -> Iterator[str]:
    found = readings(word, language)
    if word[:1].islower():
        found = tuple(reading for reading in found if not is_personal(reading)) or found
    if not found:
        yield from decline(word, language)
    first = [reading for reading in found if reading.case == "nomn" or reading.tags & {"INFN", "infn"}]
    for reading in (first or found) if is_known(word, language) else (first or list(found))[:1]:
        yield from reading.forms

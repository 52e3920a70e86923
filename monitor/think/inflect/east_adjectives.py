"""A Russian or Ukrainian word that looks like an adjective and is in no dictionary becomes readings as one."""

import re
from collections.abc import Iterator

from monitor.think.inflect.analyser import Reading

_CASES = ("nomn", "gent", "datv", "accs", "ablt", "loct")
# By slot, the endings in the order of the cases; "|" parts variants.
_ENDINGS = {
    "ru": {
        "masc": "ый ого ому ый ым ом",
        "femn": "ая ой ой ую ой ой",
        "neut": "ое ого ому ое ым ом",
        "plur": "ые ых ым ые ыми ых",
    },
    "uk": {
        "masc": "ий ого ому ий им ому|ім",
        "femn": "а ої ій у ою ій",
        "neut": "е ого ому е им ому|ім",
        "plur": "і их им і ими их",
    },
}
_LOOKS = {
    "ru": re.compile("(?:ый|ий|ой|ая|ое|ые|ие)$"),
    "uk": re.compile("(?<=ськ|цьк|зьк|.юч|.уч|.ов|.ев|.єв|..н|..л|..т)(?:ий|а|е|і)$"),
}
# Часов Яр, Капустин Яр: the name says whose it is, and bends half as a noun.
_OWNERS = {
    "ru": (re.compile("(?:[ое]в|ин)$"), " а у  ым ом"),
    "uk": (re.compile("(?:[ії]в|ин)$"), " ого|а ому|у  им ому|ім"),
}
_Y = re.compile("(?<=[гкхжшчщ])ы")


def guess(word: str, language: str) -> Iterator[Reading]:
    """The word in the nominative of each gender and number that its ending allows."""
    small = word.lower()
    found = _LOOKS[language].search(small)
    if found:
        stem, said = small[: found.start()], _soften(found.group())
        for slot, endings in _ENDINGS[language].items():
            first = _soften(endings.split()[0])
            if first == said or (language, slot, said) == ("ru", "masc", "ой"):
                yield _read(stem, language, slot)
    owner, endings = _OWNERS[language]
    if word[:1].isupper() and owner.search(small):
        stem = re.sub("(?<=.)ів$", "ов", small) if language == "uk" else small
        yield _owned(small, stem, endings)


def _soften(ending: str) -> str:
    return ending.replace("ый", "ий").replace("ые", "ие")


def _read(stem: str, language: str, slot: str) -> Reading:
    cells = [
        (_Y.sub("и", stem + ending), frozenset({"ADJF", slot, case}))
        for name, endings in _ENDINGS[language].items()
        for case, variants in zip(_CASES, endings.split(), strict=True)
        for ending in variants.split("|")
        if name == slot
    ]
    number = "plur" if slot == "plur" else "sing"
    gender = "" if slot == "plur" else slot
    return Reading("adjective", "nomn", number, gender, frozenset({"ADJF", "nomn"}), lambda: cells)


def _owned(word: str, stem: str, endings: str) -> Reading:
    cells = [
        (stem + ending if ending else word, frozenset({"ADJF", "masc", case}))
        for case, variants in zip(_CASES, endings.split(" "), strict=True)
        for ending in variants.split("|")
    ]
    return Reading("adjective", "nomn", "sing", "masc", frozenset({"ADJF", "nomn"}), lambda: cells)

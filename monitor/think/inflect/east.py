"""A Russian or Ukrainian name or term becomes its forms: the head bends, and what agrees with it."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import NamedTuple

from monitor.think.inflect import east_adjectives
from monitor.think.inflect.analyser import CASES, Reading, is_known, readings
from monitor.think.inflect.east_people import bend_name, bend_person
from monitor.think.inflect.east_words import bend_word, is_personal, part, stays
from monitor.think.inflect.words import is_proper, like

_MOST = 4  # adjectives before a noun
_SITED = frozenset({"place", "infrastructure", "organisation", "formation"})
_LOCATIVES = {"ріг": "розі", "поріг": "порозі", "луг": "лузі"}  # that the dictionary lacks


class _Term(NamedTuple):
    """A term taken apart: adjectives and the noun they agree with, each as read, and the words after them."""

    words: tuple[str, ...]
    adjectives: list[Reading]
    noun: Reading | None  # none where a foreign name or an abbreviation stands, which stays as it is
    language: str
    kind: str

    @property
    def tail(self) -> tuple[str, ...]:
        return self.words[len(self.adjectives) + 1 :]

    @property
    def slot(self) -> str:
        return self.noun.slot if self.noun else self.adjectives[0].slot


def bend(words: tuple[str, ...], language: str, kind: str) -> Iterator[str]:
    """The forms of a name or term in Russian or Ukrainian."""
    if kind == "person":
        yield from bend_person(words, language)
    elif len(words) == 1:
        yield from bend_word(words[0], language, kind)
    else:
        yield from _bend_phrase(words, language, kind)


def _bend_phrase(words: tuple[str, ...], language: str, kind: str) -> Iterator[str]:
    """A phrase by its head; a code or adverb that leads it stays: 155-мм снаряды."""
    if _leads(words[0], language):
        yield from (f"{words[0]} {rest}" for rest in bend(words[1:], language, kind))
        return
    verb = _verb(words[0], language)
    if verb:
        yield from (" ".join((form, *words[1:])) for form in verb.forms)
        return
    term = _analyse(words, language, kind)
    if not term:
        return
    one = "plur" if term.slot == "plur" else "sing"
    fixed = is_proper(words, kind) or not term.noun
    for number in (one,) if fixed else ("sing", "plur"):
        for case in CASES:
            yield from _agree(term, number, case)


def _leads(word: str, language: str) -> bool:
    before, stem, _ = part(word)
    if stays(stem) or (before and len(stem) < 3):
        return not word.isalpha()
    return word.islower() and word.endswith("о") and not readings(word, language)


def _agree(term: _Term, number: str, case: str) -> Iterator[str]:
    slot = "plur" if number == "plur" else term.noun.kin if term.noun else term.slot
    if (case == "voct" and term.adjectives) or (case == "accs" and slot != "femn"):
        return  # the accusative is as the nominative or the genitive
    tables = [sorted(adjective.table.get((slot, case), ())) for adjective in term.adjectives]
    for forms in product(*tables, _nouns(term, number, slot, case)):
        bent = [_refit(word, form) for word, form in zip(term.words, forms, strict=False)]
        yield " ".join((*bent, *term.tail))
        yield from (" ".join((*bent, *name)) for name in _appose(term, slot, case))


def _refit(word: str, form: str) -> str:
    """The form with the capitals of the word and what is written to it; no form leaves the word."""
    before, stem, after = part(word)
    return before + like(stem, form) + after if form else word


def _nouns(term: _Term, number: str, slot: str, case: str) -> list[str]:
    if not term.noun:
        return [""]
    table = term.noun.table
    nouns = table.get((number, case)) or table.get((slot, case), frozenset())
    if (term.language, slot, case) == ("uk", "masc", "loct"):
        nouns |= {_LOCATIVES[form] for form in table.get((slot, "nomn"), ()) if form in _LOCATIVES}
    return sorted(nouns)


def _appose(term: _Term, slot: str, case: str) -> Iterator[tuple[str, ...]]:
    """A name or adjective after what bears it bends with it: президента Путина, порта Новороссийска."""
    tail, noun = term.tail, term.noun
    if not tail or not noun or slot == "plur" or not all(word[:1].isupper() for word in tail):
        return
    if "anim" in noun.tags and all(is_known(word, term.language) for word in tail):
        tables = [bend_name(word, term.language, "masc", given=word is not tail[-1]) for word in tail]
        yield from product(*(table.get(case) or (word,) for table, word in zip(tables, tail, strict=True)))
    elif term.kind in _SITED and len(tail) == 1 and noun.case == "nomn" and not stays(tail[0]):
        named = [reading for reading in readings(tail[0], term.language) if reading.case == "nomn"]
        for reading in named:
            number = reading.number if reading.part == "noun" else slot
            cells = reading.table.get((number, case)) or reading.table.get((reading.slot, case), frozenset())
            if reading.part == "noun" or reading.slot == slot:
                yield from ((like(tail[0], form),) for form in sorted(cells))


def _verb(word: str, language: str) -> Reading | None:
    found = readings(word, language) if not stays(word) and word[:1].islower() else ()
    return found[0] if found and found[0].tags & {"INFN", "infn"} else None


def _analyse(words: tuple[str, ...], language: str, kind: str) -> _Term | None:
    """The longest row of adjectives and a noun that agree, in the nominative if that can be, at the beginning."""
    best: _Term | None = None
    before: list[list[Reading]] = []
    for word in words[: _MOST + 1]:
        stem = part(word)[1]
        found = [] if stays(stem) else [reading for reading in readings(stem, language) if "Fixd" not in reading.tags]
        matched = _match(before, [reading for reading in found if reading.part == "noun"])
        if matched:
            best = _Term(words, matched[:-1], matched[-1], language, kind)
        if stays(stem) and before and not (best and best.noun and best.noun.case == "nomn"):
            return _before_fixed(before, words, language, kind)
        adjectives = [reading for reading in found if reading.part == "adjective"]
        if not stays(stem) and not (adjectives and is_known(stem, language)):
            adjectives += east_adjectives.guess(stem, language)
        if not adjectives:
            break
        before.append(adjectives)
    return best


def _before_fixed(before: list[list[Reading]], words: tuple[str, ...], language: str, kind: str) -> _Term | None:
    """Adjectives before an abbreviation or a foreign name: Запорожская АЭС."""
    for first in before[0]:
        chosen = [_merge(choices, "nomn", first.slot) for choices in before] if first.case == "nomn" else []
        agreeing = [reading for reading in chosen if reading]
        if len(agreeing) == len(before):
            return _Term(words, agreeing, None, language, kind)
    return None


def _match(before: list[list[Reading]], nouns: list[Reading]) -> list[Reading]:
    """The first noun with which each of the adjectives can agree, after them."""
    for noun in sorted(nouns, key=lambda reading: (reading.case != "nomn", is_personal(reading))):
        agreeing = [reading for choices in before if (reading := _merge(choices, noun.case, noun.slot))]
        if len(agreeing) == len(before):
            return [*agreeing, noun]
    return []


def _merge(choices: list[Reading], case: str, slot: str) -> Reading | None:
    """All readings of an adjective that agree as one: большая is of большой and of больший."""
    agreeing = [reading for reading in choices if (reading.case, reading.slot) == (case, slot)]
    if len(agreeing) < 2:
        return agreeing[0] if agreeing else None
    cells = [
        (form, frozenset({"ADJF", *key}))
        for reading in agreeing
        for key, forms in reading.table.items()
        for form in forms
    ]
    return replace(agreeing[0], tags=frozenset({"ADJF", case}), lexeme=lambda: cells)

"""A query's tree becomes two sets of articles: those that surely answer it, and those that may.

What a set is, and how single wants are looked up, is the caller's: masks over an archive, or plain sets in a test.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product
from typing import Any

from monitor.think.entities import Entities
from monitor.think.needles import spell, words_of
from monitor.think.spelling import Languages
from monitor.think.tree import (
    STRINGS,
    And,
    AtLeast,
    Boost,
    EntityRef,
    Field,
    Near,
    Not,
    Or,
    Phrase,
    Prefix,
    Query,
    Range,
    Value,
    Word,
)
from monitor.wants import Named, Published, Runs, Span, Valued

# Runs that a phrase may become when each of its words takes all its forms. Beyond, its words are asked for apart.
_MOST_RUNS = 300
_FEW_RUNS = 4
_COLUMNS = {"title": "title", "lead": "text", "body": "text"}
# Full text parts words as we do where they are of letters and digits alone. Elsewhere (the vowel signs of Hindi) it may
# find more than what was asked for.
_PLAIN = re.compile(r"[^\W_]+(?: [^\W_]+)*\*?")


@dataclass(frozen=True, slots=True)
class Sets:
    """How sets are looked up and joined. What `named` cannot say for sure, it says with a span of two sets."""

    look: Callable[[Runs | Valued | Published], Any]
    named: Callable[[Named], Span]
    all: Any
    none: Any
    several: Callable[[Sequence[Any], int], Any]  # what is in so many of some sets or more
    present: Callable[[Sequence[str]], frozenset[str]] = frozenset  # which of some runs stand in any article


def spans(tree: Query, entities: Entities, sets: Sets) -> Span:
    """The articles that answer a query, as far as it can be told without reading them."""
    return _Walk(entities, sets).walk(tree, "")


@dataclass(frozen=True, slots=True)
class _Walk:
    entities: Entities
    sets: Sets

    def walk(self, tree: Query, zone: str) -> Span:
        """`zone` is the text that is searched: title, lead, body, url, author; empty: title and text."""
        if isinstance(tree, Word | Phrase | Prefix):
            return self._words(tree, zone)
        if isinstance(tree, Near):
            return Span(self.sets.none, _all(self.walk(part, zone) for part in tree.parts).may)
        if isinstance(tree, EntityRef | Value | Range):
            return self._looked_up(tree, zone)
        if isinstance(tree, Boost):
            return self.walk(tree.child, zone)
        return self._field(tree, zone) if isinstance(tree, Field) else self._joined(tree, zone)

    def _looked_up(self, leaf: EntityRef | Value | Range, zone: str) -> Span:
        if isinstance(leaf, EntityRef):
            return self.sets.named(Named(leaf.members, zone))
        want = Published(leaf.low, leaf.high) if isinstance(leaf, Range) else Valued(leaf.name, leaf.value, leaf.prefix)
        return _sure(self.sets.look(want))

    def _field(self, tree: Field, zone: str) -> Span:
        # A text within a text is what both have in common: of title and body nothing, of lead and body the lead.
        if not zone or zone == tree.name or tree.name in STRINGS:
            return self.walk(tree.child, tree.name)
        if {zone, tree.name} == {"lead", "body"}:
            return self.walk(tree.child, "lead")
        return Span(self.sets.none, self.sets.all)

    def _joined(self, tree: And | Or | Not | AtLeast, zone: str) -> Span:
        if isinstance(tree, Not):
            child = self.walk(tree.child, zone)
            if child.exact:
                return _sure(self.sets.all & ~child.may)
            return Span(self.sets.all & ~child.may, self.sets.all & ~child.sure)
        held = [self.walk(child, zone) for child in tree.children]
        if isinstance(tree, And):
            return _all(held)
        count = 1 if isinstance(tree, Or) else tree.count
        if count == 0:
            return _sure(self.sets.all)
        may = self.sets.several([span.may for span in held], count)
        if all(span.exact for span in held):
            return _sure(may)
        return Span(self.sets.several([span.sure for span in held], count), may)

    def _words(self, leaf: Word | Phrase | Prefix, zone: str) -> Span:
        if zone in STRINGS:
            runs: Mapping[str, Languages] = {_as_written(leaf): None}
        elif isinstance(leaf, Phrase) and not leaf.exact:
            parts = [self._present(spell(word, self.entities.speller)) for word in words_of(leaf)]
            if reduce(lambda size, part: size * len(part), parts, 1) > _MOST_RUNS:
                return Span(self.sets.none, _all(self._runs(part, zone) for part in parts).may)
            runs = _in_a_row(parts)
        else:
            runs = spell(leaf, self.entities.speller)
        found = self._runs(runs, zone)
        if zone == "lead" or (isinstance(leaf, Word | Phrase) and leaf.exact):
            return Span(self.sets.none, found.may)
        return found

    def _present(self, runs: Mapping[str, Languages]) -> Mapping[str, Languages]:
        """Those that stand anywhere: of dozens of forms that a word could have few are ever written."""
        if len(runs) <= _FEW_RUNS:
            return runs
        present = self.sets.present(tuple(runs))
        return {run: languages for run, languages in runs.items() if run in present}

    def _runs(self, runs: Mapping[str, Languages], zone: str) -> Span:
        by_languages: dict[Languages, list[str]] = {}
        for run, languages in runs.items():
            by_languages.setdefault(languages, []).append(run)
        column = "text" if zone in {"lead", "body"} else zone
        wants = [Runs(tuple(some), languages, column) for languages, some in by_languages.items()]
        may = self.sets.several([self.sets.look(want) for want in wants], 1)
        if all(_PLAIN.fullmatch(run) for run in runs):
            return _sure(may)
        return Span(self.sets.none, may)


def _as_written(leaf: Word | Phrase | Prefix) -> str:
    run = (leaf.token,) if isinstance(leaf, Word) else leaf.words
    return " ".join(run) + "*" * isinstance(leaf, Prefix)


def _in_a_row(parts: Sequence[Mapping[str, Languages]]) -> dict[str, Languages]:
    """All rows of one spelling of each part, each with the languages in which all of it counts."""
    rows: dict[str, Languages] = {}
    for chosen in product(*(part.items() for part in parts)):
        languages: Languages = None
        for _, some in chosen:
            languages = some if languages is None else languages if some is None else languages & some
        if languages is None or languages:
            run = " ".join(run for run, _ in chosen)
            before = rows.get(run, frozenset())
            rows[run] = None if languages is None or before is None else languages | before
    return rows


def _all(held: Iterable[Span]) -> Span:
    held = list(held)
    may = reduce(lambda one, other: one & other, (span.may for span in held))
    if all(span.exact for span in held):
        return _sure(may)
    return Span(reduce(lambda one, other: one & other, (span.sure for span in held)), may)


def _sure(found: Any) -> Span:
    return Span(found, found)


def ranked(tree: Query, entities: Entities) -> tuple[tuple[Runs, ...], ...]:
    """What full text can weigh articles by: groups of runs, of which each that asks for words must be met."""
    return tuple(_groups(tree, entities, ""))


def _groups(tree: Query, entities: Entities, column: str) -> list[tuple[Runs, ...]]:
    if isinstance(tree, Word | Prefix) or (isinstance(tree, Phrase) and tree.exact):
        return [(Runs(tuple(spell(tree, entities.speller)), None, column),)]
    if isinstance(tree, Or | AtLeast):
        inner = tuple(run for child in tree.children for group in _groups(child, entities, column) for run in group)
        return [inner] if inner else []
    if isinstance(tree, Field):
        inside = _COLUMNS.get(tree.name)
        return _groups(tree.child, entities, inside) if inside else []
    return [group for part in _parts(tree) for group in _groups(part, entities, column)]


def _parts(tree: Query) -> Sequence[Query]:
    """What a tree is made of that must all be there; nothing of what is not there for words."""
    if isinstance(tree, Phrase):
        return words_of(tree)
    if isinstance(tree, And):
        return tree.children
    return tree.parts if isinstance(tree, Near) else (tree.child,) if isinstance(tree, Boost) else ()


def named_in(tree: Query) -> tuple[Named, ...]:
    """The entities that a query asks for, whatever it does not ask for left out."""
    if isinstance(tree, EntityRef):
        return (Named(tree.members),)
    if isinstance(tree, And | Or | AtLeast):
        return tuple(named for child in tree.children for named in named_in(child))
    if isinstance(tree, Near):
        return tuple(Named(part.members) for part in tree.parts if isinstance(part, EntityRef))
    return named_in(tree.child) if isinstance(tree, Boost | Field) else ()


def bounds_of(tree: Query) -> tuple[Published, ...]:
    """The times of publication that everything which answers a query must be of."""
    if isinstance(tree, And):
        return tuple(bound for child in tree.children for bound in bounds_of(child))
    if isinstance(tree, Boost):
        return bounds_of(tree.child)
    return (Published(tree.low, tree.high),) if isinstance(tree, Range) else ()

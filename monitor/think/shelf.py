"""The clauses of a list become a shelf, on which those are found that another clause may imply."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from monitor.think.entities import Entities
from monitor.think.runs import run_of, sample_of
from monitor.think.tree import And, AtLeast, Boost, Field, Near, Or, Part, Phrase, Prefix, Query, Word

_Begin = tuple[str, bool]  # a word, or the beginning of one


class Shelf(NamedTuple):
    """Where clauses stand in their list, by words of which one must be there; the others must always be tried."""

    words: dict[str, list[int]]
    beginnings: dict[str, list[int]]
    others: list[int]


def shelve(trees: Sequence[Query], entities: Entities) -> Shelf:
    """Put the clauses of a list where they are found: lists of hundreds of words are common."""
    shelf = Shelf({}, {}, [])
    for place, tree in enumerate(trees):
        wanted = _wanted(tree, entities)
        if wanted is None:
            shelf.others.append(place)
        for word, begun in wanted or ():
            (shelf.beginnings if begun else shelf.words).setdefault(word, []).append(place)
    return shelf


def worthy_of(tree: Query, shelf: Shelf, entities: Entities) -> Iterable[int]:
    """The places of all clauses that this one may imply, in their order."""
    found = set(shelf.others)
    for word, begun in set(_given(tree, entities)):
        found.update(() if begun else shelf.words.get(word, ()))
        for end in range(len(word)):
            found.update(shelf.beginnings.get(word[: end + 1], ()))
    return sorted(found)


def _wanted(tree: Query, entities: Entities) -> frozenset[_Begin] | None:
    """Words of which whatever implies a clause has one; None when that cannot be said."""
    if isinstance(tree, Word | Phrase | Prefix):
        return frozenset(run_of(tree, entities)[0])
    if isinstance(tree, Boost | Field):
        return _wanted(tree.child, entities)
    if isinstance(tree, Near | And):
        parts: Sequence[Query] = tree.parts if isinstance(tree, Near) else tree.children
        return next(filter(None, (_wanted(part, entities) for part in parts)), None)
    if isinstance(tree, Or) or (isinstance(tree, AtLeast) and tree.count):
        several = [_wanted(child, entities) for child in tree.children]
        return None if None in several else frozenset().union(*filter(None, several))
    return None


def _given(tree: Query, entities: Entities) -> Iterator[_Begin]:
    """The words that a clause has to imply others with."""
    if isinstance(tree, Part):
        yield from (next(iter(place)) for place in sample_of(tree, entities))
    elif isinstance(tree, Boost | Field):
        yield from _given(tree.child, entities)
    elif isinstance(tree, Or):
        yield from _given(tree.children[0], entities)  # each of several must imply what all do
    elif isinstance(tree, And | AtLeast | Near):
        for part in tree.parts if isinstance(tree, Near) else tree.children:
            yield from _given(part, entities)


def peel(tree: Query, zone: str) -> tuple[Query, str]:
    """A query without its weights, and the zone that it is asked of."""
    while isinstance(tree, Boost) or (isinstance(tree, Field) and not zone):
        zone = tree.name if isinstance(tree, Field) else zone
        tree = tree.child
    return tree, zone

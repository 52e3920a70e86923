"""Two queries become a proof that whatever matches the first matches the second too, or none."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise, product
from math import prod

from monitor.think.entities import Entities
from monitor.think.runs import Run, fits, holds, literal, run_of, sample_of
from monitor.think.shelf import Shelf, peel, shelve, worthy_of
from monitor.think.tree import (
    STRINGS,
    TEXTS,
    And,
    AtLeast,
    Boost,
    EntityRef,
    Field,
    Near,
    Not,
    Or,
    Part,
    Phrase,
    Query,
    Range,
    Value,
    Word,
)

_MOST = 200  # arrangements of a phrase's words that are tried for one distance

_Pair = tuple[int, str, int, str]


@dataclass(frozen=True, slots=True)
class Prover:
    """What proofs about trees stand on, and those already made: trees are known by their identity while it lives."""

    entities: Entities
    proven: dict[_Pair, bool] = field(default_factory=dict)
    runs: dict[tuple[Part, str], Sequence[Run]] = field(default_factory=dict)
    shelves: dict[int, Shelf] = field(default_factory=dict)  # of choices
    trees: dict[int, Query] = field(default_factory=dict)  # kept, so that no other tree gets an identity of theirs


def implies(a: Query, b: Query, entities: Entities) -> bool:
    """Whether every article that matches `a` certainly matches `b`; when in doubt it is not so."""
    return proves(Prover(entities), a, "", b, "")


def proves(prover: Prover, a: Query, zone: str, b: Query, other: str) -> bool:
    """Whether `a`, asked of one zone of an article ("": all of it), implies `b`, asked of another."""
    a, zone = peel(a, zone)
    b, other = peel(b, other)
    pair = (id(a), zone, id(b), other)
    if pair not in prover.proven:
        prover.trees[id(a)], prover.trees[id(b)] = a, b
        prover.proven[pair] = _prove(prover, a, zone, b, other)
    return prover.proven[pair]


def _prove(prover: Prover, a: Query, zone: str, b: Query, other: str) -> bool:  # noqa: PLR0911 - a case a kind of tree
    """Take both apart: first where all that they are made of must hold, then where one of it is enough."""
    if isinstance(b, And):
        return all(proves(prover, a, zone, child, other) for child in b.children)
    if isinstance(a, Or):
        return all(proves(prover, child, zone, b, other) for child in a.children)
    if isinstance(a, And) and any(proves(prover, child, zone, b, other) for child in a.children):
        return True
    if isinstance(b, Or | AtLeast) and _proves_some(prover, a, zone, b, other):
        return True
    if isinstance(a, AtLeast):
        needed = len(a.children) - a.count + 1  # any choice of so many children holds one of these
        return sum(proves(prover, child, zone, b, other) for child in a.children) >= needed > 0 < a.count
    if isinstance(a, Not) or isinstance(b, Not):
        return isinstance(a, Not) and isinstance(b, Not) and proves(prover, b.child, other, a.child, zone)
    return _proves_leaf(prover, a, zone, b, other)


def _proves_some(prover: Prover, a: Query, zone: str, b: Or | AtLeast, other: str) -> bool:
    """Whether so many of a choice's clauses are implied."""
    needed = b.count if isinstance(b, AtLeast) else 1
    if id(b) not in prover.shelves:
        prover.shelves[id(b)] = shelve(b.children, prover.entities)
    worthy = worthy_of(peel(a, zone)[0], prover.shelves[id(b)], prover.entities)
    if sum(proves(prover, a, zone, b.children[place], other) for place in worthy) >= needed:
        return True
    if not isinstance(a, AtLeast) or a.count < needed:
        return False
    alike = zone == other or (_lies_in(zone, other) and not any(map(_denies, a.children)))
    return alike and Counter(map(repr, a.children)) <= Counter(map(repr, b.children))  # labels count as well


def _denies(tree: Query) -> bool:
    """Whether a query asks for the absence of something, so that it may hold of a part and not of the whole."""
    if isinstance(tree, And | Or | AtLeast):
        return any(map(_denies, tree.children))
    return isinstance(tree, Not) or (isinstance(tree, Boost | Field) and _denies(tree.child))


def _lies_in(zone: str, other: str) -> bool:
    """Whether all that stands in a zone stands in the other."""
    return zone == other or (not other and zone in TEXTS) or (zone, other) == ("lead", "body")


def _proves_leaf(prover: Prover, a: Query, zone: str, b: Query, other: str) -> bool:
    if isinstance(a, Value) and isinstance(b, Value):
        return a == b or (a.name == b.name and b.prefix and a.value.startswith(b.value))
    if isinstance(a, Range) and isinstance(b, Range):
        return (not b.low or bool(a.low and a.low >= b.low)) and (not b.high or bool(a.high and a.high <= b.high))
    if zone in STRINGS:
        return a == b and zone == other
    return _lies_in(zone, other) and _proves_place(a, b, prover)


def _proves_place(a: Query, b: Query, prover: Prover) -> bool:
    """Whether wherever `a` stands, `b` stands within it."""
    if isinstance(a, Near):
        if isinstance(b, Near):
            return a.distance <= b.distance and _proves_parts(a.parts, b.parts, prover)
        return any(_proves_place(part, b, prover) for part in a.parts)
    if isinstance(a, Part) and isinstance(b, Near):
        return _spans_near(sample_of(a, prover.entities), b, prover) and all(
            _spans_near(run, b, prover) for run in _runs(a, prover)
        )
    return isinstance(a, Part) and isinstance(b, Part) and _proves_part(a, b, prover)


def _proves_part(a: Part, b: Part, prover: Prover) -> bool:
    if isinstance(b, EntityRef):
        return isinstance(a, EntityRef) and a.members <= b.members
    if _is_exact(b):
        return a == b
    (wanted,) = _runs(b, prover)
    if not holds(sample_of(a, prover.entities), wanted):
        return False  # most often: and groups have thousands of names to be tried
    return all(holds(run, wanted) for run in _runs(a, prover))


def _proves_parts(given: Sequence[Part], wanted: Sequence[Part], prover: Prover) -> bool:
    """Whether each part of one distance is, word for word, a different part of another."""
    left = list(given)
    for part in wanted:
        found = next((each for each in left if _is_same_size(each, part, prover)), None)
        if found is None:
            return False
        left.remove(found)
    return True


def _is_same_size(a: Part, b: Part, prover: Prover) -> bool:
    """Whether `b` stands wherever `a` does, from the same word to the same word."""
    if isinstance(a, EntityRef) or isinstance(b, EntityRef):
        return _proves_part(a, b, prover) and isinstance(b, EntityRef)
    return a == b if _is_exact(b) else fits(_runs(a, prover)[0], _runs(b, prover)[0])


def _is_exact(part: Part) -> bool:
    return isinstance(part, Word | Phrase) and bool(part.exact)


def _runs(part: Part, prover: Prover) -> Sequence[Run]:
    """All that a part may be written as."""
    key = (part, part.label)  # the label decides how a word is inflected
    if key not in prover.runs:
        if isinstance(part, EntityRef):
            needles = {needle for id_ in part.ids for needle in prover.entities.spell(id_)}
            prover.runs[key] = [literal(needle.words, prefix=needle.prefix) for needle in needles]
        else:
            prover.runs[key] = [run_of(part, prover.entities)]
    return prover.runs[key]


def _spans_near(run: Run, near: Near, prover: Prover) -> bool:
    """Whether all parts stand in a run, apart and near enough to each other."""
    if any(isinstance(part, EntityRef) or _is_exact(part) for part in near.parts):
        return False
    wanted = [_runs(part, prover)[0] for part in near.parts]
    places = [[start for start in range(len(run)) if fits(run[start : start + len(each)], each)] for each in wanted]
    if prod(map(len, places)) > _MOST:
        return False
    arranged = (sorted(zip(starts, map(len, wanted), strict=True)) for starts in product(*places))
    return any(_is_near(spots, near.distance) for spots in arranged)


def _is_near(spots: list[tuple[int, int]], distance: int) -> bool:
    """Whether none is within another, and all begin near enough to the end of the first."""
    after = spots[0][0] + spots[0][1]
    apart = all(start + size <= later for (start, size), (later, _) in pairwise(spots))
    return apart and spots[-1][0] <= after + distance

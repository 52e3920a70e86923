"""A query becomes what any article that matches it must hold: groups of which each must be met."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from monitor.model import Narrowing, Needle
from monitor.think.entities import Entities, spell_names
from monitor.think.tree import (
    STRINGS,
    And,
    AtLeast,
    Boost,
    EntityRef,
    Field,
    Near,
    Or,
    Part,
    Phrase,
    Prefix,
    Query,
    Value,
    Word,
)

T = TypeVar("T")
Ask = Callable[[Part | Value], frozenset[T] | None]  # what of a leaf must be there; None when that cannot be said


def spell(leaf: Word | Phrase | Prefix) -> frozenset[Needle]:
    """All runs of words that say what a leaf asks for."""
    if isinstance(leaf, Word):
        return frozenset({Needle((leaf.token,))})
    return frozenset({Needle(leaf.words, prefix=isinstance(leaf, Prefix))})


def narrow(tree: Query, entities: Entities) -> Narrowing:
    """What full text can look for: every article that matches holds one needle of every group."""

    def ask(leaf: Part | Value) -> frozenset[Needle] | None:
        if isinstance(leaf, Value):
            return None
        if isinstance(leaf, EntityRef):
            return frozenset().union(*(spell_names(entities.by_id[id_]) for id_ in leaf.ids))
        return spell(leaf)

    return tuple(dict.fromkeys(needed(tree, ask)))


def needed(tree: Query, ask: Ask[T]) -> list[frozenset[T]]:
    """The groups of which every matching article meets each; none when nothing can be said."""
    if isinstance(tree, Word | Phrase | Prefix | EntityRef | Value):
        group = ask(tree)
        return [] if group is None else [group]
    if isinstance(tree, And | Near):
        parts: Iterable[Query] = tree.children if isinstance(tree, And) else tree.parts
        return [group for part in parts for group in needed(part, ask)]
    if isinstance(tree, Or):
        return _one_of(tree.children, len(tree.children), ask)
    if isinstance(tree, AtLeast):
        # Of so many children at least one is among the articles' own, whichever the others are.
        return _one_of(tree.children, len(tree.children) - tree.count + 1, ask)
    if isinstance(tree, Boost) or (isinstance(tree, Field) and tree.name not in STRINGS):
        return needed(tree.child, ask)
    return []


def _one_of(children: tuple[Query, ...], count: int, ask: Ask[T]) -> list[frozenset[T]]:
    """One group of what the `count` children that need least call for; none if fewer call for anything."""
    best = sorted((min(groups, key=len) for child in children if (groups := needed(child, ask))), key=len)
    if not 0 < count <= len(best):
        return []
    return [frozenset().union(*best[:count])]

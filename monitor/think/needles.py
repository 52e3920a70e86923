"""A query becomes what any article that matches it must hold: groups of which each must be met."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeVar

from monitor.think.language import words
from monitor.think.spelling import Languages, Speller
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


def spell(leaf: Word | Phrase | Prefix, speller: Speller) -> Mapping[str, Languages]:
    """All runs of words that say what a leaf asks for, and the languages in which they do; a phrase only as written.

    A run whose last word is only begun ends in a *.
    """
    if isinstance(leaf, Word) and not leaf.exact:
        return speller.word(leaf.label or leaf.token)
    run = (leaf.token,) if isinstance(leaf, Word) else leaf.words
    return {" ".join(run) + "*" * isinstance(leaf, Prefix): None}


def words_of(phrase: Phrase) -> tuple[Word, ...]:
    """The words that an inflected phrase is made of, each as it is written there."""
    return _part(phrase.words, phrase.label)


@lru_cache(maxsize=100_000)
def _part(tokens: tuple[str, ...], label: str) -> tuple[Word, ...]:
    parted = words(label)
    if parted.tokens != tokens:
        return tuple(Word(token, token) for token in tokens)
    spans = (parted.span(place, place) for place in range(len(tokens)))
    return tuple(Word(token, label[start:end]) for token, (start, end) in zip(tokens, spans, strict=True))


def needed(tree: Query, ask: Ask[T]) -> list[frozenset[T]]:
    """The groups of which every matching article meets each; none when nothing can be said."""
    parts = _parts(tree)
    if parts:
        return [group for part in parts for group in needed(part, ask)]
    if isinstance(tree, Word | Phrase | Prefix | EntityRef | Value):
        group = ask(tree)
        return [] if group is None else [group]
    if isinstance(tree, Or):
        return _one_of(tree.children, len(tree.children), ask)
    if isinstance(tree, AtLeast):
        # Of so many children at least one is among the articles' own, whichever the others are.
        return _one_of(tree.children, len(tree.children) - tree.count + 1, ask)
    if isinstance(tree, Boost) or (isinstance(tree, Field) and tree.name not in STRINGS):
        return needed(tree.child, ask)
    return []


def _parts(tree: Query) -> tuple[Query, ...]:
    """What must all be there for a tree to hold."""
    if isinstance(tree, Phrase) and not tree.exact:
        return words_of(tree)
    if isinstance(tree, And):
        return tree.children
    return tree.parts if isinstance(tree, Near) else ()


def _one_of(children: tuple[Query, ...], count: int, ask: Ask[T]) -> list[frozenset[T]]:
    """One group of what the `count` children that need least call for; none if fewer call for anything."""
    best = sorted((min(groups, key=len) for child in children if (groups := needed(child, ask))), key=len)
    if not 0 < count <= len(best):
        return []
    return [frozenset().union(*best[:count])]

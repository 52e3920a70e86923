"""A conjunction that no article could ever meet becomes a fault."""

from collections.abc import Iterator

from monitor.errors import QueryError
from monitor.think.tree import (
    TEXTS,
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

_SINGLE = frozenset({"lang", "story"})  # fields of which an article has one


def refuse_impossible(tree: And, position: int) -> None:
    """Raise QueryError if the conjuncts contradict each other."""
    conjuncts = list(_conjuncts(tree))
    excluded = frozenset(_excluded(conjuncts))
    if any(_is_impossible(conjunct, excluded) for conjunct in conjuncts):
        raise QueryError("This can never match: it asks for what it excludes", position=position, hint="remove one")
    values = {(each.name, each.value) for each in conjuncts if isinstance(each, Value) and not each.prefix}
    names = [name for name, _ in values if name in _SINGLE]
    if len(set(names)) < len(names):
        hint = "put the alternatives in one field: lang:(uk OR ru)"
        raise QueryError("This can never match: two values of one field", position=position, hint=hint)
    ranges = [each for each in conjuncts if isinstance(each, Range)]
    lows = [each.low for each in ranges if each.low]
    highs = [each.high for each in ranges if each.high]
    if lows and highs and max(lows) >= min(highs):
        raise QueryError("This can never match: no time is in all its ranges", position=position, hint="widen one")


def _conjuncts(tree: Query) -> Iterator[Query]:
    """All that must hold at once."""
    if isinstance(tree, And):
        for child in tree.children:
            yield from _conjuncts(child)
    elif isinstance(tree, Boost):
        yield from _conjuncts(tree.child)
    else:
        yield tree


def _excluded(conjuncts: list[Query]) -> Iterator[Query]:
    """All that must not hold."""
    for conjunct in conjuncts:
        if isinstance(conjunct, Not):
            yield from _alternatives(conjunct.child)


def _alternatives(tree: Query) -> Iterator[Query]:
    if isinstance(tree, Or):
        for child in tree.children:
            yield from _alternatives(child)
    elif isinstance(tree, Boost):
        yield from _alternatives(tree.child)
    else:
        yield tree


def _is_impossible(tree: Query, excluded: frozenset[Query]) -> bool:
    if tree in excluded:
        return True
    if isinstance(tree, And | Or | AtLeast):
        needed = len(tree.children) if isinstance(tree, And) else 1 if isinstance(tree, Or) else tree.count
        return sum(not _is_impossible(child, excluded) for child in tree.children) < needed
    if isinstance(tree, Boost):
        return _is_impossible(tree.child, excluded)
    if isinstance(tree, Field):
        return tree.name in TEXTS and _is_impossible(tree.child, excluded)
    return _is_leaf_impossible(tree, excluded)


def _is_leaf_impossible(leaf: Query, excluded: frozenset[Query]) -> bool:
    """Whether a part of it is excluded by itself."""
    if isinstance(leaf, Near):
        return any(_is_impossible(part, excluded) for part in leaf.parts)
    if isinstance(leaf, EntityRef):
        return all(any(isinstance(each, EntityRef) and id_ in each.ids for each in excluded) for id_ in leaf.ids)
    if isinstance(leaf, Word):
        return Word(leaf.token) in excluded or any(_begins(each, leaf.token) for each in excluded)
    if isinstance(leaf, Phrase):
        return any(_is_leaf_impossible(Word(token), excluded) for token in leaf.words)
    if isinstance(leaf, Prefix):
        return any(_begins(each, leaf.words[-1]) for each in excluded)
    return False


def _begins(tree: Query, token: str) -> bool:
    return isinstance(tree, Prefix) and len(tree.words) == 1 and token.startswith(tree.words[0])

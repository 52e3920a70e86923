"""A query that asks for stories becomes one that asks for those that they are a part of by now."""

from collections.abc import Mapping
from dataclasses import replace

from monitor.think.tree import And, AtLeast, Boost, Field, Not, Or, Query, Value, leaves_of


def stories_of(tree: Query) -> frozenset[int]:
    """The numbers of the stories that a query asks for."""
    return frozenset(int(leaf.value) for leaf in leaves_of(tree) if isinstance(leaf, Value) and _is_story(leaf))


def follow(tree: Query, leads: Mapping[int, int]) -> Query:
    """The query with each number of a story that is a key of `leads` put in the place of what it leads to."""
    if isinstance(tree, And | Or | AtLeast):
        return replace(tree, children=tuple(follow(child, leads) for child in tree.children))
    if isinstance(tree, Not | Boost | Field):
        return replace(tree, child=follow(tree.child, leads))
    if isinstance(tree, Value) and _is_story(tree) and int(tree.value) in leads:
        return replace(tree, value=str(leads[int(tree.value)]))
    return tree


def _is_story(leaf: Value) -> bool:
    return leaf.name == "story" and not leaf.prefix and leaf.value.isdecimal() and len(leaf.value) < 19

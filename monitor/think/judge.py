"""A query and an article become a verdict on every clause: which hold, which do not, and what was found for them."""

from dataclasses import dataclass

from monitor.model import Evidence
from monitor.think.evidence import settle_evidence
from monitor.think.match_eval import ANYWHERE, Scope, find, narrow_scope
from monitor.think.reading import Reading
from monitor.think.tree import TEXTS, And, AtLeast, Boost, Field, Leaf, Not, Or, Query


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a clause holds, and why: by what was found for it, or by the clauses it is made of."""

    label: str
    held: bool
    evidence: tuple[Evidence, ...] = ()
    children: tuple["Verdict", ...] = ()


def judge(tree: Query, reading: Reading) -> Verdict:
    """Judge a rule's tree clause by clause, on an article that was read."""
    return _judge(tree, reading, ANYWHERE)


def _judge(tree: Query, reading: Reading, scope: Scope) -> Verdict:
    found = find(tree, reading, scope)
    if isinstance(tree, And | Or | AtLeast):
        children = tuple(_judge(child, reading, scope) for child in tree.children)
        return Verdict(_name(tree), found is not None, children=children)
    if isinstance(tree, Not):
        return Verdict("not", found is not None, children=(_judge(tree.child, reading, scope),))
    if isinstance(tree, Boost):
        return _judge(tree.child, reading, scope._replace(weight=scope.weight * tree.factor))
    if isinstance(tree, Field) and tree.name in TEXTS:
        child = _judge(tree.child, reading, narrow_scope(tree.name, reading, scope))
        return Verdict(f"{tree.name}:", found is not None, children=(child,))
    return Verdict(_name(tree), found is not None, settle_evidence(found or [], reading))


def _name(tree: Query) -> str:
    if isinstance(tree, AtLeast):
        return f"at least {tree.count} of" if tree.count else "welcome"
    if isinstance(tree, Field):
        return f"{tree.name}:{_name(tree.child)}"
    if isinstance(tree, Boost):
        return _name(tree.child)
    return tree.label if isinstance(tree, Leaf) else _JOINTS[type(tree)]


_JOINTS: dict[type, str] = {And: "all of", Or: "any of", Not: "not"}

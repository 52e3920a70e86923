"""The tree of a query becomes text again, as short as a remark about it needs."""

from monitor.think.tree import (
    And,
    AtLeast,
    Boost,
    Field,
    Near,
    Not,
    Or,
    Phrase,
    Query,
    Word,
)

_SHOWN = 4  # clauses of a list that are written out


def write(tree: Query, zone: str = "") -> str:
    """A query in the query language, its long lists cut short; `zone` is the field that it is asked of."""
    text = _write(tree)
    if not zone:
        return text
    return f"{zone}:({text})" if isinstance(tree, And | Or) else f"{zone}:{text}"


def _write(tree: Query) -> str:
    if isinstance(tree, And | Or):
        return _join(tree.children, " AND " if isinstance(tree, And) else " OR ")
    if isinstance(tree, AtLeast):
        listed = _join(tree.children, " ")
        return f"atleast:{tree.count}({listed})" if tree.count else f"welcome: {listed}"
    if isinstance(tree, Not):
        return f"NOT {_within(tree.child)}"
    if isinstance(tree, Boost):
        return f"{_within(tree.child)}^{tree.factor:g}"
    return write(tree.child, tree.name) if isinstance(tree, Field) else _write_leaf(tree)


def _write_leaf(leaf: Query) -> str:
    label: str = getattr(leaf, "label", "")
    if isinstance(leaf, Near):
        return f'"{label}"~{leaf.distance}'
    quoted = f'"{label}"' if isinstance(leaf, Phrase) and " " in label else label
    return f"exact:{quoted}" if isinstance(leaf, Word | Phrase) and leaf.exact else quoted


def _join(children: tuple[Query, ...], joint: str) -> str:
    more = (f"… {len(children) - _SHOWN} more",) if len(children) > _SHOWN + 1 else ()
    shown = children[:_SHOWN] if more else children
    return joint.join((*map(_within, shown), *more))


def _within(tree: Query) -> str:
    return f"({_write(tree)})" if isinstance(tree, And | Or) else _write(tree)

"""The text of a query becomes a tree, or a fault with its place and a hint."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from monitor.errors import QueryError
from monitor.think import leaves
from monitor.think.entities import Entities
from monitor.think.lucene import AT_LEAST, parse_lucene
from monitor.think.period import parse_period, parse_since, parse_until
from monitor.think.possible import refuse_impossible
from monitor.think.tree import FIELDS, TEXTS, VALUES, And, AtLeast, Boost, Field, Not, Or, Query, Range, Value

if TYPE_CHECKING:
    from luqum.tree import Item

_DEEPEST = 120  # of anything within anything
_BOOSTS = (0.01, 100.0)


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where in a query we are."""

    entities: Entities
    field: str = ""
    exact: bool = False
    depth: int = 0


def parse(text: str, *, entities: Entities) -> Query:
    """Read a query; raise QueryError for whatever in it could not be obeyed."""
    tree = _convert(parse_lucene(text), _Scope(entities))
    if not _asks(tree):
        raise QueryError("The query only says what must not be there", hint="add what must be there: a AND NOT b")
    return tree


def _asks(tree: Query) -> bool:
    """Whether an article must hold something for the query to hold."""
    if isinstance(tree, Not):
        return False
    if isinstance(tree, And):
        return any(map(_asks, tree.children))
    if isinstance(tree, Or):
        return all(map(_asks, tree.children))
    if isinstance(tree, AtLeast):
        return tree.count > 0 and all(map(_asks, tree.children))
    return _asks(tree.child) if isinstance(tree, Field | Boost) else True


def _convert(item: "Item", scope: _Scope) -> Query:
    convert = _CONVERTERS.get(type(item).__name__)
    if convert is None:
        hint = "use words, phrases and prefixes; a slash that is meant as such goes in quotes"
        raise QueryError("Regular expressions are not supported", position=item.pos, hint=hint)
    if scope.depth > _DEEPEST:
        raise QueryError("The query is too deeply nested", position=item.pos)
    return convert(item, _Scope(scope.entities, scope.field, scope.exact, scope.depth + 1))


def _convert_group(item: Any, scope: _Scope) -> Query:
    return _convert(item.expr, scope)


def _convert_and(item: Any, scope: _Scope) -> Query:
    tree = And(tuple(_convert(operand, scope) for operand in _operands(item)))
    refuse_impossible(tree, item.pos)
    return tree


def _convert_or(item: Any, scope: _Scope) -> Query:
    return Or(tuple(_convert(operand, scope) for operand in _operands(item)))


def _operands(item: Any) -> Sequence[Any]:
    """The operands of AND or OR, none of which may mix in another operator bare."""
    for operand in item.operands:
        kind = type(operand).__name__
        if kind in {"AndOperation", "OrOperation", "UnknownOperation"}:
            raise QueryError("AND, OR and a mere space are mixed", position=operand.pos, hint="add parentheses")
        if kind == "Plus":
            raise QueryError("+ beside AND or OR", position=operand.pos, hint="write a AND b, or +a +b")
    return item.operands  # type: ignore[no-any-return]


def _convert_not(item: Any, scope: _Scope) -> Query:
    if type(item.children[0]).__name__ in {"Not", "Prohibit", "Plus"}:
        raise QueryError("Two signs before one term", position=item.pos, hint="keep one of NOT, - and +")
    return Not(_convert(item.children[0], scope))


def _convert_plus(item: Any, scope: _Scope) -> Query:
    if type(item.children[0]).__name__ in {"Not", "Prohibit", "Plus"}:
        raise QueryError("Two signs before one term", position=item.pos, hint="keep one of NOT, - and +")
    return _convert(item.children[0], scope)


def _convert_juxtaposed(item: Any, scope: _Scope) -> Query:
    """`a b -c` is (a OR b) AND NOT c; with a +, all else is welcome but not needed."""
    needed: list[Query] = []
    welcome: list[Query] = []
    excluded: list[Query] = []
    for operand in item.operands:
        kind = type(operand).__name__
        if kind in {"AndOperation", "OrOperation"}:
            raise QueryError("AND, OR and a mere space are mixed", position=operand.pos, hint="add parentheses")
        into = needed if kind == "Plus" else excluded if kind in {"Not", "Prohibit"} else welcome
        into.append(_convert_listed(operand, scope))
    if welcome:
        needed.append(AtLeast(0, tuple(welcome)) if needed else _any(welcome))
    if len(needed) + len(excluded) == 1:
        return (needed or excluded)[0]
    tree = And((*needed, *excluded))
    refuse_impossible(tree, item.pos)
    return tree


def _any(trees: list[Query]) -> Query:
    return Or(tuple(trees)) if len(trees) > 1 else trees[0]


def _convert_listed(item: Any, scope: _Scope) -> Query:
    """One of several terms with only spaces between."""
    if type(item).__name__ == "Word" and item.value in {"and", "or", "not", "TO"}:
        hint = f'write {item.value.upper()}, or "{item.value}" for the word'
        raise QueryError(f"{item.value!r} reads like an operator", position=item.pos, hint=hint)
    return _convert(item, scope)


def _convert_boost(item: Any, scope: _Scope) -> Query:
    return Boost(_convert(item.expr, scope), _factor(item))


def _factor(item: Any) -> float:
    factor = float(item.force)
    if item.implicit_force or not _BOOSTS[0] <= factor <= _BOOSTS[1]:
        raise QueryError("^ needs a number from 0.01 to 100", position=item.pos, hint="term^3")
    if type(item.expr).__name__ in {"Boost", "Prohibit", "Not"}:
        raise QueryError("^ stands on one term, once", position=item.pos, hint="keep one weight, on what must be there")
    return factor


def _convert_field(item: Any, scope: _Scope) -> Query:
    name = item.name
    if name.startswith(AT_LEAST):
        return _convert_at_least(int(name.removeprefix(AT_LEAST)), item.expr, scope, item.pos)
    if name == "exact":
        if scope.field in VALUES or scope.field == "published":
            raise QueryError(f"exact: within {scope.field}:", position=item.pos, hint="remove exact:")
        return _convert(item.expr, replace(scope, exact=True))
    if name not in FIELDS:
        raise _unknown_field(name, item.pos)
    if scope.field:
        raise QueryError(f"{name}: within {scope.field}:", position=item.pos, hint="part them with AND")
    if scope.exact:
        raise QueryError(f"{name}: within exact:", position=item.pos, hint=f"write {name}:exact:…")
    child = _convert(item.expr, replace(scope, field=name))
    return child if name in VALUES or name == "published" else Field(name, child)


def _unknown_field(name: str, position: int) -> QueryError:
    if name == "atleast":
        return QueryError("atleast: needs a number and a list", position=position, hint="atleast:2(a b c)")
    like = get_close_matches(name.lower(), (*FIELDS, "exact", "atleast"), n=1)
    known = f"did you mean {like[0]}:?" if like else f"the fields are {', '.join(FIELDS)}"
    return QueryError(f"There is no field {name!r}", position=position, hint=known)


def _convert_at_least(count: int, item: Any, scope: _Scope, position: int) -> Query:
    if type(item).__name__ == "Boost":
        return Boost(_convert_at_least(count, item.expr, scope, position), _factor(item))
    group = item.expr
    listed = group.operands if type(group).__name__ == "UnknownOperation" else [group]
    if any(type(each).__name__ in {"Plus", "Not", "Prohibit", "AndOperation", "OrOperation"} for each in listed):
        raise QueryError("atleast: takes a plain list", position=group.pos, hint="atleast:2(a b (c OR d))")
    if not 1 <= count <= len(listed):
        hint = f"from 1 to {len(listed)}"
        raise QueryError(f"At least {count} of {len(listed)} can never be", position=position, hint=hint)
    children = tuple(_convert_listed(each, scope) for each in listed)
    if len(set(children)) < len(children):
        raise QueryError("atleast: counts one term twice", position=group.pos, hint="remove the second")
    return AtLeast(count, children)


def _convert_word(item: Any, scope: _Scope) -> Query:
    if scope.field == "published":
        return Range(*parse_period(leaves.unescape(item.value), item.pos), label=f"published:{item.value}")
    if scope.field in VALUES:
        return leaves.read_value(scope.field, item.value, item.pos)
    if item.value.startswith("@"):
        if scope.exact or (scope.field and scope.field not in TEXTS):
            hint = "it can alone, and in title:, lead: and body:"
            raise QueryError("No entity can stand here", position=item.pos, hint=hint)
        return leaves.read_entity(item.value, item.pos, scope.entities)
    return leaves.read_word(item.value, item.pos, exact=scope.exact)


def _convert_phrase(item: Any, scope: _Scope) -> Query:
    if scope.field == "published":
        return Range(*parse_period(leaves.unescape(item.value[1:-1]), item.pos), label=f"published:{item.value}")
    if scope.field in VALUES:
        return Value(scope.field, *leaves.settle_value(scope.field, leaves.unescape(item.value[1:-1]), item.pos))
    return leaves.read_phrase(item.value, item.pos, exact=scope.exact)


def _convert_near(item: Any, scope: _Scope) -> Query:
    if scope.field in VALUES or scope.field == "published" or scope.exact:
        raise QueryError("~ is for phrases in the text", position=item.pos, hint="remove it")
    if item._implicit_degree:  # noqa: SLF001 - the parser tells it nowhere else
        raise QueryError("~ needs a number of words", position=item.pos, hint=f"{item.term}~5")
    entities = None if scope.field and scope.field not in TEXTS else scope.entities
    return leaves.read_near(item.term.value, item.pos, item.degree, entities)


def _convert_fuzzy(item: Any, _scope: _Scope) -> Query:
    hint = f"write {item.term}* for all that begins so, or the spellings with OR"
    raise QueryError("Fuzzy words (~) are not supported", position=item.pos, hint=hint)


def _convert_range(item: Any, scope: _Scope) -> Query:
    _refuse_range(item, scope)
    low, high = leaves.bound(item.low), leaves.bound(item.high)
    since = None if low == "*" else parse_since(low, item.low.pos, included=item.include_low)
    until = None if high == "*" else parse_until(high, item.high.pos, included=item.include_high)
    if since is None and until is None:
        raise QueryError("A range without any bound", position=item.pos, hint="published:[2021-12-01 TO *]")
    if since and until and since >= until:
        raise QueryError("No time is in this range", position=item.pos, hint="put the earlier date first")
    return Range(since, until, label=f"published:{item}")


def _convert_from(item: Any, scope: _Scope) -> Query:
    _refuse_range(item, scope)
    return Range(parse_since(leaves.bound(item.a), item.pos, included=item.include), None, label=f"published:{item}")


def _convert_to(item: Any, scope: _Scope) -> Query:
    _refuse_range(item, scope)
    return Range(None, parse_until(leaves.bound(item.a), item.pos, included=item.include), label=f"published:{item}")


def _refuse_range(item: Any, scope: _Scope) -> None:
    if scope.field != "published":
        raise QueryError("Only published: takes a range", position=item.pos, hint="published:[2021-12-01 TO *]")


_CONVERTERS: dict[str, Callable[[Any, _Scope], Query]] = {
    "Word": _convert_word,
    "Phrase": _convert_phrase,
    "Proximity": _convert_near,
    "Fuzzy": _convert_fuzzy,
    "SearchField": _convert_field,
    "Group": _convert_group,
    "FieldGroup": _convert_group,
    "Range": _convert_range,
    "From": _convert_from,
    "To": _convert_to,
    "AndOperation": _convert_and,
    "OrOperation": _convert_or,
    "UnknownOperation": _convert_juxtaposed,
    "Not": _convert_not,
    "Prohibit": _convert_not,
    "Plus": _convert_plus,
    "Boost": _convert_boost,
}

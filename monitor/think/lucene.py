"""The text of a query becomes a Lucene parser's tree, or a fault in our words."""

import re
from collections.abc import Callable
from functools import cache, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from monitor.errors import QueryError

if TYPE_CHECKING:
    from luqum.tree import Item

AT_LEAST = "\x01tleast"  # what begins the field that `atleast:` becomes: no query can hold it

# The parser takes time that grows with the square of how many terms stand side by side: a second for these.
_LONGEST = 20_000  # characters
_DEEPEST = 40  # parentheses within parentheses

# Quoted text and escaped characters, which hide what stands in them; then all that the checks before parsing look at.
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|\\.|(?<!\w)atleast:\d+(?=\s*\()|["()\\]|[\x00-\x08\x0e-\x1f\x7f]', re.DOTALL)
_NUMBER = re.compile(r"[~^][0-9.]*[.0-9]{1000}|[~^][0-9]*\.[0-9.]*")
_PLACE = re.compile(r"at position (\d+)")


def parse_lucene(text: str) -> "Item":
    """Parse a query whole; raise QueryError where it stops making sense."""
    if not text.strip():
        raise QueryError("The query is empty")
    if len(text) > _LONGEST:
        raise QueryError(f"The query is longer than {_LONGEST:,} characters", position=_LONGEST, hint="part it in two")
    _check_brackets(text)
    try:
        return _lucene_parser()(_PIECE.sub(_mark_at_least, text))
    except (ArithmeticError, ValueError) as error:
        raise _explain(text, str(error)) from error


def _check_brackets(text: str) -> None:
    opened: list[int] = []
    for piece in _PIECE.finditer(text):
        found, place = piece.group(), piece.start()
        if found == "(":
            opened.append(place)
            if len(opened) > _DEEPEST:
                raise QueryError(f"More than {_DEEPEST} parentheses within each other", position=place)
        elif found == ")":
            if not opened:
                raise QueryError("This parenthesis closes none", position=place, hint="remove it, or open one before")
            opened.pop()
        elif found == '"':
            raise QueryError("This quote is never closed", position=place, hint='end the phrase with "')
        elif found == "\\":
            raise QueryError("A backslash stands before nothing", position=place, hint="write \\\\ for the character")
        elif len(found) == 1:
            raise QueryError("A control character", position=place, hint="remove it")
    if opened:
        raise QueryError("This parenthesis is never closed", position=opened[-1], hint="add )")


def _mark_at_least(piece: re.Match[str]) -> str:
    """Make `atleast:2(…)` look like a field with a list, without moving what follows."""
    found = piece.group()
    return f"{AT_LEAST}{found[8:]}:" if found.startswith("atleast:") else found


@cache
def _lucene_parser() -> Callable[[str], "Item"]:
    """Load the parser: late, for it takes a tenth of a second."""
    # Where the interpreter's version makes its tables stale, the parser would write new ones beside its own code.
    yacc: Any = import_module("ply.yacc")
    build = yacc.yacc
    yacc.yacc = partial(build, write_tables=False, debug=False, errorlog=yacc.NullLogger())
    try:
        parse: Callable[[str], Item] = import_module("luqum.thread").parse
    finally:
        yacc.yacc = build
    return parse


def _explain(text: str, said: str) -> QueryError:
    """Say in our words what the parser stumbled over."""
    if not said.startswith(("Syntax error", "Illegal character")):
        number = _NUMBER.search(text)
        return QueryError("A malformed number", position=number.start() if number else 0, hint='"a b"~5, or a^2')
    found = _PLACE.search(said)
    if not found:
        return QueryError("The query ends too soon", position=len(text), hint="something must follow")
    place = int(found[1])
    character = text[place : place + 1]
    if character == "'":
        return QueryError("A word cannot begin with '", position=place, hint='put phrases in double quotes: "…"')
    if character == "/":
        return QueryError("Regular expressions are not supported", position=place, hint='put the word in quotes: "a/b"')
    return QueryError(f"{character!r} makes no sense here", position=place, hint='a character meant as such: "…" or \\')

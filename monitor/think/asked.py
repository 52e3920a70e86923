"""The text of a query becomes the words in it that full text is asked for, each with its place, to be exchanged."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from monitor.think.tree import FIELDS, VALUES

_PIECE = re.compile(
    r"(?P<field>[A-Za-z]+):(?=\S)|(?P<ref>@[\w.-]+)|(?P<range>[\[{][^\]}]*[\]}])|(?P<number>[~^][\d.]+)|(?P<word>[\w'’-]+\*?)"
)
_OPERATORS = frozenset({"AND", "OR", "NOT", "TO"})


@dataclass(frozen=True, slots=True)
class Piece:
    """A word or a name, where it stands in a query."""

    text: str
    start: int

    @property
    def is_name(self) -> bool:
        """Whether it is a reference to an entity."""
        return self.text.startswith("@")


def pieces(query: str) -> tuple[Piece, ...]:
    """The words and names of a query; values of fields such as lang: are none, nor are prefixes."""
    found = []
    value = False
    for piece in _PIECE.finditer(query):
        if piece["field"]:
            value = piece["field"] in VALUES or piece["field"] not in FIELDS
            continue
        said = piece["ref"] or piece["word"]
        if said and not value and said not in _OPERATORS and not said.endswith("*"):
            found.append(Piece(said, piece.start()))
        value = False
    return tuple(found)


def exchange(query: str, instead: Mapping[Piece, str]) -> str:
    """A query with other words in the places of some."""
    for piece in sorted(instead, key=lambda piece: -piece.start):
        query = query[: piece.start] + instead[piece] + query[piece.start + len(piece.text) :]
    return query

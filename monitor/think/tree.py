"""What a query asks for, as a tree of frozen values."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Word:
    """One word; `exact` is its spelling when no other will do."""

    token: str
    label: str = field(compare=False, default="")  # as written: what its evidence is called
    exact: str = ""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in a row."""

    words: tuple[str, ...]
    label: str = field(compare=False, default="")
    exact: str = ""


@dataclass(frozen=True, slots=True)
class Prefix:
    """Words in a row of which the last is only begun."""

    words: tuple[str, ...]
    label: str = field(compare=False, default="")


@dataclass(frozen=True, slots=True)
class EntityRef:
    """Any of some entities, by any of their names."""

    ids: tuple[str, ...]  # sorted
    label: str = field(compare=False, default="")
    members: frozenset[str] = field(init=False, compare=False, repr=False)  # the ids, to be intersected

    def __post_init__(self) -> None:
        object.__setattr__(self, "members", _members(self.ids))


@lru_cache(maxsize=10_000)
def _members(ids: tuple[str, ...]) -> frozenset[str]:
    """One set for all that name the same: it is soon known for itself when it is looked up."""
    return frozenset(ids)


Part = Word | Phrase | Prefix | EntityRef


@dataclass(frozen=True, slots=True)
class Near:
    """Parts in any order, no two of them further apart than `distance` words."""

    parts: tuple[Part, ...]
    distance: int
    label: str = field(compare=False, default="")


@dataclass(frozen=True, slots=True)
class Field:
    """A query put to one text of the article only: title, lead, body, url or author."""

    name: str
    child: "Query"


@dataclass(frozen=True, slots=True)
class Value:
    """A value, or the beginning of one, of a field that is not text: site, feed, lang, topic."""

    name: str
    value: str
    prefix: bool = False

    @property
    def label(self) -> str:
        return f"{self.name}:{self.value}{'*' if self.prefix else ''}"


@dataclass(frozen=True, slots=True)
class Range:
    """A time of publication from `low` until before `high`."""

    low: datetime | None
    high: datetime | None
    label: str = field(compare=False, default="")


@dataclass(frozen=True, slots=True)
class And:
    children: tuple["Query", ...]


@dataclass(frozen=True, slots=True)
class Or:
    children: tuple["Query", ...]


@dataclass(frozen=True, slots=True)
class Not:
    child: "Query"


@dataclass(frozen=True, slots=True)
class AtLeast:
    """So many of the children or more; with a count of 0 they are welcome and not needed."""

    count: int
    children: tuple["Query", ...]


@dataclass(frozen=True, slots=True)
class Boost:
    """A query whose evidence weighs `factor` times as much."""

    child: "Query"
    factor: float


Leaf = Part | Near | Value | Range
Query = Leaf | Field | And | Or | Not | AtLeast | Boost

TEXTS = ("title", "lead", "body")
STRINGS = ("url", "author")  # short texts that entities are not looked for in
VALUES = ("site", "feed", "lang", "topic", "story", "tag", "country", "kind")
FIELDS = (*TEXTS, *STRINGS, *VALUES, "published")


def choices_of(tree: Query) -> Iterator[Or | AtLeast]:
    """The places where some of several clauses are enough."""
    if isinstance(tree, Or | AtLeast):
        yield tree
    if isinstance(tree, And | Or | AtLeast):
        for child in tree.children:
            yield from choices_of(child)
    elif isinstance(tree, Not | Boost | Field):
        yield from choices_of(tree.child)


def leaves_of(tree: Query) -> Iterator[Part | Value]:
    """The leaves that are looked for in articles as a whole; those of short texts (url, author) are not."""
    if isinstance(tree, And | Or | AtLeast):
        for child in tree.children:
            yield from leaves_of(child)
    elif isinstance(tree, Near):
        yield from tree.parts
    elif isinstance(tree, Not | Boost) or (isinstance(tree, Field) and tree.name not in STRINGS):
        yield from leaves_of(tree.child)
    elif not isinstance(tree, Range | Field):
        yield tree

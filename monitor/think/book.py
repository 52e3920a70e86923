"""The names of entities, in all their forms and with whose they are: what a shipped pack keeps ready."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from monitor.model import Entity
from monitor.think.wordbook import EMPTY, Wordbook, runs_of


class Owner(NamedTuple):
    """Whose name a pattern is, in which language, and how surely."""

    id: str
    kind: str
    language: str
    confidence: float
    exact: str  # the spelling, when no other will do
    plain: bool  # written without accents: "Humań" without its own is an English word


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """All that the names of some entities are called by, fit for JSON: to work it out takes seconds."""

    groups: tuple[tuple[Owner, ...], ...]  # by the number of a pattern: whose name it is
    words: Wordbook
    languages: Mapping[str, frozenset[str]]  # by the id of each of the entities: those that it has names in
    digests: Mapping[str, str]  # what tells it from another version of itself


NO_BOOK = Book((), EMPTY, {}, {})


def spellings_of(book: Book, id_: str) -> frozenset[str]:
    """The runs of words by which one of a book's entities is called; one whose last word is only begun ends in a *."""
    runs, patterns = _runs_by_pattern(book), _patterns_by_id(book)
    return frozenset(run for number in patterns.get(id_, ()) for run in runs.get(number, ()))


@lru_cache(maxsize=1)
def _runs_by_pattern(book: Book) -> dict[int, list[str]]:
    runs: dict[int, list[str]] = {}
    for run, pattern in runs_of(book.words):
        runs.setdefault(pattern, []).append(run)
    return runs


@lru_cache(maxsize=1)
def _patterns_by_id(book: Book) -> dict[str, list[int]]:
    patterns: dict[str, list[int]] = {}
    for number, owners in enumerate(book.groups):
        for id_ in {owner.id for owner in owners}:
            patterns.setdefault(id_, []).append(number)
    return patterns


def without(book: Book, ids: Collection[str]) -> Book:
    """A book that does not know some entities."""
    groups = tuple(tuple(owner for owner in owners if owner.id not in ids) for owners in book.groups)
    digests = {id_: digest for id_, digest in book.digests.items() if id_ not in ids}
    return replace(book, groups=groups, digests=digests)


def digest_of(entity: Entity) -> str:
    """What tells an entity from another version of itself."""
    return sha256(repr(entity).encode("utf-8", "surrogatepass")).hexdigest()[:12]

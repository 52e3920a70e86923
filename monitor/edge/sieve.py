"""What a query wants becomes masks over all articles: the archive's side of `spans`."""

import math
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from datetime import datetime
from functools import cached_property

import numpy as np
from sqlalchemy import Connection, select

from monitor.edge import postings
from monitor.edge.lists import Lists, LookUp, Parts
from monitor.edge.postings import ALL, Window
from monitor.edge.shelf import UNKNOWN, Column, Columns, Shelf
from monitor.edge.tables import FEED
from monitor.wants import Named, Published, Runs, Span, Valued

# More articles than these are not read for names that were not looked for in them yet: it would take seconds.
_READ_FOR_NAMES = 2_000
_PLACES = {"": 7, "title": 1, "lead": 2, "body": 4}
_TEXTS = frozenset({"", "title", "text"})
_FEED_COLUMNS = {"feed": "name", "tag": "tags", "country": "country", "kind": "kind"}


class Sieve:
    """Looks up what a query wants, in one transaction."""

    def __init__(self, lists: Lists, shelf: Shelf, names_version: str) -> None:
        self.connection, self.columns, self._lists, self._shelf = lists.connection, lists.columns, lists, shelf
        self._version = shelf.codes.get(names_version, UNKNOWN)
        self.unnamed = 0  # articles in which names were not looked for, and that are too many to be read for them
        self._known: dict[Hashable, Column] = {}

    def look(self, want: Runs | Valued | Published) -> Column:
        """The articles that have what is wanted."""
        if want not in self._known:
            if isinstance(want, Runs):
                found = self._holding(want)
            else:
                found = self._published(want) if isinstance(want, Published) else self._valued(want)
            self._known[want] = found
        return self._known[want]

    def named(self, want: Named) -> Span:
        """The articles that surely name an entity, and those that may: their names were not looked for yet."""
        codes = self._known_codes(want.ids)
        places = _PLACES[want.zone]
        named = self._lists.kept(want, lambda connection, window: postings.naming(connection, codes, places, window))
        stale = self._unnamed
        if not stale.any():
            return Span(named, named)
        count = int(np.count_nonzero(stale))
        if count > _READ_FOR_NAMES:
            self.unnamed = count
            return Span(named & ~stale, named)
        return Span(named & ~stale, named | stale)

    def naming(self, ids: Collection[str], zone: str, window: Window) -> Column:
        """The articles of a window that name one of some entities in a place, for as long as that is known."""
        return postings.naming(self.connection, self._known_codes(ids), _PLACES[zone], window)

    def several(self, masks: Sequence[Column], count: int) -> Column:
        """The articles that are in so many of some masks or more."""
        if count == 1:
            found = np.zeros(self.columns.size, np.bool_)
            for mask in masks:
                found |= mask
            return found
        sums = np.zeros(self.columns.size, np.uint16)
        for mask in masks:
            sums += mask
        enough: Column = sums >= count
        return enough

    def present(self, runs: Sequence[str]) -> frozenset[str]:
        """Which of some runs of words stand in any article."""
        return postings.present(self.connection, runs)

    @cached_property
    def _unnamed(self) -> Column:
        mask: Column = self.columns.live & (self.columns.named_by != self._version)
        return mask

    def _holding(self, want: Runs) -> Column:
        mask = self._held(want)
        if want.languages is not None:
            codes = self._known_codes((*want.languages, ""))
            found = np.flatnonzero(mask)
            mask[found[~self._among(codes)[self.columns.language[found]]]] = False
        return mask

    def _held(self, want: Runs) -> Column:
        # The columns of addresses and authors may change without a turn.
        if want.column not in _TEXTS:
            return self._lists.mask(_holding(want.runs, want.column))
        parts = _parts(want.runs, want.column) if any(run.endswith("*") for run in want.runs) else None
        return self._lists.kept((want.runs, want.column), _holding(want.runs, want.column), parts)

    def _published(self, want: Published) -> Column:
        return published(self.columns, want)

    def _valued(self, want: Valued) -> Column:
        columns = self.columns
        if want.name == "lang":
            return self._among(self._codes(lambda name: name.casefold() == want.value))[columns.language]
        if want.name == "site":
            sites = self._codes(lambda name: _fits(name.casefold().removeprefix("www."), want))
            hosts = self._codes(lambda name: any(_fits(domain, want) for domain in _domains(name)))
            return self._among(sites)[columns.site] | self._among(hosts)[columns.host]
        if want.name == "story":
            story: Column = columns.story == (int(want.value) if want.value.isdecimal() else UNKNOWN)
            return story
        if want.name == "topic":
            topics = [topic for topic in postings.topics(self.connection) if _fits(topic.casefold(), want)]
            return self.several([matched(self._lists, topic) for topic in topics], 1)
        return columns.mask(postings.sighted(self.connection, self._feeds(want)))

    def _among(self, codes: Sequence[int]) -> Column:
        """By the code of a name, whether it is one of these."""
        among = np.zeros(len(self._shelf.names), np.bool_)
        among[codes] = True
        return among

    def _known_codes(self, names: Iterable[str]) -> list[int]:
        """What names go by on the shelf; those that it does not know are of no article."""
        return [self._shelf.codes[name] for name in names if name in self._shelf.codes]

    def _codes(self, fits: Callable[[str], bool]) -> list[int]:
        return [code for code, name in enumerate(self._shelf.names) if name and fits(name)]

    def _feeds(self, want: Valued) -> list[int]:
        column = FEED.c[_FEED_COLUMNS[want.name]]
        rows = self.connection.execute(select(FEED.c.id, column))
        return [number for number, held in rows if any(_fits(value.casefold(), want) for value in _listed(held))]


def _holding(runs: Sequence[str], column: str) -> LookUp:
    return lambda connection, window: postings.holding(connection, runs, column, window)


def _parts(runs: Sequence[str], column: str) -> Parts:
    def parts(connection: Connection) -> tuple[LookUp, LookUp]:
        one, other = postings.parted(connection, runs)
        return _holding(one, column), _holding(other, column)

    return parts


def matched(lists: Lists, topic: str) -> Column:
    """The articles that match a topic."""
    return lists.kept(*matching(topic))


def matching(topic: str) -> tuple[Hashable, LookUp]:
    """The list of articles that match a topic: what it is kept by, and how it is looked up."""
    return ("topic", topic), lambda connection, window: postings.matched(connection, topic, window)


def published(columns: Columns, want: Published) -> Column:
    """The articles that were published then."""
    mask: Column = columns.published >= (_second(want.low) if want.low else UNKNOWN + 1)
    if want.high:
        mask &= columns.published < _second(want.high)
    return mask


def _second(at: datetime) -> int:
    """The first whole second from then on: beside a float, a column would be made one of floats first."""
    return math.ceil(at.timestamp())


def window_of(columns: Columns, wants: Iterable[Published]) -> Window:
    """From the first to the last article that was published when all of these say; all, when they say nothing."""
    masks = [published(columns, want) for want in wants]
    if not masks:
        return ALL
    found = np.flatnonzero(np.logical_and.reduce(masks))
    return Window(int(found[0]), int(found[-1])) if len(found) else Window(0, 0)


def _listed(held: str | list[str]) -> Iterable[str]:
    return [held] if isinstance(held, str) else held


def _fits(value: str, want: Valued) -> bool:
    return value.startswith(want.value) if want.prefix else value == want.value


def _domains(host: str) -> Iterable[str]:
    """A host, and every domain that it is in."""
    while host:
        yield host
        host = host.partition(".")[2]

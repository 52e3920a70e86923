"""The articles that answer become counts by topic, source, country, language, entity and day."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from datetime import date, timedelta

import numpy as np
from sqlalchemy import text

from monitor.edge import postings
from monitor.edge.lists import Lists
from monitor.edge.mentions import count_names
from monitor.edge.shelf import NOTHING, Column, Shelf
from monitor.edge.sieve import matched, matching
from monitor.edge.sql import listing

FACETS = ("topic", "source", "country", "language", "entity", "day")
# Entities are counted in so many articles at most, the newest: what others name would take seconds to look up.
SAMPLED = 2_000
# So many articles are looked up one by one, where the topics are more than these: else each topic's list is.
_ONE_BY_ONE = 5_000
_FEW_TOPICS = 30
_TOPICS_OF = listing("SELECT topic, count(*) FROM match WHERE article_id IN ({listed}) GROUP BY topic")
_FEEDS_OF = text("SELECT country, group_concat(id) FROM feed GROUP BY country")

Counts = tuple[tuple[str, int], ...]


class Facets:
    """Counts the articles of a mask."""

    def __init__(self, lists: Lists, shelf: Shelf, mask: Column) -> None:
        self._lists, self._shelf, self._mask, self._numbers = lists, shelf, mask, np.flatnonzero(mask)
        self._connection, self._columns = lists.connection, lists.columns

    def count(self, name: str, most: int, entities: Collection[str]) -> Counts:
        """(value, articles), the most frequent first, days in order; only these `entities` are counted."""
        if name == "day":
            return self._days()
        counters: dict[str, Callable[[], Iterable[tuple[str, int]]]] = {
            "topic": self._topics,
            "source": lambda: self._coded(self._columns.host),
            "country": self._countries,
            "language": lambda: self._coded(self._columns.language),
            "entity": lambda: self._entities(entities),
        }
        counted = counters[name]()
        ranked = sorted(((-count, value) for value, count in counted if value and count))
        return tuple((value, -count) for count, value in ranked[:most])

    def _days(self) -> Counts:
        first = date(1970, 1, 1)
        counted = self._columns.days(self._numbers)
        return tuple(((first + timedelta(day)).isoformat(), count) for day, count in counted.items())

    def _coded(self, column: Column) -> Iterable[tuple[str, int]]:
        counts = np.bincount(column[self._numbers])
        return [(self._shelf.names[code], int(counts[code])) for code in np.flatnonzero(counts).tolist()]

    def _countries(self) -> Iterable[tuple[str, int]]:
        """By the country of the feed that showed an article first."""
        counts = np.bincount(self._columns.feed[self._numbers] - NOTHING)[1:]
        countries: Counter[str] = Counter()
        # A row a country: a row a feed takes longer than all the rest of this.
        for country, listed in self._connection.execute(_FEEDS_OF):
            numbers = postings.numbers(listed)
            countries[country] += int(counts[numbers[numbers < len(counts)]].sum())
        return countries.items()

    def _topics(self) -> Iterable[tuple[str, int]]:
        numbers = self._numbers
        topics = postings.topics(self._connection)
        if len(numbers) <= _ONE_BY_ONE and len(topics) > _FEW_TOPICS:
            listed = "[" + ",".join(map(str, numbers.tolist())) + "]"
            return [(row[0], row[1]) for row in self._connection.execute(_TOPICS_OF, {"listed": listed})]
        if len(topics) > _FEW_TOPICS:
            return [(topic, int(np.count_nonzero(self._mask & matched(self._lists, topic)))) for topic in topics]
        among = np.packbits(self._mask)
        return [(topic, self._lists.count(*matching(topic), among)) for topic in topics]

    def _entities(self, wanted: Collection[str]) -> Iterable[tuple[str, int]]:
        newest = self._numbers[-SAMPLED:].tolist()
        counts = count_names(self._connection, newest)
        named = ((self._shelf.names[code], count) for code, count in counts.items())
        return [(name, count) for name, count in named if name in wanted]

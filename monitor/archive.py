"""A question becomes what the archive answers: a page of articles, how many there are, and how they are spread.

Full text, names and figures narrow, in sets over all articles; the matcher that topics use judges what they leave in
doubt, and shows the evidence of what is given.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from itertools import islice
from typing import Any

import numpy as np
from sqlalchemy import Connection
from sqlalchemy.engine import Engine

from monitor.edge import search
from monitor.edge.database import reading
from monitor.edge.facets import FACETS, Facets
from monitor.edge.lists import Lists, side_by_side
from monitor.edge.ranking import by_outlets, by_relevance, by_time, foremost
from monitor.edge.shelf import Columns, Shelf
from monitor.edge.sieve import Sieve, window_of
from monitor.edge.story_views import lead_on
from monitor.errors import QueryError
from monitor.meant import meant
from monitor.model import Article, Evidence
from monitor.rules import Rules
from monitor.think.cursor import Mark, read_mark, write_mark
from monitor.think.entities import WORDS
from monitor.think.follow import follow, stories_of
from monitor.think.match import Compiled, compile_query, match_query
from monitor.think.query import parse
from monitor.think.spans import Sets, bounds_of, named_in, ranked, spans
from monitor.think.tree import Query
from monitor.voiced import voices_of

__all__ = ["FACETS", "Answer", "Archive", "Hit", "Order", "Question"]

# Articles that a question may be in doubt about, and that are read then and there: below a tenth of a second.
_READ_AT_ONCE = 60
_READ_FOR_A_PAGE = 400  # and at most for a page: the cursor leads on from there
_CHUNK = 50
# Queries that are kept compiled. One that names an entity of the shipped pack holds 11 MB and takes 45 ms to compile;
# 200 of them once let the pages grow to 1.7 GB within half an hour.
_QUERIES = 12


class Order(StrEnum):
    """What comes first."""

    NEWEST = "newest"
    OLDEST = "oldest"
    RELEVANCE = "relevance"
    VOICES = "voices"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a query (all articles, when it is empty), the order, a page of the answer."""

    query: str = ""
    order: Order = Order.NEWEST
    limit: int = 20
    cursor: str = ""  # of an answer before: what comes after its last article
    facets: tuple[str, ...] = ()  # some of FACETS
    values: int = 12  # of each facet at most, the most frequent; days are given all


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that answers, what speaks for it, and how many voices tell its story."""

    article: Article
    evidence: tuple[Evidence, ...]
    voices: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of what answers a question."""

    hits: tuple[Hit, ...]
    total: int  # articles that answer
    exact: bool = True  # False: `total` and the facets also count some that may not answer
    cursor: str = ""  # asks for the next page; empty when there is none
    facets: dict[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)  # name → (value, articles)
    meant: str = ""  # a query that would find something, where this one finds nothing
    unnamed: int = 0  # articles in which the entities that are asked for were not looked for yet


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """A query, ready to be put to the archive; `tree` is None where all is asked for."""

    tree: Query | None
    compiled: Compiled | None


@dataclass(frozen=True, slots=True)
class _Found:
    """The articles that answer surely, and those that may, as masks over all."""

    asked: _Asked
    columns: Columns
    sure: Any
    may: Any
    unnamed: int

    @property
    def exact(self) -> bool:
        return self.sure is self.may


class Archive:
    """The archive of an engine, asked by these rules. Safe for several threads."""

    def __init__(self, engine: Engine, rules: Rules, shelf: Shelf | None = None) -> None:
        self.engine, self.rules = engine, rules
        self.shelf = shelf or Shelf(engine)  # may be shared: filling it takes a second for a million articles
        self._read = lru_cache(_QUERIES)(self._compile)

    def with_rules(self, rules: Rules) -> "Archive":
        """The same archive, asked by other rules."""
        return Archive(self.engine, rules, self.shelf)

    def ask(self, question: Question) -> Answer:
        """A page of the answer; QueryError when the query cannot be obeyed, or the cursor is not of this question."""
        found = self._settle(self._find(question.query))
        mark = read_mark(question.cursor, _digest(question))
        upto = mark.upto if mark else found.columns.latest
        hits, after = self._page(found, question, mark, upto)
        total = int(np.count_nonzero(found.may))
        return Answer(
            self._counted(hits),
            total,
            exact=found.exact,
            cursor=write_mark(Mark(after, upto), _digest(question)) if after is not None else "",
            facets=self._facets(found, question),
            meant="" if total or not question.query.strip() else self._meant(question.query),
            unnamed=found.unnamed,
        )

    def each(self, query: str, order: Order = Order.NEWEST) -> Iterator[Hit]:
        """Every article that answers a query, one after the other: for exports."""
        found = self._find(query)
        numbers, keys = self._sorted(found, order, found.columns.latest)
        yield from (hit for hit in self._hits(found, numbers[np.argsort(-keys)], _CHUNK) if hit)

    def after(self, query: str, seen: int, most: int) -> list[Hit]:
        """What answers a query and came after the article of that number, the last to come first, at most so many."""
        found = self._find(query)
        numbers = np.flatnonzero(found.may)
        hits = self._hits(found, numbers[numbers > seen][::-1], _CHUNK)
        return list(islice((hit for hit in hits if hit), most))

    def days(self, query: str) -> dict[date, int]:
        """How many articles answer a query on each day (UTC) of publication, or of sighting where that is unknown.

        Of a query that full text cannot settle, those that may answer count as well.
        """
        found = self._settle(self._find(query))
        first = date(1970, 1, 1)
        return {first + timedelta(day): count for day, count in found.columns.days(found.may).items()}

    def _meant(self, query: str) -> str:
        def finds(other: str) -> bool:
            try:
                return bool(self._settle(self._find(other)).may.any())
            except QueryError:
                return False

        return meant(self.engine, self.rules.entities, query, finds)

    def _compile(self, query: str) -> _Asked:
        if not query.strip():
            return _Asked(None, None)
        tree = parse(query, entities=self.rules.entities)
        return _Asked(tree, compile_query(tree, self.rules.entities))

    def _asked(self, query: str) -> _Asked:
        asked = self._read(query)
        if asked.tree is None or not (stories := stories_of(asked.tree)):
            return asked
        led = follow(asked.tree, lead_on(self.engine, stories))
        return asked if led == asked.tree else _Asked(led, compile_query(led, self.rules.entities))

    def _find(self, query: str) -> _Found:
        asked = self._asked(query)
        columns = self.shelf.columns()
        if asked.tree is None:
            return _Found(asked, columns, columns.live, columns.live, 0)
        with side_by_side(self.engine, columns, self.shelf) as connections:
            lists = Lists(connections, columns, self.shelf.memory, window_of(columns, bounds_of(asked.tree)))
            sieve = Sieve(lists, self.shelf, self.rules.names_version)
            sets = Sets(
                sieve.look, sieve.named, columns.live, np.zeros(columns.size, np.bool_), sieve.several, sieve.present
            )
            sure, may = spans(asked.tree, self.rules.entities, sets)
        if sure is may:
            sure = may = may & columns.live
        else:
            sure, may = sure & columns.live, may & columns.live
        return _Found(asked, columns, sure, may, sieve.unnamed)

    def _settle(self, found: _Found) -> _Found:
        """Read the articles that are in doubt, where they are few."""
        if found.exact:
            return found
        doubtful = np.flatnonzero(found.may & ~found.sure)
        if len(doubtful) > _READ_AT_ONCE:
            return found
        sure = found.sure.copy()
        for number, held in self._judge(found, doubtful.tolist()):
            sure[number] = held is not None
        return replace(found, sure=sure, may=sure)

    def _page(
        self, found: _Found, question: Question, mark: Mark | None, upto: int
    ) -> tuple[tuple[Hit, ...], int | None]:
        """The hits of a page, and by what to go on after its last article when there may be more."""
        numbers, keys = self._sorted(found, question.order, upto)
        most = question.limit + _READ_FOR_A_PAGE
        # What weighs most changes a little with every article that comes: there, so many are passed over.
        passed = max(0, mark.key) if mark and question.order is Order.RELEVANCE else 0
        if mark and not passed:
            after = keys < mark.key
            numbers, keys = numbers[after], keys[after]
        numbers, keys = (each[passed:] for each in foremost(numbers, keys, passed + most + 1))
        places = range(passed + 1, passed + len(numbers) + 1)
        marks = places if question.order is Order.RELEVANCE else keys.tolist()
        hits: list[Hit] = []
        judged = zip(self._hits(found, numbers, question.limit), marks, strict=True)
        for seen, (hit, after_it) in enumerate(judged, 1):
            hits += [hit] if hit else []
            if len(hits) == question.limit or seen == most:
                return tuple(hits), after_it if seen < len(numbers) else None
        return tuple(hits), None

    def _sorted(self, found: _Found, order: Order, upto: int) -> tuple[Any, Any]:
        """The articles that may answer, in no order, and what to put them in order by: the largest key comes first."""
        numbers = np.flatnonzero(found.may)
        numbers = numbers[numbers <= upto]
        columns = found.columns
        if order is Order.VOICES:
            return numbers, by_outlets(columns, numbers, upto)
        if order is not Order.RELEVANCE or found.asked.tree is None:
            return numbers, by_time(columns, numbers) * (-1 if order is Order.OLDEST else 1)
        with reading(self.engine) as connection:
            sieve = Sieve(self._lists(connection, columns), self.shelf, self.rules.names_version)
            groups = ranked(found.asked.tree, self.rules.entities)
            return numbers, by_relevance(sieve, groups, named_in(found.asked.tree), numbers)

    def _hits(self, found: _Found, numbers: Any, chunk: int) -> Iterator[Hit | None]:
        """Articles in this order, each as a hit if it answers."""
        for start in range(0, len(numbers), chunk):
            yield from (hit for _, hit in self._judge(found, numbers[start : start + chunk].tolist()))

    def _judge(self, found: _Found, numbers: Sequence[int]) -> Iterator[tuple[int, Hit | None]]:
        """Articles by their numbers, each as a hit if it answers."""
        articles = search.find_articles(self.engine, numbers)
        for number in numbers:
            each = articles.get(number)
            if each is None:
                yield number, None
            elif found.asked.compiled is None:
                yield number, Hit(each.article, ())
            else:
                evidence = match_query(each.article, found.asked.compiled, each.topics)
                yield number, None if evidence is None else Hit(each.article, evidence)

    def _facets(self, found: _Found, question: Question) -> dict[str, tuple[tuple[str, int], ...]]:
        if not question.facets:
            return {}
        known = self.rules.entities.by_id
        with reading(self.engine) as connection:
            facets = Facets(self._lists(connection, found.columns), self.shelf, found.may)
            wanted = {id_ for id_, entity in known.items() if entity.kind != WORDS}
            return {name: facets.count(name, question.values, wanted) for name in question.facets}

    def _counted(self, hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
        """Hits with the voices of their stories; a story of one article has one."""
        stories = {hit.article.story_id for hit in hits if hit.article.story_id is not None}
        voices = voices_of(self.engine, stories)
        return tuple(
            replace(hit, voices=voices.get(story, 1) if (story := hit.article.story_id) else 0) for hit in hits
        )

    def _lists(self, connection: Connection, columns: Columns) -> Lists:
        return Lists((connection,), columns, self.shelf.memory)


def _digest(question: Question) -> str:
    """What tells questions apart whose cursors are not each other's."""
    return blake2b(f"{question.order}\0{question.query}".encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()

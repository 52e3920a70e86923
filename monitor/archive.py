"""A question becomes what the archive answers: a page of articles, how many there are, and how they are spread."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum

from sqlalchemy.engine import Engine

from monitor.errors import QueryError
from monitor.model import Article, Evidence
from monitor.rules import Rules, answers, read_query

FACETS = ("topic", "source", "country", "language", "entity", "day")


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
    """An article that answers, what speaks for it, and how many independent voices tell its story."""

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


class Archive:
    """The archive of an engine, asked by these rules. Safe for several threads."""

    def __init__(self, engine: Engine, rules: Rules) -> None:
        self.engine, self.rules = engine, rules

    def ask(self, question: Question) -> Answer:
        """A page of the answer; QueryError when the query cannot be obeyed, or the cursor is not of this question."""
        found = list(self.each(question.query, question.order))
        start = int(question.cursor) if question.cursor.isdecimal() else 0
        if question.cursor and not question.cursor.isdecimal():
            raise QueryError("the cursor is not of this question", hint="ask again without it")
        end = start + question.limit
        facets = {name: _facet(name, found, question.values) for name in question.facets}
        return Answer(tuple(found[start:end]), len(found), cursor=str(end) if end < len(found) else "", facets=facets)

    def each(self, query: str, order: Order = Order.NEWEST) -> Iterator[Hit]:
        """Every article that answers a query, one after the other: for exports."""
        asked = read_query(self.rules, query or "published:[* TO *]", self.engine)
        hits = (Hit(article, evidence) for article, evidence in answers(self.engine, asked))
        yield from reversed(list(hits)) if order is Order.OLDEST else hits

    def days(self, query: str) -> dict[date, int]:
        """How many articles answer a query on each day (UTC) of publication, or of sighting where that is unknown."""
        return dict(sorted(Counter(_day(hit) for hit in self.each(query)).items()))


def _day(hit: Hit) -> date:
    at = hit.article.published_at or hit.article.seen_at or datetime.now(UTC)
    return at.date()


def _facet(name: str, hits: list[Hit], most: int) -> tuple[tuple[str, int], ...]:
    """A facet of articles that are all at hand."""
    counted = Counter(value for hit in hits for value in _values(name, hit) if value)
    return tuple(counted.most_common(None if name == "day" else most))


def _values(name: str, hit: Hit) -> tuple[str, ...]:
    if name == "country":
        return hit.article.countries
    if name == "source":
        return (hit.article.site,)
    return (hit.article.language,) if name == "language" else (_day(hit).isoformat(),) if name == "day" else ()

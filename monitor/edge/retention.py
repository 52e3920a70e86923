"""What is older, or more, than it may be is let go, some at a time; what topics and people want is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    Text,
    and_,
    cast,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Engine

from monitor.edge.database import reading, writing
from monitor.edge.sql import total
from monitor.edge.tables import (
    ALERT,
    ARTICLE,
    ATTEMPT,
    DISPATCH,
    DISPATCH_ATTEMPT,
    LABEL,
    MATCH,
    PAGE,
    REVISION,
    STORY_KEY,
)
from monitor.model import AlertState, ArticleState, TextSource

LET_GO = "its text was let go"
_ROW = 60  # bytes that a row takes beside its texts
_RESTING = (ArticleState.DONE.value, ArticleState.FAILED.value)
_OPEN = (AlertState.OWED.value, AlertState.HELD.value)


class Kind(StrEnum):
    """What has limits of its own."""

    PAGES = "pages"
    TEXTS = "texts"
    MATCHES = "matches"
    ATTEMPTS = "attempts"


@dataclass(frozen=True, slots=True)
class Limit:
    """How old, and how much in all, something may be."""

    kind: Kind
    before: datetime | None = None  # what is from before then is too old
    size: int | None = None  # bytes in all; the oldest go first


@dataclass(frozen=True, slots=True)
class Held:
    """What is there of something, and what of it is to go."""

    kind: Kind
    rows: int
    size: int  # bytes
    gone: int  # rows
    freed: int  # bytes


@dataclass(frozen=True, slots=True)
class _Holding:
    """Rows that a limit is about."""

    table: Table
    number: ColumnElement[int]
    at: ColumnElement[Any]
    size: ColumnElement[int]
    there: ColumnElement[bool]  # which of the rows hold anything
    free: ColumnElement[bool]  # and which of these may go


def measure(engine: Engine, limit: Limit, topics: Sequence[str]) -> Held:
    """What is there, and what of it is to go; `topics` are those whose articles are kept."""
    rows = size = gone = freed = 0
    with reading(engine) as connection:
        for holding in _holdings(limit.kind, topics):
            amount = total(holding.size)
            counted = select(func.count(), amount).select_from(holding.table)
            some = connection.execute(counted.where(holding.there)).one()
            too_much = _too_much(connection, holding, limit)
            lost = connection.execute(counted.where(too_much, holding.there, holding.free)).one()
            rows, size, gone, freed = rows + some[0], size + some[1], gone + lost[0], freed + lost[1]
    return Held(limit.kind, rows, size, gone, freed)


def bounds(engine: Engine, limit: Limit, topics: Sequence[str]) -> tuple[datetime | None, ...]:
    """From before when what a limit is about is to go, for each of its tables: by age, or for all to have room."""
    with reading(engine) as connection:
        return tuple(_bound(connection, holding, limit) for holding in _holdings(limit.kind, topics))


def let_go(
    engine: Engine, kind: Kind, before: Sequence[datetime | None], topics: Sequence[str], most: int, note: str
) -> int:
    """Let go of some of what is from before then, the oldest first, in one transaction; how many rows."""
    done = 0
    for holding, bound in zip(_holdings(kind, topics), before, strict=True):
        if bound is None or done >= most:
            continue
        oldest = (
            select(holding.number).select_from(holding.table).where(holding.at < bound, holding.there, holding.free)
        )
        with writing(engine) as connection:
            numbers = list(connection.scalars(oldest.order_by(holding.at).limit(most - done)))
            _drop(connection, kind, holding, numbers, note)
        done += len(numbers)
    return done


def _drop(connection: Connection, kind: Kind, holding: _Holding, numbers: Sequence[int], note: str) -> None:
    if kind is not Kind.TEXTS:
        connection.execute(delete(holding.table).where(holding.number.in_(numbers)))
        return
    emptied = {"text": "", "content": "", "text_source": TextSource.NONE.value, "note": note}
    connection.execute(update(ARTICLE).where(ARTICLE.c.id.in_(numbers)).values(emptied))
    connection.execute(delete(REVISION).where(REVISION.c.article_id.in_(numbers), REVISION.c.number >= 0))
    connection.execute(delete(STORY_KEY).where(STORY_KEY.c.article_id.in_(numbers)))


def _too_much(connection: Connection, holding: _Holding, limit: Limit) -> ColumnElement[bool]:
    bound = _bound(connection, holding, limit)
    return holding.at < bound if bound else literal_column("1") == literal_column("0")


def _bound(connection: Connection, holding: _Holding, limit: Limit) -> datetime | None:
    if limit.size is None:
        return limit.before
    so_far = func.sum(holding.size).over(order_by=holding.at.desc())
    each = (
        select(holding.at.label("at"), so_far.label("total")).select_from(holding.table).where(holding.there).subquery()
    )
    # The newest that has no more room goes as well: what is from before the next moment.
    full = connection.scalar(select(func.max(each.c.at)).where(each.c.total > limit.size))
    if full is None:
        return limit.before
    later = connection.scalar(select(func.min(each.c.at)).where(each.c.at > full))
    bound: datetime = later or full
    return bound if limit.before is None else max(bound, limit.before)


def _holdings(kind: Kind, topics: Sequence[str]) -> tuple[_Holding, ...]:
    if kind is Kind.PAGES:
        free = and_(_is_free(PAGE.c.article_id, topics), PAGE.c.article_id.in_(select(ARTICLE.c.id).where(_at_rest())))
        return (_Holding(PAGE, PAGE.c.article_id, PAGE.c.fetched_at, func.length(PAGE.c.body) + _ROW, _any(), free),)
    if kind is Kind.TEXTS:
        size = func.length(ARTICLE.c.text) + func.length(ARTICLE.c.content)
        there = ARTICLE.c.text_source != literal_column("''")  # as it stands in the index
        waiting = exists().where(ALERT.c.article_id == ARTICLE.c.id, ALERT.c.state.in_(_OPEN))
        free = and_(_is_free(ARTICLE.c.id, topics), _at_rest(), ~waiting)
        return (_Holding(ARTICLE, ARTICLE.c.id, ARTICLE.c.seen_at, size, there, free),)
    if kind is Kind.MATCHES:
        labelled = exists().where(LABEL.c.article_id == MATCH.c.article_id)
        free = and_(MATCH.c.topic.not_in(topics), ~labelled)
        size = func.length(cast(MATCH.c.evidence, Text)) + _ROW
        return (_Holding(MATCH, MATCH.c.id, MATCH.c.matched_at, size, _any(), free),)
    return tuple(
        _Holding(
            tries,
            tries.c.id,
            tries.c.ended_at,
            func.length(tries.c.detail) + _ROW,
            _any(),
            owner.in_(select(owed.c.id).where(owed.c.state.not_in(_OPEN))),
        )
        for tries, owner, owed in (
            (ATTEMPT, ATTEMPT.c.alert_id, ALERT),
            (DISPATCH_ATTEMPT, DISPATCH_ATTEMPT.c.dispatch_id, DISPATCH),
        )
    )


def _any() -> ColumnElement[bool]:
    return literal_column("1") == literal_column("1")


def _at_rest() -> ColumnElement[bool]:
    return and_(ARTICLE.c.state.in_(_RESTING), ARTICLE.c.leased_until.is_(None))


def _is_free(article: ColumnElement[int], topics: Sequence[str]) -> ColumnElement[bool]:
    """Whether nobody labelled an article, and none of these topics asks for it."""
    labelled = exists().where(LABEL.c.article_id == article)
    wanted = exists().where(MATCH.c.article_id == article, MATCH.c.topic.in_(topics))
    return ~or_(labelled, wanted)

"""Searches are saved under a name, found again, and know up to which article they were seen."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.engine import Engine

from monitor.edge.database import reading, writing
from monitor.edge.rows import Row
from monitor.edge.saved_tables import SAVED_SEARCH
from monitor.edge.sql import upsert
from monitor.edge.tables import ARTICLE
from monitor.errors import ConflictError

_OWED = ("read", "tell")
NAMES = "[a-z0-9][a-z0-9._-]{0,79}"  # what a search may be called


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A query under a name."""

    name: str
    query: str
    order: str
    created_at: datetime
    asked_at: datetime | None = None
    seen: int = 0  # up to this article its answer was seen


def save(engine: Engine, name: str, query: str, order: str, now: datetime, *, replace: bool = False) -> SavedSearch:
    """Keep a search; ConflictError when the name is taken, unless it may be replaced."""
    row = {"name": name, "query": query, "order": order, "created_at": now, "asked_at": None, "seen": 0}
    with writing(engine) as connection:
        taken = connection.scalar(select(SAVED_SEARCH.c.id).where(SAVED_SEARCH.c.name == name))
        if taken and not replace:
            raise ConflictError(
                f"there is a search named {name!r} already", hint="choose another name, or replace it with --replace"
            )
        kept = upsert(SAVED_SEARCH).values(row)
        connection.execute(kept.on_conflict_do_update(index_elements=["name"], set_=row))
    return SavedSearch(name, query, order, now)


def find(engine: Engine, name: str) -> SavedSearch | None:
    """The search of that name."""
    return next((each for each in list_all(engine) if each.name == name), None)


def list_all(engine: Engine) -> tuple[SavedSearch, ...]:
    """All saved searches by name."""
    with reading(engine) as connection:
        rows = connection.execute(select(SAVED_SEARCH).order_by(SAVED_SEARCH.c.name)).mappings()
        return tuple(_to_search(row) for row in rows)


def complete_up_to(engine: Engine) -> int:
    """The newest article before which none is owed a reading or telling: what comes later may still change."""
    with reading(engine) as connection:
        owed = connection.scalar(select(func.min(ARTICLE.c.id)).where(ARTICLE.c.state.in_(_OWED)))
        newest = connection.scalar(select(func.max(ARTICLE.c.id))) or 0
    return newest if owed is None else int(owed) - 1


def mark(engine: Engine, name: str, seen: int, now: datetime) -> None:
    """Its answer was seen up to an article; never to one before that of another time."""
    values = {"asked_at": now, "seen": case((SAVED_SEARCH.c.seen > seen, SAVED_SEARCH.c.seen), else_=seen)}
    with writing(engine) as connection:
        connection.execute(update(SAVED_SEARCH).where(SAVED_SEARCH.c.name == name).values(values))


def remove(engine: Engine, name: str) -> bool:
    """Keep it no more; whether it was there."""
    with writing(engine) as connection:
        return bool(connection.execute(delete(SAVED_SEARCH).where(SAVED_SEARCH.c.name == name)).rowcount)


def _to_search(row: Row) -> SavedSearch:
    return SavedSearch(row["name"], row["query"], row["order"], row["created_at"], row["asked_at"], row["seen"])

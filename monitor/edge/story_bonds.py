"""What people say of articles – one event, or two – is kept as pairs, and asked before anything is decided for them.

A merge by a person binds every article of the two stories to the first one; a split binds those that were parted to
one another, and bars the first of them from each that stayed. So a few pairs say it of all: what is bound together
stays in one story, hence whoever is apart from one of them is apart from all.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select
from sqlalchemy.engine import Engine

from monitor.edge.database import reading
from monitor.edge.sightings import chunks
from monitor.edge.tables import ARTICLE, STORY_BOND
from monitor.stories import Bond


@dataclass(frozen=True, slots=True)
class Side:
    """An article of a pair."""

    article_id: int
    title: str
    text: str
    language: str
    published_at: datetime | None
    url: str


def bonds_of(connection: Connection, articles: Collection[int]) -> tuple[Bond, ...]:
    """Every pair that one of these articles is in."""
    found: dict[int, Bond] = {}
    for some in chunks(list(articles)):
        asked = select(STORY_BOND).where(or_(STORY_BOND.c.one.in_(some), STORY_BOND.c.other.in_(some)))
        for row in connection.execute(asked.order_by(STORY_BOND.c.id)).mappings():
            found[row["id"]] = Bond(row["one"], row["other"], row["together"], row["by"], row["bound_at"])
    return tuple(found[number] for number in sorted(found))


def is_barred(connection: Connection, one: Collection[int], other: Collection[int]) -> bool:
    """Whether people said that an article of the one and an article of the other tell different events."""
    return any(not bond.together for bond in _between(connection, one, other))


def are_bound(connection: Connection, one: Collection[int], other: Collection[int]) -> bool:
    """Whether people said that an article of the one and an article of the other tell one event."""
    return any(bond.together for bond in _between(connection, one, other))


def bind_merged(connection: Connection, stayed: list[int], moved: list[int], by: str, at: datetime) -> None:
    """Keep that all these tell one event; what was said against it before is taken back."""
    _unbind(connection, stayed, moved)
    _bind(connection, (Bond(stayed[0], other, together=True) for other in (*stayed[1:], *moved)), by, at)


def bind_split(connection: Connection, apart: list[int], rest: list[int], by: str, at: datetime) -> None:
    """Keep that some tell one event, and the rest another; what was said against it before is taken back."""
    _unbind(connection, apart, rest)
    together = (Bond(apart[0], other, together=True) for other in apart[1:])
    barred = (Bond(apart[0], other, together=False) for other in rest)
    _bind(connection, (*together, *barred), by, at)


def labelled_pairs(engine: Engine) -> tuple[tuple[Bond, Side, Side], ...]:
    """Every pair with both articles, in the order in which people spoke of them."""
    with reading(engine) as connection:
        rows = connection.execute(select(STORY_BOND).order_by(STORY_BOND.c.id)).mappings().all()
        sides: dict[int, Side] = {}
        for some in chunks(sorted({row[name] for row in rows for name in ("one", "other")})):
            names = ("title", "text", "language", "published_at", "url")
            asked = select(ARTICLE.c.id, *(ARTICLE.c[name] for name in names)).where(ARTICLE.c.id.in_(some))
            sides |= {row[0]: Side(*row) for row in connection.execute(asked)}
    bonds = (Bond(row["one"], row["other"], row["together"], row["by"], row["bound_at"]) for row in rows)
    return tuple((bond, sides[bond.one], sides[bond.other]) for bond in bonds)


def _between(connection: Connection, one: Collection[int], other: Collection[int]) -> Iterable[Bond]:
    left, right = set(one), set(other)
    for bond in bonds_of(connection, left if len(left) <= len(right) else right):
        if (bond.one in left and bond.other in right) or (bond.one in right and bond.other in left):
            yield bond


def _unbind(connection: Connection, one: list[int], other: list[int]) -> None:
    for bond in _between(connection, one, other):
        connection.execute(delete(STORY_BOND).where(_is(bond)))


def _bind(connection: Connection, bonds: Iterable[Bond], by: str, at: datetime) -> None:
    for bond in map(_ordered, bonds):
        connection.execute(delete(STORY_BOND).where(_is(bond)))
        row = {"one": bond.one, "other": bond.other, "together": bond.together, "by": by, "bound_at": at}
        connection.execute(insert(STORY_BOND).values(row))


def _is(bond: Bond) -> ColumnElement[bool]:
    return and_(STORY_BOND.c.one == bond.one, STORY_BOND.c.other == bond.other)


def _ordered(bond: Bond) -> Bond:
    return bond if bond.one < bond.other else Bond(bond.other, bond.one, bond.together)

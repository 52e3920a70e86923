"""The entities that an article names become rows to search by, and these become lists again."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, insert, or_, select, text, update
from sqlalchemy.engine import Engine

from monitor.edge.database import reading, writing
from monitor.edge.postings import numbers
from monitor.edge.rows import to_article
from monitor.edge.sql import NextTurn, listing, upsert
from monitor.edge.tables import ARTICLE, MENTION, SHELF, SHELF_NAME
from monitor.model import Article

_PAIR = np.dtype([("entity", "<u4"), ("places", "u1")])
_LEAVE = text("DELETE FROM mention WHERE article_id = :article AND entity IN :entities").bindparams(
    bindparam("entities", expanding=True)
)
# Stops after so many: what a name costs does not grow with the archive.
_NEWEST_NAMING = text(
    "SELECT group_concat(article_id) FROM (SELECT article_id FROM mention WHERE entity = "
    "(SELECT id FROM shelf_name WHERE name = :name) AND article_id >= :first "
    "ORDER BY article_id DESC LIMIT :most) AS newest"
)
# In one row: thousands of them take longer than what stands in them.
_NAMED_BY = listing(
    "SELECT group_concat(hex(named), '') FROM shelf WHERE article_id IN ({listed})",
    "SELECT string_agg(encode(named, 'hex'), '') FROM shelf WHERE article_id IN ({listed})",
)
# To be read or told soon, which looks for names as well.
_OWED = ("read", "tell")


def codes_of(connection: Connection, names: Collection[str]) -> dict[str, int]:
    """The numbers that names go by on the shelf; new ones get one."""
    asked = select(SHELF_NAME.c.name, SHELF_NAME.c.id).where(SHELF_NAME.c.name.in_(names))
    codes = {row[0]: row[1] for row in connection.execute(asked)}
    fresh = sorted(set(names) - codes.keys())
    if fresh:
        connection.execute(insert(SHELF_NAME), [{"name": name} for name in fresh])
        codes |= {row[0]: row[1] for row in connection.execute(asked)}
    return codes


def save_names(connection: Connection, named: Mapping[int, Mapping[str, int]], version: str) -> None:
    """Keep what articles name: by their numbers the ids of entities, each with the places that it stands in.

    `version` tells with which names they were looked through.
    """
    codes = codes_of(connection, {version, *(id_ for found in named.values() for id_ in found)})
    asked = select(SHELF.c.article_id, SHELF.c.named).where(SHELF.c.article_id.in_(named))
    for article, held in connection.execute(asked).all():
        fresh = sorted((codes[id_], places) for id_, places in named[article].items())
        before = unpack(held)
        lost = sorted(set(before) - {code for code, _ in fresh})
        if lost:
            connection.execute(_LEAVE, {"article": article, "entities": lost})
        rows = [
            {"entity": code, "article_id": article, "places": places}
            for code, places in fresh
            if before.get(code) != places
        ]
        if rows:
            keep = upsert(MENTION)
            connection.execute(
                keep.on_conflict_do_update(
                    index_elements=["entity", "article_id"], set_={"places": keep.excluded.places}
                ),
                rows,
            )
        values = {"named": np.array(fresh, _PAIR).tobytes(), "named_by": codes[version], "turn": NextTurn()}
        connection.execute(update(SHELF).where(SHELF.c.article_id == article).values(values))


def unpack(held: bytes) -> dict[int, int]:
    """The entities of an article, as the shelf keeps them, each with its places."""
    pairs: NDArray[Any] = np.frombuffer(held, _PAIR)
    return dict(zip(pairs["entity"].tolist(), pairs["places"].tolist(), strict=True))


def names_in(connection: Connection, articles: Sequence[int]) -> dict[int, dict[str, int]]:
    """The ids of the entities that articles name, each with its places: a bit for title, lead and rest."""
    asked = select(SHELF.c.article_id, SHELF.c.named).where(SHELF.c.article_id.in_(articles))
    held = {article: unpack(named) for article, named in connection.execute(asked)}
    codes = {code for found in held.values() for code in found}
    known = select(SHELF_NAME.c.id, SHELF_NAME.c.name).where(SHELF_NAME.c.id.in_(codes))
    names = {row[0]: row[1] for row in connection.execute(known)}
    return {article: {names[code]: places for code, places in found.items()} for article, found in held.items()}


def newest_naming(connection: Connection, entity: str, most: int, first: int = 0) -> list[int]:
    """The newest articles that name an entity, from the number `first` on."""
    found = connection.scalar(_NEWEST_NAMING, {"name": entity, "first": first, "most": most})
    return numbers(found).tolist()  # type: ignore[no-any-return]


def count_names(connection: Connection, articles: Iterable[int]) -> dict[int, int]:
    """How many of these articles name each entity, by its number."""
    held = connection.scalar(_NAMED_BY, {"listed": "[" + ",".join(map(str, articles)) + "]"})
    entities, counts = np.unique(np.frombuffer(bytes.fromhex(held or ""), _PAIR)["entity"], return_counts=True)
    return dict(zip(entities.tolist(), counts.tolist(), strict=True))


def unnamed(engine: Engine, version: str, limit: int) -> tuple[Article, ...]:
    """Articles that were not looked through with these names, newest first."""
    with reading(engine) as connection:
        code = connection.scalar(select(SHELF_NAME.c.id).where(SHELF_NAME.c.name == version)) or 0
        rows = connection.execute(
            select(ARTICLE)
            .join(SHELF, SHELF.c.article_id == ARTICLE.c.id)
            .where(or_(SHELF.c.named_by < code, SHELF.c.named_by > code) if code else SHELF.c.named_by >= 0)
            .where(ARTICLE.c.state.not_in(_OWED))
            .order_by(ARTICLE.c.id.desc())
            .limit(limit)
        )
        return tuple(to_article(row) for row in rows.mappings())


def keep_names(engine: Engine, named: Mapping[int, Mapping[str, int]], version: str) -> None:
    """Keep what articles name, in a transaction of its own."""
    with writing(engine) as connection:
        save_names(connection, named, version)

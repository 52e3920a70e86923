"""Silences are made, listed and ended; what one held back goes out when it ends.

One that names a story follows it: into the story that it became part of, and out of it again.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select, update
from sqlalchemy.engine import Engine

from monitor.edge.database import reading, writing
from monitor.edge.dispatches import release_early
from monitor.edge.rows import to_silence
from monitor.edge.tables import ALERT, DISPATCH, SILENCE, STORY, STORY_EVENT
from monitor.model import AlertState
from monitor.stories import StoryChange
from monitor.telling import Silence


@dataclass(frozen=True, slots=True)
class Held:
    """A silence, and how many alerts it holds back now."""

    silence: Silence
    alerts: int


def add(engine: Engine, silence: Silence) -> int:
    """Put a silence in force; its number."""
    names = "created_at ends_at topic story_id site entity receiver why"
    row = {**{name: getattr(silence, name) for name in names.split()}, "fate": silence.fate.value}
    with writing(engine) as connection:
        into = connection.scalar(select(STORY.c.merged_into).where(STORY.c.id == silence.story_id))
        row["story_id"] = into or silence.story_id
        return int(connection.execute(insert(SILENCE).values(row).returning(SILENCE.c.id)).scalar_one())


def in_force(engine: Engine | Connection, now: datetime) -> tuple[Silence, ...]:
    """The silences that hold now."""
    with reading(engine) as connection:
        rows = connection.execute(_silences().where(SILENCE.c.ends_at > now)).mappings()
        return tuple(to_silence(row) for row in rows)


def listed(engine: Engine, now: datetime, *, ended: bool = False) -> tuple[Held, ...]:
    """Silences with what they hold back; with `ended`, also those of the past."""
    asked = _silences()
    with reading(engine) as connection:
        rows = connection.execute(asked if ended else asked.where(SILENCE.c.ends_at > now)).mappings().all()
        silences = [to_silence(row) for row in rows]
        held = (
            select(DISPATCH.c.key, func.count())
            .join(ALERT, ALERT.c.dispatch_id == DISPATCH.c.id)
            .where(DISPATCH.c.key.startswith("silence:"), ALERT.c.state == AlertState.HELD.value)
            .group_by(DISPATCH.c.key)
        )
        counts = {row[0]: row[1] for row in connection.execute(held)}
    return tuple(Held(one, counts.get(f"silence:{one.id}", 0)) for one in silences)


def _silences() -> Select[Any]:
    """All silences, each with the story in which the one that it names is now."""
    story = func.coalesce(STORY.c.merged_into, SILENCE.c.story_id).label("story_id")
    others = [column for column in SILENCE.c if column.name != "story_id"]
    return select(*others, story).outerjoin(STORY, STORY.c.id == SILENCE.c.story_id).order_by(SILENCE.c.id)


def silence_split(connection: Connection, story_id: int, other_id: int, moved: Collection[int], now: datetime) -> None:
    """What a silence held back of a story it holds back of the articles, too, that split off from it.

    It does not when they came into the story after it was silenced, with another story that was not.
    """
    merged = select(STORY_EVENT.c.happened_at, STORY_EVENT.c.articles).where(
        STORY_EVENT.c.story_id == story_id, STORY_EVENT.c.change == StoryChange.MERGE.value
    )
    came = [row.happened_at for row in connection.execute(merged) if set(moved) <= set(row.articles)]
    asked = select(SILENCE).where(SILENCE.c.story_id == story_id, SILENCE.c.ends_at > now)
    for row in connection.execute(asked.order_by(SILENCE.c.id)).mappings().all():
        if not any(when >= row["created_at"] for when in came):
            again = {name: value for name, value in row.items() if name != "id"}
            connection.execute(insert(SILENCE).values({**again, "story_id": other_id}))


def end(engine: Engine, number: int, now: datetime) -> bool:
    """End a silence, and let go out what it held back; False when none in force has that number."""
    ended = update(SILENCE).where(SILENCE.c.id == number, SILENCE.c.ends_at > now).values(ends_at=now)
    with writing(engine) as connection:
        if connection.execute(ended).rowcount != 1:
            return False
        release_early(connection, f"silence:{number}", now)
        return True

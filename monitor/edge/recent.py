"""How many articles some feeds showed."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.engine import Engine

from monitor.edge.database import reading
from monitor.edge.sightings import chunks
from monitor.edge.tables import SIGHTING


def articles_of(engine: Engine, feeds: Sequence[int]) -> dict[int, int]:
    """How many articles each of these feeds showed."""
    found: dict[int, int] = {}
    with reading(engine) as connection:
        for some in chunks(feeds):
            asked = select(SIGHTING.c.feed_id, func.count()).where(SIGHTING.c.feed_id.in_(some))
            found.update((row[0], row[1]) for row in connection.execute(asked.group_by(SIGHTING.c.feed_id)))
    return found

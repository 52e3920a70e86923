"""An entity becomes those that are named with it beyond chance, of late or ever."""

from datetime import datetime

from sqlalchemy.engine import Engine

from monitor.edge import company as kept
from monitor.edge.database import reading
from monitor.edge.likeness import count_articles
from monitor.edge.mentions import newest_naming
from monitor.rules import Rules
from monitor.think.company import Companion, company
from monitor.think.entities import WORDS

# Looked at: the newest articles that name it, and as many of all from the same time. It takes some 0.1 s.
_LOOKED_AT = 4_000


def company_of(engine: Engine, rules: Rules, entity: str, since: datetime | None = None) -> tuple[Companion, ...]:
    """Whom an entity is named with more often than others of its time are, the surest first."""
    with reading(engine) as connection:
        first = kept.first_since(connection, since) if since else 1
        own = newest_naming(connection, entity, _LOOKED_AT, first) if first else []
        if not own:
            return ()
        # Of as long a time as its own are of: where only the newest of them are looked at, only of that time.
        low = own[-1] if len(own) == _LOOKED_AT else first
        sample = kept.spread(low, count_articles(engine), _LOOKED_AT)
        together, usual = kept.counted(connection, own), kept.counted(connection, sample)
        size = kept.how_many(connection, sample)
    known = rules.entities.by_id
    wanted = {id_: count for id_, count in together.items() if id_ in known and id_ != entity}
    named = {id_: count for id_, count in wanted.items() if known[id_].kind != WORDS}
    return company(named, len(own), usual, size)

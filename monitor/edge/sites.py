"""What is remembered of sites' pages, as rows."""

import json
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.engine import Engine

from monitor.customs import Seen, SiteMemory
from monitor.edge.database import reading, writing
from monitor.edge.rows import Row
from monitor.edge.sql import upsert
from monitor.edge.tables import SITE

# A line is kept as its values alone: names would take most of the room, and of the time.
_FIELDS = attrgetter(*(field.name for field in fields(Seen)))


def load_site(engine: Engine, host: str) -> SiteMemory:
    """What is remembered of a site: nothing, of one that is new."""
    with reading(engine) as connection:
        row = connection.execute(select(SITE).where(SITE.c.host == host)).mappings().first()
    return _to_memory(row) if row else SiteMemory(host)


def save_site(engine: Engine, memory: SiteMemory, before: int, now: datetime) -> bool:
    """Save what was learned since the site had `before` pages; False when another changed it meanwhile."""
    row = {
        "host": memory.host,
        "pages": memory.pages,
        "lines": json.dumps(list(map(_FIELDS, memory.lines)), ensure_ascii=False, separators=(",", ":")),
        "articles": ",".join(memory.articles),
        "learned_at": now,
    }
    with writing(engine) as connection:
        held = connection.scalar(select(SITE.c.pages).where(SITE.c.host == memory.host)) or 0
        if held != before:
            return False
        changed = {name: value for name, value in row.items() if name != "host"}
        connection.execute(upsert(SITE).values(row).on_conflict_do_update(index_elements=["host"], set_=changed))
    return True


def known_sites(engine: Engine) -> tuple[SiteMemory, ...]:
    """Every site of which something is remembered, those with most pages first."""
    with reading(engine) as connection:
        rows = connection.execute(select(SITE).order_by(SITE.c.pages.desc(), SITE.c.host)).mappings()
        return tuple(map(_to_memory, rows))


def forget_site(engine: Engine, host: str) -> bool:
    """Forget what was learned of a site; whether anything was."""
    with writing(engine) as connection:
        return connection.execute(delete(SITE).where(SITE.c.host == host)).rowcount > 0


def _to_memory(row: Row) -> SiteMemory:
    # Before, lines were kept with names, in the same order.
    held: list[Any] = [list(line.values()) if isinstance(line, dict) else line for line in json.loads(row["lines"])]
    for values in held:
        values[-1] = tuple(values[-1])
    lines = tuple([Seen(*values) for values in held])
    return SiteMemory(row["host"], row["pages"], lines, tuple(filter(None, row["articles"].split(","))))

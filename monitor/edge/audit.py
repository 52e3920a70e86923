"""What people do by hand is written down: who, when, by which way, what."""

import getpass
import os
import socket
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.engine import Engine

from monitor.edge.audit_tables import AUDIT
from monitor.edge.database import reading, writing

LONGEST = 500  # characters of what was said


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that somebody did."""

    done_at: datetime
    who: str
    by: str  # command, api
    did: str
    what: str


def note(engine: Engine, deed: Deed) -> None:
    """Write it down."""
    row = {"done_at": deed.done_at, "who": deed.who, "by": deed.by, "did": deed.did, "what": deed.what[:LONGEST]}
    with writing(engine) as connection:
        connection.execute(insert(AUDIT).values(row))


def deeds(engine: Engine, since: datetime | None = None, limit: int = 50) -> tuple[Deed, ...]:
    """What was done, newest first."""
    asked = select(AUDIT.c.done_at, AUDIT.c.who, AUDIT.c.by, AUDIT.c.did, AUDIT.c.what)
    asked = asked.where(AUDIT.c.done_at >= since) if since else asked
    with reading(engine) as connection:
        return tuple(Deed(*row) for row in connection.execute(asked.order_by(AUDIT.c.id.desc()).limit(limit)))


def somebody() -> str:
    """Who sits at this machine, as far as it knows: the one who became root, not root."""
    try:
        name = os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):  # a user that systemd made up has no name here
        name = f"user {os.getuid()}"
    return f"{name}@{socket.gethostname()}"

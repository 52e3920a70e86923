"""Tokens are made, known again by the digest of their secret, and taken away; browsers hold sessions of them."""

import hmac
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.engine import Engine

from monitor.edge.database import reading, writing
from monitor.edge.rows import Row
from monitor.edge.web_tables import SESSION, TOKEN
from monitor.errors import ConflictError, StoreError

PREFIX = "mon_"  # by which a leaked one is recognised
NOTED = timedelta(minutes=1)  # when a token was last used is kept no finer: a write each request would be too dear


class Scope(StrEnum):
    """What a token lets do; each lets do what those before it do, too."""

    READ = "read"
    LABEL = "label"
    MANAGE = "manage"

    def includes(self, other: "Scope") -> bool:
        """Whether this one lets do what the other does."""
        order = list(Scope)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a token: all but its secret."""

    id: int
    name: str
    scope: Scope
    created_at: datetime
    used_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A browser's log-in."""

    token: Token
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token, with the secret that is shown once and kept nowhere."""

    token: Token
    secret: str


def add(engine: Engine, name: str, scope: Scope, now: datetime, expires_at: datetime | None = None) -> Issued:
    """Make a token; ConflictError when the name is taken."""
    secret = PREFIX + secrets.token_urlsafe(32)
    row = {"name": name, "scope": scope.value, "created_at": now, "expires_at": expires_at, "digest": _digest(secret)}
    with writing(engine) as connection:
        if connection.scalar(select(exists().where(TOKEN.c.name == name))):
            raise ConflictError(f"there is a token named {name!r} already", hint="choose another name, or remove it")
        made = connection.execute(insert(TOKEN).values(row).returning(*TOKEN.c)).mappings().one()
        return Issued(_to_token(made), secret)


def find(engine: Engine, secret: str, now: datetime) -> Token | None:
    """The token that bears this secret, unless it has expired; that it was used is noted."""
    digest = _digest(secret)
    with reading(engine) as connection:
        row = connection.execute(select(TOKEN).where(TOKEN.c.digest == digest)).mappings().first()
    if row is None or not hmac.compare_digest(row["digest"], digest):
        return None
    token = _to_token(row)
    if token.expires_at and token.expires_at <= now:
        return None
    _note(engine, token, now)
    return token


def listed(engine: Engine) -> tuple[Token, ...]:
    """All tokens, in the order in which they were made."""
    with reading(engine) as connection:
        return tuple(_to_token(row) for row in connection.execute(select(TOKEN).order_by(TOKEN.c.id)).mappings())


def any_token(engine: Engine) -> bool:
    """Whether there is a token, be it expired."""
    with reading(engine) as connection:
        return bool(connection.scalar(select(exists().select_from(TOKEN))))


def holds(engine: Engine, token: Token, now: datetime) -> bool:
    """Whether a token that was shown a while ago still opens anything."""
    with reading(engine) as connection:
        row = connection.execute(select(TOKEN.c.expires_at).where(TOKEN.c.id == token.id)).first()
    return row is not None and (row[0] is None or row[0] > now)


def remove(engine: Engine, name: str) -> bool:
    """Take a token away, with its sessions; False when none has that name."""
    with writing(engine) as connection:
        return connection.execute(delete(TOKEN).where(TOKEN.c.name == name)).rowcount == 1


def open_session(engine: Engine, token: Token, now: datetime, length_s: float) -> str:
    """Let a browser in that showed a token: the secret of its session. It ends with the token, at the latest."""
    secret = secrets.token_urlsafe(32)
    ends = now + timedelta(seconds=length_s)
    row = {"digest": _digest(secret), "token_id": token.id, "created_at": now}
    with writing(engine) as connection:
        connection.execute(delete(SESSION).where(SESSION.c.expires_at <= now))
        connection.execute(insert(SESSION).values(**row, expires_at=min(ends, token.expires_at or ends)))
    return secret


def find_session(engine: Engine, secret: str, now: datetime) -> Session | None:
    """The session that bears this secret, unless it has ended."""
    digest = _digest(secret)
    asked = select(TOKEN, SESSION.c.expires_at.label("ends_at"), SESSION.c.digest.label("known")).join(
        TOKEN, TOKEN.c.id == SESSION.c.token_id
    )
    with reading(engine) as connection:
        row = connection.execute(asked.where(SESSION.c.digest == digest)).mappings().first()
    if row is None or not hmac.compare_digest(row["known"], digest) or row["ends_at"] <= now:
        return None
    session = Session(_to_token(row), row["ends_at"])
    _note(engine, session.token, now)
    return session


def end_session(engine: Engine, secret: str) -> None:
    """Forget a session."""
    with writing(engine) as connection:
        connection.execute(delete(SESSION).where(SESSION.c.digest == _digest(secret)))


def _note(engine: Engine, token: Token, now: datetime) -> None:
    if token.used_at and now - token.used_at < NOTED:
        return
    # A database that is busy or full is no reason to refuse a reader.
    with suppress(StoreError), writing(engine) as connection:
        connection.execute(update(TOKEN).where(TOKEN.c.id == token.id).values(used_at=now))


def _digest(secret: str) -> str:
    # The secret has 256 random bits: a slow hash would add nothing.
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _to_token(row: Row) -> Token:
    names = ("id", "name", "created_at", "used_at", "expires_at")
    return Token(scope=Scope(row["scope"]), **{name: row[name] for name in names})

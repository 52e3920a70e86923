"""The kinds of columns that tables are made of."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Column, DateTime, Dialect, Float, Integer, LargeBinary, Text
from sqlalchemy import ForeignKey as Key
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field

from monitor.edge.sql import NO_BYTES


class Utc(TypeDecorator[datetime]):
    """Aware UTC datetimes; SQLite keeps them naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    # SQLite has no times. The library writes and reads them as this does, and takes three times as long: every poll
    # writes four and reads six.

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        return _as_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        return _from_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.astimezone(UTC)


def _as_text(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _from_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text + "+00:00")


def moment(*, needed: bool = False) -> Any:
    """A time, aware."""
    return Field(default=None, sa_column=Column(Utc, nullable=not needed))


def written(default: str = "") -> Any:
    """A text, never null."""
    return Field(default=default, sa_column=Column(Text, nullable=False, server_default=default))


def listed() -> Any:
    """A list of values, as JSON."""
    return Field(default_factory=list, sa_column=Column(JSON, nullable=False, server_default="[]"))


def keyed() -> Any:
    """Values by name, as JSON."""
    return Field(default_factory=dict, sa_column=Column(JSON, nullable=False, server_default="{}"))


def packed() -> Any:
    """Bytes, never null."""
    return Field(default=b"", sa_column=Column(LargeBinary, nullable=False, server_default=NO_BYTES))


def count() -> Any:
    """A whole number, from 0."""
    return Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))


def amount() -> Any:
    """A number, from 0."""
    return Field(default=0.0, sa_column=Column(Float, nullable=False, server_default="0"))


def owner(target: str, *, primary: bool = False, indexed: bool = False) -> Any:
    """The row that a row belongs to, and goes with."""
    key = Key(target, ondelete="CASCADE")
    return Field(
        default=None, sa_column=Column(Integer, key, primary_key=primary, nullable=False, index=indexed or None)
    )

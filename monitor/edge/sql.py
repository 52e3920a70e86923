"""What SQLite and PostgreSQL say in words of their own becomes one construct, which says it to each."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, BindParameter, Column, Integer, TextClause, cast, event, func, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import DDLCompiler, SQLCompiler
from sqlalchemy.sql.elements import ClauseElement, ColumnElement
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.visitors import InternalTraversal

# PostgreSQL's INSERT with ON CONFLICT is one that SQLite's dialect writes as well.
__all__ = ["NO_BYTES", "Both", "NextTurn", "listing", "texts", "total", "upsert"]


class Both(Executable, ClauseElement):
    """A statement that has to be worded for each of the two; its parameters are the same."""

    inherit_cache = True  # each is compiled once: a search asks for dozens
    _is_select_base = False
    _traverse_internals = [("worded", InternalTraversal.dp_string_clauseelement_dict)]  # noqa: RUF012 - as it is read

    def __init__(self, sqlite: TextClause, postgresql: TextClause) -> None:
        self.worded = {"sqlite": sqlite, "postgresql": postgresql}


@compiles(Both)
def _word(element: Both, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.worded[compiler.dialect.name], **kw)


def listing(sql: str, postgresql_sql: str = "") -> Both:
    """A statement in which {listed} stands for the numbers of `:listed`, a list in JSON."""
    sqlite = "SELECT value FROM json_each(:listed)"
    postgresql = "SELECT CAST(value AS bigint) FROM json_array_elements_text(CAST(:listed AS json))"
    return Both(text(sql.format(listed=sqlite)), text((postgresql_sql or sql).format(listed=postgresql)))


def texts(sql: str, postgresql_sql: str = "", types: Sequence[BindParameter[Any]] = ()) -> Both:
    """A statement in which {keys} stands for rows whose `value` is each text of `:keys`, a list in JSON."""
    sqlite, postgresql = "json_each(:keys)", "json_array_elements_text(CAST(:keys AS json)) AS one(value)"
    worded = (text(sql.format(keys=sqlite)), text((postgresql_sql or sql).format(keys=postgresql)))
    return Both(*(each.bindparams(*types) for each in worded))


def total(of: ColumnElement[Any]) -> ColumnElement[int]:
    """The sum of whole numbers, 0 of none, as a whole number: PostgreSQL by itself makes a decimal of it."""
    return cast(func.coalesce(func.sum(of), 0), BigInteger)


class NextTurn(FunctionElement[int]):
    """The turn of a change of the shelf."""

    type = Integer()
    inherit_cache = True


@compiles(NextTurn, "sqlite")
def _counted(_element: NextTurn, _compiler: SQLCompiler, **_kw: Any) -> str:
    return "(SELECT coalesce(max(turn), 0) + 1 FROM shelf)"


@compiles(NextTurn, "postgresql")
def _by_transaction(_element: NextTurn, _compiler: SQLCompiler, **_kw: Any) -> str:
    return "this_turn()"


class _NoBytes(ColumnElement[bytes]):
    """Bytes of which there are none, as what a column holds by default."""

    inherit_cache = True


@compiles(_NoBytes)
def _no_bytes(_element: _NoBytes, compiler: DDLCompiler, **_kw: Any) -> str:
    return "''" if compiler.dialect.name == "postgresql" else "x''"


NO_BYTES = _NoBytes()


_WIDE = BigInteger().with_variant(Integer(), "sqlite")


@event.listens_for(Column, "after_parent_attach")
def _widen(column: "Column[Any]", _table: object) -> None:
    """A whole number has eight bytes in both: SQLite's do, and times and numbers of articles outgrow four."""
    if type(column.type) is Integer:
        column.type = _WIDE

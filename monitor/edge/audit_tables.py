"""What people did by hand, and what is to be forgotten for good, as rows."""

from datetime import datetime

from sqlalchemy import Column, Index, Text
from sqlmodel import Field, SQLModel

from monitor.edge.columns import moment, written


class AuditRow(SQLModel, table=True):
    """One thing that somebody did."""

    __tablename__ = "audit"
    __table_args__ = (Index("audit_done", "done_at"),)

    id: int | None = Field(default=None, primary_key=True)
    done_at: datetime = moment(needed=True)
    who: str = written()
    by: str = written()  # command, api
    did: str = written()
    what: str = written()


class ForgottenRow(SQLModel, table=True):
    """An article (the digest of its key) or a site (its host) that is not to be kept again."""

    __tablename__ = "forgotten"

    what: str = Field(sa_column=Column(Text, primary_key=True, server_default=""))
    forgotten_at: datetime = moment(needed=True)


AUDIT = SQLModel.metadata.tables[str(AuditRow.__tablename__)]
FORGOTTEN = SQLModel.metadata.tables[str(ForgottenRow.__tablename__)]

"""Who may ask over HTTP, as rows: tokens, and the sessions that browsers hold of them."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from monitor.edge.columns import moment, owner, written


class TokenRow(SQLModel, table=True):
    """A token; of its secret only the digest is kept."""

    __tablename__ = "token"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    digest: str = Field(unique=True)
    scope: str = written("read")
    created_at: datetime = moment(needed=True)
    used_at: datetime | None = moment()
    expires_at: datetime | None = moment()


class SessionRow(SQLModel, table=True):
    """A browser that logged in with a token."""

    __tablename__ = "web_session"

    digest: str = Field(primary_key=True)
    token_id: int = owner("token.id", indexed=True)
    created_at: datetime = moment(needed=True)
    expires_at: datetime = moment(needed=True)


TOKEN = SQLModel.metadata.tables[str(TokenRow.__tablename__)]
SESSION = SQLModel.metadata.tables[str(SessionRow.__tablename__)]

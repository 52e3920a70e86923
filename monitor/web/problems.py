"""Whatever goes wrong becomes an answer that says what, and what to do about it (RFC 9457)."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from monitor.errors import (
    ConfigError,
    ConflictError,
    FetchError,
    MonitorError,
    ParseError,
    QueryError,
    StoreError,
    UnknownError,
)

MEDIA = "application/problem+json"
WRONG = "Something went wrong here, and was written into the log."


class Fault(BaseModel):
    """One thing wrong in a request."""

    where: str = Field(description="The part of the request: query.limit, body.query")
    what: str


class Problem(BaseModel):
    """What went wrong. `type` is about:blank: the status says which kind it is."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    hint: str = Field(default="", description="What to do about it")
    position: int | None = Field(default=None, description="Of a fault in a query: its offset in the text")
    faults: list[Fault] = []


class RefusedError(MonitorError):
    """A request that is not obeyed, with the status that says of which kind the reason is."""

    def __init__(self, status: int, text: str, *, hint: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(text, hint=hint)
        self.status = status
        self.headers = dict(headers or {})


def missing(text: str, hint: str = "") -> RefusedError:
    """What was asked for is not there."""
    return RefusedError(404, text, hint=hint)


def status_of(error: MonitorError) -> int:
    """The status that tells of an expected failure."""
    if isinstance(error, RefusedError):
        return error.status
    kinds = (
        (QueryError, 400),
        (UnknownError, 404),
        (ConflictError, 409),
        (ConfigError, 422),
        (ParseError, 422),
        (FetchError, 502),
        (StoreError, 503),
    )
    return next((status for kind, status in kinds if isinstance(error, kind)), 500)


def to_problem(error: Exception) -> Problem:
    """An error in the words of the answer; of a fault in the program nothing is told but that there is one."""
    if isinstance(error, MonitorError):
        status = status_of(error)
        position = error.position if isinstance(error, QueryError) else None
        return Problem(title=_title(status), status=status, detail=str(error), hint=error.hint, position=position)
    if isinstance(error, RequestValidationError):
        return Problem(
            title=_title(422), status=422, detail="the request is not as it must be", faults=_faults(error.errors())
        )
    if isinstance(error, HTTPException):
        detail = str(error.detail or "")
        told = "" if detail == _title(error.status_code) else detail
        return Problem(title=_title(error.status_code), status=error.status_code, detail=told)
    return Problem(title=_title(500), status=500, detail=WRONG)


def answer(error: Exception) -> Response:
    """The answer that tells of an error."""
    problem = to_problem(error)
    headers: Mapping[str, str] = {}
    if isinstance(error, RefusedError | HTTPException):
        headers = error.headers or {}
    body = problem.model_dump(exclude_none=True)
    return JSONResponse(_told(body), problem.status, dict(headers), MEDIA)


async def tell(request: Request, error: Exception) -> Response:
    """The answer to a request that failed: for a browser a page, where pages are served, else JSON."""
    page = getattr(request.app.state, "problem_page", None)
    if page and not request.url.path.startswith(("/api/", "/feeds/")) and _wants_page(request):
        told: Response = page(request, to_problem(error), answer(error).headers)
        return told
    return answer(error)


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _faults(errors: Sequence[Mapping[str, Any]]) -> list[Fault]:
    """Pydantic's findings, without the values: they may be long, or secret."""
    return [Fault(where=".".join(str(part) for part in each["loc"]), what=str(each["msg"])) for each in errors[:20]]


def _told(body: dict[str, Any]) -> dict[str, Any]:
    """The same without what UTF-8 cannot say: a request may hold half of a surrogate pair."""
    return {
        name: value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
        for name, value in body.items()
        if value not in ("", [])
    }


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"

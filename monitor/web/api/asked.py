"""What endpoints ask of a request: the desk, a caller who may, numbers that exist, pages of a size that holds."""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request, Response

from monitor.edge.tokens import Scope
from monitor.web.access import Caller, access
from monitor.web.desk import Desk
from monitor.web.problems import RefusedError

LARGEST = 2**63 - 1  # that the database can hold
MOST = 1000  # items on a page, whatever is set


async def at_desk(request: Request) -> Desk:
    """The desk in force when the request came."""
    desk: Desk = request.app.state.office.desk
    return desk


At = Annotated[Desk, Depends(at_desk)]
Reader = Annotated[Caller, Depends(access(Scope.READ))]
Labeller = Annotated[Caller, Depends(access(Scope.LABEL))]
Manager = Annotated[Caller, Depends(access(Scope.MANAGE))]
Number = Annotated[int, Path(ge=1, le=LARGEST)]
Limit = Annotated[int | None, Query(ge=1, le=MOST, description="Items on a page; no more than web.max_page_size.")]
Cursor = Annotated[str, Query(max_length=1000, description="`next` of the page before.")]
Asked = Annotated[
    str, Query(max_length=4000, description="In the query language that topics use; empty: all articles.")
]
Name = Annotated[str, Query(max_length=100)]


def size(desk: Desk, limit: int | None) -> int:
    """How many items a page holds."""
    settings = desk.config.web
    return min(limit or settings.page_size, settings.max_page_size)


def link_next(request: Request, response: Response, cursor: str) -> None:
    """Name the page that follows in a header, too (RFC 8288)."""
    if cursor:
        following = request.url.include_query_params(cursor=cursor)
        response.headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'


def pack(*place: Any) -> str:
    """A place in a list, as a cursor."""
    return urlsafe_b64encode(json.dumps(place, separators=(",", ":")).encode()).decode().rstrip("=")


def unpack(cursor: str, *kinds: type) -> tuple[Any, ...] | None:
    """The place that a cursor names; None without one. RefusedError when it is none of ours."""
    if not cursor:
        return None
    try:
        place = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        place = None
    if not isinstance(place, list) or [type(part) for part in place] != list(kinds):
        raise RefusedError(400, "the cursor is not of this question", hint="ask again without it")
    if any(isinstance(part, int) and not -LARGEST <= part <= LARGEST for part in place):
        raise RefusedError(400, "the cursor is not of this question", hint="ask again without it")
    return tuple(place)

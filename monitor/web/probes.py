"""Whoever watches this process asks whether it lives and is ready: without a token, and told nothing else."""

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse

from monitor.edge import migrate
from monitor.errors import StoreError
from monitor.web.desk import Office

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def lives() -> PlainTextResponse:
    """Whether the event loop turns."""
    return PlainTextResponse("ok\n")


@router.get("/readyz")
def is_ready(request: Request) -> PlainTextResponse:
    """Whether the database answers, and is of this version."""
    office: Office = request.app.state.office
    try:
        found = migrate.version(office.desk.engine)
    except StoreError:
        return PlainTextResponse("the database refuses\n", 503)
    if found != migrate.HEAD:
        return PlainTextResponse("the database is of another version\n", 503)
    return PlainTextResponse("ok\n")

"""What the API is, who one is to it, and whether all is well."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from monitor import __version__
from monitor.edge.tokens import Scope
from monitor.web.access import Caller, access
from monitor.web.api.answers import Api
from monitor.web.spec import PREFIX

router = APIRouter(prefix=PREFIX, tags=["about"], route_class=Api)


class Me(BaseModel):
    """Who asks, and what they may."""

    name: str
    scope: Scope
    by: str
    version: str


@router.get("/me", summary="Who one is to the API")
def me(caller: Annotated[Caller, Depends(access(Scope.READ))]) -> Me:
    """Who asks, and what they may."""
    return Me(name=caller.name, scope=caller.scope, by=caller.by, version=__version__)


@router.get("/openapi.json", include_in_schema=False)
def description(request: Request, _: Annotated[Caller, Depends(access(Scope.READ))]) -> dict[str, Any]:
    """The description of the API (OpenAPI 3.1)."""
    spec: dict[str, Any] = request.app.openapi()
    return spec

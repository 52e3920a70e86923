"""The application's routes become its description (OpenAPI 3.1), with the problems that every call may answer with."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from monitor.web.problems import MEDIA, Problem

PREFIX = "/api/v1"
ABOUT = """\
Ask the archive, follow what topics flag, and look after feeds, stories, alerts and silences.

Every answer that is not a success is `application/problem+json`. GET answers carry an `ETag`; with `If-None-Match` an \
unchanged one is a 304 without a body.
"""
_METHODS = ("get", "put", "post", "patch", "delete")


def describe(app: FastAPI) -> None:
    """Have the application describe itself so."""

    def openapi() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # how FastAPI wants it replaced


def _described(app: FastAPI) -> dict[str, Any]:
    spec = get_openapi(
        title=app.title, version=app.version, openapi_version="3.1.0", description=ABOUT, routes=app.routes
    )
    parts = spec.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        parts.pop(unused, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    parts.update(problem.pop("$defs", {}))
    parts["Problem"] = problem
    told = {
        "description": "What went wrong, and what to do about it",
        "content": {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for path in spec.get("paths", {}).values():
        for method in _METHODS:
            if method in path:
                answers = path[method]["responses"]
                answers.pop("422", None)
                answers["default"] = told
    return spec

"""The form of the workbench becomes a trial of a topic on the past, or a topic that is saved and in force."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from monitor.edge.tokens import Scope
from monitor.errors import ConfigError, QueryError
from monitor.web.access import Caller, access, desk_of
from monitor.web.desk import Desk
from monitor.web.pages import bench
from monitor.web.pages.acting import back, texts
from monitor.web.pages.reading import workbench
from monitor.web.problems import missing
from monitor.web.saving import save, taken_over

router = APIRouter(include_in_schema=False)
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")


@router.post("/topics/try")
async def try_topic(request: Request, caller: Annotated[Caller, Depends(access(Scope.READ))]) -> Response:
    """Put a draft to its examples and to the last days; nothing else is changed."""
    return await run_in_threadpool(_try, request, caller, await request.form())


def _try(request: Request, caller: Caller, form: FormData) -> Response:
    desk = desk_of(request)
    opened, draft = _read(desk, form)
    if draft.faults:
        return workbench(request, caller, opened, draft)
    try:
        trial = bench.try_draft(desk.engine, desk.rules, draft, desk.clock())
    except (QueryError, ConfigError) as error:
        return workbench(request, caller, opened, draft, refused=str(error), hint=error.hint)
    return workbench(request, caller, opened, draft, trial)


@router.post("/topics/save")
async def save_topic(request: Request, caller: Annotated[Caller, Depends(access(Scope.MANAGE))]) -> Response:
    """Write a draft into its file, and take it over; a faulty one changes nothing."""
    return await run_in_threadpool(_save, request, caller, await request.form())


def _save(request: Request, caller: Caller, form: FormData) -> Response:
    desk = desk_of(request)
    opened, draft = _read(desk, form)
    if draft.faults:
        return workbench(request, caller, opened, draft)
    try:
        name = _write(request, desk, opened, draft, texts(form).get("name", "").strip())
    except (ConfigError, QueryError) as error:
        response = workbench(request, caller, opened, draft, refused=str(error), hint=error.hint)
        response.status_code = 422
        return response
    return back(f"/topics/{name}", f"Saved, and in force on these pages. {taken_over(desk)}")


def _read(desk: Desk, form: FormData) -> tuple[bench.Bench, bench.Draft]:
    said = texts(form)
    base, name = said.get("base", ""), said.get("name", "").strip()
    opened = bench.open_bench(desk.engine, desk.config, desk.rules, base) if base else bench.blank(name=name or "new")
    if opened is None:
        raise missing(f"no topic is named {base!r}")
    signals, weights = ([str(each) for each in form.getlist(key)] for key in ("signal", "weight"))
    return opened, bench.read_draft(said, signals, weights, opened.topic, desk.rules)


def _write(request: Request, desk: Desk, opened: bench.Bench, draft: bench.Draft, name: str) -> str:
    """Save it, under a name of its own where it is none of the user's."""
    as_new = opened.is_new or not opened.place
    if as_new:
        draft = _named(desk, draft, name)
    save(request.app.state.office, desk, draft, as_new=as_new)
    return draft.topic.name


def _named(desk: Desk, draft: bench.Draft, name: str) -> bench.Draft:
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{name!r} is no name for a topic", hint="small letters, digits and hyphens: grain-exports")
    if name in {topic.name for topic in desk.rules.pack.topics}:
        raise ConfigError(f"there is a topic {name!r} already", hint="choose another name")
    return bench.rename(draft, name)

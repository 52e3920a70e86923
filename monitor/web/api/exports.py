"""All that answers a query, as a stream: JSON Lines or CSV, however much it is."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from itertools import chain, islice
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.responses import StreamingResponse

from monitor.archive import Hit, Order
from monitor.exports import counted, csv_lines
from monitor.web.api.answers import Api
from monitor.web.api.asked import Asked, At, Reader
from monitor.web.api.shapes import article_line
from monitor.web.problems import RefusedError
from monitor.web.spec import PREFIX

router = APIRouter(prefix=PREFIX, tags=["articles"], route_class=Api)

CHUNK = 50  # articles that are written at once
MEDIA = {"jsonl": "application/jsonl", "csv": "text/csv; charset=utf-8"}


class Slots:
    """How many exports run, of as many as may."""

    def __init__(self, most: int) -> None:
        self.free = most

    def take(self) -> None:
        """Begin one; RefusedError when too many run."""
        if self.free < 1:
            raise RefusedError(
                429, "as many exports run as may", hint="wait for one to end", headers={"Retry-After": "10"}
            )
        self.free -= 1

    def give(self) -> None:
        """End one."""
        self.free += 1


@router.get(
    "/export",
    summary="All that answers, as a stream",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "An article a line",
            "content": {media: {"schema": {"type": "string"}} for media in ("application/jsonl", "text/csv")},
        }
    },
)
async def export(
    request: Request,
    desk: At,
    _: Reader,
    q: Asked = "",
    order: Literal["newest", "oldest"] = "newest",
    form: Annotated[Literal["jsonl", "csv"], Query(alias="format")] = "jsonl",
    limit: Annotated[int | None, Query(ge=1, description="At most so many articles")] = None,
) -> StreamingResponse:
    """Every article with its text and evidence; it takes no more memory for many than for few."""
    slots: Slots = request.app.state.exports
    slots.take()
    with ExitStack() as unbegun:  # also when the request is given up, the slot comes back
        unbegun.callback(slots.give)
        hits = counted(desk.engine, desk.archive.each(q.strip(), Order(order)))
        # The first is asked for before the answer begins: a faulty query is a problem, and no broken file.
        first = await run_in_threadpool(next, hits, None)
        unbegun.pop_all()
    every = chain([first], hits) if first else iter(())
    written = _csv(islice(every, limit)) if form == "csv" else _lines(islice(every, limit))
    headers = {"Content-Disposition": f'attachment; filename="monitor.{form}"'}
    return StreamingResponse(_streamed(written, slots), headers=headers, media_type=MEDIA[form])


async def _streamed(chunks: Iterator[str], slots: Slots) -> AsyncIterator[str]:
    try:
        async for chunk in iterate_in_threadpool(chunks):
            yield chunk
    finally:
        slots.give()


def _lines(hits: Iterator[Hit]) -> Iterator[str]:
    while batch := list(islice(hits, CHUNK)):
        yield "".join(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in map(_row, batch))


def _row(hit: Hit) -> dict[str, Any]:
    line = article_line(hit.article).model_dump(mode="json", exclude={"lead"})
    evidence = [
        {"label": found.label, "zone": found.zone, "start": found.start, "end": found.end, "found": found.found}
        for found in hit.evidence
    ]
    return {**line, "voices": hit.voices, "text": hit.article.text, "evidence": evidence}


def _csv(hits: Iterator[Hit]) -> Iterator[str]:
    lines = csv_lines(hits)
    while batch := list(islice(lines, CHUNK)):
        yield "".join(batch)

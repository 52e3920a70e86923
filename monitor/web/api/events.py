"""New matches become events, to all who listen: read from the database, whichever process found them."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from sqlalchemy.engine import Engine
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from monitor.edge import asked as questions
from monitor.edge import tokens
from monitor.edge.asked import Flagged, Which
from monitor.web.access import Caller
from monitor.web.api.answers import Api
from monitor.web.api.asked import LARGEST, At, Reader
from monitor.web.api.matches import Severities, Topics, flagged_shape
from monitor.web.desk import Desk
from monitor.web.problems import RefusedError
from monitor.web.spec import PREFIX

router = APIRouter(prefix=PREFIX, tags=["matches"], route_class=Api)

LOOK_S = 1.0  # between two looks for new matches, one for all who listen
HEARTBEAT_S = 15.0  # proxies hang up on what is silent for half a minute or more
RETRY_MS = 3000  # after which a browser that was cut off asks again
AT_ONCE = 100
MEDIA = "text/event-stream"


class Tail:
    """The end of the list of matches, looked at once for all who listen, of whom there may be so many."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.listeners = 0
        self._latest = 0
        self._looked = float("-inf")
        self._turn = asyncio.Lock()

    def join(self) -> None:
        """One more listens; RefusedError when there are too many."""
        if self.listeners >= self.most:
            raise RefusedError(503, "as many listen as may", hint="see web.listeners", headers={"Retry-After": "30"})
        self.listeners += 1

    def leave(self) -> None:
        """One fewer."""
        self.listeners -= 1

    async def latest(self, engine: Engine) -> int:
        """The number of the newest match."""
        async with self._turn:
            now = time.monotonic()
            if now - self._looked >= LOOK_S:
                self._latest = await run_in_threadpool(questions.latest_match, engine)
                self._looked = time.monotonic()
        return self._latest


@router.get(
    "/events",
    summary="New matches as they come (server-sent events)",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "An event `match` for each, whose `id` is the match's and whose `data` is as GET "
            "/api/v1/matches has it; and a comment now and then, as a sign of life.",
            "content": {MEDIA: {"schema": {"type": "string"}}},
        }
    },
)
async def listen(
    request: Request,
    desk: At,
    caller: Reader,
    topics: Topics = [],  # noqa: B006 - copied by FastAPI, and never changed
    severities: Severities = [],  # noqa: B006
    last: Annotated[
        int | None, Query(alias="last_event_id", ge=0, le=LARGEST, description="Where the header cannot be set")
    ] = None,
    last_seen: Annotated[str, Header(alias="Last-Event-ID", max_length=30, description="Go on after this match")] = "",
) -> StreamingResponse:
    """The stream goes on after the match that the client had last; without one it begins with what is new."""
    tail: Tail = request.app.state.tail
    after = int(last_seen) if last_seen.isascii() and last_seen.isdecimal() and int(last_seen) <= LARGEST else last
    tail.join()
    return StreamingResponse(
        _events(request, desk, caller, Which(topics, severities), after),
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        media_type=MEDIA,
    )


async def _events(request: Request, desk: Desk, caller: Caller, which: Which, after: int | None) -> AsyncIterator[str]:
    tail: Tail = request.app.state.tail
    stopping: asyncio.Event = request.app.state.office.stopping
    engine = desk.engine
    try:
        newest = await tail.latest(engine)
        mine = newest if after is None else after
        spoke = time.monotonic()
        yield f"retry: {RETRY_MS}\n\n"
        while not stopping.is_set():
            while mine < newest:
                found = await run_in_threadpool(questions.matches_from, engine, which, mine + 1, AT_ONCE)
                for each in found:
                    yield _event(each)
                    spoke = time.monotonic()
                # Of the others that came meanwhile none fits what is asked for.
                mine = found[-1].id if len(found) == AT_ONCE else max(newest, found[-1].id if found else 0)
            mine = min(mine, newest)  # the newest match may be taken back by an edit: its number comes again
            if time.monotonic() - spoke >= HEARTBEAT_S:
                if caller.token and not await run_in_threadpool(tokens.holds, engine, caller.token, desk.clock()):
                    return
                yield ": alive\n\n"
                spoke = time.monotonic()
            await _rest(stopping)
            newest = await tail.latest(engine)
    finally:
        tail.leave()


def _event(flagged: Flagged) -> str:
    return f"id: {flagged.id}\nevent: match\ndata: {flagged_shape(flagged).model_dump_json()}\n\n"


async def _rest(stopping: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), LOOK_S)
    except TimeoutError:
        return

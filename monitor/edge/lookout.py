"""Whoever watches the daemon asks it over HTTP: /metrics, /healthz, /readyz; bounded, and without a say."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from aiohttp.web import BaseRequest, Response, Server
from loguru import logger

# An answer may have to wait for the disk; what takes longer is an answer, too.
PATIENCE_S = 20.0
IDLE_S = 30.0
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# aiohttp writes a trace for each request that is no HTTP: anybody could fill the log so.
_SILENT = logging.getLogger(f"{__name__}.aiohttp")
_SILENT.disabled = True

Said = tuple[bool, str]  # whether all is well, and what is not
Ask = Callable[[], Awaitable[Said | bytes]]


@asynccontextmanager
async def opened(host: str, port: int, answers: Mapping[str, Ask]) -> AsyncIterator[int]:
    """Answer while inside; the port, 0 when it cannot be had: that is said, and no reason not to work."""

    async def answer(request: BaseRequest) -> Response:
        ask = answers.get(request.path)
        if ask is None:
            return Response(status=404, text=f"asked here: {', '.join(answers)}\n")
        if request.method not in {"GET", "HEAD"}:
            return Response(status=405, text="GET is all\n", headers={"Allow": "GET, HEAD"})
        try:
            said = await asyncio.wait_for(ask(), PATIENCE_S)
        except TimeoutError:
            return Response(status=503, text=f"no answer within {PATIENCE_S:g} s\n")
        if isinstance(said, bytes):
            return Response(body=said, headers={"Content-Type": METRICS_TYPE, "Cache-Control": "no-store"})
        well, why = said
        return Response(status=200 if well else 503, text=f"{why}\n", headers={"Cache-Control": "no-store"})

    server = Server(answer, keepalive_timeout=IDLE_S, logger=_SILENT, access_log=None)
    try:
        listener = await asyncio.get_running_loop().create_server(server, host, port)
    except OSError as error:
        logger.warning("metrics are not shown: cannot listen on {}:{}: {}", host, port, error.strerror or error)
        yield 0
        return
    try:
        yield int(listener.sockets[0].getsockname()[1])
    finally:
        listener.close()
        await server.shutdown(1.0)
        await listener.wait_closed()

"""A daemon at work answers who watches it: metrics, whether it lives, whether it is ready."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from loguru import logger

from monitor.edge import lookout, meters
from monitor.edge.clock import clock
from monitor.edge.levels import Levels, exposed, levels
from monitor.errors import StoreError
from monitor.heartbeat import Heartbeat
from monitor.pipeline import Pipeline

# A disk that hangs must not hide the beat that waits for it; Prometheus gives up after ten seconds.
DISK_S = 5.0


@asynccontextmanager
async def watched(pipeline: Pipeline, heart: Heartbeat, disk_s: float = DISK_S) -> AsyncIterator[int]:
    """Answer on `metrics.listen` while inside; the port, 0 when nobody is answered."""
    listen = pipeline.config.metrics.listen
    if not listen:
        yield 0
        return

    async def metrics() -> bytes:
        book = pipeline.rulebook
        meters.begin(heart.silences(), book.channels, (topic.name for topic in book.rules.pack.topics))
        try:
            async with asyncio.timeout(disk_s):
                found = await pipeline.on_disk(levels, pipeline.store.engine, clock())
        except (StoreError, TimeoutError):
            return exposed(Levels(clock()), heart.silences(), ready=False)
        return exposed(found, heart.silences(), ready=not (heart.trouble or heart.hung()))

    async def lives() -> lookout.Said:
        hung = heart.hung()
        return not hung, f"stuck: {', '.join(hung)}" if hung else "ok"

    async def is_ready() -> lookout.Said:
        well, why = await lives()
        if heart.trouble:
            return False, f"the database refuses: {heart.trouble}"
        return well, why

    host, _, port = listen.rpartition(":")
    answers: dict[str, lookout.Ask] = {"/metrics": metrics, "/healthz": lives, "/readyz": is_ready}
    async with lookout.opened(host.strip("[]"), int(port), answers) as taken:
        if taken:
            logger.info("metrics are shown on http://{}/metrics", listen)
        yield taken

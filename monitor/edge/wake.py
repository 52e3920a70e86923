"""What other workers saved becomes a word at once: of which kind there is work now."""

import asyncio
from collections.abc import Callable
from typing import Any

from loguru import logger
from sqlalchemy.engine import Engine

from monitor.edge.postgres import connection_to

CHANNEL = "monitor"
# After the connection was lost; until then the tick of every second finds what there is.
AGAIN_S = 5.0


async def listen(engine: Engine, heard: Callable[[str], Any]) -> None:
    """Pass on what is told of new work, until cancelled."""
    import psycopg  # noqa: PLC0415 - an extra

    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    how = connection_to(engine.url)
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(url, autocommit=True, **how) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                async for told in connection.notifies():
                    heard(told.payload)
        except psycopg.Error as error:
            line = str(error).partition("\n")[0]
            logger.warning("nobody tells of new work for {:.0f} s: {}", AGAIN_S, line)
        await asyncio.sleep(AGAIN_S)

"""Articles in which these names of entities were not looked for yet become findable by them: a batch at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from loguru import logger
from sqlalchemy.engine import Engine

from monitor.edge.mentions import keep_names, unnamed
from monitor.errors import StoreError
from monitor.rules import Rules
from monitor.think.match import read

BATCH = 50
# So many articles a round, at about 1 ms each, which leaves the loop to the beats between any two of them.
ROUND = 500


async def name_some(engine: Engine, rules: Rules, on_disk: Callable[..., Awaitable[Any]] = asyncio.to_thread) -> int:
    """Look for names in some articles, the newest first; in how many. None are left when it is none."""
    some = next(iter(rules.entities.by_id), None)
    articles = await on_disk(unnamed, engine, rules.names_version, BATCH) if some else ()
    if not articles or not some:
        return 0
    namer, named = rules.finder(some), {}
    for article in articles:
        named[article.id] = read(article, namer).names
        await asyncio.sleep(0)
    await on_disk(keep_names, engine, named, rules.names_version)
    return len(articles)


class Naming:
    """The round over articles that came before the names that are in force, or that no topic had told."""

    def __init__(self, engine: Engine, on_disk: Callable[..., Awaitable[Any]], rules: Callable[[], Rules]) -> None:
        self._engine, self._on_disk, self._rules = engine, on_disk, rules

    async def tick(self) -> None:
        """Go a round."""
        done = 0
        try:
            while done < ROUND and (some := await name_some(self._engine, self._rules(), self._on_disk)):
                done += some
        except StoreError as error:
            logger.error("names cannot be looked for in older articles: {} {}", error, error.hint)
        if done:
            logger.info("looked for names in {} articles that these had not been looked for in", done)

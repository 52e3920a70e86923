"""A desk with hooks: articles are told over loopback, with routes as a test wants them."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from fresh import lay
from sqlalchemy import insert, select, update

from monitor.config import load
from monitor.daemon import make_beats, opened
from monitor.demo.sinks import HookSink
from monitor.edge.clock import clock
from monitor.edge.database import reading, writing
from monitor.edge.tables import ALERT, ARTICLE, DISPATCH, RECEIVER
from monitor.pipeline import Pipeline
from monitor.reloads import reload

TOPICS = """
[[topic]]
name = "talks"
title = "Talks"
severity = "high"
query = "talks"
[[topic]]
name = "war"
title = "War"
severity = "critical"
query = "shelling"
[[topic]]
name = "cup"
severity = "low"
query = "cup"
"""

WORDS = [
    f"{one}{other}"
    for one in ("bra", "cle", "dri", "flo", "gru", "pta", "ske", "tvi")
    for other in ("mon", "sal", "tur", "wek")
]


@dataclass
class Counter:
    """The daemon's parts, and a hook for each receiver."""

    pipeline: Pipeline
    hooks: dict[str, HookSink]
    path: Path
    stack: AsyncExitStack
    told: int = field(default=0)

    async def tell(self, *titles: str, url: str = "https://news.example/{}", language: str = "en") -> None:
        """Articles of these titles come in and are told."""
        now = clock()
        for title in titles:
            self.told += 1
            address = url.format(self.told)
            # Each tells an event of its own: beside the headline no word of one stands in another, and no name.
            text = f"{title}. " + " ".join(f"{chr(97 + self.told % 26)}{word}." for word in WORDS)
            row = {"key": address, "url": address, "title": title, "text": text, "text_source": "page"}
            row |= {"language": language, "state": "tell"}
            times = {"seen_at": now, "due_at": now, "failures": 0, "backlog": False, "revision": 0}
            with writing(self.pipeline.store.engine) as connection:
                connection.execute(insert(ARTICLE).values({**row, **times}))
            await self.drain()

    async def drain(self) -> None:
        """Work until nothing is due."""
        beats = make_beats(self.pipeline)
        await beats.tell.drain()
        await beats.deliver.drain()

    async def later(self) -> None:
        """The time of everything that waits has come."""
        with writing(self.pipeline.store.engine) as connection:
            for table in (ALERT, DISPATCH):
                waits = update(table).where(table.c.due_at.is_not(None), table.c.state.in_(("owed", "held")))
                connection.execute(waits.values(due_at=clock()))
            connection.execute(update(RECEIVER).values(rests_until=None))
        self.pipeline.deliverer._standings = None  # it asks the database again
        await self.drain()

    async def reload(self, text: str) -> str:
        self.path.write_text(text, "utf-8")
        return await reload(self.pipeline, lambda: load(self.path), self.stack)

    def bodies(self, receiver: str = "desk") -> list[dict[str, Any]]:
        """What a receiver was sent."""
        return [json.loads(body) for _, body in self.hooks[receiver].received]

    def subjects(self, receiver: str = "desk") -> list[str]:
        """The titles that a receiver was told, a digest's in brackets."""
        found = []
        for body in self.bodies(receiver):
            data = body["data"]
            if body["type"] == "digest.created":
                found.append("[" + ", ".join(alert["article"]["title"] for alert in data["alerts"]) + "]")
            else:
                found.append(data["article"]["title"] if "article" in data else body["type"])
        return found

    def alerts(self) -> list[tuple[str, str, str, str]]:
        """Receiver, topic, state and what held it, of each alert."""
        asked = select(ALERT.c.receiver, ALERT.c.topic, ALERT.c.state, ALERT.c.held).order_by(ALERT.c.id)
        with reading(self.pipeline.store.engine) as connection:
            return [tuple(row) for row in connection.execute(asked)]

    def due(self) -> list[tuple[str, str, datetime]]:
        """Receiver, key and time of each message that gathers alerts."""
        asked = select(DISPATCH.c.receiver, DISPATCH.c.key, DISPATCH.c.due_at).where(DISPATCH.c.state == "held")
        with reading(self.pipeline.store.engine) as connection:
            return [tuple(row) for row in connection.execute(asked)]


def written(hooks: dict[str, HookSink], rules: str) -> str:
    receivers = "".join(
        f'[[receiver]]\nname = "{name}"\nkind = "webhook"\nurl = "{hook.url}"\n' for name, hook in hooks.items()
    )
    ports = ", ".join(f'"127.0.0.1:{hook.port}"' for hook in hooks.values())
    head, _, rest = rules.partition("#receivers\n")
    return f"[deliver]\nallow_private = [{ports}]\n{head}[read]\nworkers = 1\n{TOPICS}{receivers}{rest or ''}"


@asynccontextmanager
async def counter(
    folder: Path, rules: str, receivers: Sequence[str] = ("desk",), plans: dict[str, Sequence[Any]] | None = None
) -> AsyncIterator[Counter]:
    """A counter with these rules; what stands before a line `#receivers` belongs to [deliver]."""
    rules = rules if "#receivers\n" in rules else "#receivers\n" + rules
    async with AsyncExitStack() as stack:
        hooks = {
            name: await stack.enter_async_context(HookSink(plan=(plans or {}).get(name, ()))) for name in receivers
        }
        path = folder / "config.toml"
        path.write_text(written(hooks, rules), "utf-8")
        lay(load(path).database_path)
        pipeline = await stack.enter_async_context(opened(load(path)))
        yield Counter(pipeline, hooks, path, stack)

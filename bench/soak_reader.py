"""Someone who reads the pages as a browser does: `python bench/soak_reader.py http://127.0.0.1:8787 [--pause 1]`

A page is fetched with what it names (styles, scripts, pictures; again only when they changed), over connections that
are kept, with its cookies; the stream of events stays open. Then it follows a link of that page. Ends at SIGTERM, and
prints what it met: pages, statuses, bytes, events, and how long the first byte took.
"""

import argparse
import asyncio
import json
import random
import re
import signal
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

import aiohttp

START = (
    "/",
    "/search?q=ukraine",
    "/search?q=minister+OR+council&facets=site",
    "/topics",
    "/sources",
    "/alerts",
    "/keys",
)
BROWSER = {"User-Agent": "Mozilla/5.0 (soak)", "Accept": "text/html,*/*;q=0.8", "Accept-Encoding": "gzip, br"}
NAMED = re.compile(r"""<(?:link|script|img)[^>]+(?:href|src)="(/static/[^"]+)""")
LINKED = re.compile(r"""<a[^>]+href="(/(?!static|logout|api)[^"#]*)""")
KEPT = 400  # links that it may follow, the newest


@dataclass
class Met:
    """What was met on the way."""

    statuses: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    pages: int = 0
    named: int = 0
    events: int = 0
    bytes: int = 0
    broken: Counter[str] = field(default_factory=Counter)

    def told(self) -> str:
        waits = sorted(self.waits) or [0.0]
        facts = {
            "pages": self.pages,
            "beside them": self.named,
            "statuses": self.statuses,
            "MB": round(self.bytes / 2**20, 1),
            "events": self.events,
            "first byte, ms: median": round(1000 * waits[len(waits) // 2]),
            "95th percentile": round(1000 * waits[int(len(waits) * 0.95)]),
            "most": round(1000 * waits[-1]),
            "broken": self.broken,
        }
        return json.dumps(facts)


class Reader:
    """One who reads on until told to stop."""

    def __init__(self, base: str, pause_s: float, session: aiohttp.ClientSession) -> None:
        self.met = Met()
        self._base, self._pause_s, self._session = base, pause_s, session
        self._chance = random.Random(1)
        self._links: dict[str, None] = {}
        self._tags: dict[str, str] = {}

    async def read(self) -> None:
        """Page after page: now and then by the bar at the top, else by a link."""
        while True:
            paths = list(self._links)
            path = self._chance.choice(START if not paths or self._chance.random() < 0.3 else paths)
            text = await self._get(path)
            self.met.pages += 1
            for named in set(NAMED.findall(text)):
                self.met.named += 1
                await self._get(named)
            for link in LINKED.findall(text):
                self._links.pop(link, None)
                self._links[link.replace("&amp;", "&")] = None
            self._links = dict.fromkeys(list(self._links)[-KEPT:])
            await asyncio.sleep(self._pause_s)

    async def listen(self) -> None:
        """Keep the stream of events open, as each page that shows news does."""
        endless = aiohttp.ClientTimeout(total=None, sock_read=None)
        while True:
            with suppress(aiohttp.ClientError, TimeoutError):
                async with self._session.get(f"{self._base}/api/v1/events", timeout=endless) as answer:
                    async for line in answer.content:
                        self.met.events += line.startswith(b"event:")
            await asyncio.sleep(3)

    async def _get(self, path: str) -> str:
        headers = {"If-None-Match": self._tags[path]} if path in self._tags else {}
        started = time.monotonic()
        try:
            async with self._session.get(self._base + path, headers=headers) as answer:
                self.met.waits.append(time.monotonic() - started)
                body = await answer.read()
                self.met.statuses[str(answer.status)] += 1
                self.met.bytes += len(body)
                if path.startswith("/static") and (tag := answer.headers.get("ETag")):
                    self._tags[path] = tag
                if answer.status >= 400:
                    self.met.broken[path] += 1
                return body.decode("utf-8", "replace")
        except (aiohttp.ClientError, TimeoutError) as error:
            self.met.broken[type(error).__name__] += 1
            return ""


async def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("base")
    options.add_argument("--pause", type=float, default=1.0, help="seconds on each page")
    asked = options.parse_args()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(headers=BROWSER, cookie_jar=jar, timeout=aiohttp.ClientTimeout(60)) as session:
        reader = Reader(asked.base.rstrip("/"), asked.pause, session)
        tasks = [asyncio.create_task(reader.read()), asyncio.create_task(reader.listen())]
        await stop.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    print(reader.met.told())


if __name__ == "__main__":
    asyncio.run(main())

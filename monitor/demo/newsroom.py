"""An edition becomes a web server on loopback: feeds that honour conditional requests, pages, robots.txt."""

import argparse
import asyncio
import hashlib
import signal
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from types import TracebackType
from typing import NamedTuple, Self

from aiohttp import web

from monitor.demo.corpus import Article, Channel
from monitor.demo.feeds import FORMATS, path_of, render
from monitor.demo.pages import Edition, demo_edition
from monitor.demo.synthetic import synthetic

ROBOTS = b"User-agent: *\nDisallow: /private/\nDisallow: /search\nDisallow: /*/search\n"
DAY_ONE = datetime(2024, 1, 1, tzinfo=UTC)  # an empty feed was last changed then


class Source(NamedTuple):
    """A feed to configure."""

    name: str
    url: str
    language: str  # empty where the feed is of many
    kind: str  # rss, atom, rdf, json, sitemap


@dataclass(frozen=True, slots=True)
class Answer:
    """What one address says."""

    status: int
    media_type: str
    parts: tuple[bytes, ...]
    etag: str = ""
    changed: datetime | None = None


class Newsroom:
    """A web server over an edition; of its articles only the `first` oldest stand in the feeds until `publish`."""

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        edition: Edition | None = None,
        first: int | None = None,
        now: datetime | None = None,
    ) -> None:
        self.edition = edition or demo_edition()
        self.now = now or datetime.now(UTC)
        self.base = ""
        self.feeds: tuple[Source, ...] = ()
        self.requests: Counter[str] = Counter()
        self._address = (host, port)
        self._shown = len(self.articles) if first is None else first
        self._pages: dict[str, Answer] = {}
        self._feeds: dict[str, Answer] = {}
        self._runner = web.ServerRunner(web.Server(self._answer, access_log=None), handle_signals=False)

    @property
    def articles(self) -> tuple[Article, ...]:
        """All of the edition, oldest first."""
        return self.edition.corpus.articles

    @property
    def published(self) -> tuple[Article, ...]:
        """Those that stand in the feeds."""
        return self.articles[: self._shown]

    def url_of(self, article: Article) -> str:
        """The address of an article's page."""
        return self.base + article.path

    def publish(self, count: int | None = None) -> tuple[Article, ...]:
        """Let the next `count` articles into the feeds, all of them by default; returns those let in."""
        before = self._shown
        self._shown = len(self.articles) if count is None else min(before + count, len(self.articles))
        fresh = self.articles[before : self._shown]
        self._print_feeds([channel for channel in self._channels if any(map(channel.carries, fresh))])
        return fresh

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        host, port = self._address
        await web.TCPSite(self._runner, host, port).start()
        self.base = f"http://{host}:{self._runner.addresses[0][1]}"
        self.feeds = tuple(self._source(channel) for channel in self._channels)
        self._print_feeds(self._channels)
        for article in self.articles:
            if sheet := self.edition.press(article, self.base, self.now):
                self._pages[article.path] = Answer(sheet.status, "text/html; charset=utf-8", sheet.parts)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    @property
    def _channels(self) -> tuple[Channel, ...]:
        return self.edition.corpus.channels

    def _source(self, channel: Channel) -> Source:
        return Source(channel.name, self.base + path_of(channel), channel.lang, FORMATS[channel.format].kind)

    def _print_feeds(self, channels: tuple[Channel, ...] | list[Channel]) -> None:
        for channel in channels:
            carried = [article for article in reversed(self.published) if channel.carries(article)]
            body = render(channel, carried, self.base, self.now)
            changed = carried[0].published(self.now) if carried else DAY_ONE
            etag = hashlib.sha256(body).hexdigest()[:24]
            self._feeds[path_of(channel)] = Answer(200, FORMATS[channel.format].media_type, (body,), etag, changed)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        if path.startswith("/-/"):
            return self._control(request)
        self.requests[path] += 1
        if path == "/robots.txt":
            return web.Response(body=ROBOTS, headers={"Content-Type": "text/plain"})
        answer = self._feeds.get(path) or self._pages.get(path)
        if answer is None:
            return web.Response(status=404, text="<h1>Not found</h1>", content_type="text/html")
        headers = {"Content-Type": answer.media_type}
        if answer.changed is not None:
            headers["ETag"] = f'"{answer.etag}"'
            headers["Last-Modified"] = format_datetime(answer.changed, usegmt=True)
            if _is_known(request, answer.etag, answer.changed):
                del headers["Content-Type"]
                return web.Response(status=304, headers=headers)
        return web.Response(status=answer.status, body=b"".join(answer.parts), headers=headers)

    def _control(self, request: web.BaseRequest) -> web.Response:
        """What a test asks of a newsroom in another process: its feeds, its counts, the next articles."""
        if request.path == "/-/feeds":
            return web.json_response(self.feeds)
        if request.path == "/-/requests":
            return web.json_response(self.requests)
        if request.path == "/-/publish" and request.method == "POST":
            count = request.query.get("count")
            return web.json_response([self.url_of(article) for article in self.publish(int(count) if count else None)])
        return web.Response(status=404)


def _is_known(request: web.BaseRequest, etag: str, changed: datetime) -> bool:
    """Whether the client has the body; as the standard wants it, the date counts only where no tag was sent."""
    if (tags := request.if_none_match) is not None:
        return any(tag.value in {etag, "*"} for tag in tags)
    return (since := request.if_modified_since) is not None and changed <= since


async def _serve(options: argparse.Namespace) -> None:
    edition = synthetic(options.feeds, options.articles, options.seed) if options.feeds else demo_edition()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with Newsroom(options.host, options.port, edition=edition, first=options.first) as newsroom:
        sys.stdout.write(newsroom.base + "\n")
        sys.stdout.flush()
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m monitor.demo.newsroom", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--first", type=int, help="articles that stand in the feeds until POST /-/publish?count=N")
    parser.add_argument(
        "--feeds", type=int, default=0, help="serve this many synthetic feeds instead of the demo's six"
    )
    parser.add_argument("--articles", type=int, default=20, help="articles in each synthetic feed")
    parser.add_argument("--seed", type=int, default=1)
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()

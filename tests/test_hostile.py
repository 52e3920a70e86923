"""Whatever a feed or a page holds ends as a clean value or a recorded failure, and harms no other source."""

import random
import re
import unicodedata
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from loguru import logger

from monitor.config import load
from monitor.daemon import make_beats, opened
from monitor.demo.sinks import HookSink, MailSink
from monitor.edge import search, sources
from monitor.model import AlertState, Article, Feed

WORDS = (
    "talks ceasefire morning parties prisoners grain borders harbour winter letter minister river bridge market "
    "convoy signal garden window engine school doctor village treaty coast island paper silver mountain"
).split()


def story(title: str) -> str:
    """A text that no other item tells: copies of one text would be one story, and told once."""
    chance = random.Random(title)
    return " ".join(chance.choice(WORDS) for _ in range(120))


def rss(*items: str) -> str:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Feed</title>{"".join(items)}</channel></rss>'


def item(title: str = "Talks resume", link: str = "", guid: str = "", more: str = "") -> str:
    parts = [f"<title>{title}</title>"]
    parts += [f"<link>{link}</link>"] if link else []
    parts += [f'<guid isPermaLink="false">{guid}</guid>'] if guid else []
    return f"<item>{''.join(parts)}<description>{story(title)}</description>{more}</item>"


def dated(date: str, number: int) -> str:
    return item(f"Talks dated {number}", guid=f"d{number}", more=f"<pubDate>{date}</pubDate>")


# name → (body, what must come of it: the number of articles, or None for a recorded failure)
FEEDS: dict[str, tuple[bytes, int | None]] = {
    "healthy": (rss(item("Talks resume in Geneva", guid="h1")).encode(), 1),
    "html": (b"<html><body><h1>Log in</h1><p>Please.</p></body></html>", None),
    "empty": (b"", None),
    "noise": (bytes(range(256)) * 40, None),
    "cut-off": (rss(item("Talks whole", guid="c1"), item("Talks cut", guid="c2")).encode()[:-700], 1),
    "bare-ampersand": (rss(item("Talks & more & talks", guid="a1")).encode(), 1),
    "nul": (rss(item("Talks \0with\0 nul", guid="n1")).encode(), 1),
    "surrogates": (rss(item("Talks &#xD800; and &#xD83D;&#xDE00;", guid="s1")).encode(), 1),
    "bad-utf8": (rss(item("Talks \xff\xfe", guid="u1"), item("Talks two", guid="u2")).encode("latin-1"), 2),
    "dates": (
        rss(
            *(
                dated(d, n)
                for n, d in enumerate(
                    (
                        "Sat, 01 Jan 0000 00:00:00 GMT",
                        "Fri, 31 Dec 9999 23:59:59 -1200",
                        "Mon, 01 Jan 0001 00:00:00 +1400",
                        "2024-07-01T10:00:00+99:99",
                        "yesterday",
                        "",
                    )
                )
            )
        ).encode(),
        6,
    ),
    "same-guid": (rss(*(item("Talks again", guid="same") for _ in range(5))).encode(), 1),
    "huge-title": (rss(item("Talks " + "x" * 1_000_000, guid="t1")).encode(), 1),
    "script-link": (rss(item("Talks by script", link="javascript:alert(1)", guid="j1")).encode(), 1),
    "file-link": (rss(item("Talks by file", link="file:///etc/passwd", guid="f1")).encode(), 1),
    "line-breaks": (rss(item("Talks&#13;&#10;Bcc: all@example.org&#13;&#10;&#13;&#10;body", guid="b1")).encode(), 1),
    "markup": (rss(item("&lt;script&gt;alert(1)&lt;/script&gt;Talks &#x202E;evil", guid="m1")).encode(), 1),
    "nothing": (rss("<item></item>", "<item><title> </title></item>").encode(), 0),
    "no-items": (rss().encode(), 0),
    "laughs": (
        b'<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
        + b"".join(b'<!ENTITY c%d "%s">' % (n, b"&b;" * 50) for n in range(50))
        + b"]>"
        + rss(item("Talks &b;", guid="l1")).encode(),
        1,
    ),
    "deep": (rss("<item><title>Talks deep</title><guid>p</guid>" + "<a>" * 60_000 + "</item>").encode(), 1),
    "opml": (b'<?xml version="1.0"?><opml version="2.0"><body><outline text="x"/></body></opml>', None),
    "json-types": (
        (
            b'{"version":"https://jsonfeed.org/version/1.1","title":[],"items":[{"id":5,"title":{}},[],'
            b'{"id":"g","title":"Talks in JSON \\ud800 \\u0000","url":7}]}'
        ),
        2,
    ),
}


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[tuple[list[Article], dict[str, Feed], MailSink, HookSink]]:
    """Every feed above, polled, read and told once."""
    logger.remove()

    async def answer(request: web.BaseRequest) -> web.Response:
        found = FEEDS.get(request.path.strip("/"))
        return web.Response(body=found[0], content_type="application/xml") if found else web.Response(status=404)

    server = web.Server(answer, access_log=None)
    runner = web.ServerRunner(server)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    async with AsyncExitStack() as stack:
        stack.push_async_callback(runner.cleanup)
        mail = await stack.enter_async_context(MailSink())
        hook = await stack.enter_async_context(HookSink())
        watched = "".join(f'[[feed]]\nname = "{name}"\nurl = "http://127.0.0.1:{port}/{name}"\n' for name in FEEDS)
        (folder / "config.toml").write_text(
            f"""
            [fetch]
            allow_private = ["127.0.0.1:{port}"]
            per_host = 32
            [read]
            workers = 1
            [deliver]
            allow_private = ["127.0.0.1:{hook.port}"]
            {watched}
            [[topic]]
            name = "talks"
            query = "talks"
            [[receiver]]
            name = "mail"
            kind = "email"
            host = "127.0.0.1"
            port = {mail.port}
            security = "none"
            sender = "monitor@demo.example"
            to = ["desk@demo.example"]
            [[receiver]]
            name = "hook"
            kind = "webhook"
            url = "{hook.url}"
            [[route]]
            receivers = ["mail", "hook"]
            """,
            "utf-8",
        )
        async with opened(load(folder / "config.toml")) as pipeline:
            await make_beats(pipeline).drain()
            engine = pipeline.store.engine
            articles = [found.article for found in search.every_article(engine)]
            feeds = {feed.name: feed for feed, _ in sources.known_feeds(engine)}
            unsent = search.find_alerts(engine, AlertState.OWED) + search.find_alerts(engine, AlertState.FAILED)
            assert unsent == ()
            yield articles, feeds, mail, hook


@pytest.mark.slow
async def test_every_hostile_feed_ends_as_clean_articles_or_a_recorded_failure(tmp_path: Path) -> None:
    async with world(tmp_path) as (articles, feeds, mail, hook):
        for name, (_, wanted) in FEEDS.items():
            shown = [article for article in articles if name in article.feeds]
            error = feeds[name].last_error
            assert "fault in the program" not in error, name
            if wanted is None:
                assert error, name
                assert not shown, name
            else:
                assert (len(shown), error) == (wanted, ""), name
        for article in articles:
            # Of an entry that holds an id and no word there is nothing to keep but the reason.
            assert article.state == "done" if article.title or article.text else article.last_error
            assert not article.url.startswith(("javascript", "file"))
            assert len(article.title) <= 2000
            for text in (article.title, article.text, article.summary):
                assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069]", text)
            assert "\n" not in article.title
            assert unicodedata.is_normalized("NFC", article.text)
            assert article.published_at is None or 1990 <= article.published_at.year <= 2100
        for message in mail.messages:
            assert (len(message.get_all("Subject")), message["Bcc"], message.get_all("To")) == (
                1,
                None,
                ["desk@demo.example"],
            )
            html = message.get_body(("html",))
            assert html is not None
            assert "<script" not in html.get_content().lower()
        assert len(hook.received) == len(mail.messages) > 10

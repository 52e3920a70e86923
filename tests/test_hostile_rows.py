"""What servers do from poll to poll, row by row: each ends with so many articles and a plain reason on the feed."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from servers import Site, http, redirect, then_close
from test_polling import poll, polling

from monitor.edge import search, sources
from monitor.edge.clock import clock
from monitor.model import FeedState
from monitor.pipeline import Pipeline

ON_BOTH = True

HOME = "https://wire.example"


def feed(*items: str, title: str = "Wire", head: str = "") -> bytes:
    shown = f"<title>{title}</title><link>{HOME}/</link>{head}{''.join(items)}"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{shown}</channel></rss>'.encode()


def item(number: object, **said: str) -> str:
    """An item with guid, link, title and text, unless told otherwise; what is told to be empty is left out."""
    held = {"guid": f"id-{number}", "link": f"{HOME}/{number}", "title": f"Crane {number} falls"}
    held["description"] = "It fell."
    return "<item>" + "".join(f"<{name}>{text}</{name}>" for name, text in (held | said).items() if text) + "</item>"


THREE = (1, 2, 3)


@dataclass(frozen=True)
class Row:
    """What comes poll by poll, and what must have come of it in the end."""

    answers: tuple[bytes, ...]
    articles: int
    error: str = ""  # which the last poll must record


def ok(*items: str, lines: tuple[str, ...] = (), **said: str) -> bytes:
    return http(feed(*items, **said), "200 OK", *lines)


ROWS = {
    "items without a guid are known by their link": Row((ok(*(item(n, guid="") for n in THREE)),) * 2, 3),
    "items without a link are kept": Row((ok(*(item(n, link="") for n in THREE)),) * 2, 3),
    "items with a text only are known by it": Row(
        (ok(*(item(n, guid="", link="", title="", description=f"Crane {n} fell today.") for n in THREE)),) * 2, 3
    ),
    "the same item five times is one": Row((ok(*[item(1)] * 5),) * 2, 1),
    "stories that all link to the home page are told apart by their guids": Row(
        (ok(*(item(n, link=f"{HOME}/") for n in range(5))),) * 2, 5
    ),
    "a guid that differs on each fetch adds nothing": Row(tuple(ok(item(1, guid=f"new-{n}")) for n in THREE), 1),
    "a tracking token that differs on each fetch adds nothing": Row(
        tuple(ok(item(1, link=f"{HOME}/1?utm_id={n}")) for n in THREE), 1
    ),
    "a date that is now on every fetch adds nothing": Row(
        tuple(ok(item(1, pubDate=f"2026-06-0{n}T10:00:00Z")) for n in THREE), 1
    ),
    "a view counter adds nothing": Row(tuple(ok(item(1, description=f"Seen {n} times.")) for n in THREE), 1),
    "an item that leaves and comes back is the same": Row((ok(item(1), item(2)), ok(item(2)), ok(item(1), item(2))), 2),
    "a feed whose title changes stays one": Row(tuple(ok(item(1), title=f"Wire {n}") for n in THREE), 1),
    "a guid of 100 kB is kept": Row((ok(item(1, guid="g" * 100_000)),) * 2, 1),
    "guids that differ in their letters' form are merged, and in their case are not": Row(
        (ok(*(item(n, guid=g) for n, g in enumerate(("caf\u00e9", "cafe\u0301", "CAF\u00c9")))),) * 2, 2
    ),
    "a guid that is a command is kept to the letter": Row((ok(item(1, guid="'); DROP TABLE article;--")),) * 2, 1),
    "a new ETag on every fetch adds nothing": Row(tuple(ok(item(1), lines=(f'ETag: "{n}"',)) for n in THREE), 1),
    "a Last-Modified in 2099 hides nothing": Row(
        tuple(ok(item(n), lines=("Last-Modified: Thu, 01 Jan 2099 00:00:00 GMT",)) for n in THREE), 3
    ),
    "errors in between reset nothing, and every item comes once": Row(
        (ok(item(1)), http(b"", "500 No"), ok(item(1), item(2)), http(b"", "502 No"), ok(item(2), item(3))), 3
    ),
    "a feed that fails three times recovers by itself": Row((*[http(b"", "500 No")] * 3, ok(item(1))), 1),
    "a feed without items is no failure and deletes nothing": Row((ok(item(1)), ok()), 1),
    "a document that breaks off within an item keeps the whole ones": Row(
        (http(feed(item(1), item(2), item(3))[:-60]), ok(*map(item, THREE))), 3
    ),
    "no bytes at all are an error and delete nothing": Row((ok(item(1)), http(b"")), 1, "empty"),
    **{
        f"a feed that is called {kind} is a feed all the same": Row((ok(item(1), lines=(f"Content-Type: {kind}",)),), 1)
        for kind in ("text/html", "text/plain", "application/octet-stream\r\nContent-Disposition: attachment")
    },
    "a token that nobody knows adds nothing where the guid stays": Row(
        tuple(ok(item(1, link=f"{HOME}/1?zq={n}x{n}")) for n in THREE), 1
    ),
    "204 is an error": Row((ok(item(1)), http(b"", "204 No Content")), 1, "without a body"),
    "404 with a feed for a body is an error": Row((http(feed(item(1)), "404 Not Found"),), 0, "404"),
    "403 with a page is an error": Row((ok(item(1)), http(b"<html>No</html>", "403 Forbidden")), 1, "403"),
    "a login page in its place is no feed": Row((ok(item(1)), http(b"<html><form>Log in</form></html>")), 1, "feed"),
    "an error in JSON in its place is no feed": Row((ok(item(1)), http(b'{"error":"rate limited"}')), 1, "JSON Feed"),
    "a picture is no feed": Row((http(b"\x89PNG\r\n", "200 OK", "Content-Type: image/png"),), 0, "image/png"),
    "an outline is no feed": Row((http(b"<opml><body><outline text='x'/></body></opml>"),), 0, "feed"),
    "a status that nobody knows is an error": Row((http(feed(item(1)), "999 Denied"),), 0, "999"),
}


@pytest.mark.slow
async def test_whatever_a_server_does_from_poll_to_poll_each_row_ends_as_it_should(tmp_path: Path) -> None:
    async with watching(tmp_path, len(ROWS)) as (site, pipeline):
        for turn in range(max(len(row.answers) for row in ROWS.values())):
            told = {n: row.answers[turn] for n, row in enumerate(ROWS.values()) if turn < len(row.answers)}
            await polled(site, pipeline, told)
        articles = [found.article for found in search.every_article(pipeline.store.engine)]
        feeds = {after.name: (after, shown) for after, shown in sources.known_feeds(pipeline.store.engine)}
        for number, (name, row) in enumerate(ROWS.items()):
            after, shown = feeds[f"row{number}"]
            kept = sum(f"row{number}" in article.feeds for article in articles)
            assert (kept, shown) == (row.articles, row.articles), name
            assert row.error in after.last_error, name
            assert bool(after.last_error) == bool(row.error), name
            assert after.due_at is not None
            assert after.due_at <= clock() + timedelta(days=1, hours=3), name


@asynccontextmanager
async def watching(folder: Path, rows: int) -> AsyncIterator[tuple[Site, Pipeline]]:
    """A pipeline that watches so many feeds of one site."""
    async with Site() as site:
        more = "".join(f'[[feed]]\nname = "row{n}"\nurl = "{site.base}/row{n}"\n' for n in range(rows))
        async with polling(folder, site, options=more) as pipeline:
            yield site, pipeline


async def polled(site: Site, pipeline: Pipeline, told: dict[int, bytes]) -> None:
    """Poll these feeds once, each of which gets its answer, about articles of its own."""
    for number, answer in told.items():
        site.answers[f"/row{number}"] = answer.replace(b"wire.example", b"w%03d.example" % number)
    names = [f"row{number}" for number in told]
    feeds = pipeline.store.claim_feeds(clock(), 60, len(names), names)
    assert len(feeds) == len(names)
    await asyncio.gather(*map(pipeline.poll, feeds))


@pytest.mark.parametrize("head", ["<ttl>999999999999</ttl>", f"<skipHours>{'<hour>3</hour>' * 24}</skipHours>"])
async def test_wishes_beyond_all_measure_stop_no_poll_for_ever(head: str, tmp_path: Path) -> None:
    lines = (f"Cache-Control: max-age={10**30}", "Expires: Thu, 01 Jan 2099 00:00:00 GMT")
    async with Site({"/feed": ok(item(1), head=head, lines=lines)}) as site, polling(tmp_path, site) as pipeline:
        after = await poll(pipeline)
        assert after.due_at is not None
        assert after.due_at < clock() + timedelta(hours=3)


async def test_a_feed_that_is_gone_is_asked_no_more_and_what_it_brought_stays(tmp_path: Path) -> None:
    async with Site({"/feed": ok(item(1))}) as site, polling(tmp_path, site) as pipeline:
        await poll(pipeline)
        site.answers["/feed"] = http(b"", "410 Gone")
        after = await poll(pipeline)
        assert after.state is FeedState.GONE
        assert "410" in after.last_error
        assert pipeline.store.claim_feeds(clock() + timedelta(days=30), 60, 9) == ()
        assert len(list(search.every_article(pipeline.store.engine))) == 1


async def test_a_date_that_is_now_on_every_fetch_stays_the_first_one(tmp_path: Path) -> None:
    async with Site() as site, polling(tmp_path, site) as pipeline:
        for day in THREE:
            site.answers["/feed"] = ok(item(1, pubDate=f"2026-06-0{day}T10:00:00Z"))
            await poll(pipeline)
        (found,) = search.every_article(pipeline.store.engine)
        assert found.article.published_at == datetime(2026, 6, 1, 10, tzinfo=UTC)


async def test_validators_of_a_body_that_could_not_be_read_are_not_kept(tmp_path: Path) -> None:
    broken = http(b"<rss><channel><ti", "200 OK", 'ETag: "one"')
    async with Site({"/feed": broken}) as site, polling(tmp_path, site) as pipeline:
        assert (await poll(pipeline)).last_error
        site.answers["/feed"] = ok(item(1), lines=('ETag: "one"',))
        assert (await poll(pipeline)).last_error == ""
        assert "if-none-match" not in {name.lower() for name in site.asked[-1].headers}


async def test_a_body_shorter_than_its_length_leaves_no_validator_behind(tmp_path: Path) -> None:
    good = ok(item(1), item(2), lines=('ETag: "one"',))
    async with Site({"/feed": then_close(good[:-60])}) as site, polling(tmp_path, site) as pipeline:
        assert (await poll(pipeline)).last_error
        site.answers["/feed"] = good
        assert (await poll(pipeline)).last_error == ""
        assert "if-none-match" not in {name.lower() for name in site.asked[-1].headers}
        assert len(list(search.every_article(pipeline.store.engine))) == 2


async def test_a_body_longer_than_its_length_is_an_error_and_spoils_no_other_answer(tmp_path: Path) -> None:
    body = feed(item(1), item(2))
    cut = body.index(b"<item><guid>id-2") + 20
    short = http(body[:cut], "200 OK", 'ETag: "one"') + body[cut:]
    async with Site({"/feed": short}) as site, polling(tmp_path, site) as pipeline:
        after = await poll(pipeline)
        assert ("HTTP" in after.last_error, after.etag) == (True, "")
        site.answers["/feed"] = http(body)
        assert (await poll(pipeline)).last_error == ""
        assert len(list(search.every_article(pipeline.store.engine))) == 2


async def test_a_permanent_redirect_is_remembered_only_where_a_feed_could_be_read(tmp_path: Path) -> None:
    moved = redirect("/new", "301 Moved Permanently")
    wall = http(b"<html>Log in</html>")
    async with Site({"/feed": moved, "/new": wall}) as site, polling(tmp_path, site) as pipeline:
        assert (await poll(pipeline)).moved_to == ""
        site.answers["/new"] = ok(item(1))
        assert (await poll(pipeline)).moved_to == f"{site.base}/new"
        await poll(pipeline)
        assert [asked.path for asked in site.asked[-2:]] == ["/new", "/new"]
        assert len(list(search.every_article(pipeline.store.engine))) == 1


@pytest.mark.slow
async def test_in_whatever_order_all_of_that_comes_a_good_feed_recovers_and_no_item_multiplies(tmp_path: Path) -> None:
    answers = [answer for row in ROWS.values() for answer in row.answers if b"<title>Wire" not in answer]
    good = ok(item("a"), item("b", guid=""), item("c", link=""))
    orders = {number: random.Random(number) for number in range(4)}
    async with watching(tmp_path, len(orders)) as (site, pipeline):
        for _ in range(15):
            await polled(site, pipeline, {n: chance.choice((good, *answers)) for n, chance in orders.items()})
        await polled(site, pipeline, dict.fromkeys(orders, good))
        feeds = {after.name: after for after, _ in sources.known_feeds(pipeline.store.engine)}
        titles = [found.article.title for found in search.every_article(pipeline.store.engine)]
    assert [feeds[f"row{number}"].last_error for number in orders] == [""] * 4
    assert {title: titles.count(title) for title in titles} == {f"Crane {name} falls": 4 for name in "abc"}

"""What a poll promises: options kept to the feed's own server, sitemaps followed, lies noticed, pauses no failures."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from fresh import lay
from loguru import logger
from servers import RSS, Asked, Site, http, never, redirect, turns
from sqlalchemy import func, select, update

from monitor.config import load
from monitor.daemon import make_beats, opened
from monitor.edge import sources
from monitor.edge.clock import clock
from monitor.edge.database import writing
from monitor.edge.tables import ARTICLE, FEED, HOST_PAUSE
from monitor.model import Feed
from monitor.pipeline import Pipeline
from monitor.wire import open_store

ON_BOTH = True

NEWS = """<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>{base}/story</loc><news:news>
 <news:publication><news:name>Wire</news:name><news:language>en</news:language></news:publication>
 <news:publication_date>2026-06-01T08:00:00Z</news:publication_date><news:title>Crane falls</news:title>
 </news:news></url></urlset>"""
INDEX = """<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
 <sitemap><loc>{base}/broken.xml</loc></sitemap><sitemap><loc>{base}/news.xml</loc></sitemap></sitemapindex>"""


@asynccontextmanager
async def polling(folder: Path, *sites: Site, options: str = "") -> AsyncIterator[Pipeline]:
    """A pipeline that watches /feed of the first site, and may ask the others."""
    logger.remove()
    places = ", ".join(f'"{site.place}"' for site in sites)
    path = folder / "config.toml"
    path.write_text(
        f'secrets_dir = "secrets"\n[database]\npath = "monitor.db"\n[fetch]\nallow_private = [{places}]\n'
        f'[[feed]]\nname = "wire"\nurl = "{sites[0].base}/feed"\n{options}\n'
    )
    lay(load(path).database_path)
    async with opened(load(path)) as pipeline:
        yield pipeline


async def poll(pipeline: Pipeline, **changes: object) -> Feed:
    """Poll the feed once more, as these changes left it."""
    engine = pipeline.store.engine
    with writing(engine) as connection:
        connection.execute(update(FEED).values(due_at=clock() - timedelta(seconds=1), **changes))
    (feed,) = pipeline.store.claim_feeds(clock(), 60, 1)
    await pipeline.poll(feed)
    ((after, _),) = sources.known_feeds(engine)
    return after


@pytest.mark.parametrize("status", ["302 Found", "301 Moved Permanently"])
async def test_headers_and_logins_go_to_the_server_that_was_configured_and_to_no_other(
    tmp_path: Path, status: str
) -> None:
    (tmp_path / "secrets").mkdir(mode=0o700)
    (tmp_path / "secrets" / "wire").write_text("hunter2")
    options = 'username = "desk"\npassword_secret = "wire"\nsecret_headers = { X-Key = "wire" }'
    async with Site() as own, Site({"/feed": http(RSS)}) as other:
        own.answers["/feed"] = redirect(f"{other.base}/feed", status)
        async with polling(tmp_path, own, other, options=options) as pipeline:
            for _ in range(2):
                assert (await poll(pipeline)).failures == 0
    first = {name.lower(): value for name, value in own.asked[0].headers.items()}
    assert first["x-key"] == "hunter2"
    assert first["authorization"].startswith("Basic ")
    assert other.asked
    for asked in other.asked:
        assert not {"x-key", "authorization"} & {name.lower() for name in asked.headers}


async def test_an_index_of_sitemaps_brings_what_those_list_that_can_be_had(tmp_path: Path) -> None:
    async with Site() as site:
        site.answers |= {
            "/feed": http(INDEX.format(base=site.base).encode(), "200 OK", 'ETag: "one"'),
            "/broken.xml": http(b"", "500 No"),
            "/news.xml": http(NEWS.format(base=site.base).encode()),
        }
        async with polling(tmp_path, site) as pipeline:
            feed = await poll(pipeline)
            assert (feed.failures, feed.title, feed.etag) == (0, "Wire", "")
            ((_, shown),) = sources.known_feeds(pipeline.store.engine)
            assert shown == 1
            site.answers["/news.xml"] = http(b"", "500 No")
            assert "500" in (await poll(pipeline)).last_error


async def test_a_server_that_calls_everything_unchanged_is_found_out(tmp_path: Path) -> None:
    async def answer(asked: Asked, writer: object) -> None:
        conditional = "if-none-match" in {name.lower() for name in asked.headers}
        body = RSS.replace(b"/1", f"/{len(site.asked)}".encode())
        said = http(b"", "304 Not Modified") if conditional else http(body, "200 OK", 'ETag: "always"')
        writer.write(said)  # type: ignore[attr-defined]

    async with Site({"/feed": answer}) as site, polling(tmp_path, site) as pipeline:
        assert (await poll(pipeline)).note == ""
        assert (await poll(pipeline)).note == ""
        long_ago = clock() - timedelta(days=3)
        note = (await poll(pipeline, whole_at=long_ago)).note
        assert "said 'unchanged'" in note
        assert "if-none-match" not in {name.lower() for name in site.asked[-1].headers}


async def test_a_host_that_wants_a_pause_leaves_no_failure_on_its_other_feeds(tmp_path: Path) -> None:
    answers = {"/feed": http(b"", "429 Later", "Retry-After: 600")}
    async with Site(answers) as site, polling(tmp_path, site) as pipeline:
        refused = await poll(pipeline)
        assert (refused.failures, len(site.asked)) == (1, 1)
        again = await poll(pipeline)
        assert (again.failures, len(site.asked)) == (1, 1)
        assert again.due_at is not None
        assert again.due_at > clock() + timedelta(minutes=5)


@pytest.mark.slow
async def test_a_feed_that_is_unavailable_three_times_recovers_by_itself_and_brings_its_articles(
    tmp_path: Path,
) -> None:
    unavailable = http(b"", "503 Service Unavailable")
    async with Site({"/feed": turns(unavailable, unavailable, unavailable, http(RSS))}) as site:
        for failures in (1, 2, 3, 0):
            async with polling(tmp_path, site) as pipeline:  # a daemon that is started anew keeps the host's pause
                feed = await poll(pipeline)
                assert feed.failures == failures
                assert ("503" in feed.last_error) == (failures > 0)
                assert feed.due_at is not None
                assert feed.due_at > clock()
                assert (await poll(pipeline)).failures == failures  # within the pause the host is left alone
                assert len(site.asked) == (failures or 5)
            store = open_store(load(tmp_path / "config.toml"))
            with writing(store.engine) as connection:  # until the pause is over
                connection.execute(update(HOST_PAUSE).values(until=clock() - timedelta(seconds=1)))
                came = connection.scalar(select(func.count()).select_from(ARTICLE))
            store.close()
            assert came == (0 if failures else RSS.count(b"<item>"))


@pytest.mark.slow
async def test_feeds_that_hang_hold_up_no_poll_of_another(tmp_path: Path) -> None:
    async with Site({"/feed": never}) as hung, Site({f"/{n}": http(RSS) for n in range(6)}) as sound:
        others = "".join(f'[[feed]]\nname = "f{n}"\nurl = "{sound.base}/{n}"\n' for n in range(6))
        async with polling(tmp_path, hung, sound, options=others) as pipeline:
            beat = make_beats(pipeline).poll
            for polls in (6, 12, 18):
                with writing(pipeline.store.engine) as connection:
                    connection.execute(update(FEED).values(due_at=clock() - timedelta(seconds=1)))
                while beat.done < polls:
                    await beat.tick()
                    await asyncio.sleep(0)
            while beat.busy > 1:  # noqa: ASYNC110 - a poll that is counted may have yet to leave
                await asyncio.sleep(0)
            assert (len(hung.asked), len(sound.asked), beat.busy) == (1, 18, 1)
            await beat.stop()

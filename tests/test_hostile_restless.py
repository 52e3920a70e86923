"""A feed that never shows the same twice, or begins with old news: nobody is told more than once, or of all of it."""

from pathlib import Path

import pytest
from servers import http
from sqlalchemy import update
from test_pipeline import HURT, PARAGRAPHS, Desk, desk, page, told

from monitor.daemon import make_beats
from monitor.edge import search
from monitor.edge.clock import clock
from monitor.edge.database import writing
from monitor.edge.tables import FEED

pytestmark = pytest.mark.slow

TITLE = "Crane falls in Arlen"


def feed(*items: str) -> bytes:
    return http(f'<rss version="2.0"><channel><title>News</title>{"".join(items)}</channel></rss>'.encode())


def item(title: str = TITLE, **said: str) -> str:
    inside = "".join(f"<{name}>{text}</{name}>" for name, text in said.items())
    return f"<item><title>{title}</title>{inside}</item>"


async def poll(work: Desk, answer: bytes) -> None:
    work.site.answers["/feed"] = answer
    with writing(work.pipeline.store.engine) as connection:
        connection.execute(update(FEED).values(due_at=clock()))
    await make_beats(work.pipeline).drain()


@pytest.mark.parametrize("restless", ["link", "guid", "pubDate", "description", "everything", "gone and back"])
async def test_a_story_whose_entry_changes_at_every_poll_is_one_read_once_or_twice_and_told_once(
    tmp_path: Path, restless: str
) -> None:
    async with desk(tmp_path) as work:
        work.site.answers["/crane"] = page(TITLE, HURT, *PARAGRAPHS)
        still = {
            "link": f"{work.site.base}/crane",
            "guid": "1",
            "pubDate": "Mon, 01 Jun 2026 10:00:00 GMT",
            "description": "A crane fell.",
        }
        for turn in range(5):
            moved = {
                "link": f"{work.site.base}/crane?zq={turn}x{turn}",
                "guid": f"new-{turn}",
                "pubDate": clock().strftime("%a, %d %b %Y %H:%M:%S GMT"),
                "description": f"A crane fell. Seen {turn * 37} times.",
            }
            # Of an entry whose guid and link both change nothing tells that it is one.
            changing = moved.keys() - {"guid"} if restless == "everything" else {restless}
            changed = {name: text for name, text in moved.items() if name in changing}
            shown = [] if restless == "gone and back" and turn % 2 else [item(**still | changed)]
            await poll(work, feed(*shown))
        assert work.article.title == TITLE
        assert 1 <= sum(path.startswith("/crane") for path in work.site.paths) <= 2
        assert told(work.hook) == [("accident", "")]


async def test_of_the_old_news_that_a_feed_begins_with_only_the_newest_is_told(tmp_path: Path) -> None:
    async with desk(tmp_path, 'text = "feed"') as work:
        old = [
            item(
                f"Talks of {word} in {place}",
                guid=f"{word}-{place}",
                pubDate=f"{day + 1:02} Jun 2009 10:00:00 GMT",
                description=f"The {word} of {place} talks were {word}. {place} had {word} {day} of {word} {place}.",
            )
            for day, word in enumerate("grain border winter letter river convoy signal garden engine doctor".split())
            for place in ("Arlen", "Bremen", "Cadiz", "Delft", "Evora", "Fulda")
        ]
        await poll(work, feed(*old))
        engine = work.pipeline.store.engine
        assert sum(1 for _ in search.every_article(engine)) == len(old) == 60
        assert len(told(work.hook)) <= 5
        await poll(work, feed(*old))
        assert len(told(work.hook)) <= 5

"""A page that its worker does not survive is read in haste, and its note says so; the other pages go on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fresh import lay
from servers import Site, http
from sqlalchemy import insert, select

from monitor.config import load
from monitor.daemon import make_beats, opened
from monitor.edge.clock import clock
from monitor.edge.database import reading, writing
from monitor.edge.tables import ARTICLE
from monitor.pipeline import Pipeline

pytestmark = pytest.mark.slow  # a page that takes all the time that it may

PROSE = "The ferry of Arlen went back to sea on Monday, after the harbour had mended the ramp that broke in March."
PLAIN = (
    f"<html><body><h1>The ferry sails again</h1><p>{PROSE}</p><p>{PROSE.replace('Monday', 'Friday')}</p></body></html>"
)
TOPICS = '[[topic]]\nname = "sea"\nquery = "ferry"\n'
# As many elements as are looked at of any page, as deep as they are followed: to weigh each takes those around it.
DEEP = PLAIN.replace("</body>", "<div>" * 390 + "<p>Tide tables.</p>" * 38_000 + "</div>" * 390 + "</body>")


@asynccontextmanager
async def reading_of(folder: Path, site: Site, limits: str) -> AsyncIterator[Pipeline]:
    path = folder / "config.toml"
    path.write_text(f'[fetch]\nallow_private = ["{site.place}"]\n[read]\nworkers = 1\n{limits}\n{TOPICS}', "utf-8")
    lay(load(path).database_path)
    async with opened(load(path)) as pipeline:
        now = clock()
        with writing(pipeline.store.engine) as connection:
            for name in site.answers:
                if name == "/robots.txt":
                    continue
                row = {
                    "key": name,
                    "url": site.base + name,
                    "title": "",
                    "state": "read",
                    "seen_at": now,
                    "due_at": now,
                }
                connection.execute(insert(ARTICLE).values({**row, "failures": 0, "backlog": False, "revision": 0}))
        yield pipeline


async def test_a_page_that_kills_its_worker_is_read_in_haste_and_the_others_go_on(
    tmp_path: Path,
) -> None:
    kind = "Content-Type: text/html; charset=utf-8"
    async with Site() as site:
        site.answers = {"/robots.txt": http(b"", "404 Not Found")}
        site.answers |= {f"/{name}": http(PLAIN.encode(), "200 OK", kind) for name in ("before", "after", "last")}
        site.answers = {
            "/before": site.answers["/before"],
            "/killer": http(DEEP.encode(), "200 OK", kind),
        } | site.answers
        async with reading_of(tmp_path, site, 'timeout = "3s"') as pipeline:
            beats = make_beats(pipeline)
            await beats.read.drain()
            await beats.tell.drain()
            with reading(pipeline.store.engine) as connection:
                rows = {row.key: row for row in connection.execute(select(ARTICLE))}
    assert {row.state for row in rows.values()} == {"done"}
    assert {name: row.note for name, row in rows.items()} == {
        "/before": "",
        "/killer": "read in haste: took longer than 3 s",
        "/after": "",
        "/last": "",
    }
    assert rows["/killer"].title == "The ferry sails again"
    assert rows["/killer"].text.count(PROSE) == 1
    assert "Tide" not in rows["/killer"].text
    assert all(PROSE in row.text for row in rows.values())

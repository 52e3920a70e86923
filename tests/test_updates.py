"""A story that grows is told again for each reason that its route accepts: from feeds over the beats to the hook."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from fresh import lay
from loguru import logger
from servers import Site, http
from sqlalchemy import update

from monitor.config import load
from monitor.daemon import make_beats, opened
from monitor.demo.sinks import HookSink
from monitor.edge.clock import clock
from monitor.edge.database import writing
from monitor.edge.tables import ARTICLE, FEED
from monitor.pipeline import Pipeline
from monitor.reloads import reload

ON_BOTH = True

TITLE = "Crane falls onto the quay of Arlen"
# The same event in the words of five outlets.
TEXTS = (
    (
        "A crane fell onto an empty quay in the harbour of Arlen on Wednesday, the port authority said. Ships were led "
        "around the place while divers looked for damage below the water line."
    ),
    (
        "Witnesses in Arlen heard a bang before the tall crane tipped over and came down on the quay. The mayor came "
        "to the harbour at once and promised that the cause would be found."
    ),
    (
        "The harbour of Arlen stays closed after the fall of its largest crane. Insurers sent experts to the quay, "
        "and dockers of the night shift were sent home without work."
    ),
    (
        "Fire crews worked through the evening at the quay of Arlen, where a crane had fallen: 17 dockers were hurt, "
        "two of them badly, the hospital of the town reported."
    ),
    (
        "Prosecutors in Arlen opened a case over the crane that fell onto the quay. Inspectors had warned of rust, and "
        "the company that ran it has been searched by the police."
    ),
)
OTHER = TEXTS[4].replace("crane", "machine")
CONFIG = """
[fetch]
allow_private = ["{site}"]
host_gap = 0
[read]
workers = 1
[deliver]
allow_private = ["127.0.0.1:{hook}"]
{feeds}
[[topic]]
name = "crane"
query = "crane"
severity = "{severity}"
[[receiver]]
name = "hook"
kind = "webhook"
url = "{url}"
[[route]]
receivers = ["hook"]
updates = ["voices:2", "severity", "number", "edit"]
"""
NAMES = tuple(f"paper{number}" for number in range(len(TEXTS)))


@dataclass
class Desk:
    """The daemon's parts, feeds of five papers, and what the hook was told."""

    site: Site
    hook: HookSink
    path: Path
    pipeline: Pipeline
    stack: AsyncExitStack
    edits: int = field(default=0)

    async def publish(self, number: int, text: str = "", title: str = TITLE) -> list[dict[str, object]]:
        """A paper publishes, or edits, its article; what the hook is told of it."""
        before = len(self.hook.received)
        self.edits += 1
        when = format_datetime(clock() + timedelta(seconds=self.edits))
        item = (
            f"<item><title>{title}</title><link>https://paper{number}.example/crane</link><guid>{number}</guid>"
            f"<pubDate>{format_datetime(clock())}</pubDate><a:updated>{when}</a:updated>"
            f"<c:encoded><![CDATA[<p>{text or TEXTS[number]}</p>]]></c:encoded></item>"
        )
        spaces = 'xmlns:c="http://purl.org/rss/1.0/modules/content/" xmlns:a="http://www.w3.org/2005/Atom"'
        body = f'<rss version="2.0" {spaces}><channel><title>P</title><language>en</language>{item}</channel></rss>'
        self.site.answers[f"/paper{number}"] = http(body.encode(), "200 OK", "Content-Type: application/rss+xml")
        await self.work()
        return [json.loads(body)["data"] for _, body in self.hook.received[before:]]

    async def work(self) -> None:
        """Let the beats do all that is due; every feed is, and every article that was put to rest."""
        with writing(self.pipeline.store.engine) as connection:
            connection.execute(update(FEED).values(due_at=clock()))
            connection.execute(update(ARTICLE).where(ARTICLE.c.due_at.is_not(None)).values(due_at=clock()))
        await make_beats(self.pipeline).drain()

    async def raise_severity(self) -> None:
        text = self.path.read_text("utf-8").replace('severity = "normal"', 'severity = "critical"')
        self.path.write_text(text, "utf-8")
        assert await reload(self.pipeline, lambda: load(self.path), self.stack) == ""


@asynccontextmanager
async def desk(folder: Path) -> AsyncIterator[Desk]:
    logger.remove()
    async with Site() as site, HookSink() as hook, AsyncExitStack() as stack:
        feeds = "".join(f'[[feed]]\nname = "{name}"\nurl = "{site.base}/{name}"\ntext = "feed"\n' for name in NAMES)
        path = folder / "config.toml"
        given = {"site": site.place, "hook": hook.port, "url": hook.url, "feeds": feeds, "severity": "normal"}
        path.write_text(CONFIG.format(**given), "utf-8")
        empty = b'<rss version="2.0"><channel><title>P</title></channel></rss>'
        site.answers |= {f"/{name}": http(empty, "200 OK", "Content-Type: application/rss+xml") for name in NAMES}
        lay(load(path).database_path)
        pipeline = await stack.enter_async_context(opened(load(path)))
        yield Desk(site, hook, path, pipeline, stack)


@pytest.mark.slow
async def test_a_story_is_told_again_for_voices_a_number_a_severity_and_an_edit_and_for_nothing_else(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as work:
        (first,) = await work.publish(0)
        assert "update" not in first
        assert await work.publish(1) == []  # one voice more is not two
        (voices,) = await work.publish(2)
        assert voices["update"] == {"sequence": 1, "reason": "3 independent voices, 2 more"}
        (number,) = await work.publish(3)
        assert number["update"] == {"sequence": 2, "reason": "new number: 17"}
        await work.raise_severity()
        (raised,) = await work.publish(4)
        assert raised["update"]["reason"].endswith("severity raised from normal to critical")  # type: ignore[index]
        assert await work.publish(4, OTHER, "Machine falls onto the quay of Arlen") == []  # it matches no more
        (edited,) = await work.publish(4)
        assert edited["update"]["reason"] == "an edit of the article changed its match"  # type: ignore[index]
        assert edited["update"]["sequence"] == 4  # type: ignore[index]
        stories = {json.loads(body)["data"]["story"]["id"] for _, body in work.hook.received}
        assert len(stories) == 1
        ids = [headers["webhook-id"] for headers, _ in work.hook.received]
        assert len(set(ids)) == len(ids)

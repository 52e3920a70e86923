"""An archive in which every example of docs/commands.md finds what it speaks of."""

import asyncio
import gzip
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fresh import lay
from made_archives import packed, records
from servers import Asked, Speak, http, then_close
from sqlalchemy import insert, select
from test_api_feeds import site
from test_wikidata import item
from typer.testing import CliRunner

from monitor.cli.main import app
from monitor.config import load
from monitor.customs import SiteMemory
from monitor.edge import runs
from monitor.edge.clock import clock
from monitor.edge.database import writing
from monitor.edge.sites import save_site
from monitor.edge.sources import sync
from monitor.edge.tables import ALERT, ARTICLE, FEED, MATCH, REVISION, SIGHTING, SILENCE, STORY
from monitor.wire import configured_feeds, open_store

CONFIG = """
[database]
path = "var/monitor.db"
[fetch]
contact = "desk@news.example"
allow_private = ["PLACE"]
host_gap = 0
[deliver]
allow_private = ["PLACE"]
[read]
workers = 1
[topics]
files = ["topics/harbours.toml", "topics/mine.toml"]
[[feed]]
name = "bbc-world"
url = "BASE/world.xml"
[[feed]]
name = "tass"
country = "RU"
url = "BASE/tass.xml"
[[feed]]
name = "tagesschau"
url = "BASE/tagesschau.xml"
[[receiver]]
name = "desk"
kind = "webhook"
url = "BASE/hook"
[[route]]
name = "main"
receivers = ["desk"]
[web]
port = 0
"""
PACK = """[pack]
name = "harbours"
title = "Harbours"

[[entity]]
id = "nato"
kind = "organisation"
[entity.names]
en = ["NATO"]

[[entity]]
id = "javelin"
kind = "weapon"
[entity.names]
en = ["Javelin"]

[[entity]]
id = "lavrov"
kind = "person"
[entity.names]
en = ["Sergey Lavrov"]

[[entity]]
id = "zelensky"
kind = "person"
[entity.names]
en = ["Volodymyr Zelensky", "Zelensky"]

[[entity]]
id = "ukraine"
qid = "Q212"
kind = "place"
[entity.names]
en = ["Ukraine"]

[[topic]]
name = "grain-exports"
title = "Grain exports"
query = "grain OR wheat OR barley"

[[topic]]
name = "harbour-trouble"
title = "Trouble in harbours"
query = "crane OR (harbour AND closed)"

[[topic.test]]
title = "A crane fell in the harbour"
language = "en"
expected = true
[[topic.test]]
title = "Кран у порту: crane"
language = "uk"
expected = true
[[topic.test]]
title = "Dinner was served in the harbour"
language = "en"
expected = false

[[topic]]
name = "russia-ukraine-nato"
title = "The war"
query = "@nato OR @ukraine"
"""
DRAFT = """[pack]
name = "draft"
title = "Draft"

[[topic]]
name = "grain-exports"
title = "Grain exports"
query = "grain AND NOT beer"
"""
PARAGRAPH = (
    "The crane in the harbour of Lowen was repaired on Tuesday after a winter in which no ship could be unloaded "
    "there, and the grain that had waited in the silos left for three ports, the harbour master said. "
)
# Number, title, text, days ago or a day, country, language.
Told = tuple[int, str, str, int | datetime, str]
ARTICLES: tuple[Told, ...] = (
    (12, "Talks in Geneva open", "The talks on grain opened in Geneva, and Ukraine came.", 0, "de"),
    (31, "Meeting on grain in Geneva", "A meeting on grain was held in Geneva on Monday.", 0, "en"),
    (45, "Geneva: the first day", "On the first day in Geneva grain was spoken of.", 0, "en"),
    (46, "A dinner in Geneva", "The guests of the talks on grain had dinner in Geneva.", 0, "en"),
    (47, "Зерно іде морем", "Зерно вийшло з порту, grain is on its way.", 0, "uk"),
    (812, "Wheat beer festival opens", "Brewers poured wheat beer for a thousand guests of Lowen.", 2, "en"),
    (813, "Crane repaired", PARAGRAPH * 3, 2, "en"),
    (4711, "Grain ships leave", "Ships with grain left. " + PARAGRAPH, 1, "en"),
    (61, "Rain in Lowen", "It rained in Lowen.", 9, "en"),
    (62, "Rain again", "It rained in Lowen again.", 9, "en"),
    (4715, "NATO on grain", "NATO wants grain to leave the harbour.", 0, "en"),
    (4712, "Javelins for Ukraine", "Volodymyr Zelensky spoke with NATO of the Javelin, and Sergey Lavrov of wheat.",
     datetime(2021, 12, 3, 9, tzinfo=UTC), "en"),
    (4713, "A person", "Of a person in Lowen.", 30, "en"),
    (4714, "Gossip", "Gossip of the tabloid.", 3, "en"),
)  # fmt: skip
ADDRESSES = {
    812: "https://news.example/wheat-beer",
    813: "https://news.example/crane",
    4713: "https://www.example.org/2026/03/a-person",
    4714: "https://tabloid.example/gossip",
}
GRAIN = (12, 31, 45, 46, 47, 812, 813, 4711, 4715)
RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>{name}</title><link>{base}/</link>
<item><title>Grain leaves {name}</title><link>{base}/articles/{name}</link><guid>{base}/articles/{name}</guid></item>
</channel></rss>"""
PAGE = (
    "<html lang='en'><head><title>Crane repaired</title>"
    "<link rel='alternate' type='application/rss+xml' href='/all.xml'></head>"
    f"<body><article><h1>Crane repaired</h1>{''.join(f'<p>{PARAGRAPH}</p>' for _ in range(4))}</article></body></html>"
)


def spoken(raw: bytes) -> Speak:
    """An answer that leaves its body away where only its head is asked for."""

    async def speak(asked: Asked, writer: asyncio.StreamWriter) -> None:
        head, end, body = raw.partition(b"\r\n\r\n")
        writer.write(head + end + (b"" if asked.method == "HEAD" else body))
        await writer.drain()

    return speak


@contextmanager
def world() -> Iterator[str]:
    """What the examples ask outside: feeds, pages, a wiki, a hook."""
    page = http(PAGE.encode(), "200 OK", "Content-Type: text/html; charset=utf-8")
    answers = {"/": page, "/hook": then_close(http(b"", "204 No Content"))}
    for name in ("world", "tass", "tagesschau", "all"):
        text = RSS.format(name=name, base="").encode()
        answers[f"/{name}.xml"] = spoken(http(text, "200 OK", "Content-Type: application/rss+xml"))
        answers[f"/articles/{name}"] = page
    for number, name in (("Q212", "Ukraine"), ("Q1899", "Kyiv")):
        told = {"entities": {number: item(number, ("Q6256",), en=name)}}
        answers[f"/wiki/Special:EntityData/{number}.json"] = http(json.dumps(told).encode())
    answers["/articles/abc123"] = page
    with site(answers) as base:
        yield base


def furnish(home: Path, base: str) -> None:
    """Lay out configuration, packs, files and archive."""
    for folder in ("topics", "var", "archives", "backups", "etc/monitor", "backup"):
        (home / folder).mkdir(parents=True)
    config = CONFIG.replace("BASE", base).replace("PLACE", base.removeprefix("http://"))
    (home / "config.toml").write_text(config, "utf-8")
    (home / "topics/harbours.toml").write_text(PACK, "utf-8")
    (home / "topics/mine.toml").write_text('[pack]\nname = "mine"\ntitle = "Mine"\n', "utf-8")
    (home / "draft.toml").write_text(DRAFT, "utf-8")
    (home / "saved.html").write_text(PAGE, "utf-8")
    (home / "memo.txt").write_text(f"Crane repaired\n\n{PARAGRAPH}", "utf-8")
    (home / "clipping.txt").write_text(f"Crane repaired\n\n{PARAGRAPH}", "utf-8")
    (home / "archives/part.warc.gz").write_bytes(packed(records(4)))
    outline = f'<outline type="rss" text="More" xmlUrl="{base}/more.xml"/>'
    (home / "subscriptions.opml").write_text(f'<opml version="2.0"><body>{outline}</body></opml>', "utf-8")
    lines = [{"title": title, "text": text, "label": int("beer" not in title)} for _, title, text, *_ in ARTICLES] * 2
    (home / "labelled.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    ports = [item("Q1874", ("Q515",), en="Odesa"), item("Q6506", ("Q515",), en="Varna")]
    (home / "ports.jsonl.gz").write_bytes(gzip.compress("".join(json.dumps(each) + "\n" for each in ports).encode()))
    fill(home)
    for words in (
        ["stories", "merge", "61", "62"],
        ["label", "4711", "grain-exports", "yes"],
        ["db", "names"],
        ["backup", str(home / "backups")],
    ):
        done = CliRunner().invoke(app, ["--config", str(home / "config.toml"), *words])
        assert done.exit_code == 0, done.output
    (made,) = (home / "backups").iterdir()
    made.rename(home / "backups/monitor-20260301T020000Z.tar.zst")
    shutil.copy(home / "backups/monitor-20260301T020000Z.tar.zst", home / "FILE")


def fill(home: Path) -> None:
    """Put what the examples name into the archive."""
    config = load(home / "config.toml")
    lay(config.database_path)
    store, now = open_store(config), clock()
    sync(store.engine, configured_feeds(config), now)
    runs.begin_run(store.engine, runs.Run(1, "here", "0.1.0", now, now))
    save_site(store.engine, SiteMemory("www.example.org", pages=3), 0, now)
    story = {"opened_at": now, "latest_at": now}
    alert = {"receiver": "desk", "topic": "grain-exports", "created_at": now, "owed_at": now}
    with writing(store.engine) as connection:
        stories = [(12, 3, "Talks in Geneva open"), (31, 1, "Meeting on grain in Geneva")]
        stories += [(61, 1, "Rain in Lowen"), (62, 1, "Rain again")]
        rows = [{"id": number, "headline": said, "articles": count, **story} for number, count, said in stories]
        connection.execute(insert(STORY), rows)
        connection.execute(insert(ARTICLE), [row(told, now) for told in ARTICLES])
        tass = connection.scalar(select(FEED.c.id).where(FEED.c.name == "tass"))
        seen = {"feed_id": tass, "article_id": 4712, "entry_key": "javelins", "seen_at": now}
        connection.execute(insert(SIGHTING).values(seen))
        before = {"article_id": 812, "number": 0, "title": "Beer festival", "text": "Brewers poured beer.", **SEEN}
        connection.execute(insert(REVISION).values(before))
        match = {"topic": "grain-exports", "version": "aaaa11112222", "severity": "normal", "matched_at": now}
        connection.execute(insert(MATCH), [{"article_id": number, **match} for number in GRAIN])
        uid = "alt_5f0c62dd6a1e7a0a6c6f3b1c9a7e4d21"
        connection.execute(insert(ALERT).values(uid=uid, story_id=4711, article_id=4711, state="failed", **alert))
        quiet = {"created_at": now, "ends_at": now + timedelta(hours=1), "topic": "harbour-trouble"}
        connection.execute(insert(SILENCE).values(id=3, **quiet))
    store.close()


SEEN = {"replaced_at": datetime(2026, 3, 1, tzinfo=UTC)}


def row(told: Told, now: datetime) -> dict[str, object]:
    """An article as the daemon leaves it when it is told."""
    number, title, text, when, language = told
    url = ADDRESSES.get(number, f"https://paper.example/{number}")
    at = when if isinstance(when, datetime) else now - timedelta(days=when)
    return {
        "id": number,
        "key": url,
        "url": url,
        "site": url.split("/")[2],
        "title": title,
        "text": text,
        "text_source": "page",
        "language": language,
        "published_at": at,
        "seen_at": at,
        "story_id": {12: 12, 45: 12, 46: 12, 31: 31, 61: 61, 62: 62}.get(number),
        "state": "done",
    }

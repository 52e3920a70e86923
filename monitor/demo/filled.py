"""The demo's articles become an archive as the daemon leaves one: read, matched, in stories, told, edited, silenced.

Made at once and without a network, for the tests of the pages and for their pictures.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, update
from sqlalchemy.engine import Engine

from monitor.config import load
from monitor.demo.corpus import Article as Printed
from monitor.demo.corpus import demo_corpus
from monitor.edge import silences, tables
from monitor.edge.database import writing
from monitor.edge.mentions import save_names
from monitor.edge.rows import from_match
from monitor.model import Article, Match
from monitor.rules import Rules, load_rules
from monitor.telling import Silence
from monitor.think.match import match, read
from monitor.wire import open_store

TOPIC = "russia-ukraine-nato"
COUNTRIES = {
    "northwire": "GB",
    "harbourlane": "IE",
    "ledger": "US",
    "meridian": "NL",
    "mina": "EG",
    "mist": "UA",
    "visnyk": "UA",
    "polden": "RU",
    "telegraf": "RU",
}
_SECRET = "whsec_ZGVtby1zZWNyZXQtb2YtdGhlLWRlbW8tYXJjaGl2ZSE="  # noqa: S105 - signs what nobody receives
EDITED = "shadow-fleet"  # in the slug of the article that was edited
CONFIG = """\
secrets_dir = "secrets"

[database]
path = "monitor.db"

[fetch]
allow_private = ["127.0.0.1"]

[topics]
packs = ["russia-ukraine-nato"]
files = ["own.toml"]

[[receiver]]
name = "desk"
kind = "email"
host = "127.0.0.1"
port = 9
security = "none"
sender = "monitor@demo.example"
to = ["desk@demo.example"]

[[receiver]]
name = "newsroom-chat"
kind = "webhook"
url = "http://127.0.0.1:9/hook"
signing_secrets = ["demo-hook"]

[[route]]
receivers = ["desk", "newsroom-chat"]
"""
OWN = """\
[pack]
name = "own"
title = "Topics of our own"

[[topic]]
name = "weather"
title = "Storms and floods"
query = "flood OR storm"
threshold = 1
[[topic.signals]]
query = "flood* OR storm*"
weight = 2

[[topic.test]]
title = "Flood warnings along the coast"
text = "A storm front arrives."
expected = true

[[topic.test]]
text = "The library opens on Sundays."
expected = false
"""


def fill(home: Path, now: datetime) -> Path:
    """Write a configuration into a folder, and the archive that it names; the configuration's file."""
    home.mkdir(parents=True, exist_ok=True)
    path = home / "config.toml"
    path.write_text(CONFIG, "utf-8")
    (home / "own.toml").write_text(OWN, "utf-8")
    (home / "secrets").mkdir(mode=0o700, exist_ok=True)
    (home / "secrets" / "demo-hook").write_text(_SECRET, "utf-8")
    config = load(path)
    rules = load_rules(config)
    store = open_store(config)
    store.upgrade(now)
    try:
        with writing(store.engine) as connection:
            feeds = _feeds(connection, now)
            stories = _articles(connection, rules, feeds, now)
            _told(connection, stories, now)
        _silenced(store.engine, stories, now)
    finally:
        store.close()
    return path


def _feeds(connection: Connection, now: datetime) -> dict[str, int]:
    ids: dict[str, int] = {}
    for number, outlet in enumerate(demo_corpus().outlets.values()):
        ill = {"meridian": ("walled", "every page of the last day shows a wall (status 403)")}.get(outlet.id, ("", ""))
        failing = outlet.id == "ledger"
        row = {
            "name": outlet.id,
            "origin": "added",
            "url": f"https://{outlet.id}.example/feed.xml",
            "title": outlet.name,
            "language": outlet.lang,
            "country": COUNTRIES[outlet.id],
            "kind": "newspaper",
            "due_at": now + timedelta(minutes=number),
            "polled_at": now - timedelta(minutes=2 + number),
            "succeeded_at": now - timedelta(hours=5 if failing else 0, minutes=2 + number),
            "failures": 3 if failing else 0,
            "last_error": "status 503, Service Unavailable" if failing else "",
            "health": ill[0],
            "health_why": ill[1],
            "health_at": now - timedelta(hours=7) if ill[0] else None,
        }
        made = insert(tables.FEED).values(row).returning(tables.FEED.c.id)
        ids[outlet.id] = int(connection.execute(made).scalar_one())
        connection.execute(insert(tables.FEED_DAY), [_day(ids[outlet.id], number, ago, now) for ago in range(21)])
    return ids


def _day(feed_id: int, number: int, ago: int, now: datetime) -> dict[str, Any]:
    """A day of a feed: fewer at the end of the week, and no two days alike."""
    day = (now - timedelta(days=ago)).date()
    came = max(0, 9 + (number * 5 + ago * 3) % 7 - (5 if day.weekday() > 4 else 0) - (4 if ago == 0 else 0))
    return {
        "feed_id": feed_id,
        "day": day,
        "polls": 96,
        "failures": 3 if number == 1 and ago == 0 else 0,
        "articles": came,
        "dated": came,
        "delay_s": came * (240.0 + 60 * number),
        "longest_delay_s": 1800.0,
    }


def _articles(
    connection: Connection, rules: Rules, feeds: Mapping[str, int], now: datetime
) -> dict[int, tuple[int, tuple[Match, ...]]]:
    """Insert the articles in order of time; by story: its first flagged article, and that one's matches."""
    by_event: dict[str, int] = {}
    by_slug: dict[str, int] = {}
    flagged: dict[int, tuple[int, tuple[Match, ...]]] = {}
    counts: dict[int, list[datetime]] = {}
    for number, printed in enumerate(demo_corpus().articles, 1):
        at = printed.published(now)
        story = by_event.setdefault(printed.event or printed.slug, number)
        by_slug[printed.slug] = number
        article = _article(number, printed, story, by_slug.get(printed.copy_of), at)
        connection.execute(insert(tables.ARTICLE).values(_row(article, now)))
        _sight(connection, feeds[printed.outlet], article, at)
        counts.setdefault(story, []).append(at)
        save_names(connection, {number: read(article, rules.compiled).names}, rules.names_version)
        matches = match(article, rules.compiled)
        if matches:
            connection.execute(insert(tables.MATCH), [from_match(each, number, at) for each in matches])
            flagged.setdefault(story, (number, matches))
        if EDITED in printed.slug:
            _edit(connection, article, at)
    titles = {number: printed.title for number, printed in enumerate(demo_corpus().articles, 1)}
    rows = [
        {
            "id": story,
            "headline": titles[story],
            "opened_at": min(times),
            "latest_at": max(times),
            "articles": len(times),
        }
        for story, times in counts.items()
    ]
    connection.execute(insert(tables.STORY), rows)
    return flagged


def _article(number: int, printed: Printed, story: int, copy_of: int | None, at: datetime) -> Article:
    url = f"https://{printed.outlet}.example/{printed.section}/{printed.slug}"
    outlet = demo_corpus().outlets[printed.outlet]
    return Article(
        id=number,
        key=url,
        url=url,
        title=" ".join(printed.title.split()),
        summary=printed.summary,
        text="\n\n".join(printed.paragraphs),
        authors=printed.authors,
        language=printed.lang,
        site=outlet.name,
        published_at=at,
        seen_at=at + timedelta(minutes=4),
        story_id=story,
        copy_of=copy_of,
        feeds=(printed.outlet,),
        countries=(COUNTRIES[printed.outlet],),
        note="status 403, Forbidden" if outlet.status == 403 else "",
    )


def _row(article: Article, now: datetime) -> dict[str, Any]:
    names = "id key url title summary text authors language site published_at seen_at story_id copy_of note".split()
    row = {name: getattr(article, name) for name in names}
    source = "feed" if article.note else "page"
    return {**row, "authors": list(article.authors), "text_source": source, "state": "done", "due_at": now}


def _sight(connection: Connection, feed: int, article: Article, at: datetime) -> None:
    row = {"feed_id": feed, "article_id": article.id, "entry_key": f"{article.id:032x}", "published_at": at}
    connection.execute(insert(tables.SIGHTING).values({**row, "seen_at": at + timedelta(minutes=4)}))


def _edit(connection: Connection, article: Article, at: datetime) -> None:
    """The article said less at first, and under another headline."""
    head, *rest = article.text.split("\n\n")
    before = "\n\n".join((head.replace("two", "three", 1), *rest[:-1]))
    row = {"article_id": article.id, "number": 0, "title": article.title.replace("new sanctions", "more sanctions")}
    row |= {"text": before, "text_source": "page", "modified_at": None, "replaced_at": at + timedelta(minutes=50)}
    connection.execute(insert(tables.REVISION).values(row))
    edited = update(tables.ARTICLE).where(tables.ARTICLE.c.id == article.id)
    connection.execute(edited.values(revision=1, modified_at=at + timedelta(minutes=48)))


def _told(connection: Connection, stories: Mapping[int, tuple[int, tuple[Match, ...]]], now: datetime) -> None:
    """Most were told; of the latest one alert waits, one failed, and one is held by a silence."""
    told = [(story, number) for story, (number, found) in stories.items() if any(each.topic == TOPIC for each in found)]
    for at, (story, number) in enumerate(told):
        for receiver in ("desk", "newsroom-chat"):
            row = _alert(story, number, receiver, now - timedelta(minutes=11 * (len(told) - at)))
            if receiver == "newsroom-chat" and at == len(told) - 1:
                row |= {"state": "owed", "sent_at": None, "due_at": now + timedelta(minutes=3)}
            elif receiver == "newsroom-chat" and at == len(told) - 2:
                row |= {"state": "failed", "sent_at": None, "failures": 5, "last_error": "status 500, try later"}
            made = insert(tables.ALERT).values(row).returning(tables.ALERT.c.id)
            alert = connection.execute(made).scalar_one()
            if row["state"] == "failed":
                _fail(connection, int(alert), row["created_at"])


def _alert(story: int, number: int, receiver: str, at: datetime) -> dict[str, Any]:
    return {
        "uid": f"alt_{story:016x}{len(receiver):016x}",
        "receiver": receiver,
        "topic": TOPIC,
        "story_id": story,
        "sequence": 0,
        "article_id": number,
        "state": "sent",
        "created_at": at,
        "owed_at": at,
        "sent_at": at + timedelta(seconds=4),
        "route": "1",
        "severity": "high",
    }


def _fail(connection: Connection, alert: int, at: datetime) -> None:
    rows = [
        {
            "alert_id": alert,
            "started_at": at + timedelta(minutes=minutes),
            "ended_at": at + timedelta(minutes=minutes, seconds=2),
            "result": "failed" if minutes == 31 else "retry",
            "detail": "status 500: the chat’s database is being moved",
        }
        for minutes in (0, 1, 3, 7, 15, 31)
    ]
    connection.execute(insert(tables.ATTEMPT), rows)


def _silenced(engine: Engine, stories: Mapping[int, tuple[int, tuple[Match, ...]]], now: datetime) -> None:
    story = next(iter(stories))
    why = "an old matter, followed elsewhere"
    silences.add(engine, Silence(0, now, now + timedelta(hours=8), story_id=story, why=why))

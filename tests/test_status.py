"""`monitor status` shows at a glance what works, what is blind, what each topic sees, and what is owed."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

import pytest
from fresh import lay
from sqlalchemy import insert, update
from typer.testing import CliRunner, Result

from monitor.cli.main import app
from monitor.config import load
from monitor.edge import health, runs
from monitor.edge.database import writing
from monitor.edge.rows import from_match
from monitor.edge.store import Store
from monitor.edge.tables import ARTICLE, FEED, FEED_DAY, MATCH, SIGHTING
from monitor.model import Match
from monitor.wire import configured_feeds, open_store

ON_BOTH = True

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NAMES = ("wire", "herald", "echo", "gazette")


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def desk(tmp_path: Path, now: datetime) -> Iterator[tuple[Store, Callable[..., Result]]]:
    """Four feeds: one well, one dead, one quiet, one that lies."""
    path = tmp_path / "config.toml"
    feeds = "".join(f'[[feed]]\nname = "{name}"\nurl = "https://{name}.example/rss"\n' for name in NAMES)
    path.write_text(f'[database]\npath = "monitor.db"\n{feeds}')
    config = load(path)
    lay(config.database_path)
    store = open_store(config)
    from monitor.edge import sources

    sources.sync(store.engine, configured_feeds(config), now)
    with writing(store.engine) as connection:
        connection.execute(update(FEED).values(polled_at=now, succeeded_at=now))
        connection.execute(update(FEED).where(FEED.c.name == "gazette").values(note="its server lies"))
        lost = {"failures": 9, "last_error": "no answer", "succeeded_at": now - 2 * DAY}
        connection.execute(update(FEED).where(FEED.c.name == "herald").values(lost))
        told = [
            {"feed_id": feed, "day": (now - n * DAY).date(), "polls": 96, "articles": 10, "dated": 5, "delay_s": 3000.0}
            for feed in (1, 2, 3)
            for n in range(1, 29)
        ]
        connection.execute(insert(FEED_DAY), told)
        today = {"day": now.date(), "polls": 40, "dated": 1, "delay_s": 60.0, "longest_delay_s": 60.0}
        connection.execute(
            insert(FEED_DAY), [{"feed_id": 1, "articles": 7, **today}, {"feed_id": 3, "articles": 0, **today}]
        )
    ill = [
        health.Event("hlt_1", "herald", 2, "", "dead", "no success for 48 h", now),
        health.Event("hlt_2", "echo", 3, "", "quiet", "nothing new for 31 h", now),
    ]
    health.save_events(store.engine, ill, ["desk"], now)
    yield store, lambda *words: CliRunner().invoke(app, ["--config", str(path), "status", *words])
    store.close()


def matched(store: Store, now: datetime) -> None:
    """A topic to which three feeds brought a match, another to which one did, and one match of long ago."""
    found = ((4, "grain", 40), (3, "grain", 3), (2, "grain", 2), (1, "grain", 1), (1, "ports", 0))
    with writing(store.engine) as connection:
        for number, (feed, topic, days) in enumerate(found, 1):
            at = now - days * DAY - HOUR
            kept = {"title": "t", "backlog": False, "failures": 0, "state": "done", "seen_at": at}
            connection.execute(insert(ARTICLE).values(id=number, key=f"k{number}", **kept))
            seen = {"article_id": number, "entry_key": f"e{number}", "seen_at": at}
            connection.execute(insert(SIGHTING).values(feed_id=feed, **seen))
            match = Match(topic, "v", "normal", 1.0, ())
            connection.execute(insert(MATCH).values(from_match(match, number, at)))


@pytest.mark.slow
def test_it_lists_the_ill_with_the_worst_first_and_says_why(desk: tuple[Store, Callable[..., Result]]) -> None:
    _, status = desk
    done = status()
    assert done.exit_code == 4
    assert "has never run" in done.output
    assert "4, of them 2 well, 1 quiet, 1 dead" in done.output
    assert done.output.index("herald") < done.output.index("echo") < done.output.index("gazette")
    assert "no success for 48 h" in done.output
    assert "wire" not in done.output
    assert "wire" in status("--all").output
    assert "0 alerts, 2 notices" in done.output
    assert "its server lies" in done.output


def test_json_says_all_of_a_source_and_nothing_of_its_headers(desk: tuple[Store, Callable[..., Result]]) -> None:
    _, status = desk
    told = json.loads(status("--json", "--all").stdout)
    assert told["running"] is False
    assert told["health"] == {"well": 2, "dead": 1, "quiet": 1}
    assert told["figures"]["feeds"] == 4
    assert told["figures"]["notices owed"] == 2
    wire = next(source for source in told["sources"] if source["name"] == "wire")
    assert (wire["health"], wire["articles_today"], wire["usual_a_day"]) == ("well", 7, 10.0)
    assert wire["usual"] == dict.fromkeys("Mon Tue Wed Thu Fri Sat Sun".split(), 10.0)
    assert wire["delay_s"] == pytest.approx((28 * 3000 + 60) / (28 * 5 + 1), abs=0.1)
    assert [source["name"] for source in told["sources"]][:2] == ["herald", "echo"]
    assert "headers" not in json.dumps(told)


@pytest.mark.slow
def test_each_topic_says_how_many_of_its_sources_it_saw_today(
    desk: tuple[Store, Callable[..., Result]], now: datetime
) -> None:
    store, status = desk
    matched(store, now)
    assert "grain: saw 1 of its 3 sources today; not echo, herald" in status().output
    grain, ports = json.loads(status("--json").stdout)["topics"]
    assert grain == {"topic": "grain", "sources": 3, "seen_today": 1, "not_seen_today": ["echo", "herald"]}
    assert (ports["sources"], ports["seen_today"]) == (1, 1)


@pytest.mark.slow
def test_a_named_feed_is_shown_with_its_usual_week(desk: tuple[Store, Callable[..., Result]]) -> None:
    _, status = desk
    done = status("wire")
    assert "Mon 10.0, Tue 10.0" in done.output
    assert "https://wire.example/rss" in done.output
    assert "herald" not in done.output
    assert status("nobody").exit_code == 4


def test_it_ends_with_0_while_the_daemon_works_and_strictly_with_1_when_a_source_is_ill(
    desk: tuple[Store, Callable[..., Result]], now: datetime
) -> None:
    store, status = desk
    runs.begin_run(store.engine, runs.Run(1, "here", "0", now, now))
    assert status().exit_code == 0
    assert "running since" in status().output
    assert status("--strict").exit_code == 1
    with writing(store.engine) as connection:
        connection.execute(update(FEED).values(health=""))
    assert status("--strict").exit_code == 0


@pytest.mark.slow
def test_it_answers_within_two_seconds_with_ten_thousand_feeds(
    desk: tuple[Store, Callable[..., Result]], now: datetime
) -> None:
    store, status = desk
    with writing(store.engine) as connection:
        feeds = range(5, 10_005)
        connection.execute(
            insert(FEED), [{"id": n, "name": f"f{n}", "interval_s": 900.0, "due_at": now, "failures": 0} for n in feeds]
        )
        for age in range(7):
            day = (now - age * DAY).date()
            connection.execute(
                insert(FEED_DAY), [{"feed_id": n, "day": day, "polls": 96, "articles": 9} for n in feeds]
            )
        connection.execute(update(FEED).where(FEED.c.id % 20 == 0).values(health="dead", failures=9))
    started = perf_counter()
    assert "and 4" in status().output
    assert perf_counter() - started < 2

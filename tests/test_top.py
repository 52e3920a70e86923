"""Figures of feeds and topics, once and live."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from desk import furnish
from sqlalchemy import insert, update
from typer.testing import CliRunner

from monitor.cli import top
from monitor.cli.context import settle_config
from monitor.cli.main import app
from monitor.config import load
from monitor.edge import tops
from monitor.edge.clock import clock
from monitor.edge.database import writing
from monitor.edge.sources import sync
from monitor.edge.tables import ALERT, ARTICLE, FEED, FEED_DAY, SIGHTING
from monitor.model import Feed
from monitor.wire import open_store

ON_BOTH = True


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Two feeds, of which one brought articles that a topic asked for and the other fails."""
    furnish(tmp_path)
    store = open_store(load(tmp_path / "config.toml"))
    now = clock()
    sync(store.engine, [Feed(0, name, f"https://{name}.example/") for name in ("herald", "wire")], now)
    with writing(store.engine) as connection:
        connection.execute(update(ARTICLE).values(seen_at=now, story_id=1))
        connection.execute(update(FEED).where(FEED.c.name == "wire").values(health="dead"))
        row = {"feed_id": 1, "entry_key": "", "digest": "", "seen_at": now}
        connection.execute(insert(SIGHTING), [{**row, "article_id": n, "entry_key": str(n)} for n in range(1, 6)])
        day = {"day": now.date(), "polls": 9}
        connection.execute(insert(FEED_DAY), [
            {"feed_id": 1, "articles": 5, "dated": 2, "delay_s": 120.0, "failures": 0, **day},
            {"feed_id": 2, "articles": 0, "dated": 0, "delay_s": 0.0, "failures": 9, **day},
        ])  # fmt: skip
        told = {"uid": "a", "receiver": "desk", "topic": "grain", "story_id": 1, "article_id": 1, "state": "sent"}
        connection.execute(insert(ALERT).values(**told, created_at=now, owed_at=now, sent_at=now))
    store.close()
    return tmp_path


def test_feeds_are_counted_and_ordered_by_what_is_asked_for(home: Path) -> None:
    store = open_store(load(home / "config.toml"))
    since = clock() - timedelta(hours=2)
    first, second = tops.feeds(store.engine, since)
    assert (first.name, first.polls, first.articles, first.matches, first.delay_s) == ("herald", 9, 5, 2, 60.0)
    assert (second.health, second.failures, second.delay_s) == ("dead", 9, None)
    assert [feed.name for feed in tops.feeds(store.engine, since, by="failures")] == ["wire", "herald"]
    assert len(tops.feeds(store.engine, since, limit=1)) == 1
    (grain,) = tops.topics(store.engine, since)
    assert (grain.name, grain.matches, grain.stories, grain.sources, grain.alerts) == ("grain", 2, 1, 1, 1)
    assert tops.topics(store.engine, clock() + timedelta(hours=1)) == ()
    store.close()


@pytest.mark.slow
def test_the_command_shows_them_as_tables_and_as_json_and_refuses_what_is_none(home: Path) -> None:
    def ask(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["--config", str(home / "config.toml"), "top", *words])
        return done.exit_code, done.output

    code, said = ask("--by", "failures")
    assert code == 0
    assert said.index("wire") < said.index("herald")
    told = json.loads(ask("--since", "7d", "--json")[1])
    assert [feed["name"] for feed in told["feeds"]] == ["herald", "wire"]
    assert ask("--by", "colour")[0] == ask("--since", "soon")[0] == 2


def test_the_live_view_shows_what_is_due_and_what_came_between_two_looks(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settle_config(home / "config.toml")

    def meanwhile(_: float) -> None:
        store = open_store(load(home / "config.toml"))
        with writing(store.engine) as connection:
            connection.execute(insert(ARTICLE).values(key="new", seen_at=clock(), state="tell", due_at=clock()))
        store.close()

    top.watch(1.0, looks=2, sleep=meanwhile)
    said = capsys.readouterr().out
    assert "not running" in said
    assert "1 tell (+1)" in said
    assert "herald" in said
    assert "grain" in said

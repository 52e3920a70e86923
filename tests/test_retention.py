"""What is older, or more, than it may be is let go; what topics, labels and open work want is kept."""

import asyncio
import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from made_archives import CONFIG, records
from sqlalchemy import insert, update
from test_backfill import warc
from test_reprocess import Again
from typer.testing import CliRunner

from monitor.cli.main import app
from monitor.edge import reclaim
from monitor.edge.clock import clock
from monitor.edge.database import writing
from monitor.edge.retention import Kind
from monitor.edge.tables import ALERT, ARTICLE, ATTEMPT, LABEL, MATCH, PAGE, STORY_KEY
from monitor.errors import ConfigError
from monitor.retention import Pruning, measure, prune
from monitor.rules import Rulebook
from monitor.settings.retention import RetentionConfig

ON_BOTH = True

OLD = timedelta(days=100)
FLAGGED = {(1,), (5,), (9,)}  # articles that the topic asks for


class Keeper(Again):
    """An archive of old articles, and how it is pruned."""

    def write(self, statement: Any) -> None:
        with writing(self.store.engine) as connection:
            connection.execute(statement)

    def prune(self, **settings: Any) -> dict[Kind, int]:
        limits = RetentionConfig.model_validate(settings)
        told = {held.kind: held.gone for held in measure(self.store.engine, limits, self.rules, self.now) if held.gone}
        gone = asyncio.run(prune(self.store.engine, limits, self.rules, self.now))
        assert gone == told, "what was let go is what was said"
        return gone


@pytest.fixture
def keeper(tmp_path: Path, now: datetime) -> Iterable[Keeper]:
    opened = Keeper(tmp_path, now)
    opened.states([warc(tmp_path, records(12))])
    opened.write(update(ARTICLE).values(seen_at=now - OLD))
    opened.write(update(PAGE).values(fetched_at=now - OLD))
    opened.write(update(MATCH).values(matched_at=now - OLD))
    yield opened
    opened.store.close()


@pytest.mark.slow
def test_without_limits_everything_is_kept(keeper: Keeper) -> None:
    assert keeper.prune() == {}
    assert len(keeper.rows(PAGE.c.article_id)) == 12


@pytest.mark.slow
def test_pages_that_are_too_old_go_but_for_those_that_a_topic_asks_for(keeper: Keeper) -> None:
    assert keeper.prune(pages_age="101d") == {}
    assert keeper.prune(pages_age="99d") == {Kind.PAGES: 9}
    assert set(keeper.rows(PAGE.c.article_id)) == FLAGGED


@pytest.mark.slow
def test_labelled_articles_are_kept_whole(keeper: Keeper) -> None:
    row = {"article_id": 2, "topic": "ferries", "wanted": False, "labelled_at": keeper.now}
    keeper.write(insert(LABEL).values(row))
    assert keeper.prune(pages_age="1d", texts_age="1d") == {Kind.PAGES: 8, Kind.TEXTS: 8}
    assert (2,) in keeper.rows(PAGE.c.article_id)
    assert keeper.rows(ARTICLE.c.text, where=ARTICLE.c.id == 2) != [("",)]


@pytest.mark.slow
def test_a_text_that_was_let_go_says_so_and_is_found_no_more(keeper: Keeper) -> None:
    title = keeper.rows(ARTICLE.c.title, where=ARTICLE.c.id == 3)
    keeper.prune(texts_age="50d")
    text, source, note = keeper.rows(ARTICLE.c.text, ARTICLE.c.text_source, ARTICLE.c.note, where=ARTICLE.c.id == 3)[0]
    assert (text, source) == ("", "")
    assert note == "its text was let go on 2026-03-01"
    assert keeper.rows(ARTICLE.c.title, where=ARTICLE.c.id == 3) == title
    assert keeper.rows(STORY_KEY.c.key, where=STORY_KEY.c.article_id == 3) == []
    found = CliRunner().invoke(app, ["-c", str(keeper.config.source), "search", "council", "--json", "-n", "50"])
    assert {(hit["article"]["id"],) for hit in json.loads(found.stdout)} == FLAGGED
    assert keeper.prune(texts_age="50d") == {}


@pytest.mark.parametrize("state", ["read", "tell", "unread"])
@pytest.mark.slow
def test_what_an_article_that_is_owed_something_needs_is_kept(keeper: Keeper, state: str) -> None:
    keeper.write(update(ARTICLE).values(state=state))
    assert keeper.prune(pages_age="1d", texts_age="1d") == {}


@pytest.mark.slow
def test_the_oldest_go_first_until_there_is_room(keeper: Keeper) -> None:
    for number in range(1, 13):
        moment = keeper.now - timedelta(days=number)
        keeper.write(update(PAGE).where(PAGE.c.article_id == number).values(fetched_at=moment, body=b"x" * 940))
    assert keeper.prune(pages_size="5KB") == {Kind.PAGES: 6}
    assert set(keeper.rows(PAGE.c.article_id)) == {(1,), (2,), (3,), (4,), (5,), (9,)}


@pytest.mark.slow
def test_matches_go_only_for_topics_that_are_not_kept(keeper: Keeper) -> None:
    assert keeper.prune(matches_age="1d") == {}
    assert keeper.prune(matches_age="1d", topics=["others"]) == {Kind.MATCHES: 3}


@pytest.mark.slow
def test_attempts_go_where_nothing_is_owed_any_more(keeper: Keeper) -> None:
    alert = {"receiver": "desk", "topic": "ferries", "created_at": keeper.now, "owed_at": keeper.now, "article_id": 1}
    for number, state in enumerate(("sent", "owed", "failed", "held"), 1):
        keeper.write(insert(ALERT).values({**alert, "id": number, "uid": state, "sequence": number, "state": state}))
        tried = {"alert_id": number, "started_at": keeper.now - OLD, "ended_at": keeper.now - OLD, "result": "sent"}
        keeper.write(insert(ATTEMPT).values(tried))
    assert keeper.prune(attempts_age="1d") == {Kind.ATTEMPTS: 2}
    assert keeper.rows(ATTEMPT.c.alert_id) == [(2,), (4,)]
    assert keeper.prune(texts_age="1d", topics=["others"]) == {Kind.TEXTS: 11}, "what an open alert tells of stays"


@pytest.mark.sqlite
@pytest.mark.slow
def test_freed_room_goes_back_to_the_disk(keeper: Keeper) -> None:
    keeper.write(update(PAGE).values(body=b"\1" * 300_000))
    path = keeper.config.database_path
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = path.stat().st_size
    assert reclaim.can_give_back(keeper.store.engine)
    keeper.prune(pages_age="1d")
    keeper.store.close()
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert path.stat().st_size < before - 9 * 250_000


@pytest.mark.slow
async def test_the_daemon_lets_go_of_it_in_its_rounds(keeper: Keeper) -> None:
    limits = RetentionConfig(pages_age=86400.0)
    book = Rulebook(keeper.config.model_copy(update={"retention": limits}), keeper.rules, {})
    pruning = Pruning(keeper.store.engine, asyncio.to_thread, lambda: book)
    await pruning.tick()
    assert len(keeper.rows(PAGE.c.article_id)) == 12, "after a start all else goes first"
    pruning.due_at = clock()
    await pruning.tick()
    assert set(keeper.rows(PAGE.c.article_id)) == FLAGGED


@pytest.mark.slow
def test_a_topic_that_is_kept_must_be_there(keeper: Keeper) -> None:
    with pytest.raises(ConfigError, match="fairies"):
        keeper.take_over(CONFIG + '\n[retention]\ntopics = ["fairies"]\n')


@pytest.mark.slow
def test_the_command_says_first_and_does_it_when_told_to(keeper: Keeper) -> None:
    keeper.take_over(CONFIG + '\n[retention]\npages_age = "30d"\n')
    run = ["-c", str(keeper.config.source), "db", "prune", "--json"]
    said = json.loads(CliRunner().invoke(app, run).stdout)
    assert (said["held"][0]["gone"], said["done"]) == (9, False)
    assert len(keeper.rows(PAGE.c.article_id)) == 12
    done = CliRunner().invoke(app, [*run, "--yes", "--compact"])
    assert json.loads(done.stdout)["gone"] == {"pages": 9}, done.output
    assert set(keeper.rows(PAGE.c.article_id)) == FLAGGED
    assert "--yes" in CliRunner().invoke(app, [*run[:-1]]).output
    assert CliRunner().invoke(app, [*run[:-1], "--compact"]).exit_code == 1

"""Searches are saved, asked again for what is new, and become topics that were checked first."""

import json
import tomllib
from pathlib import Path

import pytest
from sqlalchemy import update

from monitor.config import load
from monitor.edge.database import writing
from monitor.edge.tables import ARTICLE
from monitor.errors import ConfigError, ConflictError
from monitor.rules import load_rules
from monitor.wire import open_store
from tests import desk
from tests.desk import Monitor

ON_BOTH = True

MORE = [("Wheat again", "More wheat left the harbour."), ("Ferry late", "Fog, says the captain.")]


@pytest.fixture
def monitor(tmp_path: Path) -> Monitor:
    return desk.furnish(tmp_path)


def ids(monitor: Monitor, *words: str) -> list[int]:
    done = monitor("searches", "run", *words, "--json")
    assert done.exit_code in {0, 4}, done.output
    return [hit["article"]["id"] for hit in json.loads(done.stdout)]


def set_state(home: Path, number: int, state: str) -> None:
    store = open_store(load(home / "config.toml"))
    with writing(store.engine) as connection:
        connection.execute(update(ARTICLE).where(ARTICLE.c.id == number).values(state=state))
    store.close()


@pytest.mark.slow
def test_what_came_since_a_search_was_last_asked_is_new_once(monitor: Monitor, tmp_path: Path) -> None:
    assert "4 articles answer" in monitor("searches", "save", "wheat", "wheat").stdout
    assert ids(monitor, "wheat") == [4, 3, 2, 1]
    assert ids(monitor, "wheat", "--new") == []
    desk.fill(tmp_path, MORE, state="failed")
    assert "1 of them new" in monitor("searches", "show", "wheat").stdout
    assert ids(monitor, "wheat", "--new", "--keep") == [11]
    assert ids(monitor, "wheat", "--new") == [11]
    assert ids(monitor, "wheat", "--new") == []
    assert "nothing new since" in monitor("searches", "run", "wheat", "--new").stdout


@pytest.mark.slow
def test_an_article_that_is_still_owed_its_reading_is_new_when_it_was_read(monitor: Monitor, tmp_path: Path) -> None:
    monitor("searches", "save", "wheat", "wheat")
    desk.fill(tmp_path, [("No word of it yet", ""), MORE[0]], state="read")
    set_state(tmp_path, 12, "done")
    assert 12 in ids(monitor, "wheat")
    set_state(tmp_path, 11, "done")
    assert ids(monitor, "wheat", "--new") == [12]


@pytest.mark.slow
def test_what_finds_no_room_stays_new(monitor: Monitor, tmp_path: Path) -> None:
    monitor("searches", "save", "wheat", "wheat")
    ids(monitor, "wheat")
    desk.fill(tmp_path, [MORE[0], ("Wheat once more", "Wheat.")], state="failed")
    assert "they stay new" in monitor("searches", "run", "wheat", "--new", "-n", "1").stdout
    assert ids(monitor, "wheat", "--new") == [12, 11]


@pytest.mark.slow
def test_a_saved_search_is_turned_page_by_page(monitor: Monitor) -> None:
    monitor("searches", "save", "wheat", "wheat", "--order", "oldest")
    cursor = monitor("searches", "run", "wheat", "-n", "3").stdout.rpartition("--cursor ")[2].strip()
    assert ids(monitor, "wheat", "-n", "3", "--cursor", cursor) == [4]
    assert monitor("searches", "run", "wheat", "--new", "--cursor", cursor).exit_code == 2


@pytest.mark.slow
def test_searches_are_listed_replaced_and_removed(monitor: Monitor) -> None:
    assert monitor("searches", "list").exit_code == 4
    monitor("searches", "save", "wheat", "wheat", "--order", "oldest")
    again = monitor("searches", "save", "wheat", "barley")
    assert isinstance(again.exception, ConflictError)
    assert ids(monitor, "wheat") == [1, 2, 3, 4]
    assert monitor("searches", "save", "wheat", "barley", "--replace").exit_code == 0
    (kept,) = json.loads(monitor("searches", "list", "--json").stdout)
    assert (kept["name"], kept["query"], kept["asked_at"]) == ("wheat", "barley", None)
    assert json.loads(monitor("searches", "show", "wheat", "--json").stdout)["total"] == 2
    assert monitor("searches", "remove", "wheat").exit_code == 0
    for command in ("show", "run", "remove"):
        assert monitor("searches", command, "wheat").exit_code == 4


@pytest.mark.slow
def test_a_search_that_cannot_be_obeyed_or_named_is_not_saved(monitor: Monitor) -> None:
    assert "colour" in str(monitor("searches", "save", "red", "colour:red").exception)
    assert monitor("searches", "save", "Not A Name", "wheat").exit_code == 2
    assert monitor("searches", "list").exit_code == 4


@pytest.mark.slow
def test_a_saved_search_becomes_a_topic_printed_or_written_into_the_file_of_topics(
    monitor: Monitor, tmp_path: Path
) -> None:
    monitor("searches", "save", "barley", 'barley OR "port of Odesa"')
    printed = monitor("topics", "new", "barley", "--from-search", "barley", "--title", "Barley", "--severity", "high")
    (table,) = tomllib.loads(printed.stdout)["topic"]
    assert table == {"name": "barley", "title": "Barley", "severity": "high", "query": 'barley OR "port of Odesa"'}
    before = (tmp_path / "harbours.toml").read_text("utf-8")
    assert monitor("topics", "new", "barley", "--from-search", "barley", "--write").exit_code == 0
    assert (tmp_path / "harbours.toml").read_text("utf-8").startswith(before.rstrip())
    topics = {topic.name: topic for topic in load_rules(load(tmp_path / "config.toml")).pack.topics}
    assert topics["barley"].query == 'barley OR "port of Odesa"'


def test_without_a_file_of_topics_the_configuration_takes_it(monitor: Monitor, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(config.read_text("utf-8").replace('files = ["harbours.toml"]', ""), "utf-8")
    assert monitor("topics", "new", "fog", "fog", "--write").exit_code == 0
    assert [topic.name for topic in load(config).topic] == ["weather", "fog"]


@pytest.mark.parametrize("query", ["colour:red", "story:1", "NOT wheat", "@nobody", "wheat AND OR"])
def test_a_topic_that_cannot_be_watched_for_is_refused_and_nothing_is_written(
    monitor: Monitor, tmp_path: Path, query: str
) -> None:
    before = (tmp_path / "harbours.toml").read_bytes()
    done = monitor("topics", "new", "doubtful", query, "--write")
    assert isinstance(done.exception, ConfigError)
    assert (tmp_path / "harbours.toml").read_bytes() == before


@pytest.mark.slow
def test_a_topic_needs_a_name_of_its_own_and_one_query(monitor: Monitor) -> None:
    assert "already" in str(monitor("topics", "new", "grain", "wheat").exception)
    assert monitor("topics", "new", "Grain!", "wheat").exit_code == 2
    assert monitor("topics", "new", "fog").exit_code == 2
    assert monitor("topics", "new", "fog", "fog", "--from-search", "fog").exit_code == 2
    assert monitor("topics", "new", "fog", "--from-search", "fog").exit_code == 4

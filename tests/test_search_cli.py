"""The archive asked from the shell: pages, orders, facets, and exports."""

import csv
import io
import json
import sys
from pathlib import Path
from typing import get_args

import pytest
from pyarrow import parquet
from sqlalchemy import insert, update

from monitor.archive import Order
from monitor.cli.search import ORDER_OPTION, bar
from monitor.config import load
from monitor.edge.database import writing
from monitor.edge.tables import ARTICLE, STORY
from monitor.errors import MonitorError
from monitor.exports import COLUMNS
from monitor.wire import open_store
from tests import desk
from tests.desk import Monitor

ON_BOTH = True


@pytest.fixture
def monitor(tmp_path: Path) -> Monitor:
    return desk.furnish(tmp_path)


def titles(monitor: Monitor, *words: str) -> list[str]:
    done = monitor("search", *words, "--json")
    assert done.exit_code == 0, done.output
    return [hit["article"]["title"] for hit in json.loads(done.stdout)]


def test_the_shell_knows_every_order() -> None:
    assert get_args(get_args(ORDER_OPTION)[0]) == tuple(order.value for order in Order)


@pytest.mark.slow
def test_pages_follow_one_another_by_their_cursors_and_hold_each_article_once(monitor: Monitor) -> None:
    found, cursor = [], ""
    for _ in range(4):
        options = ("-n", "2", "--json", "--answer", *(("--cursor", cursor) if cursor else ()))
        answer = json.loads(monitor("search", "wheat OR barley", *options).stdout)
        assert (answer["total"], answer["exact"]) == (6, True)
        found += [hit["article"]["id"] for hit in answer["hits"]]
        cursor = answer["cursor"]
        if not cursor:
            break
    assert found == sorted(found, reverse=True)
    assert set(found) == {1, 2, 3, 4, 5, 6}
    assert "--cursor" in monitor("search", "wheat", "-n", "2").stdout


@pytest.mark.slow
def test_the_oldest_come_first_where_that_is_asked_for(monitor: Monitor) -> None:
    assert titles(monitor, "barley", "--order", "oldest") == titles(monitor, "barley")[::-1]


def test_without_a_query_all_articles_answer(monitor: Monitor) -> None:
    assert len(titles(monitor)) == len(desk.ARTICLES)


@pytest.mark.slow
def test_an_export_of_all_counts_voices_as_a_page_does(monitor: Monitor, tmp_path: Path) -> None:
    store = open_store(load(tmp_path / "config.toml"))
    with writing(store.engine) as connection:
        story = {"id": 1, "headline": "Wheat", "opened_at": desk.SEEN, "latest_at": desk.SEEN, "articles": 2}
        connection.execute(insert(STORY).values(story))
        for number in (1, 2):
            told = {"story_id": 1, "url": f"https://paper{number}.example/"}
            connection.execute(update(ARTICLE).where(ARTICLE.c.id == number).values(told))
    store.close()
    for whole in ((), ("--all",)):
        hits = [json.loads(line) for line in monitor("search", "wheat", "--jsonl", *whole).stdout.splitlines()]
        assert {hit["article"]["id"]: hit["voices"] for hit in hits} == {4: 0, 3: 0, 2: 2, 1: 2}


def test_a_table_says_how_many_answer_and_counts_by_facets(monitor: Monitor) -> None:
    done = monitor("search", "wheat", "-n", "3", "--facets", "language,day")
    assert done.exit_code == 0, done.output
    assert "3 of 4 articles" in done.stdout
    assert "█" in done.stdout
    assert "2026-03-02" in done.stdout
    answer = json.loads(monitor("search", "wheat", "--facets", "language", "--json").stdout)
    assert answer["facets"] == {"language": [{"value": "en", "articles": 4}]}


def test_snippets_show_where_it_was_found(monitor: Monitor) -> None:
    done = monitor("search", "escort", "--snippets")
    assert "Barley left the port of Odesa under escort." in done.stdout


@pytest.mark.slow
def test_lines_of_json_hold_what_json_holds(monitor: Monitor, tmp_path: Path) -> None:
    whole = json.loads(monitor("search", "wheat", "--json").stdout)
    assert [json.loads(line) for line in monitor("search", "wheat", "--jsonl").stdout.splitlines()] == whole
    target = tmp_path / "found.jsonl"
    assert monitor("search", "wheat", "--jsonl", "--all", "--to", str(target)).exit_code == 0
    assert [json.loads(line) for line in target.read_text("utf-8").splitlines()] == whole


def test_a_file_of_comma_separated_values_opens_in_a_spreadsheet(monitor: Monitor, tmp_path: Path) -> None:
    printed = monitor("search", "wheat", "--csv").stdout
    assert [row["id"] for row in csv.DictReader(io.StringIO(printed, newline=""))] == ["4", "3", "2", "1"]
    target = tmp_path / "found.csv"
    done = monitor("search", "wheat", "--csv", "--all", "--to", str(target))
    assert "4 articles written" in done.stderr
    written = target.read_bytes().decode("utf-8")
    assert written.startswith("\ufeffid,")
    assert written.replace("\r\n", "\n").removeprefix("\ufeff") == printed.replace("\r\n", "\n")


def test_a_parquet_file_is_written_whole_beside_nothing_else(monitor: Monitor, tmp_path: Path) -> None:
    target = tmp_path / "out" / "found.parquet"
    target.parent.mkdir()
    assert monitor("search", "wheat", "--parquet", str(target), "--all").exit_code == 0
    read = parquet.ParquetFile(target).read()
    assert (read.num_rows, tuple(read.column_names)) == (4, COLUMNS)
    assert [path.name for path in target.parent.iterdir()] == ["found.parquet"]


def test_a_file_that_cannot_be_written_is_refused_and_an_old_one_stays(monitor: Monitor, tmp_path: Path) -> None:
    done = monitor("search", "wheat", "--csv", "--to", str(tmp_path / "nowhere" / "found.csv"))
    assert "cannot be written" in str(done.exception)
    kept = tmp_path / "kept.csv"
    kept.write_text("old", "utf-8")
    refused = monitor("search", "colour:red", "--csv", "--all", "--to", str(kept))
    assert refused.exception
    assert kept.read_text("utf-8") == "old"
    assert not list(tmp_path.glob(".kept.csv*"))


def test_without_pyarrow_an_export_to_parquet_says_what_to_install(
    monitor: Monitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    target = tmp_path / "found.parquet"
    done = monitor("search", "wheat", "--parquet", str(target))
    assert isinstance(done.exception, MonitorError)
    assert "monitor[export]" in done.exception.hint
    assert not target.exists()


@pytest.mark.parametrize(
    "words",
    [
        ("--json", "--csv"),
        ("--all",),
        ("--all", "--json"),
        ("--to", "x.csv"),
        ("--answer",),
        ("--facets", "colour"),
        ("--order", "dearest"),
        ("--all", "--csv", "--cursor", "3"),
    ],
)
def test_options_that_do_not_fit_together_are_refused(monitor: Monitor, words: tuple[str, ...]) -> None:
    assert monitor("search", "wheat", *words).exit_code == 2


def test_a_cursor_of_another_question_is_refused(monitor: Monitor) -> None:
    assert "cursor" in str(monitor("search", "wheat", "--cursor", "nonsense").exception)


@pytest.mark.slow
def test_nothing_found_ends_with_4_in_every_form(monitor: Monitor, tmp_path: Path) -> None:
    for form in ((), ("--json",), ("--csv",), ("--jsonl", "--all"), ("--parquet", str(tmp_path / "x.parquet"))):
        assert monitor("search", "unobtainium", *form).exit_code == 4


def test_a_bar_is_as_long_as_its_share() -> None:
    assert bar(4, 4, 3) == "███"
    assert bar(2, 4, 3) == "█▌"
    assert bar(0, 4, 3) == ""
    assert bar(1, 1000, 3) == "▏"

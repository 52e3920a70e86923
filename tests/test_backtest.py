"""A topic put to the archive: what it adds and removes, and that neither Ctrl-C nor a crash costs more than a batch."""

import json
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from desk import ARTICLES, OLD, OLDER, PACK, Monitor, change, fill, furnish, keep_matches, table

from monitor.config import load
from monitor.edge import backtests
from monitor.edge.clock import clock
from monitor.errors import ConfigError, StoreError
from monitor.model import Match
from monitor.wire import open_store

ON_BOTH = True

pytestmark = pytest.mark.slow


@pytest.fixture
def monitor(tmp_path: Path) -> Monitor:
    return furnish(tmp_path)


def titles(report: dict[str, dict[str, list[dict[str, str]]]], change: str) -> set[str]:
    return {each["title"] for each in report["samples"][change]}


def counts(report: dict[str, int]) -> tuple[int, int, int, int]:
    return report["read"], report["flagged"], report["added"], report["removed"]


def test_a_backtest_tells_what_is_added_and_removed_and_changes_no_match(monitor: Monitor, tmp_path: Path) -> None:
    before = table(tmp_path, "match"), table(tmp_path, "alert"), table(tmp_path, "article")
    done = monitor("topics", "backtest", "grain", "--json")
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert counts(report) == (10, 4, 3, 1)
    assert titles(report, "added") == {title for title, _ in ARTICLES[1:4]}
    assert titles(report, "removed") == {ARTICLES[4][0]}
    assert report["samples"]["added"][0]["evidence"][0]["found"].casefold() == "wheat"
    assert report["samples"]["removed"][0]["evidence"][0]["found"] == "barley"
    assert report["remaining"] == 0
    assert report["finished_at"]
    assert (table(tmp_path, "match"), table(tmp_path, "alert"), table(tmp_path, "article")) == before


def test_the_tables_show_samples_with_their_reasons(monitor: Monitor) -> None:
    shown = monitor("topics", "backtest", "grain", "--samples", "2").output
    assert "Added, 2 of 3" in shown
    assert "Removed, all 1" in shown
    assert "had barley" in " ".join(shown.split())
    assert "the stored matches" in shown


def test_what_is_not_told_yet_is_left_out_and_read_later(monitor: Monitor, tmp_path: Path) -> None:
    fill(tmp_path, [("Wheat in a hurry", "Just polled.")], state="tell")
    assert json.loads(monitor("topics", "backtest", "grain", "--json").stdout)["read"] == 10
    fill(tmp_path, [("More wheat", "Told since.")], state="done-2")
    change(tmp_path, "UPDATE article SET state = 'done' WHERE state = 'done-2'")
    again = monitor("topics", "backtest", "grain", "--json")
    report = json.loads(again.stdout)
    assert counts(report) == (11, 5, 4, 1)
    assert report["resumed_after"] == 10
    assert "going on after 10 articles" in again.stderr


def test_it_goes_on_where_the_limit_stopped_it(monitor: Monitor) -> None:
    whole = json.loads(monitor("topics", "backtest", "grain", "--json", "--fresh").stdout)
    first = monitor("topics", "backtest", "grain", "--fresh", "--limit", "4", "--json")
    assert first.exit_code == 0
    assert "6 are left" in first.stderr
    part = json.loads(first.stdout)
    assert (counts(part), part["finished_at"], part["remaining"]) == ((4, 4, 3, 0), None, 6)
    second = monitor("topics", "backtest", "grain", "--limit", "5", "--json")
    assert "going on after 4 articles" in second.stderr
    assert json.loads(second.stdout)["remaining"] == 1
    last = json.loads(monitor("topics", "backtest", "grain", "--json").stdout)
    assert counts(last) == counts(whole)
    assert last["samples"] == whole["samples"]
    done = monitor("topics", "backtest", "grain", "--json")
    assert "read already" in done.stderr
    assert counts(json.loads(done.stdout)) == counts(whole)


def test_another_question_is_another_backtest(monitor: Monitor, tmp_path: Path) -> None:
    monitor("topics", "backtest", "grain", "--limit", "3")
    since = json.loads(monitor("topics", "backtest", "grain", "--since", "2026-03-09", "--json").stdout)
    assert since["resumed_after"] == 0
    assert since["read"] == 3
    (tmp_path / "harbours.toml").write_text(PACK.format(query="barley"), "utf-8")
    changed = json.loads(monitor("topics", "backtest", "grain", "--json").stdout)
    assert changed["resumed_after"] == 0
    assert titles(changed, "added") == {ARTICLES[5][0]}
    assert len(table(tmp_path, "backtest")) == 3


def test_it_can_be_compared_with_the_matches_of_one_rule(monitor: Monitor) -> None:
    report = json.loads(monitor("topics", "backtest", "grain", "--against", OLD, "--json").stdout)
    assert counts(report) == (10, 4, 4, 1)
    report = json.loads(monitor("topics", "backtest", "grain", "--against", OLDER[:5], "--json").stdout)
    assert counts(report) == (10, 4, 3, 0)
    unknown = monitor("topics", "backtest", "grain", "--against", "cccc")
    assert unknown.exit_code == 4
    assert f"{OLD} (1)" in unknown.output
    assert f"{OLDER} (1)" in unknown.output


def test_a_changed_topic_is_tried_from_its_file(monitor: Monitor, tmp_path: Path) -> None:
    draft = tmp_path / "draft.toml"
    draft.write_text(PACK.format(query="(wheat AND NOT beer) OR @odesa-port"), "utf-8")
    report = json.loads(monitor("topics", "backtest", "grain", "--against", str(draft), "--json").stdout)
    assert counts(report) == (10, 4, 2, 2)
    assert titles(report, "added") == {ARTICLES[4][0], ARTICLES[5][0]}
    assert titles(report, "removed") == {ARTICLES[2][0], ARTICLES[3][0]}
    shown = monitor("topics", "backtest", "grain", "--against", str(draft))
    assert "draft.toml" in shown.output
    assert "against the topic in force" in shown.output
    assert "Removed, all 2" in shown.output


def test_a_draft_that_cannot_be_used_is_refused(monitor: Monitor, tmp_path: Path) -> None:
    draft = tmp_path / "draft.toml"
    assert "cannot be read" in str(monitor("topics", "backtest", "grain", "--against", str(draft)).exception)
    draft.write_text(PACK.format(query="@nobody"), "utf-8")
    faulty = monitor("topics", "backtest", "grain", "--against", str(draft))
    assert isinstance(faulty.exception, ConfigError)
    assert "draft.toml" in str(faulty.exception)
    draft.write_text(PACK.format(query="topic:nothing"), "utf-8")
    assert "nothing" in str(monitor("topics", "backtest", "grain", "--against", str(draft)).exception)
    draft.write_text(PACK.format(query="wheat").replace('"grain"', '"corn"'), "utf-8")
    assert "has no topic 'grain'" in str(monitor("topics", "backtest", "grain", "--against", str(draft)).exception)
    assert monitor("topics", "backtest", "corn").exit_code == 4


def test_samples_are_bounded_and_spread_over_all(monitor: Monitor, tmp_path: Path) -> None:
    fill(tmp_path, [(f"Wheat {number}", "More of it.") for number in range(900)], state="many")
    change(tmp_path, "UPDATE article SET state = 'done'")
    report = json.loads(monitor("topics", "backtest", "grain", "--samples", "200", "--json").stdout)
    assert report["added"] == 903
    assert len(table(tmp_path, "backtest_difference")) == backtests.KEPT + 1
    halves = [each["article_id"] > 455 for each in report["samples"]["added"]]
    assert 70 < sum(halves) < 130


def test_two_processes_cannot_count_the_same_articles_twice(monitor: Monitor, tmp_path: Path) -> None:
    store = open_store(load(tmp_path / "config.toml"))
    begun = backtests.open_backtest(store.engine, backtests.Plan("grain", "v", ""), clock())
    ahead = backtests.Backtest(begun.id, begun.plan, begun.started_at, latest_id=5, read=5)
    backtests.save_batch(store.engine, begun, ahead, (), clock())
    with pytest.raises(StoreError, match="another process"):
        backtests.save_batch(store.engine, begun, ahead, (), clock())
    store.close()


def test_only_the_latest_backtests_of_a_topic_are_remembered(monitor: Monitor, tmp_path: Path) -> None:
    store = open_store(load(tmp_path / "config.toml"))
    for number in range(backtests.REMEMBERED + 3):
        backtests.open_backtest(store.engine, backtests.Plan("grain", str(number), ""), clock())
    backtests.open_backtest(store.engine, backtests.Plan("weather", "1", ""), clock())
    store.close()
    assert len(table(tmp_path, "backtest")) == backtests.REMEMBERED + 1


# What is started in the background ignores Ctrl-C, and hands that on.
HEARING = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("monitor", run_name="__main__", alter_sys=True)
"""


def caught_in_the_middle(config: Path, database: sqlite3.Connection, whole: int) -> "subprocess.Popen[str]":
    """A backtest that has read some and not all, and cannot go on until the database is let go."""
    command = [sys.executable, "-c", HEARING, "-c", str(config), "topics", "backtest", "grain", "--fresh"]
    for _ in range(20):  # on a busy machine it may be through before anybody looks
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        while process.poll() is None:
            database.execute("BEGIN IMMEDIATE")
            ((read,),) = database.execute("SELECT coalesce(max(read), 0) FROM backtest WHERE finished_at IS NULL")
            if 0 < read < whole:
                return process
            database.execute("ROLLBACK")
        process.communicate()
    raise AssertionError("it was never seen in the middle")


@pytest.mark.slow
@pytest.mark.sqlite  # whose one writer can be held up in the midst
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_ended_in_the_middle_it_goes_on_and_comes_to_the_same(monitor: Monitor, tmp_path: Path, end: int) -> None:
    many = [(f"Wheat {number}" if number % 3 else f"Rye {number}", "Nothing else. " * 240) for number in range(4000)]
    fill(tmp_path, many, state="many")
    database = sqlite3.connect(tmp_path / "monitor.db", isolation_level=None)
    database.execute("UPDATE article SET state = 'done'")
    keep_matches(tmp_path, [(number, Match("grain", "v", "normal", 1.0, ())) for number in range(11, 4000, 5)])
    monitor("label", "--list")  # brings the schema up to date before it is asked
    process = caught_in_the_middle(tmp_path / "config.toml", database, 4010)
    process.send_signal(end)
    database.execute("ROLLBACK")
    _, said = process.communicate(timeout=30)
    # Ctrl-C in the midst of a statement is a failure of that statement: 1.
    assert process.returncode in ({130, 1} if end == signal.SIGINT else {-signal.SIGKILL}), said
    ((read,),) = database.execute("SELECT read FROM backtest").fetchall()
    database.close()
    assert 0 < read < 4010
    assert ("the same command goes on" in said) == (process.returncode == 130)
    again = monitor("topics", "backtest", "grain", "--json")
    assert f"going on after {read} articles" in again.stderr
    fresh = monitor("topics", "backtest", "grain", "--json", "--fresh")
    resumed, whole = json.loads(again.stdout), json.loads(fresh.stdout)
    assert counts(resumed) == counts(whole)
    assert resumed["read"] == 4010
    assert resumed["samples"] == whole["samples"]

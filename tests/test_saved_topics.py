"""A topic that is saved in the pages watches within seconds, in a daemon that nobody touched: both as processes."""

import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from newsday import SECRET, Newsday, newsday
from test_web_serve import served

pytestmark = pytest.mark.slow
PATIENCE_S = 60.0


@pytest.fixture
def day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Newsday]:
    monkeypatch.setenv("MONITOR_SECRET_HOOK", SECRET)  # the pages read the same configuration
    with newsday(tmp_path / "day", first=2) as day:
        text = day.config.read_text("utf-8")
        day.config.write_text(text.replace("[topics]", '[topics]\n    files = ["own.toml"]'), "utf-8")
        (day.folder / "own.toml").write_text('[pack]\nname = "own"\ntitle = "Own"\n', "utf-8")
        daemon = day.start()
        yield day
        daemon.kill()
        daemon.wait()


def asked(day: Newsday, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(day.folder / "monitor.db", timeout=20)) as archive:
        return archive.execute(statement).fetchall()


def until(holds: Callable[[], object]) -> None:
    """Look again and again; a look takes its time."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end


def save(pages: httpx.Client, name: str, query: str, base: str = "") -> httpx.Response:
    csrf = re.search(r'name="csrf" value="([^"]*)"', pages.get("/topics/new").text)
    form = {"csrf": csrf[1] if csrf else "", "title": name, "name": name, "query": query, "severity": "normal"}
    return pages.post("/topics/save", data={**form, **({"base": base} if base else {})})


def test_a_topic_saved_in_the_pages_watches_without_a_restart_and_a_faulty_one_changes_nothing(day: Newsday) -> None:
    with served(day.folder) as (_, base), httpx.Client(base_url=base, timeout=PATIENCE_S) as pages:
        saved = save(pages, "all-of-it", "lang:en OR lang:ru OR lang:uk OR lang:ar")
        assert saved.status_code == 303, saved.text
        until(lambda: asked(day, "SELECT 1 FROM run WHERE reloaded_at IS NOT NULL AND reload_error = ''"))
        assert "all-of-it" in pages.get("/topics").text
        assert "keeps to the topics of before" not in pages.get("/topics").text
        day.publish(3)
        until(lambda: asked(day, "SELECT 1 FROM match WHERE topic = 'all-of-it'"))

        kept = (day.folder / "own.toml").read_text("utf-8")
        (before,) = asked(day, "SELECT reloaded_at FROM run")
        assert save(pages, "all-of-it", "lang:en AND (", "all-of-it").status_code == 200  # the form again, with why
        assert save(pages, "broken", "@nobody-at-all").status_code == 200
        assert (day.folder / "own.toml").read_text("utf-8") == kept
        assert asked(day, "SELECT reloaded_at FROM run") == [before]


def test_a_daemon_that_is_asked_to_take_over_a_faulty_file_keeps_the_old_topics_and_says_why(day: Newsday) -> None:
    with served(day.folder) as (_, base), httpx.Client(base_url=base, timeout=PATIENCE_S) as pages:
        own = day.folder / "own.toml"
        good = (
            own.read_text("utf-8")
            + '[[topic]]\nname = "own"\ntitle = "Own"\nquery = "lang:en OR lang:ru OR lang:uk OR lang:ar"\n'
        )
        own.write_text(good, "utf-8")
        with closing(sqlite3.connect(day.folder / "monitor.db", timeout=20)) as archive, archive:
            archive.execute("UPDATE run SET reload_asked_at = '2026-01-01 00:00:00.000000'")
        until(lambda: asked(day, "SELECT 1 FROM run WHERE reloaded_at IS NOT NULL AND reload_error = ''"))
        own.write_text(good.replace("lang:en", "lnag:en"), "utf-8")
        with closing(sqlite3.connect(day.folder / "monitor.db", timeout=20)) as archive, archive:
            archive.execute("UPDATE run SET reload_asked_at = '2026-01-02 00:00:00.000000'")
        until(lambda: asked(day, "SELECT 1 FROM run WHERE reload_error LIKE '%lnag%'"))
        day.publish(3)
        until(lambda: asked(day, "SELECT 1 FROM match WHERE topic = 'own'"))
        told = pages.get("/topics").text
        assert "keeps to the topics of before" in told
        assert "lnag" in told

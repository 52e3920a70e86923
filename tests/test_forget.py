"""What is forgotten is gone with all that tells of it and stays away; what people do by hand is written down."""

import json
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from desk import SEEN, Monitor, furnish, on_disk, table
from made_archives import address, page, record, records
from sqlalchemy import insert, select, update
from test_backfill import Desk, warc
from web import Asking, asking, opened

from monitor.config import load
from monitor.edge import audit, forgetting
from monitor.edge.clock import clock
from monitor.edge.database import reading, writing
from monitor.edge.sightings import add_sightings
from monitor.edge.sources import sync
from monitor.edge.store import Store
from monitor.edge.tables import ALERT, ARTICLE, FEED, STORY
from monitor.model import Entry, Feed, Sighting
from monitor.wire import open_store

ON_BOTH = True


@pytest.fixture
def home(tmp_path: Path) -> Path:
    furnish(tmp_path)
    return tmp_path


URL = "https://news.example/done/1"


def test_an_article_goes_with_its_matches_alerts_and_index_entries(home: Path) -> None:
    monitor = again(home)
    store = open_store(load(home / "config.toml"))
    with writing(store.engine) as connection:
        row = {"receiver": "desk", "topic": "grain", "state": "sent", "created_at": SEEN, "owed_at": SEEN}
        connection.execute(insert(ALERT), [{**row, "uid": str(n), "story_id": n, "article_id": n} for n in (1, 5)])
        connection.execute(
            insert(STORY), [{"id": n, "headline": f"Story {n}", "opened_at": SEEN, "latest_at": SEEN} for n in (1, 5)]
        )
        connection.execute(update(ARTICLE).where(ARTICLE.c.id.in_((1, 5))).values(story_id=ARTICLE.c.id))
    store.close()
    done = monitor("forget", URL, "--yes")
    assert done.exit_code == 0, done.output
    assert "forgot 1 articles, 1 alerts, 1 stories" in done.output
    assert [row[0] for row in table(home, "alert")] == [2]
    assert 1 not in {row[1] for row in table(home, "match")}
    assert [row[0] for row in table(home, "story")] == [5]
    assert "harbour" not in monitor("search", "vessels", "--json").output.lower()
    assert b"Three vessels carried wheat away" not in on_disk(home)


def again(home: Path) -> Monitor:
    from typer.testing import CliRunner

    from monitor.cli.main import app

    return lambda *words: CliRunner().invoke(app, ["--config", str(home / "config.toml"), *words])


def test_a_story_that_others_tell_too_goes_on_without_it(home: Path) -> None:
    store = open_store(load(home / "config.toml"))
    with writing(store.engine) as connection:
        connection.execute(update(ARTICLE).where(ARTICLE.c.id.in_((1, 2))).values(story_id=1))
        connection.execute(
            insert(STORY).values(id=1, headline="Wheat leaves the harbour", opened_at=SEEN, latest_at=SEEN, articles=2)
        )
    done = forgetting.forget(store.engine, URL, URL, [1], clock())
    assert (done.articles, done.stories) == (1, 0)
    with reading(store.engine) as connection:
        story = connection.execute(select(STORY)).mappings().one()
    assert (story["articles"], story["headline"]) == (1, "Wheat price rises")
    store.close()


def seen(store: Store, *urls: str) -> int:
    """A poll that shows these: how many articles came in."""
    sync(store.engine, [Feed(0, "f", "https://f.example/")], SEEN)
    with writing(store.engine) as connection:
        number = connection.scalar(select(FEED.c.id))
        shown = [Sighting(Entry(url, url, title="T"), url, url, "d") for url in urls]
        made = add_sightings(connection, [(Feed(number or 0, "f", "https://f.example/"), shown, SEEN, frozenset())])
    return sum(made.values())


@pytest.mark.slow
def test_what_was_forgotten_does_not_come_in_again_until_it_is_allowed(home: Path) -> None:
    monitor = again(home)
    store = open_store(load(home / "config.toml"))
    assert monitor("forget", URL, "--yes").exit_code == 0
    assert monitor("forget", "tabloid.example", "--yes").exit_code == 0
    others = ("https://news.example/done/99", "https://tabloid.example.org/1")
    assert seen(store, URL, "https://www.tabloid.example/a", "https://tabloid.example/b", *others) == len(others)
    assert monitor("forget", "tabloid.example", "--allow").exit_code == 0
    assert monitor("forget", "tabloid.example", "--allow").exit_code == 4
    assert seen(store, URL, "https://tabloid.example/b") == 1
    store.close()


def test_a_site_goes_with_all_its_articles_and_no_other(home: Path) -> None:
    monitor = again(home)
    store = open_store(load(home / "config.toml"))
    seen(store, "https://sub.news.example/x", "https://news.example.org/y")
    store.close()
    assert monitor("forget", "news.example", "--yes").exit_code == 0
    assert [row[2] for row in table(home, "article")] == ["https://news.example.org/y"]


@pytest.mark.sqlite
@pytest.mark.slow
def test_a_forgotten_address_is_kept_nowhere_and_older_copies_are_named(home: Path) -> None:
    monitor = again(home)
    url = "https://news.example/done/5"
    assert url.encode() in on_disk(home)
    monitor("backup")
    done = monitor("forget", url, "--yes")
    assert "older copies still hold it" in done.output
    assert url.encode() not in on_disk(home)
    deed = json.loads(monitor("audit", "--json").output)[0]
    assert (deed["did"], deed["what"]) == ("forget", "")


def test_without_yes_it_is_asked_and_no_changes_nothing(home: Path) -> None:
    from typer.testing import CliRunner

    from monitor.cli.main import app

    before = table(home, "article")
    done = CliRunner().invoke(app, ["-c", str(home / "config.toml"), "forget", URL], input="n\n")
    assert done.exit_code == 1
    assert table(home, "article") == before


@pytest.mark.slow
def test_what_is_done_by_command_is_written_down_and_what_fails_or_only_asks_is_not(home: Path) -> None:
    monitor = again(home)
    assert monitor("label", "1", "grain", "yes").exit_code == 0
    assert monitor("status").exit_code == 4
    assert monitor("search", "wheat").exit_code == 0
    assert monitor("token", "remove", "nobody").exit_code == 4
    deeds = json.loads(monitor("audit", "--json").output)
    assert [(deed["by"], deed["did"], deed["what"]) for deed in deeds] == [("command", "label", "1 grain yes")]
    assert "@" in deeds[0]["who"]
    assert "label" in monitor("audit", "--since", "1h").output
    assert monitor("audit", "--since", "soon").exit_code == 2


def test_what_is_done_over_the_api_is_written_down_with_who_did_it(home: Path) -> None:
    with opened(home) as office:
        ask: Asking = asking(office)
        assert ask("PUT", "/api/v1/labels/grain/1", json={"wanted": True}).status_code < 300
        assert ask("POST", "/api/v1/topics/check", json={"name": "x", "query": "rain"}).status_code < 500
        assert ask("DELETE", "/api/v1/silences/99").status_code == 404
        ask.get("/api/v1/health")
        found = audit.deeds(office.desk.engine)
    assert [(deed.who, deed.by, deed.did) for deed in found] == [("local (local)", "api", "PUT /api/v1/labels/grain/1")]


def test_deeds_are_listed_newest_first_since_a_time(store: Store, now: object) -> None:
    for hours in (3, 2, 1):
        audit.note(store.engine, audit.Deed(clock() - timedelta(hours=hours), "me", "command", f"label {hours}", ""))
    assert [deed.did for deed in audit.deeds(store.engine)] == ["label 1", "label 2", "label 3"]
    assert len(audit.deeds(store.engine, clock() - timedelta(minutes=90))) == 1


@pytest.mark.parametrize("most", [None, 1])
@pytest.mark.slow
def test_how_far_a_folder_was_read_in_names_no_file_any_more_and_is_known_all_the_same(
    tmp_path: Path, most: int | None
) -> None:
    desk = Desk(tmp_path, SEEN)
    pages = tmp_path / "pages"
    for number in range(1, 7):
        path = pages / ("a" if number < 3 else "b") / f"ferry-{number}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        named = f'<link rel="canonical" href="{address(number)}"></head>'
        path.write_text(page(number).replace("</head>", named), "utf-8")
    desk.states([pages], most=most)
    assert b"ferry-" in on_disk(tmp_path)
    assert again(tmp_path)("forget", address(1), "--yes").exit_code == 0
    assert b"ferry-" not in on_disk(tmp_path)
    desk.states([pages])
    assert len(desk.rows(ARTICLE.c.id)) == 5
    desk.store.close()


@pytest.mark.sqlite
def test_the_database_stays_sound(home: Path) -> None:
    again(home)("forget", "news.example", "--yes")
    connection = sqlite3.connect(home / "monitor.db")
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()


@pytest.mark.parametrize("what", [address(1), address(1).replace("https", "http") + "?utm_source=x", "paper1.example"])
@pytest.mark.slow
def test_what_is_forgotten_leaves_no_record_of_a_reading_in_bulk_and_is_not_read_in_again(
    tmp_path: Path, what: str
) -> None:
    desk = Desk(tmp_path, SEEN)
    empty = record(address(1), b"")
    first = warc(tmp_path, [empty, record("https://own.example/a", b""), *records(3)])
    desk.states([first])
    assert address(1).encode() in on_disk(tmp_path)
    done = again(tmp_path)("forget", what, "--yes")
    assert done.exit_code == 0, done.output
    assert "forgot 1 articles, 0 alerts, 1 stories, 1 records of archives that could not be read" in done.output
    assert address(1).encode() not in on_disk(tmp_path)

    (state,) = desk.states([warc(tmp_path, [*records(4), empty], "again.warc.gz")])
    assert state.counts.skipped == {"forgotten": 2}
    assert (state.counts.articles, state.counts.known, state.counts.failed) == (1, 2, 0)
    assert address(1) not in {url for (url,) in desk.rows(ARTICLE.c.url)}
    assert address(1).encode() not in on_disk(tmp_path)
    desk.store.close()

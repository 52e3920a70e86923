"""Archives are read in whole: each record ends as an article, or as a failure or a skip with its reason; each once."""

import gzip
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fresh import lay
from made_archives import SEEN, address, config, packed, page, record, records, write_lines
from sqlalchemy import select
from typer.testing import CliRunner

from monitor.backfill import Order, batches, make_job, open_hoard, save_all
from monitor.bulk import Fate, Kind, Record, Wanted
from monitor.cli.main import app
from monitor.edge import backfills
from monitor.edge.backfills import Backfill
from monitor.edge.crew import crew
from monitor.edge.database import reading
from monitor.edge.hoards import find_hoards
from monitor.edge.store import Store
from monitor.edge.tables import ALERT, ARTICLE, MATCH, PAGE, STORY
from monitor.errors import StoreError
from monitor.model import ArticleState
from monitor.rules import Rules, load_rules
from monitor.settings import Config
from monitor.think.bulk import Tools, reap, tools
from monitor.wire import open_store

ON_BOTH = True

ALL = Order(Wanted.EVERYTHING)
MATCHES = Order(Wanted.MATCHES)


class Desk:
    """An archive of our own, and how archives of others are read into it."""

    def __init__(self, home: Path, now: datetime) -> None:
        self.config: Config = config(home)
        self.rules: Rules = load_rules(self.config)
        lay(self.config.database_path)
        self.store: Store = open_store(self.config)
        self.now = now

    def states(self, paths: Sequence[Path], order: Order = ALL, *, most: int | None = None) -> list[Backfill]:
        """Read archives in; with `most`, end after so many batches, as if killed then."""
        job = make_job(self.config, self.rules, order.wanted)
        found = []
        with crew(job, 0) as workers:
            for hoard in find_hoards(paths):
                state = open_hoard(self.store.engine, hoard, order, self.now)
                done = workers(batches(hoard, state.place, self.config.fetch.max_page, 3))
                for place, after in enumerate(save_all(self.store.engine, state, done, order, self.rules, 864000.0)):
                    state = after
                    if most is not None and place + 1 >= most:
                        return [*found, state]
                found.append(state)
        return found

    def rows(self, *columns: Any, where: Any = None) -> list[tuple[Any, ...]]:
        asked = select(*columns)
        with reading(self.store.engine) as connection:
            return [tuple(row) for row in connection.execute(asked if where is None else asked.where(where))]

    def failed(self, states: Iterable[Backfill]) -> list[tuple[str, str]]:
        found = backfills.failures(self.store.engine, [state.id for state in states])
        return [(each.reason, each.url) for each in found]

    def held(self) -> list[tuple[Any, ...]]:
        """All that a reading leaves, whatever the time was."""
        c = ARTICLE.c
        articles = self.rows(c.id, c.key, c.title, c.text, c.language, c.story_id, c.copy_of, c.state, c.published_at)
        return articles + self.rows(MATCH.c.article_id, MATCH.c.topic) + self.rows(STORY.c.id, STORY.c.articles)


@pytest.fixture
def desk(tmp_path: Path, now: datetime) -> Iterable[Desk]:
    opened = Desk(tmp_path, now)
    yield opened
    opened.store.close()


def warc(folder: Path, several: Sequence[bytes], name: str = "a.warc.gz") -> Path:
    path = folder / name
    path.write_bytes(packed(several) if name.endswith(".gz") else b"".join(several))
    return path


@pytest.mark.slow
def test_each_page_of_an_archive_becomes_an_article_with_its_matches(desk: Desk, tmp_path: Path) -> None:
    (state,) = desk.states([warc(tmp_path, records(12))])
    assert state.counts == backfills.Counts(records=12, articles=12, matched=3)
    assert state.finished_at
    row = desk.rows(ARTICLE.c.title, ARTICLE.c.seen_at, ARTICLE.c.state, where=ARTICLE.c.key == address(4))[0]
    assert row == ("The ferry to the island is shut again, number 4", SEEN, "done")
    assert len(desk.rows(MATCH.c.id)) == 3
    assert len(desk.rows(PAGE.c.article_id)) == 12


def test_a_page_is_found_in_the_archive_and_by_its_story(desk: Desk, tmp_path: Path) -> None:
    copy = record("https://copies.example/ferry", page(4).encode())
    desk.states([warc(tmp_path, [*records(6), copy])])
    original, copied = (desk.rows(ARTICLE.c.id, ARTICLE.c.story_id, ARTICLE.c.copy_of, where=ARTICLE.c.url == url)[0]
                        for url in (address(4), "https://copies.example/ferry"))  # fmt: skip
    assert copied[1:] == (original[1], original[0])
    assert desk.rows(STORY.c.articles, where=STORY.c.id == original[1]) == [(2,)]


def test_nobody_is_told_of_what_is_read_in(desk: Desk, tmp_path: Path) -> None:
    desk.states([warc(tmp_path, records(8))])
    assert desk.rows(ALERT.c.id) == []
    assert {state for (state,) in desk.rows(ARTICLE.c.state)} == {ArticleState.DONE.value}
    assert desk.store.claim_articles(ArticleState.TELL, desk.now + timedelta(days=9000), 60, 10) == ()


def test_where_it_is_wanted_matches_are_told_as_if_they_were_news(desk: Desk, tmp_path: Path) -> None:
    desk.states([warc(tmp_path, records(8))], Order(Wanted.MATCHES, tell=True))
    owed = desk.rows(ARTICLE.c.state, ARTICLE.c.backlog, ARTICLE.c.story_id)
    assert owed == [("tell", False, None)] * 2
    assert desk.rows(MATCH.c.id) == []


@pytest.mark.slow
def test_what_was_read_in_is_not_read_in_twice(desk: Desk, tmp_path: Path) -> None:
    path = warc(tmp_path, records(10))
    (first,) = desk.states([path])
    before = desk.held()
    other = warc(tmp_path, [*records(10), *records(3, first=10)], "b.warc")
    (second,) = desk.states([other])
    assert (second.counts.known, second.counts.articles) == (10, 3)
    assert desk.held()[:10] == before[:10]
    assert first.counts.known == 0


@pytest.mark.parametrize("stopped", [[1], [2, 1], [1, 1, 1]])
@pytest.mark.slow
def test_a_reading_that_was_stopped_ends_as_if_it_had_not_been(
    stopped: list[int], tmp_path_factory: pytest.TempPathFactory, anew: Callable[[], None], now: datetime
) -> None:
    several = [*records(7), record("ftp://x", b"x"), *records(4, first=7)]
    whole = Desk(tmp_path_factory.mktemp("desk"), now)
    anew()
    parted = Desk(tmp_path_factory.mktemp("desk"), now)
    (calm,) = whole.states([warc(whole.config.home, several)])
    path = warc(parted.config.home, several)
    for most in stopped:
        parted.states([path], most=most)
    (state,) = parted.states([path])
    assert state.counts == calm.counts
    assert parted.held() == whole.held()
    assert len(parted.failed([state])) == 1
    for each in (whole, parted):
        each.store.close()


def test_two_readings_of_one_archive_do_not_save_twice(desk: Desk, tmp_path: Path) -> None:
    (hoard,) = find_hoards([warc(tmp_path, records(5))])
    state = open_hoard(desk.store.engine, hoard, ALL, desk.now)
    desk.states([hoard.path])
    with crew(make_job(desk.config, desk.rules, Wanted.EVERYTHING), 0) as workers:
        done = workers(batches(hoard, "", 10**6))
        with pytest.raises(StoreError, match="another process"):
            list(save_all(desk.store.engine, state, done, ALL, desk.rules, 1.0))
    assert len(desk.rows(ARTICLE.c.id)) == 5


BAD = {
    "bad-url": record("ftp://paper.example/a", page(1).encode()),
    "empty": record("https://paper.example/empty", b""),
    "too-large": record("https://paper.example/large", gzip.compress(bytes(20_000_000)),
                        headers={"Content-Type": "text/html", "Content-Encoding": "gzip"}),
    "bad-http": record("https://paper.example/http", b"x").replace(b"HTTP/1.1 200 OK", b"HTTP/1.1 twenty"),
    "too-short": record("https://paper.example/short", b"<html><title>A</title><p>Hardly a word.</p></html>"),
    "length": record("https://paper.example/liar", page(1).encode(), length=99),
}  # fmt: skip
NOT_PAGES = {
    "status 404": record("https://paper.example/gone", page(1).encode(), status="404 Not Found"),
    "not a page but image/png": record(
        "https://paper.example/i.png", b"\x89PNG", headers={"Content-Type": "image/png"}
    ),
    "a request record": record("https://paper.example/r", b"GET / HTTP/1.1\r\n\r\n", kind="request"),
    "a warcinfo record": record("", b"software: x\r\n", kind="warcinfo"),
}


@pytest.mark.slow
def test_each_record_that_becomes_no_article_is_kept_with_its_reason(desk: Desk, tmp_path: Path) -> None:
    desk.config = desk.config.model_copy(update={"fetch": desk.config.fetch.model_copy(update={"max_page": 10**6})})
    several = [*records(2), *BAD.values(), *NOT_PAGES.values(), *records(2, first=2)]
    (state,) = desk.states([warc(tmp_path, several)])
    assert state.counts.records == len(several)
    assert state.counts.articles == 4
    assert sorted(reason for reason, _ in desk.failed([state])) == sorted(BAD)
    assert state.counts.skipped == dict.fromkeys(NOT_PAGES, 1)
    assert ("too-large", "https://paper.example/large") in desk.failed([state])


def test_a_packed_and_chunked_answer_is_read(desk: Desk, tmp_path: Path) -> None:
    body = gzip.compress(page(4).encode())
    chunked = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
    headers = {"Content-Type": "text/html", "Content-Encoding": "gzip", "Transfer-Encoding": "chunked"}
    desk.states([warc(tmp_path, [record(address(4), chunked, headers=headers)])])
    assert len(desk.rows(MATCH.c.id)) == 1


def test_only_matches_are_kept_where_only_they_are_wanted(desk: Desk, tmp_path: Path) -> None:
    (state,) = desk.states([warc(tmp_path, records(12))], MATCHES)
    assert (state.counts.articles, state.counts.passed, state.counts.matched) == (3, 9, 3)
    assert len(desk.rows(ARTICLE.c.id)) == 3
    (everything,) = desk.states([tmp_path / "a.warc.gz"], ALL)
    assert (everything.counts.articles, everything.counts.known) == (9, 3)


def given_tools(desk: Desk, wanted: Wanted) -> Tools:
    return tools(desk.rules.compiled, desk.rules.entities, make_job(desk.config, desk.rules, wanted).make().press, {},
                 wanted=wanted, keep_pages=False, largest=10**6)  # fmt: skip


def test_only_matches_are_wanted_and_none_is_passed_over(desk: Desk) -> None:
    every, some = given_tools(desk, Wanted.EVERYTHING), given_tools(desk, Wanted.MATCHES)
    for number, subject in enumerate(
        ("A <b>f</b>erry, a harbour", "FERRY &#105;sland", "The harbour", "Fer\u00adry, island")
    ):
        one = Record("1", Kind.WARC, record(address(number), page(number, subject).encode()))
        found, passed = reap(one, every, desk.now), reap(one, some, desk.now)
        assert (passed.fate is Fate.ARTICLE) == bool(found.matches)


def test_lines_of_json_hold_pages_or_texts(desk: Desk, tmp_path: Path) -> None:
    text = "The ferry to the island was cancelled. " * 8
    lines: list[object] = [
        {"url": address(1), "html": page(1)},
        {"url": address(2), "title": "No ferry today", "text": text, "published_at": "2026-02-01T08:00:00Z",
         "authors": ["Ann Lee"], "language": "en-GB", "site": "x"},
        {"text": text + "Without an address.", "title": "A ferry"},
        "not json {", "[1, 2]", "", {"url": "javascript:alert(1)", "text": text}, {"url": address(3)},
    ]  # fmt: skip
    (state,) = desk.states([write_lines(tmp_path / "a.jsonl.gz", lines)])
    assert (state.counts.records, state.counts.articles, state.counts.matched) == (8, 3, 2)
    assert sorted(reason for reason, _ in desk.failed([state])) == ["bad-json", "bad-json", "bad-url", "empty"]
    assert state.counts.skipped == {"an empty line": 1}
    authors, published = desk.rows(ARTICLE.c.authors, ARTICLE.c.published_at, where=ARTICLE.c.url == address(2))[0]
    assert (authors, published.isoformat()) == (["Ann Lee"], "2026-02-01T08:00:00+00:00")


def test_lines_that_never_end_or_break_off_cost_no_other(desk: Desk, tmp_path: Path) -> None:
    desk.config = desk.config.model_copy(update={"fetch": desk.config.fetch.model_copy(update={"max_page": 10**5})})
    path = write_lines(tmp_path / "a.jsonl", [{"url": address(1), "html": page(1)}, "x" * 10**6, {"url": address(2)}])
    path.write_text(path.read_text() + json.dumps({"url": address(3), "html": page(3)}))
    (state,) = desk.states([path])
    assert state.counts.articles == 2
    assert [reason for reason, _ in desk.failed([state])] == ["too-large", "empty"]
    whole = gzip.compress(path.read_bytes())
    (tmp_path / "b.jsonl.gz").write_bytes(whole[:-9])
    (state,) = desk.states([tmp_path / "b.jsonl.gz"])
    assert "corrupt" in {reason for reason, _ in desk.failed([state])}


def test_a_file_that_grew_is_read_from_where_it_ended(desk: Desk, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", [{"url": address(number), "html": page(number)} for number in range(3)])
    desk.states([path], most=1)
    write_lines(path, [{"url": address(number), "html": page(number)} for number in range(5)])
    (state,) = desk.states([path])
    assert (state.counts.records, state.counts.articles) == (5, 5)


def test_a_folder_holds_pages_and_archives(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    (folder / "paper.example" / "news").mkdir(parents=True)
    (folder / "paper.example" / "news" / "index.html").write_text(page(0))
    canonical = page(1).replace("</head>", '<link rel="canonical" href="https://own.example/one"></head>')
    (folder / "one.html").write_text(canonical)
    (folder / "two.html.gz").write_bytes(gzip.compress(page(2).encode()))
    (folder / "empty.html").write_text("")
    (folder / "notes.doc").write_text("no page")
    warc(folder, records(2, first=10), "inner.warc.gz")
    states = desk.states([folder])
    assert sum(state.counts.articles for state in states) == 5
    assert desk.failed(states) == [("empty", "")]
    urls = {url for (url,) in desk.rows(ARTICLE.c.url)}
    assert urls >= {"https://paper.example/news", "https://own.example/one", ""}


def test_a_path_that_leads_to_nothing_is_named(tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(b"x")
    for path in (tmp_path / "gone.warc", tmp_path / "picture.png", tmp_path):
        with pytest.raises(StoreError, match=path.name):
            find_hoards([path])


def test_a_fault_in_the_program_costs_one_record(desk: Desk) -> None:
    given = replace(given_tools(desk, Wanted.EVERYTHING), customs=None)
    found = reap(Record("1", Kind.WARC, record(address(1), page(1).encode())), given, desk.now)
    assert (found.fate, found.reason) == (Fate.FAILED, "fault")


def test_a_page_that_killed_its_process_is_read_in_haste(desk: Desk) -> None:
    one = Record("1", Kind.WARC, record(address(4), page(4).encode()))
    found = reap(one, given_tools(desk, Wanted.EVERYTHING), desk.now, haste=True)
    assert found.article is not None
    assert found.article.note == "read in haste"
    assert found.matches


@pytest.mark.slow
def test_the_command_reads_in_and_tells_what_came_of_it(tmp_path: Path) -> None:
    config(tmp_path)
    warc(tmp_path, [*records(9), *BAD.values()])
    run = ["--config", str(tmp_path / "config.toml"), "backfill", str(tmp_path / "a.warc.gz")]
    done = CliRunner().invoke(app, [*run, "-p", "0", "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["archives"][0]["counts"]["articles"] == 9
    assert told["failed"]["bad-url"] == 1
    listed = CliRunner().invoke(app, [*run, "--failures"])
    assert "ftp://paper.example/a" in listed.output.replace("\n", "")
    again = CliRunner().invoke(app, [*run, "-p", "0"])
    assert again.exit_code == 0
    missing = CliRunner().invoke(app, [*run[:3], str(tmp_path / "none.warc")])
    assert missing.exit_code != 0


def test_an_order_is_one_of_its_own() -> None:
    words = {Order(wanted, tell).word for wanted in Wanted for tell in (False, True)}
    assert len(words) == 4

"""The archive goes by the rules of now: put to them again, or read anew, whenever it was read first."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from made_archives import CONFIG, records
from sqlalchemy import update
from test_backfill import Desk, warc
from typer.testing import CliRunner

from monitor.cli.main import app
from monitor.config import load
from monitor.edge.crew import crew
from monitor.edge.database import writing
from monitor.edge.reprocesses import Reprocess, changes_of
from monitor.edge.tables import ALERT, ARTICLE, MATCH, PAGE
from monitor.errors import StoreError
from monitor.reprocess import What, begin, make_job, save_all, subjects
from monitor.rules import load_rules

ON_BOTH = True

WALLS = CONFIG + '\n[[topic]]\nname = "walls"\nquery = "wall OR school"\n'


class Again(Desk):
    """A desk whose archive is put to the rules again."""

    def take_over(self, text: str) -> None:
        self.config.source.write_text(text, "utf-8")
        self.config = load(self.config.source)
        self.rules = load_rules(self.config)

    def reprocess(
        self, what: What = What.MATCHES, *, since: datetime | None = None, most: int | None = None, again: bool = False
    ) -> Reprocess:
        state = begin(self.store.engine, what, self.rules, since, again=again)
        with crew(make_job(self.config, self.rules), 0) as workers:
            done = workers(subjects(self.store.engine, state, since, 4))
            for place, after in enumerate(save_all(self.store.engine, state, done, self.rules)):
                state = after
                if most == place + 1:
                    break
        return state


@pytest.fixture
def desk(tmp_path: Path, now: datetime) -> Iterable[Again]:
    opened = Again(tmp_path, now)
    opened.states([warc(tmp_path, records(12))])
    yield opened
    opened.store.close()


@pytest.mark.slow
def test_the_archive_is_put_to_changed_topics_and_what_changed_is_told(desk: Again) -> None:
    desk.take_over(WALLS.replace('"ferry AND (harbour OR island)"', '"ferry AND zeppelin"'))
    state = desk.reprocess()
    assert state.finished_at
    found = {(article, topic) for article, topic in desk.rows(MATCH.c.article_id, MATCH.c.topic)}
    assert sum(topic == "walls" for _, topic in found) == state.counts.gained["walls"] == 6
    assert state.counts.lost == {"ferries": 3}
    changes = changes_of(desk.store.engine, state)
    assert {(each.article_id, each.topic) for each in changes if each.change == "gained"} <= found
    assert desk.rows(ALERT.c.id) == []


@pytest.mark.slow
def test_nothing_changes_where_the_rules_are_the_same(desk: Again) -> None:
    before = desk.held()
    state = desk.reprocess()
    assert (state.counts.gained, state.counts.lost, state.counts.kept) == ({}, {}, {"ferries": 3})
    assert desk.held() == before


@pytest.mark.slow
def test_matches_of_topics_that_are_gone_stay(desk: Again) -> None:
    desk.take_over(CONFIG.replace("ferries", "boats"))
    desk.reprocess()
    assert {topic for (topic,) in desk.rows(MATCH.c.topic)} == {"ferries", "boats"}


@pytest.mark.slow
def test_kept_pages_are_read_anew(desk: Again) -> None:
    with writing(desk.store.engine) as connection:
        wrong = update(ARTICLE).where(ARTICLE.c.id == 2)
        connection.execute(wrong.values(title="A menu", text="Home. News. The ferry, the island.", authors=["Nobody"]))
    assert desk.reprocess().counts.gained == {"ferries": 1}
    state = desk.reprocess(What.PAGES)
    assert (state.counts.read, state.counts.changed, state.counts.lost) == (12, 1, {"ferries": 1})
    title, revision, done = desk.rows(ARTICLE.c.title, ARTICLE.c.revision, ARTICLE.c.state, where=ARTICLE.c.id == 2)[0]
    assert (title, revision, done) == ("The library of the town is shut again, number 1", 0, "done")


@pytest.mark.slow
def test_a_page_that_cannot_be_read_anew_costs_nothing(desk: Again) -> None:
    before = desk.held()
    with writing(desk.store.engine) as connection:
        connection.execute(update(PAGE).where(PAGE.c.article_id == 3).values(body=b"no page"))
    state = desk.reprocess(What.PAGES)
    assert sum(state.counts.failed.values()) == 1
    assert desk.held() == before


@pytest.mark.slow
def test_an_article_that_the_daemon_works_on_is_left_to_it(desk: Again) -> None:
    desk.take_over(WALLS)
    with writing(desk.store.engine) as connection:
        held = update(ARTICLE).where(ARTICLE.c.id == 3)
        connection.execute(held.values(token="run-1:x", leased_until=desk.now + timedelta(days=9000)))
    assert desk.reprocess().counts.busy == 1
    assert (3,) not in desk.rows(MATCH.c.article_id)


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.slow
def test_stopped_it_goes_on_where_it_was(desk: Again, batch: int) -> None:
    desk.take_over(WALLS)
    stopped = desk.reprocess(most=batch)
    assert stopped.counts.articles == 4 * batch
    state = desk.reprocess()
    assert (state.counts.articles, state.counts.gained) == (12, {"walls": 6})
    assert desk.reprocess(again=True).counts.gained == {}


@pytest.mark.slow
def test_only_articles_of_a_time_are_put_to_the_rules(desk: Again) -> None:
    desk.take_over(WALLS)
    assert desk.reprocess(since=desk.now).counts.articles == 0


@pytest.mark.slow
def test_two_that_do_the_same_do_not_save_twice(desk: Again) -> None:
    state = begin(desk.store.engine, What.MATCHES, desk.rules, None)
    desk.reprocess()
    with crew(make_job(desk.config, desk.rules), 0) as workers, pytest.raises(StoreError, match="another process"):
        list(save_all(desk.store.engine, state, workers(subjects(desk.store.engine, state, None)), desk.rules))


@pytest.mark.slow
def test_the_command_tells_what_changed(desk: Again, tmp_path: Path) -> None:
    desk.take_over(WALLS)
    run = ["--config", str(tmp_path / "config.toml"), "reprocess", "-p", "0"]
    done = CliRunner().invoke(app, [*run, "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["reprocess"]["counts"]["gained"] == {"walls": 6}
    assert len(told["changes"]) == 6
    again = CliRunner().invoke(app, run)
    assert again.exit_code == 0
    assert "walls" in again.output

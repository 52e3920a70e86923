"""An archive moves from SQLite to PostgreSQL whole, however often that is broken off, and answers there as before."""

import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from filled import START, fill, rules_of
from fresh import lay
from made_queries import ENTITIES
from sqlalchemy import func, select, text

from monitor.archive import Archive, Question
from monitor.edge import sources
from monitor.edge.database import reading, writing
from monitor.edge.polls import Polled
from monitor.edge.store import Store
from monitor.edge.tables import ARTICLE, METADATA
from monitor.edge.transfer import Step, copy_archive
from monitor.errors import StoreError
from monitor.model import Article, Entry, Feed, Page, Sighting
from monitor.think.language import indexable

RULES = rules_of(ENTITIES)
WORDS = "grain fleet oil harbour talks strike Україна зерно переговори صفقة الحبوب 谷物".split()


def articles(count: int) -> list[Article]:
    made = []
    for number in range(count):
        title = " ".join(WORDS[(number * step + step) % len(WORDS)] for step in (1, 3, 5))
        body = " ".join(WORDS[(number * step) % len(WORDS)] for step in range(1, 40))
        url = f"https://news{number % 7}.example.org/{number}"
        published = START - timedelta(hours=number)
        made.append(Article(0, url, url, title=title, text=body, language="en", published_at=published))
    return made


@pytest.fixture
def old(tmp_path: Path) -> Store:
    """An archive with some of everything that is easy to get wrong."""
    store = Store(lay(tmp_path / "old.db"), indexable, "test")
    fill(store, RULES, articles(600), named=True)
    sources.sync(store.engine, [Feed(id=0, name="feed", url="https://a.example/rss", tags=("a", "b"))], START)
    (feed,) = store.claim_feeds(START, 60.0, 1)
    seen = Sighting(Entry(key="k", title="A \0 in it", link="l", authors=("Ann",)), "key", "https://a.example/k")
    store.save_polls([Polled(feed, START, fresh=[seen])])
    (article,) = store.claim_articles("read", START, 60.0, 1)
    store.save_reading(article, START, Page("u", "u", 200, b"\x00\xff" * 500, "text/html", START))
    return store


def rows(store: Store) -> dict[str, int]:
    with reading(store.engine) as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in METADATA.sorted_tables
        }


@pytest.mark.slow
def test_a_copy_that_is_broken_off_twice_goes_on_and_answers_as_the_old_archive(old: Store, postgres: str) -> None:
    new = Store(postgres, indexable, "test")
    for breaking in ("article", "shelf"):

        def tell(step: Step, where: str = breaking) -> None:
            if step.table == where and not step.compared:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            copy_archive(old.engine, new.engine, "old", indexable, tell)
    assert 0 < rows(new)["article"] <= rows(old)["article"]
    with pytest.raises(StoreError, match="half a copy of old"):
        copy_archive(old.engine, new.engine, "another", indexable, lambda _: None)
    steps: list[Step] = []
    copied = copy_archive(old.engine, new.engine, "old", indexable, steps.append)
    assert copied == rows(new) == rows(old)
    assert any(step.compared for step in steps)
    for query in (
        "grain",
        '"grain talks"',
        "fleet AND NOT oil",
        "title:harbour",
        "зерно",
        "谷物",
        "url:news3",
        "grai*",
    ):
        question = Question(query, limit=50, facets=("language", "source", "day"))
        assert Archive(new.engine, RULES).ask(question) == Archive(old.engine, RULES).ask(question), query
    with pytest.raises(StoreError, match="holds an archive already"):
        copy_archive(old.engine, new.engine, "old", indexable, lambda _: None)
    old.close()
    new.close()


@pytest.mark.slow
def test_a_copy_that_is_not_like_the_archive_is_told(old: Store, postgres: str) -> None:
    new = Store(postgres, indexable, "test")

    def tell(step: Step) -> None:
        if step.compared or step.table != "sighting":  # when the articles are there
            return
        with writing(new.engine) as connection:
            connection.execute(text("UPDATE article SET note = 'changed' WHERE id = 5"))

    with pytest.raises(StoreError, match="the copy of article differs between its rows"):
        copy_archive(old.engine, new.engine, "old", indexable, tell)
    old.close()
    new.close()


@pytest.mark.slow
def test_what_comes_after_the_copy_is_numbered_after_all_that_ever_was(
    old: Store, postgres: str, now: datetime
) -> None:
    with writing(old.engine) as connection:
        highest = connection.scalar(select(func.max(ARTICLE.c.id)))
        connection.execute(text("DELETE FROM article WHERE id = :id"), {"id": highest})
    new = Store(postgres, indexable, "test")
    copy_archive(old.engine, new.engine, "old", indexable, lambda _: None)
    sources.sync(new.engine, [Feed(id=0, name="more", url="https://b.example/rss")], now)
    (feed,) = new.claim_feeds(now, 60.0, 1, ["more"])
    new.save_polls(
        [Polled(feed, now, fresh=[Sighting(Entry(key="n", title="N", link="l"), "n", "https://b.example/n")])]
    )
    with reading(new.engine) as connection:
        assert connection.scalar(select(func.max(ARTICLE.c.id))) > highest
    old.close()
    new.close()


@pytest.mark.slow
def test_a_copy_that_is_killed_goes_on(old: Store, postgres: str, tmp_path: Path) -> None:
    old.close()
    (tmp_path / "config.toml").write_text("")
    command = [sys.executable, "-m", "monitor", "db", "copy", str(old.path), postgres]
    for _ in range(2):
        with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as copying:
            assert copying.stdout
            assert next(line for line in copying.stdout if line.startswith("copied"))
            copying.kill()
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "compared every one" in done.stdout

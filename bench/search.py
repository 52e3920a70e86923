"""Questions that analysts ask of archives of any size: how long each kind takes, beside LIKE and reader's search.

    python bench/made_archive.py var/made 100000 1000000
    python bench/search.py var/made/100000.db var/made/1000000.db

Every question is another one, of words that are drawn as they are spread in the texts; it is asked as the API asks it,
with the columns at hand, and answered with a page of 20. Beside the time that passed stands that of the processors,
which tells more on a machine that has other work: of a large archive two threads look up at once, and both count.
`--reader` copies so many articles into a database of that library first; its search gives ten at a time, by relevance,
and knows neither inflection nor entities.
"""

import argparse
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
from made_archive import NAMES, START, Maker, folded
from rich.console import Console
from rich.table import Table
from sqlalchemy import insert

from monitor.archive import FACETS, Archive, Order, Question
from monitor.edge.database import writing
from monitor.edge.shelf import Shelf
from monitor.edge.store import Store
from monitor.edge.tables import ARTICLE
from monitor.model import Entity, Name
from monitor.routing import Plan
from monitor.rules import Rules
from monitor.think.entities import index_entities
from monitor.think.language import indexable
from monitor.think.match import compile_topics
from monitor.think.topics import Pack

clock = time.perf_counter
PORT = 8979
KINDS = ("two words and dates", "two words, by relevance", "a phrase", "a prefix", "an entity", "a word and an entity",
         "two words with facets", "a frequent word with facets", "all, by voices")  # fmt: skip


def rules() -> Rules:
    """Rules that know the entities which the articles name."""
    entities = index_entities([Entity(id_, "person", (Name(name, "en"),)) for id_, name in NAMES.items()])
    pack = Pack("made", "", "", tuple(entities.by_id.values()), ())
    return Rules(pack, entities, compile_topics((), entities), Plan((), (), {}), names_version="made")


class Asker:
    """Draws questions."""

    def __init__(self, articles: int, phrases: list[str]) -> None:
        self.maker, self.chance = Maker(), np.random.default_rng(7)
        self.articles, self.phrases = articles, phrases

    def word(self, most: float = 1.0) -> str:
        """A word as it may be met in an English text; below `most` of all that is written are the frequent ones."""
        place = int(np.searchsorted(self.maker.drawn, self.chance.random() * most))
        return str(self.maker.words["en"][place])

    def question(self, kind: str) -> Question:
        name = list(NAMES)[int(self.chance.integers(len(NAMES)))]
        month = START + timedelta(minutes=1.5 * float(self.chance.integers(self.articles)))
        since = f"published:[{month:%Y-%m-%d} TO {month + timedelta(days=30):%Y-%m-%d}]"
        two = f"{self.word()} AND {self.word(0.5)}"
        return {
            KINDS[0]: lambda: Question(f"{two} AND {since}"),
            KINDS[1]: lambda: Question(two, Order.RELEVANCE),
            KINDS[2]: lambda: Question(f'"{self.phrases[int(self.chance.integers(len(self.phrases)))]}"'),
            KINDS[3]: lambda: Question(f"{self.word()[:4]}*"),
            KINDS[4]: lambda: Question(f"@{name}"),
            KINDS[5]: lambda: Question(f"@{name} AND {self.word(0.6)}"),
            KINDS[6]: lambda: Question(two, facets=FACETS),
            KINDS[7]: lambda: Question(self.word(0.2), facets=FACETS),
            KINDS[8]: lambda: Question(self.word(0.4), Order.VOICES),
        }[kind]()


def drawn_phrases(path: Path, count: int = 200) -> list[str]:
    """Two words in a row of English articles."""
    with sqlite3.connect(path) as connection:
        rows = connection.execute(
            "SELECT text FROM article WHERE language = 'en' AND id % 37 = 0 ORDER BY id DESC LIMIT ?", (count,)
        ).fetchall()
    connection.close()
    return [" ".join(row[0].split()[40:42]) for row in rows]


def measure(path: Path, times: int, console: Console) -> dict[str, list[float]]:
    store = Store(path, folded, "bench")
    began = clock()
    shelf = Shelf(store.engine)
    size = int(np.count_nonzero(shelf.columns().live))
    loading = clock() - began
    archive, asker = Archive(store.engine, rules(), shelf), Asker(size, drawn_phrases(path))
    taken: dict[str, list[float]] = {kind: [] for kind in KINDS}
    worked: dict[str, list[float]] = {kind: [] for kind in KINDS}
    totals: dict[str, list[int]] = {kind: [] for kind in KINDS}
    for _ in range(times):
        for kind in KINDS:
            question = asker.question(kind)
            began, busy = clock(), time.process_time()
            answer = archive.ask(question)
            taken[kind].append(1000 * (clock() - began))
            worked[kind].append(1000 * (time.process_time() - busy))
            totals[kind].append(answer.total)
    table = Table(
        "ms",
        "median",
        "p95",
        "longest",
        "CPU: median",
        "p95",
        "answers (median)",
        title=f"{size:,} articles, {path.stat().st_size / size / 1000:.1f} MB a thousand; columns in {loading:.2f} s",
    )
    for kind, all_ in taken.items():
        table.add_row(
            kind,
            *(f"{each:.1f}" for each in (statistics.median(all_), p95(all_), max(all_))),
            *(f"{each:.1f}" for each in (statistics.median(worked[kind]), p95(worked[kind]))),
            f"{statistics.median(totals[kind]):,.0f}",
        )
    console.print(table)
    store.close()
    return taken


def p95(values: list[float]) -> float:
    return float(np.quantile(values, 0.95))


def timed(work: Callable[[], object], times: int) -> Iterator[float]:
    for _ in range(times):
        began = clock()
        work()
        yield 1000 * (clock() - began)


def pages(path: Path, times: int, console: Console) -> None:
    """The time to the first byte of pages and of the API, from a server of their own process, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "config.toml")
        config.write_text(f'[database]\npath = "{path.resolve()}"\n[topics]\npacks = ["russia-ukraine-nato"]\n')
        command = [sys.executable, "-m", "monitor", "-c", str(config), "web", "--port", str(PORT)]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            taken = {page: first_bytes(page, times) for page in _pages(path)}
        finally:
            server.terminate()
            server.wait()
    table = Table("page", "first, ms", "median", "p95", title="to the first byte")
    for page, all_ in taken.items():
        later = all_[1:]
        table.add_row(page, *(f"{each:.0f}" for each in (all_[0], statistics.median(later), p95(later))))
    console.print(table)


def _pages(path: Path) -> list[str]:
    with sqlite3.connect(path) as connection:
        latest = connection.execute("SELECT max(id) FROM article").fetchone()[0]
        story = connection.execute("SELECT max(story_id) FROM article").fetchone()[0]
    connection.close()
    word = Asker(1, [""]).word(0.5)
    found = ["/", "/search", f"/search?q={word}", f"/search?q=@putin+AND+{word}&order=relevance", "/topics", "/sources"]
    return [
        *found,
        "/alerts",
        f"/articles/{latest}",
        f"/stories/{story}",
        f"/api/v1/articles?q={word}",
        "/api/v1/health",
    ]


def first_bytes(page: str, times: int) -> list[float]:
    """How long each answer took to begin, in ms; the server may still have to start."""
    taken = []
    for _ in range(times + 1):
        for _ in range(600):
            began = clock()
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{PORT}{page}") as answer:
                    answer.read(1)
                    taken.append(1000 * (clock() - began))
                break
            except urllib.error.URLError:
                time.sleep(0.1)
    return taken


def ingestion(path: Path, console: Console, count: int = 300) -> None:
    """Articles a second that come in one by one, with nobody asking and with another process that asks all the time."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "copy.db")
        shutil.copyfile(path, copy)
        store = Store(copy, indexable, "bench")
        for _ in range(3):  # until what is needed of the copy is at hand, and the copy itself on the disk
            alone = _come(store, count)
        command = [sys.executable, __file__, str(copy), "--times", "1000000"]
        asker = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        time.sleep(10)  # until it has its columns, and asks
        asked = _come(store, count)
        asker.terminate()
        asker.wait()
        store.close()
    console.print(
        f"articles a second that come in: {alone:.0f} alone, {asked:.0f} beside questions: {asked / alone:.2f}"
    )


def _come(store: Store, count: int) -> float:
    rows = [row for row, _ in Maker(seed=3).articles(1, count)]
    began = clock()
    for row in rows:
        fresh = {name: value for name, value in row.items() if name not in {"id", "story_id"}}
        with writing(store.engine) as connection:
            connection.execute(insert(ARTICLE).values({**fresh, "key": uuid.uuid4().hex}))
    return count / (clock() - began)


def like(path: Path, console: Console) -> None:
    """What people write first: LIKE over title and text, two words, how many and the newest."""
    asker = Asker(1, [""])
    with sqlite3.connect(path) as connection:

        def ask() -> object:
            words = [f"%{asker.word()}%", f"%{asker.word(0.5)}%"]
            held = "FROM article WHERE (title || ' ' || text) LIKE ? AND (title || ' ' || text) LIKE ?"
            counted = connection.execute(f"SELECT count(*) {held}", words).fetchone()
            return counted, connection.execute(f"SELECT id {held} ORDER BY id DESC LIMIT 20", words).fetchall()

        taken = list(timed(ask, 5))
    connection.close()
    console.print(f"LIKE, two words: median {statistics.median(taken):.0f} ms, longest {max(taken):.0f} ms")


def reader_search(path: Path, count: int, console: Console) -> None:
    """reader's own full text on the first of the same articles."""
    from reader import make_reader

    with tempfile.TemporaryDirectory() as folder:
        reader = make_reader(f"{folder}/reader.db", search_enabled=True)
        reader.add_feed("https://made.example/feed", allow_invalid_url=True)
        with sqlite3.connect(path) as connection:
            for row in connection.execute("SELECT url, title, text FROM article ORDER BY id LIMIT ?", (count,)):
                content = [{"value": row[2], "type": "text/plain"}]
                reader.add_entry(
                    {"feed_url": "https://made.example/feed", "id": row[0], "title": row[1], "content": content}
                )
        connection.close()
        reader.enable_search()
        reader.update_search()
        asker = Asker(1, [""])
        taken = list(timed(lambda: list(reader.search_entries(f"{asker.word()} {asker.word(0.5)}", limit=20)), 50))
        console.print(
            f"reader, two words, {count:,} articles: median {statistics.median(taken):.1f} ms, p95 {p95(taken):.1f} ms"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archives", type=Path, nargs="+")
    parser.add_argument("--times", type=int, default=40, help="questions of each kind")
    parser.add_argument("--reader", type=int, default=0, help="articles that reader searches, beside ours")
    parser.add_argument("--pages", type=int, default=0, help="times that each page is asked for")
    parser.add_argument("--ingest", action="store_true", help="let articles come in beside questions, into a copy")
    parser.add_argument("--like", action="store_true", help="ask with LIKE, too")
    asked = parser.parse_args()
    console = Console()
    for path in asked.archives:
        measure(path, asked.times, console)
        if asked.pages:
            pages(path, asked.pages, console)
        if asked.ingest:
            ingestion(path, console)
        if asked.like:
            like(path, console)
    if asked.reader:
        reader_search(asked.archives[0], asked.reader, console)


if __name__ == "__main__":
    main()

"""Numbers become archives of so many articles, made up: words by Zipf's law in five languages, names of entities.

    python bench/made_archive.py var/made 100000 1000000

A larger archive goes on from a smaller one. A million take about half an hour and 9 GB.

Texts are of realistic length (log-normal, 300 words in the middle) and already folded, so that full text can take them
as they are; everything else goes the way that it goes when articles come: the same tables, triggers and indexes.
"""

import argparse
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, event, insert, text

from monitor.edge.database import writing
from monitor.edge.mentions import codes_of
from monitor.edge.store import Store
from monitor.edge.tables import ARTICLE, FEED, MATCH, MENTION, SIGHTING, STORY

# Shares of articles; syllables of words, so that prefixes are shared as they are in a language.
LANGUAGES = {"en": 0.45, "ru": 0.2, "uk": 0.15, "de": 0.12, "ar": 0.08}
SYLLABLES = {
    "en": "ba be co da de en er fo ga he in ka la ma ne or pa re sa ti un va wi st tr".split(),
    "de": "ab be da de ein er fe ge ha in ka le ma ne ob re sch se te un ver wa zu".split(),
    "ru": "ба ве ко да ен ер фо га не ин ка ла ма ор па ре са ти ун ва про ст".split(),
    "uk": "ба ві ко да єн ер фо га ні ін ка ла ма ор па рі са ти ун ва про ст".split(),
    "ar": "با دا را سا ما نا لا كا وا ها في من تا قا".split(),
}
WORDS, SKEW = 100_000, 1.05  # of each language, by Zipf's law with this exponent
FEEDS, HOSTS, TOPICS = 2_000, 1_500, 10
MATCHING, IN_STORIES, BATCH = 0.15, 0.5, 1_000
# As full text is after some merges: what is made up comes in large pieces.
HASH_SIZE = "INSERT INTO article_fts(article_fts, rank) VALUES ('hashsize', :bytes)"
START = datetime(2024, 1, 1, tzinfo=UTC)
MINUTES = 1.5  # between two articles: three years for a million
# Entities of the shipped pack, as they may be named in any language; what articles name, by Zipf's law.
NAMES = {
    "putin": "putin", "zelensky": "zelenskyy", "kyiv": "kyiv", "moscow": "moscow", "lavrov": "lavrov",
    "crimea": "crimea", "kharkiv": "kharkiv", "odesa": "odesa", "kremlin": "kremlin", "donbas": "donbas",
    "pentagon": "pentagon", "bakhmut": "bakhmut", "mariupol": "mariupol", "kherson": "kherson", "gazprom": "gazprom",
}  # fmt: skip


class Maker:
    """Makes articles, always the same for the same number."""

    def __init__(self, seed: int = 1) -> None:
        self.chance = np.random.default_rng(seed)
        self.words = {language: self._words(language) for language in LANGUAGES}
        shares = 1 / np.arange(1, WORDS + 1) ** SKEW
        self.drawn = np.cumsum(shares / shares.sum())
        self.languages = list(LANGUAGES)
        self.shares = np.cumsum(list(LANGUAGES.values()))
        self.stories: list[int] = []

    def _words(self, language: str) -> np.ndarray[Any, Any]:
        parts, made = SYLLABLES[language], dict[str, None]()
        while len(made) < WORDS:
            sizes = self.chance.integers(2, 6, 10_000)
            picks = self.chance.integers(0, len(parts), (10_000, 5))
            made |= {"".join(parts[pick] for pick in row[:size]): None for row, size in zip(picks, sizes, strict=True)}
        return np.array(list(made)[:WORDS], dtype=object)

    def articles(self, first: int, count: int) -> Iterator[tuple[dict[str, Any], list[str]]]:
        """Rows of articles, each with the entities that it names."""
        chance, names = self.chance, list(NAMES)
        sizes = np.clip(chance.lognormal(5.7, 0.6, count), 40, 3_000).astype(int)
        for place, size in enumerate(sizes.tolist()):
            number = first + place
            language = self.languages[int(np.searchsorted(self.shares, chance.random()))]
            said = list(self.words[language][np.searchsorted(self.drawn, chance.random(size))])
            named = sorted(
                {names[min(int(chance.zipf(1.4)) - 1, len(names) - 1)] for _ in range(chance.integers(0, 7))}
            )
            for id_ in named:
                said.insert(int(chance.integers(9, len(said))), NAMES[id_])
            at = START + timedelta(minutes=MINUTES * number)
            host = min(int(chance.zipf(1.2)), HOSTS)
            yield (
                {
                    "id": number,
                    "key": f"made {number}",
                    "url": f"https://host{host}.example/{number}",
                    "title": " ".join(said[:9]),
                    "text": " ".join(said[9:]),
                    "text_source": "page",
                    "authors": [],
                    "language": language,
                    "site": f"host {host}",
                    "published_at": at - timedelta(minutes=float(chance.exponential(60))),
                    "seen_at": at,
                    "state": "done",
                    "story_id": self._story(number),
                },
                named,
            )

    def _story(self, number: int) -> int:
        if self.stories and self.chance.random() < IN_STORIES:
            return self.stories[-1 - int(self.chance.exponential(300)) % len(self.stories)]
        self.stories = [*self.stories[-2_000:], number]
        return number


def folded(words: str) -> str:
    """Nothing to do: what is made up is folded."""
    return words


def make(folder: Path, counts: list[int], names_version: str = "made") -> None:
    """Make archives, the smallest first, telling how it goes."""
    folder.mkdir(parents=True, exist_ok=True)
    growing = folder / "growing.db"
    for rest in folder.glob("growing.db*"):
        rest.unlink()
    store = Store(growing, folded, "made")

    @event.listens_for(store.engine, "connect")
    def _haste(dbapi: sqlite3.Connection, _entry: object) -> None:
        dbapi.execute("PRAGMA synchronous=OFF")  # what is made up can be made again
        dbapi.execute("PRAGMA cache_size=-300000")

    store.upgrade(START)
    maker, began = Maker(), time.perf_counter()
    with writing(store.engine) as connection:
        connection.execute(
            insert(FEED),
            [
                {"id": n, "name": f"feed {n}", "country": ["GB", "UA", "RU", "DE", "US"][n % 5], "due_at": START}
                for n in range(1, FEEDS + 1)
            ],
        )
        codes = codes_of(connection, {names_version, *NAMES})
        connection.execute(text(HASH_SIZE), {"bytes": 2**26})
    made = 0
    for count in sorted(counts):
        for first in range(made + 1, count + 1, BATCH):
            with writing(store.engine) as connection:
                _add(connection, maker, range(first, min(first + BATCH, count + 1)), codes, names_version)
            if first % 20_000 == 1:
                print(f"{first - 1:,} articles, {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
        made = count
        with sqlite3.connect(growing) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        shutil.copyfile(growing, folder / f"{count}.db")
    store.close()
    for rest in folder.glob("growing.db*"):
        rest.unlink()


def _add(connection: Connection, maker: Maker, numbers: range, codes: dict[str, int], version: str) -> None:
    made = list(maker.articles(numbers.start, len(numbers)))
    connection.execute(insert(ARTICLE), [row for row, _ in made])
    chance = maker.chance
    feeds = chance.integers(1, FEEDS + 1, len(made)).tolist()
    connection.execute(
        insert(SIGHTING),
        [
            {"feed_id": feed, "article_id": row["id"], "entry_key": row["key"], "seen_at": row["seen_at"]}
            for (row, _), feed in zip(made, feeds, strict=True)
        ],
    )
    pairs = [{"entity": codes[id_], "article_id": row["id"], "places": 4} for row, named in made for id_ in named]
    connection.execute(insert(MENTION), pairs)
    kind = np.dtype([("entity", "<u4"), ("places", "u1")])
    connection.execute(
        text("UPDATE shelf SET named = :named, named_by = :by WHERE article_id = :id"),
        [
            {"named": np.array([(codes[n], 4) for n in sorted(named, key=codes.__getitem__)], kind).tobytes(),
             "by": codes[version], "id": row["id"]}
            for row, named in made
        ],
    )  # fmt: skip
    matches = [
        {"article_id": row["id"], "topic": f"topic {int(chance.zipf(1.3)) % TOPICS}", "matched_at": row["seen_at"]}
        for row, _ in made
        if chance.random() < MATCHING
    ]
    if matches:
        connection.execute(insert(MATCH), matches)
    opened = [row for row, _ in made if row["story_id"] == row["id"]]
    if opened:
        connection.execute(
            insert(STORY),
            [
                {"id": row["id"], "headline": row["title"], "opened_at": row["seen_at"], "latest_at": row["seen_at"]}
                for row in opened
            ],
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("articles", type=int, nargs="+")
    asked = parser.parse_args()
    make(asked.folder, asked.articles)

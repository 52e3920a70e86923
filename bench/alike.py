"""Articles whose events are known become figures: how many of those most like one tell its event, and at what cost.

    python -m bench.alike stories/dev.jsonl [--queries 100] [--weighed 90] [--asked 28]

Lines of JSON with title, text, lang, ts, set and cluster. For some articles of each set that are not alone in telling
their event, the ten most like them are asked for: the share of them that tell it, of as many as there are, at most ten
(precision at 10). Beside it, in the same run, the plain way: FTS5's bm25 over any of the words of the article.
"""

import argparse
import json
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random

from sqlalchemy import insert, text

from monitor.alike import alike
from monitor.archive import Archive
from monitor.config import load
from monitor.edge.database import reading, writing
from monitor.edge.tables import ARTICLE
from monitor.model import Article
from monitor.rules import load_rules
from monitor.think import likeness
from monitor.think.language import tokens
from monitor.wire import open_store

_BM25 = text("SELECT rowid FROM article_fts WHERE article_fts MATCH :asked ORDER BY rank LIMIT 11")
WORDS = 100  # of an article that bm25 is asked for


def by_words(archive: Archive, article: Article) -> list[int]:
    """The plain way."""
    words = list(dict.fromkeys(tokens(f"{article.title} {article.text}")))[:WORDS]
    with reading(archive.engine) as connection:
        asked = {"asked": " OR ".join(f'"{word}"' for word in words)}
        return [id_ for id_ in connection.scalars(_BM25, asked) if id_ != article.id][:10]


def by_likeness(archive: Archive, article: Article) -> list[int]:
    return [each.article.id for each in alike(archive, article)]


def fill(home: Path, documents: list[dict]) -> Archive:
    """An archive of these documents, in order of time."""
    (home / "config.toml").write_text('[database]\npath = "monitor.db"\n[topics]\npacks = []\n', "utf-8")
    config = load(home / "config.toml")
    store = open_store(config)
    store.upgrade(datetime.now(UTC))
    rows = [
        {"key": each["id"], "url": "", "title": each["title"], "text": each["text"], "language": each["lang"],
         "seen_at": datetime.fromtimestamp(each["ts"], UTC), "backlog": False, "failures": 0, "state": "done"}
        for each in documents
    ]  # fmt: skip
    with writing(store.engine) as connection:
        connection.execute(insert(ARTICLE), rows)
    return Archive(store.engine, load_rules(config))


def measure(find: Callable[[Article], list[int]], documents: list[dict], chosen: list[int]) -> tuple[dict, float]:
    """Precision by set, and milliseconds of CPU a question."""
    sizes = Counter(each["cluster"] for each in documents)
    shares = defaultdict(list)
    begun = time.process_time()
    for place in chosen:
        one = documents[place]
        found = find(Article(place + 1, "", "", title=one["title"], text=one["text"], language=one["lang"]))
        right = sum(documents[id_ - 1]["cluster"] == one["cluster"] for id_ in found)
        shares[one["set"]].append(right / min(10, sizes[one["cluster"]] - 1))
    spent = (time.process_time() - begun) / len(chosen) * 1000
    return {name: sum(each) / len(each) for name, each in shares.items()}, spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--queries", type=int, default=100, help="of each set")
    parser.add_argument("--weighed", type=int, default=likeness.WEIGHED)
    parser.add_argument("--asked", type=int, default=likeness.ASKED)
    given = parser.parse_args()
    if not given.file.is_file():
        print(f"{given.file}: not there; articles whose events are known are no part of the project")
        return
    likeness.ASKED = given.asked
    likeness.nominate.__defaults__ = (given.weighed,)
    documents = sorted(map(json.loads, given.file.read_text("utf-8").splitlines()), key=lambda each: each["ts"])
    sizes, chance = Counter(each["cluster"] for each in documents), Random(1)
    chosen = []
    for name in sorted({each["set"] for each in documents}):
        own = [at for at, each in enumerate(documents) if each["set"] == name and sizes[each["cluster"]] > 1]
        chosen += chance.sample(own, min(given.queries, len(own)))
    with tempfile.TemporaryDirectory() as home:
        archive = fill(Path(home), documents)
        for find in (by_words, by_likeness):
            shares, spent = measure(partial(find, archive), documents, chosen)
            told = "  ".join(f"{name} {share:.3f}" for name, share in shares.items())
            print(f"{find.__name__:12} {told}  all {sum(shares.values()) / len(shares):.3f}  {spent:.1f} ms CPU")
        archive.engine.dispose()


if __name__ == "__main__":
    main()

"""Matching: CPU an article with the shipped pack and with thousands of topics; beside it one `re` for each topic.

usage: python bench/match.py [--articles FILE.jsonl] [--topics 10000]

FILE has one article a line, with `title` and `text`. Without it the articles are made of made-up words, as unevenly
frequent as those of a language. Each text is cut to 3,000 characters.
"""

import argparse
import json
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.table import Table

import monitor
from monitor.model import Article, Topic
from monitor.think.entities import index_entities
from monitor.think.language import indexable, tokens
from monitor.think.match import Compiled, compile_topics, match
from monitor.think.query import parse
from monitor.think.topics import load_pack

T = TypeVar("T")
SIZE = 3000  # characters of a text
SAMPLE = 200  # articles
PEER_SAMPLE = 5  # articles that the slow peer is put to
NONE = index_entities([])
out = Console(width=110)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--articles", type=Path)
    options.add_argument("--topics", type=int, default=10_000)
    asked = options.parse_args()
    if asked.articles is None:
        out.print("No --articles: the words are made up.")
    articles = read_articles(asked.articles) if asked.articles else make_articles()
    table = Table("rules", "compile s", "ms an article", "matches", "peer ms an article", "peer / ours")
    table.title = f"{len(articles)} articles of up to {SIZE:,} characters"
    for name, topics in {
        "rare words": make_topics(articles, asked.topics, even=True),
        "words as frequent as in the articles": make_topics(articles, asked.topics, even=False),
    }.items():
        table.add_row(f"{len(topics):,} topics, {name}", *compare(topics, articles))
    for file in sorted((Path(monitor.__file__).parent / "topics").glob("*.toml")):
        pack = load_pack(file.read_text("utf-8"), file.name)
        entities = index_entities(pack.entities)
        seconds, compiled = timed(lambda: compile_topics(pack.topics, entities))  # noqa: B023 - called at once
        names = [indexable(name.text) for entity in pack.entities for name in entity.names]
        peer = re.compile(rf"\b(?:{'|'.join(sorted(names, key=len, reverse=True))})\b")
        slow = cost(lambda article: peer.findall(indexable(article.text)), articles[:PEER_SAMPLE])  # noqa: B023
        row = f"{pack.name}: {len(pack.entities)} entities, {len(names):,} names (peer: only finds names)"
        table.add_row(row, *figures(seconds, compiled, articles, slow))
    out.print(table)
    queries = [topic.query for topic in make_topics(articles, 10_000, even=True)]
    seconds, _ = timed(lambda: [parse(query, entities=NONE) for query in queries])
    out.print(f"parsing 10,000 queries of the form A AND B AND NOT C: {seconds:.2f} s")


def compare(topics: Sequence[Topic], articles: Sequence[Article]) -> list[str]:
    seconds, compiled = timed(lambda: compile_topics(topics, NONE))
    patterns = [re.compile(lookaheads(topic.query), re.DOTALL) for topic in topics[:1000]]
    slow = cost(lambda article: by_expressions(patterns, article), articles[:PEER_SAMPLE])
    return figures(seconds, compiled, articles, slow * len(topics) / len(patterns))


def figures(seconds: float, compiled: Compiled, articles: Sequence[Article], peer: float) -> list[str]:
    ours = cost(lambda article: match(article, compiled), articles)
    matches = sum(len(match(article, compiled)) for article in articles) / len(articles)
    return [f"{seconds:.2f}", f"{ours:.3f}", f"{matches:.2f}", f"{peer:.2f}", f"{peer / ours:.1f}"]


def lookaheads(query: str) -> str:
    """One expression for `a AND b AND NOT c`."""
    first, second, excluded = re.findall(r"\w+", query.replace("AND", "").replace("NOT", ""))
    return rf"\A(?=.*\b{first}\b)(?=.*\b{second}\b)(?!.*\b{excluded}\b)"


def by_expressions(patterns: Sequence[re.Pattern[str]], article: Article) -> int:
    text = indexable(f"{article.title} {article.text}")
    return sum(1 for pattern in patterns if pattern.match(text))


def cost(work: Callable[[Article], object], articles: Sequence[Article]) -> float:
    """Milliseconds of CPU an article, in the best of three rounds."""
    rounds = []
    for _ in range(3):
        start = time.process_time()
        for article in articles:
            work(article)
        rounds.append(time.process_time() - start)
    return 1000 * min(rounds) / len(articles)


def timed(work: Callable[[], T]) -> tuple[float, T]:
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def read_articles(path: Path) -> list[Article]:
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    lines = [line for line in lines if len(line["text"]) >= 0.8 * SIZE]
    chosen = random.Random(1).sample(lines, min(SAMPLE, len(lines)))
    return [Article(0, "", "", title=line["title"], text=line["text"][:SIZE]) for line in chosen]


def make_articles() -> list[Article]:
    chance = random.Random(1)
    words = ["".join(chance.choices("abcdefghiklmnoprstuvw", k=chance.randint(2, 10))) for _ in range(30_000)]
    weights = [1 / (rank + 3) for rank in range(len(words))]
    texts = [" ".join(chance.choices(words, weights, k=480)) for _ in range(SAMPLE)]
    return [Article(0, "", "", title=text[:60], text=text[:SIZE]) for text in texts]


def make_topics(articles: Sequence[Article], count: int, *, even: bool) -> list[Topic]:
    """Topics of three words of the articles each, every word alike or as often as articles hold it."""
    chance = random.Random(2)
    held = Counter(
        word for article in articles for word in set(tokens(article.text)) if word.isascii() and len(word) > 2
    )
    words = sorted(held)
    topics: list[Topic] = []
    while len(topics) < count:
        a, b, c = chance.choices(words, None if even else [held[word] for word in words], k=3)
        if len({a, b, c}) == 3 and not {a, b, c} & {"and", "not"}:
            topics.append(Topic(f"t{len(topics)}", "", f"{a} AND {b} AND NOT {c}"))
    return topics


if __name__ == "__main__":
    main()

"""Matching: CPU and memory with the shipped packs and with up to 100,000 topics, beside three peers in the same run.

usage: python bench/match.py [--articles FILE.jsonl] [--topics 100,1000,10000,100000]

FILE has one article a line, with `title`, `text` and perhaps `lang`. Without it the articles are made of made-up
words, as unevenly frequent as those of a language. Each text is cut to 3,000 characters. Every row is measured in a
process of its own, which is how its memory is known. The peers: one `re` for each topic; spaCy's PhraseMatcher, which
only finds the words (`pip install monitor[bench]`); and our own evaluation of every topic, without the index.
"""

import argparse
import json
import multiprocessing
import random
import re
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean
from typing import Any, TypeVar

from rich.console import Console
from rich.table import Table

import monitor
from monitor.model import Article, Topic
from monitor.shipped import load_ready
from monitor.think.entities import index_entities
from monitor.think.keys import candidates
from monitor.think.language import indexable, tokens
from monitor.think.lexicon import write_book
from monitor.think.match import Compiled, compile_topics, match, read
from monitor.think.match_eval import find
from monitor.think.score import score
from monitor.think.spelling import Speller
from monitor.think.topics import load_pack
from monitor.think.wordbook import runs_of
from monitor.unswept import unswept

T = TypeVar("T")
SIZE = 3000  # characters of a text
SAMPLE = 200  # articles
PEER_SAMPLE = 5  # articles that a slow peer is put to
FEW = 1_000  # topics: so few are evaluated one by one on every article
MOST_EXPRESSIONS = 1_000  # what more would cost is worked out: to compile 100,000 takes minutes
GOALS = {10_000: 1.0, 100_000: 2.0}  # ms an article
PACK_GOAL = 0.5
NONE = index_entities([])
HAS_SPACY = find_spec("spacy") is not None
out = Console(width=150)


@dataclass(frozen=True)
class Figures:
    """What one book of rules costs."""

    compile_s: float
    megabytes: float  # that the process grew by
    ms: float  # an article
    hits: float  # patterns found an article
    tried: float  # topics
    matches: float
    naive: float  # ms an article, as the peers
    expressions: float | None = None
    spacy: float | None = None
    notes: str = ""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--articles", type=Path)
    options.add_argument("--topics", default="100,1000,10000,100000")
    asked = options.parse_args()
    if asked.articles is None:
        out.print("No --articles: the words are made up, and no word of them is in the shipped packs.")
    if not HAS_SPACY:
        out.print("spaCy is not installed, so its column stays empty: pip install 'monitor[bench]'.")
    numbers = [int(number) for number in asked.topics.split(",")]
    rows = [(number, even) for number in numbers for even in (True, False)]
    print_topics((number, even, apart(measure_topics, asked.articles, number, even)) for number, even in rows)
    for file in sorted((Path(monitor.__file__).parent / "topics").glob("*.toml")):
        print_pack(file.stem, apart(measure_pack, asked.articles, file))


def apart(work: Callable[..., Figures], *given: Any) -> Figures:
    """Do some work in a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, given)


def print_topics(rows: Iterable[tuple[int, bool, Figures]]) -> None:
    table = Table(title=f"{SAMPLE} articles of up to {SIZE:,} characters; topics: a AND 'b c'~10 AND NOT d")
    for name in ("topics", "words", "compile s", "MB", "hits", "tried", "matches", "ms an article", "goal"):
        table.add_column(name, justify="right")
    for name in ("naive ms", "/ ours", "re ms", "/ ours", "spaCy ms", "/ ours"):
        table.add_column(name, justify="right")
    for number, even, found in rows:
        head = [f"{number:,}", "rare" if even else "frequent", f"{found.compile_s:.2f}", f"{found.megabytes:.0f}"]
        counted = [f"{found.hits:.0f}", f"{found.tried:.1f}", f"{found.matches:.2f}", f"{found.ms:.3f}"]
        goal = f"{GOALS[number]:.1f}" if number in GOALS else ""
        peers = [*beside(found.naive, found), *beside(found.expressions, found), *beside(found.spacy, found)]
        table.add_row(*head, *counted, goal, *peers)
    out.print(table)


def print_pack(name: str, found: Figures) -> None:
    out.print(f"[bold]{name}[/]: {found.ms:.3f} ms an article (goal {PACK_GOAL}), {found.matches:.2f} matches.")
    out.print(f"{found.notes}; {found.megabytes:.0f} MB.")
    for peer, cost in (
        ("every topic tried on every article", found.naive),
        ("one re of all names and words, as written", found.expressions),
        ("spaCy's PhraseMatcher with all names and words, as written", found.spacy),
    ):
        out.print(f"  {peer}: {' ms, '.join(beside(cost, found))} times ours" if cost else f"  {peer}: not measured")


def beside(peer: float | None, ours: Figures) -> list[str]:
    return ["", ""] if peer is None else [f"{peer:.2f}", f"{peer / ours.ms:.1f}"]


def measure_topics(file: Path | None, number: int, even: bool) -> Figures:  # noqa: FBT001 - passed on by position
    articles = articles_of(file)
    topics = make_topics(articles, number, even=even)
    before = peak()
    with unswept():  # as the daemon loads its rules
        seconds, compiled = timed(lambda: compile_topics(topics, NONE))
    grown = peak() - before
    patterns = [re.compile(lookaheads(topic.query), re.DOTALL) for topic in topics[:MOST_EXPRESSIONS]]
    slow = cost(lambda article: by_expressions(patterns, article), articles[:PEER_SAMPLE])
    words = {word for topic in topics for word in words_of(topic.query)}
    return figures(seconds, grown, compiled, articles, slow * number / len(patterns), by_spacy(words, articles))


def measure_pack(file: Path | None, path: Path) -> Figures:
    articles = articles_of(file)
    text = path.read_text("utf-8")
    before = peak()
    loading, ready = timed(lambda: load_ready(path.stem, text))
    if ready is None:
        raise SystemExit(f"{path.name} is not kept ready as it is written: make spellings")
    entities = index_entities(ready.pack.entities, book=ready.book)
    warm, compiled = timed(lambda: compile_topics(ready.pack.topics, entities))
    grown = peak() - before
    cold, _ = timed(lambda: write_book(load_pack(text, path.name).entities, Speller()))
    names = sorted({indexable(name.text) for entity in ready.pack.entities for name in entity.names})
    peer = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, names), key=len, reverse=True))})\b")
    slow = cost(lambda article: len(peer.findall(indexable(article.text))), articles[:PEER_SAMPLE])
    signals = sum(len(topic.signals) for topic in ready.pack.topics)
    made = sum(1 for _ in runs_of(ready.book.words))
    notes = (
        f"{len(ready.pack.entities)} entities, {len(names):,} names in {made:,} forms; {len(ready.pack.topics)} "
        f"topics, {signals} signals; {cold:.2f} s to work it out when it is made, then {loading:.2f} s to load and "
        f"{warm:.2f} s to compile"
    )
    return figures(warm, grown, compiled, articles, slow, by_spacy(names, articles), notes)


def figures(
    seconds: float,
    grown: float,
    compiled: Compiled,
    articles: Sequence[Article],
    expressions: float,
    spacy: float | None,
    notes: str = "",
) -> Figures:
    readings = [read(article, compiled) for article in articles]
    return Figures(
        compile_s=seconds,
        megabytes=grown,
        ms=cost(lambda article: match(article, compiled), articles),
        hits=fmean(len(reading.hits) for reading in readings),
        tried=fmean(len(candidates(reading, compiled.index)) for reading in readings),
        matches=fmean(len(match(article, compiled)) for article in articles),
        naive=cost(
            lambda article: try_all(article, compiled),
            articles if len(compiled.rules) <= FEW else articles[:PEER_SAMPLE],
        ),
        expressions=expressions,
        spacy=spacy,
        notes=notes,
    )


def try_all(article: Article, compiled: Compiled) -> int:
    """Evaluate every topic, as if nothing told which are worth it."""
    reading = read(article, compiled)
    held = [rule for rule in compiled.rules if find(rule.tree, reading) is not None]
    return sum(1 for rule in held if score(rule.signals, reading).points >= rule.topic.threshold)


def by_expressions(patterns: Sequence[re.Pattern[str]], article: Article) -> int:
    text = indexable(f"{article.title} {article.text}")
    return sum(1 for pattern in patterns if pattern.match(text))


def by_spacy(phrases: Iterable[str], articles: Sequence[Article]) -> float | None:
    if not HAS_SPACY:
        return None
    # By name, not by import statement: where it is missing, the type checker need not miss it.
    spacy, matching = import_module("spacy"), import_module("spacy.matcher")
    language = spacy.blank("en")
    matcher = matching.PhraseMatcher(language.vocab, attr="LOWER")
    matcher.add("all", [doc for doc in map(language.make_doc, phrases) if len(doc)])
    return cost(lambda article: matcher(language.make_doc(f"{article.title}\n{article.text}")), articles)


def words_of(query: str) -> list[str]:
    return [word for word in re.findall(r"[^\W\d]\w*", query) if word not in {"AND", "NOT"}]


def lookaheads(query: str) -> str:
    """One expression for `a AND "b c"~10 AND NOT d`."""
    a, b, c, d = words_of(query)
    near = rf"\b(?:{b}(?: \w+){{0,10}} {c}|{c}(?: \w+){{0,10}} {b})\b"
    return rf"\A(?=.*\b{a}\b)(?=.*{near})(?!.*\b{d}\b)"


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


def peak() -> float:
    """The most memory that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def articles_of(path: Path | None) -> list[Article]:
    return make_articles() if path is None else read_articles(path)


def read_articles(path: Path) -> list[Article]:
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    lines = [line for line in lines if len(line["text"]) >= 0.8 * SIZE]
    chosen = random.Random(1).sample(lines, min(SAMPLE, len(lines)))
    return [
        Article(0, "", "", title=line["title"] or "", text=line["text"][:SIZE], language=line.get("lang") or "")
        for line in chosen
    ]


def make_articles() -> list[Article]:
    chance = random.Random(1)
    words = ["".join(chance.choices("abcdefghiklmnoprstuvw", k=chance.randint(2, 10))) for _ in range(30_000)]
    weights = [1 / (rank + 3) for rank in range(len(words))]
    texts = [" ".join(chance.choices(words, weights, k=480)) for _ in range(SAMPLE)]
    return [Article(0, "", "", title=text[:60], text=text[:SIZE]) for text in texts]


def make_topics(articles: Sequence[Article], count: int, *, even: bool) -> list[Topic]:
    """Topics of four words of the articles each, every word alike or as often as articles hold it."""
    chance = random.Random(2)
    held = Counter(
        word for article in articles for word in set(tokens(article.text)) if word.isascii() and word.isalpha()
    )
    words = sorted(word for word in held if len(word) > 2 and word not in {"and", "not"})
    weights = None if even else [held[word] for word in words]
    topics: list[Topic] = []
    while len(topics) < count:
        a, b, c, d = chance.choices(words, weights, k=4)
        if len({a, b, c, d}) == 4:
            topics.append(Topic(f"t{len(topics)}", "", f'{a} AND "{b} {c}"~10 AND NOT {d}'))
    return topics


if __name__ == "__main__":
    main()

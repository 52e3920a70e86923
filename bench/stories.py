"""Stories: how well articles find the one that tells their event, and at what cost, beside peers in the same run.

usage: python bench/stories.py PATH [--write PRED.jsonl] [--growth 20000,200000] [--no-peers]

PATH is a file of articles with known events, or a folder with `dev.jsonl`; docs/stories.md tells its form. The peers:
grouping by like titles, as feed readers do; TF-IDF and DBSCAN, which see all articles at once (`monitor[bench]`); and
MinHash of word triples alone. Their thresholds are those that serve them best on the very articles that are measured.
Copies: each text with one word in twenty changed and its last fifth cut, as agencies' customers do, must be known
again, and of pairs of texts that tell different events none may be taken for copies.
--growth feeds made-up articles until the window is full, and gives CPU and memory at each size.
"""

import argparse
import json
import random
import resource
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table
from story_stream import DAYS, Told, alerts, bcubed, read_sets, tell_all

from monitor.think import story
from monitor.think.language import tokens
from monitor.think.story_decision import choose, judge
from monitor.think.story_drift import changes
from monitor.think.story_sketch import Rarity, sketch
from monitor.think.story_terms import terms_of
from monitor.think.story_usual import usual
from monitor.think.story_weights import JUDGEMENT
from monitor.think.story_window import Member, Window

Peer = Callable[[Sequence[Told], float], list[int]]
START = datetime(2026, 1, 1, tzinfo=UTC)
EDITED, CUT, LONG = 0.05, 0.8, 40  # the share of words changed, the share kept; words of a text that is tried
PAIRS = 10_000
PROBES = 300  # articles that are timed at each size
out = Console(width=140)


def by_title(articles: Sequence[Told], enough: float) -> list[int]:
    """Each article joins the first of the window whose title shares so much of its words."""
    titles = [frozenset(tokens(one.title)) for one in articles]
    stories: list[int] = []
    for at, (article, own) in enumerate(zip(articles, titles, strict=True)):
        best = (enough, at)
        for before in range(at - 1, -1, -1):
            if article.at - articles[before].at > timedelta(days=DAYS):
                break
            shared = len(own & titles[before]) / max(1, len(own | titles[before]))
            best = max(best, (shared, stories[before]), key=lambda pair: pair[0])
        stories.append(best[1])
    return stories


def by_density(articles: Sequence[Told], enough: float) -> list[int]:
    """TF-IDF and DBSCAN over all articles at once; what it leaves alone is a story of its own."""
    from sklearn.cluster import DBSCAN
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = [" ".join(tokens(f"{one.title} {one.title} {one.text[:4000]}")) or "-" for one in articles]
    vectors = TfidfVectorizer(analyzer=str.split, sublinear_tf=True, max_df=0.5).fit_transform(texts)
    labels = DBSCAN(eps=1 - enough, min_samples=2, metric="cosine").fit(vectors).labels_
    return [int(label) if label >= 0 else -2 - at for at, label in enumerate(labels)]


def by_minhash(articles: Sequence[Told], enough: float) -> list[int]:
    """Each article joins the one whose MinHash agrees most."""
    import numpy as np
    from rensa import RMinHash

    signs, stories = [], []
    for at, one in enumerate(articles):
        words = tokens(f"{one.title} {one.text[:4000]}")
        sign = RMinHash(num_perm=128, seed=7)
        sign.update([" ".join(words[start : start + 3]) for start in range(max(1, len(words) - 2))])
        own = np.array(sign.digest(), np.uint32)
        if signs:
            alike = (np.array(signs) == own).mean(axis=1)
            best = int(alike.argmax())
            stories.append(stories[best] if alike[best] >= enough else at)
        else:
            stories.append(at)
        signs.append(own)
    return stories


PEERS: tuple[tuple[str, Peer, tuple[float, ...]], ...] = (
    ("like titles", by_title, (0.2, 0.3, 0.4, 0.5)),
    ("TF-IDF + DBSCAN", by_density, (0.2, 0.3, 0.4, 0.5)),
    ("MinHash", by_minhash, (0.05, 0.1, 0.2, 0.4)),
)


def quality(sets: dict[str, list[Told]], *, peers: bool, written: Path | None) -> None:
    table = Table("set", "method", "articles", "events", "P", "R", "F1", "alerts", "missed", "extra", "ms an article")
    lines = []
    for name, articles in sets.items():
        found = tell_all(articles)
        lines += [
            {"id": one.id, "cluster": f"{name}-{story}"} for one, story in zip(articles, found.final, strict=True)
        ]
        table.add_row(name, "[bold]monitor[/]", *figures(articles, found.opened, found.final, found.seconds))
        for title, peer, thresholds in PEERS if peers else ():
            tried = [timed(peer, articles, enough) for enough in thresholds]
            stories, seconds = max(tried, key=lambda one: bcubed([each.event for each in articles], one[0])[2])
            table.add_row("", title, *figures(articles, stories, stories, seconds))
    out.print(table)
    if written:
        written.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")


def timed(peer: Peer, articles: Sequence[Told], enough: float) -> tuple[list[int], float]:
    started = time.process_time()
    return peer(articles, enough), time.process_time() - started


def figures(
    articles: Sequence[Told], opened: Sequence[object], final: Sequence[object], seconds: float
) -> tuple[str, ...]:
    events = [one.event for one in articles]
    sent, missed, extra = alerts(events, opened)
    scores = (f"{100 * score:.2f}" for score in bcubed(events, final))
    known = len(set(events))
    share = f"{missed} ({100 * missed / known:.1f} %)"
    return (
        str(len(articles)),
        str(known),
        *scores,
        str(sent),
        share,
        str(extra),
        f"{1000 * seconds / len(articles):.2f}",
    )


def copies(articles: Sequence[Told]) -> None:
    """How many edits of texts are known again as copies, and how many pairs of unrelated texts are taken for such."""
    chance = random.Random(1)
    texts = [one for one in articles if len(one.text.split()) >= LONG]
    words = [word for one in texts[::10] for word in one.text.split()]
    found = [story.keys(one.title, one.text) for one in texts]
    known = sum(
        is_copy(story.keys("", edited(one.text, words, chance)), own) for one, own in zip(texts, found, strict=True)
    )
    wrong = tried = 0
    while tried < PAIRS:
        one, other = chance.sample(range(len(texts)), 2)
        if texts[one].event != texts[other].event:
            tried, wrong = tried + 1, wrong + is_copy(found[one], found[other])
    out.print(
        f"copies: {known} of {len(texts)} edits known again ({100 * known / len(texts):.1f} %);"
        f" {wrong} of {PAIRS:,} unrelated pairs taken for copies"
    )


def edited(text: str, words: Sequence[str], chance: random.Random) -> str:
    whole = text.split()
    kept = whole[: int(len(whole) * CUT)]
    return " ".join(chance.choice(words) if chance.random() < EDITED else word for word in kept)


def is_copy(found: Sequence[str], original: Sequence[str]) -> bool:
    return story.copied(found, {1: (1, frozenset(original))}) is not None


def growth(sizes: Sequence[int]) -> None:
    """Made-up articles, as unevenly worded as a language is, a few to an event."""
    chance = random.Random(1)
    words = ["".join(chance.choices("abcdefghijklmnoprstuvw", k=chance.randint(3, 10))) for _ in range(60_000)]
    window, told = Window(Rarity(usual())), 0
    step = timedelta(days=DAYS - 1) / max(sizes)
    table = Table("articles in the window", "ms an article", "memory beyond the start (MB)")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for size in sizes:
        spent = 0.0
        while told < size:
            told += 1
            seconds = tell_one(window, told, made_up(words, chance, told), START + told * step)
            spent += seconds if told > size - PROBES else 0.0
        used = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        table.add_row(f"{size:,}", f"{1000 * spent / PROBES:.2f}", f"{used:.0f}")
    out.print(table)


def made_up(words: list[str], chance: random.Random, number: int) -> tuple[str, str]:
    """An article of one of the events of its day."""
    own = random.Random(number // 12 * 3 + chance.randrange(3))
    about = [words[own.randrange(200, len(words))] for _ in range(40)]
    body = [
        chance.choice(about) if chance.random() < 0.3 else words[int(len(words) * chance.random() ** 4)]
        for _ in range(350)
    ]
    return " ".join(chance.sample(about, 8)), " ".join(body)


def tell_one(window: Window, number: int, article: tuple[str, str], at: datetime) -> float:
    started = time.process_time()
    found = sketch(terms_of(*article, "en"), window.rarity, at)
    judged = judge(found, window, JUDGEMENT)
    story = choose(judged, JUDGEMENT) or number
    own = Member(number, number, story, at.timestamp(), found)
    window.add(own)
    linked, parted = changes(own, judged, window, JUDGEMENT)
    for merge in linked:
        kept, gone = sorted((merge.one, merge.other))
        if kept in window.stories and gone in window.stories:
            window.move([window.members[one].article_id for one in window.stories[gone]], kept)
    if parted:
        window.move(parted.articles, -number)
    return time.process_time() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path, nargs="?")
    parser.add_argument("--write", type=Path, help="write each article's story, one a line")
    parser.add_argument("--growth", default="", help="sizes of the window, parted by commas")
    parser.add_argument("--no-peers", action="store_true")
    given = parser.parse_args()
    if given.path and given.path.exists():
        sets = read_sets(given.path)
        quality(sets, peers=not given.no_peers, written=given.write)
        copies([one for articles in sets.values() for one in articles])
    elif given.path:
        out.print(f"{given.path} is missing: nothing is measured of how well articles find their stories")
    if given.growth:
        growth([int(size) for size in given.growth.split(",")])


if __name__ == "__main__":
    main()

"""Labelled pages of sites that have several → what is won by what was learned of a site, and what that costs.

usage: python -m bench.sites FOLDER [--articles N]

FOLDER is as for bench.extract. Of each host with three pages or more, each page is read twice: as the first of its
host, and after all its others. Then N articles of one host are put into a site's memory in a new database, and the
CPU is told that one takes: to load what is known, to learn, and to save.
"""

import argparse
import logging
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from bench.extract import Found, Sample, Score, judge, load
from monitor.customs import Customs, Line, SiteMemory
from monitor.edge.sites import load_site, save_site
from monitor.edge.store import Store
from monitor.errors import ExtractError
from monitor.model import Extracted, Page
from monitor.think.extract import NO_CUSTOMS, extract
from monitor.think.language import indexable
from monitor.think.site import boilerplate, dropped_too_much, learn

LEAST = 3  # pages of a host
LINES = 30  # of an article that is made up
REPEATED = 5


def read(sample: Sample, now: datetime, customs: Customs = NO_CUSTOMS) -> Extracted:
    page = Page(sample.url, sample.url, 200, sample.body, "text/html; charset=utf-8")
    try:
        return extract(page, customs=customs, now=now)
    except ExtractError:
        return Extracted()


def taught(pages: Sequence[tuple[Sample, Extracted]], now: datetime) -> Customs:
    """What is known of a host once these pages were read, one after another."""
    memory = SiteMemory("")
    for sample, found in pages:
        memory = learn(memory, found.lines, sample.url, found.title, now.date())
    return Customs(boilerplate=boilerplate(memory))


def compare(samples: Sequence[Sample], now: datetime) -> None:
    hosts = defaultdict(list)
    for sample in samples:
        hosts[urlsplit(sample.url).hostname].append(sample)
    first, later = list[Score](), list[Score]()
    for host, pages in hosts.items():
        if len(pages) < LEAST:
            continue
        found = [(sample, read(sample, now)) for sample in pages]
        before, after = list[Score](), list[Score]()
        for place, (sample, alone) in enumerate(found):
            known = read(sample, now, taught(found[:place] + found[place + 1 :], now))
            settled = alone if dropped_too_much(known.lines) else known
            before.append(judge(sample, Found(alone.text), 0))
            after.append(judge(sample, Found(settled.text), 0))
        print(f"{host:28} {len(pages)} pages  {summary(before)}  ->  {summary(after)}")
        first += before
        later += after
    print(f"{'all':28} {len(first)} pages  {summary(first)}  ->  {summary(later)}")


def summary(scores: Sequence[Score]) -> str:
    f1, perfect = (statistics.fmean(values) for values in zip(*((s.f1, s.perfect) for s in scores), strict=True))
    return f"F1 {f1:.4f} perfect {perfect:.3f}"


def cost(articles: int, now: datetime) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "monitor.db", indexable, "bench")
        store.upgrade(now)
        spent = {"load": 0.0, "learn": 0.0, "save": 0.0}
        for number in range(articles):
            lines = [
                _line(f"all of them {place}" if place < REPEATED else f"of {number} {place}") for place in range(LINES)
            ]
            started = time.process_time()
            memory = load_site(store.engine, "example.org")
            boilerplate(memory)
            loaded = time.process_time()
            learned = learn(memory, lines, f"a{number}", _letters(f"headline {number}"), now.date())
            known = time.process_time()
            if learned is not memory:
                save_site(store.engine, learned, memory.pages, now)
            spent["load"] += loaded - started
            spent["learn"] += known - loaded
            spent["save"] += time.process_time() - known
        store.close()
    told = ", ".join(f"{name} {1000 * seconds / articles:.2f} ms" for name, seconds in spent.items())
    print(f"{articles} articles of one host, {len(learned.lines)} lines remembered; an article: {told}")


def _line(words: str) -> Line:
    return Line(_letters(f"What is said {words} stands here, and is as long as lines are."), "paragraph", kept=True)


def _letters(text: str) -> str:
    """Lines are told apart by their letters alone."""
    return text.translate({ord("0") + digit: "abcdefghij"[digit] for digit in range(10)})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--articles", type=int, default=300)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    now = datetime.now(UTC)
    compare(load(options.folder), now)
    cost(options.articles, now)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Labelled pages → how many need not be read for the topics in force, what is missed for it, at what cost: a table.

usage: python -m bench.tiers FOLDER [--config FILE] [--every N]

FOLDER is one that bench/extract.py takes. Each page is read both ways: looked through for its words and put to a bound
on what any topic can find, as `pages = "candidates"` does; and read and matched in full. A page is missed when full
reading flags it and the bound would have left it unread. Without --config the shipped topics are asked.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from monitor.config import load
from monitor.errors import ExtractError
from monitor.model import Article, Page
from monitor.rules import load_rules
from monitor.think.extract import extract
from monitor.think.match import Compiled, match
from monitor.think.quick import quick
from monitor.think.skim import may_match

if __package__:
    from bench.extract import Sample
    from bench.extract import load as load_pages
else:
    from extract import Sample
    from extract import load as load_pages

Result = TypeVar("Result")
SHIPPED = '[topics]\npacks = ["russia-ukraine-nato"]\n'


@dataclass
class Tally:
    """What became of pages, and the seconds of CPU that each step took for each page."""

    pages: int = 0
    unread: int = 0
    unreadable: int = 0
    flagged: int = 0
    missed: list[str] = field(default_factory=list)
    bound_s: list[float] = field(default_factory=list)
    full_s: list[float] = field(default_factory=list)
    tiered_s: list[float] = field(default_factory=list)


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    start = time.process_time()
    return work(), time.process_time() - start


def is_possible(page: Page, title: str, topics: Compiled) -> bool:
    words = quick(page)
    return words is None or may_match(words, Article(0, "", "", title=title), topics)


def is_flagged(page: Page, now: datetime, topics: Compiled) -> bool | None:
    """Whether full reading flags a page; None when there is no article on it."""
    try:
        found = extract(page, now=now)
    except ExtractError:
        return None
    said = {name: getattr(found, name) for name in ("title", "text", "language", "site", "authors")}
    return bool(match(Article(0, "", "", **said), topics))


def weigh(tally: Tally, sample: Sample, topics: Compiled, now: datetime) -> None:
    page = Page(sample.url, sample.url, 200, sample.body, "text/html")
    possible, bound_s = timed(lambda: is_possible(page, sample.title, topics))
    flagged, full_s = timed(lambda: is_flagged(page, now, topics))
    tally.pages += 1
    tally.unread += not possible
    tally.unreadable += flagged is None
    tally.flagged += bool(flagged)
    tally.missed += [sample.id] if flagged and not possible else []
    tally.bound_s.append(bound_s)
    tally.full_s.append(full_s)
    tally.tiered_s.append(bound_s + (full_s if possible else 0.0))


def main() -> None:
    parser = argparse.ArgumentParser(description="Pages read whole, and only where a topic can ask for them.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--config", type=Path, help="whose topics are asked; without it, the shipped ones")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only each Nth page")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        shipped = Path(folder) / "config.toml"
        shipped.write_text(SHIPPED, "utf-8")
        topics = load_rules(load(args.config or shipped)).compiled
    samples = load_pages(args.folder)[:: args.every]
    if not samples:
        sys.exit("no pages are there")
    now, tallies = datetime.now(UTC), dict[str, Tally]()
    for sample in samples:
        for name in (sample.set, "all"):
            tallies.setdefault(name, Tally())
        one = Tally()
        weigh(one, sample, topics, now)
        for name in (sample.set, "all"):
            add(tallies[name], one)
    columns = ("set", "pages", "no article", "flagged", "missed", "left unread", "bound ms", "full ms", "tiered ms")
    print(f"{columns[0]:24}" + "".join(f"{column:>13}" for column in columns[1:]))
    for name, tally in tallies.items():
        counts = (tally.pages, tally.unreadable, tally.flagged, len(tally.missed))
        left = f"{tally.unread} ({100 * tally.unread / tally.pages:.0f} %)"
        costs = [f"{1000 * statistics.mean(taken):.1f}" for taken in (tally.bound_s, tally.full_s, tally.tiered_s)]
        print(f"{name:24}" + "".join(f"{value:>13}" for value in (*counts, left, *costs)))
    for missed in tallies["all"].missed:
        print(f"missed: {missed}")


def add(whole: Tally, one: Tally) -> None:
    for name, value in vars(one).items():
        setattr(whole, name, getattr(whole, name) + value)


if __name__ == "__main__":
    main()

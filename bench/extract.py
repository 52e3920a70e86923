"""Labelled pages → how much of each article is found, beside trafilatura, and at what cost: a table.

usage: python -m bench.extract FOLDER [--sites SUBSTRING] [--set NAME] [--half 0|1] [--peers] [--worst N]

FOLDER holds pages.jsonl (id, set, url, title, date, authors, text, html) and the pages that its `html` names, gzipped.
Scores are means over pages: F1 of runs of four words, the share of pages found without one word too few or too many,
titles and days that are right; and milliseconds of CPU for a page.
"""

import argparse
import gzip
import hashlib
import json
import logging
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlsplit

import trafilatura

from monitor.errors import ExtractError
from monitor.model import Page
from monitor.think.extract import extract

WORD = re.compile(r"\w+")
RUN = 4
INVISIBLE = dict.fromkeys(map(ord, "\xad\u200b\u200c\u200d\u2060\ufeff"))


@dataclass(frozen=True)
class Sample:
    """A page and the truth about it."""

    id: str
    set: str
    url: str
    body: bytes
    text: str
    title: str
    day: str

    @property
    def site(self) -> str:
        return ".".join((urlsplit(self.url).hostname or self.id).split(".")[-2:])


@dataclass(frozen=True)
class Found:
    """What an extractor made of a page."""

    text: str = ""
    title: str = ""
    day: str = ""


@dataclass(frozen=True)
class Score:
    """How good that was."""

    precision: float
    recall: float
    f1: float
    perfect: bool
    title: bool
    day: bool | None  # None: the truth does not say
    cpu_s: float


def ours(sample: Sample, now: datetime) -> Found:
    page = Page(sample.url, sample.url, 200, sample.body, "text/html; charset=utf-8")
    try:
        found = extract(page, now=now)
    except ExtractError:
        return Found()
    return Found(found.text, found.title, f"{found.published_at:%Y-%m-%d}" if found.published_at else "")


def trafilatura_with(**options: bool) -> Callable[[Sample, datetime], Found]:
    def read(sample: Sample, _: datetime) -> Found:
        found = trafilatura.bare_extraction(sample.body, url=sample.url, with_metadata=True, **options)
        if found is None:
            return Found()
        return Found("\n".join(filter(None, (found.text, found.comments))), found.title or "", found.date or "")

    return read


def _peers() -> "Readers":
    from bench.peers import PEERS  # installed for benchmarks alone

    def reader(peer: Callable[[bytes, str], tuple[str, str, str]]) -> Callable[[Sample, datetime], Found]:
        return lambda sample, _: Found(*peer(sample.body, sample.url))

    return {name: reader(peer) for name, peer in PEERS.items()}


Readers = dict[str, Callable[[Sample, datetime], Found]]
READERS: Readers = {
    "monitor": ours,
    "trafilatura": trafilatura_with(),
    "trafilatura, no comments": trafilatura_with(include_comments=False),
    "trafilatura, fast": trafilatura_with(include_comments=False, fast=True),
}


def load(folder: Path) -> list[Sample]:
    if not (folder / "pages.jsonl").is_file():
        print(f"{folder}: there is no pages.jsonl; the labelled pages are not part of the project", file=sys.stderr)
        raise SystemExit(2)
    samples = []
    for line in (folder / "pages.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        url = row["url"] if "://" in row["url"] else f"https://{row['url'] or row['site']}"
        body = gzip.decompress((folder / row["html"]).read_bytes())
        samples.append(
            Sample(row["id"], row["set"], url, body, row["text"], row["title"] or "", str(row["date"] or "")[:10])
        )
    return samples


def runs(text: str) -> Counter[tuple[str, ...]]:
    words = WORD.findall(text.translate(INVISIBLE).lower())
    size = min(RUN, len(words)) or 1
    return Counter(zip(*(words[start:] for start in range(size)), strict=False))


def bare(text: str) -> str:
    return "".join(WORD.findall(text.lower()))


def _near(wanted: str, had: str) -> bool:
    """Whether two days are one day in some zone of the world."""
    return len(had) == 10 and abs((date.fromisoformat(wanted) - date.fromisoformat(had)).days) <= 1


def judge(sample: Sample, found: Found, cpu_s: float) -> Score:
    wanted, had = runs(sample.text), runs(found.text)
    shared = (wanted & had).total()
    precision = shared / had.total() if had else float(not wanted)
    recall = shared / wanted.total() if wanted else float(not had)
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    day = _near(sample.day, found.day) if len(sample.day) == 10 else None
    return Score(precision, recall, f1, wanted == had, bare(sample.title) == bare(found.title), day, cpu_s)


def measure(samples: list[Sample], now: datetime, readers: Readers) -> dict[str, list[Score]]:
    """Let every extractor read every page, turn by turn, so that a busy machine is as hard on each."""
    scores: dict[str, list[Score]] = {name: [] for name in readers}
    for read in readers.values():
        read(samples[0], now)  # what is loaded late is not the first page's fault
    for sample in samples:
        for name, read in readers.items():
            started = time.process_time()
            found = read(sample, now)
            scores[name].append(judge(sample, found, time.process_time() - started))
    return scores


def show(title: str, scores: dict[str, list[Score]]) -> None:
    rows = {name: summary(list_) for name, list_ in scores.items()}
    print(f"\n{title}: {len(next(iter(scores.values())))} pages")
    print(f"{'':26}" + "".join(f"{column:>11}" for column in COLUMNS))
    for name, row in rows.items():
        print(
            f"{name:26}" + "".join(f"{value:11.{digits}f}" for value, digits in zip(row, COLUMNS.values(), strict=True))
        )
    best = rows["monitor"]
    for name, row in rows.items():
        if name != "monitor":
            ratios = (mine / theirs if theirs else float("nan") for mine, theirs in zip(best, row, strict=True))
            print(f"÷ {name:24}" + "".join(f"{ratio:11.2f}" for ratio in ratios))


COLUMNS = {"precision": 3, "recall": 3, "F1": 4, "perfect": 3, "titles": 3, "days": 3, "ms median": 1, "ms p95": 1}


def summary(scores: list[Score]) -> tuple[float, ...]:
    mean = statistics.fmean
    cpu = sorted(score.cpu_s * 1000 for score in scores)
    days = [score.day for score in scores if score.day is not None]
    return (
        mean(score.precision for score in scores),
        mean(score.recall for score in scores),
        mean(score.f1 for score in scores),
        mean(score.perfect for score in scores),
        mean(score.title for score in scores),
        mean(days) if days else float("nan"),
        statistics.median(cpu),
        cpu[int(len(cpu) * 0.95)],
    )


def half_of(site: str) -> int:
    """Sites fall into two halves, so that what is tuned on one can be checked on the other."""
    return hashlib.md5(site.encode(), usedforsecurity=False).digest()[0] % 2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sites", default="", help="only pages whose URL holds this")
    parser.add_argument("--set", default="", help="only pages of this set")
    parser.add_argument("--half", type=int, choices=(0, 1), help="only one half of the sites")
    parser.add_argument("--worst", type=int, default=0, help="name so many of the pages that were read worst")
    parser.add_argument("--peers", action="store_true", help="beside readability-lxml, newspaper4k, resiliparse too")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    samples = [sample for sample in load(options.folder) if options.sites in sample.url]
    if options.set:
        samples = [sample for sample in samples if sample.set == options.set]
    if options.half is not None:
        samples = [sample for sample in samples if half_of(sample.site) == options.half]
    if not samples:
        print("no page is left to read", file=sys.stderr)
        return 2
    scores = measure(samples, datetime.now(UTC), READERS | _peers() if options.peers else READERS)
    for name in sorted({sample.set for sample in samples}):
        chosen = [place for place, sample in enumerate(samples) if sample.set == name]
        show(name, {reader: [list_[place] for place in chosen] for reader, list_ in scores.items()})
    show("all", scores)
    ranked = sorted(zip(samples, scores["monitor"], strict=True), key=lambda pair: pair[1].f1)
    for sample, score in ranked[: options.worst]:
        print(f"{score.f1:.3f}  precision {score.precision:.3f}  recall {score.recall:.3f}  {sample.id}  {sample.url}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

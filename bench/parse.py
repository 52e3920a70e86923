"""Parsing: do both lanes find the same entries, and what does a feed cost in each, beside feedparser as it comes?

usage: python bench/parse.py [--made 3000] [FOLDER ...]

The feeds are made by chance (tests/made_feeds.py) in all dialects, and those of any folders that are named. The
judge's lane (feedparser, fed tidied text) is the measure: an ordinary feed must read alike in the fast lane.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import fields
from datetime import UTC, datetime
from html import escape
from io import BytesIO
from pathlib import Path
from random import Random

import feedparser
from lxml import etree
from rich.console import Console
from rich.table import Table

from monitor.errors import ParseError
from monitor.model import Page, ParsedFeed
from monitor.think.charset import to_text
from monitor.think.entry import to_feed
from monitor.think.parse import parse
from monitor.think.parse_fast import read_fast
from monitor.think.parse_xml import read_xml
from monitor.think.tidy import tidy

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from made_feeds import make_feed

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HOME = "https://example.org/news/feed.xml"
WORDS = "harbour talks bridge storm market treaty convoy grain island paper silver river minister letter".split()
ODDITIES = (0.0, 0.02, 0.1, 0.3)
ROUNDS = 25
out = Console(width=120)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--made", type=int, default=3000)
    options.add_argument("folders", nargs="*", type=Path)
    asked = options.parse_args()
    compare(asked.made, asked.folders)
    measure()


# Do they agree?


def compare(made: int, folders: list[Path]) -> None:
    """Read every feed in both lanes."""
    table = Table("feeds", "read", "identical", "differing", "to the judge", "of these ill-formed", "no feed")
    for oddity in ODDITIES:
        texts = (make_feed(Random(seed), items=2, oddity=oddity) for seed in range(made // len(ODDITIES)))
        table.add_row(f"made, {oddity:.0%} odd", *tally(texts))
    for folder in folders:
        table.add_row(folder.name, *tally(text_of(path) for path in sorted(folder.rglob("*")) if path.is_file()))
    out.print(table)


def tally(texts: Iterable[str]) -> list[str]:
    """How many feeds are read alike, and how many not; why is printed."""
    count: Counter[str] = Counter()
    for text in texts:
        count["read"] += 1
        said = read_fast(text)
        try:
            judged = to_feed(*read_xml(tidy(text)), HOME, NOW)
        except ParseError:
            count["no feed"] += 1
            judged = None
        if said is None:
            count["judge"] += judged is not None
            count["ill"] += judged is not None and not is_sound(text)
            continue
        differing = differences(to_feed(*said, HOME, NOW), judged)
        count["differing" if differing else "identical"] += 1
        for line in differing:
            out.print(f"  {line}", highlight=False)
    return [str(count[key]) for key in ("read", "identical", "differing", "judge", "ill", "no feed")]


def differences(found: ParsedFeed, judged: ParsedFeed | None) -> list[str]:
    """Which fields of the feed and its entries are not the same."""
    if judged is None:
        return ["feedparser finds no feed"]
    if len(found.entries) != len(judged.entries):
        return [f"{len(found.entries)} entries, not {len(judged.entries)}"]
    pairs = [(found, judged), *zip(found.entries, judged.entries, strict=True)]
    return [
        f"{field.name}: {getattr(one, field.name)!r:.100}, not {getattr(other, field.name)!r:.100}"
        for one, other in pairs
        for field in fields(one)
        if field.name != "entries" and getattr(one, field.name) != getattr(other, field.name)
    ]


def is_sound(text: str) -> bool:
    try:
        etree.fromstring(text.encode(), etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True))
    except (etree.LxmlError, UnicodeError):
        return False
    return True


def text_of(path: Path) -> str:
    return to_text(path.read_bytes()).lstrip("\ufeff\0 \t\r\n")


# What do they cost?


def measure() -> None:
    """CPU time of a feed of 20 kB and of 200 kB, the least of several rounds."""
    table = Table("ms a feed", "feedparser", "without cleaning", "judge reads", "fast lane reads", "ratio")
    for column in ("judge, entries", "fast, entries", "feedparser / fast"):
        table.add_column(column)
    for name, text in samples().items():
        row = costs(text)
        bare, plain, judge, fast, judged, whole = row
        cells = [f"{bare:.2f}", f"{plain:.2f}", f"{judge:.2f}", f"{fast:.2f}", f"{judge / fast:.1f}"]
        table.add_row(name, *cells, f"{judged:.2f}", f"{whole:.2f}", f"{bare / whole:.1f}")
    out.print(table)
    out.print(
        "reads: bytes to the words of a feed. entries: on to clean entries, as a poll needs them; feedparser's own"
        " are not yet that.",
        highlight=False,
    )


def costs(text: str) -> list[float]:
    body = text.encode()
    page = Page(HOME, HOME, 200, body)
    assert read_fast(text) is not None
    works: list[Callable[[], object]] = [
        lambda: feedparser.parse(BytesIO(body)),
        lambda: feedparser.parse(BytesIO(body), sanitize_html=False, resolve_relative_uris=False),
        lambda: read_xml(tidy(to_text(body))),
        lambda: read_fast(to_text(body)),
        lambda: to_feed(*read_xml(tidy(to_text(body))), HOME, NOW),
        lambda: parse(page, NOW),
    ]
    # In turn, lest a busy moment of the machine fall upon one of them.
    rounds = [[clock(work) for work in works] for _ in range(ROUNDS)]
    return [min(times) for times in zip(*rounds, strict=True)]


def clock(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1000


def samples() -> dict[str, str]:
    return {
        "RSS, 20 kB": rss(22, 40),
        "RSS, 200 kB": rss(50, 400),
        "Atom, 20 kB": atom(22, 40),
        "Atom, 200 kB": atom(50, 400),
        "headlines, 20 kB": rss(55, 0),
    }


def rss(items: int, words: int) -> str:
    chance = Random(1)
    spaces = "".join(
        f' xmlns:{prefix}="{uri}"'
        for prefix, uri in (
            ("content", "http://purl.org/rss/1.0/modules/content/"),
            ("dc", "http://purl.org/dc/elements/1.1/"),
            ("media", "http://search.yahoo.com/mrss/"),
        )
    )
    told = ""
    for number in range(items):
        place = f"https://example.org/2026/05/{number}"
        content = f"<content:encoded><![CDATA[{prose(chance, words)}]]></content:encoded>" if words else ""
        told += (
            f"<item><title>{say(chance, 9)}</title><link>{place}</link><guid isPermaLink='false'>{number}</guid>"
            f"<pubDate>Fri, 01 May 2026 10:00:00 +0000</pubDate><dc:creator><![CDATA[{say(chance, 2)}]]></dc:creator>"
            f"<category>News</category><description>{escape(f'<p>{say(chance, 15)}</p>')}</description>{content}"
            f"<media:thumbnail url='{place}.jpg'/></item>\n"
        )
    return f'<?xml version="1.0"?><rss version="2.0"{spaces}><channel><title>News</title>{told}</channel></rss>'


def atom(entries: int, words: int) -> str:
    chance = Random(1)
    told = ""
    for number in range(entries):
        told += (
            f"<entry><title>{say(chance, 9)}</title><link href='https://example.org/2026/05/{number}'/>"
            f"<id>tag:example.org,2026:{number}</id><published>2026-05-01T10:00:00Z</published>"
            f"<updated>2026-05-01T11:00:00Z</updated><author><name>{say(chance, 2)}</name></author>"
            f"<summary>{say(chance, 15)}</summary>"
            f"<content type='html'>{escape(prose(chance, words))}</content></entry>\n"
        )
    return f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>{told}</feed>'


def prose(chance: Random, words: int) -> str:
    return "\n".join(f"<p>{say(chance, 37)} <a href='https://example.org/'>more</a></p>" for _ in range(words // 40))


def say(chance: Random, words: int) -> str:
    return " ".join(chance.choices(WORDS, k=words))


if __name__ == "__main__":
    main()

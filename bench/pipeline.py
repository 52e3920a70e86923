"""End to end: articles a second from a local newsroom, CPU by step, peak memory; beside it trafilatura alone.

usage: python bench/pipeline.py [--feeds 200] [--articles 20]

The newsroom runs in a process of its own. The floor is the extractor that we build on, as it comes, over the same
pages in a loop in one process: nobody who wants the text can spend less.
"""

import argparse
import asyncio
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from urllib.request import urlopen

import psutil
import trafilatura
from loguru import logger
from rich.console import Console
from rich.table import Table

from monitor.config import load
from monitor.daemon import make_beats, opened
from monitor.edge import search
from monitor.edge.store import Store
from monitor.model import Article, Page
from monitor.reader import reading_of
from monitor.rules import load_rules
from monitor.think import discover, match, parse, settle, story

SAMPLE = 300
out = Console(width=110)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--feeds", type=int, default=200)
    options.add_argument("--articles", type=int, default=20)
    asked = options.parse_args()
    logger.remove()
    command = [sys.executable, "-m", "monitor.demo.newsroom", "--port", "0"]
    command += ["--feeds", str(asked.feeds), "--articles", str(asked.articles)]
    newsroom = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert newsroom.stdout
        base = newsroom.stdout.readline().strip()
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder), base)
    finally:
        newsroom.kill()


def measure(folder: Path, base: str) -> None:
    feeds = json.loads(urlopen(f"{base}/-/feeds").read())
    config = folder / "config.toml"
    config.write_text(written(base, feeds))
    wall, cpu, peak, articles = asyncio.run(end_to_end(config))
    steps, floor = by_step(config, feeds)
    n = len(articles)
    table = Table("end to end", "", title=f"{len(feeds)} feeds, {n} articles, {os.cpu_count()} processors")
    table.add_row("wall time", f"{wall:.1f} s")
    table.add_row("articles a second", f"{n / wall:.0f}")
    table.add_row("CPU an article, all processes", f"{1000 * cpu / n:.2f} ms")
    table.add_row("peak memory, all processes", f"{peak / 2**20:.0f} MiB")
    table.add_row("trafilatura alone, CPU a page", f"{floor:.2f} ms")
    table.add_row("ratio: the whole job / trafilatura alone", f"{1000 * cpu / n / floor:.2f}")
    out.print(table)
    split = Table("step", "CPU ms an article", "share", title="by step, each alone over the same articles")
    for name, cost in steps.items():
        split.add_row(name, f"{cost:.3f}", f"{100 * cost / (1000 * cpu / n):.0f} %")
    rest = 1000 * cpu / n - sum(steps.values())
    split.add_row("fetching, scheduling, moving between processes (the rest)", f"{rest:.3f}", "")
    out.print(split)


def written(base: str, feeds: list[list[str]]) -> str:
    watched = "".join(f'[[feed]]\nname = "{name}"\nurl = "{url}"\n' for name, url, *_ in feeds)
    return f"""
    [database]
    path = "monitor.db"
    [fetch]
    per_host = 32
    allow_private = ["{base.removeprefix("http://")}"]
    [topics]
    packs = ["russia-ukraine-nato"]
    {watched}
    """


async def end_to_end(config: Path) -> tuple[float, float, int, list[Article]]:
    """Wall seconds, CPU seconds of all processes, peak bytes of all processes, and the articles."""
    peak = 0
    before = cpu_seconds()
    async with opened(load(config)) as pipeline:
        beats = make_beats(pipeline)
        started = time.perf_counter()
        work = asyncio.create_task(beats.drain())
        while not work.done():
            peak = max(peak, resident())
            await asyncio.wait([work], timeout=0.1)
        await work
        await beats.drain()
        wall = time.perf_counter() - started
        articles = [found.article for found in search.every_article(pipeline.store.engine)]
    return wall, cpu_seconds() - before, peak, articles


def cpu_seconds() -> float:
    """CPU time of this process and its ended children."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def resident() -> int:
    """Resident bytes of this process and its living children; shared pages are counted once a process."""
    me = psutil.Process()
    total = 0
    for process in (me, *me.children(recursive=True)):
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def by_step(config: Path, feeds: list[list[str]]) -> tuple[dict[str, float], float]:
    """CPU milliseconds an article of each step alone, and of the floor."""
    settings = load(config)
    rules = load_rules(settings)
    now = datetime.now(UTC)
    bodies = [get(url) for _, url, *_ in feeds[:30]]
    store = Store(Path(config.parent, "monitor.db"), lambda text: text)
    articles = [found.article for found in islice(search.every_article(store.engine), SAMPLE)]
    store.close()
    pages = [get(article.url) for article in articles]
    pairs = list(zip(articles, pages, strict=True))
    per_feed = max(1, len(parse.parse(bodies[0], now).entries))
    steps = {
        "parse the feed": timed(lambda page: parse.parse(page, now), bodies) / per_feed,
        "canonical addresses": timed(discover.canonical, [article.url for article in articles]),
        "hash": timed(lambda page: hashlib.sha256(page.body).digest(), bodies) / per_feed,
        "read the page": timed(lambda pair: reading_of(pair[1], pair[0], now)(), pairs),
        "match every topic": timed(lambda article: match.match(article, rules.compiled), articles),
        "story keys": timed(lambda article: story.keys(article.title, article.text), articles),
        "archive (three transactions, page compressed)": archive_cost(config.parent / "again.db", articles, pages, now),
    }
    floor = timed(lambda page: trafilatura.extract(page.body), pages)
    return steps, floor


def archive_cost(path: Path, articles: list[Article], pages: list[Page], now: datetime) -> float:
    """CPU milliseconds an article of all that is written of it."""
    from monitor.edge import sources
    from monitor.edge.polls import Polled
    from monitor.model import ArticleState, Entry, Feed, Sighting, Story
    from monitor.think.language import indexable

    store = Store(path, indexable)
    store.upgrade(now)
    sources.sync(store.engine, [Feed(0, "wire", "https://wire.example/")], now)
    started = time.process_time()
    feed = store.claim_feeds(now, 60, 1)[0]
    sightings = [Sighting(Entry(key=a.key, title=a.title, summary=a.summary), a.key, a.url) for a in articles]
    store.save_polls([Polled(replace(feed, due_at=now), now, fresh=sightings)])
    texts = dict(zip((a.key for a in articles), zip(articles, pages, strict=True), strict=True))
    while claimed := store.claim_articles(ArticleState.READ, now, 60, 16):
        for article in claimed:
            told, page = texts[article.key]
            read = replace(article, text=told.text, state=ArticleState.TELL, due_at=now)
            store.save_reading(read, now, page)
    while claimed := store.claim_articles(ArticleState.TELL, now, 60, 32):
        for article in claimed:
            keys = story.keys(article.title, article.text)
            store.story_keys(keys, story.title_key(keys), story.ENOUGH, now)
            current = Story(article.id, article.title, now, now)
            store.save_telling(settle.told(article, article.id), current, keys=keys, matches=[], alerts=[], now=now)
    spent = time.process_time() - started
    store.close()
    return 1000 * spent / len(articles)


def timed(work: Callable[..., object], items: list[object] | list[str]) -> float:
    """CPU milliseconds an item."""
    work(items[0])
    started = time.process_time()
    for item in items:
        work(item)
    return 1000 * (time.process_time() - started) / len(items)


def get(url: str) -> Page:
    with urlopen(url) as answer:
        return Page(url, url, 200, answer.read(), answer.headers.get("Content-Type", ""))


if __name__ == "__main__":
    main()

"""Labelled pages → how many a second one worker reads, and two; and what memory a worker takes, page after page.

usage: python -m bench.workers FOLDER [--pages N] [--rounds N]

FOLDER is as for bench.extract. One worker and two take turns, round by round, so that a busy machine is as hard on
each; beside the pages a second stands the share of the time that this machine's processors were at work for the
workers: what others take of them, two workers cannot have. Then one worker, never renewed, reads N pages in a row.
"""

import argparse
import asyncio
import logging
import os
import statistics
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import cycle, islice
from pathlib import Path

from bench.extract import Sample, load
from monitor.edge.workers import Workers
from monitor.errors import ExtractError
from monitor.model import Extracted, Page
from monitor.think.extract import extract

MEGABYTE = 2**20
STEP = 200  # pages between two looks at the memory
ROUND = 200  # pages: while the last one is read, a second worker has nothing to do


def whole(page: Page, now: datetime) -> tuple[Extracted | None, int, float]:
    """A page's article, the memory (bytes) that its worker holds, and the CPU that it took; runs in the worker."""
    started = time.process_time()
    try:
        found = extract(page, now=now)
    except ExtractError:
        found = None
    held = int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return found, held, time.process_time() - started


async def read(workers: Workers, pages: Sequence[Page], now: datetime) -> list[tuple[int, float]]:
    async def one(page: Page) -> tuple[int, float]:
        _, held, cpu = await workers.run(partial(whole, page, now))
        return held, cpu

    return await asyncio.gather(*map(one, pages))


async def race(pages: Sequence[Page], rounds: int, now: datetime) -> None:
    ratios, efforts = [], []
    async with Workers(1) as one, Workers(2) as two:
        for workers in (one, two):
            await read(workers, pages[:10], now)
        for number in range(rounds):
            chosen = list(islice(cycle(pages), number * ROUND, (number + 1) * ROUND))
            speeds = []
            for workers in (one, two):
                started = time.perf_counter()
                cpu = sum(each for _, each in await read(workers, chosen, now))
                took = time.perf_counter() - started
                speeds.append((len(chosen) / took, cpu / took))
            (slow, busy), (fast, busier) = speeds
            ratios.append(fast / slow)
            efforts.append(busier / busy)
            print(
                f"round {number + 1}: one worker {slow:5.1f} pages/s ({busy:.2f} processors), two {fast:5.1f} "
                f"({busier:.2f}): x {fast / slow:.2f}"
            )
    speed, effort = statistics.median(ratios), statistics.median(efforts)
    print(f"two workers beside one: x {speed:.2f} (processors had: x {effort:.2f})")


async def march(pages: Sequence[Page], count: int, now: datetime) -> None:
    async with Workers(1, max_tasks=count + 1) as workers:
        queue = cycle(pages)
        for done in range(STEP, count + 1, STEP):
            held = [memory for memory, _ in await read(workers, list(islice(queue, STEP)), now)]
            print(f"{done:5} pages: {held[-1] / MEGABYTE:6.1f} MB, {max(held) / MEGABYTE:6.1f} at most")


def page_of(sample: Sample) -> Page:
    return Page(sample.url, sample.url, 200, sample.body, "text/html; charset=utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    pages = [page_of(sample) for sample in load(options.folder)]
    now = datetime.now(UTC)
    asyncio.run(race(pages, options.rounds, now))
    asyncio.run(march(pages, options.pages, now))
    return 0


if __name__ == "__main__":
    sys.exit(main())

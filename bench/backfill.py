"""A WARC archive of synthetic news → what reading it in costs, in one and two processes, beside a plain loop: a table.

usage: python bench/backfill.py [--records N] [--peer N] [--archive FILE] [--runs NAME,NAME]

The peer is what one would write oneself: warcio and trafilatura in a loop, which keeps nothing and asks no topic. All
figures are CPU time, so that others on the machine change little; the wall time stands beside them and means something
on a quiet machine only. Efficiency on two processors is what the command does alone, in its own process, over all that
two processes do that read and the one that deals out the records and saves what comes back. Stricter is the last of
these counted as lost: what one process does that only reads, over all that the three do.
"""

import argparse
import io
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import psutil
from trafilatura import bare_extraction
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from monitor.backfill import BATCHES, Order, batches, make_job, open_hoard, save_all
from monitor.bulk import Wanted
from monitor.config import load
from monitor.demo.synthetic import synthetic
from monitor.edge.backfills import Counts
from monitor.edge.crew import crew
from monitor.edge.hoards import find_hoards
from monitor.rules import load_rules
from monitor.wire import open_store

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PER_FEED = 100
SHARE = 0.02  # of the articles are on the topic: where few match, the look ahead pays
# How they are called, how many processes read, and what is wanted.
RUNS = {
    "alone": ("in its own process", 0, Wanted.EVERYTHING),
    "one": ("1 process", 1, Wanted.EVERYTHING),
    "two": ("2 processes", 2, Wanted.EVERYTHING),
    "some": ("1 process, matches only", 1, Wanted.MATCHES),
}
COLUMNS = "records", "kept", "matched", "ms CPU", "of it dealing", "records/s", "MB at first", "MB at last"
CONFIG = """\
[database]
path = "monitor.db"

[[topic]]
name = "war"
query = '''
(missile OR brigade OR ceasefire OR ракета OR бригада OR صواريخ OR لواء OR перемирие OR перемир'я)
AND (nato OR kremlin OR нато OR кремль OR الناتو OR الكرملين)
'''
"""


@dataclass
class Run:
    """What a run took."""

    name: str
    wall_s: float = 0.0
    dealing_s: float = 0.0  # CPU of the process that deals out and saves
    reading_s: float = 0.0  # CPU of those that read
    counts: Counts = field(default_factory=Counts)
    memory: list[float] = field(default_factory=list)  # MB of all processes, now and then

    @property
    def cpu_s(self) -> float:
        return self.dealing_s + self.reading_s


def make_archive(path: Path, records: int) -> None:
    """Write an archive as Common Crawl packs its news."""
    edition = synthetic((records + PER_FEED - 1) // PER_FEED, PER_FEED, topic_share=SHARE)
    headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for article in edition.corpus.articles[:records]:
            base = f"https://{article.outlet}.example"
            sheet = edition.press(article, base, NOW)
            assert sheet is not None
            body = b"".join(sheet.parts)
            told = {"WARC-Date": "2026-02-28T12:00:00Z"}
            writer.write_record(
                writer.create_warc_record(
                    base + article.path, "response", io.BytesIO(body), http_headers=headers, warc_headers_dict=told
                )
            )


def read_in(archive: Path, home: Path, name: str, processes: int, wanted: Wanted) -> Run:
    """Read an archive into an empty one of ours."""
    home.mkdir()
    (home / "config.toml").write_text(CONFIG, "utf-8")
    config = load(home / "config.toml")
    rules = load_rules(config)
    store = open_store(config)
    store.upgrade(NOW)
    run, order = Run(name), Order(wanted)
    (hoard,) = find_hoards([archive])
    state = open_hoard(store.engine, hoard, order, NOW)
    job = make_job(config, rules, wanted)
    if not processes:  # others make their tools before they are measured
        tools = job.make()
        job = replace(job, make=lambda: tools)
    with crew(job, processes) as workers, measured(run):
        done = workers(batches(hoard, state.place, config.fetch.max_page, BATCHES[wanted]))
        for number, after in enumerate(save_all(store.engine, state, done, order, rules, 864_000.0)):
            run.counts = after.counts
            if number % 20 == 0:
                run.memory.append(sum(one.memory_info().rss for one in _family()) / 1e6)
    store.close()
    return run


def _family() -> list[psutil.Process]:
    own = psutil.Process()
    return [own, *own.children(recursive=True)]


@contextmanager
def measured(run: Run) -> Iterator[None]:
    def reading() -> float:
        times = [one.cpu_times() for one in _family()[1:]]
        return sum(each.user + each.system for each in times)

    wall, own, others = time.perf_counter(), time.process_time(), reading()
    yield
    run.wall_s = time.perf_counter() - wall
    run.dealing_s, run.reading_s = time.process_time() - own, reading() - others


def loop(archive: Path, most: int) -> float:
    """The peer: CPU seconds a record."""
    start, done = time.process_time(), 0
    with archive.open("rb") as file:
        for record in ArchiveIterator(file):
            if record.rec_type != "response":
                continue
            bare_extraction(record.content_stream().read(), url=record.rec_headers.get_header("WARC-Target-URI"))
            done += 1
            if done == most:
                break
    return (time.process_time() - start) / max(done, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description="What reading an archive in costs.")
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--peer", type=int, default=1_000, metavar="N", help="records that the plain loop reads")
    parser.add_argument("--archive", type=Path, help="where it lies, or is made, instead of a temporary file")
    parser.add_argument(
        "--runs", default=",".join(RUNS), help="which of these, parted by commas; of one named twice the last counts"
    )
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        archive = args.archive or Path(folder) / "news.warc.gz"
        if not archive.exists():
            make_archive(archive, args.records)
        print(f"{args.records} records, {archive.stat().st_size / 1e6:.0f} MB packed; load {os.getloadavg()[0]:.1f}")
        print(f"{'':26}" + "".join(f"{column:>15}" for column in COLUMNS))
        runs = {}
        for number, name in enumerate(args.runs.split(",")):
            runs[name] = read_in(archive, Path(folder) / f"{number}-{name}", *RUNS[name])
            print(row_of(runs[name]), flush=True)
        peer = loop(archive, args.peer) if args.peer else 0.0
    report(runs, peer)


def row_of(run: Run) -> str:
    count = run.counts.records
    cells = (
        count,
        run.counts.articles,
        run.counts.matched,
        f"{1000 * run.cpu_s / count:.2f}",
        f"{1000 * run.dealing_s / count:.2f}",
        f"{count / run.wall_s:.0f}",
        *(f"{value:.0f}" for value in _ends(run.memory)),
    )
    return f"{run.name:26}" + "".join(f"{cell:>15}" for cell in cells)


def report(runs: dict[str, Run], peer_s: float) -> None:
    alone, one, two, some = map(runs.get, RUNS)
    if alone and two:
        print(f"efficiency on two processors: {alone.cpu_s / two.cpu_s:.2f} by CPU time, "
              f"{alone.wall_s / (2 * two.wall_s):.2f} by the clock")  # fmt: skip
    if one and two:
        print(f"with the process that saves counted as lost: {one.reading_s / two.cpu_s:.2f} by CPU time")
    whole = two or one or alone
    if some and whole:
        print(f"matches only: {whole.cpu_s / some.cpu_s:.1f} times less CPU")
    if peer_s and whole:
        print(f"a plain loop of warcio and trafilatura: {1000 * peer_s:.2f} ms CPU a record, "
              f"{peer_s / (whole.cpu_s / whole.counts.records):.2f} × ours")  # fmt: skip
    if len({(run.counts.records, run.counts.matched) for run in runs.values()}) > 1:
        sys.exit("the runs do not agree")


def _ends(memory: list[float]) -> tuple[float, float]:
    """When all is loaded, and at the end: the mean of a tenth of the samples each."""
    some = max(len(memory) // 10, 1)
    return sum(memory[some : 2 * some] or memory) / len(memory[some : 2 * some] or memory), sum(memory[-some:]) / some


if __name__ == "__main__":
    main()

"""Archives are read by a cluster on other machines as they are here, also when one of its workers dies in the midst."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import hosts
import pytest
from made_archives import config, packed, record, records
from test_backfill import ALL, Desk

from monitor.backfill import batches, make_job, open_hoard, save_all
from monitor.edge.crew import crew
from monitor.edge.hoards import find_hoards

pytest.importorskip("distributed")


@contextmanager
def ended(command: list[str], folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that knows no more of this one than what it is told."""
    folder.mkdir()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """A scheduler here and two workers, of which one is on another host where that can be had; the other of the two."""
    dask = [sys.executable, "-m", "dask"]
    apart = not hosts.why_not()
    here = hosts.CENTRE if apart else "127.0.0.1"
    told = folder / "scheduler.json"
    with ExitStack() as stack:
        if apart:
            stack.enter_context(hosts.hosts())
        scheduler = [*dask, "scheduler", "--host", here, "--port", "0", "--no-dashboard", "--scheduler-file", str(told)]
        began = stack.enter_context(ended(scheduler, folder / "scheduler"))
        while not told.exists() or not told.read_text():
            assert began.poll() is None
        address = json.loads(told.read_text())["address"]
        worker = [*dask, "worker", address, "--nthreads", "1", "--no-dashboard"]
        away = ["ip", "netns", "exec", "monitor-one"] if apart else []
        stack.enter_context(ended([*away, *worker], folder / "away"))
        yield address, stack.enter_context(ended([*worker, "--host", here], folder / "near"))


@pytest.mark.slow
def test_a_cluster_reads_what_this_machine_would(tmp_path: Path, anew: Callable[[], None]) -> None:
    from conftest import NOW
    from distributed import Client

    pages = [*records(60), record("ftp://x", b"x"), *records(40, first=60)]
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        config(tmp_path / name)
        (tmp_path / name / "a.warc.gz").write_bytes(packed(pages))
    here = Desk(tmp_path / "here", NOW)
    (whole,) = here.states([tmp_path / "here" / "a.warc.gz"])
    anew()
    there = Desk(tmp_path / "there", NOW)
    with cluster(tmp_path) as (address, one):
        with Client(address) as client:
            client.wait_for_workers(2)
        (hoard,) = find_hoards([tmp_path / "there" / "a.warc.gz"])
        state = open_hoard(there.store.engine, hoard, ALL, NOW)
        with crew(make_job(there.config, there.rules, ALL.wanted), 0, address) as workers:
            done = workers(batches(hoard, "", there.config.fetch.max_page, 5))
            for number, after in enumerate(save_all(there.store.engine, state, done, ALL, there.rules, 864000.0)):
                state = after
                if number == 3:
                    one.kill()
    assert state.counts == whole.counts
    assert there.held() == here.held()
    for desk in (here, there):
        desk.store.close()

"""Work that many processes do comes back in order, and what kills a process costs no other piece."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import psutil
import pytest
from made_archives import config, packed, record, records
from test_backfill import Desk

from monitor.edge.crew import Job, _await, _away, _client, _result, _submit, crew
from monitor.errors import StoreError

KILLER, HANGER, GLUTTON, SHY = -1, -2, -3, -4


def times(factor: int) -> int:
    return factor


def work(item: int, factor: int, haste: bool) -> tuple[int, bool]:  # noqa: FBT001
    if item == KILLER or (item == SHY and not haste):
        os.kill(os.getpid(), signal.SIGKILL)
    while item == HANGER:
        pass
    if item == GLUTTON:
        try:
            return len(bytearray(3 * 2**30)), haste
        except MemoryError:
            return -1, haste
    return item * factor, haste


def lost(item: int, why: str) -> tuple[int, bool]:
    return 0, bool(why)


def job(key: str) -> Job[int, tuple[int, bool]]:
    return Job(key, partial(times, 3), work, lost, 1.0, 2**30)


def several(items: list[int]) -> Iterator[list[int]]:
    return (items[start : start + 4] for start in range(0, len(items), 4))


def test_without_other_processes_this_one_does_it() -> None:
    with crew(job("here"), 0) as workers:
        assert [done.results for done in workers(several([1, 2, 3, 4, 5]))] == [
            [(3, False), (6, False), (9, False), (12, False)],
            [(15, False)],
        ]


def test_a_cluster_that_does_not_answer_is_named() -> None:
    for address in ("nonsense://x", "nowhere"):
        with pytest.raises(StoreError, match=address), crew(job("none"), 0, address):
            pass


@pytest.mark.slow
def test_what_kills_a_process_or_takes_too_long_costs_no_other_piece() -> None:
    items = [1, 2, 3, 4, KILLER, HANGER, GLUTTON, SHY, 5, 6]
    with crew(job("many"), 1) as workers:
        found = [pair for done in workers(several(items)) for pair in zip(done.items, done.results, strict=True)]
    assert [item for item, _ in found] == items
    ends = dict(found)
    assert ends[KILLER] == ends[HANGER] == (0, True)
    assert ends[GLUTTON] == (-1, False)
    assert ends[SHY] == (SHY * 3, True)
    assert all(ends[item] == (item * 3, False) for item in items if item > 0)


@pytest.mark.slow
def test_others_come_for_workers_that_are_gone_for_good() -> None:
    with _client(job("gone"), 1, "") as client:
        for gone in list(client.cluster.workers.values()):
            client.sync(gone.close)
        done = list(_away(job("gone"), several([4, 5, 6]), client))
    assert [each.results for each in done] == [[(12, False), (15, False), (18, False)]]


@pytest.mark.slow
def test_what_a_process_did_but_took_with_it_is_done_again_by_another() -> None:
    with _client(job("taken"), 1, "") as client:
        future = _submit(job("taken"), [4, 5], client)
        _await([future], client)
        for gone in list(client.cluster.workers.values()):
            client.sync(gone.close)
        assert _result(future, client) == [(12, False), (15, False)]


@pytest.mark.slow
def test_a_reading_that_is_killed_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    from conftest import NOW

    pages = [*records(70), record("ftp://x", b"x"), *records(10, first=70)]
    homes = [tmp_path / name for name in ("calm", "killed")]
    for home in homes:
        home.mkdir()
        config(home)
        (home / "a.warc.gz").write_bytes(packed(pages))
    calm, killed = (Desk(home, NOW) for home in homes)
    (whole,) = calm.states([homes[0] / "a.warc.gz"])
    command = [sys.executable, "-m", "monitor", "-c", str(homes[1] / "config.toml"), "backfill", "-p", "1"]
    command.append(str(homes[1] / "a.warc.gz"))
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not killed.held():
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.02)
    children = psutil.Process(process.pid).children(recursive=True)
    assert children
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(children, timeout=60)
    assert alive == []
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    (state,) = killed.states([homes[1] / "a.warc.gz"])
    assert state.counts == whole.counts
    assert killed.held() == calm.held()
    for desk in (calm, killed):
        desk.store.close()

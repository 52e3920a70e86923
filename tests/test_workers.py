"""Work in killable processes: what one task does to its worker harms no other task."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from monitor.edge.workers import Workers
from monitor.errors import ConfigError, DeliveryError, ExtractError, FetchError, MonitorError, QueryError


def add(one: int, other: int) -> int:
    return one + other


def refuse(error: MonitorError) -> None:
    raise error


def spin() -> None:
    while True:
        pass


def blocked_in_c() -> int:
    return sum(10**8000000 % (10**4000000 + 7) for _ in range(1000))


def devour() -> int:
    return len(bytearray(4 * 2**30))


def kill_self() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def survive_termination() -> str:
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGINT)
    return "still there"


def unpicklable() -> object:
    return lambda: None


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    async with Workers(2, timeout_s=5, memory_bytes=2**29, preload=()) as opened:
        yield opened


async def test_work_comes_back_from_another_process(workers: Workers) -> None:
    assert await workers.run(add, 1, 2) == 3
    assert await workers.run(partial(add, 1, other=4)) == 5
    assert await workers.run(os.getpid) != os.getpid()


@pytest.mark.parametrize(
    "error",
    [
        ExtractError("no article", reason="consent", permanent=True),
        FetchError("slow", reason="timeout", status=503, retry_after=120.0, hint="wait"),
        QueryError("what?", position=7, hint="quote it"),
        DeliveryError("full", permanent=False, retry_after=3.0),
        ConfigError("wrong", hint="see the docs"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_an_expected_failure_comes_home_whole(workers: Workers, error: MonitorError) -> None:
    with pytest.raises(type(error)) as caught:
        await workers.run(refuse, error)
    assert str(caught.value) == str(error)
    assert vars(error).items() <= vars(caught.value).items()
    assert caught.value.permanent == error.permanent


async def test_a_task_that_hangs_is_stopped_and_the_others_go_on(workers: Workers) -> None:
    hanging = asyncio.create_task(workers.run(spin, timeout_s=0.4))
    assert await asyncio.gather(*(workers.run(add, number, 1) for number in range(20))) == list(range(1, 21))
    with pytest.raises(ExtractError, match=r"0\.4 s") as caught:
        await hanging
    assert caught.value.reason == "timeout"
    assert await workers.run(add, 2, 2) == 4


async def test_a_task_that_hangs_in_c_is_stopped_as_well(workers: Workers) -> None:
    with pytest.raises(ExtractError) as caught:
        await workers.run(blocked_in_c, timeout_s=0.3)
    assert caught.value.reason == "timeout"


@pytest.mark.slow
async def test_a_task_that_kills_its_worker_harms_no_other(workers: Workers) -> None:
    deadly = [asyncio.create_task(workers.run(kill_self)) for _ in range(3)]
    sums = [asyncio.create_task(workers.run(add, number, number)) for number in range(10)]
    for task in deadly:
        with pytest.raises(ExtractError) as caught:
            await task
        assert caught.value.reason == "crashed"
    assert await asyncio.gather(*sums) == [2 * number for number in range(10)]


async def test_a_task_may_not_take_more_memory_than_it_is_given(workers: Workers) -> None:
    with pytest.raises(ExtractError) as caught:
        await workers.run(devour)
    assert caught.value.reason == "memory"
    assert await workers.run(add, 3, 3) == 6


async def test_a_result_that_cannot_travel_harms_no_other_task(workers: Workers) -> None:
    with pytest.raises(ExtractError):
        await workers.run(unpicklable)
    assert await workers.run(add, 4, 4) == 8


async def test_signals_meant_for_the_owner_do_not_end_a_worker(workers: Workers) -> None:
    assert await workers.run(survive_termination) == "still there"


async def test_workers_killed_from_outside_while_idle_are_replaced(workers: Workers) -> None:
    await workers.run(add, 1, 1)
    for child in psutil.Process().children(recursive=True):
        if child.ppid() != os.getpid():  # not the server, nor its tracker
            child.kill()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            assert await workers.run(add, 5, 5) == 10
        except ExtractError as error:
            assert error.reason == "crashed"  # noqa: PT017 - the other end is as good
        else:
            return
    pytest.fail("no worker came back")


async def test_a_worker_is_replaced_after_its_share_of_tasks() -> None:
    async with Workers(1, max_tasks=2, preload=()) as workers:
        pids = [await workers.run(os.getpid) for _ in range(5)]
    assert len(set(pids)) == 3


async def test_stopping_takes_less_than_a_second_even_while_a_task_hangs() -> None:
    async with Workers(2, preload=()) as workers:
        await workers.run(add, 1, 1)
        hanging = asyncio.create_task(workers.run(spin))
        await asyncio.gather(*(workers.run(add, number, 1) for number in range(5)))
        started = time.monotonic()
    assert time.monotonic() - started < 1
    with pytest.raises(asyncio.CancelledError):
        await hanging


OWNER = """
import asyncio, sys
from monitor.edge.workers import Workers
from tests.test_workers import spin

async def main():
    async with Workers(1, timeout_s=60, preload=()) as workers:
        pid = await workers.run(__import__("os").getpid)
        task = asyncio.create_task(workers.run(spin))
        print(pid, flush=True)
        await task

asyncio.run(main())
"""


@pytest.mark.slow
def test_workers_die_with_the_process_that_owns_them() -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER], stdout=subprocess.PIPE, cwd=Path(__file__).parent.parent, text=True
    )
    with owner:
        assert owner.stdout is not None
        worker = psutil.Process(int(owner.stdout.readline()))
        family = psutil.Process(owner.pid).children(recursive=True)
        owner.kill()
    gone, alive = psutil.wait_procs([worker, *family], timeout=5)
    assert not alive
    assert worker in gone

"""Two hosts share the work; one is cut off from the network and comes back: nothing is lost, nothing is told anew."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from hosts import CENTRE, HOSTS, hosts, ip, why_not
from served import Restartable

psycopg = pytest.importorskip("psycopg")
from bench.chaos import World, furnish, settled, world  # noqa: E402


def at_work(name: str, config: Path) -> "subprocess.Popen[bytes]":
    command = ["ip", "netns", "exec", name, sys.executable, "-m", "monitor", "--config", str(config), "run"]
    with config.with_name(f"{name}.log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)


async def until(address: str, asked: str, *given: object) -> None:
    """Wait until the archive says so."""
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
        while not (row := await (await connection.execute(asked, given)).fetchone()) or not row[0]:  # noqa: ASYNC110
            await asyncio.sleep(0.2)


async def publish(given: World, count: int) -> None:
    for _ in range(count):
        given.published += 1
        await asyncio.sleep(0.3)


BEATS = "SELECT count(*) = %s FROM run WHERE stopped_at IS NULL AND beat_at > now() - interval '10 seconds'"
TOLD = "SELECT count(*) >= %s FROM alert WHERE state = 'sent'"


@pytest.mark.slow
async def test_a_host_that_is_cut_off_and_comes_back_costs_nothing(tmp_path: Path) -> None:
    if reason := why_not():
        pytest.skip(reason)
    with hosts():
        async with world(CENTRE) as given:
            server = Restartable(CENTRE)
            server.create("monitor")
            address = f"{server.address}/monitor"
            config = furnish(tmp_path, given, address, CENTRE)
            working = {name: at_work(name, config) for name in HOSTS}
            try:
                async with asyncio.timeout(400):
                    await until(address, BEATS, 2)
                    publishing = asyncio.create_task(publish(given, 60))
                    await until(address, TOLD, 3)
                    ip("link", "set", "mon1", "down")  # in the midst of its work
                    await publishing
                    # Silent for half a minute: the other frees what it held, and tells all that was published.
                    await until(address, BEATS, 1)
                    await until(address, TOLD, 20)
                    ip("link", "set", "mon1", "up")
                    await until(address, BEATS, 2)
                    working["monitor-two"].terminate()  # who came back must be able to do it alone
                    await asyncio.to_thread(working["monitor-two"].wait, 60)
                    await publish(given, 12)
                    outcome = await settled(given, address, {"cut off": 1})
            finally:
                for one in working.values():
                    one.terminate()
                for one in working.values():
                    one.wait(60)
                server.stop()
    assert outcome.faults == ()
    assert (outcome.articles, outcome.matches) == (72, 24)

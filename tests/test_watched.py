"""A daemon at work tells who watches it how it does, also when its disk does not answer."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession

from monitor.beat import Beat
from monitor.config import load
from monitor.daemon import opened
from monitor.heartbeat import Heartbeat, Standing
from monitor.pipeline import Pipeline
from monitor.watched import watched

CONFIG = """
[fetch]
contact = "desk@news.example"
[[feed]]
name = "wire"
url = "https://wire.example/rss"
[[topic]]
name = "grain"
query = "grain"
[[receiver]]
name = "watcher"
kind = "webhook"
url = "https://desk.example/hook"
[[route]]
topics = ["grain"]
receivers = ["watcher"]
"""


@asynccontextmanager
async def at_work(folder: Path, *, disk_s: float = 30.0) -> AsyncIterator[tuple[str, Pipeline]]:
    """Where a daemon answers, whose only beat asks the disk and then for the next."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    path = folder / "config.toml"
    path.write_text(f'{CONFIG}[metrics]\nlisten = "127.0.0.1:{port}"\n', "utf-8")

    async def stands() -> Standing:
        return Standing(feeds=1)

    async def nothing(*_: object) -> tuple[()]:
        return ()

    async with opened(load(path, {})) as pipeline:
        heart = Heartbeat([Beat("watch", nothing, nothing, nothing, limit=1)], stands, print)
        async with watched(pipeline, heart, disk_s):
            yield f"http://127.0.0.1:{port}", pipeline


async def asked(base: str, path: str) -> str:
    async with ClientSession() as session, session.get(base + path) as answer:
        assert answer.status == 200
        return await answer.text()


@pytest.mark.slow
async def test_what_may_happen_is_shown_as_zero_from_the_start(tmp_path: Path) -> None:
    async with at_work(tmp_path) as (base, _):
        text = await asked(base, "/metrics")
    for line in (
        "monitor_ready 1.0",
        'monitor_feeds{state="active"} 1.0',
        'monitor_deliveries_total{receiver="watcher",result="failed"} 0.0',
        'monitor_faults_total{beat="watch"} 0.0',
        'monitor_reloads_total{result="refused"} ',  # other tests of this process may have reloaded
    ):
        assert line in text


@pytest.mark.slow
async def test_while_the_disk_hangs_it_says_so_and_shows_what_it_knows_without_it(tmp_path: Path) -> None:
    async with at_work(tmp_path, disk_s=0.1) as (base, pipeline):
        answers = threading.Event()
        held = asyncio.ensure_future(pipeline.on_disk(answers.wait))
        try:
            text = await asked(base, "/metrics")
            assert "monitor_ready 0.0" in text
            assert 'monitor_beat_silence_seconds{beat="watch"}' in text
            assert await asked(base, "/healthz") == "ok\n"
        finally:
            answers.set()
        await held
        assert "monitor_ready 1.0" in await asked(base, "/metrics")

"""What Prometheus is shown: every series, in bounded labels; what rules and the dashboard name is there."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession
from conftest import NOW
from loguru import logger
from prometheus_client.parser import text_string_to_metric_families

from monitor.edge import lookout, meters
from monitor.edge.levels import Levels, exposed, levels
from monitor.edge.queues import Queue
from monitor.edge.sources import sync
from monitor.edge.store import Store
from monitor.model import Feed

ON_BOTH = True

DEPLOY = Path(__file__).parent.parent / "deploy"
SERIES = re.compile(r"\bmonitor_[a-z_]+")


def shown(found: Levels) -> dict[str, float]:
    """Each sample by its name and labels."""
    text = exposed(found, {"poll": 0.5}, ready=True).decode()
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def everything(store: Store) -> set[str]:
    """The names of all series, once everything has happened that is counted."""
    meters.polled("news", 2)
    meters.fetched("2xx", 0.1, 100)
    meters.read("page")
    meters.unreadable("empty")
    meters.told(("grain",), 1)
    meters.delivered("desk", "sent")
    meters.late(NOW - timedelta(minutes=2), NOW - timedelta(minutes=1), NOW)
    meters.fault("poll")
    meters.refused("poll")
    meters.worker_died("timeout")
    meters.reloaded(taken=True)
    meters.stepped()
    meters.worked("poll", 0.1)
    return {name.split(" ", 1)[0] for name in shown(levels(store.engine, NOW))}


def test_what_is_owed_and_since_when_is_shown_by_beat() -> None:
    waiting = Queue("read", 7, NOW - timedelta(minutes=5))
    found = shown(Levels(NOW, (Queue("poll"), waiting), database_bytes=4096))
    assert found["monitor_queue_due read"] == 7
    assert found["monitor_queue_oldest_seconds read"] == 300
    assert found["monitor_queue_due poll"] == found["monitor_queue_oldest_seconds poll"] == 0
    assert found["monitor_database_bytes"] == 4096
    assert found["monitor_ready"] == 1


def test_the_archive_is_shown_by_states_also_those_that_nothing_is_in(store: Store) -> None:
    sync(store.engine, [Feed(0, name, f"https://{name}.example/") for name in ("a", "b")], NOW)
    found = shown(levels(store.engine, NOW))
    assert found["monitor_feeds active"] == 2
    assert found["monitor_articles failed"] == found["monitor_alerts owed"] == 0
    assert found["monitor_sources well"] == 2
    assert found["monitor_sources dead"] == 0
    assert found["monitor_database_bytes"] > 0


def test_labels_are_bounded_whatever_comes() -> None:
    label = meters.Bounded(2)
    assert [label(value) for value in ("a", "b", "c", "a", "d")] == ["a", "b", "other", "a", "other"]
    for number in range(3 * meters.MOST):
        meters.told((f"topic-{number}",), 0)
        meters.unreadable(f"reason-{number}")
    text = exposed(Levels(NOW), {}, ready=True).decode()
    assert len(re.findall(r"^monitor_matches_total\{", text, re.MULTILINE)) <= meters.MOST + 1
    assert len(re.findall(r"^monitor_extraction_failures_total\{", text, re.MULTILINE)) <= 51


def test_how_late_alerts_were_is_never_negative() -> None:
    before = shown(Levels(NOW))
    meters.late(NOW + timedelta(hours=1), NOW, NOW)  # a publisher whose clock is ahead
    meters.late(None, NOW, NOW + timedelta(seconds=40))
    after = shown(Levels(NOW))
    assert after["monitor_seen_delay_seconds_sum"] == before.get("monitor_seen_delay_seconds_sum", 0)
    assert after["monitor_told_delay_seconds_sum"] == before.get("monitor_told_delay_seconds_sum", 0) + 40


def test_every_series_that_rules_and_dashboard_name_is_there(store: Store) -> None:
    there = everything(store)
    for file in ("prometheus-rules.yml", "grafana-dashboard.json"):
        text = (DEPLOY / file).read_text("utf-8")
        named = set(SERIES.findall(text))
        assert len(named) > 8, file
        assert named - there == set(), file


def test_every_series_is_documented(store: Store) -> None:
    told = (DEPLOY.parent / "docs" / "monitoring.md").read_text("utf-8")
    families = {re.sub(r"_(bucket|sum|count|created)$", "", name) for name in everything(store)}
    assert sorted(name for name in families if f"`{name}`" not in told) == []


def test_the_dashboard_is_whole_and_its_panels_do_not_overlap() -> None:
    board = json.loads((DEPLOY / "grafana-dashboard.json").read_text("utf-8"))
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells
        assert panel["type"] == "row" or panel["targets"], panel["title"]
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


@asynccontextmanager
async def asked(**answers: lookout.Ask) -> AsyncIterator[str]:
    async with lookout.opened("127.0.0.1", 0, {f"/{name}": ask for name, ask in answers.items()}) as port:
        yield f"http://127.0.0.1:{port}"


async def well() -> lookout.Said:
    return True, "ok"


async def ill() -> lookout.Said:
    return False, "stuck: tell"


async def test_who_watches_is_answered_in_statuses_and_plain_words() -> None:
    async def metrics() -> bytes:
        return exposed(Levels(datetime.now(UTC)), {}, ready=True)

    async with asked(healthz=well, readyz=ill, metrics=metrics) as base, ClientSession() as session:
        async with session.get(f"{base}/healthz") as answer:
            assert (answer.status, await answer.text()) == (200, "ok\n")
        async with session.get(f"{base}/readyz") as answer:
            assert (answer.status, await answer.text()) == (503, "stuck: tell\n")
        async with session.get(f"{base}/metrics") as answer:
            assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
            assert "monitor_ready 1.0" in await answer.text()
        async with session.get(f"{base}/etc/passwd") as answer:
            assert answer.status == 404
        async with session.post(f"{base}/metrics") as answer:
            assert answer.status == 405


async def test_noise_on_the_port_harms_nobody_and_leaves_no_trace(capfd: pytest.CaptureFixture[str]) -> None:
    async with asked(healthz=well) as base, ClientSession() as session:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(base.rpartition(":")[2]))
        writer.write(b"\x00\xff" * 5000 + b"\r\n\r\n")
        await reader.read()
        writer.close()
        async with session.get(f"{base}/healthz") as answer:
            assert answer.status == 200
    assert capfd.readouterr().err == ""


async def test_a_port_that_is_taken_is_said_and_no_reason_not_to_work() -> None:
    lines: list[str] = []
    sink = logger.add(lambda message: lines.append(str(message)), format="{message}")
    async with asked(healthz=well) as base:
        port = int(base.rpartition(":")[2])
        async with lookout.opened("127.0.0.1", port, {}) as second:
            assert second == 0
    logger.remove(sink)
    assert "metrics are not shown: cannot listen" in lines[-1]

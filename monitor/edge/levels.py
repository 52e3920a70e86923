"""What the archive holds becomes figures for Prometheus: what is owed, and since when, in which state things are."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import process_time

from prometheus_client import CollectorRegistry, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Table, func, select, text
from sqlalchemy.engine import Engine

from monitor import __version__
from monitor.edge.database import reading
from monitor.edge.meters import REGISTRY
from monitor.edge.queues import Queue, queues
from monitor.edge.tables import ALERT, ARTICLE, FEED, NOTICE
from monitor.model import AlertState, ArticleState, FeedState

# Of which states there are; a row in none of them is counted under its own.
_STATES: tuple[tuple[str, Table, tuple[str, ...]], ...] = (
    ("feeds", FEED, tuple(FeedState)),
    ("articles", ARTICLE, tuple(ArticleState)),
    ("alerts", ALERT, tuple(AlertState)),
    ("notices", NOTICE, ("owed", "sent", "failed")),
)
# The kinds of health that a source may have (think/health.py); empty is well.
_HEALTH = ("", "failing", "dead", "quiet", "flooded", "walled")


@dataclass(frozen=True, slots=True)
class Levels:
    """How things stand at a moment."""

    at: datetime
    queues: tuple[Queue, ...] = ()
    states: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    health: Mapping[str, int] = field(default_factory=dict)
    database_bytes: int = 0


def levels(engine: Engine, now: datetime) -> Levels:
    """How things stand; some tens of milliseconds of a large archive."""
    states: dict[str, dict[str, int]] = {}
    with reading(engine) as connection:
        for noun, table, known in _STATES:
            rows = connection.execute(select(table.c.state, func.count()).group_by(table.c.state)).all()
            states[noun] = {**dict.fromkeys(known, 0), **{row[0]: row[1] for row in rows}}
        asked = select(FEED.c.health, func.count()).where(FEED.c.state != "removed").group_by(FEED.c.health)
        health = {**dict.fromkeys(_HEALTH, 0), **{row[0]: row[1] for row in connection.execute(asked)}}
    return Levels(now, queues(engine, now), states, health, size(engine))


def size(engine: Engine) -> int:
    """Bytes that the database takes on disk."""
    if engine.dialect.name == "sqlite":
        path = Path(engine.url.database or "")
        files = (path, path.with_name(f"{path.name}-wal"))
        return sum(file.stat().st_size for file in files if file.exists())
    with reading(engine) as connection:
        return int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)


class _Shown(Collector):
    """Levels as Prometheus asks for them."""

    def __init__(self, found: Levels, silences: Mapping[str, float], *, ready: bool) -> None:
        self._found, self._silences, self._ready = found, silences, ready

    def collect(self) -> Iterator[Metric]:
        found = self._found
        yield _gauge("monitor_info", "The program", "version", {__version__: 1})
        yield GaugeMetricFamily("monitor_ready", "Whether it is at work and the database answers", value=self._ready)
        due = {queue.beat: queue.due for queue in found.queues}
        yield _gauge("monitor_queue_due", "What is due to a beat", "beat", due)
        ages = {queue.beat: queue.waited_s(found.at) for queue in found.queues}
        yield _gauge("monitor_queue_oldest_seconds", "How long what is due longest to a beat has waited", "beat", ages)
        told = "For how long a beat has been at work without ending any of it"
        yield _gauge("monitor_beat_silence_seconds", told, "beat", self._silences)
        for noun, counted in found.states.items():
            yield _gauge(f"monitor_{noun}", f"{noun.capitalize()} by state", "state", counted)
        sources = {name or "well": number for name, number in found.health.items()}
        yield _gauge("monitor_sources", "Feeds that are watched, by how they do", "health", sources)
        yield GaugeMetricFamily("monitor_database_bytes", "The database on disk", value=found.database_bytes)
        yield GaugeMetricFamily("monitor_process_cpu_seconds", "Processor time, without workers", value=process_time())
        yield GaugeMetricFamily("monitor_process_resident_bytes", "Memory, without workers", value=_resident())
        yield GaugeMetricFamily("monitor_process_open_files", "Open files", value=_open_files())


def exposed(found: Levels, silences: Mapping[str, float], *, ready: bool) -> bytes:
    """All series in the format that Prometheus reads."""
    # When a counter began is a second series for each, which nobody draws.
    disable_created_metrics()  # type: ignore[no-untyped-call]  # the library leaves it bare
    own = CollectorRegistry()
    own.register(_Shown(found, silences, ready=ready))
    return generate_latest(own) + generate_latest(REGISTRY)


def _gauge(name: str, told: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, told, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family


def _resident() -> int:
    # Linux: the second number is of pages in memory.
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names only, of files that may be gone

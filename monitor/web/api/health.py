"""Health: whether the daemon works, what is owed, and how the sources do."""

from datetime import datetime, timedelta

from fastapi import APIRouter
from pydantic import Field

from monitor import __version__
from monitor.edge import migrate, outbox, runs, search, vitals
from monitor.web.api.answers import Api
from monitor.web.api.asked import At, Reader
from monitor.web.api.shapes import Shape
from monitor.web.spec import PREFIX

router = APIRouter(prefix=PREFIX, tags=["health"], route_class=Api)

TOLD = timedelta(days=1)  # of how fast alerts were


class RunShape(Shape):
    """A daemon that works, or worked, on this database."""

    pid: int
    host: str
    version: str
    started_at: datetime
    beat_at: datetime
    stopped_at: datetime | None
    reloaded_at: datetime | None
    reload_error: str = Field(description="What was wrong with the configuration that it last read")


class Latency(Shape):
    """How fast alerts of the last day were, in seconds: in the middle, and for nineteen of twenty."""

    alerts: int
    seen_s: float | None = Field(description="From publication to sight")
    seen_s_p95: float | None
    told_s: float | None = Field(description="From sight to telling")
    told_s_p95: float | None


class Health(Shape):
    """How all does."""

    version: str
    schema_version: str
    running: bool = Field(description="A daemon works on this database")
    daemon: RunShape | None
    figures: dict[str, int] = Field(description="Articles, alerts and feeds by what they are owed")
    sources: dict[str, int] = Field(description="Feeds by how they do")
    latency: Latency


@router.get("/health", summary="How all does")
def show_health(desk: At, _: Reader) -> Health:
    """The daemon, what is owed and failed, the sources, how fast alerts are."""
    now, engine = desk.clock(), desk.engine
    latest = runs.latest_run(engine)
    counted = vitals.counts(engine)
    notices = {f"notices {state}": number for state, number in counted["notices"].items()}
    return Health(
        version=__version__,
        schema_version=migrate.version(engine),
        running=runs.is_alive(latest, now),
        daemon=RunShape.model_validate(latest) if latest else None,
        figures={**search.counts(engine, now), **notices},
        sources={kind or "well": number for kind, number in counted["feeds"].items()},
        latency=_latency(outbox.delays(engine, now - TOLD)),
    )


def _latency(delays: tuple[tuple[float | None, float], ...]) -> Latency:
    seen = sorted(seen for seen, _ in delays if seen is not None)
    told = sorted(told for _, told in delays)
    return Latency(
        alerts=len(delays),
        seen_s=_at(seen, 50),
        seen_s_p95=_at(seen, 95),
        told_s=_at(told, 50),
        told_s_p95=_at(told, 95),
    )


def _at(values: list[float], percent: int) -> float | None:
    return values[len(values) * percent // 100] if values else None

"""A query becomes its course: how many articles answer it by hour, day, week or month."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, time

from monitor.archive import Archive
from monitor.think.chart import Chart
from monitor.think.tally import Unit, fitting, tally


def timeline(
    archive: Archive,
    query: str,
    unit: Unit | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    room: int = 120,
) -> Chart:
    """Counts of what was published from `since` until before `until`; without a unit, the finest that finds room."""
    asked = within(query, since, until)
    counts = _hours(archive, asked) if unit is Unit.HOUR else _days(archive, asked)
    if not counts:
        return Chart(query, unit or Unit.DAY, ())
    length = max(counts) - min(counts)
    chosen = unit or fitting(length.days + 1, room)
    return Chart(query, chosen, tally(counts, chosen))


def within(query: str, since: datetime | None, until: datetime | None) -> str:
    """A query, bound to a time of publication."""
    if not since and not until:
        return query
    low, high = (f'"{at:%Y-%m-%dT%H:%M:%SZ}"' if at else "*" for at in (since, until))
    bound = f"published:[{low} TO {high}" + ("}" if until else "]")
    return f"({query}) AND {bound}" if query.strip() else bound


def _days(archive: Archive, query: str) -> Mapping[datetime, int]:
    return {datetime.combine(day, time(), UTC): count for day, count in archive.days(query).items()}


def _hours(archive: Archive, query: str) -> Mapping[datetime, int]:
    """By the hour each article is looked at: ask for a few weeks at most."""
    return Counter(
        at for hit in archive.each(query) if (at := hit.article.published_at or hit.article.seen_at) is not None
    )

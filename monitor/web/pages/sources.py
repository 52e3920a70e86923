"""Feeds and their days become the page of sources: how each does, how late, how much against its habit, and why."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Engine

from monitor.edge import vitals
from monitor.edge.recent import articles_of
from monitor.edge.runs import Run, is_alive, latest_run
from monitor.edge.search import skipped_entries
from monitor.model import Entry, Feed, ParsedFeed
from monitor.think.health import span, usual
from monitor.web.pages.charts import Bar, Chart

_HISTORY = timedelta(days=28)
_MOST = 100  # sources on a page
_DAYS = 14  # that the small chart shows
_PREVIEWED = 8  # entries
ORDER = ("dead", "walled", "quiet", "flooded", "failing", "odd", "well")  # the worst first
MEANS = {
    "dead": "has not answered for long",
    "walled": "shows a wall instead of its articles",
    "quiet": "is silent for longer than is usual",
    "flooded": "brings far more than is usual",
    "failing": "could not be polled the last time",
    "odd": "works, with something to be known of it",
    "well": "does well",
}


@dataclass(frozen=True, slots=True)
class Source:
    """A feed, as the page shows it."""

    feed: Feed
    health: str
    why: str
    since: datetime | None
    today: int
    usual: float | None  # articles on such a weekday; None when it is not known yet
    delay: str
    chart: Chart
    articles: int  # in all
    skipped: tuple[tuple[str, int], ...]  # entries that held nothing to keep: reason, times


@dataclass(frozen=True, slots=True)
class SourcesPage:
    """All that the page shows."""

    sources: tuple[Source, ...]
    counts: tuple[tuple[str, int], ...]  # by health, the worst first
    run: Run | None
    alive: bool
    delay: str  # of them all, in the middle
    part: int = 1
    last: int = 1  # part


@dataclass(frozen=True, slots=True)
class Preview:
    """A feed that somebody thinks of watching."""

    feed: Feed
    title: str
    kind: str
    entries: tuple[Entry, ...]
    count: int
    skipped: int


def look(engine: Engine, now: datetime, health: str = "", part: int = 1) -> SourcesPage:
    """A part of them, the worst first; with `health`, only the sources that do so."""
    since = (now - _HISTORY).date()
    states = {each.name: _health(each) for each in vitals.states(engine)}
    counts = Counter(states.values())
    wanted = [name for name, state in states.items() if health in {"", state}]
    wanted.sort(key=lambda name: (ORDER.index(states[name]), name))
    last = max(1, -(-len(wanted) // _MOST))
    part = min(max(part, 1), last)
    shown = {name: place for place, name in enumerate(wanted[(part - 1) * _MOST : part * _MOST])}
    seen = sorted(vitals.vitals(engine, since, names=shown), key=lambda each: shown[each.feed.name]) if shown else []
    articles = articles_of(engine, [each.feed.id for each in seen])
    skipped: dict[str, list[tuple[str, int]]] = {}
    for feed, reason, times in skipped_entries(engine, shown):
        skipped.setdefault(feed, []).append((reason, times))
    run = latest_run(engine)
    delays = vitals.delays(engine, since)
    return SourcesPage(
        tuple(
            _source(each, states, now, articles.get(each.feed.id, 0), skipped.get(each.feed.name, ())) for each in seen
        ),
        tuple((name, counts[name]) for name in ORDER if counts[name]),
        run,
        is_alive(run, now),
        span(delays[len(delays) // 2]) if delays else "",
        part,
        last,
    )


def _health(seen: vitals.State) -> str:
    return seen.health or ("failing" if seen.failures else "odd" if seen.note else "well")


def _source(
    seen: vitals.Vitals, states: Mapping[str, str], now: datetime, articles: int, skipped: Sequence[tuple[str, int]]
) -> Source:
    feed, today = seen.feed, now.date()
    current = next((day for day in seen.days if day.day == today), None)
    habit = usual({day.day: day.articles for day in seen.days if day.day < today and day.polls > day.failures})
    return Source(
        feed,
        states[feed.name],
        seen.why if seen.health else feed.last_error or feed.note,
        seen.since if seen.health else None,
        current.articles if current else 0,
        round(habit.by_weekday[today.weekday()], 1) if habit.days else None,
        span(_mean_delay(seen)) if any(day.dated for day in seen.days) else "",
        _fortnight(seen.days, now),
        articles,
        tuple(skipped),
    )


def _mean_delay(seen: vitals.Vitals) -> float:
    return sum(day.delay_s for day in seen.days) / max(sum(day.dated for day in seen.days), 1)


def _fortnight(days: Sequence[vitals.Day], now: datetime) -> Chart:
    counts: Mapping[int, int] = {(now.date() - day.day).days: day.articles for day in days}
    most = max((counts.get(ago, 0) for ago in range(_DAYS)), default=0) or 1
    bars = []
    for ago in range(_DAYS - 1, -1, -1):
        count = counts.get(ago, 0)
        tall = max(count / most * 20.0, 2.0) if count else 0.0
        if tall:
            bars.append(Bar((_DAYS - 1 - ago) * 5.0, round(20 - tall, 1), 4.0, round(tall, 1), ""))
    total = sum(counts.get(ago, 0) for ago in range(_DAYS))
    return Chart(_DAYS * 5.0 - 1, 20.0, tuple(bars), f"{total} articles in the last {_DAYS} days, {most} at most")


def preview(feed: Feed, parsed: ParsedFeed) -> Preview:
    """What a feed shows now."""
    entries = parsed.entries[:_PREVIEWED]
    return Preview(feed, parsed.title, parsed.kind, entries, len(parsed.entries), len(parsed.skipped))

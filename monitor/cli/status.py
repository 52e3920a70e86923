"""`monitor status`: whether the daemon works, how the sources do, what each topic sees, and what is owed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import top
from monitor.cli.context import JSON_OPTION, archive, load_config
from monitor.cli.output import FAILED, NOT_FOUND, complain, safe, say, show_json, show_table

if TYPE_CHECKING:
    from monitor.edge.runs import Run

HISTORY = timedelta(days=28)  # of volume and delay
MATCHED = timedelta(days=30)  # within which a source brought a match, to be one of a topic's
TOLD = timedelta(days=1)  # of how fast alerts were
WORST = 20  # of the ill sources, in the overview
NAMED = 5  # of the sources that a topic did not see
ORDER = ("dead", "walled", "quiet", "flooded", "failing", "odd", "well")  # the worst first
SHOWN = "url state health why since note last_success last_error error_streak".split()  # of one source
SHOWN += "polls_today failures_today articles_today".split()


def status(
    feed: Annotated[list[str] | None, typer.Argument(help="Names of feeds, to see all of their figures.")] = None,
    *,
    whole: Annotated[bool, typer.Option("--all", help="List every source, also those that are well.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="End with 1 when a source is ill.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Show it as it changes, until Ctrl-C.")] = False,
    every: Annotated[float, typer.Option("--every", min=0.2, help="With --watch: seconds between two looks.")] = 1.0,
    as_json: JSON_OPTION = False,
) -> None:
    """Say whether the daemon works, how the sources do and what is owed; exit code 4 when it does not run."""
    if watch:
        top.watch(every)
        return
    from monitor.edge import outbox, runs, search, vitals  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.clock import clock  # noqa: PLC0415
    from monitor.reports import condition  # noqa: PLC0415

    with archive(load_config()) as store:
        now, engine = clock(), store.engine
        latest = runs.latest_run(engine)
        counts = vitals.counts(engine)
        since = (now - HISTORY).date()
        listed = vitals.vitals(engine, since, names=feed or (), ill=not (feed or whole))
        topics = {} if feed else vitals.topic_sources(engine, now - MATCHED, now.date())
        figures = search.counts(engine, now)
        delays = outbox.delays(engine, now - TOLD)
    alive = runs.is_alive(latest, now)
    if missing := [name for name in feed or () if name not in {seen.feed.name for seen in listed}]:
        complain(f"no feed is named {', '.join(missing)}", "`monitor feeds list` shows them all")
        raise typer.Exit(NOT_FOUND)
    sources = sorted((asdict(condition(seen, now)) for seen in listed), key=lambda facts: ORDER.index(facts["health"]))
    ill = any(kind and kind != "failing" for kind in counts["feeds"])
    if as_json:
        sums = {kind or "well": number for kind, number in counts["feeds"].items()}
        show_json(
            {
                "running": alive,
                "run": latest,
                "figures": {**figures, **_notices(counts)},
                "health": sums,
                "sources": sources,
                "topics": _sights(topics),
                "latency": _latency(delays),
            }
        )
    elif feed:
        _show_feeds(sources)
    else:
        say(_life(latest, alive=alive))
        _show_sources(sources, counts["feeds"], limit=len(sources) if whole else WORST)
        _show_topics(topics)
        _show_owed({**figures, **_notices(counts)})
        _show_latency(delays)
    if not alive:
        raise typer.Exit(NOT_FOUND)
    if strict and ill:
        raise typer.Exit(FAILED)


def _latency(delays: Sequence[tuple[float | None, float]]) -> dict[str, float | None]:
    """In the middle, and for nineteen of twenty: from publication to sight, and from sight to telling."""
    seen = sorted(seen for seen, _ in delays if seen is not None)
    told = sorted(told for _, told in delays)
    found: dict[str, float | None] = {"alerts": len(delays)}
    for name, values in (("seen_s", seen), ("told_s", told)):
        found[name] = values[len(values) // 2] if values else None
        found[f"{name}_p95"] = values[len(values) * 95 // 100] if values else None
    return found


def _show_latency(delays: Sequence[tuple[float | None, float]]) -> None:
    found = _latency(delays)
    if not delays:
        return
    parts = (
        f"{_length(found[name])} (19 of 20 within {_length(found[f'{name}_p95'])}) {what}"
        for name, what in (("seen_s", "from publication to sight"), ("told_s", "from sight to telling"))
        if found[name] is not None
    )
    say(f"[bold]Told[/] of the last day: {len(delays)} alerts; {', '.join(parts)}")


def _notices(counts: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    return {f"notices {state}": number for state, number in counts["notices"].items()}


def _sights(topics: Mapping[str, Mapping[str, bool]]) -> list[dict[str, Any]]:
    return [
        {
            "topic": topic,
            "sources": len(seen),
            "seen_today": sum(seen.values()),
            "not_seen_today": [name for name, today in seen.items() if not today],
        }
        for topic, seen in topics.items()
    ]


def _show_sources(sources: Sequence[Mapping[str, Any]], counted: Mapping[str, int], *, limit: int) -> None:
    kinds = sorted(
        ((kind or "well", number) for kind, number in counted.items()), key=lambda pair: -ORDER.index(pair[0])
    )
    parts = ", ".join(f"{number} {kind}" for kind, number in kinds)
    say(f"\n[bold]Sources[/]: {sum(counted.values())}, of them {parts}" if kinds else "\nNo sources are watched.")
    rows = [
        (
            facts["name"],
            facts["health"],
            facts["last_success"] or "never",
            facts["error_streak"] or "",
            f"{facts['articles_today']} of {'?' if facts['usual_a_day'] is None else facts['usual_a_day']}",
            _length(facts["delay_s"]),
            facts["why"],
        )
        for facts in sources[:limit]
    ]
    columns = ("feed", "health", "last success", "errors", "today", "delay", "why")
    if rows:
        show_table("", columns, rows, empty="")
    if len(sources) > limit:
        say(f"and {len(sources) - limit} more: `monitor status --all` lists them")


def _show_topics(topics: Mapping[str, Mapping[str, bool]]) -> None:
    if topics:
        say("\n[bold]Topics[/]")
    for sight in _sights(topics):
        lost = sight["not_seen_today"]
        names = ", ".join(lost[:NAMED]) + (", …" if len(lost) > NAMED else "")
        rest = f"; not {names}" if lost else ""
        say(safe(f"{sight['topic']}: saw {sight['seen_today']} of its {sight['sources']} sources today{rest}"))


def _show_owed(figures: Mapping[str, int]) -> None:
    def number(name: str) -> int:
        return figures.get(name, 0)

    say(
        f"\n[bold]Owed[/]: {number('feeds due')} polls, {number('articles read')} readings, "
        f"{number('articles tell')} tellings, {number('alerts owed')} alerts, {number('notices owed')} notices"
    )
    say(
        f"[bold]Failed[/]: {number('articles failed')} articles, {number('alerts failed')} alerts, "
        f"{number('notices failed')} notices"
    )
    say(f"[bold]Archive[/]: {number('articles')} articles, {number('matches')} matches, {number('stories')} stories")


def _show_feeds(sources: Sequence[Mapping[str, Any]]) -> None:
    for facts in sources:
        usual = facts["usual"]
        rows = [
            *(
                (name.replace("_", " "), value)
                for name, value in facts.items()
                if name in SHOWN and value not in ("", None)
            ),
            (
                "usual by weekday",
                ", ".join(f"{day} {count}" for day, count in usual.items()) if usual else "not known yet",
            ),
            ("delay on average", _length(facts["delay_s"])),
            ("longest delay", _length(facts["longest_delay_s"])),
        ]
        show_table("", (facts["name"], ""), rows, empty="")


def _length(seconds: float | None) -> str:
    from monitor.think.health import span  # noqa: PLC0415 - keeps --help quick

    return "" if seconds is None else span(seconds)


def _life(latest: "Run | None", *, alive: bool) -> str:
    if latest is None:
        return "monitor has never run on this database: `monitor run` starts it"
    if alive:
        return (
            f"[green]running[/] since {latest.started_at:%Y-%m-%d %H:%M:%S} UTC, process {latest.pid} on {latest.host}"
        )
    if latest.stopped_at:
        return f"[yellow]stopped[/] at {latest.stopped_at:%Y-%m-%d %H:%M:%S} UTC"
    return (
        f"[red]dead[/]: no sign of life since {latest.beat_at:%Y-%m-%d %H:%M:%S} UTC; `monitor run` takes its work over"
    )

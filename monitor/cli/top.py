"""`monitor top` and `monitor status --watch`: figures of feeds and topics, once or as they change."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.context import JSON_OPTION, archive, load_config
from monitor.cli.output import BAD_USE, complain, out, safe, show_json, show_table

if TYPE_CHECKING:
    from rich.console import RenderableType
    from sqlalchemy.engine import Engine

    from monitor.edge.queues import Queue

SHOWN = 8  # of feeds and topics each, in the live view
WHILE = timedelta(hours=1)  # that the live view counts
ORDERS = ("articles", "matches", "failures", "polls", "delay")
FEED_COLUMNS = ("feed", "health", "polls", "failed", "articles", "matches", "delay")
TOPIC_COLUMNS = ("topic", "matches", "stories", "sources", "alerts")


def top(
    *,
    since: Annotated[str, typer.Option(help='How far back: "6h", "1d", "4w".')] = "1d",
    by: Annotated[
        str, typer.Option(help="What orders the feeds: articles, matches, failures, polls, delay.")
    ] = "articles",
    limit: Annotated[int, typer.Option(min=1, help="How many of each.")] = 15,
    as_json: JSON_OPTION = False,
) -> None:
    """Show which feeds and topics matter most, and which fail or lag."""
    from monitor.edge import tops  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.clock import clock  # noqa: PLC0415
    from monitor.settings.kinds import parse_duration  # noqa: PLC0415

    if by not in ORDERS:
        complain(f"--by {by!r} is none", f"there are: {', '.join(ORDERS)}")
        raise typer.Exit(BAD_USE)
    try:
        begin = clock() - timedelta(seconds=float(str(parse_duration(since))))
    except (ValueError, OverflowError):
        complain(f"--since {since!r} is no duration", 'write it as "12h", "7d" or "4w"')
        raise typer.Exit(BAD_USE) from None
    with archive(load_config()) as store:
        feeds = tops.feeds(store.engine, begin, by=by, limit=limit)
        topics = tops.topics(store.engine, begin, limit=limit)
    if as_json:
        show_json({"since": begin, "feeds": feeds, "topics": topics})
        return
    show_table("", FEED_COLUMNS, map(_feed_row, feeds), empty="no feed is watched")
    show_table("", TOPIC_COLUMNS, map(_topic_row, topics), empty="no topic asked for anything since then")


def _feed_row(feed: object) -> tuple[object, ...]:
    shown = ("name", "health", "polls", "failures", "articles", "matches")
    return (*(getattr(feed, name) or "" for name in shown), _length(getattr(feed, "delay_s")))  # noqa: B009


def _topic_row(topic: object) -> tuple[object, ...]:
    return tuple(getattr(topic, name) for name in ("name", "matches", "stories", "sources", "alerts"))


def _length(seconds: float | None) -> str:
    from monitor.think.health import span  # noqa: PLC0415 - keeps --help quick

    return "" if seconds is None else span(seconds)


def watch(every: float, *, looks: int = 0, sleep: Callable[[float], object] = time.sleep) -> None:
    """Show the state of all, again and again: until Ctrl-C, or so many times."""
    from rich.live import Live  # noqa: PLC0415 - keeps --help quick

    from monitor.edge.clock import clock  # noqa: PLC0415

    with archive(load_config()) as store, Live(console=out, screen=out.is_terminal, auto_refresh=False) as live:
        before: Mapping[str, int] = {}
        look = 0
        while True:
            view, before = _view(store.engine, clock(), before, every)
            live.update(view, refresh=True)
            look += 1
            if look == looks:
                return
            sleep(every)


def _view(
    engine: "Engine", now: datetime, before: Mapping[str, int], every: float
) -> "tuple[RenderableType, Mapping[str, int]]":
    from rich.console import Group  # noqa: PLC0415 - keeps --help quick

    from monitor.edge import levels, runs, tops  # noqa: PLC0415

    found = levels.levels(engine, now)
    run = runs.latest_run(engine)
    alive = runs.is_alive(run, now)
    counted = {f"{noun} {state}": number for noun, states in found.states.items() for state, number in states.items()}
    new = {name: number - before.get(name, number) for name, number in counted.items()}
    sources = ", ".join(f"{number} {kind or 'well'}" for kind, number in found.health.items() if number)
    lines = [
        f"[bold]monitor[/] {now:%Y-%m-%d %H:%M:%S} UTC  "
        + (_alive(run.pid) if run and alive else "[bold red]not running[/]"),
        f"sources: {sources or 'none'}    database: {found.database_bytes / 1e6:.1f} MB",
        "articles: " + _states(counted, new, "articles"),
        "alerts:   " + _states(counted, new, "alerts") + f"    [dim](+ within {every:g} s)[/]",
    ]
    tables = [
        _table(("beat", "due", "oldest waits"), [_queue_row(queue, now) for queue in found.queues]),
        _table(FEED_COLUMNS, [_feed_row(feed) for feed in tops.feeds(engine, now - WHILE, limit=SHOWN)]),
        _table(TOPIC_COLUMNS, [_topic_row(topic) for topic in tops.topics(engine, now - WHILE, limit=SHOWN)]),
    ]
    return Group(*lines, *tables), counted


def _alive(pid: int) -> str:
    return f"[green]running[/], process {pid}"


def _queue_row(queue: "Queue", now: datetime) -> tuple[object, ...]:
    return queue.beat, queue.due, _length(queue.waited_s(now)) if queue.due else ""


def _states(counted: Mapping[str, int], new: Mapping[str, int], noun: str) -> str:
    named = [name for name in counted if name.startswith(f"{noun} ")]
    parts = (
        f"{counted[name]} {name.split()[-1]}" + (f" ([green]{new[name]:+}[/])" if new[name] else "") for name in named
    )
    return ", ".join(parts)


def _table(columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> "RenderableType":
    from rich.table import Table  # noqa: PLC0415 - keeps --help quick

    table = Table(*columns, header_style="bold", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(safe(cell) for cell in row))
    return table

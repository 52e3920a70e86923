"""`monitor backfill`: archives of pages, read in bulk."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.context import JSON_OPTION, archive, load_config
from monitor.cli.output import FAILED, err, safe, say, show_json, show_table

if TYPE_CHECKING:
    from monitor.backfill import Order
    from monitor.cli.rate import Advance
    from monitor.edge.backfills import Backfill
    from monitor.edge.crew import Crew
    from monitor.edge.hoards import Hoard
    from monitor.edge.store import Store
    from monitor.rules import Rules
    from monitor.settings import Config

SHOWN = 20


def backfill(
    paths: Annotated[
        list[Path], typer.Argument(help="WARC files, JSON lines, or folders of these or of pages.", metavar="PATH...")
    ],
    processes: Annotated[
        int | None, typer.Option("--processes", "-p", min=0, max=256, help="Default: one a processor; 0: this one.")
    ] = None,
    cluster: Annotated[str, typer.Option(help="A Dask cluster instead: tcp://10.0.0.5:8786.")] = "",
    *,
    matches_only: Annotated[bool, typer.Option("--matches-only", help="Keep only what a topic asks for.")] = False,
    tell: Annotated[bool, typer.Option("--tell", help="Tell what matches, as if it were news.")] = False,
    again: Annotated[bool, typer.Option("--again", help="From the beginning, also where all was read in.")] = False,
    failures: Annotated[bool, typer.Option("--failures", help="Read nothing: list what failed.")] = False,
    as_json: JSON_OPTION = False,
) -> None:
    """Read archives of pages into the archive, by the same steps as news; nobody is told of them.

    Interrupted, or killed, the same command goes on where it stopped.
    """
    import os  # noqa: PLC0415 - keeps --help quick

    from monitor.backfill import Order, open_hoard  # noqa: PLC0415
    from monitor.bulk import Wanted  # noqa: PLC0415
    from monitor.edge.clock import clock  # noqa: PLC0415
    from monitor.edge.hoards import find_hoards  # noqa: PLC0415

    config = load_config()
    order = Order(Wanted.MATCHES if matches_only else Wanted.EVERYTHING, tell)
    hoards = find_hoards(paths)
    count = (os.cpu_count() or 1) if processes is None else processes
    with archive(config) as store:
        begun = [(hoard, open_hoard(store.engine, hoard, order, clock(), again=again)) for hoard in hoards]
        if not failures:
            done = _read_in(store, config, begun, order, count, cluster)
            begun = [(hoard, state) for (hoard, _), state in zip(begun, done, strict=True)]
        states = [state for _, state in begun]
        _show(store, states, as_json=as_json, shown=None if failures else SHOWN)
    if any(state.finished_at is None for state in states) and not failures:
        raise typer.Exit(FAILED)


def _read_in(
    store: "Store",
    config: "Config",
    begun: "list[tuple[Hoard, Backfill]]",
    order: "Order",
    processes: int,
    cluster: str,
) -> "list[Backfill]":
    from monitor.backfill import is_done, make_job  # noqa: PLC0415 - keeps --help quick
    from monitor.cli.rate import rate, told_of_interruption  # noqa: PLC0415
    from monitor.edge.crew import crew  # noqa: PLC0415
    from monitor.edge.hoards import reached  # noqa: PLC0415
    from monitor.errors import StoreError  # noqa: PLC0415
    from monitor.rules import load_rules  # noqa: PLC0415

    states = [state for _, state in begun]
    if all(is_done(*each) for each in begun):
        err.print("all of it was read in before (--again starts over)")
        return states
    rules = load_rules(config)
    job = make_job(config, rules, order.wanted)
    total = sum(hoard.size - reached(hoard, state.place) for hoard, state in begun if not is_done(hoard, state))
    with told_of_interruption(), crew(job, processes, cluster) as workers, rate(total) as advance:
        for place, (hoard, state) in enumerate(begun):
            if is_done(hoard, state):
                continue
            try:
                states[place] = _read_one(store, config, rules, (hoard, state), order, workers, advance)
            except StoreError as error:
                if not str(error).startswith(str(hoard.path)) or len(begun) == 1:
                    raise
                err.print(f"{safe(error)}; the others go on")
    return states


def _read_one(
    store: "Store",
    config: "Config",
    rules: "Rules",
    begun: "tuple[Hoard, Backfill]",
    order: "Order",
    workers: "Crew[Any, Any]",
    advance: "Advance",
) -> "Backfill":
    from monitor.backfill import BATCHES, batches, save_all  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.hoards import Layout, reached  # noqa: PLC0415

    hoard, state = begun
    before = state
    done = workers(batches(hoard, state.place, config.fetch.max_page, BATCHES[order.wanted]))
    for after in save_all(store.engine, state, done, order, rules, config.tell.story_window):
        came = after.counts.records - before.counts.records
        far = came if hoard.layout is Layout.FOLDER else reached(hoard, after.place) - reached(hoard, before.place)
        advance(came, after.counts.articles - before.counts.articles, far)
        before = after
    return before


def _show(store: "Store", states: "list[Backfill]", *, as_json: bool, shown: int | None) -> None:
    from monitor.edge.backfills import failures, reasons  # noqa: PLC0415 - keeps --help quick

    ids = [state.id for state in states]
    found, by_reason = failures(store.engine, ids, shown), reasons(store.engine, ids)
    if as_json:
        show_json({"archives": states, "failures": found, "failed": by_reason})
        return
    columns = ("archive", "records", "articles", "known", "matched", "passed over", "skipped", "failed", "")
    show_table("", columns, [_row(state) for state in states], empty="")
    skipped: dict[str, int] = {}
    for state in states:
        for reason, count in state.counts.skipped.items():
            skipped[reason] = skipped.get(reason, 0) + count
    if skipped:
        say("\nskipped: " + safe(", ".join(f"{count} × {reason}" for reason, count in sorted(skipped.items()))))
    if by_reason:
        say("failed: " + safe(", ".join(f"{count} × {reason}" for reason, count in by_reason.items())))
        rows = [(each.reason, each.url or Path(each.path).name, each.place, each.detail) for each in found]
        total = sum(by_reason.values())
        title = f"\nFailed, {len(found)} of {total} (--failures lists all)" if len(found) < total else "\nFailed"
        show_table(title, ("why", "what", "before", "detail"), rows, empty="")


def _row(state: "Backfill") -> tuple[object, ...]:
    counts = state.counts
    skipped = sum(counts.skipped.values())
    figures = (counts.records, counts.articles, counts.known, counts.matched, counts.passed, skipped, counts.failed)
    return (Path(state.path).name, *figures, "" if state.finished_at else "not whole yet")

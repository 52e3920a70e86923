"""`monitor reprocess`: the archive, put to the rules of now or read anew."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.context import JSON_OPTION, archive, load_config
from monitor.cli.output import err, safe, say, show_json, show_table

if TYPE_CHECKING:
    from monitor.edge.reprocesses import Reprocess
    from monitor.edge.store import Store

SHOWN = 20


def reprocess(
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="Only articles published since (UTC)."),
    ] = None,
    processes: Annotated[
        int | None, typer.Option("--processes", "-p", min=0, max=256, help="Default: one a processor; 0: this one.")
    ] = None,
    cluster: Annotated[str, typer.Option(help="A Dask cluster instead: tcp://10.0.0.5:8786.")] = "",
    *,
    pages: Annotated[bool, typer.Option("--pages", help="Read the kept pages anew, too.")] = False,
    again: Annotated[bool, typer.Option("--again", help="From the first article, also where all were done.")] = False,
    shown: Annotated[int, typer.Option("--changes", min=0, help="So many of the changed matches are listed.")] = SHOWN,
    as_json: JSON_OPTION = False,
) -> None:
    """Put the whole archive to the topics in force, after a change or an upgrade; nobody is told of it.

    Interrupted, or killed, the same command goes on where it stopped.
    """
    import os  # noqa: PLC0415 - keeps --help quick

    config = load_config()
    count = (os.cpu_count() or 1) if processes is None else processes
    start = since.replace(tzinfo=UTC) if since else None
    with archive(config) as store:
        state = _work(store, start, count, cluster, pages=pages, again=again)
        _show(store, state, shown, as_json=as_json)


def _work(
    store: "Store", since: datetime | None, processes: int, cluster: str, *, pages: bool, again: bool
) -> "Reprocess":
    from monitor.cli.rate import rate, told_of_interruption  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.crew import crew  # noqa: PLC0415
    from monitor.edge.reprocesses import remaining  # noqa: PLC0415
    from monitor.reprocess import What, begin, make_job, save_all, subjects  # noqa: PLC0415
    from monitor.rules import load_rules  # noqa: PLC0415

    config = load_config()
    rules = load_rules(config)
    state = begin(store.engine, What.PAGES if pages else What.MATCHES, rules, since, again=again)
    if state.finished_at:
        err.print("all articles were put to these rules before (--again starts over)")
        return state
    ahead = remaining(store.engine, state.latest_id, since)
    with (
        told_of_interruption(),
        crew(make_job(config, rules), processes, cluster) as workers,
        rate(ahead, "articles", "matches changed") as advance,
    ):
        for after in save_all(store.engine, state, workers(subjects(store.engine, state, since)), rules):
            done = after.counts.articles - state.counts.articles
            advance(done, _changed(after) - _changed(state), done)
            state = after
    return state


def _changed(state: "Reprocess") -> int:
    return sum(state.counts.gained.values()) + sum(state.counts.lost.values())


def _show(store: "Store", state: "Reprocess", shown: int, *, as_json: bool) -> None:
    from monitor.edge.reprocesses import changes_of  # noqa: PLC0415 - keeps --help quick

    changes = changes_of(store.engine, state, shown)
    if as_json:
        show_json({"reprocess": state, "changes": changes})
        return
    counts = state.counts
    topics = sorted({*counts.gained, *counts.lost, *counts.kept})
    rows = [(name, *(each.get(name, 0) for each in (counts.kept, counts.gained, counts.lost))) for name in topics]
    show_table("", ("topic", "matches kept", "gained", "lost"), rows, empty="no topic asks for any article")
    read = f", {counts.read} pages read anew, {counts.changed} of them say something else" if counts.read else ""
    busy = f"; {counts.busy} were being worked on, and go by these rules in any case" if counts.busy else ""
    say(f"\n{counts.articles} articles{read}{busy}")
    if counts.failed:
        failed = ", ".join(f"{count} × {reason}" for reason, count in counts.failed.items())
        say(safe(f"pages that could not be read anew, and stay as they were read: {failed}"))
    if changes:
        title = f"\nChanged, {len(changes)} of {_changed(state)}"
        listed = [(each.article_id, each.change, each.topic, each.title) for each in changes]
        show_table(title, ("id", "", "topic", "title"), listed, empty="")

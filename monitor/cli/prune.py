"""`monitor db prune`: what is older, or more, than it may be."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.context import JSON_OPTION, archive, load_config
from monitor.cli.output import FAILED, complain, say, show_json, show_table

if TYPE_CHECKING:
    from monitor.edge.retention import Held


def prune(
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this, nothing is let go.")] = False,
    compact: Annotated[
        bool, typer.Option("--compact", help="Then write the file anew, so that it can shrink; stop the daemon first.")
    ] = False,
    as_json: JSON_OPTION = False,
) -> None:
    """Say what the limits of [retention] let go, and with --yes let it go; the daemon does, too."""
    from monitor import retention  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.clock import clock  # noqa: PLC0415
    from monitor.edge.database import sole_daemon  # noqa: PLC0415
    from monitor.edge.reclaim import can_give_back  # noqa: PLC0415
    from monitor.edge.reclaim import compact as write_anew  # noqa: PLC0415
    from monitor.rules import load_rules  # noqa: PLC0415

    config = load_config()
    rules, now = load_rules(config), clock()
    if compact and not yes:
        complain("--compact goes with --yes", "without it nothing is let go, and nothing is written anew")
        raise typer.Exit(FAILED)
    with archive(config) as store:
        held = retention.measure(store.engine, config.retention, rules, now)
        gone = asyncio.run(retention.prune(store.engine, config.retention, rules, now)) if yes else {}
        if compact:
            with sole_daemon(config.database_path):
                write_anew(store.engine)
        shrinks = can_give_back(store.engine)
    if as_json:
        show_json({"held": held, "gone": gone, "done": yes, "shrinks": shrinks})
        return
    columns = ("", "rows", "MB", "go" if not yes else "went", "MB")
    show_table("", columns, map(_row, held), empty="nothing has a limit: see [retention] in the configuration")
    if held and not yes:
        say("\nnothing was let go yet: --yes does it")
    if held and yes and not shrinks:
        say("\nthe file keeps its size, and fills its free room first: --compact, once, lets it shrink from then on")


def _row(held: "Held") -> tuple[object, ...]:
    return (held.kind.value, held.rows, f"{held.size / 1e6:.1f}", held.gone, f"{held.freed / 1e6:.1f}")

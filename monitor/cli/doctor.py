"""`monitor doctor`: what is not well with this installation, and what to do about each."""

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.context import JSON_OPTION, load_config
from monitor.cli.output import FAILED, out, safe, say, show_json

if TYPE_CHECKING:
    from monitor.cli.examine import Finding

_SIGNS = {"well": "[green]well[/]", "warn": "[yellow]warn[/]", "ill": "[bold red]ill [/]"}


def doctor(
    *,
    whole: Annotated[
        bool, typer.Option("--whole", help="Read the database from end to end: minutes for a large one.")
    ] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask no server outside: no DNS, feeds, receivers.")
    ] = False,
    as_json: JSON_OPTION = False,
) -> None:
    """Look at everything that may be wrong, and tell the remedy for each; exit code 1 when something is ill."""
    import asyncio  # noqa: PLC0415 - keeps --help quick

    from monitor.cli.examine import State, examine  # noqa: PLC0415
    from monitor.edge.clock import clock  # noqa: PLC0415
    from monitor.wire import open_store  # noqa: PLC0415

    config = load_config()
    store = open_store(config)  # not upgraded: a doctor changes nothing
    try:
        found = asyncio.run(examine(config, store, clock(), whole=whole, reach=not offline))
    finally:
        store.close()
    ill = [finding for finding in found if finding.state is State.ILL]
    if as_json:
        show_json({"well": not ill, "findings": found})
    else:
        _show(found)
    if ill:
        raise typer.Exit(FAILED)


def _show(found: list["Finding"]) -> None:
    for finding in found:
        say(f"{_SIGNS[finding.state]} {safe(finding.what)}: {safe(finding.said)}")
        if finding.remedy:
            out.print(f"       → {safe(finding.remedy)}")
    wrong = [finding for finding in found if finding.remedy]
    say(f"\n{len(wrong)} of {len(found)} need something" if wrong else "\nall is well")

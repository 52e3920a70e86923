"""`monitor alerts` and `monitor receivers`: what was told, what is owed, what failed."""

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.context import JSON_OPTION, archive, load_config
from monitor.cli.output import NOT_FOUND, complain, say, show_json, show_table
from monitor.model import AlertState

if TYPE_CHECKING:
    from monitor.settings.telling import RouteConfig

HELD_BACK = (AlertState.HELD, AlertState.DROPPED)
app = typer.Typer(help="List alerts, and owe failed ones again.", no_args_is_help=True, rich_markup_mode=None)
receivers = typer.Typer(help="Try receivers.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def show(
    state: Annotated[AlertState | None, typer.Option(help="Only those in this state.")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only those that were given up.")] = False,  # noqa: FBT002
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")] = 50,
    as_json: JSON_OPTION = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """List alerts, newest first, with what became of them."""
    from monitor.edge.search import attempts, find_alerts  # noqa: PLC0415 - keeps --help quick

    with archive(load_config()) as store:
        found = find_alerts(store.engine, AlertState.FAILED if failed else state, limit)
        tries = {alert.uid: attempts(store.engine, alert.uid) for alert, _ in found} if as_json else {}
    if as_json:
        show_json([{"alert": alert, "title": title, "attempts": tries[alert.uid]} for alert, title in found])
        return
    rows = [
        (
            alert.uid,
            alert.created_at,
            alert.receiver,
            alert.topic,
            alert.state,
            alert.failures,
            alert.last_error or (alert.held if alert.state in HELD_BACK else "") or title,
        )
        for alert, title in found
    ]
    columns = ("id", "created (UTC)", "receiver", "topic", "state", "failures", "last error, what holds it, or title")
    show_table("", columns, rows, empty="no alerts: `monitor topics list` and [[route]] say who is told of what")


@app.command("retry")
def retry(
    alert: Annotated[str | None, typer.Argument(help="An alert's id; default: all that failed.")] = None,
) -> None:
    """Owe failed alerts again; the running daemon delivers them, under their old ids."""
    from monitor.edge.clock import clock  # noqa: PLC0415
    from monitor.edge.search import retry_failed  # noqa: PLC0415 - keeps --help quick

    with archive(load_config()) as store:
        owed = retry_failed(store.engine, clock(), alert or "")
    if alert and not owed:
        complain(f"no failed alert has the id {alert!r}", "`monitor alerts list --state failed` shows them")
        raise typer.Exit(NOT_FOUND)
    say(f"{owed} alerts are owed again")


@receivers.command("list")
def list_receivers(as_json: JSON_OPTION = False) -> None:  # noqa: FBT002 - a switch of the command line
    """List the receivers of the configuration and the routes that lead to them."""
    config = load_config()
    rows = [
        (
            receiver.name,
            receiver.kind,
            [number for number, route in enumerate(config.route, 1) if receiver.name in _told_by(route)],
        )
        for receiver in config.receiver
    ]
    if as_json:
        show_json([{"name": name, "kind": kind, "routes": routes} for name, kind, routes in rows])
        return
    table = [(name, kind, ", ".join(map(str, routes)) or "none: it is never told") for name, kind, routes in rows]
    show_table("", ("receiver", "kind", "routes"), table, empty="no [[receiver]] is set in the configuration")


def _told_by(route: "RouteConfig") -> set[str]:
    """Whom a route tells, or one within it."""
    return {*route.receivers, *(name for child in route.route for name in _told_by(child))}


@receivers.command("test")
def test(name: Annotated[str, typer.Argument(help="The receiver's name.")]) -> None:
    """Send a test message to a receiver, for real."""
    import asyncio  # noqa: PLC0415 - keeps --help quick

    from monitor.cli.probe import send_test  # noqa: PLC0415 - keeps --help quick

    say(f"{name} took the message: {asyncio.run(send_test(load_config(), name))}")

"""`monitor reload`: the daemon takes over a changed configuration and changed topics, or says why it does not."""

import os
import signal
import socket
import time
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.context import archive, load_config
from monitor.cli.output import FAILED, NOT_FOUND, complain, safe, say
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from monitor.edge.runs import Run
    from monitor.edge.store import Store

_LOOK_S = 0.1


def reload(
    timeout: Annotated[float, typer.Option("--timeout", min=1, help="Seconds to wait for the daemon's answer.")] = 60,
    *,
    ask: Annotated[
        bool, typer.Option("--ask", help="Leave all checking to the daemon: this process need not read its secrets.")
    ] = False,
) -> None:
    """Have the daemon read its configuration and topics again; a faulty one changes nothing. Exit code 4: no daemon."""
    from monitor.rules import load_rules  # noqa: PLC0415 - keeps --help quick

    named = os.environ.get("MAINPID", "")  # as systemd names its daemon to ExecReload
    unit = int(named) if ask and named.isdecimal() else 0
    try:
        config = load_config(secrets=not ask)
    except ConfigError:
        if unit:
            # Its log is where an administrator looks; it refuses for the same reason.
            os.kill(unit, signal.SIGHUP)
        raise
    if not ask:
        load_rules(config)  # what is wrong is told here, before anything is asked of the daemon
    with archive(config) as store:
        before = {number: run for number, run in _working(store).items() if not unit or _is_here(run, unit)}
        if not before:
            complain("no daemon works on this database", "`monitor run` starts one; it reads the files as they are")
            raise typer.Exit(NOT_FOUND)
        _ask(store, unit)
        after = _await(store, before, timeout)
    failed = [_tell(run, after.get(number), timeout) for number, run in before.items()]
    if any(failed):
        raise typer.Exit(FAILED)


def _working(store: "Store") -> "dict[int, Run]":
    from monitor.edge.clock import clock  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.runs import working_runs  # noqa: PLC0415

    return working_runs(store.engine, clock())


def _is_here(run: "Run", process: int) -> bool:
    return run.pid == process and run.host == socket.gethostname()


def _ask(store: "Store", unit: int) -> None:
    """Ask the daemon of a unit of systemd alone, or by way of the database all that work on it, wherever they run."""
    from monitor.edge.clock import clock  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.reloads import ask_reload  # noqa: PLC0415

    if unit:
        os.kill(unit, signal.SIGHUP)
    else:
        ask_reload(store.engine, clock())


def _await(store: "Store", before: "dict[int, Run]", timeout: float) -> "dict[int, Run]":
    """The rows of daemons once they have reloaded; those are left out that do not within the time, or stop."""
    until = time.monotonic() + timeout
    after: dict[int, Run] = {}
    while len(after) < len(before) and time.monotonic() < until:
        now = _working(store)
        after = {number: now[number] for number, run in before.items() if number in now and _differs(now[number], run)}
        time.sleep(_LOOK_S)
    return after


def _differs(now: "Run", before: "Run") -> bool:
    return now.reloaded_at != before.reloaded_at


def _tell(run: "Run", after: "Run | None", timeout: float) -> bool:
    """Say what came of it; whether it failed."""
    who = f"process {run.pid} on {safe(run.host)}"
    if after is None:
        complain(f"{who} has not answered within {timeout:g} seconds", "see its log, and `monitor status`")
    elif after.reload_error:
        complain(f"{who}: the old configuration stays in force: {after.reload_error}")
    else:
        say(f"reloaded by {who}")
    return after is None or bool(after.reload_error)

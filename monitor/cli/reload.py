"""`monitor reload`: the daemon takes over a changed configuration and changed topics, or says why it does not."""

import os
import signal
import socket
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.context import archive, load_config
from monitor.cli.output import FAILED, NOT_FOUND, complain, safe, say
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from monitor.edge.search import Run
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
    from monitor.edge.search import latest_run  # noqa: PLC0415 - keeps --help quick
    from monitor.rules import load_rules  # noqa: PLC0415

    try:
        config = load_config(secrets=not ask)
    except ConfigError:
        daemon = os.environ.get("MAINPID", "")  # as systemd names it to ExecReload
        if ask and daemon.isdecimal():
            # Its log is where an administrator looks; it refuses for the same reason.
            os.kill(int(daemon), signal.SIGHUP)
        raise
    if not ask:
        load_rules(config)  # what is wrong is told here, before anything is asked of the daemon
    with archive(config) as store:
        before = latest_run(store.engine)
        if before is None or not _is_alive(before):
            complain("no daemon works on this database", "`monitor run` starts one; it reads the files as they are")
            raise typer.Exit(NOT_FOUND)
        if before.host != socket.gethostname():
            complain(f"the daemon runs on {before.host}, and this is {socket.gethostname()}", "run this command there")
            raise typer.Exit(FAILED)
        os.kill(before.pid, signal.SIGHUP)
        after = _await(store, before, timeout)
    if after is None:
        complain(f"the daemon has not answered within {timeout:g} seconds", "see its log, and `monitor status`")
        raise typer.Exit(FAILED)
    if after.reload_error:
        complain(f"the old configuration stays in force: {after.reload_error}")
        raise typer.Exit(FAILED)
    say(f"reloaded by process {after.pid} on {safe(after.host)}")


def _is_alive(run: "Run") -> bool:
    from monitor.cli.work import ALIVE_S  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.clock import clock  # noqa: PLC0415

    return run.stopped_at is None and clock() - run.beat_at < timedelta(seconds=ALIVE_S)


def _await(store: "Store", before: "Run", timeout: float) -> "Run | None":
    """The daemon's row once it has reloaded; None when it does not within the time."""
    from monitor.edge.search import latest_run  # noqa: PLC0415 - keeps --help quick

    until = time.monotonic() + timeout
    while time.monotonic() < until:
        now = latest_run(store.engine)
        if now is not None and now.reloaded_at != before.reloaded_at:
            return now
        time.sleep(_LOOK_S)
    return None

"""A topic that was changed over HTTP becomes one in force: written into its file, taken over by pages and daemons."""

from monitor.edge.reloads import ask_reload
from monitor.edge.runs import is_alive, latest_run
from monitor.errors import ConfigError
from monitor.web.desk import Desk, Office
from monitor.web.pages import bench

RESERVED = frozenset({"check", "new", "save", "try"})


def save(office: Office, desk: Desk, draft: bench.Draft, *, as_new: bool) -> None:
    """Write it, and have the rules read anew; when they refuse it, the file is given back what it held."""
    if draft.topic.name in RESERVED:
        raise ConfigError(f"{draft.topic.name!r} is no name for a topic", hint="it is the address of another page")
    path, before = bench.save_draft(desk.config, draft, as_new=as_new)
    fault = office.reload()
    if fault:
        bench.restore(path, before)
        office.reload()
        raise ConfigError(fault, hint="the file is as it was before")
    ask_reload(desk.engine, desk.clock())


def taken_over(desk: Desk) -> str:
    """What becomes of a saved topic in the daemon."""
    if is_alive(latest_run(desk.engine), desk.clock()):
        return "The daemon takes it over within seconds."
    return "No daemon works now: it watches once one is started."

"""A request that changed something becomes a line of the audit log: whose it was, and what it was."""

from loguru import logger
from starlette.types import Scope

from monitor.edge import audit
from monitor.errors import StoreError

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Questions that are too long for an address, and what concerns nobody but who asks.
NO_DEEDS = frozenset(
    "/api/v1/alike /api/v1/topics/check /api/v1/feeds/preview /alike /topics/try /sources/preview /theme".split()
)


def note_deed(scope: Scope, path: str) -> None:
    """Write down a request that was answered well; one that no caller is known of changed nothing."""
    caller = scope["state"].get("caller")
    if caller is None or path in NO_DEEDS:
        return
    desk = scope["app"].state.office.desk
    deed = audit.Deed(desk.clock(), f"{caller.name} ({caller.by})", "api", f"{scope['method']} {path}", "")
    try:
        audit.note(desk.engine, deed)
    except StoreError as error:
        logger.error("{} {} is not written down: {} {}", scope["method"], path, error, error.hint)

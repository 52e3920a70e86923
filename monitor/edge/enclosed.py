"""Work of a library that speaks to the network by itself is kept to where a guard permits it to go.

The interpreter tells of every connection before it is made (audit events), also of those after a redirect or a look-up,
and what is raised then prevents it. This holds for work in Python, in the thread and in those that inherit its context.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from monitor.edge.guard import Guard, RefusedAddressError

_CONNECTIONS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_PROGRAMS = frozenset({"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty"})
_WATCHED = _CONNECTIONS | _PROGRAMS | {"socket.getaddrinfo"}


@dataclass(slots=True)
class Enclosure:
    """Where work may go, and what of it was refused."""

    guard: Guard
    refused: list[str] = field(default_factory=list)
    named: bool = False  # the host that was looked up last is one that the operator listed


_enclosure: ContextVar[Enclosure | None] = ContextVar("enclosure", default=None)


@contextmanager
def enclosed(guard: Guard) -> Iterator[Enclosure]:
    """Let what is done within reach no further than a guard permits, and start no program."""
    _watch()
    enclosure = Enclosure(guard)
    token = _enclosure.set(enclosure)
    try:
        yield enclosure
    finally:
        _enclosure.reset(token)


@cache
def _watch() -> None:
    sys.addaudithook(_judge)  # for good: an interpreter forgets none


def _judge(event: str, details: tuple[Any, ...], watched: frozenset[str] = _WATCHED) -> None:
    # Called for each file that is opened, and much else, to the very end, when a module's names are gone: most of it
    # ends here.
    if event not in watched or (enclosure := _enclosure.get()) is None:
        return
    if event == "socket.getaddrinfo":
        host, port = (part.decode("latin-1") if isinstance(part, bytes) else str(part) for part in details[:2])
        enclosure.named = port.isdigit() and enclosure.guard.names(host.lower(), int(port))
        return
    said = f"{event} starts a program" if event in _PROGRAMS else _refusal(enclosure, details[1])
    if said:
        enclosure.refused.append(said)
        raise RefusedAddressError(said)


def _refusal(enclosure: Enclosure, address: object) -> str:
    if not isinstance(address, tuple):
        return "" if address is None else "a service of this machine is not on the public network"
    host, port = str(address[0]), int(address[1])
    if enclosure.named or enclosure.guard.permits(host, port):
        return ""
    return f"{host} port {port} is not on the public network"

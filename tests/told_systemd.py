"""A socket that listens as systemd does."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Listener:
    """What a service said to systemd."""

    def __init__(self, own: socket.socket) -> None:
        self._own = own

    def heard(self) -> list[dict[str, str]]:
        """All that was said and not heard yet, without waiting."""
        found = []
        self._own.setblocking(False)
        while True:
            try:
                lines = self._own.recv(65536).decode().splitlines()
            except BlockingIOError:
                return found
            found.append(dict(line.split("=", 1) for line in lines))

    def until(self, name: str, within_s: float = 60) -> dict[str, str]:
        """Wait for a message that names this."""
        self._own.settimeout(within_s)
        while True:
            said = dict(line.split("=", 1) for line in self._own.recv(65536).decode().splitlines())
            if name in said:
                return said


@contextmanager
def systemd(path: Path) -> Iterator[Listener]:
    """Listen at this path."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as own:
        own.bind(str(path))
        yield Listener(own)

"""A connection becomes requests, each here whole within a time: who sends one drop by drop is cut off."""

import asyncio
from typing import ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

# As much as web.max_body allows comes in this time over a line of 140 kB a second.
PATIENCE_S = 30.0


class PatientProtocol(H11Protocol):
    """uvicorn's, which bounds only the pause between a response and the next request."""

    patience_s: ClassVar[float] = PATIENCE_S
    _due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Somebody came: a request is due."""
        super().connection_made(transport)
        self._due = self.loop.call_later(self.patience_s, transport.abort)

    def data_received(self, data: bytes) -> None:
        """Wait on for a request whose beginning is here, and no longer for one that is whole."""
        super().data_received(data)
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._stop_waiting()
        elif self._due is None:
            self._due = self.loop.call_later(self.patience_s, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is left to wait for."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _stop_waiting(self) -> None:
        if self._due:
            self._due.cancel()
            self._due = None

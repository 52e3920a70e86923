"""Bytes from a server become an answer, unless they are mostly wrapping: heads and chunk sizes without end."""

import asyncio
from typing import Any

from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import BadHttpMessage

# Bytes that carry no body. A body in chunks of one byte may still be 700 kB; no server means to send such a thing.
_MAX_WRAPPING = 4_000_000


class BoundedProtocol(ResponseHandler):
    """Hangs up on a server that sends without saying anything: aiohttp bounds each line, but not an extension."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._received = 0

    def set_response_params(self, **params: Any) -> None:
        """Begin a new answer."""
        self._received = 0
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        """Take what came, and count what of it was no body."""
        self._received += len(data)
        super().data_received(data)
        body = self._payload.total_bytes if self._payload is not None else 0
        if self._received - body > _MAX_WRAPPING and self.transport is not None:
            self.set_exception(BadHttpMessage("too much beside the body"))
            self.transport.abort()

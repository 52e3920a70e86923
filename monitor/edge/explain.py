"""Whatever a request may raise becomes a FetchError in a few plain words."""

import os

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientHttpProxyError,
    ClientPayloadError,
    ClientProxyConnectionError,
    ClientSSLError,
    ServerDisconnectedError,
)

from monitor.edge.guard import RefusedAddressError
from monitor.errors import FetchError

# The first that fits. None repeats what a server or a URL said: it may be long, hostile, or secret.
_KINDS: tuple[tuple[type[Exception], str, str], ...] = (
    (ClientHttpProxyError, "proxy", "the proxy refused to connect"),
    (ClientConnectorDNSError, "dns", "the host's name cannot be resolved"),
    (ClientConnectorCertificateError, "tls", "the server's certificate is not valid"),
    (ClientSSLError, "tls", "no secure connection could be agreed on"),
    (ClientPayloadError, "truncated", "the body broke off"),
    (ServerDisconnectedError, "disconnected", "the server hung up without an answer"),
    (OSError, "disconnected", "the server hung up"),
    (Exception, "protocol", "an answer that is no valid HTTP"),
)


def explain(error: Exception) -> FetchError:
    """Name the failure of a request."""
    cause: OSError | None = error.os_error if isinstance(error, ClientConnectorError) else None
    while isinstance(cause, ClientConnectorError):  # behind a proxy, the failure to reach it lies one deeper
        cause = cause.os_error
    if isinstance(cause, RefusedAddressError):
        hint = "list it under allow_private if it is yours"
        return FetchError("refused: not on the public network", reason="refused", hint=hint, permanent=True)
    if type(error) in {ClientConnectorError, ClientProxyConnectionError} and cause and cause.errno:
        return FetchError(f"cannot connect: {os.strerror(cause.errno)}", reason="connect")
    reason, text = next((reason, text) for kind, reason, text in _KINDS if isinstance(error, kind))
    return FetchError(text, reason=reason)

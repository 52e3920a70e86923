"""What a caller wants of a fetch becomes the headers of each request."""

import re
from base64 import b64encode
from dataclasses import dataclass

from yarl import URL

from monitor.edge.target import web_url
from monitor.errors import FetchError

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\ud7ff\ue000-\U0010ffff]{0,8192}")
# What the connection, the compression and the conditions of a request depend on.
_RESERVED = frozenset(
    "accept-encoding connection content-length expect host if-match if-modified-since if-none-match keep-alive "
    "proxy-authorization proxy-connection range te trailer transfer-encoding upgrade".split()
)
_CODINGS = "gzip, deflate, br, zstd"


@dataclass(frozen=True, slots=True)
class Wish:
    """What one fetch asks for."""

    accept: str
    max_bytes: int
    etag: str = ""
    last_modified: str = ""
    robots: bool = False  # whether robots.txt has a say
    own: tuple[tuple[str, str], ...] = ()  # headers for `origin` alone: they may be secret
    origin: URL | None = None
    proxy: URL | None = None
    cut: bool = False  # a body that is too large is cut off, not refused

    @property
    def conditional(self) -> bool:
        return bool(self.etag or self.last_modified)

    def headers(self, target: URL) -> dict[str, str]:
        """The headers of a request to this target."""
        wanted = {"Accept": self.accept, "Accept-Encoding": _CODINGS}
        if self.etag:
            wanted["If-None-Match"] = self.etag
        if self.last_modified:
            wanted["If-Modified-Since"] = self.last_modified
        if not self.own or target.origin() != self.origin:
            return wanted
        named = {name.lower() for name, _ in self.own}
        return {name: value for name, value in wanted.items() if name.lower() not in named} | dict(self.own)


def own_headers(headers: tuple[tuple[str, str], ...], login: tuple[str, str] | None) -> tuple[tuple[str, str], ...]:
    """The headers that a caller adds, with the login as one of them; FetchError when they cannot be sent."""
    for name, value in headers:
        if not _NAME.fullmatch(name) or name.lower() in _RESERVED:
            raise _refusal("a header that cannot be set")
        if not _VALUE.fullmatch(value):
            raise _refusal("a header with control characters")
    if login is None:
        return headers
    username, password = login
    if ":" in username or not (_VALUE.fullmatch(username) and _VALUE.fullmatch(password)):
        raise _refusal("a login with characters that cannot be sent")
    if any(name.lower() == "authorization" for name, _ in headers):
        raise _refusal("a login beside a header that holds another")
    secret = b64encode(f"{username}:{password}".encode()).decode()
    return (*headers, ("Authorization", f"Basic {secret}"))


def proxy_url(text: str) -> URL | None:
    """The proxy to go through; None for none."""
    if not text:
        return None
    proxy = web_url(text)
    if proxy.scheme != "http":
        raise _refusal("a proxy that is not spoken to over http")
    return proxy


def _refusal(what: str) -> FetchError:
    # Never the value itself: it may be a secret.
    return FetchError(f"refused: {what}", reason="refused", permanent=True)

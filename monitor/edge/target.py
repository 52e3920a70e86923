"""The text of a URL becomes one that may be asked for, in ASCII, or a FetchError that says why not."""

import re
from functools import lru_cache
from ipaddress import IPv6Address
from urllib.parse import quote, urljoin, urlsplit

from yarl import URL

from monitor.edge.guard import ends_in_number, is_dotted
from monitor.errors import FetchError

_LONGEST = 8_192
_SCHEMES = {"http": 80, "https": 443}
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*\.?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SAFE = "%/?:@!$&'()*+,;=~-._[]|"


@lru_cache(maxsize=10_000)
def web_url(text: str, base: str = "") -> URL:
    """The URL, made absolute against `base`: http or https, a sound host, no credentials, no fragment."""
    trimmed = text.strip()
    if not trimmed or len(trimmed) > _LONGEST or _CONTROL.search(trimmed):
        raise _refusal("no URL" if not trimmed else "a URL too long" if len(trimmed) > _LONGEST else "a broken URL")
    try:
        parts = urlsplit(urljoin(base, trimmed) if base else trimmed)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise _refusal("a broken URL") from error
    if parts.scheme not in _SCHEMES:
        raise _refusal(f"a URL of scheme {parts.scheme[:20]!r}, where only http and https are asked")
    if "@" in parts.netloc or "\\" in parts.netloc:
        raise _refusal("a URL with credentials", hint="give it without a user name and password")
    if port == 0:
        raise _refusal("a URL with port 0")
    authority = _host(host) + (f":{port}" if port not in {None, _SCHEMES[parts.scheme]} else "")
    try:
        path = _quoted(parts.path) or "/"
        query = f"?{_quoted(parts.query)}" if parts.query else ""
    except UnicodeError as error:
        raise _refusal("a broken URL") from error
    return URL(f"{parts.scheme}://{authority}{path}{query}", encoded=True)


def _quoted(text: str) -> str:
    # Bytes that were no UTF-8 in a header stand in it as surrogates: they are sent back as they came.
    return quote(text, safe=_SAFE, encoding="utf-8", errors="surrogateescape")


def _host(host: str) -> str:
    if ":" in host:
        try:
            address = IPv6Address(host)
        except ValueError as error:
            raise _refusal("a URL with a broken host") from error
        if address.scope_id:
            raise _refusal("a URL with a broken host")
        return f"[{address.compressed}]"
    try:
        ascii_host = host if host.isascii() else URL.build(scheme="http", host=host).raw_host or ""
    except (ValueError, UnicodeError) as error:
        raise _refusal("a URL with a broken host") from error
    plain = ascii_host.lower().removesuffix(".")
    if not _HOST.fullmatch(plain):
        raise _refusal("a URL with a broken host")
    if ends_in_number(plain) and not is_dotted(plain):
        raise _refusal("a URL with a disguised address for a host")
    return plain


def _refusal(what: str, *, hint: str = "") -> FetchError:
    return FetchError(f"refused: {what}", reason="refused", hint=hint, permanent=True)

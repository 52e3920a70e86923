"""The kinds of values that settings are made of, and how each is written."""

import re
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
# Most addresses are such, and a list of feeds may hold a hundred thousand.
_ORDINARY = re.compile(r"https?://[A-Za-z0-9.-]*[A-Za-z0-9](?:/[A-Za-z0-9._~%/+,=&?-]*)?")
SIZES = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}


def parse_duration(value: object) -> object:
    """Seconds from a number or from a text such as "90s", "15m", "2h", "3d", "1w"."""
    if isinstance(value, str):
        found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhdw])\s*", value)
        if not found:
            raise ValueError('a duration such as "90s", "15m", "2h" or "3d"')
        return float(found[1]) * UNITS[found[2]]
    return value


def parse_size(value: object) -> object:
    """Bytes from a number or from a text such as "10MB" or "1GiB"."""
    if isinstance(value, str):
        found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmg]?i?b?)\s*", value, re.IGNORECASE)
        unit = SIZES.get(found[2].upper()) if found else None
        if not found or unit is None:
            raise ValueError('a size such as "500KB", "10MB" or "1GiB"')
        return int(float(found[1]) * unit)
    return value


def check_web_address(value: str) -> str:
    """An http(s) URL with a host and without credentials, as it was given."""
    if _ORDINARY.fullmatch(value):
        return value
    try:
        parts = urlsplit(value)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        sound = False
    if not sound or re.search(r"[\s\x00-\x1f]", value):
        raise ValueError("an http:// or https:// URL")
    if parts.username or parts.password:
        raise ValueError("a URL without a user name or password in it (secrets do not belong in the file)")
    return value


def check_callback(value: str) -> str:
    """A public address, or nothing; without https only where no public name is."""
    if not value:
        return value
    parts = urlsplit(check_web_address(value))
    host = parts.hostname or ""
    try:
        own = not ip_address(host).is_global
    except ValueError:
        own = host == "localhost"
    if parts.query or parts.fragment or not (parts.scheme == "https" or own):
        raise ValueError("an https:// URL without a query (http:// for a private address only)")
    return value


def check_server(value: str) -> str:
    """An address of PostgreSQL without a password, or nothing."""
    if not value:
        return value
    parts = urlsplit(value)
    if parts.scheme not in {"postgresql", "postgresql+psycopg"} or len(parts.path) < 2:
        raise ValueError("an address such as postgresql://monitor@db.example.org:5432/monitor")
    if parts.password or re.search(r"(^|&)password=", parts.query):
        raise ValueError("an address without a password in it: name a secret in password_secret, or use ~/.pgpass")
    return value


def check_listen(value: str) -> str:
    """An address of this machine and a port."""
    found = re.fullmatch(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})", value)
    if not found or not 0 < int(found[2]) < 65_536:
        raise ValueError('an address and a port, such as "127.0.0.1:8799" or "[::1]:8799"')
    return value


def check_listen_or_not(value: str) -> str:
    """The same, or nothing."""
    return check_listen(value) if value else value


Duration = Annotated[float, BeforeValidator(parse_duration), Field(gt=0)]
Size = Annotated[int, BeforeValidator(parse_size), Field(gt=0)]
WebAddress = Annotated[str, AfterValidator(check_web_address)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=80)]
Severity = Literal["low", "normal", "high", "critical"]


class Section(BaseModel):
    """A part of the configuration; unknown keys are faults."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=False)

"""What can be set of the HTTP API and the pages."""

import re
from ipaddress import ip_address
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from monitor.settings.kinds import Duration, Section, Size, check_web_address
from monitor.settings.telling import check_rate


def check_host(value: str) -> str:
    """An address or a name of this machine, without a port."""
    if re.fullmatch(r"[A-Za-z0-9.-]+", value):
        return value
    try:
        return str(ip_address(value))
    except ValueError as error:
        raise ValueError('an address or a name without a port, such as "127.0.0.1", "::1" or "0.0.0.0"') from error


def check_origin(value: str) -> str:
    """Scheme, host and port, as browsers name where a page comes from."""
    parts = urlsplit(check_web_address(value))
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError('an origin such as "https://desk.example.org", without a path')
    return value.rstrip("/").lower()


def check_public(value: str) -> str:
    """An address without query and fragment, or nothing."""
    return check_origin(value) if value else value


class WebConfig(Section):
    host: Annotated[str, AfterValidator(check_host)] = "127.0.0.1"
    port: int = Field(default=8787, ge=0, le=65535)
    public_url: Annotated[str, AfterValidator(check_public)] = ""
    hosts: tuple[Annotated[str, AfterValidator(check_host)], ...] = ()
    origins: tuple[Annotated[str, AfterValidator(check_origin)], ...] = ()
    require_token: bool = False
    session: Duration = 14 * 86400.0
    rate: Annotated[str, AfterValidator(check_rate)] = "600/1m"
    login_rate: Annotated[str, AfterValidator(check_rate)] = "10/5m"
    page_size: int = Field(default=20, ge=1, le=1000)
    max_page_size: int = Field(default=200, ge=1, le=1000)
    max_body: Size = 4 * 10**6
    threads: int = Field(default=8, ge=1, le=64)
    listeners: int = Field(default=64, ge=1, le=10_000)
    exports: int = Field(default=2, ge=1, le=32)
    grace: Duration = 10.0

    @model_validator(mode="after")
    def _check_sizes(self) -> Self:
        if self.page_size > self.max_page_size:
            raise ValueError("a page_size that is no greater than max_page_size")
        return self

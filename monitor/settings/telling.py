"""What can be set of telling: receivers, routes, and how alerts are delivered."""

import re
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from monitor.settings.hours import read_days, read_span
from monitor.settings.kinds import Duration, Section, Severity, Slug, WebAddress, check_web_address, parse_duration


def check_zone(value: str) -> str:
    """The name of a time zone that this machine knows."""
    try:
        ZoneInfo(value)
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise ValueError('a time zone such as "Europe/Kyiv" or "UTC"') from error
    return value


def check_days(value: str) -> str:
    """A day or days in a row."""
    read_days(value)
    return value


def check_span(value: str) -> str:
    """Hours of the day."""
    read_span(value)
    return value


def check_update(value: str) -> str:
    """A reason to tell a story again."""
    if not re.fullmatch(r"voices:[1-9][0-9]{0,3}|severity|entity|number|edit", value):
        raise ValueError('one of "voices:3" (three more), "severity", "entity", "number", "edit"')
    return value


def check_rate(value: str) -> str:
    """So many messages in so long a time."""
    count, _, period = value.partition("/")
    if not re.fullmatch(r"[1-9][0-9]{0,5}", count) or not period:
        raise ValueError('a number of messages and a duration, such as "20/1h"')
    parse_duration(period)
    return value


def check_content_type(value: str) -> str:
    """What a body is, as HTTP says it."""
    if not re.fullmatch(r"[\w.+-]+/[\w.+-]+(; ?[\w-]+=[\w.-]+)*", value, re.ASCII):
        raise ValueError('a content type such as "application/json"')
    return value


def check_unsubscribe(value: str) -> str:
    """Where a mail program posts that a reader wants no more of these."""
    if value and (not check_web_address(value).startswith("https://") or not value.isascii() or len(value) > 900):
        raise ValueError("an https:// URL in ASCII")
    return value


Zone = Annotated[str, AfterValidator(check_zone)]
Wait = Annotated[float, BeforeValidator(parse_duration), Field(ge=0, le=30 * 86400)]
MailAddress = Annotated[str, Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$")]
MessageRate = Annotated[str, AfterValidator(check_rate)]


class DeliverConfig(Section):
    concurrency: int = Field(default=100, ge=1, le=1000)
    per_receiver: int = Field(default=4, ge=1, le=100)
    break_after: int = Field(default=5, ge=1, le=1000)
    warn: tuple[str, ...] = ()
    warn_after: Duration = 900.0
    keep_history: Duration = 90 * 86400.0
    first_retry: Duration = 30.0
    max_backoff: Duration = 3600.0
    give_up_after: Duration = 3 * 86400.0
    allow_private: tuple[str, ...] = ()
    archive_url: str = ""


class EmailReceiver(Section):
    name: Slug
    kind: Literal["email"]
    rate: MessageRate | Literal[""] = ""
    host: str = Field(min_length=1)
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password_secret: str = ""
    sender: MailAddress
    to: tuple[MailAddress, ...] = Field(min_length=1)
    timeout: Duration = 30.0
    ca_file: str = ""
    templates: Path | None = None
    unsubscribe_url: Annotated[str, AfterValidator(check_unsubscribe)] = ""
    unsubscribe_mail: MailAddress | Literal[""] = ""


class WebhookReceiver(Section):
    name: Slug
    kind: Literal["webhook"]
    rate: MessageRate | Literal[""] = ""
    url: WebAddress | Literal[""] = ""
    url_secret: str = ""
    signing_secrets: tuple[str, ...] = ()
    headers: dict[str, str] = Field(default_factory=dict)
    secret_headers: dict[str, str] = Field(default_factory=dict)  # header → name of the secret that it holds
    timeout: Duration = 30.0
    template: Path | None = None
    content_type: Annotated[str, AfterValidator(check_content_type)] = "application/json"

    @model_validator(mode="after")
    def _check_url(self) -> Self:
        if bool(self.url) == bool(self.url_secret):
            raise ValueError("a url, or the name of the secret that holds it (url_secret)")
        return self


class AppriseReceiver(Section):
    name: Slug
    kind: Literal["apprise"]
    rate: MessageRate | Literal[""] = ""
    url_secret: str = Field(min_length=1)
    template: Path | None = None
    timeout: Annotated[Duration, Field(le=120)] = 30.0


Receiver = Annotated[EmailReceiver | WebhookReceiver | AppriseReceiver, Field(discriminator="kind")]


class WindowConfig(Section):
    name: Slug
    zone: Zone = "UTC"
    days: tuple[Annotated[str, AfterValidator(check_days)], ...] = ()
    hours: tuple[Annotated[str, AfterValidator(check_span)], ...] = ()


class RouteTestConfig(Section):
    receivers: tuple[str, ...]
    topics: tuple[str, ...] = ()
    severity: Severity | Literal[""] = ""
    title: str = ""
    text: str = ""
    language: str = ""
    url: str = ""
    feeds: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _check_article(self) -> Self:
        if not (self.topics or self.title or self.text):
            raise ValueError("topics that match, or a title or text to put to the topics")
        return self


class RouteConfig(Section):
    name: Slug | Literal[""] = ""
    receivers: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    sites: tuple[Annotated[str, Field(pattern=r"^[^\s/:@]+$")], ...] = ()
    countries: tuple[Annotated[str, Field(pattern=r"^[A-Z]{2}$")], ...] = ()
    entities: tuple[str, ...] = ()
    min_severity: Severity = "low"
    go_on: bool | None = Field(default=None, alias="continue")
    group_by: Literal["story", "topic", "source"] | None = None
    group_wait: Wait | None = None
    group_interval: Wait | None = None
    repeat: Literal["never"] | Duration | None = None
    updates: tuple[Annotated[str, AfterValidator(check_update)], ...] | None = None
    during: tuple[str, ...] | None = None
    but_for: tuple[str, ...] | None = Field(default=None, alias="except")
    outside: Literal["tell", "drop"] | None = None
    always: Severity | Literal["never"] | None = None
    digest: str | None = None
    zone: Zone | None = None
    heartbeat: bool | None = None
    route: tuple["RouteConfig", ...] = ()
    test: tuple[RouteTestConfig, ...] = ()


class InhibitConfig(Section):
    topics: tuple[str, ...] = Field(min_length=1)
    mutes: tuple[str, ...] = Field(min_length=1)

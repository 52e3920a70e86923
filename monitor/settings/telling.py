"""What can be set of telling: receivers, routes, and how alerts are delivered."""

from typing import Annotated, Literal

from pydantic import Field

from monitor.settings.kinds import Duration, Section, Severity, Slug, WebAddress


class DeliverConfig(Section):
    concurrency: int = Field(default=8, ge=1, le=100)
    first_retry: Duration = 30.0
    max_backoff: Duration = 3600.0
    give_up_after: Duration = 3 * 86400.0
    allow_private: tuple[str, ...] = ()
    archive_url: str = ""


class EmailReceiver(Section):
    name: Slug
    kind: Literal["email"]
    host: str = Field(min_length=1)
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password_secret: str = ""
    sender: str = Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$")
    to: tuple[Annotated[str, Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$")], ...] = Field(min_length=1)
    timeout: Duration = 30.0
    ca_file: str = ""


class WebhookReceiver(Section):
    name: Slug
    kind: Literal["webhook"]
    url: WebAddress
    signing_secrets: tuple[str, ...] = ()
    headers: dict[str, str] = Field(default_factory=dict)
    secret_headers: dict[str, str] = Field(default_factory=dict)  # header → name of the secret that it holds
    timeout: Duration = 30.0


Receiver = Annotated[EmailReceiver | WebhookReceiver, Field(discriminator="kind")]


class RouteConfig(Section):
    receivers: tuple[str, ...] = Field(min_length=1)
    topics: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    min_severity: Severity = "low"

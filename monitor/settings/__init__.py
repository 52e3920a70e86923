"""What can be set: every section and key of config.toml, its type, its bounds and its default."""

import os
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from monitor import __version__
from monitor.settings.kinds import (
    Duration,
    Section,
    Severity,
    Size,
    Slug,
    WebAddress,
    check_callback,
    check_listen,
    check_listen_or_not,
    check_server,
    parse_duration,
)
from monitor.settings.retention import RetentionConfig
from monitor.settings.telling import DeliverConfig, InhibitConfig, Receiver, RouteConfig, WindowConfig
from monitor.settings.web import WebConfig

PREFIX = "MONITOR_"


class DatabaseConfig(Section):
    path: Path = Path("var/monitor.db")
    url: Annotated[str, AfterValidator(check_server)] = ""  # of PostgreSQL, instead of the file
    password_secret: str = ""
    backups: int = Field(default=3, ge=0)


class LogConfig(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class MetricsConfig(Section):
    listen: Annotated[str, AfterValidator(check_listen_or_not)] = "127.0.0.1:8798"


class FetchConfig(Section):
    contact: str = ""
    user_agent: str = ""
    connect_timeout: Duration = 10.0
    first_byte_timeout: Duration = 20.0
    timeout: Duration = 60.0
    max_feed: Size = 32 * 10**6
    max_page: Size = 10 * 10**6
    max_ratio: float = Field(default=500.0, ge=10)
    min_rate: Size = 500
    max_redirects: int = Field(default=10, ge=0, le=20)
    concurrency: int = Field(default=128, ge=1, le=1000)
    per_host: int = Field(default=2, ge=1, le=50)
    per_domain: int = Field(default=4, ge=1, le=100)
    host_gap: Annotated[float, BeforeValidator(parse_duration), Field(ge=0, le=3600)] = 0.5
    robots: bool = True
    allow_private: tuple[str, ...] = ()

    @property
    def agent(self) -> str:
        """The User-Agent header: honest, with a contact when there is one."""
        contact = f" (+{self.contact})" if self.contact else ""
        return self.user_agent or f"monitor/{__version__}{contact}"


class PollConfig(Section):
    interval: Duration = 900.0
    adaptive: bool = True
    shared: bool = True
    shortest_interval: Duration = 60.0
    longest_interval: Duration = 3600.0
    longest_wish: Duration = 1800.0
    max_backoff: Duration = 86400.0
    concurrency: int = Field(default=128, ge=1, le=1000)

    @model_validator(mode="after")
    def _check_bounds(self) -> Self:
        if self.shortest_interval > self.longest_interval:
            raise ValueError("a shortest_interval that is no longer than longest_interval")
        return self


class ReadConfig(Section):
    workers: int = Field(default=0, ge=0, le=256)
    timeout: Duration = 10.0
    memory: Size = 2**30
    attempts: int = Field(default=4, ge=1, le=20)
    keep_pages: bool = True
    pages: Literal["everything", "candidates"] = "everything"
    concurrency: int = Field(default=32, ge=1, le=1000)

    @model_validator(mode="after")
    def _check_pages(self) -> Self:
        if self.pages == "candidates" and not self.keep_pages:
            raise ValueError('keep_pages = true beside pages = "candidates": what is not read must be kept')
        return self

    @property
    def processes(self) -> int:
        """How many worker processes read pages; 0 in the file means one a processor."""
        return self.workers or os.cpu_count() or 1


class TellConfig(Section):
    backlog_age: Duration = 2 * 86400.0
    backlog_told: int = Field(default=10, ge=0)
    story_window: Duration = 10 * 86400.0
    languages: tuple[str, ...] = ("en",)


class HealthConfig(Section):
    enabled: bool = True
    receivers: tuple[str, ...] = ()
    tell: tuple[Literal["dead", "quiet", "flooded", "walled"], ...] = ("dead", "quiet", "flooded", "walled")
    every: Duration = 600.0
    dead_after: Duration = 86400.0
    quiet_after: Duration = 6 * 3600.0


class WebsubConfig(Section):
    callback: Annotated[str, AfterValidator(check_callback)] = ""
    listen: Annotated[str, AfterValidator(check_listen)] = "127.0.0.1:8799"
    lease: Annotated[Duration, Field(ge=3600, le=90 * 86400)] = 10 * 86400.0


class TopicsConfig(Section):
    packs: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()


class SiteConfig(Section):
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()


class FeedConfig(Section):
    name: Slug
    url: WebAddress
    language: str = Field(default="", pattern=r"^([a-z]{2,3})?$")
    country: str = Field(default="", pattern=r"^([A-Z]{2})?$")
    kind: str = ""
    tags: tuple[str, ...] = ()
    interval: Duration | None = None
    shortest_interval: Duration | None = None
    longest_interval: Duration | None = None
    text: Literal["auto", "page", "feed"] = "auto"
    headers: dict[str, str] = Field(default_factory=dict)
    secret_headers: dict[str, str] = Field(default_factory=dict)  # header → name of the secret that it holds
    username: str = ""
    password_secret: str = ""
    proxy: WebAddress | Literal[""] = ""


class TopicTestConfig(Section):
    text: str
    expected: bool
    title: str = ""
    language: str = ""
    evidence: tuple[str, ...] = ()


class SignalConfig(Section):
    query: str = Field(min_length=1)
    weight: float = Field(ge=-100, le=100)


class TopicConfig(Section):
    name: Slug
    query: str = Field(min_length=1)
    title: str = ""
    severity: Severity = "normal"
    parent: str = ""
    signals: tuple[SignalConfig, ...] = ()
    threshold: float | None = Field(default=None, ge=-10_000, le=10_000)
    test: tuple[TopicTestConfig, ...] = ()

    @model_validator(mode="after")
    def _check_threshold(self) -> Self:
        if bool(self.signals) != (self.threshold is not None):
            raise ValueError("a threshold beside signals, and only there")
        return self


class Config(BaseSettings):
    """Everything the program was told."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    database: DatabaseConfig = DatabaseConfig()
    log: LogConfig = LogConfig()
    metrics: MetricsConfig = MetricsConfig()
    fetch: FetchConfig = FetchConfig()
    poll: PollConfig = PollConfig()
    read: ReadConfig = ReadConfig()
    tell: TellConfig = TellConfig()
    deliver: DeliverConfig = DeliverConfig()
    health: HealthConfig = HealthConfig()
    retention: RetentionConfig = RetentionConfig()
    websub: WebsubConfig = WebsubConfig()
    web: WebConfig = WebConfig()
    topics: TopicsConfig = TopicsConfig()
    site: dict[str, SiteConfig] = {}
    secrets_dir: Path | None = None
    feed: tuple[FeedConfig, ...] = ()
    topic: tuple[TopicConfig, ...] = ()
    receiver: tuple[Receiver, ...] = ()
    route: tuple[RouteConfig, ...] = ()
    window: tuple[WindowConfig, ...] = ()
    inhibit: tuple[InhibitConfig, ...] = ()
    source: Path = Path("config.toml")  # the file this was read from; set by `load`

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment outranks the file."""
        return env_settings, init_settings

    @property
    def home(self) -> Path:
        """The folder that relative paths start from: the file's own."""
        return self.source.resolve().parent

    @property
    def database_path(self) -> Path:
        """Where the SQLite file lies; with PostgreSQL, what is worked out anew in a moment lies beside it."""
        return self.home / self.database.path.expanduser()

    @property
    def has_archive(self) -> bool:
        """Whether there may be an archive already."""
        return bool(self.database.url) or self.database_path.is_file()

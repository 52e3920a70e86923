"""A Config becomes the parts that the beats work with."""

from collections.abc import Mapping
from contextlib import AsyncExitStack

from aiohttp import ClientSession
from sqlalchemy.engine import Engine

from monitor.config import read_secret
from monitor.edge.fetch import FetchSettings
from monitor.edge.guard import guarded_session, read_guard
from monitor.edge.send.channel import Channel
from monitor.edge.send.email import EmailChannel, EmailSettings
from monitor.edge.send.rests import Rests
from monitor.edge.send.webhook import WebhookChannel, WebhookSettings
from monitor.edge.store import Store
from monitor.errors import ConfigError, MonitorError
from monitor.model import Feed, FeedOptions
from monitor.settings import Config, FeedConfig
from monitor.settings.telling import EmailReceiver, WebhookReceiver
from monitor.think.language import indexable

_OPTIONAL = frozenset(
    "text shortest_interval longest_interval headers secret_headers username password_secret proxy".split()
)
_PLAIN = FeedOptions()  # one for all feeds that want nothing of their own


def open_store(config: Config, owner: str = "") -> Store:
    """The archive that the configuration names; its schema is whatever it is."""
    return Store(config.database_path, indexable, owner)


def configured_feeds(config: Config) -> tuple[Feed, ...]:
    """The feeds of the configuration, as they are before their first poll."""
    return tuple(
        Feed(
            id=0,
            name=feed.name,
            url=feed.url,
            language=feed.language,
            country=feed.country,
            kind=feed.kind,
            tags=feed.tags,
            interval_s=feed.interval or config.poll.interval,
            options=_options(feed),
        )
        for feed in config.feed
    )


def _options(feed: FeedConfig) -> FeedOptions:
    if feed.model_fields_set.isdisjoint(_OPTIONAL):
        return _PLAIN
    return FeedOptions(
        text=feed.text,
        shortest_s=feed.shortest_interval or 0.0,
        longest_s=feed.longest_interval or 0.0,
        headers=tuple(feed.headers.items()),
        secret_headers=tuple(feed.secret_headers.items()),
        username=feed.username,
        password_secret=feed.password_secret,
        proxy=feed.proxy,
    )


def fetch_settings(config: Config) -> FetchSettings:
    """What the fetcher needs to know."""
    fetch = config.fetch
    return FetchSettings(
        user_agent=fetch.agent,
        connect_timeout_s=fetch.connect_timeout,
        first_byte_timeout_s=fetch.first_byte_timeout,
        timeout_s=fetch.timeout,
        max_bytes=fetch.max_page,
        max_ratio=fetch.max_ratio,
        min_rate=fetch.min_rate,
        max_redirects=fetch.max_redirects,
        concurrency=fetch.concurrency,
        per_host=fetch.per_host,
        per_domain=fetch.per_domain,
        host_gap_s=fetch.host_gap,
        robots=fetch.robots,
        allow_private=fetch.allow_private,
    )


async def open_channels(config: Config, stack: AsyncExitStack, engine: Engine | None = None) -> Mapping[str, Channel]:
    """A channel for each receiver, by its name; what they hold is ended with the stack, what they remember kept.

    ConfigError when [health] names a receiver that is not there: nobody would hear of a source that dies.
    """
    if unknown := _unknown_receivers(config):
        raise ConfigError(unknown, hint="docs/configuration.md lists every key")
    session = await stack.enter_async_context(guarded_session(config.deliver.allow_private, config.fetch.agent))
    return {receiver.name: _channel(config, receiver, session, engine) for receiver in config.receiver}


async def check_parts(config: Config) -> list[str]:
    """What is wrong with the parts that cannot be told from their keys alone: addresses, secrets, headers."""
    faults = [unknown] if (unknown := _unknown_receivers(config)) else []
    for key, entries in (("fetch", config.fetch.allow_private), ("deliver", config.deliver.allow_private)):
        try:
            read_guard(entries)
        except MonitorError as error:
            faults.append(f"{config.source}: {key}.allow_private: {error} ({error.hint})")
    if faults:
        return faults
    async with guarded_session((), config.fetch.agent) as session:
        for receiver in config.receiver:
            try:
                _channel(config, receiver, session)
            except MonitorError as error:
                faults.append(f"{config.source}: receiver {receiver.name}: {error} ({error.hint})")
    return faults


def _unknown_receivers(config: Config) -> str:
    known = {receiver.name for receiver in config.receiver}
    names = ", ".join(repr(name) for name in config.health.receivers if name not in known)
    return f"{config.source}: health.receivers: found {names}, expected the name of a [[receiver]]" if names else ""


def _channel(
    config: Config, receiver: EmailReceiver | WebhookReceiver, session: ClientSession, engine: Engine | None = None
) -> Channel:
    settings = _settings(config, receiver)
    if isinstance(settings, EmailSettings):
        return EmailChannel(settings, Rests(receiver.name, engine))
    return WebhookChannel(settings, session)


def _settings(config: Config, receiver: EmailReceiver | WebhookReceiver) -> EmailSettings | WebhookSettings:
    def secret(name: str) -> str:
        return read_secret(config, name).get_secret_value() if name else ""

    if isinstance(receiver, EmailReceiver):
        return EmailSettings(
            host=receiver.host,
            port=receiver.port,
            security=receiver.security,
            username=receiver.username,
            password=secret(receiver.password_secret),
            sender=receiver.sender,
            to=receiver.to,
            timeout_s=receiver.timeout,
            ca_file=str(config.home / receiver.ca_file) if receiver.ca_file else "",
        )
    headers = {**receiver.headers, **{name: secret(named) for name, named in receiver.secret_headers.items()}}
    return WebhookSettings(
        url=receiver.url,
        secrets=tuple(secret(name) for name in receiver.signing_secrets),
        timeout_s=receiver.timeout,
        headers=headers,
    )

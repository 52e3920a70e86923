"""A Config becomes the parts that the beats work with."""

from monitor.config import read_secret
from monitor.edge.fetch import FetchSettings
from monitor.edge.store import Store
from monitor.model import Feed, FeedOptions
from monitor.settings import Config, FeedConfig
from monitor.think.language import indexable

_OPTIONAL = frozenset(
    "text shortest_interval longest_interval headers secret_headers username password_secret proxy".split()
)
_PLAIN = FeedOptions()  # one for all feeds that want nothing of their own


def open_store(config: Config, owner: str = "") -> Store:
    """The archive that the configuration names; its schema is whatever it is."""
    secret = config.database.password_secret
    password = read_secret(config, secret).get_secret_value() if config.database.url and secret else ""
    return Store(config.database.url or config.database_path, indexable, owner, password)


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

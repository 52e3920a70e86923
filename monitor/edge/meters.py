"""What happens is counted for Prometheus: how often, how long it took, how late it was; never with boundless labels."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from threading import Lock

from prometheus_client import CollectorRegistry, Counter, Histogram

# Of one process; what several processes count, Prometheus adds up.
REGISTRY = CollectorRegistry(auto_describe=True)
# A label with more values than this makes Prometheus slow, and no graph is read by so many lines.
MOST = 200
OTHER = "other"

# From a 304 out of the cache to a server that drips.
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
# From news of the minute to what a feed tells a day late.
_DELAYS = (5, 15, 30, 60, 120, 300, 600, 1800, 3600, 3 * 3600, 6 * 3600, 86400)

_POLLS = Counter("monitor_polls", "Polls of feeds, by what came of them", ["result"], registry=REGISTRY)
_ENTRIES = Counter("monitor_articles_found", "Articles that polls found new", registry=REGISTRY)
_FETCHES = Counter("monitor_fetches", "Requests to the web, by status class or reason", ["outcome"], registry=REGISTRY)
_FETCH_S = Histogram("monitor_fetch_seconds", "How long a request to the web took", buckets=_SECONDS, registry=REGISTRY)
_BYTES = Counter("monitor_fetched_bytes", "Bytes of bodies that came", registry=REGISTRY)
_READINGS = Counter("monitor_readings", "Articles read, by what their text is", ["outcome"], registry=REGISTRY)
_UNREADABLE = Counter(
    "monitor_extraction_failures", "Pages without an article to extract, by reason", ["reason"], registry=REGISTRY
)
_MATCHES = Counter("monitor_matches", "Articles that a topic asked for", ["topic"], registry=REGISTRY)
_TOLD = Counter("monitor_tellings", "Articles put to the topics", ["flagged"], registry=REGISTRY)
_ALERTS = Counter("monitor_alerts_owed", "Alerts that came to be owed", registry=REGISTRY)
_SENDS = Counter("monitor_deliveries", "Tries to deliver, by result", ["receiver", "result"], registry=REGISTRY)
_SEEN_S = Histogram(
    "monitor_seen_delay_seconds", "From publication to sight, of articles told of", buckets=_DELAYS, registry=REGISTRY
)
_SENT_S = Histogram("monitor_told_delay_seconds", "From sight to telling", buckets=_DELAYS, registry=REGISTRY)
_WORK_S = Histogram(
    "monitor_beat_seconds", "How long one item took a beat", ["beat"], buckets=_SECONDS, registry=REGISTRY
)
_FAULTS = Counter("monitor_faults", "Items that a fault in the program met", ["beat"], registry=REGISTRY)
_REFUSALS = Counter("monitor_database_refusals", "Times that the database refused", ["beat"], registry=REGISTRY)
_WORKERS = Counter(
    "monitor_worker_restarts", "Worker processes that were killed, or died", ["reason"], registry=REGISTRY
)
_RELOADS = Counter("monitor_reloads", "Reloads of the configuration", ["result"], registry=REGISTRY)
_STEPS = Counter("monitor_clock_steps", "Times that the clock was set by more than seconds", registry=REGISTRY)


class Bounded:
    """At most so many values of a label; whatever comes after them is one."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: set[str] = set()
        self._turn = Lock()

    def __call__(self, value: str) -> str:
        with self._turn:
            if value not in self._known and len(self._known) >= self._most:
                return OTHER
            self._known.add(value)
        return value


_topic, _receiver, _reason = Bounded(), Bounded(), Bounded(50)
# To find the series of a label takes the library twice as long as to count in it. What each poll does is kept at hand;
# their labels are bounded.
_polls, _fetches, _work_s = cache(_POLLS.labels), cache(_FETCHES.labels), cache(_WORK_S.labels)


# What may come of each, in the words that are counted.
_RESULTS = (
    (_POLLS, ("news", "nothing", "unchanged", "failed", "later", "gone")),
    (_READINGS, ("page", "feed", "unread", "later", "failed", "nothing")),
    (_TOLD, ("yes", "no")),
    (_WORKERS, ("timeout", "memory", "crashed")),
    (_RELOADS, ("taken", "refused")),
)


def begin(beats: Iterable[str], receivers: Iterable[str], topics: Iterable[str]) -> None:
    """Show what did not happen yet as zero.

    Prometheus sees a rise from there, and none where a series begins at one.
    """
    for counter, results in _RESULTS:
        for result in results:
            counter.labels(result)
    for beat in beats:
        _FAULTS.labels(beat)
        _REFUSALS.labels(beat)
    for receiver in receivers:
        for result in ("sent", "owed", "failed"):
            _SENDS.labels(_receiver(receiver), result)
    for topic in topics:
        _MATCHES.labels(_topic(topic))


def polled(result: str, found: int = 0) -> None:
    """A poll ended: news, nothing, unchanged, failed, gone."""
    _polls(result).inc()
    if found:
        _ENTRIES.inc(found)


def fetched(outcome: str, seconds: float, size: int = 0) -> None:
    """A request to the web ended after so many seconds: 2xx, 304, or the reason that it failed for."""
    _FETCH_S.observe(seconds)
    _fetches(_reason(outcome)).inc()
    if size:
        _BYTES.inc(size)


def read(outcome: str) -> None:
    """An article was read: page, feed, unread, failed, later."""
    _READINGS.labels(outcome).inc()


def unreadable(reason: str) -> None:
    """A page held no article."""
    _UNREADABLE.labels(_reason(reason)).inc()


def told(topics: tuple[str, ...], alerts: int) -> None:
    """An article was put to the topics."""
    _TOLD.labels("yes" if topics else "no").inc()
    _ALERTS.inc(alerts)
    for topic in topics:
        _MATCHES.labels(_topic(topic)).inc()


def delivered(receiver: str, result: str) -> None:
    """A try to deliver ended: sent, owed, failed."""
    _SENDS.labels(_receiver(receiver), result).inc()


def late(published_at: datetime | None, seen_at: datetime | None, sent_at: datetime) -> None:
    """An alert was told: how long after its article was published, and seen."""
    if seen_at is None:
        return
    if published_at:
        _SEEN_S.observe(max(0.0, (seen_at - published_at).total_seconds()))
    _SENT_S.observe(max(0.0, (sent_at - seen_at).total_seconds()))


def worked(beat: str, seconds: float) -> None:
    """A beat was at one item for so many seconds."""
    _work_s(beat).observe(seconds)


def fault(beat: str) -> None:
    """A fault in the program met an item."""
    _FAULTS.labels(beat).inc()


def refused(beat: str) -> None:
    """The database refused."""
    _REFUSALS.labels(beat).inc()


def worker_died(reason: str) -> None:
    """A worker was killed (timeout), or died (crashed, memory)."""
    _WORKERS.labels(reason).inc()


def reloaded(*, taken: bool) -> None:
    """The configuration was read again."""
    _RELOADS.labels("taken" if taken else "refused").inc()


def stepped() -> None:
    """The clock was set."""
    _STEPS.inc()

"""An item, the time and a chance become the moment when it is owed again."""

import math
from datetime import datetime, timedelta

from monitor.model import Feed

DAY_S = 86_400.0
JITTER = 0.1  # of the interval, to either side: feeds added together drift apart within a few polls
SHORTEST_S = 1.0  # no item is owed again at once, whatever an interval or a server says


def next_poll(
    feed: Feed, now: datetime, chance: float, *, retry_after: float | None = None, longest_s: float = DAY_S
) -> datetime:
    """When a feed, as its last poll left it, is owed the next one.

    After a success that is an interval later; after each failure twice as long as before it, up to `longest_s`,
    and never before the server's `retry_after` is over. A feed is never given up.
    """
    wait = _backed_off(feed.interval_s, feed.failures, longest_s)
    return now + timedelta(seconds=_no_sooner(_spread(wait, chance), retry_after, chance))


def next_try(
    failures: int,
    now: datetime,
    chance: float,
    *,
    retry_after: float | None = None,
    first_s: float = 60.0,
    max_s: float = DAY_S,
) -> datetime:
    """When an article or an alert is tried again after so many failures."""
    wait = _backed_off(first_s, failures, max_s)
    return now + timedelta(seconds=_no_sooner(_spread(wait, chance), retry_after, chance))


def _backed_off(first_s: float, failures: int, longest_s: float) -> float:
    """The wait doubles with each failure after the first; a wait that was long from the start stays as it is."""
    first = _sane(first_s)
    doublings = min(max(failures - 1, 0), 64)
    return max(first, min(first * 2.0**doublings, _sane(longest_s))) if failures > 0 else first


def _spread(wait_s: float, chance: float) -> float:
    return max(SHORTEST_S, wait_s * (1 + JITTER * (2 * chance - 1)))


def _no_sooner(wait_s: float, retry_after: float | None, chance: float) -> float:
    """Wait at least as long as the server asked, within a day; all who were told the same do not come at once."""
    if retry_after is None or not retry_after > 0:
        return wait_s
    return max(wait_s, min(retry_after, DAY_S) * (1 + JITTER * chance))


def _sane(seconds: float) -> float:
    """Seconds that a date can be moved by: no NaN, nothing below a second, nothing beyond a year."""
    return min(max(seconds, SHORTEST_S), 365 * DAY_S) if math.isfinite(seconds) else DAY_S

"""An item, the time and a chance become the moment when it is owed again."""

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from monitor.model import Feed, Wishes
from monitor.think.rhythm import DUE, POLLED, POLLS, TIME, WEIGHT, expected, follows, heat, known, rhythm_of

DAY_S = 86_400.0
WEEK_S = 7 * DAY_S
JITTER = 0.1  # of the interval, to either side: feeds added together drift apart within a few polls
SHORTEST_S = 1.0  # no item is owed again at once, whatever an interval or a server says
# A feed that was polled this much more often than its interval allows is polled no sooner than that for a while.
OVERSPENT = 1.3
SETTLING = 48  # polls that are owed the benefit of the doubt before they count as too many or too few


class Bounds(NamedTuple):
    """Of the time between two polls, for feeds whose options set none of their own."""

    shortest_s: float = 60.0
    longest_s: float = 3600.0
    wish_s: float = 1800.0  # as long as feeds and servers may ask to be left alone: most say so by default, and err


BOUNDS = Bounds()


def next_poll(
    feed: Feed,
    now: datetime,
    chance: float,
    *,
    habit: tuple[float, ...] | None = None,
    retry_after: float | None = None,
    longest_s: float = DAY_S,
    bounds: Bounds = BOUNDS,
    fresh_s: float = 0.0,
    pace: float = 0.0,
) -> datetime:
    """When a feed, as its last poll left it, is owed the next one; `habit`, of `learn`, is its own unless it is given.

    After a success that is when enough is likely to have come, so that over a week there are about as many polls as
    `interval_s` stands for, or as many as `pace` (of `pace_of`) gives the feed; no sooner than the feed and its server
    (`fresh_s`) wish, but always within the bounds. A feed whose habit is not known is polled after its interval.
    After each failure the wait is twice as long as before it, up to `longest_s`, and never before the server's
    `retry_after` is over. A feed is never given up.
    """
    if feed.failures > 0:
        wait = _spread(_backed_off(feed.interval_s, feed.failures, longest_s), chance)
        return now + timedelta(seconds=_no_sooner(wait, retry_after, chance))
    shortest, longest, most = _bounds_of(feed, bounds)
    if habit is None:
        habit = feed.habit if known(feed.habit) else ()
    if _learnt(habit):
        mean = 1 / _clip(pace * habit[WEIGHT], shortest, longest) if pace > 0 else _sane(feed.interval_s)
        wait = _ripe(habit, mean * (1 + JITTER * (2 * chance - 1)), now.timestamp(), longest)
    else:
        wait = _spread(_sane(feed.interval_s), chance)
    wished = max(wait, min(most, max(_wish(feed.wishes.interval_s), _wish(fresh_s))))
    due = now + timedelta(seconds=_no_sooner(min(max(wished, shortest), longest), retry_after, chance))
    return _not_skipped(due, feed.wishes, chance, now + timedelta(seconds=longest))


def pace_of(feeds: Iterable[Feed], bounds: Bounds = BOUNDS) -> float:
    """The pace at which all feeds together are polled as often as their intervals stand for, each by its habit.

    Where many feeds share one budget, entries wait least in all when each feed has polls in proportion to the root of
    what it publishes. 0 while no habit is known.
    """
    shares, budget = [], 0.0
    for feed in feeds:
        if feed.failures == 0 and known(feed.habit) and _learnt(feed.habit):
            shortest, longest, _ = _bounds_of(feed, bounds)
            shares.append((feed.habit[WEIGHT], shortest, longest))
            budget += 1 / _sane(feed.interval_s)
    pace = budget / max(sum(weight for weight, _, _ in shares), 1e-12) if shares else 0.0
    # What the bounds take from some feeds, or force upon them, changes what is left for the others.
    for _ in range(12):
        spent = sum(_clip(pace * weight, shortest, longest) for weight, shortest, longest in shares)
        pace *= budget / spent if spent else 1.0
    return pace


def _clip(a_second: float, shortest: float, longest: float) -> float:
    """So many polls a second, within the bounds of the time between two."""
    return min(max(a_second, 1 / longest), 1 / shortest)


def _learnt(habit: tuple[float, ...]) -> bool:
    """Whether a habit is known for at least a day."""
    return bool(habit) and habit[TIME] >= DAY_S and habit[WEIGHT] > 0


def _bounds_of(feed: Feed, bounds: Bounds) -> Bounds:
    """A feed's own bounds, else those of all; an interval that lies outside of those widens them."""
    return _settle(feed.interval_s, feed.options.longest_s, feed.options.shortest_s, bounds)


@lru_cache(1000)
def _settle(interval_s: float, longest_s: float, shortest_s: float, bounds: Bounds) -> Bounds:
    interval = _sane(interval_s)
    longest = _wish(longest_s) or max(_sane(bounds.longest_s), interval * (1 + JITTER))
    shortest = _wish(shortest_s) or min(_sane(bounds.shortest_s), interval * (1 - JITTER), longest)
    return Bounds(max(shortest, SHORTEST_S), max(shortest, longest, SHORTEST_S), _wish(bounds.wish_s))


def _ripe(habit: tuple[float, ...], mean_s: float, now_s: float, longest_s: float) -> float:
    """How long it takes until the root of what is to be expected adds up to what it does in a mean interval.

    That root is how densely polls are best laid through a day: entries wait least for the same number of polls.
    """
    spent = (habit[POLLS] + SETTLING) / (habit[POLLED] / mean_s + SETTLING)
    rhythm, warmth, due = rhythm_of(habit), heat(habit), habit[DUE]
    aim = mean_s * habit[WEIGHT] * spent**2
    at, latest = now_s, now_s + min(longest_s, WEEK_S)
    for rate, end in expected(rhythm, at):
        part = rate * (end - at)
        root = math.sqrt(rate * warmth * follows(rhythm, due + part / 2))
        if root * (end - at) >= aim:
            at += aim / root if root > 0 else 0.0
            break
        aim -= root * (end - at)
        due += part
        at = end
        if at >= latest:
            return longest_s
    return max(at - now_s, mean_s) if spent > OVERSPENT else at - now_s


def _not_skipped(due: datetime, wishes: Wishes, chance: float, latest: datetime) -> datetime:
    """The first time from then on at which the feed does not ask to be left alone; `latest` if there is none before.

    A feed that asks to be left alone at every hour or on every day has told us nothing.
    """
    hours, days = set(wishes.skip_hours), set(wishes.skip_days)
    hours, days = hours if len(hours) < 24 else set(), days if len(days) < 7 else set()
    at = due
    while at < latest and _skipped(at, hours, days):
        at = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        at += timedelta(hours=1, seconds=chance * JITTER * 3600)
    return at if at == due else max(due, min(at, latest))


def _skipped(at: datetime, hours: set[int], days: set[int]) -> bool:
    at = at.astimezone(UTC)
    return at.hour in hours or at.weekday() in days


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


def after_pause(wanted_s: float | None, now: datetime, chance: float) -> datetime:
    """When to come again to a host that wants a pause of so many seconds; all who wait do not come at once."""
    return now + timedelta(seconds=_no_sooner(SHORTEST_S, wanted_s, chance))


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


def _wish(seconds: float) -> float:
    """Seconds that a feed or its server may ask for, at most a year; 0 for nonsense and for no wish."""
    return min(max(seconds, 0.0), 365 * DAY_S) if not math.isnan(seconds) else 0.0


def _sane(seconds: float) -> float:
    """Seconds that a date can be moved by: no NaN, nothing below a second, nothing beyond a year."""
    return min(max(seconds, SHORTEST_S), 365 * DAY_S) if math.isfinite(seconds) else DAY_S

"""The numbers of a habit become what to expect of a feed, second by second.

A habit is a short tuple of numbers, so that a row can keep it: how much came in each hour of the day, on each day of
the week and in each five minutes of the hour, the times of day at which something comes again and again, and whether
one thing is soon followed by another or by silence.
"""

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

DAY_S = 86_400.0
SLOT_S = 300.0  # as finely as times of day are told apart
_SLOTS_A_DAY = int(DAY_S / SLOT_S)
MOST_SLOTS = 24
EDGES = (0.02, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)  # how much was to be expected since something last came
SOON = 3  # places among the edges that stand for "just after something came"

# Where the numbers stand.
VERSION = 1.0
AT = 1  # until when the feed was watched, in seconds since 1970
TIME = 2  # for how many seconds
POLLS = 3  # made
POLLED = 4  # in so many seconds
DUE = 5  # how much was to be expected since something last came
WEIGHT = 6  # its claim on polls: the mean of the root of what it publishes a second
HEAT_CAME = 7  # how much came in the last hours
HEAT_DUE = 8  # and how much was to be expected in them
HOURS = 9
DAYS = HOURS + 24
MINUTES = DAYS + 7
CAME = MINUTES + 12
WAITED = CAME + len(EDGES) + 1
SLOTS = WAITED + len(EDGES) + 1  # pairs: which five minutes of the day, and how much came in them

# How much evidence it takes to believe in a rhythm, in entries. All were chosen on the made-up histories of
# bench/schedule.py; half or twice as much changes the mean delay by a few per cent.
HOUR_PRIOR, DAY_PRIOR, MINUTE_PRIOR = 4.0, 7.0, 12.0
FOLLOW_PRIOR, HEAT_PRIOR = 2.0, 4.0
REPEATED = 1.0  # a time of day is a habit from the second time on
# Before this much is known of it, a day or a week is taken to be even.
DAY_KNOWN_S, WEEK_KNOWN_S = 1.5 * DAY_S, 10 * DAY_S


class _Counts(NamedTuple):
    """Counts that become factors where they are asked for: how far each is from their mean.

    With as much doubt as so many more entries, evenly spread, would bring.
    """

    counts: Sequence[float]
    share: float  # of the doubt, for each
    scale: float

    def factors(self) -> list[float]:
        """All of them."""
        return [(count + self.share) * self.scale for count in self.counts]


class _Apart(NamedTuple):
    """Counts without what comes again and again at one time of day, and that."""

    hours: list[float]
    minutes: list[float]
    slots: dict[int, float]


class Rhythm(NamedTuple):
    """How much a feed publishes a second: `rate` times the factors of hour, day and minutes, and what its slots add."""

    rate: float
    hours: _Counts
    days: _Counts
    minutes: _Counts
    slots: dict[int, float]  # what each adds in the time that the feed was watched
    of_slots: float  # what turns that into so much a second
    came: Sequence[float]  # by how much was to be expected since something last came
    waited: Sequence[float]
    common: float  # the mean over what was to be expected of the factors that these two make


def known(habit: Sequence[float]) -> bool:
    """Whether these numbers are a habit, whole and written by this version."""
    if not SLOTS <= len(habit) <= SLOTS + 2 * MOST_SLOTS or (len(habit) - SLOTS) % 2 or habit[0] != VERSION:
        return False
    # A sum with anything in it that is no number is none either.
    return sum(habit) < 1e12 and min(habit) >= 0 and max(habit[SLOTS::2], default=0) < 288


def rhythm_of(habit: Sequence[float]) -> Rhythm:
    """What a habit foretells."""
    seconds = habit[TIME] + DAY_S
    hours, minutes, slots = _set_apart(tuple(habit[HOURS:DAYS]), tuple(habit[MINUTES:CAME]), tuple(habit[SLOTS:]))
    came, waited = habit[CAME:WAITED], habit[WAITED:SLOTS]
    return Rhythm(
        rate=(sum(hours) + 0.3) / seconds,
        hours=_doubted(hours, HOUR_PRIOR) if habit[TIME] > DAY_KNOWN_S else _EVEN_HOURS,
        days=_doubted(habit[DAYS:MINUTES], DAY_PRIOR) if habit[TIME] > WEEK_KNOWN_S else _EVEN_DAYS,
        minutes=_doubted(minutes, MINUTE_PRIOR),
        slots=slots,
        of_slots=DAY_S / SLOT_S / seconds,
        came=came,
        waited=waited,
        common=(sum(came) + FOLLOW_PRIOR) / (sum(waited) + FOLLOW_PRIOR),
    )


@lru_cache(64)  # a poll asks twice in a row: what is to be expected until now, and from now on
def _set_apart(hours: tuple[float, ...], minutes: tuple[float, ...], slots: tuple[float, ...]) -> _Apart:
    """What comes again and again at one time of day is taken out of its hour, which is else spread over all of it."""
    left = _Apart(list(hours), list(minutes), {})
    counts = slots[1::2]
    # A slot that took the place of another took its count too: that much of it may be another's.
    doubt = REPEATED + (min(counts) if len(counts) >= MOST_SLOTS else 0.0)
    for place, count in zip(slots[::2], counts, strict=True):
        if count > doubt:
            slot = int(place)
            hour, minute = slot // 12, slot % 12
            usual = left.hours[hour] / 12
            excess = count - doubt - usual
            if excess > usual:
                left.slots[slot] = excess
                left.hours[hour] = max(0.0, left.hours[hour] - excess)
                left.minutes[minute] = max(0.0, left.minutes[minute] - excess)
    return left


def _doubted(counts: Sequence[float], prior: float) -> _Counts:
    return _Counts(counts, prior / len(counts), len(counts) / (sum(counts) + prior))


_EVEN_HOURS, _EVEN_DAYS = _doubted([0.0] * 24, 1.0), _doubted([0.0] * 7, 1.0)


def expected(rhythm: Rhythm, at: float) -> Iterator[tuple[float, float]]:
    """How much is to be expected a second from a time on, and until when each of these holds; without an end."""
    (hours, hour_share, hour_scale), (minutes, minute_share, minute_scale) = rhythm.hours, rhythm.minutes
    days, day_share, day_scale = rhythm.days
    slots, of_slots, smooth = rhythm.slots, rhythm.of_slots, rhythm.rate * hour_scale * minute_scale
    number = int(at // SLOT_S)
    while True:
        day, slot = divmod(number, _SLOTS_A_DAY)
        rate = smooth * (hours[slot // 12] + hour_share) * (minutes[slot % 12] + minute_share)
        if slot in slots:
            rate += slots[slot] * of_slots
        number += 1
        yield (days[(day + 3) % 7] + day_share) * day_scale * rate, number * SLOT_S


def _smooth(rhythm: Rhythm, slot: int) -> float:
    """How much is to be expected a second in five minutes of an average day, but for what comes just then each day."""
    hours, hour_share, hour_scale = rhythm.hours
    minutes, minute_share, minute_scale = rhythm.minutes
    hour, minute = divmod(slot, 12)
    return rhythm.rate * (hours[hour] + hour_share) * hour_scale * (minutes[minute] + minute_share) * minute_scale


def follows(rhythm: Rhythm, due: float) -> float:
    """The factor of how much was to be expected since something last came."""
    return following(rhythm, bisect_right(EDGES, due))


def following(rhythm: Rhythm, place: int) -> float:
    """The factor of a place among the edges."""
    return (rhythm.came[place] + FOLLOW_PRIOR) / (rhythm.waited[place] + FOLLOW_PRIOR)


def heat(habit: Sequence[float]) -> float:
    """The factor of the last hours: above one while more comes than was to be expected."""
    return (habit[HEAT_CAME] + HEAT_PRIOR) / (habit[HEAT_DUE] + HEAT_PRIOR)


def weigh(rhythm: Rhythm) -> float:
    """The mean over a week of the root of what a feed publishes a second."""
    days = sum(map(math.sqrt, rhythm.days.factors())) / 7
    hours = sum(map(math.sqrt, rhythm.hours.factors())) / 24
    minutes = sum(map(math.sqrt, rhythm.minutes.factors())) / 12
    even = math.sqrt(rhythm.rate) * hours * minutes
    for slot, extra in rhythm.slots.items():
        smooth = _smooth(rhythm, slot)
        even += (math.sqrt(smooth + extra * rhythm.of_slots) - math.sqrt(smooth)) * SLOT_S / DAY_S
    return even * days * math.sqrt(rhythm.common)

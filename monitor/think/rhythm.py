"""The numbers of a habit become what to expect of a feed, second by second.

A habit is a short tuple of numbers, so that a row can keep it: how much came in each hour of the day, on each day of
the week and in each five minutes of the hour, the times of day at which something comes again and again, and whether
one thing is soon followed by another or by silence.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

DAY_S = 86_400.0
SLOT_S = 300.0  # as finely as times of day are told apart
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


class Rhythm(NamedTuple):
    """How much a feed publishes a second: `rate` times the factors of hour, day and minutes, and what its slots add."""

    rate: float
    hours: list[float]
    days: list[float]
    minutes: list[float]
    slots: dict[int, float]
    follow: list[float]  # factors by how much was to be expected since something last came
    common: float  # the mean of those factors over what was to be expected


def known(habit: Sequence[float]) -> bool:
    """Whether these numbers are a habit, whole and written by this version."""
    if not SLOTS <= len(habit) <= SLOTS + 2 * MOST_SLOTS or (len(habit) - SLOTS) % 2 or habit[0] != VERSION:
        return False
    return math.isfinite(sum(habit)) and 0 <= min(habit) <= max(habit) < 1e12 and max(habit[SLOTS::2], default=0) < 288


def rhythm_of(habit: Sequence[float]) -> Rhythm:
    """What a habit foretells."""
    seconds = habit[TIME] + DAY_S
    hours, minutes = list(habit[HOURS:DAYS]), list(habit[MINUTES:CAME])
    slots = _set_apart(habit, hours, minutes)
    came, waited = habit[CAME:WAITED], habit[WAITED:SLOTS]
    follow = [(some + FOLLOW_PRIOR) / (part + FOLLOW_PRIOR) for some, part in zip(came, waited, strict=True)]
    return Rhythm(
        rate=(sum(hours) + 0.3) / seconds,
        hours=_factors(hours, HOUR_PRIOR) if habit[TIME] > DAY_KNOWN_S else [1.0] * 24,
        days=_factors(habit[DAYS:MINUTES], DAY_PRIOR) if habit[TIME] > WEEK_KNOWN_S else [1.0] * 7,
        minutes=_factors(minutes, MINUTE_PRIOR),
        slots={slot: excess / seconds * DAY_S / SLOT_S for slot, excess in slots.items()},
        follow=follow,
        common=(sum(came) + FOLLOW_PRIOR) / (sum(waited) + FOLLOW_PRIOR),
    )


def _set_apart(habit: Sequence[float], hours: list[float], minutes: list[float]) -> dict[int, float]:
    """What comes again and again at one time of day is taken out of its hour, which is else spread over all of it."""
    apart = {}
    counts = habit[SLOTS + 1 :: 2]
    # A slot that took the place of another took its count too: that much of it may be another's.
    doubt = REPEATED + (min(counts) if len(counts) >= MOST_SLOTS else 0.0)
    for place, count in zip(habit[SLOTS::2], counts, strict=True):
        if count > doubt:
            slot = int(place)
            hour, minute = slot // 12, slot % 12
            usual = hours[hour] / 12
            excess = count - doubt - usual
            if excess > usual:
                apart[slot] = excess
                hours[hour] = max(0.0, hours[hour] - excess)
                minutes[minute] = max(0.0, minutes[minute] - excess)
    return apart


def _factors(counts: Sequence[float], prior: float) -> list[float]:
    """How far each count is from their mean, with as much doubt as `prior` more entries, evenly spread, would bring."""
    scale, share = len(counts) / (sum(counts) + prior), prior / len(counts)
    return [(count + share) * scale for count in counts]


def expected(rhythm: Rhythm, at: float) -> tuple[float, float]:
    """How much is to be expected a second at a time, and until when that holds."""
    day, second = divmod(at, DAY_S)
    slot = int(second // SLOT_S)
    smooth = rhythm.rate * rhythm.hours[slot // 12] * rhythm.minutes[slot % 12]
    return rhythm.days[(int(day) + 3) % 7] * (smooth + rhythm.slots.get(slot, 0.0)), at + SLOT_S - second % SLOT_S


def follows(rhythm: Rhythm, due: float) -> float:
    """The factor of how much was to be expected since something last came."""
    return rhythm.follow[bisect_right(EDGES, due)]


def heat(habit: Sequence[float]) -> float:
    """The factor of the last hours: above one while more comes than was to be expected."""
    return (habit[HEAT_CAME] + HEAT_PRIOR) / (habit[HEAT_DUE] + HEAT_PRIOR)


def weigh(rhythm: Rhythm) -> float:
    """The mean over a week of the root of what a feed publishes a second."""
    days = sum(map(math.sqrt, rhythm.days)) / 7
    hours = sum(map(math.sqrt, rhythm.hours)) / 24
    minutes = sum(map(math.sqrt, rhythm.minutes)) / 12
    even = math.sqrt(rhythm.rate) * hours * minutes
    for slot, extra in rhythm.slots.items():
        smooth = rhythm.rate * rhythm.hours[slot // 12] * rhythm.minutes[slot % 12]
        even += (math.sqrt(smooth + extra) - math.sqrt(smooth)) * SLOT_S / DAY_S
    return even * days * math.sqrt(rhythm.common)

"""A habit, and what a poll brought, become the habit as it stands now.

All of a habit is forgotten by half within `HALF_LIFE_S`; what the numbers mean stands in rhythm.py.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime

from monitor.think.rhythm import (
    AT,
    CAME,
    DAY_S,
    DAYS,
    DUE,
    EDGES,
    HEAT_CAME,
    HEAT_DUE,
    HOURS,
    MINUTES,
    MOST_SLOTS,
    POLLED,
    POLLS,
    SLOT_S,
    SLOTS,
    SOON,
    TIME,
    VERSION,
    WAITED,
    WEIGHT,
    Rhythm,
    expected,
    following,
    known,
    rhythm_of,
    weigh,
)

HALF_LIFE_S = 14 * DAY_S
POLLS_HALF_LIFE_S = 7 * DAY_S  # the budget is kept over about a week
MEMORY_S = 8 * 7 * DAY_S  # nothing older counts: little would be left of it
MOST_ENTRIES = 100  # that one poll may teach, the newest: a first one may bring thousands
COOLING_S = 3 * 3600.0  # how long breaking news keeps a feed hot
EXCITED = 1.5  # what comes this much sooner after something else than is usual came because of it
FADING = (TIME, *range(HOURS, SLOTS))


def learn(habit: tuple[float, ...], published: Sequence[datetime], now: datetime) -> tuple[float, ...]:
    """The habit after a good poll: the dates of its fresh entries, `now` for one without; none when nothing was new."""
    at = now.timestamp()
    if not known(habit) or not at - MEMORY_S < habit[AT] <= at:
        return _begin(published, at)
    state = list(habit)
    seen = state[AT]
    faded = _fade(state, at)
    state[POLLS] += 1.0
    state[POLLED] += min(at - seen, DAY_S)
    rhythm = rhythm_of(state)
    for moment in sorted(_appeared(date.timestamp(), seen, at) for date in published)[-MOST_ENTRIES:]:
        _watch(state, rhythm, moment)
        _count(state, rhythm, moment)
    _watch(state, rhythm, at)
    if published or faded:
        state[WEIGHT] = weigh(rhythm_of(state))
    return tuple(state)


def _begin(published: Sequence[datetime], at: float) -> tuple[float, ...]:
    """A first poll brings a history at once. Dates at midnight sharp are mostly days without a time."""
    dates = sorted(date.timestamp() for date in published)
    times = [date for date in dates if at - MEMORY_S < date < at and date % DAY_S][-MOST_ENTRIES:]
    state = [0.0] * SLOTS
    state[0], state[AT] = VERSION, times[0] - 1.0 if times else at
    for moment in times:
        _fade(state, moment)
        rhythm = rhythm_of(state)
        _watch(state, rhythm, moment)
        _count(state, rhythm, moment)
    _fade(state, at)
    _watch(state, rhythm_of(state), at)
    state[WEIGHT] = weigh(rhythm_of(state))
    return tuple(state)


def _appeared(date: float, seen: float, now: float) -> float:
    """When an entry came into the feed: one dated before our last look was not there then, so it came after it."""
    if date > now:
        return now
    return date if date > seen else (seen + now) / 2


def _watch(state: list[float], rhythm: Rhythm, until: float) -> None:
    """Note that the feed was watched until then, and how much was to be expected."""
    at = state[AT]
    if until <= at:
        return
    gone, due = until - at, 0.0
    if gone > DAY_S:  # nobody looked for long: a day of it tells enough
        at = until - DAY_S
    for rate, end in expected(rhythm, at):
        part = rate * (min(end, until) - at)
        due += part
        _expect(state, part)
        at = end
        if at >= until:
            break
    cooled = math.exp(-gone / COOLING_S)
    state[HEAT_CAME] *= cooled
    state[HEAT_DUE] = (state[HEAT_DUE] + due * rhythm.common) * cooled
    state[TIME] += gone
    state[AT] = until


def _expect(state: list[float], part: float) -> None:
    """Note that so much more was to be expected since something last came."""
    while part > 0:
        place = bisect_right(EDGES, state[DUE])
        step = min(part, EDGES[place] - state[DUE]) if place < len(EDGES) else part
        state[WAITED + place] += step
        # An edge is left behind for good, however the sum is rounded.
        state[DUE] = state[DUE] + part if step == part else EDGES[place]
        part -= step


def _count(state: list[float], rhythm: Rhythm, at: float) -> None:
    """Note that something came; what only followed another thing says less about the time of day."""
    day, second = divmod(at, DAY_S)
    slot = int(second // SLOT_S)
    place = bisect_right(EDGES, state[DUE])
    weight = min(1.0, EXCITED * rhythm.common / following(rhythm, place)) if place < SOON else 1.0
    state[HOURS + slot // 12] += weight
    state[DAYS + (int(day) + 3) % 7] += weight
    state[MINUTES + slot % 12] += weight
    if state[DUE] > 0:  # what came at the same moment came once
        state[HEAT_CAME] += 1.0
        state[CAME + place] += 1.0
    state[DUE] = 0.0
    _note_slot(state, float(slot), weight)


def _note_slot(state: list[float], slot: float, weight: float) -> None:
    """Keep count of the times of day that return most; a new one takes the place, and the count, of the least."""
    slots = state[SLOTS::2]
    if slot in slots:
        state[SLOTS + 2 * slots.index(slot) + 1] += weight
    elif len(slots) < MOST_SLOTS:
        state += [slot, weight]
    else:
        counts = state[SLOTS + 1 :: 2]
        least = SLOTS + 2 * counts.index(min(counts))
        state[least] = slot
        state[least + 1] += weight


def _fade(state: list[float], at: float) -> bool:
    """Forget a little with each day that passes; whether one did."""
    days = at // DAY_S - state[AT] // DAY_S
    if days < 1:
        return False
    left, polls_left = 0.5 ** (days * DAY_S / HALF_LIFE_S), 0.5 ** (days * DAY_S / POLLS_HALF_LIFE_S)
    for place in (*FADING, *range(SLOTS + 1, len(state), 2)):
        state[place] = round(state[place] * left, 3)
    state[POLLS] *= polls_left
    state[POLLED] *= polls_left
    return True

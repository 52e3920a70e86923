"""When to poll: how long an entry waits to be seen, for the same number of requests, under three schedules.

usage: python bench/schedule.py [--histories FILE.jsonl] [--interval MINUTES] [--seed N]

FILE has one feed a line: `name`, `times` (ISO 8601, of each publication) and perhaps `kind`. Without it only made-up
histories are measured. The first half of each history is for learning and the second is measured; no schedule sees an
entry before it polls. The fixed interval and the halving one get as many requests as ours made: feed by feed in the
first table, in all in the second, where every schedule may spend on one feed what it saves on another.
"""

import argparse
import json
import math
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from multiprocessing import Pool
from pathlib import Path
from statistics import fmean, median, quantiles
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from monitor.model import Feed
from monitor.think.habit import learn
from monitor.think.schedule import Bounds, next_poll, pace_of

DAY_S = 86_400.0
# Eight weeks across the night in which the clocks of Europe go forward; half of them are measured.
START = datetime(2026, 2, 16, tzinfo=UTC)
WEEKS = 8
BACKLOG = 25  # entries that a feed carries


@dataclass(frozen=True)
class History:
    """When a feed published, in seconds since 1970, and from when on that is measured."""

    name: str
    kind: str
    times: tuple[float, ...]
    begins: float
    measured: float
    ends: float


@dataclass
class Outcome:
    """What a schedule did within the measured time."""

    delays: list[float] = field(default_factory=list)
    polls: int = 0


# Made-up histories. Each figure below is invented, after no feed in particular: what a newsroom may be like.


def _profile(moment: datetime, quiet: float, opens: int, closes: int, weekend: float) -> float:
    """How busy a newsroom is, 1 at its height: it opens, swells until its middle and closes."""
    hour = moment.hour + moment.minute / 60
    busy = math.sin(math.pi * (hour - opens) / (closes - opens)) if opens < hour < closes else 0.0
    return (quiet + (1 - quiet) * busy) * (weekend if moment.weekday() >= 5 else 1.0)


def _stream(
    chance: random.Random, zone: ZoneInfo, a_day: float, quiet: float, hours: tuple[int, int], weekend: float
) -> Iterator[float]:
    """Single articles, as many a day as said on working days, in the rhythm of the newsroom."""
    peak = a_day / sum(_profile(datetime(2026, 2, 17, h, 30, tzinfo=zone), quiet, *hours, 1.0) for h in range(24))
    at = START.timestamp() - 14 * DAY_S
    while at < (START + timedelta(weeks=WEEKS)).timestamp():
        at += chance.expovariate(peak / 3600)
        if chance.random() < _profile(datetime.fromtimestamp(at, zone), quiet, *hours, weekend):
            yield at


def _days(zone: ZoneInfo) -> Iterator[datetime]:
    day = (START - timedelta(days=14)).astimezone(zone).replace(hour=0, minute=0)
    for _ in range(7 * WEEKS + 14):
        yield day
        day += timedelta(days=1)


def _clockwork(
    chance: random.Random, zone: ZoneInfo, times: Sequence[tuple[int, int]], late_s: float, weekend: float
) -> Iterator[float]:
    """Bulletins at the same local times each day, some seconds late and one in fifty left out."""
    for day in _days(zone):
        for hour, minute in times:
            if chance.random() < (weekend if day.weekday() >= 5 else 1.0) * 0.98:
                moment = day.replace(hour=hour, minute=minute)
                yield moment.timestamp() + chance.expovariate(1 / late_s)


def _bursts(chance: random.Random, a_week: float, size: float, lasts_s: float) -> Iterator[float]:
    """Breaking news: at any time, articles that come thick at first and thin out."""
    at = START.timestamp() - 14 * DAY_S
    while at < (START + timedelta(weeks=WEEKS)).timestamp():
        at += chance.expovariate(a_week / (7 * DAY_S))
        for _ in range(1 + int(chance.expovariate(1 / size))):
            yield at + chance.expovariate(1 / lasts_s)


def _batched(chance: random.Random, times: Iterable[float], share: float) -> Iterator[float]:
    """Some articles come with others: an editor publishes several within minutes."""
    for at in times:
        yield at
        while chance.random() < share:
            yield at + chance.uniform(0, 240)


def made_up(seed: int) -> list[History]:
    """Sixty feeds of twelve kinds."""
    chance = random.Random(seed)
    zones = [ZoneInfo(name) for name in ("Europe/Berlin", "Europe/Kyiv", "America/New_York", "Asia/Tokyo", "UTC")]
    made = []
    for number in range(5):
        zone, c = zones[number], random.Random(chance.random())
        opens = (6 + c.randrange(3), 20 + c.randrange(4))
        kinds = {
            "agency": [*_stream(c, zone, c.uniform(120, 350), 0.15, (5, 23), 0.6), *_bursts(c, 3, 15, 3600)],
            "newspaper": [
                *_batched(c, _stream(c, zone, c.uniform(20, 50), 0.04, opens, 0.5), 0.15),
                *_clockwork(c, zone, [(5, 30), (6, 0), (6, 0), (6, 0), (7, 15), (18, 0)], 40, 0.7),
                *_bursts(c, 1, 6, 2400),
            ],
            "local paper": [*_batched(c, _stream(c, zone, c.uniform(4, 10), 0.01, (8, 19), 0.25), 0.4)],
            "hourly bulletin": [*_clockwork(c, zone, [(h, 5) for h in range(6, 24)], 45, 1.0)],
            "daily bulletin": [
                *_clockwork(c, zone, [(c.randrange(5, 9), c.choice((0, 15, 30)))], 60, c.choice((0, 1)))
            ],
            "thrice a day": [*_clockwork(c, zone, [(6, 0), (12, 30), (18, 0)], 90, 0.5)],
            "ministry": [*_batched(c, _stream(c, zone, c.uniform(1, 4), 0.0, (9, 18), 0.02), 0.3)],
            "magazine": [
                *_clockwork(c, zone, [(9, 0)], 1200, 0.0),
                *_stream(c, zone, c.uniform(1, 3), 0.05, (9, 22), 0.4),
            ],
            "blog": [*_stream(c, zone, c.uniform(0.2, 0.8), 0.05, (9, 24), 1.3)],
            "rare": [*_stream(c, zone, c.uniform(0.05, 0.15), 0.02, (8, 18), 0.1)],
            "bursts": [*_bursts(c, 2, 8, 5400)],
            "without rhythm": [*_stream(c, zone, c.uniform(5, 30), 1.0, (0, 24), 1.0)],
        }
        begins = START.timestamp()
        ends = begins + WEEKS * 7 * DAY_S
        for kind, times in kinds.items():
            kept = tuple(sorted(at for at in times if at < ends))
            made.append(History(f"{kind} {number}", kind, kept, begins, (begins + ends) / 2, ends))
    return made


Policy = Callable[[Sequence[float], float], float]  # what a poll found, and when: the time of the next


def run(history: History, policy: Policy) -> Outcome:
    """Poll a feed through its history."""
    outcome, times = Outcome(), history.times
    at = history.begins
    seen = sum(moment <= at for moment in times)
    found = times[max(0, seen - BACKLOG) : seen]
    while at < history.ends:
        at = policy(found, at)
        first = seen
        while seen < len(times) and times[seen] <= at:
            seen += 1
        found = times[first:seen]
        if history.measured <= at < history.ends:
            outcome.polls += 1
        outcome.delays += [at - moment for moment in found if history.measured <= moment < history.ends]
    return outcome


def fixed(interval_s: float, chance: random.Random) -> Policy:
    return lambda _, at: at + interval_s * chance.uniform(0.9, 1.1)


def halving(base_s: float, chance: random.Random) -> Policy:
    """Half as long after something new, twice as long after nothing, within an eighth and eight times the base."""
    wait = base_s

    def policy(found: Sequence[float], at: float) -> float:
        nonlocal wait
        wait = min(max(wait / 2 if found else wait * 2, base_s / 8), base_s * 8)
        return at + wait * chance.uniform(0.9, 1.1)

    return policy


class Ours:
    """The daemon's own schedule."""

    def __init__(self, interval_s: float, chance: random.Random) -> None:
        self.feed = Feed(id=1, name="", url="", interval_s=interval_s)
        self.chance = chance
        self.pace = 0.0
        self.learning_s = self.planning_s = 0.0
        self.calls = 0

    def __call__(self, found: Sequence[float], at: float) -> float:
        now = datetime.fromtimestamp(at, UTC)
        dates = [datetime.fromtimestamp(moment, UTC) for moment in found]
        begun = time.process_time()
        habit = learn(self.feed.habit, dates, now)
        self.learning_s += time.process_time() - begun
        self.feed = replace(self.feed, habit=habit)
        begun = time.process_time()
        due = next_poll(self.feed, now, self.chance.random(), bounds=Bounds(), pace=self.pace)
        self.planning_s += time.process_time() - begun
        self.calls += 1
        return due.timestamp()


@dataclass
class Trial:
    """One feed under the three schedules."""

    history: History
    ours: Outcome
    fixed: Outcome
    halving: Outcome


def _halve(histories: Sequence[History], polls: int, seed: int) -> list[Outcome]:
    """Runs with the base at which the halving schedule makes about as many requests as given, found by bisection."""
    low, high = 1.0, 8 * DAY_S
    runs: list[Outcome] = []
    for _ in range(14):
        base = math.sqrt(low * high)
        runs = [run(history, halving(base, random.Random(seed))) for history in histories]
        made = sum(outcome.polls for outcome in runs)
        if abs(made - polls) < 0.01 * polls:
            break
        low, high = (base, high) if made > polls else (low, base)
    return runs


def _seconds(history: History) -> float:
    return history.ends - history.measured


def each_its_own(job: tuple[History, float, int]) -> tuple[Trial, Ours]:
    """A feed that keeps the budget of its own interval."""
    history, interval_s, seed = job
    policy = Ours(interval_s, random.Random(seed))
    ours = run(history, policy)
    steady = run(history, fixed(_seconds(history) / ours.polls, random.Random(seed)))
    return Trial(history, ours, steady, _halve([history], ours.polls, seed)[0]), policy


def one_for_all(job: tuple[History, float, int, float]) -> tuple[History, Outcome, int]:
    history, interval_s, seed, pace = job
    policy = Ours(interval_s, random.Random(seed))
    policy.pace = pace
    return history, run(history, policy), policy.calls


def shared(histories: Sequence[History], feeds: Sequence[Feed], interval_s: float, seed: int) -> list[Trial]:
    """All feeds together keep the budget of the interval; our pace is set by what was known before that is measured."""
    pace = pace_of(feeds)
    with Pool() as pool:
        runs = pool.map(one_for_all, [(history, interval_s, seed, pace) for history in histories], chunksize=1)
    polls = sum(outcome.polls for _, outcome, _ in runs)
    even = sum(map(_seconds, histories)) / polls
    halved = _halve(histories, polls, seed)
    return [
        Trial(history, ours, run(history, fixed(even, random.Random(seed))), halved[place])
        for place, (history, ours, _) in enumerate(runs)
    ]


def habit_before(history: History, interval_s: float) -> Feed:
    """What is known of a feed when the measured time begins, polled at its interval until then."""
    feed, at, seen = Feed(id=1, name="", url="", interval_s=interval_s), history.begins, 0
    while at < history.measured:
        new = [moment for moment in history.times[seen:] if moment <= at]
        dates = [datetime.fromtimestamp(moment, UTC) for moment in new[-BACKLOG:]]
        feed = replace(feed, habit=learn(feed.habit, dates, datetime.fromtimestamp(at, UTC)))
        seen, at = seen + len(new), at + max(interval_s, 3600.0)
    return feed


# What is printed.


def _row(table: Table, label: str, trials: Sequence[Trial]) -> None:
    delays = {
        name: [delay for trial in trials for delay in getattr(trial, name).delays]
        for name in ("fixed", "halving", "ours")
    }
    if not all(delays.values()):
        return
    days = sum(_seconds(trial.history) for trial in trials) / DAY_S
    cells = [f"{len(delays['ours']) / days:.1f}", f"{sum(trial.ours.polls for trial in trials) / days:.0f}"]
    for found in delays.values():
        last = quantiles(found, n=10)[-1] if len(found) > 1 else found[0]
        cells.append(f"{fmean(found):.0f} / {median(found):.0f} / {last:.0f}")
    cells += [f"{fmean(delays[name]) / max(fmean(delays['ours']), 1.0):.2f}" for name in ("fixed", "halving")]
    table.add_row(label, *cells)


def show(title: str, trials: Sequence[Trial]) -> None:
    """A table of delays in seconds: mean / median / 90th percentile."""
    columns = ("", "entries a day", "polls a day", "fixed", "halving", "ours", "fixed : ours", "halving : ours")
    table = Table(*columns, title=title, title_justify="left")
    kinds = defaultdict(list)
    for trial in trials:
        kinds[trial.history.kind].append(trial)
    for kind, some in kinds.items():
        _row(table, kind, some)
    table.add_section()
    _row(table, "all entries", trials)
    console = Console(width=150)
    console.print(table)
    for name in ("fixed", "halving"):
        ratios = [
            fmean(getattr(trial, name).delays) / max(fmean(trial.ours.delays), 1.0)
            for trial in trials
            if trial.ours.delays and getattr(trial, name).delays
        ]
        if ratios:
            console.print(f"{name} : ours, geometric mean over feeds: {math.exp(fmean(map(math.log, ratios))):.2f}")


def real(path: Path) -> list[History]:
    """Histories from a file; the first half of the time that each spans is for learning."""
    histories = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        times = sorted(datetime.fromisoformat(moment).timestamp() for moment in row["times"])
        if len(times) < 4 or times[-1] - times[0] < 2 * 3600:
            continue
        begins, ends = times[0] + 1.0, times[-1] + 1.0
        a_day = len(times) / (ends - begins) * DAY_S
        kind = row.get("kind") or ("frequent" if a_day > 10 else "daily" if a_day > 0.7 else "rare")
        histories.append(History(row["name"], kind, tuple(times), begins, (begins + ends) / 2, ends))
    return histories


def measure(name: str, histories: Sequence[History], interval_s: float, seed: int) -> None:
    """Both tables for some histories, and what our part of them cost."""
    print(f"\n{name}: {len(histories)} feeds, {sum(len(history.times) for history in histories)} entries")
    with Pool() as pool:
        own = pool.map(each_its_own, [(history, interval_s, seed) for history in histories], chunksize=1)
        known = pool.starmap(habit_before, [(history, interval_s) for history in histories], chunksize=1)
    show("each feed keeps to its own budget", [trial for trial, _ in own])
    show("all feeds share one budget", shared(histories, known, interval_s, seed))
    calls = sum(policy.calls for _, policy in own)
    learning, planning = sum(p.learning_s for _, p in own), sum(p.planning_s for _, p in own)
    print(f"CPU a poll: {learning / calls * 1e6:.0f} µs to learn, {planning / calls * 1e6:.0f} µs to plan")


def main() -> None:
    """Made-up histories, and the real ones if a file of them is given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--histories", type=Path)
    parser.add_argument("--interval", type=float, default=15.0, help="minutes between two polls, in the mean")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.histories:
        measure("real histories", real(given.histories), given.interval * 60, given.seed)
    else:
        print("No --histories: only made-up ones are measured.")
    measure("made-up histories", made_up(given.seed), given.interval * 60, given.seed)


if __name__ == "__main__":
    main()

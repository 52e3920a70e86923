"""What a feed brought, and its state now, become its health with the reason in plain words and figures."""

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from monitor.model import Feed, FeedState, Page, Sighting

DAY_S = 86_400.0
FAILURES = 3  # polls in a row, before a feed counts as failing
INTERVALS = 4  # of a feed that is asked less than daily must pass without success before it is dead
# A day has so many more articles than usual when a feed is flooded. Tuned on simulated feeds: see the tests.
FLOOD_LEAST = 50
FLOOD_TIMES = 5.0
FLOOD_OVER = 3.0  # times the usual: below that on two days, the flood is over
FLOOD_DAYS = 7  # of history that a judgement on volume takes
# A silence is told when a feed that keeps its habit has one as long in fewer than one week of 10,000, and when it is
# so much less likely than the least likely of its own: holidays and bursts are habits too.
CHANCE = 1e-4
BEYOND = 1.5
PEAK = 4.0  # times its mean a feed brings in the hours that it prefers
HISTORY = timedelta(days=28)
PAUSE_DAYS, PAUSE_NEWS = 14, 12  # days polled, and polls that brought news, before pauses are a habit
FARTHEST = timedelta(days=90)
LEAST_EVEN, MOST_EVEN = 0.1, 30.0
DOUBT = 5.0  # four weeks make days look more alike than they are
# Of the newest pages so many must be walls, and so few for it to be over.
WALLS = 4
WALLED, OPEN = 0.6, 1 / 3
REFUSED = re.compile(r"\bstatus (401|402|403|406|429|451)\b")
WALL_SIGNS = (
    ("asks for consent", "a consent wall"),
    ("proof that we are no robot", "a check for robots"),
    ("only to browsers that run scripts", "pages that need scripts"),
)


class Health(StrEnum):
    """How a feed does."""

    WELL = ""
    FAILING = "failing"  # its polls fail, but not for long
    DEAD = "dead"  # its polls fail for too long, or its server says that it is gone
    QUIET = "quiet"  # nothing new for far longer than it is its habit
    FLOODED = "flooded"  # far more articles a day than it is its habit
    WALLED = "walled"  # its pages are consent walls and blocks instead of articles


@dataclass(frozen=True, slots=True)
class Chart:
    """A feed, what was said of it last, and what it shows today."""

    feed: Feed
    health: Health
    since: datetime | None  # when that was said
    latest_at: datetime | None  # when it last showed something new
    today: int  # new articles on this day (UTC), and on the one before
    yesterday: int
    notes: tuple[str, ...]  # of its newest pages of the last day, newest first; empty for those that could be read


@dataclass(frozen=True, slots=True)
class Pauses:
    """How long a feed is usually silent."""

    until: datetime  # beyond this its present silence is no habit any more
    longest_s: float  # of its pauses in so many days
    days: int


@dataclass(frozen=True, slots=True)
class Usual:
    """What a feed usually brings."""

    by_weekday: tuple[float, ...]  # articles a day, Monday first
    most: float  # that no day of its history reaches, but for outliers
    days: int  # that this is known from
    pauses: Pauses | None = None  # how long it is silent; None when too little is known

    @property
    def a_day(self) -> float:
        """Articles on the average day."""
        return sum(self.by_weekday) / 7


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a feed does, and why that is said."""

    health: Health
    why: str = ""


def usual(articles: Mapping[date, int], pauses: Pauses | None = None) -> Usual:
    """What a feed usually brings, from the days on which it could be polled.

    No day counts for more than twice the third busiest: one flood does not change a habit.
    """
    counts = sorted(articles.values(), reverse=True)
    most = 2.0 * counts[min(2, len(counts) - 1)] if counts else 0.0
    capped = {day: min(float(count), most) for day, count in articles.items()}
    mean = sum(capped.values()) / len(capped) if capped else 0.0
    sums, days = [mean] * 7, [1] * 7  # the mean counts as one day of each weekday
    for day, count in capped.items():
        sums[day.weekday()] += count
        days[day.weekday()] += 1
    return Usual(tuple(total / n for total, n in zip(sums, days, strict=True)), most, len(capped), pauses)


def pauses(news: Sequence[datetime], polled: Collection[date]) -> Pauses | None:
    """How long a feed is usually silent, from the times when it had something new and the days it was polled on.

    The newest of these times begins its present silence. Articles that came together count once.
    """
    times = sorted(set(news))
    if not times:
        return None
    latest = times[-1]
    times = [at for at in times if at >= latest - HISTORY]
    days = [day for day in polled if times[0].date() <= day <= latest.date()]
    if len(times) < PAUSE_NEWS or len(days) < PAUSE_DAYS:
        return None
    rhythm = _rhythm(times, days)
    known = frozenset(days)
    # A day on which nobody asked tells nothing about a pause.
    gaps = [(after - before, before, after) for before, after in pairwise(times) if _covered(before, after, known)]
    longest = sorted(gaps, reverse=True)[:20]
    rarest = max((_surprise(before, after, rhythm) for _, before, after in longest), default=0.0)
    a_week = sum(sum(hours) for hours in rhythm.rates)
    needed = max(math.log(max(a_week, 1.0) / CHANCE), BEYOND * rarest)
    longest_s = longest[0][0].total_seconds() if longest else 0.0
    return Pauses(_when(latest, needed, rhythm), longest_s, (latest.date() - times[0].date()).days + 1)


@dataclass(frozen=True, slots=True)
class _Rhythm:
    """How often an hour brings news, by weekday and hour of the day (UTC), and how alike the days are."""

    rates: tuple[tuple[float, ...], ...]
    evenness: float  # the shape of a gamma distribution, by which a day is busier or slower than its mean

    def surprise(self, expected: float) -> float:
        """The negative logarithm of the chance that a day, or a part of one, brings nothing."""
        return self.evenness * math.log1p(expected / self.evenness)


def _rhythm(times: Sequence[datetime], days: Sequence[date]) -> _Rhythm:
    mean = len(times) / len(days)
    counts = Counter(at.date() for at in times)
    sums, n = [mean] * 7, [1] * 7  # the mean counts as one day of each weekday
    for day in days:
        sums[day.weekday()] += counts[day]
        n[day.weekday()] += 1
    usually = [total / number for total, number in zip(sums, n, strict=True)]
    by_hour = [0.25] * 24
    for at in times:
        for hour, share in ((at.hour - 1, 0.25), (at.hour, 0.5), (at.hour + 1, 0.25)):
            by_hour[hour % 24] += share
    whole = sum(by_hour)
    # Days that differ by more than chance: nothing on one of them says less.
    expected = [usually[day.weekday()] for day in days]
    excess = sum((counts[day] - due) ** 2 - due for day, due in zip(days, expected, strict=True))
    evenness = sum(due * due for due in expected) / max(excess, 1e-9) / DOUBT
    rates = tuple(tuple(a_day * share / whole for share in by_hour) for a_day in usually)
    return _Rhythm(rates, min(max(evenness, LEAST_EVEN), MOST_EVEN))


def _covered(before: datetime, after: datetime, known: Collection[date]) -> bool:
    days = (after.date() - before.date()).days
    return all(before.date() + timedelta(days=number) in known for number in range(days + 1))


def _surprise(start: datetime, end: datetime, rhythm: _Rhythm) -> float:
    """The negative logarithm of the chance that nothing comes in this time."""
    at, passed, today = start, 0.0, 0.0
    while at < end:
        step = min(_next_hour(at), end)
        today += rhythm.rates[at.weekday()][at.hour] * (step - at).total_seconds() / 3600
        if step.hour < at.hour:
            passed, today = passed + rhythm.surprise(today), 0.0
        at = step
    return passed + rhythm.surprise(today)


def _when(start: datetime, needed: float, rhythm: _Rhythm) -> datetime:
    """The hour at which silence since the start would be so surprising."""
    at, passed, today = start, 0.0, 0.0
    while at < start + FARTHEST and passed + rhythm.surprise(today) < needed:
        step = _next_hour(at)
        today += rhythm.rates[at.weekday()][at.hour] * (step - at).total_seconds() / 3600
        if step.hour < at.hour:
            passed, today = passed + rhythm.surprise(today), 0.0
        at = step
    return at


def _next_hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def needs_history(chart: Chart, *, quiet_after_s: float) -> bool:
    """Whether the feed can be judged only beside its habit: it is silent for long, or brings much."""
    much = chart.today >= FLOOD_LEAST or chart.health is Health.FLOODED
    return much or is_silent(chart, quiet_after_s=quiet_after_s)


def is_silent(chart: Chart, *, quiet_after_s: float) -> bool:
    """Whether it brought nothing new for so long that this may be odd, at the best of its hours."""
    silence_s, a_day = _silence_s(chart), max(chart.today, chart.yesterday)
    if silence_s < quiet_after_s or chart.health is Health.QUIET:
        return silence_s >= quiet_after_s
    return not a_day or a_day * PEAK * silence_s / DAY_S >= math.log(7 * a_day / CHANCE)


def judge(chart: Chart, now: datetime, habit: Usual | None, *, dead_after_s: float, quiet_after_s: float) -> Verdict:
    """How a feed does now. What was said before stands until it is clearly over."""
    feed = chart.feed
    if feed.state is FeedState.GONE:
        return Verdict(Health.DEAD, "its server says that it is gone for good (410)")
    if feed.failures or (chart.health is Health.DEAD and not _polled_since(chart)):
        return _failing(chart, now, dead_after_s)
    why = _quiet(chart, habit, quiet_after_s)
    if why is not None:
        return Verdict(Health.QUIET, why)
    why = _walled(chart)
    if why is not None:
        return Verdict(Health.WALLED, why)
    why = _flooded(chart, now, habit)
    if why is not None:
        return Verdict(Health.FLOODED, why)
    return Verdict(Health.WELL, _recovered(chart, now))


def _failing(chart: Chart, now: datetime, dead_after_s: float) -> Verdict:
    feed = chart.feed
    patience = max(dead_after_s, INTERVALS * feed.interval_s)
    last = feed.succeeded_at
    lost_s = (now - last).total_seconds() if last else INTERVALS * DAY_S
    error = feed.last_error.rstrip(".")
    if chart.health is Health.DEAD:
        return Verdict(Health.DEAD)
    # A feed that never came has an age that nobody knows: six tries are eight hours, as its waits double.
    if feed.failures >= (FAILURES if last else 2 * FAILURES) and lost_s >= patience:
        since = f"no success for {span(lost_s)}" if last else "it never came"
        return Verdict(Health.DEAD, f"{since}, {feed.failures} failures in a row: {error}")
    if chart.health not in (Health.WELL, Health.FAILING):
        return Verdict(chart.health)
    if chart.health is Health.FAILING or feed.failures >= FAILURES:
        return Verdict(Health.FAILING, f"{feed.failures} failures in a row: {error}")
    return Verdict(Health.WELL)


def _polled_since(chart: Chart) -> bool:
    """Whether a poll succeeded since it was said how the feed does; a new address alone revives nobody."""
    polled = chart.feed.succeeded_at
    return polled is not None and (chart.since is None or polled > chart.since)


def _silence_s(chart: Chart) -> float:
    """For how long its polls were good and brought nothing new. What failed, or was not asked, is no silence."""
    polled, latest = chart.feed.succeeded_at, chart.latest_at
    return (polled - latest).total_seconds() if polled and latest else 0.0


def _quiet(chart: Chart, habit: Usual | None, quiet_after_s: float) -> str | None:
    silence_s = _silence_s(chart)
    if chart.health is Health.QUIET and chart.latest_at and chart.since and chart.latest_at <= chart.since:
        return ""
    pauses = habit.pauses if habit else None
    polled = chart.feed.succeeded_at
    if not habit or not pauses or not polled or silence_s < quiet_after_s or polled < pauses.until:
        return None
    return (
        f"nothing new for {span(silence_s)}; it usually brings {_rounded(habit.a_day)} a day, "
        f"and its longest pause in {pauses.days} days was {span(pauses.longest_s)}"
    )


def _walled(chart: Chart) -> str | None:
    walls = [wall_of(note) for note in chart.notes]
    if chart.health is Health.WALLED:
        newest = walls[: 2 * FAILURES]
        over = len(newest) >= FAILURES and sum(map(bool, newest)) < OPEN * len(newest)
        return None if over else ""
    met = [wall for wall in walls if wall]
    if len(met) < WALLS or len(met) < WALLED * len(walls):
        return None
    kind = max(dict.fromkeys(met), key=met.count)
    return f"{len(met)} of its {len(walls)} newest pages ended at {kind}"


def wall_of(note: str) -> str:
    """What stood where an article should be, in plain words; empty when the note tells of something else."""
    refused = REFUSED.search(note)
    if refused:
        return f"a refusal ({refused[1]})"
    return next((wall for sign, wall in WALL_SIGNS if sign in note), "")


def _flooded(chart: Chart, now: datetime, habit: Usual | None) -> str | None:
    if habit is None or habit.days < FLOOD_DAYS:
        return "" if chart.health is Health.FLOODED else None
    expected = max(habit.by_weekday[now.weekday()], habit.a_day)
    if chart.health is Health.FLOODED:
        limit = max(FLOOD_LEAST, FLOOD_OVER * expected)
        return "" if max(chart.today, chart.yesterday) >= limit else None
    if chart.today < FLOOD_LEAST or chart.today <= max(FLOOD_TIMES * expected, habit.most):
        return None
    return f"{chart.today} new articles today; {_rounded(expected)} are usual"


def _recovered(chart: Chart, now: datetime) -> str:
    if not chart.health or not chart.since:
        return ""
    after = f"back after {span((now - chart.since).total_seconds())}"
    new = "nothing new today yet" if not chart.today else f"{chart.today} new article{'s' * (chart.today > 1)} today"
    return f"{after}, {new}"


def span(seconds: float) -> str:
    """A length of time, as people say it."""
    if seconds < 7200:
        return f"{max(0, round(seconds))} s" if seconds < 90 else f"{round(seconds / 60)} min"
    return f"{round(seconds / 3600)} h" if seconds < 2 * DAY_S else f"{round(seconds / DAY_S)} days"


def _rounded(number: float) -> str:
    return f"{number:.0f}" if number >= 3 else f"{number:.1f}"


# Validators that lie: a server may say "unchanged" (304) for weeks while its feed goes on.

WHOLE_EVERY = 24  # usual intervals, and a day at least: one poll in so many asks for the whole feed, come what may
DISTRUST = timedelta(days=7)
LATE_S = 6 * 3600.0  # an entry dated so long before a 304 should have come instead of it
UNTIL = re.compile(r"asked for all of it until (\d{4}-\d{2}-\d{2})")


def ask_whole(feed: Feed, now: datetime) -> bool:
    """Whether a poll should ask for the whole feed, without validators: once a day, and where they have lied."""
    if not (feed.etag or feed.last_modified) or _distrusted(feed.note, now):
        return True
    pause = timedelta(seconds=max(DAY_S, WHOLE_EVERY * feed.interval_s))
    return feed.whole_at is None or now - feed.whole_at >= pause


def note_of(feed: Feed, page: Page, fresh: Sequence[Sighting], now: datetime, *, whole: bool) -> str:
    """What is odd about a feed after a poll; `feed` is as it was before, `whole` whether all of it was asked for.

    `fresh` is what the poll showed for the first time.
    """
    until = f"it is asked for all of it until {(now + DISTRUST).date().isoformat()}"
    if whole and page.status == 304:
        return f"its server said 'unchanged' (304) to a poll that asked for all of it; {until}"
    if whole and page.status == 200 and _lied(feed, page, fresh):
        if _distrusted(feed.note, now):
            return UNTIL.sub(until.removeprefix("it is "), feed.note)
        told = f" for {span((now - feed.whole_at).total_seconds())}" if feed.whole_at else ""
        return f"its server said 'unchanged'{told}, and it had changed; {until}"
    return feed.note if not UNTIL.search(feed.note) or _distrusted(feed.note, now) else ""


def _distrusted(note: str, now: datetime) -> bool:
    found = UNTIL.search(note)
    return found is not None and now.date().isoformat() < found[1]


def _lied(feed: Feed, page: Page, fresh: Sequence[Sighting]) -> bool:
    """Whether a poll with validators would have hidden news, or did."""
    # A body may differ in the time at which it was made: only news is proof. Without a whole body before, all is new.
    if not fresh or not feed.succeeded_at or not feed.whole_at or not (feed.etag or feed.last_modified):
        return False
    if (page.etag, page.last_modified) == (feed.etag, feed.last_modified):
        return True
    # Other validators now: it lied if what came out well before the last 304 is shown only now.
    asked = feed.succeeded_at - timedelta(seconds=LATE_S)
    dates = [sighting.entry.published_at for sighting in fresh if sighting.entry.published_at]
    missed = [at for at in dates if feed.whole_at < at <= asked]
    return 2 * len(missed) > len(dates) > 0

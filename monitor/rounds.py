"""A round: ask how every feed does, and save what is worth telling."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from loguru import logger
from sqlalchemy.engine import Engine

from monitor.edge import feed_days, health
from monitor.edge.clock import clock
from monitor.errors import StoreError
from monitor.model import Feed
from monitor.settings import HealthConfig
from monitor.think import health as judging
from monitor.think import render_health

# So many feeds a round asks the database for at once: 10 to 20 ms, in which the beats wait for it.
ROUND = 200
# So many habits a round learns, at 1 to 3 ms each: at night half of all feeds are silent.
LEARN = 1000


class Rounds:
    """The rounds over the feeds: how each does, and what is told of it. It keeps what it learnt of their habits."""

    def __init__(
        self, engine: Engine, on_disk: Callable[..., Awaitable[Any]], settings: Callable[[], HealthConfig]
    ) -> None:
        self._engine = engine
        self._on_disk = on_disk  # runs work on the database without holding up the loop
        self._settings = settings  # those in force
        # After a start the feeds are polled first: what was not asked is not dead.
        self._due_at = clock() + timedelta(seconds=settings().every)
        self._learnt: dict[int, _Learnt] = {}
        self._swept: date | None = None  # the day on which old days were dropped
        self._turn = 0
        self._lessons = 0  # that this round has left

    async def tick(self) -> None:
        """Go a round when it is time for one."""
        settings, now = self._settings(), clock()
        every = timedelta(seconds=settings.every)
        # Further away than an interval: the clock was set back.
        if not settings.enabled or timedelta(0) < self._due_at - now <= every:
            return
        self._due_at = now + every
        try:
            await self.go(now)
        except StoreError as error:
            logger.error("the health of the feeds cannot be judged: {} {}", error, error.hint)
        except Exception as error:  # noqa: BLE001 - as in a beat: a bug costs one round, never the daemon
            logger.opt(exception=error).error("a fault in the program met the judging of the feeds' health")

    async def go(self, now: datetime) -> tuple[render_health.Noticed, ...]:
        """Judge every feed, and save what is worth an event with the notices that it owes."""
        findings: list[render_health.Finding] = []
        reached = lost = 0
        anchor: Feed | None = None
        kinds = (render_health.STORM, render_health.CALM)
        weather = await self._on_disk(health.latest_event, self._engine, kinds)
        async for chart in self._charts(now):
            feed = anchor = chart.feed
            seen = render_health.is_reached(chart, now)
            reached, lost = reached + (seen is True), lost + (seen is False)
            verdict = await self._judge(chart, now)
            if verdict.health is not chart.health and not _waits(feed, verdict, weather):
                found = (feed.name, feed.id, feed.url, chart.health, verdict.health, verdict.why)
                findings.append(render_health.Finding(*found))
        if anchor is None:
            return ()
        since = weather.noticed_at if weather and weather.health == render_health.STORM else None
        return await self._save(findings, render_health.Reach(reached, lost, anchor), since, now)

    async def _save(
        self,
        findings: Sequence[render_health.Finding],
        reach: render_health.Reach,
        since: datetime | None,
        now: datetime,
    ) -> tuple[render_health.Noticed, ...]:
        settings = self._settings()
        noticed = render_health.notice(findings, reach, since, now, settings.tell)
        if not noticed:
            return ()
        events = [_event(item, now) for item in noticed]
        calm = any(event.health == render_health.CALM for event in events)
        await self._on_disk(health.save_events, self._engine, events, settings.receivers, now, wake=calm)
        for event in events:
            logger.bind(feed=event.feed, health=event.health).warning(
                "{}: {} ({})", event.feed if not event.many else "the feeds", event.health or "well again", event.why
            )
        return noticed

    async def _charts(self, now: datetime) -> AsyncIterator[judging.Chart]:
        after, sweep = 0, self._swept != now.date()
        self._turn, self._lessons = self._turn + 1, LEARN
        while batch := await self._on_disk(health.glances, self._engine, after, now, ROUND, self._turn):
            if sweep:
                last = batch[-1].feed.id
                await self._on_disk(feed_days.forget_days, self._engine, after + 1, last, now)
            for seen in batch:
                said = judging.Health(seen.health)
                yield judging.Chart(seen.feed, said, seen.since, seen.latest_at, seen.today, seen.yesterday, seen.notes)
            after = batch[-1].feed.id
        self._swept = now.date()

    async def _judge(self, chart: judging.Chart, now: datetime) -> judging.Verdict:
        settings = self._settings()
        quiet_after = settings.quiet_after
        habit: judging.Usual | None = None
        if judging.needs_history(chart, quiet_after_s=quiet_after):
            silent = judging.is_silent(chart, quiet_after_s=quiet_after)
            habit = await self._habit(chart, now, chart.latest_at if silent else None)
        else:
            self._learnt.pop(chart.feed.id, None)
        return judging.judge(chart, now, habit, dead_after_s=settings.dead_after, quiet_after_s=quiet_after)

    async def _habit(self, chart: judging.Chart, now: datetime, silent_since: datetime | None) -> judging.Usual | None:
        """The feed's habit: learnt once for each of its long silences, and otherwise once a day; if need be, later."""
        key = chart.feed.id
        known = self._learnt.get(key)
        if known and (known.silent_since == silent_since if silent_since else known.day == now.date()):
            return known.habit
        if not self._lessons:
            return None
        self._lessons -= 1
        start = (chart.latest_at or now) - judging.HISTORY
        past = await self._on_disk(health.history, self._engine, key, start, now.date())
        pauses = judging.pauses(past.news, past.polled) if silent_since else None
        habit = judging.usual(past.articles, pauses)
        self._learnt[key] = _Learnt(now.date(), silent_since, habit)
        return habit


def _waits(feed: Feed, verdict: judging.Verdict, weather: health.Event | None) -> bool:
    """Whether a feed that fails was not asked again since our own network came back."""
    if not weather or weather.health != render_health.CALM or not feed.failures or not feed.polled_at:
        return False
    return verdict.health in (judging.Health.DEAD, judging.Health.FAILING) and feed.polled_at <= weather.noticed_at


@dataclass(frozen=True, slots=True)
class _Learnt:
    day: date
    silent_since: datetime | None
    habit: judging.Usual


def _event(item: render_health.Noticed, now: datetime) -> health.Event:
    found = item.finding
    return health.Event(
        item.uid,
        found.feed,
        found.feed_id,
        found.before,
        found.health,
        found.why,
        now,
        url=found.url,
        told=item.told,
        many=item.many,
    )

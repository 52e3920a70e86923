"""What a daemon does at intervals it goes on doing, whichever part of the work is its own, and however clocks jump."""

from datetime import timedelta
from pathlib import Path

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from counter import counter
from other_world import COMPILER, WHY_NOT, World
from test_faults import Daemon, at_work, nothing_lost

from monitor.daemon import ROLES, make_beats, make_rounds
from monitor.heartbeat import Heartbeat, Standing
from monitor.timetable import put_on

OLD = "SELECT count(*) FROM page WHERE article_id NOT IN (SELECT article_id FROM match)"  # once a day has passed
SHARED = {"poll": {"health", "share"}, "tell": {"retention", "names"}}
ALWAYS = {"heartbeat"}


@pytest.mark.parametrize("roles", [ROLES, ("poll",), ("tell",), ("read", "deliver")], ids=",".join)
async def test_each_round_of_a_role_is_gone_and_retention_is_among_them(tmp_path: Path, roles: tuple[str, ...]) -> None:
    async def stands() -> Standing:
        return Standing()

    async with counter(tmp_path, "") as one:
        beats = make_beats(one.pipeline, frozenset(roles))
        rounds = make_rounds(one.pipeline, beats, Heartbeat(beats, stands, print))
        jobs = put_on(AsyncIOScheduler(timezone="UTC"), rounds, one.pipeline, beats.roles).get_jobs()
    expected = ALWAYS.union(roles, *(SHARED.get(role, set()) for role in roles), ["notice"] * ("deliver" in roles))
    assert {job.id for job in jobs} == expected
    assert {each.name for each in rounds if not each.role or each.role in roles} == expected
    intervals = {each.name: each.every_s for each in rounds}
    assert {job.id: job.trigger.interval.total_seconds() for job in jobs} == {
        name: intervals[name] for name in expected
    }
    assert all(job.coalesce and job.misfire_grace_time is None for job in jobs), "none is passed over for being late"


def jumped(daemon: Daemon, world: World, ahead: timedelta, said: str) -> None:
    """Set the clock, and wait until the daemon noticed."""
    world.set_clock(ahead)
    daemon.until(lambda: daemon.logged(said), said)
    daemon.until(lambda: said in daemon.said(), "the status says so, too")


@pytest.mark.slow
@pytest.mark.skipif(COMPILER is None, reason=WHY_NOT)
def test_hours_and_days_forward_and_back_under_a_running_daemon_lose_and_repeat_nothing(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    limits = '[retention]\npages_age = "1d"\nevery = "1h"\n'
    with at_work(tmp_path, tmp_path / "monitor.db", more=limits, **world.environ) as daemon:
        daemon.until(lambda: daemon.told_of(6), "the first articles")

        jumped(daemon, world, timedelta(hours=3), "the clock was set forward by 10")
        daemon.day.publish(6)
        daemon.until(lambda: daemon.told_of(12), "work goes on three hours later")

        jumped(daemon, world, timedelta(hours=-6), "the clock was set back by 32")
        daemon.until(lambda: daemon.logged("are due as long after now"), "what was put off is put back")
        daemon.day.publish(6)
        daemon.until(lambda: daemon.told_of(18), "and goes on six hours before it began")

        assert daemon.count(OLD) > 0
        jumped(daemon, world, timedelta(days=3), "the clock was set forward by 28")
        daemon.until(lambda: daemon.count(OLD) == 0, "the round of retention is gone when it is due")
        daemon.day.publish(6)
        daemon.until(lambda: daemon.told_of(24), "work goes on three days later")
        jumped(daemon, world, timedelta(days=2), "the clock was set back by 86")
        daemon.day.publish()
        daemon.until(lambda: daemon.told_of(40), "and a day before, and all that comes is told")
        daemon.stop()
        nothing_lost(daemon)
        told = [message["id"] for message in daemon.day.received()]
        assert len(told) == len(set(told)), "nothing is told twice"

"""What a daemon does at intervals it goes on doing, whichever part of the work is its own, and however clocks jump."""

import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from counter import counter
from test_faults import Daemon, at_work, nothing_lost

from monitor.daemon import ROLES, make_beats, make_rounds
from monitor.heartbeat import Heartbeat, Standing
from monitor.timetable import put_on

COMPILER = shutil.which("cc")
# The wall clock of a process that is started with it, and that one alone, is ahead by what stands in a file. (What is
# to be had for this, libfaketime, breaks how Python sleeps.)
AHEAD = """
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t which, struct timespec *now) {
    int done = syscall(SYS_clock_gettime, which, now);
    const char *path = getenv("CLOCK_AHEAD");
    if (which == CLOCK_REALTIME && path) {
        char said[32] = {0};
        int file = open(path, O_RDONLY | O_CLOEXEC);
        if (file >= 0) {
            if (read(file, said, sizeof said - 1) > 0) now->tv_sec += atol(said);
            close(file);
        }
    }
    return done;
}
"""
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


class Clock:
    """The clock that a process goes by, which may be set."""

    def __init__(self, folder: Path) -> None:
        self.path, self.library = folder / "ahead", folder / "ahead.so"
        source = folder / "ahead.c"
        source.write_text(AHEAD, "utf-8")
        subprocess.run([str(COMPILER), "-shared", "-fPIC", "-O1", "-o", self.library, source], check=True)
        self.set(timedelta())

    def set(self, ahead: timedelta) -> None:
        said = self.path.with_suffix(".new")
        said.write_text(f"{ahead.total_seconds():.0f}", "utf-8")
        said.replace(self.path)

    def environ(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(self.library), "CLOCK_AHEAD": str(self.path)}


def jumped(daemon: Daemon, clock: Clock, ahead: timedelta, said: str) -> None:
    """Set the clock, and wait until the daemon noticed."""
    clock.set(ahead)
    daemon.until(lambda: daemon.logged(said), said)


@pytest.mark.slow
@pytest.mark.skipif(COMPILER is None, reason="a clock of its own for a process needs a C compiler")
def test_hours_forward_and_back_under_a_running_daemon_lose_and_repeat_nothing(tmp_path: Path) -> None:
    clock = Clock(tmp_path)
    limits = '[retention]\npages_age = "1d"\nevery = "1h"\n'
    with at_work(tmp_path, tmp_path / "monitor.db", more=limits, **clock.environ()) as daemon:
        daemon.until(lambda: daemon.told_of(6), "the first articles")

        jumped(daemon, clock, timedelta(hours=3), "the clock was set forward by 10")
        daemon.day.publish(6)
        daemon.until(lambda: daemon.told_of(12), "work goes on three hours later")

        jumped(daemon, clock, timedelta(hours=-6), "the clock was set back by 32")
        daemon.until(lambda: daemon.logged("are due as long after now"), "what was put off is put back")
        daemon.day.publish(6)
        daemon.until(lambda: daemon.told_of(18), "and goes on six hours before it began")

        assert daemon.count(OLD) > 0
        jumped(daemon, clock, timedelta(days=3), "the clock was set forward by 28")
        daemon.until(lambda: daemon.count(OLD) == 0, "the round of retention is gone when it is due")
        daemon.day.publish()
        daemon.until(lambda: daemon.told_of(40), "and all that comes is told")
        daemon.stop()
        nothing_lost(daemon)
        told = [message["id"] for message in daemon.day.received()]
        assert len(told) == len(set(told)), "nothing is told twice"

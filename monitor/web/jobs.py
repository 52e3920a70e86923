"""Topics are put to the archive one after the other, beside the requests; each can be followed, and cancelled."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Lock

from loguru import logger
from sqlalchemy.engine import Engine

from monitor.edge.backtests import Backtest, Plan, finish, next_articles, open_backtest, remaining
from monitor.errors import MonitorError
from monitor.trials import Comparison, put
from monitor.web.problems import RefusedError

BATCH = 50  # articles between two looks at whether it is cancelled: about a tenth of a second
WAITING = 8  # that may wait for their turn
KEPT = 50  # that are remembered after their end


@dataclass(slots=True)
class Job:
    """A backtest on its way."""

    number: int
    total: int  # articles that were to be read when it began
    state: str = "waiting"  # waiting, running, done, cancelled, failed
    error: str = ""
    cancelled: Event = field(default_factory=Event)

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.state not in {"waiting", "running"}


class Jobs:
    """The backtests of this process, one at a time: each keeps a processor busy."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "backtest")
        self._jobs: dict[int, Job] = {}
        self._turn = Lock()

    def close(self) -> None:
        """Stop them all; what they came to is saved, and the same question goes on from there."""
        for job in list(self._jobs.values()):
            job.cancelled.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def find(self, number: int) -> Job | None:
        """The job of a backtest, if it was begun here."""
        return self._jobs.get(number)

    def start(
        self, engine: Engine, comparison: Comparison, plan: Plan, clock: Callable[[], datetime], *, fresh: bool
    ) -> Job:
        """Begin a backtest, or go on with it; one that is on its way already is given back as it is."""
        with self._turn:
            begun = open_backtest(engine, plan, clock(), fresh=fresh)
            known = self._jobs.get(begun.id)
            if known and not known.is_over:
                return known
            if sum(not job.is_over for job in self._jobs.values()) >= WAITING:
                raise RefusedError(429, "too many backtests wait for their turn", hint="cancel one, or wait")
            job = Job(begun.id, begun.read + remaining(engine, begun))
            self._jobs[job.number] = job
            for over in [number for number, each in self._jobs.items() if each.is_over][:-KEPT]:
                del self._jobs[over]
        self._pool.submit(self._work, engine, comparison, begun, clock, job)
        return job

    def _work(
        self, engine: Engine, comparison: Comparison, state: Backtest, clock: Callable[[], datetime], job: Job
    ) -> None:
        job.state = "running"
        try:
            while not job.cancelled.is_set() and (articles := next_articles(engine, state, BATCH)):
                state = put(engine, comparison, state, articles, clock())
            if job.cancelled.is_set():
                job.state = "cancelled"
                return
            if not state.finished_at:
                finish(engine, state, clock())
            job.state = "done"
        except MonitorError as error:
            job.state, job.error = "failed", str(error)
        except Exception as error:  # noqa: BLE001 - a bug costs this job, and not the process
            logger.opt(exception=error).error("backtest {} failed", job.number)
            job.state, job.error = "failed", "something went wrong, and was written into the log"

"""CPU work goes to processes that can be killed: limited in time and memory, one task's end harms no other."""

import asyncio
import ctypes
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as LateError
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from monitor.edge import meters
from monitor.edge.turns import Turns
from monitor.errors import ExtractError

Result = TypeVar("Result")
# Loaded once, before the workers fork: a new worker is there in milliseconds, and shares this memory.
PRELOAD = ("monitor.edge.workers", "monitor.think.warm", "monitor.think.parse")
_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)
# Ctrl-C and systemd reach every process of the service; these are the owner's to heed, and it ends its workers.
_OWNERS = {signal.SIGINT, signal.SIGTERM}


class _Process(ForkServerProcess):
    """A worker, deaf to SIGTERM: it is ended by SIGKILL alone."""

    def terminate(self) -> None:
        self.kill()


class _Context(ForkServerContext):
    Process = _Process


class Workers:
    """A pool of worker processes; they are recycled after `max_tasks` tasks, and end with their owner."""

    def __init__(
        self,
        processes: int,
        *,
        timeout_s: float = 10.0,
        memory_bytes: int = 2**30,
        max_tasks: int = 500,
        preload: Sequence[str] = PRELOAD,
    ) -> None:
        self.processes = processes
        self.timeout_s = timeout_s
        self.memory_bytes = memory_bytes
        self.max_tasks = max_tasks
        self.preload = list(preload)
        self._running: set[Future[Any]] = set()
        # One more than there are processes: the next piece is at hand when one of them is done.
        self._turns = Turns(processes + 1)
        self._starting = asyncio.Lock()
        self._pool: ProcessPool | None = None
        self._ahead: asyncio.Task[ProcessPool] | None = None

    async def __aenter__(self) -> Self:
        # The first task finds them ready, and whoever starts the service need not wait for them.
        self._ahead = asyncio.create_task(self._ready())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._ahead is not None:
            await asyncio.gather(self._ahead, return_exceptions=True)
        for future in set(self._running):
            future.cancel()
        if self._pool is not None:
            await asyncio.to_thread(_stop, self._pool)

    async def run(
        self,
        function: Callable[..., Result],
        *args: object,
        timeout_s: float | None = None,
        urgent: bool = False,
        heavy: bool = False,
    ) -> Result:
        """Call a function in a worker and return its result, or raise what it raised.

        Urgent work goes before all other. Of heavy work, which takes much memory, one piece is done at a time.
        ExtractError with the reason timeout, memory or crashed when the worker had to be killed or died of it.
        """
        limit = timeout_s or self.timeout_s
        try:
            async with self._turns.take(urgent=urgent, heavy=heavy):
                pool = await self._ready()
                work: Callable[..., Result] = partial(_giving_back, function) if heavy else function
                future = pool.schedule(work, args=args, timeout=limit)
                self._running.add(future)
                future.add_done_callback(self._running.discard)
                return await asyncio.wrap_future(future)
        except LateError as error:
            meters.worker_died("timeout")
            raise ExtractError(f"took longer than {limit:g} s", reason="timeout") from error
        except MemoryError as error:
            meters.worker_died("memory")
            raise ExtractError("needed more memory than a worker may take", reason="memory") from error
        except ProcessExpired as error:
            meters.worker_died("crashed")
            raise ExtractError(f"a worker died of it (exit code {error.exitcode})", reason="crashed") from error
        except BrokenProcessPool as error:
            meters.worker_died("crashed")
            raise ExtractError("the workers broke down while they were at it", reason="crashed") from error

    async def _ready(self) -> ProcessPool:
        """The pool, started; a new one when the last worker of the old one was killed from outside."""
        async with self._starting:
            if self._pool is None or not self._pool.active:
                broken, self._pool = self._pool, None
                if broken is not None:
                    await asyncio.to_thread(_stop, broken)
                self._pool = await asyncio.to_thread(self._start)
            return self._pool

    def _start(self) -> ProcessPool:
        context = _Context()
        context.set_forkserver_preload(self.preload)
        _start_server()
        pool = ProcessPool(
            max_workers=self.processes,
            max_tasks=self.max_tasks,
            initializer=_limit,
            initargs=(self.memory_bytes,),
            context=context,
        )
        if not pool.active:  # asking starts it
            raise BrokenProcessPool("the workers cannot be started")
        return pool


def _start_server() -> None:
    """Start the process that workers are forked from, if it is not there, deaf to what its owner must hear."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _OWNERS)
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _stop(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves this one bare
    pool.join()


def _giving_back(function: Callable[..., Result], *args: object) -> Result:
    """Do heavy work, and give the memory that it took back to the system: a worker lives on for hundreds of pages."""
    try:
        return function(*args)
    finally:
        if sys.platform == "linux":
            trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # not every C library has it
            if trim is not None:
                trim(0)


def _limit(memory_bytes: int) -> None:
    """Make a worker mortal: it dies with the process it was forked from, which dies with its owner.

    It may take so much memory beside what it starts with.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)
        pages = Path("/proc/self/statm").read_text("ascii").split()[0]
        memory_bytes += int(pages) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    for number in _OWNERS:
        signal.signal(number, signal.SIG_IGN)

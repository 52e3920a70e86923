"""CPU work goes to processes that can be killed: limited in time and memory, one task's end harms no other."""

import asyncio
import ctypes
import multiprocessing
import resource
import signal
import sys
from collections.abc import Callable
from concurrent.futures import TimeoutError as LateError
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from monitor.errors import ExtractError

Result = TypeVar("Result")
# Loaded once, before the workers fork: a new worker is there in milliseconds, and shares this memory.
PRELOAD = ["monitor.think.extract", "monitor.think.parse"]
DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)


class Workers:
    """A pool of worker processes; they are recycled after `max_tasks` tasks, and end with their owner."""

    def __init__(
        self, processes: int, *, timeout_s: float = 10.0, memory_bytes: int = 2**30, max_tasks: int = 500
    ) -> None:
        self.timeout_s = timeout_s
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(PRELOAD)
        self._pool = ProcessPool(
            max_workers=processes,
            max_tasks=max_tasks,
            initializer=_limit,
            initargs=(memory_bytes,),
            context=context,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves this one bare
        await asyncio.to_thread(self._pool.join)

    async def run(self, work: Callable[[], Result], *, timeout_s: float | None = None) -> Result:
        """Do work in a worker and return its result, or raise what it raised.

        ExtractError with the reason timeout, crashed or memory when the worker had to be killed or died.
        """
        timeout_s = timeout_s or self.timeout_s
        future = self._pool.schedule(work, timeout=timeout_s)
        try:
            result: Result = await asyncio.wrap_future(future)
        except LateError as error:
            raise ExtractError(f"took longer than {timeout_s:g} s", reason="timeout") from error
        except ProcessExpired as error:
            raise ExtractError(f"a worker died of it (exit code {error.exitcode})", reason="crashed") from error
        except MemoryError as error:
            raise ExtractError("needed more memory than a worker may take", reason="memory") from error
        return result


def _limit(memory_bytes: int) -> None:
    """Make a worker mortal: it dies with its owner, and may take so much memory beside what it starts with."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DEATH_SIGNAL, signal.SIGKILL)
        pages = Path("/proc/self/statm").read_text("ascii").split()[0]
        memory_bytes += int(pages) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    # Ctrl-C reaches the whole group; whoever owns the workers ends them.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)

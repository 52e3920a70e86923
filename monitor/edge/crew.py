"""Pieces of work go to many processes, here or on other machines, and their results come back in order."""

import faulthandler
import math
import os
import pickle
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, Generic, NamedTuple, TypeVar

import zstandard

from monitor import __version__
from monitor.errors import MonitorError, StoreError

Client = Any  # Dask's own: the package is an extra, and says little of its types
Future = Any
Item = TypeVar("Item")
Result = TypeVar("Result")
_AHEAD = 3  # batches that wait for each process, so that none waits for the next
# A piece may take so much longer than its time: to start a watch takes 50 µs, a sixteenth of what a page takes that is
# passed over, so one lasts for several.
_LEEWAY = 0.1
_PATIENCE_S = 30  # for a cluster to answer
_LOOK_S = 5  # between two looks whether a worker is left,
_LOOKS = 3  # so many of which see none before others are hired: one that died comes back in a few seconds
_EXTRA = "install what it needs: pip install 'monitor[backfill]'"
# Dask keeps the last thousand messages to look into, and so a thousand batches of pages on either side: gigabytes.
_NO_LOG = {"distributed.admin.low-level-log-length": 4}
# Of a local cluster: whatever kills its process is blamed at once, and looked at by itself.
_SETTINGS: dict[str, Any] = {
    "distributed.scheduler.allowed-failures": 0,
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.profile.enabled": False,
    # What it looks at by the clock, for a page that nobody opens, and the moves of work between two equal processes.
    "distributed.admin.tick.interval": "500ms",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.admin.system-monitor.disk": False,
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.scheduler.active-memory-manager.start": False,
}

TOOLS: dict[str, Any] = {}  # of the jobs that this process works on
_one = threading.Lock()  # a process has one watch


@dataclass(frozen=True, slots=True)
class Job(Generic[Item, Result]):
    """What is done with each piece, and with what; all of it can be sent to another process."""

    key: str
    make: Callable[[], Any]  # makes the tools, once in each process
    do: Callable[[Item, Any, bool], Result]  # a piece, with the tools; in haste, when a process did not survive it
    lost: Callable[[Item, str], Result]  # when no process survives it
    limit_s: float  # for one piece
    memory: int  # bytes that a process may take beside what it starts with


class Done(NamedTuple, Generic[Item, Result]):
    """Pieces, and what became of each."""

    items: Sequence[Item]
    results: Sequence[Result]


Crew = Callable[[Iterable[Sequence[Item]]], Iterator[Done[Item, Result]]]


@contextmanager
def crew(job: Job[Item, Result], processes: int, cluster: str = "") -> Iterator[Crew[Item, Result]]:
    """Who does a job: so many processes of this machine, none but this one, or those of a cluster."""
    if not processes and not cluster:
        yield lambda batches: _here(job, batches)
        return
    with ExitStack() as stack:
        client = stack.enter_context(_client(job, processes, cluster))
        yield lambda batches: _away(job, batches, client)


def _here(job: Job[Item, Result], batches: Iterable[Sequence[Item]]) -> Iterator[Done[Item, Result]]:
    tools = job.make()
    for items in batches:
        yield Done(items, [job.do(item, tools, False) for item in items])


@contextmanager
def _client(job: Job[Item, Result], processes: int, cluster: str) -> Iterator[Client]:
    try:
        import dask  # noqa: PLC0415 - heavy, and an extra
        import distributed  # noqa: PLC0415
    except ImportError as error:
        raise StoreError(f"reading in many processes needs Dask: {error}", hint=_EXTRA) from error
    with ExitStack() as stack:
        stack.enter_context(dask.config.set(_NO_LOG))
        if cluster:
            client = stack.enter_context(_open(lambda: distributed.Client(cluster, timeout=_PATIENCE_S), cluster))
        else:
            stack.enter_context(dask.config.set(_SETTINGS))
            client = stack.enter_context(distributed.Client(stack.enter_context(_local(processes))))
        from monitor.edge.kit import Kit  # noqa: PLC0415 - needs the extra

        kit = Kit(job.key, job.make, __version__, 0 if cluster else job.memory)
        try:
            client.register_plugin(kit, name=f"monitor-{job.key}")
        except Exception as error:  # what a worker raises may be of any kind
            hint = f"each of its workers needs monitor {__version__}, with the extra `backfill`"
            raise StoreError(f"the workers cannot do the work: {error}", hint=hint) from error
        if not client.scheduler_info()["workers"]:
            raise StoreError(f"{cluster}: the cluster has no workers", hint="start some: dask worker tcp://…")
        yield client


def _open(opening: Callable[[], Client], address: str) -> Client:
    try:
        return opening()
    except (OSError, ValueError) as error:
        hint = "the address of a Dask scheduler, such as tcp://10.0.0.5:8786"
        raise StoreError(f"{address}: no cluster answers: {error}", hint=hint) from error


def _local(processes: int) -> AbstractContextManager[Any]:
    """A cluster on this machine, which nobody else can speak to."""
    from distributed import LocalCluster  # noqa: PLC0415 - heavy, and an extra
    from distributed.security import Security  # noqa: PLC0415

    @contextmanager
    def opened() -> Iterator[Any]:
        with (
            tempfile.TemporaryDirectory(prefix="monitor-") as scratch,
            LocalCluster(
                n_workers=processes,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                memory_limit=0,  # each has its own, which the system keeps
                # Who can connect can have anything run: on a machine of many users that must be nobody else.
                security=Security.temporary(),
                local_directory=scratch,
                silence_logs=60,  # a process that dies of a page is no news
            ) as cluster,
        ):
            yield cluster

    return opened()


def _pack(values: Sequence[Any]) -> bytes:
    """Values as one piece of bytes: Dask hands them on six times, and would take apart and put together each value."""
    return zstandard.compress(pickle.dumps(values, pickle.HIGHEST_PROTOCOL), 1)


def _unpack(packed: bytes) -> list[Any]:
    values: list[Any] = pickle.loads(zstandard.decompress(packed))  # noqa: S301 - as Dask does, of the same processes
    return values


def _work(key: str, do: Callable[[Any, Any, bool], Any], packed: bytes, limit_s: float, *, haste: bool) -> bytes:
    """Do pieces of work in a worker; one that takes too long ends the process, which is noticed."""
    results = []
    with _one, Path(os.devnull).open("w", encoding="ascii") as nowhere:
        wound = -math.inf
        try:
            for item in _unpack(packed):
                if monotonic() - wound > limit_s * _LEEWAY:
                    # A thread of C: what holds Python's own lock cannot hold this one up.
                    faulthandler.dump_traceback_later(limit_s * (1 + _LEEWAY), exit=True, file=nowhere)
                    wound = monotonic()
                results.append(do(item, TOOLS[key], haste))
        finally:
            faulthandler.cancel_dump_traceback_later()
    return _pack(results)


def _away(job: Job[Item, Result], batches: Iterable[Sequence[Item]], client: Client) -> Iterator[Done[Item, Result]]:
    waiting: deque[tuple[Sequence[Item], Future]] = deque()
    room = _AHEAD * max(sum(client.nthreads().values()), 1)
    try:
        for items in batches:
            waiting.append((items, _submit(job, items, client)))
            if len(waiting) >= room:
                yield _settle(job, waiting, client)
        while waiting:
            yield _settle(job, waiting, client)
    finally:
        client.cancel([future for _, future in waiting])


def _submit(job: Job[Item, Result], items: Sequence[Item], client: Client, *, haste: bool = False) -> Future:
    return client.submit(_work, job.key, job.do, _pack(items), job.limit_s, haste=haste, pure=False)


def _settle(
    job: Job[Item, Result], waiting: deque[tuple[Sequence[Item], Future]], client: Client
) -> Done[Item, Result]:
    """The oldest batch, done; one that killed its process is done again piece by piece, with nothing beside it."""
    items, future = waiting.popleft()
    found = _result(future, client)
    if found is None:
        _await([other for _, other in waiting], client)
        found = [_alone(job, item, client) for item in items]
    return Done(items, found)


def _await(futures: list[Future], client: Client) -> None:
    """Wait for work to end. Where no worker is left, as one that died may not come back, there must be others."""
    from distributed import wait  # noqa: PLC0415 - an extra

    lonely = 0
    while True:
        try:
            wait(futures, timeout=_LOOK_S)
        except TimeoutError:
            lonely = 0 if client.scheduler_info()["workers"] else lonely + 1
            if lonely == _LOOKS:
                _hire(client)
                lonely = 0
        else:
            return


def _hire(client: Client) -> None:
    """New workers in place of all that are gone."""
    cluster = client.cluster
    if cluster is None:
        hint = "start some, and give the same command again: what was done is saved"
        raise StoreError("the cluster has no workers any more", hint=hint)
    count = len(cluster.worker_spec)
    cluster.scale(0)
    cluster.scale(count)


def _alone(job: Job[Item, Result], item: Item, client: Client) -> Result:
    for haste in (False, True):
        found: list[Result] | None = _result(_submit(job, [item], client, haste=haste), client)
        if found is not None:
            return found[0]
    return job.lost(item, f"each process that read it died, or took longer than {job.limit_s:g} s")


def _fetched(future: Future, client: Client) -> list[Any]:
    """What came of a batch, from the process that did it: one that ends before it gave it out has it done again."""
    while True:
        _await([future], client)
        try:
            found = _unpack(future.result(timeout=_LOOK_S))
        except TimeoutError:
            if future.status == "error":  # the work itself raised it
                raise
        else:
            return found


def _result(future: Future, client: Client) -> list[Any] | None:
    """What came of a batch; None when its process died of it."""
    from distributed import KilledWorker  # noqa: PLC0415 - an extra

    try:
        found = _fetched(future, client)
    except KilledWorker:
        return None
    except MonitorError:
        raise
    except Exception as error:
        hint = "what was done is saved: give the same command again"
        raise StoreError(f"the cluster did not do its work: {type(error).__name__}: {error}", hint=hint) from error
    finally:
        future.release()
    return found

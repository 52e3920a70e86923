"""The tools of a job are made in each worker of a cluster, and its memory is bounded."""

import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

from distributed import WorkerPlugin

from monitor import __version__
from monitor.edge.crew import TOOLS
from monitor.errors import StoreError


class Kit(WorkerPlugin):  # type: ignore[misc]  # Dask says little of its types
    """What Dask sets up in each of its workers, also in those that it starts later."""

    def __init__(self, key: str, make: Callable[[], Any], version: str, memory: int) -> None:
        self.key, self.make, self.version, self.memory = key, make, version, memory

    def setup(self, worker: object) -> None:
        """Make the tools of the job."""
        del worker
        if self.version != __version__:
            raise StoreError(f"monitor {__version__} is installed here, and {self.version} asks")
        if self.key not in TOOLS:
            TOOLS[self.key] = self.make()
        if self.memory:
            _limit(self.memory)


def _limit(memory: int) -> None:
    """Let this process take so many bytes beside what it has."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    most = memory + pages * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (most, most))

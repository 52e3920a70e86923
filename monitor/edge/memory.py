"""Memory that is let go goes back to the system."""

import ctypes
import sys

# Of mallopt(3), in the C library of GNU; others know no such thing.
_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
_LARGE = 1_000_000  # bytes


def give_back_large() -> None:
    """Have large blocks returned at once, and threads share their small ones.

    Left to itself, the library raises the size from which it returns blocks to that of the largest body that came,
    and keeps tens of megabytes of each such body for good.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _LARGE)
        mallopt(_ARENA_MAX, 2)

"""Long lists of articles that were looked up are kept, packed, and brought up to date instead of looked up again."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST = 256  # lists; of a million articles each takes 125 kB
LEAST = 5_000  # articles: shorter lists are soon looked up again


class Memory:
    """Masks by what was asked for, each with the turn up to which it holds. Safe for several threads."""

    def __init__(self, least: int = LEAST, most: int = MOST) -> None:
        self.least, self._most, self._lock = least, most, Lock()
        self._held: OrderedDict[Hashable, tuple[NDArray[np.uint8], int]] = OrderedDict()

    def get(self, asked: Hashable, size: int) -> tuple[NDArray[Any], int] | None:
        """A mask over `size` articles, and the turn of the latest change that it knows; None when it is not kept."""
        with self._lock:
            if asked not in self._held:
                return None
            self._held.move_to_end(asked)
            packed, turn = self._held[asked]
        mask = np.zeros(size, np.bool_)
        held = np.unpackbits(packed, count=min(size, len(packed) * 8)).view(np.bool_)
        mask[: len(held)] = held
        return mask, turn

    def bits(self, asked: Hashable) -> tuple[NDArray[np.uint8], int] | None:
        """A mask as it is kept, eight articles a byte, and the turn of the latest change that it knows."""
        with self._lock:
            if asked in self._held:
                self._held.move_to_end(asked)
            return self._held.get(asked)

    def put(self, asked: Hashable, mask: NDArray[Any], turn: int) -> None:
        """Keep a mask; the one that was not asked for longest makes room."""
        with self._lock:
            self._held[asked] = (np.packbits(mask), turn)
            self._held.move_to_end(asked)
            if len(self._held) > self._most:
                self._held.popitem(last=False)

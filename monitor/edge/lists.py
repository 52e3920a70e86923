"""What is looked up becomes a mask over all articles: of what is kept only what changed is looked up again.

Of a large archive two connections each look up one half, at the same time.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text
from sqlalchemy.engine import Engine

from monitor.edge.database import reading
from monitor.edge.memorised import Memory
from monitor.edge.postings import ALL, Numbers, Window
from monitor.edge.shelf import Column, Columns, Shelf

_TURN = text("SELECT max(turn) FROM shelf")
_HALVES = ThreadPoolExecutor(1, "monitor-lists")

LookUp = Callable[[Connection, Window], Numbers]
# Two look-ups that find a list together, and take less time than halves of the articles.
Parts = Callable[[Connection], tuple[LookUp, LookUp]]


@contextmanager
def side_by_side(engine: Engine, columns: Columns, shelf: Shelf) -> Iterator[tuple[Connection, ...]]:
    """A transaction, and of a large archive another that sees the same, while no other question has such a pair."""
    with reading(engine) as connection:
        served = engine.dialect.name == "postgresql"  # each transaction sees what others saved before it began
        if served or columns.latest < shelf.large or not shelf.paired.acquire(blocking=False):
            yield (connection,)
            return
        try:
            with reading(engine) as other:
                same = connection.scalar(_TURN) == other.scalar(_TURN)
                yield (connection, other) if same else (connection,)
        finally:
            shelf.paired.release()


class Lists:
    """Looks up lists of articles, all as they were at one time."""

    def __init__(
        self, connections: Sequence[Connection], columns: Columns, memory: Memory, window: Window = ALL
    ) -> None:
        self.connection, self.columns = connections[0], columns
        self._connections, self._memory = connections, memory
        self._window = window  # what lies beyond is left out, as something else that is asked for excludes it
        self._now = columns.now  # before anything is looked up: what is found knows at least all until then

    def mask(self, look_up: LookUp) -> Column:
        """The articles of a list that is not kept."""
        return self.columns.mask(self._look_up(look_up, self._window))

    def kept(self, asked: Hashable, look_up: LookUp, parts: Parts | None = None) -> Column:
        """The articles of a list that changes only when the turn of an article does; a long one is kept.

        `parts` are asked for where two connections look up.
        """
        columns, memory = self.columns, self._memory
        known = memory.get(asked, columns.size)
        if known is None:
            numbers = self._look_up(look_up, self._window, parts)
            mask = columns.mask(numbers)
            if len(numbers) >= memory.least and self._window == ALL:
                memory.put(asked, mask, self._now)
            return mask
        mask, turn = known
        if columns.newest > turn and len(changed := np.flatnonzero(columns.turn > turn)):
            mask[changed[0] :] = False
            mask |= columns.mask(self._look_up(look_up, Window(int(changed[0])), parts))
            memory.put(asked, mask, self._now)
        return mask

    def count(self, asked: Hashable, look_up: LookUp, among: NDArray[np.uint8]) -> int:
        """How many articles of a list are among some, given as bits. The list is kept, however short."""
        held = self._memory.bits(asked)
        if held is None or self.columns.newest > held[1]:
            mask = self.kept(asked, look_up)
            held = (np.packbits(mask), self._now)
            if self._window == ALL:
                self._memory.put(asked, mask, self._now)
        most = min(len(among), len(held[0]))
        return int(np.bitwise_count(among[:most] & held[0][:most]).sum())

    def _look_up(self, look_up: LookUp, window: Window, parts: Parts | None = None) -> Numbers:
        if len(self._connections) == 1:
            return look_up(self.connection, window)
        if parts:
            one, other = parts(self.connection)
            return self._both((one, window), (other, window))
        first, last = window.first, min(window.last, self.columns.latest)
        middle = (first + last) // 2
        return self._both((look_up, Window(first, middle)), (look_up, Window(middle + 1, window.last)))

    def _both(self, one: tuple[LookUp, Window], other: tuple[LookUp, Window]) -> Numbers:
        beside = _HALVES.submit(other[0], self._connections[1], other[1])
        try:
            here = one[0](self.connection, one[1])
        finally:
            beside.exception()  # nobody may close a connection that is at work
        return np.concatenate([here, beside.result()])

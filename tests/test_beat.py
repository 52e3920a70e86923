"""A beat works on what is due, never on more than it may, and one bad item harms no other."""

import asyncio
from collections.abc import Sequence

from loguru import logger

from monitor.beat import Beat
from monitor.errors import StaleClaimError, StoreError

HANGS = 1000


class Desk:
    """Items to be claimed, and what was done with them."""

    def __init__(self, *items: int) -> None:
        self.waiting = list(items)
        self.done: list[int] = []
        self.put_off: list[tuple[int, str]] = []
        self.at_once = 0
        self.most_at_once = 0
        self.released = asyncio.Event()
        self.began = asyncio.Event()

    async def claim(self, limit: int) -> Sequence[int]:
        taken, self.waiting = self.waiting[:limit], self.waiting[limit:]
        return taken

    async def work(self, item: int) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        if item == HANGS:
            await asyncio.wait_for(self.released.wait(), 5)
        self.at_once -= 1
        if item < 0:
            raise {-1: ValueError("a bug"), -2: StaleClaimError("taken"), -3: StoreError("disk is full")}[item]
        self.done.append(item)
        self.began.set()

    async def record(self, item: int, error: BaseException) -> None:
        self.put_off.append((item, str(error)))

    def beat(self, limit: int = 4, patience_s: float = 0.9) -> Beat[int]:
        return Beat("test", self.claim, self.work, self.record, limit=limit, patience_s=patience_s)


async def test_everything_due_is_done_however_much_it_is() -> None:
    desk = Desk(*range(100))
    await desk.beat().drain()
    assert sorted(desk.done) == list(range(100))
    assert desk.most_at_once <= 4


async def test_an_item_that_hangs_holds_its_own_place_only() -> None:
    desk = Desk(HANGS, *range(20))
    beat = desk.beat()
    drained = asyncio.create_task(beat.drain())
    while len(desk.done) < 20:
        await asyncio.wait([drained], timeout=0.01)
    assert beat.busy == 1
    desk.released.set()
    await drained
    assert HANGS in desk.done


async def test_where_more_than_half_hang_the_rest_of_the_room_is_used() -> None:
    desk = Desk(HANGS, HANGS, HANGS, *range(20))
    beat = desk.beat(patience_s=0.0)
    drained = asyncio.create_task(beat.drain())
    while len(desk.done) < 20:
        await asyncio.wait([drained], timeout=0.01)
    assert (beat.busy, desk.most_at_once) == (3, 4)
    desk.released.set()
    await drained


async def test_a_fault_in_the_program_puts_one_item_off_and_harms_no_other() -> None:
    logger.remove()
    desk = Desk(1, -1, 2)
    await desk.beat().drain()
    assert sorted(desk.done) == [1, 2]
    assert desk.put_off == [(-1, "a bug")]


async def test_an_item_that_another_worker_took_over_is_let_go() -> None:
    logger.remove()
    desk = Desk(-2, 1)
    await desk.beat().drain()
    assert (desk.done, desk.put_off) == ([1], [])


async def test_a_database_that_refuses_makes_the_beat_rest() -> None:
    logger.remove()
    desk = Desk(-3)
    beat = desk.beat()
    await beat.drain()
    desk.waiting = [1]
    assert await beat.tick() == 0
    assert desk.waiting == [1]


async def test_stopping_abandons_what_is_under_way_and_starts_nothing_more() -> None:
    desk = Desk(HANGS, HANGS, 1, 2)
    beat = desk.beat(limit=2)
    await beat.tick()
    await asyncio.wait_for(beat.stop(), 1)
    assert await beat.tick() == 0
    assert (desk.done, desk.waiting) == ([], [1, 2])


async def test_what_one_beat_finishes_the_next_one_is_asked_for_at_once() -> None:
    first, second = Desk(1), Desk(2)
    beat, follower = first.beat(), second.beat()
    beat.followers = (follower,)
    await beat.drain()
    await asyncio.wait_for(second.began.wait(), 2)
    assert second.done == [2]

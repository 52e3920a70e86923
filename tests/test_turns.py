"""Who wants a process waits for a turn: the urgent go first, and of heavy work one piece is under way at a time."""

import asyncio
from contextlib import AsyncExitStack

from hypothesis import given
from hypothesis import strategies as st

from monitor.edge.turns import Turns


async def rest() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_the_urgent_go_before_all_that_came_sooner() -> None:
    turns, order = Turns(1), list[str]()

    async def work(name: str, *, urgent: bool) -> None:
        async with turns.take(urgent=urgent):
            order.append(name)

    async with turns.take():
        some = [
            asyncio.create_task(work(name, urgent=name.startswith("feed"))) for name in ("page 1", "page 2", "feed")
        ]
        await rest()
    await asyncio.gather(*some)
    assert order == ["feed", "page 1", "page 2"]


async def test_a_second_heavy_piece_waits_and_holds_up_no_light_one() -> None:
    turns, order = Turns(3), list[str]()

    async def work(name: str) -> None:
        async with turns.take(heavy=name == "heavy"):
            order.append(name)

    async with turns.take(heavy=True):
        some = [asyncio.create_task(work(name)) for name in ("heavy", "light")]
        await rest()
        assert order == ["light"]
    await asyncio.gather(*some)
    assert order == ["light", "heavy"]


async def test_who_gives_up_takes_no_turn_from_others() -> None:
    turns = Turns(1)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(turns.take(heavy=True))
        waiting = asyncio.create_task(stack.enter_async_context(turns.take()))
        await rest()
        waiting.cancel()
        await rest()
    async with turns.take(heavy=True):
        pass


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), max_size=30), st.integers(1, 3))
def test_whoever_comes_and_goes_all_get_a_turn_and_the_bounds_hold(
    all_work: list[tuple[bool, bool, bool]], at_once: int
) -> None:
    async def run() -> None:
        turns, under_way = Turns(at_once), list[bool]()

        async def work(*, urgent: bool, heavy: bool) -> None:
            async with turns.take(urgent=urgent, heavy=heavy):
                under_way.append(heavy)
                try:
                    assert len(under_way) <= at_once
                    assert sum(under_way) <= 1
                    await asyncio.sleep(0)
                finally:
                    under_way.remove(heavy)

        tasks = [asyncio.create_task(work(urgent=urgent, heavy=heavy)) for urgent, heavy, _ in all_work]
        await asyncio.sleep(0)
        for task, (_, _, leaves) in zip(tasks, all_work, strict=True):
            if leaves:
                task.cancel()
        for done in await asyncio.gather(*tasks, return_exceptions=True):
            assert done is None or isinstance(done, asyncio.CancelledError)

    asyncio.run(run())

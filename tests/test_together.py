"""What many ask for at once is passed on as few requests, and one bad request costs no other its answer."""

import asyncio
from collections.abc import Sequence

import pytest

from monitor.together import Together


async def test_what_is_asked_while_a_request_is_under_way_goes_into_the_next_one() -> None:
    passed: list[list[int]] = []

    async def double(numbers: Sequence[int]) -> list[int]:
        passed.append(list(numbers))
        await asyncio.sleep(0)
        return [2 * number for number in numbers]

    together = Together(double, most=3)
    assert await asyncio.gather(*map(together.ask, range(5))) == [0, 2, 4, 6, 8]
    assert passed == [[0, 1, 2], [3, 4]]
    assert await together.ask(7) == 14


async def test_one_bad_request_costs_no_other_its_answer() -> None:
    async def invert(numbers: Sequence[int]) -> list[float]:
        return [1 / number for number in numbers]

    together = Together(invert, most=10)
    answers = await asyncio.gather(*map(together.ask, (1, 0, 4)), return_exceptions=True)
    assert (answers[0], answers[2]) == (1.0, 0.25)
    assert isinstance(answers[1], ZeroDivisionError)


async def test_a_refusal_that_would_come_again_is_told_to_all_at_once() -> None:
    tried = 0

    async def refuse(numbers: Sequence[int]) -> list[int]:
        nonlocal tried
        tried += 1
        raise OSError(f"disk full, {len(numbers)} waiting")

    together = Together(refuse, most=10, costly=(OSError,))
    answers = await asyncio.gather(*map(together.ask, range(4)), return_exceptions=True)
    assert all(isinstance(answer, OSError) for answer in answers)
    assert tried == 1


async def test_who_gave_up_is_not_asked_for() -> None:
    passed: list[list[int]] = []

    async def echo(numbers: Sequence[int]) -> list[int]:
        passed.append(list(numbers))
        return list(numbers)

    together = Together(echo, most=10)
    waiting = asyncio.create_task(together.ask(1))
    await asyncio.sleep(0)
    waiting.cancel()
    assert await together.ask(2) == 2
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert [2] in passed


async def test_what_must_not_be_lost_is_passed_on_though_who_asked_gave_up() -> None:
    passed: list[int] = []

    async def note(numbers: Sequence[int]) -> list[int]:
        await asyncio.sleep(0)
        passed.extend(numbers)
        return list(numbers)

    together = Together(note, most=2)
    waiting = [asyncio.create_task(together.ask_surely(number)) for number in range(5)]
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await together.finish()
    assert passed == [0, 1, 2, 3, 4]

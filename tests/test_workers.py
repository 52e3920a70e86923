"""Work that hangs, dies or eats memory is ended and named, and harms no other work."""

import os
import time
from functools import partial

import pytest

from monitor.edge.workers import Workers
from monitor.errors import ExtractError, FetchError


def refuse() -> None:
    """Fail as a page may."""
    raise FetchError("no", reason="dns", retry_after=5.0, hint="look elsewhere", permanent=True)


async def test_work_comes_home_and_what_it_raised_comes_home_whole() -> None:
    async with Workers(1) as workers:
        assert await workers.run(partial(sum, (1, 2, 3))) == 6
        with pytest.raises(FetchError, match="no") as refused:
            await workers.run(refuse)
        error = refused.value
        assert (error.reason, error.retry_after, error.hint, error.permanent) == ("dns", 5.0, "look elsewhere", True)


async def test_work_that_hangs_dies_or_eats_memory_is_named_and_the_next_goes_on() -> None:
    async with Workers(1, timeout_s=0.5, memory_bytes=2**27) as workers:
        for work, reason in (
            (partial(time.sleep, 30), "timeout"),
            (partial(os._exit, 3), "crashed"),
            (partial(bytearray, 2**29), "memory"),
        ):
            with pytest.raises(ExtractError) as ended:
                await workers.run(work)
            assert ended.value.reason == reason
            assert await workers.run(partial(len, "abc")) == 3


async def test_work_may_be_given_longer_than_the_rest() -> None:
    async with Workers(1, timeout_s=0.2) as workers:
        assert await workers.run(partial(time.sleep, 0.4), timeout_s=10) is None

"""Requests that come while one is under way are answered together, by the next."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Given = TypeVar("Given")


class Together(Generic[Asked, Given]):
    """Passes on what many ask for at about the same time, as one request: `answer` returns an answer for each.

    Where that fails, each is asked for alone, so that one bad request costs no other its answer. `costly` says of
    which failures that is not worth it, as they would be the same.
    """

    def __init__(
        self,
        answer: Callable[[Sequence[Asked]], Awaitable[Sequence[Given]]],
        *,
        most: int,
        costly: tuple[type[Exception], ...] = (),
    ) -> None:
        self._answer = answer
        self._most = most
        self._costly = costly
        self._waiting: list[tuple[Asked, asyncio.Future[Given]]] = []
        self._running: asyncio.Task[None] | None = None

    async def ask(self, asked: Asked) -> Given:
        """The answer to one request; it is not passed on if who asks gives up before."""
        return await self._enter(asked)

    async def ask_surely(self, asked: Asked) -> Given:
        """The answer to one request that is passed on even if who asks gives up; `finish` waits for it."""
        return await asyncio.shield(self._enter(asked))

    async def finish(self) -> None:
        """Wait until all is answered that was asked for."""
        while self._running:
            await self._running

    def _enter(self, asked: Asked) -> asyncio.Future[Given]:
        future: asyncio.Future[Given] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, future))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return future

    async def _run(self) -> None:
        while self._waiting:
            some, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            await self._settle([pair for pair in some if not pair[1].done()])
        self._running = None

    async def _settle(self, some: list[tuple[Asked, asyncio.Future[Given]]]) -> None:
        try:
            await self._serve(some)
        except Exception as error:  # noqa: BLE001 - it is told to all who wait
            for _, future in some:
                if not future.done():
                    future.set_exception(error)

    async def _serve(self, some: list[tuple[Asked, asyncio.Future[Given]]]) -> None:
        if not some:
            return
        try:
            answers = await self._answer([asked for asked, _ in some])
        except Exception as error:
            if len(some) == 1 or isinstance(error, self._costly):
                raise
            for pair in some:
                await self._settle([pair])
            return
        for (_, future), given in zip(some, answers, strict=True):
            if not future.done():
                future.set_result(given)

"""Hubs that feeds name are asked to tell of news; what they push becomes polls that are due."""

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar

from aiohttp import ClientSession
from loguru import logger
from sqlalchemy.engine import Engine
from yarl import URL

from monitor.beat import BUG_DELAY_S, Beat, await_later, fault
from monitor.edge import subscriptions, websub
from monitor.edge.clock import chance, clock
from monitor.edge.guard import guarded_session
from monitor.edge.send.channel import one_line
from monitor.edge.subscriptions import Push, Subscription
from monitor.edge.websub import Answer
from monitor.errors import FetchError, StoreError
from monitor.model import Feed
from monitor.pipeline import Pipeline
from monitor.think import schedule
from monitor.think import websub as judging

Given = ParamSpec("Given")
Result = TypeVar("Result")

EVERY_S = 5.0  # the daemon looks so often whether a hub is to be asked
FOLLOW = timedelta(seconds=60)  # and so often whether feeds name other hubs than before
AT_ONCE = 4
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
GONE = Answer(410)
UNKNOWN = Answer(404)
TAKEN = Answer(202)


class Pushes:
    """The subscriptions of the feeds: asked for, renewed, and answered for."""

    def __init__(self, pipeline: Pipeline, polls: Beat[Feed], session: ClientSession) -> None:
        settings = pipeline.config.websub
        self.base = settings.callback.rstrip("/") + "/"
        self.unsigned = 0  # pushes that were not signed as they should have been
        self.beat = Beat("subscribe", self._take, self.ask, self._put_off, limit=AT_ONCE)
        self._pipeline = pipeline
        self._polls = polls
        self._session = session
        self._lease_s = settings.lease
        self._timeout_s = pipeline.config.fetch.timeout
        self._follow_at = clock()
        self._warned_at: datetime | None = None
        self._later: set[str] = set()  # callbacks whose feeds were pushed while they were polled

    async def tick(self) -> None:
        """Follow the feeds, try again what had to wait, and ask the hubs that are due."""
        now = clock()
        try:
            for callback in tuple(self._later):
                await self._hasten(callback)
            if now >= self._follow_at:
                self._follow_at = now + FOLLOW
                changed = await self._on_disk(subscriptions.follow, self.base, now, judging.asked_at)
                if changed:
                    logger.info("{} feeds name another hub than before, or none", changed)
        except StoreError as error:
            logger.error("the hubs of the feeds cannot be looked up: {} {}", error, error.hint)
        except Exception as error:  # noqa: BLE001 - as in a beat: a bug costs one round, never the daemon
            logger.opt(exception=error).error("a fault in the program met the hubs of the feeds")
        await self.beat.tick()

    # Going out

    async def _take(self, limit: int) -> Sequence[Subscription]:
        now = clock()
        again = partial(schedule.next_try, now=now, chance=chance(), first_s=judging.PATIENCE_S)
        return await self._on_disk(subscriptions.take, now, limit, again)

    async def ask(self, subscription: Subscription) -> None:
        """Ask a hub to tell us of a feed, or no more; it confirms by asking us back."""
        form = {
            "hub.mode": "unsubscribe" if subscription.leaving else "subscribe",
            "hub.callback": subscription.callback,
            "hub.topic": subscription.topic,
        }
        if subscription.leaving:
            await self._leave(subscription, form)
            return
        form |= {"hub.secret": subscription.secret, "hub.lease_seconds": str(int(self._lease_s))}
        bound = logger.bind(feed=subscription.feed, hub=_host(subscription))
        try:
            await websub.ask_hub(self._session, subscription.hub, form, self._timeout_s)
        except FetchError as error:
            due_at, refused = self._after(subscription, error), error.permanent
            said = f"{error}; {error.hint}" if error.hint else str(error)
            await self._fail(subscription, due_at, said, refused=refused)
            bound.warning("{} does not tell of {}: {}", _host(subscription), subscription.feed, said)
        else:
            bound.debug("asked {} to tell of {}", _host(subscription), subscription.feed)

    async def _leave(self, subscription: Subscription, form: Mapping[str, str]) -> None:
        """Ask a hub to tell us no more; one that cannot be asked, or does not confirm it, is asked a few times."""
        said, last = "", subscription.failures >= judging.LEAVES
        try:
            await websub.ask_hub(self._session, subscription.hub, form, self._timeout_s)
        except FetchError as error:
            said, last = str(error), last or error.permanent
        bound = logger.bind(feed=subscription.feed, hub=_host(subscription))
        bound.debug("told {} to tell no more of {}: {}", _host(subscription), subscription.feed, said or "taken")
        if last:
            await self._on_disk(subscriptions.leave, subscription.callback, None, said)

    def _after(self, subscription: Subscription, error: FetchError) -> datetime:
        if error.permanent:
            return schedule.next_try(1, clock(), chance(), first_s=judging.REFUSED_S, max_s=judging.REFUSED_S)
        return schedule.next_try(
            subscription.failures, clock(), chance(), retry_after=error.retry_after, first_s=judging.PATIENCE_S
        )

    async def _put_off(self, subscription: Subscription, error: BaseException) -> None:
        due_at = clock() + timedelta(seconds=BUG_DELAY_S)
        await self._fail(subscription, due_at, fault(error))

    async def _fail(self, subscription: Subscription, due_at: datetime, error: str, *, refused: bool = False) -> None:
        await self._on_disk(subscriptions.fail, subscription, due_at, error, refused=refused)

    # Coming in

    async def answer(self, token: str, query: Mapping[str, str]) -> Answer:
        """Answer a hub that asks whether we asked it, or that says no."""
        found = await self._find(token)
        if found is None or (found.state == subscriptions.ENDED and not found.leaving):
            return UNKNOWN
        question = judging.read_question(query)
        asked = found.state != subscriptions.REFUSED and found.asked_at is not None
        match judging.judge(question, found.topic, asked=asked, leaving=found.leaving):
            case judging.Verdict.CONFIRM | judging.Verdict.DENIED if found.leaving:
                await self._on_disk(subscriptions.leave, found.callback, None)
                return Answer(200, question.challenge)
            case judging.Verdict.CONFIRM:
                await self._confirm(found, judging.lease_s(question.lease, self._lease_s))
                return Answer(200, question.challenge)
            case judging.Verdict.DENIED:
                await self._deny(found, one_line(question.reason, 100))
                return Answer(200)
        return UNKNOWN

    async def _confirm(self, found: Subscription, lease_s: float) -> None:
        now = clock()
        until, due_at = now + timedelta(seconds=lease_s), judging.renewed_at(now, lease_s)
        await self._on_disk(subscriptions.confirm, found.callback, until, due_at)
        bound = logger.bind(feed=found.feed, hub=_host(found))
        bound.info("{} tells of {} until {:%Y-%m-%d %H:%M}", _host(found), found.feed, until)

    async def _deny(self, found: Subscription, reason: str) -> None:
        due_at = clock() + timedelta(seconds=judging.REFUSED_S)
        said = f"the hub denied it: {reason}" if reason else "the hub denied it"
        await self._on_disk(subscriptions.deny, found.callback, due_at, said)
        bound = logger.bind(feed=found.feed, hub=_host(found))
        bound.warning("{} does not tell of {}: {}", _host(found), found.feed, said)

    async def receive(self, token: str, signatures: tuple[str, ...], body: AsyncIterator[bytes]) -> Answer:
        """Take a push: a signal to poll, if it is signed. What it carries goes into that sum and is dropped."""
        found = await self._find(token)
        if found is None:
            return UNKNOWN
        if found.state == subscriptions.ENDED:
            return GONE
        signature = judging.strongest(signatures)
        sum_ = judging.begin_sum(found.secret, signature) if signature else None
        async for chunk in body:
            if sum_:
                sum_.update(chunk)
        if signature and sum_ and judging.agrees(sum_, signature):
            await self._hasten(found.callback, found)
        else:
            self._warn(found)
        return TAKEN

    async def _hasten(self, callback: str, found: Subscription | None = None) -> None:
        now = clock()
        came = await self._on_disk(subscriptions.hasten, callback, now, partial(judging.polled_at, now))
        self._later.discard(callback)
        if came is Push.LATER:
            self._later.add(callback)
        elif came is Push.DUE:
            await_later(self._polls.tick())
            if found:
                logger.bind(feed=found.feed, hub=_host(found)).info("{} has news of {}", _host(found), found.feed)

    def _warn(self, found: Subscription) -> None:
        self.unsigned += 1
        now = clock()
        # Who knows the address of a callback could fill the log otherwise.
        if self._warned_at is None or now - self._warned_at > timedelta(minutes=1):
            self._warned_at = now
            bound = logger.bind(feed=found.feed, hub=_host(found))
            bound.warning("a push for {} is not signed by its hub ({} such so far)", found.feed, self.unsigned)

    async def _find(self, token: str) -> Subscription | None:
        if not TOKEN.fullmatch(token):
            return None
        return await self._on_disk(subscriptions.find, self.base + token)

    async def _on_disk(
        self, work: Callable[Concatenate[Engine, Given], Result], /, *args: Given.args, **kwargs: Given.kwargs
    ) -> Result:
        return await self._pipeline.on_disk(work, self._pipeline.store.engine, *args, **kwargs)


def _host(subscription: Subscription) -> str:
    """What may be shown of a hub's address: a feed wrote it."""
    try:
        return URL(subscription.hub).host or ""
    except ValueError:
        return ""


@asynccontextmanager
async def opened(pipeline: Pipeline, polls: Beat[Feed]) -> AsyncIterator[Pushes]:
    """The subscriptions, with the door open through which hubs come in."""
    fetch, listen = pipeline.config.fetch, pipeline.config.websub.listen
    host, _, port = listen.rpartition(":")
    async with guarded_session(fetch.allow_private, fetch.agent) as session:
        pushes = Pushes(pipeline, polls, session)
        door = websub.Door(host.strip("[]"), int(port), fetch.max_feed, fetch.timeout, pushes.answer, pushes.receive)
        async with websub.opened(door):
            logger.info("hubs are answered on {}", listen)
            try:
                yield pushes
            finally:
                await pushes.beat.stop()

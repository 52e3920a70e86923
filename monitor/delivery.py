"""An alert that is due → the stages that may hold it back → its receiver, or a message that it is told in later."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from loguru import logger
from sqlalchemy import Connection

from monitor.beat import LEASE_S
from monitor.edge import dispatches, meters, outbox, receivers, silences
from monitor.edge.claims import stale
from monitor.edge.clock import chance, clock
from monitor.edge.contexts import AlertContext, contexts
from monitor.edge.database import writing
from monitor.edge.dispatches import Place
from monitor.edge.send.channel import Channel
from monitor.edge.store import Store
from monitor.edge.tables import ALERT
from monitor.errors import DeliveryError, StoreError
from monitor.model import Alert, AlertState, Message
from monitor.rules import Rulebook
from monitor.telling import Attempt, Dispatch, Silence, Standing
from monitor.think import breaker, render, render_digest, settle, stages
from monitor.think.cron import next_after
from monitor.think.route import breaks_through, group, walk
from monitor.think.stages import Action, Verdict
from monitor.together import Together

Owed = Alert | Dispatch
HEARTS = timedelta(minutes=1)  # so often it is seen to that digests with a heartbeat are open
TOGETHER = 50  # alerts a transaction at most: it holds the writer's lock for some ten milliseconds
FORGET = timedelta(days=1)  # so often old attempts are dropped
LEVELS = {AlertState.SENT: "INFO", AlertState.OWED: "WARNING", AlertState.FAILED: "ERROR"}


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a try to send."""

    answer: str
    error: DeliveryError | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """An alert that is due: what it is about, and what is done with it."""

    about: AlertContext
    verdict: Verdict | None  # None: it is not its turn, for an earlier one of its story is on its way


class Deliverer:
    """Delivery over one store: each receiver has room of its own, so that one that fails holds up no other."""

    def __init__(self, store: Store, on_disk: Callable[..., Awaitable[Any]], rulebook: Callable[[], Rulebook]) -> None:
        self._store, self._on_disk, self._rulebook = store, on_disk, rulebook
        self._standings: dict[str, Standing] | None = None
        self._busy: Counter[str] = Counter()
        self._sending: Counter[str] = Counter()  # messages past the judgement of their receiver's rate
        # Alerts that are due, or were sent, at about the same time share a transaction.
        self._judging = Together(self._judge_all, most=TOGETHER, costly=(StoreError,))
        self._saving = Together(self._save_all, most=TOGETHER, costly=(StoreError,))
        self._hearts_at = self._forget_at = clock()
        self._known_names: frozenset[str] = frozenset()  # receivers, when strays were looked for
        self._first = 0  # the receiver that is asked first: another each time

    async def finish(self) -> None:
        """Wait until all that was sent is saved: when the beat has ended, nobody else does."""
        await self._saving.finish()

    # Ask

    async def claim(self, limit: int) -> list[Owed]:
        """What is due, for each receiver as much as there is room for."""
        if self._standings is None:
            self._standings = await self._on_disk(receivers.standings, self._store.engine)
        now, names = clock(), list(self._rulebook().channels)
        self._first = (self._first + 1) % max(len(names), 1)
        turned = (*names[self._first :], *names[: self._first])
        rooms = {name: room for name in turned if (room := self._room(name, now))}
        known = frozenset(names)
        if strays := known != self._known_names or now >= self._hearts_at:
            self._known_names = known
        if not now < self._hearts_at <= now + HEARTS:  # due, or the clock was set back
            self._hearts_at = now + HEARTS
            await self._on_disk(self._open_heartbeats, now)
        if not now < self._forget_at <= now + FORGET:
            self._forget_at = now + FORGET
            before = now - timedelta(seconds=self._rulebook().config.deliver.keep_history)
            await self._on_disk(receivers.forget, self._store.engine, before)
        claimed: list[Owed] = await self._on_disk(self._claim, rooms, known if strays else None, now, limit)
        self._busy.update(owed.receiver for owed in claimed)
        return claimed

    def _room(self, receiver: str, now: datetime) -> int:
        deliver = self._rulebook().config.deliver
        standing = self._standing(receiver)
        room = breaker.room(standing, now, most=deliver.per_receiver, break_after=deliver.break_after)
        free = room - self._busy[receiver]
        # To ask for one at a time would cost a transaction each: wait until half the room is free.
        return free if free * 2 >= room else 0

    def _claim(self, rooms: dict[str, int], known: frozenset[str] | None, now: datetime, limit: int) -> list[Owed]:
        """What is due; with `known` also what is owed to receivers that are not among these."""
        engine, owner = self._store.engine, self._store.owner
        dispatches.seal(engine, now)
        claimed = outbox.claim_rooms(engine, owner, now, LEASE_S, rooms, limit)
        if known is None:
            return list(claimed)
        strays = outbox.claim_strays(engine, owner, now, LEASE_S, limit - len(claimed), known=known)
        return [*claimed, *strays]

    def _open_heartbeats(self, now: datetime) -> None:
        """Open the next digest of each route that wants one even when there is nothing."""
        for route in walk(self._rulebook().rules.routes):
            schedule = route.timing.digest if route.timing.heartbeat else None
            due = next_after(schedule, now) if schedule else None
            for receiver in route.receivers if due else ():
                place = Place(stages.digest_key(route), "digest", route.name, due or now, "")
                dispatches.ensure_open(self._store.engine, receiver, place, now)

    # Deliver

    async def deliver(self, owed: Owed) -> Owed:
        """Send what is owed to its receiver, or hold it back, and record which."""
        try:
            return await (self._tell(owed) if isinstance(owed, Alert) else self._tell_several(owed))
        finally:
            self._busy[owed.receiver] -= 1

    async def _tell(self, alert: Alert) -> Alert:
        judged = await self._judging.ask(alert)
        if judged.verdict is None:
            return alert
        if judged.verdict.action is not Action.SEND:
            return _held(alert, judged.verdict)
        try:
            started = clock()
            sent = await self._send(alert.receiver, self.message(alert, judged.about))
            after = self.undelivered(alert, sent.error) if sent.error else settle.delivered(alert, clock())
            meters.delivered(alert.receiver, after.state.value)
            if after.state is AlertState.SENT:
                meters.late(judged.about.article.published_at, judged.about.article.seen_at, clock())
            if not await self._saving.ask_surely((after, _attempt(started, after, sent))):
                raise stale(ALERT, alert.id)
        finally:
            self._sending[alert.receiver] -= 1
        await self._learn(alert.receiver, sent)
        _log("alert", after.uid, after.receiver, after.state, sent)
        return after

    async def _judge_all(self, alerts: Sequence[Alert]) -> Sequence[Judged]:
        judged: list[Judged] = await self._on_disk(self._judged, alerts, self._sending.copy(), clock())
        for alert, one in zip(alerts, judged, strict=True):
            self._sending[alert.receiver] += bool(one.verdict and one.verdict.action is Action.SEND)
        return judged

    async def _save_all(self, tries: Sequence[tuple[Alert, Attempt]]) -> Sequence[bool]:
        lost: set[int] = await self._on_disk(outbox.save_attempts, self._store.engine, tries)
        return [alert.id not in lost for alert, _ in tries]

    def _judged(self, alerts: Sequence[Alert], sending: Counter[str], now: datetime) -> list[Judged]:
        """The verdicts on alerts, one after another; all that follows from them is written down with them.

        Those that go out are marked first: should nobody learn what came of one, it comes again as itself.
        """
        going: list[Alert] = []
        judged: list[Judged] = []
        with writing(self._store.engine) as connection:
            held, turns = silences.in_force(connection, now), outbox.still_next(connection, alerts)
            for alert, about in zip(alerts, contexts(connection, alerts), strict=True):
                if alert.id not in turns:
                    outbox.give_back(connection, alert)
                    judged.append(Judged(about, None))
                    continue
                verdict = self._judge(connection, alert, about, held, sending[alert.receiver], now)
                judged.append(Judged(about, verdict))
                if verdict.action is Action.SEND:
                    sending[alert.receiver] += 1
                    going.append(alert)
                elif verdict.action is Action.DROP or verdict.due_at is None:
                    outbox.drop(connection, alert, verdict.why)
                else:
                    place = Place(verdict.key, verdict.title, alert.route, verdict.due_at, verdict.why)
                    dispatches.gather(connection, alert, place, now)
            outbox.begin_all(connection, going, now)
        return judged

    def _judge(
        self,
        connection: Connection,
        alert: Alert,
        about: AlertContext,
        held: tuple[Silence, ...],
        sending: int,
        now: datetime,
    ) -> Verdict:
        rules = self._rulebook().rules
        route, plan = rules.route(alert.route), rules.plan
        key, rate = group(route, alert, about.article), plan.rates.get(alert.receiver)
        muted = any(alert.topic in rule.mutes for rule in plan.inhibitions)
        sent: tuple[datetime, ...] = ()
        if rate:
            sent = outbox.sent_since(connection, alert.receiver, now - timedelta(seconds=rate.seconds))
            sent += (now,) * sending
        setting = stages.Setting(
            route,
            silences=held,
            inhibitions=plan.inhibitions,
            others=outbox.topics_told(connection, alert) if muted else frozenset(),
            last_of_group=dispatches.last_sealed(connection, alert.receiver, key) if key else None,
            before=dispatches.waiting(connection, alert) if alert.sequence else None,
            rate=rate,
            sent=sent,
        )
        return stages.judge(alert, about.article, setting, now, rules.names)

    async def _tell_several(self, dispatch: Dispatch) -> Dispatch:
        contents = await self._on_disk(dispatches.contents, self._store.engine, dispatch)
        if later := self._later(dispatch, contents, clock()):
            after = replace(dispatch, due_at=later)
            await self._on_disk(dispatches.save_dispatch, self._store.engine, after, None)
            return after
        started = clock()
        self._sending[dispatch.receiver] += 1
        try:
            sent = await self._send(dispatch.receiver, await self._message_of(dispatch, contents))
            after = settle.settled(dispatch, sent.error, clock(), chance(), self._patience())
            attempt = _attempt(started, after, sent)
            await self._on_disk(dispatches.save_dispatch, self._store.engine, after, attempt)
        finally:
            self._sending[dispatch.receiver] -= 1
        meters.delivered(dispatch.receiver, after.state.value)
        await self._learn(dispatch.receiver, sent)
        _log(f"message of {contents.total} alerts", after.uid, after.receiver, after.state, sent)
        return after

    def _later(self, dispatch: Dispatch, contents: dispatches.Contents, now: datetime) -> datetime | None:
        """When the hours of a message's route allow it, if they do not now."""
        if not dispatch.route or dispatch.key.startswith("hours:"):
            return None
        route = self._rulebook().rules.route(dispatch.route)
        opens = stages.allowed_at(route.timing, now)
        urgent = any(breaks_through(route, member.alert.severity) for member in contents.members)
        return opens if opens and opens > now and not urgent else None

    # Write

    def message(self, alert: Alert, about: AlertContext) -> Message:
        """An alert as its receiver reads it."""
        book = self._rulebook()
        found = about.match or render.lost_match(alert, about.change, book.rules.pack.topics)
        title, base = book.rules.title(alert.topic), book.config.deliver.archive_url
        return render.message(alert, about.article, found, about.story, title, base=base, change=about.change)

    async def _message_of(self, dispatch: Dispatch, contents: dispatches.Contents) -> Message:
        if dispatch.kind != dispatches.DIGEST:
            return render_digest.receiver_word(dispatch)
        if contents.total == 1 and not dispatch.key.startswith("digest:"):
            # One alert is told as itself: under its own id, in its story's thread.
            alert = contents.members[0].alert
            return self.message(alert, await self._on_disk(self._store.context, alert))
        rules = self._rulebook().rules
        titles = {member.alert.topic: rules.title(member.alert.topic) for member in contents.members}
        return render_digest.digest(dispatch, contents.members, contents.total, titles)

    # Go out

    def channel(self, receiver: str) -> Channel:
        """The way to a receiver; DeliveryError when the configuration names it no more."""
        channel = self._rulebook().channels.get(receiver)
        if channel is None:
            hint = "add the [[receiver]] again, then `monitor alerts retry`"
            raise DeliveryError(f"no receiver is named {receiver!r} any more", permanent=True, hint=hint)
        return channel

    async def _send(self, receiver: str, message: Message) -> Sent:
        try:
            return Sent(await self.channel(receiver).send(message))
        except DeliveryError as error:
            return Sent(str(error), error)

    def undelivered(self, alert: Alert, error: DeliveryError) -> Alert:
        """An alert that was not taken, and whether and when it is tried again."""
        return settle.undelivered(alert, error, clock(), chance(), **vars(self._patience()))

    def _patience(self) -> settle.Patience:
        deliver = self._rulebook().config.deliver
        return settle.Patience(deliver.first_retry, deliver.max_backoff, deliver.give_up_after)

    async def _learn(self, receiver: str, sent: Sent) -> None:
        """Keep how a receiver does, when that changed, and tell others when it keeps failing or works again."""
        deliver, now = self._rulebook().config.deliver, clock()
        before, warn = self._standing(receiver), [name for name in deliver.warn if name != receiver]
        if receiver not in self._rulebook().channels or (sent.error is None and before == Standing()):
            return
        words: list[Dispatch] = []
        after = Standing()
        if sent.error:
            after = breaker.failed(
                before,
                sent.error,
                now,
                chance(),
                break_after=deliver.break_after,
                first_s=deliver.first_retry,
                longest_s=deliver.max_backoff,
            )
            if warn and breaker.is_to_be_told(after, now, after_s=deliver.warn_after):
                after = replace(after, warned_at=now)
                words = [breaker.word(breaker.FAILING, receiver, name, after, now) for name in warn]
        elif before.warned_at:
            words = [breaker.word(breaker.WELL, receiver, name, before, now) for name in warn]
        self._known()[receiver] = after
        await self._on_disk(receivers.save_standing, self._store.engine, receiver, after, words, now)

    def _standing(self, receiver: str) -> Standing:
        return self._known().get(receiver, Standing())

    def _known(self) -> dict[str, Standing]:
        self._standings = {} if self._standings is None else self._standings
        return self._standings


def _held(alert: Alert, verdict: Verdict) -> Alert:
    """An alert that is not sent by itself, or not now; the log says so."""
    bound = logger.bind(alert=alert.uid, receiver=alert.receiver, result=verdict.action.value)
    if verdict.action is Action.DROP or verdict.due_at is None:
        bound.info("alert {} to {} is not told: {}", alert.uid, alert.receiver, verdict.why)
        return replace(alert, state=AlertState.DROPPED, due_at=None, held=verdict.why)
    bound.info("alert {} to {} waits until {}: {}", alert.uid, alert.receiver, verdict.due_at, verdict.why)
    return replace(alert, state=AlertState.HELD, due_at=None, held=verdict.why)


def _attempt(started: datetime, after: Owed, sent: Sent) -> Attempt:
    result = {AlertState.SENT: "sent", AlertState.FAILED: "failed"}.get(after.state, "retry")
    return Attempt(started, clock(), result, sent.answer)


def _log(what: str, uid: str, receiver: str, state: AlertState, sent: Sent) -> None:
    bound = logger.bind(alert=uid, receiver=receiver, result=state.value)
    bound.log(LEVELS[state], "{} {} to {}: {} ({})", what, uid, receiver, state.value, sent.answer)

"""Alerts go through silences, hours, failures, restarts and the clock; a plain model knows what each receiver gets."""

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from served import database
from sqlalchemy import func, insert, select
from told import ARTICLE, match

from monitor.edge import dispatches, outbox, silences
from monitor.edge.claims import release
from monitor.edge.database import reading, writing
from monitor.edge.dispatches import Place
from monitor.edge.rows import from_alert
from monitor.edge.store import Store
from monitor.edge.tables import ALERT, STORY
from monitor.edge.tables import ARTICLE as ARTICLES
from monitor.errors import DeliveryError
from monitor.model import Alert, Story
from monitor.telling import Attempt, Dispatch, Fate, GroupBy, Route, Silence, Timing, Window
from monitor.think import settle, stages
from monitor.think.language import indexable
from monitor.think.route import alerts, group, walk
from monitor.think.stages import Action

pytestmark = pytest.mark.slow

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
OFFICE = Window("office", UTC, frozenset(), ((9 * 60, 18 * 60),))
ROUTES = (
    Route(("desk",), name="desk", min_severity="low"),
    Route(("office",), name="office", timing=Timing(during=(OFFICE,), always="critical")),
    Route(("chat",), name="chat", timing=Timing(group_by=GroupBy.TOPIC, wait_s=60, interval_s=600)),
)
TOPICS, RECEIVERS = ("harbour", "rust"), ("desk", "office", "chat")
FATES = ("taken", "refused for now", "taken, no answer", "taken, killed", "killed")
PATIENCE = settle.Patience(30, 600, 10**9)


@contextmanager
def in_a_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "monitor.db"


class Telling(RuleBasedStateMachine):
    """The beats' own parts over a database on disk; sending is a choice of the test."""

    @initialize()
    def begin(self) -> None:
        self.stack = ExitStack()
        self.place = self.stack.enter_context(self.archive())
        self.now, self.number, self.owner = START, 0, "one"
        self.store = self.opened()
        self.store.upgrade(START)
        self.owed: dict[str, Alert] = {}  # the model: all that must be told, or dropped by a silence that drops
        self.got: dict[str, list[tuple[str, ...]]] = {name: [] for name in RECEIVERS}  # ids in each message taken
        self.repeats: dict[str, tuple[str, ...]] = {}
        self.dropping: set[str] = set()

    def archive(self) -> AbstractContextManager[Path | str]:
        """Where the archive is, as long as it is needed."""
        return in_a_folder()

    def opened(self) -> Store:
        return Store(self.place, indexable, self.owner)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.settle_all()
            self.store.close()
            self.stack.close()

    @rule(topic=st.sampled_from(TOPICS), severity=st.sampled_from(["low", "high", "critical"]))
    def an_article_matches(self, topic: str, severity: str) -> None:
        self.number += 1
        article = replace(ARTICLE, id=self.number, key=f"k{self.number}", seen_at=self.now)
        story = Story(self.number, article.title, self.now, self.now)
        found = (match(topic=topic, severity=severity),)
        owed = alerts(found, article, story, ROUTES, {}, self.now)
        row = {"id": article.id, "key": article.key, "title": article.title, "url": article.url}
        with writing(self.store.engine) as connection:
            connection.execute(insert(ARTICLES).values(**row, seen_at=self.now, backlog=False, failures=0, revision=0))
            times = {"opened_at": self.now, "latest_at": self.now}
            connection.execute(insert(STORY).values(id=story.id, headline=story.headline, articles=1, **times))
            connection.execute(insert(ALERT), [from_alert(alert) for alert in owed])
        self.owed |= {alert.uid: alert for alert in owed}

    @rule(minutes=st.sampled_from([1, 7, 61, 60 * 9]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(topic=st.sampled_from(TOPICS), minutes=st.sampled_from([5, 90]), drops=st.booleans())
    def somebody_silences(self, topic: str, minutes: int, *, drops: bool) -> None:
        fate = Fate.DROP if drops else Fate.TELL
        until = self.now + timedelta(minutes=minutes)
        silences.add(self.store.engine, Silence(0, self.now, until, topic=topic, fate=fate))

    @rule(number=st.integers(1, 4))
    def somebody_ends_a_silence(self, number: int) -> None:
        silences.end(self.store.engine, number, self.now)

    @rule()
    def the_daemon_is_killed_and_starts_again(self) -> None:
        self.store.close()
        self.store = self.opened()
        release(self.store.engine, self.owner)

    @rule(fates=st.lists(st.sampled_from(FATES), max_size=6))
    def the_daemon_delivers(self, fates: list[str]) -> None:
        self.deliver(fates)

    def deliver(self, fates: list[str]) -> int:
        """One round over what is due; how many items it worked on. What has no fate is taken."""
        engine, plan, worked = self.store.engine, iter(fates), 0
        dispatches.seal(engine, self.now)
        for receiver in RECEIVERS:
            for owed in outbox.claim_rooms(engine, self.owner, self.now, 60, {receiver: 18}, 18):
                worked += 1
                if isinstance(owed, Dispatch) or not self.held(owed):
                    self.send(owed, next(plan, "taken"))
        release(engine, self.owner)
        return worked

    def held(self, alert: Alert) -> bool:
        engine, article = self.store.engine, replace(ARTICLE, id=alert.article_id)
        route = next(route for route in walk(ROUTES) if route.name == alert.route)
        key = group(route, alert, article)
        setting = stages.Setting(
            route,
            silences=silences.in_force(engine, self.now),
            last_of_group=dispatches.last_sealed(engine, alert.receiver, key) if key else None,
        )
        verdict = stages.judge(alert, article, setting, self.now)
        if verdict.action is Action.SEND:
            outbox.begin(engine, alert, self.now)
            return False
        if verdict.action is Action.DROP or verdict.due_at is None:
            outbox.drop(engine, alert, verdict.why)
            self.dropping.add(alert.uid)
            return True
        place = Place(verdict.key, verdict.title, alert.route, verdict.due_at, verdict.why)
        dispatches.gather(engine, alert, place, self.now)
        return True

    def send(self, owed: Alert | Dispatch, fate: str) -> None:
        engine = self.store.engine
        told = (owed.uid,)
        if isinstance(owed, Dispatch):
            told = tuple(member.alert.uid for member in dispatches.contents(engine, owed).members)
        if fate.startswith("taken"):
            # A message that comes again says the same, under the same id.
            assert self.repeats.setdefault(owed.uid, told) == told
            self.got[owed.receiver].append((owed.uid, *told))
        if fate.endswith("killed"):
            return
        refusal = DeliveryError("not now", permanent=False, maybe_taken=fate.endswith("no answer"))
        error = None if fate == "taken" else refusal
        result = "retry" if error else "sent"
        attempt = Attempt(self.now, self.now, result)
        if isinstance(owed, Dispatch):
            kept = settle.settled(owed, error, self.now, 0.5, PATIENCE)
            dispatches.save_dispatch(engine, kept, attempt)
            return
        alert = (
            settle.undelivered(owed, error, self.now, 0.5, **vars(PATIENCE))
            if error
            else settle.delivered(owed, self.now)
        )
        outbox.save_attempt(engine, alert, attempt)

    def settle_all(self) -> None:
        """Once everything works and time passes, each alert was told to its receiver in one message, or dropped."""
        for _ in range(60):  # hours: a night, a silence, and all that failed
            self.now += timedelta(hours=1)
            self.deliver([])
            if not self.waiting():
                break
        for uid, alert in self.owed.items():
            messages = {ids[0] for ids in self.got[alert.receiver] if uid in ids[1:]}
            assert len(messages) == (0 if uid in self.dropping else 1), (alert, messages)
        for receiver, sent in self.got.items():
            assert all(self.owed[uid].receiver == receiver for ids in sent for uid in ids[1:])

    def waiting(self) -> int:
        with reading(self.store.engine) as connection:
            return connection.scalar(select(func.count()).where(ALERT.c.state.in_(("owed", "held")))) or 0

    @invariant()
    def nobody_is_told_what_was_dropped(self) -> None:
        told = {uid for sent in getattr(self, "got", {}).values() for ids in sent for uid in ids[1:]}
        assert not told & getattr(self, "dropping", set())


TestTelling = Telling.TestCase
TestTelling.settings = settings(
    max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.mark.slow
def test_the_same_holds_on_postgresql(shared_folder: Path) -> None:
    class Served(Telling):
        def archive(self) -> AbstractContextManager[Path | str]:
            return database(shared_folder)

    run_state_machine_as_test(Served, settings=settings(TestTelling.settings, max_examples=6))  # type: ignore[no-untyped-call]

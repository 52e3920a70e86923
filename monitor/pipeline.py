"""The flow: poll, read, tell, deliver. Each beat asks, goes out, thinks, and saves once."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import ParamSpec, TypeVar

from loguru import logger

from monitor.delivery import Deliverer
from monitor.edge import meters, outbox, story_views
from monitor.edge.clock import clock
from monitor.edge.fetch import Fetcher
from monitor.edge.manners import save_manners
from monitor.edge.pages import owe_unread
from monitor.edge.store import Found, Names, Store
from monitor.edge.workers import Workers
from monitor.edits import Change
from monitor.figures import known_of
from monitor.model import (
    Alert,
    Article,
    Feed,
    Match,
    Story,
)
from monitor.newsstand import load_press
from monitor.placing import Placement, Placing, counted
from monitor.polling import Poller
from monitor.reader import InForce, Reader
from monitor.reports import owe_recent
from monitor.rules import Rulebook
from monitor.settings import Config
from monitor.telling import Told
from monitor.think import credit, match, revision, route, settle, story
from monitor.think.again import facts_of
from monitor.think.reading import Reading
from monitor.think.voices import count_voices

Given = ParamSpec("Given")
Result = TypeVar("Result")
Matches = tuple[Match, ...]
Alerts = tuple[Alert, ...]


class Pipeline:
    """The four beats over one store. `rulebook` may be exchanged between two items."""

    def __init__(self, store: Store, fetcher: Fetcher, workers: Workers, rulebook: Rulebook) -> None:
        self.store = store
        self.fetcher = fetcher
        self.workers = workers
        self.rulebook = rulebook
        # One thread speaks to the disk: SQLite has one writer, and the loop must never wait for it.
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="disk")
        self._telling = asyncio.Lock()
        self.reader = Reader(store, fetcher, workers, self.on_disk, self._in_force)
        self._placing = Placing(store, self.on_disk)
        self.poller = Poller(store, fetcher, workers, self.on_disk, lambda: self.rulebook.config)
        self.deliverer = Deliverer(store, self.on_disk, lambda: self.rulebook)

    @property
    def config(self) -> Config:
        """The configuration in force."""
        return self.rulebook.config

    def _in_force(self) -> InForce:
        rules = self.rulebook.rules
        return InForce(self.config, rules.compiled, rules.version)

    async def on_disk(self, work: Callable[Given, Result], /, *args: Given.args, **kwargs: Given.kwargs) -> Result:
        """Do work on the database without holding up the loop."""
        return await asyncio.get_running_loop().run_in_executor(self._disk, partial(work, *args, **kwargs))

    def close(self) -> None:
        """End the disk's thread after the work that it has begun."""
        self._disk.shutdown(wait=True, cancel_futures=True)

    async def keep_manners(self) -> None:
        """Keep what hosts asked for of us since the last time: pauses, and what their robots.txt said."""
        changed = self.fetcher.changes()
        if changed:
            await self.on_disk(save_manners, self.store.engine, changed, clock())

    # Poll

    async def poll(self, feed: Feed) -> int:
        """Ask a feed what is new; how many articles are."""
        return await self.poller.poll(feed)

    # Read

    async def read(self, article: Article, *, whole: bool = False) -> Article:
        """Read an article's page, as far as it is needed; `whole` reads one that no topic asks for, too."""
        return await self.reader.read(article, whole=whole)

    async def owe_unread(self) -> int:
        """Owe a reading to the articles that other rules passed over; all of them where everything is read."""
        passed = settle.passed_note(self.rulebook.rules.version) if self.config.read.pages == "candidates" else ""
        return await self.on_disk(owe_unread, self.store.engine, passed, clock())

    # Tell

    async def tell(self, article: Article) -> int:
        """Match an article with every topic, find its story, and owe the alerts; how many it owes."""
        article = replace(article, agencies=credit.agencies(article, load_press()))
        async with self._telling:  # one after another: which story an article joins depends on those before it
            own = await self.on_disk(self.store.story, article.story_id) if article.story_id is not None else None
            matches, owed = await (self._tell_again(article, own) if own else self._tell_first(article))
        meters.told(tuple(found.topic for found in matches), len(owed))
        topics = ", ".join(found.topic for found in matches)
        bound = logger.bind(article=article.id, topics=topics, alerts=len(owed))
        if matches:
            bound.info(
                "flagged article {} ({}): {!r}, {} alerts owed", article.id, topics, article.title[:100], len(owed)
            )
        else:
            bound.debug("no topic asks for article {}", article.id)
        return len(owed)

    async def _tell_first(self, article: Article) -> tuple[Matches, Alerts]:
        read = match.read(article, self.rulebook.rules.compiled)
        said = counted(read, self.rulebook.rules.entities)
        matches, names = match.match_reading(read, self.rulebook.rules.compiled), self._names(read)
        while True:
            placement = await self._placing.place(article, said, clock(), self.config.tell.story_window)
            owed = await self._save_first(article, placement, matches, names)
            if owed is not None:  # else another process told something first: it may be what this article joins
                return matches, owed

    def _names(self, read: Reading) -> Names | None:
        """What an article names, to be found by; nothing when these rules look for no names: a round does, then."""
        rules = self.rulebook.rules
        return Names(read.names, rules.names_version) if rules.compiled.index.lexicon.groups else None

    async def _save_first(
        self, article: Article, placement: Placement, matches: Matches, names: Names | None
    ) -> Alerts | None:
        now, joined = clock(), placement.story_id
        before = await self.on_disk(self.store.story, joined) if joined else None
        current = _joined_story(article, before, now)
        told_of = await self._told_of(current.id, placement)
        after = replace(settle.told(article, current.id), copy_of=placement.copy_of)
        owed = await self._owed(matches, after, current, told_of)
        found = Found(
            placement.number, placement.event, placement.horizon, placement.sketch, placement.merges, placement.split
        )
        saved = await self.on_disk(
            self.store.save_telling,
            after,
            current,
            keys=placement.keys,
            matches=matches,
            alerts=owed,
            now=now,
            found=found,
            names=names,
            owing=partial(owe_recent, rules=self.rulebook.rules, now=now, age_s=self.config.tell.backlog_age),
        )
        return owed if saved else None

    async def _told_of(self, story_id: int, placement: Placement) -> dict[tuple[str, str], Told]:
        """To whom a story was told, or one that becomes one with it."""
        others = {story for merge in placement.merges for story in (merge.one, merge.other)} - {story_id}
        told: dict[tuple[str, str], Told] = {}
        for one in (*sorted(others), story_id):
            told |= await self.on_disk(outbox.told, self.store.engine, one)
        return told

    async def _owed(
        self,
        matches: Matches,
        article: Article,
        current: Story,
        told: Mapping[tuple[str, str], Told],
        *,
        edited: bool = False,
    ) -> Alerts:
        """The alerts that an article owes, with what is known of its story now."""
        if not matches or article.backlog:
            return ()
        rules = self.rulebook.rules
        # A story has at most as many voices as articles: mostly nothing is owed even so, and a large one is not read.
        facts = {found.topic: facts_of(found, article, current.articles, rules.entities.find) for found in matches}
        owe = partial(
            route.alerts, matches, article, current, rules.routes, told, clock(), names=rules.names, edited=edited
        )
        if not owe(facts=facts):
            return ()
        others = await self.on_disk(story_views.members, self.store.engine, current.id)
        members = [*(each for each in others if each.id != article.id), article]
        voices = count_voices(members, load_press())
        shown = {topic: replace(known, voices=len(voices.voices)) for topic, known in facts.items()}
        known = known_of(current, members, voices, self.config.tell.languages)
        return tuple(replace(alert, known=known) for alert in owe(facts=shown))

    async def _tell_again(self, article: Article, own: Story) -> tuple[Matches, Alerts]:
        """An edited article stays in its story; only a topic that did not ask for it before owes alerts."""
        now = clock()
        after = settle.retold(article, now)
        rules = self.rulebook.rules
        topics = {topic.name for topic in rules.pack.topics}
        before = await self.on_disk(self.store.matches, article.id)
        read = match.read(after, rules.compiled)
        matches = match.match_reading(read, rules.compiled)
        changes = revision.match_changes(before, matches, topics, article.revision, now)
        gained = {change.topic for change in changes if change.change is Change.GAINED}
        found = tuple(each for each in matches if each.topic in gained)
        told_of = await self.on_disk(outbox.told, self.store.engine, own.id)
        owed = await self._owed(found, after, own, told_of, edited=True)
        await self.on_disk(
            self.store.save_retelling,
            after,
            keys=story.keys(article.title, article.text),
            matches=(*matches, *(each for each in before if each.topic not in topics)),
            changes=changes,
            alerts=owed,
            now=now,
            names=self._names(read),
        )
        for change in changes:
            bound = logger.bind(article=article.id, topic=change.topic, change=change.change.value)
            bound.info("the edit of article {}: match with {} {}", article.id, change.topic, change.change.value)
        return matches, owed


def _joined_story(article: Article, before: Story | None, now: datetime) -> Story:
    """The story with this article in it; a new one bears the article's id."""
    if before:
        return replace(before, latest_at=now, articles=before.articles + 1)
    return Story(article.id, article.title, opened_at=now, latest_at=now)

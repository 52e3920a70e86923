"""An article finds its story: what was told before it is in the window, and the window follows the database."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.edge.sketches import News, read_news
from monitor.edge.store import Store
from monitor.model import Article
from monitor.stories import Merge, Sketch, Split
from monitor.think import story, story_decision
from monitor.think.entities import WORDS, Entities
from monitor.think.reading import Reading
from monitor.think.story_drift import changes
from monitor.think.story_sketch import Rarity, sketch
from monitor.think.story_terms import Terms, terms_of
from monitor.think.story_tongues import shared_terms
from monitor.think.story_usual import usual
from monitor.think.story_weights import JUDGEMENT
from monitor.think.story_window import Member, Window, member_of

OnDisk = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an article belongs, and what is saved with it so that others find it."""

    story_id: int | None  # of the story that it joins; None: it opens one
    copy_of: int | None
    keys: tuple[str, ...]
    sketch: Sketch
    merges: tuple[Merge, ...]  # stories that turn out to be one with its own
    split: Split | None  # what turns out to tell another event than the rest of its own
    number: int  # of the latest article, and the latest change of a story, that this was decided by
    event: int
    horizon: datetime  # what was told before it can be joined no more


@dataclass(frozen=True, slots=True)
class Said:
    """What an article is compared by: the terms of its language, and those that other languages share."""

    terms: Terms
    shared: Terms


@dataclass(slots=True)
class Placing:
    """The window, as far as it has followed the database. Whatever is in it can be read there again."""

    store: Store
    on_disk: OnDisk
    window: Window = field(default_factory=lambda: Window(Rarity(usual())))
    number: int = 0
    event: int = -1  # nothing was read yet

    async def place(self, article: Article, said: Said, now: datetime, window_s: float) -> Placement:
        """Find the story of an article that is told for the first time."""
        horizon = now - timedelta(seconds=window_s)
        await self._follow(horizon)
        keys = story.keys(article.title, article.text)
        kin = await self.on_disk(self.store.story_keys, keys, story.title_key(keys), story.ENOUGH, horizon)
        copied = story.copied(keys, kin)
        found = sketch(said.terms, self.window.rarity, _happened(article, now, horizon), said.shared)
        judged = story_decision.judge(found, self.window, JUDGEMENT)
        joined = story.join(keys, kin)
        if joined is None:
            joined = story_decision.choose(judged, JUDGEMENT)
        own = Member(self.number + 1, article.id, joined or article.id, now.timestamp(), found)
        merges, split = self._changed(own, judged)
        origin = await self.on_disk(self.store.origin, copied) if copied else None
        return Placement(joined, origin, keys, found, tuple(merges), split, self.number, self.event, horizon)

    def _changed(self, own: Member, judged: story_decision.Judged) -> tuple[list[Merge], Split | None]:
        """The stories that this article links, or what parts from its own; it is in the window for that long only."""
        if own.story_id not in self.window.stories and not story_decision.is_link(own.story_id, judged, JUDGEMENT):
            return [], None
        self.window.add(own)
        try:
            return changes(own, judged, self.window, JUDGEMENT)
        finally:
            self.window.take_back(own.number)

    async def _follow(self, horizon: datetime) -> None:
        """Take in what was told, here or by another process, and what people or the program changed."""
        fresh = self.event < 0
        news: News = await self.on_disk(read_news, self.store.engine, self.number, self.event)
        for told in news.told:
            self.window.add(member_of(told))
        self.window.forget_before(horizon.timestamp())
        for moved in () if fresh else news.moved:
            self.window.move(moved.articles, moved.story_id)
        self.number, self.event = news.number, news.event


def counted(reading: Reading, entities: Entities) -> Said:
    """What an article says."""
    article = reading.article
    text = article.text or article.summary
    lists = {id_ for id_ in reading.mentions if entities.by_id[id_].kind == WORDS}
    names = [id_ for id_ in reading.mentions if id_ not in lists]
    matters = [id_ for id_ in reading.mentions if id_ in lists]
    return Said(
        terms_of(article.title, text, article.language),
        shared_terms(article.title, text, article.language, names, matters),
    )


def _happened(article: Article, now: datetime, horizon: datetime) -> datetime:
    """When an article was published, as far as that can be believed."""
    published = article.published_at
    return published if published and horizon <= published <= now else now.astimezone(UTC)

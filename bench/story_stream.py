"""Articles with known events, fed to the window in the order of time; stories come out, and what they are worth."""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from monitor.model import Article
from monitor.placing import Said, counted
from monitor.shipped import FOLDER, load_ready
from monitor.think import story
from monitor.think.entities import Entities, index_entities
from monitor.think.match import Compiled, compile_topics, read
from monitor.think.reading import Reading
from monitor.think.story_decision import Judgement, choose, judge
from monitor.think.story_drift import changes
from monitor.think.story_sketch import Rarity, sketch
from monitor.think.story_usual import usual
from monitor.think.story_weights import JUDGEMENT
from monitor.think.story_window import Member, Window

DAYS = 10


@dataclass(frozen=True, slots=True)
class Told:
    """An article, and the event that it tells."""

    id: str
    set: str
    language: str
    at: datetime
    title: str
    text: str
    event: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """For each article the story that it was put into when it came, and the one that it is in at last."""

    opened: tuple[object, ...]
    final: tuple[object, ...]
    seconds: float  # of CPU


def reading_of(title: str, text: str, language: str) -> Reading:
    """An article, read for the shipped topics."""
    return read(Article(0, "", "", title=title, text=text, language=language), _shipped()[0])


def said_in(reading: Reading) -> Said:
    """What it is compared by."""
    return counted(reading, _shipped()[1])


@cache
def _shipped() -> tuple[Compiled, Entities]:
    file = FOLDER / "russia-ukraine-nato.toml"
    ready = load_ready("russia-ukraine-nato", file.read_text("utf-8"))
    if ready is None:
        raise SystemExit("the shipped topics are not kept ready as they are written: make spellings")
    entities = index_entities(ready.pack.entities, book=ready.book)
    return compile_topics(ready.pack.topics, entities), entities


def read_sets(path: Path) -> dict[str, list[Told]]:
    """The articles of each set, in the order of time."""
    sets: dict[str, list[Told]] = defaultdict(list)
    file = path / "dev.jsonl" if path.is_dir() else path
    for line in file.read_text("utf-8").splitlines():
        row = json.loads(line)
        at = datetime.fromtimestamp(float(row.get("ts") or 0), UTC)
        name = row.get("set") or row.get("lang") or "all"
        told = Told(
            row["id"],
            name,
            row.get("lang") or "",
            at,
            row.get("title") or "",
            row.get("text") or "",
            str(row["cluster"]),
        )
        if row["cluster"] is not None:
            sets[name].append(told)
    for articles in sets.values():
        articles.sort(key=lambda one: (one.at, one.id))
    return dict(sets)


def tell_all(articles: Sequence[Told], by: Judgement = JUDGEMENT) -> Outcome:
    """The stories that the program makes of articles: with copies, merges and splits."""
    window, desk = Window(Rarity(usual())), Copies()
    opened: list[int] = []
    readings = [reading_of(one.title, one.text, one.language) for one in articles]
    started = time.process_time()
    for number, article in enumerate(articles, 1):
        window.forget_before(article.at.timestamp() - DAYS * 86400)
        joined = desk.join(number, article)
        said = said_in(readings[number - 1])
        found = sketch(said.terms, window.rarity, article.at, said.shared)
        judged = judge(found, window, by)
        if joined is None or joined not in window.stories:
            joined = choose(judged, by) or number
        own = Member(number, number, joined, article.at.timestamp(), found)
        window.add(own)
        desk.keep(number, joined)
        linked, parted = changes(own, judged, window, by)
        for merge in linked:
            desk.merge(window, merge.one, merge.other)
        if parted:
            joined = desk.part(window, parted.articles, -number)
        opened.append(joined)
    seconds = time.process_time() - started
    return Outcome(tuple(opened), tuple(map(desk.story_of, range(1, len(articles) + 1))), seconds)


class Copies:
    """The part of the database: which keys articles have, and which stories became part of which."""

    def __init__(self) -> None:
        self._by_key: dict[str, list[int]] = defaultdict(list)
        self._keys: dict[int, frozenset[str]] = {}
        self._opened: dict[int, int] = {}
        self._into: dict[int, int] = {}
        self._at: dict[int, datetime] = {}

    def join(self, number: int, article: Told) -> int | None:
        """The story of an article with the same text or headline."""
        keys = frozenset(story.keys(article.title, article.text))
        self._keys[number], self._at[number] = keys, article.at
        shared = Counter(other for key in keys for other in self._by_key[key][-200:])
        kin = {
            other: (self.story_of(other), keys & self._keys[other])
            for other in shared
            if (article.at - self._at[other]).days < DAYS
        }
        return story.join(keys, kin)

    def keep(self, number: int, joined: int) -> None:
        """Others may find this article, and its story, from now on."""
        self._opened[number] = joined
        for key in self._keys[number]:
            self._by_key[key].append(number)

    def merge(self, window: Window, one: int, other: int) -> None:
        """Two stories become one, which bears the lower number."""
        kept, gone = sorted((self.live(one), self.live(other)))
        if kept != gone and gone in window.stories:
            window.move([window.members[number].article_id for number in window.stories[gone]], kept)
            self._into[gone] = kept

    def part(self, window: Window, articles: Sequence[int], story_id: int) -> int:
        """Articles become a story of their own, which bears that number."""
        window.move(articles, story_id)
        self._opened.update(dict.fromkeys(articles, story_id))
        return story_id

    def story_of(self, number: int) -> int:
        """The story that an article is in."""
        return self.live(self._opened[number])

    def live(self, number: int) -> int:
        """The story that a number leads to."""
        while number in self._into:
            number = self._into[number]
        return number


def bcubed(gold: Sequence[object], found: Sequence[object]) -> tuple[float, float, float]:
    """Precision, recall and F1 of clusters, article by article."""
    events, stories, both = Counter(gold), Counter(found), Counter(zip(gold, found, strict=True))
    precision = sum(count**2 / stories[one] for (_, one), count in both.items()) / len(gold)
    recall = sum(count**2 / events[event] for (event, _), count in both.items()) / len(gold)
    return precision, recall, 2 * precision * recall / (precision + recall)


def alerts(gold: Sequence[object], opened: Sequence[object]) -> tuple[int, int, int]:
    """How many alerts are sent, how many events are never alerted, and how many alerts are beyond an event's first."""
    first: dict[object, object] = {}
    for event, one in zip(gold, opened, strict=True):
        first.setdefault(one, event)
    told = Counter(first.values())
    return len(first), len(set(gold)) - len(told), sum(count - 1 for count in told.values())

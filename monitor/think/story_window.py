"""Sketches of the articles of the last days become a window in which an article finds those that are like it."""

import math
import mmap
from collections import OrderedDict, deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from monitor.stories import COUNTED, Sketch, Sketched
from monitor.think.story_sketch import Digests, Numbers, Rarity, Vector, spread, spread_all
from monitor.think.story_tongues import ALL

# An index of fixed size: a term's place holds the latest articles that have it, so that an article is found at the
# same cost in a window of any size. Pages of it that were never written take no memory.
_PLACES = 1 << 19
_LATEST = 32
_INDEXED = 24  # an article's heaviest terms
_INDEXED_SHARED = 24  # of those that other languages share
NEAREST = 60  # articles that are looked at closely
WORDY = 30  # words of a text; one of fewer is hardly more than a headline
SUMMED = 32  # of a story's articles, the latest
_REMEMBERED = 4096  # stories whose sums are kept at hand
_ALONE = 0.35  # how alike the articles of a story are that has one only
TINY = 1e-9


Part = tuple[int, str]  # a story and a language


@dataclass(slots=True)
class Member:
    """An article in the window."""

    number: int  # in the order of telling
    article_id: int
    story_id: int
    told_at: float
    sketch: Sketch


def member_of(told: Sketched) -> Member:
    """An article in the window, as it was kept."""
    return Member(told.number, told.article_id, told.story_id, told.told_at.timestamp(), told.sketch)


@dataclass(frozen=True, slots=True, eq=False)
class Sum:
    """What the latest articles of a story come to: term by term, and in all."""

    digests: Digests
    layers: Numbers  # of all, of titles, of names
    lengths: tuple[float, float, float]
    inner: float  # how alike its articles are, on average
    articles: int
    first: float
    latest: float
    wordy: float  # the share of articles that have more than a headline


def _empty_index() -> NDArray[np.int32]:
    """Zeros in pages of four kilobytes: numpy's own would come by the two megabytes, and all of them soon be taken."""
    held = mmap.mmap(-1, _PLACES * _LATEST * np.dtype(np.int32).itemsize, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with suppress(AttributeError, OSError):  # a system without larger pages
        held.madvise(mmap.MADV_NOHUGEPAGE)
    return np.frombuffer(held, np.int32).reshape(_PLACES, _LATEST)


@dataclass(slots=True)
class Window:
    """The articles that can still be joined, and their stories: which these are, and in what order, decides all.

    How common words are is counted in those that left, too, until there are `counted` articles: a window of ten days
    may hold a few dozen, in which every word is rare.
    """

    rarity: Rarity
    counted: int = COUNTED
    members: dict[int, Member] = field(default_factory=dict)
    stories: dict[int, list[int]] = field(default_factory=dict)
    parts: dict[Part, list[int]] = field(default_factory=dict)  # of stories: what is told in each language
    _by_article: dict[int, int] = field(default_factory=dict)
    _order: deque[int] = field(default_factory=deque)
    _left: deque[Sketch] = field(default_factory=deque)  # that are still counted
    _uncounted: Sketch | None = None  # when the latest article came
    _index: NDArray[np.int32] = field(default_factory=_empty_index)
    _filled: NDArray[np.uint32] = field(default_factory=lambda: np.zeros(_PLACES, np.uint32))
    _sums: OrderedDict[Part, Sum] = field(default_factory=OrderedDict)
    _replaced: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))  # by the latest in the index

    def add(self, member: Member) -> None:
        """An article was told."""
        self.members[member.number] = member
        self._by_article[member.article_id] = member.number
        self._order.append(member.number)
        self._enter(member)
        self._count(member.sketch, 1)
        self._uncounted = self._uncount_one()
        places = _places(member.sketch)
        self._replaced = self._index[places, self._filled[places] % _LATEST]
        self._index[places, self._filled[places] % _LATEST] = member.number
        self._filled[places] += np.uint32(1)

    def take_back(self, number: int) -> None:
        """Undo that the latest article was added."""
        member = self.members.pop(number)
        self._order.pop()
        self._leave(member)
        self._by_article.pop(member.article_id, None)
        self._count(member.sketch, -1)
        if self._uncounted:
            self._left.appendleft(self._uncounted)
            self._count(self._uncounted, 1)
        places = _places(member.sketch)
        self._filled[places] -= np.uint32(1)
        self._index[places, self._filled[places] % _LATEST] = self._replaced

    def move(self, articles: Iterable[int], story_id: int) -> None:
        """Articles belong to another story by now."""
        for article in articles:
            member = self.members.get(self._by_article.get(article, -1))
            if member and member.story_id != story_id:
                self._leave(member)
                member.story_id = story_id
                self._enter(member)

    def forget_before(self, horizon: float) -> None:
        """What was told before then can be joined no more."""
        while self._order and self.members[self._order[0]].told_at < horizon:
            member = self.members[self._order.popleft()]
            self._leave(member)
            del self.members[member.number]
            if self._by_article.get(member.article_id) == member.number:
                del self._by_article[member.article_id]
            self._left.append(member.sketch)
        while self._uncount_one():
            pass

    def near(self, found: Sketch) -> list[Member]:
        """The articles in its language that share most with this one, by what they share of its heaviest terms."""
        near = self._nearest(spread(found), _INDEXED, 2 * NEAREST)
        return [member for member in near if member.sketch.language == found.language][:NEAREST]

    def near_abroad(self, found: Sketch) -> list[Member]:
        """The articles in other languages that share most of what all languages share."""
        near = self._nearest(spread(found.abroad), _INDEXED_SHARED, 2 * NEAREST)
        return [member for member in near if member.sketch.language not in {"", found.language}][:NEAREST]

    def _nearest(self, vector: Vector, indexed: int, most: int) -> list[Member]:
        if not self._order or not len(vector.digests):
            return []
        heavy = heaviest(vector, indexed)
        weights = vector.weight[np.searchsorted(vector.digests, heavy)] ** 2
        held = self._index[heavy & np.uint32(_PLACES - 1)]
        numbers, which = np.unique(held, return_inverse=True)
        shared = np.bincount(which.ravel(), weights=np.repeat(weights, _LATEST), minlength=len(numbers))
        shared[numbers < self._order[0]] = 0.0  # left the window; 0 is an empty place
        best = np.lexsort((-numbers, -np.round(shared, 9)))[:most]
        return [self.members[number] for number in numbers[best[shared[best] > 0]].tolist()]

    def languages(self, story_id: int) -> set[str]:
        """The languages that a story is told in."""
        return {self.members[number].sketch.language for number in self.stories[story_id]}

    def sum_of(self, story_id: int, language: str) -> Sum:
        """The sum of a story's latest articles in a language."""
        part = (story_id, language)
        found = self._sums.get(part)
        if found is None:
            numbers = self.parts[part]
            found = sum_up([self.members[number] for number in numbers[-SUMMED:]], len(numbers))
            self._sums[part] = found
            if len(self._sums) > _REMEMBERED:
                self._sums.popitem(last=False)
        else:
            self._sums.move_to_end(part)
        return found

    def _uncount_one(self) -> Sketch | None:
        """Count the oldest that left no more, if there are enough without."""
        if not self._left or len(self._left) + len(self.members) <= self.counted:
            return None
        oldest = self._left.popleft()
        self._count(oldest, -1)
        return oldest

    def _count(self, sketch: Sketch, change: int) -> None:
        self.rarity.count(sketch.language, np.frombuffer(sketch.digests, np.uint32), change)
        if sketch.shared:
            self.rarity.count(ALL, np.frombuffer(sketch.shared, np.uint32), change)

    def _enter(self, member: Member) -> None:
        for numbers in (
            self.stories.setdefault(member.story_id, []),
            self.parts.setdefault((member.story_id, member.sketch.language), []),
        ):
            numbers.append(member.number)
            if len(numbers) > 1 and numbers[-2] > member.number:
                numbers.sort()
        self._sums.pop((member.story_id, member.sketch.language), None)

    def _leave(self, member: Member) -> None:
        part = (member.story_id, member.sketch.language)
        self.stories[member.story_id].remove(member.number)
        self.parts[part].remove(member.number)
        self._sums.pop(part, None)
        if not self.parts[part]:
            del self.parts[part]
        if not self.stories[member.story_id]:
            del self.stories[member.story_id]


def _places(found: Sketch) -> Digests:
    """Where in the index an article stands."""
    heavy = (heaviest(spread(found), _INDEXED), heaviest(spread(found.abroad), _INDEXED_SHARED))
    places: Digests = np.unique(np.concatenate(heavy) & np.uint32(_PLACES - 1))
    return places


def heaviest(vector: Vector, most: int) -> Digests:
    """The terms that an article is looked up by."""
    return vector.digests[np.lexsort((vector.digests, -vector.weight))[:most]]


def sum_up(members: list[Member], articles: int) -> Sum:
    """Add up the sketches of articles."""
    sketches = [member.sketch for member in members]
    every, _ = spread_all(sketches)
    digests, place = np.unique(every.digests, return_inverse=True)
    layers = np.array([np.bincount(place, values) for values in every.layers[:3]], np.float64)
    days = [one.at for one in sketches]
    squares = np.einsum("ij,ij->i", layers, layers).tolist()
    whole, title, names = (max(math.sqrt(square), TINY) for square in squares)
    count = len(sketches)
    return Sum(
        digests,
        layers,
        (whole, title, names),
        (squares[0] - count) / (count * (count - 1)) if count > 1 else _ALONE,
        articles,
        min(days),
        max(days),
        sum(one.words > WORDY for one in sketches) / count,
    )

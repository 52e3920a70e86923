"""What an article and a story, or two stories, have in common becomes the figures by which it is decided."""

import math
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from monitor.stories import Sketch
from monitor.think.story_pairs import LONG_AGO, Near, nearest_text
from monitor.think.story_sketch import Numbers, Vector, common
from monitor.think.story_window import SUMMED, TINY, WORDY, Sum, Window

_TRIED, _COMPARED = 8, 24  # of the smaller and of the larger of two stories, the latest articles
STORIES = 10  # that are weighed, those of the nearest articles
# How like its nearest article a text must be, whatever else speaks for a story.
_LEAST = 0.06
_UNSURE = 0.26  # more, where nothing is known of a language's words: on articles of one matter, no two of one event
_LEARNT = 100.0  # articles of a language that bring this down to a third
_GROWN = 6.0  # the logarithm of how many articles of its language there are, beyond which more make no difference
_NOBODY = -8.0  # points of another story, where there is none

JOINING = (
    "text like the nearest article", "text like the nearest three", "text like the story", "text like its articles",
    "its articles like one another", "title like the nearest title", "title like its titles", "names like the nearest",
    "names like the story", "pairs of words like the nearest", "title told in the nearest", "nearest title told here",
    "days since the nearest", "days since its latest", "its size", "has a text", "nearest has a text",
    "text like another story", "ahead of other stories", "text like anything else", "as like as its articles are",
    "title like each title", "nearest article's points", "points of the nearest three", "points of the nearest eight",
    "share of its articles near", "points of all near", "articles of the language", "points of another story",
    "points ahead of other stories",
)  # fmt: skip
NEAREST = JOINING.index("nearest article's points")
MERGING = (
    "texts alike", "titles alike", "names alike", "articles alike", "nearest articles alike", "each nearest alike",
    "one's articles alike", "other's articles alike", "as like as their own", "size of one", "size of other",
    "days between", "have texts", "an article's points for one", "an article's points for both",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Weighing:
    """The stories that an article might join, and their figures."""

    stories: tuple[int, ...]
    nearest: tuple[int, ...]  # the article of each that comes nearest
    figures: NDArray[np.float64]  # a row for each


NOTHING = Weighing((), (), np.empty((0, len(JOINING))))


def weigh(found: Sketch, near: Near, points: Numbers, window: Window) -> Weighing:
    """What an article has in common with the stories of those near it; `points` are those of each pair."""
    by_story: dict[int, list[int]] = {}
    for at, member in enumerate(near.members):
        if member.story_id in by_story or len(by_story) < STORIES:
            by_story.setdefault(member.story_id, []).append(at)
    grown = min(math.log1p(window.rarity.articles(found.language)), _GROWN)
    article = _Article.of(found, near, points)
    figures = np.array([
        [*article.compared(members, near.members[members[0]].sketch.words, window.sum_of(story, found.language)),
         *article.agreement(members, min(len(window.parts[story, found.language]), SUMMED)), grown, 0.0, 0.0]
        for story, members in by_story.items()
    ])  # fmt: skip
    _compare(figures, near.figures[0, 10])
    floor = least(found.language, window)
    enough = [at for at in range(len(figures)) if figures[at, 0] >= floor]
    stories = list(by_story)
    closest = [near.members[by_story[stories[at]][0]].article_id for at in enough]
    return Weighing(tuple(stories[at] for at in enough), tuple(closest), figures[enough])


@dataclass(frozen=True, slots=True)
class _Article:
    """An article, and how it is like those near it: plain numbers, which are quicker than arrays so short."""

    found: Sketch
    own: Vector
    lengths: tuple[float, ...]  # of all, of the title, of names
    text: list[float]
    others: list[list[float]]  # title, names, pairs, the title told there, that one's told here
    days: list[float]
    points: list[float]

    @classmethod
    def of(cls, found: Sketch, near: Near, points: Numbers) -> "_Article":
        like, layers = near.like, near.own.layers[:3]
        lengths = np.sqrt(np.einsum("ij,ij->i", layers, layers)).tolist()
        others = (like.title, like.names, like.pairs, like.told_there, like.told_here)
        return cls(
            found, near.own, tuple(max(length, TINY) for length in lengths), like.text.tolist(),
            [values.tolist() for values in others], near.figures[:, 6].tolist(), points.tolist(),
        )  # fmt: skip

    def compared(self, members: list[int], first_words: int, total: Sum) -> list[float]:
        """What it has in common with one story; what depends on the other stories is filled in later."""
        own, found = self.own, self.found
        there, same = common(total.digests, own.digests)
        both = np.einsum("ij,ij->i", own.layers[:3, same], total.layers[:, there])
        text, title, names = both.tolist()
        summed = min(total.articles, SUMMED)
        most = [max([values[at] for at in members]) for values in self.others]
        return [
            self.text[members[0]], fmean([self.text[at] for at in members[:3]]),
            text / total.lengths[0], text / summed, total.inner,
            most[0], title / (total.lengths[1] * self.lengths[1]),
            most[1], names / (total.lengths[2] * self.lengths[2]),
            *most[2:],
            min([self.days[at] for at in members]), min(max(found.at - total.latest, 0.0), LONG_AGO),
            math.log(total.articles), float(found.words > WORDY), float(first_words > WORDY),
            0.0, 0.0, 0.0, text / summed / (total.inner + 0.05), title / (summed * self.lengths[1]),
        ]  # fmt: skip

    def agreement(self, members: list[int], articles: int) -> tuple[float, ...]:
        """How much the pairs of it with the articles of a story say that it is one event."""
        ranked = sorted((self.points[at] for at in members), reverse=True)
        count = len(ranked)
        return ranked[0], fmean(ranked[:3]), fmean(ranked[:8]), min(count / articles, 1.0), sum(ranked) / count


def least(language: str, window: Window) -> float:
    """How like its nearest article a text must be to be of its story at all."""
    return _LEAST + _UNSURE * math.exp(-window.rarity.known(language) / _LEARNT)


def _compare(figures: NDArray[np.float64], background: float) -> None:
    """Fill in how a story stands among the others."""
    whole = figures[:, 2]
    ranked = np.sort(whole)[::-1]
    second = ranked[1] if len(ranked) > 1 else 0.0
    other = np.where(whole < ranked[0], ranked[0], second)
    figures[:, 17] = other
    figures[:, 18] = whole / (other + 0.03)
    figures[:, 19] = background
    agreed = figures[:, 24]
    best = agreed.max()
    behind = np.sort(agreed)[-2] if len(agreed) > 1 else _NOBODY
    figures[:, 28] = np.where(agreed < best, best, behind)
    figures[:, 29] = agreed - figures[:, 28]


def compare_stories(one: int, other: int, scores: tuple[float, float], window: Window, language: str) -> list[float]:
    """What two stories have in common in a language, the smaller first; `scores` are those of one near to both."""
    totals = [window.sum_of(story, language) for story in (one, other)]
    first, second = sorted(totals, key=lambda total: (total.articles, -total.first))
    _, at, there = np.intersect1d(first.digests, second.digests, assume_unique=True, return_indices=True)
    dots = np.einsum("ij,ij->i", first.layers[:, at], second.layers[:, there]).tolist()
    alike = [dot / (mine * theirs) for dot, mine, theirs in zip(dots, first.lengths, second.lengths, strict=True)]
    smaller, larger = (one, other) if totals[0] is first else (other, one)
    theirs = [window.members[number].sketch for number in window.parts[larger, language][-_COMPARED:]]
    each = nearest_text([window.members[number].sketch for number in window.parts[smaller, language][-_TRIED:]], theirs)
    average = dots[0] / (min(first.articles, SUMMED) * min(second.articles, SUMMED))
    apart = max(0.0, max(first.first, second.first) - min(first.latest, second.latest))
    wordy = (first.wordy * first.articles + second.wordy * second.articles) / (first.articles + second.articles)
    return [
        *alike, average, max(each), fmean(each), first.inner, second.inner,
        average / (min(first.inner, second.inner) + 0.05), math.log(first.articles), math.log(second.articles),
        min(apart, LONG_AGO), wordy, max(scores), min(scores),
    ]  # fmt: skip

"""What an article and a story, or two stories, have in common becomes the figures by which it is decided."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.stories import Sketch
from monitor.think.story_pairs import LONG_AGO, TINY, Near, liken
from monitor.think.story_sketch import Numbers, spread
from monitor.think.story_window import SUMMED, Sum, Window

STORIES = 10  # that are weighed, those of the nearest articles
_WORDS = 30  # a text of fewer is hardly more than a headline
_ALONE = 0.35  # how alike the articles of a story are that has one only
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
    figures = np.array([
        [*_figures(found, near, members, window.sum_of(story)),
         *_agreement(points[members], min(len(window.stories[story]), SUMMED)), grown, 0.0, 0.0]
        for story, members in by_story.items()
    ])  # fmt: skip
    _compare(figures, near.figures[0, 10])
    floor = least(found.language, window)
    enough = [at for at in range(len(figures)) if figures[at, 0] >= floor]
    stories = list(by_story)
    closest = [near.members[by_story[stories[at]][0]].article_id for at in enough]
    return Weighing(tuple(stories[at] for at in enough), tuple(closest), figures[enough])


def _agreement(points: Numbers, articles: int) -> tuple[float, ...]:
    """How much the pairs of an article with those of a story say that it is one event."""
    ranked = np.sort(points)[::-1]
    count = len(ranked)
    share = min(count / articles, 1.0)
    return float(ranked[0]), float(ranked[:3].mean()), float(ranked[:8].mean()), share, float(ranked.sum()) / count


def least(language: str, window: Window) -> float:
    """How like its nearest article a text must be to be of its story at all."""
    return _LEAST + _UNSURE * math.exp(-window.rarity.known(language) / _LEARNT)


def _figures(found: Sketch, near: Near, members: list[int], total: Sum) -> list[float]:
    """What an article has in common with one story; what depends on the other stories is filled in later."""
    own = near.own
    place = np.minimum(np.searchsorted(total.digests, own.digests), len(total.digests) - 1)
    same = total.digests[place] == own.digests
    there = place[same]
    text, title, names = (
        float(np.dot(mine[same], theirs[there]))
        for mine, theirs in ((own.weight, total.weight), (own.title, total.title), (own.names, total.names))
    )
    summed = min(total.articles, SUMMED)
    like, first = near.like, near.members[members[0]].sketch
    inner = _inner(total)
    return [
        like.text[members[0]], float(np.mean(like.text[members[:3]])),
        text / _length(total.weight), text / summed, inner,
        float(like.title[members].max()), title / (_length(total.title) * _length(own.title)),
        float(like.names[members].max()), names / (_length(total.names) * _length(own.names)),
        float(like.pairs[members].max()), float(like.told_there[members].max()), float(like.told_here[members].max()),
        float(near.figures[members, 6].min()), min(max(found.at - total.latest, 0.0), LONG_AGO),
        float(np.log(total.articles)), float(found.words > _WORDS), float(first.words > _WORDS),
        0.0, 0.0, 0.0, text / summed / (inner + 0.05), title / (summed * _length(own.title)),
    ]  # fmt: skip


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


def compare_stories(one: int, other: int, scores: tuple[float, float], window: Window) -> list[float]:
    """What two stories have in common, the smaller first; `scores` are those of an article that is near to both."""
    first, second = sorted(
        (window.sum_of(story) for story in (one, other)), key=lambda total: (total.articles, -total.first)
    )
    _, at, there = np.intersect1d(first.digests, second.digests, assume_unique=True, return_indices=True)
    pairs = ((first.weight, second.weight), (first.title, second.title), (first.names, second.names))
    dots = [float(np.dot(left[at], right[there])) for left, right in pairs]
    alike = [dot / (_length(left) * _length(right)) for dot, (left, right) in zip(dots, pairs, strict=True)]
    smaller, larger = (one, other) if window.sum_of(one) is first else (other, one)
    each = _nearest(smaller, larger, window)
    inner, inner_other = _inner(first), _inner(second)
    average = dots[0] / (min(first.articles, SUMMED) * min(second.articles, SUMMED))
    apart = max(0.0, max(first.first, second.first) - min(first.latest, second.latest))
    wordy = (first.wordy * first.articles + second.wordy * second.articles) / (first.articles + second.articles)
    return [
        *alike, average, float(each.max()), float(each.mean()), inner, inner_other,
        average / (min(inner, inner_other) + 0.05), float(np.log(first.articles)), float(np.log(second.articles)),
        min(apart, LONG_AGO), wordy, max(scores), min(scores),
    ]  # fmt: skip


def _nearest(smaller: int, larger: int, window: Window) -> Numbers:
    """How like the nearest article of the larger story each of the latest articles of the smaller one is."""
    theirs = [window.members[number].sketch for number in window.stories[larger][-24:]]
    own = [window.members[number].sketch for number in window.stories[smaller][-8:]]
    return np.array([liken(spread(sketch), theirs).text.max() if sketch.digests else 0.0 for sketch in own])


def _inner(total: Sum) -> float:
    """How alike a story's own articles are, on average."""
    summed = min(total.articles, SUMMED)
    if summed < 2:
        return _ALONE
    return float((np.sum(total.weight**2) - summed) / (summed * (summed - 1)))


def _length(values: Numbers) -> float:
    return max(float(np.sqrt(np.dot(values, values))), TINY)

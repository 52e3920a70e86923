"""What an article and a story, or two stories, have in common becomes the figures by which it is decided."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.stories import Sketch
from monitor.think.story_sketch import Numbers, Vector, spread, spread_bytes
from monitor.think.story_window import Member, Sum, Window

STORIES = 10  # that are weighed, those of the nearest articles
_WORDS = 30  # a text of fewer is hardly more than a headline
_LONG_AGO = 4.0  # days; beyond it longer is no less likely
_ALONE = 0.35  # how alike the articles of a story are that has one only
_TINY = 1e-9
# How like its nearest article a text must be, whatever else speaks for a story. On articles of one matter in five
# languages, no two of one event, 2 % were more alike than 0.16 where a table tells how common words are, than 0.24
# where one lists only those that say nothing, and than 0.35 without; of articles of one event 95 % are above 0.1.
_LEAST = 0.1
_UNSURE = 0.26  # more, where nothing is known of a language's words
_YOUNG = 0.19  # more, where the window holds nothing of the language: the trees were fitted on windows that are full
_LEARNT, _GROWN = 100.0, 200.0  # articles of a language that bring these down to a third

JOINING = (
    "text like the nearest article", "text like the nearest three", "text like the story", "text like its articles",
    "its articles like one another", "title like the nearest title", "title like its titles", "names like the nearest",
    "names like the story", "pairs of words like the nearest", "title told in the nearest", "nearest title told here",
    "days since the nearest", "days since its latest", "its size", "has a text", "nearest has a text",
    "text like another story", "ahead of other stories", "text like anything else", "as like as its articles are",
    "title like each title",
)  # fmt: skip
MERGING = (
    "texts alike", "titles alike", "names alike", "articles alike", "nearest articles alike", "each nearest alike",
    "one's articles alike", "other's articles alike", "as like as their own", "size of one", "size of other",
    "days between", "have texts",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """How an article is like some others, one figure for each."""

    text: Numbers
    title: Numbers
    names: Numbers
    pairs: Numbers
    told_there: Numbers  # the share of its title that stands in the other
    told_here: Numbers


def liken(own: Vector, others: list[Sketch]) -> Likeness:
    """Compare an article with others, all at once."""
    sizes = [len(other.digests) // 4 for other in others]
    every = spread_bytes(b"".join(other.digests for other in others), b"".join(other.values for other in others))
    owner = np.repeat(np.arange(len(others)), sizes)
    place = np.minimum(np.searchsorted(own.digests, every.digests), len(own.digests) - 1)
    hit = np.flatnonzero(own.digests[place] == every.digests)
    mine, whose = place[hit], owner[hit]

    def add(values: Numbers) -> Numbers:
        total: Numbers = np.bincount(whose, weights=values, minlength=len(others)).astype(np.float64)
        return total

    def cosine(one: Numbers, other: Numbers) -> Numbers:
        length = np.sqrt(np.bincount(owner, weights=other**2, minlength=len(others)) * np.sum(one**2))
        return add(one[mine] * other[hit]) / np.maximum(length, _TINY)

    title, their_title = own.title, every.title
    theirs = np.bincount(owner, weights=their_title, minlength=len(others))
    return Likeness(
        cosine(own.weight, every.weight),
        cosine(title, their_title),
        cosine(own.names, every.names),
        cosine(own.pairs, every.pairs),
        add(title[mine]) / max(float(title.sum()), _TINY),
        add(their_title[hit]) / np.maximum(theirs, _TINY),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Weighing:
    """The stories that an article might join, and their figures."""

    stories: tuple[int, ...]
    nearest: tuple[int, ...]  # the article of each that comes nearest
    figures: NDArray[np.float64]  # a row for each


NOTHING = Weighing((), (), np.empty((0, len(JOINING))))


def weigh(found: Sketch, window: Window) -> Weighing:
    """What an article has in common with the stories in the window that are nearest."""
    near = window.near(found)
    own = spread(found)
    if not near or not len(own.digests):
        return NOTHING
    like = liken(own, [member.sketch for member in near])
    numbers = np.array([member.number for member in near])
    order = np.lexsort((-numbers, -np.round(like.text, 6))).tolist()
    by_story: dict[int, list[int]] = {}
    for at in order:
        if like.text[at] <= 0:
            break
        story = near[at].story_id
        if story in by_story or len(by_story) < STORIES:
            by_story.setdefault(story, []).append(at)
    if not by_story:
        return NOTHING
    elsewhere = like.text[order[5:30]]
    background = float(elsewhere.mean()) if len(elsewhere) else 0.0
    sums = [window.sum_of(story) for story in by_story]
    rows = [
        _figures(found, own, like, near, members, total) for members, total in zip(by_story.values(), sums, strict=True)
    ]
    figures = np.array(rows)
    _compare(figures, background)
    enough = np.flatnonzero(figures[:, 0] >= least(found.language, window)).tolist()
    stories, nearest = list(by_story), [near[members[0]].article_id for members in by_story.values()]
    return Weighing(tuple(stories[at] for at in enough), tuple(nearest[at] for at in enough), figures[enough])


def least(language: str, window: Window) -> float:
    """How like its nearest article a text must be to be of its story at all."""
    unsure = _UNSURE * math.exp(-window.rarity.known(language) / _LEARNT)
    return _LEAST + max(unsure, _YOUNG * math.exp(-window.rarity.articles(language) / _GROWN))


def _figures(
    found: Sketch, own: Vector, like: Likeness, near: list[Member], members: list[int], total: Sum
) -> list[float]:
    """What an article has in common with one story; what depends on the other stories is filled in later."""
    place = np.minimum(np.searchsorted(total.digests, own.digests), len(total.digests) - 1)
    same = total.digests[place] == own.digests
    there = place[same]
    text, title, names = (
        float(np.dot(mine[same], theirs[there]))
        for mine, theirs in ((own.weight, total.weight), (own.title, total.title), (own.names, total.names))
    )
    summed = min(total.articles, 32)
    nearest = near[members[0]].sketch
    inner = _inner(total)
    days = [abs(found.at - near[at].sketch.at) for at in members]
    return [
        like.text[members[0]], float(np.mean(like.text[members[:3]])),
        text / _length(total.weight), text / summed, inner,
        float(like.title[members].max()), title / (_length(total.title) * _length(own.title)),
        float(like.names[members].max()), names / (_length(total.names) * _length(own.names)),
        float(like.pairs[members].max()), float(like.told_there[members].max()), float(like.told_here[members].max()),
        min(*days, _LONG_AGO) if days else _LONG_AGO, min(max(found.at - total.latest, 0.0), _LONG_AGO),
        float(np.log(total.articles)), float(found.words > _WORDS), float(nearest.words > _WORDS),
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


def compare_stories(one: int, other: int, window: Window) -> list[float]:
    """What two stories have in common; the smaller comes first."""
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
    average = dots[0] / (min(first.articles, 32) * min(second.articles, 32))
    apart = max(0.0, max(first.first, second.first) - min(first.latest, second.latest))
    wordy = (first.wordy * first.articles + second.wordy * second.articles) / (first.articles + second.articles)
    return [
        *alike, average, float(each.max()), float(each.mean()), inner, inner_other,
        average / (min(inner, inner_other) + 0.05), float(np.log(first.articles)), float(np.log(second.articles)),
        min(apart, _LONG_AGO), wordy,
    ]  # fmt: skip


def _nearest(smaller: int, larger: int, window: Window) -> Numbers:
    """How like the nearest article of the larger story each of the latest articles of the smaller one is."""
    theirs = [window.members[number].sketch for number in window.stories[larger][-24:]]
    own = [window.members[number].sketch for number in window.stories[smaller][-8:]]
    return np.array([liken(spread(sketch), theirs).text.max() if sketch.digests else 0.0 for sketch in own])


def _inner(total: Sum) -> float:
    """How alike a story's own articles are, on average."""
    summed = min(total.articles, 32)
    if summed < 2:
        return _ALONE
    return float((np.sum(total.weight**2) - summed) / (summed * (summed - 1)))


def _length(values: Numbers) -> float:
    return max(float(np.sqrt(np.dot(values, values))), _TINY)

"""An article and what is told in other languages become points: how much speaks for one event."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.stories import Sketch
from monitor.think.story_pairs import LONG_AGO, liken
from monitor.think.story_sketch import Numbers, common, spread, spread_all
from monitor.think.story_window import TINY, Member, Window

_TRIED, _COMPARED = 8, 24  # of either of two stories, the latest articles
ABROAD = (
    "said alike", "titles alike", "names and amounts alike", "matters alike", "title told there", "its title told here",
    "rarity of what both say", "rarity of what both name", "terms of the smaller", "days between",
    "as like as the nearest",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Balance:
    """What each figure is worth, a point more for one event than for two being a factor of e in the odds."""

    base: float
    worth: NDArray[np.float64]

    def points(self, figures: NDArray[np.float64]) -> NDArray[np.float64]:
        """The points of each row of figures."""
        summed: NDArray[np.float64] = self.base + figures @ self.worth
        return summed


@dataclass(frozen=True, slots=True, eq=False)
class Foreign:
    """The stories told in other languages alone that an article might tell, too, with its nearest article of each."""

    stories: tuple[int, ...]
    nearest: tuple[int, ...]
    figures: NDArray[np.float64]  # a row for each
    points: NDArray[np.float64]

    @property
    def scores(self) -> Mapping[int, float]:
        """The points of each story."""
        return dict(zip(self.stories, self.points.tolist(), strict=True))


NOWHERE = Foreign((), (), np.empty((0, len(ABROAD))), np.empty(0))


def judge_abroad(found: Sketch, window: Window, by: Balance) -> Foreign:
    """The stories of other languages that an article comes near to, by the article of each that it is likest.

    A story that is told in its own language, too, is left out: that is for the words of the language to decide.
    """
    near = window.near_abroad(found)
    if not near or not found.language:
        return NOWHERE
    figures = compare_abroad(found, near)
    points = by.points(figures)
    best: dict[int, int] = {}
    for at in np.lexsort((-np.array([member.number for member in near]), -np.round(points, 9))).tolist():
        story = near[at].story_id
        if (story, found.language) not in window.parts:
            best.setdefault(story, at)
    rows = list(best.values())
    return Foreign(tuple(best), tuple(near[at].article_id for at in rows), figures[rows], points[rows])


def agreement(story_id: int, other: int, window: Window, by: Balance) -> NDArray[np.float64]:
    """The figures of a story's latest articles, each with the likest of another story's, on average."""
    theirs = [window.members[number] for number in window.stories[other][-_COMPARED:]]
    rows: list[NDArray[np.float64]] = []
    for number in window.stories[story_id][-_TRIED:]:
        figures = compare_abroad(window.members[number].sketch, theirs)
        rows.append(figures[np.argmax(np.round(by.points(figures), 9))])
    mean: NDArray[np.float64] = np.mean(rows, axis=0)
    return mean


def compare_abroad(found: Sketch, members: list[Member]) -> NDArray[np.float64]:
    """The figures of an article with each of some others, a row each."""
    own = spread(found.abroad)
    every, owner = spread_all([member.sketch.abroad for member in members])
    count = len(members)
    like = liken(own, every, owner, count)
    mine, hit = common(own.digests, every.digests)

    def rarity(counts: NDArray[np.bool_]) -> Numbers:
        return np.bincount(owner[hit], own.rarity[mine] * counts, count).astype(np.float64)

    days = np.abs(found.at - np.array([member.sketch.at for member in members]))
    sizes: Numbers = np.minimum(np.bincount(owner, minlength=count), len(own.digests)).astype(np.float64)
    return np.column_stack((
        like.text, like.title, like.names, like.pairs, like.told_there, like.told_here,
        rarity(np.ones(len(mine), np.bool_)), rarity(own.layers[2, mine] > 0), np.log1p(sizes),
        np.minimum(days, LONG_AGO), like.text / max(float(like.text.max()), TINY),
    ))  # fmt: skip

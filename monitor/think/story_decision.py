"""An article and the window become a verdict: the story that it joins, or none, and the stories that become one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from monitor.stories import Candidate, Feature, Merge, Sketch, Verdict
from monitor.think.story_abroad import ABROAD, NOWHERE, Balance, Foreign, agreement, judge_abroad
from monitor.think.story_features import JOINING, MERGING, NEAREST, NOTHING, Weighing, compare_stories, weigh
from monitor.think.story_pairs import Near, nearest
from monitor.think.story_sketch import Numbers
from monitor.think.story_trees import Trees, explain, score
from monitor.think.story_window import Window

OPENED = 6.0  # points for the story that an article opened itself: it is of it beyond doubt
_CLOSE = 4  # other stories that the article comes near to: it may link them with its own


@dataclass(frozen=True, slots=True)
class Judgement:
    """By what is decided, and from which score on."""

    pairing: Trees  # of an article and another: do they tell one event?
    joining: Trees
    merging: Trees
    join_at: float
    merge_at: float
    link_at: float  # a story that an article is less like says nothing of that story and the article's own
    abroad: Balance  # of an article and one in another language: do they tell one event?
    abroad_at: float


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What speaks for the stories that an article might join: those in its language, and those in others alone."""

    language: str
    weighing: Weighing
    scores: Mapping[int, float]
    foreign: Foreign
    near: Near | None = None
    points: Numbers = field(default_factory=lambda: np.empty(0))  # of each pair with those near


def judge(found: Sketch, window: Window, by: Judgement) -> Judged:
    """Weigh the stories that an article might join."""
    # In an unknown language nobody can tell which words are common: there only copies find each other.
    if not found.language:
        return Judged("", NOTHING, {}, NOWHERE)
    foreign = judge_abroad(found, window, by.abroad)
    near = nearest(found, window)
    if near is None:
        return Judged(found.language, NOTHING, {}, foreign)
    points = score(by.pairing, near.figures)
    weighing = weigh(found, near, points, window)
    return Judged(found.language, weighing, ranking(weighing, by), foreign, near, points)


def ranking(weighing: Weighing, by: Judgement) -> dict[int, float]:
    """The score of each story that was weighed."""
    scores = standing(by.joining, weighing.figures).tolist() if weighing.stories else ()
    return dict(zip(weighing.stories, scores, strict=True))


def standing(joining: Trees, figures: NDArray[np.float64]) -> NDArray[np.float64]:
    """The score of each story: what its own trees say of it and what those of pairs say, half each.

    Trees of stories learnt from few events; those of pairs are surer where events are of another kind.
    """
    both: NDArray[np.float64] = (score(joining, figures) + figures[:, NEAREST]) / 2
    return both


def choose(judged: Judged, by: Judgement) -> int | None:
    """The story with the best score in the article's language, if that is good enough; else the best of the others."""
    best = _best(judged.scores, by.join_at)
    return _best(judged.foreign.scores, by.abroad_at) if best is None else best


def _best(scores: Mapping[int, float], enough: float) -> int | None:
    """Of equals the oldest."""
    best = max(scores, key=lambda story: (round(scores[story], 9), -story), default=None)
    return best if best is not None and scores[best] >= enough else None


def linked(story_id: int, scores: Mapping[int, float], enough: float) -> list[int]:
    """The other stories that an article comes near to, nearest first."""
    others = sorted(scores, key=lambda story: (-round(scores[story], 9), story))[:_CLOSE]
    return [story for story in others if story != story_id and scores[story] >= enough]


def is_link(story_id: int, judged: Judged, by: Judgement) -> bool:
    """Whether an article of a story comes near to another."""
    return bool(linked(story_id, judged.scores, by.link_at) or linked(story_id, judged.foreign.scores, by.abroad_at))


def merges(story_id: int, judged: Judged, window: Window, by: Judgement) -> list[Merge]:
    """The stories that, with this article told, turn out to be one with its own."""
    near = linked(story_id, judged.scores, by.link_at)
    abroad = linked(story_id, judged.foreign.scores, by.abroad_at)
    tried = [_merge(story_id, other, judged, window, by) for other in near]
    tried += [_merge_abroad(story_id, other, window, by) for other in abroad]
    return [merge for merge in tried if merge]


def _merge(story_id: int, other: int, judged: Judged, window: Window, by: Judgement) -> Merge | None:
    language, scores = judged.language, judged.scores
    if (story_id, language) not in window.parts or (other, language) not in window.parts:
        return None
    both = (scores.get(story_id, OPENED), scores[other])
    figures = np.array([compare_stories(story_id, other, both, window, language)])
    total = float(score(by.merging, figures)[0])
    return Merge(story_id, other, total, why_merged(figures, by)) if total >= by.merge_at else None


def why_merged(figures: NDArray[np.float64], by: Judgement) -> tuple[Feature, ...]:
    """What speaks for two stories being one, and against it; `figures` are a row."""
    return _features(MERGING, figures[0].tolist(), explain(by.merging, figures)[0].tolist())


def _merge_abroad(story_id: int, other: int, window: Window, by: Judgement) -> Merge | None:
    """Stories that no language tells both of: where one does, its words decide."""
    if story_id not in window.stories or other not in window.stories:
        return None
    if window.languages(story_id) & window.languages(other):
        return None
    figures = agreement(story_id, other, window, by.abroad)
    total = float(by.abroad.points(figures))
    if total < by.abroad_at:
        return None
    return Merge(story_id, other, total, _features(ABROAD, figures.tolist(), (figures * by.abroad.worth).tolist()))


def verdict(article_id: int, story_id: int, judged: Judged, by: Judgement) -> Verdict:
    """How an article found its story, for people to read: a story of other languages is as far from its threshold."""
    weighing, foreign = judged.weighing, judged.foreign
    points = explain(by.joining, weighing.figures) / 2 if weighing.stories else np.empty((0, len(JOINING)))
    points[:, NEAREST] += weighing.figures[:, NEAREST] / 2
    base = by.joining.base / 2
    home = _candidates(weighing.stories, weighing.nearest, JOINING, weighing.figures, points, base)
    worth = foreign.figures * by.abroad.worth
    away = _candidates(
        foreign.stories, foreign.nearest, ABROAD, foreign.figures, worth, by.abroad.base + by.join_at - by.abroad_at
    )
    ranked = sorted([*home, *away], key=lambda one: (-one.score, one.story_id))
    return Verdict(article_id, story_id, by.join_at, tuple(ranked))


def _candidates(
    stories: Iterable[int],
    nearest: Iterable[int],
    names: tuple[str, ...],
    figures: NDArray[np.float64],
    points: NDArray[np.float64],
    base: float,
) -> list[Candidate]:
    return [
        Candidate(story, float(row.sum()) + base, _features(names, values.tolist(), row.tolist()), near)
        for story, near, values, row in zip(stories, nearest, figures, points, strict=True)
    ]


def _features(names: tuple[str, ...], values: list[float], points: list[float]) -> tuple[Feature, ...]:
    return tuple(Feature(name, value, worth) for name, value, worth in zip(names, values, points, strict=True))

"""An article and the window become a verdict: the story that it joins, or none, and the stories that become one."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.stories import Candidate, Feature, Merge, Sketch, Verdict
from monitor.think.story_features import JOINING, MERGING, NEAREST, NOTHING, Weighing, compare_stories, weigh
from monitor.think.story_pairs import nearest
from monitor.think.story_trees import Trees, explain, score
from monitor.think.story_window import Window

OPENED = 6.0  # points for the story that an article opened itself: it is of it beyond doubt
_CLOSE = 4  # other stories that the article comes near to: it may link them with its own


@dataclass(frozen=True, slots=True)
class Judgement:
    """By which trees is decided, and from which score on."""

    pairing: Trees  # of an article and another: do they tell one event?
    joining: Trees
    merging: Trees
    join_at: float
    merge_at: float
    link_at: float  # a story that an article is less like says nothing of that story and the article's own


def judge(found: Sketch, window: Window, by: Judgement) -> tuple[Weighing, Mapping[int, float]]:
    """The stories that an article might join, and the score of each."""
    # In an unknown language nobody can tell which words are common: there only copies find each other.
    near = nearest(found, window) if found.language else None
    if near is None:
        return NOTHING, {}
    weighing = weigh(found, near, score(by.pairing, near.figures), window)
    if not weighing.stories:
        return weighing, {}
    scores = standing(by.joining, weighing.figures)
    return weighing, dict(zip(weighing.stories, map(float, scores), strict=True))


def standing(joining: Trees, figures: NDArray[np.float64]) -> NDArray[np.float64]:
    """The score of each story: what its own trees say of it and what those of pairs say, half each.

    Trees of stories learnt from few events; those of pairs are surer where events are of another kind.
    """
    both: NDArray[np.float64] = (score(joining, figures) + figures[:, NEAREST]) / 2
    return both


def choose(scores: Mapping[int, float], by: Judgement) -> int | None:
    """The story with the best score, if that is good enough; of equals the oldest."""
    best = max(scores, key=lambda story: (round(scores[story], 9), -story), default=None)
    return best if best is not None and scores[best] >= by.join_at else None


def linked(story_id: int, scores: Mapping[int, float], by: Judgement) -> list[int]:
    """The other stories that an article comes near to, nearest first."""
    others = sorted(scores, key=lambda story: (-round(scores[story], 9), story))[:_CLOSE]
    return [story for story in others if story != story_id and scores[story] >= by.link_at]


def merges(story_id: int, scores: Mapping[int, float], window: Window, by: Judgement) -> list[Merge]:
    """The stories that, with this article told, turn out to be one with its own."""
    found = []
    for other in linked(story_id, scores, by):
        if story_id in window.stories and other in window.stories:
            both = (scores.get(story_id, OPENED), scores[other])
            figures = np.array([compare_stories(story_id, other, both, window)])
            total = float(score(by.merging, figures)[0])
            if total >= by.merge_at:
                points = explain(by.merging, figures)[0].tolist()
                found.append(Merge(story_id, other, total, _features(MERGING, figures[0].tolist(), points)))
    return found


def verdict(article_id: int, story_id: int, weighing: Weighing, by: Judgement) -> Verdict:
    """How an article found its story, for people to read."""
    points = explain(by.joining, weighing.figures) / 2 if weighing.stories else np.empty((0, len(JOINING)))
    points[:, NEAREST] += weighing.figures[:, NEAREST] / 2
    base = by.joining.base / 2
    candidates = [
        Candidate(story, float(row.sum()) + base, _features(JOINING, figures.tolist(), row.tolist()), nearest)
        for story, nearest, figures, row in zip(
            weighing.stories, weighing.nearest, weighing.figures, points, strict=True
        )
    ]
    ranked = sorted(candidates, key=lambda one: (-one.score, one.story_id))
    return Verdict(article_id, story_id, by.join_at, tuple(ranked))


def _features(names: tuple[str, ...], values: list[float], points: list[float]) -> tuple[Feature, ...]:
    return tuple(Feature(name, value, worth) for name, value, worth in zip(names, values, points, strict=True))

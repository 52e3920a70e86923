"""A story that an article joined may tell two events by then: which of its articles split off.

An article knows best those that it is most like. Where these are like one another, and unlike the others of the story,
they are put to the trees that merge stories, as if they were one of their own: what these would not merge is parted.
"""

from collections.abc import Collection, Mapping, Sequence
from statistics import fmean

import numpy as np

from monitor.stories import Merge, Split
from monitor.think.story_decision import OPENED, Judged, Judgement, merges, ranking, why_merged
from monitor.think.story_features import compare_stories, weigh
from monitor.think.story_pairs import Near, nearest
from monitor.think.story_sketch import Numbers
from monitor.think.story_trees import score
from monitor.think.story_window import WORDY, Member, Window

_APART = -1  # the number of a story that splits off, while it is tried
_LATEST = 40  # articles of a story that are looked at
_FEWEST = 2  # articles of either part
_ASKED = 5  # articles beside the own one that are compared with all others: each takes as long as a decision
# A story of which fewer articles have a text is of headlines, which are unlike where they tell the same.
_HEADLINES = 0.5
# Points of pairs, as the trees give them. Tuned on events that these did not see.
_TOGETHER = 1.5  # on average, of an article with those that split off
_ELSEWHERE = 0.0  # on average, of those that split off with those that stay
_STRANGERS = -4.0  # of a pair that has too little in common to be compared

Points = Mapping[int, float]  # of pairs with an article, by the number of the other


def changes(own: Member, judged: Judged, window: Window, by: Judgement) -> tuple[list[Merge], Split | None]:
    """What an article that is in the window by now makes of stories: it links its own with others, or parts it."""
    linked = merges(own.story_id, judged, window, by)
    return linked, None if linked else drift(own, judged, window, by)


def drift(own: Member, judged: Judged, window: Window, by: Judgement) -> Split | None:
    """The articles that split off from the story of one that is in the window by now, itself among them."""
    numbers = window.parts.get((own.story_id, own.sketch.language), [])[-_LATEST:]
    if judged.near is None or len(numbers) < 2 * _FEWEST or not _may_drift(own.story_id, numbers, window):
        return None
    mine = dict(zip((member.number for member in judged.near.members), judged.points.tolist(), strict=True))
    others = [number for number in numbers if number != own.number]
    kin = [number for number in others if mine.get(number, _STRANGERS) >= _TOGETHER]
    strangers = [mine.get(number, _STRANGERS) for number in others if number not in kin]
    if not kin or len(strangers) < _FEWEST or fmean(strangers) > _ELSEWHERE:
        return None
    apart = _part(
        own.number, sorted(kin, key=lambda number: (-round(mine[number], 9), number)), numbers, mine, window, by
    )
    return _tried(own, apart, judged.near, judged.points, window, by) if apart else None


def _may_drift(story_id: int, numbers: Sequence[int], window: Window) -> bool:
    """Whether words can tell: of headlines, and of stories that several languages tell, they say too little."""
    wordy = fmean(window.members[number].sketch.words > WORDY for number in numbers)
    return wordy >= _HEADLINES and len(window.languages(story_id)) == 1


def _part(
    own: int, kin: Sequence[int], numbers: Sequence[int], mine: Points, window: Window, by: Judgement
) -> list[int]:
    """Those that are like each other, an article and its kin, where they are unlike all others; else none."""
    asked = {own: mine, **{number: _points(window.members[number], window, by) for number in kin[:_ASKED]}}

    def pair(one: int, other: int) -> float:
        """The better of what either sees in the other, as far as they were asked."""
        seen = [asked[a].get(b, _STRANGERS) for a, b in ((one, other), (other, one)) if a in asked]
        return max(seen, default=_STRANGERS)

    apart = [own]
    for number in kin:
        if fmean(pair(number, each) for each in apart) >= _TOGETHER:
            apart.append(number)
    rest = [number for number in numbers if number not in apart]
    if len(apart) < _FEWEST or len(rest) < _FEWEST:
        return []
    across = fmean(pair(one, other) for one in apart if one in asked for other in rest)
    return apart if across <= _ELSEWHERE else []


def _points(member: Member, window: Window, by: Judgement) -> Points:
    """What is said of each pair of an article and those near it now."""
    near = nearest(member.sketch, window, but=member.number)
    if near is None:
        return {}
    points = score(by.pairing, near.figures).tolist()
    return {each.number: point for each, point in zip(near.members, points, strict=True)}


def _tried(
    own: Member, apart: Collection[int], near: Near, points: Numbers, window: Window, by: Judgement
) -> Split | None:
    """The split, where the two parts would not be merged; the window is as before when that is known."""
    story_id, language = own.story_id, own.sketch.language
    articles = sorted(window.members[number].article_id for number in apart)
    window.move(articles, _APART)
    try:
        scores = ranking(weigh(own.sketch, near, points, window), by)
        both = (OPENED, scores.get(story_id, -OPENED))
        figures = np.array([compare_stories(_APART, story_id, both, window, language)])
    finally:
        window.move(articles, story_id)
    total = float(score(by.merging, figures)[0])
    return Split(story_id, tuple(articles), total, why_merged(figures, by)) if total < by.merge_at else None

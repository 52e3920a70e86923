"""An article and those near it become figures by which each pair is weighed: whether it tells one event."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.stories import Sketch
from monitor.think.story_sketch import Numbers, Vector, common, spread, spread_all
from monitor.think.story_window import TINY, Member, Window

LONG_AGO = 4.0  # days; beyond it longer is no less likely
_BEHIND = slice(5, 30)  # articles too far behind the nearest to tell its event, mostly: what is usual here
PAIRING = (
    "texts alike", "titles alike", "names alike", "pairs of words alike", "title told there", "its title told here",
    "days between", "words of the shorter", "lengths apart", "as like as the nearest", "texts like anything else",
    "words of titles", "texts like the nearest five", "rare words of the title told there",
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
    title_words: Numbers  # of the shorter title

    def ordered(self, order: NDArray[np.intp]) -> "Likeness":
        """The same, with the others in another order."""
        return Likeness(
            self.text[order], self.title[order], self.names[order], self.pairs[order], self.told_there[order],
            self.told_here[order], self.title_words[order],
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """The articles that share most with one, nearest first."""

    own: Vector  # the one
    members: tuple[Member, ...]
    like: Likeness
    figures: NDArray[np.float64]  # of each pair, a row


def nearest(found: Sketch, window: Window, but: int = 0) -> Near | None:
    """The articles of the window that an article is to be compared with; none without anything in common.

    `but` is its own number, if it is in the window itself.
    """
    near = [member for member in window.near(found) if member.number != but]
    own = spread(found)
    if not near or not len(own.digests):
        return None
    like = liken(own, *spread_all([member.sketch for member in near]), len(near))
    numbers = np.array([member.number for member in near])
    order = np.lexsort((-numbers, -np.round(like.text, 6)))
    order = order[like.text[order] > 0]
    if not len(order):
        return None
    members, like = tuple(near[at] for at in order.tolist()), like.ordered(order)
    return Near(own, members, like, _figures(found, own, members, like))


def liken(own: Vector, every: Vector, owner: NDArray[np.intp], count: int) -> Likeness:
    """Compare an article with so many others, all at once: their terms one after another, and of each whose it is."""
    mine, hit = common(own.digests, every.digests)
    whose = owner[hit]

    def total(who: NDArray[np.intp], values: Numbers) -> Numbers:
        added: Numbers = np.bincount(who, weights=values, minlength=count).astype(np.float64)
        return added

    def cosine(one: Numbers, other: Numbers, products: Numbers) -> Numbers:
        length = np.sqrt(total(owner, other * other) * np.dot(one, one))
        alike: Numbers = total(whose, products) / np.maximum(length, TINY)
        return alike

    title, their_title = own.layers[1], every.layers[1]
    words = total(owner, (every.zones & 1).astype(np.float64))
    shared = own.layers[:, mine] * every.layers[:, hit]
    return Likeness(
        cosine(own.layers[0], every.layers[0], shared[0]),
        cosine(title, their_title, shared[1]),
        cosine(own.layers[2], every.layers[2], shared[2]),
        cosine(own.layers[3], every.layers[3], shared[3]),
        total(whose, title[mine]) / max(float(title.sum()), TINY),
        total(whose, their_title[hit]) / np.maximum(total(owner, their_title), TINY),
        np.minimum(words, float((own.zones & 1).sum())),
    )


def nearest_text(sketches: Sequence[Sketch], others: Sequence[Sketch]) -> list[float]:
    """For each of some articles, how like its text that of the nearest of some others is."""
    every, owner = spread_all(others)
    lengths = np.sqrt(np.bincount(owner, every.weight**2, len(others)))
    return [
        _nearest_text(spread(found), every, owner, np.maximum(lengths, TINY)) if found.digests else 0.0
        for found in sketches
    ]


def _nearest_text(own: Vector, every: Vector, owner: NDArray[np.intp], lengths: Numbers) -> float:
    mine, hit = common(own.digests, every.digests)
    shared = np.bincount(owner[hit], own.weight[mine] * every.weight[hit], len(lengths))
    return float((shared / lengths).max() / np.sqrt(np.dot(own.weight, own.weight)))


def _figures(found: Sketch, own: Vector, members: tuple[Member, ...], like: Likeness) -> NDArray[np.float64]:
    days = np.abs(found.at - np.array([member.sketch.at for member in members]))
    words, own_words = np.log1p([member.sketch.words for member in members]), np.log1p(found.words)
    behind = like.text[_BEHIND]
    every = np.ones(len(members))
    return np.column_stack((
        like.text, like.title, like.names, like.pairs, like.told_there, like.told_here, np.minimum(days, LONG_AGO),
        np.minimum(words, own_words), np.abs(words - own_words), like.text / like.text[0],
        every * (behind.mean() if len(behind) else 0.0), like.title_words, every * like.text[:5].mean(),
        like.told_there * own.layers[1].sum(),
    ))  # fmt: skip

"""What is known of each block of a page becomes a row of numbers, which the forest judges by."""

from collections.abc import Sequence
from math import log1p

import numpy as np
from numpy.typing import NDArray

from monitor.think.body import Decision
from monitor.think.figures import Figures, Numbers, Places

_KINDS = ("heading", "paragraph", "item", "row", "quote", "caption", "loose")
_REASONS = ("", "box", "caption", "link", "aside", "farm", "boxed", "range", "title", "stray", "empty", "outside")
_BOXES = frozenset(("box", "boxed", "farm", "link"))
_WINDOW = 2  # blocks before and after that are looked at


def describe(figures: Figures, decisions: Sequence[Decision], seen: Numbers, places: Places) -> Numbers:
    """A row for each of these blocks; `seen` says of every block whether the second opinion has it, -1 unknown."""
    page = figures.page
    blocks = page.layout.blocks
    near = heard(places, len(blocks))
    told = figures.said(near)
    said = np.zeros((len(blocks), told.shape[1]), dtype=np.float32)
    said[near] = told
    kept = np.array([each.kept for each in decisions], dtype=np.float32)
    weights = np.array(page.weights, dtype=np.float32)
    rules = np.array([_judged(decisions[place]) for place in places.tolist()], dtype=np.float32)
    boxed = np.array([not each.kept and each.reason in _BOXES for each in decisions], dtype=np.float32)
    headed = np.array([block.kind == "heading" for block in blocks], dtype=np.float32)
    around = np.column_stack((kept, weights > 0, said[:, :6], boxed, headed, seen)).astype(np.float32)
    return np.column_stack(
        (
            said[places],
            rules,
            weights[places],
            seen[places],
            figures.stands(places.tolist()),
            _companions(figures.kin(), kept, weights)[places],
            _surroundings(figures, kept, weights, places),
            _places(kept, weights)[places],
            *(moved[places] for moved in _shifted(around)),
        )
    ).astype(np.float32)


def heard(places: Places, count: int) -> list[int]:
    """The places of these blocks and of those beside them."""
    steps = np.arange(-_WINDOW, _WINDOW + 1)
    return [int(place) for place in np.unique(np.clip(places[:, None] + steps, 0, count - 1))]


def _judged(decision: Decision) -> tuple[float, ...]:
    block = decision.block
    reason = "" if decision.kept else decision.reason if decision.reason in _REASONS else "marked"
    tag = block.element.tag
    return (
        decision.kept,
        *(reason == name for name in (*_REASONS[1:], "marked")),
        *(block.kind == kind for kind in _KINDS),
        tag == "p",
        tag == "div",
        tag in ("span", "section"),
        int(tag[1]) if len(tag) == 2 and tag[0] == "h" and tag[1].isdecimal() else 0,
        bool(block.bullet),
    )


def _companions(kin: Sequence[Places], kept: Numbers, weights: Numbers) -> Numbers:
    """Of the blocks that are alike: how many, how many kept, and their share of all prose."""
    columns = []
    for which in kin:
        count = np.bincount(which)
        columns += [np.log1p(count)[which], (np.bincount(which, kept) / count)[which]]
        columns.append((np.bincount(which, weights) / max(weights.sum(), 1))[which])
    return np.column_stack(columns).astype(np.float32)


def _surroundings(figures: Figures, kept: Numbers, weights: Numbers, places: Places) -> Numbers:
    """Of the three elements around a block: the shares of links, of prose and of what was kept, and how many blocks."""
    blocks = figures.page.layout.blocks
    first, behind = (each[places] for each in figures.reaches())

    def held(values: Sequence[float] | Numbers) -> NDArray[np.float64]:
        sums = np.concatenate(([0.0], np.cumsum(values, dtype=np.float64)))
        within: NDArray[np.float64] = sums[behind] - sums[first]
        return within

    size, linked = held([len(block.text) for block in blocks]), held([block.linked for block in blocks])
    count = behind - first
    total = max(float(weights.sum(dtype=np.float64)), 1.0)
    parts = (linked / np.maximum(size, 1), held(weights) / total, held(kept) / np.maximum(count, 1), np.log1p(count))
    return np.stack(parts, axis=2).reshape(len(places), -1).astype(np.float32)


def _places(kept: Numbers, weights: Numbers) -> Numbers:
    """Where a block stands: from the first and the last that was kept, and in how much of the prose."""
    count = len(kept)
    where = np.arange(count)
    chosen = np.flatnonzero(kept)
    first, last = (chosen[0], chosen[-1]) if len(chosen) else (0, count - 1)
    before = np.cumsum(weights) / max(weights.sum(), 1)
    mine = np.cumsum(weights * kept) / max((weights * kept).sum(), 1)
    run = np.convolve(kept, np.ones(9), "same")[:count] if count >= 9 else kept * 9
    return np.column_stack(
        (
            np.clip(where - first, -50, 50),
            np.clip(last - where, -50, 50),
            (where - first) / max(last - first, 1),
            where / count,
            before,
            mine,
            run,
            np.full(count, len(chosen)),
            np.full(count, log1p(float(weights.sum()))),
        )
    ).astype(np.float32)


def _shifted(columns: Numbers) -> list[Numbers]:
    """The same of the blocks before and after."""
    shifted = []
    for step in (*range(-_WINDOW, 0), *range(1, _WINDOW + 1)):
        moved = np.full_like(columns, -1)
        if step < 0:
            moved[-step:] = columns[:step]
        elif len(columns) > step:
            moved[:-step] = columns[step:]
        shifted.append(moved)
    return shifted

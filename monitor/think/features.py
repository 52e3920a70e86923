"""What is known of each block of a page becomes a row of numbers, which the forest judges by."""

from collections import defaultdict
from collections.abc import Sequence
from math import log1p

import numpy as np
from lxml.html import HtmlElement

from monitor.think.blocks import Layout
from monitor.think.body import Decision
from monitor.think.figures import Figures, Numbers, Places

_KINDS = ("heading", "paragraph", "item", "row", "quote", "caption", "loose")
_REASONS = ("", "box", "caption", "link", "aside", "farm", "boxed", "range", "title", "stray", "empty", "outside")
_BOXES = frozenset(("box", "boxed", "farm", "link"))
_WINDOW = 2  # blocks before and after that are looked at
_STEPS = 3  # elements around a block that are looked at


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
            _surroundings(page.layout, kept, weights, places),
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


def _surroundings(layout: Layout, kept: Numbers, weights: Numbers, places: Places) -> Numbers:
    """Of the three elements around a block: the shares of links, of prose and of what was kept, and how many blocks."""
    # For each element: characters, those in links, prose, blocks, those kept.
    held: defaultdict[HtmlElement, list[float]] = defaultdict(lambda: [0.0] * 5)
    for block, keep, weight in zip(layout.blocks, kept.tolist(), weights.tolist(), strict=True):
        sums = held[block.element]
        sums[0] += len(block.text)
        sums[1] += block.linked
        sums[2] += weight
        sums[3] += 1
        sums[4] += keep
    for element in reversed(layout.around):
        if element in held:
            outer = held[layout.around[element]]
            for place, value in enumerate(held[element]):
                outer[place] += value
    total = max(held[layout.root][2], 1)
    known: dict[HtmlElement, list[float]] = {}
    rows = []
    for place in places.tolist():
        element = layout.blocks[place].element
        row = known.get(element)
        if row is None:
            row = known[element] = []
            around = element
            for _ in range(_STEPS):
                around = layout.around.get(around, layout.root)
                size, linked, prose, count, chosen = held[around]
                row += [linked / max(size, 1), prose / total, chosen / max(count, 1), log1p(count)]
        rows.append(row)
    return np.array(rows, dtype=np.float32)


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

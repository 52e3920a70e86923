"""How likely a page's blocks are, each taken alone, becomes what the second forest is told of each among the others."""

import numpy as np
from numpy.typing import NDArray

from monitor.think.figures import Figures, Numbers, Places

Likely = NDArray[np.float64]

_STEPS = (-3, -2, -1, 1, 2, 3)  # blocks before and after that are looked at one by one
_RADII = (4, 10)  # and, taken together, so many on either side
_FAR = 50  # blocks; farther is no different
_EVEN, _SURE = 0.5, 0.9
_UNSURE = 0.35  # from even odds


def surround(figures: Figures, places: Places, likely: Likely) -> Numbers:
    """A row for each of these blocks; `likely` is of each of them, from 0 to 1. Of the others nothing is likely."""
    blocks = figures.page.layout.blocks
    count = len(blocks)
    every, asked = np.zeros(count), np.zeros(count)
    every[places], asked[places] = likely, 1.0
    sizes = np.array([len(block.text) for block in blocks], np.float64) * asked
    columns = [every, *(_moved(every, step) for step in _STEPS)]
    columns += [_nearby(every, asked, radius) for radius in _RADII]
    for which in (*figures.kin(), _within(figures)):
        columns += [_share(which, every, asked), _share(which, every * sizes, sizes)]
    columns += [*_edges(every), np.maximum.accumulate(every), np.maximum.accumulate(every[::-1])[::-1]]
    total = max(float((every * sizes).sum()), 1.0)
    whole = ((likely > _EVEN).mean(), np.log1p(total), (np.abs(likely - _EVEN) < _UNSURE).mean())
    columns += [np.cumsum(every * sizes) / total, *(np.full(count, value) for value in whole)]
    return np.column_stack(columns)[places].astype(np.float32)


def _moved(every: Likely, step: int) -> Likely:
    """For each block that of the one so many steps on; -1 where none is."""
    moved = np.full(len(every), -1.0)
    if step < 0:
        moved[-step:] = every[:step]
    else:
        moved[: max(len(every) - step, 0)] = every[step:]
    return moved


def _nearby(every: Likely, asked: Likely, radius: int) -> Likely:
    """The mean of those that were asked of, around each block."""
    first = np.maximum(np.arange(len(every)) - radius, 0)
    last = np.minimum(np.arange(len(every)) + radius + 1, len(every))
    sums, counts = (np.concatenate(([0.0], np.cumsum(values))) for values in (every, asked))
    mean: Likely = (sums[last] - sums[first]) / np.maximum(counts[last] - counts[first], 1.0)
    return mean


def _within(figures: Figures) -> Places:
    """By number, the element that each block stands in."""
    layout = figures.page.layout
    numbers: dict[object, int] = {}
    return np.array(
        [numbers.setdefault(layout.around.get(block.element, layout.root), len(numbers)) for block in layout.blocks]
    )


def _share(which: Places, values: Likely, weights: Likely) -> Likely:
    """Of the blocks that are alike, for each: the sum of their values as a share of that of their weights."""
    share: Likely = (np.bincount(which, values) / np.maximum(np.bincount(which, weights), 1.0))[which]
    return share


def _edges(every: Likely) -> list[Likely]:
    """How far each block is from the first and from the last that is likely, and that is all but sure."""
    where = np.arange(len(every), dtype=np.float64)
    found: list[Likely] = []
    first, last = 0, len(every) - 1
    for bound in (_EVEN, _SURE):
        likely = np.flatnonzero(every > bound)
        first, last = (int(likely[0]), int(likely[-1])) if len(likely) else (first, last)
        found += [np.clip(where - first, -_FAR, _FAR), np.clip(last - where, -_FAR, _FAR)]
    return found

"""Rows of figures are led down decision trees that lie side by side as tables."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.intp]
_PAUSE = 4  # levels after which those that have come to a leaf are left there


@dataclass(frozen=True, slots=True, eq=False)
class Grove:
    """Trees laid out to be walked: flat, as numpy takes from these twice as fast as by row and column."""

    roots: Places  # the place of each tree's root
    figure: Places  # of each node: the figure that it asks for
    bound: NDArray[Any]  # up to where one goes left
    children: Places  # of each node two places, right and left
    depth: int


def lay_out(asks: Places, bounds: NDArray[Any], left: Places, right: Places, depth: int) -> Grove:
    """Make trees ready. A row of a table is a tree; a leaf leads to itself."""
    trees, width = asks.shape
    roots = np.arange(trees, dtype=np.intp) * width
    children = np.stack((right + roots[:, None], left + roots[:, None]), axis=-1).ravel()
    return Grove(roots, asks.ravel(), bounds.ravel(), children, depth)


def walk(grove: Grove, rows: NDArray[Any]) -> Places:
    """Where each row ends in each tree, as places in the flat tables; all rows go down all trees at once."""
    cells = np.ravel(rows)
    start = np.repeat(np.arange(len(rows), dtype=np.intp) * rows.shape[1], len(grove.roots))
    node = np.tile(grove.roots, len(rows))
    ends, walking = node.copy(), np.arange(len(node))
    for level in range(1, grove.depth + 1):
        low = cells.take(start + grove.figure.take(node)) <= grove.bound.take(node)
        node = grove.children.take(2 * node + low)
        if level % _PAUSE == 0 and level < grove.depth:
            ends[walking] = node
            inner = np.flatnonzero(grove.children.take(2 * node) != node)
            walking, node, start = walking.take(inner), node.take(inner), start.take(inner)
    ends[walking] = node
    return ends.reshape(len(rows), len(grove.roots))

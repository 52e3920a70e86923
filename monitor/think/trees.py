"""Rows of figures are led down decision trees that lie side by side as tables."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.intp]


def walk(asks: Places, bounds: NDArray[Any], left: Places, right: Places, depth: int, rows: NDArray[Any]) -> Places:
    """Where each row ends in each tree, as places in the flat tables; all rows go down all trees at once.

    A row of a table is a tree; a leaf leads to itself.
    """
    trees, width = asks.shape
    roots = np.arange(trees, dtype=np.intp) * width
    starts = np.arange(len(rows), dtype=np.intp)[:, None] * rows.shape[1]
    # Flat tables and places in them: numpy takes from these twice as fast as by row and column.
    figure, bound, cells = asks.ravel(), bounds.ravel(), np.ravel(rows)
    children = np.stack((right + roots[:, None], left + roots[:, None]), axis=-1).ravel()
    node = np.tile(roots, (len(rows), 1))
    for _ in range(depth):
        low = cells.take(starts + figure.take(node)) <= bound.take(node)
        node = children.take(2 * node + low)
    return node

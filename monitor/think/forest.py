"""Rows of numbers become how likely each block is the article's: decision trees, grown by bench/train_lines.py."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from monitor.think.trees import walk

_DATA = "forest.npz"  # ships with the package, as code does: what was learnt, and nothing of what it was learnt from


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees as tables, a row a tree; a node that leads to itself is a leaf."""

    feature: NDArray[np.intp]
    threshold: NDArray[np.float32]
    left: NDArray[np.intp]
    right: NDArray[np.intp]
    value: NDArray[np.float32]
    base: float
    depth: int


def likelihood(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """Of each row, from 0 to 1."""
    return ask(_forest(), rows)


def ask(forest: Forest, rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """How likely each row is, by the trees of a forest."""
    node = walk(forest.feature, forest.threshold, forest.left, forest.right, forest.depth, rows)
    score = forest.base + forest.value.ravel().take(node).sum(axis=1, dtype=np.float64)
    return np.asarray(1 / (1 + np.exp(-score)), dtype=np.float64)


def load(data: bytes) -> Forest:
    """A forest, as bench/train_lines.py writes it."""
    with np.load(BytesIO(data), allow_pickle=False) as stored:
        return Forest(
            stored["feature"].astype(np.intp),
            stored["threshold"].astype(np.float32),
            stored["left"].astype(np.intp),
            stored["right"].astype(np.intp),
            stored["value"].astype(np.float32),
            float(stored["base"]),
            int(stored["depth"]),
        )


@cache
def _forest() -> Forest:
    return load(files("monitor.think").joinpath(_DATA).read_bytes())

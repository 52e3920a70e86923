"""Rows of numbers become how likely each block is the article's: decision trees, grown by bench/train_lines.py.

A first forest takes each block alone; a second knows what the first thinks of the blocks around.
"""

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from monitor.think.trees import Grove, lay_out, walk

# They ship with the package, as code does: what was learnt, and nothing of what it was learnt from.
_ALONE, _AMONG = "forest.npz", "forest-among.npz"


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
    grove: Grove = field(init=False, repr=False)

    def __post_init__(self) -> None:
        grove = lay_out(self.feature, self.threshold, self.left, self.right, self.depth)
        object.__setattr__(self, "grove", grove)


@cache
def alone() -> Forest:
    """The trees that take each block alone."""
    return _shipped(_ALONE)


@cache
def among() -> Forest:
    """The trees that are told of the blocks around, too (`around.py`)."""
    return _shipped(_AMONG)


def ask(forest: Forest, rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """How likely each row is, from 0 to 1, by the trees of a forest."""
    node = walk(forest.grove, rows)
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


def _shipped(name: str) -> Forest:
    return load(files("monitor.think").joinpath(name).read_bytes())

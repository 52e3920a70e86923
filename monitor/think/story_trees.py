"""Figures become points for and against, by small decision trees written down as plain numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.think.trees import Grove, lay_out, walk

# A node: which figure it asks for (-1: none, it is a leaf), up to where one goes left, left, right, and the points.
Node = tuple[int, float, int, int, float]
_STORED = {"asks": np.uint8, "bounds": np.float32, "left": np.uint8, "right": np.uint8, "points": np.float32}


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """Many small trees, laid side by side."""

    base: float
    asks: NDArray[np.intp]
    bounds: NDArray[np.float64]
    left: NDArray[np.intp]
    right: NDArray[np.intp]
    points: NDArray[np.float64]
    depth: int
    grove: Grove = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "grove", lay_out(self.asks, self.bounds, self.left, self.right, self.depth))


def plant(base: float, trees: Sequence[Sequence[Node]]) -> Trees:
    """Lay trees side by side; a leaf leads to itself."""
    widest = max(map(len, trees))
    padded = [[*tree, *[(-1, 0.0, 0, 0, 0.0)] * (widest - len(tree))] for tree in trees]
    table = np.array(padded, np.float64)
    leaf = table[:, :, 0] < 0
    here = np.broadcast_to(np.arange(widest), leaf.shape)
    asks = np.where(leaf, 0, table[:, :, 0]).astype(np.intp)
    bounds = np.where(leaf, np.inf, table[:, :, 1])
    left, right = (np.where(leaf, here, table[:, :, column]).astype(np.intp) for column in (2, 3))
    return Trees(base, asks, bounds, left, right, table[:, :, 4], max(map(_depth, trees)))


def dump(sets: Mapping[str, Trees]) -> bytes:
    """Trees by name, as bytes; the same trees give the same bytes."""
    written = BytesIO()
    arrays = {
        f"{name} {part}": getattr(trees, part).astype(kind)
        for name, trees in sorted(sets.items())
        for part, kind in _STORED.items()
    }
    bases = {f"{name} base": np.float64(trees.base) for name, trees in sorted(sets.items())}
    depths = {f"{name} depth": np.int64(trees.depth) for name, trees in sorted(sets.items())}
    np.savez_compressed(written, allow_pickle=False, **arrays, **bases, **depths)
    return written.getvalue()


def load(data: bytes) -> dict[str, Trees]:
    """Trees by name, as `dump` wrote them."""
    with np.load(BytesIO(data), allow_pickle=False) as stored:
        return {
            name.removesuffix(" base"): _unpacked(stored, name.removesuffix(" base"))
            for name in stored.files
            if name.endswith(" base")
        }


def _unpacked(stored: Mapping[str, NDArray[Any]], name: str) -> Trees:
    asks, left, right = (stored[f"{name} {part}"].astype(np.intp) for part in ("asks", "left", "right"))
    bounds, points = (stored[f"{name} {part}"].astype(np.float64) for part in ("bounds", "points"))
    return Trees(float(stored[f"{name} base"]), asks, bounds, left, right, points, int(stored[f"{name} depth"]))


def score(trees: Trees, figures: NDArray[np.float64]) -> NDArray[np.float64]:
    """The points of each row of figures, in all: the logarithm of the odds."""
    at = walk(trees.grove, figures)
    total: NDArray[np.float64] = (trees.points.ravel().take(at) - trees.points[:, 0]).sum(axis=1) + trees.base
    return total


def explain(trees: Trees, figures: NDArray[np.float64]) -> NDArray[np.float64]:
    """The points that each figure of each row brings: what the answer to it changes, along the way down each tree."""
    rows = np.arange(len(figures))[:, None]
    each = np.arange(len(trees.asks))
    at = np.zeros((len(figures), len(each)), np.intp)
    points = np.zeros(figures.shape)
    for _ in range(trees.depth):
        asked = trees.asks[each, at]
        goes_left = figures[rows, asked] <= trees.bounds[each, at]
        after = np.where(goes_left, trees.left[each, at], trees.right[each, at])
        np.add.at(
            points, (np.broadcast_to(rows, asked.shape), asked), trees.points[each, after] - trees.points[each, at]
        )
        at = after
    return points


def _depth(tree: Sequence[Node], at: int = 0) -> int:
    asks, _, left, right, _ = tree[at]
    return 0 if asks < 0 else 1 + max(_depth(tree, left), _depth(tree, right))

"""The table of how common words usually are becomes, by language, the shares of articles that have them."""

from functools import cache
from importlib.resources import files
from io import BytesIO

import numpy as np

from monitor.think.story_sketch import Usual, UsualShares

_DATA = "usual.npz"  # ships with the package; bench/story_usual.py counts it
_STEPS = 32.0  # of a share's logarithm


@cache
def usual() -> Usual:
    """What came with the program."""
    return load(files("monitor.think").joinpath(_DATA).read_bytes())


def load(data: bytes) -> Usual:
    """Tables, as `dump` writes them: for each language the steps from place to place, and a byte for each share."""
    with np.load(BytesIO(data), allow_pickle=False) as stored:
        return {
            name.removesuffix(" steps"): UsualShares(
                np.cumsum(stored[name], dtype=np.int64),
                np.exp(-stored[name.replace(" steps", " shares")].astype(np.float32) / _STEPS),
                float(stored[name.replace(" steps", " articles")]),
            )
            for name in stored.files
            if name.endswith(" steps")
        }


def dump(tables: Usual) -> bytes:
    """Tables as bytes; the same tables give the same bytes."""
    arrays = {}
    for language, table in sorted(tables.items()):
        order = np.argsort(table.places)
        arrays[f"{language} steps"] = np.diff(table.places[order], prepend=0).astype(np.uint32)
        arrays[f"{language} shares"] = np.clip(np.rint(-np.log(table.shares[order]) * _STEPS), 0, 255).astype(np.uint8)
        arrays[f"{language} articles"] = np.array(table.articles, np.float32)
    written = BytesIO()
    np.savez_compressed(written, allow_pickle=False, **arrays)
    return written.getvalue()

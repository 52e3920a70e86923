"""Values that are kept are not looked through for garbage: while a million of them is made, and ever after."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Values that are made before any is looked at. With 700, as Python has it, polls of unchanged feeds take some 8 %
# longer; with 20,000 they are hardly faster.
_YOUNG = 5_000


@contextmanager
def unswept() -> Iterator[None]:
    """Look for no garbage meanwhile: a million values are made, all are kept, and the search takes a third of it."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def settled() -> Iterator[None]:
    """Look for no garbage among the values that are there now: a quarter of what polls cost went into it.

    Among those to come it is looked for after so many new ones as a hundred polls under way hold at once; looked at
    sooner, nearly all are still in use.
    """
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_YOUNG, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def settle_anew() -> None:
    """Within `settled`: drop what has become garbage, as a reload leaves much of it, and look no more at the rest."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()

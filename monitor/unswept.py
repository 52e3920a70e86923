"""Values that are kept are not looked through for garbage: while a million of them is made, and ever after."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


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
    """Look for no garbage among the values that are there now: a quarter of what polls cost went into it."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def settle_anew() -> None:
    """Within `settled`: drop what has become garbage, as a reload leaves much of it, and look no more at the rest."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()

"""Garbage made while values are settled is still found; the search is as before once they are settled no more."""

import gc
import weakref

from monitor.unswept import settled


class _Knot:
    def __init__(self) -> None:
        self.itself = self


def test_what_becomes_garbage_while_values_are_settled_is_found_within_some_thousand_new_ones() -> None:
    with settled():
        knot = _Knot()
        gone = weakref.ref(knot)
        del knot
        made: list[list[int]] = []
        while gone() is not None and len(made) < 100_000:
            made.append([])
    assert len(made) <= 10_000


def test_garbage_is_looked_for_as_before_once_values_are_not_settled_any_more() -> None:
    before = gc.get_threshold(), gc.isenabled()
    with settled():
        pass
    assert (gc.get_threshold(), gc.isenabled()) == before

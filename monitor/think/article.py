"""A page's layout becomes what is thought of each of its blocks, and so its article."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from monitor.think.around import surround
from monitor.think.blocks import Layout
from monitor.think.body import Decision, Survey, survey, to_body
from monitor.think.features import describe, heard
from monitor.think.figures import Figures
from monitor.think.forest import alone, among, ask
from monitor.think.lines import plain
from monitor.think.metadata import Metadata
from monitor.think.opinion import opinion_on
from monitor.think.plain import paragraphs
from monitor.think.verdict import Hints, is_title, verdict_on

# Characters, and elements: a second opinion on a book, or on a maze, is not worth its time.
_LONGEST = 200_000
_LARGEST = 10_000
_MANY = 5_000  # blocks that are looked at one by one
_LETTERS = re.compile(r"[\W_]+")
_MARGIN = 25  # blocks before and after what the rules keep that are looked at
_DOUBT = 0.35  # how near to even odds the forest is unsure of a block
_DOUBTS = 0.05  # share of such blocks above which the second opinion is asked
_LINE = 30  # characters: the least of a line elsewhere that is looked at, if the second opinion has it
# Chosen by cross-validation over 434 sites: the forest must be surer to bring a block back than to let one stay.
_STAY = 0.35
_RETURN = 0.55
# Why the rules dropped what may be brought back: by where it stands. Of what it says they are sure.
_UNSURE = frozenset(("farm", "range", "stray"))


@dataclass(frozen=True, slots=True)
class View:
    """A page, what is known of it, and what the rules make of each of its blocks."""

    figures: Figures
    hints: Hints
    rules: Sequence[Decision]
    opinion: str | None = None  # the second one, once it was asked for

    @property
    def page(self) -> Survey:
        return self.figures.page

    def rows(self, places: NDArray[np.intp]) -> NDArray[np.float32]:
        """What the forest is told of blocks."""
        seen = np.full(len(self.rules), -1, dtype=np.float32)
        if self.opinion is not None:
            for place in heard(places, len(seen)):
                seen[place] = self.hints.seen(self.rules[place].block.text)
        return describe(self.figures, self.rules, seen, places)


def look(layout: Layout, metadata: Metadata, title: str, summary: str) -> View:
    """Ask the rules alone."""
    page = survey(layout)
    hints = Hints(
        titles=frozenset(plain(text) for text in (*metadata.titles, title) if text),
        description=plain(metadata.description or summary),
        authors=frozenset(plain(name) for name in metadata.authors),
        seen=lambda _: True,
    )
    told = bare(paragraphs(metadata.body, _LONGEST)) if metadata.body else ""
    return View(Figures(page, hints, told), hints, to_body(page, hints))


def look_again(view: View) -> View:
    """Ask the second opinion, and the rules once more with what it says."""
    layout = view.page.layout
    small = not layout.cut and sum(view.page.weights) < _LONGEST and len(layout.around) < _LARGEST
    opinion = opinion_on(view.page.widest(), fast=True) if small else ""
    seen = bare(opinion)
    hints = replace(view.hints, seen=cache(lambda line: not seen or bare(line) in seen))
    return View(view.figures, hints, to_body(view.page, hints), opinion)


def decide(view: View) -> tuple[View, list[Decision]]:
    """What the rules say, set right by the forest where they are not sure; where it is not, another is asked."""
    places, rows, likely = _first_look(view)
    if is_doubtful(likely):
        view = look_again(view)
        places, rows, likely = _first_look(view)
    if len(places):
        likely = ask(among(), np.column_stack((rows, surround(view.figures, places, likely))))
    return view, settle(view, places, likely)


def settle(view: View, places: NDArray[np.intp], likely: NDArray[np.float64]) -> list[Decision]:
    """What the rules decided, set right where blocks are likely, or unlike, enough."""
    decisions = list(view.rules)
    for place, each in zip(places.tolist(), likely.tolist(), strict=True):
        decisions[place] = settled(decisions[place], each, view.hints)
    return decisions


def _first_look(view: View) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.float64]]:
    """Which blocks are in doubt, what the forest is told of each, and how likely each is, taken alone."""
    if not any(each.kept for each in view.rules) or len(view.rules) > _MANY:
        return np.zeros(0, np.intp), np.zeros((0, 0), np.float32), np.zeros(0)
    near = doubtful(view)
    # What the rules are sure of is looked at when the forest is grown, but nothing that it says would change that.
    near = near[open_to_doubt(view, near)]
    rows = view.rows(near)
    return near, rows, ask(alone(), rows)


def is_doubtful(likely: NDArray[np.float64]) -> bool:
    """Whether the forest is unsure of so many blocks that another should be asked."""
    return len(likely) == 0 or float((np.abs(likely - 0.5) < _DOUBT).mean()) > _DOUBTS


def open_to_doubt(view: View, places: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Of which of these blocks the forest's word would count."""
    return np.array([view.rules[place].kept or view.rules[place].reason in _UNSURE for place in places.tolist()], bool)


def doubtful(view: View) -> NDArray[np.intp]:
    """The places of blocks about which the forest is asked."""
    kept = [place for place, each in enumerate(view.rules) if each.kept]
    first, last = (kept[0] - _MARGIN, kept[-1] + _MARGIN) if kept else (0, len(view.rules))
    seen = view.hints.seen if view.opinion else lambda _: False
    return np.array(
        [
            place
            for place, each in enumerate(view.rules)
            if first <= place <= last or (len(each.block.text) > _LINE and seen(each.block.text))
        ],
        dtype=np.intp,
    )


def settled(decision: Decision, likely: float, hints: Hints) -> Decision:
    """What the rules decided, or the other where the forest is surer."""
    if decision.kept:
        return decision if likely > _STAY else replace(decision, kept=False, reason="unlike")
    block = decision.block
    unsure = likely > _RETURN and decision.reason in _UNSURE
    if unsure and not is_title(block, hints) and not verdict_on(block, hints):
        return replace(decision, kept=True, reason=f"likely, though {decision.reason}")
    return decision


def bare(text: str) -> str:
    """Its letters and digits alone, in lower case."""
    return _LETTERS.sub("", text.lower())

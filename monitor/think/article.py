"""A page's layout becomes what is thought of each of its blocks, and so its article."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monitor.think.blocks import Layout
from monitor.think.body import Decision, Survey, survey, to_body
from monitor.think.features import describe
from monitor.think.forest import likelihood
from monitor.think.lines import plain
from monitor.think.metadata import Metadata
from monitor.think.opinion import opinion_on
from monitor.think.plain import paragraphs
from monitor.think.verdict import Hints, is_title, verdict_on

_LONGEST = 200_000  # characters: a second opinion on a book is not worth its time
_MANY = 5_000  # blocks that are looked at one by one
_LETTERS = re.compile(r"[\W_]+")
_MARGIN = 25  # blocks before and after what the rules keep that are looked at
_LINE = 30  # characters: the least of a line elsewhere that is looked at, if the second opinion has it
# Chosen by cross-validation over 434 sites: the forest must be surer to bring a block back than to let one stay.
_STAY = 0.35
_RETURN = 0.55
# Why the rules dropped what may be brought back: by where it stands. Of what it says they are sure.
_UNSURE = frozenset(("farm", "range", "stray"))


@dataclass(frozen=True, slots=True)
class View:
    """A page, what is known of it, and what the rules make of each of its blocks."""

    page: Survey
    hints: Hints
    opinion: str
    rules: Sequence[Decision]
    told: str  # the text that its metadata carry, in bare letters


def look(layout: Layout, metadata: Metadata, title: str, summary: str) -> View:
    """Ask the rules, and the second opinion."""
    page = survey(layout)
    opinion = opinion_on(page.widest(), fast=True) if sum(page.weights) < _LONGEST else ""
    seen = bare(opinion)
    hints = Hints(
        titles=frozenset(plain(text) for text in (*metadata.titles, title) if text),
        description=plain(metadata.description or summary),
        authors=frozenset(plain(name) for name in metadata.authors),
        seen=lambda line: not seen or bare(line) in seen,
    )
    told = bare(paragraphs(metadata.body, _LONGEST)) if metadata.body else ""
    return View(page, hints, opinion, to_body(page, hints), told)


def decide(view: View) -> list[Decision]:
    """What the rules say, set right by the forest where they are not sure."""
    if not any(each.kept for each in view.rules) or len(view.rules) > _MANY:
        return list(view.rules)
    near = doubtful(view)
    # What the rules are sure of is looked at when the forest is grown, but nothing that it says would change that.
    near = near[[view.rules[place].kept or view.rules[place].reason in _UNSURE for place in near.tolist()]]
    rows = describe(view.page, view.hints, view.rules, view.told, near)
    decisions = list(view.rules)
    for place, likely in zip(near.tolist(), likelihood(rows).tolist(), strict=True):
        decisions[place] = settled(decisions[place], likely, view.hints)
    return decisions


def doubtful(view: View) -> NDArray[np.intp]:
    """The places of blocks about which the forest is asked."""
    kept = [place for place, each in enumerate(view.rules) if each.kept]
    first, last = (kept[0] - _MARGIN, kept[-1] + _MARGIN) if kept else (0, len(view.rules))
    return np.array(
        [
            place
            for place, each in enumerate(view.rules)
            if first <= place <= last or (len(each.block.text) > _LINE and view.hints.seen(each.block.text))
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

"""Signals and a reading become points: how much of an article is about what a topic asks for."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from monitor.think.match_eval import ANYWHERE, END, Scope, find, locate, narrow_scope, near, spread
from monitor.think.reading import Layout, Reading, Touch
from monitor.think.tree import (
    TEXTS,
    And,
    AtLeast,
    Boost,
    EntityRef,
    Field,
    Near,
    Or,
    Phrase,
    Prefix,
    Query,
    Word,
)

# Tuned by five-fold cross-validation of the shipped topic over 1,615 labelled documents in seven languages. Hardly
# anything depends on them: F1 moved between 0.952 and 0.960 when each was halved or doubled.
# What each part of an article counts, of all the parts that it has.
SHARES = {"title": 0.5, "lead": 0.2, "text": 0.3}
LEAD = 60  # words: a longer first paragraph is no lead beyond them
STRETCH = 40  # words: a text is parted into stretches of so many, and the stretches that name something are counted
STRETCHES = 5  # at most; in a longer text they grow
FULL = 0.4  # share of the stretches from which on something is present in the whole text
_TITLE, _LEAD = 1, 2  # as parts that are touched; the stretches of the text follow


@dataclass(frozen=True, slots=True)
class Weighed:
    """A signal, ready to be put to articles."""

    tree: Query
    weight: float


@dataclass(frozen=True, slots=True)
class Part:
    """What one signal brings."""

    presence: float  # from 0 to 1
    points: float


@dataclass(frozen=True, slots=True)
class Tally:
    """The points of all signals, and what each of those that may hold brings."""

    points: float
    parts: tuple[tuple[Weighed, Part], ...]


def worth(signals: Iterable[Weighed], reading: Reading) -> list[Weighed]:
    """The signals that may hold for what was read; all, where that is not known."""
    if not reading.live:
        return list(signals)
    live = reading.live[0]
    return [signal for signal in signals if id(signal.tree) in live]


def most(signals: Iterable[Weighed]) -> float:
    """The points that signals bring at most."""
    return sum(signal.weight for signal in signals if signal.weight > 0)


def score(signals: Iterable[Weighed], reading: Reading) -> Tally:
    """Add up what the signals bring."""
    parts = []
    for signal in signals:
        # Topics and their parts share signals, of which each is weighed once.
        presence = reading.presences.get(id(signal.tree))
        if presence is None:
            presence = reading.presences[id(signal.tree)] = weigh(signal.tree, reading)
        parts.append((signal, Part(presence, signal.weight * presence)))
    points = round(sum(part.points for _, part in parts), 6)  # 0.1 and 0.2 must reach a threshold of 0.3
    return Tally(points, tuple(parts))


def weigh(tree: Query, reading: Reading, scope: Scope = ANYWHERE) -> float:
    """How much of an article a query is present in, from 0 to 1.

    All of several is present as the least of them, k of several as the k-th most; of alternatives all spots count.
    """
    return _WEIGHERS.get(type(tree), _weigh_spots)(tree, reading, scope)


def _weigh_and(tree: And, reading: Reading, scope: Scope) -> float:
    least = 1.0
    for child in tree.children:
        least = min(least, weigh(child, reading, scope))
        if not least:
            break
    return least


def _weigh_at_least(tree: AtLeast, reading: Reading, scope: Scope) -> float:
    ranked = sorted((weigh(child, reading, scope) for child in tree.children), reverse=True)
    return ranked[tree.count - 1] if tree.count else 1.0


def _weigh_boost(tree: Boost, reading: Reading, scope: Scope) -> float:
    return weigh(tree.child, reading, scope)


def _weigh_field(tree: Field, reading: Reading, scope: Scope) -> float:
    if tree.name not in TEXTS:
        return _weigh_spots(tree, reading, scope)
    return weigh(tree.child, reading, narrow_scope(tree.name, reading, scope))


def _weigh_spots(tree: Query, reading: Reading, scope: Scope) -> float:
    touch = _touch(tree, reading, scope)
    if touch is None:
        return float(find(tree, reading, scope) is not None)
    return _presence(touch, reading, scope)


def _presence(touch: Touch, reading: Reading, scope: Scope) -> float:
    """How much of the parts of an article within a scope is touched."""
    if not touch:
        return 0.0
    layout = _layout(reading)
    border, end = layout.border, layout.end
    title, leading, text = _measure(touch, layout.stretches)
    total = present = 0.0
    if border > scope.first:
        total, present = SHARES["title"], SHARES["title"] * title
    if end > border + 1:
        if scope.first < layout.lead and scope.last > border:
            total, present = total + SHARES["lead"], present + SHARES["lead"] * leading
        if scope.last >= end:
            total, present = total + SHARES["text"], present + SHARES["text"] * text
    return present / total if total else 0.0


def _measure(touch: Touch, stretches: int) -> tuple[float, float, float]:
    """How surely title and lead are touched, and the share of the text's stretches that are, full from `FULL` on."""
    if len(touch) == 1:
        [(sure, parts)] = touch.items()
        stood = sure * (parts >> 2).bit_count()
        return sure * (parts & _TITLE), sure * (parts >> 1 & 1), min(1.0, stood / max(1.0, FULL * stretches))
    title = leading = touched = 0.0
    seen = 0
    for sure in sorted(touch, reverse=True):
        fresh = touch[sure] & ~seen
        title += sure * (fresh & _TITLE)
        leading += sure * (fresh >> 1 & 1)
        touched += sure * (fresh >> 2).bit_count()
        seen |= fresh
    return title, leading, min(1.0, touched / max(1.0, FULL * stretches))


def _layout(reading: Reading) -> Layout:
    if not reading.layout:
        border, end = reading.border, len(reading.tokens)
        lead = min(reading.lead_end, border + 1 + LEAD)
        stretches = min(STRETCHES, ceil((end - border - 1) / STRETCH)) or 1
        reading.layout.append(Layout(border, lead, end, stretches, (end - border - 1) / stretches))
    return reading.layout[0]


def _touch(tree: Query, reading: Reading, scope: Scope) -> Touch | None:
    """The parts of an article that a query which only names alternatives stands in; None for one that says more."""
    if isinstance(tree, EntityRef):
        return _touch_entities(tree, reading, scope)
    if isinstance(tree, Word | Phrase | Prefix):
        return _touch_spots([(*spot, 1.0) for spot in locate(tree, reading, scope)], reading)
    if isinstance(tree, Near):
        return _touch_spots([(*spot, 1.0) for spot in near(tree, reading, scope)], reading)
    if isinstance(tree, Boost):
        return _touch(tree.child, reading, scope)
    return _touch_any(tree, reading, scope) if isinstance(tree, Or) else None


def _touch_any(tree: Or, reading: Reading, scope: Scope) -> Touch | None:
    touches = []
    for child in reading.worthy(tree):
        touch = _touch(child, reading, scope)
        if touch is None:
            return None
        touches.append(touch)
    return _join(touches)


def _touch_entities(ref: EntityRef, reading: Reading, scope: Scope) -> Touch:
    """The parts that any of some entities stands in.

    A title's or a whole text's own parts are counted by whoever asks for them; a lead may end within a name.
    """
    if scope.last not in (END, reading.border):
        return _touch_spots([(*spot, sure) for spot, sure in spread(ref, reading, scope).items()], reading)
    touch = reading.touches.get(ref.members)
    if touch is None:
        named = reading.met.get(ref.members, ())
        touch = reading.touches[ref.members] = _join([_touch_entity(id_, reading) for id_ in named])
    return touch


def _touch_entity(id_: str, reading: Reading) -> Touch:
    touch = reading.touches.get(id_)
    if touch is None:
        touch = reading.touches[id_] = _touch_spots(reading.mentions[id_], reading)
    return touch


def _touch_spots(spots: Iterable[tuple[int, int, float]], reading: Reading) -> Touch:
    border, lead, _, _, size = _layout(reading)
    touch: Touch = {}
    for first, _, sure in spots:
        if first < border:
            parts = _TITLE
        else:
            parts = 4 << int((first - border - 1) / size)
            if first < lead:
                parts |= _LEAD
        touch[sure] = touch.get(sure, 0) | parts
    return touch


def _join(touches: Sequence[Touch]) -> Touch:
    if len(touches) == 1:
        return touches[0]
    joined: Touch = {}
    for touch in touches:
        for sure, parts in touch.items():
            joined[sure] = joined.get(sure, 0) | parts
    return joined


_WEIGHERS: dict[type, Callable[[Any, Reading, Scope], float]] = {
    And: _weigh_and,
    AtLeast: _weigh_at_least,
    Boost: _weigh_boost,
    Field: _weigh_field,
}

"""Labelled documents and what a topic said of them become precision and recall, by group, and the worst errors."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from heapq import nlargest
from itertools import islice
from math import inf

from monitor.model import Article, Evidence

HARD = "hard_negative"  # the kind of documents that name what a topic is about, and are about something else


@dataclass(frozen=True, slots=True)
class Document:
    """An article, and whether a person wants it flagged."""

    id: str
    article: Article
    wanted: bool
    kind: str = ""  # such as positive, hard_negative, negative
    granularity: str = ""  # such as full, summary, headline
    trap: str = ""  # what makes a hard negative hard
    topics: tuple[str, ...] | None = None  # that want it, if the file says so
    why: str = ""  # the words of whoever labelled it


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a topic said of a document; the score is None where it is not known."""

    document: Document
    flagged: bool
    score: float | None = None
    evidence: tuple[Evidence, ...] = ()

    @property
    def right(self) -> bool:
        """Whether the topic said what the label says."""
        return self.flagged == self.document.wanted


@dataclass(frozen=True, slots=True)
class Tally:
    """How many documents came out how."""

    found: int = 0  # wanted and flagged
    false: int = 0  # flagged, not wanted
    missed: int = 0  # wanted, not flagged
    passed: int = 0  # neither

    @property
    def documents(self) -> int:
        """All of them."""
        return self.found + self.false + self.missed + self.passed

    @property
    def flagged(self) -> int:
        """Those that the topic asks for."""
        return self.found + self.false

    @property
    def wanted(self) -> int:
        """Those that it should ask for."""
        return self.found + self.missed

    @property
    def precision(self) -> float | None:
        """Which share of the flagged is wanted; None when nothing is flagged."""
        return self.found / self.flagged if self.flagged else None

    @property
    def recall(self) -> float | None:
        """Which share of the wanted is flagged; None when nothing is wanted."""
        return self.found / self.wanted if self.wanted else None

    @property
    def f1(self) -> float | None:
        """The harmonic mean of both; None when nothing is wanted or flagged."""
        whole = self.wanted + self.flagged
        return 2 * self.found / whole if whole else None

    @property
    def share_flagged(self) -> float | None:
        """Which share of all is flagged; None when there is nothing."""
        return self.flagged / self.documents if self.documents else None


@dataclass(frozen=True, slots=True)
class Report:
    """How a topic did: as a whole, by group, and its worst errors."""

    whole: Tally
    by_language: dict[str, Tally]
    by_kind: dict[str, Tally]
    by_granularity: dict[str, Tally]
    by_trap: dict[str, Tally]
    false: tuple[Outcome, ...]  # flagged and not wanted, highest score first
    missed: tuple[Outcome, ...]  # wanted and not flagged, lowest score first, those without a score last


@dataclass(slots=True)
class _Group:
    """Outcomes, counted while they come."""

    counts: dict[str, list[int]] = field(default_factory=dict)

    def add(self, name: str, outcome: Outcome) -> None:
        place = (0 if outcome.flagged else 2) if outcome.document.wanted else (1 if outcome.flagged else 3)
        self.counts.setdefault(name, [0, 0, 0, 0])[place] += 1

    def tallies(self) -> dict[str, Tally]:
        """By name, largest first."""
        made = {name: Tally(*counts) for name, counts in self.counts.items()}
        return dict(sorted(made.items(), key=lambda item: (-item[1].documents, item[0])))


def measure(outcomes: Iterable[Outcome], worst: int = 10) -> Report:
    """Count outcomes as they come, and keep no more of them than the `worst` errors of either kind."""
    whole, language, kind, granularity, trap = (_Group() for _ in range(5))
    false: list[Outcome] = []
    missed: list[Outcome] = []
    for outcome in outcomes:
        document = outcome.document
        whole.add("", outcome)
        language.add(document.article.language or "?", outcome)
        kind.add(document.kind, outcome)
        granularity.add(document.granularity, outcome)
        if document.trap:
            trap.add(document.trap, outcome)
        if not outcome.right and outcome.flagged:
            _keep(false, outcome, worst, _height)
        elif not outcome.right:
            _keep(missed, outcome, worst, _depth)
    return Report(
        whole=whole.tallies().get("", Tally()),
        by_language=language.tallies(),
        by_kind=kind.tallies(),
        by_granularity=granularity.tallies(),
        by_trap=trap.tallies(),
        false=tuple(nlargest(worst, false, key=_height)),
        missed=tuple(nlargest(worst, missed, key=_depth)),
    )


def tally(outcomes: Iterable[Outcome]) -> Tally:
    """Count outcomes, ungrouped."""
    group = _Group()
    for outcome in outcomes:
        group.add("", outcome)
    return group.tallies().get("", Tally())


def strongest(evidence: Iterable[Evidence], most: int = 5) -> tuple[Evidence, ...]:
    """What weighs most, for or against; the same words count once."""
    unlike: dict[str, Evidence] = {}
    for item in sorted(evidence, key=lambda item: -abs(item.weight)):
        unlike.setdefault(item.found.casefold(), item)
    return tuple(islice(unlike.values(), most))


def _keep(kept: list[Outcome], outcome: Outcome, most: int, badness: Callable[[Outcome], float]) -> None:
    """Keep the worst; thousands of errors would not fit."""
    kept.append(outcome)
    if len(kept) > 4 * most + 100:
        kept[:] = nlargest(most, kept, key=badness)


def _height(outcome: Outcome) -> float:
    return -inf if outcome.score is None else outcome.score


def _depth(outcome: Outcome) -> float:
    return -inf if outcome.score is None else -outcome.score

"""What a query wants of the archive, in pieces that can be looked up, as frozen values."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class Runs:
    """Articles in these languages (None: in any; those of no known language count) that hold one of some runs of words.

    A run is folded words parted by spaces; one whose last word is only begun ends in a *.
    """

    runs: tuple[str, ...]
    languages: frozenset[str] | None = None
    column: str = ""  # title, text, url or author; empty: title or text


@dataclass(frozen=True, slots=True)
class Named:
    """Articles that name one of these entities, in the title, the lead or the text; anywhere when `zone` is empty."""

    ids: frozenset[str]
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Valued:
    """Articles that have a value, or one that begins so, in a field that is no text."""

    name: str
    value: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """Articles published from `low` until before `high`."""

    low: datetime | None
    high: datetime | None


Want = Runs | Named | Valued | Published


class Span(NamedTuple):
    """The articles that surely answer, and those that may; one object when nothing is in doubt."""

    sure: Any
    may: Any

    @property
    def exact(self) -> bool:
        return self.sure is self.may

"""What is read in bulk: records of archives, and what became of each; tuples, which go to other processes quickly."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from monitor.model import Article, Match, Page


class Kind(StrEnum):
    """How a record is written."""

    WARC = "warc"
    JSON = "json"
    PAGE = "page"


class Wanted(StrEnum):
    """What of an archive shall be kept."""

    EVERYTHING = "everything"
    MATCHES = "matches"  # articles that a topic asks for


class Fate(StrEnum):
    """What became of a record."""

    ARTICLE = "article"
    FAILED = "failed"  # recorded, with its reason
    SKIPPED = "skipped"  # it is no page: counted, by reason
    PASSED = "passed"  # no topic asks for it, and only those that one asks for are wanted


class Record(NamedTuple):
    """A piece of an archive, as it stands there."""

    place: str  # in the archive: what comes after it is ahead
    kind: Kind
    data: bytes = b""
    name: str = ""  # of a page: its path within the folder
    fault: str = ""  # why nothing can be made of it: a short stable word
    detail: str = ""

    @property
    def size(self) -> int:
        """Bytes, with what goes along."""
        return len(self.data) + 100


class Outcome(NamedTuple):
    """A record, read."""

    place: str
    fate: Fate
    url: str = ""
    reason: str = ""
    detail: str = ""
    article: Article | None = None  # without a number yet
    page: Page | None = None  # its body compressed with zstd; None where pages are not kept
    keys: tuple[str, ...] = ()  # by which copies find one another
    matches: tuple[Match, ...] = ()
    named: Mapping[str, int] = {}  # entities, each with its places

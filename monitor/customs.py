"""What is known of the pages of a site, and what was made of the lines of one: frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Customs:
    """What is known of a site's pages before one is read."""

    boilerplate: frozenset[str] = frozenset()  # digests (think.lines.digest) of lines that its pages repeat
    keep: tuple[str, ...] = ()  # CSS selectors: what stands in these is the article's
    drop: tuple[str, ...] = ()  # and what stands in these is not, whatever `keep` says


class Selectors(Protocol):
    """What a configuration, or a request, says of a site."""

    @property
    def keep(self) -> tuple[str, ...]: ...
    @property
    def drop(self) -> tuple[str, ...]: ...


def customs_for(hosts: tuple[str, ...], known: Mapping[str, Selectors]) -> Customs:
    """What is known of a page by its host, and by those that this is below."""
    tables = [known[host] for host in hosts if host in known]
    return Customs(
        keep=tuple(selector for table in tables for selector in table.keep),
        drop=tuple(selector for table in tables for selector in table.drop),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One line that a page shows, and whether it is the article's."""

    text: str
    kind: str  # heading, paragraph, item, row, quote, caption, loose
    kept: bool
    reason: str = ""  # why it was dropped, or against what it was kept


@dataclass(frozen=True, slots=True)
class Seen:
    """A line that a site's pages showed."""

    digest: str
    text: str  # its beginning
    length: int
    first_page: int  # by the number of the page, in the order in which they were read
    last_page: int = 0
    last_day: int = 0  # as date.toordinal has it
    times: int = 0  # pages that showed it
    titles: tuple[str, ...] = ()  # marks of the headlines over it, some of them


@dataclass(frozen=True, slots=True)
class SiteMemory:
    """What the pages of a site repeat, as far as they were read."""

    host: str
    pages: int = 0
    lines: tuple[Seen, ...] = ()
    articles: tuple[str, ...] = ()  # marks of the last ones

"""What feeds show again and articles say anew: sightings seen before, revisions, and what they did to matches."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from monitor.model import Sighting, TextSource


class Change(StrEnum):
    """What an edit of an article did to a match."""

    GAINED = "gained"
    LOST = "lost"
    MOVED = "moved"  # its score


@dataclass(frozen=True, slots=True)
class Seen:
    """How a feed showed an article before."""

    id: int  # of the sighting
    article_id: int
    article_key: str
    entry_key: str
    digest: str


@dataclass(frozen=True, slots=True)
class Known:
    """What a feed showed before of that which it shows now."""

    entries: dict[str, Seen] = field(default_factory=dict)  # by entry key
    articles: dict[str, Seen] = field(default_factory=dict)  # by article key, where the entry key does not tell


@dataclass(frozen=True, slots=True)
class Again:
    """An article shown before, to be noted anew: under another entry key, or with other words."""

    seen: Seen
    sighting: Sighting
    edited: bool = False  # its entry says something else than before: the article is owed a reading
    renamed: bool = False  # and it has another headline


@dataclass(frozen=True, slots=True)
class News:
    """What a poll saw, beside what is known."""

    fresh: tuple[Sighting, ...] = ()  # articles that the feed did not show before
    again: tuple[Again, ...] = ()
    freed: tuple[str, ...] = ()  # entry keys that stand for another article than they did


@dataclass(frozen=True, slots=True)
class Revision:
    """What an article said before it was changed."""

    number: int  # from 0, the article as it was first read
    title: str
    text: str
    text_source: TextSource
    modified_at: datetime | None
    replaced_at: datetime


@dataclass(frozen=True, slots=True)
class MatchChange:
    """What an edit of an article did to a match."""

    topic: str
    change: Change
    revision: int  # of the article after the edit
    score: float | None  # after; None when the match was lost
    score_before: float | None  # None when it was gained
    changed_at: datetime

"""What becomes of stories, what people say of them, and how an article found its own, as frozen values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class StoryChange(StrEnum):
    """What happened to a story."""

    MERGE = "merge"  # another story became part of it
    SPLIT = "split"  # some of its articles became a story of their own
    NAME = "name"  # it was given a name


@dataclass(frozen=True, slots=True)
class StoryEvent:
    """One entry of the log of stories."""

    change: StoryChange
    story_id: int  # the story that stayed
    happened_at: datetime
    other_id: int | None = None  # the story that became part of it, or that split off
    articles: tuple[int, ...] = ()  # that moved
    by: str = ""  # who decided it; empty: the program
    why: str = ""  # for a name: the name


@dataclass(frozen=True, slots=True)
class Bond:
    """What a person says of two articles: whether they tell one event. No automatic decision goes against it."""

    one: int
    other: int
    together: bool
    by: str = ""
    bound_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoryFacts:
    """A story in figures, as known when an alert was made."""

    headline: str
    articles: int
    outlets: int
    voices: int
    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing that was looked at, and the points that it brought."""

    name: str
    value: float
    points: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A story that an article might have joined."""

    story_id: int
    score: float  # the sum of the points
    features: tuple[Feature, ...] = ()
    article_id: int | None = None  # its article that came nearest, where there is one


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an article found its story."""

    article_id: int
    story_id: int  # that it joined or opened
    threshold: float  # what a score must reach for a candidate to be joined
    candidates: tuple[Candidate, ...] = ()  # best first
    copy_of: int | None = None  # the article that it copies: it joins that one's story, whatever the scores
    why: str = ""  # in plain words, where the scores do not say it


@dataclass(frozen=True, slots=True)
class Sketch:
    """The heaviest terms of an article: digests in order, and for each three bytes – weight, rarity, zones."""

    language: str
    at: float  # when it was published, in days
    words: int  # of its text
    digests: bytes
    values: bytes
    # The same of the terms that other languages share.
    shared: bytes = b""
    shared_values: bytes = b""

    @property
    def abroad(self) -> "Sketch":
        """What it says in every language alike, as a sketch of its own."""
        return Sketch(self.language, self.at, self.words, self.shared, self.shared_values)


COUNTED = 20_000  # articles, the latest: in at least so many is counted how common words are


@dataclass(frozen=True, slots=True)
class Sketched:
    """An article that was told, as those that come after it are compared with it."""

    number: int  # in the order of telling
    article_id: int
    story_id: int
    told_at: datetime
    sketch: Sketch


@dataclass(frozen=True, slots=True)
class Moved:
    """Articles that belong to another story by now."""

    story_id: int
    articles: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """Articles of a story that turn out to tell another event."""

    story_id: int
    articles: tuple[int, ...]
    score: float  # with which the two would be merged
    features: tuple[Feature, ...] = ()


@dataclass(frozen=True, slots=True)
class Merge:
    """Two stories that turn out to tell one event."""

    one: int
    other: int
    score: float
    features: tuple[Feature, ...] = ()

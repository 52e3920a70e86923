"""How alerts are told, as frozen values: routes, windows, silences, and messages that tell of several alerts."""

from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum

from monitor.model import Alert, AlertState, Claim

SEVERITIES = ("low", "normal", "high", "critical")  # from the least


class GroupBy(StrEnum):
    """What alerts of one message have in common."""

    STORY = "story"
    TOPIC = "topic"
    SOURCE = "source"


class Fate(StrEnum):
    """What becomes of alerts that were held back."""

    TELL = "tell"  # as one digest, as soon as they may be
    DROP = "drop"


class Update(StrEnum):
    """For which reasons a story that was told is told again."""

    VOICES = "voices"  # more independent voices
    SEVERITY = "severity"  # it was raised
    ENTITY = "entity"  # one that the match did not show before
    NUMBER = "number"  # one that stood in no telling before
    EDIT = "edit"  # an edit of an article changed its match
    REPEAT = "repeat"  # it goes on, and was told long ago


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of the week in one place of the world."""

    name: str
    zone: tzinfo
    days: frozenset[int] = frozenset()  # Monday is 0; none: every day
    spans: tuple[tuple[int, int], ...] = ()  # minutes of the day; one that ends before it begins runs into the next


@dataclass(frozen=True, slots=True)
class Schedule:
    """When digests are sent: the five fields of cron, in one place of the world."""

    text: str
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]  # Sunday is 0
    zone: tzinfo
    either: bool = False  # days and weekdays are both named: either will do


@dataclass(frozen=True, slots=True)
class Timing:
    """When a route tells, and in how many messages."""

    group_by: GroupBy = GroupBy.STORY
    wait_s: float = 0.0  # so long the first alert of a group waits for others
    interval_s: float = 0.0  # between two messages of one group at least
    repeat_s: float = 0.0  # so long after the last telling a story that goes on is told again; 0: never
    during: tuple[Window, ...] = ()  # none: at any time
    but_for: tuple[Window, ...] = ()
    outside: Fate = Fate.TELL  # what becomes of alerts that come at other times
    always: str = ""  # the severity from which nothing of this holds an alert back; "": there is none
    digest: Schedule | None = None
    heartbeat: bool = False  # a digest says so when there was nothing
    updates: tuple[tuple[Update, int], ...] = ()  # reasons, and for voices how many more


@dataclass(frozen=True, slots=True)
class Route:
    """Which matches go to which receivers, and when; of the routes within it the first that fits takes a match."""

    receivers: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()  # none: every topic
    languages: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    min_severity: str = "low"
    name: str = ""
    feeds: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()  # hosts, with all below them
    countries: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    own: tuple[str, ...] = ()  # topics that it tells itself when no route within it does; none: every topic
    goes_on: bool = True  # what it took is put to the routes after it, too
    routes: tuple["Route", ...] = ()
    timing: Timing = Timing()


@dataclass(frozen=True, slots=True)
class Inhibition:
    """Alerts of some topics that mute those of others about the same story."""

    topics: tuple[str, ...]
    mutes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rate:
    """So many messages within so many seconds at most."""

    messages: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Silence:
    """A time-boxed "don't tell me": all that it names must fit."""

    id: int
    created_at: datetime
    ends_at: datetime
    topic: str = ""
    story_id: int = 0
    site: str = ""
    entity: str = ""
    receiver: str = ""
    why: str = ""
    fate: Fate = Fate.TELL


@dataclass(frozen=True, slots=True)
class Told:
    """The last alert of a story to a receiver on a topic."""

    alert: Alert
    at: datetime


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One message owed to a receiver that tells of several alerts, or of another receiver."""

    id: int
    uid: str
    receiver: str
    kind: str  # digest, receiver.failing, receiver.well
    key: str  # what its alerts have in common: while it is open, others of the same key join
    title: str = ""
    route: str = ""
    state: AlertState = AlertState.OWED
    created_at: datetime | None = None
    owed_at: datetime | None = None
    due_at: datetime | None = None
    sent_at: datetime | None = None
    failures: int = 0
    last_error: str = ""
    data: dict[str, object] = field(default_factory=dict)
    claim: Claim | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to deliver an alert."""

    started_at: datetime
    ended_at: datetime
    result: str  # sent, retry, failed
    detail: str = ""  # the server's answer, or the error


@dataclass(frozen=True, slots=True)
class Member:
    """An alert of a message, and what it is about, in short."""

    alert: Alert
    title: str
    url: str
    site: str
    language: str
    published_at: datetime | None
    seen_at: datetime
    score: float
    articles: int  # of its story
    story: str  # its headline, or the name that people gave it


@dataclass(frozen=True, slots=True)
class Standing:
    """How a receiver does."""

    failures: int = 0  # in a row
    failing_since: datetime | None = None
    rests_until: datetime | None = None  # before then nothing is sent to it
    last_error: str = ""
    warned_at: datetime | None = None  # when others were told that it fails

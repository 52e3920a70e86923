"""The nouns, as frozen values. All times are aware UTC datetimes; all texts are clean (no NUL, no lone surrogate)."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from monitor.about import NOTHING, About
from monitor.customs import Line
from monitor.facts import UNKNOWN, Facts
from monitor.stories import StoryFacts


class FeedState(StrEnum):
    """Whether a feed is owed polls."""

    ACTIVE = "active"
    GONE = "gone"  # the server said 410
    REMOVED = "removed"  # an administrator, or its absence from the config, ended it


class ArticleState(StrEnum):
    """What an article is owed next."""

    READ = "read"
    TELL = "tell"
    DONE = "done"
    FAILED = "failed"
    UNREAD = "unread"  # its page is kept, and no topic can ask for it


class TextSource(StrEnum):
    """Where an article's text came from."""

    PAGE = "page"
    FEED = "feed"
    NONE = ""


class AlertState(StrEnum):
    """What became of an alert."""

    OWED = "owed"
    HELD = "held"  # until the message goes out that it is told in
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"  # muted on purpose


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on one item until `until`; `token` fences what is saved under it."""

    token: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a feed asks of those who poll it."""

    interval_s: float = 0.0  # between two polls at least (ttl, sy:updatePeriod); 0 when it says nothing
    skip_hours: tuple[int, ...] = ()  # of the day, UTC, 0 to 23: no polls then
    skip_days: tuple[int, ...] = ()  # of the week, UTC, Monday is 0
    hub: str = ""  # WebSub: who tells of new entries
    topic: str = ""  # and the address by which the hub knows the feed


@dataclass(frozen=True, slots=True)
class FeedOptions:
    """How the configuration wants a feed to be asked and read."""

    text: str = "auto"  # whose text an article gets: page, feed, or auto (the feed's when it is whole)
    shortest_s: float = 0.0  # bounds of the time between two polls; 0 stands for those of all feeds
    longest_s: float = 0.0
    headers: tuple[tuple[str, str], ...] = ()
    secret_headers: tuple[tuple[str, str], ...] = ()  # header, and the name of the secret that it holds
    username: str = ""
    password_secret: str = ""  # the name of the secret
    proxy: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """A source we watch, and what the last poll left behind."""

    id: int
    name: str
    url: str  # as it was configured
    moved_to: str = ""  # where a permanent redirect sends us
    title: str = ""
    language: str = ""
    country: str = ""
    kind: str = ""
    tags: tuple[str, ...] = ()
    interval_s: float = 900.0
    state: FeedState = FeedState.ACTIVE
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""  # of the last body that was parsed
    due_at: datetime | None = None
    failures: int = 0
    last_error: str = ""
    note: str = ""  # what is odd about it and yet no error: validators that lie
    polled_at: datetime | None = None
    succeeded_at: datetime | None = None
    whole_at: datetime | None = None  # when its body last came whole, and no 304 instead
    options: FeedOptions = FeedOptions()
    wishes: Wishes = Wishes()
    habit: tuple[float, ...] = ()  # when it publishes, as think.habit writes it
    records: bytes = b""  # by which the items of its last body are known, as think.shown writes it
    claim: Claim | None = None

    @property
    def address(self) -> str:
        """The URL to ask next."""
        return self.moved_to or self.url


@dataclass(frozen=True, slots=True)
class Page:
    """What one GET brought home."""

    url: str  # that we asked for
    final_url: str  # that answered, after redirects
    status: int  # 200 or 304
    body: bytes = b""
    content_type: str = ""  # the header, whole
    etag: str = ""
    last_modified: str = ""
    moved_to: str = ""  # set when every redirect on the way was permanent (301, 308)
    fresh_s: float = 0.0  # for how long the server calls it fresh (Cache-Control, Expires); 0 when it does not
    hub: tuple[str, str] = ("", "")  # as a Link header writes it, and the address by which it knows the feed
    fetched_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What a feed says of one article. Any field may be empty, but not all of them."""

    key: str  # identity within its feed: hex digest of guid, else link, else content
    guid: str = ""
    link: str = ""  # absolute http(s) URL
    title: str = ""  # plain text, one line
    summary: str = ""  # plain text
    content: str = ""  # the full text that the feed carries, as plain text; may be empty
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A body read as a feed."""

    kind: str  # rss, atom, rdf, json, sitemap, sitemap-index
    title: str
    language: str
    entries: tuple[Entry, ...]
    skipped: tuple[str, ...] = ()  # one reason for each item that held nothing to keep
    wishes: Wishes = Wishes()
    parts: tuple[str, ...] = ()  # of a sitemap index: the sitemaps to ask in its stead
    whole: bool = True  # false when the body broke off: the rest must be asked for, so its validators are not kept


@dataclass(frozen=True, slots=True)
class Sighting:
    """An entry seen in a feed, and the article key that it stands for."""

    entry: Entry
    article_key: str  # canonical URL, or "feed:NAME:DIGEST" for an entry without a usable link of its own
    url: str  # to fetch; empty when there is nothing to fetch
    digest: str = ""  # of what the entry says


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit that a feed made known, and for which an article is owed a reading."""

    noticed_at: datetime
    title: str = ""  # the new headline; empty when the old one stands
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a page says, read."""

    title: str = ""
    text: str = ""  # paragraphs parted by one blank line
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    modified_at: datetime | None = None
    site: str = ""  # the name the page gives its site, else its host
    language: str = ""  # ISO 639-1
    image_url: str = ""
    canonical_url: str = ""
    about: About = NOTHING
    lines: tuple[Line, ...] = ()  # all that the page shows, in order; none when the text comes from elsewhere


@dataclass(frozen=True, slots=True)
class Article:
    """What we keep of one piece of news."""

    id: int
    key: str
    url: str
    title: str = ""
    summary: str = ""  # the feed's
    content: str = ""  # the feed's full text, if it carries one
    text: str = ""
    text_source: TextSource = TextSource.NONE
    note: str = ""  # why the page could not be had, in plain words
    authors: tuple[str, ...] = ()
    language: str = ""
    site: str = ""
    image_url: str = ""
    published_at: datetime | None = None
    modified_at: datetime | None = None
    seen_at: datetime | None = None
    backlog: bool = False  # old news of a feed's first poll: kept and matched, never told
    state: ArticleState = ArticleState.READ
    revision: int = 0  # how many times its text or title changed
    story_id: int | None = None
    copy_of: int | None = None  # the article whose text it repeats
    agencies: tuple[str, ...] = ()  # whose report it says that it carries
    feeds: tuple[str, ...] = ()  # names of the feeds it was sighted in
    countries: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    due_at: datetime | None = None
    failures: int = 0
    last_error: str = ""
    claim: Claim | None = None
    kinds: tuple[str, ...] = ()  # of its feeds, as `countries` and `tags` are
    wanted_text: str = "auto"  # whose text its feeds want for it: page, feed, auto
    edit: Edit | None = None  # why it is owed another reading
    about: About = NOTHING

    @property
    def lead(self) -> str:
        """The first paragraph."""
        return self.text.split("\n\n", 1)[0]


@dataclass(frozen=True, slots=True)
class Name:
    """One name of an entity in one language; `confidence` from 0 to 1 is how surely it means the entity."""

    text: str  # in a list of words, a * at its end stands for any ending
    language: str
    confidence: float = 1.0
    exact: bool = False  # in this spelling only: not inflected, capitals and accents as written


@dataclass(frozen=True, slots=True)
class Entity:
    """A person, organisation, place, weapon or event, by any of its names."""

    id: str
    kind: str  # person, organisation, place, weapon, event, agreement, …; words for a list of common words
    names: tuple[Name, ...]
    qid: str = ""  # Wikidata
    groups: tuple[str, ...] = ()
    needs: tuple[
        str, ...
    ] = ()  # entities, groups or words of which an article must hold one for an unsure name to count
    excluded: tuple[str, ...] = ()  # phrases in which a name means something else


@dataclass(frozen=True, slots=True)
class TopicTest:
    """An example that a topic must flag, or must not."""

    text: str
    expected: bool
    title: str = ""
    language: str = ""
    evidence: tuple[str, ...] = ()  # labels that the evidence must hold


@dataclass(frozen=True, slots=True)
class Signal:
    """What speaks for a topic, or with a negative weight against it."""

    query: str
    weight: float  # the points it brings where the whole article is about it
    line: int = 0  # of its query in the file it was read from


@dataclass(frozen=True, slots=True)
class Topic:
    """A standing query."""

    name: str
    title: str
    query: str  # what must hold
    severity: str = "normal"  # low, normal, high, critical
    tests: tuple[TopicTest, ...] = ()
    source: str = ""  # file it was read from
    line: int = 0  # of its query in that file
    signals: tuple[Signal, ...] = ()
    threshold: float = 0.0  # points that the signals must bring together
    parent: str = ""  # the topic that it is a part of: it holds only where that holds


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a query holds: `found` stands at `start`:`end` of the article's `zone`."""

    label: str  # what the rule asked for: a word, a phrase, an entity's id
    zone: str  # title, lead, body, or a field's name
    start: int  # offset into the article's title, text or field (lead offsets count from the text's start)
    end: int
    found: str
    weight: float = 1.0  # as the query has it, or the points that its signal brings


@dataclass(frozen=True, slots=True)
class Match:
    """An article that a topic asked for."""

    topic: str
    version: str  # digest of the rule that made it
    severity: str
    score: float  # the signals' points; 1.0 for a topic without signals
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Needle:
    """A run of folded words that an article must contain; the last one may be a prefix."""

    words: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """The articles that tell one event."""

    id: int
    headline: str
    opened_at: datetime
    latest_at: datetime
    articles: int = 1
    name: str = ""  # that people gave it
    merged_into: int | None = None  # the story that it is a part of by now


@dataclass(frozen=True, slots=True)
class Alert:
    """One message owed to one receiver about one story."""

    uid: str  # stable: the same for every attempt
    receiver: str
    topic: str
    story_id: int
    sequence: int
    article_id: int
    id: int = 0
    state: AlertState = AlertState.OWED
    created_at: datetime | None = None
    owed_at: datetime | None = None  # when it was created, or last asked for again
    begun_at: datetime | None = None  # when it was sent, if nobody learned what came of that
    sent_at: datetime | None = None
    due_at: datetime | None = None
    failures: int = 0
    last_error: str = ""
    known: StoryFacts | None = None  # of the story, when the alert was made
    claim: Claim | None = None
    route: str = ""  # the name of the route that it came by
    severity: str = "normal"
    reason: str = ""  # why the story is told again
    facts: Facts = UNKNOWN
    held: str = ""  # what holds it back, or held it
    dispatch_id: int | None = None  # the message that it is told in, if that is not its own


@dataclass(frozen=True, slots=True)
class Message:
    """An alert, written out for any channel."""

    uid: str
    subject: str  # one line, no control characters
    text: str
    html: str
    payload: dict[str, object] = field(default_factory=dict)  # the webhook's JSON envelope
    thread: str = ""  # stable id of the story, for threading
    created_at: datetime | None = None
    letter: object = None  # its parts, for templates of the user's own
    fault: str = ""  # why it is written in the shipped form, where it should not be

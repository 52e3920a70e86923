"""What the API answers with: articles, stories, matches and alerts as JSON, each field described once."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from monitor.about import About
from monitor.model import Alert, Article, Evidence, Match, Story
from monitor.newsstand import load_press
from monitor.rules import Rules
from monitor.think.excerpt import Excerpt, excerpt, one_line
from monitor.think.press import outlet_of
from monitor.think.voices import when

_LEAD = 400  # characters of an article that a list shows


class Shape(BaseModel):
    """A part of an answer, made of a value."""

    model_config = ConfigDict(from_attributes=True)


class ArticleLine(Shape):
    """An article in a list: all but its text."""

    id: int
    url: str
    title: str
    lead: str = Field(description="The beginning of its text, or of what its feed says of it")
    outlet: str = Field(description="Who publishes it")
    site: str
    language: str
    authors: tuple[str, ...]
    published_at: datetime | None
    seen_at: datetime | None
    at: datetime | None = Field(description="When it came out: as it says, but not later than it was seen")
    story_id: int | None
    copy_of: int | None = Field(description="The article whose text it repeats")
    agencies: tuple[str, ...] = Field(description="Whose report it says that it carries")
    feeds: tuple[str, ...]
    countries: tuple[str, ...]
    kinds: tuple[str, ...]
    tags: tuple[str, ...]
    state: str = Field(description="What it is owed: read, tell; else done, failed, or unread (kept by its headline)")
    backlog: bool = Field(description="Old news of a feed's first poll: kept and matched, never told")
    revision: int = Field(description="How many times it was edited")


class EvidenceShape(Shape):
    """Why a query holds: `found` stands at `start` to `end` of the article's `zone`, counted in characters."""

    label: str = Field(description="What was asked for: a word, a phrase, an entity's id")
    zone: str = Field(description="title, lead or body (both count from the text's start), or a field's name")
    start: int
    end: int
    found: str
    weight: float


class MatchShape(Shape):
    """A topic that asked for an article, and why."""

    topic: str
    version: str = Field(description="Which wording of the topic it was")
    severity: str
    score: float
    evidence: tuple[EvidenceShape, ...]


class EntityShape(Shape):
    """An entity, by its name in English where it has one."""

    id: str
    kind: str
    name: str
    qid: str = Field(default="", description="Wikidata")
    groups: tuple[str, ...] = ()


class StoryLine(Shape):
    """A story in short."""

    id: int
    headline: str
    name: str = Field(description="That people gave it")
    opened_at: datetime
    latest_at: datetime
    articles: int


class AlertLine(Shape):
    """An alert: a message owed to one receiver about one story."""

    uid: str
    receiver: str
    topic: str
    severity: str
    story_id: int
    article_id: int
    sequence: int
    state: str = Field(description="owed, held, sent, failed, dropped")
    reason: str = Field(description="Why the story is told again")
    route: str
    held: str = Field(description="What holds it back, or held it")
    created_at: datetime | None
    sent_at: datetime | None
    due_at: datetime | None
    failures: int
    last_error: str


class PieceShape(Shape):
    """A run of text, marked when it is what was found."""

    text: str
    marked: bool


class Highlights(Shape):
    """The headline, the opening, and sentences around what neither of the two shows, each as pieces."""

    headline: tuple[PieceShape, ...]
    lead: tuple[tuple[PieceShape, ...], ...]
    snippets: tuple[tuple[PieceShape, ...], ...]


class AboutShape(Shape):
    """What the page says of the article beside its text."""

    wall: str = Field(description="What the page showed in its stead: a paywall, a consent form, …")
    paid: bool
    live: bool
    section: str
    script: str
    right_to_left: bool
    languages: tuple[str, ...]
    title_language: str = Field(description="Of a title in another script than the text")
    captions: tuple[str, ...]
    markdown: str


def article_line(article: Article) -> ArticleLine:
    """An article in a list."""
    text = article.text or article.content or article.summary
    shown = {name: getattr(article, name, None) for name in ArticleLine.model_fields}
    shown |= {
        "lead": one_line(text, _LEAD),
        "outlet": outlet_of(article, load_press()).name,
        "at": when(article),
        "state": article.state.value,
    }
    return ArticleLine.model_validate(shown)


def highlights(article: Article, evidence: Sequence[Evidence]) -> Highlights:
    """The passages that show why an article answers."""
    made: Excerpt = excerpt(article, tuple(evidence))
    return Highlights.model_validate(made)


def match_shape(match: Match) -> MatchShape:
    """A match."""
    return MatchShape.model_validate(match)


def alert_line(alert: Alert) -> AlertLine:
    """An alert."""
    return AlertLine.model_validate(alert)


def story_line(story: Story) -> StoryLine:
    """A story in short."""
    return StoryLine.model_validate(story)


def about_shape(about: About) -> AboutShape:
    """What the page says beside the text."""
    return AboutShape.model_validate(about)


def entity_shapes(ids: Iterable[str], rules: Rules) -> list[EntityShape]:
    """Entities by their ids; those that the rules know no more are left out."""
    known = rules.entities.by_id
    return [
        EntityShape(id=id_, kind=found.kind, name=name_of(id_, rules), qid=found.qid, groups=found.groups)
        for id_ in ids
        if (found := known.get(id_))
    ]


def name_of(id_: str, rules: Rules) -> str:
    """What people call an entity: its first name in English, else its first name, else its id."""
    entity = rules.entities.by_id.get(id_)
    names = entity.names if entity else ()
    return next((name.text for name in names if name.language == "en"), names[0].text if names else id_)

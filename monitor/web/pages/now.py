"""The stories of the last hours become the first page: by topic, ranked, each with its voices and its course."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Engine

from monitor.edge.page_views import stories_since, topics_of
from monitor.edge.story_views import Told, members_of
from monitor.model import Story, Topic
from monitor.reports import Summary, freshness, summarise
from monitor.think.voices import when
from monitor.web.pages.charts import Chart, spark

SPANS = {"6h": timedelta(hours=6), "24h": timedelta(hours=24), "3d": timedelta(days=3), "7d": timedelta(days=7)}
_SHOWN = 40  # stories of one topic


@dataclass(frozen=True, slots=True)
class Line:
    """A story, as the page shows it."""

    summary: Summary
    topics: tuple[tuple[str, str], ...]  # name and title
    chart: Chart
    first_by: str  # who told it first


@dataclass(frozen=True, slots=True)
class Choice:
    """A topic to be looked at alone."""

    name: str
    title: str
    stories: int
    is_part: bool


@dataclass(frozen=True, slots=True)
class Now:
    """All that the page shows."""

    span: str
    topic: str
    since: datetime
    lines: tuple[Line, ...]
    choices: tuple[Choice, ...]
    total: int  # stories that a topic asked for
    others: int  # that none did

    @property
    def articles(self) -> int:
        """Of all the stories that are shown."""
        return sum(line.summary.voices.articles for line in self.lines)


def look(
    engine: Engine,
    topics: Sequence[Topic],
    now: datetime,
    *,
    span: str = "24h",
    topic: str = "",
    languages: Sequence[str] = (),
) -> Now:
    """The page for a span and a topic; `*` stands for stories that no topic asked for."""
    since = now - SPANS[span]
    stories = stories_since(engine, since)
    asked = topics_of(engine, [story.id for story in stories])
    counts = Counter(name for names in asked.values() for name in names)
    chosen = [story for story in stories if _is_wanted(asked.get(story.id, ()), topic)]
    return Now(
        span,
        topic,
        since,
        tuple(
            _line(summary, told, since, now, asked.get(told.story.id, ()), topics)
            for summary, told in foremost(engine, chosen, now, languages)
        ),
        tuple(Choice(each.name, each.title or each.name, counts[each.name], bool(each.parent)) for each in topics),
        len(asked),
        len(stories) - len(asked),
    )


def foremost(
    engine: Engine, stories: Sequence[Story], now: datetime, languages: Sequence[str], shown: int = _SHOWN
) -> list[tuple[Summary, Told]]:
    """The stories that rank first. None has more voices than articles, so most need not be looked into."""
    most = [(freshness(each, now) * each.articles, each) for each in stories]
    most.sort(key=lambda pair: (-pair[0], -pair[1].id))
    found: list[tuple[Summary, Told]] = []
    for start in range(0, len(most), shown):
        some = most[start : start + shown]
        if len(found) >= shown and some[0][0] <= found[shown - 1][0].rank:
            break
        articles = members_of(engine, [each.id for _, each in some])
        told = [Told(each, tuple(articles.get(each.id, ()))) for _, each in some]
        found += [(summarise(each, now, languages), each) for each in told]
        found.sort(key=lambda pair: (-pair[0].rank, -len(pair[0].voices.voices), -pair[0].story.id))
    return found[:shown]


def _tagged(asked: Sequence[str], topics: Sequence[Topic]) -> tuple[tuple[str, str], ...]:
    """Topics in the order of the rules; a whole one says nothing beside its parts."""
    found = [topic for topic in topics if topic.name in asked]
    wholes = {topic.parent for topic in found}
    return tuple((topic.name, topic.title or topic.name) for topic in found if topic.name not in wholes)


def _is_wanted(asked: Sequence[str], topic: str) -> bool:
    return not asked if topic == "*" else (topic in asked if topic else bool(asked))


def _line(
    summary: Summary, told: Told, since: datetime, now: datetime, asked: Sequence[str], topics: Sequence[Topic]
) -> Line:
    times = [time for article in told.articles if (time := when(article))]
    voices = summary.voices.voices
    first = min((voice for voice in voices if voice.first_at), key=lambda voice: str(voice.first_at), default=None)
    return Line(
        summary,
        _tagged(asked, topics),
        spark(times, since, now),
        first.name if first else "",
    )

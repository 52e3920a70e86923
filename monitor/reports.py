"""Stories of the archive become what people see of them: figures, headline, extract, course, and what was new when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.edge.story_views import StoryFile, Told
from monitor.edge.vitals import Vitals
from monitor.edits import Revision
from monitor.figures import headline_of
from monitor.model import Alert, Article, Match, Story
from monitor.newsstand import load_press
from monitor.rules import Rules
from monitor.telling import Told as LastTold
from monitor.think import central, credit, match, route
from monitor.think.entities import WORDS
from monitor.think.health import usual
from monitor.think.novelty import Addition, additions
from monitor.think.revision import Segment, diff
from monitor.think.timeline import Course, course
from monitor.think.voices import Voices, count_voices, in_order

WEEK = "Mon Tue Wed Thu Fri Sat Sun".split()
_HALF = timedelta(hours=24)  # after which a story that nobody adds to counts half


@dataclass(frozen=True, slots=True)
class Summary:
    """One line of the list of stories."""

    story: Story
    headline: str
    voices: Voices
    rank: float


@dataclass(frozen=True, slots=True)
class Report:
    """All that people see of a story."""

    story: Story
    headline: str
    extract: tuple[central.Quotation, ...]
    voices: Voices
    course: Course
    articles: tuple[Article, ...]  # in order of time
    additions: tuple[Addition, ...]  # likewise
    cited: Mapping[int, tuple[str, ...]]  # ids of agencies that an article names without carrying their report


@dataclass(frozen=True, slots=True)
class Rewording:
    """What one edit of an article changed."""

    number: int
    read_at: datetime
    title: tuple[Segment, ...]
    text: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """How a source does, beside what is usual for it."""

    name: str
    url: str
    state: str
    health: str  # dead, walled, quiet, flooded, failing, odd, well
    why: str
    since: datetime | None
    note: str
    last_success: datetime | None
    last_error: str
    error_streak: int
    polls_today: int
    failures_today: int
    articles_today: int
    usual: Mapping[str, float] | None  # articles by weekday; None while that is not known
    usual_a_day: float | None
    days_known: int
    delay_s: float | None  # from publication to sight, on average
    longest_delay_s: float | None


def condition(seen: Vitals, now: datetime) -> Condition:
    """How a source does."""
    feed, today = seen.feed, now.date()
    current = next((day for day in seen.days if day.day == today), None)
    habit = usual({day.day: day.articles for day in seen.days if day.day < today and day.polls > day.failures})
    dated = sum(day.dated for day in seen.days)
    return Condition(
        name=feed.name,
        url=feed.address,
        state=feed.state.value,
        health=seen.health or ("failing" if feed.failures else "odd" if feed.note else "well"),
        why=seen.why if seen.health else feed.last_error or feed.note,
        since=seen.since if seen.health else None,
        note=feed.note,
        last_success=feed.succeeded_at,
        last_error=feed.last_error,
        error_streak=feed.failures,
        polls_today=current.polls if current else 0,
        failures_today=current.failures if current else 0,
        articles_today=current.articles if current else 0,
        usual=dict(zip(WEEK, (round(a_day, 1) for a_day in habit.by_weekday), strict=True)) if habit.days else None,
        usual_a_day=round(habit.a_day, 1) if habit.days else None,
        days_known=habit.days,
        delay_s=round(sum(day.delay_s for day in seen.days) / dated, 1) if dated else None,
        longest_delay_s=max(day.longest_delay_s for day in seen.days) if dated else None,
    )


def summarise(told: Told, now: datetime, languages: Sequence[str] = ()) -> Summary:
    """A story in a line: the more voices and the fresher, the higher it ranks."""
    voices = count_voices(told.articles, load_press())
    rank = len(voices.voices) * freshness(told.story, now)
    return Summary(told.story, headline_of(told.story, told.articles, languages), voices, rank)


def freshness(story: Story, now: datetime) -> float:
    """What a voice counts in the rank of a story: all while it goes on, and less and less when nobody adds to it."""
    return float(0.5 ** max((now - story.latest_at) / _HALF, 0.0))


def report(file: StoryFile, rules: Rules, languages: Sequence[str] = ()) -> Report:
    """All that people see of a story."""
    press, articles = load_press(), in_order(file.articles)
    voices = count_voices(articles, press)
    cited = {each.id: credit.cited(each, press) for each in articles}
    return Report(
        story=file.story,
        headline=headline_of(file.story, articles, languages),
        extract=central.extract(articles, press, languages),
        voices=voices,
        course=course(articles, press, voices),
        articles=tuple(articles),
        additions=additions(articles, {each.id: entities_of(each, rules) for each in articles}),
        cited={each.id: tuple(id_ for id_ in cited[each.id] if id_ not in each.agencies) for each in articles},
    )


def entities_of(article: Article, rules: Rules) -> tuple[str, ...]:
    """The ids of the entities that an article names."""
    known = rules.entities.by_id
    mentions = match.read(article, rules.compiled).mentions
    return tuple(id_ for id_ in sorted(mentions) if id_ in known and known[id_].kind != WORDS)


def edits_of(article: Article, revisions: Sequence[Revision]) -> list[Rewording]:
    """What each edit of an article changed, in order; the latest wording is the article's own."""
    wordings = [(each.title, each.text) for each in revisions] + [(article.title, article.text)]
    return [
        Rewording(each.number + 1, each.replaced_at, diff(before[0], after[0]), diff(before[1], after[1]))
        for each, before, after in zip(revisions, wordings, wordings[1:], strict=False)
    ]


def owe_recent(
    story: Story,
    matched: Sequence[tuple[Article, tuple[Match, ...]]],
    told: Mapping[tuple[str, str], LastTold],
    *,
    rules: Rules,
    now: datetime,
    age_s: float,
) -> list[Alert]:
    """What a story that was parted from another still owes: an alert to each whom nobody told; none of old news."""
    owed: dict[tuple[str, str], Alert] = {}
    if (now - story.latest_at).total_seconds() > age_s:
        return []
    for article, matches in matched:
        if article.backlog:
            continue
        for alert in route.alerts(matches, article, story, rules.routes, {}, now, names=rules.names):
            if (alert.receiver, alert.topic) not in told:
                owed.setdefault((alert.receiver, alert.topic), alert)
    return list(owed.values())

"""A story becomes its page: who tells it where and when, which texts are copies, what each adds, who was told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.engine import Engine

from monitor.edge import silences
from monitor.edge.labels import Label
from monitor.edge.page_views import labels_of
from monitor.edge.story_views import StoryFile, find_story
from monitor.model import Article, Topic
from monitor.newsstand import load_press
from monitor.reports import Report, report
from monitor.rules import Rules
from monitor.stories import StoryChange, StoryEvent
from monitor.telling import Silence
from monitor.think.novelty import Addition
from monitor.think.press import Press, outlet_of
from monitor.think.timeline import Course
from monitor.think.voices import when
from monitor.web.pages.charts import Bar, Chart, Lanes, lanes

_SHOWN = 5  # of the names, amounts or quotations that an article adds


@dataclass(frozen=True, slots=True)
class Telling:
    """An article of a story."""

    article: Article
    at: datetime | None
    outlet: str
    country: str
    carries: tuple[str, ...]  # agencies whose report it is
    cites: tuple[str, ...]  # agencies that it names
    figures: tuple[str, ...]  # that it adds
    names: tuple[str, ...]
    quotes: tuple[str, ...]
    copies: tuple["Telling", ...] = ()  # that repeat its text


@dataclass(frozen=True, slots=True)
class StoryPage:
    """All that the page shows."""

    report: Report
    file: StoryFile
    tellings: tuple[Telling, ...]  # without those that are copies of another one here
    lanes: Lanes
    growth: Chart
    topics: tuple[tuple[str, str], ...]
    labels: Mapping[str, tuple[Label, ...]]  # by topic
    silences: tuple[Silence, ...]  # in force, that name the story
    events: tuple[tuple[datetime, str], ...]


def open_story(engine: Engine, rules: Rules, story_id: int, now: datetime, languages: Sequence[str] = ()) -> StoryPage:
    """The page of a story; StoreError when there is none."""
    file = find_story(engine, story_id)
    made, press = report(file, rules, languages), load_press()
    labels: dict[str, tuple[Label, ...]] = {}
    for label in labels_of(engine, [article.id for article in made.articles]):
        labels[label.topic] = (*labels.get(label.topic, ()), label)
    return StoryPage(
        made,
        file,
        _tellings(made, rules, press),
        lanes(made.articles, press),
        growth(made.course),
        titled(file.topics, rules.pack.topics),
        labels,
        tuple(each for each in silences.in_force(engine, now) if each.story_id == file.story.id),
        tuple((event.happened_at, said(event)) for event in file.events),
    )


def titled(names: Sequence[str], topics: Sequence[Topic]) -> tuple[tuple[str, str], ...]:
    """Topics with what people call them; whole ones before their parts, in the order of the rules."""
    known = {topic.name: topic.title or topic.name for topic in topics}
    return tuple((name, known.get(name, name)) for name in sorted(names, key=[*known, *names].index))


def _tellings(made: Report, rules: Rules, press: Press) -> tuple[Telling, ...]:
    told = {
        article.id: _telling(article, added, made.cited.get(article.id, ()), rules, press)
        for article, added in zip(made.articles, made.additions, strict=True)
    }
    copies: dict[int, list[Telling]] = {}
    for each in told.values():
        if each.article.copy_of in told:
            copies.setdefault(_first(each.article, told), []).append(each)
    return tuple(
        replace(each, copies=tuple(copies.get(number, ())))
        for number, each in told.items()
        if each.article.copy_of not in told
    )


def _first(article: Article, told: Mapping[int, Telling]) -> int:
    """The article at the root of a chain of copies."""
    seen = {article.id}
    while (before := article.copy_of) in told and before is not None and before not in seen:
        seen.add(before)
        article = told[before].article
    return article.id


def _telling(article: Article, added: Addition, cites: Sequence[str], rules: Rules, press: Press) -> Telling:
    outlet = outlet_of(article, press)
    return Telling(
        article,
        when(article),
        outlet.name,
        outlet.country,
        _agencies(article.agencies, press, outlet.name),
        _agencies(cites, press, outlet.name),
        added.amounts[:_SHOWN],
        (*(name_of(id_, rules) for id_ in added.entities), *added.names)[:_SHOWN],
        added.quotes[:_SHOWN],
    )


def _agencies(ids: Sequence[str], press: Press, but: str) -> tuple[str, ...]:
    names = (press.agencies[id_].name for id_ in ids if id_ in press.agencies)
    return tuple(name for name in names if name != but)


def name_of(id_: str, rules: Rules) -> str:
    """What an entity is called: its first name in English, else in whatever language."""
    entity = rules.entities.by_id.get(id_)
    if entity is None:
        return id_
    names = sorted(entity.names, key=lambda name: name.language != "en")
    return names[0].text if names else id_


def growth(course: Course) -> Chart:
    """How many articles came in each hour or day: bars, those that are copies lighter."""
    spans = course.spans
    if not spans:
        return Chart(0, 0, (), "no dated articles")
    most = max(span.articles for span in spans) or 1
    wide = 600.0 / max(len(spans), 12)
    form = "%d %b %H:00" if course.step_s < 86_400 else "%d %b %Y"
    bars = []
    for at, span in enumerate(spans):
        tall = span.articles / most * 60.0
        own = (span.articles - span.copies) / most * 60.0
        voices = f"{span.voices} voices so far"
        label = f"{span.start.strftime(form)} UTC: {span.articles} articles, {span.copies} of them copies; {voices}"
        bars.append(Bar(round(at * wide, 2), round(64.0 - tall, 2), round(wide - 2, 2), round(tall, 2), label, own))
    unit = "hour" if course.step_s < 86_400 else "day"
    said_ = f"{sum(span.articles for span in spans)} articles in {len(spans)} {unit}s, {spans[-1].voices} voices"
    return Chart(600.0, 64.0, tuple(bars), said_, spans[0].start.strftime(form), spans[-1].start.strftime(form))


def said(event: StoryEvent) -> str:
    """An event of a story, in words."""
    by = event.by or "the program"
    if event.change is StoryChange.NAME:
        return f"{by} named it “{event.why}”" if event.why else f"{by} took its name back"
    why = f": {event.why}" if event.why else ""
    count = f"{len(event.articles)} articles" if len(event.articles) != 1 else "one article"
    if event.change is StoryChange.MERGE:
        return f"{by} merged story {event.other_id} ({count}) into {event.story_id}{why}"
    return f"{by} split story {event.other_id} ({count}) off {event.story_id}{why}"

"""Stories: which are told, by whom, how they went, what each article adds; and what people say of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from monitor.edge import stories
from monitor.edge.database import writing
from monitor.edge.page_views import stories_since, topics_of
from monitor.edge.stories import Decision
from monitor.edge.story_views import Told, find_story, members_of
from monitor.model import Story
from monitor.newsstand import load_press
from monitor.reports import Report, Summary, freshness, owe_recent, report, summarise
from monitor.stories import StoryEvent
from monitor.think.central import Quotation
from monitor.think.excerpt import one_line
from monitor.think.novelty import Addition
from monitor.think.press import outlet_of
from monitor.think.timeline import Course
from monitor.think.voices import Voices, when
from monitor.web.access import Caller
from monitor.web.api.answers import Api
from monitor.web.api.asked import (
    LARGEST,
    At,
    Cursor,
    Limit,
    Manager,
    Name,
    Number,
    Reader,
    link_next,
    pack,
    size,
    unpack,
)
from monitor.web.api.shapes import AlertLine, ArticleLine, Shape, StoryLine, alert_line, article_line, story_line
from monitor.web.desk import Desk
from monitor.web.problems import RefusedError
from monitor.web.spec import PREFIX

router = APIRouter(prefix=PREFIX, tags=["stories"], route_class=Api)

LOOKED_INTO = 100  # stories whose articles are read at once
LOOKED_BACK = timedelta(days=3)  # when the request does not say since when
Language = Annotated[str, Query(pattern=r"^([a-z]{2,3})?$", description="Headlines in it, where the story has them.")]
StoryOrder = Literal["rank", "latest"]


class StoryShape(StoryLine):
    """A story with its figures."""

    headline: str = Field(description="The name that people gave it, else its most central title")
    rank: float = Field(description="The more voices and the fresher, the higher")
    copies: int
    outlets: tuple[str, ...]
    voices: tuple[str, ...] = Field(description="Who tells it independently")
    languages: tuple[str, ...]
    countries: tuple[str, ...]
    first_at: datetime | None


class StoryPage(Shape):
    """A page of stories."""

    items: list[StoryShape]
    next: str


class MemberShape(ArticleLine):
    """An article of a story."""

    cites: tuple[str, ...] = Field(description="Agencies that it names without carrying their report")
    adds: Addition = Field(description="What it tells that no earlier one of the story told")


class StoryWhole(StoryLine):
    """All that is kept of a story."""

    extract: tuple[Quotation, ...] = Field(description="What most of its voices say, in words of theirs")
    voices: Voices
    course: Course = Field(description="How it went, by hours or days")
    topics: tuple[str, ...]
    members: list[MemberShape] = Field(description="Its articles in order of time")
    events: tuple[StoryEvent, ...] = Field(description="Merges, splits and names")
    alerts: list[AlertLine]


class NameWish(Shape):
    """What people call a story."""

    name: str = Field(max_length=400, description="An empty one takes the name back")


class MergeWish(Shape):
    """A story that tells the same event."""

    other: int = Field(ge=1, le=LARGEST)
    why: str = Field(default="", max_length=1000)


class SplitWish(Shape):
    """The articles that tell another event; copies go with them."""

    articles: list[Annotated[int, Field(ge=1, le=LARGEST)]] = Field(min_length=1, max_length=1000)
    why: str = Field(default="", max_length=1000)
    quiet: bool = Field(default=False, description="Tell nobody of the part that was not told yet")


class SplitShape(Shape):
    """The two stories that a split leaves."""

    story: StoryLine
    other: StoryLine
    moved: tuple[int, ...]
    alerts: list[AlertLine] = Field(description="That the part which was not told owes now")


@router.get("/stories", summary="Stories, those that most voices tell and the newest first")
def list_stories(
    desk: At,
    _: Reader,
    request: Request,
    response: Response,
    topic: Name = "",
    since: Annotated[datetime | None, Query(description="With an article since then; default: three days ago")] = None,
    language: Language = "",
    order: StoryOrder = "rank",
    limit: Limit = None,
    cursor: Cursor = "",
) -> StoryPage:
    """A page of the stories that had an article since then."""
    place = unpack(cursor, str, float, int)
    now = _as_of(place) or desk.clock()
    stories, most = stories_since(desk.engine, since or now - LOOKED_BACK), size(desk, limit)
    if topic:
        asked = topics_of(desk.engine, [story.id for story in stories])
        stories = tuple(story for story in stories if topic in asked.get(story.id, ()))
    view = View(order, now, language, place[1:] if place else ())
    ranked = foremost(desk, stories, view, most + 1)
    shown = ranked[:most]
    following = pack(now.isoformat(), float(shown[-1][0]), shown[-1][1].story.id) if len(ranked) > most else ""
    link_next(request, response, following)
    return StoryPage(items=[story_shape(each) for _, each in shown], next=following)


@dataclass(frozen=True, slots=True)
class View:
    """In which order stories are listed, as of when, told in which language, and after which place."""

    order: StoryOrder
    now: datetime
    language: str = ""
    after: tuple[Any, ...] = ()  # the key and the number of the last one that was shown


def foremost(desk: Desk, stories: Sequence[Story], view: View, most: int) -> list[tuple[float, Summary]]:
    """The stories that come first, each with its key. None has more voices than articles: few are looked into."""
    waiting = sorted(((_most(story, view), story) for story in stories), key=lambda pair: (-pair[0], -pair[1].id))
    languages, found = _languages(desk, view.language), list[tuple[float, Summary]]()
    for start in range(0, len(waiting), LOOKED_INTO):
        some = [story for _, story in waiting[start : start + LOOKED_INTO]]
        if len(found) >= most and waiting[start][0] < found[most - 1][0]:
            break
        articles = members_of(desk.engine, [story.id for story in some])
        for story in some:
            summary = summarise(Told(story, tuple(articles.get(story.id, ()))), view.now, languages)
            pair = (summary.rank if view.order == "rank" else _most(story, view), summary)
            passed = view.after and _first(pair) <= (-view.after[0], -view.after[1])
            if not passed and (not view.language or view.language in summary.voices.languages):
                found.append(pair)
        found.sort(key=_first)
    return found[:most]


def _most(story: Story, view: View) -> float:
    """What the key of a story is at most."""
    if view.order == "latest":
        return story.latest_at.timestamp()
    return story.articles * freshness(story, view.now)


def _first(pair: tuple[float, Summary]) -> tuple[float, int]:
    return -pair[0], -pair[1].story.id


def _as_of(place: tuple[Any, ...] | None) -> datetime | None:
    """The time by which the pages before were ranked: ranks fade, and the next page must go on where they ended."""
    if place is None:
        return None
    try:
        at = datetime.fromisoformat(place[0])
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise RefusedError(400, "the cursor is not of this question", hint="ask again without it")
    return at


def _languages(desk: Desk, language: str) -> tuple[str, ...]:
    own = desk.config.tell.languages
    return (language, *own) if language else own


def story_shape(summary: Summary) -> StoryShape:
    """A story with its figures."""
    voices = summary.voices
    line = {**story_line(summary.story).model_dump(), "headline": summary.headline, "articles": voices.articles}
    return StoryShape(
        **line,
        rank=summary.rank,
        copies=voices.copies,
        outlets=voices.outlets,
        voices=tuple(voice.name for voice in voices.voices),
        languages=voices.languages,
        countries=voices.countries,
        first_at=voices.first_at,
    )


@router.get("/stories/{story_id}", summary="A story with all that is known of it")
def show_story(desk: At, _: Reader, story_id: Number, language: Language = "") -> StoryWhole:
    """Headline, extract, voices, course, and its articles with what each adds. The number of a merged one leads on."""
    file = find_story(desk.engine, story_id)
    made = report(file, desk.rules, _languages(desk, language))
    line = {**story_line(file.story).model_dump(), "headline": made.headline, "articles": len(made.articles)}
    return StoryWhole(
        **line,
        extract=made.extract,
        voices=made.voices,
        course=made.course,
        topics=file.topics,
        members=[*_members(made)],
        events=file.events,
        alerts=[alert_line(alert) for alert in file.alerts],
    )


def _members(made: Report) -> Sequence[MemberShape]:
    press = load_press()
    lines = [
        {**article_line(article).model_dump(), "outlet": outlet_of(article, press).name, "at": when(article)}
        for article in made.articles
    ]
    return [
        MemberShape(**line, cites=made.cited[article.id], adds=added)
        for line, article, added in zip(lines, made.articles, made.additions, strict=True)
    ]


@router.put("/stories/{story_id}/name", summary="Give a story a name")
def name_story(desk: At, caller: Manager, story_id: Number, wish: NameWish) -> StoryLine:
    """A name stands in the place of the headline."""
    with writing(desk.engine) as connection:
        named = stories.name(connection, story_id, one_line(wish.name, 200), _decision(desk, caller, ""))
    return story_line(named)


@router.post("/stories/{story_id}/merge", summary="Say that two stories tell one event")
def merge_stories(desk: At, caller: Manager, story_id: Number, wish: MergeWish) -> StoryLine:
    """No automatic decision undoes it; what either was told of counts as told of the whole."""
    numbers = {find_story(desk.engine, number).story.id for number in (story_id, wish.other)}
    if len(numbers) == 1:
        raise RefusedError(409, f"{story_id} and {wish.other} are one story already")
    with writing(desk.engine) as connection:
        kept = stories.merge(connection, story_id, wish.other, _decision(desk, caller, wish.why))
    if kept is None:  # only an automatic decision is held back
        raise RefusedError(409, "people said that they are two")
    return story_line(kept)


@router.post("/stories/{story_id}/split", summary="Say that some articles tell another event")
def split_story(desk: At, caller: Manager, story_id: Number, wish: SplitWish) -> SplitShape:
    """They become a story of their own, and what that owes is told, if it is news still."""
    decision, age_s = _decision(desk, caller, wish.why), desk.config.tell.backlog_age
    with writing(desk.engine) as connection:
        parted = stories.split(connection, story_id, wish.articles, decision)
        if parted is None:  # only an automatic decision is held back
            raise RefusedError(409, "people said that they belong together")
        owing = partial(owe_recent, rules=desk.rules, now=decision.at, age_s=age_s)
        owed = () if wish.quiet else stories.owe_untold(connection, parted, owing)
    return SplitShape(
        story=story_line(parted.story),
        other=story_line(parted.other),
        moved=parted.moved,
        alerts=[alert_line(replace(alert, claim=None)) for alert in owed],
    )


def _decision(desk: Desk, caller: Caller, why: str) -> Decision:
    return Decision(desk.clock(), caller.name, one_line(why, 500))

"""Feeds: how each does, and which are watched: added after a look at them, polled at once, taken in and out as OPML."""

import asyncio
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Request, Response
from pydantic import Field

from monitor.edge import asked as questions
from monitor.edge import sources, vitals
from monitor.edge.asked import Turn
from monitor.edge.vitals import Day, Vitals
from monitor.errors import StoreError, UnknownError
from monitor.model import Feed, ParsedFeed
from monitor.reports import condition
from monitor.subscribing import Wish, find, read_opml, to_opml
from monitor.web.api.answers import Api
from monitor.web.api.asked import At, Cursor, Limit, Manager, Reader, link_next, pack, size, unpack
from monitor.web.api.shapes import Shape
from monitor.web.desk import Desk
from monitor.web.spec import PREFIX

router = APIRouter(prefix=PREFIX, tags=["feeds"], route_class=Api)

HISTORY = timedelta(days=28)  # of volume and delay
SHOWN = 20  # turns of its health, and entries of one that is looked at
OPML = "text/x-opml"
FeedName = Annotated[str, Path(min_length=1, max_length=100)]
Word = Annotated[str, Field(max_length=100)]


class FeedShape(Shape):
    """A feed, and how it does beside what is usual for it."""

    name: str
    title: str
    url: str
    origin: str = Field(description="config, or added by a person: only those can be removed here")
    language: str
    country: str
    kind: str
    tags: tuple[str, ...]
    state: str = Field(description="active, gone (the server said so), or removed")
    health: str = Field(description="dead, walled, quiet, flooded, failing, odd, well")
    why: str = Field(description="What is wrong, in plain words")
    since: datetime | None
    note: str
    last_success: datetime | None
    last_error: str
    error_streak: int
    due_at: datetime | None
    polls_today: int
    failures_today: int
    articles_today: int
    usual: dict[str, float] | None = Field(description="Articles by weekday; null while that is not known")
    usual_a_day: float | None
    days_known: int
    delay_s: float | None = Field(description="From publication to sight, on average")
    longest_delay_s: float | None


class FeedPage(Shape):
    """A page of feeds."""

    items: list[FeedShape]
    next: str


class FeedWhole(FeedShape):
    """A feed with its days, and how its health turned."""

    days: list[Day]
    turns: list[Turn] = Field(description="How its health turned, newest first")
    skipped: dict[str, int] = Field(description="Entries that held nothing to keep: reason → times")


class FeedWish(Shape):
    """A feed to be watched, by its address or that of a home page that names it."""

    url: str = Field(min_length=1, max_length=2000)
    name: str = Field(default="", max_length=80, pattern=r"^([a-z0-9][a-z0-9._-]*)?$")
    language: str = Field(default="", pattern=r"^([a-z]{2,3})?$")
    country: str = Field(default="", pattern=r"^([A-Z]{2})?$")
    kind: Word = ""
    tags: tuple[Word, ...] = Field(default=(), max_length=20)


class EntryShape(Shape):
    """What a feed says of an article."""

    title: str
    link: str
    published_at: datetime | None


class Preview(Shape):
    """A feed that was found, and is not watched yet."""

    name: str = Field(description="What it would be called")
    url: str
    title: str
    language: str
    kind: str = Field(description="rss, atom, rdf, json, sitemap, sitemap-index")
    total: int
    entries: list[EntryShape]


class Imported(Shape):
    """What became of a list of feeds."""

    added: int
    faults: list[str] = Field(description="Those that are watched already, or cannot be used, and why")


class OpmlResponse(Response):
    """A list of feeds."""

    media_type = OPML


@router.get("/feeds", summary="Feeds, and how each does")
def list_feeds(
    desk: At,
    _: Reader,
    request: Request,
    response: Response,
    ill: Annotated[bool, Query(description="Only those that are not well")] = False,  # noqa: FBT002
    limit: Limit = None,
    cursor: Cursor = "",
) -> FeedPage:
    """Those that are watched, by name: health, volume against habit, delay, last errors."""
    place, most, now = unpack(cursor, str), size(desk, limit), desk.clock()
    known = vitals.vitals(desk.engine, (now - HISTORY).date(), ill=ill)
    after = [seen for seen in known if place is None or seen.feed.name > place[0]]
    following = pack(after[most - 1].feed.name) if len(after) > most else ""
    link_next(request, response, following)
    origins = questions.origins(desk.engine)
    return FeedPage(items=[_feed(seen, origins, now) for seen in after[:most]], next=following)


@router.get("/feeds.opml", summary="The feeds that are watched, as OPML", response_class=OpmlResponse)
def export_opml(desk: At, _: Reader) -> OpmlResponse:
    """For feed readers, and for another monitor."""
    watched = [feed for feed, _ in sources.known_feeds(desk.engine) if feed.state == "active"]
    headers = {"Content-Disposition": 'attachment; filename="monitor.opml"'}
    return OpmlResponse(to_opml(watched), headers=headers)


@router.post("/feeds.opml", summary="Watch the feeds of an OPML document")
def import_opml(desk: At, _: Manager, body: Annotated[bytes, Body(media_type=OPML)]) -> Imported:
    """Those that are watched already, or cannot be used, are named and passed over."""
    feeds, faults = read_opml(body, "the document", desk.config)
    added = 0
    for feed in feeds:
        try:
            sources.add(desk.engine, feed, desk.clock())
            added += 1
        except StoreError as error:
            faults.append(str(error))
    return Imported(added=added, faults=faults)


@router.post("/feeds/preview", summary="Look at a feed before it is watched")
def preview(desk: At, _: Manager, wish: FeedWish) -> Preview:
    """Ask for it, or for the feed that a home page names, and show what it has. Nothing is kept."""
    return _preview(*_find(desk, wish))


@router.post("/feeds", status_code=201, summary="Watch one more feed")
def add_feed(desk: At, _: Manager, wish: FeedWish) -> Preview:
    """It is asked for first; what cannot be read as a feed is not watched."""
    feed, parsed = _find(desk, wish)
    sources.add(desk.engine, feed, desk.clock())
    return _preview(feed, parsed)


@router.get("/feeds/{name}", summary="A feed with its days")
def show_feed(desk: At, _: Reader, name: FeedName) -> FeedWhole:
    """Its days of the last four weeks, how its health turned, and what it showed that held nothing."""
    now, engine = desk.clock(), desk.engine
    known = vitals.vitals(engine, (now - HISTORY).date(), names=[name])
    if not known:
        raise _no_feed(name)
    seen = known[0]
    return FeedWhole(
        **_feed(seen, questions.origins(engine), now).model_dump(),
        days=list(seen.days),
        turns=list(questions.turns_of(engine, seen.feed.id, SHOWN)),
        skipped=questions.skipped_of(engine, seen.feed.id),
    )


@router.delete("/feeds/{name}", status_code=204, summary="Watch an added feed no more")
def remove_feed(desk: At, _: Manager, name: FeedName) -> None:
    """What it brought stays. One of the configuration is taken out of the file instead."""
    sources.remove(desk.engine, name)


@router.post("/feeds/{name}/poll", status_code=202, summary="Poll a feed now")
def poll_feed(desk: At, _: Manager, name: FeedName) -> None:
    """It is due at once; the daemon asks for it."""
    if not questions.owe_poll(desk.engine, name, desk.clock()):
        raise _no_feed(name)


def _find(desk: Desk, wish: FeedWish) -> tuple[Feed, ParsedFeed]:
    # In this thread, with a loop of its own: to read a feed may take seconds that other requests must not wait for.
    return asyncio.run(find(desk.config, Wish(**wish.model_dump())))


def _preview(feed: Feed, parsed: ParsedFeed) -> Preview:
    return Preview(
        name=feed.name,
        url=feed.url,
        title=parsed.title,
        language=feed.language,
        kind=parsed.kind,
        total=len(parsed.entries),
        entries=[EntryShape.model_validate(entry) for entry in parsed.entries[:SHOWN]],
    )


def _feed(seen: Vitals, origins: dict[str, str], now: datetime) -> FeedShape:
    feed = seen.feed
    own = {name: getattr(feed, name) for name in ("title", "language", "country", "kind", "tags", "due_at")}
    return FeedShape(**asdict(condition(seen, now)), **own, origin=origins.get(feed.name, ""))


def _no_feed(name: str) -> UnknownError:
    return UnknownError(f"no feed is named {name!r}", hint="GET /api/v1/feeds lists them")

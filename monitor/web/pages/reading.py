"""Requests to look become pages: what there is now, a story, an article, a search, topics, sources, alerts."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from monitor.archive import Order
from monitor.edge import sources as feeds
from monitor.edge.asked import told_match
from monitor.edge.page_views import stories_since, topics_of
from monitor.edge.runs import is_alive, latest_run, working_runs
from monitor.edge.saved_searches import list_all
from monitor.edge.tokens import Scope
from monitor.errors import StoreError
from monitor.rules import Rules
from monitor.subscribing import to_opml
from monitor.telling import SEVERITIES
from monitor.web.access import Caller, access, desk_of
from monitor.web.desk import Desk
from monitor.web.pages import alerts, article, bench, now, search, sources, story
from monitor.web.pages.frame import page
from monitor.web.problems import missing

router = APIRouter(include_in_schema=False)
Reader = Annotated[Caller, Depends(access(Scope.READ))]
ORDERS = (
    (Order.NEWEST, "newest"),
    (Order.OLDEST, "oldest"),
    (Order.RELEVANCE, "best match"),
    (Order.VOICES, "most voices"),
)


@router.get("/")
def show_now(request: Request, caller: Reader, span: str = "24h", topic: str = "") -> HTMLResponse:
    """The stories of the last hours."""
    desk = desk_of(request)
    span = span if span in now.SPANS else "24h"
    languages = desk.config.tell.languages
    latest = told_match(desk.engine)  # before all else: what comes while this is made is new to who looks at it
    view = now.look(desk.engine, desk.rules.pack.topics, desk.clock(), span=span, topic=topic, languages=languages)
    return page(request, "now.html", caller, view=view, spans=now.SPANS, latest=latest, silent=silent_since(desk))


def silent_since(desk: Desk) -> datetime | None:
    """Since when no daemon works, where one did: until one does, nothing new comes."""
    run = latest_run(desk.engine)
    return run.beat_at if run and not is_alive(run, desk.clock()) else None


@router.get("/stories/{number}")
def show_story(request: Request, caller: Reader, number: int) -> HTMLResponse:
    """A story."""
    desk = desk_of(request)
    if not 0 < number < 2**62:
        raise missing(f"no story has the number {number}")
    try:
        view = story.open_story(desk.engine, desk.rules, number, desk.clock(), desk.config.tell.languages)
    except StoreError as error:
        raise missing(str(error), "the page Now and the search lead to stories") from error
    return page(request, "story.html", caller, view=view, lengths=alerts.LENGTHS)


@router.get("/articles/{number}")
def show_article(request: Request, caller: Reader, number: int) -> HTMLResponse:
    """An article."""
    desk = desk_of(request)
    receivers = [each.name for each in desk.config.receiver]
    view = article.open_article(desk.engine, desk.rules, str(number), receivers, desk.clock())
    if view is None:
        raise missing(f"no article has the number {number}", "the search finds articles")
    return page(request, "article.html", caller, view=view, titles=titles(desk.rules))


def titles(rules: Rules) -> dict[str, str]:
    """What people call the topics, by name."""
    return {topic.name: topic.title or topic.name for topic in rules.pack.topics}


@router.get("/search")
def show_search(
    request: Request,
    caller: Reader,
    q: str = "",
    order: str = "",
    cursor: str = "",
    since: str | None = None,
    until: str | None = None,
) -> Response:
    """What answers a query; the form of days adds them to it."""
    desk = desk_of(request)
    chosen = Order(order) if order in set(Order) else Order.NEWEST
    if since is not None or until is not None:
        dated = search.within(q[:4000], *map(_day, (since, until)))
        return RedirectResponse(search.SearchPage(dated, chosen, None).link(), 303)
    typed = "hx-request" in request.headers
    view = search.search(desk.archive, desk.rules, q[:4000], chosen, cursor, is_typed=typed)
    return page(
        request,
        "search.html",
        caller,
        view=view,
        orders=ORDERS,
        both=search.both,
        days=search.asked_days(view.query),
        saved=list_all(desk.engine),
    )


def _day(said: str | None) -> str:
    """A day of a form; one that does not exist is none."""
    try:
        return date.fromisoformat(said or "").isoformat()
    except ValueError:
        return ""


@router.get("/topics")
def show_topics(request: Request, caller: Reader) -> HTMLResponse:
    """The topics in force."""
    desk = desk_of(request)
    since = desk.clock() - now.SPANS["7d"]
    asked = topics_of(desk.engine, [each.id for each in stories_since(desk.engine, since)])
    counts: dict[str, int] = {}
    for names in asked.values():
        for name in names:
            counts[name] = counts.get(name, 0) + 1
    return page(request, "topics.html", caller, topics=desk.rules.pack.topics, stories=counts, held_off=held_off(desk))


def held_off(desk: Desk) -> str:
    """Why a daemon that works keeps to topics of before, if one does."""
    errors = (run.reload_error for run in working_runs(desk.engine, desk.clock()).values())
    return next(filter(None, errors), "")


@router.get("/topics/new")
def show_new_topic(request: Request, caller: Reader, query: str = "") -> HTMLResponse:
    """The workbench, empty but for a query."""
    return workbench(request, caller, bench.blank(query[:4000]))


@router.get("/topics/try")
@router.get("/topics/save")
@router.get("/sources/preview")
@router.get("/sources/opml")
@router.get("/silences")
def lead_back(request: Request) -> Response:
    """Who loads the answer to a form again comes to the page that the form stands on."""
    first = request.url.path.split("/")[1]
    return RedirectResponse({"silences": "/alerts"}.get(first, f"/{first}"), 303)


@router.get("/topics/{name}")
def show_topic(request: Request, caller: Reader, name: str) -> HTMLResponse:
    """The workbench of a topic."""
    desk = desk_of(request)
    opened = bench.open_bench(desk.engine, desk.config, desk.rules, name)
    if opened is None:
        raise missing(f"no topic is named {name!r}", "the page of topics lists them")
    return workbench(request, caller, opened)


def workbench(
    request: Request,
    caller: Caller,
    opened: bench.Bench,
    draft: bench.Draft | None = None,
    trial: bench.Trial | None = None,
    refused: str = "",
    hint: str = "",
) -> HTMLResponse:
    """The workbench with a draft on it, and what came of trying it."""
    return page(
        request,
        "topic.html",
        caller,
        bench=opened,
        draft=draft or bench.Draft(opened.topic),
        trial=trial,
        refused=refused,
        refused_hint=hint,
        severities=SEVERITIES,
        days=bench.DAYS,
        new_place=bench.new_place(desk_of(request).config),
        held_off=held_off(desk_of(request)),
    )


@router.get("/sources")
def show_sources(request: Request, caller: Reader, health: str = "", part: str = "1") -> HTMLResponse:
    """How the sources do."""
    known = health if health in sources.ORDER else ""
    return sources_page(request, caller, health=known, part=int(part) if part.isdecimal() and len(part) < 9 else 1)


def sources_page(
    request: Request,
    caller: Caller,
    *,
    health: str = "",
    part: int = 1,
    preview: sources.Preview | None = None,
    fault: tuple[str, str] = ("", ""),
    tried: str = "",
) -> HTMLResponse:
    """The page of sources, with a feed that somebody thinks of, or what was wrong with it."""
    desk = desk_of(request)
    return page(
        request,
        "sources.html",
        caller,
        view=sources.look(desk.engine, desk.clock(), health, part),
        health=health,
        means=sources.MEANS,
        configured={feed.name for feed in desk.config.feed},
        preview=preview,
        fault=fault[0],
        hint=fault[1],
        tried=tried,
    )


@router.get("/sources.opml")
async def take_sources(request: Request, _caller: Reader) -> Response:
    """All that is watched, for other readers."""
    known = await run_in_threadpool(feeds.known_feeds, desk_of(request).engine)
    body = to_opml([feed for feed, _ in known if feed.state == "active"])
    headers = {"Content-Disposition": 'attachment; filename="monitor.opml"'}
    return PlainTextResponse(body, headers=headers, media_type="text/x-opml")


@router.get("/alerts")
def show_alerts(request: Request, caller: Reader, state: str = "") -> HTMLResponse:
    """What was told, waits or failed."""
    return alerts_page(request, caller, state=state)


def alerts_page(
    request: Request,
    caller: Caller,
    *,
    state: str = "",
    form: dict[str, str] | None = None,
    fault: tuple[str, str] = ("", ""),
) -> HTMLResponse:
    """The page of alerts, with a form that was not obeyed and why."""
    desk = desk_of(request)
    view = alerts.look(desk.engine, desk.rules, desk.config, desk.clock(), state)
    names = "topic story site entity receiver length fate why".split()
    told = {name: (form or {}).get(name, "") for name in names}
    return page(
        request, "alerts.html", caller, view=view, lengths=alerts.LENGTHS, form=told, fault=fault[0], hint=fault[1]
    )


@router.get("/keys")
def show_keys(request: Request, caller: Reader) -> HTMLResponse:
    """What keys do."""
    return page(request, "keys.html", caller)

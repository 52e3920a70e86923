"""Forms become changes: labels, silences, stories, sources, alerts to be sent again; then a page says what was done."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from monitor.archive import Order, Question
from monitor.edge import labels, saved_searches, silences, sources, stories
from monitor.edge.database import writing
from monitor.edge.labels import Label
from monitor.edge.page_views import ask_again
from monitor.edge.search import find_article, retry_failed
from monitor.edge.story_views import find_story
from monitor.edge.tokens import Scope
from monitor.errors import ConfigError, ConflictError, FetchError, MonitorError, ParseError, QueryError, StoreError
from monitor.reports import owe_recent
from monitor.subscribing import Wish, find, read_opml
from monitor.think.excerpt import one_line
from monitor.web.access import Caller, access, desk_of, log_in, log_out
from monitor.web.desk import Desk
from monitor.web.pages.alerts import read_silence
from monitor.web.pages.frame import NOTICE, THEME, THEMES, notice_cookie, page
from monitor.web.pages.reading import alerts_page, sources_page
from monitor.web.pages.sources import preview
from monitor.web.problems import RefusedError, missing

router = APIRouter(include_in_schema=False)
Labeller = Annotated[Caller, Depends(access(Scope.LABEL))]
Manager = Annotated[Caller, Depends(access(Scope.MANAGE))]
_LONGEST_S = 365 * 86_400


def back(to: str, notice: str = "") -> Response:
    """Lead to a page of ours, which says what was done."""
    inside = to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable()
    response = RedirectResponse(to if inside else "/", 303)
    if notice:
        response.set_cookie(NOTICE, notice_cookie(notice), max_age=60, httponly=True, samesite="strict")
    return response


def told(error: MonitorError) -> str:
    """What went wrong, and what to do about it, in a line."""
    return f"{error}: {error.hint}" if error.hint else str(error)


async def form_of(request: Request) -> dict[str, str]:
    """The texts of a form; of several of one name the last."""
    return texts(await request.form())


def texts(form: FormData) -> dict[str, str]:
    """The texts of a form, without files."""
    return {name: value for name, value in form.items() if isinstance(value, str)}


Form = Annotated[dict[str, str], Depends(form_of)]


@router.post("/articles/{number}/label")
def label_article(request: Request, _caller: Labeller, number: int, form: Form) -> Response:
    """Say whether a topic should flag an article."""
    desk, topic, wanted = desk_of(request), form.get("topic", ""), form.get("wanted", "")
    _known_topic(desk, topic)
    if find_article(desk.engine, str(number)) is None:
        raise missing(f"no article has the number {number}")
    if wanted == "none":
        labels.remove_label(desk.engine, number, topic)
        return back(f"/articles/{number}", "The label is taken back.")
    labels.set_label(desk.engine, _label(desk, number, topic, form))
    said = "should" if wanted == "yes" else "should not"
    return back(f"/articles/{number}", f"Noted: {desk.rules.title(topic)} {said} flag it.")


@router.post("/stories/{number}/label")
def label_story(request: Request, _caller: Labeller, number: int, form: Form) -> Response:
    """Say whether a topic should flag the articles of a story; copies are left out."""
    desk, topic = desk_of(request), form.get("topic", "")
    _known_topic(desk, topic)
    file = find_story(desk.engine, number)
    own = [article.id for article in file.articles if article.copy_of is None]
    for article_id in own:
        labels.set_label(desk.engine, _label(desk, article_id, topic, form))
    said = "should" if form.get("wanted") == "yes" else "should not"
    return back(
        f"/stories/{file.story.id}", f"Noted of {len(own)} articles: {desk.rules.title(topic)} {said} flag them."
    )


def _known_topic(desk: Desk, topic: str) -> None:
    if topic not in {each.name for each in desk.rules.pack.topics}:
        raise missing(f"no topic is named {topic!r}")


def _label(desk: Desk, number: int, topic: str, form: Mapping[str, str]) -> Label:
    if form.get("wanted") not in {"yes", "no"}:
        raise RefusedError(422, "a label says yes or no")
    return Label(number, topic, form["wanted"] == "yes", one_line(form.get("why", ""), 500), desk.clock())


@router.post("/articles/{number}/reread")
def reread(request: Request, _caller: Manager, number: int) -> Response:
    """Owe an article another reading."""
    desk = desk_of(request)
    if find_article(desk.engine, str(number)) is None:
        raise missing(f"no article has the number {number}")
    owed = ask_again(desk.engine, number, desk.clock())
    return back(
        f"/articles/{number}", "It is owed another reading." if owed else "It waits to be read or told already."
    )


@router.post("/stories/{number}/name")
def name_story(request: Request, caller: Manager, number: int, form: Form) -> Response:
    """Give a story a name."""
    desk = desk_of(request)
    with writing(desk.engine) as connection:
        named = stories.name(connection, number, one_line(form.get("name", ""), 200), _decision(desk, caller))
    return back(
        f"/stories/{named.id}", f"It is called “{named.name}” now." if named.name else "Its name is taken back."
    )


@router.post("/stories/{number}/merge")
def merge_stories(request: Request, caller: Manager, number: int, form: Form) -> Response:
    """Say that two stories tell one event."""
    desk, other = desk_of(request), form.get("other", "")
    if not (other.isdecimal() and len(other) < 19):
        raise RefusedError(422, f"{other!r} is no story’s number")
    try:
        with writing(desk.engine) as connection:
            before = {stories.find_live(connection, each).id for each in (number, int(other))}
            kept = stories.merge(connection, number, int(other), _decision(desk, caller))
    except StoreError as error:
        return back(f"/stories/{number}", told(error))
    if kept is None or len(before) == 1:
        return back(f"/stories/{number}", "They are one story already.")
    return back(f"/stories/{kept.id}", f"Story {(before - {kept.id}).pop()} is part of this one now.")


@router.post("/stories/{number}/split")
async def split_story(request: Request, caller: Manager, number: int) -> Response:
    """Say that some articles of a story tell another event."""
    chosen = [str(each) for each in (await request.form()).getlist("article")]
    numbers = [int(each) for each in chosen if each.isdecimal() and len(each) < 19]
    if not numbers:
        return back(f"/stories/{number}", "Tick the articles that tell another event.")
    return await run_in_threadpool(_split, desk_of(request), caller, number, numbers)


def _split(desk: Desk, caller: Caller, number: int, numbers: list[int]) -> Response:
    decision = _decision(desk, caller)
    try:
        with writing(desk.engine) as connection:
            parted = stories.split(connection, number, numbers, decision)
            if parted is None:
                return back(f"/stories/{number}", "Nothing was split off.")
            age = desk.config.tell.backlog_age
            owing = partial(owe_recent, rules=desk.rules, now=decision.at, age_s=age)
            stories.owe_untold(connection, parted, owing)
    except StoreError as error:
        return back(f"/stories/{number}", told(error))
    return back(f"/stories/{parted.other.id}", f"Split off story {parted.story.id}, with {len(parted.moved)} articles.")


def _decision(desk: Desk, caller: Caller) -> stories.Decision:
    return stories.Decision(desk.clock(), caller.name, "")


@router.post("/silences")
def add_silence(request: Request, caller: Manager, form: Form) -> Response:
    """Hold back alerts for a while."""
    desk = desk_of(request)
    try:
        silence = read_silence(form, desk.rules, [each.name for each in desk.config.receiver], desk.clock())
    except ConfigError as error:
        response = alerts_page(request, caller, form=form, fault=(str(error), error.hint))
        response.status_code = 422
        return response
    number = silences.add(desk.engine, silence)
    notice = f"Silence {number} holds until {silence.ends_at:%d %B, %H:%M} UTC."
    return back(form.get("next", "/alerts"), notice)


@router.post("/silences/{number}/end")
def end_silence(request: Request, _caller: Manager, number: int, form: Form) -> Response:
    """Let go what a silence held back."""
    desk = desk_of(request)
    ended = silences.end(desk.engine, number, desk.clock())
    return back(form.get("next", "/alerts"), f"Silence {number} has ended." if ended else "It had ended already.")


@router.post("/alerts/retry")
def retry_alerts(request: Request, _caller: Manager, form: Form) -> Response:
    """Owe failed alerts again."""
    desk = desk_of(request)
    owed = retry_failed(desk.engine, desk.clock(), form.get("uid", ""))
    return back("/alerts", f"{owed} alerts are owed again." if owed != 1 else "The alert is owed again.")


@router.post("/sources/preview")
async def look_at_source(request: Request, caller: Manager) -> Response:
    """Find a feed, and show what it holds now; nothing is stored."""
    asked = (await form_of(request)).get("url", "").strip()[:2000]
    try:
        feed, parsed = await find(desk_of(request).config, Wish(asked))
    except (ConfigError, FetchError, ParseError) as error:
        told = (str(error), error.hint)
        response = await run_in_threadpool(partial(sources_page, request, caller, fault=told, tried=asked))
        response.status_code = 422
        return response
    return await run_in_threadpool(partial(sources_page, request, caller, preview=preview(feed, parsed)))


@router.post("/sources")
async def add_source(request: Request, caller: Manager) -> Response:
    """Watch one more feed, which is tried first."""
    form, desk = await form_of(request), desk_of(request)
    told = {name: form.get(name, "").strip() for name in ("url", "name", "language", "country", "kind")}
    try:
        feed, _ = await find(desk.config, Wish(**told, tags=tuple(form.get("tags", "").split())))
        await run_in_threadpool(sources.add, desk.engine, feed, desk.clock())
    except (ConfigError, FetchError, MonitorError, ParseError, StoreError) as error:
        said = (str(error), error.hint)
        response = await run_in_threadpool(partial(sources_page, request, caller, fault=said, tried=told["url"]))
        response.status_code = 422
        return response
    return back("/sources", f"{feed.name} is watched from now on; the running daemon polls it at once.")


@router.post("/sources/remove")
def remove_source(request: Request, _caller: Manager, form: Form) -> Response:
    """Watch a feed no more."""
    try:
        sources.remove(desk_of(request).engine, form.get("name", ""))
    except StoreError as error:
        return back("/sources", told(error))
    return back("/sources", f"{form.get('name', '')} is watched no more; what it brought stays.")


@router.post("/sources/opml")
async def read_in_opml(request: Request, caller: Manager) -> Response:
    """Watch the feeds of an OPML file."""
    desk, form = desk_of(request), await request.form()
    given = form.get("file")
    body = await given.read() if isinstance(given, UploadFile) else b""
    await form.close()
    return await run_in_threadpool(_read_in, request, caller, desk, body)


def _read_in(request: Request, caller: Caller, desk: Desk, body: bytes) -> Response:
    try:
        found, faults = read_opml(body, "the file", desk.config)
    except ConfigError as error:
        response = sources_page(request, caller, fault=(str(error), error.hint))
        response.status_code = 422
        return response
    added = 0
    for feed in found:
        try:
            sources.add(desk.engine, feed, desk.clock())
            added += 1
        except StoreError as error:
            faults.append(str(error))
    rest = f" {len(faults)} were passed over: {faults[0]}" if faults else ""
    return back("/sources", f"{added} sources added.{rest}"[:300])


@router.post("/searches")
def save_search(request: Request, _caller: Labeller, form: Form) -> Response:
    """Keep a search under a name, for all who look at the archive."""
    desk, to, name = desk_of(request), form.get("next", "/search"), form.get("name", "").strip()
    if not re.fullmatch(saved_searches.NAMES, name):
        return back(to, f"{name!r} is no name for a search: small letters, digits and hyphens, such as grain-exports.")
    order = Order(form["order"]) if form.get("order") in set(Order) else Order.NEWEST
    try:
        desk.archive.ask(Question(form.get("query", ""), limit=1))
        saved_searches.save(desk.engine, name, form.get("query", ""), order.value, desk.clock())
    except (QueryError, ConflictError) as error:
        return back(to, str(error))
    return back(to, f"Saved as {name}.")


@router.post("/searches/remove")
def remove_search(request: Request, _caller: Labeller, form: Form) -> Response:
    """Keep a search no longer."""
    gone = saved_searches.remove(desk_of(request).engine, form.get("name", ""))
    return back(form.get("next", "/search"), "It is kept no longer." if gone else "It was not kept.")


@router.get("/login")
def show_login(request: Request) -> Response:
    """The page to log in at."""
    return page(request, "login.html", None, next=request.query_params.get("next", "/"), fault="")


@router.post("/login")
def enter(request: Request, form: Form) -> Response:
    """Let a browser in that shows a token."""
    to = form.get("next", "/")
    response = back(to if not to.startswith("/login") else "/")
    try:
        log_in(request, response, form.get("token", ""))
    except RefusedError as error:
        return page(request, "login.html", None, error.status, next=to, fault=str(error))
    return response


@router.post("/logout")
def leave(request: Request, _caller: Annotated[Caller, Depends(access(Scope.READ))]) -> Response:
    """End the session of a browser."""
    response = back("/login")
    log_out(request, response)
    return response


@router.post("/theme")
def choose_theme(form: Form) -> Response:
    """Keep the colours that a reader chose: a matter of his browser alone."""
    response = back(form.get("next", "/"))
    chosen = form.get("theme", "auto")
    response.set_cookie(THEME, chosen if chosen in THEMES else "auto", max_age=_LONGEST_S, samesite="lax")
    return response

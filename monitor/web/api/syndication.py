"""Any search, topic or story becomes a feed that others subscribe to: Atom, or JSON Feed."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET  # we only write with it

from fastapi import APIRouter, Depends, Path, Request, Security
from fastapi.security import APIKeyQuery, HTTPAuthorizationCredentials
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from monitor.archive import Question
from monitor.edge.story_views import find_story
from monitor.edge.tokens import Scope
from monitor.figures import headline_of
from monitor.model import Article
from monitor.think.voices import in_order
from monitor.web.access import BEARER, SESSION, Caller, access, address_of, desk_of, gate_of
from monitor.web.api.answers import Api
from monitor.web.api.asked import Asked, At, Number, size
from monitor.web.api.searches import Named, find_search
from monitor.web.api.shapes import article_line
from monitor.web.api.topics import find_topic
from monitor.web.desk import Desk
from monitor.web.problems import RefusedError

router = APIRouter(prefix="/feeds", tags=["feeds of articles"], route_class=Api)

ATOM, JSON = "application/atom+xml", "application/feed+json"
Form = Annotated[Literal["atom", "json"], Path(description="Atom 1.0, or JSON Feed 1.1")]
NAMESPACE = "http://www.w3.org/2005/Atom"
# What XML 1.0 cannot hold.
_BARRED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_QUERY = APIKeyQuery(
    name="token",
    auto_error=False,
    scheme_name="feed token",
    description="A token that may only read, for feed readers that cannot send a header.",
)
_read = access(Scope.READ)


async def feed_reader(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)] = None,
    session: Annotated[str | None, Security(SESSION)] = None,
    token: Annotated[str | None, Security(_QUERY)] = None,
) -> Caller:
    """Who reads a feed: as everywhere, or by a token in the address, which must be one that may only read."""
    if token is None:
        return await _read(request, bearer, session)
    found = await run_in_threadpool(gate_of(request).find, desk_of(request), token, address_of(request))
    if found.scope is not Scope.READ:
        hint = "addresses get around: give it a token that may only read"
        raise RefusedError(403, "this token may do more than read", hint=hint)
    gate_of(request).count(f"token {found.name}")
    return Caller(found.name, found.scope, "token", found)


Subscriber = Annotated[Caller, Depends(feed_reader)]


class AtomResponse(Response):
    """A feed of Atom, or of JSON where that is asked for."""

    media_type = ATOM


@dataclass(frozen=True, slots=True)
class Channel:
    """A feed: what it is of, its address and its articles, newest first."""

    key: str  # the same for the same question
    title: str
    address: str  # without a token
    articles: tuple[Article, ...]


_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The newest articles",
        "content": {ATOM: {"schema": {"type": "string"}}, JSON: {"schema": {"type": "object"}}},
    }
}


@router.get("/search.{form}", summary="A feed of a search", response_class=AtomResponse, responses=_ANSWERS)
def feed_search(request: Request, desk: At, _: Subscriber, form: Form, q: Asked = "") -> Response:
    """The newest articles that answer a query."""
    query = q.strip()
    channel = Channel(f"search {query}", query or "All articles", _address(request, q=q), _newest(desk, query))
    return _written(channel, form)


@router.get(
    "/searches/{name}.{form}", summary="A feed of a saved search", response_class=AtomResponse, responses=_ANSWERS
)
def feed_saved(request: Request, desk: At, _: Subscriber, name: Named, form: Form) -> Response:
    """The newest articles that it finds; its address stays when its query is changed."""
    saved = find_search(desk, name)
    articles = _newest(desk, saved.query)
    return _written(Channel(f"saved search {name}", name, _address(request), articles), form)


@router.get("/topics/{name}.{form}", summary="A feed of a topic", response_class=AtomResponse, responses=_ANSWERS)
def feed_topic(
    request: Request,
    desk: At,
    _: Subscriber,
    name: Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=80)],
    form: Form,
) -> Response:
    """The newest articles that the topic asked for."""
    topic = find_topic(desk.rules, name)
    articles = _newest(desk, f'topic:"{topic.name}"')
    return _written(Channel(f"topic {name}", topic.title or name, _address(request), articles), form)


@router.get("/stories/{story_id}.{form}", summary="A feed of a story", response_class=AtomResponse, responses=_ANSWERS)
def feed_story(request: Request, desk: At, _: Subscriber, story_id: Number, form: Form) -> Response:
    """The articles of a story, newest first; the number of one that became part of another leads there."""
    file = find_story(desk.engine, story_id)
    articles = tuple(reversed(in_order(file.articles)))[: desk.config.web.max_page_size]
    title = headline_of(file.story, file.articles, desk.config.tell.languages)
    return _written(Channel(f"story {file.story.id}", title, _address(request), articles), form)


def _newest(desk: Desk, query: str) -> tuple[Article, ...]:
    answer = desk.archive.ask(Question(query, limit=size(desk, 50)))
    return tuple(hit.article for hit in answer.hits)


def _address(request: Request, **asked: str) -> str:
    """Where the feed is found: without the token, which is the reader's own."""
    base = gate_of(request).settings.public_url or f"{request.url.scheme}://{request.url.netloc}"
    query = f"?{urlencode(asked)}" if asked else ""
    return f"{base}{request.url.path}{query}"


def _written(channel: Channel, form: str) -> Response:
    if form == "json":
        return JSONResponse(_as_json(channel), media_type=JSON)
    return AtomResponse(_as_atom(channel))


def name_uuid(key: str) -> str:
    """An id that stays, on any machine: of an article by its canonical address."""
    return uuid5(NAMESPACE_URL, key).urn


def _as_atom(channel: Channel) -> bytes:
    root = ET.Element("feed", xmlns=NAMESPACE)
    _add(root, "id", name_uuid(f"monitor {channel.key}"))
    _add(root, "title", channel.title)
    _add(root, "updated", _stamp(max(map(_changed, channel.articles), default=datetime.fromtimestamp(0, UTC))))
    _add(root, "link", rel="self", type=ATOM, href=channel.address)
    _add(root, "generator", "monitor")
    for article in channel.articles:
        _add_entry(root, article)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _add_entry(root: ET.Element, article: Article) -> None:
    line, entry = article_line(article), ET.SubElement(root, "entry")
    _add(entry, "id", name_uuid(article.key))
    _add(entry, "title", article.title or "(without a title)")
    _add(entry, "updated", _stamp(_changed(article)))
    if line.at:
        _add(entry, "published", _stamp(line.at))
    if article.url.startswith(("http://", "https://")):
        _add(entry, "link", rel="alternate", href=article.url)
    for author in article.authors or (line.outlet or "unknown",):
        _add(_add(entry, "author"), "name", author)
    _add(entry, "summary", line.lead, type="text")
    for term in article.tags:
        _add(entry, "category", term=term)


def _add(parent: ET.Element, name: str, text: str = "", **given: str) -> ET.Element:
    added = ET.SubElement(parent, name, {key: _BARRED.sub("", value) for key, value in given.items()})
    added.text = _BARRED.sub("", text) or None
    return added


def _as_json(channel: Channel) -> dict[str, Any]:
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "feed_url": channel.address,
        "items": list(map(_item, channel.articles)),
    }


def _item(article: Article) -> dict[str, Any]:
    line = article_line(article)
    names: Iterable[str] = article.authors or ((line.outlet,) if line.outlet else ())
    item = {
        "id": name_uuid(article.key),
        "url": article.url if article.url.startswith(("http://", "https://")) else "",
        "title": article.title,
        "content_text": line.lead or article.title,
        "date_published": _stamp(line.at) if line.at else "",
        "date_modified": _stamp(_changed(article)),
        "authors": [{"name": name} for name in names],
        "tags": list(article.tags),
        "language": article.language,
    }
    return {name: value for name, value in item.items() if value}


def _changed(article: Article) -> datetime:
    """When what we show of it last changed."""
    known = [at for at in (article.modified_at, article.seen_at) if at]
    return max(known, default=datetime.fromtimestamp(0, UTC))


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

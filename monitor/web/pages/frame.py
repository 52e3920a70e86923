"""A view becomes a page: the templates, and what stands on each page around the view."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from monitor import __version__
from monitor.edge.tokens import Scope
from monitor.web.access import COOKIE, Caller, csrf_of
from monitor.web.pages.marks import safe_url
from monitor.web.problems import Problem

STATIC = Path(__file__).parent.parent / "static"
THEME = "monitor-theme"
THEMES = ("auto", "light", "dark")
NOTICE = "monitor-notice"  # what an action did, told on the page after it
SECTIONS = (("/", "Now"), ("/search", "Search"), ("/topics", "Topics"), ("/sources", "Sources"), ("/alerts", "Alerts"))
# No eval, no styles of its own, no answers that run as scripts: so it works under our policy.
HTMX = json.dumps(
    {
        "allowEval": False,
        "allowScriptTags": False,
        "includeIndicatorStyles": False,
        "selfRequestsOnly": True,
        "historyCacheSize": 0,
        "refreshOnHistoryMiss": True,
        "scrollBehavior": "auto",
        "defaultSettleDelay": 0,
    }
)


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a view."""

    section: str
    path: str  # of this page, for a way back
    csrf: str
    theme: str
    caller: Caller | None
    notice: str = ""

    @property
    def can_label(self) -> bool:
        """Whether who looks may say things of articles and stories."""
        return self.caller is not None and self.caller.scope.includes(Scope.LABEL)

    @property
    def can_manage(self) -> bool:
        """Whether who looks may change what is watched and told."""
        return self.caller is not None and self.caller.scope.includes(Scope.MANAGE)

    @property
    def has_session(self) -> bool:
        """Whether there is somebody to log out."""
        return self.caller is not None and self.caller.by == "session"


def page(request: Request, template: str, caller: Caller | None, status: int = 200, **values: Any) -> HTMLResponse:
    """The page that a template makes of these values."""
    notice = request.cookies.get(NOTICE, "")[:500]
    frame = Frame(
        _section(request.url.path), _path(request), csrf_of(request), theme_of(request), caller, _said(notice)
    )
    html = TEMPLATES.get_template(template).render(frame=frame, **values)
    response = HTMLResponse(html, status)
    response.headers["Vary"] = "Cookie, HX-Request"
    if notice:
        response.delete_cookie(NOTICE, httponly=True, samesite="strict")
    return response


def notice_cookie(text: str) -> str:
    """A notice as a cookie holds it."""
    return quote(text[:300], safe="")


def _said(cookie: str) -> str:
    return unquote(cookie, errors="replace")


def theme_of(request: Request) -> str:
    """The colours that a reader chose."""
    chosen = request.cookies.get(THEME, "auto")
    return chosen if chosen in THEMES else "auto"


def problem_page(request: Request, problem: Problem, headers: Mapping[str, str]) -> HTMLResponse:
    """The page that tells what went wrong; for who is not known yet, the one to log in at."""
    kept = {name: value for name, value in headers.items() if name.lower() in {"retry-after", "allow"}}
    if problem.status == HTTPStatus.UNAUTHORIZED:
        tried = COOKIE in request.cookies
        response = page(
            request, "login.html", None, 401, next=_path(request), fault="" if not tried else problem.detail
        )
    else:
        response = page(request, "problem.html", None, problem.status, problem=problem)
    response.headers.update(kept)
    return response


def _section(path: str) -> str:
    first = "/" + path.strip("/").partition("/")[0]
    return {"/stories": "/", "/articles": "/search", "/alike": "/search"}.get(first, first)


def _path(request: Request) -> str:
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


# Filters


def moment(at: datetime | None, style: str = "short") -> Markup:
    """A time, which a script rewrites into the reader's zone; without it, UTC."""
    if at is None:
        return Markup('<span class="quiet">—</span>')
    at = at.astimezone(UTC)
    text = f"{at:%d %b %H:%M} UTC" if style == "short" else f"{at:%d %B %Y, %H:%M} UTC"
    return Markup('<time datetime="{}" data-style="{}">{}</time>').format(f"{at:%Y-%m-%dT%H:%M:%SZ}", style, text)


def asked(path: str, **values: object) -> str:
    """An address with a query; what is empty is left out."""
    told = {name: value for name, value in values.items() if value not in ("", None)}
    return f"{path}?{urlencode(told)}" if told else path


def points(weight: float) -> str:
    """Points with their sign."""
    return f"{weight:+.2f}".replace("-", "−")


def count(number: float, noun: str, several: str = "") -> str:
    """A number of things."""
    return f"{number:,} {noun if number == 1 else several or noun + 's'}"


def _digest(name: str) -> str:
    return blake2b((STATIC / name).read_bytes(), digest_size=6).hexdigest()


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("monitor.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(moment=moment, points=points, safe_url=safe_url)
    assets = {path.name: f"/static/{path.name}?v={_digest(path.name)}" for path in STATIC.iterdir()}
    made.globals.update(
        asked=asked, count=count, assets=assets, sections=SECTIONS, htmx_config=HTMX, version=__version__, themes=THEMES
    )
    return made


TEMPLATES = _environment()

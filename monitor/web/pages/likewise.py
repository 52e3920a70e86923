"""An article, or a text that somebody pastes, becomes the page of the articles most like it."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from monitor.alike import Alike, alike
from monitor.edge.search import find_article
from monitor.edge.tokens import Scope
from monitor.model import Article
from monitor.think.language import clean, detect
from monitor.web.access import Caller, access, desk_of
from monitor.web.pages.acting import Form
from monitor.web.pages.frame import page
from monitor.web.pages.story import name_of
from monitor.web.problems import missing

router = APIRouter(include_in_schema=False)
Reader = Annotated[Caller, Depends(access(Scope.READ))]
_SHOWN = 20
_TITLE = 200  # characters
_LONGEST = 200_000


@router.get("/articles/{number}/alike")
def show_alike(request: Request, caller: Reader, number: int) -> HTMLResponse:
    """What is most like an article."""
    desk = desk_of(request)
    dossier = find_article(desk.engine, str(number))
    if dossier is None:
        raise missing(f"no article has the number {number}", "the search finds articles")
    return _shown(request, caller, dossier.article, alike(desk.archive, dossier.article, _SHOWN))


@router.get("/alike")
def show_form(request: Request, caller: Reader) -> HTMLResponse:
    """A form for a text."""
    return _shown(request, caller, None, ())


@router.post("/alike")
def find_alike(request: Request, caller: Reader, form: Form) -> Response:
    """What is most like a text; nothing is stored."""
    said = clean(form.get("text", "")[:_LONGEST]).strip().replace("\r\n", "\n")
    if not any(map(str.isalnum, said)):
        return _shown(request, caller, None, (), said)
    article = as_article(said)
    return _shown(request, caller, article, alike(desk_of(request).archive, article, _SHOWN), said)


def as_article(said: str) -> Article:
    """A text as an article; its first line is its title, if it is short and more follows."""
    title, parted, rest = said.partition("\n")
    if not parted or len(title) > _TITLE:
        title, rest = "", said
    return Article(id=0, key="", url="", title=title.strip(), text=rest.strip(), language=detect(said))


def _shown(
    request: Request, caller: Caller, asked: Article | None, found: tuple[Alike, ...], text: str = ""
) -> HTMLResponse:
    names = partial(_name, request)
    return page(request, "alike.html", caller, asked=asked, found=found, text=text, names=names)


def _name(request: Request, id_: str) -> str:
    return name_of(id_, desk_of(request).rules)

"""An article becomes the page that its outlet shows of it: the text, and all the clutter around it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup

from monitor.demo.corpus import Article, Corpus, Outlet, demo_corpus

UNSERVED = frozenset({"missing", "linkless", "javascript"})  # faults of articles that have no page


@dataclass(frozen=True, slots=True)
class Sheet:
    """A printed page, in parts, so that pages of one site can share their clutter."""

    status: int
    parts: tuple[bytes, ...]


# An article, the server's address and the time that counts as now become a page, or None if there is none.
Press = Callable[[Article, str, datetime], Sheet | None]


@dataclass(frozen=True, slots=True)
class Edition:
    """What a newsroom serves."""

    corpus: Corpus
    press: Press


def demo_edition() -> Edition:
    """The edition that comes with the package."""
    return Edition(demo_corpus(), demo_page)


def demo_page(article: Article, base: str, now: datetime) -> Sheet | None:
    """The page of an article of the demo."""
    if article.fault in UNSERVED:
        return None
    outlet = demo_corpus().outlets[article.outlet]
    html = site(_template_of(article, outlet)).render(
        article=article,
        outlet=outlet,
        base=base,
        url=base + article.path,
        published=article.published(now),
        related=related(article, demo_corpus()),
        ld=script(news_article(article, outlet, base, now)),
        graph=script(_graph(article, outlet, base, now)),
    )
    return Sheet(outlet.status, (html.encode(),))


def related(article: Article, corpus: Corpus) -> list[tuple[str, str]]:
    """Headlines that stand beside an article, most of them on topic whatever the article is about."""
    outlet = corpus.outlets[article.outlet]
    older = [(headline, f"/{outlet.id}/archive/{number}") for number, headline in enumerate(outlet.related, 101)]
    beside = [item for item in corpus.articles if item.outlet == outlet.id and item != article and not item.fault]
    return older + [(item.title, item.path) for item in beside[-3:]]


def news_article(article: Article, outlet: Outlet, base: str, now: datetime) -> dict[str, Any]:
    """The article as schema.org describes one."""
    published = article.published(now).isoformat()
    return {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": {"@type": "WebPage", "@id": base + article.path},
        "headline": article.title,
        "description": article.lead,
        "datePublished": published,
        "dateModified": published,
        "inLanguage": outlet.lang,
        "articleSection": article.section,
        "author": [{"@type": "Person", "name": name} for name in article.authors],
        "publisher": {"@type": "NewsMediaOrganization", "name": outlet.name},
        "image": [f"{base}/{outlet.id}/media/{article.slug}.jpg"],
    }


def script(value: object) -> Markup:
    """JSON that may stand inside a script element."""
    text = json.dumps(value, ensure_ascii=False).replace("</", "<\\/")
    return Markup(text)  # noqa: S704  # our own JSON, with the one sequence that could close the element undone


@cache
def site(name: str) -> jinja2.Template:
    """The site template of that name."""
    return _environment().get_template(name)


@cache
def _environment() -> jinja2.Environment:
    folder = files("monitor.demo").joinpath("templates")
    loader = jinja2.FunctionLoader(lambda name: folder.joinpath(name).read_text("utf-8"))
    return jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)


def _template_of(article: Article, outlet: Outlet) -> str:
    if article.fault == "consent":
        return "consent.html"
    return outlet.template


def _graph(article: Article, outlet: Outlet, base: str, now: datetime) -> dict[str, Any]:
    """The same among other things, as sites with several plugins write it."""
    crumbs = {"@type": "BreadcrumbList", "itemListElement": [{"@type": "ListItem", "position": 1, "name": outlet.name}]}
    organisation = {"@type": "Organization", "@id": f"{base}/{outlet.id}#org", "name": outlet.name}
    story = {key: value for key, value in news_article(article, outlet, base, now).items() if key != "@context"}
    return {"@context": "https://schema.org", "@graph": [organisation, crumbs, story]}

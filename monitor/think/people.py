"""What a page says about who wrote becomes names."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain

from lxml.etree import XPath
from lxml.html import HtmlElement

from monitor.think.plain import one_line

_LONGEST = 80  # characters of a name
_MOST = 20
_METAS = ("author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator", "byl")
_MARKED = tuple(
    XPath(path)
    for path in (
        "//*[@itemprop='author']//*[@itemprop='name']",
        "//a[@rel='author']",
        "//*[contains(@class,'byline') or contains(@class,'Byline')]//a",
        "//*[contains(@class,'author-name') or contains(@class,'authorName') or contains(@class,'author__name')]",
        "//*[contains(@class,'byline') or contains(@class,'Byline')]",
    )
)
# One look in place of five: most pages that do not say who wrote mark nobody either.
_MARKS = XPath(
    "boolean(//*[@itemprop='author' or @rel='author' or contains(@class,'yline') or contains(@class,'author')])"
)
_SPLIT = re.compile(r"\s*[,;|/•]\s*|\s+(?:and|und|et|y|e|en|i|a|та|и|و|ve|&)\s+")
_BY = re.compile(
    r"\W*(?:(?:written|reported|story|words)\s+)?(?:by|von|par|por|di|door|text|texto|testo|автор|yazan|بقلم)\b[\s:]*",
    re.IGNORECASE,
)
_NO_NAME = re.compile(r"https?:|www\.|@|[<>{}\[\]]|\.(?:com|org|net)\b|\d{2}")
_NOBODY = frozenset(
    "admin administrator editor editors redaktion redacción rédaction redazione redactie redakcja redakce staff author "
    "authors autor null none undefined unknown guest".split()
)

PEOPLE = frozenset(_METAS)


def find_people(
    tree: HtmlElement, told: Collection[str], metas: Mapping[str, str], sites: Collection[str]
) -> tuple[str, ...]:
    """The authors: from JSON-LD, else from <meta>, else from what is marked as a byline; no site is one."""
    for names in chain((told, _stated(metas)), _bylines(tree)):
        people = [_person(part) for name in names for part in _parted(one_line(name, 300))]
        known = {name.casefold(): name for name in people if name}
        left = tuple(name for key, name in known.items() if key not in sites and key not in _NOBODY)
        if left:
            return left[:_MOST]
    return ()


def _stated(metas: Mapping[str, str]) -> list[str]:
    return [metas[key] for key in _METAS if metas.get(key) and not _NO_NAME.search(metas[key])][:1]


def _bylines(tree: HtmlElement) -> Iterator[Iterable[str]]:
    """What is marked as a byline, in one way after the other."""
    if _MARKS(tree):
        yield from (_marked(tree, path) for path in _MARKED)


def _marked(tree: HtmlElement, path: XPath) -> Iterable[str]:
    elements = path(tree)
    found = [element for element in elements if isinstance(element, HtmlElement)] if isinstance(elements, list) else []
    for element in found[:_MOST]:
        text = " ".join(element.text_content().split())[:300]
        # A byline that goes on about the author is a life, not a name.
        if len(text) < _LONGEST:
            yield text


def _parted(names: str) -> list[str]:
    return _SPLIT.split(_BY.sub("", names, count=1)) if len(names.split()) > 3 else [names]


def _person(name: str) -> str:
    bare = _BY.sub("", name, count=1) if _BY.match(name) else name
    bare = bare.strip(" .,;:|-–")
    return "" if _NO_NAME.search(bare) or not 1 < len(bare) <= _LONGEST or len(bare.split()) > 6 else bare

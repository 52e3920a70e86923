"""A part of a page becomes what trafilatura keeps of it: a second opinion, and a way out when ours fails."""

from copy import deepcopy

import trafilatura
from lxml.etree import LxmlError
from lxml.html import HtmlElement

from monitor.think.lines import is_aside
from monitor.think.marks import is_hidden
from monitor.think.plain import paragraphs

# What its heuristics and lxml have been seen to raise, or may, on trees that no browser would build.
_FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    LxmlError,
    RecursionError,
    TypeError,
    ValueError,
)


def quick_opinion(element: HtmlElement) -> str:
    """What trafilatura's fast mode keeps of an element."""
    return _opinion(element, fast=True)


def way_out(element: HtmlElement, told: str, text: str, limit: int) -> str:
    """The longest that can be had of a page of which we made little: by all of trafilatura's art, or its JSON-LD."""
    thorough = _sifted(_opinion(element, fast=False))
    body = _sifted(paragraphs(told, limit))
    return max(text, thorough, body, key=len)


def sifted_opinion(opinion: str) -> str:
    """An opinion without the lines that are no part of an article."""
    return _sifted(opinion)


def _sifted(text: str) -> str:
    lines = (line.strip().removeprefix("- ") for line in text.split("\n"))
    return "\n\n".join(line for line in lines if line and not is_aside(line))


def _opinion(element: HtmlElement, *, fast: bool) -> str:
    try:
        found = trafilatura.bare_extraction(
            _alone(element), fast=fast, include_comments=False, include_tables=True, with_metadata=False
        )
    except _FAULTS:
        return ""
    return str(getattr(found, "text", None) or "")


def _alone(element: HtmlElement) -> HtmlElement:
    """A copy of an element, without what is hidden in it, within the names of the elements around it."""
    whole = deepcopy(element)
    whole.tail = None
    for inner in whole.xpath(".//*[@hidden or @style or @aria-hidden]"):
        if is_hidden(inner) and inner.getparent() is not None:
            inner.drop_tree()
    for outer in element.iterancestors():
        # It goes by the names of the elements around, but need not see what else is in them.
        around = outer.makeelement(outer.tag, dict(outer.attrib))
        around.append(whole)
        whole = around
    return whole

"""A part of a page becomes what trafilatura keeps of it: a second opinion, and a way out when ours fails."""

from collections.abc import Callable
from copy import deepcopy

import trafilatura
from lxml.etree import LxmlError
from lxml.html import HtmlElement
from trafilatura.settings import Document

from monitor.think.marks import is_hidden

# What its heuristics and lxml may raise on trees that no browser would build.
_FAULTS = (ArithmeticError, AttributeError, LookupError, LxmlError, RecursionError, TypeError, ValueError)


def opinion_on(element: HtmlElement, *, fast: bool) -> str:
    """What trafilatura keeps of an element; its fast mode asks no other extractors."""
    try:
        found = trafilatura.bare_extraction(_alone(element), fast=fast, include_comments=False, with_metadata=False)
    except _FAULTS:
        return ""
    return (found.text or "") if isinstance(found, Document) else ""


def sift(text: str, is_aside: Callable[[str], bool]) -> str:
    """The lines of an opinion that are part of the article, as paragraphs."""
    lines = (line.strip() for line in text.split("\n"))
    return "\n\n".join(line for line in lines if line and not is_aside(line.removeprefix("- ")))


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

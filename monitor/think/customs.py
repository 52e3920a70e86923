"""What is known of a site's pages becomes what is kept and dropped of one of them, whatever else is thought of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from cssselect import SelectorError
from lxml.cssselect import CSSSelector
from lxml.etree import XPath, XPathError
from lxml.html import HtmlElement

from monitor.customs import Customs
from monitor.errors import ConfigError
from monitor.model import Page
from monitor.think.blocks import INLINE, Layout
from monitor.think.body import Decision
from monitor.think.charset import to_text
from monitor.think.lines import digest
from monitor.think.markup import to_tree


@dataclass(frozen=True, slots=True)
class Bounds:
    """The elements of a page whose text is the article's, and is not."""

    keep: frozenset[HtmlElement] = frozenset()
    drop: frozenset[HtmlElement] = frozenset()


def check_selector(selector: str) -> None:
    """Raise ConfigError when a text is no CSS selector."""
    _compiled(selector)


def names_nothing(page: Page, selectors: Sequence[str]) -> tuple[str, ...]:
    """The selectors that name no element of a page."""
    tree = to_tree(to_text(page.body, page.content_type))
    return tuple(selector for selector in selectors if tree is None or not _selected(tree, (selector,)))


def bounds_of(tree: HtmlElement, customs: Customs) -> Bounds:
    """The elements that a site's selectors name; what is dropped within a line is hidden at once."""
    drop = _selected(tree, customs.drop)
    for element in drop:
        if element.tag in INLINE:
            element.set("hidden", "")
    return Bounds(_selected(tree, customs.keep), drop)


def apply_customs(decisions: Sequence[Decision], layout: Layout, customs: Customs, bounds: Bounds) -> list[Decision]:
    """What was decided of a page, set right by what is known of its site."""
    if customs == Customs():
        return list(decisions)
    return [_settled(decision, layout, customs, bounds) for decision in decisions]


def _settled(decision: Decision, layout: Layout, customs: Customs, bounds: Bounds) -> Decision:
    chain = frozenset(layout.chain(decision.block.element))
    if not chain.isdisjoint(bounds.drop):
        return replace(decision, kept=False, reason="site drops")
    if not chain.isdisjoint(bounds.keep):
        return replace(decision, kept=True, reason="site keeps")
    if decision.kept and customs.boilerplate and digest(decision.block.text) in customs.boilerplate:
        return replace(decision, kept=False, reason="site repeats")
    return decision


def _selected(tree: HtmlElement, selectors: Sequence[str]) -> frozenset[HtmlElement]:
    found: set[HtmlElement] = set()
    for selector in selectors:
        elements = _compiled(selector)(tree)
        if isinstance(elements, list):
            found.update(element for element in elements if isinstance(element, HtmlElement))
    return frozenset(found)


@lru_cache(maxsize=1024)
def _compiled(selector: str) -> XPath:
    try:
        return CSSSelector(selector, translator="html")
    except (SelectorError, XPathError, ValueError, TypeError) as error:
        hint = "write it as in a style sheet, such as `.lead` or `div#story > p`"
        raise ConfigError(f"{selector!r} is no CSS selector: {error}", hint=hint) from error

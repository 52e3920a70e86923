"""The text of an HTML document becomes a tree that is safe to walk."""

import re

from lxml.etree import ElementDefaultClassLookup, HTMLParser, LxmlError, fromstring, strip_elements, strip_tags
from lxml.html import HtmlElement

LONGEST = 5_000_000  # characters of a page that we read; the rest is cut off
_DEEPEST = 1_000  # libxml2 stops reading, and we lose the rest of the page, where tags nest deeper than 2,048
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,40})([^<>]{0,20000})>")
# libxml2 takes quadratic time over the attributes of one element, and none that we need is as long.
_ENDLESS_TAG = re.compile(r"<([a-zA-Z][a-zA-Z0-9:-]{0,40})[\s/][^<>]{16384,}+")
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr frame".split())
# UTF-8 that was once taken for Latin-1 and encoded again; these control characters have no other way into a page.
_TWICE = re.compile("[\xc2-\xf4][\x80-\xbf]{1,3}")
_ONLY_TWICE = re.compile("[\x80-\x9f]")

# Nothing that a reader reads, and nothing that we do once the metadata has been read.
_UNREAD = (
    "script", "style", "noscript", "template", "iframe", "object", "embed", "applet", "svg", "math", "canvas", "audio",
    "video", "map", "select", "textarea", "input", "datalist", "source", "track", "progress", "meter", "rt", "rp",
)  # fmt: skip
_EMPHASIS = ("b", "strong", "i", "em", "u", "big", "font", "wbr")


def to_tree(html: str) -> HtmlElement | None:
    """Parse what can be read of a document; None when there is nothing in it."""
    bounded = _ENDLESS_TAG.sub(r"<\1 ", mend(html[:LONGEST].replace("\0", "")))
    parser = HTMLParser(  # type: ignore[call-arg]  # the stubs do not know default_doctype
        encoding="utf-8",
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
        default_doctype=False,
        huge_tree=True,
        no_network=True,
    )
    # As lxml.html has it, but without asking a Python function for the class of each element.
    parser.set_element_class_lookup(ElementDefaultClassLookup(element=HtmlElement))
    try:
        tree: HtmlElement | None = fromstring(_flatten(bounded).encode("utf-8", "replace"), parser)
    except LxmlError:
        return None
    return tree


def strip(tree: HtmlElement) -> None:
    """Leave only what can be read: scripts and the like go with all that they hold, emphasis without it."""
    strip_elements(tree, *_UNREAD, with_tail=False)
    strip_tags(tree, *_EMPHASIS)


def mend(text: str) -> str:
    """Undo a second UTF-8 encoding, where there was one."""
    return _TWICE.sub(_decode_again, text) if _ONLY_TWICE.search(text) else text


def _decode_again(match: re.Match[str]) -> str:
    try:
        return match[0].encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return match[0]


def _flatten(html: str) -> str:
    """Leave out the tags that nest deeper than the parser follows, and keep their text."""
    if html.count("<") - 2 * html.count("</") <= _DEEPEST:  # as if only tags that are closed ever ended
        return html
    open_tags = 0
    dropped = 0

    def keep(match: re.Match[str]) -> str:
        nonlocal open_tags, dropped
        closing, name, rest = match[1], match[2].lower(), match[3]
        if name in _VOID or rest.endswith("/"):
            return match[0]
        if closing and dropped:
            dropped -= 1
            return " "
        if not closing and open_tags >= _DEEPEST:
            dropped += 1
            return " "
        open_tags = max(0, open_tags + (-1 if closing else 1))
        return match[0]

    return _TAG.sub(keep, html)

"""The text of an HTML document becomes a tree that is safe to walk."""

import re
from typing import NamedTuple

import numpy as np
from lxml.etree import ElementDefaultClassLookup, HTMLParser, LxmlError, fromstring, strip_elements, strip_tags
from lxml.html import HtmlElement

_LONGEST = 3_000_000  # characters of markup that we parse; the rest is cut off
_LOOKED_AT = 16_000_000  # characters in which we look for them, between scripts and comments
_DEEPEST = 400  # libxml2 stops reading, and we lose the rest of the page, where tags nest deeper than 2,048
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,40})([^<>]{0,20000})>")
# libxml2 takes quadratic time over the attributes of one element, and none that we need is as long.
_LONG_TAG = 16_384
_ENDLESS_TAG = re.compile(r"<([a-zA-Z][a-zA-Z0-9:-]{0,40})[\s/][^<>]{16384,}+")
# Elements that hold nothing, or that the next of their kind ends: they do not nest.
_FLAT = frozenset("area base br col embed hr img input link meta param source track wbr frame p dt dd option".split())
_FLAT_TAG = re.compile(rf"</?(?:{'|'.join(sorted(_FLAT))})(?=[\s/>])", re.IGNORECASE)
_OPAQUE = re.compile(r"<!--|<(script|style)\b(?![^>]{0,200}ld\+json)", re.IGNORECASE)
# UTF-8 that was once taken for Latin-1 and encoded again; these control characters have no other way into a page.
_TWICE = re.compile("[\xc2-\xf4][\x80-\xbf]{1,3}")
_ONLY_TWICE = re.compile(b"\xc2[\x80-\x9f]")

# Nothing that a reader reads, and nothing that we do once the metadata has been read.
_UNREAD = (
    "script", "style", "noscript", "template", "iframe", "object", "embed", "applet", "svg", "math", "canvas", "audio",
    "video", "map", "select", "textarea", "input", "datalist", "source", "track", "progress", "meter", "rt", "rp",
)  # fmt: skip
_EMPHASIS = ("b", "strong", "i", "em", "u", "big", "font", "wbr")


def to_tree(html: str) -> HtmlElement | None:
    """Parse what can be read of a document; None when there is nothing in it."""
    bounded = _shorten(html[:_LOOKED_AT].replace("\0", ""))
    outline = _outline(bounded.encode("utf-8", "replace"))
    if outline.endless:
        bounded = _ENDLESS_TAG.sub(r"<\1 ", bounded)
    if outline.deepest > _DEEPEST:
        bounded = _flatten(bounded)
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
        tree: HtmlElement | None = fromstring(_mend(bounded.encode("utf-8", "replace")), parser)
    except LxmlError:
        return None
    return tree


def strip(tree: HtmlElement) -> None:
    """Leave only what can be read: scripts and the like go with all that they hold, emphasis without it."""
    strip_elements(tree, *_UNREAD, with_tail=False)
    strip_tags(tree, *_EMPHASIS)


def mend(text: str) -> str:
    """Undo a second UTF-8 encoding, where there was one."""
    utf8 = text.encode("utf-8", "replace")
    return _mend(utf8).decode() if _ONLY_TWICE.search(utf8) else text


def _mend(utf8: bytes) -> bytes:
    # Among bytes the traces are found several times as fast as among characters.
    return _TWICE.sub(_decode_again, utf8.decode()).encode("utf-8", "replace") if _ONLY_TWICE.search(utf8) else utf8


def _decode_again(match: re.Match[str]) -> str:
    try:
        return match[0].encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return match[0]


def _shorten(html: str) -> str:
    """Cut a document to the length that we parse, comments and scripts first."""
    if len(html) <= _LONGEST:
        return html
    pieces = []
    start = length = 0
    while length < _LONGEST and (opaque := _OPAQUE.search(html, start)):
        pieces.append(html[start : opaque.start()])
        length += len(pieces[-1])
        ends = [f"</{opaque[1]}", f"</{opaque[1].lower()}", f"</{opaque[1].upper()}"] if opaque[1] else ["-->"]
        found = [place for end in ends if (place := html.find(end, opaque.end())) >= 0]
        if not found:
            start = len(html)
            break
        start = html.find(">", min(found)) + 1 or len(html)
    return "".join([*pieces, html[start : start + _LONGEST]])[:_LONGEST]


class _Outline(NamedTuple):
    """What is soon seen of a document: whether a tag may be too long, and how deep tags nest at most."""

    endless: bool
    deepest: int  # if every tag that opens lasts until one closes


def _outline(utf8: bytes) -> _Outline:
    characters = np.frombuffer(utf8 + b"<", np.uint8)  # a sign at the end, so that something follows upon each before
    signs = np.flatnonzero(characters == ord("<"))
    closing = characters[signs[:-1] + 1] == ord("/")
    long = signs[:-1][np.diff(signs) > _LONG_TAG].tolist()
    endless = any(utf8.find(b">", sign, sign + _LONG_TAG) < 0 for sign in long)
    return _Outline(endless, int(np.cumsum(1 - 2 * closing.astype(np.int64)).max(initial=0)))


def _flatten(html: str) -> str:
    """Leave out the tags that nest deeper than the parser follows, and keep their text."""
    # Elements that do not nest are no reason.
    if _outline(_FLAT_TAG.sub("", html).encode("utf-8", "replace")).deepest <= _DEEPEST:
        return html
    depth = dropped = 0

    def keep(match: re.Match[str]) -> str:
        nonlocal depth, dropped
        closing, name, rest = match[1], match[2].lower(), match[3]
        if name in _FLAT or rest.endswith("/"):
            return match[0]
        if closing and dropped:
            dropped -= 1
            return " "
        if not closing and depth >= _DEEPEST:
            dropped += 1
            return " "
        depth = max(0, depth + (-1 if closing else 1))
        return match[0]

    return _TAG.sub(keep, html)

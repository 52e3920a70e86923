"""HTML, as feeds carry it, becomes plain text."""

import html
import re

from lxml import etree

from monitor.think.language import clean

_MARKUP = re.compile(r"</?[a-zA-Z!][^<>]*+>")
_REFERENCE = re.compile(r"&(?:#\d{1,8}|#[xX][0-9a-fA-F]{1,8}|[a-zA-Z][a-zA-Z0-9]{1,31});")
# libxml2 takes quadratic time on the attributes of one element; no text is lost with so long a tag.
_LONG_TAG = re.compile(r"<[^<>]{8000,}+>?")
_DROPPED = {"script", "style", "template", "iframe", "object", "svg", "math", "head", "noscript", "select", "button"}
_BLOCKS = {
    *("address", "article", "aside", "blockquote", "dd", "div", "dl", "dt", "figcaption", "figure", "footer", "form"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table"),
    *("td", "th", "tr", "ul", "body"),
}
_PARAGRAPHS = re.compile(r"\n{2,}")


def paragraphs(text: str, limit: int) -> str:
    """The text that a reader of this HTML sees, its paragraphs parted by one blank line."""
    seen = _read(text[: limit * 4]) if _MARKUP.search(text) else _unescape(text[: limit * 2])
    seen = "\n".join([" ".join(part.split()) for part in clean(seen).split("\n")])
    return shorten(_PARAGRAPHS.sub("\n\n", seen).strip(), limit)


def line(text: str, limit: int) -> str:
    """The text that a reader of this HTML sees, on one line; markup that shows nothing is shown itself."""
    seen = paragraphs(text, limit)
    return shorten(" ".join(seen.split()), limit) if seen else one_line(text, limit)


def one_line(text: str, limit: int) -> str:
    """A plain text on one line, cleaned, its references resolved: many a feed escapes once too often."""
    return shorten(" ".join(clean(_unescape(text[: limit * 4])).split()), limit)


def shorten(text: str, limit: int) -> str:
    """A text of at most so many characters; an ellipsis stands for the rest."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _unescape(text: str) -> str:
    return _REFERENCE.sub(lambda match: html.unescape(match[0]), text)


def html_tree(text: str) -> etree._Element | None:
    """The tree of a piece of HTML, as far as it can be had in bounded time; nothing is ever fetched for it."""
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(_LONG_TAG.sub(" ", text).encode("utf-8", "replace"), parser)
    except etree.LxmlError:
        return None


def _read(text: str) -> str:
    # In HTML a line end says no more than a space.
    root = html_tree("<body>" + " ".join(text.split()))
    pieces: list[str] = []
    if root is not None:
        _walk(root, pieces)
    return "".join(pieces)


def _walk(root: etree._Element, pieces: list[str]) -> None:
    """Gather the text in reading order, without recursion: markup may be nested deeply."""
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        name = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if name in _DROPPED:
                walk.skip_subtree()
                continue
            pieces.append("\n" if name == "br" else "\n\n" if name in _BLOCKS else "")
            pieces.append(element.text or "")
        else:
            pieces.append("\n\n" if name in _BLOCKS else "")
            pieces.append(element.tail or "")

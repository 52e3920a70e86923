"""The XHTML that stands in an element becomes HTML as feedparser writes it, but for the attributes, or a doubt."""

import html

from lxml import etree

from monitor.think.parse_names import Doubt, is_markup

_LONGEST = 83_000  # as of any other prose
_DEEPEST = 40
_MOST_ATTRIBUTES = 10
_VALUE = 600


def inline(element: etree._Element) -> str:
    """What stands in an element, without the one <div> around all of it."""
    outer = element
    if len(element) == 1 and element[0].tag.endswith("}div") and _is_blank(element.text) and _is_blank(element[0].tail):
        outer = element[0]
        _check(outer)
    pieces = [html.escape(outer.text or "", quote=False)]
    depth = 0
    walk = etree.iterwalk(outer, events=("start", "end"))
    next(walk)
    for event, inner in walk:
        if inner is outer:
            break
        name = inner.tag.rpartition("}")[2]
        if event == "start":
            _check(inner)
            depth += 1
            pieces.append(f"<{name}>{html.escape(inner.text or '', quote=False)}")
        else:
            depth -= 1
            pieces.append(f"</{name}>{html.escape(inner.tail or '', quote=False)}")
        if depth > _DEEPEST:
            raise Doubt
    text = "".join(pieces).strip()
    if len(text) > _LONGEST:
        raise Doubt
    return once(text)


def once(text: str) -> str:
    """The text itself; a doubt when it seems to have been encoded twice, which feedparser mends."""
    if text.isascii():
        return text
    try:
        text.encode("latin-1").decode()
    except UnicodeError:
        return text
    raise Doubt


def _check(inner: etree._Element) -> None:
    keys = inner.keys()
    long = len(keys) > _MOST_ATTRIBUTES or any(len(inner.get(key) or "") > _VALUE for key in keys)
    if long or not is_markup(inner.tag):
        raise Doubt


def _is_blank(text: str | None) -> bool:
    return not text or not text.strip()

"""An HTML tree becomes the blocks of text that a reader sees, with the marks of the places they stand in."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from lxml.etree import iterwalk
from lxml.html import HtmlElement

from monitor.think.marks import SELDOM, Mark, is_hidden, mark_word

Kind = Literal["heading", "paragraph", "item", "row", "quote", "caption", "loose"]

# Part of the line they stand in; every other element begins a line of its own.
INLINE = frozenset(
    "a abbr acronym bdi bdo big cite code data del dfn font ins kbd label mark nobr picture img q rb ruby s samp small "
    "span strike sub sup time tt var button".split()
)
_UNREAD = frozenset(("head", "option", "optgroup", "meta", "link", "img", "area", "base", "frame", "frameset"))
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading"),
    **dict.fromkeys(("li", "dd", "dt"), "item"),
    **dict.fromkeys(("figcaption", "caption"), "caption"),
    "blockquote": "quote",
    "p": "paragraph",
}  # fmt: skip
_HOLDING = frozenset(("heading", "item", "caption", "quote", "row"))  # kinds that what stands inside takes on
_LITTLE = 0.25
_MANY_BREAKS = 3  # in a row of a table: there are paragraphs in it
_ENOUGH = 500_000  # characters that are no links: more than any article has
MOST = 40_000  # elements that are looked at, one by one; of 469 pages the fullest has 5,000
_BREAK = "\x0b"  # stands for a <br> among the white space of the source


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One run of text that stands on lines of its own."""

    text: str
    kind: Kind
    element: HtmlElement  # the innermost one that begins a line
    linked: int  # how many of its characters are links
    mark: Mark | None
    bullet: str = ""  # what stands before a list item

    @property
    def written(self) -> str:
        """As it stands in the article."""
        return self.bullet + self.text

    def is_linked(self, share: float) -> bool:
        """Whether more than this share of it is links."""
        return self.linked > share * len(self.text)


@dataclass(frozen=True, slots=True)
class Layout:
    """What a page shows, in order; `around` leads from each element that begins a line to the one around it."""

    root: HtmlElement
    blocks: list[Block] = field(default_factory=list)
    around: dict[HtmlElement, HtmlElement] = field(default_factory=dict)
    cut: bool = False  # there is more than is looked at

    def chain(self, element: HtmlElement) -> Iterator[HtmlElement]:
        """An element and all around it, from the inside out, without the root."""
        while element in self.around:
            yield element
            element = self.around[element]


def to_layout(tree: HtmlElement, *, whole: bool = False) -> Layout:
    """All that a reader may see; the inside of menus and the like only when the `whole` page is wanted."""
    body = tree.find("body")
    walk = _Walk(tree if body is None else body, whole=whole)
    steps = iterwalk(walk.root, events=("start", "end"))
    for event, element in steps:
        if event == "end":
            walk.leave(element)
        elif walk.is_full():
            return replace(walk.layout, cut=True)
        elif not walk.enter(element):
            steps.skip_subtree()
    return walk.layout


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the tree the walk is."""

    element: HtmlElement
    kind: Kind = "loose"
    mark: Mark | None = None
    link: bool = False


class _Walk:
    """The blocks found so far, and the line that is being read."""

    def __init__(self, root: HtmlElement, *, whole: bool) -> None:
        self.root = root
        self.layout = Layout(root)
        # Menus and dialogs are not worth a walk, unless they hold so much that they may hold the article.
        self._little = 0 if whole else _LITTLE * len(root.text_content())
        self._places: list[_Place] = []
        self._parts: list[str] = []
        self._linked = 0
        self._broken = False  # the line just ended
        self._bullet = ""
        self._length = 0
        self._steps = 0
        self._numbers: dict[HtmlElement, int] = {}

    def is_full(self) -> bool:
        """Whether enough was looked at; what was read of the last line is then a block."""
        self._steps += 1
        if self._steps > MOST:
            self._flush()
        return self._steps > MOST

    def enter(self, element: HtmlElement) -> bool:
        """Step into an element; False when nothing in it can be read."""
        if element is self.root:
            self._places.append(_Place(element))
            self._read(element.text)
            return True
        outer = self._places[-1]
        tag = element.tag
        if self._length > _ENOUGH:
            self._places.append(outer)
            return False
        if tag in INLINE or outer.kind == "row" or tag == "br" or tag in _UNREAD:
            return self._enter_inline(element, tag, outer)
        self._flush()
        word = mark_word(element)
        if word in SELDOM and len(element.text_content()) < self._little:
            self._places.append(outer)
            return False
        self.layout.around[element] = outer.element
        self._places.append(self._place(element, tag, outer, word))
        self._read(element.text)
        return True

    def leave(self, element: HtmlElement) -> None:
        """Step out of an element, and read on behind it."""
        if self._places[-1].element is element:
            self._flush()
        self._places.pop()
        if element.tag == "li":
            self._bullet = ""
        if element is not self.root:
            self._read(element.tail)

    def _enter_inline(self, element: HtmlElement, tag: str, outer: _Place) -> bool:
        link = tag == "a" and not outer.link
        self._places.append(_Place(outer.element, outer.kind, outer.mark, link=True) if link else outer)
        if tag == "br":
            self._break()
        if tag == "br" or tag in _UNREAD or is_hidden(element):
            return False
        if self._parts and tag in ("td", "th", "button"):
            self._parts.append(" " if tag == "button" else " | ")
        self._read(element.text)
        return True

    def _place(self, element: HtmlElement, tag: str, outer: _Place, word: str) -> _Place:
        kind = _KINDS.get(tag, "loose")
        if outer.kind in _HOLDING and kind in ("loose", "paragraph"):
            kind = outer.kind
        if tag == "tr" and _is_data(element):
            kind = "row"
        if tag == "li":
            self._bullet = self._next_bullet(element)
        return _Place(element, kind, Mark(word, outer.mark) if word else outer.mark, outer.link)

    def _next_bullet(self, item: HtmlElement) -> str:
        parent = item.getparent()
        if parent is None or parent.tag != "ol":
            return "- "
        first = parent.get("start", "1")
        before = self._numbers.get(parent, int(first) - 1 if first.isdecimal() and len(first) < 6 else 0)
        self._numbers[parent] = before + 1
        return f"{before + 1}. "

    def _read(self, text: str | None) -> None:
        if not text:
            return
        stripped = len(text.strip())
        if stripped:
            self._parts.append(text)
            self._broken = False
            if self._places[-1].link:
                self._linked += stripped
        elif self._parts:
            self._parts.append(" ")

    def _break(self) -> None:
        """End the line; two ends in a row end the block."""
        if self._broken:
            self._flush()
        elif self._parts:
            self._parts.append(_BREAK)
            self._broken = True

    def _flush(self) -> None:
        """What was read since the last block is a block."""
        if not self._parts:
            return
        lines = (" ".join(line.split()) for line in "".join(self._parts).split(_BREAK))
        text = "\n".join(line for line in lines if line)
        if text:
            place = self._places[-1]
            block = Block(text, place.kind, place.element, self._linked, place.mark, self._bullet)
            self.layout.blocks.append(block)
            self._length += len(text) - self._linked
            self._bullet = ""
        self._parts, self._linked, self._broken = [], 0, False


def _is_data(row: HtmlElement) -> bool:
    """Whether a table's row is data, which is read across; else the table is only there to place things."""
    cells = len(row)
    if cells < 2 or next(row.iterdescendants("tr", "ul", "ol", "h1", "h2", "h3"), None) is not None:
        return False
    if sum(1 for _ in row.iterdescendants("br")) > _MANY_BREAKS:
        return False
    return next(row.iterdescendants("p", "div"), None) is None or len(row.text_content()) <= 150 * cells

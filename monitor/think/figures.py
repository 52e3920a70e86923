"""A block of a page becomes what can be told of it, whatever the rules make of the page."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from math import log1p

import numpy as np
from lxml.html import HtmlElement
from numpy.typing import NDArray

from monitor.think import lines
from monitor.think.blocks import Block
from monitor.think.body import Survey
from monitor.think.names import GROUPS, groups_in
from monitor.think.verdict import Hints, is_title

Numbers = NDArray[np.float32]
Places = NDArray[np.intp]

_WORDS = re.compile(r"[^\W_]+")
_CLEAR = 60  # characters: two texts that share so many in a row are no coincidence
_NEAR = 3  # elements around a block whose names tell most of it
_BITS = np.arange(len(GROUPS), dtype=np.uint32)
_MARKED, _NAMED = 3, 3  # figures of how a block is marked; sets of groups of names


@dataclass(frozen=True, slots=True)
class Figures:
    """A page, what is known of its article, and what was told of its blocks so far: each is looked at once."""

    page: Survey
    hints: Hints
    told: str  # the text that the page's metadata carry, in bare letters
    _said: dict[int, tuple[float, ...]] = field(default_factory=dict)
    _stands: dict[int, tuple[int, ...]] = field(default_factory=dict)
    _names: dict[HtmlElement, int] = field(default_factory=dict)
    _kin: list[Places] = field(default_factory=list)
    _reaches: list[Places] = field(default_factory=list)

    def said(self, places: Iterable[int]) -> Numbers:
        """What blocks say, a row for each."""
        for place in places:
            if place not in self._said:
                self._said[place] = _say(self.page.layout.blocks[place], self.hints, self.told)
        return np.array([self._said[place] for place in places], dtype=np.float32)

    def stands(self, places: Iterable[int]) -> Numbers:
        """In what places blocks stand, by the names of the elements around, a row for each."""
        for place in places:
            if place not in self._stands:
                self._stands[place] = self._stand(place)
        rows = np.array([self._stands[place] for place in places], dtype=np.uint32).reshape(-1, _MARKED + _NAMED)
        named = (rows[:, _MARKED:, None] >> _BITS) & 1
        return np.column_stack((rows[:, :_MARKED], named.reshape(len(rows), -1))).astype(np.float32)

    def kin(self) -> list[Places]:
        """By numbers, which blocks have the same tag and class; those of the element around, too; the same text."""
        if not self._kin:
            blocks = self.page.layout.blocks
            for keys in (
                [(block.element.tag, block.element.get("class", "")) for block in blocks],
                [_place_of(block) for block in blocks],
                [block.text for block in blocks],
            ):
                index = {key: number for number, key in enumerate(dict.fromkeys(keys))}
                self._kin.append(np.array([index[key] for key in keys]))
        return self._kin

    def reaches(self) -> tuple[Places, Places]:
        """The first block and the one behind the last within each of the three elements around a block, a row each."""
        if not self._reaches:
            layout = self.page.layout
            first: dict[HtmlElement, int] = {}
            behind: dict[HtmlElement, int] = {}
            for place, block in enumerate(layout.blocks):
                first.setdefault(block.element, place)
                behind[block.element] = place + 1
            for element in reversed(layout.around):
                if element in first:
                    outer = layout.around[element]
                    first[outer] = min(first[element], first.get(outer, first[element]))
                    behind[outer] = max(behind[element], behind.get(outer, 0))
            rows = [list(islice(self._outward(block.element), _NEAR)) for block in layout.blocks]
            for known in (first, behind):
                self._reaches.append(np.array([[known[each] for each in row] for row in rows]))
        return self._reaches[0], self._reaches[1]

    def _outward(self, element: HtmlElement) -> Iterator[HtmlElement]:
        """What is around an element, from the inside out; in the end always the root."""
        layout = self.page.layout
        while True:
            element = layout.around.get(element, layout.root)
            yield element

    def _stand(self, place: int) -> tuple[int, ...]:
        """How a block is marked, and the groups in the names of its element, of those near around it, and of all."""
        layout = self.page.layout
        block = layout.blocks[place]
        near = 0
        element = block.element
        for _ in range(_NEAR):
            near |= _groups(element)
            if element not in layout.around:
                break
            element = layout.around[element]
        marks = sum(1 for _ in block.mark.chain()) if block.mark else 0
        marked = (bool(block.mark), marks, bool(self.page.words[place]))
        return (*marked, _groups(block.element), near, self._everywhere(block.element))

    def _everywhere(self, element: HtmlElement) -> int:
        """The groups in the names of an element and of all around it."""
        inward = []
        while element not in self._names and element in self.page.layout.around:
            inward.append(element)
            element = self.page.layout.around[element]
        found = self._names.get(element, 0)
        for inner in reversed(inward):
            found |= _groups(inner)
            self._names[inner] = found
        return found


def _place_of(block: Block) -> tuple[object, ...]:
    parent = block.element.getparent()
    own = (block.element.tag, block.element.get("class", ""))
    return own if parent is None else (*own, parent.tag, parent.get("class", ""))


def _say(block: Block, hints: Hints, told: str) -> tuple[float, ...]:
    text = block.text
    size = len(text)
    words = text.split()
    bare = lines.plain(text) if size < 1000 else ""
    known = frozenset(bare.split())
    short = size < 400
    letters = "".join(_WORDS.findall(text)).lower() if told and size < 3000 else ""
    dated, signed = lines.is_date(text), lines.is_byline(text, hints.authors)
    return (
        log1p(size),
        block.linked / size,
        lines.is_sentence(text),
        short and lines.is_appeal(text),
        short and lines.is_label(text),
        dated or signed,
        len(words),
        lines.opens_box(text),
        dated,
        signed,
        is_title(block, hints),
        *_shared(known, hints),
        -1.0 if not told else float(letters[:_CLEAR] in told and letters[-_CLEAR:] in told),
        sum(map(str.isupper, [word[0] for word in words])) / max(len(words), 1),
        sum(map(str.isdigit, text[:200])) / min(size, 200),
        text.isupper(),
        text[:1].islower(),
        text[0] in "\"“„«‘'»”—–-",
        text[-1] == ":",
        text[-1] in "?？؟",
        (text.count(",") + text.count("،") + text.count("、")) / max(len(words), 1),
        text.count("\n"),
        "|" in text,
        "http" in text or "@" in text or "www." in text,
        any(name in bare for name in hints.authors if name) if short else 0.0,
        text[0] in "(*[†•▶►→↓",
    )


def _shared(words: frozenset[str], hints: Hints) -> tuple[float, float, float]:
    """Which share of a line's words the titles and the description have, and how much of the description that is."""
    if not words:
        return 0.0, 0.0, 0.0
    titled = max((len(words & _words_of(title)) / len(words) for title in hints.titles), default=0.0)
    described = _words_of(hints.description)
    both = len(words & described)
    return titled, both / len(words), both / max(len(described), 1)


@lru_cache(maxsize=64)
def _words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _groups(element: HtmlElement) -> int:
    return _groups_of(element.get("class", ""), element.get("id", ""))


@lru_cache(maxsize=8192)
def _groups_of(names: str, name: str) -> int:
    return groups_in(f"{names} {name}") if names or name else 0

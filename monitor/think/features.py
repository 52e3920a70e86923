"""What is known of each block of a page becomes a row of numbers, which the forest judges by."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import lru_cache
from math import log1p

import numpy as np
from numpy.typing import NDArray

from monitor.think import lines
from monitor.think.blocks import Block, Layout
from monitor.think.body import Decision, Survey
from monitor.think.names import GROUPS, groups_in
from monitor.think.verdict import Hints, is_title

Numbers = NDArray[np.float32]
Places = NDArray[np.intp]

_KINDS = ("heading", "paragraph", "item", "row", "quote", "caption", "loose")
_REASONS = ("", "box", "caption", "link", "aside", "farm", "boxed", "range", "title", "stray", "empty", "outside")
_WORDS = re.compile(r"[^\W_]+")
_CLEAR = 60  # characters: two texts that share so many in a row are no coincidence
_NEAR = 3  # elements around a block whose names tell most of it
_WINDOW = 2  # blocks before and after that are looked at


def describe(page: Survey, hints: Hints, decisions: Sequence[Decision], told: str, places: Places) -> Numbers:
    """A row for each of these blocks; `told` is the text that the page's metadata carry, in bare letters."""
    blocks = page.layout.blocks
    steps = np.arange(-_WINDOW, _WINDOW + 1)
    heard = np.unique(np.clip(places[:, None] + steps, 0, len(blocks) - 1))
    told_of = [_said(blocks[place], hints, told) for place in heard.tolist()]
    said = np.zeros((len(blocks), len(told_of[0])), dtype=np.float32)
    said[heard] = told_of
    judged = np.array([_judged(each, weight) for each, weight in zip(decisions, page.weights, strict=True)], np.float32)
    kept = judged[:, 0]
    weights = np.array(page.weights, dtype=np.float32)
    placed = np.column_stack(
        (
            _marked(page, places),
            _named(page.layout, places),
            _companions(blocks, kept, weights)[places],
            _surroundings(page.layout, kept, weights, places),
            _places(kept, weights)[places],
        )
    )
    around = np.column_stack((kept, weights > 0, said[:, :6], judged[:, 1:3])).astype(np.float32)
    shifted = [moved[places] for moved in _shifted(around)]
    return np.column_stack((said[places], judged[places], placed, *shifted)).astype(np.float32)


def _said(block: Block, hints: Hints, told: str) -> tuple[float, ...]:
    text = block.text
    size = len(text)
    words = text.split()
    bare = lines.plain(text) if size < 1000 else ""
    short = size < 400
    letters = "".join(_WORDS.findall(text)).lower() if told and size < 3000 else ""
    shared = _shared(bare, hints)
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
        *shared,
        bool(hints.seen(text)),
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


def _shared(bare: str, hints: Hints) -> tuple[float, float, float]:
    """Which share of a line's words the titles and the description have, and how much of the description that is."""
    words = set(bare.split())
    if not words:
        return 0.0, 0.0, 0.0
    titled = max((len(words & set(title.split())) / len(words) for title in hints.titles), default=0.0)
    described = _words_of(hints.description)
    both = len(words & described)
    return titled, both / len(words), both / max(len(described), 1)


@lru_cache(maxsize=16)
def _words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _judged(decision: Decision, weight: float) -> tuple[float, ...]:
    block = decision.block
    reason = "" if decision.kept else decision.reason if decision.reason in _REASONS else "marked"
    tag = block.element.tag
    return (
        decision.kept,
        reason in ("box", "boxed", "farm", "link"),
        block.kind == "heading",
        weight,
        *(reason == name for name in (*_REASONS[1:], "marked")),
        *(block.kind == kind for kind in _KINDS),
        tag == "p",
        tag == "div",
        tag in ("span", "section"),
        int(tag[1]) if len(tag) == 2 and tag[0] == "h" and tag[1].isdecimal() else 0,
        bool(block.bullet),
    )


def _marked(page: Survey, places: Places) -> Numbers:
    """Whether a block stands in a marked place, and how deep in such."""
    marks = [(page.layout.blocks[place].mark, page.words[place]) for place in places.tolist()]
    return np.array(
        [(bool(mark), sum(1 for _ in mark.chain()) if mark else 0, bool(word)) for mark, word in marks],
        dtype=np.float32,
    )


def _named(layout: Layout, places: Places) -> Numbers:
    """Which words the names of a block's own element, of those near around, and of all around have."""
    everywhere = {layout.root: 0}
    for element, outer in layout.around.items():
        everywhere[element] = everywhere[outer] | _groups(element.get("class", ""), element.get("id", ""))
    rows = np.zeros((len(places), 3), dtype=np.uint32)
    for row, place in enumerate(places.tolist()):
        block = layout.blocks[place]
        near = 0
        element = block.element
        for _ in range(_NEAR):
            near |= _groups(element.get("class", ""), element.get("id", ""))
            if element not in layout.around:
                break
            element = layout.around[element]
        own = _groups(block.element.get("class", ""), block.element.get("id", ""))
        rows[row] = own, near, everywhere[block.element]
    bits = np.arange(len(GROUPS), dtype=np.uint32)
    return ((rows[:, :, None] >> bits) & 1).reshape(len(rows), -1).astype(np.float32)


@lru_cache(maxsize=8192)
def _groups(names: str, name: str) -> int:
    return groups_in(f"{names} {name}") if names or name else 0


def _companions(blocks: Sequence[Block], kept: Numbers, weights: Numbers) -> Numbers:
    """Of the blocks with the same tag and class: how many, how many kept, and their share of all prose."""
    columns = []
    for keys in (
        [(block.element.tag, block.element.get("class", "")) for block in blocks],
        [_place_of(block) for block in blocks],
        [block.text for block in blocks],
    ):
        index = {key: number for number, key in enumerate(dict.fromkeys(keys))}
        which = np.array([index[key] for key in keys])
        count = np.bincount(which)
        columns += [np.log1p(count)[which], (np.bincount(which, kept) / count)[which]]
        columns.append((np.bincount(which, weights) / max(weights.sum(), 1))[which])
    return np.column_stack(columns).astype(np.float32)


def _place_of(block: Block) -> tuple[object, ...]:
    parent = block.element.getparent()
    own = (block.element.tag, block.element.get("class", ""))
    return own if parent is None else (*own, parent.tag, parent.get("class", ""))


def _surroundings(layout: Layout, kept: Numbers, weights: Numbers, places: Places) -> Numbers:
    """Of the elements around a block, one, two and three steps out: share of links, of prose, and of what was kept."""
    size: defaultdict[object, float] = defaultdict(float)
    links: defaultdict[object, float] = defaultdict(float)
    prose: defaultdict[object, float] = defaultdict(float)
    held: Counter[object] = Counter()
    chosen: Counter[object] = Counter()
    for block, keep, weight in zip(layout.blocks, kept.tolist(), weights.tolist(), strict=True):
        element = block.element
        size[element] += len(block.text)
        links[element] += block.linked
        prose[element] += weight
        held[element] += 1
        chosen[element] += int(keep)
    for element in reversed(layout.around):
        outer = layout.around[element]
        for sums in (size, links, prose, held, chosen):
            if element in sums:
                sums[outer] += sums[element]  # type: ignore[assignment]
    total = max(prose[layout.root], 1)
    rows = []
    known: dict[object, list[float]] = {}
    for place in places.tolist():
        block = layout.blocks[place]
        row = known.get(block.element)
        if row is None:
            row = []
            element = block.element
            for _ in range(3):
                element = layout.around.get(element, layout.root)
                row += [
                    links[element] / max(size[element], 1),
                    prose[element] / total,
                    chosen[element] / max(held[element], 1),
                    log1p(held[element]),
                ]
            known[block.element] = row
        rows.append(row)
    return np.array(rows, dtype=np.float32)


def _places(kept: Numbers, weights: Numbers) -> Numbers:
    """Where a block stands: from the first and the last that was kept, and in how much of the prose."""
    count = len(kept)
    where = np.arange(count)
    chosen = np.flatnonzero(kept)
    first, last = (chosen[0], chosen[-1]) if len(chosen) else (0, count - 1)
    before = np.cumsum(weights) / max(weights.sum(), 1)
    mine = np.cumsum(weights * kept) / max((weights * kept).sum(), 1)
    run = np.convolve(kept, np.ones(9), "same")[:count] if count >= 9 else kept * 9
    return np.column_stack(
        (
            np.clip(where - first, -50, 50),
            np.clip(last - where, -50, 50),
            (where - first) / max(last - first, 1),
            where / count,
            before,
            mine,
            run,
            np.full(count, len(chosen)),
            np.full(count, log1p(float(weights.sum()))),
        )
    ).astype(np.float32)


def _shifted(columns: Numbers) -> list[Numbers]:
    """The same of the blocks before and after."""
    shifted = []
    for step in (*range(-_WINDOW, 0), *range(1, _WINDOW + 1)):
        moved = np.full_like(columns, -1)
        if step < 0:
            moved[-step:] = columns[:step]
        elif len(columns) > step:
            moved[:-step] = columns[step:]
        shifted.append(moved)
    return shifted

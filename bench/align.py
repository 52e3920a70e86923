"""The blocks of a page and its true text → which blocks are the article's."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from bench.extract import INVISIBLE, WORD

_RUN = 3  # words in a row by which a block is found in the text
_LIKE = 0.5  # share of a block's runs that must stand there
_BACK = 1_500  # earlier places that are tried for each


@dataclass(frozen=True)
class Place:
    """Where in the true text the words of a block stand."""

    block: int
    start: int
    end: int
    worth: float


def words_of(text: str) -> list[str]:
    return WORD.findall(text.translate(INVISIBLE).lower())


def label(blocks: Sequence[str], truth: str) -> list[bool]:
    """Choose the blocks that make up most of the truth, each at one place, in order."""
    words = words_of(truth)
    index: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for start in range(len(words)):
        index[tuple(words[start : start + _RUN])].append(start)
    places = [place for number, text in enumerate(blocks) for place in _places(number, words_of(text), words, index)]
    chosen = _chain(sorted(places, key=lambda place: (place.block, place.start)))
    return [number in chosen for number in range(len(blocks))]


def _places(number: int, block: list[str], words: list[str], index: dict[tuple[str, ...], list[int]]) -> list[Place]:
    size = len(block)
    if not size:
        return []
    starts = index.get(tuple(block[:_RUN]), []) if size >= _RUN else range(len(words) - size + 1)
    exact = [Place(number, at, at + size, size) for at in starts if words[at : at + size] == block]
    if exact or size <= _RUN:
        return exact[:50]
    hits = [
        (at - offset, at, offset)
        for offset in range(size - _RUN + 1)
        for at in index.get(tuple(block[offset : offset + _RUN]), [])[:20]
    ]
    if not hits:
        return []
    best = Counter(shift // 8 for shift, _, _ in hits).most_common(1)[0][0]
    near = [hit for hit in hits if abs(hit[0] // 8 - best) <= 2]
    found = len({offset for _, _, offset in near}) / (size - _RUN + 1)
    if found < _LIKE:
        return []
    start = min(at for _, at, _ in near)
    return [Place(number, start, min(max(at for _, at, _ in near) + _RUN, start + size + 20), found * size * 0.98)]


def _chain(places: list[Place]) -> set[int]:
    """The blocks of the worthiest run of places in which each stands behind the one before."""
    worth = [place.worth for place in places]
    before = [-1] * len(places)
    for here, place in enumerate(places):
        for back in range(here - 1, max(-1, here - _BACK), -1):
            earlier = places[back]
            if (
                earlier.block < place.block
                and earlier.end <= place.start + 2
                and worth[back] + place.worth > worth[here]
            ):
                worth[here] = worth[back] + place.worth
                before[here] = back
    at = max(range(len(places)), key=worth.__getitem__, default=-1)
    chosen = set()
    while at >= 0:
        chosen.add(places[at].block)
        at = before[at]
    return chosen

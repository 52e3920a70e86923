"""The letters of a page become whether any topic may ask for it, for a tenth of what looking through its words takes.

No words are told apart, and what markup parts is joined: whatever stands in a word of the article stands in the
letters, too. A topic that needs a word of each of several kinds is possible where a piece of one of each is there.
"""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import numpy as np
import numpy.typing as npt
from ahocorasick_rs import AhoCorasick

from monitor.model import Page
from monitor.think.charset import to_text
from monitor.think.entities import Entities
from monitor.think.language import clean, fold
from monitor.think.markup import mend
from monitor.think.match import Compiled
from monitor.think.needles import needed, spell
from monitor.think.quick import LONGEST, PARTED, referring, said, unescaped
from monitor.think.tree import EntityRef, Part, Query, Value

# A group of so many names or words is met by every second page: to look for all of them is work in vain.
_MOST = 5_000
_MANY = 1_000  # names, each in a handful of forms
_UNSURE = frozenset({"s"})  # an apostrophe before it may make it vanish
_SIGNS = "'’‘ʼ‛`´＇ʹ"
_INNER = re.compile(f"[{_SIGNS}](?<=[\u0400-\u05ff].)(?=[\u0400-\u05ff])")
_BEYOND = re.compile("[\U00010000-\U0010ffff]")
_HALVES = 0xD800  # to 0xDFFF: halves of letters beyond 16 bits
# What each letter of 16 bits is folded to, learned as they are met: 0 where that is not one such letter, or not known.
_FOLDED = np.zeros(1 << 16, np.uint16)


@dataclass(frozen=True, slots=True, eq=False)
class Glimpse:
    """What to look for: pieces of words, the groups that each meets, and how many each rule needs."""

    automaton: AhoCorasick
    met: tuple[tuple[tuple[int, int], ...], ...]  # by the automaton's numbers: rule and group
    needs: tuple[int, ...]  # groups, by rule


def sharpen(compiled: Compiled, entities: Entities) -> Glimpse | None:
    """What pages must hold for any of the rules; None when there is a rule of which that cannot be said.

    A part of a topic asks for nothing that the topic itself does not ask for first.
    """
    rules = [_groups(rule.tree, entities) for rule in compiled.rules if not rule.topic.parent]
    if not all(rules):
        return None
    met: dict[str, set[tuple[int, int]]] = {}
    for number, groups in enumerate(rules):
        for place, group in enumerate(groups):
            for piece in group:
                met.setdefault(piece, set()).add((number, place))
    places = tuple(tuple(sorted(several)) for several in met.values())
    return Glimpse(AhoCorasick(list(met)), places, tuple(map(len, rules)))


def may_ask(page: Page, glimpse: Glimpse, hints: Iterable[str] = ()) -> bool:
    """Whether any rule may ask for the article of a page; `hints` are what is known to be said of it elsewhere."""
    if len(page.body) > 4 * LONGEST or page.body.startswith(b"%PDF-") or "text/plain" in page.content_type.lower():
        return True
    source = to_text(page.body, page.content_type)
    source = source.replace("\0", "") if "\0" in source else source
    if len(source) > LONGEST:
        return True
    letters = _loosen(clean(" ".join(chain(_letters(source), hints))))
    found = glimpse.automaton.find_matches_as_indexes(letters, overlapping=True)
    met = {place for number in {hit[0] for hit in found} for place in glimpse.met[number]}
    counts: dict[int, int] = {}
    for rule, _ in met:
        counts[rule] = counts.get(rule, 0) + 1
    return any(glimpse.needs[rule] == count for rule, count in counts.items())


def _letters(source: str) -> Iterator[str]:
    """All that a page shows and says of itself, without what parts it."""
    shown = mend(PARTED.join(said(source)))
    yield unescaped(shown).replace(PARTED, "")
    # References that markup parts.
    chunks = (chunk for piece in referring(shown, " ") if PARTED in piece for chunk in piece.split())
    parted = [chunk.replace(PARTED, "") for chunk in chunks if PARTED in chunk and "&" in chunk]
    if parted:
        joined = html.unescape(" ".join(parted))
        yield joined
        yield html.unescape(joined)


def _loosen(text: str) -> str:
    """Letters folded, and the signs of ASCII left where they are: all words of the folded text stand in this one."""
    if text.isascii():
        return text.lower()
    if any(sign in text for sign in _SIGNS) and _INNER.search(text):  # what an apostrophe parts is one word there
        return fold(text)
    codes = _codes(text)
    loose = _FOLDED.take(codes)
    if not loose.all():
        loose = _FOLDED.take(_codes(_learn(text, codes[loose == 0])))
    return loose.tobytes().decode("utf-16-le") if loose.all() else fold(text)


def _codes(text: str) -> npt.NDArray[np.uint16]:
    return np.frombuffer(text.encode("utf-16-le", "replace"), np.uint16)


def _learn(text: str, codes: npt.NDArray[np.uint16]) -> str:
    """Note what letters of a text are folded to, and put it in place of those that are not folded to one."""
    text = _BEYOND.sub(lambda found: _folded(found[0]), text)
    for letter in map(chr, np.unique(codes[codes >> 11 != _HALVES >> 11]).tolist()):
        folded = _folded(letter)
        one = folded.strip() or folded[:1]  # a word of one letter, with spaces around it, is found without them
        if len(one) == 1:
            _FOLDED[ord(letter)] = ord(one)
        else:
            text = text.replace(letter, folded)
    return text


_folded = lru_cache(maxsize=10_000)(fold)


def _groups(tree: Query, entities: Entities) -> list[frozenset[str]]:
    """The groups of pieces of which an article that a rule asks for holds one each, without those that say little."""

    def ask(leaf: Part | Value) -> frozenset[str] | None:
        if isinstance(leaf, Value):
            return None
        if isinstance(leaf, EntityRef):
            if sum(len(entities.by_id[id_].names) for id_ in leaf.ids) > _MANY:
                return None
            runs: Iterable[tuple[str, ...]] = (needle.words for id_ in leaf.ids for needle in entities.spell(id_))
        else:
            runs = (_words(run) for run in spell(leaf, entities.speller))
        return frozenset(_piece(run) for run in runs)

    found = dict.fromkeys(needed(tree, ask))
    return [group for group in found if len(group) <= _MOST and all(map(_is_telling, group))]


def _words(run: str) -> tuple[str, ...]:
    return tuple(run.removesuffix("*").split(" "))


def _piece(run: tuple[str, ...]) -> str:
    """The longest word of a run: it is there where the run is."""
    return max(run, key=len)


def _is_telling(piece: str) -> bool:
    """Whether a page that shows a piece must also hold it in its source: numbers of lists are made."""
    return bool(piece) and piece not in _UNSURE and not piece.isdigit()

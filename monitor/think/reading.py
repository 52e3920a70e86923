"""An article becomes a reading: its words, and where in them everything that anybody asks for stands."""

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, repeat
from operator import add
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from monitor.model import Article, Evidence, Needle
from monitor.think.entities import Hits, Mention, Mentions
from monitor.think.language import Words, words
from monitor.think.needles import spell
from monitor.think.tree import AtLeast, Or, Phrase, Prefix, Query, Word

_BORDER = "\n"  # between title and text: no word, so that no run of words crosses it


# The patterns that spell a leaf, and how many words each has beyond its first.
Spelled = Mapping[Word | Phrase | Prefix, tuple[tuple[int, int], ...]]


class Choice(NamedTuple):
    """Which of a choice's clauses a pattern may meet, by their numbers, and those that must be tried in any case."""

    by_pattern: Mapping[int, tuple[int, ...]]
    others: frozenset[int]


class Spot(NamedTuple):
    """The first and the last word of something found."""

    first: int
    last: int


class Find(NamedTuple):
    """Something found among the words of a reading, in what will be the order of evidence."""

    spot: Spot
    label: str
    weight: float


@dataclass(frozen=True)
class Reading:
    """An article, or one short text of it, read for what rules ask. Words are numbered through title, border, text."""

    article: Article
    title: Words
    text: Words
    zone: str = ""  # the field that is read as the title, when it is not an article's title
    spelled: Spelled = field(default_factory=dict)
    choices: Mapping[int, Choice] = field(default_factory=dict)  # by the identity of their trees
    hits: Hits = field(default_factory=dict)
    mentions: Mentions = field(default_factory=dict)
    topics: frozenset[str] = frozenset()  # that the article is known to match

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        return (*self.title.tokens, _BORDER, *self.text.tokens)

    @cached_property
    def _starts(self) -> list[int]:
        return list(accumulate(map(add, map(len, self.tokens), repeat(1)), initial=1))

    @cached_property
    def border(self) -> int:
        """The number of the border: words before it are the title's, words after it the text's."""
        return len(self.title.tokens)

    @cached_property
    def lead_end(self) -> int:
        """The number of the first word after the lead."""
        end = self.text.text.find("\n\n")
        return self.border + 1 + (len(self.text.tokens) if end < 0 else self.text.before(end))

    def named(self, entity: str) -> dict[Spot, float]:
        """Where an entity is named, in order, and how surely it is meant there."""
        if entity not in self._named:
            self._named[entity] = self._locate(self.mentions.get(entity, ()))
        return self._named[entity]

    @cached_property
    def _named(self) -> dict[str, dict[Spot, float]]:
        return {}  # many rules ask for the same entities

    def _locate(self, mentions: Iterable[Mention]) -> dict[Spot, float]:
        starts = self._starts
        located: dict[Spot, float] = {}
        for start, end, confidence in sorted(mentions):
            spot = Spot(bisect_right(starts, start) - 1, bisect_right(starts, end - 1) - 1)
            located[spot] = max(confidence, located.get(spot, 0.0))
        return located

    def spots(self, leaf: Word | Phrase | Prefix) -> list[Spot]:
        """Where a word, phrase or prefix stands, in order."""
        spelled = self.spelled.get(leaf)
        if spelled is None:
            return sorted(spot for needle in spell(leaf) for spot in _search(needle, self.tokens))
        starts = self._starts
        found = []
        for pattern, more in spelled:
            for start, _ in self.hits.get(pattern, ()):
                first = bisect_right(starts, start) - 1
                found.append(Spot(first, first + more))
        return found if len(spelled) == 1 else sorted(found)

    def worthy(self, tree: Or | AtLeast) -> Sequence[Query]:
        """The clauses of a choice that may hold: lists of hundreds of words are common, and most of them absent."""
        choice = self.choices.get(id(tree))
        if choice is None:
            return tree.children
        met = [
            number for pattern in self.hits.keys() & choice.by_pattern.keys() for number in choice.by_pattern[pattern]
        ]
        return [tree.children[number] for number in sorted(choice.others.union(met))]

    def says(self, spot: Spot) -> str:
        """What the original text says at a spot."""
        _, start, end = self._place(spot)
        return (self.title if spot.first < self.border else self.text).text[start:end]

    def quote(self, find: Find) -> Evidence:
        """What was found, as evidence."""
        if find not in self.quoted:
            self.quoted[find] = Evidence(find.label, *self._place(find.spot), self.says(find.spot), find.weight)
        return self.quoted[find]

    @cached_property
    def found(self) -> dict[Hashable, list[Find] | None]:
        """What was found before, for other rules that ask for the same."""
        return {}

    @cached_property
    def quoted(self) -> dict[Find, Evidence]:
        """What was quoted before."""
        return {}

    def _place(self, spot: Spot) -> tuple[str, int, int]:
        """The zone that a spot is in, and where it begins and ends in the original text."""
        if spot.first < self.border:
            return (self.zone or "title", *self.title.span(*spot))
        zone = "lead" if spot.first < self.lead_end else "body"
        return (zone, *self.text.span(spot.first - self.border - 1, spot.last - self.border - 1))


def text_of(article: Article) -> str:
    """The best text there is of an article."""
    return article.text or article.content or article.summary


def build_automaton(patterns: Iterable[Needle]) -> AhoCorasick:
    """One automaton for all needles; it takes them for runs of whole words, as `haystack` writes them."""
    return AhoCorasick([f" {' '.join(needle.words)}{'' if needle.prefix else ' '}" for needle in patterns])


def search(title: Words, text: Words, automaton: AhoCorasick) -> Hits:
    """Where each pattern stands in the haystack: title, border and text, every word between two spaces."""
    haystack = f" {' '.join((*title.tokens, _BORDER, *text.tokens))} "
    hits: dict[int, list[tuple[int, int]]] = {}
    for pattern, start, end in automaton.find_matches_as_indexes(haystack, overlapping=True):
        hits.setdefault(pattern, []).append((start + 1, end - 1))
    return hits


def read_field(article: Article, name: str) -> Reading:
    """Read a short text of an article – its address, its authors – by itself."""
    value = article.url if name == "url" else ", ".join(article.authors)
    return Reading(article, words(value), words(""), zone=name)


def _search(needle: Needle, within: tuple[str, ...]) -> list[Spot]:
    """Look for a needle that no automaton knows."""
    run, last = list(needle.words), len(needle.words) - 1
    found = []
    for first in range(len(within) - last):
        piece = list(within[first : first + last + 1])
        if needle.prefix:
            piece[last] = piece[last][: len(run[last])]
        if piece == run:
            found.append(Spot(first, first + last))
    return found

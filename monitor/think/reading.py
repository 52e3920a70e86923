"""An article becomes a reading: its words, and where in them everything that anybody asks for stands."""

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, repeat
from operator import add
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from monitor.model import Article, Evidence, Needle
from monitor.think.language import Words, tokens, words
from monitor.think.lexicon import Mention, Mentions, Spot
from monitor.think.needles import words_of
from monitor.think.spelling import Languages
from monitor.think.tree import AtLeast, Or, Phrase, Prefix, Query, Word

_BORDER = "\n"  # between title and text: no word, so that no run of words crosses it


class Spelling(NamedTuple):
    """A pattern that says what a leaf asks for, and where it counts."""

    pattern: int
    languages: Languages


Spelled = Mapping[Word | Phrase | Prefix, tuple[Spelling, ...]]


class Choice(NamedTuple):
    """Which of a choice's clauses a pattern or entity may meet, by their numbers; others are tried in any case."""

    by_pattern: Mapping[int, tuple[int, ...]]
    by_entity: Mapping[str, tuple[int, ...]]
    others: frozenset[int]


class Find(NamedTuple):
    """Something found among the words of a reading, in what will be the order of evidence."""

    spot: Spot
    label: str
    weight: float


# A pattern of several words: those beyond the second, and its number.
Run = tuple[tuple[str, ...], int]


class Opening(NamedTuple):
    """A word that runs begin with, and the pattern that it is by itself."""

    pattern: int | None
    runs: dict[str, tuple[Run, ...]]  # by their second word


@dataclass(frozen=True, slots=True, eq=False)
class Finder:
    """All patterns that are looked for in articles: whole words in one table, begun ones in an automaton."""

    words: Mapping[str, int | Opening]  # a word that begins no run is just the number of its pattern
    automaton: AhoCorasick
    begun: tuple[int, ...]  # the automaton's patterns, by their numbers there
    more: tuple[int, ...]  # how many words each has beyond its first


@dataclass(frozen=True)
class Reading:
    """An article, or one short text of it, read for what rules ask. Words are numbered through title, border, text."""

    article: Article
    title: Words
    text: Words
    zone: str = ""  # the field that is read as the title, when it is not an article's title
    spelled: Spelled | None = None  # none: words are looked for as written
    choices: Mapping[int, Choice] = field(default_factory=dict)  # by the identity of their trees
    topics: set[str] = field(default_factory=set)  # that the article is known to match, in lower case
    hits: dict[int, list[Spot] | list[int]] = field(default_factory=dict)  # spots, or places of single words
    mentions: Mentions = field(default_factory=dict)
    live: list[set[int]] = field(default_factory=list)  # once it is known: the signals that may hold, by identity

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        return (*self.title.tokens, _BORDER, *self.text.tokens)

    @cached_property
    def border(self) -> int:
        """The number of the border: words before it are the title's, words after it the text's."""
        return len(self.title.tokens)

    @cached_property
    def lead_end(self) -> int:
        """The number of the first word after the lead."""
        end = self.text.text.find("\n\n")
        return self.border + 1 + (len(self.text.tokens) if end < 0 else len(tokens(self.text.text[:end])))

    def named(self, entity: str) -> dict[Spot, float]:
        """Where an entity is named, in order, and how surely it is meant there."""
        if entity not in self._named:
            self._named[entity] = _locate(self.mentions.get(entity, ()))
        return self._named[entity]

    @cached_property
    def _named(self) -> dict[str, dict[Spot, float]]:
        return {}  # many rules ask for the same entities

    def spots(self, leaf: Word | Phrase | Prefix) -> list[Spot]:
        """Where a word, phrase or prefix stands, in order; all in the article's language."""
        if leaf not in self._spots:
            self._spots[leaf] = self._find(leaf)
        return self._spots[leaf]

    @cached_property
    def _spots(self) -> dict[Word | Phrase | Prefix, list[Spot]]:
        return {}  # many rules ask for the same words

    def _find(self, leaf: Word | Phrase | Prefix) -> list[Spot]:
        if self.spelled is None:
            run = (leaf.token,) if isinstance(leaf, Word) else leaf.words
            return _search(Needle(run, prefix=isinstance(leaf, Prefix)), self.tokens)
        if isinstance(leaf, Phrase) and not leaf.exact:
            return _in_a_row([self.spots(word) for word in words_of(leaf)])
        language = self.article.language
        found: list[Spot] = []
        for pattern, languages in self.spelled[leaf]:
            if pattern in self.hits and (languages is None or not language or language in languages):
                found += self.look(pattern)
        found.sort()
        return found

    def look(self, pattern: int) -> list[Spot]:
        """Where a pattern stands."""
        return [Spot(each, each) if isinstance(each, int) else each for each in self.hits.get(pattern, ())]

    def worthy(self, tree: Or | AtLeast) -> Sequence[Query]:
        """The clauses of a choice that may hold: lists of hundreds of words are common, and most of them absent."""
        choice = self.choices.get(id(tree))
        if choice is None:
            return tree.children
        met = set(choice.others)
        for pattern in self.hits.keys() & choice.by_pattern.keys():
            met.update(choice.by_pattern[pattern])
        for entity in self.mentions.keys() & choice.by_entity.keys():
            met.update(choice.by_entity[entity])
        return [tree.children[number] for number in sorted(met)]

    def says(self, spot: Spot) -> str:
        """What the original text says at a spot, with single spaces."""
        _, start, end = self._place(spot)
        return " ".join((self.title if spot.first < self.border else self.text).text[start:end].split())

    def quote(self, find: Find) -> Evidence:
        """What was found, as evidence."""
        if find not in self.quoted:
            zone, start, end = self._place(find.spot)
            text = (self.title if find.spot.first < self.border else self.text).text
            self.quoted[find] = Evidence(find.label, zone, start, end, text[start:end], find.weight)
        return self.quoted[find]

    @cached_property
    def found(self) -> dict[Hashable, list[Find] | None]:
        """What was found before, for other rules that ask for the same."""
        return {}

    @cached_property
    def quoted(self) -> dict[Find, Evidence]:
        """What was quoted before."""
        return {}

    @cached_property
    def spreads(self) -> dict[Hashable, dict[Spot, float]]:
        """Where entities were found before, by their ids and within which words."""
        return {}

    @cached_property
    def presences(self) -> dict[Hashable, float]:
        """How present they were found to be there."""
        return {}

    def zone_of(self, spot: Spot) -> str:
        """The zone that a spot is in."""
        if spot.first < self.border:
            return self.zone or "title"
        return "lead" if spot.first < self.lead_end else "body"

    def _place(self, spot: Spot) -> tuple[str, int, int]:
        """The zone that a spot is in, and where it begins and ends in the original text."""
        if spot not in self._placed:
            self._placed[spot] = self._work_out(spot)
        return self._placed[spot]

    @cached_property
    def _placed(self) -> dict[Spot, tuple[str, int, int]]:
        return {}  # several rules quote the same

    def _work_out(self, spot: Spot) -> tuple[str, int, int]:
        if spot.first < self.border:
            return (self.zone_of(spot), *self.title.span(*spot))
        return (self.zone_of(spot), *self.text.span(spot.first - self.border - 1, spot.last - self.border - 1))


def text_of(article: Article) -> str:
    """The best text there is of an article."""
    return article.text or article.content or article.summary


def build_finder(patterns: Mapping[str, int]) -> Finder:
    """Make patterns ready to be looked for, all at once."""
    words: dict[str, int | Opening] = {}
    runs: list[str] = []
    begun: list[str] = []
    for written, pattern in patterns.items():
        if written.endswith("*"):
            begun.append(written)
        elif " " in written:
            runs.append(written)
        else:
            words[written] = pattern
    for written in runs:
        first, second, *rest = written.split(" ")
        opening = words.get(first)
        if not isinstance(opening, Opening):
            opening = words[first] = Opening(opening, {})
        opening.runs[second] = (*opening.runs.get(second, ()), (tuple(rest), patterns[written]))
    automaton = AhoCorasick([f" {written[:-1]}" for written in begun])
    more = tuple(written.count(" ") for written in begun)
    return Finder(words, automaton, tuple(patterns[written] for written in begun), more)


def search(reading: Reading, finder: Finder) -> None:
    """Note in a reading where each pattern stands in it."""
    tokens = reading.tokens
    places: dict[int, list[int]] = {}
    spots: dict[int, list[Spot]] = {}
    for first, entry in enumerate(map(finder.words.get, tokens)):
        if entry is None:
            continue
        if isinstance(entry, int):
            places.setdefault(entry, []).append(first)
            continue
        if entry.pattern is not None:
            places.setdefault(entry.pattern, []).append(first)
        for rest, run in entry.runs.get(tokens[first + 1], ()) if first + 1 < len(tokens) else ():
            last = first + 1 + len(rest)
            if tokens[first + 2 : last + 1] == rest:
                spots.setdefault(run, []).append(Spot(first, last))
    for begun, spot in _search_begun(tokens, finder):
        spots.setdefault(begun, []).append(spot)
    reading.hits.update(places)
    reading.hits.update(spots)


def _search_begun(tokens: tuple[str, ...], finder: Finder) -> Iterator[tuple[int, Spot]]:
    # Each word after a space, so that patterns are found at the beginnings of words only.
    haystack = f" {' '.join(tokens)}"
    found = finder.automaton.find_matches_as_indexes(haystack, overlapping=True)
    if not found:
        return
    starts = list(accumulate(map(add, map(len, tokens), repeat(1)), initial=1))
    for pattern, start, _ in found:
        first = bisect_right(starts, start + 1) - 1
        yield finder.begun[pattern], Spot(first, first + finder.more[pattern])


def read_field(article: Article, name: str) -> Reading:
    """Read a short text of an article – its address, its authors – by itself."""
    value = article.url if name == "url" else ", ".join(article.authors)
    return Reading(article, words(value), words(""), zone=name)


def _locate(mentions: Iterable[Mention]) -> dict[Spot, float]:
    located: dict[Spot, float] = {}
    for first, last, confidence in sorted(mentions):
        spot = Spot(first, last)
        located[spot] = max(confidence, located.get(spot, 0.0))
    return located


def _in_a_row(runs: list[list[Spot]]) -> list[Spot]:
    """The stretches in which one spot of each list follows right upon one of the list before."""
    reached = runs[0]
    for spots in runs[1:]:
        firsts = {spot.first: spot.last for spot in spots}
        reached = [Spot(spot.first, firsts[spot.last + 1]) for spot in reached if spot.last + 1 in firsts]
    return reached


def _search(needle: Needle, within: tuple[str, ...]) -> list[Spot]:
    """Look for a needle that no finder knows."""
    run, last = list(needle.words), len(needle.words) - 1
    found = []
    for first in range(len(within) - last):
        piece = list(within[first : first + last + 1])
        if needle.prefix:
            piece[last] = piece[last][: len(run[last])]
        if piece == run:
            found.append(Spot(first, first + last))
    return found

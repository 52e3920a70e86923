"""An article becomes a reading: its words, and where in them everything that anybody asks for stands."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from monitor.model import Article, Needle
from monitor.think.language import Words, tokens, words
from monitor.think.lexicon import Mention, Mentions
from monitor.think.needles import words_of
from monitor.think.spelling import Languages
from monitor.think.tree import AtLeast, Or, Phrase, Prefix, Query, Word
from monitor.think.wordbook import Hits, Spot

IN_TITLE, IN_LEAD, IN_BODY = 1, 2, 4  # places of a name; the lead is in the body
_BORDER = "\n"  # between title and text: no word, so that no run of words crosses it


# Of each leaf the patterns that say what it asks for, and where each counts.
Spelled = Mapping[Word | Phrase | Prefix, Mapping[int, Languages]]


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


class Layout(NamedTuple):
    """Where the parts of an article that are weighed begin and end."""

    border: int
    lead: int  # the first word after what counts as the lead
    end: int
    stretches: int
    size: float  # of a stretch, in words


Touch = dict[float, int]  # by how surely something is meant: the parts of an article that it stands in, a bit each


Place = tuple[Spot, str]  # where something was found, and what it is called


class Quote(NamedTuple):
    """What the original text says, and where."""

    zone: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Reading:
    """An article, or one short text of it, read for what rules ask. Words are numbered through title, border, text."""

    article: Article
    title: Words
    text: Words
    zone: str = ""  # the field that is read as the title, when it is not an article's title
    spelled: Spelled | None = None  # none: words are looked for as written
    choices: Mapping[int, Choice] = field(default_factory=dict)  # by the identity of their trees
    groups: Mapping[str, Sequence[frozenset[str]]] = field(default_factory=dict)  # that rules name, of each entity
    topics: set[str] = field(default_factory=set)  # that the article is known to match, in lower case
    hits: Hits = field(default_factory=dict)
    mentions: Mentions = field(default_factory=dict)
    # What was worked out before, for other rules that ask for the same.
    found: dict[Hashable, list[Find]] = field(default_factory=dict)
    places: dict[int, list[Place]] = field(default_factory=dict)  # by the identity of a signal's tree
    spreads: dict[Hashable, dict[Spot, float]] = field(default_factory=dict)
    presences: dict[int, float] = field(default_factory=dict)  # by the identity of a signal's tree
    touches: dict[Hashable, Touch] = field(default_factory=dict)  # by an entity, or by several
    layout: list[Layout] = field(default_factory=list)  # once it is known
    _named: dict[str, dict[Spot, float]] = field(default_factory=dict)
    _spots: dict[Word | Phrase | Prefix, list[Spot]] = field(default_factory=dict)
    _starts: dict[Word, list[int]] = field(default_factory=dict)
    _placed: dict[Spot, Quote] = field(default_factory=dict)
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

    @cached_property
    def met(self) -> Mapping[frozenset[str], Sequence[str]]:
        """Of each group of entities those that are named."""
        met: dict[frozenset[str], list[str]] = {}
        for id_ in self.mentions:
            for group in self.groups.get(id_, ()):
                met.setdefault(group, []).append(id_)
        return met

    @property
    def names(self) -> dict[str, int]:
        """The entities that are named, each with the places in which it is, a bit each."""
        return {id_: self._places(mentions) for id_, mentions in self.mentions.items()}

    def _places(self, mentions: Iterable[Mention]) -> int:
        places = 0
        for first, last, _ in mentions:
            in_lead = IN_LEAD if last < self.lead_end else 0
            places |= IN_TITLE if first < self.border else IN_BODY | in_lead
        return places

    def named(self, entity: str) -> dict[Spot, float]:
        """Where an entity is named, in order, and how surely it is meant there."""
        if entity not in self._named:
            self._named[entity] = _locate(self.mentions.get(entity, ()))
        return self._named[entity]

    def spots(self, leaf: Word | Phrase | Prefix) -> list[Spot]:
        """Where a word, phrase or prefix stands, in order; all in the article's language."""
        spots = self._spots.get(leaf)
        if spots is None:
            spots = self._spots[leaf] = self._find(leaf)
        return spots

    def _find(self, leaf: Word | Phrase | Prefix) -> list[Spot]:
        if self.spelled is None:
            run = (leaf.token,) if isinstance(leaf, Word) else leaf.words
            return _search(Needle(run, prefix=isinstance(leaf, Prefix)), self.tokens)
        if isinstance(leaf, Phrase) and not leaf.exact:
            return _in_a_row([self.spots(word) for word in words_of(leaf)])
        return sorted(spot for pattern in self._meant(self.spelled[leaf]) for spot in self.look(pattern))

    def starts(self, word: Word) -> list[int]:
        """The numbers of the words that say this one, in order; none where more than a look is needed to know."""
        if self.spelled is None or word.exact:
            return []
        starts = self._starts.get(word)
        if starts is None:
            held = [place for pattern in self._meant(self.spelled[word]) for place in self.hits[pattern]]
            single = [place for place in held if isinstance(place, int)]
            starts = self._starts[word] = sorted(single) if len(single) == len(held) else []
        return starts

    def _meant(self, spelled: Mapping[int, Languages]) -> list[int]:
        """The patterns that stand in the article, and count in its language."""
        language = self.article.language
        there = self.hits.keys() & spelled.keys()
        return [each for each in there if (counts := spelled[each]) is None or not language or language in counts]

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

    def written(self, spots: Iterable[Spot], exact: str) -> list[Spot]:
        """The spots at which the original text says exactly this, but for how many spaces part its words."""
        first = exact.partition(" ")[0]
        if first not in self.text.text and first not in self.title.text:
            return []  # soon seen, and so with most: "US" where an article says "us"
        return [spot for spot in spots if " ".join(self.place(spot).text.split()) == exact]

    def zone_of(self, spot: Spot) -> str:
        """The zone that a spot is in."""
        if spot.first < self.border:
            return self.zone or "title"
        return "lead" if spot.first < self.lead_end else "body"

    def place(self, spot: Spot) -> Quote:
        """What stands at a spot in the original text."""
        if spot not in self._placed:
            self._placed[spot] = self._work_out(spot)
        return self._placed[spot]

    def _work_out(self, spot: Spot) -> Quote:
        words, before = (self.title, 0) if spot.first < self.border else (self.text, self.border + 1)
        start, end = words.span(spot.first - before, spot.last - before)
        return Quote(self.zone_of(spot), start, end, words.text[start:end])


def text_of(article: Article) -> str:
    """The best text there is of an article."""
    return article.text or article.content or article.summary


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

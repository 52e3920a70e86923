"""A query's tree and a reading become what was found for it, or nothing."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from monitor.host import host_of
from monitor.model import Article, Evidence
from monitor.think.evidence import ENOUGH, Found, settle_evidence
from monitor.think.reading import Find, Reading, read_field
from monitor.think.tree import (
    STRINGS,
    And,
    AtLeast,
    Boost,
    EntityRef,
    Field,
    Near,
    Not,
    Or,
    Part,
    Phrase,
    Prefix,
    Query,
    Range,
    Value,
    Word,
)
from monitor.think.wordbook import Spot

END = 1 << 60  # beyond the last word of any text
_FIRST = itemgetter(0)


class Scope(NamedTuple):
    """Which words count, from `first` until before `last`, and how much what is found weighs."""

    first: int = 0
    last: int = END
    weight: float = 1.0

    def keep(self, spots: Iterable[Spot]) -> list[Spot]:
        """The spots that lie within."""
        if self.first == 0 and self.last == END:
            return list(spots)
        return [spot for spot in spots if spot.first >= self.first and spot.last < self.last]


ANYWHERE = Scope()


def find(tree: Query, reading: Reading, scope: Scope = ANYWHERE) -> Found | None:
    """All that speaks for a query; None when it does not hold."""
    return _FINDERS[type(tree)](tree, reading, scope)


def locate(part: Part, reading: Reading, scope: Scope) -> list[Spot]:
    """Where a word, phrase, prefix or entity stands."""
    if isinstance(part, EntityRef):
        return sorted(spread(part, reading, scope))
    spots = scope.keep(reading.spots(part))
    if isinstance(part, Prefix) or not part.exact:
        return spots
    return reading.written(spots, part.exact)


def spread(ref: EntityRef, reading: Reading, scope: Scope) -> Mapping[Spot, float]:
    """Where any of some entities is named, and how surely it is meant there."""
    known = (ref.members, scope.first, scope.last)
    spots = reading.spreads.get(known)
    if spots is None:
        reading.spreads[known] = spots = _spread(ref, reading, scope)
    return spots


def _spread(ref: EntityRef, reading: Reading, scope: Scope) -> dict[Spot, float]:
    spots: dict[Spot, float] = {}
    for id_ in reading.met.get(ref.members, ()):
        for spot, sure in reading.named(id_).items():
            if scope.first <= spot.first and spot.last < scope.last and sure > spots.get(spot, 0.0):
                spots[spot] = sure
    return spots


def narrow_scope(name: str, reading: Reading, scope: Scope) -> Scope:
    """The scope within title, lead or body (which begins with the lead)."""
    if name == "title":
        return Scope(scope.first, reading.border, scope.weight)
    last = reading.lead_end if name == "lead" else scope.last
    return Scope(reading.border + 1, last, scope.weight)


def _spare(spots: list[Spot], reading: Reading) -> Iterator[Spot]:
    """The first few spots of each zone."""
    if len(spots) <= ENOUGH:
        yield from spots
        return
    counts = [0, 0, 0]
    for spot in spots:
        zone = 0 if spot.first < reading.border else 1 if spot.first < reading.lead_end else 2
        counts[zone] += 1
        if counts[zone] <= ENOUGH:
            yield spot


def _find_words(leaf: Word | Phrase | Prefix, reading: Reading, scope: Scope) -> Found | None:
    known = (leaf, leaf.label, scope)
    found = reading.found.get(known)
    if found is None:
        spots = _spare(locate(leaf, reading, scope), reading)
        found = reading.found[known] = [Find(spot, leaf.label, scope.weight) for spot in spots]
    return found or None


def _find_entities(leaf: EntityRef, reading: Reading, scope: Scope) -> Found | None:
    named = reading.met.get(leaf.members)
    if not named:
        return None
    known = (leaf.members, scope)
    found = reading.found.get(known)
    if found is None:
        found = reading.found[known] = [find for id_ in named for find in _find_entity(id_, reading, scope)]
    return found or None


def _find_entity(id_: str, reading: Reading, scope: Scope) -> list[Find]:
    known = (id_, scope)
    found = reading.found.get(known)
    if found is None:
        named = reading.named(id_)
        spots = _spare(scope.keep(named), reading)
        found = reading.found[known] = [Find(spot, id_, scope.weight * named[spot]) for spot in spots]
    return found


def _find_near(leaf: Near, reading: Reading, scope: Scope) -> Found | None:
    return [Find(spot, leaf.label, scope.weight) for spot in _spare(near(leaf, reading, scope), reading)] or None


def near(leaf: Near, reading: Reading, scope: Scope) -> list[Spot]:
    """The stretches in which all parts are near each other, title and text apart: they are not near each other."""
    stretches = _between(leaf, reading, scope)
    if stretches is None:
        parts = [locate(part, reading, scope) for part in leaf.parts]
        stretches = _stretches(parts, leaf.distance, reading.border) if all(parts) else []
    found: list[Spot] = []
    reached = -1
    for stretch in sorted(stretches, key=_FIRST):
        if stretch.first > reached:
            reached = stretch.last
            found.append(stretch)
    return found


def _between(leaf: Near, reading: Reading, scope: Scope) -> list[Spot] | None:
    """As `_stretches`, for two words in any place, which is what is asked most; None for all else."""
    if len(leaf.parts) != 2 or scope.first or scope.last != END:
        return None
    one, other = leaf.parts
    if not (isinstance(one, Word) and isinstance(other, Word)):
        return None
    ones, others = reading.starts(one), reading.starts(other)
    if not ones or not others:
        return None
    reach, border = leaf.distance + 1, reading.border
    return [
        Spot(first, behind[place])
        for before, behind in ((ones, others), (others, ones))
        for first in before
        if (place := bisect_right(behind, first)) < len(behind)
        and behind[place] <= (min(first + reach, border) if first < border else first + reach)
    ]


def _stretches(parts: Sequence[list[Spot]], distance: int, border: int) -> list[Spot]:
    """The stretch that begins with each spot which has one of each other part near behind it."""
    found = []
    for index, spots in enumerate(parts):
        others = [*parts[:index], *parts[index + 1 :]]
        for first in spots:
            until = first.last + 1 + distance
            chosen = _choose(others, [first], min(until, border) if first.first < border else until)
            if chosen:
                found.append(Spot(first.first, max(spot.last for spot in chosen)))
    return found


def _choose(parts: Sequence[list[Spot]], chosen: list[Spot], until: int) -> list[Spot] | None:
    """One spot of each part, all after the first one chosen and begun by `until`, and none within another."""
    if not parts:
        return chosen
    spots = parts[0]
    for place in range(bisect_left(spots, (chosen[0].last + 1,)), len(spots)):
        spot = spots[place]
        if spot.first > until:
            return None
        if all(spot.first > other.last or spot.last < other.first for other in chosen):
            complete = _choose(parts[1:], [*chosen, spot], until)
            if complete:
                return complete
    return None


def _find_field(tree: Field, reading: Reading, scope: Scope) -> Found | None:
    if tree.name not in STRINGS:
        return find(tree.child, reading, narrow_scope(tree.name, reading, scope))
    apart = read_field(reading.article, tree.name)
    found = find(tree.child, apart, Scope(weight=scope.weight))
    return None if found is None else list(settle_evidence(found, apart))


def _find_value(leaf: Value, reading: Reading, scope: Scope) -> Found | None:
    values = dict(values_of(reading.article, leaf.name, reading.topics))
    if leaf.prefix:
        held = [written for value, written in values.items() if value.startswith(leaf.value)]
    else:
        held = [values[leaf.value]] if leaf.value in values else []
    return [Evidence(leaf.label, leaf.name, 0, len(each), each, scope.weight) for each in held] or None


def values_of(article: Article, name: str, topics: Iterable[str] = ()) -> Iterator[tuple[str, str]]:
    """The values of a field, each as it is compared and as it is written."""
    if name == "site":
        yield from _sites(article)
        return
    values: dict[str, tuple[str, ...]] = {
        "feed": article.feeds,
        "lang": (article.language,),
        "topic": tuple(topics),
        "story": () if article.story_id is None else (str(article.story_id),),
        "tag": article.tags,
        "country": article.countries,
        "kind": article.kinds,
    }
    for value in values[name]:
        if value:
            yield value.casefold(), value


def _sites(article: Article) -> Iterator[tuple[str, str]]:
    """The site's name, its host, and every domain that the host is in."""
    if article.site:
        yield article.site.casefold().removeprefix("www."), article.site
    host = host_of(article.url)
    while host:
        yield host, host
        host = host.partition(".")[2]


def _find_range(leaf: Range, reading: Reading, scope: Scope) -> Found | None:
    published = reading.article.published_at
    if published is None or (leaf.low and published < leaf.low) or (leaf.high and published >= leaf.high):
        return None
    written = published.isoformat()
    return [Evidence(leaf.label, "published", 0, len(written), written, scope.weight)]


def _find_and(tree: And, reading: Reading, scope: Scope) -> Found | None:
    # Where all the words are there, nearness fails most often.
    nears = []
    for child in tree.children:
        if type(child) is Near:
            held = _find_near(child, reading, scope)
            if held is None:
                return None
            nears.append(held)
    tried = iter(nears)
    found: list[Find | Evidence] = []
    for child in tree.children:
        held = next(tried) if type(child) is Near else find(child, reading, scope)
        if held is None:
            return None
        found += held
    return found


def _find_or(tree: Or, reading: Reading, scope: Scope) -> Found | None:
    return _find_some(tree, 1, reading, scope)


def _find_at_least(tree: AtLeast, reading: Reading, scope: Scope) -> Found | None:
    return _find_some(tree, tree.count, reading, scope)


def _find_some(tree: Or | AtLeast, count: int, reading: Reading, scope: Scope) -> Found | None:
    held = [found for child in reading.worthy(tree) if (found := find(child, reading, scope)) is not None]
    return [each for found in held for each in found] if len(held) >= count else None


def _find_not(tree: Not, reading: Reading, scope: Scope) -> Found | None:
    return [] if find(tree.child, reading, scope) is None else None


def _find_boost(tree: Boost, reading: Reading, scope: Scope) -> Found | None:
    return find(tree.child, reading, scope._replace(weight=scope.weight * tree.factor))


_FINDERS: dict[type, Callable[[Any, Reading, Scope], Found | None]] = {
    Word: _find_words,
    Phrase: _find_words,
    Prefix: _find_words,
    EntityRef: _find_entities,
    Near: _find_near,
    Field: _find_field,
    Value: _find_value,
    Range: _find_range,
    And: _find_and,
    Or: _find_or,
    Not: _find_not,
    AtLeast: _find_at_least,
    Boost: _find_boost,
}

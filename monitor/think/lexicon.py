"""The names of entities, in all their forms, become patterns; the patterns found in an article become mentions."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from monitor.model import Entity
from monitor.think.book import NO_BOOK, Book, Owner, digest_of
from monitor.think.entities import WORDS, Entities
from monitor.think.language import indexable, script_of
from monitor.think.spelling import Speller
from monitor.think.wordbook import Spot, write

# What the names of an event are made of stays named: Trump and Putin in "Trump-Putin summit".
_OPEN = frozenset({"event", "agreement"})


class Mention(NamedTuple):
    """Where an entity is named, from its first word to its last, and how surely it is meant."""

    first: int
    last: int
    confidence: float


Mentions = dict[str, list[Mention]]  # by the id of the entity
Look = Callable[[int], list[Spot]]  # where a pattern stands
Written = Callable[[Iterable[Spot], str], list[Spot]]  # at which of some spots the original text says exactly that
_MOST = 100_000  # claims that are remembered


@dataclass(frozen=True, slots=True)
class _Needs:
    ids: frozenset[str]
    patterns: frozenset[int]


class _Claim(NamedTuple):
    """What a pattern says in articles of some language."""

    id: str
    kind: str
    confidence: float
    exact: str
    doubtful: bool  # unless what it needs is there
    excluded: frozenset[int]


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """All names of all entities, as numbered patterns."""

    groups: Sequence[tuple[Owner, ...]]
    languages: Mapping[str, frozenset[str]]
    excluded: Mapping[str, frozenset[int]]  # by the id of the entity: patterns in which its name means something else
    needs: Mapping[str, _Needs]
    claims: dict[tuple[int, str], tuple[_Claim, ...]] = field(default_factory=dict)  # worked out when first needed


def write_book(entities: Iterable[Entity], speller: Speller, base: Book = NO_BOOK) -> Book:
    """Write down the names of the entities that are not in `base` already, beside those that are."""
    languages, digests = dict(base.languages), dict(base.digests)
    owners: dict[str, list[Owner]] = {}
    for entity in entities:
        if entity.id in base.digests:
            continue
        languages[entity.id] = frozenset(name.language for name in entity.names)
        digests[entity.id] = digest_of(entity)
        for run, owner in _owners(entity, speller):
            owners.setdefault(run, []).append(owner)
    if not owners:
        return base
    groups: dict[tuple[Owner, ...], int] = {}
    first = len(base.groups)
    runs = ((run, groups.setdefault(tuple(owned), first + len(groups))) for run, owned in owners.items())
    words = write(runs, base.words)
    return Book((*base.groups, *groups), words, languages, digests)


def compile_lexicon(entities: Entities, book: Book, number: Callable[[str], int]) -> Lexicon:
    """Number what else must be looked for to know the entities."""
    excluded: dict[str, frozenset[int]] = {}
    needs: dict[str, _Needs] = {}
    for entity in entities.by_id.values():
        if entity.excluded:
            excluded[entity.id] = frozenset(number(indexable(phrase)) for phrase in entity.excluded)
        if entity.needs:
            ids = frozenset(id_ for need in entity.needs for id_ in entities.find(need))
            others = frozenset(number(indexable(need)) for need in entity.needs if not entities.find(need))
            needs[entity.id] = _Needs(ids - {entity.id}, others)
    return Lexicon(book.groups, book.languages, excluded, needs)


def _owners(entity: Entity, speller: Speller) -> Iterator[tuple[str, Owner]]:
    """The patterns of an entity; what is written says how sure it is, before what is made of another name."""
    languages = frozenset(name.language for name in entity.names)
    written: dict[str, dict[str, Owner]] = {language: {} for language in languages}
    made: dict[str, dict[str, Owner]] = {language: {} for language in languages}
    for name in entity.names:
        exact, plain = name.text * name.exact, name.text.isascii()
        owner = Owner(entity.id, entity.kind, name.language, name.confidence, exact, plain)
        first, *others = speller.runs(name, entity.kind)
        _claim([first], owner, written[name.language])
        _claim(others, owner, made[name.language])
    for language in languages:
        yield from (made[language] | written[language]).items()


def _claim(runs: Sequence[str], owner: Owner, claimed: dict[str, Owner]) -> None:
    for run in runs:
        if claimed.setdefault(run, owner).confidence > owner.confidence:
            claimed[run] = owner


def find_mentions(patterns: Iterable[int], look: Look, written: Written, language: str, lexicon: Lexicon) -> Mentions:
    """Tell which names mean their entities: those not excluded, not part of a longer name, and with what they need.

    `patterns` are all that were found in an article in `language`.
    """
    found = frozenset(patterns)
    sure: Mentions = {}
    unsure: Mentions = {}
    kinds: dict[str, str] = {}
    names = len(lexicon.groups)
    for pattern in [pattern for pattern in found if pattern < names]:
        claims = lexicon.claims.get((pattern, language))
        if claims is None:
            claims = _claims(pattern, language, lexicon)
        spots = look(pattern) if claims else []
        for id_, kind, confidence, exact, doubtful, excluded in claims:
            kinds[id_] = kind
            meant = written(spots, exact) if exact else spots
            if meant and not excluded.isdisjoint(found):
                meant = _spare(meant, [spot for each in excluded & found for spot in look(each)])
            if meant:
                mentions = [Mention(first, last, confidence) for first, last in meant]
                (unsure if doubtful else sure).setdefault(id_, []).extend(mentions)
    if unsure:
        known = _drop_nested(sure, kinds).keys()
        for id_, mentions in unsure.items():
            needs = lexicon.needs[id_]
            if not needs.ids.isdisjoint(known) or not needs.patterns.isdisjoint(found):
                sure.setdefault(id_, []).extend(mentions)
    return _drop_nested(sure, kinds)


def _claims(pattern: int, language: str, lexicon: Lexicon) -> tuple[_Claim, ...]:
    """Whose names a pattern is in a language."""
    if len(lexicon.claims) > _MOST:  # there are a few languages, but articles may say anything
        lexicon.claims.clear()
    claims = lexicon.claims[pattern, language] = tuple(
        _Claim(
            owner.id,
            owner.kind,
            owner.confidence,
            owner.exact,
            owner.confidence < 1 and owner.id in lexicon.needs,
            lexicon.excluded.get(owner.id, frozenset()),
        )
        for owner in lexicon.groups[pattern]
        if is_looked_for(owner, language, lexicon.languages[owner.id])
    )
    return claims


def _spare(spots: list[Spot], barred: list[Spot]) -> list[Spot]:
    """The spots that lie apart from those in which a name means something else."""
    return [
        spot for spot in spots if not any(spot.first <= other.last and other.first <= spot.last for other in barred)
    ]


def is_looked_for(owner: Owner, language: str, known: frozenset[str]) -> bool:
    """Whether a name counts in a language: a word of one is often another word in the next."""
    if owner.language == language or not language:
        return True
    if owner.kind == WORDS:
        return False
    if not _are_both_latin(owner.language, language):
        return True  # quoted in its own letters, or in those of a neighbour
    return owner.confidence == 1 and owner.plain and (owner.language == "en" or language not in known)


@lru_cache(1_000)
def _are_both_latin(one: str, other: str) -> bool:
    return script_of(one) == script_of(other) == "latin"


def _drop_nested(mentions: Mentions, kinds: Mapping[str, str]) -> Mentions:
    """Let the longest name win: "Black Sea" is not meant where "Black Sea Fleet" is named."""
    spans: dict[tuple[int, int], bool] = {}
    for id_, named in mentions.items():
        if kinds[id_] != WORDS:
            for mention in named:
                spans[mention[:2]] = spans.get(mention[:2], True) and kinds[id_] in _OPEN
    nested = set()
    reached = -1
    for span in sorted(spans, key=lambda span: (span[0], -span[1])):
        if span[1] <= reached:
            nested.add(span)
        elif not spans[span]:
            reached = span[1]
    if not nested:
        return mentions
    kept = {
        id_: [each for each in named if each[:2] not in nested] if kinds[id_] != WORDS else named
        for id_, named in mentions.items()
    }
    return {id_: named for id_, named in kept.items() if named}

"""Entities become a lookup by what queries call them; the names that stand in an article become mentions."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple

from monitor.model import Entity, Needle
from monitor.think.language import tokens


@dataclass(frozen=True, slots=True, eq=False)
class Entities:
    """Entities, and the ids that each id, group or Wikidata id (all in lower case) stands for."""

    by_id: Mapping[str, Entity]
    ids: Mapping[str, tuple[str, ...]]

    def find(self, ref: str) -> tuple[str, ...]:
        """The ids of the entities that `ref` stands for; none when it is unknown."""
        return self.ids.get(ref.lower(), ())

    def suggest(self, ref: str) -> list[str]:
        """Known names most like an unknown one, best first."""
        return get_close_matches(ref.lower(), self.ids, n=3, cutoff=0.6)


def index_entities(entities: Iterable[Entity]) -> Entities:
    """Make entities known by id, group and Wikidata id."""
    by_id = {entity.id: entity for entity in entities}
    ids: dict[str, set[str]] = {}
    for entity in by_id.values():
        for ref in (entity.id, entity.qid, *entity.groups):
            if ref:
                ids.setdefault(ref.lower(), set()).add(entity.id)
    return Entities(by_id, {ref: tuple(sorted(known)) for ref, known in ids.items()})


def spell_names(entity: Entity) -> frozenset[Needle]:
    """The runs of words by which an entity is called."""
    return frozenset(Needle(run) for name in entity.names if (run := tokens(name.text)))


class Mention(NamedTuple):
    """Where an entity is named, and how surely it is meant."""

    start: int
    end: int
    confidence: float


Hits = Mapping[int, list[tuple[int, int]]]  # where each pattern stands
Mentions = dict[str, list[Mention]]  # by the id of the entity


@dataclass(frozen=True, slots=True)
class _Needs:
    ids: frozenset[str]
    patterns: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """All names of all entities, as patterns of an automaton."""

    names: Mapping[int, tuple[tuple[str, float], ...]]  # whose name a pattern is, and how surely
    excluded: Mapping[str, tuple[int, ...]]
    needs: Mapping[str, _Needs]


def compile_lexicon(entities: Entities, number: Callable[[Needle], int]) -> Lexicon:
    """Number all that must be looked for to know the entities."""
    names: dict[int, dict[str, float]] = {}
    excluded: dict[str, tuple[int, ...]] = {}
    needs: dict[str, _Needs] = {}
    for entity in entities.by_id.values():
        for name in entity.names:
            if run := tokens(name.text):
                owners = names.setdefault(number(Needle(run)), {})
                owners[entity.id] = max(name.confidence, owners.get(entity.id, 0.0))
        if entity.excluded:
            excluded[entity.id] = tuple(number(Needle(tokens(phrase))) for phrase in entity.excluded)
        if entity.needs:
            ids = frozenset(id_ for need in entity.needs for id_ in entities.find(need))
            runs = (tokens(need) for need in entity.needs if not entities.find(need))
            needs[entity.id] = _Needs(ids - {entity.id}, tuple(number(Needle(run)) for run in runs))
    return Lexicon({pattern: tuple(owners.items()) for pattern, owners in names.items()}, excluded, needs)


def find_mentions(hits: Hits, lexicon: Lexicon) -> Mentions:
    """Tell which names mean their entities: those not excluded, not part of a longer name, and with what they need."""
    sure: Mentions = {}
    unsure: Mentions = {}
    for pattern in hits.keys() & lexicon.names.keys():
        for id_, confidence in lexicon.names[pattern]:
            into = unsure if confidence < 1 and id_ in lexicon.needs else sure
            for start, end in hits[pattern]:
                if not _is_excluded(start, end, hits, lexicon.excluded.get(id_, ())):
                    into.setdefault(id_, []).append(Mention(start, end, confidence))
    if unsure:
        known = _drop_nested(sure).keys()
        for id_, mentions in unsure.items():
            needs = lexicon.needs[id_]
            if not needs.ids.isdisjoint(known) or not hits.keys().isdisjoint(needs.patterns):
                sure.setdefault(id_, []).extend(mentions)
    return _drop_nested(sure)


def _is_excluded(start: int, end: int, hits: Hits, phrases: tuple[int, ...]) -> bool:
    return any(a < end and start < b for phrase in phrases for a, b in hits.get(phrase, ()))


def _drop_nested(mentions: Mentions) -> Mentions:
    """Let the longest name win: "Black Sea" is not meant where "Black Sea Fleet" is named."""
    spans = {(mention.start, mention.end) for named in mentions.values() for mention in named}
    nested = set()
    reached = -1
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if end <= reached:
            nested.add((start, end))
        reached = max(reached, end)
    if not nested:
        return mentions
    kept = {id_: [each for each in named if each[:2] not in nested] for id_, named in mentions.items()}
    return {id_: named for id_, named in kept.items() if named}

"""Topics become one compiled book of rules; an article and the book become matches, with their evidence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from hashlib import sha256

from monitor.errors import QueryError
from monitor.model import Article, Evidence, Match, Topic
from monitor.think.entities import Entities
from monitor.think.evidence import settle_evidence, settle_strongest
from monitor.think.keys import Index, candidates, index_trees
from monitor.think.language import words
from monitor.think.lexicon import find_mentions
from monitor.think.match_eval import find
from monitor.think.query import parse
from monitor.think.reading import Find, Place, Reading, text_of
from monitor.think.score import Weighed, most, score, worth
from monitor.think.tree import EntityRef, Query, Value, leaves_of
from monitor.think.wordbook import search

ROUNDING = 1e-5  # of the points


@dataclass(frozen=True, slots=True)
class _Draft:
    """What a topic's texts say."""

    tree: Query
    signals: tuple[Weighed, ...]

    @property
    def trees(self) -> tuple[Query, ...]:
        return (self.tree, *(signal.tree for signal in self.signals))


@dataclass(frozen=True, slots=True)
class Rule:
    """A topic, ready to be put to articles."""

    topic: Topic
    tree: Query
    signals: tuple[Weighed, ...]
    version: str  # digest of its query, its signals, the entities named in them, and the rules that it stands on


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """Rules, and what leads from an article to those that may hold for it."""

    rules: tuple[Rule, ...]  # each after those that it stands on
    order: tuple[int, ...]  # the rules in the order in which they were given
    ranks: tuple[int, ...]  # the place of each rule in that order
    index: Index


def compile_topics(topics: Iterable[Topic], entities: Entities) -> Compiled:
    """Make one book of all topics; raise QueryError, naming the topic, for a query that cannot be obeyed."""
    known = {topic.name.casefold(): topic for topic in topics}
    parsed: dict[str, Query] = {}
    drafts = {name: _draft(topic, entities, parsed) for name, topic in known.items()}
    below = {name: _stands_on(topic, drafts[name], known) for name, topic in known.items()}
    versions: dict[str, str] = {}
    written: dict[str, str] = {}
    rules = []
    for name in _sort(below):
        topic, draft = known[name], drafts[name]
        stands_on = sorted(versions[each] for each in below[name])
        versions[name] = _digest((draft, topic.threshold, topic.parent, stands_on), draft.trees, entities, written)
        rules.append(Rule(topic, draft.tree, draft.signals, versions[name]))
    places = {rule.topic.name.casefold(): place for place, rule in enumerate(rules)}
    return _compile(rules, tuple(places[name] for name in known), entities)


def compile_query(tree: Query, entities: Entities) -> Compiled:
    """Make a book of one query, to be put to many articles."""
    return _compile([Rule(Topic("", "", ""), tree, (), "")], (0,), entities)


def match(article: Article, compiled: Compiled) -> tuple[Match, ...]:
    """The topics that an article matches, in the order in which they were given, each with what speaks for it."""
    return match_reading(read(article, compiled), compiled)


def match_reading(reading: Reading, compiled: Compiled) -> tuple[Match, ...]:
    """The topics that match an article which was read for these rules."""
    matches: dict[int, Match] = {}
    for number in sorted(candidates(reading, compiled.index)):
        rule = compiled.rules[number]
        found = _try(rule, reading)
        if found is not None:
            matches[number] = found
            reading.topics.add(rule.topic.name.casefold())
    return tuple(matches[number] for number in sorted(matches, key=compiled.ranks.__getitem__))


def match_query(
    article: Article, compiled: Compiled, topics: frozenset[str] = frozenset()
) -> tuple[Evidence, ...] | None:
    """What speaks for a compiled query, None when it does not hold; `topics` are those the article is known for."""
    reading = read(article, compiled, topics)
    found = find(compiled.rules[0].tree, reading)
    return None if found is None else settle_evidence(found, reading)


def read(article: Article, compiled: Compiled, topics: Iterable[str] = ()) -> Reading:
    """Read an article once for all rules; `topics` are those it is known for."""
    index = compiled.index
    known = {topic.casefold() for topic in topics}
    reading = Reading(
        article,
        words(article.title),
        words(text_of(article)),
        spelled=index.spelled,
        choices=index.choices,
        groups=index.groups,
        topics=known,
    )
    reading.hits.update(search(reading.tokens, index.finder))
    reading.mentions.update(find_mentions(reading.hits, reading.look, reading.written, article.language, index.lexicon))
    return reading


def _try(rule: Rule, reading: Reading) -> Match | None:
    """Put one rule to a reading whose earlier rules were tried."""
    topic = rule.topic
    if topic.parent and topic.parent.casefold() not in reading.topics:
        return None
    if not rule.signals:
        found = find(rule.tree, reading)
        return None if found is None else _settle(rule, 1.0, settle_evidence(found, reading))
    signals = worth(rule.signals, reading)
    if most(signals) < topic.threshold - ROUNDING:
        return None
    tally = score(signals, reading)
    if tally.points < topic.threshold:
        return None
    found = find(rule.tree, reading)
    if found is None:
        return None
    brought = [(part.points, _places(signal.tree, reading)) for signal, part in tally.parts if part.points > 0]
    return _settle(rule, round(tally.points, 3), settle_strongest(found, brought, reading))


def _places(tree: Query, reading: Reading) -> list[Place]:
    """Where all stands that speaks for a signal."""
    places = reading.places.get(id(tree))
    if places is None:
        found = find(tree, reading) or ()
        places = reading.places[id(tree)] = [each[:2] for each in found if isinstance(each, Find)]
    return places


def _settle(rule: Rule, points: float, evidence: tuple[Evidence, ...]) -> Match:
    return Match(rule.topic.name, rule.version, rule.topic.severity, points, evidence)


def _compile(rules: list[Rule], order: tuple[int, ...], entities: Entities) -> Compiled:
    signals = [each.tree for rule in rules for each in rule.signals]
    ranks = tuple(sorted(range(len(order)), key=order.__getitem__))
    return Compiled(tuple(rules), order, ranks, index_trees([rule.tree for rule in rules], signals, entities))


def _draft(topic: Topic, entities: Entities, parsed: dict[str, Query]) -> _Draft:
    signals = (Weighed(_parse(topic, signal.query, entities, parsed), signal.weight) for signal in topic.signals)
    return _Draft(_parse(topic, topic.query, entities, parsed), tuple(signals))


def _parse(topic: Topic, query: str, entities: Entities, parsed: dict[str, Query]) -> Query:
    """Parse each query once: what many topics say is one tree, which is weighed once."""
    if query in parsed:
        return parsed[query]
    try:
        parsed[query] = parse(query, entities=entities)
        return parsed[query]
    except QueryError as error:
        raise QueryError(f"topic {topic.name}: {error}", position=error.position, hint=error.hint) from error


def _stands_on(topic: Topic, draft: _Draft, known: Mapping[str, Topic]) -> set[str]:
    """The topics that must be tried before a topic."""
    below = {topic.parent.casefold()} if topic.parent else set()
    for leaf in (leaf for tree in draft.trees for leaf in leaves_of(tree) if isinstance(leaf, Value)):
        if leaf.name == "story":
            raise QueryError(f"topic {topic.name}: story: can be asked of the archive only", hint="remove it")
        if leaf.name == "topic" and leaf.prefix:
            raise QueryError(f"topic {topic.name}: {leaf.label} needs the whole name", hint="topic:name")
        if leaf.name == "topic":
            below.add(leaf.value)
    # Not `below - known.keys()`: that walks through all that are known, for each topic.
    for name in [name for name in below if name not in known]:
        raise QueryError(f"topic {topic.name}: there is no topic {name!r}", hint=f"there are {', '.join(known)}")
    return below


def _sort(below: Mapping[str, set[str]]) -> Iterable[str]:
    try:
        return tuple(TopologicalSorter(below).static_order())
    except CycleError as error:
        ring = " > ".join(error.args[1])
        raise QueryError(f"topic {error.args[1][0]}: it asks for itself: {ring}", hint="break the ring") from error


def _digest(facts: object, trees: Iterable[Query], entities: Entities, written: dict[str, str]) -> str:
    """Tell rules apart by all that decides what they match, and not by how they are laid out.

    `written` keeps the digests of entities: many topics name the same.
    """
    ids = sorted({id_ for tree in trees for leaf in leaves_of(tree) if isinstance(leaf, EntityRef) for id_ in leaf.ids})
    for id_ in ids:
        if id_ not in written:
            written[id_] = entities.digest(id_)
    rule = f"({facts!r}, [{', '.join(written[id_] for id_ in ids)}])"
    return sha256(rule.encode("utf-8", "surrogatepass")).hexdigest()[:12]

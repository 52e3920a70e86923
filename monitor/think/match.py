"""Topics become one compiled book of rules; an article and the book become matches, with their evidence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from monitor.errors import QueryError
from monitor.model import Article, Evidence, Match, Topic
from monitor.think.entities import Entities, find_mentions
from monitor.think.keys import Index, candidates, index_trees
from monitor.think.language import words
from monitor.think.match_eval import find, settle_evidence
from monitor.think.query import parse
from monitor.think.reading import Reading, search, text_of
from monitor.think.tree import And, AtLeast, Boost, EntityRef, Not, Or, Query, Value, leaves_of


@dataclass(frozen=True, slots=True)
class Rule:
    """A topic, ready to be put to articles."""

    topic: Topic
    tree: Query
    version: str  # digest of its query and of the entities named in it


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """Rules, and what leads from an article to those that may hold for it."""

    rules: tuple[Rule, ...]
    index: Index


def compile_topics(topics: Iterable[Topic], entities: Entities) -> Compiled:
    """Make one book of all topics; raise QueryError, naming the topic, for a query that cannot be obeyed."""
    known = tuple(topics)
    trees = {topic.name.casefold(): _parse_topic(topic, entities) for topic in known}
    rules = []
    for topic in known:
        tree = _take_in(trees[topic.name.casefold()], trees, (topic.name.casefold(),))
        rules.append(Rule(topic, tree, _digest(tree, entities)))
    return _compile(rules, entities)


def compile_query(tree: Query, entities: Entities) -> Compiled:
    """Make a book of one query, to be put to many articles."""
    return _compile([Rule(Topic("", "", ""), tree, "")], entities)


def match(article: Article, compiled: Compiled) -> tuple[Match, ...]:
    """The topics that an article matches, in the order of the book, each with what speaks for it."""
    reading = read(article, compiled)
    matches = []
    for number in sorted(candidates(reading, compiled.index)):
        rule = compiled.rules[number]
        found = find(rule.tree, reading)
        if found is not None:
            evidence = settle_evidence(found, reading)
            matches.append(Match(rule.topic.name, rule.version, rule.topic.severity, 1.0, evidence))
    return tuple(matches)


def match_query(
    article: Article, compiled: Compiled, topics: frozenset[str] = frozenset()
) -> tuple[Evidence, ...] | None:
    """What speaks for a compiled query, None when it does not hold; `topics` are those the article is known for."""
    reading = read(article, compiled, topics)
    found = find(compiled.rules[0].tree, reading)
    return None if found is None else settle_evidence(found, reading)


def read(article: Article, compiled: Compiled, topics: frozenset[str] = frozenset()) -> Reading:
    """Read an article once for all rules."""
    title, text = words(article.title), words(text_of(article))
    index = compiled.index
    hits = search(title, text, index.automaton)
    mentions = find_mentions(hits, index.lexicon)
    return Reading(
        article, title, text, spelled=index.spelled, choices=index.choices, hits=hits, mentions=mentions, topics=topics
    )


def _compile(rules: list[Rule], entities: Entities) -> Compiled:
    return Compiled(tuple(rules), index_trees([rule.tree for rule in rules], entities))


def _parse_topic(topic: Topic, entities: Entities) -> Query:
    try:
        return parse(topic.query, entities=entities)
    except QueryError as error:
        raise QueryError(f"topic {topic.name}: {error}", position=error.position, hint=error.hint) from error


def _take_in(tree: Query, trees: Mapping[str, Query], path: tuple[str, ...]) -> Query:
    """Put the query of another topic in the place of its name; `path` leads here from the first topic."""
    if isinstance(tree, And | Or | AtLeast):
        return replace(tree, children=tuple(_take_in(child, trees, path) for child in tree.children))
    if isinstance(tree, Not | Boost):
        return replace(tree, child=_take_in(tree.child, trees, path))
    if not isinstance(tree, Value) or tree.name not in {"topic", "story"}:
        return tree
    if tree.name == "story":
        raise QueryError(f"topic {path[0]}: story: can be asked of the archive only", hint="remove it")
    if tree.prefix or tree.value not in trees:
        raise QueryError(f"topic {path[0]}: there is no topic {tree.value!r}", hint=f"there are {', '.join(trees)}")
    if tree.value in path:
        ring = " > ".join((*path, tree.value))
        raise QueryError(f"topic {path[0]}: it asks for itself: {ring}", hint="break the ring")
    return _take_in(trees[tree.value], trees, (*path, tree.value))


def _digest(tree: Query, entities: Entities) -> str:
    """Tell rules apart by all that decides what they match, and not by how they are laid out."""
    ids = sorted({id_ for leaf in leaves_of(tree) if isinstance(leaf, EntityRef) for id_ in leaf.ids})
    rule = repr((tree, [entities.by_id[id_] for id_ in ids]))
    return sha256(rule.encode("utf-8", "surrogatepass")).hexdigest()[:12]

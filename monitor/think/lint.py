"""Topics and entities become remarks: what in them adds nothing, can never be met, or is not proven by an example."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from monitor.model import Topic, TopicTest
from monitor.think.entities import Entities
from monitor.think.language import detect
from monitor.think.lint_entities import doubt_entities
from monitor.think.lint_query import doubt
from monitor.think.query import parse
from monitor.think.tree import STRINGS, TEXTS, EntityRef, Query, leaves_of
from monitor.think.write_query import write

_ZONES = tuple(f"{name}:" for name in (*TEXTS, *STRINGS))


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to look at again; nothing that keeps a topic from working."""

    kind: str  # implied, asked, form, shadowed, never, ignored, unused, ambiguous, short, unknown, examples
    topic: str  # empty where it is about an entity
    entity: str  # empty where it is about a topic
    term: str  # as written
    why: str
    place: str = ""  # file and line

    def __str__(self) -> str:
        about = f"topic {self.topic}" if self.topic else f"entity {self.entity}"
        place = f"{self.place}: " if self.place else ""
        return f"{place}{about}: {self.term}: {self.why}" if self.term else f"{place}{about}: {self.why}"


@dataclass(frozen=True, slots=True)
class Asked:
    """A query of a topic, and the line that it begins on."""

    text: str
    tree: Query
    line: int


def lint(topics: Sequence[Topic], entities: Entities) -> tuple[Remark, ...]:
    """All that is doubtful about topics that are free of faults, and about their entities."""
    named = {id_ for topic in topics for asked in queries_of(topic, entities) for id_ in entities_in(asked.tree)}
    doubts = doubt_entities(entities, sorted(named))
    remarks = (Remark(kind, "", entity, term, why) for entity, kind, term, why in doubts)
    return (*lint_topics(topics, entities), *remarks)


def lint_topics(topics: Iterable[Topic], entities: Entities) -> tuple[Remark, ...]:
    """All that is doubtful about some topics alone."""
    return tuple(remark for topic in topics for remark in _remark_on(topic, entities))


def queries_of(topic: Topic, entities: Entities) -> Iterator[Asked]:
    """All that a topic asks, its signals included."""
    yield Asked(topic.query, parse(topic.query, entities=entities), topic.line)
    for signal in topic.signals:
        yield Asked(signal.query, parse(signal.query, entities=entities), signal.line)


def entities_in(tree: Query) -> frozenset[str]:
    """The ids of all entities that a query names."""
    return frozenset(id_ for leaf in leaves_of(tree) if isinstance(leaf, EntityRef) for id_ in leaf.ids)


def _remark_on(topic: Topic, entities: Entities) -> Iterator[Remark]:
    query, *signals = queries_of(topic, entities)
    for asked in (query, *signals):
        for kind, term, why in doubt(asked.tree, entities):
            # Of all that must hold, a signal brings what the least of it brings: there it may be meant so.
            if kind != "asked" or asked is query:
                yield Remark(kind, topic.name, "", term, why, _place(topic, _line_of(term, asked)))
    for place, asked in enumerate(signals):
        if asked.tree in [each.tree for each in signals[:place]]:
            yield Remark("implied", topic.name, "", write(asked.tree), "is a signal twice", _place(topic, asked.line))
    for why in _doubt_points(topic):
        yield Remark("never", topic.name, "", "", why, _place(topic, topic.line))
    for why in _doubt_examples(topic.tests):
        yield Remark("examples", topic.name, "", "", why, _place(topic, topic.line))


def _line_of(term: str, asked: Asked) -> int:
    """The line of a term, where only one place of the query can be meant; else that of the query."""
    bare = re.escape(term.partition(":")[2] if term.startswith(_ZONES) else term)
    places = [match.start() for match in re.finditer(rf"(?<!\w){bare}(?!\w)", asked.text)]
    return asked.line + (asked.text.count("\n", 0, places[0]) if len(places) == 1 else 0)


def _place(topic: Topic, line: int) -> str:
    return f"{topic.source}:{line}" if topic.source else ""


def _doubt_points(topic: Topic) -> Iterator[str]:
    """Signals that never bring enough, or always do."""
    weights = [signal.weight for signal in topic.signals]
    most = sum(weight for weight in weights if weight > 0)
    least = sum(weight for weight in weights if weight < 0)
    if most < topic.threshold:
        yield f"it can never match: its signals bring {most:g} points at most, and {topic.threshold:g} are needed"
    elif weights and least >= topic.threshold:
        yield f"its signals never decide: they bring {least:g} points at least, and {topic.threshold:g} are needed"


def _doubt_examples(tests: Sequence[TopicTest]) -> Iterator[str]:
    if not tests:
        yield "it has no example"
        return
    if not any(test.expected for test in tests):
        yield "it has no example of what it must flag"
    if all(test.expected for test in tests):
        yield "it has no example of what it must not flag"
    languages = _languages(tests)
    if len(languages) == 1:
        yield f"its examples are all in one language ({', '.join(languages)})"


def _languages(tests: Iterable[TopicTest]) -> frozenset[str]:
    told = (test.language or detect(f"{test.title}\n{test.text}") for test in tests)
    return frozenset(language for language in told if language)

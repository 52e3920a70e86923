"""The text of a topic pack becomes entities and topics, checked whole; packs and their examples become failures."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from monitor.errors import ConfigError, QueryError
from monitor.model import Article, Entity, Signal, Topic, TopicTest
from monitor.telling import SEVERITIES
from monitor.think.entities import Entities
from monitor.think.match import Compiled, match
from monitor.think.pack_entities import read_entity, read_words
from monitor.think.pack_sheet import Sheet, refuse_unknown, slug, table_at, tables_at, text_at, texts
from monitor.think.query import parse
from monitor.think.toml_lines import Path, line_of, locate_keys

MOST_POINTS = 100  # that one signal can bring
_HINT = "docs/topics.md tells how packs are written"


@dataclass(frozen=True, slots=True)
class Pack:
    """Topics, and the entities that they name."""

    name: str
    title: str
    source: str
    entities: tuple[Entity, ...]
    topics: tuple[Topic, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """An example of a topic that came out otherwise than it should."""

    topic: str
    number: int  # of the example, from 1
    text: str
    problem: str

    def __str__(self) -> str:
        return f"topic {self.topic}, example {self.number}: {self.problem}: {self.text[:80]}"


def load_pack(text: str, source: str) -> Pack:
    """Read a pack; ConfigError lists every fault. Its queries are checked once all packs are known."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source}: {error}", hint=_HINT) from error
    sheet = Sheet(source, locate_keys(text), [])
    rows = text.split("\n")
    refuse_unknown(sheet, (), data, ("pack", "entity", "words", "topic"))
    head = table_at(sheet, (), data, "pack")
    refuse_unknown(sheet, ("pack",), head, ("name", "title"))
    pack = Pack(
        name=slug(sheet, ("pack",), head, "name"),
        title=text_at(sheet, ("pack",), head, "title"),
        source=source,
        entities=(
            *(read_entity(sheet, path, table) for path, table in tables_at(sheet, (), data, "entity")),
            *(read_words(sheet, path, table) for path, table in tables_at(sheet, (), data, "words")),
        ),
        topics=tuple(_topic(sheet, path, table, rows) for path, table in tables_at(sheet, (), data, "topic")),
    )
    faults = sheet.faults + _repeated([pack])
    if faults:
        raise ConfigError("\n".join(faults), hint=_HINT)
    return pack


def merge(packs: Sequence[Pack]) -> Pack:
    """Make one pack of several; ConfigError if two define the same."""
    faults = _repeated(packs)
    if faults:
        raise ConfigError("\n".join(faults), hint="rename one of the two, or leave one pack out")
    return Pack(
        name="+".join(pack.name for pack in packs),
        title=", ".join(pack.title for pack in packs),
        source=", ".join(pack.source for pack in packs),
        entities=tuple(entity for pack in packs for entity in pack.entities),
        topics=tuple(topic for pack in packs for topic in pack.topics),
    )


def find_query_faults(topics: Iterable[Topic], entities: Entities) -> list[str]:
    """Every query that cannot be obeyed, with its file, line and column."""
    faults = []
    for topic in topics:
        for query, line in ((topic.query, topic.line), *((each.query, each.line) for each in topic.signals)):
            try:
                parse(query, entities=entities)
            except QueryError as error:
                faults.append(place_fault(topic, error, query, line))
    return faults


def place_fault(topic: Topic, error: QueryError, query: str, first: int) -> str:
    """Where in its file a query is wrong; columns count from where the line of the query begins."""
    before = query[: error.position]
    line, column = first + before.count("\n"), len(before) - (before.rfind("\n") + 1) + 1
    hint = f" ({error.hint})" if error.hint else ""
    return f"{topic.source}:{line}:{column}: topic {topic.name}: {error}{hint}"


def check(pack: Pack, compiled: Compiled) -> tuple[Failure, ...]:
    """Put every example to its topic, and return those that came out otherwise than they should."""
    failures = []
    for topic in pack.topics:
        for number, test in enumerate(topic.tests, 1):
            problem = _try(topic, test, compiled)
            if problem:
                failures.append(Failure(topic.name, number, test.title or test.text, problem))
    return tuple(failures)


def _try(topic: Topic, test: TopicTest, compiled: Compiled) -> str:
    article = Article(id=0, key="", url="", title=test.title, text=test.text, language=test.language)
    found = next((each for each in match(article, compiled) if each.topic == topic.name), None)
    if found is None:
        return "is not flagged and should be" if test.expected else ""
    labels = {evidence.label for evidence in found.evidence}
    if not test.expected:
        return f"is flagged and should not be, by {', '.join(sorted(labels))}"
    missing = sorted(set(test.evidence) - labels)
    return f"is flagged without {', '.join(missing)}" if missing else ""


def _repeated(packs: Sequence[Pack]) -> list[str]:
    """What two packs, or one twice, define."""
    seen: dict[tuple[str, str], str] = {}
    faults = []
    for pack in packs:
        named = [("entity", entity.id) for entity in pack.entities if entity.id]
        named += [("Wikidata id", entity.qid) for entity in pack.entities if entity.qid]
        named += [("topic", topic.name) for topic in pack.topics if topic.name]
        for each in named:
            if each in seen:
                kind, name = each
                faults.append(f"{pack.source}: {kind} {name!r} is defined twice, first in {seen[each]}")
            seen.setdefault(each, pack.source)
    return faults


def _topic(sheet: Sheet, path: Path, table: dict[str, Any], rows: Sequence[str]) -> Topic:
    known = ("name", "title", "severity", "parent", "query", "signals", "threshold", "test")
    refuse_unknown(sheet, path, table, known)
    severity = table.get("severity", "normal")
    if severity not in SEVERITIES:
        sheet.refuse((*path, "severity"), severity, f"one of {', '.join(SEVERITIES)}")
    return Topic(
        name=slug(sheet, path, table, "name"),
        title=text_at(sheet, path, table, "title"),
        query=text_at(sheet, path, table, "query"),
        severity=str(severity),
        tests=tuple(_test(sheet, at, test) for at, test in tables_at(sheet, path, table, "test")),
        source=sheet.source,
        line=_query_line(sheet, path, table, rows),
        signals=tuple(_signal(sheet, at, each, rows) for at, each in tables_at(sheet, path, table, "signals")),
        threshold=_threshold(sheet, path, table),
        parent=text_at(sheet, path, table, "parent", required=False),
    )


def _signal(sheet: Sheet, path: Path, table: dict[str, Any], rows: Sequence[str]) -> Signal:
    refuse_unknown(sheet, path, table, ("query", "weight"))
    weight = table.get("weight")
    if not _is_number(weight) or not 0 < abs(weight) <= MOST_POINTS:
        sheet.refuse((*path, "weight"), weight, f"points from -{MOST_POINTS} to {MOST_POINTS}, but not 0")
        weight = 1.0
    return Signal(text_at(sheet, path, table, "query"), float(weight), _query_line(sheet, path, table, rows))


def _threshold(sheet: Sheet, path: Path, table: dict[str, Any]) -> float:
    """The points that are needed; to be given where there are signals, and only there."""
    found = table.get("threshold")
    if found is None and not table.get("signals"):
        return 0.0
    if not _is_number(found) or abs(found) > 100 * MOST_POINTS or not table.get("signals"):
        sheet.refuse((*path, "threshold"), found, "the points that the signals must bring, beside signals")
        return 0.0
    return float(found)


def _is_number(found: object) -> TypeGuard[float]:
    return isinstance(found, int | float) and not isinstance(found, bool)


def _query_line(sheet: Sheet, path: Path, table: dict[str, Any], rows: Sequence[str]) -> int:
    """The line on which the query of a table begins: the first from the table on that holds what it begins with."""
    first = line_of(path, sheet.lines)
    begin = str(table.get("query", "")).strip().split("\n", 1)[0]
    return next((number for number in range(first, len(rows) + 1) if begin in rows[number - 1]), first)


def _test(sheet: Sheet, path: Path, table: dict[str, Any]) -> TopicTest:
    refuse_unknown(sheet, path, table, ("text", "expected", "title", "language", "evidence"))
    expected = table.get("expected")
    if not isinstance(expected, bool):
        sheet.refuse((*path, "expected"), expected, "true or false")
    title = text_at(sheet, path, table, "title", required=False)
    return TopicTest(
        text=text_at(sheet, path, table, "text", required=not title),
        expected=bool(expected),
        title=title,
        language=text_at(sheet, path, table, "language", required=False),
        evidence=texts(sheet, path, table, "evidence"),
    )

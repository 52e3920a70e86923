"""The text of a topic pack becomes entities and topics, checked whole; packs and their examples become failures."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from monitor.errors import ConfigError, QueryError
from monitor.model import Article, Entity, Name, Topic, TopicTest
from monitor.think.entities import Entities, index_entities
from monitor.think.language import tokens
from monitor.think.match import Compiled, compile_topics, match
from monitor.think.query import parse
from monitor.think.toml_lines import Path, line_of, locate_keys

SEVERITIES = ("low", "normal", "high", "critical")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]*")
_QID = re.compile(r"Q[1-9]\d*", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,8})?")
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


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A pack being read: what was found wrong so far, and where its keys stand."""

    source: str
    lines: Mapping[Path, int]
    faults: list[str]

    def refuse(self, path: Path, found: object, expected: str) -> None:
        key = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
        said = "nothing" if found is None else repr(found)[:80]
        self.faults.append(f"{self.source}:{line_of(path, self.lines)}: {key}: found {said}, expected {expected}")


def load_pack(text: str, source: str) -> Pack:
    """Read a pack; ConfigError lists every fault. Its queries are checked once all packs are known."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source}: {error}", hint=_HINT) from error
    sheet = _Sheet(source, locate_keys(text), [])
    _refuse_unknown(sheet, (), data, ("pack", "entity", "topic"))
    head = _table(sheet, (), data, "pack")
    _refuse_unknown(sheet, ("pack",), head, ("name", "title"))
    pack = Pack(
        name=_slug(sheet, ("pack",), head, "name"),
        title=_text(sheet, ("pack",), head, "title"),
        source=source,
        entities=tuple(_entity(sheet, path, table) for path, table in _tables(sheet, (), data, "entity")),
        topics=tuple(_topic(sheet, path, table, text) for path, table in _tables(sheet, (), data, "topic")),
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
        try:
            parse(topic.query, entities=entities)
        except QueryError as error:
            faults.append(place_fault(topic, error))
    return faults


def place_fault(topic: Topic, error: QueryError) -> str:
    """Where in its file a query is wrong; columns count from where the line of the query begins."""
    before = topic.query[: error.position]
    line, column = topic.line + before.count("\n"), len(before) - (before.rfind("\n") + 1) + 1
    hint = f" ({error.hint})" if error.hint else ""
    return f"{topic.source}:{line}:{column}: topic {topic.name}: {error}{hint}"


def check(pack: Pack) -> tuple[Failure, ...]:
    """Put every example to its topic, and return those that came out otherwise than they should."""
    compiled = compile_topics(pack.topics, index_entities(pack.entities))
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


def _entity(sheet: _Sheet, path: Path, table: dict[str, Any]) -> Entity:
    _refuse_unknown(sheet, path, table, ("id", "qid", "kind", "groups", "needs", "not", "names"))
    groups = _texts(sheet, path, table, "groups")
    for group in groups:
        if not _SLUG.fullmatch(group):
            sheet.refuse((*path, "groups"), group, "small letters, digits and hyphens")
    return Entity(
        id=_slug(sheet, path, table, "id"),
        kind=_text(sheet, path, table, "kind"),
        names=_names(sheet, (*path, "names"), _table(sheet, path, table, "names")),
        qid=_qid(sheet, path, table),
        groups=groups,
        needs=_phrases(sheet, path, table, "needs"),
        excluded=_phrases(sheet, path, table, "not"),
    )


def _qid(sheet: _Sheet, path: Path, table: dict[str, Any]) -> str:
    qid = _text(sheet, path, table, "qid", required=False)
    if qid and not _QID.fullmatch(qid):
        sheet.refuse((*path, "qid"), qid, "a Wikidata id like Q212")
    return qid


def _names(sheet: _Sheet, path: Path, table: dict[str, Any]) -> tuple[Name, ...]:
    names = []
    for language, listed in table.items():
        at = (*path, language)
        if not _LANGUAGE.fullmatch(language):
            sheet.refuse(at, language, "a language code like uk")
        if not isinstance(listed, list):
            sheet.refuse(at, listed, "a list of names")
            continue
        names += [_name(sheet, (*at, place), each, language) for place, each in enumerate(listed)]
    if not names:
        sheet.refuse(path, None, "at least one name")
    return tuple(names)


def _name(sheet: _Sheet, path: Path, found: object, language: str) -> Name:
    table = found if isinstance(found, dict) else {"text": found}
    _refuse_unknown(sheet, path, table, ("text", "confidence"))
    text, confidence = table.get("text"), table.get("confidence", 1.0)
    if not isinstance(text, str) or not tokens(text):
        sheet.refuse(path, text, "a name with at least one word")
        text = ""
    if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 < confidence <= 1:
        sheet.refuse((*path, "confidence"), confidence, "a number above 0, up to 1")
        confidence = 1.0
    return Name(text, language, float(confidence))


def _topic(sheet: _Sheet, path: Path, table: dict[str, Any], text: str) -> Topic:
    _refuse_unknown(sheet, path, table, ("name", "title", "severity", "query", "test"))
    severity = table.get("severity", "normal")
    if severity not in SEVERITIES:
        sheet.refuse((*path, "severity"), severity, f"one of {', '.join(SEVERITIES)}")
    return Topic(
        name=_slug(sheet, path, table, "name"),
        title=_text(sheet, path, table, "title"),
        query=_text(sheet, path, table, "query"),
        severity=str(severity),
        tests=tuple(_test(sheet, at, test) for at, test in _tables(sheet, path, table, "test")),
        source=sheet.source,
        line=_query_line(sheet, path, text),
    )


def _query_line(sheet: _Sheet, path: Path, text: str) -> int:
    """The line on which the query itself begins: after an opening quote that stands at a line's end."""
    number = line_of((*path, "query"), sheet.lines)
    line = text.split("\n")[number - 1].rstrip()
    return number + line.endswith(('= """', "= '''", '="""', "='''"))


def _test(sheet: _Sheet, path: Path, table: dict[str, Any]) -> TopicTest:
    _refuse_unknown(sheet, path, table, ("text", "expected", "title", "language", "evidence"))
    expected = table.get("expected")
    if not isinstance(expected, bool):
        sheet.refuse((*path, "expected"), expected, "true or false")
    return TopicTest(
        text=_text(sheet, path, table, "text"),
        expected=bool(expected),
        title=_text(sheet, path, table, "title", required=False),
        language=_text(sheet, path, table, "language", required=False),
        evidence=_texts(sheet, path, table, "evidence"),
    )


def _table(sheet: _Sheet, path: Path, table: dict[str, Any], key: str) -> dict[str, Any]:
    found = table.get(key)
    if isinstance(found, dict):
        return found
    sheet.refuse((*path, key), found, "a table")
    return {}


def _tables(sheet: _Sheet, path: Path, table: dict[str, Any], key: str) -> list[tuple[Path, dict[str, Any]]]:
    found = table.get(key, [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        sheet.refuse((*path, key), found, f"tables headed [[{key}]]")
        return []
    return [((*path, key, place), each) for place, each in enumerate(found)]


def _text(sheet: _Sheet, path: Path, table: dict[str, Any], key: str, *, required: bool = True) -> str:
    found = table.get(key)
    if found is None and not required:
        return ""
    if not isinstance(found, str) or (required and not found.strip()):
        sheet.refuse((*path, key), found, "text")
        return ""
    return found


def _texts(sheet: _Sheet, path: Path, table: dict[str, Any], key: str) -> tuple[str, ...]:
    found = table.get(key, [])
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        sheet.refuse((*path, key), found, "a list of texts")
        return ()
    return tuple(found)


def _phrases(sheet: _Sheet, path: Path, table: dict[str, Any], key: str) -> tuple[str, ...]:
    found = _texts(sheet, path, table, key)
    for phrase in found:
        if not tokens(phrase):
            sheet.refuse((*path, key), phrase, "at least one word")
    return found


def _slug(sheet: _Sheet, path: Path, table: dict[str, Any], key: str) -> str:
    found = _text(sheet, path, table, key)
    if found and not _SLUG.fullmatch(found):
        sheet.refuse((*path, key), found, "small letters, digits and hyphens")
    return found


def _refuse_unknown(sheet: _Sheet, path: Path, table: dict[str, Any], known: tuple[str, ...]) -> None:
    for key in sorted(table.keys() - set(known)):
        like = get_close_matches(key, known, n=1)
        sheet.refuse((*path, key), table[key], f"no such key; {f'perhaps {like[0]}' if like else ', '.join(known)}")

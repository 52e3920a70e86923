"""Topics: what is watched for, and drafts that are tried before they watch."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from pydantic import Field

from monitor.errors import ConfigError, QueryError
from monitor.model import Signal, Topic, TopicTest
from monitor.rules import Rules
from monitor.think.lint import lint_topics
from monitor.think.query import parse
from monitor.think.topics import Pack, check
from monitor.trials import Trial, drafted
from monitor.web.api.answers import Api
from monitor.web.api.asked import At, Manager, Reader
from monitor.web.api.shapes import Shape
from monitor.web.pages import bench
from monitor.web.problems import RefusedError, missing
from monitor.web.saving import save
from monitor.web.spec import PREFIX

router = APIRouter(prefix=PREFIX, tags=["topics"], route_class=Api)

TopicName = Annotated[str, Path(min_length=1, max_length=100)]
Severity = Literal["low", "normal", "high", "critical"]
DRAFT = "the draft"
NAME = r"^[a-z0-9][a-z0-9._-]*$"


class TopicLine(Shape):
    """A topic in a list."""

    name: str
    title: str
    severity: str
    parent: str = Field(description="The topic that it is a part of: it holds only where that holds")
    threshold: float = Field(description="Points that the signals must bring together")
    signals: int
    tests: int
    source: str
    version: str = Field(description="Of its wording: what matches keep")


class SignalPart(Shape):
    """What speaks for a topic, or with a negative weight against it."""

    query: str = Field(min_length=1, max_length=20_000)
    weight: float = Field(ge=-100, le=100)


class TestPart(Shape):
    """An example that a topic must flag, or must not."""

    text: str = Field(max_length=100_000)
    expected: bool
    title: str = Field(default="", max_length=2000)
    language: str = Field(default="", max_length=10)
    evidence: tuple[str, ...] = ()


class TopicWhole(Shape):
    """A topic with its query, signals and examples."""

    name: str
    title: str
    severity: str
    parent: str
    threshold: float
    query: str
    signals: tuple[SignalPart, ...]
    tests: tuple[TestPart, ...]
    source: str
    line: int = Field(description="Of its query in that file")
    version: str


class Draft(Shape):
    """A topic as it might be."""

    name: str = Field(default="draft", pattern=NAME, max_length=80)
    query: str = Field(min_length=1, max_length=20_000)
    signals: tuple[SignalPart, ...] = Field(default=(), max_length=500)
    threshold: float = Field(default=0.0, ge=-10_000, le=10_000)
    severity: Severity = "normal"
    parent: str = Field(default="", max_length=80)
    tests: tuple[TestPart, ...] = Field(default=(), max_length=500)


class TopicWish(Shape):
    """A topic as it shall be; its examples and what it is a part of stay as they are."""

    title: str = Field(default="", max_length=200)
    query: str = Field(min_length=1, max_length=20_000)
    signals: tuple[SignalPart, ...] = Field(default=(), max_length=400)
    threshold: float = Field(default=0.0, ge=-10_000, le=10_000)
    severity: Severity = "normal"


class QueryFault(Shape):
    """What is wrong with a query."""

    where: str = Field(description="query, or signals.N, counted from 0")
    position: int = Field(description="The offset in its text")
    what: str
    hint: str


class RemarkShape(Shape):
    """Something to look at again; nothing that keeps a topic from working."""

    kind: str
    term: str
    why: str


class FailureShape(Shape):
    """An example that came out otherwise than it should."""

    number: int = Field(description="From 1")
    text: str
    problem: str


class Checked(Shape):
    """What is to be said of a draft."""

    sound: bool = Field(description="It could watch: it has no fault, and its examples come out as they should")
    version: str
    faults: list[QueryFault]
    remarks: list[RemarkShape]
    failures: list[FailureShape]


@router.get("/topics", summary="What is watched for")
def list_topics(desk: At, _: Reader) -> list[TopicLine]:
    """The topics in force, in the order of the configuration."""
    versions = _versions(desk.rules)
    return [_line(topic, versions.get(topic.name, "")) for topic in desk.rules.pack.topics]


@router.get("/topics/{name}", summary="A topic")
def show_topic(desk: At, _: Reader, name: TopicName) -> TopicWhole:
    """Its query, signals and examples."""
    topic = find_topic(desk.rules, name)
    own = {field: getattr(topic, field) for field in TopicWhole.model_fields if field != "version"}
    return TopicWhole.model_validate({**own, "version": _versions(desk.rules).get(name, "")})


@router.put("/topics/{name}", summary="Save a topic, a new one or one of your own")
def save_topic(
    request: Request, desk: At, _: Manager, name: Annotated[str, Path(pattern=NAME, max_length=80)], wish: TopicWish
) -> TopicWhole:
    """It is written into its file, in which all else stays, and watches within seconds; a faulty one is refused."""
    known = next((topic for topic in desk.rules.pack.topics if topic.name == name), None)
    if known and not bench.place_of(desk.config, known):
        raise RefusedError(409, f"{name} is shipped with the program", hint="save it under a name of its own")
    for query in (wish.query, *(signal.query for signal in wish.signals)):
        parse(query, entities=desk.rules.entities)
    topic = replace(
        known or Topic(name, "", ""),
        title=wish.title or (known.title if known else "") or name,
        query=wish.query.strip(),
        severity=wish.severity,
        signals=tuple(Signal(signal.query.strip(), signal.weight) for signal in wish.signals),
        threshold=wish.threshold,
    )
    office = request.app.state.office
    save(office, desk, bench.Draft(topic), as_new=known is None)
    return show_topic(office.desk, _, name)


@router.post("/topics/check", summary="Try a draft of a topic")
def check_draft(desk: At, _: Reader, draft: Draft) -> Checked:
    """What is wrong with its queries, what is doubtful, and how its examples come out. Nothing is kept."""
    faults = find_faults(desk.rules, draft)
    if faults:
        return Checked(sound=False, version="", faults=faults, remarks=[], failures=[])
    trial = trial_of(desk.rules, draft)
    topic = trial.topic
    failures = check(Pack("", "", DRAFT, (), (topic,)), trial.compiled)
    return Checked(
        sound=not failures,
        version=trial.version,
        faults=[],
        remarks=[RemarkShape.model_validate(each) for each in lint_topics([topic], trial.entities)],
        failures=[FailureShape.model_validate(each) for each in failures],
    )


def find_topic(rules: Rules, name: str) -> Topic:
    """The topic of that name in force; RefusedError when there is none."""
    found = next((topic for topic in rules.pack.topics if topic.name == name), None)
    if found is None:
        raise missing(f"no topic is named {name!r}", "GET /api/v1/topics lists them")
    return found


def find_faults(rules: Rules, draft: Draft) -> list[QueryFault]:
    """Every query of a draft that cannot be obeyed."""
    faults = []
    asked = [("query", draft.query), *((f"signals.{at}", each.query) for at, each in enumerate(draft.signals))]
    for where, query in asked:
        try:
            parse(query, entities=rules.entities)
        except QueryError as error:
            faults.append(QueryFault(where=where, position=error.position, what=str(error), hint=error.hint))
    if draft.parent and draft.parent not in {topic.name for topic in rules.pack.topics}:
        faults.append(QueryFault(where="parent", position=0, what=f"no topic is named {draft.parent!r}", hint=""))
    return faults


def trial_of(rules: Rules, draft: Draft) -> Trial:
    """A draft, compiled; ConfigError when it cannot be."""
    topic = Topic(
        name=draft.name,
        title=draft.name,
        query=draft.query,
        severity=draft.severity,
        tests=tuple(TopicTest(**test.model_dump()) for test in draft.tests),
        source=DRAFT,
        line=1,
        signals=tuple(Signal(signal.query, signal.weight) for signal in draft.signals),
        threshold=draft.threshold,
        parent=draft.parent,
    )
    if draft.parent == draft.name:
        raise ConfigError("a topic is no part of itself")
    return drafted(rules, topic)


def _versions(rules: Rules) -> dict[str, str]:
    return {rule.topic.name: rule.version for rule in rules.compiled.rules}


def _line(topic: Topic, version: str) -> TopicLine:
    return TopicLine(
        name=topic.name,
        title=topic.title,
        severity=topic.severity,
        parent=topic.parent,
        threshold=topic.threshold,
        signals=len(topic.signals),
        tests=len(topic.tests),
        source=topic.source,
        version=version,
    )

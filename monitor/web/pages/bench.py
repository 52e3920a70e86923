"""A topic as a form has it becomes a rule to be tried on its examples and on the archive, and to be saved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from time import monotonic

from sqlalchemy.engine import Engine

from monitor.edge import backtests
from monitor.edge.backtests import Backtest, Difference, Plan
from monitor.edge.labels import count_labels
from monitor.edge.whole_file import whole_file
from monitor.errors import ConfigError, QueryError
from monitor.model import Article, Signal, Topic
from monitor.rules import Rules
from monitor.settings import Config
from monitor.telling import SEVERITIES
from monitor.think.entities import Entities
from monitor.think.explain import explain
from monitor.think.lint import Remark, lint_topics
from monitor.think.match import Compiled, compile_topics, match
from monitor.think.query import parse
from monitor.think.topic_edit import put_topic
from monitor.think.topics import Failure, Pack, check

DAYS = 30
AGAINST = "the stored matches"
_BATCH = 50  # articles between two looks at the watch
_ROUND_S = 1.5  # of a request: then the page says how far it came, and goes on
_SAMPLES = 12
_MOST_SIGNALS = 400
_STRONGEST = 6


@dataclass(frozen=True, slots=True)
class Misread:
    """A query of the form that cannot be obeyed."""

    field: str  # query, or signal 3
    query: str
    what: str
    hint: str
    position: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A topic as the form has it, and what is wrong with it."""

    topic: Topic
    faults: tuple[Misread, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """An article that only one of the two rules flags."""

    article: Article
    score: float | None
    found: tuple[str, ...]
    missing: tuple[str, ...]  # why it is flagged no more


@dataclass(frozen=True, slots=True)
class Trial:
    """How far a draft was put to the archive, and what came of it."""

    draft: Draft
    failures: tuple[Failure, ...]
    remarks: tuple[Remark, ...]
    done: Backtest
    remaining: int
    added: tuple[Sample, ...]
    removed: tuple[Sample, ...]

    @property
    def share(self) -> int:
        """How far it came, in percent."""
        every = self.done.read + self.remaining
        return 100 if not every else int(100 * self.done.read / every)


@dataclass(frozen=True, slots=True)
class Bench:
    """What the page of a topic shows."""

    topic: Topic
    is_new: bool
    place: str  # the file that it is saved in; empty when it cannot be changed
    parts: tuple[Topic, ...]
    labels: int


def open_bench(engine: Engine, config: Config, rules: Rules, name: str) -> Bench | None:
    """The page of a topic; None when there is none."""
    topic = next((each for each in rules.pack.topics if each.name == name), None)
    if topic is None:
        return None
    parts = tuple(each for each in rules.pack.topics if each.parent == name)
    return Bench(topic, False, place_of(config, topic), parts, count_labels(engine, name))


def blank(query: str = "", name: str = "") -> Bench:
    """The page of a topic to come."""
    return Bench(Topic(name, "", query), True, "", (), 0)


def place_of(config: Config, topic: Topic) -> str:
    """The file of the user's own that a topic stands in; nothing for shipped ones."""
    own = {str(path) for path in config.topics.files} | {str(config.source)}
    return topic.source if topic.source in own else ""


def read_draft(
    form: Mapping[str, str], queries: Sequence[str], weights: Sequence[str], base: Topic, rules: Rules
) -> Draft:
    """A form becomes a draft: what it says of a topic takes the place of what the base says."""
    query = _clean(form.get("query", ""), base.query)
    known = [each.query for each in base.signals]
    signals, faults = [], []
    for number, (said, weight) in enumerate(list(zip(queries, weights, strict=False))[:_MOST_SIGNALS], 1):
        if not said.strip():
            continue
        same = next((old for old in known if old.strip() == said.strip().replace("\r\n", "\n")), said)
        points = _number(weight)
        if points is None or not 0 < abs(points) <= 100:
            faults.append(Misread(f"signal {number}", said, f"{weight!r} is no weight", "points from -100 to 100", 0))
        signals.append(Signal(_clean(said, same), points or 1.0))
    threshold = _number(form.get("threshold", "")) if signals else 0.0
    if threshold is None:
        faults.append(Misread("threshold", form.get("threshold", ""), "the threshold is no number", "such as 1.5", 0))
    severity = form.get("severity", base.severity)
    topic = replace(
        base,
        title=form.get("title", base.title).strip()[:200],
        query=query,
        severity=severity if severity in SEVERITIES else base.severity,
        signals=tuple(signals),
        threshold=threshold or 0.0,
    )
    return Draft(topic, (*faults, *_misread(topic, rules.entities)))


def _clean(said: str, known: str) -> str:
    """What a text area sends; what it does not change stays as it was written, blank lines and all."""
    said = said.replace("\r\n", "\n")
    return known if said.strip() == known.strip() else said.strip()


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if abs(found) < 1e6 else None


def _misread(topic: Topic, entities: Entities) -> list[Misread]:
    named = [("query", topic.query), *((f"signal {at}", each.query) for at, each in enumerate(topic.signals, 1))]
    found = []
    for field, query in named:
        try:
            parse(query, entities=entities)
        except QueryError as error:
            found.append(Misread(field, query, str(error), error.hint, error.position))
    return found


@lru_cache(maxsize=4)
def _compile(topics: tuple[Topic, ...], entities: Entities) -> Compiled:
    """Kept, for a trial in several rounds asks for the same again."""
    return compile_topics(topics, entities)


def compile_draft(draft: Draft, rules: Rules) -> Compiled:
    """The rules in force, with the draft in the place of its topic; QueryError when it cannot be compiled."""
    others = tuple(each for each in rules.pack.topics if each.name != draft.topic.name)
    return _compile((*others, draft.topic), rules.entities)


def try_draft(engine: Engine, rules: Rules, draft: Draft, now: datetime, *, fresh: bool = False) -> Trial:
    """Put a draft to its examples and to the articles of the last days, as far as one round goes."""
    compiled, name = compile_draft(draft, rules), draft.topic.name
    version = next(rule.version for rule in compiled.rules if rule.topic.name == name)
    since = datetime.combine(now.date() - timedelta(days=DAYS), time(), UTC)
    state = backtests.open_backtest(engine, Plan(name, version, AGAINST, since), now, fresh=fresh)
    until = monotonic() + _ROUND_S
    while monotonic() < until and (articles := backtests.next_articles(engine, state, _BATCH)):
        state = _step(engine, compiled, name, state, articles, now)
    left = backtests.remaining(engine, state)
    if not left and not state.finished_at:
        state = backtests.finish(engine, state, now)
    pack = Pack(name, "", draft.topic.source, (), (draft.topic,))
    return Trial(
        draft,
        check(pack, compiled),
        tuple(lint_topics([draft.topic], rules.entities)),
        state,
        left,
        _samples(engine, state, "added", compiled, name),
        _samples(engine, state, "removed", compiled, name),
    )


def _step(
    engine: Engine, compiled: Compiled, name: str, state: Backtest, articles: Sequence[Article], now: datetime
) -> Backtest:
    before = backtests.stored_matches(engine, name, articles)
    tried = ((article.id, match(article, compiled)) for article in articles)
    after = {number: found for number, several in tried for found in several if found.topic == name}
    differences = [
        Difference(number, change, found.score, found.evidence[:_STRONGEST])
        for change, here, there in (("added", after, before), ("removed", before, after))
        for number, found in here.items()
        if number not in there
    ]
    advanced = replace(
        state,
        latest_id=articles[-1].id,
        finished_at=None,
        read=state.read + len(articles),
        flagged=state.flagged + len(after),
        added=state.added + len(after.keys() - before.keys()),
        removed=state.removed + len(before.keys() - after.keys()),
    )
    backtests.save_batch(engine, state, advanced, differences, now)
    return advanced


def _samples(engine: Engine, state: Backtest, change: str, compiled: Compiled, name: str) -> tuple[Sample, ...]:
    found = []
    for each, article in backtests.samples(engine, state, change, _SAMPLES):
        said = tuple(dict.fromkeys(item.found for item in each.evidence))[:_STRONGEST]
        why = explain(article, compiled, name)[0].reasons[:2] if change == "removed" else ()
        found.append(Sample(article, each.score, said, why))
    return tuple(found)


def rename(draft: Draft, name: str) -> Draft:
    """The same as a topic of another name, without the examples of the first."""
    topic = replace(draft.topic, name=name, title=draft.topic.title or name, tests=())
    return replace(draft, topic=topic)


def save_draft(config: Config, draft: Draft, *, as_new: bool) -> tuple[Path, str]:
    """Write a draft into its file, a new one into the first file of topics, else into the configuration itself.

    The file and what it held before, for `restore`, should the rules refuse it.
    """
    if draft.faults:
        fault = draft.faults[0]
        raise ConfigError(f"{fault.field}: {fault.what}", hint=fault.hint)
    place = new_place(config) if as_new else place_of(config, draft.topic)
    if not place:
        raise ConfigError(f"{draft.topic.name} is shipped with the program", hint="save it under a name of its own")
    path = config.home / place
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        hint = "let the user that serves the pages read and write it, or change the file with an editor"
        raise ConfigError(f"{path}: cannot be read: {error.strerror}", hint=hint) from error
    restore(path, put_topic(text, place, draft.topic))
    return path, text


def new_place(config: Config) -> str:
    """The file that new topics are written into."""
    return str(config.topics.files[0]) if config.topics.files else str(config.source)


def restore(path: Path, text: str) -> None:
    """Give a file back what it held, whole or not at all."""
    with whole_file(path) as file:
        file.write(text.encode())

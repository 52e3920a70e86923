"""A topic, and a document, become what the topic says of it: the common ground of the workbench."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from monitor.cli.context import archive
from monitor.cli.labelled import from_archive, read_documents
from monitor.cli.output import NOT_FOUND, complain, err
from monitor.edge.labels import count_labels, labelled
from monitor.errors import ConfigError, QueryError
from monitor.model import Article, Match, Topic
from monitor.rules import Rules, load_rules
from monitor.settings import Config
from monitor.think.book import without
from monitor.think.entities import Entities, index_entities
from monitor.think.explain import Explanation, explain
from monitor.think.match import Compiled, compile_topics, match
from monitor.think.measure import Document, Outcome
from monitor.think.topics import find_query_faults, load_pack

REASONS = 2  # told of a document that is missed: the outermost, and the nearest


@dataclass(frozen=True, slots=True)
class Trial:
    """A topic to be put to documents, within the rules that it belongs to."""

    topic: Topic
    compiled: Compiled
    entities: Entities

    @property
    def version(self) -> str:
        """Which rule it is."""
        return next(rule.version for rule in self.compiled.rules if rule.topic.name == self.topic.name)

    def match(self, article: Article) -> Match | None:
        """The topic's match with an article, if it asks for it."""
        return next((found for found in match(article, self.compiled) if found.topic == self.topic.name), None)

    def outcome(self, document: Document) -> Outcome:
        """What the topic says of a document."""
        found = self.match(document.article)
        wanted = self._wants(document)
        if wanted != document.wanted:
            document = replace(document, wanted=wanted)
        if found is None:
            # Only errors are asked how near they came: most documents are passed over, and rightly.
            return Outcome(document, flagged=False, score=_near_miss(document.article, self) if wanted else None)
        return Outcome(document, flagged=True, score=found.score, evidence=found.evidence)

    def is_beyond(self, article: Article) -> bool:
        """Whether no change of the topic could win the article, since the topic that it is a part of does not ask."""
        parent = self.topic.parent
        return bool(parent) and all(found.topic != parent for found in match(article, self.compiled))

    def _wants(self, document: Document) -> bool:
        """The label is the whole topic's; which of its parts want a document is said by name."""
        if self.topic.parent and document.topics is not None:
            return self.topic.name in document.topics
        return document.wanted


def _near_miss(article: Article, trial: Trial) -> float | None:
    """How many points an article came to that the topic does not ask for; None for a topic without signals."""
    return _explain(article, trial).points if trial.topic.signals else None


def why_missed(article: Article, trial: Trial) -> str:
    """What kept an article from matching, in one line."""
    return "; ".join(_explain(article, trial).reasons[:REASONS])


def _explain(article: Article, trial: Trial) -> Explanation:
    return explain(article, trial.compiled, trial.topic.name)[0]


def choose(config: Config, name: str = "") -> Trial:
    """The topic of that name; without a name the main one. Ends with a complaint when there is none."""
    rules = load_rules(config)
    topics = rules.pack.topics
    topic = next((each for each in topics if each.name == name), None) if name else _main(topics)
    if topic is None:
        known = ", ".join(sorted(each.name for each in topics)) or "none: see [topics] in the configuration"
        complain(f"no topic is named {name!r}" if name else "no topic is in force", f"there are: {known}")
        raise typer.Exit(NOT_FOUND)
    return Trial(topic, rules.compiled, rules.entities)


def _main(topics: Iterable[Topic]) -> Topic | None:
    """The first topic that is no part of another; packs come in the order of the configuration."""
    return next((topic for topic in topics if not topic.parent), None)


def draft(config: Config, path: Path, name: str) -> Trial:
    """The topic of that name as a pack file has it: what the file defines takes the place of what is in force."""
    try:
        pack = load_pack(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}", hint="name a pack file: docs/topics.md") from error
    topic = next((each for each in pack.topics if each.name == name), None)
    if topic is None:
        known = ", ".join(each.name for each in pack.topics) or "none"
        raise ConfigError(f"{path}: it has no topic {name!r}", hint=f"give it the same name; there are: {known}")
    rules = load_rules(config)
    replaced = {each.id: each for each in (*rules.pack.entities, *pack.entities)}
    book = without(rules.entities.book, {each.id for each in pack.entities})
    entities = index_entities(replaced.values(), rules.entities.speller, book)
    topics = tuple({each.name: each for each in (*_others(rules, pack.topics), *pack.topics)}.values())
    faults = find_query_faults(topics, entities)
    if faults:
        raise ConfigError("\n".join(faults), hint="docs/query-language.md tells what a query may say")
    try:
        return Trial(topic, compile_topics(topics, entities), entities)
    except QueryError as error:
        raise ConfigError(f"{path}: {error}", hint=error.hint) from error


def _others(rules: Rules, replaced: Iterable[Topic]) -> Iterator[Topic]:
    names = {topic.name for topic in replaced}
    return (topic for topic in rules.pack.topics if topic.name not in names)


@contextmanager
def documents(config: Config, file: Path | None, topic: str) -> Iterator[Iterator[Document]]:
    """The labelled documents of a file, or of the archive, as they come; a bar shows how far they are."""
    if file:
        size = file.stat().st_size if file.is_file() else 0
        with progress(f"{file.name}", size, of_bytes=True) as advance:
            yield read_documents(file, advance)
        return
    with archive(config) as store:
        count = count_labels(store.engine, topic)
        if not count:
            complain(
                f"no article is labelled for the topic {topic}",
                f"`monitor label ARTICLE {topic} yes` labels one; or name a file of labelled documents",
            )
            raise typer.Exit(NOT_FOUND)
        with progress("labels", count) as advance:
            yield _counted(map(from_archive, labelled(store.engine, topic)), advance)


def _counted(found: Iterator[Document], advance: Callable[[int], None]) -> Iterator[Document]:
    for document in found:
        advance(1)
        yield document


@contextmanager
def progress(what: str, total: int, *, of_bytes: bool = False) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, when that is a terminal; the function moves it on."""
    figure = TaskProgressColumn() if of_bytes else MofNCompleteColumn()
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), figure, TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task(what, total=total or None)
        yield lambda steps: bar.advance(task, steps)

"""A topic, and a document, become what the topic says of it: the common ground of the workbench."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from monitor.cli.context import archive
from monitor.cli.labelled import from_archive, read_documents
from monitor.cli.output import NOT_FOUND, complain
from monitor.cli.progress import progress
from monitor.edge.labels import count_labels, labelled
from monitor.errors import ConfigError
from monitor.model import Topic
from monitor.rules import load_rules
from monitor.settings import Config
from monitor.think.measure import Document
from monitor.think.topics import load_pack
from monitor.trials import Trial, drafted


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
    return drafted(load_rules(config), topic, pack.topics, pack.entities)


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

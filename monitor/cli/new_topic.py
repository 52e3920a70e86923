"""`monitor topics new`: a query, or a saved search, becomes a topic, checked before anything is written."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from monitor.cli.context import archive, config_path, load_config
from monitor.cli.output import NOT_FOUND, complain, err, out, safe
from monitor.errors import ConfigError, QueryError

if TYPE_CHECKING:
    from monitor.model import Topic
    from monitor.rules import Rules
    from monitor.settings import Config

_NAMES = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")


def new(
    name: Annotated[str, typer.Argument(help="The topic's name: small letters, digits and hyphens.")],
    query: Annotated[str, typer.Argument(help="What it asks for.")] = "",
    from_search: Annotated[str, typer.Option(help="Take the query of a saved search.")] = "",
    title: Annotated[str, typer.Option(help="What people call it.")] = "",
    severity: Annotated[
        Literal["low", "normal", "high", "critical"], typer.Option(help="How much it matters.")
    ] = "normal",
    write: Annotated[bool, typer.Option("--write", help="Write it into your topics file, else print it.")] = False,  # noqa: FBT002
) -> None:
    """Make a topic of a query or a saved search: print it, or write it into the first file of topics."""
    from monitor.model import Topic  # noqa: PLC0415 - keeps --help quick
    from monitor.rules import load_rules  # noqa: PLC0415
    from monitor.think.topic_edit import write_topic  # noqa: PLC0415

    if bool(query) == bool(from_search):
        raise typer.BadParameter("give a QUERY, or --from-search NAME")
    if not _NAMES.fullmatch(name):
        raise typer.BadParameter(f"{name!r} is no name for a topic: small letters, digits and hyphens, grain-exports")
    config = load_config()
    rules = load_rules(config)
    topic = Topic(name, title or name, query or _saved(config, from_search), severity)
    _check(topic, rules)
    if write:
        place = _write(config, topic)
        err.print(f"written to {safe(place)}; `monitor reload` has the daemon watch for it")
    else:
        out.out(write_topic(topic), highlight=False, end="")
        err.print("printed only: --write puts it into your topics file")


def _saved(config: "Config", name: str) -> str:
    from monitor.edge.saved_searches import list_all  # noqa: PLC0415 - keeps --help quick

    with archive(config) as store:
        saved = {each.name: each.query for each in list_all(store.engine)}
    if name not in saved:
        complain(f"no search is named {name!r}", f"there are: {', '.join(saved) or 'none'}")
        raise typer.Exit(NOT_FOUND)
    return saved[name]


def _check(topic: "Topic", rules: "Rules") -> None:
    """Refuse what could not be watched for, and tell what is doubtful, as `topics check` does."""
    from monitor.think.lint import lint_topics  # noqa: PLC0415 - keeps --help quick
    from monitor.think.match import compile_topics  # noqa: PLC0415

    if topic.name in {known.name for known in rules.pack.topics}:
        raise ConfigError(f"there is a topic {topic.name!r} already", hint="choose another name")
    try:
        compile_topics([*rules.pack.topics, topic], rules.entities)
    except QueryError as error:
        raise ConfigError(str(error), hint=error.hint or "docs/query-language.md tells what a query may say") from error
    for remark in lint_topics([topic], rules.entities):
        err.print(f"[yellow]{safe(remark)}[/]")


def _write(config: "Config", topic: "Topic") -> Path:
    """Append it to the first file of topics, else to the configuration; what the rules refuse is taken out again."""
    from monitor.config import load  # noqa: PLC0415
    from monitor.edge.whole_file import whole_file  # noqa: PLC0415 - keeps --help quick
    from monitor.rules import load_rules  # noqa: PLC0415
    from monitor.think.topic_edit import put_topic  # noqa: PLC0415

    path = config.home / config.topics.files[0] if config.topics.files else Path(config.source)
    try:
        before = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    changed = put_topic(before, str(path), topic)
    with whole_file(path) as file:
        file.write(changed.encode())
    try:
        load_rules(load(config_path()))
    except ConfigError:
        with whole_file(path) as file:
            file.write(before.encode())
        raise
    return path

"""`monitor label`: what a person says of an article, kept for trials of topics."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.context import JSON_OPTION, archive, load_config
from monitor.cli.output import NOT_FOUND, complain, safe, say, show_json, show_table

if TYPE_CHECKING:
    from monitor.edge.labels import Label
    from monitor.edge.store import Store
    from monitor.model import Article
    from monitor.settings import Config

USAGE = "say `monitor label ARTICLE TOPIC yes`, or `no`"


class Verdict(StrEnum):
    """Whether a topic should flag an article."""

    YES = "yes"
    NO = "no"


def label(
    article: Annotated[str, typer.Argument(help="An article's number, or its URL.")] = "",
    topic: Annotated[str, typer.Argument(help="The topic's name.")] = "",
    wanted: Annotated[
        Verdict | None, typer.Argument(metavar="[yes|no]", help="Whether the topic should flag it.")
    ] = None,
    *,
    why: Annotated[str, typer.Option("--why", help="Why, for whoever reads the label later.")] = "",
    list_all: Annotated[bool, typer.Option("--list", help="List the labels; with one argument, a topic's.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take the label back.")] = False,
    as_json: JSON_OPTION = False,
) -> None:
    """Say whether a topic should flag an article; `topics test` and `topics suggest` work with the labels."""
    if list_all:
        if topic or wanted or remove:
            raise typer.BadParameter("--list takes one argument at most: monitor label --list TOPIC")
        _list(article, as_json=as_json)
        return
    if not topic or not article or (wanted is None) != remove:
        raise typer.BadParameter("--remove takes ARTICLE and TOPIC only" if remove else USAGE)
    config = load_config()
    with archive(config) as store:
        found = _find(store, article)
        if wanted is None:
            _remove(store, found, topic)
        else:
            _require(config, topic)
            _set(store, found, topic, why=why, wanted=wanted is Verdict.YES, as_json=as_json)


def _set(store: "Store", article: "Article", topic: str, *, why: str, wanted: bool, as_json: bool) -> None:
    from monitor.edge.clock import clock  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.labels import Label, set_label  # noqa: PLC0415
    from monitor.think.language import clean  # noqa: PLC0415

    made = Label(article.id, topic, wanted, clean(why).strip(), clock(), article.title)
    before = set_label(store.engine, made)
    if as_json:
        show_json({"label": made, "replaced": before})
        return
    instead = f" (it replaces {_verdict(before)} of {safe(before.labelled_at)})" if before else ""
    say(f"article {article.id}, {safe(topic)}: [bold]{_verdict(made)}[/]{instead} – {safe(article.title)}")


def _remove(store: "Store", article: "Article", topic: str) -> None:
    from monitor.edge.labels import remove_label  # noqa: PLC0415 - keeps --help quick

    before = remove_label(store.engine, article.id, topic)
    if before is None:
        complain(f"article {article.id} is not labelled for {topic!r}", "`monitor label --list` shows the labels")
        raise typer.Exit(NOT_FOUND)
    say(f"article {article.id}, {safe(topic)}: no label any more; it was {_verdict(before)}")


def _list(topic: str, *, as_json: bool) -> None:
    from monitor.edge.labels import labels  # noqa: PLC0415 - keeps --help quick

    config = load_config()
    with archive(config) as store:
        found = labels(store.engine, topic)
    if not found and topic:
        _require(config, topic)
    if as_json:
        show_json(found)
    else:
        rows = [(each.article_id, each.topic, _verdict(each), each.labelled_at, each.title, each.why) for each in found]
        columns = ("article", "topic", "wanted", "labelled (UTC)", "title", "why")
        empty = f"no article is labelled{f' for {topic}' if topic else ''}: {USAGE}"
        show_table("", columns, rows, empty=empty)
    if not found:
        raise typer.Exit(NOT_FOUND)


def _find(store: "Store", asked: str) -> "Article":
    from monitor.edge.search import find_article  # noqa: PLC0415 - keeps --help quick
    from monitor.think.discover import canonical  # noqa: PLC0415

    dossier = find_article(store.engine, asked, canonical(asked))
    if dossier is None:
        complain(f"no article has the number or URL {asked!r}", "`monitor search` shows numbers")
        raise typer.Exit(NOT_FOUND)
    return dossier.article


def _require(config: "Config", topic: str) -> None:
    """A label for a topic that is not in force would never be looked at."""
    from monitor.rules import load_topics  # noqa: PLC0415 - keeps --help quick

    topics = sorted(each.name for each in load_topics(config).topics)
    if topic not in topics:
        complain(f"no topic is named {topic!r}", f"there are: {', '.join(topics) or 'none'}")
        raise typer.Exit(NOT_FOUND)


def _verdict(label: "Label") -> str:
    return Verdict.YES if label.wanted else Verdict.NO

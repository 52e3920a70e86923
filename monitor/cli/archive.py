"""`monitor search` and `monitor show`: the archive, asked."""

from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.context import JSON_OPTION, archive, load_config
from monitor.cli.output import NOT_FOUND, complain, headline, safe, say, show_json, show_table

if TYPE_CHECKING:
    from monitor.edge.search import Dossier


def search(
    query: Annotated[str, typer.Argument(help="In the query language that topics use: docs/query-language.md.")],
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many articles.")] = 20,
    as_json: JSON_OPTION = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Find articles in the archive, newest first; exit code 4 when there are none."""
    from monitor.rules import answers, load_rules, read_query  # noqa: PLC0415 - keeps --help quick

    config = load_config()
    rules = load_rules(config)
    asked = read_query(rules, query)
    with archive(config) as store:
        found = list(islice(answers(store.engine, asked), limit))
    if as_json:
        show_json([{"article": article, "evidence": evidence} for article, evidence in found])
    else:
        rows = [
            (article.id, article.published_at or article.seen_at, article.site, article.language, article.title)
            for article, _ in found
        ]
        show_table("", ("id", "published (UTC)", "site", "lang", "title"), rows, empty="no article answers this query")
    if not found:
        raise typer.Exit(NOT_FOUND)


def show(
    article: Annotated[str, typer.Argument(help="An article's number, or its URL.")],
    as_json: JSON_OPTION = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Show one article: its text with the evidence marked, its matches, story and alerts."""
    from monitor.edge.search import find_article  # noqa: PLC0415 - keeps --help quick
    from monitor.think.discover import canonical  # noqa: PLC0415

    with archive(load_config()) as store:
        dossier = find_article(store.engine, article, canonical(article))
    if dossier is None:
        complain(f"no article has the number or URL {article!r}", "`monitor search` shows numbers")
        raise typer.Exit(NOT_FOUND)
    if as_json:
        show_json(dossier)
    else:
        _print(dossier)


def _print(dossier: "Dossier") -> None:
    article = dossier.article
    headline(article)
    say(f"[dim]{safe(article.url)}[/]")
    seen = f"{article.seen_at:%Y-%m-%d %H:%M} UTC" if article.seen_at else "?"
    say(f"[dim]article {article.id}, first seen {seen} in {safe(', '.join(article.feeds))}, {article.state}[/]")
    if article.note:
        say(f"[yellow]{safe(article.note)}[/]; the text is the feed's own")
    if article.last_error:
        say(f"[red]{safe(article.last_error)}[/]")
    say("\n" + _marked(dossier) + "\n")
    rows = [(found.topic, item.label, item.found, item.zone) for found in dossier.matches for item in found.evidence]
    show_table("Matches", ("topic", "asked for", "found", "zone"), rows, empty="no topic asks for this article")
    if dossier.story:
        say(f"story {dossier.story.id}: {safe(dossier.story.headline)} ({dossier.story.articles} articles)")
    alerts = [(alert.uid, alert.receiver, alert.topic, alert.state, alert.last_error) for alert in dossier.alerts]
    if alerts:
        show_table("Alerts", ("id", "receiver", "topic", "state", "last error"), alerts, empty="")


def _marked(dossier: "Dossier") -> str:
    """The text with its evidence in bold."""
    text = dossier.article.text
    spans = sorted(
        {
            (item.start, item.end)
            for found in dossier.matches
            for item in found.evidence
            if item.zone in {"lead", "body"}
        }
    )
    parts, at = [], 0
    for start, end in spans:
        if start >= at:
            parts += [safe(text[at:start]), f"[bold]{safe(text[start:end])}[/bold]"]
            at = end
    return "".join([*parts, safe(text[at:])])

"""`monitor show`: all that the archive holds of one article."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.context import JSON_OPTION, archive, load_config
from monitor.cli.output import NOT_FOUND, complain, headline, out, plain, safe, say, show_json, show_table

if TYPE_CHECKING:
    from monitor.edge.search import Dossier
    from monitor.edge.store import Store
    from monitor.edits import MatchChange, Revision
    from monitor.settings import Config
    from monitor.think.revision import Segment

_UNCHANGED = 240  # characters of a stretch that no edit touched; of longer ones the ends are shown
_VOICES = 6  # of a story that are named
_MARKS = {"same": "{}", "removed": "[red][-{}-][/]", "added": "[green]{{+{}+}}[/]"}


def show(
    article: Annotated[str, typer.Argument(help="An article's number, or its URL.")],
    as_json: JSON_OPTION = False,  # noqa: FBT002 - a switch of the command line
    diff: Annotated[bool, typer.Option("--diff", help="Show what each edit changed, word by word.")] = False,  # noqa: FBT002
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the text alone, as Markdown.")] = False,  # noqa: FBT002
) -> None:
    """Show one article: its text with the evidence marked, its matches, story, alerts and revisions."""
    from monitor.edge.revisions import find_changes, find_revisions  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.search import find_article  # noqa: PLC0415
    from monitor.reports import edits_of  # noqa: PLC0415
    from monitor.think.discover import canonical  # noqa: PLC0415

    config = load_config()
    with archive(config) as store:
        dossier = find_article(store.engine, article, canonical(article))
        if dossier and dossier.article.state == "unread":
            import asyncio  # noqa: PLC0415 - keeps --help quick

            from monitor.cli.reading import read_unread  # noqa: PLC0415 - seldom needed, and heavy

            asyncio.run(read_unread(config, dossier.article.id))
            dossier = find_article(store.engine, str(dossier.article.id))
        if dossier is None:
            complain(f"no article has the number or URL {article!r}", "`monitor search` shows numbers")
            raise typer.Exit(NOT_FOUND)
        revisions = find_revisions(store.engine, dossier.article.id)
        changes = find_changes(store.engine, dossier.article.id)
        around = _around(config, store, dossier)
    if markdown:
        out.out(dossier.article.about.markdown or dossier.article.text, highlight=False)
        return
    diffs = edits_of(dossier.article, revisions) if diff else []
    if as_json:
        shown = {**plain(dossier), **around, "revisions": revisions, "match_changes": changes}
        show_json({**shown, "diffs": diffs} if diff else shown)
        return
    _print(dossier, around)
    _print_revisions(revisions, changes)
    for each in diffs:
        say(f"\n[bold]Edit {each.number}[/], read {safe(each.read_at)} UTC")
        for part in (each.title, each.text):
            if any(segment.kind != "same" for segment in part):
                say(_written(part))


def _around(config: "Config", store: "Store", dossier: "Dossier") -> dict[str, Any]:
    """What is known of an article beside its dossier: where it was seen, whom it names, the voices of its story."""
    from monitor.edge.database import reading  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.mentions import names_in  # noqa: PLC0415
    from monitor.edge.page_views import seen_in  # noqa: PLC0415
    from monitor.edge.story_views import members_of  # noqa: PLC0415
    from monitor.newsstand import load_press  # noqa: PLC0415
    from monitor.rules import load_topics  # noqa: PLC0415
    from monitor.think.entities import WORDS  # noqa: PLC0415
    from monitor.think.reading import IN_TITLE  # noqa: PLC0415
    from monitor.think.voices import count_voices  # noqa: PLC0415

    number = dossier.article.id
    known = {entity.id for entity in load_topics(config).entities if entity.kind != WORDS}
    with reading(store.engine) as connection:
        names = names_in(connection, [number]).get(number, {})
    story = dossier.story.id if dossier.story else 0
    told = count_voices(members_of(store.engine, [story]).get(story, []), load_press()).voices if story else ()
    return {
        "sightings": seen_in(store.engine, number),
        "names": sorted(names.keys() & known, key=lambda name: (not names[name] & IN_TITLE, name)),
        "voices": [voice.name for voice in told],
    }


def _written(segments: "tuple[Segment, ...]") -> str:
    return "".join(_MARKS[segment.kind].format(_shortened(segment)) for segment in segments)


def _shortened(segment: "Segment") -> str:
    text = segment.text
    if segment.kind == "same" and len(text) > _UNCHANGED:
        text = f"{text[: _UNCHANGED // 2]} … {text[-_UNCHANGED // 2 :]}"
    return safe(text)


def _print_revisions(revisions: "tuple[Revision, ...]", changes: "tuple[MatchChange, ...]") -> None:
    rows = [(each.number, each.replaced_at, each.text_source, len(each.text), each.title) for each in revisions]
    if rows:
        columns = ("revision", "until (UTC)", "from", "characters", "title")
        show_table("What it said before it was changed", columns, rows, empty="")
    moves = [
        (each.revision, each.topic, each.change, _points(each.score_before), _points(each.score)) for each in changes
    ]
    if moves:
        columns = ("revision", "topic", "match", "before", "after")
        show_table("What its edits did to its matches", columns, moves, empty="")


def _points(score: float | None) -> str:
    return "" if score is None else f"{score:.2f}"


def _print(dossier: "Dossier", around: dict[str, Any]) -> None:
    article = dossier.article
    headline(article)
    say(f"[dim]{safe(article.url)}[/]")
    seen = f"{article.seen_at:%Y-%m-%d %H:%M} UTC" if article.seen_at else "?"
    say(f"[dim]article {article.id}, first seen {seen} in {safe(', '.join(article.feeds))}, {article.state}[/]")
    if article.note:
        own = "; the text is the feed's own" if article.text_source == "feed" else ""
        say(f"[yellow]{safe(article.note)}[/]{own}")
    if article.last_error:
        say(f"[red]{safe(article.last_error)}[/]")
    say("\n" + _marked(dossier) + "\n")
    rows = [(found.topic, item.label, item.found, item.zone) for found in dossier.matches for item in found.evidence]
    show_table("Matches", ("topic", "asked for", "found", "zone"), rows, empty="no topic asks for this article")
    if dossier.story:
        called = dossier.story.name or dossier.story.headline
        voices = f"{len(around['voices'])} voices: {', '.join(around['voices'][:_VOICES])}"
        more = ", …" if len(around["voices"]) > _VOICES else ""
        say(f"story {dossier.story.id}: {safe(called)} ({dossier.story.articles} articles, {safe(voices)}{more})")
    if article.copy_of:
        say(f"its text is that of article {article.copy_of}")
    if article.agencies:
        say(f"it carries a report of: {safe(', '.join(article.agencies))}")
    alerts = [(alert.uid, alert.receiver, alert.topic, alert.state, alert.last_error) for alert in dossier.alerts]
    if alerts:
        show_table("Alerts", ("id", "receiver", "topic", "state", "last error"), alerts, empty="")
    if around["names"]:
        say(f"names: {safe(', '.join(f'@{name}' for name in around['names']))}")
    seen_in = [(each.feed, each.title, each.published_at, each.seen_at) for each in around["sightings"]]
    if seen_in:
        show_table("Seen in", ("feed", "title", "published there (UTC)", "seen (UTC)"), seen_in, empty="")


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

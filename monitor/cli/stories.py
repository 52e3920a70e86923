"""`monitor stories`: which events are told, by whom, how they went, and what people say of them."""

from getpass import getuser
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.context import JSON_OPTION, archive, load_config
from monitor.cli.output import FAILED, NOT_FOUND, complain, safe, say, show_json, show_table

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.edge.stories import Decision
    from monitor.edge.story_bonds import Side
    from monitor.model import Alert, Story
    from monitor.reports import Summary

app = typer.Typer(
    help="List stories, show one, and say which articles tell one event.", no_args_is_help=True, rich_markup_mode=None
)
STORY = Annotated[int, typer.Argument(help="A story's number; that of one that became part of it will do.")]
WHY = Annotated[str, typer.Option("--why", help="Why, for whoever reads the log later.")]


@app.command("list")
def list_stories(
    topic: Annotated[str, typer.Option(help="Only stories of this topic.")] = "",
    since: Annotated[str, typer.Option(help="Only stories with an article of the last so long: 12h, 3d.")] = "3d",
    lang: Annotated[str, typer.Option(help="Only stories told in this language, with their headlines in it.")] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")] = 20,
    as_json: JSON_OPTION = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """List stories, those with the most voices and the newest first; exit code 4 when there are none."""
    from monitor.edge.clock import clock  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.story_views import find_stories  # noqa: PLC0415
    from monitor.reports import summarise  # noqa: PLC0415

    config, now = load_config(), clock()
    with archive(config) as store:
        found = [
            summarise(told, now, (lang, *config.tell.languages) if lang else config.tell.languages)
            for told in find_stories(store.engine, _since(since, now), topic)
            if not lang or any(article.language.partition("-")[0] == lang for article in told.articles)
        ]
    ranked = sorted(found, key=lambda each: (-each.rank, -len(each.voices.voices), -each.story.id))[:limit]
    if as_json:
        show_json([{**_story_data(each.story, each.headline), "rank": each.rank, **_figures(each)} for each in ranked])
    else:
        rows = [
            (
                each.story.id,
                len(each.voices.voices),
                len(each.voices.outlets),
                each.voices.articles,
                " ".join(each.voices.languages),
                each.story.latest_at,
                each.headline,
            )
            for each in ranked
        ]
        columns = ("id", "voices", "outlets", "articles", "in", "latest (UTC)", "headline")
        show_table("", columns, rows, empty=f"no story had an article in the last {since}")
    if not ranked:
        raise typer.Exit(NOT_FOUND)


@app.command("show")
def show(
    story: STORY,
    lang: Annotated[str, typer.Option(help="Headline and extract in this language, where the story has it.")] = "",
    as_json: JSON_OPTION = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Show a story: headline, extract, voices, course, and its articles with what each adds."""
    from monitor.cli.story_sheet import print_report, report_data  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.story_views import find_story  # noqa: PLC0415
    from monitor.reports import report  # noqa: PLC0415
    from monitor.rules import load_rules  # noqa: PLC0415

    config = load_config()
    with archive(config) as store:
        file = find_story(store.engine, story)
    languages = (lang, *config.tell.languages) if lang else config.tell.languages
    made = report(file, load_rules(config), languages)
    if as_json:
        show_json({**_story_data(file.story, made.headline), **report_data(made, file)})
    else:
        print_report(made, file)


@app.command("merge")
def merge(one: STORY, other: STORY, why: WHY = "", as_json: JSON_OPTION = False) -> None:  # noqa: FBT002
    """Say that two stories tell one event. No automatic decision undoes it; what either was told of counts as told."""
    from monitor.edge import stories  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.database import writing  # noqa: PLC0415

    with archive(load_config()) as store, writing(store.engine) as connection:
        before = {stories.find_live(connection, number).id for number in (one, other)}
        kept = stories.merge(connection, one, other, _decision(why))
    if kept is None or len(before) == 1:
        complain(f"{one} and {other} are one story already", f"`monitor stories show {min(before)}` shows it")
        raise typer.Exit(FAILED)
    (gone,) = before - {kept.id}
    if as_json:
        show_json({"story": kept, "merged": gone})
    else:
        say(f"story {gone} is part of story {kept.id} now ({kept.articles} articles): {safe(kept.headline)}")


@app.command("split")
def split(
    story: STORY,
    articles: Annotated[list[int], typer.Argument(help="The articles that tell another event; copies go with them.")],
    why: WHY = "",
    quiet: Annotated[bool, typer.Option("--quiet", help="Tell nobody of the part that was not told yet.")] = False,  # noqa: FBT002
    as_json: JSON_OPTION = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Say that some articles of a story tell another event. No automatic decision undoes it."""
    from functools import partial  # noqa: PLC0415 - keeps --help quick

    from monitor.edge import stories  # noqa: PLC0415
    from monitor.edge.database import writing  # noqa: PLC0415
    from monitor.reports import owe_recent  # noqa: PLC0415
    from monitor.rules import load_rules  # noqa: PLC0415

    config = load_config()
    with archive(config) as store:
        decision = _decision(why)
        rules = None if quiet else load_rules(config)
        with writing(store.engine) as connection:
            parted = stories.split(connection, story, articles, decision)
            if parted is None:  # only an automatic decision is held back
                raise typer.Exit(FAILED)
            owed: tuple[Alert, ...] = ()
            if rules:
                owing = partial(owe_recent, rules=rules, now=decision.at, age_s=config.tell.backlog_age)
                owed = stories.owe_untold(connection, parted, owing)
    if as_json:
        show_json({"story": parted.story, "other": parted.other, "moved": parted.moved, "alerts": owed})
        return
    for each in (parted.story, parted.other):
        say(f"story {each.id}, {each.articles} articles: {safe(each.headline)}")
    say(f"moved to story {parted.other.id}: {', '.join(map(str, parted.moved))}; {len(owed)} alerts owed")


@app.command("name")
def name(
    story: STORY,
    text: Annotated[str, typer.Argument(help="What people call it; an empty text takes the name back.")],
    as_json: JSON_OPTION = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Give a story a name, which stands in the place of its headline."""
    from monitor.edge import stories  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.database import writing  # noqa: PLC0415
    from monitor.think.excerpt import one_line  # noqa: PLC0415

    with archive(load_config()) as store, writing(store.engine) as connection:
        named = stories.name(connection, story, one_line(text, 200), _decision(""))
    if as_json:
        show_json(named)
    else:
        say(f"story {named.id}: {safe(named.name or named.headline)}")


@app.command("labels")
def labels(as_json: JSON_OPTION = False) -> None:  # noqa: FBT002 - a switch of the command line
    """List the pairs of articles that people said tell one event, or do not; with --json, with their texts."""
    from monitor.edge.story_bonds import labelled_pairs  # noqa: PLC0415 - keeps --help quick

    with archive(load_config()) as store:
        pairs = labelled_pairs(store.engine)
    if as_json:
        show_json([{"said": bond, "articles": pair} for bond, *pair in pairs])
    else:
        rows = [
            ("one event" if bond.together else "two events", bond.by, bond.bound_at, *_sides(one, other))
            for bond, one, other in pairs
        ]
        empty = "nobody merged or split a story: `monitor stories merge` and `split` do"
        show_table("", ("says", "by", "at (UTC)", "article", "and article"), rows, empty=empty)
    if not pairs:
        raise typer.Exit(NOT_FOUND)


def _sides(*sides: "Side") -> tuple[str, ...]:
    return tuple(f"{side.article_id}: {side.title}" for side in sides)


def _figures(summary: "Summary") -> dict[str, object]:
    voices = summary.voices
    return {
        "articles": voices.articles,
        "copies": voices.copies,
        "outlets": voices.outlets,
        "voices": [voice.name for voice in voices.voices],
        "languages": voices.languages,
        "countries": voices.countries,
    }


def _decision(why: str) -> "Decision":
    from monitor.edge.clock import clock  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.stories import Decision  # noqa: PLC0415
    from monitor.think.excerpt import one_line  # noqa: PLC0415

    try:
        user = getuser()
    except (KeyError, OSError):
        user = "somebody"
    return Decision(clock(), user, one_line(why, 500))


def _since(text: str, now: "datetime") -> "datetime":
    from datetime import timedelta  # noqa: PLC0415 - keeps --help quick

    from monitor.settings.kinds import parse_duration  # noqa: PLC0415

    try:
        return now - timedelta(seconds=float(str(parse_duration(text))))
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(f"--since takes a time such as 12h or 3d, not {text!r}") from error


def _story_data(story: "Story", headline: str) -> dict[str, object]:
    return {
        "id": story.id,
        "headline": headline,
        "name": story.name,
        "opened_at": story.opened_at,
        "latest_at": story.latest_at,
    }

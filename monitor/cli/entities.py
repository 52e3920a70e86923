"""`monitor entities`: who and what topics can name."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import named
from monitor.cli.context import JSON_OPTION, load_config
from monitor.cli.output import FAILED, NOT_FOUND, complain, err, plain, safe, say, show_json, show_table
from monitor.cli.timeline import SINCE_OPTION, UNTIL_OPTION
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from monitor.cli.gather import Gathered
    from monitor.model import Entity
    from monitor.rules import Rules
    from monitor.settings import Config
    from monitor.think.wikidata import Wanted

app = typer.Typer(
    help="List and show entities, who is named most, and take them from Wikidata.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("top")(named.top)

_NAMED = 20  # things passed over that are named, the rest is counted

TO_OPTION = Annotated[Path | None, typer.Option("--to", help="The pack to add them to; default: print them.")]
LANGUAGES_OPTION = Annotated[
    str, typer.Option(help="Whose names to take: en,uk,…; default: the twelve of the shipped pack.")
]
GROUP_OPTION = Annotated[str, typer.Option(help="A group to put them in.")]
SPELLINGS_OPTION = Annotated[bool, typer.Option("--spellings", help="Also write Slavic surnames as others spell them.")]
KIND_OPTION = Annotated[str, typer.Option(help="The kind of those whose kind is not obvious; default: other.")]


@app.command("list")
def list_entities(
    query: Annotated[str, typer.Argument(help="An id, group, kind, Wikidata id, or words of a name.")] = "",
    as_json: JSON_OPTION = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """List the entities in force, or those that are called so."""
    from monitor.rules import load_topics  # noqa: PLC0415 - keeps --help quick

    found = [entity for entity in load_topics(load_config()).entities if _answers(entity, query)]
    if as_json:
        show_json(found)
    else:
        rows = [(each.id, each.kind, each.qid, ", ".join(each.groups), _called(each)) for each in found]
        show_table("", ("id", "kind", "Wikidata", "groups", "names"), rows, empty="no entity is called so")
    if not found:
        raise typer.Exit(NOT_FOUND)


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="Its id, or its Wikidata id.")],
    since: SINCE_OPTION = "",
    until: UNTIL_OPTION = "",
    as_json: JSON_OPTION = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Show one entity: its names, what it needs, the topics that name it; when it was named, and with whom."""
    from monitor.rules import load_rules  # noqa: PLC0415 - keeps --help quick

    config = load_config()
    rules = load_rules(config)
    wanted = name.removeprefix("@").lower()
    entity = next((each for each in rules.pack.entities if wanted in {each.id, each.qid.lower()}), None)
    if entity is None:
        like = ", ".join(rules.entities.suggest(wanted))
        complain(f"no entity is called {name!r}", f"did you mean {like}?" if like else "")
        raise typer.Exit(NOT_FOUND)
    topics = _topics_naming(entity.id, rules)
    said = named.look_up(config, rules, entity.id, since, until)
    if as_json:
        show_json({**plain(entity), "topics": topics, "named": named.named_data(said) if said else None})
        return
    say(f"[bold]{safe(entity.id)}[/] {safe(entity.qid)} ({safe(entity.kind)})")
    parts = (("groups", entity.groups), ("needs", entity.needs), ("not", entity.excluded), ("topics", topics))
    for label, listed in parts:
        if listed:
            say(f"{label}: {safe(', '.join(listed))}")
    languages = dict.fromkeys(each.language for each in entity.names)
    rows = [(each, _names_in(entity, each)) for each in languages]
    show_table("", ("lang", "names"), rows, empty="")
    if said:
        named.print_named(said)


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="A JSON export of Wikidata: a document, a list, or an item a line.")],
    to: TO_OPTION = None,
    languages: LANGUAGES_OPTION = "",
    group: GROUP_OPTION = "",
    kind: KIND_OPTION = "",
    spellings: SPELLINGS_OPTION = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Take entities from a file, and add them to a pack; known ones get their new names."""
    from monitor.cli.gather import gather_file  # noqa: PLC0415 - keeps --help quick

    _finish(gather_file(file, _wanted(languages, group, kind, spellings=spellings)), to, None)


@app.command("add")
def add(
    qids: Annotated[list[str], typer.Argument(help="Wikidata ids, such as Q212.")],
    source: Annotated[
        str, typer.Option("--from", help="A wiki like Wikidata, or a URL with {qid} in it; default: Wikidata.")
    ] = "",
    to: TO_OPTION = None,
    languages: LANGUAGES_OPTION = "",
    group: GROUP_OPTION = "",
    kind: KIND_OPTION = "",
    spellings: SPELLINGS_OPTION = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Take entities from Wikidata, and add them to a pack; known ones get their new names."""
    import asyncio  # noqa: PLC0415 - keeps --help quick

    from monitor.cli.gather import WIKIDATA, gather_web  # noqa: PLC0415

    wanted = _wanted(languages, group, kind, spellings=spellings)
    config = load_config()
    _finish(asyncio.run(gather_web(config, qids, source or WIKIDATA, wanted)), to, config)


def _wanted(languages: str, group: str, kind: str, *, spellings: bool) -> "Wanted":
    from monitor.think.pack_sheet import SLUG  # noqa: PLC0415 - keeps --help quick
    from monitor.think.wikidata import LANGUAGE, LANGUAGES, Wanted  # noqa: PLC0415

    codes = tuple(dict.fromkeys(code.strip() for code in languages.split(",") if code.strip())) or LANGUAGES
    for code in codes:
        if not LANGUAGE.fullmatch(code):
            raise ConfigError(f"{code!r} is no language code", hint="--languages en,uk")
    if group and not SLUG.fullmatch(group):
        raise ConfigError(f"{group!r} cannot be a group", hint="small letters, digits and hyphens")
    if kind == "words":
        raise ConfigError("words are no kind of thing", hint="lists of words are headed [[words]] in a pack")
    return Wanted(codes, group, kind.strip(), spellings)


def _finish(gathered: "Gathered", to: Path | None, config: "Config | None") -> None:
    """Print what was gathered, or put it into a pack, and tell what became of it."""
    from monitor.think.pack_edit import settle_ids  # noqa: PLC0415 - keeps --help quick
    from monitor.think.pack_text import write_entity  # noqa: PLC0415

    skipped = list(gathered.skipped)
    if to is None:
        for entity in settle_ids(gathered.entities, (), ()):
            sys.stdout.write(write_entity(entity) + "\n")
        done = f"{len(gathered.entities)} entities"
    else:
        done = _add(gathered.entities, to, config, skipped)
    err.print(safe(f"{done}, {len(skipped)} passed over"))
    for reason in skipped[:_NAMED]:
        err.print(safe(f"  {reason}"))
    if len(skipped) > _NAMED:
        err.print(f"  and {len(skipped) - _NAMED} more")
    if not gathered.entities:
        raise typer.Exit(FAILED)


def _add(found: Sequence["Entity"], to: Path, config: "Config | None", skipped: list[str]) -> str:
    from monitor.cli.gather import add_to_pack  # noqa: PLC0415 - keeps --help quick

    is_new = not to.exists()
    edited, passed = add_to_pack(to, found, _in_force(config))
    skipped += passed
    for entity in edited.added:
        say(f"added {safe(entity.id)} ({safe(entity.kind)}, {entity.qid}): {safe(_called(entity))}")
    for id_, names in edited.extended.items():
        say(f"new names of {safe(id_)}: {safe(', '.join(name.text for name in names))}")
    if is_new and edited.added:
        say(f"{safe(to)} is a new pack: name it under \\[topics] files in the configuration")
    return (
        f"{len(edited.added)} entities added, {len(edited.extended)} with new names, {len(edited.unchanged)} as before"
    )


def _in_force(config: "Config | None") -> Sequence["Entity"]:
    """The entities of all packs in force; none while they have faults, which often wait for what is added here."""
    from monitor.rules import load_rules  # noqa: PLC0415 - keeps --help quick

    try:
        return load_rules(config or load_config()).pack.entities
    except ConfigError:
        return ()


def _answers(entity: "Entity", query: str) -> bool:
    """Whether an entity is called so: the words of the query begin words of one of its names."""
    from monitor.think.language import tokens  # noqa: PLC0415 - keeps --help quick

    asked = query.removeprefix("@").lower()
    if not asked or asked in {entity.id, entity.qid.lower(), entity.kind.lower(), *entity.groups}:
        return True
    words = tokens(query)
    said = [tokens(name.text) for name in entity.names]
    return bool(words) and any(all(any(each.startswith(word) for each in run) for word in words) for run in said)


def _called(entity: "Entity", most: int = 3) -> str:
    names = list(dict.fromkeys(name.text for name in entity.names))
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _names_in(entity: "Entity", language: str) -> str:
    named = (each for each in entity.names if each.language == language)
    return ", ".join(f"{each.text} ({each.confidence:g})" if each.confidence < 1 else each.text for each in named)


def _topics_naming(id_: str, rules: "Rules") -> list[str]:
    from monitor.think.lint import entities_in, queries_of  # noqa: PLC0415 - keeps --help quick

    return [
        topic.name
        for topic in rules.pack.topics
        if any(id_ in entities_in(asked.tree) for asked in queries_of(topic, rules.entities))
    ]

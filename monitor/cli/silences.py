"""`monitor silence`: what shall not be told for a while."""

from typing import Annotated

import typer

from monitor.cli.context import JSON_OPTION, archive, load_config
from monitor.cli.output import BAD_USE, NOT_FOUND, complain, say, show_json, show_table

app = typer.Typer(
    help="Hold back alerts for a while, list what is held back, and let it go.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("add")
def add(
    length: Annotated[str, typer.Option("--for", help='How long: "90m", "2h", "3d".')],
    *,
    topic: Annotated[str, typer.Option(help="Alerts of this topic.")] = "",
    story: Annotated[int, typer.Option(min=0, help="Alerts of the story with this number.")] = 0,
    site: Annotated[str, typer.Option(help="Alerts of articles on this site, and on those below it.")] = "",
    entity: Annotated[str, typer.Option(help="Alerts of articles that name this entity, or one of this group.")] = "",
    receiver: Annotated[str, typer.Option(help="Alerts to this receiver alone.")] = "",
    why: Annotated[str, typer.Option(help="Why; it is kept, and told with what was held back.")] = "",
    drop: Annotated[bool, typer.Option("--drop", help="Do not tell afterwards what was held back.")] = False,
) -> None:
    """Hold back alerts that fit all that is named; when it ends, they are told as one digest."""
    from datetime import timedelta  # noqa: PLC0415 - keeps --help quick

    from monitor.edge import silences  # noqa: PLC0415
    from monitor.edge.clock import clock  # noqa: PLC0415
    from monitor.rules import load_rules  # noqa: PLC0415
    from monitor.settings.kinds import parse_duration  # noqa: PLC0415
    from monitor.silencing import LONGEST_S, site_of, unknown_names  # noqa: PLC0415
    from monitor.telling import Fate, Silence  # noqa: PLC0415

    config = load_config()
    try:
        seconds = float(str(parse_duration(length)))
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= LONGEST_S:
        complain(f"--for {length!r} is no duration of up to a year", 'write it as "90m", "2h" or "3d"')
        raise typer.Exit(BAD_USE)
    if not (topic or story or site or entity or receiver):
        complain("a silence must name what it is of", "--topic, --story, --site, --entity or --receiver")
        raise typer.Exit(BAD_USE)
    rules = load_rules(config)
    unknown = unknown_names(config, rules, topic=topic, receiver=receiver, entity=entity)
    if unknown:
        complain(
            f"nothing is known by the name {', '.join(map(repr, unknown))}", "`monitor topics list`, `entities list`"
        )
        raise typer.Exit(NOT_FOUND)
    now = clock()
    silence = Silence(
        0,
        now,
        now + timedelta(seconds=seconds),
        topic=topic,
        story_id=story,
        site=site_of(site),
        entity=entity.removeprefix("@"),
        receiver=receiver,
        why=why,
        fate=Fate.DROP if drop else Fate.TELL,
    )
    with archive(config) as store:
        number = silences.add(store.engine, silence)
    say(f"silence {number} holds until {silence.ends_at:%Y-%m-%d %H:%M} UTC; `monitor silence end {number}` ends it")


@app.command("list")
def show(
    *,
    every: Annotated[bool, typer.Option("--all", help="Also those that ended.")] = False,
    as_json: JSON_OPTION = False,
) -> None:
    """List silences with what they hold back."""
    from monitor.edge import silences  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.clock import clock  # noqa: PLC0415

    with archive(load_config()) as store:
        now = clock()
        found = silences.listed(store.engine, now, ended=every)
    if as_json:
        show_json([{"silence": one.silence, "holds": one.alerts} for one in found])
        return
    rows = [
        (
            one.silence.id,
            _named(one.silence),
            one.silence.ends_at,
            "in force" if one.silence.ends_at > now else "ended",
            f"{one.alerts} held" if one.silence.fate == "tell" else "drops",
            one.silence.why,
        )
        for one in found
    ]
    show_table("", ("silence", "of", "ends (UTC)", "state", "alerts", "why"), rows, empty="no silence is in force")


def _named(silence: object) -> str:
    names = ("topic", "story_id", "site", "entity", "receiver")
    return ", ".join(f"{name.removesuffix('_id')} {value}" for name in names if (value := getattr(silence, name)))


@app.command("end")
def end(number: Annotated[int, typer.Argument(help="The silence's number.")]) -> None:
    """End a silence now: what it held back is told as one digest."""
    from monitor.edge import silences  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.clock import clock  # noqa: PLC0415

    with archive(load_config()) as store:
        ended = silences.end(store.engine, number, clock())
    if not ended:
        complain(f"no silence in force has the number {number}", "`monitor silence list` shows them")
        raise typer.Exit(NOT_FOUND)
    say(f"silence {number} has ended")

"""`monitor forget` and `monitor audit`: what leaves the archive for good, and what people did by hand."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.context import JSON_OPTION, archive, load_config
from monitor.cli.output import BAD_USE, NOT_FOUND, complain, safe, say, show_json, show_table

# Commands that change what the archive holds, or what the daemon does, by a person's will.
MANUAL = frozenset(
    "backup,restore,forget,reload,label,feeds add,feeds remove,feeds import,stories merge,stories split,stories name,"
    "alerts retry,silence add,silence end,token add,token remove,sites forget,searches save,searches remove,"
    "topics new,entities add,entities import,db upgrade".split(",")
)


def forget(
    what: Annotated[str, typer.Argument(help="An article's address, or a site's host with all that lies under it.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    again: Annotated[bool, typer.Option("--allow", help="Let it be kept again from now on.")] = False,
) -> None:
    """Take an article or a whole site out of the archive for good, with all that tells of it; it is not kept again."""
    from monitor.edge import forgetting  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.clock import clock  # noqa: PLC0415
    from monitor.think.discover import canonical  # noqa: PLC0415

    key = canonical(what)
    config = load_config(secrets=False)
    with archive(config) as store:
        if again:
            if not forgetting.allow(store.engine, what, key):
                complain(f"{what!r} is not barred", "only what was forgotten is")
                raise typer.Exit(NOT_FOUND)
            say(f"{safe(what)} may be kept again")
            return
        numbers = forgetting.articles_of(store.engine, what, key)
        failures = forgetting.failures_of(store.engine, what, key, canonical)
        if not yes:
            also = f", and {len(failures)} records of archives that could not be read," if failures else ""
            typer.confirm(f"Take {len(numbers)} articles{also} out for good?", abort=True)
        done = forgetting.forget(store.engine, what, key, numbers, clock(), failures)
    also = f", {done.failures} records of archives that could not be read" if done.failures else ""
    say(f"forgot {done.articles} articles, {done.alerts} alerts, {done.stories} stories{also}; none is kept again")
    copies = _copies(config.database_path)
    if copies:
        say(f"older copies still hold it: {', '.join(str(copy) for copy in copies)}")


def _copies(database: Path) -> list[Path]:
    beside = [
        path for sign in ("before", "copy", "replaced") for path in database.parent.glob(f"{database.name}.{sign}-*")
    ]
    return sorted([*beside, *(database.parent / "backups").glob("monitor-*.tar.zst")])


def audit(
    *,
    since: Annotated[str, typer.Option(help='How far back: "12h", "7d"; default: ever.')] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many.")] = 50,
    as_json: JSON_OPTION = False,
) -> None:
    """List what people did by hand, by command or over the API, newest first."""
    from monitor.edge import audit as log  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.clock import clock  # noqa: PLC0415
    from monitor.settings.kinds import parse_duration  # noqa: PLC0415

    try:
        begin = clock() - timedelta(seconds=float(str(parse_duration(since)))) if since else None
    except (ValueError, OverflowError):
        complain(f"--since {since!r} is no duration", 'write it as "12h" or "7d"')
        raise typer.Exit(BAD_USE) from None
    with archive(load_config(secrets=False)) as store:
        found = log.deeds(store.engine, begin, limit)
    if as_json:
        show_json(found)
        return
    rows = [(deed.done_at, deed.who, deed.by, deed.did, deed.what) for deed in found]
    show_table("", ("when (UTC)", "who", "by", "did", "what"), rows, empty="nothing was done by hand")


def note_manual(words: Sequence[str]) -> None:
    """Write down a command that was done, if it is one of those that people answer for."""
    said = list(words)
    while said and said[0].startswith("-"):  # options that stand before the command
        said = said[2:] if said[0] in {"-c", "--config"} else said[1:]
    did = next((name for name in (" ".join(said[:2]), *said[:1]) if name in MANUAL), "")
    if not did:
        return
    from monitor.edge import audit as log  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.clock import clock  # noqa: PLC0415
    from monitor.errors import MonitorError  # noqa: PLC0415
    from monitor.think.mask import mask  # noqa: PLC0415

    # Of what was forgotten the list of deeds must not tell.
    what = "" if did == "forget" else mask(" ".join(said[len(did.split()) :]))
    try:
        with archive(load_config(secrets=False)) as store:
            log.note(store.engine, log.Deed(clock(), log.somebody(), "command", did, what))
    except MonitorError as error:
        complain(f"done, but not written down: {error}", error.hint)

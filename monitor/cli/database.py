"""`monitor db`: the database file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.context import JSON_OPTION, load_config
from monitor.cli.output import say, show_json, show_table
from monitor.cli.prune import prune

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.edge.transfer import Step

_SAY_EVERY_S = 2.0

app = typer.Typer(help="Upgrade, back up and describe the database.", no_args_is_help=True, rich_markup_mode=None)
app.command("prune")(prune)


@app.command("upgrade")
def upgrade() -> None:
    """Bring the schema up to date; the old file is copied first."""
    from monitor.edge.clock import clock  # noqa: PLC0415
    from monitor.edge.migrate import version  # noqa: PLC0415 - keeps --help quick
    from monitor.wire import open_store  # noqa: PLC0415

    config = load_config()
    store = open_store(config)
    copy = store.upgrade(clock(), keep=config.database.backups)
    kept = f"; the old file is kept as {copy}" if copy else ""
    say(f"{store.place}: schema version {version(store.engine)}{kept}")
    store.close()


@app.command("backup")
def backup(
    target: Annotated[
        Path | None, typer.Argument(help="Where to; default: beside the database, with the time.")
    ] = None,
) -> None:
    """Copy the database whole and consistent, while the daemon works, and check the copy."""
    from monitor.edge.clock import clock  # noqa: PLC0415
    from monitor.edge.migrate import backup as copy  # noqa: PLC0415 - keeps --help quick
    from monitor.errors import StoreError  # noqa: PLC0415

    config = load_config()
    path = config.database_path
    if config.database.url:
        raise StoreError(
            "a PostgreSQL server is backed up by its own means: pg_dump, or an archive of its log",
            hint="docs/postgresql.md says how",
        )
    if not path.is_file():
        raise StoreError(f"{path}: there is no database yet", hint="`monitor run` or `monitor db upgrade` makes it")
    chosen = target or path.with_name(f"{path.name}.copy-{clock():%Y%m%dT%H%M%S}")
    if chosen.exists():
        raise StoreError(f"{chosen} is there already", hint="name another file")
    say(f"copied to {copy(path, chosen)}, checked")


@app.command("copy")
def copy(
    source: Annotated[str, typer.Argument(help="The SQLite file, or sqlite:///its path.")],
    target: Annotated[str, typer.Argument(help="postgresql://user@host/name of an empty database.")],
    password_secret: Annotated[str, typer.Option(help="The secret that holds the password; default: ~/.pgpass.")] = "",
) -> None:
    """Copy an archive from SQLite to PostgreSQL, and compare both; a copy that was ended goes on where it was."""
    from monitor.config import read_secret  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.clock import clock  # noqa: PLC0415
    from monitor.edge.database import sole_daemon  # noqa: PLC0415
    from monitor.edge.migrate import HEAD, version  # noqa: PLC0415
    from monitor.edge.postgres import is_postgres  # noqa: PLC0415
    from monitor.edge.store import Store  # noqa: PLC0415
    from monitor.edge.transfer import copy_archive, source_name  # noqa: PLC0415
    from monitor.errors import StoreError  # noqa: PLC0415
    from monitor.think.language import indexable  # noqa: PLC0415

    path = Path(source.removeprefix("sqlite:///"))
    if not path.is_file():
        raise StoreError(f"{path}: there is no such file", hint="name the SQLite file that database.path names")
    if not is_postgres(target):
        raise StoreError("the target is no address of PostgreSQL", hint="postgresql://monitor@localhost/monitor")
    password = read_secret(load_config(), password_secret).get_secret_value() if password_secret else ""
    with sole_daemon(path):
        old, new = Store(path, indexable), Store(target, indexable, password=password)
        if version(old.engine) != HEAD:
            raise StoreError(f"{path}: its schema is not that of this program", hint="`monitor db upgrade` first")
        new.upgrade(clock())
        rows = copy_archive(old.engine, new.engine, source_name(path), indexable, _told())
        say(f"copied {sum(rows.values()):,} rows of {len(rows)} tables to {new.place}, and compared every one")
        old.close()
        new.close()


def _told() -> "Callable[[Step], None]":
    """Says how far a copy is: a line for each table and for every few seconds within it."""
    from time import monotonic  # noqa: PLC0415

    said = 0.0

    def tell(step: "Step") -> None:
        nonlocal said
        if step.done < step.total and monotonic() - said < _SAY_EVERY_S:
            return
        said = monotonic()
        say(f"{'compared' if step.compared else 'copied'} {step.table}: {step.done:,} of {step.total:,}")

    return tell


@app.command("names")
def names() -> None:
    """Look for the names of entities in articles that the present ones were not looked for in; the daemon does, too."""
    import asyncio  # noqa: PLC0415 - keeps --help quick

    from monitor.cli.context import archive  # noqa: PLC0415
    from monitor.naming import name_some  # noqa: PLC0415
    from monitor.rules import load_rules  # noqa: PLC0415

    config = load_config()
    rules = load_rules(config)
    done = 0
    with archive(config) as store:
        while some := asyncio.run(name_some(store.engine, rules)):
            done += some
            say(f"{done} articles") if done % 5_000 < some else None
    say(f"looked for names in {done} articles" if done else "the names of all entities were looked for in all articles")


@app.command("info")
def info(as_json: JSON_OPTION = False) -> None:  # noqa: FBT002 - a switch of the command line
    """Where the database lies, how large it is, its schema version, and what it holds."""
    from monitor.edge import search  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.clock import clock  # noqa: PLC0415
    from monitor.edge.levels import size  # noqa: PLC0415
    from monitor.edge.migrate import HEAD, version  # noqa: PLC0415
    from monitor.wire import open_store  # noqa: PLC0415

    config = load_config()
    place = config.database.url or str(config.database_path)
    facts: dict[str, object] = {"path": place, "bytes": 0, "schema": "", "schema of this program": HEAD}
    if config.has_archive:
        store = open_store(config)
        facts |= {"path": store.place, "bytes": size(store.engine), "schema": version(store.engine)}
        if facts["schema"] == HEAD:
            facts |= search.counts(store.engine, clock())
        store.close()
    if as_json:
        show_json(facts)
    else:
        show_table("", ("", ""), facts.items(), empty="")

"""`monitor backup` and `monitor restore`: the archive and its configuration in one file, and back."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor import __version__
from monitor.cli.context import JSON_OPTION, config_path, load_config
from monitor.cli.output import say, show_json
from monitor.errors import StoreError

if TYPE_CHECKING:
    from monitor.settings import Config


def backup(
    folder: Annotated[Path | None, typer.Argument(help="Where to; default: `backups` beside the database.")] = None,
    *,
    keep: Annotated[int, typer.Option(min=0, help="How many of the folder stay; 0 keeps all.")] = 7,
    as_json: JSON_OPTION = False,
) -> None:
    """Make one compressed, verified file of the archive and its configuration, while the daemon works."""
    from monitor.edge import backups, migrate  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.clock import clock  # noqa: PLC0415
    from monitor.wire import open_store  # noqa: PLC0415

    config = load_config(secrets=False)
    store = open_store(config)
    try:
        if store.engine.dialect.name != "sqlite":
            raise StoreError("this database is a server's", hint="back it up as its server's: pg_dump -Fc")
        path = config.database_path
        if not path.is_file():
            raise StoreError(f"{path}: there is no database yet", hint="`monitor run` makes it")
        schema = migrate.version(store.engine)
    finally:
        store.close()
    now, chosen = clock(), folder or path.parent / "backups"
    try:
        chosen.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{chosen}: cannot be made: {error.strerror}", hint="name another folder") from error
    target = chosen / f"monitor-{now:%Y%m%dT%H%M%SZ}{backups.SUFFIX}"
    manifest = backups.pack(path, schema, _files(config), target, now, __version__)
    gone = backups.rotate(chosen, keep)
    if as_json:
        show_json({"file": target, "bytes": target.stat().st_size, "removed": gone, "holds": manifest})
        return
    size, whole = target.stat().st_size / 1e6, manifest.bytes / 1e6
    say(f"{target}: {size:.1f} MB of {whole:.1f}, read back and compared")
    if gone:
        say(f"removed {len(gone)} older ones")


def _files(config: "Config") -> Mapping[str, Path]:
    """The configuration, and the files that it names, by their paths from its folder; those elsewhere are left out."""
    named = [config.source, *(config.home / file for file in config.topics.files)]
    for receiver in config.receiver:
        given = getattr(receiver, "template", None) or getattr(receiver, "templates", None)
        place = config.home / given if given else None
        named += sorted(place.rglob("*")) if place and place.is_dir() else [place] if place else []
    home = config.home
    found = {path.resolve(): path for path in named if path.is_file()}
    return {str(path.relative_to(home)): path for path in found if path.is_relative_to(home)}


def restore(
    file: Annotated[Path, typer.Argument(help="A backup, or a copy that was made before an upgrade.")],
    *,
    check: Annotated[bool, typer.Option("--check", help="Only read it from end to end.")] = False,
    configuration: Annotated[
        Path | None, typer.Option(help="First write its configuration to this folder, where none is there yet.")
    ] = None,
) -> None:
    """Put the archive of a backup in its place; the daemon must be stopped, and what lay there is kept."""
    from monitor.config import load  # noqa: PLC0415 - keeps --help quick
    from monitor.edge import backups  # noqa: PLC0415
    from monitor.edge.clock import clock  # noqa: PLC0415
    from monitor.edge.database import sole_daemon  # noqa: PLC0415

    manifest = None if backups.is_plain(file) else backups.verify(file)
    if manifest:
        backups.check_schema(manifest, file)
        say(f"{file}: whole; made {manifest.made_at[:16]} by monitor {manifest.version}, schema {manifest.schema}")
    if check:
        return
    if configuration and manifest:
        for written in backups.unpack_files(file, configuration):
            say(f"wrote {written}")
    named = configuration / "config.toml" if configuration else config_path()
    config = load(named, secrets=False)  # they are not in a backup
    if config.database.url:
        raise StoreError(
            "this database is a server's", hint="restore it as its server's: pg_restore; or `monitor db copy`"
        )
    with sole_daemon(config.database_path):
        kept = backups.unpack(file, config.database_path, clock())
    say(f"restored to {config.database_path}" + (f"; what lay there is kept as {kept}" if kept else ""))

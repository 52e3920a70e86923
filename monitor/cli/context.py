"""Which configuration a command works with, and what it opens of it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.errors import ConfigError

if TYPE_CHECKING:
    from monitor.edge.store import Store
    from monitor.settings import Config

PLACES = (Path("config.toml"), Path("/etc/monitor/config.toml"))
CONFIG_OPTION = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="The configuration; default: $MONITOR_CONFIG, ./config.toml, /etc/monitor."),
]
JSON_OPTION = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_asked: Path | None = None


def settle_config(asked: Path | None) -> None:
    """Remember which file the command line named."""
    global _asked  # noqa: PLW0603 - one process is one command
    _asked = asked


def config_path() -> Path:
    """The file to read; ConfigError when there is none to be found."""
    named = _asked or (Path(os.environ["MONITOR_CONFIG"]) if os.environ.get("MONITOR_CONFIG") else None)
    if named:
        return named
    found = next((place for place in PLACES if place.is_file()), None)
    if found is None:
        places = " or ".join(str(place) for place in PLACES)
        raise ConfigError(
            f"there is no configuration: looked for {places}",
            hint="`monitor config init` writes the shipped one here; --config names another",
        )
    return found


def load_config(*, secrets: bool = True) -> "Config":
    """The configuration in force, checked whole, but for the secrets if this process need not have them."""
    from monitor.config import load  # noqa: PLC0415 - keeps --help quick

    return load(config_path(), secrets=secrets)


@contextmanager
def archive(config: "Config") -> Iterator["Store"]:
    """The archive, its schema brought up to date."""
    from monitor.edge.clock import clock  # noqa: PLC0415 - keeps --help quick
    from monitor.wire import open_store  # noqa: PLC0415

    store = open_store(config)
    try:
        store.upgrade(clock(), keep=config.database.backups)
        yield store
    finally:
        store.close()

"""`monitor check` and `monitor config`: the configuration, judged and shown."""

from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.context import JSON_OPTION, archive, config_path, load_config
from monitor.cli.output import FAILED, complain, say, show_json, show_table
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from monitor.edge.store import Store
    from monitor.settings import Config

app = typer.Typer(
    help="Show the configuration in force, or write the shipped one.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("show")
def show() -> None:
    """Print the configuration in force, from file and environment, as JSON; secrets never show."""
    from monitor.config import shown  # noqa: PLC0415 - keeps --help quick

    show_json(shown(load_config()))


@app.command("init")
def init(target: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("config.toml")) -> None:
    """Write the shipped configuration, with its feeds, to a file that is yours to change."""
    if target.exists():
        raise ConfigError(f"{target} is there already", hint="name another file")
    try:
        target.write_text(shipped(), "utf-8")
    except OSError as error:
        raise ConfigError(f"{target}: cannot be written: {error.strerror}") from error
    say(f"wrote {target}; `monitor check` judges it, `monitor run` works with it")


def shipped() -> str:
    """The configuration that ships: inside an installed package, or beside it in a checkout."""
    inside = resources.files("monitor") / "config.toml"
    beside = Path(str(resources.files("monitor"))).parent / "config.toml"
    return inside.read_text("utf-8") if inside.is_file() else beside.read_text("utf-8")


def check(as_json: JSON_OPTION = False) -> None:  # noqa: FBT002 - a switch of the command line
    """Check the configuration, the topics with their examples, the database and the receivers; all faults at once."""
    import asyncio  # noqa: PLC0415 - keeps --help quick

    from monitor.channels import check_parts  # noqa: PLC0415
    from monitor.edge.migrate import HEAD, version  # noqa: PLC0415
    from monitor.rules import failed_examples, failed_routes, load_rules  # noqa: PLC0415

    config = load_config()
    rules = load_rules(config)
    examples = sum(len(topic.tests) for topic in rules.pack.topics)
    faults = [*failed_examples(rules), *failed_routes(config, rules), *asyncio.run(check_parts(config))]
    with archive(config) as store:
        schema, place = version(store.engine), store.place
        sites = list(_sites(config, store))
    rows = [
        ("configuration", str(config_path()), "sound"),
        ("feeds", len(config.feed), "sound"),
        ("topics", len(rules.pack.topics), f"{len(rules.pack.entities)} entities, {examples} examples"),
        ("receivers", len(config.receiver), f"{len(config.route)} routes"),
        ("database", place, f"schema {schema} of {HEAD}"),
        *sites,
    ]
    if as_json:
        show_json(
            {"faults": faults, "checked": [dict(zip(("what", "which", "found"), row, strict=True)) for row in rows]}
        )
    else:
        show_table("", ("checked", "", "found"), rows, empty="")
        for fault in faults:
            complain(fault)
        if not config.route:
            say(r"No \[\[route]] is set, so nobody is told: see the receivers in the configuration.")
    if faults:
        raise typer.Exit(FAILED)


def _sites(config: "Config", store: "Store") -> Iterator[tuple[str, str, str]]:
    """The sites that the configuration has selectors for, put to the newest page of each."""
    from monitor.edge.pages import latest_pages  # noqa: PLC0415 - keeps --help quick
    from monitor.think.customs import names_nothing  # noqa: PLC0415

    for host, table in config.site.items():
        page = next(iter(latest_pages(store.engine, host, 1)), None)
        missing = names_nothing(page, (*table.keep, *table.drop)) if page else ()
        named = f"not on it: {', '.join(missing)}" if missing else "all selectors name something"
        yield f"site {host}", page.final_url if page else "no page is kept", named if page else "not tried"

"""The command line: every command, its options, and the exit codes."""

import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from monitor import __version__
from monitor.cli import (
    alerts,
    archive,
    backfill,
    backups,
    configuration,
    database,
    doctor,
    entities,
    explain,
    feeds,
    forget,
    label,
    reload,
    reprocess,
    routes,
    search,
    searches,
    silences,
    similar,
    sites,
    status,
    stories,
    timeline,
    top,
    topics,
    web,
    work,
)
from monitor.cli.context import CONFIG_OPTION, settle_config
from monitor.cli.output import BAD_USE, FAILED, complain
from monitor.errors import ConfigError, MonitorError


class _Answered(TyperGroup):
    """Commands, of which those that people answer for are written down once they are done."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.meta["words"] = tuple(args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> object:
        done: object = super().invoke(ctx)
        forget.note_manual(ctx.meta["words"])
        return done


app = typer.Typer(
    cls=_Answered,
    name="monitor",
    help="Watch news feeds, recognise the stories that your topics ask for, and tell people once, soon, and why.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help, in a third of the time
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(asked: bool) -> None:  # noqa: FBT001 - how typer calls it
    if asked:
        typer.echo(f"monitor {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    config: CONFIG_OPTION = None,
    version: Annotated[  # noqa: FBT002, ARG001 - a switch of the command line, answered before a command is missed
        bool, typer.Option("--version", help="Print the version and end.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    settle_config(config)


app.command("run")(work.run)
app.command("poll")(work.poll)
app.command("read")(work.read)
app.command("check")(configuration.check)
app.command("search")(search.search)
app.command("timeline")(timeline.timeline)
app.command("similar")(similar.similar)
app.command("show")(archive.show)
app.command("explain")(explain.explain)
app.command("label")(label.label)
app.command("status")(status.status)
app.command("top")(top.top)
app.command("backup")(backups.backup)
app.command("restore")(backups.restore)
app.command("forget")(forget.forget)
app.command("audit")(forget.audit)
app.command("doctor")(doctor.doctor)
app.command("reload")(reload.reload)
app.command("backfill")(backfill.backfill)
app.command("reprocess")(reprocess.reprocess)
app.command("demo")(work.demo)
app.command("web")(web.web)
app.add_typer(feeds.app, name="feeds")
app.add_typer(sites.app, name="sites")
app.add_typer(searches.app, name="searches")
app.add_typer(stories.app, name="stories")
app.add_typer(topics.app, name="topics")
app.add_typer(entities.app, name="entities")
app.add_typer(alerts.app, name="alerts")
app.add_typer(alerts.receivers, name="receivers")
app.add_typer(routes.app, name="routes")
app.add_typer(silences.app, name="silence")
app.command("why-not")(routes.why_not)
app.add_typer(web.app, name="token")
app.add_typer(database.app, name="db")
app.add_typer(configuration.app, name="config")


def main() -> None:
    """Run a command; expected failures end with one message and a code that docs/commands.md explains."""
    try:
        app()
    except ConfigError as error:
        complain(str(error), error.hint)
        sys.exit(BAD_USE)
    except MonitorError as error:
        complain(str(error), error.hint)
        sys.exit(FAILED)
    except BrokenPipeError:
        # `monitor search … | head` is no failure; the interpreter must not complain about it at its end either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        sys.exit(130)

"""`monitor run`, `poll`, `read`, `demo`: the job itself."""

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.context import JSON_OPTION, load_config
from monitor.cli.output import FAILED, complain, headline, safe, say, show_json, show_table

if TYPE_CHECKING:
    from monitor.cli.reading import Opinion
    from monitor.settings import Config


def run(
    only: Annotated[
        str, typer.Option("--only", help="Which of poll, read, tell, deliver, with commas; default: all.")
    ] = "",
) -> None:
    """Watch, read, match and tell until stopped (SIGTERM or Ctrl-C); SIGHUP reloads the configuration."""
    import asyncio  # noqa: PLC0415 - keeps --help quick

    from monitor.cli.log import start_log  # noqa: PLC0415 - keeps --help quick
    from monitor.config import secret_values  # noqa: PLC0415
    from monitor.daemon import ROLES  # noqa: PLC0415
    from monitor.daemon import run as work  # noqa: PLC0415

    roles = [role.strip() for role in only.split(",") if role.strip()] or list(ROLES)
    if unknown := set(roles) - set(ROLES):
        raise typer.BadParameter(f"no such work: {', '.join(sorted(unknown))}", param_hint="--only")
    log = start_log(load_config().log)

    def load() -> "Config":
        config = load_config()
        log.hide(secret_values(config))
        return config

    asyncio.run(work(load, only=roles))
    # All is saved and closed. A thread that waits for a silent name server must not hold up the end.
    sys.stderr.flush()
    os._exit(0)


def poll(
    feed: Annotated[list[str] | None, typer.Argument(help="Names of feeds; default: all that are due.")] = None,
    *,
    tell: Annotated[bool, typer.Option("--tell/--no-tell", help="Also read, match and deliver what was found.")] = True,
) -> None:
    """Poll feeds now, whether due or not, and follow what they bring to its end."""
    import asyncio  # noqa: PLC0415 - keeps --help quick

    from monitor.cli.log import start_log  # noqa: PLC0415 - keeps --help quick
    from monitor.cli.once import poll_once  # noqa: PLC0415
    from monitor.config import secret_values  # noqa: PLC0415

    config = load_config()
    start_log(config.log).hide(secret_values(config))
    failed = asyncio.run(poll_once(config, tuple(feed or ()), tell=tell))
    for name, error in failed:
        complain(f"{name}: {error}")
    if failed:
        raise typer.Exit(FAILED)


def read(
    source: Annotated[str, typer.Argument(help="A page's URL, or a file: HTML, or plain text.")],
    as_json: JSON_OPTION = False,  # noqa: FBT002 - a switch of the command line
    show: Annotated[str, typer.Option("--show", help="`lines`: each line, kept or dropped, and why.")] = "",
) -> None:
    """Read one page and print what was extracted, which topics match and why; nothing is stored or told."""
    import asyncio  # noqa: PLC0415 - keeps --help quick

    from monitor.cli.reading import opinion, read_lines  # noqa: PLC0415 - keeps --help quick

    if show not in {"", "lines"}:
        raise typer.BadParameter("lines is all that can be shown", param_hint="--show")
    if show:
        lines = asyncio.run(read_lines(load_config(), source))
        if as_json:
            show_json(lines)
        else:
            rows = [("kept" if line.kept else "dropped", line.reason, line.kind, line.text) for line in lines]
            show_table("", ("", "why", "kind", "line"), rows, empty="the text is not the page's own lines")
        return
    read_page = asyncio.run(opinion(load_config(), source))
    if as_json:
        show_json(read_page)
    else:
        _print_opinion(read_page)


def _print_opinion(opinion: "Opinion") -> None:
    article = opinion.article
    headline(article)
    say("")
    say(safe(article.text))
    say("")
    for match in opinion.matches:
        say(f"[bold green]{safe(match.topic)}[/] matches ({match.severity}, rule {match.version}), because of")
        rows = [(found.label, found.found, found.zone, f"{found.start}-{found.end}") for found in match.evidence]
        show_table("", ("asked for", "found", "zone", "at"), rows, empty="")
    for topic, reasons in opinion.missed:
        say(f"[bold yellow]{safe(topic)}[/] does not match:")
        for reason in reasons:
            say(f"  {safe(reason)}")
    if not opinion.matches and not opinion.missed:
        say("No topic is set: see [topics] in the configuration.")


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Go on until stopped, and keep the archive.")] = False,  # noqa: FBT002
) -> None:
    """Show the whole job offline, on a newsroom of our own on loopback, in under a minute."""
    import asyncio  # noqa: PLC0415 - keeps --help quick

    from monitor.cli.show import show_demo  # noqa: PLC0415 - keeps --help quick

    asyncio.run(show_demo(keep=keep))

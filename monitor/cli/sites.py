"""`monitor sites`: what the pages of a site repeat, as far as they were read."""

from typing import Annotated

import typer

from monitor.cli.context import JSON_OPTION, archive, load_config
from monitor.cli.output import NOT_FOUND, complain, safe, say, show_json, show_table

app = typer.Typer(help="What is remembered of sites' pages.", no_args_is_help=True, rich_markup_mode=None)
HOST = Annotated[str, typer.Argument(help="The site's host, such as www.example.org.")]


@app.command("list")
def list_(as_json: JSON_OPTION = False) -> None:  # noqa: FBT002 - a switch of the command line
    """List the sites whose pages were read, and how many lines each is known to repeat."""
    from monitor.edge.sites import known_sites  # noqa: PLC0415 - keeps --help quick
    from monitor.think.site import boilerplate  # noqa: PLC0415

    with archive(load_config()) as store:
        rows = [
            (memory.host, memory.pages, len(boilerplate(memory)), len(memory.lines))
            for memory in known_sites(store.engine)
        ]
    columns = ("site", "pages", "repeats", "lines watched")
    if as_json:
        show_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        show_table("", columns, rows, empty="no page was read yet")


@app.command("show")
def show(site: HOST, as_json: JSON_OPTION = False) -> None:  # noqa: FBT002 - a switch of the command line
    """Show the lines that a site repeats, and that are left out of its articles; exit code 4 when it is unknown."""
    from monitor.edge.sites import load_site  # noqa: PLC0415 - keeps --help quick
    from monitor.think.site import is_learned  # noqa: PLC0415

    with archive(load_config()) as store:
        memory = load_site(store.engine, site)
    if not memory.pages:
        complain(f"nothing is known of {site!r}", "`monitor sites list` shows the sites")
        raise typer.Exit(NOT_FOUND)
    learned = sorted((seen for seen in memory.lines if is_learned(seen, memory)), key=lambda seen: -seen.times)
    if as_json:
        show_json({"site": memory.host, "pages": memory.pages, "repeats": learned})
        return
    rows = [(seen.times, seen.text) for seen in learned]
    show_table(f"{memory.host}, {memory.pages} pages", ("pages", "line"), rows, empty="it repeats nothing")


@app.command("forget")
def forget(site: HOST) -> None:
    """Forget what was learned of a site; it is learned anew from the pages to come."""
    from monitor.edge.sites import forget_site  # noqa: PLC0415 - keeps --help quick

    with archive(load_config()) as store:
        if not forget_site(store.engine, site):
            complain(f"nothing is known of {site!r}", "`monitor sites list` shows the sites")
            raise typer.Exit(NOT_FOUND)
    say(f"forgot what was learned of {safe(site)}")

"""`monitor feeds`: the sources."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.context import JSON_OPTION, archive, load_config
from monitor.cli.output import FAILED, complain, safe, say, show_json, show_table

app = typer.Typer(help="List, add, remove, import and export feeds.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_feeds(as_json: JSON_OPTION = False) -> None:  # noqa: FBT002 - a switch of the command line
    """List every feed and how it does."""
    from monitor.edge import search, sources, subscriptions  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.clock import clock  # noqa: PLC0415
    from monitor.wire import configured_feeds  # noqa: PLC0415

    config = load_config()
    with archive(config) as store:
        sources.sync(store.engine, configured_feeds(config), clock())
        known = sources.known_feeds(store.engine)
        skipped = search.skipped_entries(store.engine)
        told = subscriptions.known(store.engine) if config.websub.callback else ()
    # Neither the callback nor the secret of a subscription: who has them can have feeds polled.
    shown = ("feed", "hub", "state", "until", "pushed_at", "last_error")
    hubs = [{name: getattr(each, name) for name in shown} for each in told]
    if as_json:
        lost = [{"feed": feed, "reason": reason, "times": times} for feed, reason, times in skipped]
        found = [{"feed": feed, "articles": articles} for feed, articles in known]
        show_json({"feeds": found, "skipped": lost, "hubs": hubs})
        return
    rows = [
        (feed.name, feed.state, feed.language, feed.country, articles, feed.succeeded_at, feed.last_error)
        for feed, articles in known
    ]
    columns = ("feed", "state", "lang", "country", "articles", "last success", "last error")
    show_table("", columns, rows, empty="no feeds: add a [[feed]] to the configuration, or `monitor feeds add URL`")
    if hubs:
        heads = ("feed", "hub", "state", "until", "last push", "last error")
        show_table("Told of by hubs", heads, [tuple(each.values()) for each in hubs], empty="")
    if skipped:
        show_table("Entries that held nothing to keep", ("feed", "reason", "times"), skipped, empty="")


@app.command("add")
def add(
    url: Annotated[str, typer.Argument(help="A feed, or a site's home page that names one.")],
    name: Annotated[str, typer.Option(help="What to call it; default: from its address.")] = "",
    language: Annotated[str, typer.Option(help="ISO 639-1, such as uk.")] = "",
    country: Annotated[str, typer.Option(help="ISO 3166-1, such as UA.")] = "",
    kind: Annotated[str, typer.Option(help="Such as broadcaster, agency, ministry.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="A tag that routes and queries can ask for.")] = None,
) -> None:
    """Watch one more feed; from a site's home page, its feed is found and tried first."""
    import asyncio  # noqa: PLC0415 - keeps --help quick

    from monitor.subscribing import Wish, subscribe  # noqa: PLC0415 - keeps --help quick

    wish = Wish(url, name, language, country, kind, tuple(tag or ()))
    feed, title, entries = asyncio.run(subscribe(load_config(), wish))
    say(f"watching {feed.name}: {safe(title or feed.url)} ({entries} entries now), {safe(feed.url)}")


@app.command("remove")
def remove(name: Annotated[str, typer.Argument(help="The feed's name.")]) -> None:
    """Watch an added feed no more; the articles that it brought stay."""
    from monitor.edge import sources  # noqa: PLC0415 - keeps --help quick

    with archive(load_config()) as store:
        sources.remove(store.engine, name)
    say(f"{name} is watched no more")


@app.command("import")
def import_opml(file: Annotated[Path, typer.Argument(help="An OPML file, such as feed readers export.")]) -> None:
    """Watch the feeds of an OPML file; those watched already, or not usable, are named and passed over."""
    from monitor.edge import sources  # noqa: PLC0415
    from monitor.edge.clock import clock  # noqa: PLC0415
    from monitor.errors import StoreError  # noqa: PLC0415
    from monitor.subscribing import from_opml  # noqa: PLC0415 - keeps --help quick

    config = load_config()
    feeds, faults = from_opml(file, config)
    added = 0
    with archive(config) as store:
        for feed in feeds:
            try:
                sources.add(store.engine, feed, clock())
                added += 1
            except StoreError as error:
                faults.append(str(error))
    say(f"{added} feeds added")
    for fault in faults:
        complain(fault)
    if faults and not added:
        raise typer.Exit(FAILED)


@app.command("export")
def export_opml() -> None:
    """Print the feeds that are watched as OPML."""
    from monitor.edge import sources  # noqa: PLC0415
    from monitor.subscribing import to_opml  # noqa: PLC0415 - keeps --help quick

    with archive(load_config()) as store:
        known = sources.known_feeds(store.engine)
    sys.stdout.write(to_opml([feed for feed, _ in known if feed.state == "active"]))

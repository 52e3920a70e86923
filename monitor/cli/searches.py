"""`monitor searches`: questions that are asked again and again, and what came since."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.context import JSON_OPTION, archive, load_config
from monitor.cli.output import NOT_FOUND, complain, safe, say, show_json, show_table
from monitor.cli.search import ORDER_OPTION, QUERY, hit_data, print_answer

if TYPE_CHECKING:
    from monitor.edge.saved_searches import SavedSearch
    from monitor.edge.store import Store

app = typer.Typer(help="Save searches, and see what is new in them.", no_args_is_help=True, rich_markup_mode=None)
NAME = Annotated[str, typer.Argument(help="The search's name.")]


@app.command("save")
def save(
    name: Annotated[str, typer.Argument(help="A name of small letters, digits and hyphens.")],
    query: QUERY,
    order: ORDER_OPTION = "newest",
    replace: Annotated[bool, typer.Option("--replace", help="Replace the search of that name.")] = False,  # noqa: FBT002
    as_json: JSON_OPTION = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Save a search under a name."""
    from monitor.archive import Archive, Question  # noqa: PLC0415 - keeps --help quick
    from monitor.edge import saved_searches  # noqa: PLC0415
    from monitor.edge.clock import clock  # noqa: PLC0415
    from monitor.rules import load_rules  # noqa: PLC0415

    if not re.fullmatch(saved_searches.NAMES, name):
        raise typer.BadParameter(f"{name!r} is no name for a search: small letters, digits and hyphens, grain-exports")
    config = load_config()
    with archive(config) as store:
        answer = Archive(store.engine, load_rules(config)).ask(Question(query, limit=1))
        saved = saved_searches.save(store.engine, name, query, order, clock(), replace=replace)
    if as_json:
        show_json(saved)
    else:
        count = f"{answer.total:,}" if answer.exact else f"at most {answer.total:,}"
        say(f"saved: `monitor searches run {name}` asks it; {count} articles answer by now")


@app.command("list")
def list_searches(as_json: JSON_OPTION = False) -> None:  # noqa: FBT002 - a switch of the command line
    """List the saved searches; exit code 4 when there are none."""
    from monitor.edge.saved_searches import list_all  # noqa: PLC0415 - keeps --help quick

    with archive(load_config()) as store:
        saved = list_all(store.engine)
    if as_json:
        show_json(saved)
    else:
        rows = [(each.name, each.query, each.order, each.asked_at or "never") for each in saved]
        columns = ("name", "query", "order", "last asked (UTC)")
        show_table("", columns, rows, empty="no search is saved: `monitor searches save NAME QUERY` does")
    if not saved:
        raise typer.Exit(NOT_FOUND)


@app.command("show")
def show(name: NAME, as_json: JSON_OPTION = False) -> None:  # noqa: FBT002 - a switch of the command line
    """Show a saved search, and how many articles came since it was last asked."""
    from monitor.archive import Archive, Question  # noqa: PLC0415 - keeps --help quick
    from monitor.rules import load_rules  # noqa: PLC0415

    config = load_config()
    with archive(config) as store:
        saved = _find(store, name)
        asked = Archive(store.engine, load_rules(config))
        answer = asked.ask(Question(saved.query, limit=1))
        fresh = len(asked.after(saved.query, saved.seen, _COUNTED)) if saved.asked_at else answer.total
    if as_json:
        show_json({"search": saved, "total": answer.total, "exact": answer.exact, "new": fresh})
        return
    say(f"[bold]{safe(saved.name)}[/]: {safe(saved.query)}")
    when = f"last asked {saved.asked_at:%Y-%m-%d %H:%M} UTC" if saved.asked_at else "never asked"
    count = f"{answer.total:,}" if answer.exact else f"at most {answer.total:,}"
    more = " or more" if fresh >= _COUNTED and saved.asked_at else ""
    say(f"order {saved.order}, saved {saved.created_at:%Y-%m-%d %H:%M} UTC, {when}")
    say(f"{count} articles answer, {fresh:,}{more} of them new")


_COUNTED = 10_000  # new articles; of more it is said that there are more


@app.command("run")
def run(
    name: NAME,
    new: Annotated[bool, typer.Option("--new", help="Only what came since it was last asked.")] = False,  # noqa: FBT002
    keep: Annotated[bool, typer.Option("--keep", help="Let what is new now be new the next time, too.")] = False,  # noqa: FBT002
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="At most so many articles.")] = 20,
    cursor: Annotated[str, typer.Option(help="The next page: what the page before printed at its end.")] = "",
    snippets: Annotated[bool, typer.Option("--snippets", "-s", help="Show where it was found.")] = False,  # noqa: FBT002
    as_json: JSON_OPTION = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Ask a saved search; exit code 4 when nothing answers, or nothing is new."""
    from monitor.archive import (  # noqa: PLC0415 - keeps --help quick
        Answer,
        Archive,
        Order,
        Question,
    )
    from monitor.edge import saved_searches  # noqa: PLC0415
    from monitor.edge.clock import clock  # noqa: PLC0415
    from monitor.exports import counted  # noqa: PLC0415
    from monitor.rules import load_rules  # noqa: PLC0415

    if new and cursor:
        raise typer.BadParameter("--new has no pages: leave --cursor out, or raise --limit")
    config, now = load_config(), clock()
    with archive(config) as store:
        saved = _find(store, name)
        asked = Archive(store.engine, load_rules(config))
        seen = saved_searches.complete_up_to(store.engine)  # before asking: what comes in between is new next time
        if new and saved.asked_at:
            fresh = asked.after(saved.query, saved.seen, _COUNTED)
            answer = Answer(tuple(counted(store.engine, fresh[:limit])), len(fresh))
        else:
            answer = asked.ask(Question(saved.query, Order(saved.order), limit, cursor))
        # What is new and finds no room would be lost if the rest of it were marked as seen.
        cut = new and len(answer.hits) < answer.total
        if not keep and not cut and not cursor:
            saved_searches.mark(store.engine, name, seen, now)
    if as_json:
        show_json([hit_data(hit) for hit in answer.hits])
    else:
        empty = f"nothing new since {saved.asked_at:%Y-%m-%d %H:%M} UTC" if new and saved.asked_at else ""
        print_answer(answer, snippets=snippets, empty=empty)
        if cut and not keep:
            say(f"they stay new, for not all were shown: `-n {answer.total}` shows all")
    if not answer.hits:
        raise typer.Exit(NOT_FOUND)


@app.command("remove")
def remove(name: NAME) -> None:
    """Keep a search no more."""
    from monitor.edge import saved_searches  # noqa: PLC0415 - keeps --help quick

    with archive(load_config()) as store:
        _find(store, name)
        saved_searches.remove(store.engine, name)
    say(f"removed: {safe(name)}")


def _find(store: "Store", name: str) -> "SavedSearch":
    from monitor.edge.saved_searches import list_all  # noqa: PLC0415 - keeps --help quick

    saved = {each.name: each for each in list_all(store.engine)}
    if name not in saved:
        complain(f"no search is named {name!r}", f"there are: {', '.join(saved) or 'none'}")
        raise typer.Exit(NOT_FOUND)
    return saved[name]

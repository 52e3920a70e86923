"""`monitor routes` and `monitor why-not`: who is told of what, and what held an alert back."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.context import JSON_OPTION, archive, load_config
from monitor.cli.output import NOT_FOUND, complain, say, show_json, show_table

if TYPE_CHECKING:
    from monitor.edge.search import Dossier
    from monitor.edge.store import Store
    from monitor.rules import Rules
    from monitor.telling import Route

app = typer.Typer(help="Show routes, and try them on an article.", no_args_is_help=True, rich_markup_mode=None)
ASKED = "topics min_severity languages tags feeds sites countries entities"


@app.command("list")
def show(as_json: JSON_OPTION = False) -> None:  # noqa: FBT002 - a switch of the command line
    """List the routes as a tree, with what each asks for and whom it tells."""
    from monitor.rules import load_rules  # noqa: PLC0415 - keeps --help quick

    rules = load_rules(load_config())
    rows = [
        ("  " * depth + route.name, ", ".join(route.receivers), _asked(route), _timing(route))
        for depth, route in _tree(rules.routes)
    ]
    if as_json:
        names = ("route", "receivers", "asks", "when")
        show_json([dict(zip(names, (row[0].strip(), *row[1:]), strict=True)) for row in rows])
        return
    show_table("", ("route", "receivers", "asks for", "when"), rows, empty="no [[route]] is set, so nobody is told")


def _tree(routes: "Iterable[Route]", depth: int = 0) -> "Iterator[tuple[int, Route]]":
    for route in routes:
        yield depth, route
        yield from _tree(route.routes, depth + 1)


def _asked(route: "Route") -> str:
    parts = []
    for name in ASKED.split():
        value = getattr(route, name)
        if value and value != "low":
            parts.append(f"{name} {value if isinstance(value, str) else ', '.join(value)}")
    return "; ".join(parts) or "everything"


def _timing(route: "Route") -> str:
    timing = route.timing
    parts = [
        f"digest {timing.digest.text}" if timing.digest else "",
        f"by {timing.group_by}" if timing.group_by != "story" else "",
        f"waits {timing.wait_s:.0f} s" if timing.wait_s else "",
        f"during {', '.join(window.name for window in timing.during)}" if timing.during else "",
        f"not during {', '.join(window.name for window in timing.but_for)}" if timing.but_for else "",
        f"{timing.always} always" if timing.always else "",
        f"again for {', '.join(update for update, _ in timing.updates)}" if timing.updates else "",
    ]
    return "; ".join(filter(None, parts)) or "at once"


@app.command("test")
def try_article(
    article: Annotated[str, typer.Argument(help="Its number, or its URL.")], *, as_json: JSON_OPTION = False
) -> None:
    """Show which receivers an article would reach if it were told now, and when; nothing is sent."""
    from monitor.rules import load_rules  # noqa: PLC0415 - keeps --help quick

    config = load_config()
    rules = load_rules(config)
    with archive(config) as store:
        dossier = _dossier(store, article)
        ways = list(_ways(store, rules, dossier))
    if as_json:
        show_json(ways)
        return
    rows = [tuple(way.values()) for way in ways]
    columns = ("topic", "receiver", "route", "what becomes of it", "when (UTC)", "why")
    show_table("", columns, rows, empty="no topic asks for it, or no route takes it: nobody would be told")


def _ways(store: "Store", rules: "Rules", dossier: "Dossier") -> Iterator[dict[str, Any]]:
    from datetime import timedelta  # noqa: PLC0415 - keeps --help quick

    from monitor.edge import silences  # noqa: PLC0415
    from monitor.edge.clock import clock  # noqa: PLC0415
    from monitor.think import match, stages  # noqa: PLC0415
    from monitor.think.route import alerts  # noqa: PLC0415

    now, article = clock(), dossier.article
    story = dossier.story or _own_story(dossier)
    found = match.match(article, rules.compiled)
    owed = alerts(found, article, story, rules.routes, {}, now, names=rules.names)
    in_force = silences.in_force(store.engine, now)
    for alert in owed:
        setting = stages.Setting(
            rules.route(alert.route),
            in_force,
            rules.plan.inhibitions,
            frozenset(other.topic for other in owed if other.receiver == alert.receiver and other is not alert),
        )
        verdict = stages.judge(alert, article, setting, now, rules.names)
        due = verdict.due_at or (alert.due_at if verdict.action == "send" else None)
        at_once = due is not None and due <= now + timedelta(seconds=1)
        yield {
            "topic": alert.topic,
            "receiver": alert.receiver,
            "route": alert.route,
            "action": verdict.action.value,
            "when": "at once" if at_once and verdict.action == "send" else due,
            "why": verdict.why or alert.held,
        }


def _own_story(dossier: "Dossier") -> Any:
    from monitor.edge.clock import clock  # noqa: PLC0415 - keeps --help quick
    from monitor.model import Story  # noqa: PLC0415

    article = dossier.article
    return Story(article.id, article.title, article.seen_at or clock(), clock())


def _dossier(store: "Store", asked: str) -> "Dossier":
    from monitor.edge.search import find_article  # noqa: PLC0415 - keeps --help quick

    dossier = find_article(store.engine, asked)
    if dossier is None:
        complain(f"no article is {asked!r}", "`monitor search` prints numbers")
        raise typer.Exit(NOT_FOUND)
    return dossier


def why_not(
    article: Annotated[str, typer.Argument(help="Its number, or its URL.")],
    receiver: Annotated[str, typer.Argument(help="The receiver's name.")],
    *,
    as_json: JSON_OPTION = False,
) -> None:
    """Say why a receiver was not told of an article, or how it was."""
    from monitor.edge import outbox, receivers  # noqa: PLC0415 - keeps --help quick
    from monitor.rules import load_rules  # noqa: PLC0415
    from monitor.think.why_not import Record, why_not  # noqa: PLC0415

    config = load_config()
    rules = load_rules(config)
    with archive(config) as store:
        dossier = _dossier(store, article)
        story = dossier.story.id if dossier.story else dossier.article.id
        records = tuple(Record(*pair) for pair in outbox.records_of(store.engine, story, receiver))
        standing = receivers.standings(store.engine).get(receiver)
    lines = list(why_not(dossier.article, dossier.matches, receiver, rules.routes, records, rules.names))
    if receiver not in {one.name for one in config.receiver}:
        lines.append(f"no receiver is named {receiver!r}")
    if standing and standing.rests_until:
        lines.append(
            f"the receiver took nothing {standing.failures} times in a row, and is let rest until "
            f"{standing.rests_until:%Y-%m-%d %H:%M:%S} UTC: {standing.last_error}"
        )
    if as_json:
        show_json(lines)
        return
    for line in lines:
        say(line.replace("[", r"\["))

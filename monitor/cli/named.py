"""`monitor entities top`, and what the archive says of one entity: who is named, when, and with whom."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.context import JSON_OPTION, archive, load_config
from monitor.cli.output import NOT_FOUND, err, safe, say, show_json, show_table
from monitor.cli.search import bar
from monitor.cli.timeline import SINCE_OPTION, UNTIL_OPTION, chart_data, moment, print_chart

if TYPE_CHECKING:
    from monitor.archive import Archive, Hit
    from monitor.rules import Rules
    from monitor.settings import Config
    from monitor.think.chart import Chart
    from monitor.think.company import Companion

_COMPANIONS = 12
_LATEST = 8
_WIDE = 200


@dataclass(frozen=True, slots=True)
class Named:
    """What the archive says of an entity."""

    total: int
    chart: "Chart"
    company: "tuple[Companion, ...]"
    latest: "tuple[Hit, ...]"
    unnamed: int  # articles in which it was not looked for yet


def top(
    since: SINCE_OPTION = "7d",
    until: UNTIL_OPTION = "",
    topic: Annotated[str, typer.Option(help="Only in articles that this topic asked for.")] = "",
    beside: Annotated[str, typer.Option("--with", help="Only in articles that name this entity or group, too.")] = "",
    kind: Annotated[str, typer.Option(help="Only entities of this kind: person, place, weapon, …")] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=500, help="At most so many.")] = 20,
    as_json: JSON_OPTION = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """List who and what is named most, beside the time before; exit code 4 when nothing is."""
    from monitor.archive import Archive  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.clock import clock  # noqa: PLC0415
    from monitor.rules import load_rules  # noqa: PLC0415

    now = clock()
    low, high = moment("--since", since, now), moment("--until", until, now, end=True)
    if low and high and low >= high:
        raise typer.BadParameter("--since must be before --until")
    config = load_config()
    query = _query(topic, beside)
    with archive(config) as store:
        asked = Archive(store.engine, load_rules(config))
        counts, unnamed = _count(asked, query, low, high)
        length = (high or now) - low if low else timedelta()
        before = _count(asked, query, low - length, low)[0] if low and length > timedelta() else {}
        known = asked.rules.entities.by_id
    left_out = set(asked.rules.entities.find(beside.removeprefix("@")))
    kinds = {id_: known[id_].kind for id_ in counts if id_ not in left_out and kind in {"", known[id_].kind}}
    found = [(id_, counts[id_], before.get(id_, 0)) for id_ in counts if id_ in kinds][:limit]
    if as_json:
        show_json([{"entity": id_, "kind": kinds[id_], "articles": n, "before": was} for id_, n, was in found])
    else:
        most = max((count for _, count, _ in found), default=0)
        rows = [
            (f"@{id_}", kinds[id_], f"{count:,}", f"{was:,}" if low else "", bar(count, most))
            for id_, count, was in found
        ]
        show_table("", ("entity", "kind", "articles", "before", ""), rows, empty="no entity is named")
        _tell_unnamed(unnamed)
    if not found:
        raise typer.Exit(NOT_FOUND)


def _query(topic: str, beside: str) -> str:
    parts = [f'topic:"{topic}"' if topic else "", f"@{beside.removeprefix('@')}" if beside else ""]
    return " AND ".join(part for part in parts if part)


def _count(asked: "Archive", query: str, low: datetime | None, high: datetime | None) -> tuple[dict[str, int], int]:
    """In how many articles each entity is named, the most frequent first."""
    from monitor.archive import Question  # noqa: PLC0415 - keeps --help quick
    from monitor.timeline import within  # noqa: PLC0415

    answer = asked.ask(Question(within(query, low, high), limit=1, facets=("entity",), values=100_000))
    return dict(answer.facets["entity"]), answer.unnamed


def look_up(config: "Config", rules: "Rules", entity: str, since: str, until: str) -> "Named | None":
    """What the archive says of an entity; None while there is no archive."""
    from monitor.archive import Archive, Question  # noqa: PLC0415 - keeps --help quick
    from monitor.company import company_of  # noqa: PLC0415
    from monitor.edge.clock import clock  # noqa: PLC0415
    from monitor.timeline import timeline, within  # noqa: PLC0415

    if not config.has_archive:
        return None
    now = clock()
    low, high = moment("--since", since, now), moment("--until", until, now, end=True)
    with archive(config) as store:
        asked = Archive(store.engine, rules)
        answer = asked.ask(Question(within(f"@{entity}", low, high), limit=_LATEST))
        chart = timeline(asked, f"@{entity}", None, low, high, room=_wide() - 8)
        company = company_of(store.engine, rules, entity, low)[:_COMPANIONS]
    return Named(answer.total, chart, company, answer.hits, answer.unnamed)


def _wide() -> int:
    from monitor.cli.output import out  # noqa: PLC0415 - keeps --help quick

    return min(out.width, _WIDE)


def print_named(named: "Named") -> None:
    """What the archive says of an entity, for people."""
    if not named.total:
        say("\nno article of the archive names it")
        _tell_unnamed(named.unnamed)
        return
    say(f"\n[bold]Named in {named.total:,} articles[/]")
    print_chart(named.chart, _wide())
    if named.company:
        rows = [(f"@{each.id}", f"{each.articles:,}", f"{each.times:.1f} ×") for each in named.company]
        show_table("Named with it more often than by chance", ("entity", "articles", "as often"), rows, empty="")
    latest = [
        (hit.article.id, hit.article.published_at or hit.article.seen_at, hit.article.site, hit.article.title)
        for hit in named.latest
    ]
    show_table("The latest", ("id", "published (UTC)", "site", "title"), latest, empty="")
    _tell_unnamed(named.unnamed)


def named_data(named: "Named") -> dict[str, Any]:
    """What the archive says of an entity, as JSON."""
    return {
        "articles": named.total,
        "timeline": chart_data(named.chart),
        "company": [
            {"entity": each.id, "articles": each.articles, "times": round(each.times, 2)} for each in named.company
        ],
        "latest": [
            {"id": hit.article.id, "title": hit.article.title, "url": hit.article.url, "site": hit.article.site,
             "published_at": hit.article.published_at}
            for hit in named.latest
        ],
    }  # fmt: skip


def _tell_unnamed(count: int) -> None:
    if count:
        err.print(f"[yellow]in {safe(f'{count:,}')} articles these names were not looked for yet: the daemon does[/]")

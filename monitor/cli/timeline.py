"""`monitor timeline`: how many articles answer a query, as a chart on the terminal or in a picture."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from monitor.cli.context import JSON_OPTION, archive, load_config
from monitor.cli.output import NOT_FOUND, err, out, safe, say, show_json

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.think.chart import Chart

SINCE_OPTION = Annotated[str, typer.Option(help="From when: 2026-03, 2026-03-01, 2026-03-01T06:00 (UTC), or 7d ago.")]
UNTIL_OPTION = Annotated[str, typer.Option(help="Until when, that day or month with it, or 2d ago.")]


def timeline(
    query: Annotated[str, typer.Argument(help="In the query language: docs/query-language.md.")],
    since: SINCE_OPTION = "",
    until: UNTIL_OPTION = "",
    by: Annotated[
        Literal["hour", "day", "week", "month"] | None, typer.Option(help="How long a column is; default: it fits.")
    ] = None,
    as_json: JSON_OPTION = False,  # noqa: FBT002 - a switch of the command line
    svg: Annotated[Path | None, typer.Option(help="Write the chart as an SVG picture.")] = None,
    png: Annotated[Path | None, typer.Option(help="Write the chart as a PNG picture.")] = None,
) -> None:
    """Count what answers a query over time; exit code 4 when nothing does."""
    from monitor.archive import Archive, Question  # noqa: PLC0415 - keeps --help quick
    from monitor.edge.clock import clock  # noqa: PLC0415
    from monitor.rules import load_rules  # noqa: PLC0415
    from monitor.think.tally import Unit  # noqa: PLC0415
    from monitor.timeline import timeline as count  # noqa: PLC0415
    from monitor.timeline import within  # noqa: PLC0415

    now = clock()
    low, high = moment("--since", since, now), moment("--until", until, now, end=True)
    if low and high and low >= high:
        raise typer.BadParameter("--since must be before --until")
    config, width = load_config(), min(out.width, 200)
    with archive(config) as store:
        asked = Archive(store.engine, load_rules(config))
        chart = count(asked, query, Unit(by) if by else None, low, high, room=width - 8)
        exact = by == "hour" or asked.ask(Question(within(query, low, high), limit=1)).exact
    if svg or png:
        _draw(chart, svg, png)
    if as_json:
        show_json({**chart_data(chart), "exact": exact})
    elif not svg and not png:
        print_chart(chart, width)
        if not exact:
            say("[dim]at most: some of these may not answer, which only reading them all would tell[/]")
    if not chart.total:
        raise typer.Exit(NOT_FOUND)


def moment(option: str, text: str, now: "datetime", *, end: bool = False) -> "datetime | None":
    """A date as people write it, where it begins or has ended, or a time before now; None for an empty text."""
    from datetime import timedelta  # noqa: PLC0415 - keeps --help quick

    from monitor.errors import QueryError  # noqa: PLC0415
    from monitor.settings.kinds import parse_duration  # noqa: PLC0415
    from monitor.think.period import parse_period  # noqa: PLC0415

    if not text.strip():
        return None
    try:
        return now - timedelta(seconds=float(str(parse_duration(text))))
    except (ValueError, OverflowError):
        pass
    try:
        return parse_period(text, 0)[end]
    except QueryError as error:
        hint = "such as 2026-03, 2026-03-01, 2026-03-01T06:00, or 7d for seven days ago"
        raise typer.BadParameter(f"{option} takes a time {hint}, not {text!r}") from error


def chart_data(chart: "Chart") -> dict[str, object]:
    """A chart as JSON."""
    spans = [{"start": span.start, "articles": span.articles} for span in chart.spans]
    return {"query": chart.title, "by": chart.unit, "total": chart.total, "spans": spans}


def print_chart(chart: "Chart", width: int) -> None:
    """A chart on the terminal, its columns put together where they find no room."""
    from dataclasses import replace  # noqa: PLC0415 - keeps --help quick

    from monitor.think.chart import described, draw_text  # noqa: PLC0415
    from monitor.think.tally import grouped  # noqa: PLC0415

    if not chart.total:
        say("no article answers this query")
        return
    room = max(1, width - len(f"{chart.most:,}") - 4)
    shown = replace(chart, spans=grouped(chart.spans, room))
    for line in draw_text(shown, width):
        out.print(safe(line), soft_wrap=False, no_wrap=True, crop=False)
    say(f"[dim]{safe(described(chart))}[/]")
    if len(shown.spans) < len(chart.spans):
        say(f"[dim]a column is {-(-len(chart.spans) // len(shown.spans))} {chart.unit}s[/]")


def _draw(chart: "Chart", svg: Path | None, png: Path | None) -> None:
    from monitor.edge.whole_file import whole_file  # noqa: PLC0415 - keeps --help quick
    from monitor.think.chart_png import draw_png  # noqa: PLC0415
    from monitor.think.chart_svg import draw_svg  # noqa: PLC0415

    for target, picture in ((svg, draw_svg(chart).encode()), (png, draw_png(chart))):
        if target:
            with whole_file(target) as file:
                file.write(picture)
            err.print(f"written to {safe(target)}")

"""Spans of time become the scale of a chart: round numbers, and dates where they find room."""

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.think.tally import Span, Unit

_ROUND = (1, 2, 5)
_FORMS = {Unit.HOUR: "%m-%d %H:00", Unit.DAY: "%Y-%m-%d", Unit.WEEK: "%Y-%m-%d", Unit.MONTH: "%Y-%m"}
_LONG = {Unit.HOUR: "%Y-%m-%d %H:00", Unit.DAY: "%Y-%m-%d", Unit.WEEK: "week of %Y-%m-%d", Unit.MONTH: "%Y-%m"}


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn."""

    title: str
    unit: Unit
    spans: tuple[Span, ...]

    @property
    def total(self) -> int:
        """All articles."""
        return sum(span.articles for span in self.spans)

    @property
    def most(self) -> int:
        """The highest count."""
        return max((span.articles for span in self.spans), default=0)


def steps(most: int, count: int = 4) -> tuple[int, ...]:
    """Round numbers from 0 on, of which the last is no less than the highest count."""
    step, power = 1, 1
    while step * count < most:
        step, power = next(
            ((each * power, power) for each in _ROUND if each * power * count >= most), (10 * power, 10 * power)
        )
    return tuple(range(0, step * (-(-most // step) or 1) + 1, step))


def dates(chart: Chart, room: int) -> tuple[tuple[int, str], ...]:
    """At most so many dates for the axis, evenly spaced, each with the number of its span."""
    if not chart.spans:
        return ()
    every = -(-len(chart.spans) // max(1, room))
    return tuple((at, date_of(chart.spans[at], chart.unit)) for at in range(0, len(chart.spans), every))


def date_of(span: Span, unit: Unit, *, long: bool = False) -> str:
    """When a span began."""
    return f"{span.start:{(_LONG if long else _FORMS)[unit]}}"


def described(chart: Chart) -> str:
    """A chart in a sentence, for those who don't see it."""
    if not chart.spans:
        return "No articles."
    peak = max(chart.spans, key=lambda span: span.articles)
    return (
        f"{_articles(chart.total)} by {chart.unit}, from {date_of(chart.spans[0], chart.unit, long=True)} to "
        f"{date_of(chart.spans[-1], chart.unit, long=True)} (UTC). "
        f"Most: {_articles(peak.articles)}, {date_of(peak, chart.unit, long=True)}."
    )


def _articles(count: int) -> str:
    return "1 article" if count == 1 else f"{count:,} articles"


def draw_text(chart: Chart, width: int, height: int = 10) -> tuple[str, ...]:
    """A chart for a terminal that is so many characters wide: columns, a scale, dates."""
    scale = steps(chart.most)
    margin = len(f"{scale[-1]:,}") + 1
    wide = max(1, min(6, (width - margin - 1) // max(1, len(chart.spans))))
    body = wide - 1 if wide > 2 else wide
    marks = {round(height * (1 - value / scale[-1])): f"{value:,}" for value in reversed(scale)}
    lines = [f"{marks.get(row, ''):>{margin - 1}} ┤" if row in marks else " " * margin + "│" for row in range(height)]
    for row in range(height):
        level = (height - 1 - row) * 8  # eighths that the rows below hold
        lines[row] += "".join(_block(span.articles, scale[-1], height, level) * body + " " * (wide - body)
                              for span in chart.spans)  # fmt: skip
    axis = f"{'0':>{margin - 1}} └" + "─" * (wide * len(chart.spans))
    return (*(line.rstrip() for line in lines), axis, " " * (margin + 1) + _axis_dates(chart, wide))


def _block(count: int, top: int, height: int, level: int) -> str:
    eighths = -(-count * height * 8 // top) - level
    return " ▁▂▃▄▅▆▇█"[max(0, min(8, eighths))]


def _axis_dates(chart: Chart, wide: int) -> str:
    """Dates below the columns that they name, as many as do not touch."""
    length = len(date_of(chart.spans[0], chart.unit)) + 2
    room = max(1, len(chart.spans) * wide // length)
    line = ""
    for at, date in dates(chart, room):
        line = line.ljust(at * wide)
        fits = at * wide + len(date) <= len(chart.spans) * wide or not line
        line += date if fits and len(line) == at * wide else ""
    return line


def shares(chart: Chart, top: int) -> Sequence[float]:
    """How high each column is, of the whole height."""
    return [span.articles / top for span in chart.spans]

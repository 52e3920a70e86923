"""Counts become the geometry of small charts, which templates draw as SVG: no script, and no style of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from monitor.model import Article
from monitor.think.press import Press, outlet_of
from monitor.think.voices import when

_FEWEST = 31  # days that a chart shows, if only to say that nothing was there
_LANES = 8  # countries that have a lane of their own; the others share one


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar, in units of the chart; `lower` is the height of its darker part."""

    x: float
    y: float
    width: float
    height: float
    label: str
    lower: float = 0.0
    value: str = ""  # what a click asks for


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars side by side."""

    width: float
    height: float
    bars: tuple[Bar, ...]
    says: str  # the same in words
    first: str = ""
    last: str = ""


@dataclass(frozen=True, slots=True)
class Dot:
    """An article on a lane."""

    x: float
    y: float
    article_id: int
    label: str
    is_copy: bool


@dataclass(frozen=True, slots=True)
class Lane:
    """A country."""

    name: str
    y: float
    articles: int


@dataclass(frozen=True, slots=True)
class Lanes:
    """Articles by time and country."""

    width: float
    height: float
    lanes: tuple[Lane, ...]
    dots: tuple[Dot, ...]
    ticks: tuple[tuple[float, datetime], ...]


def spark(times: Sequence[datetime], since: datetime, until: datetime, steps: int = 24) -> Chart:
    """How often something came in each part of a time."""
    step = (until - since) / steps
    counts = [0] * steps
    for time in times:
        if since <= time <= until:
            counts[min(int((time - since) / step), steps - 1)] += 1
    most = max(counts, default=0) or 1
    bars = tuple(
        Bar(at * 4.0, 20.0 - _tall(count, most, 20.0), 3.0, _tall(count, most, 20.0), "")
        for at, count in enumerate(counts)
        if count
    )
    return Chart(steps * 4.0 - 1, 20.0, bars, f"{sum(counts)} articles")


def per_day(counts: Mapping[date, int], most_bars: int = 90) -> Chart:
    """How many articles answer on each day: quiet days have their place, too; of a long time, weeks or months."""
    if not counts:
        return Chart(0, 0, (), "no articles")
    last = max(counts)
    first = min(*counts, last - timedelta(days=_FEWEST - 1))
    span = (last - first).days + 1
    step = 1 if span <= most_bars else 7 if span <= most_bars * 7 else 30
    sums: dict[int, int] = {}
    for day, count in counts.items():
        sums[(day - first).days // step] = sums.get((day - first).days // step, 0) + count
    slots = (span - 1) // step + 1
    most = max(sums.values())
    wide = 600.0 / slots
    bars = tuple(_day_bar(at, sums.get(at, 0), most, wide, (first, step, last)) for at in range(slots) if at in sums)
    busiest = max(sums, key=lambda at: (sums[at], -at))
    unit = {1: "day", 7: "week", 30: "30 days"}[step]
    says = (
        f"{sum(sums.values())} articles from {min(counts)} to {last}; most in the {unit} of "
        f"{first + timedelta(days=busiest * step)}: {most}"
    )
    return Chart(600.0, 64.0, bars, says, str(first), str(last))


def _day_bar(at: int, count: int, most: int, wide: float, time: tuple[date, int, date]) -> Bar:
    first, step, last = time
    start = first + timedelta(days=at * step)
    end = min(start + timedelta(days=step - 1), last)
    tall = _tall(count, most, 60.0)
    name = str(start) if step == 1 else f"{start} to {end}"
    value = f"published:[{start} TO {end}]"
    return Bar(round(at * wide, 2), 64.0 - tall, round(max(wide - 1.5, 1.0), 2), tall, f"{name}: {count}", value=value)


def _tall(count: int, most: int, height: float) -> float:
    return round(max(count / most * height, 2.0), 2) if count else 0.0


def lanes(articles: Sequence[Article], press: Press) -> Lanes:
    """Where and when a story was told: a lane a country, the busiest first; copies are hollow."""
    dated = [(time, article) for article in articles if (time := when(article))]
    if not dated:
        return Lanes(0, 0, (), (), ())
    counted: dict[str, int] = {}
    for _, article in dated:
        name = outlet_of(article, press).country or "—"
        counted[name] = counted.get(name, 0) + 1
    busiest = sorted(counted, key=lambda name: (-counted[name], name))
    own = busiest if len(busiest) <= _LANES else busiest[: _LANES - 1]
    named = {name: at for at, name in enumerate(own)}
    shown = [*own, *(["others"] if len(own) < len(busiest) else [])]
    first, last = dated[0][0], max(time for time, _ in dated)
    span = max((last - first).total_seconds(), 3600.0)
    left, width, high = 56.0, 560.0, 26.0
    dots = tuple(
        Dot(
            round(left + 8 + (time - first).total_seconds() / span * (width - 16), 1),
            named.get(outlet_of(article, press).country or "—", len(own)) * high + high / 2,
            article.id,
            f"{outlet_of(article, press).name}: {article.title}",
            article.copy_of is not None,
        )
        for time, article in dated
    )
    sums = [sum(counted[name] for name in busiest[len(own) :]) if name == "others" else counted[name] for name in shown]
    rows = tuple(Lane(name, at * high + high / 2, sums[at]) for at, name in enumerate(shown))
    ticks = tuple((left + 8 + part * (width - 16), first + timedelta(seconds=span * part)) for part in (0.0, 0.5, 1.0))
    return Lanes(left + width, len(shown) * high, rows, dots, ticks)

"""A chart becomes an SVG picture that can be read aloud."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from monitor.think.chart import Chart, date_of, dates, described, shares, steps

_WIDTH, _HEIGHT = 960, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 56, 44
_INK, _FAINT, _BAR = "#1b1f24", "#d0d7de", "#0b5394"  # on white they differ by more than 4.5, 1.4 and 7 to 1
_DATES = 8  # of the longest form they find room side by side
_TIPS = 1_000  # columns: of more, each a pixel or less, nobody can point at one


def draw_svg(chart: Chart) -> str:
    """The picture, whole."""
    return "\n".join(_lines(chart)) + "\n"


def _lines(chart: Chart) -> Iterator[str]:
    title, told = _text(chart.title), _text(described(chart))
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}"'
        ' role="img" aria-labelledby="title desc" font-family="system-ui, sans-serif" font-size="13">'
    )
    yield f'<title id="title">{title}</title>'
    yield f'<desc id="desc">{told}</desc>'
    yield f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>'
    yield f'<text x="{_LEFT}" y="24" fill="{_INK}" font-size="16" font-weight="600">{title}</text>'
    yield f'<text x="{_LEFT}" y="43" fill="{_INK}">{told}</text>'
    scale = steps(chart.most)
    for value in scale:
        y = _y(value / scale[-1])
        yield f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}" stroke="{_INK if not value else _FAINT}"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4}" fill="{_INK}" text-anchor="end">{value:,}</text>'
    yield from _columns(chart, scale[-1])
    room = (_WIDTH - _LEFT - _RIGHT) / max(1, len(chart.spans))
    for at, date in dates(chart, _DATES):
        x = _LEFT + (at + 0.5) * room
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_y(0)}" y2="{_y(0) + 5}" stroke="{_INK}"/>'
        anchor = "middle" if x < _WIDTH - _RIGHT - 40 else "end"
        yield f'<text x="{x:.1f}" y="{_y(0) + 20}" fill="{_INK}" text-anchor="{anchor}">{date}</text>'
    yield "</svg>"


def _columns(chart: Chart, top: int) -> Iterator[str]:
    room = (_WIDTH - _LEFT - _RIGHT) / max(1, len(chart.spans))
    gap = min(2.0, room / 5)
    yield f'<g fill="{_BAR}">'
    for at, (span, share) in enumerate(zip(chart.spans, shares(chart, top), strict=True)):
        if span.articles:
            x, y = _LEFT + at * room + gap / 2, _y(share)
            box = f'<rect x="{x:.2f}" y="{y}" width="{min(room - gap, 48):.2f}" height="{round(_y(0) - y, 2)}"'
            tip = _text(f"{date_of(span, chart.unit, long=True)}: {span.articles:,}")
            yield f"{box}><title>{tip}</title></rect>" if len(chart.spans) <= _TIPS else f"{box}/>"
    yield "</g>"


def _y(share: float) -> float:
    return round(_TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - share), 2)


def _text(text: str) -> str:
    """A text as XML may hold it, on one line."""
    return escape(" ".join("".join(each if each.isprintable() else " " for each in text).split()))

"""What answers a query over time: counted without a gap, drawn to a scale, and told to those who don't see it."""

import json
import struct
import zlib
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import QueryError
from monitor.think.chart import Chart, described, draw_text, steps
from monitor.think.chart_png import draw_png
from monitor.think.chart_svg import draw_svg
from monitor.think.tally import MOST, Span, Unit, fitting, floor, following, grouped, tally
from tests import desk
from tests.desk import Monitor

START = datetime(2026, 3, 1, tzinfo=UTC)
TIMES = st.integers(0, 2 * 365 * 86_400).map(lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(0, seconds))
COUNTS = st.dictionaries(TIMES, st.integers(1, 500), max_size=30)
UNITS = st.sampled_from(list(Unit))
SVG = "{http://www.w3.org/2000/svg}"


def charted(counts: list[int], title: str = "wheat") -> Chart:
    return Chart(title, Unit.DAY, tuple(Span(START + timedelta(days=day), count) for day, count in enumerate(counts)))


@given(COUNTS, UNITS)
@pytest.mark.slow
def test_nothing_is_counted_twice_or_left_out_and_no_span_is_missing(counts: dict[datetime, int], unit: Unit) -> None:
    spans = tally(counts, unit)
    assert sum(span.articles for span in spans) == sum(counts.values())
    for one, other in pairwise(spans):
        assert following(one.start, unit) == other.start
    for at, count in counts.items():
        (span,) = (span for span in spans if span.start <= at < following(span.start, unit))
        assert span.articles >= count
        assert floor(at, unit) == span.start


@given(COUNTS, UNITS, st.integers(1, 90))
def test_what_is_put_together_finds_room_and_keeps_its_sum(counts: dict[datetime, int], unit: Unit, room: int) -> None:
    spans = tally(counts, unit)
    fewer = grouped(spans, room)
    assert len(fewer) <= room
    assert sum(span.articles for span in fewer) == sum(span.articles for span in spans)


def test_more_spans_than_anybody_reads_are_refused() -> None:
    with pytest.raises(QueryError, match="more than"):
        tally({START: 1, START + timedelta(days=MOST): 1}, Unit.HOUR)


def test_the_finest_unit_that_finds_room_is_taken() -> None:
    assert [fitting(days, 100) for days in (1, 100, 101, 700, 701, 9000)] == [
        Unit.DAY, Unit.DAY, Unit.WEEK, Unit.WEEK, Unit.MONTH, Unit.MONTH,
    ]  # fmt: skip


@given(st.integers(0, 10**9))
def test_a_scale_has_few_round_numbers_and_reaches_the_highest_count(most: int) -> None:
    scale = steps(most)
    assert scale[-1] >= most
    assert 2 <= len(scale) <= 5
    assert scale[-1] < max(2, 5 * most)
    assert str(scale[1]).rstrip("0") in {"1", "2", "5"}


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=200), st.integers(40, 200))
def test_a_chart_fits_the_terminal_and_its_highest_column_stands_out(counts: list[int], width: int) -> None:
    whole = charted([*counts, 1])
    room = width - len(f"{whole.most:,}") - 4
    chart = Chart("", whole.unit, grouped(whole.spans, room))
    lines = draw_text(chart, width)
    assert max(map(len, lines)) <= max(width, len("2026-03-01") + 8)
    bottom = lines[-3]
    assert sum(sign in "▁▂▃▄▅▆▇█" for sign in bottom) >= sum(span.articles > 0 for span in chart.spans)


@given(st.text(max_size=30), st.lists(st.integers(0, 50), max_size=40))
def test_any_title_makes_a_picture_that_can_be_read(title: str, counts: list[int]) -> None:
    chart = charted(counts, title)
    root = ET.fromstring(draw_svg(chart))
    assert root.get("role") == "img"
    assert root.find(f"{SVG}desc").text == described(chart)
    columns = root.findall(f"{SVG}g/{SVG}rect")
    assert len(columns) == sum(count > 0 for count in counts)
    heights = [float(column.get("height")) for column in columns]
    wanted = [count for count in counts if count]
    for height, count in zip(heights, wanted, strict=True):
        assert height / max(heights) == pytest.approx(count / max(wanted), abs=0.01)


def chunks(png: bytes) -> dict[bytes, bytes]:
    found, at = {}, 8
    while at < len(png):
        (size,) = struct.unpack_from(">I", png, at)
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        assert struct.unpack_from(">I", png, at + 8 + size)[0] == zlib.crc32(kind + body)
        found[kind] = found.get(kind, b"") + body
        at += size + 12
    return found


@given(st.lists(st.integers(0, 5000), max_size=60))
@pytest.mark.slow
def test_a_png_holds_columns_as_high_as_their_counts(counts: list[int]) -> None:
    chart = charted(counts, "пшеница")
    found = chunks(draw_png(chart))
    width, height = struct.unpack_from(">II", found[b"IHDR"])
    rows = np.frombuffer(zlib.decompress(found[b"IDAT"]), np.uint8).reshape(height, -1)
    assert not rows[:, 0].any()
    pixels = np.unpackbits(rows[:, 1:], axis=1).reshape(height, width, 2) @ np.array([2, 1])
    assert "пшеница".encode() in found[b"iTXt"]
    assert ((pixels == 3).sum() > 0) == any(counts)
    if any(counts):
        tallest = (pixels == 3).sum(axis=0).max()
        assert tallest == pytest.approx(340 * max(counts) / steps(chart.most)[-1], abs=1)


@pytest.fixture
def monitor(tmp_path: Path) -> Monitor:
    return desk.furnish(tmp_path)


def counted(monitor: Monitor, *words: str) -> list[int]:
    done = monitor("timeline", *words, "--json")
    assert done.exit_code == 0, done.output
    return [span["articles"] for span in json.loads(done.stdout)["spans"]]


@pytest.mark.slow
def test_articles_are_counted_by_day_week_month_and_hour(monitor: Monitor) -> None:
    assert counted(monitor, "wheat OR rain") == [1, 1, 1, 1, 0, 0, 0, 0, 1]
    assert counted(monitor, "wheat OR rain", "--by", "week") == [4, 1]
    assert counted(monitor, "wheat OR rain", "--by", "month") == [5]
    assert sum(counted(monitor, "wheat OR rain", "--by", "hour")) == 5


@pytest.mark.slow
def test_a_time_is_named_by_its_dates_or_from_now_backwards(monitor: Monitor) -> None:
    assert counted(monitor, "wheat", "--since", "2026-03-03", "--until", "2026-03-04") == [1, 1]
    assert counted(monitor, "wheat OR barley", "--since", "2026-03-06T12:00") == [1, 1]
    assert counted(monitor, "wheat", "--since", "5000w") == [1, 1, 1, 1]


@pytest.mark.slow
def test_a_chart_is_printed_and_drawn(monitor: Monitor, tmp_path: Path) -> None:
    printed = monitor("timeline", "wheat").stdout
    assert "█" in printed
    assert "4 articles by day, from 2026-03-02 to 2026-03-05" in printed
    svg, png = tmp_path / "chart.svg", tmp_path / "chart.png"
    assert monitor("timeline", "wheat", "--svg", str(svg), "--png", str(png)).exit_code == 0
    assert ET.fromstring(svg.read_text("utf-8")).find(f"{SVG}title").text == "wheat"
    assert png.read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_nothing_to_count_ends_with_4_and_wrong_times_with_2(monitor: Monitor) -> None:
    assert monitor("timeline", "unobtainium").exit_code == 4
    assert monitor("timeline", "wheat", "--since", "yesterday").exit_code == 2
    assert monitor("timeline", "wheat", "--since", "2026-03-04", "--until", "2026-03").exit_code == 0
    assert monitor("timeline", "wheat", "--since", "2026-04", "--until", "2026-03").exit_code == 2
    assert monitor("timeline", "wheat", "--by", "year").exit_code == 2

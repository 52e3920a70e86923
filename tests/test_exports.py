"""What is found becomes rows for other programs: nothing of it is lost, and no cell of it is calculated."""

import csv
import io
import re
from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st
from pyarrow import parquet

from monitor.archive import Hit
from monitor.exports import BATCH, COLUMNS, csv_lines, guard, row, write_parquet
from monitor.model import Article, Evidence
from monitor.think.language import clean

GUARDED = re.compile(r"((?:^|[;\t\r\n])[ \u00a0]*)'(?=['=+\-@＝＋－＠])")
BEGINS = re.compile(r"(?:^|[;\t\r\n])[ \u00a0]*[=+\-@＝＋－＠]")
WHEN = datetime(2026, 3, 1, 12, 30, 15, tzinfo=UTC)
TEXTS = st.text(st.sampled_from("=+-@'\"; ,\t\r\n|aбч＝") | st.characters(codec="utf-8"), max_size=40).map(clean)


def hit(number: int = 7, **parts: object) -> Hit:
    evidence = (Evidence("grain", "title", 0, 5, "Grain"), Evidence("grain", "body", 9, 14, "grain"))
    article = Article(number, "key", "https://a.example/7", published_at=WHEN, language="en", site="a.example", **parts)
    return Hit(article, evidence, 3)


def cells(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@given(TEXTS)
@example("=HYPERLINK(1);=2\n+3;  -4")
@example("'=1")
@example("\u00a0=1")
def test_what_guards_a_cell_can_be_taken_away_again(text: str) -> None:
    assert not BEGINS.search(guard(text))
    assert GUARDED.sub(r"\1", guard(text)) == text


@given(TEXTS, TEXTS, st.lists(TEXTS, max_size=3))
def test_comma_separated_values_hold_every_text_as_it_was(title: str, text: str, authors: list[str]) -> None:
    (read,) = cells("".join(csv_lines([hit(title=title, text=text, authors=tuple(authors))])))
    bare = {name: GUARDED.sub(r"\1", value) for name, value in read.items()}
    assert (bare["title"], bare["text"]) == (title, text)
    assert not any(BEGINS.search(value) for value in read.values())
    assert tuple(read) == COLUMNS


def test_a_row_of_comma_separated_values_reads_as_people_write() -> None:
    (read,) = cells("".join(csv_lines([hit(title="Grain", countries=("UA", "PL"), copy_of=None)])))
    assert read["id"] == "7"
    assert read["published_at"] == "2026-03-01T12:30:15Z"
    assert read["countries"] == "UA | PL"
    assert read["evidence"] == "Grain | grain"
    assert read["voices"] == "3"
    assert read["copy_of"] == ""


def test_a_parquet_file_holds_more_than_one_group_of_rows_with_their_types() -> None:
    file = io.BytesIO()
    hits = (hit(number, title=f"Grain {number}", authors=("Ann", "Bo")) for number in range(BATCH + 3))
    write_parquet(hits, file)
    read = parquet.ParquetFile(io.BytesIO(file.getvalue()))
    assert read.num_row_groups == 2
    assert tuple(read.schema_arrow.names) == COLUMNS
    rows = read.read().to_pylist()
    assert len(rows) == BATCH + 3
    last = row(hit(BATCH + 2, title=f"Grain {BATCH + 2}", authors=("Ann", "Bo")))
    assert rows[-1]["title"] == last["title"]
    assert rows[-1]["published_at"] == WHEN
    assert rows[-1]["authors"] == ["Ann", "Bo"]
    assert rows[-1]["evidence"][1] == {
        "label": "grain", "zone": "body", "start": 9, "end": 14, "found": "grain", "weight": 1.0,
    }  # fmt: skip


def test_nothing_found_is_a_parquet_file_without_rows() -> None:
    file = io.BytesIO()
    write_parquet([], file)
    assert parquet.ParquetFile(io.BytesIO(file.getvalue())).read().num_rows == 0

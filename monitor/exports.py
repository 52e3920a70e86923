"""What answers a question becomes rows for other programs: comma-separated values, or a Parquet file."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import IO, Any

from sqlalchemy.engine import Engine

from monitor.archive import Hit
from monitor.errors import MonitorError
from monitor.model import Evidence
from monitor.voiced import voices_of

# docs/archive.md promises these names and their order: new ones go to the end.
COLUMNS = (
    "id", "published_at", "seen_at", "modified_at", "site", "language", "title", "url", "authors", "countries",
    "feeds", "tags", "kinds", "agencies", "story_id", "voices", "copy_of", "state", "evidence", "summary", "text",
)  # fmt: skip
_LISTS = ("authors", "countries", "feeds", "tags", "kinds", "agencies")
_TIMES = ("published_at", "seen_at", "modified_at")
_NUMBERS = ("id", "story_id", "voices", "copy_of")
_EVIDENCE = ("label", "zone", "start", "end", "found", "weight")
_JOINT = " | "
_COUNTED = 100  # hits whose stories are looked up at once
BATCH = 500  # rows of a group of a Parquet file: some megabytes of text in memory

# What a spreadsheet takes for a formula at the beginning of a cell. A program that parts cells at semicolons or tabs
# sees beginnings within ours, and so does one that takes a line for a row. What begins with the sign that we put
# before these gets another, so that it can be taken away again.
_FORMULA = re.compile(r"((?:^|[;\t\r\n])[ \u00a0]*)(?=['=+\-@＝＋－＠])")


def counted(engine: Engine, hits: Iterable[Hit]) -> Iterator[Hit]:
    """Hits with the voices of their stories, which the archive counts for pages only."""
    several = iter(hits)
    while batch := list(islice(several, _COUNTED)):
        voices = voices_of(engine, {hit.article.story_id for hit in batch if hit.article.story_id is not None})
        yield from (replace(hit, voices=voices.get(hit.article.story_id or 0, 0)) for hit in batch)


def row(hit: Hit) -> dict[str, Any]:
    """What is exported of an article, by column."""
    article = hit.article
    text = article.text or article.content
    own = {name: getattr(article, name) for name in COLUMNS if name not in {"voices", "state", "evidence", "text"}}
    return {**own, "voices": hit.voices, "state": article.state.value, "evidence": hit.evidence, "text": text}


def csv_lines(hits: Iterable[Hit]) -> Iterator[str]:
    """Comma-separated values (RFC 4180) with a line of names; no cell of them begins a formula."""
    yield _line(COLUMNS)
    for hit in hits:
        yield _line([_cell(value) for value in _ordered(row(hit))])


def guard(text: str) -> str:
    """A text of a cell with a ' before whatever a spreadsheet might calculate."""
    return _FORMULA.sub(r"\1'", text)


def write_parquet(hits: Iterable[Hit], file: IO[bytes]) -> None:
    """A Parquet file, compressed with zstd, written as the articles come."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra, and heavy
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError as error:
        hint = "install it with: pip install 'monitor[export]'; --csv and --jsonl need nothing more"
        raise MonitorError("Parquet needs pyarrow, which is not installed", hint=hint) from error
    schema = _schema(pa)
    rows = map(row, hits)
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        while batch := list(islice(rows, BATCH)):
            writer.write_batch(pa.RecordBatch.from_pylist([_nested(each) for each in batch], schema=schema))


def _ordered(found: dict[str, Any]) -> Iterator[Any]:
    return (found[name] for name in COLUMNS)


def _line(cells: Iterable[str | int]) -> str:
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\r\n").writerow(cells)
    return written.getvalue()


def _cell(value: Any) -> str | int:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, tuple):
        said = (each.found if isinstance(each, Evidence) else str(each) for each in value)
        return guard(_JOINT.join(dict.fromkeys(said)))
    return "" if value is None else value if isinstance(value, int) else guard(str(value))


def _nested(found: dict[str, Any]) -> dict[str, Any]:
    """A row as Arrow takes it."""
    return {**found, "evidence": [{name: getattr(each, name) for name in _EVIDENCE} for each in found["evidence"]]}


def _schema(pa: Any) -> Any:
    kinds_of_evidence = {**dict.fromkeys(_EVIDENCE, pa.string()), "start": pa.int32(), "end": pa.int32()}
    evidence = pa.struct(list({**kinds_of_evidence, "weight": pa.float64()}.items()))
    kinds = {
        **dict.fromkeys(_LISTS, pa.list_(pa.string())),
        **dict.fromkeys(_TIMES, pa.timestamp("us", tz="UTC")),
        **dict.fromkeys(_NUMBERS, pa.int64()),
        "evidence": pa.list_(evidence),
    }
    return pa.schema([(name, kinds.get(name, pa.string())) for name in COLUMNS])

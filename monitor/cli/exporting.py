"""Hits become lines on standard output, or a file that is written whole or not at all."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from monitor.archive import Hit
from monitor.cli.output import plain
from monitor.cli.search import hit_data
from monitor.edge.whole_file import whole_file
from monitor.exports import csv_lines, write_parquet

# Without it a spreadsheet takes a file for one of its old encodings; programs behind a pipe would stumble on it.
_MARK = "\ufeff"


def export(hits: Iterable[Hit], kind: str, target: Path | None) -> None:
    """Write hits as csv, jsonl or parquet."""
    if kind == "parquet" and target:
        with whole_file(target) as file:
            write_parquet(hits, file)
        return
    lines = csv_lines(hits) if kind == "csv" else json_lines(hits)
    if target is None:
        _print(lines)
        return
    with whole_file(target) as file:
        file.write((_MARK if kind == "csv" else "").encode())
        for line in lines:
            file.write(line.encode())


def json_lines(hits: Iterable[Hit]) -> Iterator[str]:
    """A hit a line, as `--json` prints it."""
    for hit in hits:
        yield json.dumps(plain(hit_data(hit)), ensure_ascii=False) + "\n"


def _print(lines: Iterable[str]) -> None:
    if hasattr(sys.stdout, "reconfigure"):
        with suppress(OSError):
            sys.stdout.reconfigure(newline="")  # the ends of lines are ours: of CSV they are \r\n everywhere
    for line in lines:
        sys.stdout.write(line)
    sys.stdout.flush()

"""TOML text becomes the numbers of the lines that its keys stand on, which the standard library's reader forgets."""

import re
from collections.abc import Mapping

Path = tuple[str | int, ...]  # ("topic", 0, "query")

_TABLE = re.compile(r"\s*(\[\[?)\s*([\w.-]+)\s*\]")
_KEY = re.compile(r"\s*([\w-]+|\"[^\"]*\")\s*=")
_FENCE = re.compile(r"'''|\"\"\"")


def locate_keys(text: str) -> Mapping[Path, int]:
    """The line, from 1, of every table header and key outside of long strings and inline tables."""
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    fence = ""
    for number, line in enumerate(text.split("\n"), 1):
        if not fence and not line.lstrip().startswith("#"):
            header, key = _TABLE.match(line), _KEY.match(line)
            if header:
                table = _enter(header[2].split("."), header[1] == "[[", counts)
                lines[table] = number
            elif key:
                lines[(*table, key[1].strip('"'))] = number
        if "'''" in line or '"""' in line:
            for mark in _FENCE.findall(line):
                fence = "" if mark == fence else fence or mark
    return lines


def _enter(names: list[str], is_list: bool, counts: dict[Path, int]) -> Path:  # noqa: FBT001 - of its syntax
    """The path of a table: `[[topic.test]]` is the next test of the latest topic; `counts` tells how many there are."""
    path: Path = ()
    for depth, name in enumerate(names):
        path = (*path, name)
        count = counts.get(path, 0)
        if is_list and depth == len(names) - 1:
            counts[path] = count + 1
            return (*path, count)
        if count:
            path = (*path, count - 1)
    return path


def line_of(path: Path, lines: Mapping[Path, int]) -> int:
    """The line of a key, or of the nearest thing around it; 0 if there is none."""
    while path:
        if path in lines or (*path, 0) in lines:
            return lines.get(path) or lines[*path, 0]
        path = path[:-1]
    return 0

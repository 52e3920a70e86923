"""A pack that is being read: its tables become checked values, or faults with their place in the file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from monitor.think.language import tokens
from monitor.think.toml_lines import Path, line_of

SLUG = re.compile(r"[a-z0-9][a-z0-9-]*")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A pack being read: what was found wrong so far, and where its keys stand."""

    source: str
    lines: Mapping[Path, int]
    faults: list[str]

    def refuse(self, path: Path, found: object, expected: str) -> None:
        key = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
        said = "nothing" if found is None else repr(found)[:80]
        self.faults.append(f"{self.source}:{line_of(path, self.lines)}: {key}: found {said}, expected {expected}")


def table_at(sheet: Sheet, path: Path, table: dict[str, Any], key: str) -> dict[str, Any]:
    found = table.get(key)
    if isinstance(found, dict):
        return found
    sheet.refuse((*path, key), found, "a table")
    return {}


def tables_at(sheet: Sheet, path: Path, table: dict[str, Any], key: str) -> list[tuple[Path, dict[str, Any]]]:
    found = table.get(key, [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        sheet.refuse((*path, key), found, f"tables headed [[{key}]]")
        return []
    return [((*path, key, place), each) for place, each in enumerate(found)]


def text_at(sheet: Sheet, path: Path, table: dict[str, Any], key: str, *, required: bool = True) -> str:
    found = table.get(key)
    if found is None and not required:
        return ""
    if not isinstance(found, str) or (required and not found.strip()):
        sheet.refuse((*path, key), found, "text")
        return ""
    return found


def texts(sheet: Sheet, path: Path, table: dict[str, Any], key: str) -> tuple[str, ...]:
    found = table.get(key, [])
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        sheet.refuse((*path, key), found, "a list of texts")
        return ()
    return tuple(found)


def phrases(sheet: Sheet, path: Path, table: dict[str, Any], key: str) -> tuple[str, ...]:
    found = texts(sheet, path, table, key)
    for phrase in found:
        if not tokens(phrase):
            sheet.refuse((*path, key), phrase, "at least one word")
    return found


def slug(sheet: Sheet, path: Path, table: dict[str, Any], key: str) -> str:
    found = text_at(sheet, path, table, key)
    if found and not SLUG.fullmatch(found):
        sheet.refuse((*path, key), found, "small letters, digits and hyphens")
    return found


def refuse_unknown(sheet: Sheet, path: Path, table: dict[str, Any], known: tuple[str, ...]) -> None:
    for key in sorted(table.keys() - set(known)):
        like = get_close_matches(key, known, n=1)
        sheet.refuse((*path, key), table[key], f"no such key; {f'perhaps {like[0]}' if like else ', '.join(known)}")

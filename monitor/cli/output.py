"""Values become what a person, or a program behind a pipe, reads on a terminal."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from monitor.about import About
from monitor.model import Article

# Exit codes; docs/commands.md tells them to users.
OK, FAILED, BAD_USE, NOT_FOUND = 0, 1, 2, 4

_INTERNAL = frozenset({"claim", "records"})

# Behind a pipe there is no width to ask for: wide enough for the tables, narrow enough to read.
out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 120)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def plain(value: Any) -> Any:  # noqa: PLR0911 - a case a kind of value
    """A value as JSON can say it; what the program alone can read, claims and records, left out."""
    if is_dataclass(value) and not isinstance(value, type):
        named = {part.name: getattr(value, part.name) for part in fields(value)}
        return {name: plain(found) for name, found in named.items() if name not in _INTERNAL}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): plain(found) for name, found in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return [plain(item) for item in value]
    return value


def show_json(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json_text(value))


def json_text(value: Any) -> str:
    """A value as one JSON document."""
    return json.dumps(plain(value), ensure_ascii=False, indent=2) + "\n"


def show_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """A table, or the sentence that says why there is none."""
    # The first column names a row, for another command to be given: it is never broken.
    first = Column(columns[0], no_wrap=True, overflow="fold")
    table = Table(first, *columns[1:], title=title, title_justify="left", header_style="bold", expand=False)
    for row in rows:
        table.add_row(*(safe(cell) for cell in row))
    if table.row_count:
        out.print(table, soft_wrap=False)
    else:
        out.print(safe(empty))


def safe(value: object) -> str:
    """Text from outside, without control characters or markup."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    text = "" if value is None else str(value)
    return escape("".join(char if char.isprintable() or char == "\n" else " " for char in text))


def headline(article: Article) -> None:
    """An article's title, and whose it is."""
    say(f"[bold]{safe(article.title)}[/]")
    published = f"published {article.published_at:%Y-%m-%d %H:%M} UTC" if article.published_at else "no date"
    facts = (article.site, article.language or "no language", published, ", ".join(article.authors))
    say(f"[dim]{' · '.join(safe(fact) for fact in facts if fact)}[/]")
    if traits := list(_traits(article.about)):
        say(f"[dim]{' · '.join(safe(trait) for trait in traits)}[/]")


def _traits(about: About) -> Iterator[str]:
    if about.wall:
        yield f"the page shows something else: {about.wall}"
    if about.section:
        yield f"section {about.section}"
    if about.paid:
        yield "not free to read"
    if about.live:
        yield "a live blog"
    if about.languages:
        yield f"in several languages: {', '.join(about.languages)}"
    if about.right_to_left:
        yield "written from right to left"


def say(text: str) -> None:
    """A line for people."""
    out.print(text)


def complain(text: str, hint: str = "") -> None:
    """What went wrong, and what to do about it, on standard error."""
    err.print(f"[bold red]monitor:[/] {safe(text)}")
    if hint:
        err.print(f"         {safe(hint)}")

"""Work that comes in becomes a bar with its rate, or a line now and then where there is no terminal."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from monitor.cli.output import err

INTERRUPTED = 130
Advance = Callable[[int, int, int], None]  # records, articles, and how much further of the whole
_EVERY_S = 10.0


@contextmanager
def rate(total: int, what: str = "records", kept: str = "articles") -> Iterator[Advance]:
    """Show how far work came of `total`, and how fast; the function tells of more."""
    begun = time.monotonic()
    counts = [0, 0]
    said = [begun]
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task(f"0 {what}", total=total or None)

        def advance(more: int, articles: int, far: int) -> None:
            counts[0] += more
            counts[1] += articles
            now = time.monotonic()
            line = f"{counts[0]} {what}, {counts[1]} {kept}, {counts[0] / max(now - begun, 0.001):.0f}/s"
            bar.update(task, advance=far, description=line)
            if not err.is_terminal and now - said[0] > _EVERY_S:
                said[0] = now
                err.print(line)

        yield advance
    if counts[0]:
        taken = max(time.monotonic() - begun, 0.001)
        err.print(f"{counts[0]} {what} in {taken:.0f} s, {counts[0] / taken:.0f} a second")


@contextmanager
def told_of_interruption() -> Iterator[None]:
    """Ctrl-C ends work that goes on where it stopped; say so."""
    try:
        yield
    except KeyboardInterrupt:
        err.print("interrupted; what was saved stays, the same command goes on from there")
        raise typer.Exit(INTERRUPTED) from None

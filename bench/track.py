"""Processes that run for long become figures over time, and a picture: is anything not flat?"""

import csv
import sqlite3
import time
from contextlib import suppress
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import psutil
from rich.table import Table

EVERY_S = 5.0
WARM_S = 300.0  # caches and pools are full after that: growth counts from then on
WIDTH, HEIGHT, LEFT, TOP = 760, 130, 60, 34


@dataclass(frozen=True, slots=True)
class Look:
    """How things stood at a moment."""

    second: float
    memory_mb: float  # of all processes, shared pages counted once
    daemon_mb: float
    web_mb: float  # of the process that serves the pages
    files: int  # open, of all processes
    threads: int
    processes: int
    articles: int
    alerts_sent: int
    database_mb: float


class Track:
    """The looks at a tree of processes and their database."""

    def __init__(self, database: Path) -> None:
        self.looks: list[Look] = []
        self._database = database
        self._started = time.monotonic()

    def look(self, tree: psutil.Process, web: psutil.Process | None = None) -> None:
        """Note how things stand, every few seconds: of the daemon and its workers, and of who serves the pages."""
        now = time.monotonic() - self._started
        if self.looks and now - self.looks[-1].second < EVERY_S:
            return
        memory, files, threads, processes = 0.0, 0, 0, 0
        for process in (tree, *tree.children(recursive=True), *([web] if web else [])):
            with suppress(psutil.Error):
                memory += process.memory_full_info().pss / 2**20
                files, threads, processes = files + process.num_fds(), threads + process.num_threads(), processes + 1
        own = tree.memory_full_info().pss / 2**20
        pages = web.memory_full_info().pss / 2**20 if web else 0.0
        size = sum(file.stat().st_size for file in self._database.parent.glob(f"{self._database.name}*")) / 2**20
        self.looks.append(Look(now, memory, own, pages, files, threads, processes, *self._counted(), size))

    def _counted(self) -> tuple[int, int]:
        asked = "SELECT (SELECT count(*) FROM article), (SELECT count(*) FROM alert WHERE state = 'sent')"
        with suppress(sqlite3.Error):
            connection = sqlite3.connect(f"file:{self._database}?mode=ro", uri=True, timeout=1)
            try:
                row: tuple[int, int] = connection.execute(asked).fetchone()
                return row
            finally:
                connection.close()
        return 0, 0

    def keep(self, folder: Path, title: str) -> None:
        """Write the figures and the picture."""
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "soak.csv").open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow([field.name for field in fields(Look)])
            rows.writerows([round(value, 1) for value in astuple(look)] for look in self.looks)
        (folder / "soak.svg").write_text(drawn(self.looks, title), "utf-8")

    def table(self) -> Table:
        """From the first five minutes on: at the beginning, at the end, most, and the slope an hour."""
        table = Table("", "after warming up", "at the end", "most", "slope an hour", title="over time")
        warm = [look for look in self.looks if look.second >= WARM_S] or self.looks
        for name in (
            "memory_mb",
            "daemon_mb",
            "web_mb",
            "files",
            "threads",
            "processes",
            "articles",
            "alerts_sent",
            "database_mb",
        ):
            values = [float(getattr(look, name)) for look in warm]
            slope = 3600 * _slope([look.second for look in warm], values)
            table.add_row(
                name, *(f"{value:.1f}" for value in (_mean(values[:12]), _mean(values[-12:]), max(values), slope))
            )
        return table


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _slope(xs: list[float], ys: list[float]) -> float:
    """Of the straight line through points that misses them least."""
    x, y = _mean(xs), _mean(ys)
    spread = sum((one - x) ** 2 for one in xs)
    return sum((one - x) * (other - y) for one, other in zip(xs, ys, strict=True)) / spread if spread else 0.0


def drawn(looks: list[Look], title: str) -> str:
    """Memory, files and articles, one below the other, over the same time."""
    rows = (
        ("memory of all processes, MB", [look.memory_mb for look in looks], "#1f5fa8"),
        ("memory of the daemon alone, MB", [look.daemon_mb for look in looks], "#2b7a4b"),
        ("memory of the pages' process, MB", [look.web_mb for look in looks], "#9c2f5f"),
        ("open files of all processes", [float(look.files) for look in looks], "#8a4b00"),
        ("articles in the archive", [float(look.articles) for look in looks], "#6a3d9a"),
        ("alerts sent", [float(look.alerts_sent) for look in looks], "#555555"),
    )
    end = looks[-1].second
    height = TOP + len(rows) * (HEIGHT + TOP)
    box = f'viewBox="0 0 {LEFT + WIDTH + 20} {height + 20}" role="img" font-family="sans-serif" font-size="12"'
    told = f"{title}; {end / 60:.0f} minutes"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box}><title>{told}</title>',
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="{LEFT}" y="18" font-size="14" font-weight="bold">{told}</text>',
    ]
    for number, (name, values, colour) in enumerate(rows):
        top = TOP + number * (HEIGHT + TOP) + 14
        most = max(values) * 1.15 or 1.0
        points = " ".join(
            f"{LEFT + WIDTH * look.second / end:.1f},{top + HEIGHT * (1 - value / most):.1f}"
            for look, value in zip(looks, values, strict=True)
        )
        parts += [
            f'<text x="{LEFT}" y="{top - 5}" fill="{colour}">{name}</text>',
            f'<path d="M{LEFT} {top}v{HEIGHT}h{WIDTH}" fill="none" stroke="#999"/>',
            f'<text x="{LEFT - 6}" y="{top + 10}" text-anchor="end">{most:.0f}</text>',
            f'<text x="{LEFT - 6}" y="{top + HEIGHT}" text-anchor="end">0</text>',
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>',
        ]
    return "\n".join([*parts, "</svg>\n"])

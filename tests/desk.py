"""A small archive and two topics on a desk of their own: what tests of the workbench stand on."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fresh import lay
from sqlalchemy import insert, text
from typer.testing import CliRunner, Result

from monitor.cli.main import app
from monitor.config import load
from monitor.edge.database import reading, writing
from monitor.edge.rows import from_match
from monitor.edge.tables import ARTICLE, MATCH
from monitor.model import Evidence, Match
from monitor.wire import open_store

Monitor = Callable[..., Result]
SEEN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CONFIG = """
[database]
path = "monitor.db"
[topics]
files = ["harbours.toml"]
[[topic]]
name = "weather"
query = "rain"
"""
PACK = """
[pack]
name = "harbours"
title = "Harbours"
[[entity]]
id = "odesa-port"
kind = "place"
[entity.names]
en = ["port of Odesa"]
[[topic]]
name = "grain"
title = "Grain exports"
query = '{query}'
"""
# Title and text; the first four speak of wheat, of these two are what a person wants.
ARTICLES = (
    ("Wheat leaves the harbour", "Three vessels carried wheat away."),
    ("Wheat price rises", "Traders feared for the wheat harvest at sea."),
    ("Wheat beer festival opens", "Brewers poured for a thousand guests."),
    ("The best wheat beer", "Brewers compared their notes."),
    ("A convoy of barley", "Barley left the port of Odesa under escort."),
    ("Barley on the move", "A freighter with barley cleared the port of Odesa."),
    ("A new bakery", "The rolls are good."),
    ("Cup final tonight", "Both teams trained in the morning."),
    ("Rain at last", "The reservoirs fill after rain."),
    ("Bridge repaired", "The road is open."),
)
WANTED = {1, 2, 5, 6}
OLDER, OLD = "aaaa11112222", "bbbb33334444"  # versions of rules


def furnish(home: Path) -> Monitor:
    """Write a configuration with two topics, and an archive of ten articles and two matches of older rules."""
    (home / "config.toml").write_text(CONFIG, "utf-8")
    (home / "harbours.toml").write_text(PACK.format(query="wheat"), "utf-8")
    fill(home, ARTICLES)
    evidence = (Evidence("barley", "title", 12, 18, "barley"),)
    older = Match("grain", OLDER, "normal", 1.0, ())
    keep_matches(home, [(1, older), (5, Match("grain", OLD, "normal", 1.0, evidence))])
    return lambda *words: CliRunner().invoke(app, ["--config", str(home / "config.toml"), *words])


def fill(home: Path, articles: Sequence[tuple[str, str]], *, state: str = "done") -> None:
    """Put articles into the archive, one a day, as the daemon leaves them when they are told."""
    config = load(home / "config.toml")
    lay(config.database_path)
    store = open_store(config)
    store.upgrade(SEEN)
    rows = [
        {
            "key": f"https://news.example/{state}/{number}",
            "url": f"https://news.example/{state}/{number}",
            "title": title,
            "text": body,
            "text_source": "page",
            "language": "en",
            "published_at": SEEN + timedelta(days=number),
            "seen_at": SEEN,
            "backlog": False,
            "failures": 0,
            "state": state,
        }
        for number, (title, body) in enumerate(articles, 1)
    ]
    with writing(store.engine) as connection:
        connection.execute(insert(ARTICLE), rows)
    store.close()


def keep_matches(home: Path, matches: Sequence[tuple[int, Match]]) -> None:
    store = open_store(load(home / "config.toml"))
    with writing(store.engine) as connection:
        connection.execute(insert(MATCH), [from_match(match, article, SEEN) for article, match in matches])
    store.close()


def table(home: Path, name: str) -> list[tuple[object, ...]]:
    """All rows of a table."""
    store = open_store(load(home / "config.toml"))
    with reading(store.engine) as connection:
        rows = [tuple(row) for row in connection.execute(text(f"SELECT * FROM {name} ORDER BY 1"))]
    store.close()
    return rows


def change(home: Path, statement: str) -> None:
    """Put something into the archive that no program of ours would."""
    store = open_store(load(home / "config.toml"))
    with writing(store.engine) as connection:
        connection.execute(text(statement))
    store.close()


def on_disk(home: Path) -> bytes:
    """All that the archive holds: the file, with the log of what is not folded into it yet, or every row."""
    config = load(home / "config.toml")
    if not config.database.url:
        return b"".join(path.read_bytes() for path in sorted(home.glob("monitor.db*")) if path.suffix != ".db-shm")
    store = open_store(config)
    with reading(store.engine) as connection:
        tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        rows = [connection.scalars(text(f"SELECT each::text FROM {name} AS each")).all() for name in tables]
    store.close()
    return "\n".join(row for some in rows for row in some).encode()

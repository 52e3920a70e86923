"""What the archive is asked for becomes the numbers of the articles that have it: full text, names, topics, feeds.

The numbers of a list come as one text, made inside SQLite: a tenth of the time that a row each takes.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, text

from monitor.edge import fulltext
from monitor.edge.sql import Both, listing

Numbers = NDArray[np.int64]

_FULL_TEXT = Both(
    text(
        "SELECT group_concat(rowid) FROM article_fts WHERE article_fts MATCH :asked AND rowid BETWEEN :first AND :last"
    ),
    fulltext.HOLDING,
)
_PRESENT = Both(
    text("SELECT key FROM json_each(:asked) WHERE EXISTS (SELECT 1 FROM article_fts WHERE article_fts MATCH value)"),
    fulltext.PRESENT,
)
_ADDRESSED = Both(
    text(
        "SELECT group_concat(rowid) FROM article_fts_address "
        "WHERE article_fts_address MATCH :asked AND rowid BETWEEN :first AND :last"
    ),
    fulltext.ADDRESSED,
)
# The plus keeps SQLite from a look-up an article, each of which would count anew how rare the words are.
_RANKED = listing(
    "SELECT rowid, -bm25(article_fts, :title, 1.0) FROM article_fts "
    "WHERE article_fts MATCH :asked AND rowid BETWEEN :first AND :last AND +rowid IN ({listed})",
    fulltext.RANKED,
)
_MATCHED = text(
    "SELECT group_concat(article_id) FROM match WHERE topic = :topic AND article_id BETWEEN :first AND :last"
)
_TOPICS = text(  # one step an entry of the index, where DISTINCT would go through all of them
    "WITH RECURSIVE known(topic) AS (SELECT min(topic) FROM match UNION ALL "
    "SELECT (SELECT min(topic) FROM match WHERE topic > known.topic) FROM known WHERE topic IS NOT NULL) "
    "SELECT topic FROM known WHERE topic IS NOT NULL"
)
_SEEN = text("SELECT group_concat(article_id) FROM sighting WHERE feed_id IN :feeds").bindparams(
    bindparam("feeds", expanding=True)
)
_NAMED = text(
    "SELECT group_concat(article_id) FROM mention "
    "WHERE entity IN :entities AND article_id BETWEEN :first AND :last AND places & :places <> 0"
).bindparams(bindparam("entities", expanding=True))
_WORDS = text(
    "CREATE VIRTUAL TABLE IF NOT EXISTS temp.article_fts_words USING fts5vocab('main', 'article_fts', 'instance')"
)
_NEXT_WORD = text("SELECT term FROM temp.article_fts_words WHERE term > :after LIMIT 1")
_FIRST, _BEYOND = chr(1), chr(0x10FFFF)  # sort before and behind all that a word goes on with
_CHUNK = 500  # values of one statement
TITLE_WEIGHT = 4.0  # of a word in the title, beside one in the text


def match_expression(runs: Iterable[str], column: str = "") -> str:
    """Runs of words, one of which is enough, in the words of FTS5."""
    within = f"{{{column}}} : " if column else ""  # to look where a word stands takes twice as long as whether it does
    return f"{within}({' OR '.join(map(_quoted, runs))})"


def spoken(connection: Connection, expression: str) -> str:
    """What is asked for, in the words of this database."""
    return expression if connection.dialect.name == "sqlite" else fulltext.asked_for(expression)


def _quoted(run: str) -> str:
    phrase = run.removesuffix("*").replace('"', '""')
    return f'"{phrase}"' + "*" * run.endswith("*")


class Window(NamedTuple):
    """The numbers of articles, from the first to the last, that are looked at."""

    first: int = 0
    last: int = 2**62


ALL = Window()


def holding(connection: Connection, runs: Sequence[str], column: str = "", window: Window = ALL) -> Numbers:
    """Articles that hold one of some runs of words."""
    asked = _ADDRESSED if column in fulltext.ADDRESSES else _FULL_TEXT
    expressions = [spoken(connection, match_expression(some, column)) for some in _chunks(runs)]
    found = [numbers(connection.scalar(asked, {"asked": one, **window._asdict()})) for one in expressions]
    return np.concatenate(found) if found else numbers(None)


def parted(connection: Connection, runs: Sequence[str]) -> tuple[list[str], list[str]]:
    """Runs, some only begun, in two lists that hold the same, of SQLite: by the letters that the words go on with.

    To look up a beginning, FTS5 first merges all words that begin so, whichever articles are asked for.
    """
    connection.execute(_WORDS)
    longer = [each for run in runs for each in (_longer(connection, run) if run.endswith("*") else (run,))]
    return longer[::2], longer[1::2]


def _longer(connection: Connection, run: str) -> Iterator[str]:
    """A run whose last word is begun, as the runs with the words that begin so, one letter longer."""
    before, _, begun = run.removesuffix("*").rpartition(" ")
    before += " " * bool(before)
    yield before + begun
    after = begun + _FIRST  # to step past all that one word stands in takes as long as to look it up
    while (word := connection.scalar(_NEXT_WORD, {"after": after})) and word.startswith(begun):
        longer = word[: len(begun) + 1]
        yield f"{before}{longer}*"
        after = longer + _BEYOND


def present(connection: Connection, runs: Sequence[str]) -> frozenset[str]:
    """Which of some runs of words any article holds."""
    asked = json.dumps([spoken(connection, match_expression([run])) for run in runs])
    return frozenset(runs[row[0]] for row in connection.execute(_PRESENT, {"asked": asked}))


def ranks(connection: Connection, asked: str, among: Numbers) -> tuple[Numbers, NDArray[np.float64]]:
    """How much some articles, their numbers in order, are about what full text is asked for: more is better.

    To weigh an article takes ten times as long as to see that it holds the words.
    """
    told = spoken(connection, asked)
    known = {"asked": told, "first": int(among[0]), "last": int(among[-1]), "title": TITLE_WEIGHT}
    rows = connection.execute(_RANKED, {**known, "listed": json.dumps(among.tolist())}).all()
    return (
        np.fromiter((row[0] for row in rows), np.int64, len(rows)),
        np.fromiter((row[1] for row in rows), np.float64, len(rows)),
    )


def topics(connection: Connection) -> tuple[str, ...]:
    """The topics that any article matches."""
    return tuple(connection.scalars(_TOPICS))


def matched(connection: Connection, topic: str, window: Window = ALL) -> Numbers:
    """Articles that match a topic."""
    return numbers(connection.scalar(_MATCHED, {"topic": topic, **window._asdict()}))


def sighted(connection: Connection, feeds: Collection[int]) -> Numbers:
    """Articles that one of these feeds showed."""
    found = [numbers(connection.scalar(_SEEN, {"feeds": some})) for some in _chunks(sorted(feeds))]
    return np.concatenate(found) if found else numbers(None)


def naming(connection: Connection, entities: Collection[int], places: int, window: Window = ALL) -> Numbers:
    """Articles that name one of these entities in one of these places, maybe repeated."""
    asked = _chunks(sorted(entities))
    found = [
        numbers(connection.scalar(_NAMED, {"entities": some, "places": places, **window._asdict()})) for some in asked
    ]
    return np.concatenate(found) if found else numbers(None)


def numbers(listed: str | None) -> Numbers:
    """The numbers of a list."""
    return np.fromstring(listed, np.int64, sep=",") if listed else np.empty(0, np.int64)


def _chunks(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))

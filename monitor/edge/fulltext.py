"""Texts of articles become vectors of folded words that PostgreSQL looks up, and runs of words what it is asked."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

# A vector takes places up to 16,383 and 255 of one word, and a megabyte in all; a text that goes beyond is parted.
_PLACES = 16_000
_OF_ONE = 255
_LETTERS = 200_000
# Parts overlap by so many words, so that a run of words stands whole in one of them.
OVERLAP = 32
_LONGEST = 500  # characters of a word: PostgreSQL takes 2,046 bytes
_GAP = 3  # between the title and the text, whose words are no run
_OWED = text("SELECT current_setting('monitor.unworded', true)")
_TEXTS = text(
    "SELECT id, title, CASE WHEN text <> '' THEN text WHEN content <> '' THEN content ELSE summary END AS body, "
    "url, authors FROM article WHERE id = ANY(CAST(:numbers AS bigint[]))"
)
_FORGET = text("DELETE FROM article_words WHERE article_id = ANY(CAST(:numbers AS bigint[]))")
_KEEP = text(
    "INSERT INTO article_words (article_id, part, words, address) "
    "VALUES (:article, :part, CAST(:words AS tsvector), CAST(:address AS tsvector))"
)
_SETTLED = text("SELECT set_config('monitor.unworded', '', true)")


class Placed(NamedTuple):
    """A word where it stands, and in what: A for the title, D for the text; of addresses A, of authors B."""

    word: str
    place: int
    mark: str


def enter_words(connection: Connection, words: Callable[[str], str]) -> None:
    """Make the index follow the articles that were written in this transaction; triggers note them."""
    owed = connection.scalar(_OWED)
    if not owed:
        return
    index_articles(connection, sorted({int(number) for number in owed.split(",") if number}), words)
    connection.execute(_SETTLED)


def index_articles(connection: Connection, numbers: Sequence[int], words: Callable[[str], str]) -> None:
    """Index these articles anew."""
    asked = {"numbers": list(numbers)}
    rows = [row for article in connection.execute(_TEXTS, asked) for row in _rows(article, words)]
    connection.execute(_FORGET, asked)
    if rows:
        connection.execute(_KEEP, rows)


def _short(texts: Sequence[tuple[str, str]]) -> str | None:
    """Marked texts as one vector, as most are; None when they do not fit."""
    if sum(len(folded) for _, folded in texts) > _LETTERS:
        return None
    places: dict[str, list[str]] = {}
    place = 0
    for mark, folded in texts:
        sign = "" if mark == "D" else mark
        for place, word in enumerate(folded.split(), place + 1):  # noqa: B020 - goes on from text to text
            places.setdefault(word[:_LONGEST], []).append(f"{place}{sign}")
        place += _GAP
    if place > _PLACES or max(map(len, places.values()), default=0) > _OF_ONE:
        return None
    return " ".join(f"{_quoted(word)}:{','.join(where)}" for word, where in places.items())


def _rows(article: Any, words: Callable[[str], str]) -> Iterator[dict[str, Any]]:
    address = "".join(_vectors((("A", words(article.url)), ("B", words(", ".join(article.authors)))), most=1))
    texts = (("A", words(article.title)), ("D", words(article.body)))
    short = _short(texts)
    for part, vector in enumerate(_vectors(texts) if short is None else (short,)):
        yield {"article": article.id, "part": part, "words": vector, "address": "" if part else address}


def _vectors(texts: Iterable[tuple[str, str]], most: int | None = None) -> Iterator[str]:
    """Marked texts of folded words as vectors; always at least one."""
    stream = _stream(texts)
    kept: list[Placed] = []
    seen: Counter[str] = Counter()
    letters = made = 0
    base = 0
    for word, place, mark in stream:
        full = place - base > _PLACES or seen[word] == _OF_ONE or letters > _LETTERS
        if full and most is None:
            yield _vector(kept, base)
            made += 1
            kept = kept[-OVERLAP:]
            base = kept[0].place - 1
            seen = Counter(one.word for one in kept)
            letters = sum(len(one.word) for one in kept)
        elif full:
            break
        kept.append(Placed(word, place, mark))
        seen[word] += 1
        letters += len(word)
    yield _vector(kept, base)


def _stream(texts: Iterable[tuple[str, str]]) -> Iterator[Placed]:
    place = 0
    for mark, folded in texts:
        for word in folded.split():
            place += 1
            yield Placed(word[:_LONGEST], place, mark)
        place += _GAP


def _vector(kept: Iterable[Placed], base: int) -> str:
    places: dict[str, list[str]] = {}
    for word, place, mark in kept:
        places.setdefault(word, []).append(f"{place - base}{mark if mark != 'D' else ''}")
    return " ".join(f"{_quoted(word)}:{','.join(where)}" for word, where in places.items())


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


HOLDING = text(
    "SELECT group_concat(article_id) FROM article_words "
    "WHERE words @@ CAST(:asked AS tsquery) AND article_id BETWEEN :first AND :last"
)
ADDRESSED = text(
    "SELECT group_concat(article_id) FROM article_words "
    "WHERE address @@ CAST(:asked AS tsquery) AND article_id BETWEEN :first AND :last"
)
PRESENT = text(
    "SELECT place - 1 FROM json_array_elements_text(CAST(:asked AS json)) WITH ORDINALITY AS one(value, place) "
    "WHERE EXISTS (SELECT 1 FROM article_words WHERE words @@ CAST(value AS tsquery))"
)
NEWEST = text(
    "SELECT group_concat(id) FROM (SELECT DISTINCT article_id AS id FROM article_words "
    "WHERE words @@ CAST(:asked AS tsquery) ORDER BY article_id DESC LIMIT :most) AS newest"
)
# Weights of D, C, B, A: the title is A. Divided by one and the logarithm of the length.
RANKED = (
    "SELECT article_id, sum(ts_rank(CAST(ARRAY[1 / CAST(:title AS real), 0, 0, 1] AS real[]), words, "
    "CAST(:asked AS tsquery), 1)) FROM article_words WHERE words @@ CAST(:asked AS tsquery) "
    "AND article_id BETWEEN :first AND :last AND article_id IN ({listed}) GROUP BY article_id"
)
# A bracket begins what is asked of one column, or of all.
_PIECES = re.compile(r'(?:\{([a-z]+)\} : )?\(|"((?:[^"]|"")*)"(\*?)| (OR|AND) ')
_MARKS = {"": "", "title": "A", "text": "D", "url": "A", "author": "B"}
ADDRESSES = frozenset({"url", "author"})


def asked_for(expression: str) -> str:
    """What is asked for in the words of FTS5, in those of tsquery."""
    mark = ""

    def told(piece: re.Match[str]) -> str:
        nonlocal mark
        column, run, begun, joint = piece.groups()
        if joint:
            return {"OR": " | ", "AND": " & "}[joint]
        if run is not None:
            return _run(run.replace('""', '"') + begun, mark)
        mark = _MARKS[column or ""]
        return "("

    return _PIECES.sub(told, expression)


def _run(run: str, mark: str) -> str:
    words = run.removesuffix("*").split()[: OVERLAP + 1]
    begun = run.endswith("*") and len(run.split()) <= OVERLAP + 1
    told = [_quoted(word[:_LONGEST]) + (f":{mark}" if mark else "") for word in words]
    if begun and told:
        told[-1] = f"{_quoted(words[-1][:_LONGEST])}:*{mark}"
    return "(" + " <-> ".join(told) + ")" if told else "''"

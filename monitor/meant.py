"""A query that finds nothing becomes one that finds something: a letter, a script or a name put right."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from heapq import nsmallest
from itertools import islice

from sqlalchemy.engine import Engine

from monitor.edge.database import reading
from monitor.edge.likeness import holding, newest_titles
from monitor.edge.postings import present
from monitor.think.asked import Piece, exchange, pieces
from monitor.think.entities import Entities
from monitor.think.language import indexable, tokens
from monitor.think.nearby import distance, in_other_script, near, one_off

# All work is bounded, whatever the archive holds: so many titles are read for their words, so many words are put
# right, with so many candidates each, and so many queries are tried.
_TITLES = 4_000
_WORDS = 3
_CANDIDATES = 4
_TRIED = 8
_COUNTED = 20  # articles; a word that so many have is as usual as any


def meant(engine: Engine, entities: Entities, query: str, finds: Callable[[str], bool]) -> str:
    """A query like this one that finds something, or an empty text; `finds` says whether a query does.

    Words that the archive holds in no form are exchanged for near ones of its own, of its newest headlines, and of
    the names of entities; unknown entities for known ones.
    """
    wrong = {piece: found for piece in _doubtful(engine, entities, query) if (found := _like(engine, entities, piece))}
    for instead in islice(_choices(wrong), _TRIED):
        changed = exchange(query, instead)
        if finds(changed):
            return changed
    return ""


def _choices(wrong: dict[Piece, list[str]]) -> Iterator[dict[Piece, str]]:
    """All put right by the best of each, then with others, one at a time."""
    if not wrong:
        return
    best = {piece: found[0] for piece, found in wrong.items()}
    yield best
    for rank in range(1, _CANDIDATES):
        for piece, found in wrong.items():
            if rank < len(found):
                yield {**best, piece: found[rank]}
    if len(best) > 1:
        yield from ({piece: found} for piece, found in best.items())


def _doubtful(engine: Engine, entities: Entities, query: str) -> list[Piece]:
    """The names that nobody knows, and the words that no article holds in any form."""
    asked = pieces(query)
    names = [piece for piece in asked if piece.is_name and not entities.find(piece.text[1:])]
    words = [piece for piece in asked if not piece.is_name and indexable(piece.text)]
    forms = [tuple(dict(entities.speller.word(piece.text))) for piece in words]
    found = holding(engine, forms, 1)
    return [*names, *(piece for piece, ids in zip(words, found, strict=True) if not ids)][:_WORDS]


def _like(engine: Engine, entities: Entities, piece: Piece) -> list[str]:
    """What may have been meant instead, the likeliest first."""
    if piece.is_name:
        return [f"@{name}" for name in entities.suggest(piece.text[1:])]
    word = indexable(piece.text)
    if " " in word:
        return []
    written = {word, *in_other_script(word)}
    known = {*tokens("\n".join(newest_titles(engine, _TITLES))), *_names(entities)}
    tried = {*written, *one_off(word), *(found for each in written for _, found in near(each, known)[:_CANDIDATES])}
    with reading(engine) as connection:
        there = sorted(present(connection, sorted(tried - {word})))
    counts = dict(zip(there, map(len, holding(engine, [(each,) for each in there], _COUNTED)), strict=True))
    likeliest = nsmallest(_CANDIDATES, there, key=lambda each: (_far(each, word, written), -counts[each], each))
    return [each.capitalize() if piece.text[0].isupper() else each for each in likeliest]


def _far(found: str, word: str, written: set[str]) -> tuple[int, bool]:
    """How far a word is from what was written; to have meant another script is as far as a letter."""
    steps = min(distance(found, each) + (each != word) for each in written)
    return steps, found[0] != word[0]


@lru_cache(maxsize=2)
def _names(entities: Entities) -> frozenset[str]:
    """The words of all names of entities, in every script."""
    names = (name.text for entity in entities.by_id.values() for name in entity.names)
    return frozenset(tokens("\n".join(names)))

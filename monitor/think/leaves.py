"""The smallest pieces of a query – words, phrases, entities, values – become leaves of its tree."""

import re
from typing import Any

from monitor.errors import QueryError
from monitor.think.entities import Entities
from monitor.think.language import tokens, words
from monitor.think.tree import EntityRef, Near, Part, Phrase, Prefix, Value, Word

_LEAST = 3  # letters of a prefix
_FURTHEST = 200  # words
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_OPERATORS = re.compile(r"&&|\|\||^!")
_VALUES = {
    "lang": (re.compile(r"[a-z]{2}"), "a language code of two letters: lang:uk"),
    "country": (re.compile(r"[a-z]{2}"), "a country code of two letters: country:ua"),
    "story": (re.compile(r"\d{1,18}", re.ASCII), "the number of a story: story:17"),
    "site": (re.compile(r"[^/]+"), "a host without path: site:bbc.co.uk; for paths there is url:"),
}


def unescape(text: str) -> str:
    """What is meant, without the backslashes."""
    return _ESCAPED.sub(r"\1", text)


def read_word(written: str, position: int, *, exact: bool) -> Word | Phrase | Prefix:
    """A term as it stands in the query, which may turn out to be several words."""
    bare = _ESCAPED.sub("__", written)
    if '"' in bare:
        place = position + bare.index('"')
        raise QueryError("A quote within a word", position=place, hint='put a space before it, or write \\"')
    if _OPERATORS.search(bare):
        raise QueryError(f"{written!r} holds an operator we do not know", position=position, hint="AND, OR, NOT")
    if "*" in bare or "?" in bare:
        return _read_prefix(written, bare, position, exact=exact)
    return _settle_words(unescape(written), position, exact=exact)


def _read_prefix(written: str, bare: str, position: int, *, exact: bool) -> Prefix:
    if exact or "?" in bare or bare.index("*") < len(bare) - 1:
        hint = "milit* is all that begins so; to look for the character itself, put a backslash before it"
        raise QueryError("A wildcard can only stand at the end of a word", position=position, hint=hint)
    text = unescape(written[:-1])
    begun = tokens(text)
    if not begun or len(begun[-1]) < _LEAST or not text[-1:].isalnum():
        raise QueryError(f"A prefix needs {_LEAST} letters", position=position, hint="write more of the word")
    return Prefix(begun, unescape(written))


def read_phrase(written: str, position: int, *, exact: bool) -> Word | Phrase:
    """A phrase, in its quotes."""
    bare = _ESCAPED.sub("__", written)
    if "*" in bare:
        hint = "in a phrase with a distance they work: " + '"milit* aid"~0'
        raise QueryError("No wildcards in a phrase", position=position + bare.index("*"), hint=hint)
    entity = re.search(r"(?<![^\s\"])@\w", bare)
    if entity and not exact:
        hint = f"say how near the parts must be: {written}~5"
        raise QueryError("An entity in a phrase", position=position + entity.start(), hint=hint)
    return _settle_words(unescape(written[1:-1]), position, exact=exact)


def _settle_words(text: str, position: int, *, exact: bool) -> Word | Phrase:
    parted = words(text)
    if not any(character.isalnum() for token in parted.tokens for character in token):
        raise QueryError("There is no word to look for", position=position, hint="punctuation alone is not searched")
    spelling = ""
    if exact:
        start, end = parted.span(0, len(parted.tokens) - 1)
        spelling = " ".join(text[start:end].split())
    if len(parted.tokens) == 1:
        return Word(parted.tokens[0], text, spelling)
    return Phrase(parted.tokens, text, spelling)


def read_entity(written: str, position: int, entities: Entities) -> EntityRef:
    """`@` and an entity's id, a group or a Wikidata id."""
    ref = unescape(written[1:])
    ids = entities.find(ref)
    if not ids:
        like = entities.suggest(ref)
        hint = f"did you mean {' or '.join('@' + each for each in like)}?" if like else "no topic pack knows it"
        raise QueryError(f"There is no entity or group {ref!r}", position=position, hint=hint)
    return EntityRef(ids, written)


def read_near(written: str, position: int, distance: int, entities: Entities | None) -> Near:
    """A phrase, in its quotes, whose parts may stand apart; `entities` are None where none can stand."""
    parts: list[Part] = []
    for piece in re.finditer(r"[^\s]+", written[1:-1]):
        place = position + 1 + piece.start()
        if piece[0].startswith("@"):
            if entities is None:
                raise QueryError("No entity can stand here", position=place, hint="it can in title:, lead: and body:")
            parts.append(read_entity(piece[0], place, entities))
        elif tokens(piece[0]):
            parts.append(read_word(piece[0], place, exact=False))
    if len(parts) < 2 or len(set(parts)) < len(parts):
        raise QueryError("~ needs two different words or more", position=position, hint='"aid ukraine"~5')
    if distance > _FURTHEST:
        raise QueryError(f"~ takes up to {_FURTHEST} words", position=position, hint="to have both anywhere: a AND b")
    return Near(tuple(parts), distance, unescape(written[1:-1]))


def read_value(name: str, written: str, position: int) -> Value:
    """A value as it stands in the query, or with a * the beginning of one."""
    bare = _ESCAPED.sub("__", written)
    if '"' in bare or "?" in bare or "*" in bare[:-1]:
        raise QueryError("Only a * at the end stands for anything", position=position, hint="for itself, put \\ before")
    if not bare.endswith("*"):
        return Value(name, *settle_value(name, unescape(written), position))
    if len(bare) <= _LEAST or name in {"lang", "country", "story"}:
        raise QueryError(f"{name}:{written} is too short a prefix", position=position, hint="write the value in full")
    return Value(name, *settle_value(name, unescape(written[:-1]), position), prefix=True)


def settle_value(name: str, text: str, position: int) -> tuple[str]:
    """The form in which a value is compared, checked."""
    value = text.strip().casefold()
    if name == "site":
        value = value.removeprefix("www.")
    shape, hint = _VALUES.get(name, (None, "a value"))
    if not value or (shape and not shape.fullmatch(value)):
        raise QueryError(f"{name}: cannot be {text!r}", position=position, hint=hint)
    return (value,)


def bound(item: Any) -> str:
    """One end of a range, as written."""
    if type(item).__name__ not in {"Word", "Phrase"}:
        raise QueryError("A range goes from a date to a date", position=item.pos, hint="[2021-12-01 TO *]")
    return unescape(item.value.strip('"'))

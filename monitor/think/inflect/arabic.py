"""An Arabic name or term becomes its forms: the small words and the article that are written to it, and endings."""

import re
from collections.abc import Iterator

from monitor.think.inflect.words import NAMES

_ARTICLE = "ال"
_JOINED = ("", "و", "ف", "ب", "ك", "ل", "وب", "وك", "ول", "فب", "فك", "فل")
_BEFORE_ARTICLE = ("", "و", "ف", "ب", "ك", "وب", "وك", "فب", "فك")  # ل melts with the article
_MELTED = ("لل", "ولل", "فلل")
_OF_ADJECTIVES = re.compile("(?:ي|ية)$")
_OWNERS = ("ه", "ها", "هم", "نا")
_ARABIC = re.compile("^[ء-ي\u064b-\u0652\u0640]+$")


def bend(words: tuple[str, ...], kind: str) -> Iterator[str]:
    """The forms of a name or term in Arabic: proclitics on the first word, and of common words number and article."""
    first, *rest = words
    if not _ARABIC.match(first) or len(first) < 3:
        return
    if not rest and kind not in NAMES:
        yield from _bend_common(first, owned=kind == "words")
        return
    for start in proclitics(first):
        yield " ".join((start, *rest))
    if kind not in NAMES and len(rest) == 1:
        yield from _bend_pair(first, rest[0])


def query_forms(word: str) -> Iterator[str]:
    """The forms of a word, with the article or without."""
    if _ARABIC.match(word) and len(word) >= 3:
        yield from _bend_common(word, owned=False)


def proclitics(word: str) -> Iterator[str]:
    """A word with every lawful row of small words before it; its article stays."""
    if _has_article(word):
        yield from _defined(word[2:])
    else:
        yield from (prefix + word for prefix in _JOINED)


def _has_article(word: str) -> bool:
    return word.startswith(_ARTICLE) and len(word) > 4


def _defined(stem: str) -> Iterator[str]:
    yield from (prefix + _ARTICLE + stem for prefix in _BEFORE_ARTICLE)
    yield from (melted + stem.removeprefix("ل") for melted in _MELTED)


def _bend_common(word: str, *, owned: bool) -> Iterator[str]:
    bare = word[2:] if _has_article(word) else word
    for form in _numbers(bare):
        yield from (prefix + form for prefix in _JOINED)
        yield from _defined(form)
    if len(bare) < 3:
        return
    if not bare.endswith(("ا", "ة", "ات", "ي", "ين", "ون")):
        yield from (prefix + bare + "ا" for prefix in ("", "و", "ف"))
    if owned and not _OF_ADJECTIVES.search(bare):
        stem = re.sub("ة$", "ت", bare)
        yield from (prefix + stem + owner for owner in _OWNERS for prefix in _JOINED)


def _numbers(word: str) -> tuple[str, ...]:
    """Itself, its dual and its sound plurals, and the feminine of adjectives."""
    if word.endswith("ية") and len(word) > 4:
        stem = word[:-1]
        return (word, stem, f"{stem}ات", f"{stem}ين", f"{stem}ون", f"{stem}تين")
    if word.endswith("ة"):
        return (word, f"{word[:-1]}ات", f"{word[:-1]}تين", f"{word[:-1]}تان")
    if word.endswith("ات") and len(word) > 4:
        return (word, f"{word[:-2]}ة")
    if word.endswith("ي") and len(word) > 3:
        return (word, f"{word}ة", f"{word}ات", f"{word}ين", f"{word}ون")
    if word.endswith(("ا", "ى", "ون", "ين", "ان", "ء")) or len(word) < 4:
        return (word,)
    return (word, f"{word}ين", f"{word}ان")


def _bend_pair(noun: str, adjective: str) -> Iterator[str]:
    """A noun and its adjective agree in the article: غارة جوية, الغارة الجوية."""
    if _has_article(noun) != _has_article(adjective):
        return
    bare_noun, bare_adjective = (word[2:] if _has_article(word) else word for word in (noun, adjective))
    if not _OF_ADJECTIVES.search(bare_adjective):
        return
    nouns = {bare_noun}
    if bare_noun.endswith("ة"):
        nouns.add(f"{bare_noun[:-1]}ات")
    for form in sorted(nouns):
        yield from (f"{prefix}{form} {bare_adjective}" for prefix in _JOINED)
        yield from (f"{start} {_ARTICLE}{bare_adjective}" for start in _defined(form))

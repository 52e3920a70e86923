"""A name, a term or a word of a query becomes all the forms it takes in a language."""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

from monitor.think.inflect import (
    arabic,
    east,
    east_words,
    english,
    german,
    persian,
    polish,
    polish_words,
    romance,
    turkish,
)
from monitor.think.inflect.looks import may_be
from monitor.think.inflect.words import is_arabic, is_cyrillic, is_latin

_Bend = Callable[[tuple[str, ...], str], Iterator[str]]
_BENDS: Mapping[str, _Bend] = {
    "ru": lambda words, kind: east.bend(words, "ru", kind),
    "uk": lambda words, kind: east.bend(words, "uk", kind),
    "pl": polish.bend,
    "en": english.bend,
    "de": german.bend,
    "fr": lambda words, kind: romance.bend(words, "fr", kind),
    "es": lambda words, kind: romance.bend(words, "es", kind),
    "it": lambda words, kind: romance.bend(words, "it", kind),
    "ar": arabic.bend,
    "fa": persian.bend,
    "tr": turkish.bend,
}
_CYRILLIC: Mapping[str, Callable[[str], Iterator[str]]] = {
    "ru": lambda word: east_words.query_forms(word, "ru"),
    "uk": lambda word: east_words.query_forms(word, "uk"),
}
_ARABIC: Mapping[str, Callable[[str], Iterator[str]]] = {"ar": arabic.query_forms, "fa": persian.query_forms}
_LATIN: Mapping[str, Callable[[str], Iterator[str]]] = {
    "en": english.query_forms,
    "de": german.query_forms,
    "fr": lambda word: romance.query_forms(word, "fr"),
    "es": lambda word: romance.query_forms(word, "es"),
    "it": lambda word: romance.query_forms(word, "it"),
    "pl": polish_words.query_forms,
    "tr": turkish.query_forms,
}
_INSIDE = str.maketrans("", "", "\u200c'’ʼ")  # the half-space and apostrophes that words hold
_ENOUGH = 5  # letters; shorter words of other languages than English bend into too many that are others


@lru_cache(100_000)
def forms(text: str, language: str, kind: str = "") -> frozenset[str]:
    """All the forms of a name or term of one or several words, as written, the text itself among them."""
    bend = _BENDS.get(language)
    words = tuple(text.split())
    return frozenset({text, *bend(words, kind)} if bend and words else {text})


@lru_cache(20_000)
def word_forms(word: str) -> Mapping[str, frozenset[str]]:
    """By language, the forms that a word has if it belongs to that language; languages where it has but one are out."""
    found = {language: frozenset({word, *bend(word)}) for language, bend in _languages(word).items()}
    return MappingProxyType({language: several for language, several in found.items() if len(several) > 1})


def _languages(word: str) -> Mapping[str, Callable[[str], Iterator[str]]]:
    if not word.translate(_INSIDE).isalpha():
        return {}
    if is_cyrillic(word):
        return _CYRILLIC
    if is_arabic(word):
        return {"ar": arabic.query_forms} if word.startswith("ال") else _ARABIC
    if not is_latin(word):
        return {}
    others = _LATIN if len(word) >= _ENOUGH else {"en": english.query_forms}
    return {language: bend for language, bend in others.items() if may_be(word, language)}

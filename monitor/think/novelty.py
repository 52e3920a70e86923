"""The articles of a story, in order of time, become what each adds: names, amounts and quotations not told before.

What cannot be compared is not called new: names and quotations are compared within a language, entities and amounts
across all. A copy adds nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from monitor.model import Article
from monitor.think.language import tokens
from monitor.think.numbers import Amount, amounts
from monitor.think.quotes import Quote, quotes
from monitor.think.voices import in_order

_READ = 40_000  # characters of a text
_SAME = 0.8  # of the words of the shorter of two quotations: they are one
_SMALL = 100  # amounts below it tell nothing by themselves: they must count the same thing
# Two words or more that begin with a capital, where a script has capitals: a name that no list of entities needs hold.
_CAPITAL = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĘĚĞĢĪİĶĹĻĽŁŃŅŇŐŒŔŘŚŞŠŤŪŮŰŹŻŽА-ЯЁЄІЇҐЎΑ-ΫԱ-Ֆ"
_NAME = re.compile(
    rf"(?<!\w)[{_CAPITAL}][\w'’-]+"
    rf"(?:[ \u00a0](?:(?:of|de|da|von|van|der|den|al|bin|la|le)[ \u00a0])?[{_CAPITAL}][\w'’-]+){{1,4}}"
)


@dataclass(frozen=True, slots=True)
class Addition:
    """What an article tells that no earlier one of its story told; all as its text says it."""

    article_id: int
    entities: tuple[str, ...] = ()  # ids
    names: tuple[str, ...] = ()
    amounts: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.entities or self.names or self.amounts or self.quotes)


@dataclass(slots=True)
class _Told:
    """What was told so far."""

    entities: set[str] = field(default_factory=set)
    words: dict[str, set[str]] = field(default_factory=dict)  # of names, by language
    values: dict[float, set[tuple[str, str]]] = field(default_factory=dict)  # → languages and what was counted
    quotes: dict[str, list[frozenset[str]]] = field(default_factory=dict)  # by language


def additions(articles: Sequence[Article], named: Mapping[int, Sequence[str]]) -> tuple[Addition, ...]:
    """What each article adds, in order of time; the first adds nothing, for it tells everything first.

    `named` holds the ids of the entities that each article names.
    """
    told = _Told()
    found = []
    ids = {article.id for article in articles}
    for at, article in enumerate(in_order(articles)):
        if article.copy_of in ids:
            found.append(Addition(article.id))
            continue
        added = _add(article, named.get(article.id, ()), told)
        found.append(added if at else Addition(article.id))
    return tuple(found)


def _add(article: Article, named: Sequence[str], told: _Told) -> Addition:
    """What an article adds to what was told; afterwards that was told, too."""
    language, text = article.language.partition("-")[0], f"{article.title}\n\n{article.text[:_READ]}"
    entities = tuple(id_ for id_ in dict.fromkeys(named) if id_ not in told.entities)
    told.entities.update(named)
    return Addition(
        article.id,
        entities,
        tuple(_new_names(text, language, told)),
        tuple(_new_amounts(text, language, told)),
        tuple(_new_quotes(text, language, told)),
    )


def _new_names(text: str, language: str, told: _Told) -> Iterator[str]:
    comparable = language in told.words
    known = told.words.setdefault(language, set())
    fresh: dict[frozenset[str], str] = {}
    for found in _NAME.finditer(text):
        words = frozenset(word[:5] for word in tokens(found.group()) if len(word) > 2)
        if words and not words <= known and not any(words <= other for other in fresh):
            fresh[words] = found.group().replace("\xa0", " ")
    known.update(word[:5] for word in tokens(text))
    if comparable:
        yield from fresh.values()


def _new_amounts(text: str, language: str, told: _Told) -> Iterator[str]:
    fresh: dict[tuple[float, str], Amount] = {}
    said = list(amounts(text))
    for amount in said:
        if not _is_told(amount, language, told.values):
            fresh.setdefault((amount.value, amount.unit), amount)
    for amount in said:
        told.values.setdefault(amount.value, set()).add((language, amount.unit))
    yield from (amount.text.replace("\xa0", " ") for amount in fresh.values())


def _is_told(amount: Amount, language: str, values: Mapping[float, set[tuple[str, str]]]) -> bool:
    told = values.get(amount.value, set())
    if not told:
        return False
    if amount.value >= _SMALL:
        return True
    return any(other != language or unit == amount.unit for other, unit in told)


def _new_quotes(text: str, language: str, told: _Told) -> Iterator[str]:
    comparable = language in told.quotes
    known = told.quotes.setdefault(language, [])
    said: list[Quote] = []
    for quote in quotes(text):
        words = frozenset(quote.words)
        if not any(_are_one(words, other) for other in known):
            said.append(quote)
        known.append(words)
    if comparable:
        yield from (quote.text for quote in said)


def _are_one(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= _SAME * min(len(one), len(other))

"""A text becomes the words by which others like it are found, and the order in which those are like it."""

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from heapq import nlargest

import numpy as np

from monitor.think.language import tokens, words
from monitor.think.story_sketch import Rarity
from monitor.think.story_terms import MAX_TITLE, SYLLABIC, cut, digest, stem
from monitor.think.story_usual import usual

# Tuned on articles whose events are known (bench/alike.py): with more words, or more candidates, hardly more is found.
ASKED = 28  # words
WEIGHED = 90  # candidates that are read
MAX_TEXT = 1_800  # characters
_TITLE_WORTH = 4  # a word of the title counts as so many of the text
_SHARED = 8  # words that are shown
NAMED = 0.35  # what the same names make of texts without a word in common
_FEW = 12.0  # of rarity: of three or four names that a hundredth of the articles have

_MOST = 100  # times that a word counts at most
_LOGS = [0.0, *(1.0 + math.log(count) for count in range(1, _MOST + 1))]

Vector = Mapping[str, float]  # by stems, or pairs of them, of length 1


@dataclass(frozen=True, slots=True)
class Wording:
    """What is compared of an article."""

    title: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Lead:
    """A word that leads to articles like the text: how much it weighs, and in which forms the text has it."""

    weight: float
    forms: tuple[str, ...]  # folded


@dataclass(frozen=True, slots=True)
class Sample:
    """A text, ready to be compared."""

    vector: Vector
    leads: tuple[Lead, ...]  # heaviest first
    written: Mapping[str, str]  # how the text writes what it has the stem of


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like the sample a text is, from 0 to 1, and the words that make it so."""

    score: float
    shared: tuple[str, ...]


def sample(title: str, text: str, language: str) -> Sample:
    """Look for what tells a text from others."""
    ((times, rare),) = _weigh([Wording(title, text, language)])
    vector = _scale(times, rare)
    stem_of = _stemmer(language)
    forms: dict[str, dict[str, str]] = {}
    for part in (words(title[:MAX_TITLE]), words(text[:MAX_TEXT])):
        for place, token in enumerate(part.tokens):
            known = forms.setdefault(stem_of(token), {})
            if token not in known:
                start, end = part.span(place, place)
                known[token] = part.text[start:end]
    heaviest = nlargest(ASKED, forms, key=lambda term: (vector.get(term, 0.0), term))
    leads = tuple(Lead(vector[term], tuple(forms[term])) for term in heaviest if vector.get(term))
    return Sample(vector, leads, {term: next(iter(known.values())) for term, known in forms.items()})


def nominate(found: Sequence[tuple[float, Sequence[int]]], articles: int, most: int = WEIGHED) -> list[int]:
    """Of the articles that each lead led to, by its weight, those that hold most of what is rare."""
    points: dict[int, float] = {}
    for weight, ids in found:
        worth = weight * rarity_of(len(ids), articles)
        for id_ in ids:
            points[id_] = points.get(id_, 0.0) + worth
    return nlargest(most, points, key=lambda id_: (points[id_], id_))


def rarity_of(count: int, articles: int) -> float:
    """How rare it is what so many of the articles have."""
    return math.log1p(articles / (count + 0.5))


def names_alike(own: Collection[str], other: Collection[str], rarity: Mapping[str, float]) -> float:
    """How like one another two lists of names are, from 0 to 1; one name in common says little."""
    shared = [rarity[name] for name in own if name in other]
    if not shared:
        return 0.0
    usual_rarity = sum(rarity.values()) / len(rarity)
    lengths = (sum(rarity.get(name, usual_rarity) ** 2 for name in names) for names in (own, other))
    return sum(value**2 for value in shared) / math.sqrt(math.prod(lengths)) * -math.expm1(-sum(shared) / _FEW)


def joined(words: float, names: float) -> float:
    """Likeness by words and names together: in another language only the names speak."""
    return words + (1.0 - words) * NAMED * names


def compare(one: Sample, others: Sequence[Wording]) -> list[Likeness]:
    """How like a sample each text is."""
    return [_liken(one, times, rare) for times, rare in _weigh(others)]


def _liken(one: Sample, times: Mapping[str, int], rare: Mapping[str, float]) -> Likeness:
    length = math.sqrt(sum([(_LOGS[min(count, _MOST)] * rare[term]) ** 2 for term, count in times.items()])) or 1.0
    parts = {
        term: weight * _LOGS[min(times[term], _MOST)] * rare[term] / length
        for term, weight in one.vector.items()
        if term in times and rare[term]
    }
    named = (one.written.get(term) for term in sorted(parts, key=lambda term: -parts[term]))
    shared = [name for name in named if name][:_SHARED]
    return Likeness(min(1.0, math.fsum(parts.values())), tuple(shared))


def _weigh(texts: Sequence[Wording]) -> list[tuple[Mapping[str, int], Mapping[str, float]]]:
    """The words of texts by their stems: how often they stand there, and how rare they are elsewhere."""
    counted = [_count(each) for each in texts]
    terms: dict[str, set[str]] = {}
    for text, times in zip(texts, counted, strict=True):
        terms.setdefault(text.language, set()).update(times)
    rare = {language: _rare(language, tuple(several)) for language, several in terms.items()}
    return [(times, rare[text.language]) for text, times in zip(texts, counted, strict=True)]


def _count(text: Wording) -> Mapping[str, int]:
    stem_of = _stemmer(text.language)
    times: dict[str, int] = {}
    for said, worth in ((tokens(text.text[:MAX_TEXT]), 1), (tokens(text.title[:MAX_TITLE]), _TITLE_WORTH)):
        for token, count in Counter(said).items():
            term = stem_of(token)
            times[term] = times.get(term, 0) + count * worth
    return times


def _scale(times: Mapping[str, int], rare: Mapping[str, float]) -> Vector:
    weights = {term: _LOGS[min(count, _MOST)] * rare[term] for term, count in times.items()}
    length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
    return {term: weight / length for term, weight in weights.items() if weight}


def _rare(language: str, terms: Sequence[str]) -> Mapping[str, float]:
    digests = np.fromiter(map(digest, terms), np.uint32, len(terms))
    return dict(zip(terms, _rarity().of(language, digests).tolist(), strict=True))


def _stemmer(language: str) -> Callable[[str], str]:
    return str if language in SYLLABIC else stem if language == "en" else cut


@cache
def _rarity() -> Rarity:
    return Rarity(usual())

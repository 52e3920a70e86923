"""An article's terms, weighed by how rare they are, become the sketch by which its story is found and found again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from monitor.stories import Sketch
from monitor.think.story_terms import NAME, PAIR, SYLLABIC, TITLE, Terms

Numbers = NDArray[np.float64]
Digests = NDArray[np.uint32]
Places = NDArray[np.intp]

# Tuned on articles whose events are known: more terms make the sketch larger, and the stories no better.
KEPT = 144  # terms
SHARED = 64  # terms that other languages share
PAIR_WORTH = 0.5  # of two words that stand together, beside each of them alone
NAME_WORTH = 1.4
_SCALE = 400.0  # a weight of a vector of length 1, as a byte; above 0.64 nothing is told apart
_RARITY = 16.0  # a rarity, as a byte
LAYERS = 4  # of a sketch: the weights of all terms, the rarity of the title's, the weights of names and of pairs
_ZONES = np.arange(8)
_WORTH = np.stack(
    (np.full(8, 1 / _SCALE), (_ZONES & TITLE > 0) / _RARITY, (_ZONES & NAME > 0) / _SCALE, (_ZONES & PAIR > 0) / _SCALE)
)
# An archive that is young takes its word for how common words are from tables that came with the program: as if it
# held so many articles already. Where no table is, it soon learns from its own.
PRIOR_ARTICLES = 500.0
UNTABLED_ARTICLES = 60.0
UNLISTED = 0.001  # the share of articles that have a word which no table lists
_LEAST = 0.25  # of its usual share
PLACE_BITS = 20  # of a digest, by which words are counted


@dataclass(frozen=True, slots=True, eq=False)
class Vector:
    """A sketch, spread out."""

    digests: Digests
    layers: Numbers  # LAYERS rows
    rarity: Numbers
    zones: NDArray[np.uint8]

    @property
    def weight(self) -> Numbers:
        """The weight of each term."""
        weight: Numbers = self.layers[0]
        return weight


@dataclass(frozen=True, slots=True, eq=False)
class UsualShares:
    """How many articles of a language usually have a word: by the low bits of its digest, the share."""

    places: NDArray[np.int64]
    shares: NDArray[np.float32]
    articles: float  # how many articles this is worth


Usual = Mapping[str, UsualShares]


class Rarity:
    """In how many of the latest articles terms stand, by language; before there are many, in how many they usually do.

    Counts are kept by the low bits of the digests: a table of four megabytes a language, however many words it has.
    """

    def __init__(self, usual: Usual) -> None:
        self._usual = usual
        self._counts: dict[str, NDArray[np.int32]] = {}
        self._priors: dict[str, NDArray[np.float32]] = {}
        self._articles: dict[str, int] = {}

    def count(self, language: str, digests: Digests, change: int) -> None:
        """An article came (1), or is counted no more (-1)."""
        counts = self._counts.get(language)
        if counts is None:
            counts = self._counts[language] = np.zeros(1 << PLACE_BITS, np.int32)
        counts[np.unique(self._places(digests))] += change
        self._articles[language] = self._articles.get(language, 0) + change

    def known(self, language: str) -> float:
        """How many articles of a language speak for what is known of its words, those in the tables among them."""
        listed = self._usual[language].articles if language in self._usual else 0.0
        return listed + self.articles(language)

    def articles(self, language: str) -> int:
        """How many articles of a language are counted."""
        return self._articles.get(language, 0)

    def of(self, language: str, digests: Digests) -> Numbers:
        """How rare terms are: the logarithm of one in how many articles has them."""
        places = self._places(digests)
        counts = self._counts.get(language)
        seen = counts[places] if counts is not None else np.zeros(len(places), np.int32)
        worth = self._usual[language].articles if language in self._usual else UNTABLED_ARTICLES
        usual = self._prior(language)[places]
        articles = self.articles(language) + worth
        # Sketches leave out what is common, so it is seen too seldom: what is listed is never taken for much rarer.
        least = np.where(usual > UNLISTED, usual * articles * _LEAST, 0.0)
        return np.maximum(np.log((articles + 1.0) / np.maximum(seen + usual * worth + 0.5, least)), 0.0)

    def _prior(self, language: str) -> NDArray[np.float32]:
        prior = self._priors.get(language)
        if prior is None:
            prior = self._priors[language] = np.full(1 << PLACE_BITS, UNLISTED, np.float32)
            if language in self._usual:
                prior[self._usual[language].places] = self._usual[language].shares
        return prior

    def _places(self, digests: Digests) -> Digests:
        return digests & np.uint32((1 << PLACE_BITS) - 1)


def sketch(terms: Terms, rarity: Rarity, at: datetime, shared: Terms | None = None) -> Sketch:
    """Weigh an article's terms, and those that other languages share, and keep the heaviest."""
    digests, values = _weigh(terms, rarity, KEPT)
    others = _weigh(shared, rarity, SHARED) if shared else (b"", b"")
    return Sketch(terms.language, at.timestamp() / 86400.0, terms.words, digests, values, *others)


def _weigh(terms: Terms, rarity: Rarity, most: int) -> tuple[bytes, bytes]:
    digests, times, zones = terms.digests, terms.times, terms.zones
    rare = rarity.of(terms.language, digests)
    pair_worth = 1.0 if terms.language in SYLLABIC else PAIR_WORTH
    worth = np.where(zones & PAIR, pair_worth, np.where(zones & 2, NAME_WORTH, 1.0))
    weight = (1.0 + np.log(times)) * rare * worth
    # What stands in the title is kept before all else; of equals the smaller digest.
    kept = np.lexsort((digests, -weight, (zones & 1) == 0))[:most]
    kept = kept[np.argsort(digests[kept])]
    length = float(np.sqrt(np.sum(weight[kept] ** 2))) or 1.0
    packed = np.empty((len(kept), 3), np.uint8)
    packed[:, 0] = np.clip(np.rint(weight[kept] / length * _SCALE), 0, 255)
    packed[:, 1] = np.clip(np.rint(rare[kept] * _RARITY), 0, 255)
    packed[:, 2] = zones[kept]
    return digests[kept].tobytes(), packed.tobytes()


@lru_cache(maxsize=4)  # that of the article at hand, and what it says in every language, are asked for again and again
def spread(found: Sketch) -> Vector:
    """A sketch as numbers, which nobody may change."""
    return spread_bytes(found.digests, found.values)


def spread_all(sketches: Sequence[Sketch]) -> tuple[Vector, Places]:
    """Sketches after one another, spread out, and of each term whose it is."""
    every = spread_bytes(b"".join(one.digests for one in sketches), b"".join(one.values for one in sketches))
    return every, np.repeat(np.arange(len(sketches)), [len(one.digests) // 4 for one in sketches])


def common(ordered: Digests, others: Digests) -> tuple[Places, Places]:
    """Where terms stand in a row that is in order, and where the same stand among others."""
    if not len(ordered):
        return np.empty(0, np.intp), np.empty(0, np.intp)
    place = np.minimum(np.searchsorted(ordered, others), len(ordered) - 1)
    there = np.flatnonzero(ordered[place] == others)
    return place[there], there


def spread_bytes(digests: bytes, values: bytes) -> Vector:
    """One sketch, or several after one another, as numbers."""
    columns = np.frombuffer(values, np.uint8).reshape(-1, 3)
    zones = columns[:, 2]
    layers = _WORTH.take(zones, axis=1)
    layers[[0, 2, 3]] *= columns[:, 0]
    layers[1] *= columns[:, 1]
    return Vector(np.frombuffer(digests, np.uint32), layers, columns[:, 1] / _RARITY, zones)

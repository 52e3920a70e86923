"""How often names stand together becomes who is named with whom more often than chance would have it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

# Below it what stands together may well do so by chance: at 10.83 one pair in a thousand is taken wrongly.
_SURE = 10.83
_LEAST = 2  # articles
_SMOOTH = 0.5  # articles that a name which the sample does not have is taken to stand in


@dataclass(frozen=True, slots=True)
class Companion:
    """A name that stands in articles with another one."""

    id: str
    articles: int  # with both
    expected: float  # as many as chance would have
    surprise: float  # the log-likelihood ratio: how little it can be by chance

    @property
    def times(self) -> float:
        """How many times as often as by chance."""
        return self.articles / self.expected


def company(together: Mapping[str, int], articles: int, usual: Mapping[str, int], sample: int) -> tuple[Companion, ...]:
    """Whom a name stands with, the surest first: `together` counts in its `articles`, `usual` in a `sample` of all."""
    if not articles or not sample:
        return ()
    found = (_weigh(id_, count, articles, usual.get(id_, 0), sample) for id_, count in together.items())
    kept = (each for each in found if each.articles >= _LEAST and each.times > 1 and each.surprise >= _SURE)
    return tuple(sorted(kept, key=lambda each: (-each.surprise, each.id)))


def _weigh(id_: str, count: int, articles: int, usual: int, sample: int) -> Companion:
    """Dunning's ratio: how much likelier two rates are than one for both."""
    other = max(float(usual), _SMOOTH)
    rate = (count + other) / (articles + sample)
    ratio = _part(count, articles * rate) + _part(articles - count, articles * (1 - rate))
    ratio += _part(other, sample * rate) + _part(sample - other, sample * (1 - rate))
    return Companion(id_, count, articles * other / sample, 2 * ratio)


def _part(seen: float, expected: float) -> float:
    return seen * math.log(seen / expected) if seen > 0 and expected > 0 else 0.0

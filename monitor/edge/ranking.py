"""Articles that may answer become numbers to put them in order by: the largest comes first, and no two are the same."""

import numpy as np

from monitor.edge import postings
from monitor.edge.postings import Window
from monitor.edge.shelf import NOTHING, Column, Columns
from monitor.edge.sieve import Sieve
from monitor.wants import Named, Runs

# A key holds the article's number in its lowest bits, so that each is one of its own.
_NUMBER_BITS = 30
_MOST_OUTLETS = 255
_MINUTE = 60
# Full text weighs these many articles, the newest: to weigh one takes some ten microseconds.
WEIGHED = 5_000
_NAMED = {"title": 2.0, "lead": 1.0, "body": 0.5}  # what a name there weighs: a rare word in a text brings about two
_MOST_NEEDLES = 400


def foremost(numbers: Column, keys: Column, count: int) -> tuple[Column, Column]:
    """The articles whose keys are largest, in order."""
    if len(keys) > count:
        chosen = np.argpartition(-keys, count)[:count]
        numbers, keys = numbers[chosen], keys[chosen]
    order = np.argsort(-keys)
    return numbers[order], keys[order]


def by_time(columns: Columns, numbers: Column) -> Column:
    """The newest first, by publication or else by sighting."""
    at = np.clip(columns.at[numbers], 0, 2**33 - 1)
    keys: Column = (at << _NUMBER_BITS) | numbers
    return keys


def by_outlets(columns: Columns, numbers: Column, upto: int) -> Column:
    """Those first whose stories most outlets tell in words of their own, up to an article; of these the newest."""
    outlets = np.minimum(_outlets(columns, upto)[columns.story[numbers]], _MOST_OUTLETS)
    minutes = np.clip(columns.at[numbers] // _MINUTE, 0, 2**25 - 1)
    keys: Column = (outlets << 55) | (minutes << _NUMBER_BITS) | numbers
    return keys


def _outlets(columns: Columns, upto: int) -> Column:
    """How many hosts tell each story in words of their own, by its number; the last place is that of no story."""
    told = columns.story != NOTHING
    told[upto + 1 :] = False
    counts = _count_hosts(columns, told)
    counts[-1] = 0
    return counts


def _count_hosts(columns: Columns, told: Column) -> Column:
    told &= columns.live & ~columns.copied
    hosts = int(columns.host.max(initial=0)) + 1
    pairs = np.sort(columns.story[told] * hosts + columns.host[told])
    fresh = np.ones(len(pairs), np.bool_)
    fresh[1:] = pairs[1:] != pairs[:-1]
    return np.bincount(pairs[fresh] // hosts, minlength=columns.size + 1)


def by_relevance(
    sieve: Sieve, groups: tuple[tuple[Runs, ...], ...], named: tuple[Named, ...], numbers: Column
) -> Column:
    """Those first that are most about what is asked for; those beyond what is weighed come last, the newest first."""
    weights = np.zeros(sieve.columns.size, np.float64)
    weighed = numbers[-WEIGHED:]
    if len(weighed):
        asked = " AND ".join(f"({' OR '.join(_expression(want, sieve) for want in group)})" for group in groups)
        if asked:
            found, ranks = postings.ranks(sieve.connection, asked, weighed)
            weights[found] += ranks
        window = Window(int(weighed[0]), int(weighed[-1]))
        for want in named:
            for zone, weight in _NAMED.items():
                weights[np.unique(sieve.naming(want.ids, zone, window))] += weight
    # The bits of a number above zero grow with it: so the smallest differences count, as between frequent words.
    steps = np.maximum(weights[numbers], 0.0).astype(np.float32).view(np.int32).astype(np.int64)
    steps[: len(numbers) - len(weighed)] = 0
    keys: Column = (steps << _NUMBER_BITS) | numbers
    return keys


def _expression(want: Runs, sieve: Sieve) -> str:
    """Only what stands in articles: to weigh by a form costs as much when there is none of it."""
    present = sieve.present(want.runs[:_MOST_NEEDLES]) or want.runs[:1]
    return postings.match_expression(sorted(present), want.column)

"""Runs of folded words become a table that finds them in an article, each by the rarest of its words."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise, repeat
from operator import add
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick


class Spot(NamedTuple):
    """The first and the last word of something found."""

    first: int
    last: int


Hits = dict[int, list[Spot | int]]  # by pattern: where it stands; a single word by its place alone


@dataclass(frozen=True, slots=True)
class Wordbook:
    """Runs of words, and the numbers of their patterns.

    An entry is the number of the pattern that its word is by itself ("17"), or all the runs that are looked for where
    the word stands: how many words come before it, the run, its pattern ("0|york|17;1|new_york_times|18"). Entries
    are taken apart when they are first needed: of hundreds of thousands few ever are.
    """

    entries: Mapping[str, str]
    begun: tuple[tuple[str, int], ...] = ()  # the runs of whose last word only the beginning is given


EMPTY = Wordbook({})
_MOST = 60_000  # words of articles of which it is remembered what to look for: some ten megabytes
_SHORT = 3  # letters: "and" and "the" are in few names and in every article


class _Run(NamedTuple):
    """A run that is looked for where one of its words stands: how many come before it, how many from it on."""

    other: str  # another of its words: where an article lacks it, there is no need to look closer
    before: int
    after: int
    words: tuple[str, ...]
    pattern: int


class _Entry(NamedTuple):
    """What to look for where a word stands."""

    patterns: tuple[int, ...]  # that the word is by itself
    others: frozenset[str]  # words of which an article holds one, or none of the runs
    runs: Mapping[str, tuple[_Run, ...]]  # by another of their words
    begun: tuple[_Run, ...]  # that end with a word that begins so


@dataclass(frozen=True, slots=True, eq=False)
class Finder:
    """A wordbook, open, and what is known of words that articles held: most words of an article are such."""

    entries: Mapping[str, str]
    automaton: AhoCorasick  # of the beginnings of words
    begun: tuple[tuple[_Run, ...], ...]  # by the automaton's numbers
    met: dict[str, _Entry] = field(default_factory=dict)
    idle: set[str] = field(default_factory=set)  # words at which there is nothing to look for


def write(runs: Iterable[tuple[str, int]], base: Wordbook = EMPTY) -> Wordbook:
    """Enter runs (a * at the end of one whose last word is only begun) and their patterns beside those of `base`."""
    whole, begun = [], list(base.begun)
    for run, pattern in runs:
        if run.endswith("*"):
            begun.append((run[:-1], pattern))
        else:
            whole.append((run, pattern))
    entries = dict(base.entries)
    lines: dict[str, list[str]] = {}
    several = [(run.split(" "), pattern) for run, pattern in whole if " " in run]
    usage = Counter(word for words, _ in several for word in words)
    for words, pattern in several:
        rarest = min(words, key=lambda word: (len(word) <= _SHORT, usage[word], -len(word)))
        lines.setdefault(rarest, []).append(f"{words.index(rarest)}|{'_'.join(words)}|{pattern}")
    for run, pattern in whole:
        if " " in run:
            continue
        if run in entries or run in lines:
            lines.setdefault(run, []).append(f"0|{run}|{pattern}")
        else:
            entries[run] = str(pattern)
    for word, more in lines.items():
        held = entries.get(word)
        before = [] if held is None else [held if "|" in held else f"0|{word}|{held}"]
        entries[word] = ";".join([*before, *more])
    return Wordbook(entries, tuple(begun))


def runs_of(book: Wordbook) -> Iterator[tuple[str, int]]:
    """All runs of a wordbook with their patterns, as they were given to `write`."""
    for word, entry in book.entries.items():
        patterns, _, several, _ = _unfold(entry)
        yield from ((word, pattern) for pattern in patterns)
        yield from ((" ".join(run.words), run.pattern) for runs in several.values() for run in runs)
    yield from ((f"{run}*", pattern) for run, pattern in book.begun)


def to_texts(book: Wordbook) -> tuple[str, ...]:
    """A wordbook as a few long texts, which are read far sooner than many short ones."""
    begun = "\n".join(f"{run}|{pattern}" for run, pattern in book.begun)
    return " ".join(book.entries), " ".join(book.entries.values()), begun


def from_texts(texts: Sequence[str]) -> Wordbook:
    """What `to_texts` wrote down; ValueError when it is damaged."""
    words, entries, begun = texts
    parted = (line.split("|") for line in begun.split("\n") if line)
    whole = dict(zip(words.split(" "), entries.split(" "), strict=True))
    return Wordbook(whole, tuple((run, int(pattern)) for run, pattern in parted))


def open_book(book: Wordbook) -> Finder:
    """Make a wordbook ready to be looked into."""
    begun: dict[str, list[_Run]] = {}
    for run, pattern in book.begun:
        *before, last = run.split(" ")
        begun.setdefault(last, []).append(_Run("", len(before), 0, tuple(before), pattern))
    return Finder(book.entries, AhoCorasick([f" {last}" for last in begun]), tuple(map(tuple, begun.values())))


def search(tokens: Sequence[str], finder: Finder) -> Hits:
    """Where each pattern stands among the words of an article; `tokens` is a tuple."""
    words = set(tokens)
    wanted: dict[str, tuple[tuple[int, ...], Sequence[_Run]]] = {}
    for word, (patterns, others, several, begun) in _meet(words, finder):
        # Common words are in hundreds of names, of which an article holds another word of few.
        if others.isdisjoint(words):
            if patterns or begun:
                wanted[word] = patterns, begun
        else:
            beside = [run for other in others & words for run in several[other]]
            wanted[word] = patterns, [*beside, *begun]
    hits: Hits = {}
    for place in [place for place, token in enumerate(tokens) if token in wanted]:
        patterns, runs = wanted[tokens[place]]
        for pattern in patterns:
            hits.setdefault(pattern, []).append(place)
        for _, before, after, run, pattern in runs:
            # Where a run's last word is only begun, the run is those before it.
            if tokens[max(0, place - before) : place + after] == run:
                last = place + after - 1 if after else place
                hits.setdefault(pattern, []).append(Spot(place - before, last))
    return hits


def _meet(words: set[str], finder: Finder) -> list[tuple[str, _Entry]]:
    """Those of some words at which there is something to look for."""
    worth = words - finder.idle
    strange = worth.difference(finder.met)
    if not strange:
        return [(word, finder.met[word]) for word in worth]
    if len(finder.met) + len(finder.idle) > _MOST:
        finder.met.clear()
        finder.idle.clear()
        strange = worth
    fresh = _open_entries(strange, finder)
    finder.met.update(fresh)
    finder.idle.update(strange.difference(fresh))
    return [(word, finder.met[word]) for word in worth.difference(strange)] + list(fresh.items())


def _open_entries(words: set[str], finder: Finder) -> dict[str, _Entry]:
    """What to look for where some words stand, for those where there is anything."""
    begun = _begun_by(words, finder)
    return {
        word: _unfold(finder.entries.get(word, ""), begun.get(word, ()))
        for word in words
        if word in finder.entries or word in begun
    }


def _unfold(entry: str, begun: Iterable[_Run] = ()) -> _Entry:
    """Take an entry apart."""
    if "|" not in entry:
        return _Entry((int(entry),) if entry else (), frozenset(), {}, tuple(begun))
    patterns = []
    runs: dict[str, list[_Run]] = {}
    for run in map(_read_run, entry.split(";")):
        if len(run.words) == 1:
            patterns.append(run.pattern)
        else:
            runs.setdefault(run.other, []).append(run)
    beside = {other: tuple(several) for other, several in runs.items()}
    return _Entry(tuple(patterns), frozenset(beside), beside, tuple(begun))


def _read_run(line: str) -> _Run:
    before, run, pattern = line.split("|")
    words = tuple(run.split("_"))
    others = [word for place, word in enumerate(words) if place != int(before)] or words
    return _Run(max(others, key=len), int(before), len(words) - int(before), words, int(pattern))


def _begun_by(words: Iterable[str], finder: Finder) -> dict[str, list[_Run]]:
    """The words that begin as the last word of some run does, and those runs."""
    if not finder.begun:
        return {}
    several = list(words)
    # Each word after a space, so that beginnings are found at the beginnings of words only.
    found = finder.automaton.find_matches_as_indexes(f" {' '.join(several)}", overlapping=True)
    if not found:
        return {}
    starts = list(accumulate(map(add, map(len, several), repeat(1)), initial=1))
    begun: dict[str, list[_Run]] = {}
    for number, start, _ in found:
        word = several[bisect_right(starts, start + 1) - 1]
        begun.setdefault(word, []).extend(finder.begun[number])
    return begun


def suppose(words: Collection[str], follows: Callable[[str, str], bool], finder: Finder) -> set[int]:
    """The patterns that may stand in an article of these words, a set; `follows` says which may follow upon which."""

    def may_stand(run: Sequence[str]) -> bool:
        return all(map(words.__contains__, run)) and all(follows(one, other) for one, other in pairwise(run))

    found: set[int] = set()
    several = set(words)
    for word, (patterns, others, runs, begun) in _meet(several, finder):
        found.update(patterns)
        beside = (run for other in others & several for run in runs[other])
        found.update(run.pattern for run in beside if may_stand(run.words))
        found.update(run.pattern for run in begun if may_stand((*run.words, word)))
    return found

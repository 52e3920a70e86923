"""Runs of folded words become a table that finds them in an article, each by the rarest of its words."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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
_SHORT = 3  # letters: "and" and "the" are in few names and in every article


class _Run(NamedTuple):
    """A run that is looked for where one of its words stands: how many come before it, how many from it on."""

    other: str  # another of its words: where an article lacks it, there is no need to look closer
    before: int
    after: int
    words: tuple[str, ...]
    pattern: int


@dataclass(frozen=True, slots=True, eq=False)
class Finder:
    """A wordbook, open."""

    entries: dict[str, str | int | tuple[_Run, ...]]
    automaton: AhoCorasick  # of the beginnings of words
    begun: tuple[tuple[_Run, ...], ...]  # by the automaton's numbers


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
        unfolded = _unfold(entry)
        if isinstance(unfolded, int):
            yield word, unfolded
        else:
            yield from ((" ".join(run), pattern) for _, _, _, run, pattern in unfolded)
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
        begun.setdefault(last, []).append(_Run("", len(before), 1, tuple(before), pattern))
    return Finder(dict(book.entries), AhoCorasick([f" {last}" for last in begun]), tuple(map(tuple, begun.values())))


def search(tokens: Sequence[str], finder: Finder) -> Hits:
    """Where each pattern stands among the words of an article; `tokens` is a tuple."""
    words = set(tokens)
    begun = _begun_by(words, finder)
    met = finder.entries.keys() & words
    met.update(begun)
    hits: Hits = {}
    entries = finder.entries
    for place, token in enumerate(tokens):
        if token not in met:
            continue
        entry = entries.get(token, ())
        if isinstance(entry, str):
            entry = entries[token] = _unfold(entry)
        if isinstance(entry, int):
            hits.setdefault(entry, []).append(place)
        else:
            for other, before, after, run, pattern in entry:
                if other in words and tokens[place - before : place + after] == run:
                    hits.setdefault(pattern, []).append(Spot(place - before, place + after - 1))
        if token in begun:
            for _, before, _, run, pattern in begun[token]:
                if tokens[max(0, place - before) : place] == run:
                    hits.setdefault(pattern, []).append(Spot(place - before, place))
    return hits


def _unfold(entry: str) -> int | tuple[_Run, ...]:
    """Take an entry apart."""
    if "|" not in entry:
        return int(entry)
    return tuple(map(_read_run, entry.split(";")))


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
    entries = finder.entries
    for word in entries.keys() & words:
        entry = entries[word]
        if isinstance(entry, str):
            entry = entries[word] = _unfold(entry)
        if isinstance(entry, int):
            found.add(entry)
        else:
            found.update(run.pattern for run in entry if run.other in words and may_stand(run.words))
    for word, runs in _begun_by(words, finder).items():
        found.update(run.pattern for run in runs if may_stand((*run.words, word)))
    return found

"""Runs of words are found wherever they stand, whichever articles were read before."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.think.wordbook import Hits, Spot, open_book, runs_of, search, write

WORDS = ("sea", "seal", "black", "blackened", "of", "fleet")
RUNS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
BOOKS = st.lists(st.tuples(RUNS, st.sampled_from(("", "*"))).map("".join), min_size=1, max_size=8, unique=True)
ARTICLES = st.lists(st.lists(st.sampled_from((*WORDS, "sealed", "ship")), max_size=12).map(tuple), max_size=4)


def spots(hits: Hits) -> dict[int, set[Spot]]:
    return {
        pattern: {Spot(each, each) if isinstance(each, int) else each for each in found}
        for pattern, found in hits.items()
    }


def seek(runs: list[str], tokens: tuple[str, ...]) -> dict[int, set[Spot]]:
    """As `search`, one run after the other, word by word."""
    found: dict[int, set[Spot]] = {}
    for pattern, run in enumerate(runs):
        *before, last = run.rstrip("*").split()
        for first in range(len(tokens) - len(before)):
            end = first + len(before)
            is_last = tokens[end].startswith(last) if run.endswith("*") else tokens[end] == last
            if list(tokens[first:end]) == before and is_last:
                found.setdefault(pattern, set()).add(Spot(first, end))
    return found


@given(BOOKS, ARTICLES)
def test_every_run_is_found_in_every_article_and_nothing_else(runs: list[str], articles: list[tuple[str, ...]]) -> None:
    finder = open_book(write((run, pattern) for pattern, run in enumerate(runs)))
    for tokens in (*articles, *articles):
        assert spots(search(tokens, finder)) == seek(runs, tokens)


@given(BOOKS)
def test_a_wordbook_tells_the_runs_that_it_was_written_of(runs: list[str]) -> None:
    book = write((run, pattern) for pattern, run in enumerate(runs))
    assert sorted(runs_of(book)) == sorted((run, pattern) for pattern, run in enumerate(runs))

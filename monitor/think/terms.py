"""Documents on two sides become the words and phrases that stand on one of them more than on the other."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import islice, pairwise

from monitor.think.language import Words, words
from monitor.think.measure import Outcome
from monitor.think.reading import text_of

MOST = 150  # terms that are worth an exact count: ten proposals many times over, in a second or two
LONGEST = 3_000  # words of a text that are looked at
# A word in more than this share of a language's documents says nothing of any of them.
COMMON = 0.3
ENOUGH = 10  # documents of a language, for that share to mean anything
_PLAIN = re.compile(r"[^\W_]+(?:[ -][^\W_]+)*")
_OPERATORS = frozenset({"AND", "OR", "NOT", "TO"})


@dataclass(frozen=True, slots=True)
class Term:
    """Something a query can ask for."""

    query: str

    @property
    def is_entity(self) -> bool:
        """Whether it has names in many languages."""
        return self.query.removeprefix("title:").startswith("@")


# A run of folded words, and whether it must stand in the title.
_Run = tuple[tuple[str, ...], bool]


def find_terms(outcomes: Sequence[Outcome], wanted: Collection[int], others: Collection[int]) -> list[Term]:
    """Words and two-word phrases, anywhere or in the title, that best part wanted documents from the others.

    Documents are named by their places; a term stands in two of the wanted, or more.
    """
    runs = {number: _runs(outcomes[number]) for number in sorted({*wanted, *others})}
    common = _common(outcomes, runs)
    counts = Counter(run for number in wanted for run in runs[number])
    chosen = {run for run, count in counts.items() if count > 1 and not _is_idle(run, common)}
    against = Counter(run for number in others for run in runs[number] & chosen)
    best = nlargest(MOST, sorted(chosen), key=lambda run: (counts[run] - against[run], -against[run], -len(run[0])))
    holders = {run: next(number for number in sorted(wanted) if run in runs[number]) for run in best}
    return [_write(run, outcomes[number]) for run, number in holders.items()]


def _runs(outcome: Outcome) -> frozenset[_Run]:
    article = outcome.document.article
    title, text = words(article.title).tokens, words(text_of(article)).tokens[:LONGEST]
    in_title = frozenset((run, True) for run in _ones_and_twos(title))
    return in_title | frozenset((run, False) for part in (title, text) for run in _ones_and_twos(part))


def _ones_and_twos(tokens: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for token in tokens:
        if len(token) > 1 and not token.isdecimal():
            yield (token,)
    yield from pairwise(tokens)


def _common(outcomes: Sequence[Outcome], runs: dict[int, frozenset[_Run]]) -> frozenset[str]:
    """Words that stand in a great share of the documents of a language."""
    languages = Counter(outcomes[number].document.article.language for number in runs)
    counts = Counter(
        (outcomes[number].document.article.language, run[0])
        for number, found in runs.items()
        for run, in_title in found
        if len(run) == 1 and not in_title
    )
    return frozenset(
        word
        for (language, word), count in counts.items()
        if languages[language] >= ENOUGH and count > COMMON * languages[language]
    )


def _is_idle(run: _Run, common: frozenset[str]) -> bool:
    tokens, _ = run
    # Where every character is a word (Chinese, Japanese) two make a term; elsewhere one letter is l', d', s', w, z, в.
    letters = any(len(word) < 2 and word < "\u0e00" for word in tokens)
    return letters or any(token in common for token in tokens)


def _write(run: _Run, outcome: Outcome) -> Term:
    """A term as it is spelled in one of its documents."""
    tokens, in_title = run
    article = outcome.document.article
    texts = (article.title,) if in_title else (article.title, text_of(article))
    spelled = next(islice((found for text in texts for found in _spellings(words(text), tokens)), 1), "")
    if not _PLAIN.fullmatch(spelled):
        spelled = " ".join(tokens)
    bare = len(tokens) == 1 and spelled not in _OPERATORS and "-" not in spelled and " " not in spelled
    return Term(("title:" if in_title else "") + (spelled if bare else f'"{spelled}"'))


def _spellings(parted: Words, tokens: tuple[str, ...]) -> Iterator[str]:
    length = len(tokens)
    for first in range(len(parted.tokens) - length + 1):
        if parted.tokens[first : first + length] == tokens:
            start, end = parted.span(first, first + length - 1)
            yield parted.text[start:end]

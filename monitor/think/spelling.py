"""Names and words become the runs of folded words that say them, in all their forms; what was made is remembered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from monitor.model import Name, Needle
from monitor.think.inflect.forms import forms, word_forms
from monitor.think.language import indexable

Languages = frozenset[str] | None  # in which a spelling counts; None for any
# What a speller remembers, fit for JSON: by language, kind and name, or by word, the runs, each with its languages.
Memory = dict[str, dict[str, list[str]]]
_LONG = 100  # letters: beyond, nothing is a word, and the rules would take seconds to bend it


@dataclass(frozen=True, slots=True, eq=False)
class Speller:
    """Makes the forms of names and words, each once: to work out thousands of them takes seconds."""

    names: dict[str, Sequence[str]] = field(default_factory=dict)
    words: dict[str, Mapping[str, Languages]] = field(default_factory=dict)

    def name(self, name: Name, kind: str) -> tuple[Needle, ...]:
        """A name of an entity of some kind in all its forms, the name itself first."""
        return tuple(map(read_run, self.runs(name, kind)))

    def runs(self, name: Name, kind: str) -> Sequence[str]:
        """A name in all its forms as needles are written."""
        if name.text.endswith("*"):
            return (indexable(name.text[:-1]) + "*",)
        if name.exact:
            return (indexable(name.text),)
        key = f"{name.language}|{kind}|{name.text}"
        if key not in self.names:
            made = (indexable(text) for text in sorted(forms(name.text, name.language, kind)))
            self.names[key] = tuple(dict.fromkeys([indexable(name.text), *(run for run in made if run)]))
        return self.names[key]

    def word(self, written: str) -> Mapping[str, Languages]:
        """A word of a query in the forms of each language that may have it, itself first."""
        if written not in self.words:
            self.words[written] = _spell_word(written)
        return self.words[written]


def read_run(run: str) -> Needle:
    """A run as a needle; one whose last word is only begun ends in a *."""
    return Needle(tuple(run.rstrip("*").split(" ")), run.endswith("*"))


def _spell_word(written: str) -> Mapping[str, Languages]:
    itself = indexable(written)
    made: dict[str, tuple[str, ...]] = {}
    bent = word_forms(written) if len(written) <= _LONG else {}
    for language, several in bent.items():
        for form in several:
            run = form if _is_folded(form) else indexable(form)
            if run and run != itself and " " not in run:
                made[run] = (*made.get(run, ()), language)
    return {itself: None, **{run: _languages(known) for run, known in made.items()}}


@lru_cache(maxsize=10_000)
def _languages(known: tuple[str, ...]) -> frozenset[str]:
    return frozenset(known)


def _is_folded(form: str) -> bool:
    """Whether folding would change nothing; most forms are such, and there are many of them."""
    return form.isascii() and form.isalpha() and form.islower()


def remember(speller: Speller) -> Memory:
    """All that a speller has made."""
    words = {
        word: [f"{run}|{','.join(sorted(languages or ()))}" for run, languages in spelled.items()]
        for word, spelled in speller.words.items()
    }
    return {
        "names": {key: list(runs) for key, runs in speller.names.items()},
        "words": words,
    }


def recall(memory: Memory) -> Speller:
    """A speller that knows what another has made."""
    words: dict[str, Mapping[str, Languages]] = {}
    for word, listed in memory["words"].items():
        parted = (each.rpartition("|") for each in listed)
        words[word] = {run: _languages(tuple(known.split(","))) if known else None for run, _, known in parted}
    return Speller(dict(memory["names"]), words)

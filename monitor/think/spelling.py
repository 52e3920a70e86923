"""Names and words become the runs of folded words that say them, in all their forms; what was made is remembered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from monitor.model import Name, Needle
from monitor.think.inflect.forms import forms, word_forms
from monitor.think.language import indexable, tokens

Languages = frozenset[str] | None  # in which a spelling counts; None for any
# What a speller remembers, fit for JSON: by language, kind and name, or by word, the runs, each with its languages.
Memory = dict[str, dict[str, list[str]]]


@dataclass(frozen=True, slots=True, eq=False)
class Speller:
    """Makes the forms of names and words, each once: to work out thousands of them takes seconds."""

    names: dict[str, Sequence[str]] = field(default_factory=dict)
    words: dict[str, Mapping[Needle, Languages]] = field(default_factory=dict)

    def name(self, name: Name, kind: str) -> tuple[Needle, ...]:
        """A name of an entity of some kind in all its forms, the name itself first."""
        return tuple(Needle(tuple(run.rstrip("*").split(" ")), run.endswith("*")) for run in self.runs(name, kind))

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

    def word(self, written: str) -> Mapping[Needle, Languages]:
        """A word of a query in the forms of each language that may have it."""
        if written not in self.words:
            self.words[written] = _spell_word(written)
        return self.words[written]


def write(needle: Needle) -> str:
    """A needle as one text: its words, and a * where the last of them is only begun."""
    return " ".join(needle.words) + "*" * needle.prefix


def _spell_word(written: str) -> Mapping[Needle, Languages]:
    itself = Needle(tokens(written))
    made: dict[Needle, set[str]] = {}
    for language, several in word_forms(written).items():
        for needle in (Needle((form,) if _is_folded(form) else tokens(form)) for form in several):
            if len(needle.words) == 1 and needle != itself:
                made.setdefault(needle, set()).add(language)
    return {itself: None, **{needle: frozenset(languages) for needle, languages in made.items()}}


def _is_folded(form: str) -> bool:
    """Whether folding would change nothing; most forms are such, and there are many of them."""
    return form.isascii() and form.isalpha() and form.islower()


def remember(speller: Speller) -> Memory:
    """All that a speller has made."""
    words = {
        word: [f"{' '.join(needle.words)}|{','.join(sorted(languages or ()))}" for needle, languages in spelled.items()]
        for word, spelled in speller.words.items()
    }
    return {
        "names": {key: list(runs) for key, runs in speller.names.items()},
        "words": words,
    }


def recall(memory: Memory) -> Speller:
    """A speller that knows what another has made."""
    words: dict[str, Mapping[Needle, Languages]] = {}
    for word, listed in memory["words"].items():
        parted = (each.rpartition("|") for each in listed)
        words[word] = {
            Needle(tuple(run.split(" "))): frozenset(languages.split(",")) if languages else None
            for run, _, languages in parted
        }
    return Speller(dict(memory["names"]), words)

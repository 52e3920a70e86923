"""A Russian or Ukrainian word becomes its readings, each with a table of the forms it bends into (pymorphy3)."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any

CASES = ("nomn", "gent", "datv", "accs", "ablt", "loct", "voct")
_CASES = {**{case: case for case in CASES}, "gen2": "gent", "loc2": "loct", "acc2": "accs"}
_GENDERS = ("masc", "femn", "neut")
_BENT = {"NOUN": "noun", "ADJF": "adjective", "PRTF": "adjective", "INFN": "verb", "VERB": "verb"}
_MANNER = frozenset({"actv", "pssv", "past", "pres"})
_ODD = frozenset(
    {"Dist", "Erro", "Arch", "Rare", "Bad", "Infr", "V-oy", "V-ey", "V-ie", "V-en"}
)  # slips and oddities that news does not print
_COMPARED = frozenset({"Supr", "Cmp2", "COMP", "compb", "compc", "comps"})
_SAID = frozenset({"VERB", "INFN", "PRTS", "GRND"})

Lexeme = list[tuple[str, frozenset[str]]]
Table = Mapping[tuple[str, str], frozenset[str]]  # number or gender of one, and case


@dataclass(frozen=True)
class Reading:
    """One way to take a word; what it bends into is worked out when first asked for."""

    part: str
    case: str
    number: str  # "plur", or for one of them "sing"
    gender: str
    tags: frozenset[str]
    lexeme: Callable[[], Lexeme]

    @property
    def slot(self) -> str:
        """What an adjective has to agree with, beside the case."""
        return "plur" if self.number == "plur" else self.gender

    @property
    def kin(self) -> str:
        """The gender of a noun, which Ukrainian readings of a plural leave out."""
        return self.gender or next((slot for slot, _ in self.table if slot in _GENDERS), "")

    @cached_property
    def table(self) -> Table:
        return {} if self.part == "verb" else _tabulate(self.lexeme(), self.tags)

    @cached_property
    def forms(self) -> frozenset[str]:
        if self.part != "verb":
            return frozenset().union(*self.table.values())
        return frozenset(form for form, marks in self.lexeme() if _SAID & marks or "pssv" in marks)


@lru_cache(20_000)
def readings(word: str, language: str) -> tuple[Reading, ...]:
    """Read a word in every way the dictionary has, or as its ending suggests."""
    return tuple(_read(parse) for parse in _analyser(language).parse(word) if _bends(parse))


@lru_cache(20_000)
def is_known(word: str, language: str) -> bool:
    return bool(_analyser(language).word_is_known(word.lower()))


def _bends(parse: Any) -> bool:
    tags = parse.tag.grammemes
    return not (_ODD & tags) and any(part in tags for part in _BENT)


def _read(parse: Any) -> Reading:
    tags = frozenset(parse.tag.grammemes)
    return Reading(
        part=next(_BENT[part] for part in _BENT if part in tags),
        case=_case(tags),
        number="plur" if "plur" in tags else "sing",
        gender=next((gender for gender in _GENDERS if gender in tags), ""),
        tags=tags,
        lexeme=lambda: _unfold(parse),
    )


def _case(tags: frozenset[str]) -> str:
    """The case; the Ukrainian dictionary leaves the nominative of some nouns unsaid."""
    if "VERB" in tags or "INFN" in tags:
        return ""
    return next((_CASES[tag] for tag in tags if tag in _CASES), "nomn")


def _unfold(parse: Any) -> Lexeme:
    lexeme = ((item.word, frozenset(item.tag.grammemes)) for item in parse.lexeme)
    return [(form, marks) for form, marks in lexeme if not (_ODD & marks)]


def _tabulate(lexeme: Lexeme, tags: frozenset[str]) -> Table:
    table: dict[tuple[str, str], set[str]] = defaultdict(set)
    for form, marks in lexeme:
        if (
            not (marks & {"NOUN", "ADJF", "PRTF"})
            or _COMPARED & marks != _COMPARED & tags
            or _MANNER & marks != _MANNER & tags
        ):
            continue
        slot = "plur" if "plur" in marks else next((gender for gender in _GENDERS if gender in marks), "sing")
        table[slot, _case(marks)].add(form)
    return {key: _usual(forms) for key, forms in table.items()}


def _usual(forms: set[str]) -> frozenset[str]:
    """Without the locative in -ім where the adjective has one in -ому: verse has it, news has not."""
    if any(form.endswith("ому") for form in forms):
        return frozenset(form for form in forms if not form.endswith("ім"))
    return frozenset(forms)


@cache
def _analyser(language: str) -> Any:
    from pymorphy3 import MorphAnalyzer  # noqa: PLC0415 - the dictionaries take a third of a second and 60 MB

    return MorphAnalyzer(lang=language)

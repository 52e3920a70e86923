"""A Polish name or term becomes its forms: the head bends, and the adjectives that agree with it."""

import re
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from monitor.think.inflect.polish_nouns import CASES, FEMININE, Table, adjective, noun
from monitor.think.inflect.polish_people import bend_person
from monitor.think.inflect.polish_words import NOT_ADJECTIVES, bend_word, is_adjective, stays
from monitor.think.inflect.words import is_proper, like

# Adjectives by the gender of their ending, as sure ones after a noun have it.
_AGREES = {
    "m": re.compile("(?:(?:sk|ck|dzk|g)i|(?:[^aeiouy]n|[iy]wn|[oe]w|[aoe]n|jn|[^aeiouy]t|[iy]t|ęt|ł|cz|ąc)y|[dt]ni)$"),
    "f": re.compile("(?:(?:sk|ck|dzk|n|[oe]w|[^aeiouy]t|[iy]t|ęt|ł|cz|ąc)a|[dt]nia)$"),
    "n": re.compile("(?:(?:sk|ck|dzk|g|[dt]n)ie|(?:n|[oe]w|[^aeiouyś]t|ł|cz|ąc)e)$"),
    "p": re.compile("(?:(?:sk|ck|dzk|g|[dt]n)ie|(?:n|[oe]w|[^aeiouyś]t|ł|cz|ąc)e|(?:cc|sc|dzc)y|[^ai]ni|owi)$"),
}
_STRONG = re.compile(
    "(?:(?:sk|ck|dzk)(?:i|a|ie)|(?:[dt]n)(?:i|ia|ie)|(?:sc|cc|dzc)y|(?:owan|[żrcs]on|czon|szon|sion)[yae])$"
)
_GENITIVES = re.compile("(?:ów|ich|ych|ej|ego|iej)$")
_MEN_IN_A = re.compile("(?:ca|sta|ata)$")
_MOST = 3
# By the last letter of a noun, what its adjective can end in; otherwise the noun ends in a consonant.
_LEADING = {
    "a": ("a", "e"),
    "o": ("e",),
    "ę": ("e",),
    "e": ("e", "y"),
    "y": ("e", "i", "y"),
    "i": ("e", "i", "y"),
    **dict.fromkeys("uąóé", ()),
}
_JOINING = frozenset(
    "na nad w we z ze do od dla przeciw przeciwko po pod przy o za przez między bez wobec i oraz ws.".split()
)


class _Term(NamedTuple):
    words: tuple[str, ...]
    at: int
    agreeing: frozenset[int]
    table: Table  # of the noun; empty where a foreign name or an abbreviation stands
    gender: str


def bend(words: tuple[str, ...], kind: str) -> Iterator[str]:
    """The forms of a name or term in Polish."""
    if kind == "person":
        yield from bend_person(words)
    elif len(words) == 1:
        yield from bend_word(words[0], kind)
    elif stays(words[0]) and not words[0].isalpha():
        yield from (f"{words[0]} {rest}" for rest in bend(words[1:], kind))
    else:
        yield from _bend_phrase(words, kind)


def _bend_phrase(words: tuple[str, ...], kind: str) -> Iterator[str]:
    term = _analyse(words, kind)
    if not term:
        return
    one = "pl" if term.gender == "p" else "sg"
    numbers = (one,) if one == "pl" or not term.table or is_proper(words, kind) else ("sg", "pl")
    for number in numbers:
        for case in CASES[:-1]:
            yield from _agree(term, number, case)
    if kind == "place" and len(words) == 2 and not term.agreeing and words[1][:1].isupper():
        yield from (f"{words[0]} {form}" for form in bend_word(words[1], kind))  # Czasiw Jar


def _agree(term: _Term, number: str, case: str) -> Iterator[str]:
    choices: list[tuple[str, ...]] = []
    for place, word in enumerate(term.words):
        if place == term.at and term.table:
            choices.append(term.table.get((number, case), ()))
        elif place in term.agreeing:
            bent = adjective(word.lower())["p" if number == "pl" else term.gender]
            choices.append(bent.get((number, case), ()))
        else:
            choices.append((word,))
    for parts in product(*choices):
        yield " ".join(like(word, part) for word, part in zip(term.words, parts, strict=True))


def _analyse(words: tuple[str, ...], kind: str) -> _Term | None:
    at = _head(words)
    if at < 0:
        return None
    head = words[at].lower()
    before = [word.lower() for word in words[:at]]
    if stays(words[at]):
        gender = _gender_of_adjective(before[0]) if before else ""
        return _Term(words, at, frozenset(range(at)), {}, gender) if gender else None
    table = noun(head, kind)
    following = words[at + 1].lower() if at + 1 < len(words) else ""
    gender = _gender(head, [*before, following], plural=not any(number == "sg" for number, _ in table))
    if gender == "p" and any(number == "sg" for number, _ in table):
        table = (
            noun(head[:-1] + "o", kind)
            if head.endswith("a") and not head.endswith("ia")
            else noun(f"{head[:-1]}e", kind)
        )
    after = range(at + 1, len(words))
    agreeing = set(range(at))
    for place in after:
        named = words[at].islower() and words[place][:1].isupper()
        if named or stays(words[place]) or not _follows(words[place].lower(), gender):
            break
        agreeing.add(place)
    return _Term(words, at, frozenset(agreeing), table, gender)


def _follows(word: str, gender: str) -> bool:
    return len(word) > 3 and _AGREES[gender].search(word) is not None and not NOT_ADJECTIVES.search(word)


def _gender_of_adjective(word: str) -> str:
    return {"y": "m", "i": "m", "a": "f", "e": "n"}.get(word[-1], "")


def _gender(head: str, beside: list[str], *, plural: bool) -> str:
    """The noun's gender by its ending and by the adjective beside it; "p" for a plural."""
    leads = [word for word in beside[:-1] if word]
    mark = leads[0] if leads else beside[-1]
    if plural:
        return "p"
    if head.endswith("a"):
        if mark.endswith("e") and _AGREES["p"].search(mark) and not NOT_ADJECTIVES.search(mark):
            return "p"  # państwa bałtyckie, rosyjskie aktywa
        return "m" if _MEN_IN_A.search(head) and leads and mark.endswith(("y", "i")) else "f"
    if head.endswith(("o", "e", "ę", "um")):
        return "n"
    return "f" if _follows(mark, "f") else "m"


def _head(words: tuple[str, ...]) -> int:
    """Where the noun stands that the others lean on: the first word that is no adjective to the next."""
    for at, word in enumerate(words[: _MOST + 1]):
        following = words[at + 1].lower() if at + 1 < len(words) else ""
        if stays(word):
            return at or -1
        if not (
            following
            and is_adjective(word.lower())
            and _may_lead(word.lower(), following, words[at + 1], lower=word.islower())
        ):
            return at
    return -1


def _may_lead(first: str, second: str, written: str, *, lower: bool) -> bool:
    """Whether an adjective can agree with the word after it, or with one farther on."""
    if stays(written):
        return _STRONG.search(first) is not None
    if second in _JOINING or (not _STRONG.search(first) and written[:1].isupper() and lower):
        return False
    # Umowa zbożowa: of two that look like adjectives, the first is the noun.
    weak = not _STRONG.search(first) and is_adjective(second) and not _STRONG.search(second)
    if weak or _GENITIVES.search(second):
        return False
    if second.endswith("a") and _MEN_IN_A.search(second):
        return first.endswith(("a", "e", "y", "i"))
    if second[-1] in _LEADING:
        return first.endswith(_LEADING[second[-1]])
    return first.endswith("a" if FEMININE.search(second) else ("y", "i"))

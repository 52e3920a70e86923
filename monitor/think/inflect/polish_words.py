"""A single Polish word becomes its forms, given as a base or bent already."""

import re
from collections.abc import Iterable, Iterator

from monitor.think.inflect.polish_nouns import Table, adjective, noun
from monitor.think.inflect.words import NAMES, is_fixed, is_latin, is_proper, like

# Nouns, most of them in -na and -wa, that look like adjectives.
NOT_ADJECTIVES = re.compile(
    "(?:stw|[ęa]cie|[ae]nie|woj[ns]|ukrain|wymian|zmian|odmian|przemian|obron|stron|ochron|zasłon|osłon|umow|rozmow|odmow|zmow"
    "|ustaw|postaw|dostaw|spraw|wypraw|wystaw|budow|głow|^staw|^stan|^cen|^scen|^min|^mow|^dron|^wojen|ruin|rodzin|godzin|dolin|kopaln|maszyn|rakiet"
    "|pocisk|nacisk|uścisk|zysk|wojsk|lotnisk|ognisk|stanowisk|nazwisk|bram|kobiet|armat|flot|czołg|amunicj)(?:a|y|i|e|o|ie)?$"
)
_ADJECTIVE = re.compile(
    "(?:(?:sk|ck|dzk|[dt]n)(?:i|a|ia|ie)|(?:[^aeiouy]n|[oy]jn|[iyao]wn|ow|[rntliy]w|[aoe]n|[^aeioust]t|ł|cz|ąc)(?:y|a|e)|(?:sc|cc|dzc)y)$"
)
_SURE = re.compile("(?:(?:sk|ck|dzk|[dt]n)i|(?:[^aeiouy]n|jn|wn|[oae]n|ow|ąc|[rntliy]w)y)$")  # the base of an adjective
_ONLY = re.compile(
    "(?:ego|emu|[iy]ch|[iy]m|[iy]mi|ej|(?:sk|ck|dzk)(?:i|a|ą|ie)|[^aeiou]ny|wy)$"
)  # endings that few nouns have
_ADJECTIVAL_PLACE = re.compile("(?:(?:sk|ck|dzk)ie?|[^aeiouy]ne|owe|[^aeiouy][ntw]y|[^aeiouy]na)$")
_HALF = re.compile("(?:sk|ck|dzk)o$")
_PLURAL_PLACES = frozenset({"niemcy", "czechy", "włochy"})
_ENDINGS = re.compile(
    "(?:iego|iemu|ego|emu|ych|ich|ymi|imi|iami|ami|iach|ach|iom|om|iem|em|owi|owie|ów|ej|iej|ie|ią|ię|iu|ia|io|ii|ym|im"
    "|ą|ę|[aeiouy])$"
)
_BASE_ENDINGS = ("", "a", "o", "ia", "y", "i", "e", "ie")


def bend_word(word: str, kind: str) -> Iterator[str]:
    """The forms of a word given as a name or term."""
    if stays(word):
        return
    small = word.lower()
    proper = is_proper((word,), kind)
    if not proper and word.islower():
        yield from query_forms(word)
        if _ONLY.search(small) and not NOT_ADJECTIVES.search(small):
            return
    for table in _tables(small, kind, proper=proper):
        one = proper and any(number == "sg" for number, _ in table) and not small.endswith("anin")
        cells = (forms for (number, _), forms in table.items() if number == "sg" or not one)
        # Polsko- begins words of other things than Poland.
        yield from (like(word, form) for forms in cells for form in forms if not _HALF.search(form))


def _tables(word: str, kind: str, *, proper: bool) -> Iterator[Table]:
    if not proper and _SURE.search(word) and not NOT_ADJECTIVES.search(word):
        yield from adjective(word).values()
        return
    if kind in NAMES and _ADJECTIVAL_PLACE.search(word) and word not in _PLURAL_PLACES:
        yield adjective(word)[{"e": "n", "a": "f"}.get(word[-1], "m")]
    if not (proper and word.endswith(("ski", "cki"))):
        yield noun(word, kind)


def query_forms(word: str) -> Iterator[str]:
    """The forms of a word however it is bent: those of every base whose forms it is among."""
    if stays(word):
        return
    small = word.lower()
    bases = list(dict.fromkeys(_bases(small)))
    sure = (base for base in bases if _SURE.search(base) and not NOT_ADJECTIVES.search(base))
    found = [every for base in sure if small in (every := _every(adjective(base).values()))]
    if not (found and _ONLY.search(small) and not NOT_ADJECTIVES.search(small)):
        nouns = (_every([noun(base, "words")]) for base in bases if not base.endswith(("y", "i", "ie")))
        found += [every for every in nouns if small in every]
    for every in found:
        yield from every


def _bases(word: str) -> Iterator[str]:
    for cut in range(5):
        stem, ending = word[: len(word) - cut], word[len(word) - cut :]
        if len(stem) < 3 or (cut and not _ENDINGS.fullmatch(ending)):
            continue
        if not cut:
            yield word
        if not stem.endswith(tuple("aąeęoóuy")):
            yield from (stem + last for last in _BASE_ENDINGS)
            if stem.endswith("i"):
                yield from (stem[:-1] + last for last in ("", "a", "o"))


def is_adjective(word: str) -> bool:
    return _ADJECTIVE.search(word) is not None and not NOT_ADJECTIVES.search(word)


def _every(tables: Iterable[Table]) -> frozenset[str]:
    return frozenset(form for table in tables for forms in table.values() for form in forms)


def stays(word: str) -> bool:
    return is_fixed(word) or not is_latin(word) or not word.replace("-", "").isalpha()

"""A person's Polish name becomes its forms, all its words in one case."""

import re
from collections.abc import Iterator
from itertools import product

from monitor.think.inflect.polish_nouns import CASES, Table, adjective, noun
from monitor.think.inflect.polish_words import stays
from monitor.think.inflect.words import is_fixed, like

_SURNAME_M = re.compile("(?:(?:sk|ck|dzk)i|[^aeiouy]y)$")
_SURNAME_F = re.compile("(?:[oe]wa|(?:sk|ck|dzk)a|[^aeiouy]na)$")
_FOREIGN = re.compile("(?:io|[eéuiüö]|[^k]o)$")
_PARTICLE = 3  # letters: von, der, de, van


def bend_person(words: tuple[str, ...]) -> Iterator[str]:
    """A name in every case."""
    woman = words[0].endswith("a") if len(words) > 1 else _SURNAME_F.search(words[0].lower()) is not None
    last = len(words) - 1
    tables = [_bend_name(word, woman=woman, given=place < last) for place, word in enumerate(words)]
    for case in CASES:
        cells = (table.get(("sg", case)) or (word,) for table, word in zip(tables, words, strict=True))
        yield from map(" ".join, product(*cells))


def _bend_name(word: str, *, woman: bool, given: bool) -> Table:
    if "-" in word and not is_fixed(word):
        return _bend_double(word, woman=woman, given=given)
    if stays(word) or (word.islower() and len(word) <= _PARTICLE):
        return {}
    table = _table(word.lower(), woman=woman, given=given)
    return {key: tuple(like(word, form) for form in forms) for key, forms in table.items()}


def _bend_double(word: str, *, woman: bool, given: bool) -> Table:
    """A double name bends in all its parts: Kosiniak-Kamysz."""
    pieces = word.split("-")
    tables = [_bend_name(piece, woman=woman, given=given) for piece in pieces]
    cells = {
        case: [table.get(("sg", case)) or (piece,) for table, piece in zip(tables, pieces, strict=True)]
        for case in CASES
    }
    return {("sg", case): tuple(map("-".join, product(*cell))) for case, cell in cells.items()}


def _table(name: str, *, woman: bool, given: bool) -> Table:
    if woman and not given and _SURNAME_F.search(name):
        return adjective(name)["f"]
    if woman:
        return noun(name, "person") if name.endswith("a") else {}
    if _SURNAME_M.search(name):
        return adjective(name)["m"]
    if name.endswith("o") and name[-2:-1] not in set("aeiouy") and (given or name.endswith("ko")):
        table = noun(name[:-1] + ("" if given else "a"), "person")  # Dmytro as a man's, Poroszenko as if in -a
        return {**table, ("sg", "N"): (name,)}
    return {} if _FOREIGN.search(name) else noun(name, "person")

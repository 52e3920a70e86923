"""A Russian or Ukrainian name that no dictionary has becomes its forms, case by case, by its ending."""

import re
from collections.abc import Mapping

Cases = Mapping[str, tuple[str, ...]]

_ORDER = ("gent", "datv", "accs", "ablt", "loct", "voct")
# Ending to be replaced, then the forms by the order above; "|" parts variants, "-" is none.
_RULES = {
    ("ru", "masc"): (
        ("(?<=[сц]к)ий", "ого ому ого им ом -"),
        ("(?<=[гкхжшщч])ий", "ого|его ому|ему ого|его им ом|ем -"),
        ("[ыо]й", "ого ому ого ым ом -"),
        ("(?<=[вбн]н)ий", "его ему его им ем -"),
        ("(?<=ы|и)х", ""),
        ("(?<=[ое]в|ёв)", "а у а ым е -"),
        ("(?<=[иы]н)", "а у а ым|ом е -"),
        ("(?<=..[бвдзклмнпрст])ец", "ца цу ца цем|цом це -"),
        ("(?<=и)й", "я ю я ем и -"),
        ("[йь]", "я ю я ем е -"),
        ("(?<=[жшчщц])", "а у а ем|ом е -"),
        ("(?<=[бвгдзклмнпрстфх])", "а у а ом е -"),
    ),
    ("ru", "femn"): (
        ("(?<=[оеё]в|[иы]н)а", "ой ой у ой ой -"),
        ("ая", "ой ой ую ой ой -"),
        ("яя", "ей ей юю ей ей -"),
    ),
    ("uk", "masc"): (
        ("ий", "ого ому ого им ому -"),
        ("(?<=[оеє]в|[иії]н)", "а у|ові а им|ом і -"),
        ("(?<=к)о", "а у|ові а ом у|ові у"),
        ("ець", "ця цю|цеві ця цем цеві|ці цю"),
        ("(?<=[ії])й", "я ю|єві я єм ї|єві ю"),
        ("й", "я ю|єві я єм ї|єві ю"),
        ("ь", "я ю|еві я ем і|еві ю"),
        ("(?<=[жшчщ])", "а у|еві а ем і|еві е"),
        ("(?<=[гкх])", "а у|ові а ом у|ові у"),
        ("(?<=[бвгґдзлмнпрстфц])", "а у|ові а ом і|ові е"),
    ),
    ("uk", "femn"): (("(?<=[оеє]в|[ії]н|ьк)а", "ої ій у ою ій -"),),
}
# Nouns in -а and -я, of men and women alike.
_IN_A = {
    "ru": (
        ("(?<=и)я", "и и ю ей и -"),
        ("я", "и е ю ей е -"),
        ("(?<=[гкх])а", "и е у ой е -"),
        ("(?<=[жшчщц])а", "и е у ей|ой е -"),
        ("(?<=[^аеёиоуыэюя])а", "ы е у ой е -"),
    ),
    "uk": (
        ("(?<=[іаеиоуєюя])я", "ї ї ю єю ї є"),
        ("я", "і і ю ею і ю"),
        ("га", "ги зі гу гою зі го"),
        ("ка", "ки ці ку кою ці ко"),
        ("ха", "хи сі ху хою сі хо"),
        ("(?<=[жшчщ])а", "і і у ею і е"),
        ("(?<=[^аеєиіїоуюя])а", "и і у ою і о"),
    ),
}
_COMPILED = {
    key: tuple((re.compile(f"(?:{ending})$"), forms) for ending, forms in rules + _IN_A[key[0]])
    for key, rules in _RULES.items()
}
_FEMININE = {
    "ru": re.compile("(?:[оеё]ва|[иы]на|[сц]кая|ная)$"),
    "uk": re.compile("(?:[оеє]ва|[ії]на|[сцз]ька)$"),
}


def is_feminine(surname: str, language: str) -> bool:
    return _FEMININE[language].search(surname) is not None


def decline(name: str, language: str, gender: str) -> Cases:
    """The forms of a name by case; a name that does not bend has itself in each."""
    for ending, forms in _COMPILED[language, gender]:
        found = ending.search(name)
        if found and forms:
            stem = name[: found.start()]
            columns = zip(_ORDER, forms.split(), strict=True)
            cases = {case: tuple(stem + end for end in ends.split("|")) for case, ends in columns if ends != "-"}
            return {"nomn": (name,), **cases}
        if found:
            break
    return dict.fromkeys(("nomn", *_ORDER), (name,))

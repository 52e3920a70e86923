"""A Polish noun or adjective becomes its forms, by case in either number, by the rules of its ending."""

import re
from collections.abc import Iterable, Mapping

Table = Mapping[tuple[str, str], tuple[str, ...]]  # "sg" or "pl", and the case by its first letter
CASES = "NGDAILV"

# How a stem softens before the ending -e; longest first.
_SOFT = tuple(
    pair.split(">")
    for pair in (
        "zd>ździ st>ści sł>śl sn>śni zn>źni zm>źmi ch>sz k>c g>dz t>ci d>dzi r>rz ł>l n>ni m>mi w>wi b>bi p>pi f>fi"
        " s>si z>zi"
    ).split()
)
_SOFT_ENDS = ("l", "j", "c", "cz", "sz", "ż", "rz", "dz", "i")
_NEVER_SOFT = ("k", "g", "ch", "h", *_SOFT_ENDS)
_HISSING = ("rz", "sz", "cz", "ż")
_BACK = ("k", "g")
_PALATAL = {"ś": "si", "ć": "ci", "ź": "zi", "ń": "ni"}
# Words of their own way. A row is the seven cases, NGDAILV; "~" is the stem, "|" parts variants.
_ODD = {
    "niemcy": {"pl": "niemcy niemiec niemcom niemcy niemcami niemczech niemcy"},
    "węgry": {"pl": "węgry węgier węgrom węgry węgrami węgrzech węgry"},
    "włochy": {"pl": "włochy włoch włochom włochy włochami włoszech włochy"},
    "ludzie": {"pl": "ludzie ludzi ludziom ludzi ludźmi ludziach ludzie"},
    "miasto": {"sg": "~o ~a ~u ~o ~em mieście ~o", "pl": "~a ~ ~om ~a ~ami ~ach ~a"},
    "państwo": {"sg": "~o ~a ~u ~o ~em ~ie ~o", "pl": "~a państw ~om ~a ~ami ~ach ~a"},
    "świat": {"sg": "świat ~a ~u świat ~em świecie świecie", "pl": "~y ~ów ~om ~y ~ami ~ach ~y"},
    "rok": {"sg": "rok ~u ~owi rok ~iem ~u ~u", "pl": "lata lat latom lata latami latach lata"},
    "ręka": {"sg": "~a ~i ręce ~ę ~ą ręce ~o", "pl": "ręce rąk ~om ręce ~ami ~ach ręce"},
    "krew": {"sg": "krew krwi krwi krew krwią krwi krwi"},
}
_FLEETING = re.compile(r"(?<=[^aąeęioóuyl])i?e(?=[kc]$)|(?<=[pw])e(?=ł$)|(?<=wys)e(?=p$)|(?<=b)e(?=l$)")
# Feminine nouns without an ending, beside those in -ść.
FEMININE = re.compile(
    "(?:ść|[oó]c|broń|ruś|łódź|owiedź|sieć|śmierć|krew|kolej|[rd]óż|młodzież|straż|sprzedaż|podaż|rzecz|twarz|jesień"
    "|gałąź|przestrzeń|czerń|stal|kercz|bydgoszcz|sól|twierdź)$"
)

# Plurals of men, and how their stems end in the other cases.
_OF_MEN = {"ści": "st", "nci": "nt", "aci": "at", "edzi": "ad", "nicy": "nik", "acy": "ak", "ycy": "yk"}
_MEN = re.compile(f"(?:(?<=[yi])ści|(?<=[ae])nci|{'|'.join(list(_OF_MEN)[2:])})$")
_PLURAL_E = re.compile("(?:je|le|[rcsd]ze|że|[^aeiou]ce)$")
_NEUTERS = frozenset(
    "morze pole serce słońce zboże zaplecze oblicze miejsce wybrzeże podwórze przymierze łoże złoże".split()
)


def soften(stem: str) -> str:
    """The stem before an ending -e that softens it: wojn → wojni."""
    for hard, soft in _SOFT:
        if stem.endswith(hard):
            return stem[: -len(hard)] + soft
    return stem


def noun(word: str, kind: str) -> Table:
    """The table of a noun given in the nominative; empty if it does not bend."""
    if word in _ODD:
        rows = _ODD[word].items()
        return {key: cell for number, row in rows for key, cell in _fill(number, row, word[:-1]).items()}
    if word.endswith("um") and kind != "place":
        return {**_fill("sg", " ".join([word] * 7), ""), **_plural(word[:-2], "a", ["~ów"])}
    if word[-1] in "aoeyi":
        return _in_vowel(word, kind)
    if word[-1] in "ąęióuéáíüö":
        return {}
    return _feminine_bare(word) if FEMININE.search(word) and kind != "person" else _masculine(word, kind)


def _in_vowel(word: str, kind: str) -> Table:
    if word.endswith("a"):
        return _in_a(word[:-1], man=kind == "person" and word.endswith("ista"))
    if word.endswith("o"):
        return {} if word.endswith("io") else _neuter(word)
    return _in_e(word) if word.endswith("e") else _in_y(word)


def _in_e(word: str) -> Table:
    """A neuter, or a plural: Katowice, sankcje, rafinerie, żołnierze."""
    stem = word[:-1]
    if word.endswith(("ice", "yce")):
        return _plural(stem, "e", ["~"])
    if re.search("(?:[rmgpf]|ch)ie$", word):
        return _plural(stem, "e", ["~i", "~"])
    if _PLURAL_E.search(word) and word not in _NEUTERS:
        return _plural(stem, "e", ["~i"] if stem.endswith(("j", "l")) else ["~y", "~ów", "~"])
    return _neuter(word)


def adjective(word: str) -> Mapping[str, Table]:
    """An adjective's tables by gender (m, f, n) and for the plural (p), from any of its nominatives."""
    word = re.sub("(?<=[scz])cy$", "ki", re.sub("(?<=[^dtkg]n|ow)i$", "y", word))  # rosyjscy, nowi
    stem = re.sub("(?:i?e|ia|[aiy])$", "", word)
    if re.search("[dt]ni[ae]?$", word):
        return _soft_adjective(stem)
    back = stem.endswith(_BACK)
    y, i, men = ("i", "i", _of_men(stem)) if back else ("y", "", _of_men(stem))
    many = f"~{i}e|{men} ~{y}ch ~{y}m ~{i}e|~{y}ch ~{y}mi ~{y}ch ~{i}e|{men}"
    return {
        "m": _fill("sg", f"~{y} ~{i}ego ~{i}emu ~{y}|~{i}ego ~{y}m ~{y}m ~{y}", stem),
        "f": _fill("sg", f"~a ~{i}ej ~{i}ej ~ą ~ą ~{i}ej ~a", stem),
        "n": _fill("sg", f"~{i}e ~{i}ego ~{i}emu ~{i}e ~{y}m ~{y}m ~{i}e", stem),
        "p": _fill("pl", many, stem),
    }


def _soft_adjective(stem: str) -> Mapping[str, Table]:
    """The tables of wschodni, ostatni and their like."""
    return {
        "m": _fill("sg", "~i ~iego ~iemu ~i|~iego ~im ~im ~i", stem),
        "f": _fill("sg", "~ia ~iej ~iej ~ią ~ią ~iej ~ia", stem),
        "n": _fill("sg", "~ie ~iego ~iemu ~ie ~im ~im ~ie", stem),
        "p": _fill("pl", "~ie|~i ~ich ~im ~ie|~ich ~imi ~ich ~ie|~i", stem),
    }


def _of_men(stem: str) -> str:
    """The plural that adjectives of men have: rosyjscy, nowi, dobrzy."""
    soft = soften(stem)
    if stem.endswith((*_BACK, "r")):
        return f"{soft}y"
    return soft if soft.endswith("i") else f"{soft}i"


def _in_a(stem: str, *, man: bool) -> Table:
    if stem.endswith("i"):
        genitive = "~i|~" if stem[-2:-1] in set("nlrmwbpfkg") or stem.endswith("chi") else "~"
        locative, many = genitive, _plural(stem, "e", genitive.split("|"))
    elif stem.endswith(("l", "j")):
        genitive = locative = "~i"
        many = _plural(stem, "e", ["~i"])
    elif stem.endswith(_SOFT_ENDS):
        genitive = locative = "~y"
        many = _plural(stem, "e", ["~", "~y"])
    else:
        genitive, locative = f"~{_y(stem)}", f"{soften(stem)}e"
        many = _plural(stem, "i" if man else _y(stem), ["~ów"] if man else _bare(stem))
    return {**_fill("sg", f"~a {genitive} {locative} ~ę ~ą {locative} ~o", stem), **many}


def _in_y(word: str) -> Table:
    """A noun given in a plural in -y or -i: rozmowy, pociski, dyplomaci, najemnicy."""
    found = _MEN.search(word)
    if found:
        stem = word[: -len(found.group())] + _OF_MEN[found.group()]
        return _fill("pl", f"{word} ~ów ~om ~ów ~ami ~ach {word}", stem)
    stem = word[:-1]
    return _plural(stem, word[-1], ["~ów", *_bare(stem)])


def _y(stem: str) -> str:
    return "i" if stem.endswith(_BACK) else "y"


def _bare(stem: str) -> list[str]:
    """The stem without any ending, with the vowel that parts its last consonants."""
    if re.search("[^aąeęioóuysrl]k$", stem):
        return [f"{stem[:-1]}ek"]
    if stem.endswith("lk"):
        return [stem, f"{stem[:-1]}ek"]
    return [f"{stem[:-1]}en"] if re.search("[jwdtbzpm]n$", stem) else [stem]


def _feminine_bare(word: str) -> Table:
    soft = word[-1] in _PALATAL
    stem = word[:-1] + _PALATAL[word[-1]] if soft else re.sub("ó(?=[^aeiouy]+$)", "o", word)
    other = "~" if soft else f"~{'i' if stem.endswith(('l', 'j')) else 'y'}"
    many = f"{other}|~e {other} ~om {other}|~e ~ami ~ach {other}"
    return {**_fill("sg", f"{word} {other} {other} {word} ~ą {other} {other}", stem), **_fill("pl", many, stem)}


def _neuter(word: str) -> Table:
    stem = word[:-1]
    soft = word.endswith("e") or stem.endswith(_NEVER_SOFT)
    locative = "~u" if soft else f"{soften(stem)}e"
    instrumental = "~iem" if stem.endswith(_BACK) else "~em"
    one = _fill("sg", f"{word} ~a ~u {word} {instrumental} {locative} {word}", stem)
    return {**one, **_plural(stem, "a", [_harden(stem)] if stem.endswith("i") else _bare(stem))}


def _harden(stem: str) -> str:
    """A soft stem with no ending after it: zawieszeni → zawieszeń."""
    return next((stem[:-2] + letter for letter, soft in _PALATAL.items() if stem.endswith(soft)), stem)


def _masculine(word: str, kind: str) -> Table:
    stem = oblique(word, kind)
    man = kind == "person"
    genitive = "~a" if man or stem.endswith(("ow", "iec", "ck")) else "~a|~u"
    dative = "~owi" if man else "~owi|~u"
    accusative = "~a" if man else f"{word}|~a"
    instrumental = "~iem" if stem.endswith(_BACK) else "~em"
    locative = "~u" if stem.endswith(_NEVER_SOFT) else f"{soften(stem)}e"
    one = f"{word} {genitive} {dative} {accusative} {instrumental} {locative} {locative}"
    if word.endswith("anin"):
        return {**_fill("sg", one, stem), **_fill("pl", "~ie ~ ~om ~ ~ami ~ach ~ie", stem[:-2])}
    return {**_fill("sg", one, stem), **_masculine_plural(stem)}


def _masculine_plural(stem: str) -> Table:
    if stem.endswith(_SOFT_ENDS):
        extra = "~" if stem.endswith("i") else "~y" if stem.endswith(_HISSING) else "~i" if stem.endswith("l") else ""
        genitives = ["~ów", extra] if extra else ["~ów"]
        return _plural(stem, "e|~y" if stem.endswith("c") else "e", genitives, men=True)
    people = f"|{soften(stem)}" if stem.endswith(("t", "d", "n")) else ""
    return _plural(stem, _y(stem) + people, ["~ów"], men=True)


def _plural(stem: str, ending: str, genitives: Iterable[str], *, men: bool = False) -> Table:
    """The plural of a stem; what stands for men has the genitive in the accusative too."""
    genitive = "|".join(dict.fromkeys(genitives))
    accusative = f"~{ending}|{genitive}" if men else f"~{ending}"
    return _fill("pl", f"~{ending} {genitive} ~om {accusative} ~ami ~ach ~{ending}", stem)


def oblique(word: str, kind: str) -> str:
    """The stem that a masculine noun has before its endings: Kijów → Kijow, myśliwiec → myśliwc."""
    if word[-1] in _PALATAL:
        fleeting = re.search("..i?eń$", word) is not None and len(word) > 6
        return re.sub("i?e$", "", word[:-1]) + "ni" if fleeting else word[:-1] + _PALATAL[word[-1]]
    if kind == "place" and word.endswith("sław"):
        return f"{word}i"
    stem = re.sub("ó(?=[wdrzlłbgj]$)", "o", word)
    shorter = re.sub("nc$", "ńc", _FLEETING.sub("", stem))
    return shorter if len(word) > 3 and re.search("[aąeęioóuy]", shorter) else stem


def _fill(number: str, row: str, stem: str) -> Table:
    cells = row.replace("~", stem).split()
    return {(number, case): tuple(cell.split("|")) for case, cell in zip(CASES, cells, strict=True)}

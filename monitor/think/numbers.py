"""A text becomes the numbers that say something in it: amounts with what they count, not dates, times or years."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from monitor.think.language import tokens
from monitor.think.sentences import stem_of

_SPACE = "\u00a0\u202f\u2009 "
_NUMBER = re.compile(
    rf"(?<![\w.,:/\-–])(?P<before>[$€£¥₴₽₺₹]\s?)?"
    rf"(?P<digits>\d{{1,3}}(?:[{_SPACE},.'’]\d{{3}})+(?:[.,]\d{{1,2}})?(?!\d)|\d+(?:[.,]\d+)?)"
    rf"(?P<glued>(?:bn|mn|mln|mrd|mld)(?!\w))?(?P<after>[{_SPACE}]?%|[{_SPACE}]?[$€£¥₴₽₺₹])?(?![\d:/]|[.,]\d)"
)
_FOLLOWING = re.compile(rf"[{_SPACE}\-]([^\W\d_][\w'’.\-]*)(?:[{_SPACE}]([^\W\d_][\w'’\-]*))?")
# By folded beginnings of words: what a number is multiplied by, in the languages that news is read in.
_SCALES = {
    **dict.fromkeys("thousa tausen mille mil mila tysiac tys тысяч тыс тисяч тис الف bin".split(), 1e3),
    **dict.fromkeys("millio mln mn millon milion миллио млн мільйо مليون milyon mio".split(), 1e6),
    **dict.fromkeys("billio bn millia mld mrd miliar миллиа млрд мільяр مليار milyar".split(), 1e9),
}
_MONTHS = frozenset(
    """
    januar februa march marz april may mai mayo june juni juin july juli juil juille august septem octobe oktobe
    novemb decemb dezemb janvie fevrie mars avril aout octobr enero febrer marzo abril junio julio agosto septie octubr
    noviem diciem gennai febbra aprile maggio giugno luglio settem ottobr dicemb styczn lutego marca kwietn maja czerwc
    lipca sierpn wrzesn pazdzi listop grudni ocak subat mart nisan mayis hazira temmuz agusto eylul ekim kasim aralik
    января феврал марта апреля мая июня июля август сентяб октябр ноября декабр
    січня лютого березн квітня травня червня липня серпня вересн жовтня листоп грудня
    يناير فبراي مارس ابريل مايو يونيو يوليو اغسطس سبتمب اكتوبر نوفمب ديسمب
    """.split()
)
# Units that languages share, and those too short for a stem.
_UNITS = {
    **dict.fromkeys("percen per prozen процен відсот procen porcen pource yuzde".split(), "%"),
    **dict.fromkeys(("dollar", "доллар", "долара", "доларі", "dolare", "dolaro", "دولار"), "$"),
    **dict.fromkeys(("euro", "euros", "евро", "євро", "يورو"), "€"),
    **{unit: unit for unit in "km kg mm cm kw mw gw км кг мм см квт мвт гвт".split()},
}
_YEARS = range(1800, 2101)
_YEAR_WORDS = frozenset("года год году годы лет року рік роки roku rok".split())


class Amount(NamedTuple):
    """A number with what it counts, as the text says it."""

    value: float
    unit: str  # the beginning of a word, a sign, or nothing
    text: str
    start: int
    end: int


def amounts(text: str) -> Iterator[Amount]:
    """The numbers of a text that tell something, in order."""
    for found in _NUMBER.finditer(text):
        value = _value(found["digits"])
        if value is None:
            continue
        value *= _SCALES[found["glued"]] if found["glued"] else 1.0
        sign = (found["before"] or found["after"] or "").strip(_SPACE)
        start, end = found.start(), found.end()
        following = _FOLLOWING.match(text, end)
        first = _folded(following[1]) if following else ""
        if not sign and (_is_date(value, first, text, start)):
            continue
        scale = _SCALES.get(first[:6], 1.0)
        if following and scale > 1:
            end = following.end(1)
            second = _folded(following[2]) if following[2] else ""
            value, first, end = value * scale, second, following.end(2) if second else end
        elif following:
            end = following.end(1)
        if value in {0.0, 1.0} and not sign and scale == 1:
            continue
        unit = sign or _UNITS.get(first[:6], "") or stem_of(first)
        yield Amount(value, unit, text[start : end if not sign or scale > 1 else found.end()].rstrip(".-"), start, end)


def _folded(word: str) -> str:
    return (tokens(word) or ("",))[0]


def _is_date(value: float, following: str, text: str, start: int) -> bool:
    """Whether a number is a day, an hour or a year and no amount."""
    if following[:6] in _MONTHS and value <= 31:
        return True
    if (
        value == int(value)
        and int(value) in _YEARS
        and (not following or following in _YEAR_WORDS or _stands_alone(text, start))
    ):
        return True
    before = tokens(text[max(0, start - 14) : start])
    return bool(before) and before[-1][:6] in _MONTHS and value <= 31


def _stands_alone(text: str, start: int) -> bool:
    """Whether four digits have no sign that parts thousands: then they are a year, most likely."""
    return text[start : start + 4].isdigit()


def _value(digits: str) -> float | None:
    """What is written: commas and points part thousands where three digits follow, else they part decimals."""
    plain = re.sub(rf"[{_SPACE}'’]", "", digits)
    parts = re.split(r"[.,]", plain)
    if len(parts) > 1 and len(parts[-1]) != 3:
        whole, fraction = "".join(parts[:-1]), parts[-1]
    elif len(parts) == 2 and len(parts[0]) <= 3 and parts[0] != "0":
        whole, fraction = "".join(parts), ""
    else:
        whole, fraction = ("".join(parts), "") if parts[0] != "0" else ("0", "".join(parts[1:]))
    if not whole or len(whole) > 15:
        return None
    return float(f"{whole}.{fraction or 0}")

"""A Slavic surname in the Latin script becomes its spellings in other languages: Zelensky, Selenskyj, Zełenski."""

import re
from functools import lru_cache
from itertools import zip_longest

from monitor.think.inflect.romanise import rank
from monitor.think.language import fold

# How each custom writes sounds, as Cyrillic; the first that fits is taken, so long ones stand first.
_CUSTOMS = {
    "de": "schtsch щ tsch ч sch ш tz ц ja я ju ю je е ji ї ch х ij ий yj ий ai ай ei ей oi ой j й w в v в z ц s с|з",
    "pl": "szcz щ sz ш cz ч rz р ch х ią я ia я iu ю io ё ie е ja я ju ю je е ji ї j й w в ł л ż ж c ц z з ny$ ный y ы",
    "fr": "chtch щ tch ч ch ш kh х ou у ï й j ж gue ге gué ге gui ги ya я ia я iou ю ine$ ин ss с é е è е ny$ ный y ы",
    "tr": "ş ш ç ч j ж ya я yu ю ye е y й h х ı ы",
    "en": "iye ие shch щ sch щ sh ш ch ч zh ж kh х ts ц ya я ia я yu ю iu ю ye е yo ё iy ий ii ий yi ий yy ий"
    " ay ай ey ей oy ой ai ай ei ей oi ой ny$ ный nyi$ ный nyy$ ный y ы w в j й",
}
_WITH_YO = re.compile("[жчшщ]ев$")  # Khrushchev, Kosachev
_MOST = 40
_PLAIN = dict(zip("abcdefghiklmnoprstuvxyz", "абцдефггиклмнопрстувхыз", strict=True))
_MARKS = (
    ("pl", re.compile("[łżśńą]|sz|cz|rz|w(?!sky)\\w*(?:ow|ew|ski|cki)$|ow$.*ł")),
    ("de", re.compile("sch|w$|w\\w|^s[aeiou].*[sz]kyj?$|skyj$|ij$")),
    ("fr", re.compile("ou|tch|ï|é|gu[ei]|ine$")),
    ("tr", re.compile("[şçı]")),
)
_ENDING = re.compile("(?:[sz]|ts)k(?:yi|yj|yy|iy|ii|ij|y|i)$")
_SLAVIC = re.compile(
    "(?:[oei][vw]|ine?|[sz]k(?:yi|yj|yy|iy|ii|ij|y|i)|[ao][iyj]|uk|[ue]nko|enka|ich|itch|itsch|icz|gou|gu|ak|ov[ay]"
    "|ow[ay]|[ei]va|ina|aya|aja|ska|skaya|skaja|nyi|nyj|nyy|[hlzrvkt]ny|ets|iec|ko|av|ba|ych|ytch"
    "|nyk|nik|yna|tyi|ytsi?a|ytsya|[iy]ha|[yi]hal|rak|nzi?a|nzya)$"
)


@lru_cache(10_000)
def spellings(name: str) -> frozenset[str]:
    """The spellings of a surname, itself among them; a name that does not look Slavic has but its own."""
    small = name.lower()
    if (
        not small.isalpha()
        or (not small.isascii() and fold(small) == small)
        or len(small) < 4
        or not _SLAVIC.search(fold(small))
    ):
        return frozenset({name})
    custom = next((custom for custom, marks in _MARKS if marks.search(small)), "en")
    readings = [(_fit(cyrillic, language), language) for cyrillic in _read(small, custom) for language in ("ru", "uk")]
    ranked = (spelt for row in zip_longest(*(rank(*reading) for reading in readings)) for spelt in row if spelt)
    found = {fold(spelt): spelt for spelt in ranked}
    return frozenset([name, *found.values()][:_MOST])


def _fit(cyrillic: str, language: str) -> str:
    if language == "uk":
        return re.sub("[ыиэ](?=.)", "и", cyrillic.replace("ский", "ський").replace("цкий", "цький"))
    return cyrillic


def _read(name: str, custom: str) -> list[str]:
    """The name in Cyrillic; in two ways where a letter stands for two sounds."""
    ending = _ENDING.search(name)
    tail = ""
    if ending:
        name, tail = name[: ending.start()], "цкий" if ending.group()[0] in "tz" else "ский"
    rules = _CUSTOMS[custom].split()
    readings = [""]
    at = 0
    while at < len(name):
        for sound, letters in zip(rules[::2], rules[1::2], strict=True):
            bare = sound.rstrip("$")
            if name.startswith(bare, at) and (bare == sound or at + len(bare) == len(name)):
                readings = [reading + letter for reading in readings for letter in letters.split("|")][:4]
                at += len(bare)
                break
        else:
            letter = fold(name[at])
            readings = [reading + _PLAIN.get(letter, letter) for reading in readings]
            at += 1
    hard = [reading[:-2] + "ёв" for reading in readings if _WITH_YO.search(reading)]
    return [reading + tail for reading in readings + hard]

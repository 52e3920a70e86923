"""A word becomes its sound, roughly: the consonants by which a name is known again in another language or script."""

import re
from functools import lru_cache

from anyascii import anyascii

_LETTERS = re.compile("[^a-z]+")
# What is written as several letters, or as one that other languages use otherwise. Sounds that languages and scripts
# take for one another are one: b and p, d and t, v, f and w, g, k and kh, all that hisses.
_HARD_CH = frozenset({"de", "pl", "cs", "sk", "nl"})  # ch is said in the throat
_MUTE_J = frozenset({"de", "pl", "cs", "sk", "nl", "sv", "da", "nb", "fi", "et", "lv", "lt", "hu", "sl", "hr", "sr"})
_LONG_W = frozenset({"ar", "fa"})  # the letter of w within a word is a long vowel, mostly
_GROUPS = re.compile("shch|tsch|tch|dzh|sch|cz|sz|rz|sh|ch|zh|kh|gh|ph|th|ts|tz|ck|qu|c(?=[eiy])|x")
_AS = {
    **dict.fromkeys("shch tsch tch dzh sch cz sz sh ch zh ts tz c".split(), "s"),
    "rz": "s",
    "kh": "k",
    "gh": "k",
    "ph": "f",
    "th": "t",
    "ck": "k",
    "qu": "kf",
    "x": "ks",
}
_MUTE_H = re.compile("(?<=.)h(?![aeiouy])")
_CLASSES = str.maketrans("bdvwgchqjz", "ptffkkkkss")
_VOWELS = re.compile("[aeiouy]+")
_TWICE = re.compile(r"(.)\1+")
# Endings of inflected words, in Latin letters; what is left are three letters at least.
_ENDINGS = {
    language: re.compile(f"(?<=...)(?:{'|'.join(endings.split())})$")
    for language, endings in {
        "ru": "ogo omu imi ikh ami akh yami yakh om em iem ov ev ei oi im ym aya oe uyu",
        "uk": "ogo omu imi ikh ami akh iami iakh om em iem ov ev iv ei oi im ym iu",
        "pl": "iego iemu ego emu ami ach owi em iem ow om ej ym im ich ych",
        "de": "ischen ischer isches ische en er es em s n",
        "en": "s",
        "fr": "s",
        "es": "es s",
        "tr": "lar ler nin nun dan den da de in un",
    }.items()
}
SHORTEST, LONGEST = 3, 6  # sounds; fewer say too little


@lru_cache(maxsize=1 << 16)
def sounds(word: str, language: str) -> tuple[str, ...]:
    """The sounds of a folded word, as it stands and without its ending: none, one or two."""
    plain = _LETTERS.sub("", anyascii(word).lower())
    ending = _ENDINGS.get(language)
    bases = {plain, ending.sub("", plain)} if ending else {plain}
    found = {_skeleton(base, language) for base in bases}
    return tuple(sorted(each for each in found if len(each) >= SHORTEST))


def _skeleton(word: str, language: str) -> str:
    if language in _HARD_CH:
        word = re.sub("(?<![st])ch", "kh", word)
    if language in _MUTE_J:
        word = word.replace("j", "y")
    elif language == "es":
        word = word.replace("j", "kh")
    elif language in _LONG_W:
        word = word[:1] + word[1:].replace("w", "u")
    rough = _MUTE_H.sub("", _GROUPS.sub(lambda found: _AS[found[0]], word)).translate(_CLASSES)
    first = "a" if _VOWELS.match(rough) else ""
    return (first + _VOWELS.sub("", _TWICE.sub(r"\1", rough)))[:LONGEST]

"""An English name or term becomes its forms: plurals, and for words of a query the forms of verbs."""

import re
from collections.abc import Iterator

from monitor.think.inflect.english_words import BASES, DOUBLING, NOUNS, VERBS, WHOLE
from monitor.think.inflect.words import is_fixed, is_latin

_COUNTED = frozenset({"weapon", "words", "event", "instrument", "infrastructure", "formation", "agreement"})
_OF = re.compile("^(?:of|in|on|at|to|for|from|against|over|with|by|under|and|near|between|into|off|down|up|out|the|a)$")
_PARTICLES = frozenset("down up out off back over away in on into".split())
# Nouns and adjectives by their ending, which make no verbs.
_NO_VERB = re.compile(
    "(?:ness|ity|ism|ics|hood|logy|ician|ery|dom|ous|ful|less|ical|(?:ern|ish|ree|lop|ice|ploy|ve|ge|ta|te|nounce|ri)ment"
    "|[^rt]ation|iation|[dnptv]ship)$"
)
_SHORT_VOWEL = re.compile("^[^aeiou]*(?:qu)?[aeiouy][bdgklmnprtvz]$")

_ENDINGS = (
    ("ies", ("y", "ie")),
    ("ied", ("y", "ie")),
    ("ying", ("ie",)),
    ("es", ("", "e")),
    ("s", ("",)),
    ("ed", ("", "e")),
    ("ing", ("", "e")),
)
_Y_ENDINGS = frozenset({"ies", "ied", "ying"})
# Before -ed and -ing: stems that have lost no e, and such as must have.
_NEVER_E = re.compile(
    "(?:[wxy]|(.)\\1|ck|ct|mb|nd|nt|nk|rn|rd|rt|lt|ld|ft|pt|wn|sh|ch|er|en|or|on|it|ai.|ee.|oo.|ow.)$"
)
_ALWAYS_E = re.compile("(?:[vcu]|[^z]z|iat|[^aeiou]at|[bcdfgkptz]l|i[sr]|[^aeiou]as|[nr]g[^g]?)$")


def bend(words: tuple[str, ...], kind: str) -> Iterator[str]:
    """The forms of a name or term in English; names of persons, places and organisations have but one."""
    if kind not in _COUNTED or any(map(_foreign, words)):
        return
    if len(words) == 1:
        yield from _bend_word(words[0], kind)
    elif kind == "words" and len(words) == 2 and words[1].lower() in _PARTICLES and words[0].islower():
        yield from (f"{form} {words[1]}" for form in verb(words[0]))
    else:
        yield from _bend_phrase(words)


def query_forms(word: str) -> Iterator[str]:
    """The forms of a word of any shape: those of the bases it can come from."""
    small = word.lower()
    if is_fixed(word) or not is_latin(word) or not small.isalpha() or len(small) < 3:
        return
    found = False
    for base in sorted(set(_bases(small))):
        every = {base, *plural(base), *verb(base)}
        if small in every:
            found = True
            yield from every
    if small.endswith("ing") or not found:
        yield from plural(small)
    if not found and not small.endswith("s"):
        yield from verb(small)


def _bend_word(word: str, kind: str) -> Iterator[str]:
    if is_fixed(word):
        return
    small = word.lower()
    if kind == "words" and word.islower():
        yield from query_forms(word)
    elif small == word or kind == "weapon":
        yield from plural(word)


def _bend_phrase(words: tuple[str, ...]) -> Iterator[str]:
    at = next((place for place, word in enumerate(words) if place and _OF.match(word)), len(words)) - 1
    if not words[at].islower() or is_fixed(words[at]):
        return
    for form in {*plural(words[at]), *_singular(words[at])}:
        yield " ".join((*words[:at], form, *words[at + 1 :]))


def _foreign(word: str) -> bool:
    return not word.isascii() and not is_latin(word)


def plural(noun: str) -> tuple[str, ...]:
    """The plural of a noun; none where it has none or is one."""
    small = noun.lower()
    if small in NOUNS:
        return NOUNS[small][1:]
    if small in BASES or small in WHOLE:
        return ()
    if re.search("[^aeiou]y$", small):
        return (f"{noun[:-1]}ies",)
    if re.search("(?:ss|x|z|ch|sh)$", small):
        return (f"{noun}es",)
    if small.endswith("s"):
        return ()
    return (f"{noun}s",)


def _singular(noun: str) -> tuple[str, ...]:
    small = noun.lower()
    if small in WHOLE or small.endswith(("ss", "us", "is")):
        return ()
    return tuple(base for base in _bases(small) if small in plural(base))


def verb(base: str) -> tuple[str, ...]:
    """The forms of a verb given as its base."""
    if base == "be" or base in WHOLE or (_NO_VERB.search(base) and base not in VERBS and base not in DOUBLING):
        return VERBS.get(base, ())
    if (base in BASES and base not in VERBS) or base in NOUNS:
        return ()
    stem = base[:-1] if re.search("[^aeo]e$|[^aeiou]ee$", base) and not base.endswith("ee") else base
    if base in DOUBLING or (_SHORT_VOWEL.match(base) and not base.endswith(("w", "x", "y"))):
        stem = base + base[-1]
    present = (
        re.sub("y$", "ies", base)
        if re.search("[^aeiou]y$", base)
        else f"{base}es"
        if re.search("(?:s|x|z|ch|sh|o)$", base)
        else f"{base}s"
    )
    gerund = base[:-2] + "ying" if base.endswith("ie") else f"{stem}ing"
    if base in VERBS:
        return (base, present, gerund, *VERBS[base][1:])
    past = base[:-1] + "ied" if re.search("[^aeiou]y$", base) else f"{base}d" if base.endswith("e") else f"{stem}ed"
    return (base, present, gerund, past)


def _bases(word: str) -> Iterator[str]:
    """What a word could be the form of; the caller sees whether it is."""
    if word in BASES:
        yield BASES[word]
    if word in WHOLE or word.endswith(("ss", "us", "is")):
        return
    for ending, endings in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and stem and (ending in _Y_ENDINGS or (len(stem) >= 2 and re.search("[aeiouy]", stem))):
            yield from _from_stem(stem, ending, endings)


def _from_stem(stem: str, ending: str, endings: tuple[str, ...]) -> Iterator[str]:
    doubled = ending in {"ed", "ing"} and len(stem) > 3 and stem[-1] == stem[-2]
    if doubled and stem[-1] in "bdgklmnprtv":
        yield stem[:-1]
    if doubled and stem[-1] not in "ls":
        return
    for last in endings:
        barred = {"e": _NEVER_E, "": _ALWAYS_E}.get(last)
        if ending not in {"ed", "ing"} or not (barred and barred.search(stem)):
            yield stem + last

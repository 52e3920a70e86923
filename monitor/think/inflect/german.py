"""A German name or term becomes its forms: genitives and plurals of nouns, endings of adjectives and verbs."""

import re
from collections.abc import Iterator

from monitor.think.inflect.words import NAMES, is_fixed, is_latin

_HISSING = re.compile("(?:[sßxz]|ce)$")
_ADJECTIVE = re.compile(
    "^[a-zäöüß-]*(?:isch|lich|ig|sam|bar|los|haft"
    "|ell|iv|al|är|weit|frei|reich|iert|end|eten|ert|igt|[^aeiou]t|arz|eiß|rot|grün"
    "|hoh|neu|alt|groß|klein|nah|fern|tief|kalt)$"
)
_PARTICIPLE = re.compile("^(?:an|auf|aus|ab|ein|be|ver|zer|ent|über|unter)?ge.{3,}(?:t|en)$")
_ADJECTIVE_BENT = re.compile("^(.{2,}?)(?:e|er|es|en|em)$")
_ENDINGS = ("", "e", "er", "es", "en", "em")
_OF_TOWN = re.compile("^[A-ZÄÖÜ].+[^aeiou]er$")
_SMALL = frozenset(
    "der die das des dem den von vom zur zum für im in am an auf mit und gegen über ohne aus nach um ums bei".split()
)
_FEMININE = re.compile("(?:ung|heit|keit|schaft|ion|tät|enz|anz|ur|ik)$")
_WEAK = re.compile("(?:ent|ant|ist|oge|soldat|krat|agent|pilot|patriot|ilot)$")
# What a noun takes by its ending; the first that fits.
_NOUNS = (
    (_FEMININE, ("en",)),
    (re.compile("...in$"), ("nen",)),
    (_WEAK, ("en",)),
    (re.compile("e$"), ("n",)),
    (re.compile("(?<![ae])e[rl]$"), ("s", "n")),
    (re.compile("en$|chen$|lein$|[aiouy]$|um$"), ("s",)),
    (re.compile("or$"), ("s", "en")),
    (re.compile("nis$"), ("ses", "se", "sen")),
    (_HISSING, ("es", "e", "en")),
    (re.compile(""), ("s", "es", "e", "en")),
)
# Nouns that have -e in the plural: Systeme, Angriffe, Verträge.
_STRONG = re.compile(
    "(?:em|iff|ag|äg|ug|üg|ieg|akt|ment|iv|at|ekt|schlag|schläg|jet|schiff|opter|ziel|bot|spiel|punkt|plan)$"
)
_SEPARABLE = re.compile(
    "^(ab|an|auf|aus|bei|ein|fest|her|hin|los|mit|nach|nieder|vor|weg|zu|zurück|zusammen)(?=.{4})(?!e?n$)"
)
_BARE = re.compile("^(?:be|ent|er|ge|miss|ver|zer|über|unter|wider)")


def bend(words: tuple[str, ...], kind: str) -> Iterator[str]:
    """The forms of a name or term in German."""
    if kind == "person":
        yield from _add_s(words)
    elif len(words) == 1:
        yield from _bend_word(words[0], kind)
    else:
        yield from _bend_phrase(words, kind)


def query_forms(word: str) -> Iterator[str]:
    """The forms of a word, however it is bent and written in small letters or not."""
    if is_fixed(word) or not word.isalpha():
        return
    small = word.lower()
    stems = {small}
    for ending in ("innen", "en", "es", "er", "em", "n", "s", "e"):
        stem = small.removesuffix(ending)
        if stem != small and len(stem) >= 4:
            stems.add(stem)
    for stem in sorted(stems):
        if _ADJECTIVE.match(stem) or _PARTICIPLE.match(stem):
            every = {stem + ending for ending in _ENDINGS}
        elif word[:1].isupper() or not stem.endswith(("en", "ern", "eln")) or _WEAK.search(stem[:-2]):
            every = {stem, *noun(stem)}
        else:
            every = {stem, *noun(stem), *(() if _FEMININE.search(stem[:-2]) else verb(stem))}
        if small in every:
            yield from every


def _bend_word(word: str, kind: str) -> Iterator[str]:
    if not word.islower() and stays(word):
        return
    bent = _ADJECTIVE_BENT.match(word)
    if word.islower() and _ADJECTIVE.match(word) and not word.endswith("en"):
        yield from (word + ending for ending in _ENDINGS)
    elif word.islower() and bent and _ADJECTIVE.match(bent.group(1)):
        yield from (bent.group(1) + ending for ending in _ENDINGS)
    elif kind in NAMES:
        yield from _add_s((word,))
    elif word.islower() and word.endswith("n"):
        yield from verb(word)
    elif word[:1].isupper():
        yield from noun(word)
        yield from _singulars(word)


def _add_s(words: tuple[str, ...]) -> Iterator[str]:
    yield from (" ".join((*words[:-1], form)) for form in _named(words[-1]))


def _named(word: str) -> tuple[str, ...]:
    """The genitive of a name; those of people of a place take the dative plural too."""
    if stays(word) or _HISSING.search(word):
        return ()
    return (f"{word}s", f"{word}n") if re.search("[^aeiou]er$|[^i]e$", word) else (f"{word}s",)


def noun(word: str) -> tuple[str, ...]:
    """What a noun can become by its ending; the umlaut of plurals vanishes in folding anyway."""
    small = word.lower()
    endings = next(endings for ending, endings in _NOUNS if ending.search(small))
    return tuple(word + ending for ending in endings)


def _singulars(word: str) -> Iterator[str]:
    """The noun that a plural comes from: Sanktionen, Raketen."""
    for ending in ("en", "n", "e"):
        stem = word.removesuffix(ending)
        plain = stem.endswith("e") if ending == "n" else (_FEMININE if ending == "en" else _STRONG).search(stem)
        if stem != word and len(stem) >= 4 and plain and word in noun(stem):
            yield stem
            yield from noun(stem)


def verb(infinitive: str) -> tuple[str, ...]:
    """The commonest forms of a regular verb, one with a prefix that parts included."""
    stem = re.sub("e?n$", "", infinitive)
    e = "e" if re.search("[td]$|[^aeiouhlr][mn]$", stem) else ""
    prefix = found.group() if (found := _SEPARABLE.search(stem)) else ""
    root = stem[len(prefix) :]
    past = root if root.endswith("ier") or _BARE.match(root) else f"ge{root}"
    forms = (infinitive, f"{stem}{e}t", f"{stem}{e}te", f"{stem}{e}ten", f"{prefix}{past}{e}t", f"{infinitive}d")
    return (*forms, f"{prefix}zu{root}en") if prefix else forms


def _bend_phrase(words: tuple[str, ...], kind: str) -> Iterator[str]:
    """Adjectives that lead change their endings, and their noun takes its own; what follows stays."""
    if words[0].lower() in _SMALL:
        return
    at = 0
    while at < len(words) - 1 and _bends_before(words[at], words[at + 1]):
        at += 1
    head = words[at]
    if stays(head):
        heads = {head} if at else set()
    else:
        alone = kind in NAMES and at == 0
        heads = {head, *(_named(head) if alone else (*noun(head), *_singulars(head)))}
    lead = [word if _is_of_town(word) else _ADJECTIVE_BENT.sub(r"\1", word) for word in words[:at]]
    for ending in _ENDINGS[1:] if at else ("",):
        bent = [stem if stem == word else stem + ending for stem, word in zip(lead, words, strict=False)]
        fit = [form for form in sorted(heads) if form == head or ending in {"", "en"} or _fits(head, form)]
        yield from (" ".join((*bent, form, *words[at + 1 :])) for form in fit)


def _fits(head: str, form: str) -> bool:
    """Whether a form can stand after an adjective in another ending than -en: no genitive, no plural in -n."""
    return not form.endswith(("s", "ern", "eln")) or head.endswith("s")


def _is_of_town(word: str) -> bool:
    """Minsker, Donezker: never bent."""
    bent = _ADJECTIVE_BENT.match(word)
    return _OF_TOWN.search(word) is not None and not (bent and _ADJECTIVE.match(bent.group(1).lower()))


def stays(word: str) -> bool:
    """Whether a word is no noun that bends: an abbreviation, a small word, a foreign sign."""
    last = word.rpartition("-")[2]
    return is_fixed(last) or not last.isalpha() or not is_latin(word) or not word[:1].isupper()


def _bends_before(word: str, following: str) -> bool:
    if following.lower() in _SMALL or word.lower() in _SMALL or is_fixed(word):
        return False
    bent = _ADJECTIVE_BENT.match(word)
    named = word[:1].isupper() and not (bent and _ADJECTIVE.match(bent.group(1).lower()))
    return _is_of_town(word) if named else bent is not None

"""A French, Spanish or Italian name or term becomes its forms: plurals, genders, the commonest forms of verbs."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import product, takewhile

from monitor.think.inflect.words import NAMES, is_fixed, is_latin

_COUNTED = frozenset({"weapon", "words", "event", "instrument", "infrastructure", "formation", "agreement"})
_JOINING = {
    "fr": frozenset("de du des d' à au aux en sur contre pour avec et la le les l' un une dans par sans".split()),
    "es": frozenset("de del a al en sobre contra para por con y la el los las un una sin".split()),
    "it": frozenset(
        "di del della dei delle dello degli a al alla in su contro per con e la il lo i gli le un una da senza".split()
    ),
}
Rules = tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]


def _read(rules: Iterable[tuple[str, str]]) -> Rules:
    """Rules as they are written: an ending, and what stands there in turn."""
    return tuple((re.compile(ending), tuple(forms.split(" ")) if forms else ()) for ending, forms in rules)


# The first ending that fits is replaced: nouns and adjectives of the base form.
_WRITTEN_NOUNS = {
    "fr": (
        ("(?:[sxz])$", ""),
        ("(?<=.[^e])al$", "al aux ale ales"),
        ("eau$", "eau eaux"),
        ("(?<=[aeo])u$", "u us ux"),
        ("eux$", "eux euse euses"),
        ("(?<=i)en$", "en ens enne ennes"),
        ("if$", "if ifs ive ives"),
        ("(?<=[éiu])$", " e s es"),
        ("(?<=[ae]n)t$", "t te ts tes"),
        ("ais$", "ais aise aises"),
        ("(?<=[éo])n$", "n ns"),
        ("(?<=a)in$", "in ins ine ines"),
        ("$", " s"),
    ),
    "es": (
        ("(?<=[ai])ón$", "ón ones"),
        ("ón$", "ón ones"),
        ("án$", "án anes ana anas"),
        ("és$", "és eses esa esas"),
        ("ín$", "ín ines"),
        ("z$", "z ces"),
        ("(?<=[aeéiáó])s$", "s"),
        ("(?<=d)or$", "or ores ora oras"),
        ("(?<=[a-zñ])o$", "o os"),
        ("(?<=[aeéáó])$", " s"),
        ("(?<=[lrndj])$", " es"),
        ("$", ""),
    ),
    "it": (
        ("(?<=[^i])co$", "co chi ci"),
        ("ico$", "ico ici ichi"),
        ("go$", "go ghi gi"),
        ("(?<=[^aeou])io$", "io i"),
        ("o$", "o i"),
        ("ca$", "ca che"),
        ("ga$", "ga ghe"),
        ("ista$", "ista isti iste"),
        ("(?<=[eo])ma$", "ma mi"),
        ("(?<=[cg])ia$", "ia ie e"),
        ("a$", "a e"),
        ("e$", "e i"),
        ("$", ""),
    ),
}
_NOUNS = {language: _read(rules) for language, rules in _WRITTEN_NOUNS.items()}
_ADJECTIVES = {
    "es": _read([("(?:o|a|os|as)$", "o a os as")]),
    "it": _read([("(?:o|a|i|e)$", "o a i e")]),
}
_ADJECTIVAL = {
    "es": re.compile(
        "(?:[aieu]d|[iu]st|rus|ian|ean|ic|an|[nt]iv|in|enc|uev|sec|ítim|ére|[éí]\\w+c|tar|nes|liad|aliad|iv|ore)(?:o|a|os|as)$"
    ),
    "it": re.compile("(?:[aiu]t|russ|ian|ean|an|iv|in|es|uov|al|os|in|ic|ead|eat|icc|ess)(?:o|a|i|e)$"),
}
_ADJECTIVE_ENDINGS = {"es": ("o", "a", "os", "as"), "it": ("o", "a", "i", "e")}
_WRITTEN_VERBS = {
    "fr": (
        ("er$", "er e ent é ée és ées ait a èrent ant era"),
        ("(?<=[^vo])ir$", "ir it issent i ie is ies issait irent issant ira"),
        ("(?<=[nrv])dre$", "dre d dent du due dus dues dit dirent dant dra"),
    ),
    "es": (
        ("car$", "car ca can có caron cado cada cados cadas caba cando que queará cará"),
        ("ar$", "ar a an ó aron ado ada ados adas aba ando ará"),
        ("er$", "er e en ió ieron ido ida idos idas ía iendo erá"),
        ("ir$", "ir e en ió ieron ido ida idos idas ía iendo irá"),
    ),
    "it": (
        ("are$", "are a ano ò arono ato ata ati ate ava ando erà"),
        ("ere$", "ere e ono é erono uto uta uti ute eva endo erà"),
        ("ire$", "ire e ono ì irono ito ita iti ite iva endo isce iscono irà"),
    ),
}
_VERBS = {language: _read(rules) for language, rules in _WRITTEN_VERBS.items()}
_RULES = {"nouns": _NOUNS, "adjectives": _ADJECTIVES, "verbs": _VERBS}
_REACH = 4  # letters that the rules look at, at most
# Endings that nouns and verbs share: from them no verb is guessed.
_SHARED = frozenset("a e o i s an en es is it ie ies ent ant ano ono ait iva ivo ida ido ita ito iti".split())
_STEM = 4  # letters at least
_LEMMA_ENDINGS = {
    "fr": ("", "e", "er", "ir", "en", "al", "if", "eau"),
    "es": ("", "o", "a", "e", "ar", "er", "ir", "ón", "án", "z", "és"),
    "it": ("o", "a", "e", "io", "are", "ere", "ire"),
}


def bend(words: tuple[str, ...], language: str, kind: str) -> Iterator[str]:
    """The forms of a name or term in a Romance language; persons, places and organisations have but one."""
    if kind in NAMES and len(words) == 1 and words[0].islower():
        yield from query_forms(words[0], language)  # the adjective or the people of a place
    if kind not in _COUNTED or not is_latin(words[0]):
        return
    if len(words) > 1:
        yield from _bend_phrase(words, language)
    elif kind == "words" and words[0].islower():
        yield from bend_word(words[0], language)
        yield from query_forms(words[0], language)
    elif not is_fixed(words[0]) and words[0].isalpha():
        yield from noun(words[0], language)
        yield from _singulars(words[0], language) if words[0].islower() else ()


def bend_word(word: str, language: str) -> Iterator[str]:
    if is_fixed(word) or not word.isalpha():
        return
    yield from noun(word, language)
    yield from adjective(word, language)
    yield from verb(word, language)


def query_forms(word: str, language: str) -> Iterator[str]:
    """The forms of a word however it is bent: those of every base whose forms it is among."""
    small = word.lower()
    if is_fixed(word) or not small.isalpha():
        return
    yield from bend_word(small, language)
    for cut in range(1, 5):
        stem = small[:-cut]
        if len(stem) < _STEM:
            return
        for base in (stem + ending for ending in _LEMMA_ENDINGS[language]):
            if base == small or any(_is_form(small, base, kind, language) for kind in ("nouns", "adjectives")):
                yield from (base, *noun(base, language), *adjective(base, language))
            elif small[-cut:] not in _SHARED and _is_form(small, base, "verbs", language):
                yield from (base, *verb(base, language))


def _is_form(word: str, base: str, kind: str, language: str) -> bool:
    """Whether a word is a form of a base, without making them all."""
    if not _bends(base, kind, language):
        return False
    ending, forms = _rule(base[-_REACH:], kind, language)
    stem = len(base) - ending
    return word[stem:] in forms and word[:stem] == base[:stem]


def _bends(word: str, kind: str, language: str) -> bool:
    if kind == "verbs":
        return len(word) > 4
    if kind == "nouns":
        return True
    # The ending first: the expression tries every place of the word.
    return word.endswith(_ADJECTIVE_ENDINGS.get(language, ())) and bool(_ADJECTIVAL[language].search(word))


def noun(word: str, language: str) -> tuple[str, ...]:
    return _apply(word, "nouns", language)


def adjective(word: str, language: str) -> tuple[str, ...]:
    return _apply(word, "adjectives", language) if _bends(word, "adjectives", language) else ()


def verb(word: str, language: str) -> tuple[str, ...]:
    return _apply(word, "verbs", language) if _bends(word, "verbs", language) else ()


def _apply(word: str, kind: str, language: str) -> tuple[str, ...]:
    ending, forms = _rule(word[-_REACH:], kind, language)
    stem = word[: len(word) - ending]
    return tuple([stem + form for form in forms])


@lru_cache(50_000)
def _rule(end: str, kind: str, language: str) -> tuple[int, tuple[str, ...]]:
    """How many letters go from the end of a word, and what may stand there: its last letters decide."""
    for ending, forms in _RULES[kind][language]:
        found = ending.search(end)
        if found:
            return (len(end) - found.start(), forms) if forms else (0, ("",))
    return 0, ()


def _bend_phrase(words: tuple[str, ...], language: str) -> Iterator[str]:
    """The other number of a phrase: its common words before the first that joins or names, each in it."""
    lead = tuple(takewhile(lambda word: _counts(word, language), words))
    rest = words[len(lead) :]
    if not lead:
        return
    for several in ([_plurals(word, language) for word in lead], [_singulars(word, language) for word in lead]):
        if all(several):
            yield from (" ".join((*forms, *rest)) for forms in product(*several))


def _counts(word: str, language: str) -> bool:
    return word.islower() and word.isalpha() and word not in _JOINING[language]


def _singulars(word: str, language: str) -> tuple[str, ...]:
    """What a plural can come from: missiles, misiles, missili."""
    cuts = (word[:-cut] + ending for cut in (1, 2) for ending in ("", "o", "e", "a"))
    return tuple(dict.fromkeys(base for base in cuts if len(base) > 2 and word in noun(base, language)[1:]))


def _plurals(word: str, language: str) -> tuple[str, ...]:
    forms = noun(word, language)
    if language == "fr":
        plural = tuple(form for form in forms if form.endswith(("s", "x")) and not form.endswith("es")) or (word,)
        return tuple(form for form in forms if form == f"{word}s") or plural
    return tuple(form for form in forms if form != word) or (word,)

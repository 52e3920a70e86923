"""A Russian or Ukrainian name in Cyrillic becomes its usual spellings in seven languages of the Latin script."""

import re
from functools import lru_cache
from itertools import islice, product, zip_longest

from monitor.think.language import fold

_TARGETS = ("en", "de", "fr", "pl", "es", "it", "tr")
# A line: the letter, then its spellings in the order of the targets; "|" parts variants, "-" is nothing.
_LETTERS = """
а a a a a a a a
б b b b b b b b
в v w v w v v v
г g g g g g g g
ґ g g g g g g g
д d d d d d d d
е e e e e e e e
є ye|ie|e je ie|e je|ie ye|e je|e ye|e
ё yo|e jo|o io jo io jo|io yo
ж zh sch|sh j ż zh zh j
з z s z z z z z
и i i i i i i i
і i i i i i i i
ї i|yi ji|i ï ji i|yi ji|i yi
й y|i j|i ï|i j i j|i y
к k k k k k k k
л l l l l l l l
м m m m m m m m
н n n n n n n n
о o o o o o o o
п p p p p p p p
р r r r r r r r
с s s s s s s s
т t t t t t t t
у u u ou u u u u
ф f f f f f f f
х kh ch kh ch j|kh kh h
ц ts z ts c ts ts|c ts
ч ch tsch tch cz ch ch ç
ш sh sch ch sz sh sh ş
щ shch schtsch chtch szcz shch shch şç
ъ - - - - - - -
ы y y y y i|y y i
ь - - - - - - -
э e e e e e e e
ю yu|iu ju iou ju yu|iu ju yu
я ya|ia ja ia ja ya|ia ja ya
"""
# What a row of letters becomes together, by the language of the name; else as above. Longest first.
_ROWS = """
ru ский$ sky|skiy|skii|ski ski|skij ski|sky ski ski|sky skij|sky|ski ski|skiy
ru цкий$ tsky|tskiy tzki|zki tski|tsky cki tski|tsky tskij|tsky tski|tskiy
ru ый$ y|yy y|yj y|i y y|i yj|y ıy|y
ru ий$ y|iy i|ij i|y ij i|y ij|y iy|i
ru ье ye|ie je ie je ie|ye je ye
ru ьё yev|yo jo io jo io io yo
ru ей$ ei|ey ej|ei eï|ei ej ei|éi ej|ei ey
ru ай ai|ay ai|aj aï aj ai aj|ai ay
ru ой oi|oy oi|oj oï oj oi oj|oi oy
ru ин$ in in ine|in in in in in
ru ге ge|ghe ge gue|ge gie gue|ge ghe|ge ge
ru ги gi gi gui gi gui|gi ghi|gi gi
ru ^е ye|e je|e e|ie je ye|e e|je ye
uk ський$ sky|skyi|skyy|skiy|ski skyj|ski sky|skyi|ski ski|skyj ski|sky skyj|sky|skij ski|skiy|skyy
uk цький$ tsky|tskyi zkyj|tzkyj|zki tsky|tskyi cki tski|tsky tskyj|tsky tski|tskyi
uk ий$ yi|yy|y|iy yj|y y|yi yj|y i|yi yj|y iy|ıy
uk ій$ iy|ii ij i|iï ij i|iy ij iy
uk ьо io|yo jo io io|jo io jo yo
uk ич$ ych|ich ytsch|itsch ytch|itch ycz|icz ych|ich ych|ich iç
uk ін$ in in ine|in in in in in
uk зг zgh zh zgh zh zgh zgh zgh
uk ай ai|ay aj|ai aï aj ai aj|ai ay
uk ей ei|ey ej|ei eï|ei ej ei ej|ei ey
uk г h|g h|g h|g h|g h|g h|g h|g
uk и y|i y|i y|i y|i y|i y|i i|y
uk ^є ye je ie|e je ye je ye
uk ['’ʼ] - - - - - - -
"""
_SINGLE = {
    letter: tuple(tuple(cell.replace("-", "").split("|")) for cell in cells)
    for letter, *cells in map(str.split, _LETTERS.strip().splitlines())
}
_PATTERNS = {
    language: tuple(
        (re.compile(row), tuple(tuple(cell.replace("-", "").split("|")) for cell in cells))
        for owner, row, *cells in map(str.split, _ROWS.strip().splitlines())
        if owner == language
    )
    for language in ("ru", "uk")
}
_VOWELS = frozenset("аеёиоуыэюяіїє")
_SOFTENING = {"ru": frozenset("еиьюяё"), "uk": frozenset("іьюяєї")}
# French and English words that a name in -ин or the like would be taken for.
_ORDINARY = frozenset("marine machine routine cousine racine mine line wine fine pine cabine bassine latine".split())
_MOST = 40
_EACH = 8  # spellings by one language's custom
_TRIED = 256
_SHORTEST = 4


@lru_cache(10_000)
def rank(name: str, language: str) -> tuple[str, ...]:
    """The spellings of a name in Russian ("ru") or Ukrainian ("uk"), one custom for all its words; commonest first."""
    words = name.lower().split()
    customs = [_spell_all(words, language, place) for place in range(len(_TARGETS))]
    found: dict[str, str] = {}
    for spelt in (spelt for row in zip_longest(*customs) for spelt in row if spelt):
        found.setdefault(fold(spelt), spelt)
    kept = [spelt for folded, spelt in found.items() if len(folded) >= _SHORTEST and folded not in _ORDINARY]
    return tuple(kept[:_MOST])


def _spell_all(words: list[str], language: str, place: int) -> list[str]:
    """The commonest spellings first: those that take the fewest second choices."""
    pieces = [piece for word in words for piece in (*_pieces(word, language, place), (" ",))][:-1]
    tried = islice(product(*(list(enumerate(piece)) for piece in pieces)), _TRIED)
    ranked = sorted(tried, key=lambda choice: sum(rank for rank, _ in choice))
    return [_capitalise("".join(part for _, part in choice)) for choice in ranked[:_EACH]]


def _capitalise(spelt: str) -> str:
    return re.sub(r"(?:^|(?<=[ -]))\w", lambda match: match.group().upper(), spelt)


def _pieces(word: str, language: str, place: int) -> list[tuple[str, ...]]:
    pieces: list[tuple[str, ...]] = []
    at = 0
    while at < len(word):
        for pattern, spellings in _PATTERNS[language]:
            found = pattern.match(word, at)
            if found:
                pieces.append(spellings[place])
                at = found.end()
                break
        else:
            pieces.append(_alone(word, at, language, _TARGETS[place]) or _plain(word[at], place))
            at += 1
    return pieces


def _plain(letter: str, place: int) -> tuple[str, ...]:
    return _SINGLE[letter][place] if letter in _SINGLE else (letter,)


def _alone(word: str, at: int, language: str, target: str) -> tuple[str, ...]:
    """How a letter is spelt for the sake of its neighbours, if it is."""
    letter, before, after = word[at], word[at - 1 : at], word[at + 1 : at + 2]
    vowel = before in _VOWELS
    if target == "pl" and (polish := _alone_in_polish(letter, before, after, language)):
        return polish
    if letter == "ё" and before and before in "жчшщ" and target in {"de", "pl"}:
        return ("o",)
    if letter == "е" and vowel and language == "ru":
        return {"en": ("e", "ye"), "de": ("je",), "pl": ("je",), "tr": ("ye",)}.get(target, ("e", "ie"))
    if letter == "с" and vowel and after in _VOWELS and target in {"de", "fr"}:
        return ("ss", "s")
    return ()


def _alone_in_polish(letter: str, before: str, after: str, language: str) -> tuple[str, ...]:
    consonant = before != "" and before not in _VOWELS
    if letter == "л" and after not in _SOFTENING[language]:
        return ("ł",)
    if letter == "е" and language == "ru" and consonant and before not in "жшчщцлр":
        return ("ie",)
    return ({"ю": "iu", "я": "ia"}[letter],) if letter in "юя" and consonant else ()

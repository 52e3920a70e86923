"""Text becomes clean text, folded words with their places, and the language it is written in."""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate, compress, count
from operator import add
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# Control characters but for tab and newline, lone surrogates, non-characters, marks that turn the reading direction.
_UNCLEAN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]")
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")

_APOSTROPHES = "'’‘ʼ‛`´＇ʹ"
_POSSESSIVE = re.compile(f"[{_APOSTROPHES}][sS](?!\\w)")
_JOINING = "\u0400-\u05ff"  # Cyrillic, Armenian, Hebrew: an apostrophe within a word parts nothing
_INNER = re.compile(f"[{_APOSTROPHES}](?<=[{_JOINING}].)(?=[{_JOINING}])")

# What differs from taking a letter apart and dropping its accents.
_LETTERS = {
    **{letter: letter for letter in "йїўґ"},
    **dict(zip("øłđħıŧ", "oldhit", strict=True)),
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    "ð": "d",
    "\u0345": "ι",
    # Arabic, and the letters that Persian and Urdu write in their own way.
    **dict.fromkeys("أإآٱ", "ا"),
    **dict.fromkeys("ىیېےۍ", "ي"),
    **dict.fromkeys("ةۀہھۃە", "ه"),
    "ک": "ك",
    "ؤ": "ؤ",
    "ئ": "ئ",
    "ۓ": "ي",
}
# Letters, digits and the space that stay as they are once in lower case; all others are looked up one by one.
_UNUSUAL = re.compile("[^ 0-9A-Za-zА-Яа-яЄІЇҐєіїґابتثجحخدذرزسشصضطظعغفقكلمنهوي]")
_MANY = 40  # different ones: from there on (Chinese, Japanese) one pass over all is faster than one pass for each

# Where a mark changes how a letter sounds and not which word it is. Beyond them (Indic, Thai, …) it is a vowel.
_ACCENTS = (
    (0x0300, 0x08FF),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20FF),
    (0xFE00, 0xFE2F),
    (0xE0100, 0xE01EF),
)
# Scripts written without spaces, and Korean, whose particles lean on the word: every character is a word of its own.
_ALONE = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF),
    (0x3005, 0x3007), (0x3040, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF),
    (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0x20000, 0x3FFFF),
)  # fmt: skip
# Letters to us, yet separators to SQLite's tokeniser: a word of them alone could never be found in the index.
_UNINDEXED = ((0x19B0, 0x19C9), (0x1CF2, 0x1CF3))

# Written in Latin letters and often enough in the news to be told apart; more of them make short texts worse.
# fmt: off
_LATIN = frozenset({
    "af", "az", "ca", "cs", "da", "de", "en", "es", "et", "fi", "fr", "hr", "hu", "id", "it", "lt", "lv",
    "ms", "nl", "no", "pl", "pt", "ro", "sk", "sl", "sq", "sv", "sw", "tl", "tr", "vi",
})
# fmt: on
_CYRILLIC = frozenset({"ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "tg", "mn", "tt"})
_ARABIC = frozenset({"ar", "fa", "ur", "ps", "ug", "sdh"})
_ALIASES = {"ua": "uk", "cz": "cs", "iw": "he", "in": "id", "nb": "no", "nn": "no", "jp": "ja", "cn": "zh", "sdh": "ku"}
SCRIPTS = {
    "latin": re.compile("[A-Za-zÀ-ɏḀ-ỿ]"),
    "cyrillic": re.compile("[Ѐ-ԯ]"),
    "arabic": re.compile("[ؠ-يٮ-ە]"),
    "el": re.compile("[Ͱ-Ͽ]"),
    "he": re.compile("[א-ת]"),
    "hy": re.compile("[Ա-և]"),
    "ka": re.compile("[ა-ჿ]"),
    "hi": re.compile("[ऄ-ह]"),
    "th": re.compile("[ก-ฮ]"),
    "ko": re.compile("[가-힣]"),
    "ja": re.compile("[ぁ-ヺ]"),
    "zh": re.compile("[㐀-鿿]"),
}
# Letters that only one of the languages of a script has; the first that the text holds most of wins.
_OWN = {
    "cyrillic": (
        ("be", "ўЎ"),
        ("uk", "їєґЇЄҐ"),
        ("sr", "љњђћЉЊЂЋ"),
        ("mk", "ѓќѕЃЌЅ"),
        ("kk", "әғқңұһӘҒҚҢҰҺ"),
        ("ru", "ыэёЫЭЁ"),
    ),
    "arabic": (("ur", "ٹڈڑےں"), ("ps", "ټډړښځڅ"), ("ku", "ێۆڵڕ"), ("fa", "پچژگیک"), ("ar", "ةىيكأإ")),
}
_SAMPLE = 500  # characters
# Tuned on titles and texts in seven languages, with right, wrong and missing declarations: how many times likelier
# a language is for being declared, and the letters below which the declaration alone decides.
_DECLARED = 5.0
_ENOUGH = 20


def clean(text: str) -> str:
    """Compose the letters, and leave out what no reader sees and no database takes."""
    if not text.replace("\n", "").isprintable():  # else there is nothing to leave out, which is soon seen
        text = _UNCLEAN.sub("", _LINE_ENDS.sub("\n", text))
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Lower the case and drop the accents; whatever belongs to no word becomes a space."""
    lowered = _settle_apostrophes(text).casefold()
    unusual = set(_UNUSUAL.findall(lowered))
    if len(unusual) > _MANY:
        return lowered.translate(_FOLDS)
    # Letters that keep themselves go first, lest they be folded again where another became one.
    for letter in sorted(unusual, key=lambda letter: letter not in _FOLDS[ord(letter)]):
        lowered = lowered.replace(letter, _FOLDS[ord(letter)])
    return lowered


def script_of(language: str) -> str:
    """The script that a language (ISO 639-1) is written in; one that no other uses is called as the language."""
    if language in _CYRILLIC:
        return "cyrillic"
    if language in _ARABIC:
        return "arabic"
    return language if language in SCRIPTS else "latin"


@dataclass(frozen=True)
class Words:
    """The folded words of a text; their places in it are worked out when first asked for."""

    text: str
    folded: str
    tokens: tuple[str, ...]

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Where the words from `first` to `last` stand in the text."""
        end = self._origin(self._starts[last] + len(self.tokens[last]) - 1) + 1
        while end < len(self.text) and unicodedata.combining(self.text[end]):
            end += 1  # an accent that was folded away belongs to its letter
        return self._origin(self._starts[first]), end

    def before(self, place: int) -> int:
        """How many words begin before a place in the text."""
        return bisect_left(self._starts, place, key=self._origin)

    @cached_property
    def _starts(self) -> list[int]:
        """Where each word begins in the folded text."""
        pieces = self.folded.split(" ")  # empty where several spaces stand in a row
        starts = map(add, accumulate(map(len, pieces), initial=0), count())
        return list(compress(starts, pieces))

    @cached_property
    def _uneven(self) -> "_Uneven":
        return _find_uneven(_settle_apostrophes(self.text))

    def _origin(self, at: int) -> int:
        starts, sizes, places, grown = self._uneven
        last = bisect_right(starts, at) - 1
        inside = last >= 0 and at < starts[last] + sizes[last]
        return places[last] if inside else at - grown[last + 1]


def words(text: str) -> Words:
    """Part a text into folded words."""
    folded = fold(text)
    return Words(text, folded, tuple(folded.split()))


def tokens(text: str) -> tuple[str, ...]:
    """Folded words, in order."""
    return tuple(fold(text).split())


def indexable(text: str) -> str:
    """Folded words parted by single spaces: what the full-text index keeps."""
    return " ".join(fold(text).split())


class _Uneven(NamedTuple):
    """The characters that folding made none or several of."""

    starts: list[int]  # in the folded text
    sizes: list[int]  # there
    places: list[int]  # in the text itself
    grown: list[int]  # by how much the folded text is longer before each, and after all


def _find_uneven(settled: str) -> _Uneven:
    letters = [letter for letter in set(_UNUSUAL.findall(settled)) if len(_FOLDS[ord(letter)]) != 1]
    if not letters:
        return _Uneven([], [], [], [0])
    places = [match.start() for match in re.finditer(f"[{re.escape(''.join(letters))}]", settled)]
    sizes = [len(_FOLDS[ord(settled[place])]) for place in places]
    grown = list(accumulate((size - 1 for size in sizes), initial=0))
    return _Uneven([place + growth for place, growth in zip(places, grown, strict=False)], sizes, places, grown)


def _settle_apostrophes(text: str) -> str:
    """Part or join the words around apostrophes, without changing the text's length."""
    if not any(apostrophe in text for apostrophe in _APOSTROPHES):
        return text
    parted = _POSSESSIVE.sub(
        "  ", text
    )  # of Russia's the s is none; d'Ukraine is two words, as an apostrophe is no letter
    return _INNER.sub("\xad", parted)  # зв'язок, ג'ורג' are one word each


class _Folds(dict[int, str]):
    """What each character becomes; worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_character(chr(code))
        return folded


def _fold_character(character: str) -> str:
    code = ord(character)
    category = unicodedata.category(character)
    if category == "Cf" or code == 0x0640:
        return " " if code in {0x200B, 0x200C} else ""  # parted words; bidi marks, soft hyphens and tatweel vanish
    if character in _LETTERS:
        return _LETTERS[character]
    if category[0] == "M":
        return "" if _within(code, _ACCENTS + _ALONE) else character
    if not _spells(character) or _within(code, _UNINDEXED):
        return " "
    composed = unicodedata.normalize("NFKC", character)
    return (
        f" {' '.join(filter(str.isalnum, composed))} " if _within(ord(composed[0]), _ALONE) else _fold_letter(character)
    )


def _fold_letter(letter: str) -> str:
    lowered = letter.casefold()
    if lowered in _LETTERS:
        return _LETTERS[lowered]
    if unicodedata.category(letter) == "Nd":
        return str(unicodedata.digit(letter))
    parts = unicodedata.normalize("NFKD", lowered).casefold()
    return "".join(_LETTERS.get(part, part if _spells(part) else " ") for part in parts if not _stretches(part))


def _spells(part: str) -> bool:
    return part.isalnum() and part not in _APOSTROPHES


def _stretches(part: str) -> bool:
    """Whether a piece of a letter is only an accent, or the line that draws Arabic words out."""
    return part == "\u0640" or (_within(ord(part), _ACCENTS) and not part.isalnum())


def _within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= code <= last for first, last in ranges)


_FOLDS = _Folds()


def detect(text: str, declared: str = "") -> str:
    """Tell the language (ISO 639-1) by script, then by letters of its own, then by statistics; "" if nothing tells."""
    sample = text[:_SAMPLE]
    claim = declared.strip().lower().replace("_", "-").partition("-")[0]
    claim = _ALIASES.get(claim, claim)
    counts = {script: len(letters.findall(sample)) for script, letters in SCRIPTS.items()}
    counts["zh"] *= 2  # a character says as much as two letters
    script = max(counts, key=counts.__getitem__)
    if not counts[script]:
        return claim
    if script == "zh":
        return "ja" if counts["ja"] or claim == "ja" else "zh"
    if script in _OWN:
        return _by_own_letters(script, sample) or _by_statistics(
            sample, claim, _CYRILLIC if script == "cyrillic" else _ARABIC
        )
    if script == "latin":
        return claim if claim and counts[script] < _ENOUGH else _by_statistics(sample, claim, _LATIN)
    return script


def _by_own_letters(script: str, sample: str) -> str:
    counts = {language: sum(map(sample.count, letters)) for language, letters in _OWN[script]}
    language = max(counts, key=counts.__getitem__)
    return language if counts[language] else ""


def _by_statistics(sample: str, claim: str, candidates: frozenset[str]) -> str:
    ranked: dict[str, float] = {
        _ALIASES.get(language, language): share
        for language, share in _identifier().rank(sample)
        if language in candidates
    }
    if claim in ranked:
        ranked[claim] *= _DECLARED
    return max(ranked, key=ranked.__getitem__)


@cache
def _identifier() -> "LanguageIdentifier":
    """A third of the model's languages, and so of its largest table: the others are never asked for."""
    from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - half a second and 60 MB
    from py3langid.modelio import load_model  # noqa: PLC0415

    shares, priors, names, moves, rows, found = load_model(MODEL_DIR / MODEL_FILE)
    asked = [place for place, name in enumerate(names) if _ALIASES.get(name, name) in _LATIN | _CYRILLIC | _ARABIC]
    return LanguageIdentifier(
        shares.take(asked, axis=1),
        priors.take(asked),
        [names[place] for place in asked],
        moves,
        found,
        norm_probs=True,
        tk_row=rows,
    )

"""An article's title and text become counted terms: words cut to their stems, pairs of them, and where they stand."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from monitor.think.language import tokens

TITLE, NAME, PAIR = 1, 2, 4  # where a term stands, or what it is, as bits

# Tuned on English and Vietnamese articles whose events are known: what a word counts for in the title and in the
# lead, where one in the body counts 1; what follows a text's first pages tells more of its outlet than of its event.
TITLE_WORTH = 4
LEAD_WORDS = 60
MAX_TITLE = 1_000  # characters
MAX_TEXT = 4_000

_CAPITAL = r"[^\W\d_a-zß-öø-ÿа-џґ]\w+"
# A capital within a sentence makes a name; at its beginning it says nothing, and in titles little.
_NAME = re.compile(rf"(?<=[\w,;:’'] ){_CAPITAL}(?:[ -]{_CAPITAL})*")
_CASELESS = re.compile("[\u0590-\u08ff\u0900-\u1fff\u3040-\ud7a3]")  # scripts without capitals: nothing to look for
# Languages of short words, each a syllable: only two of them together make what others call a word.
SYLLABIC = frozenset({"vi", "zh", "ja", "ko", "th", "lo", "my", "km"})
_VOWELS = "aeiouyаеиоуыэюяєіїйьъ"
_STEM = 6  # letters
_ODD = np.uint32(0x9E3779B1)


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """The terms of an article, each once, by their digests."""

    language: str
    digests: NDArray[np.uint32]
    times: NDArray[np.float64]  # in title, lead and body, weighed
    zones: NDArray[np.uint8]  # bits
    words: int  # of the text


def terms_of(title: str, text: str, language: str) -> Terms:
    """Count an article's terms."""
    head, body = tokens(title[:MAX_TITLE]), tokens(text[:MAX_TEXT])
    numbers = {word for word in {*head, *body} if word[0].isdigit()}
    named = _digests([*_names(text[:MAX_TEXT]), *numbers], language)
    first, rest = _digests(head, language), _digests(body, language)
    words, times = np.unique(
        np.concatenate((rest, rest[:LEAD_WORDS], np.repeat(first, TITLE_WORTH))), return_counts=True
    )
    pairs, together = np.unique(np.concatenate((_pairs(first), _pairs(rest))), return_counts=True)
    alone = ~np.isin(pairs, words)  # digests that meet by chance count once
    pairs, together = pairs[alone], together[alone]
    zones = np.where(np.isin(words, first), TITLE, 0) | np.where(np.isin(words, named), NAME, 0)
    return Terms(
        language,
        np.concatenate((words, pairs)),
        np.concatenate((times, together)).astype(np.float64),
        np.concatenate((zones, np.full(len(pairs), PAIR))).astype(np.uint8),
        len(body),
    )


@lru_cache(maxsize=1 << 16)
def digest(term: str) -> int:
    """What a term is known by; of a million terms one in some thousands shares it with another."""
    return crc32(term.encode("utf-8", "surrogatepass"))


def _digests(words: Collection[str], language: str) -> NDArray[np.uint32]:
    """The digests of the stems of words."""
    known = digest if language in SYLLABIC else _of_stem if language == "en" else _of_cut
    return np.fromiter(map(known, words), np.uint32, len(words))


def _pairs(stems: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The digests of words that stand together, made of those of the words."""
    mixed: NDArray[np.uint32] = (stems[:-1] * _ODD) ^ (stems[1:] + _ODD)
    spread: NDArray[np.uint32] = (mixed ^ (mixed >> np.uint32(15))) * _ODD
    return spread ^ (spread >> np.uint32(13))


def _names(text: str) -> set[str]:
    if _CASELESS.search(text[:200]):
        return set()
    return set(tokens(" ".join(_NAME.findall(text))))


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """An English word without its endings, roughly: what counts is that its forms meet, not that they look well."""
    if len(word) <= 3 or word[0].isdigit():
        return word
    for ending, shortest, instead in _ENDINGS:
        if len(word) > shortest and word.endswith(ending):
            word = word.removesuffix(ending) + instead
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


_ENDINGS = (
    ("ies", 4, "y"), ("sses", 5, "ss"), ("ss", 4, "z"), ("us", 4, "uz"), ("s", 4, ""), ("uz", 4, "us"), ("z", 4, "ss"),
    ("ing", 5, ""), ("ed", 5, ""), ("ly", 5, ""), ("e", 3, ""),
)  # fmt: skip


@lru_cache(maxsize=1 << 16)
def cut(word: str) -> str:
    """A word of another language than English cut to where its endings begin, about."""
    if len(word) <= 3 or word[0].isdigit():
        return word
    short = word[:_STEM]
    return short.rstrip(_VOWELS) if len(word) <= _STEM and len(short.rstrip(_VOWELS)) > 2 else short


@lru_cache(maxsize=1 << 16)
def _of_stem(word: str) -> int:
    return digest(stem(word))


@lru_cache(maxsize=1 << 16)
def _of_cut(word: str) -> int:
    return digest(cut(word))

"""A text becomes its script, and its languages where it has several."""

from collections import Counter

from monitor.think.language import SCRIPTS, detect

# ISO 15924; "Kana" stands for Japanese until the Chinese characters in it are counted too.
_CODES = {
    "latin": "Latn", "cyrillic": "Cyrl", "arabic": "Arab", "el": "Grek", "he": "Hebr", "hy": "Armn", "ka": "Geor",
    "hi": "Deva", "th": "Thai", "ko": "Hang", "ja": "Kana", "zh": "Hani",
}  # fmt: skip
RIGHT_TO_LEFT = frozenset(("Arab", "Hebr"))
_SAMPLE = 500  # characters
_MIXED = 600  # characters: a shorter text has one language
_PROBE = 250
_TELLING = 80  # characters of a paragraph that tell its language
_PARAGRAPHS = 60
_STRETCH = 0.15  # share of a text that makes a language one of its own


def script_of(text: str) -> str:
    """The script that most of a text is written in, as ISO 15924 has it; "" when it has no letters that we know."""
    sample = text[:_SAMPLE]
    counts = {_CODES[script]: len(letters.findall(sample)) for script, letters in SCRIPTS.items()}
    if counts["Kana"]:
        counts["Jpan"] = counts.pop("Kana") + counts.pop("Hani")
    script = max(counts, key=counts.__getitem__)
    return script if counts[script] else ""


def languages_of(text: str, language: str, declared: str = "") -> tuple[str, ...]:
    """Of a text in several languages, those that long stretches are in, the one of most first; else nothing.

    `language` is that of its beginning.
    """
    # Texts in two languages have one behind the other; where the end is as the beginning, no more is asked.
    if len(text) < _MIXED or detect(text[-_PROBE:], declared or language) in ("", language):
        return ()
    said: Counter[str] = Counter()
    for paragraph in text.split("\n\n")[:_PARAGRAPHS]:
        if len(paragraph) >= _TELLING:
            said[detect(paragraph, declared)] += len(paragraph)
    least = _STRETCH * said.total()
    found = tuple(language for language, size in said.most_common() if language and size > least)
    return found if len(found) > 1 else ()


def language_apart(title: str, script: str) -> str:
    """The language of a title that is in another script than its text; "" where it is in the same, or says nothing."""
    own = script_of(title)
    return detect(title) if own and script and own != script else ""

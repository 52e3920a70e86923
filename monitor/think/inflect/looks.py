"""A word's letters tell which languages of the Latin script it cannot be of."""

import re

_DOUBLES = "bb|dd|ff|gg|hh|jj|kk|ll|mm|pp|rr|ss|tt|vv|zz|ww|cc"
# Letters and rows of letters that a language does not write, or only in words it has from others.
_FOREIGN = {
    "en": "[^a-z]|sch[ltmnw]|szcz|[^ct]z[kwdt]|[kw]j",
    "de": "[^a-zäöüß]|c(?![hk])|(?<!s)sh|[^aeiouäöü]y$|sz|cz|[iou]w|ioni|q(?!u)",
    "fr": "[^a-zàâæçéèêëîïôœùûüÿ]|w|k(?!$)|sh|sz|cz|j[ktsmn]|[aio]$|[^aeiouy]{4}",
    "es": "[^a-záéíóúüñ]|[kw]|th|sh|ph|sz|cz|(?:bb|dd|ff|gg|mm|pp|ss|tt|zz)|[^aeiouáéíóúnsldrzj]$",
    "it": "[^a-zàèéìíòóùú]|[jkwxy]|th|sh|ph|sz|cz|[^aeioàèéìòù]$|tion",
    "pl": f"[^a-ząćęłńóśźż]|[qvx]|th|sh|ph|oo|ee|ou|ea|uy|ey|tion|ough|[aeo]y|(?:{_DOUBLES})",
    "tr": "[^a-zçğıöşüâîû]|[qwx]|th|sh|ch|ck|ph|sz|cz|[bcdg]$|^[^aeıioöuü]{3}|[^aeıioöuü]{4}"
    "|[aeıioöuü][aeıioöuü](?<!aa)(?<!ii)",
}
_PATTERNS = {language: re.compile(pattern) for language, pattern in _FOREIGN.items()}


def may_be(word: str, language: str) -> bool:
    """Whether a language could have the word."""
    return _PATTERNS[language].search(word.replace("İ", "i").lower()) is None

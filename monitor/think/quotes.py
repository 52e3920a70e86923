"""A text becomes what is quoted in it, in the quotation marks of any language."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from monitor.think.language import tokens

# Opening and closing marks; a quotation ends within its paragraph. „ closes with “ or ”, “ with ”, and so on.
_PAIRS = (
    ("„", '“”„"'),
    ("“", "”"),
    ("«", "»"),
    ("»", "«"),
    ("‹", "›"),
    ("「", "」"),
    ("『", "』"),
    ("”", "”"),
    ('"', '"'),
)
_QUOTED = re.compile(
    "|".join(
        rf"{re.escape(first)}([^{re.escape(first + last)}\n]{{8,600}})[{re.escape(last)}]" for first, last in _PAIRS
    )
)
LEAST = 4  # words: fewer are a name or a term in quotation marks
_LEAST_UNSPACED = 8  # characters, in scripts that do not part words


class Quote(NamedTuple):
    """What is quoted, and its folded words."""

    text: str
    words: tuple[str, ...]
    start: int  # within the text, behind the mark
    end: int


def quotes(text: str) -> Iterator[Quote]:
    """What a text quotes, in order."""
    for found in _QUOTED.finditer(text):
        group = found.lastindex or 0
        said = found[group].strip()
        words = tokens(said)
        unspaced = bool(words) and sum(map(len, words)) < 2 * len(words)
        if len(words) >= (_LEAST_UNSPACED if unspaced else LEAST):
            start = found.start(group) + len(found[group]) - len(found[group].lstrip())
            yield Quote(said, words, start, start + len(said))

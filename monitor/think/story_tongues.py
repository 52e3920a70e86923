"""An article becomes the terms that other languages share: names and words by their sound, amounts, entities."""

from collections import Counter
from collections.abc import Collection

import numpy as np

from monitor.think.language import tokens
from monitor.think.numbers import amounts
from monitor.think.sounds import sounds
from monitor.think.story_terms import MAX_TITLE, NAME, PAIR, TITLE, TITLE_WORTH, Terms, digest

ALL = "*"  # stands for the language of these terms: how rare they are is counted in the articles of all languages
_KINDS = {"#": NAME, "@": NAME, "&": PAIR}  # of a term, by its mark: a matter stands where other terms have pairs
_READ = 1_500  # characters of a text: what it begins with says which event it tells
NAMED = 2  # what an entity counts for, however often it is named
_SHORTEST = 4  # letters of a word that has a sound


def shared_terms(
    title: str, text: str, language: str, names: Collection[str] = (), matters: Collection[str] = ()
) -> Terms:
    """Count what an article says in every language alike.

    `names` are the ids of the entities that it names, `matters` those of lists of words that it has a word of: they say
    in many languages what a strike is, or a summit.
    """
    head, body = _said(title[:MAX_TITLE], language), _said(text[:_READ], language)
    counted = Counter(body)
    for term in head:
        counted[term] += TITLE_WORTH
    for mark, ids in (("@", names), ("&", matters)):
        for id_ in ids:
            counted[mark + id_] += NAMED
    digests = [digest(ALL + term) for term in counted]
    zones = [TITLE * (term in head) | _KINDS.get(term[0], 0) for term in counted]
    times = np.fromiter(counted.values(), np.float64, len(counted))
    return Terms(ALL, np.array(digests, np.uint32), times, np.array(zones, np.uint8), counted.total())


def _said(text: str, language: str) -> list[str]:
    """The sounds of a text's words, and its amounts."""
    words = [word for word in tokens(text) if len(word) >= _SHORTEST and word.isalpha()]
    heard = [sound for word in words for sound in sounds(word, language)]
    return heard + [f"#{amount.value:g}" for amount in amounts(text)]

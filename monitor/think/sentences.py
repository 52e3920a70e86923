"""A text becomes its sentences, each with its place; a sentence becomes the stems of the words that say something."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from monitor.think.excerpt import BREAK
from monitor.think.language import tokens

_STEM = 6  # letters: inflected forms of a word mostly agree on so many
_PARAGRAPH = re.compile(r"[^\n]+")
# Words that every text holds say nothing of what it is about. Longer ones of several languages; those of up to three
# letters are left out in scripts with letters anyway.
_EMPTY = frozenset(
    """
    that this with from have been were will would could should their there they them then than when what which while
    about after also before because between being both during each even every into just like made make many more most
    much only other over said says same some such through under until very your whose where those these against
    according among told still since however told since today year years week weeks month months
    nicht eine einer einem einen eines auch sich wird wurde wurden werden nach über sind haben hatte hatten sein seine
    seiner kann können mehr noch dass durch aber oder wenn sagte laut beim sowie
    dans pour avec plus sont cette leur leurs mais elle elles nous vous être avoir fait comme aussi après avant entre
    sans sous selon depuis lors même tout tous toute toutes
    para como pero este esta estos estas sobre entre desde hasta cuando donde también según durante había tiene sido
    della delle degli dello nella nelle sono stato stata anche come dopo prima hanno essere questo questa sulla dalla
    jest oraz jako przez także który która które był była było będzie tego tych według został została również może
    który jego jego które если чтобы который которая которые которых также этого этой было были будет быть более после
    перед через между когда только уже или еще ещё его они она оно как для что это при под над без сказал заявил
    сообщил сообщает словам который якого який яка які також цього буде було були після через між коли тільки щоб
    якщо або його вони вона воно для при над без сказав заявив повідомив
    التي الذي هذا هذه ذلك على إلى الى بعد قبل كان كانت وقال قال كما أنه انه بين حول خلال عند غير فيما وفي منذ
    """.split()
)
_EMPTY_STEMS = frozenset(word for text in _EMPTY for word in tokens(text))


class Sentence(NamedTuple):
    """A sentence, as it stands in its text from `start` to `end`."""

    text: str
    start: int
    end: int


def sentences(text: str) -> Iterator[Sentence]:
    """The sentences of a text, in order."""
    for paragraph in _PARAGRAPH.finditer(text):
        start, end = paragraph.span()
        cuts = [found.end() for found in BREAK.finditer(text, start, end)]
        for first, last in zip([start, *cuts], [*cuts, end], strict=True):
            said = text[first:last]
            left = len(said) - len(said.lstrip())
            bare = said.strip()
            if bare:
                yield Sentence(bare, first + left, first + left + len(bare))


def stems(text: str) -> list[str]:
    """The beginnings of the words that say what a text is about, in order."""
    return [stem for word in tokens(text) if (stem := stem_of(word))]


def stem_of(word: str) -> str:
    """The beginning of a folded word; empty for one that says nothing."""
    if not word or word.isdigit():
        return word
    if word in _EMPTY_STEMS or (len(word) <= 3 and word[0] < "\u0e00"):  # beyond: scripts whose characters are words
        return ""
    return word[:_STEM]

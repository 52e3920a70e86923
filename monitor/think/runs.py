"""The words, phrases and prefixes of a query become runs: what may stand at each place, in which languages."""

from collections.abc import Mapping

from monitor.think.entities import Entities
from monitor.think.language import tokens
from monitor.think.needles import spell, words_of
from monitor.think.spelling import Languages
from monitor.think.tree import EntityRef, Part, Phrase, Prefix, Word

# What may stand at one place of a run: words, or beginnings of words, and the languages in which each counts.
Place = Mapping[tuple[str, bool], Languages]
Run = tuple[Place, ...]


def sample_of(part: Part, entities: Entities) -> Run:
    """One of the runs that a part may be written as; none for entities without a name."""
    if not isinstance(part, EntityRef):
        return run_of(part, entities)
    name = next((name.text for id_ in part.ids for name in entities.by_id[id_].names), "")
    return literal(tokens(name), prefix=name.endswith("*"))


def run_of(part: Word | Phrase | Prefix, entities: Entities) -> Run:
    """What a part is written as, place by place."""
    if isinstance(part, Prefix) or part.exact:
        return literal((part.token,) if isinstance(part, Word) else part.words, prefix=isinstance(part, Prefix))
    words = (part,) if isinstance(part, Word) else words_of(part)
    return tuple(_place(spell(word, entities.speller)) for word in words)


def _place(spelled: Mapping[str, Languages]) -> Place:
    return {(run.rstrip("*"), run.endswith("*")): languages for run, languages in spelled.items()}


def literal(words: tuple[str, ...], *, prefix: bool) -> Run:
    """Words as they are, the last one only begun if it is a prefix."""
    last = len(words) - 1
    return tuple({(word, prefix and number == last): None} for number, word in enumerate(words))


def holds(run: Run, wanted: Run) -> bool:
    """Whether a run holds another, wherever in it."""
    return any(fits(run[start : start + len(wanted)], wanted) for start in range(len(run) - len(wanted) + 1))


def fits(run: Run, wanted: Run) -> bool:
    """Whether one run stands wherever another does, from the same word to the same word."""
    return len(run) == len(wanted) and all(map(_covers, wanted, run))


def _covers(wanted: Place, place: Place) -> bool:
    """Whether one of the wanted words stands wherever one of a place does."""
    return all(_is_among(word, begun, languages, wanted) for (word, begun), languages in place.items())


def _is_among(word: str, begun: bool, languages: Languages, wanted: Place) -> bool:  # noqa: FBT001 - of a place
    if not begun and (word, False) in wanted and _reaches(wanted[word, False], languages):
        return True
    return any(
        starts and word.startswith(beginning) and _reaches(reach, languages)
        for (beginning, starts), reach in wanted.items()
    )


def _reaches(reach: Languages, languages: Languages) -> bool:
    return reach is None or (languages is not None and languages <= reach)

"""A story that was told, and what is known of it now, become the reason why it is told again."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime

from monitor.facts import Facts
from monitor.model import Article, Match
from monitor.telling import SEVERITIES, Timing, Told, Update

_NUMBER = re.compile(r"(?<![\w.,:/-])\d[\d.,]*(?<=\d)(?![\w:/-])")
_YEAR = re.compile(r"(?:19|20)\d\d")
NAMED = 5  # of the new entities or numbers, in the reason


def why_again(timing: Timing, told: Told, known: Facts, now: datetime, *, edited: bool = False) -> str:
    """The reasons that a route accepts and that hold, in words; nothing when there is none."""
    return "; ".join(_reasons(timing, told, known, now, edited=edited))


def facts_of(match: Match, article: Article, voices: int, is_entity: Callable[[str], object]) -> Facts:
    """What a match shows of a story: entities in its evidence, and numbers in the headline and the first paragraph."""
    entities = frozenset(found.label for found in match.evidence if is_entity(found.label))
    numbers = frozenset(_NUMBER.findall(f"{article.title}\n{article.lead}"))
    return Facts(
        voices, match.severity, entities, frozenset(number for number in numbers if not _YEAR.fullmatch(number))
    )


def _reasons(timing: Timing, told: Told, known: Facts, now: datetime, *, edited: bool) -> Iterator[str]:
    before = told.alert.facts
    for update, least in timing.updates:
        if update is Update.VOICES and known.voices - before.voices >= least:
            yield f"{known.voices} independent voices, {known.voices - before.voices} more"
        elif update is Update.SEVERITY and SEVERITIES.index(known.severity) > SEVERITIES.index(before.severity):
            yield f"severity raised from {before.severity} to {known.severity}"
        elif update is Update.ENTITY and (new := known.entities - before.entities):
            yield f"new: {_some(new)}"
        elif update is Update.NUMBER and (new := known.numbers - before.numbers):
            yield f"new number: {_some(new)}"
        elif update is Update.EDIT and edited:
            yield "an edit of the article changed its match"
    if timing.repeat_s and (now - told.at).total_seconds() >= timing.repeat_s:
        yield f"it goes on, and was told last on {told.at.isoformat(' ', 'minutes')[:16]} UTC"


def _some(words: frozenset[str]) -> str:
    shown = sorted(words)
    return ", ".join(shown[:NAMED]) + (f" and {len(shown) - NAMED} more" if len(shown) > NAMED else "")

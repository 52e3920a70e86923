"""A verdict becomes sentences that say what kept an article from matching."""

from collections.abc import Iterator
from itertools import islice

from monitor.model import Evidence
from monitor.think.judge import Verdict

# More alternatives than this are not read by anybody.
NAMED = 8


def missing(verdict: Verdict, most: int = 10) -> tuple[str, ...]:
    """What is missing, or what excludes the article, outermost first; nothing for a verdict that holds."""
    return tuple(islice(dict.fromkeys(_missing(verdict)), most))


def _missing(verdict: Verdict) -> Iterator[str]:
    if verdict.held:
        return
    if verdict.label == "all of":
        for child in verdict.children:
            yield from _missing(child)
    elif verdict.label == "not":
        found = [item.found for child in verdict.children for item in _evidence(child)]
        yield f"it holds what excludes it: {_list(found)}"
    elif verdict.children:
        yield f"{verdict.label.rstrip(':')} is missing: {_list([_named(child) for child in verdict.children])}"
    else:
        yield f"{verdict.label} is missing"


def _evidence(verdict: Verdict) -> Iterator[Evidence]:
    yield from verdict.evidence
    for child in verdict.children:
        yield from _evidence(child)


def _named(verdict: Verdict) -> str:
    """A clause in short."""
    if not verdict.children:
        return verdict.label
    inner = ", ".join(_named(child) for child in verdict.children[:3])
    more = ", …" if len(verdict.children) > 3 else ""
    return f"{verdict.label} ({inner}{more})"


def _list(names: list[str]) -> str:
    unique = list(dict.fromkeys(names))
    more = f" and {len(unique) - NAMED} more" if len(unique) > NAMED else ""
    return ", ".join(unique[:NAMED]) + more

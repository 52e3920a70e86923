"""Entities become doubts: names that are another's too, too short to tell, or never found, and needs nobody knows."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from monitor.model import Entity, Name
from monitor.think.entities import WORDS, Entities
from monitor.think.language import tokens

_SHORT = 2  # letters
_LISTED = 3  # names that one doubt quotes
_REFERENCE = re.compile(r"@\S+|[Qq][1-9]\d*", re.ASCII)
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")


class NameDoubt(NamedTuple):
    """A name or need of an entity, what kind of doubt there is about it, and why."""

    entity: str
    kind: str  # unused, ambiguous, short, never, implied, unknown
    term: str
    why: str


def doubt_entities(entities: Entities, asked: Iterable[str]) -> Iterator[NameDoubt]:
    """All doubts about entities, of which topics ask for those in `asked`."""
    used = _with_needs(asked, entities)
    for entity in entities.by_id.values():
        if entity.id not in used:
            yield NameDoubt(entity.id, "unused", f"@{entity.id}", "no topic asks for it, nor for a group that it is in")
        yield from _doubt_names(entity)
        yield from _doubt_needs(entity, entities)
    yield from _find_shared(entities)


def _with_needs(asked: Iterable[str], entities: Entities) -> Collection[str]:
    """Those asked for, and those that they need."""
    used: set[str] = set()
    ahead = list(asked)
    while ahead:
        id_ = ahead.pop()
        if id_ not in used:
            used.add(id_)
            ahead.extend(each for need in entities.by_id[id_].needs for each in entities.find(need))
    return used


def _doubt_names(entity: Entity) -> Iterator[NameDoubt]:
    seen: set[tuple[str, tuple[str, ...], str]] = set()
    short: dict[str, None] = {}
    barred = [tokens(phrase) for phrase in entity.excluded]
    for name in entity.names:
        run = tokens(name.text)
        known = (name.language, run, name.text if name.exact or name.text.endswith("*") else "")
        if known in seen:
            yield NameDoubt(entity.id, "implied", name.text, f"stands among its {name.language} names twice")
        seen.add(known)
        if _is_barred(run, barred):
            yield NameDoubt(entity.id, "never", name.text, "it holds a phrase that the entity's own `not` excludes")
        if len(run) == 1 and len(run[0]) <= _SHORT and entity.kind != WORDS and _is_sure(name, entity):
            short[name.text] = None
    if short:
        why = "so short a word means much else: give it a confidence below 1, and the entity `needs`"
        yield NameDoubt(entity.id, "short", _list(list(short)), why)


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def _is_sure(name: Name, entity: Entity) -> bool:
    """Whether a name counts wherever it stands."""
    return not name.exact and (name.confidence == 1 or not entity.needs)


def is_reachable(entity: Entity) -> bool:
    """Whether an entity has a name that its own exclusions leave."""
    barred = [tokens(phrase) for phrase in entity.excluded]
    return not barred or any(not _is_barred(tokens(name.text), barred) for name in entity.names)


def _is_barred(run: tuple[str, ...], barred: Sequence[tuple[str, ...]]) -> bool:
    """Whether a name holds a phrase in which it does not count, so that it never does."""
    return any(_holds(run, phrase) for phrase in barred)


def _holds(run: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    return any(run[start : start + len(phrase)] == phrase for start in range(len(run) - len(phrase) + 1))


def _doubt_needs(entity: Entity, entities: Entities) -> Iterator[NameDoubt]:
    unsure = [name.text for name in entity.names if name.confidence < 1]
    if unsure and entity.needs and all(entities.find(need) == (entity.id,) for need in entity.needs):
        yield NameDoubt(entity.id, "never", _list(unsure), "it needs only what is the entity itself")
    for need in entity.needs:
        bare = need.removeprefix("@")
        if entities.find(need) or not (_REFERENCE.fullmatch(need) or _is_nearly_known(bare, entities)):
            continue
        like = [f"{bare}, without the @"] if entities.find(bare) else entities.suggest(bare)
        hint = f"; perhaps {like[0]}" if like else ""
        yield NameDoubt(entity.id, "unknown", need, f"no entity or group is called so: it is looked for as words{hint}")


def _is_nearly_known(need: str, entities: Entities) -> bool:
    """Whether something is written like an id, and is a slip away from one."""
    return bool(_SLUG.fullmatch(need) and get_close_matches(need, entities.ids, n=1, cutoff=0.8))


def _find_shared(entities: Entities) -> Iterator[NameDoubt]:
    """Names that are surely this entity's and surely another's."""
    owners: dict[tuple[str, tuple[str, ...]], dict[str, str]] = {}
    for entity in entities.by_id.values():
        for name in entity.names if entity.kind != WORDS else ():
            if _is_sure(name, entity):
                owners.setdefault((name.language, tokens(name.text)), {})[entity.id] = name.text
    pairs: dict[tuple[str, str], list[str]] = {}
    for named in owners.values():
        first, *others = named
        for other in others:
            pairs.setdefault((other, first), []).append(named[other])
    for (other, first), names in pairs.items():
        why = f"@{first} is called so too: give the less likely a confidence below 1, and `needs`"
        yield NameDoubt(other, "ambiguous", _list(names), why)

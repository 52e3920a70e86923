"""What somebody types becomes what it might become: fields, entities, and the values of fields."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from monitor.edge import asked as questions
from monitor.rules import Rules
from monitor.think.entities import WORDS, Entities
from monitor.think.language import fold
from monitor.think.tree import FIELDS
from monitor.web.api.answers import Api
from monitor.web.api.asked import At, Reader
from monitor.web.api.shapes import Shape, name_of
from monitor.web.desk import Desk
from monitor.web.spec import PREFIX

router = APIRouter(prefix=PREFIX, tags=["articles"], route_class=Api)

_ENDS = ' \t\r\n()"+'  # before a word that is being typed
MEANINGS = {
    "title": "in the headline",
    "lead": "in the first paragraph",
    "body": "in the text after it",
    "url": "in the address",
    "site": "on this site, and below it",
    "feed": "seen in this feed",
    "lang": "in this language",
    "author": "by this author",
    "published": "published then: 2021-12-17, >=2021-12, [2021-12-01 TO *]",
    "topic": "that this topic asked for",
    "story": "of the story with this number",
}


class Suggestion(Shape):
    """What may stand in the place of the word that is being typed."""

    text: str = Field(description="What to write")
    kind: Literal["field", "entity", "group", "topic", "feed", "language"]
    about: str


class Suggestions(Shape):
    """They take the place of the query's characters from `start` to `end`."""

    start: int
    end: int
    items: list[Suggestion]


@router.get("/suggestions", summary="What a query that is being typed may go on with")
def suggest(
    desk: At,
    _: Reader,
    q: Annotated[str, Query(max_length=4000)] = "",
    at: Annotated[int | None, Query(ge=0, description="Where the cursor stands; default: at the end")] = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> Suggestions:
    """Fields, entities (by any of their names in any language), topics, feeds and languages."""
    end = min(at, len(q)) if at is not None else len(q)
    start = max((q.rfind(mark, 0, end) for mark in _ENDS), default=-1) + 1
    word = q[start:end].lstrip("-")
    items: list[Suggestion] = []
    for each in _complete(desk, word):
        if len(items) == limit:
            break
        items.append(each)
    return Suggestions(start=end - len(word), end=end, items=items)


def _complete(desk: Desk, word: str) -> Iterator[Suggestion]:
    field, parted, value = word.partition(":")
    if parted:
        yield from _values(desk, field.lower(), value)
        return
    if not word:
        return
    if not word.startswith("@"):
        yield from (
            Suggestion(text=f"{name}:", kind="field", about=MEANINGS.get(name, ""))
            for name in FIELDS
            if name.startswith(word.lower())
        )
    yield from _entities(desk.rules, word.removeprefix("@"))


def _entities(rules: Rules, begun: str) -> Iterator[Suggestion]:
    """Entities and groups whose id, or one of whose names, begins so: shorter names first."""
    seen: set[str] = set()
    for ref in _begun(rules.entities, fold(begun).strip()):
        if ref in seen:
            continue
        seen.add(ref)
        entity = rules.entities.by_id.get(ref)
        if entity is None:
            members = rules.entities.ids[ref]
            yield Suggestion(text=f"@{ref}", kind="group", about=f"a group of {len(members)}")
        elif entity.kind != WORDS:
            yield Suggestion(text=f"@{ref}", kind="entity", about=f"{name_of(ref, rules)}, {entity.kind}")


def _begun(entities: Entities, begun: str) -> Iterable[str]:
    if not begun:
        return ()
    known = _names(entities)
    first = bisect_left(known, (begun, ""))
    found = []
    for name, ref in known[first : first + 2000]:
        if not name.startswith(begun):
            break
        found.append((len(name), name, ref))
    return [ref for _, _, ref in sorted(found)]


@lru_cache(maxsize=2)
def _names(entities: Entities) -> list[tuple[str, str]]:
    """Folded ids, groups and names in order, each with the id or group that it leads to."""
    found = {(fold(name.text), id_) for id_, entity in entities.by_id.items() for name in entity.names}
    for ref, ids in entities.ids.items():
        led = ids[0] if len(ids) == 1 and ids[0] in entities.by_id else ref
        found.add((fold(ref), led))
    return sorted(found)


def _values(desk: Desk, field: str, begun: str) -> Iterator[Suggestion]:
    low = begun.lower()
    if field == "topic":
        for topic in desk.rules.pack.topics:
            if topic.name.startswith(low):
                yield Suggestion(text=f"topic:{topic.name}", kind="topic", about=topic.title)
    elif field == "feed":
        for name in sorted(questions.origins(desk.engine)):
            if name.startswith(low):
                yield Suggestion(text=f"feed:{name}", kind="feed", about="")
    elif field == "lang":
        for code in sorted(questions.languages(desk.engine)):
            if code.startswith(low):
                yield Suggestion(text=f"lang:{code}", kind="language", about="")

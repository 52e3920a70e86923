"""The text of a pack and entities that were found become the text with them in it; all that it held stays as it is."""

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from monitor.errors import ConfigError
from monitor.model import Entity, Name
from monitor.think.pack_text import by_language, write_entity, write_lines, write_name, write_names
from monitor.think.toml_lines import Path, locate_keys
from monitor.think.topics import Pack, load_pack
from monitor.think.wikidata import new_names, settle_id

_TOKEN = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}|' + r"'''.*?'{3,5}|" + r'"(?:[^"\\\n]|\\.)*"|' + r"'[^'\n]*'|#[^\n]*|\s+|.",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Edited:
    """A pack with what was found in it."""

    text: str
    added: tuple[Entity, ...]
    extended: Mapping[str, tuple[Name, ...]]  # by the id of the entity: its new names
    unchanged: tuple[str, ...]  # ids of entities that had every name already


@dataclass(frozen=True, slots=True)
class _Insertion:
    place: int
    text: str


def extend_pack(text: str, source: str, found: Sequence[Entity], taken: Collection[str] = ()) -> Edited:
    """Append entities, and give those that the pack knows by their Wikidata id their new names.

    `taken` are ids and groups that other packs use. ConfigError when the text has faults, or cannot be changed safely.
    """
    pack = load_pack(text, source)
    known = {entity.qid: entity for entity in pack.entities if entity.qid}
    more = {known[each.qid].id: new_names(known[each.qid], each) for each in found if each.qid in known}
    extended = {id_: names for id_, names in more.items() if names}
    added = settle_ids([each for each in found if each.qid not in known], pack.entities, taken)
    changed = _insert(text, list(_insertions(text, source, extended)))
    for entity in added:
        changed = f"{changed.rstrip()}\n\n{write_entity(entity)}"
    _compare(load_pack(changed, source), pack, extended, added)
    return Edited(changed, added, extended, tuple(id_ for id_, names in more.items() if not names))


def settle_ids(found: Sequence[Entity], known: Sequence[Entity], taken: Collection[str]) -> tuple[Entity, ...]:
    """The entities under ids that mean nothing else."""
    used = {*taken, *(entity.id for entity in known)}
    used.update(group for entity in (*known, *found) for group in entity.groups)
    settled = []
    for entity in found:
        settled.append(settle_id(entity, used))
        used.add(settled[-1].id)
    return tuple(settled)


def _compare(changed: Pack, pack: Pack, extended: Mapping[str, tuple[Name, ...]], added: tuple[Entity, ...]) -> None:
    """Make sure that the new text says what it should, and nothing else."""
    wanted = [replace(entity, names=(*entity.names, *extended.get(entity.id, ()))) for entity in pack.entities]
    said = {entity.id: _unordered(entity) for entity in changed.entities}
    if said != {entity.id: _unordered(entity) for entity in (*wanted, *added)} or len(changed.topics) != len(
        pack.topics
    ):
        raise ConfigError(
            f"{pack.source}: cannot be changed without harm", hint="print the entities, and add them by hand"
        )


def _unordered(entity: Entity) -> tuple[Entity, frozenset[Name]]:
    return replace(entity, names=()), frozenset(entity.names)


def _insert(text: str, insertions: list[_Insertion]) -> str:
    for each in sorted(insertions, key=lambda each: each.place, reverse=True):
        text = text[: each.place] + each.text + text[each.place :]
    return text


def _insertions(text: str, source: str, extended: Mapping[str, tuple[Name, ...]]) -> Iterator[_Insertion]:
    if not extended:
        return
    tables: list[dict[str, Any]] = tomllib.loads(text).get("entity", [])
    lines = locate_keys(text)
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    for number, table in enumerate(tables):
        path: Path = ("entity", number, "names")
        if table["id"] not in extended:
            continue
        lists = {}
        for language in table["names"]:
            line = lines.get((*path, language))
            if line is None:
                hint = "write each language on a line of its own, below [entity.names]"
                raise ConfigError(f"{source}: the names of {table['id']} stand where none can be added", hint=hint)
            lists[language] = _find_list(text, starts[line - 1])
        yield from _extend(text, lists, extended[table["id"]])


@dataclass(frozen=True, slots=True)
class _List:
    """Where in a text a list closes, and where the last thing in it ends."""

    last: int
    close: int
    bare: bool  # nothing is in it, or a comma at its end


def _find_list(text: str, start: int) -> _List:
    """The list that is the value of the key on a line."""
    opened = text.index("[", text.index("=", start))
    depth, last, ending = 0, opened, ""
    for token in _TOKEN.finditer(text, opened):
        said = token.group()
        depth += (said == "[") - (said == "]")
        if not depth:
            return _List(last, token.start(), ending in {"[", ","})
        if not said.isspace() and not said.startswith("#"):
            last, ending = token.end(), said
    raise AssertionError("a list that was read has an end")


def _extend(text: str, lists: Mapping[str, _List], names: Sequence[Name]) -> Iterator[_Insertion]:
    """Names of languages that are there go to the end of their lists, new languages below the last one."""
    lines = []
    for language, several in by_language(names).items():
        if language in lists:
            yield from _extend_list(text, lists[language], several)
        else:
            lines.append(f"\n{write_names(language, several)}")
    if lines:
        yield _Insertion(max(each.close for each in lists.values()) + 1, "".join(lines))


def _extend_list(text: str, known: _List, names: Sequence[Name]) -> Iterator[_Insertion]:
    written = [write_name(name) for name in names]
    below = text.rfind("\n", known.last, known.close)
    if below >= 0:
        yield _Insertion(known.last, "" if known.bare else ",")
        yield _Insertion(below + 1, write_lines(written))
    elif any(comment for _, comment in written):
        yield _Insertion(known.last, f"{'' if known.bare else ','}\n{write_lines(written)}")
    else:
        yield _Insertion(known.last, ("" if known.bare else ", ") + ", ".join(item for item, _ in written))

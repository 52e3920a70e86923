"""Entities become the TOML text of a pack."""

from collections.abc import Iterable, Sequence

from monitor.model import Entity, Name
from monitor.think.wikidata import doubt_name

_WIDTH = 116  # characters of a line
_KEPT = "\u200c\u200d"  # invisible, yet part of the spelling of Persian and of others


def write_head(name: str, title: str) -> str:
    """The head of a pack."""
    return f"[pack]\nname = {quote(name)}\ntitle = {quote(title)}\n"


def write_entity(entity: Entity) -> str:
    """An entity as a table, with a comment on names that are unsure for a reason that can be seen."""
    lines = ["[[entity]]", f"id = {quote(entity.id)}"]
    if entity.qid:
        lines.append(f"qid = {quote(entity.qid)}")
    lines.append(f"kind = {quote(entity.kind)}")
    for key, listed in (("groups", entity.groups), ("needs", entity.needs), ("not", entity.excluded)):
        if listed:
            lines.append(_list(key, [(quote(each), "") for each in listed]))
    lines.append("[entity.names]")
    lines += [write_names(language, names) for language, names in by_language(entity.names).items()]
    return "\n".join(lines) + "\n"


def by_language(names: Iterable[Name]) -> dict[str, list[Name]]:
    """Names as packs list them."""
    listed: dict[str, list[Name]] = {}
    for name in names:
        listed.setdefault(name.language, []).append(name)
    return listed


def write_names(language: str, names: Sequence[Name]) -> str:
    """The names of one language."""
    return _list(language, [write_name(name) for name in names])


def write_name(name: Name) -> tuple[str, str]:
    """A name, and what is to be said of it."""
    if name.confidence == 1 and not name.exact:
        return quote(name.text), ""
    parts = [f"text = {quote(name.text)}"]
    if name.confidence < 1:
        parts.append(f"confidence = {name.confidence!r}")
    if name.exact:
        parts.append("exact = true")
    return f"{{ {', '.join(parts)} }}", doubt_name(name.text) if name.confidence < 1 else ""


def write_lines(items: Sequence[tuple[str, str]]) -> str:
    """The items of a list, as many to a line as it takes; one with a comment has a line of its own."""
    lines = [""]
    for item, comment in items:
        if lines[-1] and (comment or len(lines[-1]) + len(item) + 2 > _WIDTH):
            lines.append("")
        lines[-1] = f"{lines[-1]} {item}," if lines[-1] else f"  {item},"
        if comment:
            lines[-1] += f"  # {comment}"
            lines.append("")
    return "".join(f"{line}\n" for line in lines if line)


def _list(key: str, items: Sequence[tuple[str, str]]) -> str:
    line = f"{key} = [{', '.join(item for item, _ in items)}]"
    if len(line) <= _WIDTH and not any(comment for _, comment in items):
        return line
    return f"{key} = [\n{write_lines(items)}]"


def quote(text: str) -> str:
    """A basic string of TOML, in which whatever cannot be seen is written as its code."""
    return '"' + "".join(map(_escape, text)) + '"'


def _escape(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable() or character in _KEPT:
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

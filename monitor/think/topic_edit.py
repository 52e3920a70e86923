"""The text of a pack, or of a configuration, and a topic become the text with that topic in it; all else stays."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from monitor.errors import ConfigError
from monitor.model import Signal, Topic
from monitor.think.pack_text import quote
from monitor.think.toml_lines import Path, locate_keys

_TOKEN = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}|' + r"'''.*?'{3,5}|" + r'"(?:[^"\\\n]|\\.)*"|' + r"'[^'\n]*'|#[^\n]*|\s+|.",
    re.DOTALL,
)
_HEADER = re.compile(r"\s*\[")
_HINT = "change it with an editor: docs/topics.md tells how"


def put_topic(text: str, source: str, topic: Topic) -> str:
    """Change the topic of that name, or append it; ConfigError when that cannot be done without harm."""
    try:
        tables: list[dict[str, Any]] = tomllib.loads(text).get("topic", [])
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source}: {error}", hint="mend the file first") from error
    number = next((at for at, table in enumerate(tables) if table.get("name") == topic.name), None)
    changed = _append(text, topic) if number is None else _change(text, number, tables[number], topic)
    _compare(text, changed, source, topic, len(tables) if number is None else number)
    return changed


def write_topic(topic: Topic) -> str:
    """A topic as a table, without its examples."""
    lines = ["[[topic]]", f"name = {quote(topic.name)}", f"title = {quote(topic.title)}"]
    if topic.severity != "normal":
        lines.append(f"severity = {quote(topic.severity)}")
    if topic.parent:
        lines.append(f"parent = {quote(topic.parent)}")
    lines.append(f"query = {_write(topic.query)}")
    if topic.signals:
        lines.append(f"threshold = {topic.threshold:g}")
    return "\n".join((*lines, *_signal_lines(topic.signals))) + "\n"


def _append(text: str, topic: Topic) -> str:
    return f"{text.rstrip()}\n\n{write_topic(topic)}"


def _signal_lines(signals: Sequence[Signal]) -> Iterator[str]:
    for signal in signals:
        yield "[[topic.signals]]"
        yield f"query = {_write(signal.query)}"
        yield f"weight = {signal.weight:g}"


def _write(said: str) -> str:
    """A string of several lines stays readable where TOML can hold it as it is."""
    if "\n" in said and "'''" not in said and all(letter.isprintable() or letter == "\n" for letter in said):
        return f"'''\n{said}'''"
    return quote(said)


def _wanted(topic: Topic) -> dict[str, Any]:
    """The keys of a topic's table that may be changed here."""
    keys: dict[str, Any] = {"title": topic.title, "query": topic.query, "severity": topic.severity}
    if topic.signals:
        keys["threshold"] = topic.threshold
        keys["signals"] = [{"query": signal.query, "weight": signal.weight} for signal in topic.signals]
    return keys


def _change(text: str, number: int, table: Mapping[str, Any], topic: Topic) -> str:
    """Write the keys that say something else; the table's signals are written anew when any of them does."""
    wanted, path = _wanted(topic), ("topic", number)
    had = {"severity": "normal", "title": "", **table}
    if had.get("signals") != wanted.get("signals"):
        text = _put_signals(text, path, topic.signals)
    for key in ("threshold", "severity", "query", "title"):
        if key not in wanted:
            text = _drop(text, (*path, key))
        elif had.get(key) != wanted[key]:
            said = f"{wanted[key]:g}" if key == "threshold" else _write(wanted[key])
            text = _put(text, path, key, said)
    return text


def _put(text: str, path: Path, key: str, said: str) -> str:
    """Give a key of a table another value; a new one goes below the table's head."""
    lines = locate_keys(text)
    if (*path, key) in lines:
        start, end = _value(text, lines[*path, key])
        return text[:start] + said + text[end:]
    place = _start_of(text, lines[path] + 1)
    return f"{text[:place]}{key} = {said}\n{text[place:]}"


def _drop(text: str, path: Path) -> str:
    line = locate_keys(text).get(path)
    if line is None:
        return text
    return text[: _start_of(text, line)] + text[_line_end(text, _value(text, line)[1]) :]


def _put_signals(text: str, path: Path, signals: Sequence[Signal]) -> str:
    """Take all signals of a table out, and write these at the end of its own keys."""
    text = _drop(text, (*path, "signals"))
    while ((*path, "signals", 0)) in (lines := locate_keys(text)):
        start = lines[*path, "signals", 0]
        text = text[: _start_of(text, start)] + text[_start_of(text, _next_header(text, start)) :]
    place = _start_of(text, _next_header(text, locate_keys(text)[path]))
    written = "".join(f"{line}\n" for line in _signal_lines(signals))
    head = text[:place]
    return f"{head}{'' if head.endswith(chr(10)) else chr(10)}{written}{text[place:]}"


def _next_header(text: str, line: int) -> int:
    """The line on which the table after this one begins; comments right above it belong to it."""
    tables = sorted({at for key, at in locate_keys(text).items() if at > line and _is_header(text, at)})
    rows = text.split("\n")
    following = tables[0] if tables else len(rows) + 1
    while following - 2 > line - 1 and tables and rows[following - 2].lstrip().startswith("#"):
        following -= 1
    while not tables and following - 2 > line - 1 and not rows[following - 2].strip():
        following -= 1
    return following


def _is_header(text: str, line: int) -> bool:
    return bool(_HEADER.match(text[_start_of(text, line) :].split("\n", 1)[0]))


def _start_of(text: str, line: int) -> int:
    """Where a line begins, from 1; the end of the text for one beyond it."""
    place = 0
    for _ in range(line - 1):
        place = text.find("\n", place) + 1
        if not place:
            return len(text)
    return place


def _line_end(text: str, place: int) -> int:
    return text.find("\n", place) + 1 or len(text)


def _value(text: str, line: int) -> tuple[int, int]:
    """Where the value of the key on a line stands."""
    start = text.index("=", _start_of(text, line)) + 1
    while text[start] in " \t":
        start += 1
    depth, end = 0, start
    for token in _TOKEN.finditer(text, start):
        said = token.group()
        if not depth and (said.startswith("#") or ("\n" in said and said.isspace())):
            break
        depth += (said in "[{") - (said in "]}")
        end = end if said.isspace() else token.end()
        if not depth and len(said) > 1 and said[0] in "\"'":
            break
    return start, end


def _compare(before: str, after: str, source: str, topic: Topic, number: int) -> None:
    """Make sure that the new text says what it should, and nothing else."""
    try:
        wanted, found = tomllib.loads(before), tomllib.loads(after)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source}: cannot be changed without harm", hint=_HINT) from error
    tables = wanted.setdefault("topic", [])
    if number == len(tables):
        tables.append({"name": topic.name} | ({"parent": topic.parent} if topic.parent else {}))
    kept = {key: value for key, value in tables[number].items() if key not in {"threshold", "signals"}}
    tables[number] = kept | _wanted(topic)
    for data in (wanted, found):
        for table in data["topic"]:
            table.setdefault("severity", "normal")
            table.setdefault("title", "")
    if wanted != found:
        raise ConfigError(f"{source}: cannot be changed without harm", hint=_HINT)

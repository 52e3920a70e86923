"""A file or a wiki becomes entities, and entities become part of a pack's file: whole, or not at all."""

import gzip
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path

from monitor.edge.fetch import Fetcher
from monitor.edge.whole_file import whole_file
from monitor.errors import ConfigError, FetchError, MonitorError, ParseError
from monitor.model import Entity
from monitor.settings import Config
from monitor.settings.kinds import check_web_address
from monitor.think.pack_edit import Edited, extend_pack
from monitor.think.pack_text import write_head
from monitor.think.topics import load_pack
from monitor.think.wikidata import Wanted, join_twins, qid_of, read_item, read_items
from monitor.wire import fetch_settings

WIKIDATA = "https://www.wikidata.org"

_LINE = 64 * 10**6  # bytes: the largest item of Wikidata has some four million
_WHOLE = 256 * 10**6  # bytes of a document that is not written line by line
_MOST = 20_000  # entities: beyond that a file was not chosen, and no pack is of use
_QID = re.compile(r"[Qq][1-9]\d{0,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Gathered:
    """Entities, and why the rest is none."""

    entities: tuple[Entity, ...]
    skipped: tuple[str, ...]


def gather_file(file: Path, wanted: Wanted) -> Gathered:
    """Read an export of Wikidata: one document, a list, or an item a line; compressed or not."""
    entities: list[Entity] = []
    skipped: list[str] = []
    try:
        with _open(file) as stream:
            for item in _items(stream, skipped):
                try:
                    entities.append(read_item(item, wanted))
                except ParseError as error:
                    skipped.append(str(error))
                if len(entities) > _MOST:
                    raise ConfigError(f"{file}: holds more than {_MOST:,} entities", hint="take those that matter")
    except (OSError, EOFError, zlib.error) as error:
        told = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise ConfigError(f"{file}: cannot be read: {told}") from error
    return Gathered(join_twins(entities), tuple(skipped))


async def gather_web(config: Config, qids: Sequence[str], source: str, wanted: Wanted) -> Gathered:
    """Ask a wiki for items; any that cannot be had is an error."""
    for qid in qids:
        if not _QID.fullmatch(qid):
            raise ConfigError(f"{qid!r} is no Wikidata id", hint="they look like Q212")
    pattern = source if "{qid}" in source else f"{source.rstrip('/')}/wiki/Special:EntityData/{{qid}}.json"
    try:
        check_web_address(pattern.replace("{qid}", "Q1"))
    except ValueError as error:
        raise ConfigError(f"{source!r} is not {error}") from error
    async with Fetcher(fetch_settings(config)) as fetcher:
        found = [await _ask(fetcher, qid.upper(), pattern, wanted) for qid in dict.fromkeys(qids)]
    return Gathered(join_twins(found), ())


def add_to_pack(file: Path, found: Sequence[Entity], in_force: Sequence[Entity]) -> tuple[Edited, tuple[str, ...]]:
    """Put entities into a pack, whose file is made when there is none, and say which other packs have already."""
    text = _read(file) if file.exists() else _head(file)
    own = {entity.id for entity in load_pack(text, str(file)).entities}
    elsewhere = {entity.qid or entity.id: entity for entity in in_force if entity.id not in own}
    taken = {entity.id for entity in elsewhere.values()}
    taken.update(group for entity in elsewhere.values() for group in entity.groups)
    edited = extend_pack(text, str(file), [each for each in found if each.qid not in elsewhere], taken)
    if edited.added or edited.extended:
        with whole_file(file) as made:
            made.write(edited.text.encode())
    passed = [
        f"{each.qid}: another pack has it, as @{elsewhere[each.qid].id}" for each in found if each.qid in elsewhere
    ]
    return edited, tuple(passed)


def _open(file: Path) -> BufferedIOBase:
    with file.open("rb") as stream:
        packed = stream.read(2) == b"\x1f\x8b"
    return gzip.GzipFile(file) if packed else file.open("rb")


def _items(stream: BufferedIOBase, skipped: list[str]) -> Iterator[object]:
    """The items of an export, line by line for as long as lines are documents of their own."""
    number, tried = 0, False
    while line := stream.readline(_LINE):
        number += 1
        bare = line.strip().rstrip(b",")
        if bare in {b"", b"[", b"]"}:
            continue
        try:
            yield from read_items(_parse(bare))
        except ParseError:
            whole = None if tried else _whole(stream)
            if whole is not None:
                yield from read_items(whole)
                return
            skipped.append(f"line {number}: no JSON")
        tried = True


def _whole(stream: BufferedIOBase) -> object | None:
    """A document that takes many lines; None when it is none, and the stream stands where it stood."""
    place = stream.tell()
    stream.seek(0)
    text = stream.read(_WHOLE + 1)
    try:
        return _parse(text) if len(text) <= _WHOLE else None
    except ParseError:
        return None
    finally:
        stream.seek(place)


def _parse(text: bytes) -> object:
    try:
        found: object = json.loads(text.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError) as error:
        raise ParseError("no JSON") from error
    return found


async def _ask(fetcher: Fetcher, qid: str, pattern: str, wanted: Wanted) -> Entity:
    url = pattern.replace("{qid}", qid)
    try:
        page = await fetcher.get(url, accept="application/json")
        items = [item for item in read_items(_parse(page.body)) if qid_of(item)]
    except FetchError as error:
        gone = error.status in {404, 410}
        raise MonitorError(f"{qid}: {'there is no such item' if gone else error} ({url})", hint=error.hint) from error
    except ParseError as error:
        raise MonitorError(f"{qid}: the answer is no JSON ({url})", hint="--from names a wiki like Wikidata") from error
    found = next((item for item in items if qid_of(item) == qid), None)
    if found is None and items:
        other = qid_of(items[0])
        raise MonitorError(f"{qid} was merged into {other}", hint=f"ask for {other}")
    if found is None:
        raise MonitorError(f"{qid}: the answer holds no such item ({url})")
    return read_item(found, wanted)


def _head(file: Path) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", file.stem.lower()).strip("-") or "entities"
    return write_head(name, file.stem)


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read: {error}") from error

"""Paths become archives to read in: WARC files, JSON lines, folders of pages; and these become records."""

import gzip
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import IO, cast

from monitor.bulk import Kind, Record
from monitor.edge.stream import FARTHEST, EndlessError, Stream
from monitor.edge.warc import read_warc
from monitor.errors import StoreError

_WARC = (".warc", ".warc.gz")
_LINES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
_PAGES = (".html", ".htm", ".xhtml", ".shtml", ".php", ".asp", ".aspx", ".pdf", ".txt", ".html.gz", ".htm.gz")
_BLOCK = 1 << 16
_HEAD = 256  # bytes by which a file is known: it may grow
_NEWLINE = re.compile(b"\n")


class Layout(StrEnum):
    """How an archive is laid out."""

    WARC = "warc"
    LINES = "lines"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class Hoard:
    """An archive that is to be read in."""

    path: Path
    layout: Layout
    size: int  # bytes; files of a folder

    @property
    def digest(self) -> str:
        """What tells it from another that stands, or stood, at its path; it may grow."""
        if self.layout is Layout.FOLDER:
            return sha256(str(self.path).encode()).hexdigest()
        with self.path.open("rb") as file:
            return sha256(str(self.path).encode() + b"\0" + file.read(_HEAD)).hexdigest()


def find_hoards(paths: Iterable[Path]) -> tuple[Hoard, ...]:
    """The archives at some paths, and those in the folders below; StoreError for a path that leads to none."""
    found: dict[Path, Hoard] = {}
    for given in paths:
        path = given.resolve()
        several = tuple(_in_folder(path)) if path.is_dir() else tuple(_of_file(path))
        if not several:
            raise StoreError(
                f"{given}: {'holds nothing to read' if path.exists() else 'is not there'}",
                hint=f"archives end in {', '.join((*_WARC, *_LINES))}; pages in a folder in {', '.join(_PAGES)}",
            )
        found.update((hoard.path, hoard) for hoard in several)
    return tuple(found.values())


def read_hoard(hoard: Hoard, place: str, largest: int) -> Iterator[Record]:
    """The records of an archive after a place; of each at most so many bytes."""
    try:
        if hoard.layout is Layout.FOLDER:
            yield from _pages(hoard.path, place, largest)
            return
        with hoard.path.open("rb") as file:
            if hoard.layout is Layout.WARC:
                yield from read_warc(file, place, largest)
            else:
                yield from _lines(file, int(place or 0), largest)
    except OSError as error:
        raise StoreError(f"{hoard.path}: cannot be read: {error}", hint="mend it, and give the same command") from error


def reached(hoard: Hoard, place: str) -> int:
    """How far a place is, of the archive's size; of folders that is not known."""
    number = place.partition(":")[0]
    return min(int(number), hoard.size) if number.isdigit() and hoard.layout is not Layout.FOLDER else 0


def is_page(name: str) -> bool:
    """Whether a file of this name, in a folder, is taken for a page."""
    return name.lower().endswith(_PAGES)


def _of_file(path: Path) -> Iterator[Hoard]:
    name = path.name.lower()
    if not path.is_file():
        return
    if name.endswith(_WARC):
        yield Hoard(path, Layout.WARC, path.stat().st_size)
    elif name.endswith(_LINES):
        yield Hoard(path, Layout.LINES, path.stat().st_size)


def _in_folder(folder: Path) -> Iterator[Hoard]:
    pages = 0
    for path in _walk(folder):
        archives = tuple(_of_file(path))
        yield from archives
        pages += not archives and is_page(path.name)
    if pages:
        yield Hoard(folder, Layout.FOLDER, pages)


def _walk(folder: Path) -> Iterator[Path]:
    """The files below a folder, always in the same order; links to folders are not followed."""
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)
        elif path.is_file():
            yield path


def _pages(folder: Path, place: str, largest: int) -> Iterator[Record]:
    done = Path(place).parts if place else ()
    for path in _walk(folder):
        inside = path.relative_to(folder)
        if not is_page(path.name) or inside.parts <= done:
            continue
        yield _page(path, str(inside), largest)


def _page(path: Path, inside: str, largest: int) -> Record:
    try:
        with path.open("rb") as raw:
            file = cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if path.name.lower().endswith(".gz") else raw
            body = file.read(largest + 1)
    except (OSError, EOFError, zlib.error) as error:
        return Record(inside, Kind.PAGE, name=inside, fault="unreadable", detail=str(error))
    if len(body) > largest:
        detail = f"more than {largest} bytes are not read"
        return Record(inside, Kind.PAGE, name=inside, fault="too-large", detail=detail)
    return Record(inside, Kind.PAGE, body, inside)


def _lines(file: IO[bytes], at: int, largest: int) -> Iterator[Record]:
    packed = file.read(3) == b"\x1f\x8b\x08"
    damage: list[str] = []

    def chunks(place: int) -> Iterator[bytes]:
        file.seek(0 if packed else place)
        source = cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if packed else file
        try:
            if packed:
                source.seek(place)
            while block := source.read(_BLOCK):
                yield block
        except (OSError, EOFError, zlib.error) as error:
            if not packed:
                raise
            damage.append(str(error))

    stream = Stream(chunks, at, FARTHEST if packed else None)
    while stream.peek(1):
        yield _line(stream, largest)
    if damage:
        yield Record(str(stream.at), Kind.JSON, fault="corrupt", detail=f"the file is damaged: {damage[0]}")


def _line(stream: Stream, largest: int) -> Record:
    end = stream.find(_NEWLINE, largest + 1)
    if end:
        data = stream.take(end.end())
        return Record(str(stream.at), Kind.JSON, data)
    data = stream.peek(largest + 1)
    if len(data) <= largest:
        stream.take(len(data))
        return Record(str(stream.at), Kind.JSON, data)
    try:
        if stream.seek_mark(_NEWLINE):
            stream.take(1)
    except EndlessError:
        return Record(str(stream.at), Kind.JSON, fault="endless", detail="a line unpacks to more than anybody writes")
    return Record(str(stream.at), Kind.JSON, fault="too-large", detail=f"more than {largest} bytes are not read")

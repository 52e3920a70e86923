"""A WARC archive becomes its records, each by itself: a bad one costs no other."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from monitor.bulk import Kind, Record
from monitor.edge.stream import FARTHEST, EndlessError, Stream

_BLOCK = 1 << 16
_HEADER = 1 << 16  # bytes of a record's own header
_MAGIC = b"\x1f\x8b\x08"
_BLANK = re.compile(rb"\r?\n\r?\n")
_MARK = re.compile(rb"(?<=\n)WARC/\d\.\d+\r?\n")
_LENGTH = re.compile(rb"^content-length[ \t]*:[ \t]*(\d{1,18})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)


def read_warc(file: IO[bytes], place: str, largest: int) -> Iterator[Record]:
    """The records after a place, packed or not; those that are not sound bear their fault."""
    member, _, inner = place.partition(":")
    if _is_packed(file):
        yield from _packed(file, int(member or 0), int(inner or 0), largest)
        return
    stream = Stream(lambda at: _plain(file, at), int(member or 0))
    yield from _told(stream, largest, "")


def _is_packed(file: IO[bytes]) -> bool:
    """By how it begins; where that is neither a packed nor a plain record, by whether packed ones follow."""
    file.seek(0)
    head = file.read(_HEADER)
    if head.startswith(_MAGIC):
        return True
    blank = _BLANK.search(head) if head.startswith(b"WARC/") else None
    plain = blank is not None and _LENGTH.search(head, 0, blank.end()) is not None
    return not plain and _next_member(file, 0) is not None


def _told(stream: Stream, largest: int, before: str) -> Iterator[Record]:
    """The records of a stream; one that never ends is the last."""
    try:
        yield from _records(stream, largest, before)
    except EndlessError:
        yield _fault(f"{before}{stream.at}", "endless", "a few bytes unpack to more than anybody writes")


def _plain(file: IO[bytes], at: int) -> Iterator[bytes]:
    file.seek(at)
    while block := file.read(_BLOCK):
        yield block


@dataclass(slots=True)
class _Member:
    """One of the packed pieces that a file is made of, and where it ended, or broke."""

    file: IO[bytes]
    start: int
    end: int = 0  # 0 as long as it has not come to its end
    error: str = ""
    reached: int = field(default=0)  # where the block begins that was unpacked last

    def chunks(self, skipped: int) -> Iterator[bytes]:
        unpack, at, done = zlib.decompressobj(31), self.start, 0
        while not unpack.eof:
            self.file.seek(at)
            block = self.file.read(_BLOCK)
            self.reached = at
            at += len(block)
            if not block:
                self.error = "truncated"
                return
            while block and not unpack.eof:
                try:
                    piece = unpack.decompress(block, 1 << 20)
                except zlib.error as error:
                    self.error = str(error)
                    return
                block = unpack.unconsumed_tail
                done += len(piece)
                fresh = piece[max(len(piece) - max(done - skipped, 0), 0) :]
                if fresh:
                    yield fresh
        self.end = at - len(unpack.unused_data)


def _packed(file: IO[bytes], at: int, inner: int, largest: int) -> Iterator[Record]:
    while True:
        file.seek(at)
        magic = file.read(3)
        if magic != _MAGIC:
            following = _next_member(file, at)
            file.seek(at)
            if magic.strip(b"\0"):
                yield _fault(_place(following, file), "not-packed", "something else than packed records stands here")
            if following is None:
                return
            at, inner = following, 0
            continue
        member = _Member(file, at)
        stream = Stream(member.chunks, inner, FARTHEST)
        yield from _moved(_told(stream, largest, f"{at}:"), member)
        if not member.end and not member.error:
            member.error = "endless"
        if member.error:
            following = _next_member(file, max(at + 1, member.reached))
            word = member.error if member.error in {"truncated", "endless"} else "corrupt"
            yield _fault(_place(following, file), word, f"the packed record is damaged: {member.error}")
            if following is None:
                return
            at = following
        else:
            at = member.end
        inner = 0


def _moved(records: Iterator[Record], member: _Member) -> Iterator[Record]:
    """Records, the last of a member placed at the beginning of the next: nobody unpacks it again to find its end."""
    held: Record | None = None
    for record in records:
        if held is not None:
            yield held
        held = record
    if held is None:
        return
    if member.end:
        held = Record(f"{member.end}:0", held.kind, held.data, held.name, held.fault, held.detail)
    if not (member.error and held.fault):  # else the damage is told once, with where it goes on
        yield held


def _place(following: int | None, file: IO[bytes]) -> str:
    if following is None:
        return f"{file.seek(0, 2)}:0"
    return f"{following}:0"


def _next_member(file: IO[bytes], at: int) -> int | None:
    """Where the next piece begins that unpacks to a record."""
    held, start = b"", at
    file.seek(at)
    while block := file.read(_BLOCK):
        held += block
        place = held.find(_MAGIC)
        while place >= 0:
            if _opens(file, start + place):
                return start + place
            place = held.find(_MAGIC, place + 1)
        start += len(held) - 2
        held = held[-2:]
        file.seek(start + len(held))
    return None


def _opens(file: IO[bytes], at: int) -> bool:
    file.seek(at)
    try:
        return zlib.decompressobj(31).decompress(file.read(4096), 5) == b"WARC/"
    except zlib.error:
        return False


def _records(stream: Stream, largest: int, before: str) -> Iterator[Record]:
    while True:
        while (ahead := stream.peek(16)) and (blank := len(ahead) - len(ahead.lstrip(b"\r\n"))):
            stream.take(blank)
        if not ahead:
            return
        yield _next(stream, largest, before)


def _next(stream: Stream, largest: int, before: str) -> Record:
    """The next record; after one that is not sound the stream stands at the next that begins."""
    if stream.peek(5) != b"WARC/":
        return _beyond(stream, before, "no-record", "something else than a record stands here")
    blank = stream.find(_BLANK, _HEADER)
    header = stream.peek(blank.end()) if blank else b""
    length = _LENGTH.search(header)
    if not length:
        return _beyond(stream, before, "no-length", "the record does not say how long it is")
    size = len(header) + int(length[1])
    if int(length[1]) > largest:
        return _too_large(stream, size, largest, before)
    held = stream.peek(size + 5 + 8)
    if len(held) < size:
        return _beyond(
            stream,
            before,
            "length",
            f"the record says it has {length[1].decode()} bytes, and has {len(held) - len(header)}",
        )
    if not _ends(held[size:]):
        return _beyond(
            stream, before, "length", f"the record goes on after the {length[1].decode()} bytes that it says"
        )
    data = stream.take(size)
    return Record(f"{before}{stream.at}", Kind.WARC, data)


def _ends(after: bytes) -> bool:
    """Whether a record may end before these bytes."""
    rest = after.lstrip(b"\r\n")
    return after.startswith(b"\r\n\r\n") or not rest or (rest != after and b"WARC/".startswith(rest[:5]))


def _beyond(stream: Stream, before: str, reason: str, detail: str) -> Record:
    stream.take(5)
    stream.seek_mark(_MARK)
    return _fault(f"{before}{stream.at}", reason, detail)


def _too_large(stream: Stream, size: int, largest: int, before: str) -> Record:
    said = f"the record says it has {size} bytes, and more than {largest} are not read"
    stream.take(5)
    done, seen = stream.skip(size - 5, _MARK)
    if done == size - 5 and _ends(stream.peek(13)):
        return _fault(f"{before}{stream.at}", "too-large", said)
    if seen is not None and stream.return_to(seen):  # it lied: what it swallowed are other records
        return _fault(f"{before}{stream.at}", "length", f"{said}; it holds others")
    stream.seek_mark(_MARK)
    return _fault(f"{before}{stream.at}", "length", said)


def _fault(place: str, reason: str, detail: str) -> Record:
    return Record(place, Kind.WARC, fault=reason, detail=detail)

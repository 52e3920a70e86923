"""Chunks of bytes become a stream to look ahead in, bounded however long the file says that it is."""

import re
from collections.abc import Callable, Iterator

Chunks = Callable[[int], Iterator[bytes]]  # what comes from a place on
# What is packed and goes on for longer is left, however little of it lies on the disk.
FARTHEST = 2**31
_MOST_RETURNS = 100  # to where a record lied about its length


class EndlessError(Exception):
    """More than anybody writes comes out of a few bytes."""


class Stream:
    """Bytes that come in chunks; `at` is the place of the next. No more than `farthest` is passed over."""

    def __init__(self, chunks: Chunks, at: int = 0, farthest: int | None = None) -> None:
        self.at = at
        self._farthest = farthest
        self._open = chunks
        self._chunks = chunks(at)
        self._held = bytearray()
        self._returns = 0

    def peek(self, size: int) -> bytes:
        """The next bytes, as many as there are; they stay."""
        self._fill(size)
        return bytes(self._held[:size])

    def take(self, size: int) -> bytes:
        """The next bytes, gone."""
        found = self.peek(size)
        del self._held[: len(found)]
        self.at += len(found)
        return found

    def find(self, pattern: re.Pattern[bytes], most: int) -> re.Match[bytes] | None:
        """Where something stands within the next bytes, the nearest first."""
        size = 4096
        while True:
            self._fill(min(size, most))
            found = pattern.search(self._held, 0, most)
            if found or size >= most or len(self._held) < size:
                return found
            size *= 8

    def skip(self, size: int, noting: re.Pattern[bytes] | None = None) -> tuple[int, int | None]:
        """Pass over so many bytes; how many there were, and the place where something was first seen among them."""
        size = size if self._farthest is None else min(size, self._farthest + 1)
        start, seen = self.at, None
        while (left := size - (self.at - start)) > 0:
            piece = self.peek(min(left, 1 << 20))
            if not piece:
                break
            if noting and seen is None and (found := noting.search(piece)):
                seen = self.at + found.start()
            self.take(len(piece) if len(piece) < 1024 or len(piece) == left else len(piece) - 512)
        self._check(start)
        return self.at - start, seen

    def seek_mark(self, pattern: re.Pattern[bytes]) -> bool:
        """Pass over what comes before a mark; whether there is one."""
        start = self.at
        while True:
            self._fill(1 << 20)
            found = pattern.search(self._held)
            if found:
                self.take(found.start())
                return True
            if len(self._held) < 1 << 20:
                self.take(len(self._held))
                return False
            self.take(len(self._held) - 64)
            self._check(start)

    def return_to(self, place: int) -> bool:
        """Go back to where something was passed over; whether that is allowed once more."""
        self._returns += 1
        if self._returns > _MOST_RETURNS:
            return False
        self._chunks, self._held, self.at = self._open(place), bytearray(), place
        return True

    def _check(self, start: int) -> None:
        if self._farthest is not None and self.at - start > self._farthest:
            raise EndlessError

    def _fill(self, size: int) -> None:
        while len(self._held) < size:
            chunk = next(self._chunks, b"")
            if not chunk:
                return
            self._held += chunk

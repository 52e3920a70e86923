"""A compressed body becomes a plain one while it arrives, never larger than allowed."""

import zlib
from collections.abc import Iterator

import brotli  # type: ignore[import-untyped]  # it brings no types
import zstandard

from monitor.errors import FetchError

_MAX_LAYERS = 2
_MAX_MEMBERS = 100  # of one gzip or zstd body: honest servers send one
_STEP = 65_536  # decoded bytes at a time: some 0.1 ms of work
_INPUT = 16_384  # compressed bytes at a time: what came but was not yet looked at says nothing of how a body grows
_ZSTD_STEP = 256  # bytes put in at a time: a block of four bytes may stand for 128 KiB, so these for 8 MiB at most
_SNIFF = 4_096  # blanks that may stand before a plain body with a lying header
_UNJUDGED = 1_000_000  # decoded bytes below which no ratio is suspect
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_ZSTD_WINDOW = 2**23  # as much as HTTP allows
_BLANK = b"\xef\xbb\xbf \t\r\n"
_NAMES = {"x-gzip": "gzip", "x-deflate": "deflate"}
_NOTHING = {"", "identity", "none", "binary", "utf-8", "utf8"}


class Unpacker:
    """Takes a body piece by piece, and undoes the encodings of its header and one gzip that this does not mention."""

    def __init__(self, encoding: str, limit: int, max_ratio: float) -> None:
        names = [name.strip().lower() for name in encoding.split(",")]
        layers = [_NAMES.get(name, name) for name in reversed(names) if name not in _NOTHING]
        if len(layers) > _MAX_LAYERS:
            raise FetchError(f"a body encoded {len(layers)} times over", reason="encoding")
        if len(layers) < _MAX_LAYERS:
            layers.append("")
        self.plain = bytearray()
        self._limit = limit
        self._max_ratio = max_ratio
        self._received = 0
        self._layers = [_Layer(name) for name in layers]

    def feed(self, piece: bytes) -> Iterator[None]:
        """Take a piece; yields after each small step, so that a caller can let others work in between."""
        step = len(piece) or 1 if all(layer.is_plain for layer in self._layers) else _INPUT
        for start in range(0, len(piece), step):
            part = piece[start : start + step]
            self._received += len(part)
            if self._received > self._limit:
                raise too_large(self._limit)
            for chunk in self._through(0, part):
                self.plain += chunk
                yield

    def finish(self) -> Iterator[None]:
        """Take the end of the body: `plain` is whole afterwards, or FetchError says why it is not."""
        for place, layer in enumerate(self._layers):
            for chunk in layer.finish():
                for deeper in self._through(place + 1, self._counted(layer, chunk)):
                    self.plain += deeper
                    yield
        if self.plain.startswith(_GZIP):
            raise FetchError("a body compressed many times over", reason="encoding")

    def _through(self, place: int, piece: bytes) -> Iterator[bytes]:
        if place == len(self._layers):
            yield piece
            return
        layer = self._layers[place]
        for chunk in layer.feed(piece):
            yield from self._through(place + 1, self._counted(layer, chunk))

    def _counted(self, layer: "_Layer", chunk: bytes) -> bytes:
        layer.made += len(chunk)
        if layer.made > self._limit:
            raise too_large(self._limit)
        if layer.made > _UNJUDGED and layer.made > self._max_ratio * self._received:
            text = f"grows to more than {self._max_ratio:g} times its size when it is uncompressed"
            raise FetchError(text, reason="too-large", permanent=True)
        return chunk


class _Layer:
    """One encoding of a body; what it really is shows in the first bytes."""

    def __init__(self, name: str) -> None:
        self.made = 0
        self._name = name
        self._head = b""
        self._press: _Plain | _Zlib | _Brotli | _Zstd | None = None

    @property
    def is_plain(self) -> bool:
        return isinstance(self._press, _Plain)

    def feed(self, piece: bytes) -> Iterator[bytes]:
        if self._press is None:
            self._head += piece
            if len(self._head) < len(_ZSTD) or (len(self._head) < _SNIFF and not self._head.strip(_BLANK)):
                yield b""
                return
            self._press = _press(self._name, self._head)
            piece, self._head = self._head, b""
        yield from self._press.feed(piece)

    def finish(self) -> Iterator[bytes]:
        if self._press is None:
            self._press = _press(self._name, self._head)
            yield from self._press.feed(self._head)
        if not self._press.whole:
            raise FetchError("the compressed body broke off", reason="truncated")


class _Plain:
    """No encoding at all."""

    whole = True

    def feed(self, piece: bytes) -> Iterator[bytes]:
        yield piece


class _Zlib:
    """gzip, in as many members as it has, or deflate."""

    def __init__(self, bits: int) -> None:
        self._bits = bits
        self._members = 0
        self._rest = b""  # behind a member, too short to tell what it is
        self._stream: zlib._Decompress | None = zlib.decompressobj(bits)

    @property
    def whole(self) -> bool:
        return self._stream is None

    def feed(self, piece: bytes) -> Iterator[bytes]:
        piece, self._rest = self._rest + piece, b""
        while self._begin(piece) and self._stream:
            try:
                chunk = self._stream.decompress(piece, _STEP)
            except zlib.error as error:
                raise _damaged() from error
            yield chunk
            if self._stream.eof:
                piece, self._stream = self._stream.unused_data, None
                self._members += 1
            elif self._stream.unconsumed_tail or len(chunk) == _STEP:
                piece = self._stream.unconsumed_tail
            else:
                return

    def _begin(self, piece: bytes) -> bool:
        """Whether there is a stream to put the piece into; what follows the last member is padding."""
        if self._stream is None and self._bits > zlib.MAX_WBITS and piece.startswith(_GZIP):
            _check_members(self._members)
            self._stream = zlib.decompressobj(self._bits)
        elif self._stream is None and piece == _GZIP[:1]:
            self._rest = piece
        return self._stream is not None


class _Brotli:
    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    @property
    def whole(self) -> bool:
        return bool(self._stream.is_finished())

    def feed(self, piece: bytes) -> Iterator[bytes]:
        while not self._stream.is_finished():
            try:
                chunk: bytes = self._stream.process(piece, output_buffer_limit=_STEP)
            except brotli.error as error:
                raise _damaged() from error
            yield chunk
            piece = b""
            if not chunk and self._stream.can_accept_more_data():
                return


class _Zstd:
    def __init__(self) -> None:
        self._press = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        self._members = 0
        self._rest = b""
        self._stream = self._press.decompressobj()

    @property
    def whole(self) -> bool:
        return self._stream.eof

    def feed(self, piece: bytes) -> Iterator[bytes]:
        for start in range(0, len(piece), _ZSTD_STEP):
            if chunk := self._step(piece[start : start + _ZSTD_STEP]):
                yield chunk
        yield b""

    def _step(self, piece: bytes) -> bytes:
        plain = b""
        while piece:
            if self._stream.eof:
                piece, self._rest = self._rest + piece, b""
                if not piece.startswith(_ZSTD):
                    self._rest = piece if _ZSTD.startswith(piece) else b""
                    return plain
                self._members += 1
                _check_members(self._members)
                self._stream = self._press.decompressobj()
            try:
                plain += self._stream.decompress(piece)
            except zstandard.ZstdError as error:
                raise _damaged() from error
            piece = self._stream.unused_data if self._stream.eof else b""
        return plain


def _press(layer: str, head: bytes) -> _Plain | _Zlib | _Brotli | _Zstd:
    """What undoes a layer that begins like this."""
    if head.startswith(_GZIP) and layer in {"gzip", ""}:
        return _Zlib(16 + zlib.MAX_WBITS)
    if head.startswith(_ZSTD) and layer == "zstd":
        return _Zstd()
    if layer == "" or not head or head.lstrip(_BLANK).startswith((b"<", b"{")):
        return _Plain()  # plain, whatever the header says
    if layer == "deflate":
        # Old servers send deflate without the zlib header that it should have.
        has_header = len(head) > 1 and head[0] & 0x0F == 8 and (head[0] << 8 | head[1]) % 31 == 0
        return _Zlib(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)
    if layer == "br":
        return _Brotli()
    if head.startswith(_GZIP):
        return _Zlib(16 + zlib.MAX_WBITS)
    raise FetchError(f"a body encoded as {layer[:20]!r}, which was not asked for", reason="encoding")


def _check_members(members: int) -> None:
    if members >= _MAX_MEMBERS:
        raise FetchError(f"a compressed body in more than {_MAX_MEMBERS} pieces", reason="encoding")


def _damaged() -> FetchError:
    return FetchError("the compressed body is damaged", reason="encoding")


def too_large(limit: int) -> FetchError:
    """A body beyond the limit: it would be as large the next time."""
    return FetchError(f"larger than {limit:,} bytes", reason="too-large", permanent=True)

"""A compressed body becomes a plain one, never larger than allowed."""

import io
import zlib

import zstandard

from monitor.errors import FetchError

_MAX_LAYERS = 2
_MAX_MEMBERS = 100  # of one gzip file: each makes a copy of the rest
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_ZSTD_WINDOW = 2**23  # as much as HTTP allows
_NAMES = {"x-gzip": "gzip", "x-deflate": "deflate"}
_NOTHING = {"", "identity", "none", "binary", "utf-8", "utf8"}


def decode(body: bytes, encoding: str, limit: int) -> bytes:
    """Undo the encodings of a Content-Encoding header, and one gzip that it does not mention."""
    names = [name.strip().lower() for name in encoding.split(",")]
    layers = [_NAMES.get(name, name) for name in reversed(names) if name not in _NOTHING]
    if len(layers) > _MAX_LAYERS:
        raise FetchError(f"a body encoded {len(layers)} times over", reason="encoding")
    for layer in layers:
        body = _undo(layer, body, limit)
    if body.startswith(_GZIP) and len(layers) < _MAX_LAYERS:
        body = _gunzip(body, limit)
    if body.startswith(_GZIP):
        raise FetchError("a body compressed many times over", reason="encoding")
    return body


def _undo(layer: str, body: bytes, limit: int) -> bytes:
    if layer == "gzip" and body.startswith(_GZIP):
        return _gunzip(body, limit)
    if layer == "zstd" and body.startswith(_ZSTD):
        return _unzstd(body, limit)
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"{")):
        return body  # plain, whatever the header says
    if layer == "deflate":
        return _inflate(body, limit)
    if body.startswith(_GZIP):
        return _gunzip(body, limit)
    raise FetchError(f"a body encoded as {layer[:20]!r}, which was not asked for", reason="encoding")


def _gunzip(body: bytes, limit: int) -> bytes:
    plain = bytearray()
    for _ in range(_MAX_MEMBERS):
        body = _expand(zlib.decompressobj(16 + zlib.MAX_WBITS), body, plain, limit)
        if not body.startswith(_GZIP):  # what follows the last member is padding
            return bytes(plain)
    raise FetchError(f"a gzip body in more than {_MAX_MEMBERS} pieces", reason="encoding")


def _inflate(body: bytes, limit: int) -> bytes:
    """Old servers send deflate without the zlib header that it should have."""
    has_header = len(body) > 1 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
    plain = bytearray()
    _expand(zlib.decompressobj(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS), body, plain, limit)
    return bytes(plain)


def _expand(stream: "zlib._Decompress", body: bytes, plain: bytearray, limit: int) -> bytes:
    """Add one compressed stream to `plain`; what follows it in the body."""
    try:
        plain += stream.decompress(body, limit - len(plain) + 1)
    except zlib.error as error:
        raise FetchError("the compressed body is damaged", reason="encoding") from error
    if len(plain) > limit:
        raise too_large(limit)
    if not stream.eof:
        raise FetchError("the compressed body broke off", reason="truncated")
    return stream.unused_data


def _unzstd(body: bytes, limit: int) -> bytes:
    press = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    try:
        if len(press.stream_reader(io.BytesIO(body)).read(limit + 1)) > limit:
            raise too_large(limit)
        # Only the other reader says whether the body is whole, and only that one stops at a limit.
        stream = press.decompressobj()
        plain = stream.decompress(body)
    except zstandard.ZstdError as error:
        raise FetchError("the compressed body is damaged", reason="encoding") from error
    if not stream.eof:
        raise FetchError("the compressed body broke off", reason="truncated")
    return plain


def too_large(limit: int) -> FetchError:
    """A body beyond the limit: it would be as large the next time."""
    return FetchError(f"larger than {limit:,} bytes", reason="too-large", permanent=True)

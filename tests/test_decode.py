"""What the unpacking of bodies promises: the same in any pieces, in small steps, and never beyond its bounds."""

import gzip
import tracemalloc
import zlib
from contextlib import suppress

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from servers import RSS

from monitor.edge.decode import Unpacker
from monitor.errors import FetchError

ENCODINGS = ["gzip", "", "deflate", "br", "zstd", "gzip, gzip", "br, zstd"]
PRESSES = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "zstd": zstandard.compress}


def press(body: bytes, encoding: str) -> bytes:
    for name in (encoding or "gzip").split(", "):
        body = PRESSES[name](body)
    return body


def unpack(
    body: bytes, encoding: str, limit: int = 10_000_000, ratio: float = 1e9, piece: int = 65_536
) -> tuple[bytes, int]:
    """The plain body, and by how much it grew at most in one step."""
    unpacker = Unpacker(encoding, limit, ratio)
    grown, before = 0, 0
    for start in range(0, len(body), piece):
        for _ in unpacker.feed(body[start : start + piece]):
            grown, before = max(grown, len(unpacker.plain) - before), len(unpacker.plain)
    for _ in unpacker.finish():
        pass
    return bytes(unpacker.plain), grown


def bomb(encoding: str, size: int) -> bytes:
    """So many zeros."""
    first, *rest = (encoding or "gzip").split(", ")
    if first == "br":
        body = brotli.compress(bytes(size), quality=5)
    elif first == "zstd":
        body = zstandard.compress(bytes(size))
    else:
        stream = zlib.compressobj(9, zlib.DEFLATED, 15 if first == "deflate" else 31)
        body = b"".join(stream.compress(bytes(1_000_000)) for _ in range(size // 1_000_000)) + stream.flush()
    return press(body, ", ".join(rest)) if rest else body


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("piece", [1, 7, 100_000])
def test_a_body_is_the_same_in_whatever_pieces_it_comes(encoding, piece):
    assert unpack(press(RSS * 9, encoding), encoding, piece=piece)[0] == RSS * 9


@pytest.mark.parametrize("piece", [1, 3, 100_000])
def test_a_body_in_members_with_padding_is_one_body_in_whatever_pieces_it_comes(piece):
    for name in ("gzip", "zstd"):
        members = press(RSS, name) + press(RSS, name) + b"\0" * 50
        assert unpack(members, name, piece=piece)[0] == RSS * 2


@given(st.binary(max_size=3_000), st.sampled_from(ENCODINGS), st.integers(1, 50))
def test_any_body_comes_back_as_it_was(body, encoding, piece):
    if body.startswith(b"\x1f\x8b"):
        return
    assert unpack(press(body, encoding), encoding, piece=piece)[0] == body


@given(st.binary(max_size=200), st.sampled_from([*ENCODINGS, "gzip, deflate", "x-snappy"]), st.integers(1, 50))
def test_any_bytes_are_unpacked_or_refused(body, encoding, piece):
    for start in (b"", b"\x1f\x8b\x08\0\0\0\0\0\0\xff", b"\x28\xb5\x2f\xfd", b"\x1b\xff\xff"):
        with suppress(FetchError):
            assert len(unpack(start + body, encoding, 1_000, piece=piece)[0]) <= 1_000


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.slow
def test_a_bomb_is_put_out_at_the_limit(encoding):
    packed = bomb(encoding, 60_000_000)
    tracemalloc.start()
    with pytest.raises(FetchError) as caught:
        unpack(packed, encoding, limit=1_000_000)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (caught.value.reason, caught.value.permanent) == ("too-large", True)
    assert most < 20_000_000


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.slow
def test_a_body_that_grows_too_much_is_ended_long_before_the_limit(encoding):
    packed = bomb(encoding, 60_000_000)
    tracemalloc.start()
    with pytest.raises(FetchError) as caught:
        unpack(packed, encoding, limit=100_000_000, ratio=200, piece=100)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.reason == "too-large"
    assert "200 times" in str(caught.value)
    assert most < 20_000_000


def test_a_small_body_may_grow_as_it_likes():
    body = b"<rss>" + b" " * 900_000
    assert unpack(gzip.compress(body), "gzip", ratio=200)[0] == body


@pytest.mark.parametrize(("encoding", "most"), [("gzip", 70_000), ("deflate", 70_000), ("br", 200_000), ("zstd", 9e6)])
def test_no_step_is_large_however_much_a_piece_holds(encoding, most):
    assert 0 < unpack(bomb(encoding, 20_000_000), encoding, limit=30_000_000)[1] <= most


def test_a_body_is_unwrapped_a_few_times_at_most():
    body = RSS
    for _ in range(10):
        body = gzip.compress(body)
    for encoding in ("", "gzip", "gzip, gzip", ", ".join(["gzip"] * 10)):
        with pytest.raises(FetchError) as caught:
            unpack(body, encoding)
        assert caught.value.reason == "encoding"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_body_that_breaks_off_is_told_apart_from_a_damaged_one(encoding):
    packed = press(RSS * 50, encoding)
    with pytest.raises(FetchError) as caught:
        unpack(packed[:-9], encoding)
    assert caught.value.reason == "truncated"


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_body_in_thousands_of_members_is_refused(encoding):
    with pytest.raises(FetchError) as caught:
        unpack(press(b"x", encoding) * 1_000, encoding)
    assert caught.value.reason == "encoding"


def test_a_plain_body_behind_blanks_is_plain_whatever_its_header_says():
    for encoding in ("gzip", "br", "deflate", "zstd", "x-snappy"):
        for start in (b"", b"\xef\xbb\xbf", b"\r\n" * 100):
            assert unpack(start + RSS, encoding, piece=5)[0] == start + RSS

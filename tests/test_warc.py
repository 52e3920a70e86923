"""Archives become records: each by itself, whatever stands before it."""

import gzip
import zlib

import pytest
from drawn import examples
from hypothesis import given
from hypothesis import strategies as st
from made_archives import address, opened, packed, page, record, records

from monitor.bulk import Record
from monitor.edge.warc import read_warc

LARGEST = 100_000
PACKINGS = st.sampled_from(["plain", "each packed", "packed at once"])


def layout(several: list[bytes], packing: str) -> bytes:
    if packing == "each packed":
        return packed(several)
    return gzip.compress(b"".join(several)) if packing == "packed at once" else b"".join(several)


def read(raw: bytes, place: str = "") -> list[Record]:
    return list(read_warc(opened(raw), place, LARGEST))


def sound(found: list[Record]) -> list[bytes]:
    return [each.data for each in found if not each.fault]


def faults(found: list[Record]) -> list[str]:
    return [each.fault for each in found if each.fault]


def bodies(several: list[bytes]) -> list[bytes]:
    return [each.removesuffix(b"\r\n\r\n") for each in several]


@given(st.integers(0, 7), PACKINGS)
@pytest.mark.slow
def test_each_record_comes_whole_and_in_order(count: int, packing: str) -> None:
    several = records(count)
    found = read(layout(several, packing))
    assert sound(found) == bodies(several)
    assert faults(found) == []


@given(st.integers(1, 7), st.integers(0, 6), PACKINGS)
def test_reading_goes_on_after_any_record(count: int, after: int, packing: str) -> None:
    raw = layout(records(count), packing)
    found = read(raw)
    assert read(raw, found[min(after, count - 1)].place) == found[min(after, count - 1) + 1 :]


@pytest.mark.parametrize("packing", ["plain", "each packed", "packed at once"])
@pytest.mark.parametrize("lie", [-900, -1, 40, 3_000, 90_000, 10**6, 10**12])
def test_a_record_that_lies_about_its_length_costs_no_other(lie: int, packing: str) -> None:
    before, after = records(2), records(3, first=2)
    http = len(b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n")
    liar = record(address(9), page(9).encode(), length=len(page(9)) + http + lie)
    found = read(layout([*before, liar, *after], packing))
    assert sound(found) == bodies([*before, *after])
    assert len(faults(found)) == 1


@pytest.mark.parametrize("packing", ["plain", "each packed", "packed at once"])
def test_a_record_that_is_too_large_is_passed_over_and_named(packing: str) -> None:
    large = record(address(5), b"x" * 3 * LARGEST)
    found = read(layout([*records(2), large, *records(2, first=2)], packing))
    assert sound(found) == bodies(records(4))
    assert faults(found) == ["too-large"]


@pytest.mark.parametrize(
    "header", [b"", b"WARC/1.0\r\n", b"WARC/1.0\r\nContent-Length: -5\r\n\r\n", b"\xff\xfe\0\1", b"WARC/1.0 " * 9000]
)
@pytest.mark.parametrize("packing", ["plain", "each packed", "packed at once"])
def test_what_is_no_record_costs_no_other(header: bytes, packing: str) -> None:
    found = read(layout([*records(1), header + b"\r\n\r\n", *records(2, first=1)], packing))
    assert sound(found) == bodies(records(3))


def test_a_damaged_piece_of_a_packed_archive_costs_no_other() -> None:
    pieces = [gzip.compress(each, 1) for each in records(4)]
    pieces[1] = pieces[1][:200] + bytes(byte ^ 0x55 for byte in pieces[1][200:260]) + pieces[1][260:]
    found = read(b"".join(pieces))
    assert sound(found) == bodies([*records(1), *records(2, first=2)])
    assert faults(found) == ["corrupt"]


def test_a_packed_archive_that_begins_like_a_plain_one_is_read_all_the_same() -> None:
    found = read(b"WARC/1.0\r\n" + packed(records(3)))
    assert sound(found) == bodies(records(3))
    assert faults(found) == ["not-packed"]


def test_an_archive_that_breaks_off_says_so() -> None:
    raw = packed(records(3))
    found = read(raw[:-40])
    assert sound(found) == bodies(records(2))
    assert faults(found) == ["truncated"]
    assert read(raw[:-40], found[-1].place) == []


def test_garbage_between_packed_records_is_named_once() -> None:
    found = read(packed(records(1)) + b"\1garbage\x1f\x8b\x08 more of it" + packed(records(1, first=1)))
    assert sound(found) == bodies(records(2))
    assert faults(found) == ["not-packed"]


@pytest.mark.slow
def test_a_bomb_is_not_unpacked_into_memory() -> None:
    bomb = gzip.compress(record(address(1), bytes(8_000_000)))
    assert len(bomb) < 20_000
    found = read(bomb + packed(records(1)))
    assert sound(found) == bodies(records(1))
    assert faults(found) == ["too-large"]


@examples(150)
@given(st.data(), PACKINGS)
def test_no_damage_ends_the_reading_or_is_passed_over_in_silence(data: st.DataObject, packing: str) -> None:
    raw = bytearray(layout(records(4), packing))
    whole = sound(read(bytes(raw)))
    at = data.draw(st.integers(0, len(raw)))
    how = data.draw(st.sampled_from(["cut", "flip", "insert", "drop"]))
    if how == "cut":
        del raw[at:]
    elif how == "flip":
        raw[at : at + 5] = bytes(byte ^ 0xA5 for byte in raw[at : at + 5])
    elif how == "insert":
        raw[at:at] = data.draw(st.sampled_from([b"WARC/1.0\r\n", b"\x1f\x8b\x08", b"\0" * 9, b"\r\n\r\n"]))
    else:
        del raw[at : at + data.draw(st.integers(1, 3000))]
    found = read(bytes(raw))
    assert [each.place for each in found] == list(dict.fromkeys(each.place for each in found))
    if packing == "each packed":  # the damage lies within two pieces at most
        assert len(set(sound(found)) & set(whole)) >= 2 or how in {"cut", "drop"}
    if len(sound(found)) < len(whole) and how in {"flip", "insert"}:
        assert faults(found)


@given(st.binary(max_size=3000))
def test_any_bytes_are_read_to_their_end(raw: bytes) -> None:
    for start in (b"", b"\x1f\x8b\x08", b"WARC/1.0\r\n", zlib.compress(b"WARC/1.0\r\n")):
        read(start + raw)

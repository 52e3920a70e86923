"""A chart becomes a PNG picture, without anything that can draw: columns, lines, and digits of five by seven points."""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from monitor.think.chart import Chart, dates, described, shares, steps

_WIDTH, _HEIGHT = 1200, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 110, 30, 24, 56
_PAPER, _INK, _FAINT, _BAR = range(4)
_PALETTE = bytes.fromhex("ffffff1b1f24d0d7de0b5394")
_SCALE = 2  # pixels a point of a letter
_WIDE, _HIGH = 6 * _SCALE, 7 * _SCALE
_DATES = 8
# Seven rows of five points, a hexadecimal byte each: numbers and dates need no more.
_FONT = {
    "0": "0e11131519110e", "1": "040c040404040e", "2": "0e11010204081f", "3": "1f02040201110e", "4": "02060a121f0202",
    "5": "1f101e0101110e", "6": "0608101e11110e", "7": "1f010204080808", "8": "0e11110e11110e", "9": "0e11110f01020c",
    "-": "0000001f000000", ":": "00040400040400", ",": "00000000040408", " ": "00000000000000",
}  # fmt: skip

_Picture = NDArray[np.uint8]


def draw_png(chart: Chart) -> bytes:
    """The picture; what it shows also stands in it as text."""
    picture = np.zeros((_HEIGHT, _WIDTH), np.uint8)
    scale = steps(chart.most)
    for value in scale:
        y = _y(value / scale[-1])
        picture[y, _LEFT : _WIDTH - _RIGHT] = _INK if value == 0 else _FAINT
        _write(picture, f"{value:,}", _LEFT - 10, y - _HIGH // 2, 1.0)
    room = (_WIDTH - _LEFT - _RIGHT) / max(1, len(chart.spans))
    for at, share in enumerate(shares(chart, scale[-1])):
        left = _LEFT + round(at * room)
        right = max(left + 1, _LEFT + round((at + 1) * room) - (room > 3) - (room > 8))
        if share:
            picture[min(_y(share), _y(0) - 1) : _y(0), left : min(right, left + 60)] = _BAR
    for at, date in dates(chart, _DATES):
        x = _LEFT + round((at + 0.5) * room)
        picture[_y(0) : _y(0) + 6, x : x + 2] = _INK
        end = _WIDTH - _RIGHT - len(date) * _WIDE // 2
        _write(picture, date, min(max(x, len(date) * _WIDE // 2), end), _y(0) + 16, 0.5)
    return _encode(picture, (("Title", chart.title), ("Description", described(chart))))


def _y(share: float) -> int:
    return _TOP + round((_HEIGHT - _TOP - _BOTTOM) * (1 - share))


def _write(picture: _Picture, text: str, x: int, y: int, anchor: float) -> None:
    """Put digits into a picture; an anchor of 0.5 has `x` in the middle of them, of 1 at their end."""
    left = x - round(len(text) * _WIDE * anchor)
    for number, sign in enumerate(text):
        rows = np.frombuffer(bytes.fromhex(_FONT.get(sign, _FONT[" "])), np.uint8)
        points = np.unpackbits(rows[:, None], axis=1)[:, 3:].repeat(_SCALE, 0).repeat(_SCALE, 1)
        place = picture[y : y + _HIGH, left + number * _WIDE : left + number * _WIDE + 5 * _SCALE]
        place[points[: place.shape[0], : place.shape[1]] == 1] = _INK


def _encode(picture: _Picture, texts: tuple[tuple[str, str], ...]) -> bytes:
    """Four colours, two bits a pixel."""
    height, width = picture.shape
    bits = np.packbits(np.unpackbits(picture[:, :, None], axis=2)[:, :, 6:].reshape(height, width * 2), axis=1)
    rows = np.concatenate((np.zeros((height, 1), np.uint8), bits), axis=1)
    chunks = [_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 2, 3, 0, 0, 0)), _chunk(b"PLTE", _PALETTE)]
    for name, text in texts:
        said = text.encode("utf-8", "replace").replace(b"\0", b" ")
        chunks.append(_chunk(b"iTXt", name.encode() + b"\0\0\0\0\0" + said))
    chunks += [_chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)), _chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

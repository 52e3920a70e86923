"""A body in some encoding becomes text."""

import codecs
import re
from functools import lru_cache

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# The first two characters of markup or JSON, as they lie in the wide encodings.
_WIDE = (
    (re.compile(rb"[<{\[]\0\0\0[^\0]\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0[<{\[]\0\0\0[^\0]"), "utf-32-be"),
    (re.compile(rb"[<{\[\s]\0[^\0]\0"), "utf-16-le"),
    (re.compile(rb"\0[<{\[\s]\0[^\0]"), "utf-16-be"),
)
_LABEL = r"""\s{0,9}=\s{0,9}["']?\s{0,9}([A-Za-z0-9._:-]{1,40})"""
_IN_HEADER = re.compile(r"charset" + _LABEL, re.IGNORECASE)
_IN_BODY = re.compile(rb"(?:encoding|charset)" + _LABEL.encode(), re.IGNORECASE)
_HEAD = 4096  # bytes in which a document names its encoding
_VENDOR = re.compile(r"^(?:x-|ms-)?(?:windows|win|cp|ibm)[-_]?(?=\d)|^x-")
# Servers name the small set and send the larger one that a browser would read.
_LARGER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}
# Encodings that hide markup in plain letters, or take quadratic time.
_REFUSED = {"utf-7", "punycode", "idna", "unicode-escape", "raw-unicode-escape"}
_SEVEN_BIT = re.compile(r"iso2022_\w+|hz")
_SHIFTS = (b"\x0e", b"\x1b", b"~")  # without one of these the encodings of seven bits say what ASCII says
_UTF8_LETTER = re.compile(rb"[\xc3-\xf4][\x80-\xbf]")


def to_text(body: bytes, content_type: str = "") -> str:
    """Decode by byte order mark, by the bytes themselves, by the header, by the document's own word; never fail."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    for pattern, name in _WIDE:
        if pattern.match(body):
            return body.decode(name, "replace")
    if not (body.isascii() and any(sign in body for sign in _SHIFTS)):  # else it may be in an encoding of seven bits
        try:
            return body.decode()  # bytes that are valid UTF-8 are UTF-8, whatever they say of themselves
        except UnicodeDecodeError:
            pass
    return _decode(body, _named(body, content_type))


def _decode(body: bytes, named: list[str]) -> str:
    seven_bit = next((name for name in named if _SEVEN_BIT.fullmatch(name)), "")
    if seven_bit and body.isascii():
        return body.decode(seven_bit, "replace")
    for name in ("utf-8", *named):
        try:
            return body.decode(name)
        except UnicodeDecodeError:
            continue
    return body.decode(_closest(body, named), "replace")


def _closest(body: bytes, named: list[str]) -> str:
    """The encoding in which a body that is valid in none of them has the least damage."""
    other = next((name for name in named if name != "utf-8"), "")
    if other:
        return other
    # One bad byte must not turn every other letter of a UTF-8 document into two.
    return "utf-8" if named or _UTF8_LETTER.search(body) else "cp1252"


def _named(body: bytes, content_type: str) -> list[str]:
    """What the header, then the document, call the encoding; only names that we trust."""
    labels = _IN_HEADER.findall(content_type[:1000])
    labels += [label.decode("ascii") for label in _IN_BODY.findall(body[:_HEAD])[:4]]
    names = [_known(label.lower()) for label in labels]
    return list(dict.fromkeys(name for name in names if name))


@lru_cache(256)
def _known(label: str) -> str:
    """Python's name for an encoding that keeps ASCII as it is; empty for any other label."""
    label = _VENDOR.sub(lambda match: "cp" if match[0] != "x-" else "", label).replace("cp31j", "cp932")
    try:
        name = codecs.lookup(label.replace(":", "_")).name
        plain = b'<a b="c">'.decode(name) == '<a b="c">'
    except (LookupError, ValueError):
        return ""
    return _LARGER.get(name, name) if plain and name not in _REFUSED else ""

"""Articles in PDF documents are read; damaged, locked and hostile ones are refused with their reason."""

import contextlib
from datetime import UTC, datetime
from io import BytesIO

import pytest
from drawn import examples
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from monitor.errors import ExtractError
from monitor.model import Extracted, Page
from monitor.think.extract import extract

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LINES = (
    "The harbour was closed on Monday, and the fer-",
    "ries stayed away until the storm had passed.",
    "On Tuesday the first of them came back.",
)


def made(lines: tuple[str, ...] = LINES, *, pages: int = 1, password: str = "") -> bytes:
    writer = PdfWriter()
    font = DictionaryObject(
        {NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1"),
         NameObject("/BaseFont"): NameObject("/Helvetica")}
    )  # fmt: skip
    for _ in range(pages):
        page = writer.add_blank_page(595, 842)
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
        )
        stream = DecodedStreamObject()
        stream.set_data(
            ("BT /F1 12 Tf 72 750 Td 14 TL " + " ".join(f"({line}) Tj T*" for line in lines) + " ET").encode()
        )
        page[NameObject("/Contents")] = writer._add_object(stream)
    writer.add_metadata({"/Title": "A storm", "/Author": "Ann Other", "/CreationDate": "D:20260228101500Z"})
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def read(body: bytes) -> Extracted:
    return extract(
        Page("https://example.org/a.pdf", "https://example.org/a.pdf", 200, body, "application/pdf"), now=NOW
    )


def test_a_document_is_read_with_what_it_says_of_itself() -> None:
    found = read(made())
    assert found.text.split("\n\n") == [
        "The harbour was closed on Monday, and the ferries stayed away until the storm had passed.",
        "On Tuesday the first of them came back.",
    ]
    assert (found.title, found.authors, found.language, found.site) == ("A storm", ("Ann Other",), "en", "example.org")
    assert found.published_at == datetime(2026, 2, 28, 10, 15, tzinfo=UTC)


def test_of_a_book_only_the_first_pages_are_read() -> None:
    assert read(made(pages=80)).text.count("On Tuesday") == 60


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (made(password="secret"), "locked"),
        (made(lines=()), "no text"),
        (b"%PDF-1.7\n", "damaged"),
        (b"%PDF-1.7\n" + b"1 0 obj <</Type/Catalog/Pages 1 0 R>> endobj trailer<</Root 1 0 R>>", "damaged|no text"),
    ],
    ids=["locked", "empty", "cut off", "a loop"],
)
def test_what_cannot_be_read_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(ExtractError, match=why) as caught:
        read(body)
    assert (caught.value.reason, caught.value.permanent) == ("pdf", True)


WHOLE = made()


@examples(40)
@given(st.integers(9, len(WHOLE) - 1), st.binary(max_size=8))
def test_damage_is_no_fault_in_the_program(at: int, other: bytes) -> None:
    with contextlib.suppress(ExtractError):
        read(WHOLE[:at] + other + WHOLE[at + len(other) :])

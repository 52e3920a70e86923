"""A PDF document becomes its text, title, authors and date, as far as they can be had in bounded work."""

import re
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from monitor.errors import ExtractError
from monitor.model import Extracted, Page
from monitor.think.language import clean, detect
from monitor.think.plain import one_line, shorten

if TYPE_CHECKING:
    from pypdf import PdfReader

_PAGES = 60
_TEXT = 200_000  # characters
_LEAST = 60
_TITLE = 500
_BLANK = re.compile(r"\n\s*\n")
_HYPHEN = re.compile(r"(?<=[^\W\d_])-\n(?=[^\W\d_])")
_ENDS = re.compile(r"(?<=[.!?…:»\"”])\n(?=[^\W\d_a-z])")


def read_pdf(page: Page, *, title_hint: str = "", language_hint: str = "", host: str = "") -> Extracted:
    """Read a PDF document, in a worker; ExtractError when it is locked, damaged, or holds no text."""
    from pypdf import PdfReader  # noqa: PLC0415 - heavy, and few articles need it
    from pypdf.errors import PyPdfError  # noqa: PLC0415

    try:
        reader = PdfReader(BytesIO(page.body), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise ExtractError("the PDF document is locked", reason="pdf", permanent=True)
        said = _text(reader)
        info: Any = reader.metadata or {}
        title, author = str(info.get("/Title") or ""), str(info.get("/Author") or "")
        published_at = _date(info)
    # What a damaged document raises depends on where the damage is; MemoryError is the worker's to tell.
    except (PyPdfError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError,
            RuntimeError, OSError) as error:  # fmt: skip
        raise ExtractError("the PDF document is damaged", reason="pdf", permanent=True) from error
    text = shorten(_paragraphs(clean(said)), _TEXT)
    if len(text) < _LEAST:
        raise ExtractError("the PDF document holds no text", reason="pdf", permanent=True)
    return Extracted(
        title=title_hint or one_line(title, _TITLE),
        text=text,
        authors=(one_line(author, 100),) if author.strip() else (),
        published_at=published_at,
        site=host,
        language=detect(text, language_hint),
    )


def _text(reader: "PdfReader") -> str:
    pieces: list[str] = []
    length = 0
    for number, page in enumerate(reader.pages):
        if number >= _PAGES or length > _TEXT:
            break
        pieces.append(page.extract_text())
        length += len(pieces[-1])
    return "\n\n".join(pieces)


def _paragraphs(text: str) -> str:
    """Lines of print become paragraphs: broken words are joined, and a line that ends a sentence may end one."""
    joined = _ENDS.sub("\n\n", _HYPHEN.sub("", text))
    return "\n\n".join(said for part in _BLANK.split(joined) if (said := " ".join(part.split())))


def _date(info: Any) -> datetime | None:
    made = getattr(info, "creation_date", None)
    if not isinstance(made, datetime):
        return None
    return made.replace(tzinfo=UTC) if made.tzinfo is None else made.astimezone(UTC)

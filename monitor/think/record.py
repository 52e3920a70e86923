"""A record of an archive becomes a page that was fetched once, or what was read of one, or why it is none."""

import json
import re
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from monitor.bulk import Kind, Record
from monitor.errors import ParseError
from monitor.model import Page
from monitor.think.dates import EARLIEST, parse_date
from monitor.think.entry import language_code
from monitor.think.language import clean
from monitor.think.plain import one_line

_LONGEST_URL = 4096
_HTML = re.compile(r"text/html|application/xhtml|application/pdf|text/plain|application/x-pdf", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,24}", re.IGNORECASE)
_INDEX = re.compile(r"(?:^|/)index\.(?:html?|php)$|\.gz$", re.IGNORECASE)


class NotPageError(Exception):
    """The record is sound and no page; `reason` says what it is, in a few words that are counted."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BadRecordError(ParseError):
    """Nothing can be made of the record; `reason` is a short stable word."""

    def __init__(self, reason: str, text: str, url: str = "") -> None:
        super().__init__(text, permanent=True)
        self.reason = reason
        self.url = url


@dataclass(frozen=True, slots=True)
class Told:
    """What a record holds: a page, or a text that was read before, and what is said of it beside that."""

    page: Page
    text: str = ""  # in the page's stead
    title: str = ""
    summary: str = ""
    authors: tuple[str, ...] = ()
    language: str = ""
    published_at: datetime | None = None
    seen_at: datetime | None = None


def read_record(record: Record, largest: int, now: datetime) -> Told:
    """What a record holds; NotPageError or BadRecordError when that is no page."""
    if record.fault:
        raise BadRecordError(record.fault, record.detail)
    return _READERS[record.kind](record, largest, now)


def _from_warc(record: Record, largest: int, now: datetime) -> Told:
    from warcio.exceptions import ArchiveLoadFailed  # noqa: PLC0415 - an extra
    from warcio.recordloader import ArcWarcRecordLoader  # noqa: PLC0415
    from warcio.statusandheaders import StatusAndHeadersParserException  # noqa: PLC0415

    try:
        held = ArcWarcRecordLoader(verify_http=False).parse_record_stream(BytesIO(record.data), known_format="warc")
    except (ArchiveLoadFailed, StatusAndHeadersParserException, EOFError, ValueError, LookupError) as error:
        raise BadRecordError("bad-header", f"the record's header cannot be read: {error}") from error
    headers, http = held.rec_headers, held.http_headers
    kind = held.rec_type or "unnamed"
    url = clean((headers.get_header("WARC-Target-URI") or "").strip())
    if kind not in {"response", "resource"}:
        raise NotPageError(f"a {kind[:40]} record")
    _check_url(url)
    status = _status(http.get_statuscode() if http else "200")
    content_type = (http or headers).get_header("Content-Type") or ""
    seen_at = _date(headers.get_header("WARC-Date"), now)
    if status is None:
        raise BadRecordError("bad-http", "the answer has no status that could be read", url)
    if status != 200:
        raise NotPageError(f"status {status}")
    if content_type and not _HTML.match(content_type.strip()):
        raise NotPageError(f"not a page but {content_type.partition(';')[0].strip().lower()[:60]}")
    body = _body(held, largest, url)
    page = Page(url, url, 200, body, clean(content_type)[:300], fetched_at=seen_at)
    return Told(page, seen_at=seen_at)


def _body(held: Any, largest: int, url: str) -> bytes:
    """The answer's body, unpacked, at most so many bytes."""
    stream, pieces, size = held.content_stream(), [], 0
    try:
        while size <= largest and (piece := stream.read(1 << 16)):
            pieces.append(piece)
            size += len(piece)
    except Exception as error:  # what broken packing raises is one of many libraries' own
        raise BadRecordError("corrupt", f"the answer cannot be unpacked: {error}", url) from error
    if size > largest:
        raise BadRecordError("too-large", f"the page unpacks to more than {largest} bytes", url)
    if not size:
        raise BadRecordError("empty", "the page is empty", url)
    return b"".join(pieces)


def _status(written: str | None) -> int | None:
    return int(written) if written and re.fullmatch(r"[1-5]\d\d", written) else None


def _from_json(record: Record, largest: int, now: datetime) -> Told:
    if not record.data.strip():
        raise NotPageError("an empty line")
    try:
        held = json.loads(record.data)
    except (ValueError, RecursionError) as error:
        raise BadRecordError("bad-json", f"the line is no JSON: {error}") from error
    if not isinstance(held, dict):
        raise BadRecordError("bad-json", "the line is no JSON object")
    url = _said(held, "url", "link", "uri")
    if url:
        _check_url(url)
    html, text = _long(held, "html", "body_html", "raw_html"), _long(held, "text", "content", "body", "maintext")
    if not html.strip() and not text.strip():
        raise BadRecordError("empty", "the line holds neither html nor text", url)
    seen_at = _date(_said(held, "seen_at", "fetched_at", "crawled_at", "date_download"), now)
    body = html.encode("utf-8", "replace")
    if len(body) > largest:
        raise BadRecordError("too-large", f"the page has more than {largest} bytes", url)
    page = Page(url, url, 200, body, "text/html; charset=utf-8" if html else "", fetched_at=seen_at)
    return Told(
        page,
        text="" if html else clean(text).strip(),
        title=one_line(_said(held, "title", "headline"), 500),
        summary=_said(held, "summary", "description")[:10_000],
        authors=_authors(held),
        language=language_code(_said(held, "language", "lang")),
        published_at=_date(_said(held, "published_at", "published", "date", "date_publish"), now),
        seen_at=seen_at,
    )


def _said(held: dict[str, Any], *names: str) -> str:
    return clean(next((value for name in names if isinstance(value := held.get(name), str) and value), "")).strip()


def _long(held: dict[str, Any], *names: str) -> str:
    return next((value for name in names if isinstance(value := held.get(name), str) and value), "")


def _authors(held: dict[str, Any]) -> tuple[str, ...]:
    value = held.get("authors") or held.get("author") or ()
    several = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(one_line(clean(each), 200) for each in several[:20] if isinstance(each, str) and each.strip())


def _from_page(record: Record, largest: int, now: datetime) -> Told:
    del largest, now
    if not record.data:
        raise BadRecordError("empty", "the page is empty")
    url = _address(record.name)
    kind = "text/plain" if record.name.lower().endswith(".txt") else "text/html"
    return Told(Page(url, url, 200, record.data, kind))


def _address(name: str) -> str:
    """The address of a page whose path in the folder begins with its host, as mirrors are laid out; else none."""
    parts = name.split("/")
    if len(parts) < 2 or not _HOST.fullmatch(parts[0]):
        return ""
    return clean(f"https://{_INDEX.sub('', _INDEX.sub('', name))}")


def addressed(told: Told, url: str) -> Told:
    """What a record holds, with the address that its page itself gives."""
    return replace(told, page=replace(told.page, url=url, final_url=url))


def is_address(url: str) -> bool:
    """Whether this can be the address of a page."""
    try:
        parts = urlsplit(url)
        return len(url) <= _LONGEST_URL and parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


def _check_url(url: str) -> None:
    if not is_address(url):
        raise BadRecordError("bad-url", "the record has no address that a page can have", url[:500])


def _date(written: str | None, now: datetime) -> datetime | None:
    found = parse_date(written, now) if written else None
    return found if found and EARLIEST <= found <= now else None


_READERS = {Kind.WARC: _from_warc, Kind.JSON: _from_json, Kind.PAGE: _from_page}

"""What a feed says of its items, in its own words, becomes entries, and a reason for each item that is none."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from unicodedata import normalize
from urllib.parse import urljoin, urlsplit

from monitor.model import Entry, ParsedFeed, Wishes
from monitor.think.dates import parse_date
from monitor.think.language import clean
from monitor.think.plain import line, one_line, paragraphs

MAX_FEED_TITLE = 300
MAX_TITLE = 1_000
MAX_SUMMARY = 10_000
MAX_CONTENT = 1_000_000
MAX_GUID = 2_000
MAX_LINK = 4_096
MAX_AUTHOR = 200
MAX_AUTHORS = 20
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_].*)?")
# A URL that would come out of all the care below as it is: most are such, and taking one apart costs.
_ORDINARY = re.compile(
    r"https?://[A-Za-z0-9.-]{1,200}/(?:[A-Za-z0-9._~/%+,-]{1,1500})?(?:\?[A-Za-z0-9._~%+=&,-]{1,500})?"
)
_IN_LINK = re.compile(r"[\x00-\x20\x7f-\x9f\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Said:
    """The words of a feed about one item, of whatever length and form; texts are HTML unless `plain_title`."""

    guid: str = ""
    link: str = ""
    title: str = ""
    summary: str = ""
    content: str = ""
    authors: tuple[str, ...] = ()
    published: str = ""
    updated: str = ""
    language: str = ""
    plain_title: bool = False


@dataclass(frozen=True, slots=True)
class SaidFeed:
    """The words of a feed about itself."""

    kind: str
    link: str = ""
    title: str = ""
    language: str = ""
    left_out: int = 0  # items beyond the limit
    whole: bool = True
    wishes: Wishes = field(default_factory=Wishes)


def to_feed(feed: SaidFeed, items: Iterable[Said | str], address: str, now: datetime) -> ParsedFeed:
    """The feed that answered at `address`; an item that is a text is the reason why it cannot be read."""
    base = absolute(feed.link) or address
    language = language_code(feed.language)
    read = [item if isinstance(item, str) else to_entry(item, base, now, language) for item in items]
    left_out = (f"{feed.left_out:,} items beyond the first of a very long feed",) if feed.left_out else ()
    return ParsedFeed(
        kind=feed.kind,
        title=line(feed.title, MAX_FEED_TITLE),
        language=language,
        entries=tuple(one for one in read if isinstance(one, Entry)),
        skipped=tuple(one for one in read if isinstance(one, str)) + left_out,
        wishes=feed.wishes,
        whole=feed.whole,
    )


def to_entry(said: Said, base: str, now: datetime, language: str = "") -> Entry | str:
    """The entry, with its link made absolute against `base`; the reason as text when there is nothing to keep."""
    guid = _seen(one_line, said.guid, MAX_GUID)
    link = absolute(said.link, base) or (absolute(said.guid) if not said.link else "")
    title = _title(said)
    content = _seen(paragraphs, said.content, MAX_CONTENT)
    summary = _seen(paragraphs, said.summary, MAX_CONTENT if not content else MAX_SUMMARY)
    if len(summary) > MAX_SUMMARY and not content:  # a whole article in the place of its summary
        content, summary = summary, ""
    if not (guid or link or title or summary or content):
        return "an item without guid, link, title or text"
    return Entry(
        key=_key(said.guid, link, f"{title}\n{summary or content}"),
        guid=guid,
        link=link,
        title=title,
        summary=summary,
        content=content if content != summary else "",
        authors=_authors(said.authors),
        published_at=parse_date(said.published, now) or parse_date(said.updated, now),
        updated_at=parse_date(said.updated, now),
        language=language_code(said.language) or language,
    )


def absolute(link: str, base: str = "") -> str:
    """An absolute http(s) URL without a fragment; empty for any other."""
    if _ORDINARY.fullmatch(link):
        return link
    tight = _IN_LINK.sub("", link.strip()) if "\n" in link or "\t" in link else _IN_LINK.sub("%20", link.strip())
    if not tight or len(tight) > MAX_LINK:
        return ""
    try:
        parts = urlsplit(urljoin(base, tight) if base else tight)
        unsound = parts.port == 0 or "@" in parts.netloc or not parts.hostname
    except ValueError:
        return ""
    if unsound or parts.scheme not in {"http", "https"} or "<" in tight:
        return ""
    return clean(parts._replace(fragment="").geturl())


def language_code(tag: str) -> str:
    """The language of a tag such as "en-GB", as two or three letters."""
    found = _LANGUAGE.fullmatch(tag.strip().lower()[:40])
    return found[1] if found else ""


def is_home(link: str) -> bool:
    """Whether a URL leads to a site's home page and so to no article."""
    parts = urlsplit(link)
    return parts.path in {"", "/"} and not parts.query


def _title(said: Said) -> str:
    return _seen(one_line if said.plain_title else line, said.title, MAX_TITLE)


def _seen(read: Callable[[str, int], str], text: str, limit: int) -> str:
    """What a reader sees of a text; plain words on one line need no reading."""
    if len(text) <= limit and text.isprintable() and "<" not in text and "&" not in text:
        return " ".join((text if text.isascii() else normalize("NFC", text)).split())
    return read(text, limit)


def _key(guid: str, link: str, words: str) -> str:
    """Identity within the feed. A link to the home page tells no two items apart."""
    identity = clean(guid).strip() or ("" if not link or is_home(link) else link) or words
    return sha256(identity.encode("utf-8", "replace")).hexdigest()[:32]


def _authors(names: tuple[str, ...]) -> tuple[str, ...]:
    settled = (_seen(one_line, name, MAX_AUTHOR) for name in names[: 2 * MAX_AUTHORS])
    return tuple(dict.fromkeys(name for name in settled if name))[:MAX_AUTHORS]

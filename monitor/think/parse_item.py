"""An element of a well-formed feed becomes what feedparser would read out of it, or a doubt."""

import re
from dataclasses import dataclass, field
from urllib.parse import urljoin

from lxml import etree

from monitor.think.entry import Said
from monitor.think.parse_inline import inline, once
from monitor.think.parse_light import LONGEST_RUN
from monitor.think.parse_names import OTHER, SKIPPED, Doubt, part_of
from monitor.think.tidy import MAX_ATTRIBUTES

LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
# A twelfth of what tidy lets through: no character takes more than twelve in a document.
_WORD = 166
_GUID = 16_000
_PROSE = 83_000
_VALUE = 600
_TYPES = {None: "text", "text": "text", "plain": "text", "text/plain": "text", "html": "html", "text/html": "html"}
_EMAIL = r"[A-Za-z0-9_.+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,4}"
_SIGNED = re.compile(rf"{_EMAIL}(?: \(([^()<>@&]*)\))?|([^()<>@&]+)<{_EMAIL}>")
_PERSON = {"name", "email", "uri", "url"}
_SOURCE = {"guid", "title", "updated", "published", "link", "author", "contributor", SKIPPED, OTHER}


@dataclass(slots=True)
class Reading:
    """What was read of an item so far, or of the feed itself."""

    base: str
    language: str
    guid: str = ""
    link: str | None = None
    links: list[dict[str, str]] = field(default_factory=list)
    title: str = ""
    title_type: str = ""
    title_language: str = ""
    titled: bool = False  # a title that counts was read: feedparser lets no other take its place
    summary: str | None = None
    contents: list[str] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    inline: bool = False  # the text is XHTML, of which no attribute was kept
    signed: bool = False  # an author was read whose name is no element of its own
    dates: dict[str, str] = field(default_factory=dict)  # and the other words of which the last counts


def read_item(item: etree._Element, base: str, language: str, kind: str) -> Said:
    """What a feed of this kind says of an item."""
    reading = Reading(base, language_of(item, language), guid=item.get(_ABOUT) or "")
    if item.get("href") is not None or len(reading.guid) > _VALUE:
        raise Doubt
    for child in item.iterchildren():
        _take(reading, part_of(child.tag, child.prefix), child, kind)
    content = max(reading.contents, key=len, default="")
    summary = reading.summary or ""
    return Said(
        guid=reading.guid,
        link=_link(reading),
        title=reading.title,
        plain_title=kind == "atom" and reading.title_type == "text",
        summary=summary if summary != content else "",
        content=content,
        authors=tuple(reading.authors),
        published=reading.dates.get("published") or reading.dates.get("created") or "",
        updated=reading.dates.get("updated", ""),
        language=reading.dates.get("language") or reading.title_language,
    )


def _take(reading: Reading, part: str, child: etree._Element, kind: str) -> None:
    """Read one more element of an item."""
    match part:
        case "other" | "skipped" | "contributor" | "source":
            pass_over(part, child)
            reading.titled = reading.titled and part != "source"
        case "title":
            take_title(reading, child)
        case "link":
            take_link(reading, child)
        case "guid":
            take_guid(reading, child)
        case "summary":
            _take_summary(reading, child, kind)
        case "content":
            _take_content(reading, child, kind)
        case "author":
            _take_author(reading, child)
        case "published" | "updated" | "created" | "language":
            reading.dates[part] = words(child, _WORD)
        case "original" if not child.keys():
            reading.dates[part] = words(child, _PROSE)
        case _:
            raise Doubt


def pass_over(part: str, child: etree._Element) -> None:
    """Make sure that nothing counts in an element that we do not read."""
    if not len(child):
        return
    for inner in child.iterdescendants():
        what = part_of(inner.tag, inner.prefix)
        if part == "contributor" and what in _PERSON:
            sound = not len(inner)
        elif part == "source" and inner.getparent() is child and what in _SOURCE:
            sound = not len(inner) or what in {"author", "contributor", SKIPPED}
        elif part == "source" and what in _PERSON:
            sound = not len(inner)
        else:
            sound = what == SKIPPED and part in {"skipped", "source"}
        if not sound:
            raise Doubt


def words(element: etree._Element, room: int) -> str:
    """The text of an element that holds nothing else."""
    text = element.text or ""
    if len(text) > room or len(element):
        raise Doubt
    return once(text.strip())


def take_title(reading: Reading, element: etree._Element) -> None:
    """The first title that says something counts."""
    title, type_ = _prose(element)
    if not reading.titled:
        reading.title, reading.title_type, reading.titled = title, type_, bool(title)
        reading.title_language = language_of(element, reading.language)


def take_link(reading: Reading, element: etree._Element) -> None:
    """A link stands in an attribute in Atom, in the text in RSS."""
    said = _attributes(element)
    if said.keys() & {"url", "uri"}:
        raise Doubt
    link = {"rel": said.get("rel", "alternate").lower(), "href": ""}
    link["type"] = said.get("type", "" if link["rel"] == "self" else "text/html").lower()
    reading.links.append(link)
    if "href" in said:
        link["href"] = _resolve(reading, said["href"])
        if not link["href"]:
            raise Doubt
        if link["rel"] == "alternate" and link["type"] in {"text/html", "html", "xhtml", "application/xhtml+xml"}:
            reading.link = link["href"]
        return
    text = words(element, _PROSE)
    if "&" in text and ";" in text:
        raise Doubt  # of what may be a reference
    reading.link = link["href"] = _resolve(reading, text)


def take_guid(reading: Reading, element: etree._Element) -> None:
    """A guid is a link as well, unless it says that it is none."""
    text = words(element, _GUID)
    if _attributes(element).get("ispermalink", "true") == "true":
        text = _resolve(reading, text)
        if reading.link is None:
            reading.link = text
    reading.guid = text


def language_of(element: etree._Element, inherited: str) -> str:
    """The language that an element says it is in, or that of what it stands in."""
    said = element.get(LANG)
    if said is None:
        said = element.get("lang")
    return inherited if said is None else said


def _take_summary(reading: Reading, element: etree._Element, kind: str) -> None:
    if reading.summary is not None and not reading.contents:
        _take_content(reading, element, kind)  # whoever says two things in place of one means the second as the text
    else:
        reading.summary = _prose(element)[0]


def _take_content(reading: Reading, element: etree._Element, kind: str) -> None:
    if kind == "atom" and element.get("type") == "xhtml" and len(element.keys()) == 1:
        text = inline(element)
        reading.inline = True
    else:
        text = _prose(element)[0]
    reading.contents.append(text)
    if reading.inline and len(reading.contents) > 1:  # the longest counts, with its attributes
        raise Doubt
    if reading.summary is None:
        reading.summary = text


def _prose(element: etree._Element) -> tuple[str, str]:
    """Prose, and whether it is text or HTML."""
    if not element.keys():
        return words(element, _PROSE), "text"
    said = _attributes(element)
    type_ = said.get("type")
    found = _TYPES.get(type_ and type_.lower())
    if found is None or said.keys() & {"mode", "src"}:
        raise Doubt
    return words(element, _PROSE), found


def _take_author(reading: Reading, element: etree._Element) -> None:
    """An author's name: an element of its own in Atom, among other things in RSS."""
    if not len(element):
        text = words(element, LONGEST_RUN)
        reading.authors.append(_name_beside(text) if "@" in text else text)
        reading.signed = True
        return
    names = []
    for child in element.iterchildren():
        part = part_of(child.tag, child.prefix)
        if part not in _PERSON or len(child):
            raise Doubt
        if part == "name":
            names.append(words(child, LONGEST_RUN))
    if not names or reading.signed:  # feedparser mixes up authors of both kinds
        raise Doubt
    reading.authors.append(names[-1])


def _name_beside(text: str) -> str:
    """The name that stands beside an email address."""
    found = _SIGNED.fullmatch(text)
    if not found:
        raise Doubt
    return (found[1] or found[2] or "").strip()


def _link(reading: Reading) -> str:
    """Where the item is to be read: the publisher's own address, else the first page named, else its guid."""
    if reading.dates.get("original"):
        return reading.dates["original"]
    pages = [link for link in reading.links if link["rel"] == "alternate" and link["href"]]
    first = next((link for link in pages if "html" in link["type"]), pages[0] if pages else None)
    link = first["href"] if first else reading.link or ""
    return "" if link == reading.guid and "://" not in link else link


def _resolve(reading: Reading, link: str) -> str:
    if "///" in link:
        raise Doubt
    try:
        return urljoin(reading.base, link) if reading.base else link
    except ValueError as error:
        raise Doubt from error


def _attributes(element: etree._Element) -> dict[str, str]:
    """The attributes of no namespace, by their names in lower case."""
    said: dict[str, str] = {}
    keys = element.keys()
    if len(keys) > MAX_ATTRIBUTES:  # and never element.items(): it takes quadratic time
        raise Doubt
    for key in map(str, keys):
        value = element.get(key) or ""
        if not key.isascii() or len(value) > _VALUE or "\n" in value or "\t" in value or "\r" in value:
            raise Doubt
        if not key.startswith("{"):
            said.setdefault(key.lower(), value)
    return said

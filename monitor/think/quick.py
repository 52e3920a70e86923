"""The source of a page becomes all words that reading it could find, for a fifth of what reading takes.

This is no parser. It leaves out what no reading looks at – scripts, styles, comments – and keeps all else that stands
between tags: menus and footers come along, and no word of the article is lost, however broken the page is.
"""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from monitor.model import Page
from monitor.think.charset import to_text
from monitor.think.language import clean, fold
from monitor.think.markup import mend

# A longer page is read at once, and so is one with more text: reading cuts texts off there, maybe within a word.
LONGEST = 2_000_000  # characters of markup
_MOST = 150_000  # characters of text

_OPENING = re.compile(r"<(?=[!sS])(?:!--|([sS][cC][rR][iI][pP][tT]|[sS][tT][yY][lL][eE])\b)")
_ENDING = re.compile(r"</(?:script|style)", re.IGNORECASE)
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*+>")
_SOUND_TAG = re.compile(r"<[a-zA-Z/!?][^>]*+>")  # found twice as fast, and the same where no tag holds another's sign
PARTED = "\x01"  # stands where markup was
_LETTERS = 40  # what stands together for longer is no word
_CONTENT = re.compile(r"""<[mM][eE][tT][aA]\s[^<>]*?\bcontent\s*=\s*("[^"]*"|'[^']*'|[^\s"'<>]+)""", re.IGNORECASE)
_HEADS = re.compile(r"<(?=[hHtT])(?:h1|title)\b[^<>]*>(.*?)</(?:h1|title)", re.IGNORECASE | re.DOTALL)
_NAMED = re.compile(r'"(?:headline|name)"\s*:\s*\[?\s*"((?:[^"\\]++|\\.)*+)"')
_SPOKEN = re.compile(r'"inLanguage"\s*:\s*"(\w\w[\w-]{0,10})"')
_LANG = re.compile(r"<html\b[^<>]*?\blang\s*=\s*[\"']?(\w\w)", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)", re.DOTALL)
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_START = re.compile(r"<[oO][lL]\b[^<>]*?\bstart\s*=\s*[\"']?(\d{1,5})", re.IGNORECASE)


BORDER = "zzborderzz"  # a word that nobody writes, between lines


@dataclass(frozen=True, slots=True)
class Quick:
    """The lines of a page, each once and in no order: as they are written, and folded."""

    written: str
    folded: str  # with a border between any two
    loose: str = ""  # folded: words that may stand anywhere
    title: str = ""  # folded: the words of what may be the headline
    languages: tuple[str, ...] = ()  # that the page says it is in


def quick(page: Page) -> Quick | None:
    """All words that reading the page could find, and some more; None when it must be read to know."""
    if len(page.body) > 4 * LONGEST or page.body.startswith(b"%PDF-"):
        return None
    source = to_text(page.body, page.content_type).replace("\0", "")
    if len(source) > LONGEST:
        return None
    said, titles, languages = _said(source)
    shown = mend(PARTED.join(said))
    lines = {line.strip() for line in unescaped(shown).split(PARTED)}
    written = clean(f" {BORDER} ".join(lines))
    if len(written) > _MOST:
        return None
    loose = clean(" ".join(_parted(shown)))
    codes = (code.lower().partition("-")[0] for code in languages.replace("_", "-").split())
    return Quick(
        f"{written} {loose}",
        " ".join(fold(written).split()),
        " ".join({*fold(loose).split(), *_numbers(source)}),
        fold(_titles(titles)),
        tuple(dict.fromkeys(codes)),
    )


def unescaped(shown: str) -> str:
    """Lines, and those that hold references once more: escaped twice, or unknown to a parser, it may mean each."""
    if "&" not in shown:
        return shown
    once = html.unescape(shown)
    return PARTED.join((once, *referring(shown), *map(html.unescape, referring(once))))


def referring(shown: str, border: str = PARTED) -> Iterator[str]:
    """What stands between borders and holds references: lines, or what spaces part."""
    start, sign = 0, shown.find("&")
    while sign >= 0:
        start = shown.rfind(border, start, sign) + 1 or start
        end = shown.find(border, sign)
        if end < 0:
            end = len(shown)
        yield shown[start:end]
        start, sign = end, shown.find("&", end)


def _parted(shown: str) -> set[str]:
    """The words that markup parts, in every reading that it allows."""
    words: set[str] = set()
    for chunk in {chunk for chunk in shown.split() if PARTED in chunk}:
        words.update(_joined([piece for piece in chunk.split(PARTED) if piece]))
    escaped = " ".join([word for word in words if "&" in word])
    return words | set(html.unescape(escaped).split())


def _titles(titles: list[str]) -> str:
    shown = mend(PARTED.join(titles))
    return clean(" ".join((*unescaped(shown).split(PARTED), *_parted(shown))))


def said(source: str) -> list[str]:
    """What the page shows and says of itself."""
    metas = [_without_tags(meta[1].strip("\"'")) for meta in _CONTENT.finditer(source)]
    kept, told = _opened(source)
    return [*metas, *(_without_tags(html.unescape(_decoded(each))) for each in told), _without_tags(kept)]


def _said(source: str) -> tuple[list[str], list[str], str]:
    """What the page shows and says of itself, what of that may be its headline, and the languages that it names."""
    said, titles, languages = [], [], []
    for meta in _CONTENT.finditer(source):
        tag = source[meta.start() : source.find(">", meta.end()) + 1].lower()
        content = _without_tags(meta[1].strip("\"'"))
        said.append(content)
        if "title" in tag:
            titles.append(content)
        elif "language" in tag or "locale" in tag:
            languages.append(content)
    rest, scripts = _opened(source)
    for told in scripts:
        said.append(_without_tags(html.unescape(_decoded(told))))
        titles += [_without_tags(html.unescape(_decoded(title))) for title in _NAMED.findall(told)]
        languages += _SPOKEN.findall(told)
    said.append(_without_tags(rest))
    titles += [_without_tags(title) for title in _HEADS.findall(rest)]
    languages += _LANG.findall(rest)
    return said, titles, " ".join(languages)


def _opened(source: str) -> tuple[str, list[str]]:
    """A page without its scripts, styles and comments, and what those say that are JSON-LD."""
    kept, told = [], []
    at = 0
    for start, end, inside in _opaque(source):
        kept.append(source[at:start])
        at = end
        if inside:
            told.append(inside)
    return PARTED.join([*kept, source[at:]]), told


def _opaque(source: str) -> Iterator[tuple[int, int, str]]:
    """Where scripts, styles and comments begin and end, and what those say that are JSON-LD.

    Parsers do not agree on what one hides that is not ended: here it hides nothing.
    """
    at = 0
    while opening := _OPENING.search(source, at):
        start, at = opening.span()
        if opening[1] is None:
            end = source.find("-->", start + 2)  # one that ends as it begins is empty
            after = end + 3
        else:
            end = _end_of(opening[1], source, at)
            after = source.find(">", end) + 1 or len(source)
        if end < 0:
            continue
        inside = source.find(">", at) + 1
        told = opening[1] is not None and "ld+json" in source[start:inside].lower()
        at = after
        yield start, after, source[inside:end] if told else ""


def _end_of(name: str, source: str, at: int) -> int:
    """Where an element ends whose tag is written so; the end may be written otherwise."""
    end = source.find(f"</{name}", at)
    between = "</S" if name.islower() else "</"
    if source.find(between, at, end if end >= 0 else len(source)) >= 0:
        other = _ENDING.search(source, at)
        end = other.start() if other else end
    return end


def _without_tags(text: str) -> str:
    signs = text.count("<")
    if not signs:
        return text
    shown, tags = _SOUND_TAG.subn(PARTED, text)
    return shown if tags == signs else _TAG.sub(PARTED, text)


def _joined(pieces: list[str]) -> Iterator[str]:
    """The words that pieces may be, which stand together but for markup: a line may end there, or not."""
    yield from map("".join, pairwise(pieces))
    yield from map("".join, zip(pieces, pieces[1:], pieces[2:], strict=False))
    if len(pieces) > 3 and sum(map(len, pieces)) <= _LETTERS:  # a letter at a time
        count = len(pieces)
        yield from ("".join(pieces[first:last]) for first in range(count) for last in range(first + 4, count + 1))


def _decoded(told: str) -> str:
    """What JSON says, its escapes undone, whether it can be parsed or not."""
    if "\\" not in told:
        return told
    plain = _ESCAPED.sub(lambda found: _letter(found[0]), told)
    return _PAIR.sub(lambda found: found[0].encode("utf-16", "surrogatepass").decode("utf-16", "replace"), plain)


def _letter(escaped: str) -> str:
    if len(escaped) > 2:
        return chr(int(f"0x{escaped[2:]}", base=0))
    return " " if escaped[1] in "nrtbf" else escaped[1]


def _numbers(source: str) -> Iterable[str]:
    """The numbers that stand before the items of lists."""
    if "<ol" not in source and "<OL" not in source:
        return ()
    starts = {0, *map(int, _START.findall(source))} if "start" in source else {0}
    items = min(source.count("<li") + source.count("<LI"), 2_000) + 1
    return [str(start + number) for start in list(starts)[:20] for number in range(items)]

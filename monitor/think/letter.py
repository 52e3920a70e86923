"""The parts of one alert become a letter: the same words as plain text and as HTML."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from markupsafe import Markup

from monitor.think.excerpt import Passage

KEPT = 128  # letters, each of some 5 kB
RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})

# Inline styles alone: mail programs drop style sheets. No images, nothing is fetched when the mail is opened.
SMALL = "margin:0 0 12px;font-size:13px;line-height:1.4;opacity:0.75"
PLAIN = "margin:0 0 12px;font-size:16px;line-height:1.5"
QUOTE = "margin:0 0 12px;padding:0 12px;border:solid #c9a400;border-width:0 3px;font-size:15px;line-height:1.5"

PAGE = Markup("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>{title}</title>
</head>
<body style="margin:0;padding:16px;font-family:system-ui,'Segoe UI',Roboto,'Noto Sans',Arial,sans-serif">
<div style="max-width:640px;margin:0 auto">
{body}
</div>
</body>
</html>
""")
PARAGRAPH = Markup('<p style="{style}"{attributes}>{inside}</p>')
HEADLINE = Markup('<h1 style="margin:0 0 8px;font-size:22px;line-height:1.25"{attributes}>{inside}</h1>')
HEADING = Markup('<h2 style="margin:20px 0 8px;font-size:16px;line-height:1.25">{}</h2>')
ANCHOR = Markup('<a href="{}" rel="noopener noreferrer">{}</a>')
MARK = Markup('<mark style="background:#ffe98a;color:#1a1a1a">{}</mark>')
REASON = Markup('<li style="margin:0 0 4px"><bdi>{}</bdi>: <bdi>{}</bdi></li>')
REASONS = Markup('<ul style="margin:0 0 12px;padding:0 20px;font-size:15px;line-height:1.5">\n{}\n</ul>')


@dataclass(frozen=True, slots=True)
class Reason:
    """A term that the topic asked for, and the words by which it was found."""

    label: str
    finds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """All that a letter says; every text is clean and on one line, every URL is http or https."""

    subject: str
    topic: str
    severity: str
    headline: Passage
    facts: tuple[str, ...]
    lead: tuple[Passage, ...]
    snippets: tuple[Passage, ...]
    language: str
    url: str
    archive_url: str
    story: str
    note: str
    reasons: tuple[Reason, ...]
    more_reasons: int
    uid: str


def text(letter: Letter) -> str:
    """The letter as plain text."""
    return "\n\n".join((_text(replace(letter, uid="")), "\n".join(_end(letter)))) + "\n"


# All receivers of one story get the same letter, but for its id.
@lru_cache(maxsize=KEPT)
def _text(letter: Letter) -> str:
    blocks = [words_of(letter.headline), " · ".join(letter.facts)]
    if letter.note:
        blocks.append(_note(letter))
    blocks += [words_of(passage) for passage in letter.lead]
    if letter.snippets:
        blocks.append("Further on:")
        blocks += [f"> {words_of(passage)}" for passage in letter.snippets]
    links = (
        f"Read: {letter.url}" if letter.url else "",
        f"Archive: {letter.archive_url}" if letter.archive_url else "",
    )
    blocks.append("\n".join(filter(None, links)))
    blocks.append("\n".join(("Why you were told", _topic(letter), *(f"- {line}" for line in _reason_lines(letter)))))
    return "\n\n".join(filter(None, blocks))


def html(letter: Letter) -> str:
    """The letter as HTML; what it says is escaped as it is put in."""
    return page(letter.subject, (_html(replace(letter, uid="")), *map(_small, _end(letter))))


@lru_cache(maxsize=KEPT)
def _html(letter: Letter) -> Markup:
    return _join(_blocks(letter))


def _end(letter: Letter) -> list[str]:
    return [line for line in (letter.story, f"Alert {letter.uid}") if line]


def plain_html(subject: str, paragraphs: Iterable[str]) -> str:
    """A few paragraphs as HTML."""
    return page(subject, (PARAGRAPH.format(style=PLAIN, attributes="", inside=paragraph) for paragraph in paragraphs))


def page(subject: str, blocks: Iterable[Markup]) -> str:
    """Blocks of HTML as a page."""
    return str(PAGE.format(title=subject, body=_join(blocks)))


def _blocks(letter: Letter) -> Iterator[Markup]:
    attributes = _language_attributes(letter.language)
    headline = html_of(letter.headline)
    yield _small(_topic(letter))
    yield HEADLINE.format(attributes=attributes, inside=ANCHOR.format(letter.url, headline) if letter.url else headline)
    yield _small(" · ".join(letter.facts), Markup(' dir="auto"'))
    if letter.note:
        yield _small(_note(letter))
    for passage in letter.lead:
        yield PARAGRAPH.format(style=PLAIN, attributes=attributes, inside=html_of(passage))
    if letter.snippets:
        yield _small("Further on:")
    for passage in letter.snippets:
        yield PARAGRAPH.format(style=QUOTE, attributes=attributes, inside=html_of(passage))
    yield from _links(letter)
    yield from _why(letter)


def _links(letter: Letter) -> Iterator[Markup]:
    links = ((letter.url, "Read the article"), (letter.archive_url, "See it in the archive"))
    anchors = [ANCHOR.format(url, words) for url, words in links if url]
    if anchors:
        yield PARAGRAPH.format(style=PLAIN, attributes="", inside=Markup(" · ").join(anchors))


def _why(letter: Letter) -> Iterator[Markup]:
    yield HEADING.format("Why you were told")
    lines = [REASON.format(reason.label, ", ".join(reason.finds)) for reason in letter.reasons]
    if lines:
        yield REASONS.format(_join(lines))
    if letter.more_reasons:
        yield _small(f"and {letter.more_reasons} more")


def _small(words: str, attributes: str = "") -> Markup:
    return PARAGRAPH.format(style=SMALL, attributes=attributes, inside=words)


def _note(letter: Letter) -> str:
    return f"The page could not be read in full: {letter.note}"


def _language_attributes(language: str) -> Markup:
    if not language:
        return Markup(' dir="auto"')
    direction = "rtl" if language.lower().partition("-")[0] in RIGHT_TO_LEFT else "ltr"
    return Markup(' lang="{}" dir="{}"').format(language, direction)


def html_of(passage: Passage) -> Markup:
    """A passage as HTML, in which the words that were found are marked."""
    return Markup("").join(MARK.format(piece.text) if piece.marked else piece.text for piece in passage)


def _join(parts: Iterable[Markup]) -> Markup:
    return Markup("\n").join(parts)


def words_of(passage: Passage) -> str:
    """A passage as plain text."""
    return "".join(piece.text for piece in passage)


def _topic(letter: Letter) -> str:
    return f"Topic: {letter.topic} ({letter.severity})"


def _reason_lines(letter: Letter) -> Iterator[str]:
    for reason in letter.reasons:
        yield f"{reason.label}: {', '.join(reason.finds)}"
    if letter.more_reasons:
        yield f"and {letter.more_reasons} more"

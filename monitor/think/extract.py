"""Page → title, text, authors, date."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

from htmldate import find_date
from lxml.html import HtmlElement

from monitor.about import About
from monitor.customs import Customs, Line
from monitor.errors import ExtractError
from monitor.model import Extracted, Page
from monitor.think.article import decide, look
from monitor.think.blocks import Layout, to_layout
from monitor.think.body import Decision
from monitor.think.charset import to_text
from monitor.think.customs import apply_customs, bounds_of
from monitor.think.dates import parse_date
from monitor.think.language import clean, detect
from monitor.think.lines import is_byline, is_date
from monitor.think.markdown import captions, to_markdown
from monitor.think.markup import strip, to_tree
from monitor.think.metadata import Metadata, read_metadata
from monitor.think.opinion import opinion_on, sift
from monitor.think.pdf import read_pdf
from monitor.think.plain import paragraphs, shorten
from monitor.think.tongues import RIGHT_TO_LEFT, language_apart, languages_of, script_of
from monitor.think.verdict import Hints, is_aside
from monitor.think.wall import refuse_article, refuse_index, refuse_page, refuse_text

_LONGEST = 200_000  # characters of text
_LEAST = 60
_STORY = 300  # less than that is hardly a story: there may be a better way to it
_MANY = 3_000  # blocks: no page of one story has so many, and to look at them thoroughly takes long
_DOUBT = 0.5  # of what another extractor finds: we missed the article
_ABOVE, _WITHIN = 8, 4  # lines before the article and in it among which its date is looked for
NO_CUSTOMS = Customs()
Settle = Callable[[Sequence[Decision], Layout], list[Decision]]


def extract(
    page: Page,
    *,
    title_hint: str = "",
    summary_hint: str = "",
    language_hint: str = "",
    published_hint: datetime | None = None,
    customs: Customs = NO_CUSTOMS,
    now: datetime,
) -> Extracted:
    """Read the article of a page; the hints are what its feed said of it, `customs` what is known of its site.

    ExtractError when there is none: empty, home-page, pdf, not-html, challenge, consent, paywall, script-only,
    soft-404, index, too-short, too-large.
    """
    if page.body.startswith(b"%PDF-"):
        host = urlsplit(page.final_url).hostname or ""
        return read_pdf(page, title_hint=title_hint, language_hint=language_hint, host=host)
    refuse_page(page)
    title_hint = clean(title_hint)
    source = to_text(page.body, page.content_type)
    if refuse_text(source, page.content_type):
        return _plain_text(page, source, title_hint, language_hint, published_hint)
    tree = to_tree(source)
    if tree is None:
        raise ExtractError("the page is empty", reason="empty")
    metadata = read_metadata(tree, page.final_url, now, title_hint=title_hint)
    notices = " ".join("".join(notice.itertext()) for notice in tree.iter("noscript"))
    strip(tree)
    bounds = bounds_of(tree, customs)
    layout = to_layout(tree, whole=bool(customs.keep))
    settle = partial(apply_customs, customs=customs, bounds=bounds)
    told = _tell(layout, metadata, title_hint, summary_hint, page.final_url, settle)
    text = told.text
    refuse_article(" ".join(block.text for block in layout.blocks), notices, metadata.titles, text, title_hint)
    refuse_index(layout.blocks, metadata.titles, text, title_hint)
    if len(text) < _LEAST and layout.cut:
        raise ExtractError("the page holds more elements than are looked at", reason="too-large", permanent=True)
    if len(text) < _LEAST:
        reason = "too-short" if metadata.free else "paywall"
        raise ExtractError("the page holds hardly any text", reason=reason, permanent=True)
    declared = metadata.language or language_hint
    language = detect(text, declared)
    published_at = metadata.published_at or published_hint or _search_date(tree, page.final_url, told.lines, now)
    title = next(iter(metadata.titles), "") or title_hint
    return Extracted(
        title=title,
        text=text,
        authors=metadata.authors,
        published_at=published_at,
        modified_at=metadata.modified_at,
        site=metadata.site,
        language=language,
        image_url=metadata.image_url,
        canonical_url=metadata.canonical_url,
        about=_about(told, metadata, title, languages_of(text, language, declared)),
        lines=told.lines,
    )


def _about(told: "_Told", metadata: Metadata, title: str, languages: tuple[str, ...]) -> About:
    script = script_of(told.text)
    return About(
        paid=not metadata.free,
        live=metadata.live,
        section=metadata.section,
        script=script,
        right_to_left=script in RIGHT_TO_LEFT,
        languages=languages,
        title_language=language_apart(title, script),
        captions=told.captions,
        markdown="" if told.markdown == told.text else told.markdown,
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """What a page tells, and which of its lines that is."""

    text: str
    lines: tuple[Line, ...] = ()
    markdown: str = ""
    captions: tuple[str, ...] = ()


def _tell(layout: Layout, metadata: Metadata, title: str, summary: str, url: str, settle: Settle) -> _Told:
    view, decided = decide(look(layout, metadata, title, summary))
    decisions = settle(decided, layout)
    lines = tuple(Line(clean(each.block.written), each.block.kind, each.kept, each.reason) for each in decisions)
    text = "\n\n".join(line.text for line in lines if line.kept)
    if view.opinion and len(text) < len(view.opinion) * _DOUBT:
        text, lines = sift(view.opinion, partial(is_aside, hints=view.hints)), ()
    if len(text) < _STORY and len(layout.blocks) < _MANY and not layout.cut:
        other = _way_out(layout, metadata, view.hints, text)
        text, lines = other, lines if other == text else ()
    if not lines:  # it comes from elsewhere
        return _Told(shorten(clean(text), _LONGEST))
    return _Told(shorten(text, _LONGEST), lines, to_markdown(decisions, url), captions(decisions))


def _way_out(layout: Layout, metadata: Metadata, hints: Hints, text: str) -> str:
    """What else can be had of a page of which we made next to nothing, if it is much more."""
    told = paragraphs(metadata.body, _LONGEST)
    others = (sift(other, partial(is_aside, hints=hints)) for other in (opinion_on(layout.root, fast=False), told))
    longest = max(others, key=len)
    return longest if len(longest) * _DOUBT > len(text) else text


def _plain_text(page: Page, source: str, title: str, language: str, published: datetime | None) -> Extracted:
    text = shorten(re.sub(r"\n{3,}", "\n\n", clean(source)).strip(), _LONGEST)
    if not text:
        raise ExtractError("the page is empty", reason="empty")
    return Extracted(
        title=title,
        text=text,
        published_at=published,
        site=urlsplit(page.final_url).hostname or "",
        language=detect(text, language),
    )


def _search_date(tree: HtmlElement, url: str, lines: Sequence[Line], now: datetime) -> datetime | None:
    """A date somewhere in a page that states none: slow, and so the last thing to do."""
    latest = (now + timedelta(days=1)).strftime("%Y-%m-%d")
    found = find_date(tree, url=url, original_date=True, extensive_search=False, max_date=latest)
    return parse_date(found, now) if found else _written_date(lines, now)


def _written_date(lines: Sequence[Line], now: datetime) -> datetime | None:
    """What a line that only says when, or by whom and when, says above the article or at its beginning."""
    first = next((place for place, line in enumerate(lines) if line.kept), 0)
    for line in lines[max(0, first - _ABOVE) : first + _WITHIN]:
        words = line.text.split() if is_date(line.text) or is_byline(line.text, ()) else ()
        for start in range(len(words)):
            if moment := parse_date(" ".join(words[start:]), now):
                return moment
    return None

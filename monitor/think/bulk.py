"""A record of an archive becomes an article with its matches, by the same steps as the daemon's; or why it does not."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

import zstandard

from monitor.bulk import Fate, Outcome, Record, Wanted
from monitor.customs import Selectors, customs_for
from monitor.errors import ExtractError
from monitor.host import host_of, hosts_of
from monitor.model import Article, Extracted, Page
from monitor.think import credit, glance, settle, skim, story
from monitor.think.discover import canonical, untracked
from monitor.think.entities import Entities
from monitor.think.extract import extract
from monitor.think.glimpse import Glimpse, may_ask, sharpen
from monitor.think.language import detect
from monitor.think.match import Compiled, match_reading, read
from monitor.think.press import Press
from monitor.think.quick import quick
from monitor.think.record import BadRecordError, NotPageError, Told, addressed, is_address, read_record

# Of the outcomes of a page that its worker did not survive.
KILLED = "killed"


@dataclass(frozen=True, slots=True, eq=False)
class Tools:
    """What records are read with; made once in each process that reads."""

    compiled: Compiled
    press: Press
    customs: Mapping[str, Selectors]  # by host
    glimpse: Glimpse | None
    wanted: Wanted
    keep_pages: bool
    largest: int  # bytes of a page


def tools(
    rules: Compiled,
    entities: Entities,
    press: Press,
    customs: Mapping[str, Selectors],
    *,
    wanted: Wanted,
    keep_pages: bool,
    largest: int,
) -> Tools:
    """What records are read with."""
    glimpse = sharpen(rules, entities) if wanted is Wanted.MATCHES else None
    return Tools(rules, press, customs, glimpse, wanted, keep_pages, largest)


def reap(record: Record, given: Tools, now: datetime, *, haste: bool = False) -> Outcome:
    """What becomes of a record; in `haste`, when a worker did not survive a thorough reading of it."""
    url = ""
    try:
        told = read_record(record, given.largest, now)
        url = told.page.url
        if not told.text and not _is_possible(told, given):
            return Outcome(record.place, Fate.PASSED, url)
        article, page = _read(told, given, now, haste=haste)
        return _matched(record, article, page, given)
    except NotPageError as other:
        return Outcome(record.place, Fate.SKIPPED, reason=other.reason)
    except BadRecordError as error:
        url, reason, detail = error.url, error.reason, str(error)
    except ExtractError as error:
        reason, detail = error.reason, str(error)
    except MemoryError:
        reason, detail = "memory", "needed more memory than a worker may take"
    except Exception as error:  # noqa: BLE001 - as in a beat: a bug costs one record, and is recorded with it
        reason, detail = "fault", f"a fault in the program: {type(error).__name__}: {error}"
    return _failed(record, url, reason, detail)


def lost(record: Record, why: str) -> Outcome:
    """What becomes of a record that no worker survives."""
    return _failed(record, "", KILLED, why)


def _failed(record: Record, url: str, reason: str, detail: str) -> Outcome:
    return Outcome(record.place, Fate.FAILED, url, reason, detail[:1000])


def _is_possible(told: Told, given: Tools) -> bool:
    """Whether the page is worth a reading: the coarser sieve first, as it is the cheaper one."""
    if given.wanted is Wanted.EVERYTHING:
        return True
    hints = (told.title, told.summary)
    if given.glimpse and not may_ask(told.page, given.glimpse, hints):
        return False
    words = quick(told.page)
    if words is None:
        return True
    known = Article(0, "", told.page.url, title=told.title, summary=told.summary, language=told.language)
    return skim.may_match(words, known, given.compiled)


def _read(told: Told, given: Tools, now: datetime, *, haste: bool) -> tuple[Article, Page | None]:
    extracted = _extracted(told, given, now, haste=haste)
    if not told.page.url and is_address(extracted.canonical_url):
        told = addressed(told, extracted.canonical_url)
    settled = settle.read(_before(told, now), extracted, now)
    note = settle.IN_HASTE if haste else ""
    article = replace(settled, note=note, agencies=credit.agencies(settled, given.press))
    kept = given.keep_pages and not told.text
    return article, replace(told.page, body=zstandard.compress(told.page.body)) if kept else None


def _extracted(told: Told, given: Tools, now: datetime, *, haste: bool) -> Extracted:
    if told.text:
        site = host_of(told.page.url)
        language = detect(told.text, told.language)
        return Extracted(told.title, told.text, told.authors, told.published_at, site=site, language=language)
    if haste:
        return glance.glance(told.page, told.title, told.language)
    return extract(
        told.page,
        title_hint=told.title,
        summary_hint=told.summary,
        language_hint=told.language,
        published_hint=told.published_at,
        customs=customs_for(hosts_of(told.page.final_url), given.customs),
        now=now,
    )


def _before(told: Told, now: datetime) -> Article:
    """The article as it was before its page was read."""
    url = told.page.url
    key = canonical(url) if url else f"page:{sha256(told.page.body or told.text.encode()).hexdigest()[:32]}"
    return Article(
        0,
        key,
        untracked(url),
        title=told.title,
        summary=told.summary,
        authors=told.authors,
        language=told.language,
        published_at=told.published_at,
        seen_at=told.seen_at or now,
        backlog=True,
    )


def _matched(record: Record, article: Article, page: Page | None, given: Tools) -> Outcome:
    reading = read(article, given.compiled)
    matches = match_reading(reading, given.compiled)
    if given.wanted is Wanted.MATCHES and not matches:
        return Outcome(record.place, Fate.PASSED, article.url)
    keys = story.keys(article.title, article.text)
    named = reading.names if given.compiled.index.lexicon.groups else {}
    return Outcome(record.place, Fate.ARTICLE, article.url, "", "", article, page, keys, matches, named)

"""An article of the archive becomes what it is by the rules of now: read anew from its kept page, or only matched."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import zstandard

from monitor.customs import Selectors, customs_for
from monitor.errors import ExtractError
from monitor.host import hosts_of
from monitor.model import Article, Extracted, Match, Page
from monitor.think import credit, glance, settle, site, story
from monitor.think.extract import extract
from monitor.think.match import Compiled, match_reading, read
from monitor.think.press import Press

_LARGEST = 200_000_000  # bytes: more than is kept


@dataclass(frozen=True, slots=True)
class Subject:
    """An article, and where it is to be read anew its page, compressed, and what its site repeats."""

    article: Article
    page: Page | None = None
    boilerplate: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Renewed:
    """What an article is by the rules of now."""

    number: int
    matches: tuple[Match, ...] = ()
    named: Mapping[str, int] = field(default_factory=dict)
    article: Article | None = None  # when its page says something else now
    keys: tuple[str, ...] = ()  # and by what its copies find it then
    failed: str = ""  # why its page could not be read anew: what was read before stays


@dataclass(frozen=True, slots=True, eq=False)
class Means:
    """What articles are renewed with; made once in each process."""

    compiled: Compiled
    press: Press
    customs: Mapping[str, Selectors]


def renew(subject: Subject, means: Means, now: datetime, *, haste: bool = False) -> Renewed:
    """What an article is by the rules of now."""
    before, failed = subject.article, ""
    after = before
    if subject.page:
        try:
            after = _read_anew(subject, subject.page, means, now, haste=haste)
        except ExtractError as error:
            failed = error.reason
        except MemoryError:
            failed = "memory"
        except Exception as error:  # noqa: BLE001 - as in a beat: a bug costs one article, and is told with it
            failed = f"fault: {type(error).__name__}: {error}"
    reading = read(after, means.compiled)
    matches = match_reading(reading, means.compiled)
    named = reading.names if means.compiled.index.lexicon.groups else {}
    if after == before:
        return Renewed(before.id, matches, named, failed=failed)
    keys = story.keys(after.title, after.text) if _says_else(before, after) else ()
    return Renewed(before.id, matches, named, after, keys, failed)


def lost(subject: Subject, why: str) -> Renewed | None:
    """An article that no process survives stays as it is."""
    del subject, why
    return None


def _says_else(before: Article, after: Article) -> bool:
    return (before.title, before.text) != (after.title, after.text)


def _read_anew(subject: Subject, page: Page, means: Means, now: datetime, *, haste: bool) -> Article:
    before = subject.article
    body = zstandard.ZstdDecompressor().decompress(page.body, max_output_size=_LARGEST)
    whole = replace(page, body=body)
    found = glance.glance(whole, before.title, before.language) if haste else _extract(subject, whole, means, now)
    after = settle.compared(before, settle.read(before, found, now), now)
    if after.worse:
        return before
    read_now = settle.read(before, found, now)
    # It is owed nothing for it, and nobody edited it: what was read wrongly before is put right.
    return replace(
        read_now,
        agencies=credit.agencies(read_now, means.press),
        state=before.state,
        due_at=before.due_at,
        note=settle.IN_HASTE if haste else read_now.note,
    )


def _extract(subject: Subject, page: Page, means: Means, now: datetime) -> Extracted:
    before = subject.article
    customs = customs_for(hosts_of(page.final_url), means.customs)

    def reading(boilerplate: frozenset[str]) -> Extracted:
        return extract(
            page,
            title_hint=before.title,
            summary_hint=before.summary,
            language_hint=before.language,
            published_hint=before.published_at,
            customs=replace(customs, boilerplate=boilerplate),
            now=now,
        )

    found = reading(subject.boilerplate)
    return reading(frozenset()) if site.dropped_too_much(found.lines) else found

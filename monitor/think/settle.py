"""An item and what came of its work become the item as it stands now, and when it is owed again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import TypeVar

from monitor.about import walled
from monitor.edits import Revision
from monitor.errors import DeliveryError, FetchError, MonitorError
from monitor.host import host_of
from monitor.model import (
    Alert,
    AlertState,
    Article,
    ArticleState,
    Extracted,
    Feed,
    FeedState,
    Page,
    ParsedFeed,
    Sighting,
    TextSource,
    Wishes,
)
from monitor.telling import Dispatch
from monitor.think import revision
from monitor.think.entry import absolute
from monitor.think.excerpt import BREAK
from monitor.think.habit import learn
from monitor.think.language import detect
from monitor.think.lines import is_appeal, is_label, is_stopped, plain
from monitor.think.schedule import BOUNDS, Bounds, after_pause, next_poll, next_try

# A page this much shorter than the text that its feed carries is a teaser: the feed's text serves.
TEASER = 0.5
NO_PAGE = "the feed gives no page to fetch"
KEPT = "the text is the one that was read before"
IN_HASTE = "read in haste"
_UNSEEN = Extracted()
_PASSED = "kept unread: no topic can ask for it"
# What a feed's own text must be for an article to go without its page: a page not fetched costs a text, one fetched in
# vain costs half a second. Teasers have one to three sentences and seldom 800 characters; twice that is on the safe
# side, though the shortest news is fetched for nothing.
WHOLE_LENGTH = 1_500  # characters
WHOLE_SENTENCES = 6
WHOLE_SHARE = 2.0  # times the summary that the feed gives beside it
_END = 300  # characters: where a text that breaks off says so
_CUT = re.compile(r"(?:…|\.\.\.|→|>)\W{0,3}$|[\[(](?:…|\.\.\.)[\])]")
_READ_ON = re.compile(
    r"\b(?:continue reading|keep reading|read (?:more|on|full|the full|the rest|the whole)|full (?:story|article)"
    r"|weiterlesen|mehr lesen|(?:ganzen|vollständigen|kompletten) (?:artikel|text|beitrag)"
    r"|lire (?:la suite|plus)|lisez la suite|seguir leyendo|sigue leyendo|leer más|leer (?:el )?artículo completo"
    r"|continua a leggere|leggi (?:tutto|di più|il seguito|l articolo)|continue (?:lendo|a ler)|ler mais|leia mais"
    r"|leia a íntegra|lees (?:meer|verder)|verder lezen|czytaj (?:więcej|dalej|całość)|číst (?:dál|více)"
    r"|čtěte (?:dál|více|celý)|celý článek|читати (?:далі|більше|повністю)|читайте (?:далі|повністю|далее|полностью)"
    r"|читать (?:далее|дальше|полностью|больше)|подробнее|детальніше|докладніше"
    r"|اقرأ المزيد|للمزيد|تابع القراءة|قراءة المزيد|أكمل القراءة|devamını oku|devamı için|haberin devamı)\b"
)
_OF_ANSWERS = attrgetter("etag", "last_modified", "body_hash", "moved_to", "state", "last_error", "note", "whole_at")
Owed = TypeVar("Owed", Alert, Dispatch)
# Refusals that mean "not now"; every other 4xx will be said again tomorrow.
NOT_NOW = frozenset({408, 425, 429})


def polled(
    feed: Feed,
    page: Page,
    parsed: ParsedFeed | None,
    body_hash: str,
    now: datetime,
    *,
    note: str = "",
    records: bytes = b"",
) -> Feed:
    """A feed after a good poll; `parsed` is None when its body told nothing new.

    `records` are those to know next time what it showed.
    """
    # The rest of a body that broke off comes with the next poll only if that asks for all of it.
    whole = parsed is None or parsed.whole
    known = feed if page.status == 304 else replace(feed, etag="", last_modified="")
    return replace(
        feed,
        moved_to=page.moved_to or feed.moved_to,
        etag=(page.etag or known.etag) if whole else "",
        last_modified=(page.last_modified or known.last_modified) if whole else "",
        body_hash=(body_hash or feed.body_hash) if whole else "",
        title=parsed.title if parsed and parsed.title else feed.title,
        failures=0,
        last_error="",
        note=note,
        polled_at=now,
        succeeded_at=now,
        whole_at=feed.whole_at if page.status == 304 else now,
        wishes=_wishes(feed, page, parsed),
        records=records if parsed else feed.records,
    )


def _wishes(feed: Feed, page: Page, parsed: ParsedFeed | None) -> Wishes:
    """What the feed asks for. A hub that its server names goes before one that the feed itself does."""
    wishes = parsed.wishes if parsed and parsed.whole else feed.wishes
    hub, topic = (absolute(link, page.final_url) if link else "" for link in page.hub)
    return replace(wishes, hub=hub, topic=topic or page.final_url) if hub else wishes


def is_same(before: Feed, after: Feed) -> bool:
    """Whether a poll that told nothing new left nothing behind but when it was, and what that taught."""
    return before.failures == 0 and _OF_ANSWERS(before) == _OF_ANSWERS(after)


def planned(
    feed: Feed,
    fresh: Sequence[Sighting] | None,
    now: datetime,
    chance: float,
    *,
    bounds: Bounds = BOUNDS,
    fresh_s: float = 0.0,
    pace: float = 0.0,
) -> Feed:
    """A feed after a good poll that showed these for the first time, and when it is owed the next one.

    None for `fresh` forgets its habit, and keeps to the interval.
    """
    dates = [one.entry.published_at or now for one in fresh or ()]
    habit = () if fresh is None else learn(feed.habit, dates, now)
    due_at = next_poll(feed, now, chance, habit=habit, bounds=bounds, fresh_s=fresh_s, pace=pace)
    return replace(feed, habit=habit, due_at=due_at)


def poll_failed(feed: Feed, error: MonitorError, now: datetime, chance: float, *, longest_s: float) -> Feed:
    """A feed after a poll that failed: kept and tried again, unless its server says that it is gone for good.

    One whose host wants a pause was not asked at all: it has not failed, and is owed a poll after that.
    """
    asked = error.retry_after if isinstance(error, FetchError) else None
    if is_pause(error):
        return replace(feed, due_at=after_pause(asked, now, chance))
    gone = isinstance(error, FetchError) and error.reason == "gone"
    settled = replace(
        feed,
        state=FeedState.GONE if gone else feed.state,
        failures=feed.failures + 1,
        last_error=str(error),
        polled_at=now,
    )
    return replace(settled, due_at=next_poll(settled, now, chance, retry_after=asked, longest_s=longest_s))


def is_pause(error: MonitorError) -> bool:
    """Whether nothing was asked for, because the host or the machine wants a pause."""
    return isinstance(error, FetchError) and error.reason == "paused"


def backlog(
    feed: Feed, sightings: tuple[Sighting, ...], now: datetime, *, older_than_s: float, told: int
) -> frozenset[str]:
    """Which articles of a feed's first poll are old news: kept and matched, but never told.

    All that were published before `older_than_s` seconds ago, but for the newest `told` entries.
    """
    if feed.succeeded_at is not None:
        return frozenset()
    edge = now - timedelta(seconds=older_than_s)
    dated = [(sighting.entry.published_at or now, sighting.article_key) for sighting in sightings]
    newest = sorted(dated, key=lambda pair: pair[0], reverse=True)[:told]
    return frozenset(key for at, key in dated if at < edge) - {key for _, key in newest}


def as_edited(article: Article) -> Article:
    """An article with what its feed says of it now, where that is why it is owed another reading."""
    if article.edit is None:
        return article
    title, modified_at = article.edit.title or article.title, article.edit.modified_at or article.modified_at
    return replace(article, title=title, modified_at=modified_at)


def goes_without_page(article: Article) -> bool:
    """Whether the feed's own text serves: because its options say so, or because it is whole."""
    if article.wanted_text == "auto":
        return is_whole(article.content, article.summary)
    return article.wanted_text == "feed"


def is_whole(content: str, summary: str) -> bool:
    """Whether the text that a feed carries is the whole article: long, of many sentences, and not broken off."""
    if (
        len(content) < max(WHOLE_LENGTH, WHOLE_SHARE * len(summary))
        or len(BREAK.findall(content)) < WHOLE_SENTENCES - 1
    ):
        return False
    last = content.rstrip().rsplit("\n", 1)[-1]
    asks_on = _READ_ON.search(plain(content[-_END:])) or is_label(last) or is_appeal(last)
    return not asks_on and not _CUT.search(content[-_END:]) and is_stopped(last)


def feed_text(article: Article) -> Extracted:
    """What the feed itself says, as if it had been read from a page."""
    text = article.content or article.summary
    site = article.site or host_of(article.url)
    return Extracted(text=text, site=site, language=detect(text or article.title, article.language))


def read_from_feed(article: Article, extracted: Extracted, now: datetime) -> Article:
    """An article whose page is not asked for, for its feed says enough: owed a telling."""
    settled = replace(
        article,
        text=extracted.text,
        text_source=TextSource.FEED if extracted.text else TextSource.NONE,
        note="",
        language=extracted.language or article.language,
        site=extracted.site,
        about=extracted.about,
    )
    if extracted.text or article.title:
        return _owed_telling(settled, now)
    return replace(settled, state=ArticleState.FAILED, due_at=None, last_error="the feed gives no text")


def passed_note(version: str) -> str:
    """What is noted of an article that these rules passed over."""
    return f"{_PASSED} (rules {version})"


def was_passed(article: Article) -> bool:
    """Whether an article was kept unread."""
    return article.note.startswith(_PASSED)


def passed(article: Article, version: str) -> Article:
    """An article whose page touches nothing that these rules ask for: kept, and owed nothing."""
    site = article.site or host_of(article.url)
    note = passed_note(version)
    return replace(article, state=ArticleState.UNREAD, site=site, note=note, due_at=None, failures=0, last_error="")


def read(article: Article, extracted: Extracted, now: datetime) -> Article:
    """An article whose page was read: owed a telling."""
    if len(extracted.text) < TEASER * len(article.content):
        return unreadable(article, "the page holds less than the feed's own text", now, extracted)
    settled = replace(
        article,
        title=extracted.title or article.title,
        text=extracted.text,
        text_source=TextSource.PAGE,
        note="",
        authors=extracted.authors or article.authors,
        language=extracted.language or article.language,
        site=extracted.site or article.site,
        image_url=extracted.image_url,
        about=extracted.about,
        # The feed knows when its entry came out; a page's date is often that of its template.
        published_at=article.published_at or extracted.published_at,
        modified_at=extracted.modified_at or article.modified_at,
    )
    return _owed_telling(settled, now)


def unreadable(article: Article, reason: str, now: datetime, extracted: Extracted = _UNSEEN) -> Article:
    """An article whose page cannot be had: the feed's own text serves, and the note says why.

    Without a title or any text there is nothing to keep: the article has failed, for that reason.
    """
    text = article.content or article.summary
    settled = replace(
        article,
        text=text,
        text_source=TextSource.FEED if text else TextSource.NONE,
        note=reason,
        about=extracted.about,
        site=extracted.site or article.site,
        image_url=extracted.image_url,
        modified_at=extracted.modified_at or article.modified_at,
    )
    settled = _owed_telling(settled, now)
    failed = replace(settled, state=ArticleState.FAILED, due_at=None, last_error=reason)
    return settled if text or article.title else failed


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading an article: how it stands now, and what it said before if that changed."""

    article: Article
    replaced: Revision | None = None
    worse: bool = False  # less was read than before, and the earlier text was kept


def compared(before: Article, after: Article, now: datetime) -> Reading:
    """A reading beside the one before it, if there was one.

    An article that says the same is told no second time. One whose text was better before keeps that.
    """
    if before.text_source is TextSource.NONE and before.story_id is None:
        return Reading(after)
    if after.state is ArticleState.READ:
        return Reading(replace(before, due_at=after.due_at, failures=after.failures, last_error=after.last_error))
    worse = _is_worse(before, after)
    if worse:
        after = replace(as_edited(before), note=f"{after.note or 'there is less of it than before'}; {KEPT}")
    if revision.is_changed(before, after):
        replaced = Revision(before.revision, before.title, before.text, before.text_source, before.modified_at, now)
        edited = replace(after, state=ArticleState.TELL, due_at=now, revision=before.revision + 1)
        return Reading(edited, replaced, worse)
    same = replace(before, note=after.note, about=after.about, failures=0, last_error="")
    if before.story_id is None:
        return Reading(replace(same, state=ArticleState.TELL, due_at=now), worse=worse)
    return Reading(replace(same, state=ArticleState.DONE, due_at=_rested(same, now, changed=False)), worse=worse)


def _rested(article: Article, now: datetime, *, changed: bool) -> datetime:
    """Before when an article at rest shall not be read again, whatever its feeds say."""
    age_s = (now - article.seen_at).total_seconds() if article.seen_at else 0.0
    return now + timedelta(seconds=revision.rest_s(age_s, changed=changed))


def _is_worse(before: Article, after: Article) -> bool:
    """Whether what was read now is no new wording, but less of the old one."""
    if before.text_source is TextSource.PAGE and after.text_source is not TextSource.PAGE:
        # A page that cannot be had any more; where it was not asked for, the feed's text is whole.
        return bool(after.note) or len(after.text) < TEASER * len(before.text)
    if before.text_source is TextSource.FEED and after.text_source is not TextSource.PAGE:
        return len(before.text) >= revision.LONG and len(after.text) < TEASER * len(before.text)
    return revision.is_teaser(before.text, after.text)


def _owed_telling(article: Article, now: datetime) -> Article:
    return replace(article, state=ArticleState.TELL, due_at=now, failures=0, last_error="")


def fetch_failed(
    article: Article, error: FetchError, now: datetime, chance: float, *, attempts: int, longest_s: float
) -> Article:
    """An article whose page did not come: tried again while that may help, else told from the feed's own text."""
    if is_pause(error):
        return replace(article, due_at=after_pause(error.retry_after, now, chance))
    failures = article.failures + 1
    refused = error.status is not None and 400 <= error.status < 500 and error.status not in NOT_NOW
    if error.permanent or refused or failures >= attempts:
        return unreadable(article, str(error), now, Extracted(about=walled("error-page" if error.status else "")))
    due = next_try(failures, now, chance, retry_after=error.retry_after, max_s=longest_s)
    return replace(article, failures=failures, last_error=str(error), due_at=due)


def told(article: Article, story_id: int) -> Article:
    """An article that is owed nothing more."""
    return replace(article, story_id=story_id, state=ArticleState.DONE, due_at=None, failures=0, last_error="")


def retold(article: Article, now: datetime) -> Article:
    """An edited article that is owed nothing more; for a while it is not read again."""
    due = _rested(article, now, changed=True)
    return replace(article, state=ArticleState.DONE, due_at=due, failures=0, last_error="")


def delivered(owed: Owed, now: datetime) -> Owed:
    """An alert, or a message of several, that its receiver took."""
    return replace(owed, state=AlertState.SENT, sent_at=now, due_at=None, last_error="")


@dataclass(frozen=True)
class Patience:
    """How often and for how long what is owed to a receiver is tried again."""

    first_s: float
    longest_s: float
    give_up_s: float


def undelivered(
    owed: Owed,
    error: DeliveryError,
    now: datetime,
    chance: float,
    *,
    first_s: float,
    longest_s: float,
    give_up_s: float,
) -> Owed:
    """What was not taken: tried again, or failed with its reason when refused for good or too old."""
    failures = owed.failures + 1
    settled = replace(owed, failures=failures, last_error=str(error))
    if error.maybe_taken and isinstance(settled, Alert):
        settled = replace(settled, begun_at=now)
    age = (now - owed.owed_at).total_seconds() if owed.owed_at else 0.0
    if error.permanent or age >= give_up_s:
        return replace(settled, state=AlertState.FAILED, due_at=None)
    due = next_try(failures, now, chance, retry_after=error.retry_after, first_s=first_s, max_s=longest_s)
    return replace(settled, due_at=due)


def settled(
    dispatch: Dispatch, error: DeliveryError | None, now: datetime, chance: float, patience: Patience
) -> Dispatch:
    """A message of several alerts after a try to send it."""
    return undelivered(dispatch, error, now, chance, **vars(patience)) if error else delivered(dispatch, now)

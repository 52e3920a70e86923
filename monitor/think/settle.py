"""An item and what came of its work become the item as it stands now, and when it is owed again."""

from dataclasses import replace
from datetime import datetime, timedelta

from monitor.errors import DeliveryError, FetchError, MonitorError
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
)
from monitor.think.schedule import next_poll, next_try

# A page this much shorter than the text that its feed carries is a teaser: the feed's text serves.
TEASER = 0.5
NO_PAGE = "the feed gives no page to fetch"
# Refusals that mean "not now"; every other 4xx will be said again tomorrow.
NOT_NOW = frozenset({408, 425, 429})


def polled(feed: Feed, page: Page, parsed: ParsedFeed | None, body_hash: str, now: datetime, chance: float) -> Feed:
    """A feed after a good poll; `parsed` is None when its body was the one we know already."""
    # The rest of a body that broke off comes with the next poll only if that asks for all of it.
    whole = parsed is None or parsed.whole
    known = feed if page.status == 304 else replace(feed, etag="", last_modified="")
    settled = replace(
        feed,
        moved_to=page.moved_to or feed.moved_to,
        etag=(page.etag or known.etag) if whole else "",
        last_modified=(page.last_modified or known.last_modified) if whole else "",
        body_hash=(body_hash or feed.body_hash) if whole else "",
        title=parsed.title if parsed and parsed.title else feed.title,
        failures=0,
        last_error="",
        polled_at=now,
        succeeded_at=now,
    )
    return replace(settled, due_at=next_poll(settled, now, chance))


def poll_failed(feed: Feed, error: MonitorError, now: datetime, chance: float, *, longest_s: float) -> Feed:
    """A feed after a poll that failed: kept and tried again, unless its server says that it is gone for good."""
    gone = isinstance(error, FetchError) and error.reason == "gone"
    settled = replace(
        feed,
        state=FeedState.GONE if gone else feed.state,
        failures=feed.failures + 1,
        last_error=str(error),
        polled_at=now,
    )
    asked = error.retry_after if isinstance(error, FetchError) else None
    return replace(settled, due_at=next_poll(settled, now, chance, retry_after=asked, longest_s=longest_s))


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
        # The feed knows when its entry came out; a page's date is often that of its template.
        published_at=article.published_at or extracted.published_at,
        modified_at=extracted.modified_at or article.modified_at,
    )
    return _owed_telling(settled, now)


def unreadable(article: Article, reason: str, now: datetime, extracted: Extracted | None = None) -> Article:
    """An article whose page cannot be had: the feed's own text serves, and the note says why.

    Without a title or any text there is nothing to keep: the article has failed, for that reason.
    """
    text = article.content or article.summary
    settled = replace(
        article,
        text=text,
        text_source=TextSource.FEED if text else TextSource.NONE,
        note=reason,
        site=(extracted.site if extracted else "") or article.site,
        image_url=extracted.image_url if extracted else "",
        modified_at=(extracted.modified_at if extracted else None) or article.modified_at,
    )
    settled = _owed_telling(settled, now)
    if text or article.title:
        return settled
    return replace(settled, state=ArticleState.FAILED, due_at=None, last_error=reason)


def _owed_telling(article: Article, now: datetime) -> Article:
    return replace(article, state=ArticleState.TELL, due_at=now, failures=0, last_error="")


def fetch_failed(
    article: Article, error: FetchError, now: datetime, chance: float, *, attempts: int, longest_s: float
) -> Article:
    """An article whose page did not come: tried again while that may help, else told from the feed's own text."""
    failures = article.failures + 1
    refused = error.status is not None and 400 <= error.status < 500 and error.status not in NOT_NOW
    if error.permanent or refused or failures >= attempts:
        return unreadable(article, str(error), now)
    due = next_try(failures, now, chance, retry_after=error.retry_after, max_s=longest_s)
    return replace(article, failures=failures, last_error=str(error), due_at=due)


def told(article: Article, story_id: int) -> Article:
    """An article that is owed nothing more."""
    return replace(article, story_id=story_id, state=ArticleState.DONE, due_at=None, failures=0, last_error="")


def delivered(alert: Alert, now: datetime) -> Alert:
    """An alert that its receiver took."""
    return replace(alert, state=AlertState.SENT, sent_at=now, due_at=None, last_error="")


def undelivered(
    alert: Alert,
    error: DeliveryError,
    now: datetime,
    chance: float,
    *,
    first_s: float,
    longest_s: float,
    give_up_s: float,
) -> Alert:
    """An alert that was not taken: tried again, or failed with its reason when refused for good or too old."""
    failures = alert.failures + 1
    settled = replace(alert, failures=failures, last_error=str(error))
    age = (now - alert.owed_at).total_seconds() if alert.owed_at else 0.0
    if error.permanent or age >= give_up_s:
        return replace(settled, state=AlertState.FAILED, due_at=None)
    due = next_try(failures, now, chance, retry_after=error.retry_after, first_s=first_s, max_s=longest_s)
    return replace(settled, due_at=due)

"""What becomes of an item after its work: nothing ends without a record, and nothing is given up in silence."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from conftest import NOW
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import DeliveryError, FetchError, ParseError
from monitor.model import (
    Alert,
    AlertState,
    Article,
    ArticleState,
    Entry,
    Extracted,
    Feed,
    FeedState,
    Page,
    ParsedFeed,
    Sighting,
    TextSource,
)
from monitor.think import settle

FEED = Feed(1, "wire", "https://wire.example/rss", etag='"old"', failures=3, last_error="500")
PAGE = Page("https://wire.example/rss", "https://wire.example/rss", 200, b"<rss/>", etag='"new"')
PARSED = ParsedFeed("rss", "The Wire", "en", ())
ARTICLE = Article(
    7, "https://wire.example/a", "https://wire.example/a", title="Headline", summary="Summary.", due_at=NOW
)
ALERT = Alert("alt_1", "desk", "war", 7, 0, 7, id=3, owed_at=NOW, created_at=NOW, due_at=NOW)
DAY_S = 86400.0


def test_a_good_poll_clears_the_errors_and_keeps_the_validators() -> None:
    after = settle.polled(FEED, PAGE, PARSED, "hash", NOW, 0.5)
    assert (after.failures, after.last_error, after.etag, after.title) == (0, "", '"new"', "The Wire")
    assert after.due_at == NOW + timedelta(seconds=900)


def test_a_304_keeps_the_validators_unless_it_brings_new_ones() -> None:
    answer = replace(PAGE, status=304, etag="")
    assert settle.polled(FEED, answer, None, "", NOW, 0.5).etag == '"old"'
    assert settle.polled(FEED, replace(answer, etag='"newer"'), None, "", NOW, 0.5).etag == '"newer"'


def test_a_200_without_validators_forgets_the_old_ones() -> None:
    assert settle.polled(FEED, replace(PAGE, etag=""), PARSED, "hash", NOW, 0.5).etag == ""


def test_a_body_that_broke_off_leaves_no_validators_so_that_the_rest_is_asked_for() -> None:
    after = settle.polled(FEED, PAGE, replace(PARSED, whole=False), "hash", NOW, 0.5)
    assert (after.etag, after.last_modified, after.body_hash) == ("", "", "")


def test_a_permanent_move_is_remembered_only_by_a_poll_that_was_read() -> None:
    moved = replace(PAGE, moved_to="https://wire.example/new")
    assert settle.polled(FEED, moved, PARSED, "hash", NOW, 0.5).address == "https://wire.example/new"
    assert settle.poll_failed(FEED, ParseError("HTML"), NOW, 0.5, longest_s=DAY_S).address == FEED.url


def test_a_body_that_could_not_be_read_leaves_no_validators() -> None:
    assert settle.poll_failed(FEED, ParseError("HTML"), NOW, 0.5, longest_s=DAY_S).etag == '"old"'


@given(st.integers(0, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_feed_that_fails_however_often_stays_owed_a_poll_within_a_day_or_so(failures: int, chance: float) -> None:
    after = settle.poll_failed(
        replace(FEED, failures=failures), FetchError("no", reason="dns"), NOW, chance, longest_s=DAY_S
    )
    assert after.state is FeedState.ACTIVE
    assert after.due_at is not None
    assert NOW < after.due_at <= NOW + timedelta(seconds=1.2 * DAY_S)


def test_a_feed_whose_server_says_gone_is_retired_with_the_reason() -> None:
    after = settle.poll_failed(FEED, FetchError("410 Gone", reason="gone", permanent=True), NOW, 0.5, longest_s=DAY_S)
    assert (after.state, after.last_error) == (FeedState.GONE, "410 Gone")


def test_a_read_page_makes_an_article_that_is_owed_a_telling() -> None:
    extracted = Extracted(title="Better headline", text="The text.", language="en", published_at=NOW)
    after = settle.read(ARTICLE, extracted, NOW)
    assert (after.state, after.title, after.text_source) == (ArticleState.TELL, "Better headline", TextSource.PAGE)
    assert after.published_at == NOW


def test_the_feeds_own_date_outranks_the_pages() -> None:
    dated = replace(ARTICLE, published_at=NOW - timedelta(hours=1))
    assert settle.read(dated, Extracted(text="x", published_at=NOW), NOW).published_at == dated.published_at


def test_where_the_page_is_a_teaser_the_feeds_full_text_serves_and_the_article_says_so() -> None:
    full = replace(ARTICLE, content="A long text. " * 50)
    after = settle.read(full, Extracted(text="A long text."), NOW)
    assert (after.text, after.text_source) == (full.content, TextSource.FEED)
    assert "less" in after.note


@pytest.mark.parametrize(("content", "text"), [("Full text.", "Full text."), ("", "Summary.")])
def test_where_the_page_cannot_be_had_the_feeds_text_serves_with_the_reason(content: str, text: str) -> None:
    after = settle.unreadable(replace(ARTICLE, content=content), "403 Forbidden", NOW)
    assert (after.text, after.text_source, after.note) == (text, TextSource.FEED, "403 Forbidden")
    assert after.state is ArticleState.TELL


def test_an_article_of_which_nothing_is_known_has_failed_for_that_reason() -> None:
    after = settle.unreadable(replace(ARTICLE, title="", summary=""), "404 Not Found", NOW)
    assert (after.state, after.last_error, after.due_at) == (ArticleState.FAILED, "404 Not Found", None)


def test_a_passing_failure_is_tried_again_and_then_told_from_the_feed() -> None:
    article, error = ARTICLE, FetchError("timed out", reason="timeout")
    for turn in range(1, 4):
        article = settle.fetch_failed(article, error, NOW, 0.5, attempts=4, longest_s=DAY_S)
        assert (article.state, article.failures) == (ArticleState.READ, turn)
        assert article.due_at is not None
        assert article.due_at > NOW
    article = settle.fetch_failed(article, error, NOW, 0.5, attempts=4, longest_s=DAY_S)
    assert (article.state, article.text, article.note) == (ArticleState.TELL, "Summary.", "timed out")


def test_a_page_that_is_refused_for_good_is_not_asked_for_again() -> None:
    error = FetchError("404", reason="status", status=404, permanent=True)
    assert settle.fetch_failed(ARTICLE, error, NOW, 0.5, attempts=4, longest_s=DAY_S).state is ArticleState.TELL


def test_a_server_that_names_its_time_is_given_it() -> None:
    error = FetchError("429", reason="status", status=429, retry_after=1800)
    after = settle.fetch_failed(ARTICLE, error, NOW, 0.0, attempts=4, longest_s=DAY_S)
    assert after.due_at is not None
    assert after.due_at >= NOW + timedelta(seconds=1800)


def delivery_failed(alert: Alert, error: DeliveryError, now: datetime) -> Alert:
    return settle.undelivered(alert, error, now, 0.5, first_s=30, longest_s=3600, give_up_s=3 * DAY_S)


def test_an_alert_not_taken_for_now_stays_owed_under_its_id() -> None:
    after = delivery_failed(ALERT, DeliveryError("451 later"), NOW)
    assert (after.uid, after.state, after.failures, after.last_error) == ("alt_1", AlertState.OWED, 1, "451 later")
    assert after.due_at is not None
    assert after.due_at > NOW


def test_an_alert_refused_for_good_has_failed_with_the_reason() -> None:
    after = delivery_failed(ALERT, DeliveryError("550 no such user", permanent=True), NOW)
    assert (after.state, after.last_error, after.due_at) == (AlertState.FAILED, "550 no such user", None)


def test_an_alert_nobody_takes_for_three_days_has_failed_and_is_kept() -> None:
    after = delivery_failed(ALERT, DeliveryError("no answer"), NOW + timedelta(days=3))
    assert after.state is AlertState.FAILED


def sighted(key: str, published_at: datetime | None) -> Sighting:
    return Sighting(Entry(key=key, published_at=published_at), key, "")


def test_a_new_feeds_old_news_is_archived_quietly_but_for_its_newest() -> None:
    old = [sighted(f"old-{days}", NOW - timedelta(days=days)) for days in range(10, 30)]
    fresh = [sighted("fresh", NOW), sighted("undated", None)]
    quiet = settle.backlog(FEED, (*old, *fresh), NOW, older_than_s=2 * DAY_S, told=5)
    assert quiet == {f"old-{days}" for days in range(13, 30)}


def test_news_of_a_feed_that_is_known_is_told_whatever_its_date() -> None:
    known = replace(FEED, succeeded_at=NOW)
    assert (
        settle.backlog(known, (sighted("old", NOW - timedelta(days=900)),), NOW, older_than_s=DAY_S, told=0)
        == frozenset()
    )

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
    Edit,
    Entry,
    Extracted,
    Feed,
    FeedState,
    Page,
    ParsedFeed,
    Sighting,
    TextSource,
    Wishes,
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
    after = settle.polled(FEED, PAGE, PARSED, "hash", NOW)
    assert (after.failures, after.last_error, after.etag, after.title) == (0, "", '"new"', "The Wire")
    assert settle.planned(after, (), NOW, 0.5).due_at == NOW + timedelta(seconds=900)


def test_a_good_poll_keeps_what_the_feed_asks_for_and_when_it_came_whole() -> None:
    wishes = Wishes(interval_s=3600, hub="https://hub.example/")
    after = settle.polled(FEED, PAGE, replace(PARSED, wishes=wishes), "hash", NOW)
    assert (after.wishes, after.whole_at) == (wishes, NOW)
    unchanged = settle.polled(after, replace(PAGE, status=304), None, "", NOW + timedelta(hours=1))
    assert (unchanged.wishes, unchanged.whole_at) == (wishes, NOW)


def test_a_feed_learns_its_habit_from_what_is_new_and_forgets_it_where_nothing_is_to_be_learnt() -> None:
    taught = settle.planned(FEED, (), NOW, 0.5)
    assert taught.habit
    assert settle.planned(taught, None, NOW, 0.5).habit == ()


@pytest.mark.parametrize("asked", [None, 600.0])
def test_a_feed_or_page_whose_host_wants_a_pause_has_not_failed(asked: float | None) -> None:
    pause = FetchError("its host wants a pause", reason="paused", retry_after=asked)
    fed = settle.poll_failed(FEED, pause, NOW, 0.5, longest_s=86_400)
    assert (fed.failures, fed.last_error, fed.polled_at) == (FEED.failures, FEED.last_error, FEED.polled_at)
    assert fed.due_at is not None
    assert fed.due_at >= NOW + timedelta(seconds=asked or 1)
    article = settle.fetch_failed(ARTICLE, pause, NOW, 0.5, attempts=1, longest_s=86_400)
    assert (article.state, article.failures, article.last_error) == (ARTICLE.state, ARTICLE.failures, "")


def test_a_304_keeps_the_validators_unless_it_brings_new_ones() -> None:
    answer = replace(PAGE, status=304, etag="")
    assert settle.polled(FEED, answer, None, "", NOW).etag == '"old"'
    assert settle.polled(FEED, replace(answer, etag='"newer"'), None, "", NOW).etag == '"newer"'


def test_a_200_without_validators_forgets_the_old_ones() -> None:
    assert settle.polled(FEED, replace(PAGE, etag=""), PARSED, "hash", NOW).etag == ""


def test_a_body_that_broke_off_leaves_no_validators_so_that_the_rest_is_asked_for() -> None:
    after = settle.polled(FEED, PAGE, replace(PARSED, whole=False), "hash", NOW)
    assert (after.etag, after.last_modified, after.body_hash) == ("", "", "")


def test_a_permanent_move_is_remembered_only_by_a_poll_that_was_read() -> None:
    moved = replace(PAGE, moved_to="https://wire.example/new")
    assert settle.polled(FEED, moved, PARSED, "hash", NOW).address == "https://wire.example/new"
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


SENTENCE = "The harbour of Arlen was closed on Wednesday after a crane had fallen onto the quay. "
FULL = "\n\n".join([SENTENCE * 4 + "Nobody was hurt."] * 6)
READ = replace(
    ARTICLE, text=FULL, text_source=TextSource.PAGE, state=ArticleState.READ, story_id=7, image_url="i", seen_at=NOW
)
LATER = NOW + timedelta(hours=4)


def reread(before: Article, after: Article) -> settle.Reading:
    return settle.compared(before, after, LATER)


def page_says(before: Article, text: str, title: str = "") -> settle.Reading:
    return reread(before, settle.read(settle.as_edited(before), Extracted(title=title, text=text), LATER))


def test_a_first_reading_replaces_nothing() -> None:
    after = settle.read(ARTICLE, Extracted(text=FULL), NOW)
    assert settle.compared(ARTICLE, after, NOW) == settle.Reading(after)


def test_an_article_that_says_the_same_rests_and_is_told_no_second_time() -> None:
    for text in (FULL, FULL + "\n\nUpdated 12:01"):
        reading = page_says(replace(READ, failures=2, last_error="timed out"), text)
        assert reading.replaced is None
        assert reading.article == replace(READ, state=ArticleState.DONE, due_at=NOW + timedelta(hours=8))


def test_an_article_that_says_something_else_keeps_what_it_said_and_is_told_again() -> None:
    reading = page_says(READ, FULL.replace("Nobody was", "Two were"), "Two hurt")
    assert (reading.article.title, reading.article.state, reading.article.revision) == ("Two hurt", "tell", 1)
    assert "Two were hurt" in reading.article.text
    assert reading.replaced is not None
    assert (reading.replaced.number, reading.replaced.title, reading.replaced.text) == (0, "Headline", FULL)


def test_another_headline_alone_is_another_wording() -> None:
    reading = page_says(READ, FULL, "Another headline")
    assert reading.replaced is not None
    assert reading.article.text == FULL


def test_a_page_that_cannot_be_had_any_more_leaves_the_text_as_it_was_and_says_why() -> None:
    error = FetchError("404 Not Found", reason="status", status=404, permanent=True)
    reading = reread(READ, settle.fetch_failed(READ, error, LATER, 0.5, attempts=4, longest_s=DAY_S))
    article = reading.article
    assert (article.text, article.text_source, article.image_url, article.state) == (FULL, "page", "i", "done")
    assert article.note == f"404 Not Found; {settle.KEPT}"
    assert reading.worse
    assert reading.replaced is None


def test_a_page_that_has_become_a_teaser_leaves_the_text_as_it_was() -> None:
    for text in (FULL[:400] + " Subscribe to go on.", "Please sign in."):
        reading = page_says(READ, text)
        assert (reading.article.text, reading.replaced, reading.worse) == (FULL, None, True)
        assert "less of it" in reading.article.note
    assert page_says(READ, "Please sign in.", "Sign in").article.title == "Headline"


def test_a_short_text_that_becomes_shorter_was_edited() -> None:
    before = replace(READ, text="Two cranes fell in Arlen on Wednesday, the mayor said.")
    assert page_says(before, "A crane fell.").article.text == "A crane fell."


def test_a_headline_that_the_feed_changed_counts_where_the_page_is_gone() -> None:
    before = replace(READ, edit=Edit(NOW, "Two hurt"))
    reading = reread(before, settle.unreadable(settle.as_edited(before), "404 Not Found", LATER))
    assert (reading.article.title, reading.article.text, reading.article.state) == ("Two hurt", FULL, "tell")
    assert reading.replaced is not None
    assert reading.replaced.title == "Headline"


def test_a_passing_failure_of_another_reading_changes_nothing_but_when_it_is_tried_again() -> None:
    before = replace(READ, edit=Edit(NOW, "Two hurt"))
    error = FetchError("timed out", reason="timeout")
    failed = settle.fetch_failed(settle.as_edited(before), error, LATER, 0.5, attempts=4, longest_s=DAY_S)
    reading = reread(before, failed)
    assert reading.article == replace(before, failures=1, last_error="timed out", due_at=failed.due_at)
    assert reading.article.title == "Headline"


def test_a_text_of_the_feed_follows_its_feed() -> None:
    before = replace(READ, text="Summary.", text_source=TextSource.FEED, note="403", summary="Two were hurt.")
    reading = reread(before, settle.unreadable(before, "403", LATER))
    assert (reading.article.text, reading.article.note) == ("Two were hurt.", "403")
    assert reading.replaced is not None
    shrunk = replace(READ, text=FULL, text_source=TextSource.FEED, note="403", summary="Two were hurt.")
    assert reread(shrunk, settle.unreadable(shrunk, "403", LATER)).article.text == FULL


def test_a_page_that_can_be_had_at_last_takes_the_place_of_the_feeds_text() -> None:
    before = replace(READ, text="Summary.", text_source=TextSource.FEED, note="403")
    reading = page_says(before, FULL)
    assert (reading.article.text, reading.article.text_source, reading.article.note) == (FULL, "page", "")


def test_an_article_that_was_never_told_is_told_whatever_comes_of_another_reading() -> None:
    assert page_says(replace(READ, story_id=None), FULL).article.state is ArticleState.TELL


def test_an_edited_article_rests_after_it_was_told_again() -> None:
    after = settle.retold(replace(READ, state=ArticleState.TELL), LATER)
    assert (after.state, after.due_at) == (ArticleState.DONE, LATER + timedelta(hours=1))


def test_a_long_text_of_a_feed_that_ends_as_it_should_is_whole() -> None:
    assert settle.is_whole(FULL, "")
    assert settle.is_whole(FULL, "A short summary.")
    assert settle.is_whole(FULL + "\n\n»Rust«, said the mayor, »was the cause.«", "")


@pytest.mark.parametrize(
    "content",
    [
        "",
        SENTENCE * 3,
        FULL[:1400],
        "word " * 800 + "end.",
        FULL[:-1],
        FULL.removesuffix(".") + "…",
        FULL + " Then he…",
        FULL + " […]",
        FULL.replace("Nobody was hurt.", "[...]"),
        *(
            f"{FULL}\n\n{words}"
            for words in (
                "Read more",
                "Continue reading.",
                "Continue reading the main story on our site.",
                "Weiterlesen …",
                "Den ganzen Artikel gibt es hier.",
                "Lire la suite sur notre site.",
                "Seguir leyendo.",
                "Continua a leggere.",
                "Leia mais em nosso site.",
                "Lees verder.",
                "Czytaj dalej.",
                "Číst dál.",
                "Читати далі.",
                "Читать далее.",
                "اقرأ المزيد.",
                "Devamını oku.",
                "The whole text →",
            )
        ),
    ],
)
def test_a_text_that_is_short_or_broken_off_or_asks_to_read_on_is_not_whole(content: str) -> None:
    assert not settle.is_whole(content, "")


def test_a_text_hardly_longer_than_its_summary_is_not_whole() -> None:
    assert not settle.is_whole(FULL, FULL[: len(FULL) // 2 + 10])


@pytest.mark.parametrize(
    ("wanted", "content", "without"),
    [("auto", FULL, True), ("auto", SENTENCE, False), ("page", FULL, False), ("feed", "", True)],
)
def test_whose_text_an_article_gets_is_for_its_feeds_to_say(wanted: str, content: str, *, without: bool) -> None:
    article = replace(ARTICLE, wanted_text=wanted, content=content)
    assert settle.goes_without_page(article) is without


def test_the_feeds_own_text_is_read_with_its_site_and_its_language() -> None:
    article = replace(ARTICLE, url="https://www.wire.example/a", content=FULL)
    after = settle.read_from_feed(article, settle.feed_text(article), NOW)
    assert (after.text, after.text_source, after.note) == (FULL, TextSource.FEED, "")
    assert (after.site, after.language, after.state) == ("wire.example", "en", ArticleState.TELL)
    bare = replace(ARTICLE, title="", summary="", wanted_text="feed")
    assert settle.read_from_feed(bare, settle.feed_text(bare), NOW).state is ArticleState.FAILED

"""What is owed is handed out once, kept through everything, and found again."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy import DateTime, insert, text
from sqlalchemy.dialects import sqlite

from monitor.edge import outbox, postings, search, sources
from monitor.edge.claims import release
from monitor.edge.columns import Utc
from monitor.edge.database import reading, writing
from monitor.edge.polls import Polled
from monitor.edge.store import Store
from monitor.edge.tables import SIGHTING
from monitor.errors import StoreError
from monitor.model import (
    Alert,
    AlertState,
    Article,
    ArticleState,
    Entry,
    Evidence,
    Feed,
    FeedState,
    Match,
    Page,
    Sighting,
    Story,
    TextSource,
)
from monitor.telling import Attempt
from monitor.think.language import indexable

LEASE = 60.0
MINUTE = timedelta(minutes=1)
ON_BOTH = True


def feed(name: str = "wire", url: str = "https://wire.example/rss") -> Feed:
    return Feed(id=0, name=name, url=url, language="en", country="GB", tags=("agency",))


def sighting(key: str, title: str = "A headline", **told: object) -> Sighting:
    entry = Entry(key=f"entry-{key}", title=title, link=f"https://wire.example/{key}", **told)  # type: ignore[arg-type]
    return Sighting(entry, f"https://wire.example/{key}", f"https://wire.example/{key}")


def held(store: Store, run: str) -> list[int]:
    """The articles that hold a run of words."""
    with reading(store.engine) as connection:
        return sorted(postings.holding(connection, [run]).tolist())


def save(store: Store, feed: Feed, now: datetime, *sightings: Sighting, skipped: Sequence[str] = ()) -> int:
    """Save a poll that showed these; how many articles are new."""
    return store.save_polls([Polled(feed, now, fresh=sightings, skipped=skipped)])[feed.id]


def polled(store: Store, now: datetime, *sightings: Sighting, name: str = "wire") -> int:
    """Poll a feed of that name once, with these entries."""
    sources.sync(store.engine, [feed(), feed("second", "https://second.example/rss")], now)
    claimed = store.claim_feeds(now, LEASE, 10, [name])
    return save(store, replace(claimed[0], due_at=now + MINUTE, succeeded_at=now), now, *sightings)


def read(store: Store, now: datetime, **changes: object) -> Article:
    """Read one article that is owed it."""
    article = store.claim_articles(ArticleState.READ, now, LEASE, 1)[0]
    after = replace(article, state=ArticleState.TELL, due_at=now, **changes)  # type: ignore[arg-type]
    store.save_reading(after, now)
    return after


def told(store: Store, now: datetime, *, uid: str = "alt_1") -> Alert:
    """Tell one article, which owes one alert."""
    article = store.claim_articles(ArticleState.TELL, now, LEASE, 1)[0]
    match = Match("war", "v1", "high", 1.0, (Evidence("kyiv", "title", 0, 4, "Kyiv"),))
    story = Story(article.id, article.title, now, now)
    alert = Alert(uid, "desk", "war", story.id, 0, article.id, created_at=now, due_at=now)
    done = replace(article, state=ArticleState.DONE, due_at=None)
    store.save_telling(done, story, keys=("k1", "k2"), matches=[match], alerts=[alert], now=now)
    return outbox.claim_alerts(store.engine, store.owner, now, LEASE, 1)[0]


def test_a_new_feed_is_owed_a_poll_at_once(store: Store, now: datetime) -> None:
    sources.sync(store.engine, [feed()], now)
    assert [found.name for found in store.claim_feeds(now, LEASE, 10)] == ["wire"]


def test_what_one_worker_holds_another_does_not_get(store: Store, place: Path | str, now: datetime) -> None:
    sources.sync(store.engine, [feed()], now)
    other = Store(place, indexable, "other")
    assert len(store.claim_feeds(now, LEASE, 10)) == 1
    assert other.claim_feeds(now, LEASE, 10) == ()
    other.close()


def test_a_lease_that_ended_lets_another_worker_take_over_and_shuts_the_first_one_out(
    store: Store, place: Path | str, now: datetime
) -> None:
    sources.sync(store.engine, [feed()], now)
    other = Store(place, indexable, "other")
    late = store.claim_feeds(now, LEASE, 1)[0]
    taken = other.claim_feeds(now + 2 * MINUTE, LEASE, 1)[0]
    assert store.save_polls([Polled(replace(late, title="late"), now, fresh=[sighting("lost")])]) == {}
    assert save(other, replace(taken, due_at=now + MINUTE), now, sighting("kept")) == 1
    assert [found.article.title for found in search.every_article(store.engine)] == ["A headline"]
    other.close()


def test_a_restarted_daemon_takes_over_the_leases_of_the_one_that_died(
    store: Store, place: Path | str, now: datetime
) -> None:
    sources.sync(store.engine, [feed()], now)
    dead = Store(place, indexable, "run-17")
    assert dead.claim_feeds(now, LEASE, 1)
    release(store.engine, "run-%")
    assert len(store.claim_feeds(now, LEASE, 1)) == 1
    dead.close()


def test_an_entry_seen_in_two_feeds_is_one_article_with_two_sightings(store: Store, now: datetime) -> None:
    assert polled(store, now, sighting("a")) == 1
    assert polled(store, now, replace(sighting("a"), entry=Entry(key="other", title="Elsewhere")), name="second") == 0
    ((article),) = [found.article for found in search.every_article(store.engine)]
    assert article.feeds == ("second", "wire")
    assert article.title == "A headline"


def test_a_feed_that_gives_a_new_guid_on_every_fetch_does_not_multiply_articles_or_sightings(
    store: Store, now: datetime
) -> None:
    for turn in range(3):
        fresh = replace(sighting("a"), entry=replace(sighting("a").entry, key=f"guid-{turn}"))
        polled(store, now + turn * MINUTE, fresh)
    with reading(store.engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM sighting")).scalar() == 1
    assert len(list(search.every_article(store.engine))) == 1


@pytest.mark.slow
def test_known_entries_are_recognised_however_many_they_are(store: Store, now: datetime) -> None:
    polled(store, now, *(sighting(str(number)) for number in range(1200)))
    wanted = [sighting(str(number)) for number in range(1300)]
    claimed = store.claim_feeds(now + 2 * MINUTE, LEASE, 1, ["wire"])[0]
    assert len(store.known({claimed.id: wanted})[claimed.id].entries) == 1200


def test_an_article_goes_through_reading_and_telling_to_a_delivered_alert(store: Store, now: datetime) -> None:
    polled(store, now, sighting("a", "Kyiv hears of talks"))
    page = Page("https://wire.example/a", "https://wire.example/a", 200, b"<html>" * 100, "text/html", fetched_at=now)
    article = store.claim_articles(ArticleState.READ, now, LEASE, 1)[0]
    assert article.feeds == ("wire",)
    assert article.countries == ("GB",)
    assert article.tags == ("agency",)
    text_read = replace(article, text="Talks began.", text_source=TextSource.PAGE, state=ArticleState.TELL, due_at=now)
    store.save_reading(text_read, now, page)
    alert = told(store, now)
    context = store.context(alert)
    assert context.match.evidence[0].found == "Kyiv"
    assert context.story.id == context.article.id == alert.article_id
    outbox.save_attempt(
        store.engine,
        replace(alert, state=AlertState.SENT, sent_at=now, due_at=None),
        Attempt(now, now, "sent", "250 ok"),
    )
    assert outbox.claim_alerts(store.engine, store.owner, now + MINUTE, LEASE, 9) == ()
    assert search.attempts(store.engine, "alt_1")[0].detail == "250 ok"


def test_a_story_owes_a_receiver_one_alert_a_topic_even_if_asked_twice(store: Store, now: datetime) -> None:
    polled(store, now, sighting("a"), sighting("b"))
    read(store, now)
    read(store, now)
    first = told(store, now)
    article = store.claim_articles(ArticleState.TELL, now, LEASE, 1)[0]
    again = replace(first, uid="alt_2", article_id=article.id)
    story = store.story(first.story_id)
    assert story is not None
    done = replace(article, state=ArticleState.DONE)
    store.save_telling(done, story, keys=(), matches=[], alerts=[again], now=now)
    assert [alert.uid for alert, _ in search.find_alerts(store.engine)] == ["alt_1"]


def test_a_story_remembers_whom_it_was_told_and_by_which_keys(store: Store, now: datetime) -> None:
    polled(store, now, sighting("a"))
    read(store, now)
    alert = told(store, now)
    assert set(outbox.told(store.engine, alert.story_id)) == {("desk", "war")}
    shared = store.story_keys(["k2", "k9"], "", 1, now - MINUTE)
    assert store.story_keys(["k2", "k9"], "k2", 5, now - MINUTE) == shared
    assert store.story_keys(["k2", "k9"], "", 2, now - MINUTE) == {}
    assert shared == {alert.article_id: (alert.story_id, frozenset({"k2"}))}
    assert store.story_keys(["k2"], "", 1, now + MINUTE) == {}


def test_a_failed_alert_can_be_owed_again_under_its_old_id(store: Store, now: datetime) -> None:
    polled(store, now, sighting("a"))
    read(store, now)
    alert = told(store, now)
    failed = replace(alert, state=AlertState.FAILED, due_at=None, failures=3)
    outbox.save_attempt(store.engine, failed, Attempt(now, now, "failed", "550 no"))
    assert search.retry_failed(store.engine, now) == 1
    again = outbox.claim_alerts(store.engine, store.owner, now, LEASE, 1)[0]
    assert (again.uid, again.failures, again.created_at) == (alert.uid, 0, alert.created_at)


def test_an_item_that_met_a_fault_is_put_off_and_kept(store: Store, now: datetime) -> None:
    polled(store, now, sighting("a"))
    article = store.claim_articles(ArticleState.READ, now, LEASE, 1)[0]
    store.put_off(article, now + MINUTE, "a fault in the program")
    assert store.claim_articles(ArticleState.READ, now, LEASE, 1) == ()
    again = store.claim_articles(ArticleState.READ, now + MINUTE, LEASE, 1)[0]
    assert (again.failures, again.last_error) == (1, "a fault in the program")


def test_what_a_stopping_worker_holds_is_handed_back_at_once(store: Store, place: Path | str, now: datetime) -> None:
    polled(store, now, sighting("a"))
    store.claim_articles(ArticleState.READ, now, LEASE, 1)
    store.release()
    other = Store(place, indexable, "other")
    assert len(other.claim_articles(ArticleState.READ, now, LEASE, 1)) == 1
    other.close()


@pytest.mark.parametrize(
    ("run", "found"),
    [
        ("talks", [1]),
        ("peace talks", [1]),
        ("geneva", []),
        ("zhenev*", []),
        ("миру", [2]),
        ("перего*", [2]),
        ("cafe", [2]),
    ],
)
def test_full_text_finds_words_phrases_and_prefixes_whatever_their_case_and_accents(
    store: Store, now: datetime, run: str, found: list[int]
) -> None:
    polled(store, now, sighting("1", "one", summary="Peace TALKS resume"), sighting("2", "two"))
    for title, body in (("one", "Peace TALKS resume"), ("two", "Переговори про мир і Миру. Café")):
        article = store.claim_articles(ArticleState.READ, now, LEASE, 1)[0]
        assert article.title == title
        store.save_reading(replace(article, text=body, state=ArticleState.TELL, due_at=now), now)
    assert held(store, run) == found


def test_full_text_follows_a_changed_text(store: Store, now: datetime) -> None:
    polled(store, now, sighting("1", "one", summary="early wording"))
    read(store, now, text="late wording")
    assert held(store, "early") == []
    assert held(store, "late") == [1]


@pytest.mark.slow
def test_all_articles_come_newest_first_through_many_batches(store: Store, now: datetime) -> None:
    polled(store, now, *(sighting(str(number), f"title {number}") for number in range(450)))
    ids = [found.article.id for found in search.every_article(store.engine)]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 450


def test_a_feed_taken_out_of_the_config_rests_and_comes_back_with_its_articles(store: Store, now: datetime) -> None:
    polled(store, now, sighting("a"))
    sources.sync(store.engine, [], now)
    assert store.claim_feeds(now + MINUTE, LEASE, 9) == ()
    sources.sync(store.engine, [feed()], now)
    known = {found.name: (found.state, shown) for found, shown in sources.known_feeds(store.engine)}
    assert known["wire"] == (FeedState.ACTIVE, 1)


def test_a_new_address_forgets_what_the_old_one_taught(store: Store, now: datetime) -> None:
    sources.sync(store.engine, [feed()], now)
    claimed = store.claim_feeds(now, LEASE, 1)[0]
    save(store, replace(claimed, etag='"x"', moved_to="https://old.example/", due_at=now + MINUTE), now)
    sources.sync(store.engine, [feed(url="https://new.example/rss")], now)
    again = store.claim_feeds(now, LEASE, 1)[0]
    assert (again.etag, again.address) == ("", "https://new.example/rss")


def test_an_added_feed_survives_the_config_and_can_be_removed(store: Store, now: datetime) -> None:
    sources.add(store.engine, feed("mine", "https://mine.example/rss"), now)
    sources.sync(store.engine, [feed()], now)
    with pytest.raises(StoreError, match="watches"):
        sources.add(store.engine, feed("mine", "https://other.example/rss"), now)
    sources.remove(store.engine, "mine")
    with pytest.raises(StoreError, match="stands in the configuration"):
        sources.remove(store.engine, "wire")
    states = {found.name: found.state for found, _ in sources.known_feeds(store.engine)}
    assert states == {"mine": FeedState.REMOVED, "wire": FeedState.ACTIVE}


def test_entries_that_held_nothing_are_counted_by_reason(store: Store, now: datetime) -> None:
    sources.sync(store.engine, [feed()], now)
    claimed = store.claim_feeds(now, LEASE, 1)[0]
    save(store, replace(claimed, due_at=now + MINUTE), now, skipped=["no title", "no title"])
    assert search.skipped_entries(store.engine) == (("wire", "no title", 2),)


def test_a_save_that_fails_half_way_leaves_nothing_behind(store: Store, now: datetime) -> None:
    sources.sync(store.engine, [feed()], now)
    claimed = store.claim_feeds(now, LEASE, 1)[0]
    broken = replace(sighting("a"), entry=Entry(key="k", title="\ud800"))
    with pytest.raises(UnicodeEncodeError):
        save(store, replace(claimed, due_at=now + MINUTE), now, sighting("b"), broken)
    assert list(search.every_article(store.engine)) == []
    assert store.claim_feeds(now + 2 * MINUTE, LEASE, 1)[0].due_at == now


def test_a_sighting_needs_an_article_that_is_there(store: Store, now: datetime) -> None:
    sources.sync(store.engine, [feed()], now)
    with pytest.raises(Exception, match=r"(?i)foreign key"), writing(store.engine) as connection:
        connection.execute(insert(SIGHTING).values(feed_id=1, article_id=99, entry_key="x", seen_at=now))


def test_another_program_cannot_write_articles_past_the_full_text(store: Store) -> None:
    wanted = "no such function" if store.path else "written by monitor alone"
    added = "INSERT INTO article (key, seen_at, backlog, failures) VALUES ('k', '2026-01-01', false, 0)"
    if store.path is None:
        with pytest.raises(Exception, match=wanted), store.engine.begin() as connection:
            connection.execute(text(added))
        return
    with sqlite3.connect(store.path) as stranger, pytest.raises(sqlite3.OperationalError, match=wanted):
        stranger.execute(added)
    stranger.close()


@given(st.datetimes(timezones=st.timezones()))
def test_a_time_is_kept_in_a_file_as_the_library_would_keep_it_and_read_as_it_was(moment):
    dialect, library = sqlite.dialect(), DateTime()
    write, read = Utc().bind_processor(dialect), Utc().result_processor(dialect, None)
    assume(datetime(1, 1, 3, tzinfo=UTC) < moment < datetime(9999, 12, 30, tzinfo=UTC))
    kept = write(moment)
    assert kept == library.dialect_impl(dialect).bind_processor(dialect)(moment.astimezone(UTC).replace(tzinfo=None))
    assert read(kept) == moment.astimezone(UTC)
    assert read(kept).tzinfo is UTC
    assert (write(None), read(None)) == (None, None)

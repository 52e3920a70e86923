"""An edit that a feed makes known is owed a reading, is kept beside what was said before, and loses nothing."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
import told
from sqlalchemy import func, select
from typer.testing import CliRunner

from monitor.cli.main import app
from monitor.edge import outbox, search, sources
from monitor.edge.database import reading
from monitor.edge.polls import Polled
from monitor.edge.revisions import find_changes, find_revisions
from monitor.edge.store import Store
from monitor.edge.tables import ARTICLE, SIGHTING, STORY_KEY
from monitor.edits import Change, MatchChange, Revision
from monitor.errors import StaleClaimError
from monitor.model import (
    Alert,
    AlertState,
    Article,
    ArticleState,
    Entry,
    Feed,
    FeedOptions,
    Match,
    ParsedFeed,
    Story,
    TextSource,
    Topic,
)
from monitor.telling import Attempt
from monitor.think import discover, render, settle

ON_BOTH = True

LEASE = 60.0
HOUR = timedelta(hours=1)
FIRST = Entry(key="guid-1", link="https://wire.example/1", title="Crane falls", summary="Nobody was hurt.")
WAR = Match("war", "v1", "high", 1.0, ())
PEACE = Match("peace", "v1", "normal", 2.0, ())


def feed(name: str = "wire", text: str = "auto") -> Feed:
    return Feed(id=0, name=name, url=f"https://{name}.example/rss", options=FeedOptions(text=text))


def poll(store: Store, now: datetime, *entries: Entry, name: str = "wire", text: str = "auto") -> int:
    """Poll a feed as the pipeline does; how many articles are new."""
    sources.sync(store.engine, [feed("wire", text), feed("second")], now)
    claimed = store.claim_feeds(now, LEASE, 10, [name])[0]
    found = discover.sightings(claimed, ParsedFeed("rss", "", "en", entries))
    news = discover.compare(found, store.known({claimed.id: found})[claimed.id])
    after = replace(claimed, due_at=now, succeeded_at=now)
    done = Polled(after, now, fresh=news.fresh, again=news.again, freed=news.freed)
    return store.save_polls([done])[after.id]


def owed(store: Store, now: datetime) -> list[Article]:
    return list(store.claim_articles(ArticleState.READ, now, LEASE, 9))


def read(store: Store, article: Article, now: datetime, text: str) -> settle.Reading:
    """Read a page of that text for an article."""
    edited = settle.as_edited(article)
    after = replace(edited, text=text, text_source=TextSource.PAGE, state=ArticleState.TELL, due_at=now)
    came = settle.compared(article, after, now)
    store.save_reading(came.article, now, replaced=came.replaced)
    return came


def tell(store: Store, now: datetime, *matches: Match) -> Article:
    """Tell a new article."""
    article = store.claim_articles(ArticleState.TELL, now, LEASE, 1)[0]
    story = Story(article.id, article.title, now, now)
    after = settle.told(article, story.id)
    store.save_telling(after, story, keys=("k1", "k2"), matches=matches, alerts=(alert(article, now),), now=now)
    return after


def tell_again(store: Store, now: datetime, *matches: Match, changes: tuple[MatchChange, ...] = ()) -> Article:
    article = store.claim_articles(ArticleState.TELL, now, LEASE, 1)[0]
    after = settle.retold(article, now)
    store.save_retelling(after, keys=("k2", "k3"), matches=matches, changes=changes, alerts=(), now=now)
    return after


def alert(article: Article, now: datetime) -> Alert:
    return Alert("alt_1", "desk", "war", article.id, 0, article.id, created_at=now, due_at=now)


def kept(store: Store) -> Article:
    (found,) = search.every_article(store.engine)
    return found.article


@pytest.fixture
def known(store: Store, now: datetime) -> Store:
    """An archive of one article that was read and told."""
    poll(store, now, FIRST)
    read(store, owed(store, now)[0], now, "A crane fell.")
    tell(store, now, WAR, PEACE)
    return store


def sightings(store: Store) -> int:
    with reading(store.engine) as connection:
        return connection.scalar(select(func.count()).select_from(SIGHTING)) or 0


def test_an_unchanged_entry_is_owed_nothing(known: Store, now: datetime) -> None:
    assert poll(known, now + HOUR, FIRST) == 0
    assert owed(known, now + HOUR) == []


def test_an_edited_entry_is_owed_a_reading_at_once_and_what_it_says_waits_for_that(known: Store, now: datetime) -> None:
    poll(known, now + HOUR, replace(FIRST, title="Two hurt", summary="Two were hurt.", updated_at=now))
    assert kept(known).title == "Crane falls"
    (article,) = owed(known, now + HOUR)
    assert article.edit is not None
    assert (article.edit.title, article.edit.modified_at, article.edit.noticed_at) == ("Two hurt", now, now + HOUR)
    assert article.summary == "Two were hurt."
    assert (article.text, article.text_source, article.failures) == ("A crane fell.", "page", 0)


def test_what_an_article_said_is_kept_in_the_transaction_that_replaces_it(known: Store, now: datetime) -> None:
    later = now + HOUR
    poll(known, later, replace(FIRST, title="Two hurt"))
    (article,) = owed(known, later)
    read(known, article, later, "A crane fell. Two were hurt.")
    (before,) = find_revisions(known.engine, article.id)
    assert before == Revision(0, "Crane falls", "A crane fell.", TextSource.PAGE, None, later)
    assert (kept(known).title, kept(known).revision, kept(known).edit) == ("Two hurt", 1, None)
    tell_again(known, later)
    assert owed(known, later + HOUR) == []


def test_who_lost_the_claim_can_replace_nothing(known: Store, now: datetime) -> None:
    poll(known, now + HOUR, replace(FIRST, title="Two hurt"))
    (late,) = owed(known, now + HOUR)
    (taken,) = owed(known, now + 2 * HOUR)
    with pytest.raises(StaleClaimError):
        read(known, late, now + 2 * HOUR, "A wording that comes too late.")
    assert find_revisions(known.engine, taken.id) == ()
    assert kept(known).text == "A crane fell."


def test_an_edit_that_changes_nothing_on_the_page_leaves_no_trace_but_a_rest(known: Store, now: datetime) -> None:
    later = now + 2 * HOUR
    poll(known, later, replace(FIRST, summary="1,204 views"))
    read(known, owed(known, later)[0], later, "A  crane fell.")
    assert (kept(known).state, kept(known).revision, kept(known).text) == ("done", 0, "A crane fell.")
    assert find_revisions(known.engine, kept(known).id) == ()
    assert {match.topic for match in known.matches(kept(known).id)} == {"war", "peace"}
    # It may be read again when it has rested as long as it is old.
    poll(known, later + HOUR, replace(FIRST, summary="1,309 views"))
    assert owed(known, later + HOUR) == []
    assert len(owed(known, later + 2 * HOUR)) == 1


@pytest.mark.slow
def test_an_entry_that_changes_on_every_fetch_is_read_a_few_times_a_day(known: Store, now: datetime) -> None:
    readings = 0
    for quarter in range(1, 97):
        at = now + quarter * timedelta(minutes=15)
        poll(known, at, replace(FIRST, title=f"Crane falls (updated {quarter})"))
        for article in owed(known, at):
            came = settle.compared(article, replace(article, state=ArticleState.TELL), at)
            known.save_reading(came.article, at)
            readings += 1
    assert 3 <= readings <= 7
    assert sightings(known) == 1


def test_a_new_guid_on_every_fetch_adds_no_row_and_an_edit_under_it_is_noticed(known: Store, now: datetime) -> None:
    for turn in range(3):
        assert poll(known, now + HOUR, replace(FIRST, key=f"guid-{turn + 2}")) == 0
    assert sightings(known) == 1
    assert owed(known, now + HOUR) == []
    poll(known, now + HOUR, replace(FIRST, key="guid-9", title="Two hurt"))
    assert [article.edit.title for article in owed(known, now + HOUR) if article.edit] == ["Two hurt"]


def test_an_entry_without_a_link_and_a_new_guid_on_every_fetch_stays_one_article(store: Store, now: datetime) -> None:
    bare = replace(FIRST, link="", published_at=now)
    assert [poll(store, now, replace(bare, key=f"guid-{turn}")) for turn in range(4)] == [1, 0, 0, 0]
    assert sightings(store) == 1


def test_a_guid_that_is_used_again_is_another_article_and_the_first_one_stays(known: Store, now: datetime) -> None:
    other = Entry(key="guid-1", link="https://wire.example/2", title="Storm over Arlen", summary="Roofs flew.")
    assert poll(known, now + HOUR, other) == 1
    titles = {found.article.title: found.article.feeds for found in search.every_article(known.engine)}
    assert titles == {"Crane falls": ("wire",), "Storm over Arlen": ("wire",)}
    assert poll(known, now + HOUR, replace(FIRST, key="guid-2"), other) == 0
    assert poll(known, now + HOUR, replace(other, key="guid-2"), FIRST) == 0
    assert sightings(known) == 2
    assert [article.title for article in owed(known, now + HOUR)] == ["Storm over Arlen"]


def test_sightings_of_an_older_version_are_filled_in_and_no_article_is_read_again(known: Store, now: datetime) -> None:
    with known.engine.begin() as connection:
        connection.execute(SIGHTING.update().values(digest=""))
    poll(known, now + HOUR, replace(FIRST, title="Two hurt"))
    assert owed(known, now + HOUR) == []
    poll(known, now + HOUR, replace(FIRST, title="Three hurt"))
    assert len(owed(known, now + HOUR)) == 1


def test_an_edit_that_comes_while_an_article_is_read_or_told_is_read_for_afterwards(
    store: Store, now: datetime
) -> None:
    poll(store, now, FIRST)
    (article,) = owed(store, now)
    poll(store, now, replace(FIRST, title="One hurt"))
    read(store, article, now, "A crane fell.")
    poll(store, now, replace(FIRST, title="Two hurt"))
    tell(store, now, WAR)
    (again,) = owed(store, now)
    assert again.edit is not None
    assert (again.title, again.edit.title) == ("Crane falls", "Two hurt")
    poll(store, now + HOUR, replace(FIRST, title="Three hurt"))
    read(store, again, now + HOUR, "A crane fell.")
    tell_again(store, now + HOUR, WAR)
    assert [article.edit.title for article in owed(store, now + 2 * HOUR) if article.edit] == ["Three hurt"]


@pytest.mark.slow
def test_however_a_feed_mixes_guids_links_and_titles_each_of_its_stories_is_one_article(
    store: Store, now: datetime
) -> None:
    chance = Random(7)
    for turn in range(60):
        stories = chance.sample(range(12), 6)
        entries = [
            Entry(
                key=chance.choice([f"guid-{place}", f"own-{story}", f"turn-{turn}-{place}"]),
                link=f"https://wire.example/{story}" if story < 9 else "",
                title=f"Story {story}" + chance.choice(["", " (updated)"] if story < 9 else [""]),
                summary=f"What happened in story {story}.",
            )
            for place, story in enumerate(stories)
        ]
        poll(store, now + turn * HOUR, *entries)
    keys = {found.article.key for found in search.every_article(store.engine)}
    assert {key for key in keys if key.startswith("https")} == {f"https://wire.example/{story}" for story in range(9)}
    assert len(keys) == 12
    assert sightings(store) == 12


def test_a_feed_that_changes_all_its_entries_has_its_articles_read_a_few_at_a_time(store: Store, now: datetime) -> None:
    entries = [replace(FIRST, key=f"{n}", link=f"https://wire.example/{n}", title=f"Title {n}") for n in range(25)]
    poll(store, now, *entries)
    with store.engine.begin() as connection:
        connection.execute(ARTICLE.update().values(state="done", due_at=None, story_id=1))
    poll(store, now, *(replace(entry, title=f"{entry.title}, edited") for entry in entries))
    half = timedelta(seconds=30)
    waiting = [len(store.claim_articles(ArticleState.READ, now + turn * half, 9 * LEASE, 99)) for turn in range(4)]
    assert waiting == [10, 10, 5, 0]


def test_another_feeds_edit_is_a_reason_to_read_and_not_to_take_its_words(known: Store, now: datetime) -> None:
    theirs = replace(FIRST, key="theirs", title="Crane crashes", summary="Their words.")
    poll(known, now + HOUR, theirs, name="second")
    poll(known, now + HOUR, replace(theirs, title="CRANE CRASHES", summary="Their other words."), name="second")
    (article,) = owed(known, now + HOUR)
    assert article.edit is not None
    assert (article.edit.title, article.summary) == ("", "Nobody was hurt.")


@pytest.mark.parametrize(("text", "wanted"), [("feed", "feed"), ("page", "page"), ("auto", "auto")])
def test_a_reading_knows_whose_text_the_feeds_want(store: Store, now: datetime, text: str, wanted: str) -> None:
    poll(store, now, FIRST, text=text)
    poll(store, now, replace(FIRST, key="theirs"), name="second", text=text)
    assert [article.wanted_text for article in owed(store, now)] == [wanted]


GAINED = MatchChange("grain", Change.GAINED, 1, 3.0, None, datetime(2026, 3, 1, 13).astimezone())
LOST = MatchChange("war", Change.LOST, 1, None, 1.0, GAINED.changed_at)


def retold(store: Store, later: datetime) -> Article:
    """The known article, edited: the topic grain asks for it, and war does so no more."""
    poll(store, later, replace(FIRST, title="Two hurt"))
    read(store, owed(store, later)[0], later, "A crane fell. Two were hurt.")
    grain = Match("grain", "v1", "low", 3.0, ())
    return tell_again(store, later, grain, replace(PEACE, score=2.5), changes=(GAINED, LOST))


def test_an_edited_article_has_the_matches_of_its_new_wording_and_stays_in_its_story(
    known: Store, now: datetime
) -> None:
    article = retold(known, now + HOUR)
    assert {match.topic: match.score for match in known.matches(article.id)} == {"grain": 3.0, "peace": 2.5}
    assert find_changes(known.engine, article.id) == (GAINED, LOST)
    story = known.story(article.id)
    assert story is not None
    assert story.articles == 1
    with reading(known.engine) as connection:
        rows = connection.execute(select(STORY_KEY.c.key, STORY_KEY.c.seen_at)).all()
    assert {(row.key, row.seen_at) for row in rows} == {("k2", now), ("k3", now)}


def test_an_alert_whose_match_an_edit_took_away_can_still_be_shown_and_sent(known: Store, now: datetime) -> None:
    retold(known, now + HOUR)
    (waiting,) = outbox.claim_alerts(known.engine, known.owner, now + HOUR, LEASE, 1)
    about = known.context(waiting)
    assert (about.match, about.change) == (None, LOST)
    outbox.save_attempt(known.engine, replace(waiting, state=AlertState.SENT, due_at=None), Attempt(now, now, "sent"))


@pytest.mark.slow
def test_an_article_shows_its_revisions_and_their_diffs(known: Store, now: datetime, tmp_path: Path) -> None:
    retold(known, now + HOUR)
    (tmp_path / "config.toml").write_text('[database]\npath = "monitor.db"\n', "utf-8")

    def monitor(*words: str) -> str:
        done = CliRunner().invoke(app, ["--config", str(tmp_path / "config.toml"), *words])
        assert done.exit_code == 0, done.output
        return done.stdout

    shown = monitor("show", "1", "--diff")
    assert "A crane fell. {+Two were hurt.+}" in shown
    assert "[-Crane falls-]{+Two hurt+}" in shown
    assert "gained" in shown
    assert "{+" not in monitor("show", "1")
    answer = json.loads(monitor("show", "1", "--diff", "--json"))
    assert [each["text"] for each in answer["revisions"]] == ["A crane fell."]
    assert [each["change"] for each in answer["match_changes"]] == ["gained", "lost"]
    assert answer["diffs"][0]["text"][-1] == {"kind": "added", "text": "Two were hurt."}
    assert "diffs" not in json.loads(monitor("show", "1", "--json"))


def test_a_letter_says_that_an_edit_made_the_match_or_took_it_away() -> None:
    gained = replace(GAINED, changed_at=told.NOW)
    message = render.message(told.ALERT, told.ARTICLE, told.match(), told.STORY, "The harbour", change=gained)
    assert "matches since it was edited" in message.text
    assert "matches since it was edited" in message.html
    assert message.payload["data"]["edit"]["change"] == "gained"  # type: ignore[index]
    lost = render.lost_match(told.ALERT, LOST, [Topic("harbour", "The harbour", "crane", "critical")])
    assert (lost.severity, lost.score, lost.evidence) == ("critical", 1.0, ())
    message = render.message(told.ALERT, told.ARTICLE, lost, told.STORY, "The harbour", change=LOST)
    assert "matched until it was edited" in message.text
    assert "Topic: The harbour (critical)" in message.text


def test_an_alert_that_was_owed_before_the_edit_and_one_that_only_moved_say_nothing_of_it() -> None:
    for change in (replace(GAINED, changed_at=told.NOW + HOUR), replace(LOST, change=Change.MOVED)):
        message = render.message(told.ALERT, told.ARTICLE, told.match(), told.STORY, "The harbour", change=change)
        assert message == told.rendered()

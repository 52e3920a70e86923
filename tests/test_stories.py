"""Stories become one, or two, and bear names: links stay valid, nothing is told twice, people have the last word."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select
from test_story_window import report

from monitor.config import load
from monitor.daemon import opened
from monitor.edge import dispatches, outbox, silences, sources, stories
from monitor.edge.clock import clock
from monitor.edge.database import reading, writing
from monitor.edge.dispatches import Place
from monitor.edge.polls import Polled
from monitor.edge.sketches import read_news
from monitor.edge.store import Found, Store
from monitor.edge.stories import Decision
from monitor.edge.story_bonds import bonds_of, labelled_pairs
from monitor.edge.tables import ALERT, ARTICLE, DISPATCH, STORY, STORY_EVENT, STORY_KEY
from monitor.errors import StoreError
from monitor.model import Alert, AlertState, Article, ArticleState, Entry, Feed, Match, Sighting, Story
from monitor.stories import Feature, Sketch, Split
from monitor.telling import Attempt, Silence

ON_BOTH = True

LEASE = 60.0
MINUTE = timedelta(minutes=1)


def arrive(store: Store, now: datetime, *names: str) -> None:
    """Articles come in, in this order, and are read."""
    sources.sync(store.engine, [Feed(id=0, name="wire", url="https://wire.example/rss")], now)
    claimed = store.claim_feeds(now, LEASE, 1, ["wire"])[0]
    seen = [
        Sighting(Entry(key=name, title=name, link=f"https://w.example/{name}"), f"https://w.example/{name}", name)
        for name in names
    ]
    store.save_polls([Polled(replace(claimed, due_at=now + MINUTE), now, fresh=seen)])
    for article in store.claim_articles(ArticleState.READ, now, LEASE, 100):
        store.save_reading(replace(article, state=ArticleState.TELL, text=article.title, due_at=now), now)


def tell(
    store: Store, now: datetime, joins: int | None = None, *, desk: bool = False, copy_of: int | None = None
) -> int:
    """Tell the next article; it joins a story, or opens one, and may owe the desk an alert. Its number."""
    article = store.claim_articles(ArticleState.TELL, now, LEASE, 1)[0]
    story = Story(joins or article.id, article.title, now, now)
    alert = Alert(f"alt_{article.id}", "desk", "war", story.id, 0, article.id, created_at=now, due_at=now)
    done = replace(article, state=ArticleState.DONE, due_at=None, copy_of=copy_of)
    matches = [Match("war", "v1", "high", 1.0, ())]
    store.save_telling(done, story, keys=(f"k{article.id}",), matches=matches, alerts=[alert] if desk else [], now=now)
    return article.id


def three_stories(store: Store, now: datetime) -> None:
    """Articles 1, 2 and 3 tell one event, 4 and 5 a second one, 6 a third."""
    arrive(store, now, *"abcdef")
    for joins in (None, 1, 1, None, 4, None):
        tell(store, now, joins)


def merge(store: Store, now: datetime, one: int, other: int, by: str = "") -> Story | None:
    with writing(store.engine) as connection:
        return stories.merge(connection, one, other, Decision(now, by, "because"))


def split(store: Store, now: datetime, story: int, *articles: int, by: str = "") -> stories.Parted | None:
    with writing(store.engine) as connection:
        return stories.split(connection, story, articles, Decision(now, by, "because"))


def layout(store: Store) -> dict[int, list[int]]:
    """The articles of each story."""
    found: dict[int, list[int]] = {}
    with reading(store.engine) as connection:
        for article, story in connection.execute(select(ARTICLE.c.id, ARTICLE.c.story_id).order_by(ARTICLE.c.id)):
            found.setdefault(story, []).append(article)
        counted = select(STORY.c.id, STORY.c.articles).where(STORY.c.merged_into.is_(None))
        assert {row.id: row.articles for row in connection.execute(counted)} == {
            story: len(articles) for story, articles in found.items()
        }
        for article, story in connection.execute(select(STORY_KEY.c.article_id, STORY_KEY.c.story_id)):
            assert article in found[story]
    return found


def alerts(store: Store) -> list[tuple[str, int, int, str]]:
    with reading(store.engine) as connection:
        asked = select(ALERT.c.uid, ALERT.c.story_id, ALERT.c.sequence, ALERT.c.state)
        return [tuple(row) for row in connection.execute(asked.order_by(ALERT.c.id))]


def deliver(store: Store, now: datetime) -> list[str]:
    """Deliver what is owed; the alerts' ids."""
    taken = outbox.claim_alerts(store.engine, store.owner, now, LEASE, 100)
    for alert in taken:
        sent = replace(alert, state=AlertState.SENT, sent_at=now, due_at=None)
        outbox.save_attempt(store.engine, sent, Attempt(now, now, "sent"))
    return [alert.uid for alert in taken]


def test_two_stories_become_one_under_the_older_number_and_the_newer_leads_there(store: Store, now: datetime) -> None:
    three_stories(store, now)
    kept = merge(store, now, 4, 1)
    assert kept
    assert (kept.id, kept.articles, kept.headline) == (1, 5, "a")
    assert layout(store) == {1: [1, 2, 3, 4, 5], 6: [6]}
    led = store.story(4)
    assert led
    assert led.id == 1


def test_links_stay_one_step_long_however_stories_are_merged(store: Store, now: datetime) -> None:
    three_stories(store, now)
    merge(store, now, 6, 4)
    merge(store, now, 4, 1)
    with reading(store.engine) as connection:
        rows = dict(connection.execute(select(STORY.c.id, STORY.c.merged_into)).all())
    assert rows == {1: None, 4: 1, 6: 1}


def test_merging_a_story_with_itself_or_with_one_that_leads_to_it_changes_nothing(store: Store, now: datetime) -> None:
    three_stories(store, now)
    merge(store, now, 1, 4)
    before = layout(store)
    again = merge(store, now, 4, 1)
    assert again
    assert again.id == 1
    assert layout(store) == before
    with reading(store.engine) as connection:
        assert len(connection.execute(select(STORY_EVENT)).all()) == 1


def test_a_story_that_nobody_knows_is_named(store: Store, now: datetime) -> None:
    with pytest.raises(StoreError, match="no story has the number 77"):
        merge(store, now, 77, 78)


def test_articles_that_split_off_bear_the_number_of_their_earliest(store: Store, now: datetime) -> None:
    three_stories(store, now)
    parted = split(store, now, 1, 3, 2)
    assert parted
    assert (parted.story.id, parted.other.id, parted.moved) == (1, 2, (2, 3))
    assert parted.other.headline == "b"
    assert layout(store) == {1: [1], 2: [2, 3], 4: [4, 5], 6: [6]}


def test_the_part_that_holds_the_opener_keeps_the_number_even_when_it_is_the_one_that_is_named(
    store: Store, now: datetime
) -> None:
    three_stories(store, now)
    parted = split(store, now, 1, 1)
    assert parted
    assert (parted.story.id, parted.other.id, parted.moved) == (1, 2, (2, 3))


def test_a_split_takes_a_merge_back_and_every_old_number_leads_to_its_own_article(store: Store, now: datetime) -> None:
    three_stories(store, now)
    merge(store, now, 6, 4)
    merge(store, now, 4, 1)
    split(store, now, 1, 4, 5, 6)
    assert layout(store) == {1: [1, 2, 3], 4: [4, 5, 6]}
    led = store.story(6)
    assert led
    assert led.id == 4


def test_a_split_that_leaves_nothing_or_names_strangers_is_refused_and_changes_nothing(
    store: Store, now: datetime
) -> None:
    three_stories(store, now)
    before = layout(store)
    for articles in ((1, 2, 3), (), (4,), (2, 99)):
        with pytest.raises(StoreError):
            split(store, now, 1, *articles)
    assert layout(store) == before


def test_copies_go_with_their_original_and_a_copy_that_is_parted_from_it_is_none(store: Store, now: datetime) -> None:
    arrive(store, now, *"abcd")
    tell(store, now)
    tell(store, now, 1)
    tell(store, now, 1, copy_of=2)
    tell(store, now, 1, copy_of=1)
    parted = split(store, now, 1, 2)
    assert parted
    assert parted.moved == (2, 3)
    split(store, now, 2, 3, by="ann")
    with reading(store.engine) as connection:
        copies = dict(connection.execute(select(ARTICLE.c.id, ARTICLE.c.copy_of)).all())
    assert copies == {1: None, 2: None, 3: None, 4: 1}


def test_what_either_was_told_of_is_told_of_the_whole_and_no_alert_is_lost(store: Store, now: datetime) -> None:
    arrive(store, now, *"abc")
    tell(store, now, desk=True)
    tell(store, now, desk=True)
    assert deliver(store, now) == ["alt_1", "alt_2"]
    merge(store, now, 1, 2)
    assert alerts(store) == [("alt_1", 1, 0, "sent"), ("alt_2", 1, 1, "sent")]
    assert set(outbox.told(store.engine, 1)) == {("desk", "war")}
    split(store, now, 1, 2)
    assert alerts(store) == [("alt_1", 1, 0, "sent"), ("alt_2", 2, 0, "sent")]


def test_a_story_that_waits_to_be_told_is_not_told_when_it_became_part_of_one_that_was(
    store: Store, now: datetime
) -> None:
    arrive(store, now, *"ab")
    tell(store, now, desk=True)
    assert deliver(store, now) == ["alt_1"]
    tell(store, now, desk=True)
    merge(store, now, 1, 2)
    assert deliver(store, now) == []
    assert set(outbox.told(store.engine, 1)) == {("desk", "war")}


def test_of_two_stories_that_wait_to_be_told_one_alert_goes_out_when_they_become_one(
    store: Store, now: datetime
) -> None:
    arrive(store, now, *"ab")
    tell(store, now, desk=True)
    tell(store, now, desk=True)
    merge(store, now, 1, 2)
    assert deliver(store, now) == ["alt_1"]


def test_an_alert_that_is_on_its_way_is_sent_even_when_its_story_becomes_part_of_another(
    store: Store, now: datetime
) -> None:
    arrive(store, now, *"ab")
    tell(store, now, desk=True)
    tell(store, now, desk=True)
    held = outbox.claim_alerts(store.engine, store.owner, now, LEASE, 10)
    merge(store, now, 1, 2)
    for alert in held:
        assert store.context(alert).story.id == 1
        outbox.save_attempt(
            store.engine, replace(alert, state=AlertState.SENT, sent_at=now, due_at=None), Attempt(now, now, "sent")
        )
    assert [(uid, story) for uid, story, *_ in alerts(store)] == [("alt_1", 1), ("alt_2", 1)]


def gather(store: Store, now: datetime, key: str, *, due: timedelta = MINUTE) -> None:
    """What is owed is held back for a message that goes out later."""
    for alert in outbox.claim_alerts(store.engine, store.owner, now, LEASE, 100):
        dispatches.gather(store.engine, alert, Place(key, "later", "", now + due, "waits"), now)


def messages(store: Store) -> list[tuple[str, list[str]]]:
    """The messages of several alerts, each with the ids of what it tells."""
    with reading(store.engine) as connection:
        found = connection.execute(select(DISPATCH.c.id, DISPATCH.c.key).order_by(DISPATCH.c.id)).all()
        asked = select(ALERT.c.uid).order_by(ALERT.c.id)
        return [(key, list(connection.scalars(asked.where(ALERT.c.dispatch_id == number)))) for number, key in found]


def test_of_two_alerts_that_wait_in_messages_one_is_told_when_their_stories_become_one(
    store: Store, now: datetime
) -> None:
    arrive(store, now, *"ab")
    tell(store, now, desk=True)
    gather(store, now, "digest:all")
    tell(store, now, desk=True)
    gather(store, now, "hours:all")
    merge(store, now, 1, 2)
    # A message that nothing is left in does not go out to say that there was nothing.
    assert messages(store) == [("digest:all", ["alt_1"])]


def test_an_alert_that_is_held_back_is_not_told_when_its_story_was_told_as_part_of_another(
    store: Store, now: datetime
) -> None:
    arrive(store, now, *"abc")
    for key in ("digest:all", "digest:all"):
        tell(store, now, desk=True)
        gather(store, now, key)
    tell(store, now, desk=True)
    assert deliver(store, now) == ["alt_3"]
    merge(store, now, 2, 3)
    assert messages(store) == [("digest:all", ["alt_1"])]
    assert set(outbox.told(store.engine, 2)) == {("desk", "war")}


@pytest.mark.slow
def test_an_alert_that_is_owed_now_outlives_one_that_waits_for_days(store: Store, now: datetime) -> None:
    arrive(store, now, *"ab")
    tell(store, now, desk=True)
    gather(store, now, "silence:1", due=timedelta(days=3))
    tell(store, now, desk=True)
    merge(store, now, 1, 2)
    assert messages(store) == []
    assert deliver(store, now) == ["alt_2"]


def test_a_closed_message_keeps_its_alerts_and_what_waits_is_not_told_beside_it(store: Store, now: datetime) -> None:
    arrive(store, now, *"ab")
    tell(store, now, desk=True)
    gather(store, now, "digest:all", due=timedelta())
    assert dispatches.seal(store.engine, now) == 1
    tell(store, now, desk=True)
    merge(store, now, 1, 2)
    assert messages(store) == [("digest:all", ["alt_1"])]
    assert deliver(store, now) == []


def test_an_alert_that_was_tried_is_told_and_not_the_other_of_its_story(store: Store, now: datetime) -> None:
    arrive(store, now, *"ab")
    tell(store, now, desk=True)
    (alert,) = outbox.claim_alerts(store.engine, store.owner, now, LEASE, 10)
    outbox.save_attempt(store.engine, replace(alert, failures=1, due_at=now), Attempt(now, now, "retry"))
    tell(store, now, desk=True)
    merge(store, now, 1, 2)
    assert deliver(store, now) == ["alt_1"]


def silenced(store: Store, now: datetime) -> list[int]:
    """The stories that are silenced now."""
    return [one.story_id for one in silences.in_force(store.engine, now)]


def silence(store: Store, now: datetime, story: int, hours: int = 1) -> None:
    silences.add(store.engine, Silence(0, now, now + timedelta(hours=hours), story_id=story, why="drill"))


def test_a_silence_holds_on_in_the_story_that_its_own_became_part_of_and_leaves_it_with_it(
    store: Store, now: datetime
) -> None:
    three_stories(store, now)
    silence(store, now, 4)
    merge(store, now + MINUTE, 1, 4)
    assert silenced(store, now + MINUTE) == [1]
    assert [held.silence.story_id for held in silences.listed(store.engine, now)] == [1]
    split(store, now + 2 * MINUTE, 1, 4, 5)
    assert silenced(store, now + 2 * MINUTE) == [4]


def test_a_silence_of_a_number_that_leads_on_is_one_of_the_whole(store: Store, now: datetime) -> None:
    three_stories(store, now)
    merge(store, now, 1, 4)
    silence(store, now + MINUTE, 4)
    assert silenced(store, now + MINUTE) == [1]


def test_what_splits_off_from_a_silenced_story_is_silenced_too_unless_it_came_later_with_another(
    store: Store, now: datetime
) -> None:
    three_stories(store, now)
    silence(store, now, 1)
    silence(store, now - 2 * timedelta(hours=1), 1)  # it has ended
    merge(store, now + MINUTE, 1, 4)
    split(store, now + 2 * MINUTE, 1, 4, 5)
    assert silenced(store, now + 2 * MINUTE) == [1]
    split(store, now + 3 * MINUTE, 1, 2, 3)
    assert silenced(store, now + 3 * MINUTE) == [1, 2]
    assert {one.why for one in silences.in_force(store.engine, now)} == {"drill"}


def test_an_article_joins_the_whole_when_its_story_became_part_of_one_meanwhile(store: Store, now: datetime) -> None:
    arrive(store, now, *"abc")
    tell(store, now, desk=True)
    tell(store, now)
    merge(store, now, 1, 2)
    tell(store, now, 2, desk=True)
    assert layout(store) == {1: [1, 2, 3]}
    assert [uid for uid, *_ in alerts(store)] == ["alt_1"]


def test_an_edited_article_stays_where_people_put_it_meanwhile(store: Store, now: datetime) -> None:
    arrive(store, now, *"ab")
    tell(store, now)
    tell(store, now, 1)
    with writing(store.engine) as connection:
        owed = {"state": "tell", "due_at": now}
        connection.execute(ARTICLE.update().where(ARTICLE.c.id == 2).values(owed))
    held = store.claim_articles(ArticleState.TELL, now, LEASE, 1)[0]
    split(store, now, 1, 2, by="ann")
    done = replace(held, state=ArticleState.DONE, due_at=None)
    store.save_retelling(done, keys=("again",), matches=[], changes=[], alerts=[], now=now)
    assert layout(store) == {1: [1], 2: [2]}


def test_no_automatic_merge_undoes_a_split_that_a_person_made(store: Store, now: datetime) -> None:
    three_stories(store, now)
    split(store, now, 1, 2, 3, by="ann")
    assert merge(store, now, 1, 2) is None
    assert merge(store, now, 2, 4) is not None
    assert merge(store, now, 1, 4) is None
    assert layout(store) == {1: [1], 2: [2, 3, 4, 5], 6: [6]}


def test_no_automatic_split_undoes_a_merge_that_a_person_made(store: Store, now: datetime) -> None:
    three_stories(store, now)
    merge(store, now, 1, 4, by="ann")
    for articles in ((4, 5), (2,), (1,), (3, 5)):
        assert split(store, now, 1, *articles) is None
    assert layout(store) == {1: [1, 2, 3, 4, 5], 6: [6]}


def test_what_a_person_says_later_takes_the_place_of_what_was_said_before(store: Store, now: datetime) -> None:
    three_stories(store, now)
    merge(store, now, 1, 4, by="ann")
    split(store, now, 1, 4, 5, by="bob")
    assert merge(store, now, 1, 4) is None
    merge(store, now, 1, 4, by="ann")
    assert split(store, now, 1, 4, 5) is None
    with reading(store.engine) as connection:
        assert all(bond.together for bond in bonds_of(connection, [1, 2, 3, 4, 5]))


def test_automatic_decisions_leave_no_bonds(store: Store, now: datetime) -> None:
    three_stories(store, now)
    merge(store, now, 1, 4)
    split(store, now, 1, 2)
    assert labelled_pairs(store.engine) == ()


def test_the_pairs_that_people_bound_are_given_out_with_their_articles(store: Store, now: datetime) -> None:
    three_stories(store, now)
    split(store, now, 4, 5, by="ann")
    ((bond, one, other),) = labelled_pairs(store.engine)
    assert (bond.one, bond.other, bond.together, bond.by, bond.bound_at) == (4, 5, False, "ann", now)
    assert (one.title, other.text) == ("d", "e")


def test_a_name_stays_through_a_merge_and_goes_when_it_is_taken_back(store: Store, now: datetime) -> None:
    three_stories(store, now)
    with writing(store.engine) as connection:
        stories.name(connection, 4, "The second event", Decision(now, "ann"))
    kept = merge(store, now, 1, 4)
    assert kept
    assert kept.name == "The second event"
    with writing(store.engine) as connection:
        assert stories.name(connection, 4, "", Decision(now, "ann")).name == ""


def test_every_change_is_logged_with_who_when_and_why(store: Store, now: datetime) -> None:
    three_stories(store, now)
    merge(store, now, 1, 4)
    split(store, now, 1, 3, by="ann")
    with writing(store.engine) as connection:
        stories.name(connection, 1, "An event", Decision(now, "ann"))
        logged = stories.events_of(connection, 1)
    assert [(event.change, event.other_id, event.articles, event.by, event.why) for event in logged] == [
        ("merge", 4, (4, 5), "", "because"),
        ("split", 3, (3,), "ann", "because"),
        ("name", None, (), "ann", "An event"),
    ]


def _merge_and_fail(connection: Connection, now: datetime) -> None:
    stories.merge(connection, 1, 4, Decision(now, "ann"))
    raise StoreError("the disk is full")


def test_a_merge_that_breaks_off_leaves_everything_as_it_was(store: Store, now: datetime) -> None:
    three_stories(store, now)
    before = layout(store)
    with pytest.raises(StoreError), writing(store.engine) as connection:
        _merge_and_fail(connection, now)
    assert layout(store) == before
    assert labelled_pairs(store.engine) == ()


def test_a_story_that_splits_off_untold_is_told_now_and_the_other_not_again(store: Store, now: datetime) -> None:
    arrive(store, now, *"ab")
    tell(store, now, desk=True)
    tell(store, now, 1)
    deliver(store, now)

    with writing(store.engine) as connection:
        parted = stories.split(connection, 1, [2], Decision(now, "ann"))
        assert parted
        stories.owe_untold(connection, parted, owing)
    assert deliver(store, now) == ["alt_new_2"]


def owing(story: Story, articles: Sequence[tuple[Article, tuple[Match, ...]]], told: object) -> list[Alert]:
    """Each story that the desk was not told of owes it an alert."""
    if ("desk", "war") in told:
        return []
    at = story.opened_at
    return [Alert(f"alt_new_{story.id}", "desk", "war", story.id, 0, articles[0][0].id, created_at=at, due_at=at)]


def tell_drifting(store: Store, now: datetime, joins: int, *apart: int) -> int:
    """Tell the next article, which joins a story, and as of which some articles of it tell another event."""
    article = store.claim_articles(ArticleState.TELL, now, LEASE, 1)[0]
    news = read_news(store.engine, 0, -1)
    found = Split(joins, (*apart, article.id), 0.4, (Feature("texts alike", 0.1, -0.9),))
    done = replace(article, state=ArticleState.DONE, due_at=None)
    assert store.save_telling(
        done,
        Story(joins, article.title, now, now),
        keys=(f"k{article.id}",),
        matches=[Match("war", "v1", "high", 1.0, ())],
        alerts=(),
        now=now,
        found=Found(news.number, news.event, now, Sketch("en", 1.0, 50, b"", b""), (), found),
        owing=owing,
    )
    return article.id


def test_what_drifts_away_is_a_story_of_its_own_and_told_at_once(store: Store, now: datetime) -> None:
    arrive(store, now, *"abcd")
    tell(store, now, desk=True)
    tell(store, now, 1)
    tell(store, now, 1)
    deliver(store, now)
    tell_drifting(store, now, 1, 3)
    assert layout(store) == {1: [1, 2], 3: [3, 4]}
    with reading(store.engine) as connection:
        (event,) = stories.events_of(connection, 1)
    assert (event.change, event.story_id, event.other_id, event.articles, event.by) == ("split", 1, 3, (3, 4), "")
    assert event.why == "score 0.40: texts alike 0.10"
    assert deliver(store, now) == ["alt_new_3"]


def test_nothing_drifts_away_from_what_a_person_bound_or_from_its_copies(store: Store, now: datetime) -> None:
    arrive(store, now, *"abcdefgh")
    for joins in (None, 1, None, 3):
        tell(store, now, joins)
    merge(store, now, 1, 3, by="ann")
    tell_drifting(store, now, 1, 3, 4)
    tell(store, now)
    tell(store, now, 6, copy_of=6)
    tell_drifting(store, now, 6, 6)
    assert layout(store) == {1: [1, 2, 3, 4, 5], 6: [6, 7, 8]}
    assert alerts(store) == []


CONFIG = """
[database]
path = "monitor.db"
[[topic]]
name = "war"
query = "report"
[[receiver]]
name = "desk"
kind = "webhook"
url = "https://desk.example/"
[[route]]
receivers = ["desk"]
"""


@pytest.mark.sqlite
async def test_a_story_that_was_taken_for_another_is_parted_by_the_next_article_and_told(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG, "utf-8")
    others = [report(event, 0) for event in range(30, 50)]  # by which is known what is usual
    told = [report(event, voice) for event in (1, 2) for voice in range(4)]
    async with opened(load(tmp_path / "config.toml")) as pipeline:
        store, at = pipeline.store, clock()
        arrive(store, at, *(f"{number}" for number in range(28)))
        articles = [
            replace(article, title=title, text=text, language="en")
            for article, (title, text) in zip(
                store.claim_articles(ArticleState.TELL, at, LEASE, 100),
                [*others, *((title, f"{text} report") for title, text in told)],
                strict=True,
            )
        ]
        for article in articles[:24]:
            await pipeline.tell(article)
        deliver(store, clock())
        for article in articles[24:27]:
            await pipeline.tell(article)
        merge(store, clock(), 21, 25)
        assert [alert[1:] for alert in alerts(store)] == [(21, 0, "sent")]
        await pipeline.tell(articles[27])
        assert (layout(store)[21], layout(store)[25]) == ([21, 22, 23, 24], [25, 26, 27, 28])
        with reading(store.engine) as connection:
            assert [event.change for event in stories.events_of(connection, 21)] == ["merge", "split"]
        assert [alert[1:] for alert in alerts(store)] == [(21, 0, "sent"), (25, 0, "owed")]

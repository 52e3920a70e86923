"""Stories become one, or two, or bear a name: whole in one transaction, logged, and never against what people said.

A story bears the id of one of its articles, and an id of a story that became part of another leads to the story in
which that article is now. So links stay valid through merges and splits.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from monitor.edge.dispatches import drop_empty
from monitor.edge.outbox import told_of
from monitor.edge.revisions import matches_of
from monitor.edge.rows import from_alert, to_article, to_event, to_story
from monitor.edge.sightings import chunks, sightings_of
from monitor.edge.silences import silence_split
from monitor.edge.sql import upsert
from monitor.edge.story_bonds import are_bound, bind_merged, bind_split, is_barred
from monitor.edge.tables import ALERT, ARTICLE, DISPATCH, MATCH, STORY, STORY_EVENT, STORY_KEY
from monitor.errors import ConflictError, UnknownError
from monitor.model import Alert, AlertState, Article, Match, Story
from monitor.stories import StoryChange, StoryEvent
from monitor.telling import Told

OWED, HELD, SENT = AlertState.OWED.value, AlertState.HELD.value, AlertState.SENT.value


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided, when, and why; an empty `by` is the program."""

    at: datetime
    by: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Parted:
    """The two stories that a split leaves, and the articles that moved to the other one."""

    story: Story
    other: Story
    moved: tuple[int, ...]


# What a story owes, by the story, its articles with their matches, and whom it was told.
Owing = Callable[
    [Story, tuple[tuple[Article, tuple[Match, ...]], ...], Mapping[tuple[str, str], Told]], Iterable[Alert]
]


def owe_nothing(*_: object) -> Iterable[Alert]:
    """Nobody is told of what splits off."""
    return ()


def live(connection: Connection, story_id: int) -> int:
    """The story that an id leads to: itself, or the one that it is a part of."""
    into = connection.scalar(select(STORY.c.merged_into).where(STORY.c.id == story_id))
    return story_id if into is None else int(into)


def find_live(connection: Connection, story_id: int) -> Story:
    """The story that an id leads to; UnknownError when no story ever bore it."""
    row = connection.execute(select(STORY).where(STORY.c.id == live(connection, story_id))).mappings().first()
    if row is None:
        raise UnknownError(f"no story has the number {story_id}", hint="`monitor stories list` shows numbers")
    return to_story(row)


def merge(connection: Connection, one: int, other: int, decision: Decision) -> Story | None:
    """Make two stories one, which bears the id of the one that opened first; None when people said that they are two.

    What either was told of counts as told of the whole.
    """
    stories = sorted(
        {find_live(connection, one), find_live(connection, other)}, key=lambda story: (story.opened_at, story.id)
    )
    if len(stories) == 1:
        return stories[0]
    kept, gone = stories
    stayed, moved = articles_of(connection, kept.id), articles_of(connection, gone.id)
    if not decision.by and is_barred(connection, stayed, moved):
        return None
    _drop_second_tellings(connection, kept.id, gone.id)
    _move(connection, moved, kept.id, gone.id)
    into = {"merged_into": kept.id, "articles": 0}
    connection.execute(update(STORY).where(STORY.c.id == gone.id).values(into))
    connection.execute(update(STORY).where(STORY.c.merged_into == gone.id).values(merged_into=kept.id))
    latest = max(kept.latest_at, gone.latest_at)
    changes = {"latest_at": latest, "name": kept.name or gone.name, "articles": len(stayed) + len(moved)}
    connection.execute(update(STORY).where(STORY.c.id == kept.id).values(changes))
    if decision.by:
        bind_merged(connection, stayed, moved, decision.by, decision.at)
    log(connection, StoryChange.MERGE, kept.id, decision, other_id=gone.id, articles=moved)
    return find_live(connection, kept.id)


def split(connection: Connection, story_id: int, articles: Collection[int], decision: Decision) -> Parted | None:
    """Part articles, and the copies of them, from a story; None when people said that they belong together.

    Of the two stories the one that holds the article of its number keeps it; the other bears that of its earliest.
    """
    story = find_live(connection, story_id)
    every = articles_of(connection, story.id)
    apart = _with_copies(connection, articles, every)
    rest = [article for article in every if article not in apart]
    _check_split(story, articles, every, rest)
    if not decision.by and are_bound(connection, apart, rest):
        return None
    moved = rest if story.id in apart else sorted(apart)
    number = _open_split(connection, story, moved)
    _move(connection, moved, number, story.id)
    _lead_on(connection, story.id, number, moved)
    silence_split(connection, story.id, number, moved, decision.at)
    # Who parts a copy from its original says that it is none.
    parted = update(ARTICLE).where(ARTICLE.c.id.in_(apart), ARTICLE.c.copy_of.in_(rest))
    connection.execute(parted.values(copy_of=None))
    for changed in (story.id, number):
        _recount(connection, changed)
    if decision.by:
        bind_split(connection, sorted(apart), rest, decision.by, decision.at)
    log(connection, StoryChange.SPLIT, story.id, decision, other_id=number, articles=moved)
    return Parted(find_live(connection, story.id), find_live(connection, number), tuple(moved))


def part(
    connection: Connection, story_id: int, articles: Collection[int], decision: Decision, owing: Owing
) -> Parted | None:
    """Split as the program finds it, and owe what is untold by then; None where that goes against people, or copies."""
    try:
        parted = split(connection, story_id, articles, decision)
    except ConflictError:  # said before anything is written: of its articles all are copies of those, or bear stories
        return None
    if parted:
        owe_untold(connection, parted, owing)
    return parted


def name(connection: Connection, story_id: int, called: str, decision: Decision) -> Story:
    """Give a story a name, which stands in the place of its headline; an empty one takes the name back."""
    story = find_live(connection, story_id)
    connection.execute(update(STORY).where(STORY.c.id == story.id).values(name=called))
    log(connection, StoryChange.NAME, story.id, Decision(decision.at, decision.by, called))
    return find_live(connection, story.id)


def owe_untold(connection: Connection, parted: Parted, owing: Owing) -> tuple[Alert, ...]:
    """Owe what a split leaves untold: a story that nobody was told of while it counted as a part of another."""
    owed: list[Alert] = []
    for story in (parted.story, parted.other):
        owed += owing(story, tuple(_matched(connection, story.id)), told_of(connection, story.id))
    if owed:
        connection.execute(upsert(ALERT).on_conflict_do_nothing(), [from_alert(alert) for alert in owed])
    return tuple(owed)


def _matched(connection: Connection, story_id: int) -> Iterator[tuple[Article, tuple[Match, ...]]]:
    """The articles of a story that topics asked for, in order, each with its matches."""
    asked = select(ARTICLE).where(ARTICLE.c.story_id == story_id, ARTICLE.c.id.in_(select(MATCH.c.article_id)))
    rows = connection.execute(asked.order_by(ARTICLE.c.id)).mappings().all()
    sightings = sightings_of(connection, [row["id"] for row in rows])
    for row in rows:
        yield to_article(row, sightings.get(row["id"])), matches_of(connection, row["id"])


def articles_of(connection: Connection, story_id: int) -> list[int]:
    """The articles of a story, by number."""
    return list(connection.scalars(select(ARTICLE.c.id).where(ARTICLE.c.story_id == story_id).order_by(ARTICLE.c.id)))


def events_of(connection: Connection, story_id: int) -> tuple[StoryEvent, ...]:
    """What happened to a story, or to those that became part of it, in order."""
    parts = select(STORY.c.id).where(or_(STORY.c.id == story_id, STORY.c.merged_into == story_id))
    asked = select(STORY_EVENT).where(or_(STORY_EVENT.c.story_id.in_(parts), STORY_EVENT.c.other_id.in_(parts)))
    return tuple(to_event(row) for row in connection.execute(asked.order_by(STORY_EVENT.c.id)).mappings())


def log(
    connection: Connection,
    change: StoryChange,
    story_id: int,
    decision: Decision,
    *,
    other_id: int | None = None,
    articles: Iterable[int] = (),
) -> None:
    """Write down what happened to a story."""
    row = {
        "change": change.value,
        "story_id": story_id,
        "other_id": other_id,
        "articles": list(articles),
        "by": decision.by,
        "why": decision.why,
        "happened_at": decision.at,
    }
    connection.execute(insert(STORY_EVENT).values(row))


def _check_split(story: Story, articles: Collection[int], every: list[int], rest: list[int]) -> None:
    strangers = sorted(set(articles) - set(every))
    if strangers:
        told = ", ".join(map(str, strangers))
        raise ConflictError(
            f"not in story {story.id}: article {told}", hint=f"`monitor stories show {story.id}` lists them"
        )
    if not articles or not rest:
        left = "none are left" if articles else "none are named"
        raise ConflictError(f"story {story.id} cannot be split so: of its articles {left}", hint="name some, not all")


def _with_copies(connection: Connection, articles: Collection[int], every: list[int]) -> set[int]:
    """Articles with the copies of them that the story has: a text and its copy tell one event."""
    found = set(articles)
    while True:
        asked = select(ARTICLE.c.id).where(ARTICLE.c.id.in_(every), ARTICLE.c.copy_of.in_(list(found)))
        copies = set(connection.scalars(asked)) - found
        if not copies:
            return found
        found |= copies


def _drop_second_tellings(connection: Connection, kept: int, gone: int) -> None:
    """Of two stories that become one, each told or about to be told to a receiver on a topic, tell one only.

    An alert that somebody works on, that was tried, or that a closed message tells of, is left alone, and is told.
    """
    first = (
        select(ALERT, DISPATCH.c.state.label("gathered"))
        .outerjoin(DISPATCH, DISPATCH.c.id == ALERT.c.dispatch_id)
        .where(ALERT.c.story_id.in_((kept, gone)), ALERT.c.sequence == 0, ALERT.c.state.in_((OWED, HELD, SENT)))
    )
    pairs: dict[tuple[str, str], list[Row[Any]]] = {}
    for alert in connection.execute(first.order_by(ALERT.c.id)):
        pairs.setdefault((alert.receiver, alert.topic), []).append(alert)
    again: list[Row[Any]] = []
    for alerts in pairs.values():
        # What is held back may wait for days; what is owed is put to the same silences before it goes out.
        waiting = sorted(filter(_is_waiting, alerts), key=lambda alert: (alert.state == HELD, alert.id))
        again += waiting if len(waiting) < len(alerts) else waiting[1:]
    connection.execute(delete(ALERT).where(ALERT.c.id.in_([alert.id for alert in again]), ALERT.c.token == ""))
    drop_empty(connection, {alert.dispatch_id for alert in again if alert.dispatch_id})


def _is_waiting(alert: Row[Any]) -> bool:
    """Whether an alert may still be taken back."""
    if alert.state == HELD:
        return bool(alert.gathered == HELD)
    return bool(alert.state == OWED and not alert.failures and not alert.token and not alert.begun_at)


def _open_split(connection: Connection, story: Story, moved: list[int]) -> int:
    """The row of the story that splits off; one that became part of another before is opened again."""
    taken = select(STORY.c.id).where(STORY.c.id.in_(moved), STORY.c.merged_into.is_(None))
    busy = set(connection.scalars(taken))
    number = next((article for article in moved if article not in busy), None)
    if number is None:
        raise ConflictError(
            f"story {story.id} cannot be split so: other stories bear the numbers of all these articles"
        )
    opener = connection.execute(select(ARTICLE.c.title, ARTICLE.c.seen_at).where(ARTICLE.c.id == number)).one()
    row = {"id": number, "headline": opener.title, "opened_at": opener.seen_at, "latest_at": opener.seen_at}
    again = {"merged_into": None, "name": ""}
    connection.execute(upsert(STORY).values(row).on_conflict_do_update(index_elements=["id"], set_=again))
    return number


def _move(connection: Connection, moved: list[int], to: int, away_from: int) -> None:
    """Let articles, their keys and their alerts belong to another story; alerts line up behind those that it has."""
    for some in chunks(moved):
        connection.execute(update(ARTICLE).where(ARTICLE.c.id.in_(some)).values(story_id=to))
        connection.execute(update(STORY_KEY).where(STORY_KEY.c.article_id.in_(some)).values(story_id=to))
    mine = select(ALERT.c.id, ALERT.c.receiver, ALERT.c.topic, ALERT.c.article_id)
    asked = mine.where(ALERT.c.story_id == away_from).order_by(ALERT.c.sequence, ALERT.c.id)
    among = set(moved)
    alerts = [alert for alert in connection.execute(asked) if alert.article_id in among]
    following = _following(connection, to) if alerts else {}
    for alert in alerts:
        place = following.get((alert.receiver, alert.topic), 0)
        following[alert.receiver, alert.topic] = place + 1
        connection.execute(update(ALERT).where(ALERT.c.id == alert.id).values(story_id=to, sequence=place))


def _following(connection: Connection, story_id: int) -> dict[tuple[str, str], int]:
    """The sequence that the next alert of a story gets, by receiver and topic."""
    latest = select(ALERT.c.receiver, ALERT.c.topic, func.max(ALERT.c.sequence)).where(ALERT.c.story_id == story_id)
    rows = connection.execute(latest.group_by(ALERT.c.receiver, ALERT.c.topic))
    return {(row[0], row[1]): row[2] + 1 for row in rows}


def _lead_on(connection: Connection, story_id: int, number: int, moved: list[int]) -> None:
    """Let the ids of stories that were merged follow the articles that bear them."""
    for some in chunks(moved):
        led = update(STORY).where(STORY.c.merged_into == story_id, STORY.c.id.in_(some))
        connection.execute(led.values(merged_into=number))


def _recount(connection: Connection, story_id: int) -> None:
    mine = ARTICLE.c.story_id == story_id
    found = connection.execute(select(func.count(), func.max(ARTICLE.c.seen_at)).where(mine)).one()
    connection.execute(update(STORY).where(STORY.c.id == story_id).values(articles=found[0], latest_at=found[1]))

"""Edits that feeds make known become readings owed, and what an article said before is kept beside it."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, exists, func, insert, select, update
from sqlalchemy.engine import Engine

from monitor.edge.database import reading
from monitor.edge.rows import from_match, to_change, to_match, to_revision
from monitor.edge.sightings import chunks
from monitor.edge.sql import upsert
from monitor.edge.tables import ARTICLE, MATCH, MATCH_CHANGE, REVISION, SIGHTING, STORY_KEY
from monitor.edits import Again, MatchChange, Revision
from monitor.model import Article, ArticleState, Edit, Match

# In the place of a number: not what the article said, but the edit that it was not read for yet.
OWED = -1
# A feed of which every entry changed must not keep the articles of all others waiting: so many are read at once, and
# so many more each time.
AT_ONCE = 10
APART = timedelta(seconds=30)
AT_REST = (ArticleState.DONE.value, ArticleState.FAILED.value)
_EDITED = exists().where(REVISION.c.article_id == ARTICLE.c.id, REVISION.c.number == OWED)


def owe_readings(connection: Connection, again: Sequence[Again], now: datetime) -> None:
    """Owe a reading to each article whose entry was edited; the words of its feed are kept for it."""
    edited = {each.seen.article_id: each for each in again if each.edited}
    if not edited:
        return
    own = _own_words(connection, edited)
    words = [
        {"which": each.seen.article_id, "summary": each.sighting.entry.summary, "content": each.sighting.entry.content}
        for each in own.values()
    ]
    if words:
        connection.execute(update(ARTICLE).where(ARTICLE.c.id == bindparam("which")), words)
    rows = [_owed(number, each, now, renamed=number in own and each.renamed) for number, each in edited.items()]
    row = upsert(REVISION)
    latest = {
        # An earlier headline that nobody read for stands until there is another.
        "title": case((row.excluded.title == "", REVISION.c.title), else_=row.excluded.title),
        "modified_at": row.excluded.modified_at,
        "replaced_at": row.excluded.replaced_at,
    }
    connection.execute(row.on_conflict_do_update(index_elements=["article_id", "number"], set_=latest), rows)
    numbers = list(edited)
    for start in range(0, len(numbers), AT_ONCE):
        read_for_edits(connection, numbers[start : start + AT_ONCE], now + start // AT_ONCE * APART)


def _own_words(connection: Connection, edited: dict[int, Again]) -> dict[int, Again]:
    """Those whose feed was the first to show the article: its words are the article's, others' are not."""
    found: dict[int, Again] = {}
    for some in chunks(list(edited)):
        first = select(SIGHTING.c.article_id, func.min(SIGHTING.c.id)).where(SIGHTING.c.article_id.in_(some))
        for number, sighting in connection.execute(first.group_by(SIGHTING.c.article_id)):
            if edited[number].seen.id == sighting:
                found[number] = edited[number]
    return found


def _owed(article_id: int, each: Again, now: datetime, *, renamed: bool) -> dict[str, Any]:
    entry = each.sighting.entry
    title = entry.title if renamed else ""
    return {
        "article_id": article_id,
        "number": OWED,
        "title": title,
        "modified_at": entry.updated_at,
        "replaced_at": now,
    }


def note_edit(connection: Connection, article_id: int, now: datetime) -> None:
    """Take note that a person wants an article read again; an edit that is noted already stands."""
    row = {"article_id": article_id, "number": OWED, "title": "", "modified_at": None, "replaced_at": now}
    connection.execute(upsert(REVISION).values(row).on_conflict_do_nothing())


def read_for_edits(connection: Connection, articles: Sequence[int], now: datetime) -> None:
    """Owe a reading to those of these articles that are owed nothing else, and were edited since they were read.

    While an article is at rest, `due_at` says before when it shall not be read again.
    """
    due = case((ARTICLE.c.due_at > now, ARTICLE.c.due_at), else_=now)
    at_rest = update(ARTICLE).where(ARTICLE.c.id.in_(articles), ARTICLE.c.state.in_(AT_REST), _EDITED)
    connection.execute(at_rest.values(state=ArticleState.READ.value, due_at=due, failures=0))


def or_for_edits(article: Article, now: datetime) -> dict[str, Any]:
    """What a told article is owed next, and when: a reading, if it was edited since it was read."""
    later = article.due_at if article.due_at and article.due_at > now else now
    return {
        "state": case((_EDITED, ArticleState.READ.value), else_=article.state.value),
        "due_at": case((_EDITED, later), else_=article.due_at),
    }


def edits_of(connection: Connection, articles: Sequence[int]) -> dict[int, Edit]:
    """For which edits these articles are owed a reading, by article id."""
    told = (REVISION.c.article_id, REVISION.c.replaced_at, REVISION.c.title, REVISION.c.modified_at)
    found: dict[int, Edit] = {}
    for some in chunks(articles):
        asked = select(*told).where(REVISION.c.article_id.in_(some), REVISION.c.number == OWED)
        found.update((row[0], Edit(row[1], row[2], row[3])) for row in connection.execute(asked))
    return found


def keep_revision(connection: Connection, article: Article, replaced: Revision | None, now: datetime) -> None:
    """Keep what an article said before this reading, and take note that it was read for its edit."""
    if replaced:
        row = {
            "article_id": article.id,
            "number": replaced.number,
            "title": replaced.title,
            "text": replaced.text,
            "text_source": replaced.text_source.value,
            "modified_at": replaced.modified_at,
            "replaced_at": replaced.replaced_at,
        }
        connection.execute(insert(REVISION).values(row))
    if article.edit and article.state is not ArticleState.READ:
        # An edit that was noticed meanwhile is another one: it stays owed.
        noted = delete(REVISION).where(REVISION.c.article_id == article.id, REVISION.c.number == OWED)
        connection.execute(noted.where(REVISION.c.replaced_at == article.edit.noticed_at))
    if article.state.value in AT_REST:
        read_for_edits(connection, [article.id], now)


def keep_keys(connection: Connection, article_id: int, story_id: int, keys: Iterable[str], now: datetime) -> None:
    """By which keys an article is known to its story from now on, as if it had been from the first."""
    own = STORY_KEY.c.article_id == article_id
    since = connection.scalar(select(func.min(STORY_KEY.c.seen_at)).where(own)) or now
    connection.execute(delete(STORY_KEY).where(own))
    rows = [{"article_id": article_id, "key": key, "story_id": story_id, "seen_at": since} for key in set(keys)]
    if rows:
        connection.execute(insert(STORY_KEY), rows)


def keep_matches(connection: Connection, article_id: int, matches: Iterable[Match], now: datetime) -> None:
    """The matches of an article from now on; one that it had before keeps the time when it was found."""
    rows = [from_match(match, article_id, now) for match in matches]
    topics = [row["topic"] for row in rows]
    gone = delete(MATCH).where(MATCH.c.article_id == article_id, MATCH.c.topic.not_in(topics))
    connection.execute(gone)
    if rows:
        row = upsert(MATCH)
        again = {name: row.excluded[name] for name in ("version", "severity", "score", "evidence")}
        connection.execute(row.on_conflict_do_update(index_elements=["article_id", "topic"], set_=again), rows)


def keep_changes(connection: Connection, article_id: int, changes: Iterable[MatchChange]) -> None:
    """What an edit did to an article's matches."""
    rows = [
        {
            "article_id": article_id,
            "topic": change.topic,
            "change": change.change.value,
            "revision": change.revision,
            "score": change.score,
            "score_before": change.score_before,
            "changed_at": change.changed_at,
        }
        for change in changes
    ]
    if rows:
        connection.execute(upsert(MATCH_CHANGE).on_conflict_do_nothing(), rows)


def matches_of(connection: Connection, article_id: int) -> tuple[Match, ...]:
    """The matches of an article, by topic."""
    asked = select(MATCH).where(MATCH.c.article_id == article_id).order_by(MATCH.c.topic)
    return tuple(to_match(row) for row in connection.execute(asked).mappings())


def changes_of(connection: Connection, article_id: int) -> tuple[MatchChange, ...]:
    """What its edits did to an article's matches, in order."""
    asked = select(MATCH_CHANGE).where(MATCH_CHANGE.c.article_id == article_id).order_by(MATCH_CHANGE.c.id)
    return tuple(to_change(row) for row in connection.execute(asked).mappings())


def find_revisions(engine: Engine, article_id: int) -> tuple[Revision, ...]:
    """What an article said before each of its changes, from the first wording on."""
    asked = select(REVISION).where(REVISION.c.article_id == article_id, REVISION.c.number > OWED)
    with reading(engine) as connection:
        rows = connection.execute(asked.order_by(REVISION.c.number)).mappings()
        return tuple(to_revision(row) for row in rows)


def find_changes(engine: Engine, article_id: int) -> tuple[MatchChange, ...]:
    """What its edits did to an article's matches, in order."""
    with reading(engine) as connection:
        return changes_of(connection, article_id)

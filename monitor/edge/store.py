"""What is owed is handed out under a lease, and what came of it is saved in one transaction, fenced."""

import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import zstandard
from sqlalchemy import Connection, Table, delete, insert, select

from monitor.edge import migrate, revisions, stories
from monitor.edge.claims import claim, release, save_claimed
from monitor.edge.contexts import AlertContext, contexts
from monitor.edge.database import connect, reading, writing
from monitor.edge.kin import sharing
from monitor.edge.mentions import save_names
from monitor.edge.polls import Polled, save_polls
from monitor.edge.postgres import Beside, is_postgres, place_of
from monitor.edge.rows import (
    Row,
    from_about,
    from_alert,
    from_match,
    from_page,
    to_article,
    to_feed,
    to_story,
)
from monitor.edge.sightings import CHUNK, find_known, sightings_of
from monitor.edge.sketches import forget_sketches, is_behind, save_sketch
from monitor.edge.sql import upsert
from monitor.edge.tables import ALERT, ARTICLE, DISPATCH, FEED, MATCH, PAGE, STORY, STORY_KEY
from monitor.edits import Known, MatchChange, Revision
from monitor.model import (
    Alert,
    Article,
    ArticleState,
    Feed,
    FeedState,
    Match,
    Page,
    Sighting,
    Story,
)
from monitor.stories import Merge, Sketch, Split
from monitor.telling import Dispatch

_OWED_IN: dict[type, Table] = {Feed: FEED, Article: ARTICLE, Alert: ALERT, Dispatch: DISPATCH}


@dataclass(frozen=True, slots=True)
class Found:
    """How an article found its story: by what it was decided, what others will find it by, and what it links."""

    number: int  # of the latest article told, and the latest change of a story, that were known
    event: int
    horizon: datetime  # articles told before it can be joined no more
    sketch: Sketch
    merges: tuple[Merge, ...] = ()
    split: Split | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """The entities that an article names, each with its places, and the version of the names that were looked for."""

    named: Mapping[str, int]
    version: str


class Store:
    """The database: a SQLite file, or at an address of PostgreSQL. `owner` names this process in its leases."""

    def __init__(self, place: Path | str, words: Callable[[str], str], owner: str = "", password: str = "") -> None:
        self.place = place_of(str(place)) if is_postgres(place) else str(place)
        self.path = None if is_postgres(place) else Path(place)
        self.owner = owner or uuid.uuid4().hex[:12]
        self.engine = connect(place, words, password)

    def upgrade(self, now: datetime, *, keep: int = 3) -> Path | None:
        """Make or upgrade the schema; the copy of a SQLite file that was made first, if any."""
        return migrate.upgrade(self.engine, self.place, now, keep=keep, path=self.path)

    def close(self) -> None:
        """Let go of it."""
        self.engine.dispose()

    # Claims

    def claim_feeds(self, now: datetime, lease_s: float, limit: int, names: Collection[str] = ()) -> tuple[Feed, ...]:
        """Feeds owed a poll, longest waiting first; with `names`, those feeds whether owed or not."""
        return tuple(to_feed(row) for row in self._claim(FEED, FeedState.ACTIVE, now, lease_s, limit, names))

    def claim_articles(self, state: ArticleState, now: datetime, lease_s: float, limit: int) -> tuple[Article, ...]:
        """Articles owed a reading or a telling, longest waiting first."""
        rows = self._claim(ARTICLE, state, now, lease_s, limit)
        with reading(self.engine) as connection:
            ids = [row["id"] for row in rows]
            sightings, edits = sightings_of(connection, ids), revisions.edits_of(connection, ids)
        return tuple(to_article(row, sightings.get(row["id"]), edits.get(row["id"])) for row in rows)

    def _claim(
        self, owed: Table, state: str, now: datetime, lease_s: float, limit: int, names: Collection[str] = ()
    ) -> list[Row]:
        return claim(self.engine, owed, state, owner=self.owner, now=now, lease_s=lease_s, limit=limit, names=names)

    def release(self, owner: str = "") -> None:
        """Hand back all that `owner` (default: this process) still holds, so that nobody waits for its leases."""
        release(self.engine, owner or self.owner)

    # Poll

    def polled_feeds(self) -> Iterator[Feed]:
        """Every feed that is owed polls, some hundred at a time."""
        after = 0
        asked = select(FEED).where(FEED.c.state == FeedState.ACTIVE.value).order_by(FEED.c.id).limit(CHUNK)
        while True:
            with reading(self.engine) as connection:
                rows = connection.execute(asked.where(FEED.c.id > after)).mappings().all()
            if not rows:
                return
            yield from map(to_feed, rows)
            after = rows[-1]["id"]

    def known(self, polls: Mapping[int, Sequence[Sighting]]) -> dict[int, Known]:
        """What each feed, by its id, has shown before of these."""
        with reading(self.engine) as connection:
            return find_known(connection, polls)

    def save_polls(self, polls: Sequence[Polled]) -> dict[int, int]:
        """Save polls; how many articles are new, by feed, without the feeds that somebody else holds by now."""
        with writing(self.engine, Beside.ARTICLES) as connection:
            return save_polls(connection, polls)

    # Read

    def save_reading(
        self, article: Article, now: datetime, page: Page | None = None, *, replaced: Revision | None = None
    ) -> None:
        """Save what a reading made of an article, the page it came from, and what it said before if that changed."""
        changes = {
            "title": article.title,
            "text": article.text,
            "text_source": article.text_source.value,
            "note": article.note,
            "authors": list(article.authors),
            "language": article.language,
            "site": article.site,
            "image_url": article.image_url,
            "about": from_about(article.about),
            "published_at": article.published_at,
            "modified_at": article.modified_at,
            "revision": article.revision,
            "state": article.state.value,
            "due_at": article.due_at,
            "failures": article.failures,
            "last_error": article.last_error,
        }
        body = zstandard.compress(page.body) if page else b""
        with writing(self.engine, Beside.ALL) as connection:
            save_claimed(connection, ARTICLE, article.id, article.claim, changes)
            revisions.keep_revision(connection, article, replaced, now)
            if page:
                connection.execute(delete(PAGE).where(PAGE.c.article_id == article.id))
                connection.execute(insert(PAGE).values(from_page(page, article.id, body, now)))

    # Tell

    def story_keys(
        self, keys: Sequence[str], title: str, least: int, since: datetime
    ) -> dict[int, tuple[int, frozenset[str]]]:
        """Articles since then that share `least` of these keys, or the `title` key.

        Article id → (story id, the keys that they share).
        """
        return sharing(self.engine, keys, title, least, since)

    def story(self, story_id: int) -> Story | None:
        """A story by its id."""
        with reading(self.engine) as connection:
            leads_to = stories.live(connection, story_id)
            row = connection.execute(select(STORY).where(STORY.c.id == leads_to)).mappings().first()
        return to_story(row) if row else None

    def save_telling(
        self,
        article: Article,
        story: Story,
        *,
        keys: Iterable[str],
        matches: Iterable[Match],
        alerts: Iterable[Alert],
        now: datetime,
        found: Found | None = None,
        names: Names | None = None,
        owing: stories.Owing = stories.owe_nothing,
    ) -> bool:
        """Save what telling an article came to: its story, its matches, and the alerts that they owe.

        `owing` says what a part of the story owes that splits off. False when all was decided by what has changed
        meanwhile: nothing is saved then.
        """
        made = [from_match(match, article.id, now) for match in matches]
        with writing(self.engine, Beside.STORIES) as connection:
            if found and is_behind(connection, found.number, found.event):
                return False
            joining = stories.live(connection, story.id)  # it may have become part of another meanwhile
            joined = [{"article_id": article.id, "key": key, "story_id": joining, "seen_at": now} for key in set(keys)]
            _save_told(connection, replace(article, story_id=joining), now)
            _save_story(connection, replace(story, id=joining))
            if joined:
                connection.execute(insert(STORY_KEY), joined)
            if made:
                connection.execute(insert(MATCH), made)
            _owe(connection, (replace(alert, story_id=joining) for alert in alerts))
            _keep_names(connection, article.id, names)
            if found:
                save_sketch(connection, article.id, found.sketch, now)
                forget_sketches(connection, found.horizon)
                for merge in found.merges:
                    stories.merge(connection, merge.one, merge.other, stories.Decision(now, why=_told_why(merge)))
                if found.split:
                    decision = stories.Decision(now, why=_told_why(found.split))
                    stories.part(connection, found.split.story_id, found.split.articles, decision, owing)
        return True

    def origin(self, article_id: int) -> int:
        """The article whose text this one repeats; itself when it repeats none."""
        with reading(self.engine) as connection:
            return connection.scalar(select(ARTICLE.c.copy_of).where(ARTICLE.c.id == article_id)) or article_id

    def matches(self, article_id: int) -> tuple[Match, ...]:
        """The matches that an article has."""
        with reading(self.engine) as connection:
            return revisions.matches_of(connection, article_id)

    def save_retelling(
        self,
        article: Article,
        *,
        keys: Iterable[str],
        matches: Iterable[Match],
        changes: Iterable[MatchChange],
        alerts: Iterable[Alert],
        now: datetime,
        names: Names | None = None,
    ) -> None:
        """Save what telling an edited article came to: it stays in its story, which has no more articles than before.

        `matches` are all that it has from now on, and `changes` what became of those that it had.
        """
        with writing(self.engine, Beside.STORIES) as connection:
            asked = select(ARTICLE.c.story_id).where(ARTICLE.c.id == article.id)
            own = connection.scalar(asked) or article.id  # people may have moved it meanwhile
            _save_told(connection, replace(article, story_id=own), now)
            revisions.keep_keys(connection, article.id, own, keys, now)
            revisions.keep_matches(connection, article.id, matches, now)
            revisions.keep_changes(connection, article.id, changes)
            _owe(connection, (replace(alert, story_id=own) for alert in alerts))
            _keep_names(connection, article.id, names)

    # Deliver

    def context(self, alert: Alert) -> AlertContext:
        """The article, match and story that an alert is about."""
        with reading(self.engine) as connection:
            return contexts(connection, [alert])[0]

    def hand_back(self, item: Feed | Article | Alert | Dispatch) -> None:
        """Nothing came of a claim: whoever asks next gets the item."""
        owed = _OWED_IN[type(item)]
        with writing(self.engine, Beside.ALL) as connection:
            save_claimed(connection, owed, item.id, item.claim, {})

    def put_off(self, item: Feed | Article | Alert | Dispatch, due_at: datetime, error: str) -> None:
        """A bug met this item: keep it, say why, and try again later."""
        owed = _OWED_IN[type(item)]
        changes = {"due_at": due_at, "failures": item.failures + 1, "last_error": error}
        with writing(self.engine, Beside.ALL) as connection:
            save_claimed(connection, owed, item.id, item.claim, changes)


def _told_why(found: Merge | Split) -> str:
    most = sorted(found.features, key=lambda feature: -feature.points)[:3]
    said = ", ".join(f"{feature.name} {feature.value:.2f}" for feature in most)
    return f"score {found.score:.2f}: {said}"


def _save_told(connection: Connection, article: Article, now: datetime) -> None:
    changes = {
        "story_id": article.story_id,
        "copy_of": article.copy_of,
        "agencies": list(article.agencies),
        "failures": article.failures,
        "last_error": article.last_error,
        **revisions.or_for_edits(article, now),
    }
    save_claimed(connection, ARTICLE, article.id, article.claim, changes)


def _keep_names(connection: Connection, article_id: int, names: Names | None) -> None:
    if names:
        save_names(connection, {article_id: names.named}, names.version)


def _owe(connection: Connection, alerts: Iterable[Alert]) -> None:
    owed = [from_alert(alert) for alert in alerts]
    if owed:
        connection.execute(upsert(ALERT).on_conflict_do_nothing(), owed)


def _save_story(connection: Connection, story: Story) -> None:
    row = {
        "id": story.id,
        "headline": story.headline,
        "opened_at": story.opened_at,
        "latest_at": story.latest_at,
        "articles": story.articles,
    }
    again = {"latest_at": story.latest_at, "articles": STORY.c.articles + 1}
    connection.execute(upsert(STORY).values(row).on_conflict_do_update(index_elements=["id"], set_=again))

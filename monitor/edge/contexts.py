"""Alerts become what each is about: article, match, story, and what the latest edit did."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from monitor.edge.rows import to_article, to_change, to_match, to_story
from monitor.edge.sightings import sightings_of
from monitor.edge.tables import ALERT, ARTICLE, MATCH, MATCH_CHANGE, STORY
from monitor.edits import MatchChange
from monitor.model import Alert, Article, Match, Story


@dataclass(frozen=True, slots=True)
class AlertContext:
    """What an alert is about."""

    article: Article
    match: Match | None  # None when an edit took it away
    story: Story
    change: MatchChange | None = None  # what the latest edit did to the match


def contexts(connection: Connection, alerts: Sequence[Alert]) -> list[AlertContext]:
    """What each alert is about; alerts of one article are told from one reading of it."""
    numbers = sorted({alert.article_id for alert in alerts})
    seen = sightings_of(connection, numbers)
    rows = connection.execute(select(ARTICLE).where(ARTICLE.c.id.in_(numbers))).mappings()
    articles = {row["id"]: to_article(row, seen.get(row["id"])) for row in rows}
    rows = connection.execute(select(MATCH).where(MATCH.c.article_id.in_(numbers))).mappings()
    matches = {(row["article_id"], row["topic"]): to_match(row) for row in rows}
    asked = select(MATCH_CHANGE).where(MATCH_CHANGE.c.article_id.in_(numbers)).order_by(MATCH_CHANGE.c.id)
    changes = {(row["article_id"], row["topic"]): to_change(row) for row in connection.execute(asked).mappings()}
    # Stories may have become one since an alert was claimed.
    own = select(*STORY.c, ALERT.c.id.label("alert_id")).join(ALERT, ALERT.c.story_id == STORY.c.id)
    rows = connection.execute(own.where(ALERT.c.id.in_([alert.id for alert in alerts]))).mappings()
    stories = {row["alert_id"]: to_story(row) for row in rows}
    return [
        AlertContext(
            articles[alert.article_id],
            matches.get((alert.article_id, alert.topic)),
            stories[alert.id],
            changes.get((alert.article_id, alert.topic)),
        )
        for alert in alerts
    ]

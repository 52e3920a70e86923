"""An article's matches, its story and the routes become the alerts that are owed."""

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256

from monitor.model import Alert, Article, Match, Route, Story

SEVERITIES = ("low", "normal", "high", "critical")


def alerts(
    match_list: tuple[Match, ...],
    article: Article,
    story: Story,
    routes: tuple[Route, ...],
    told: frozenset[tuple[str, str, int]],
    now: datetime,
) -> tuple[Alert, ...]:
    """One alert for each (receiver, topic) that a route names and that was not told of this story; due at once.

    `told` holds the (receiver, topic, story id) that were told already.
    """
    owed: dict[tuple[str, str, int], Alert] = {}
    for receiver, topic in _pairs(match_list, article, routes):
        pair = (receiver, topic, story.id)
        if pair in told or pair in owed:
            continue
        owed[pair] = Alert(
            uid=uid(receiver, topic, story, 0),
            receiver=receiver,
            topic=topic,
            story_id=story.id,
            sequence=0,
            article_id=article.id,
            created_at=now,
            due_at=now,
        )
    return tuple(owed.values())


def fits(route: Route, match: Match, article: Article) -> bool:
    """Whether a route asks for this match of this article; what it leaves empty it asks of none."""
    if SEVERITIES.index(match.severity) < SEVERITIES.index(route.min_severity):
        return False
    if route.topics and match.topic not in route.topics:
        return False
    if route.languages and _primary(article.language) not in {_primary(language) for language in route.languages}:
        return False
    return not route.tags or not set(route.tags).isdisjoint(article.tags)


def uid(receiver: str, topic: str, story: Story, sequence: int) -> str:
    """The name by which a receiver knows a repeat."""
    # The opening time keeps an archive that was begun anew, whose story ids start over, from repeating old names.
    told = "\n".join((receiver, topic, str(story.id), story.opened_at.isoformat(), str(sequence)))
    return "alt_" + sha256(told.encode()).hexdigest()[:32]


def _pairs(match_list: tuple[Match, ...], article: Article, routes: tuple[Route, ...]) -> Iterator[tuple[str, str]]:
    for match in match_list:
        for route in routes:
            if fits(route, match, article):
                for receiver in route.receivers:
                    yield receiver, match.topic


def _primary(language: str) -> str:
    return language.lower().replace("_", "-").partition("-")[0]

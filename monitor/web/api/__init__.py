"""All that is asked under /api/v1, and the feeds of what is found."""

from monitor.web.api import (
    about,
    alerts,
    articles,
    backtests,
    course,
    events,
    exports,
    feeds,
    health,
    labels,
    matches,
    searches,
    silences,
    stories,
    suggestions,
    syndication,
    topics,
)

PARTS = (
    *(about, articles, searches, exports, suggestions, course, stories, topics, backtests, labels),
    *(matches, events, alerts, silences, feeds, health, syndication),
)
ROUTES = [route for part in PARTS for route in part.router.routes]

"""All that is asked under /api/v1, and the feeds of what is found."""

from fastapi import APIRouter

from monitor.web.api import (
    about,
    alerts,
    articles,
    exports,
    health,
    labels,
    matches,
    silences,
    stories,
    suggestions,
    topics,
)

router = APIRouter()
for part in (about, articles, exports, suggestions, stories, topics, matches, alerts, silences, labels, health):
    router.include_router(part.router)

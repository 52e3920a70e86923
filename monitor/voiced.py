"""Stories become how many independent voices tell each."""

from collections.abc import Collection

from sqlalchemy.engine import Engine

from monitor.edge.story_views import members_of
from monitor.newsstand import load_press
from monitor.think.voices import count_voices


def voices_of(engine: Engine, stories: Collection[int]) -> dict[int, int]:
    """By the number of a story."""
    press = load_press()
    members = members_of(engine, sorted(stories))
    return {story: len(count_voices(articles, press).voices) for story, articles in members.items()}

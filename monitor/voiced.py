"""Stories become how many independent voices tell each."""

from collections.abc import Collection

from sqlalchemy.engine import Engine

from monitor.edge.story_views import tellers_of
from monitor.newsstand import load_press
from monitor.think.voices import number_of_voices


def voices_of(engine: Engine, stories: Collection[int]) -> dict[int, int]:
    """By the number of a story."""
    press = load_press()
    told = tellers_of(engine, sorted(stories)) if stories else {}
    return {story: number_of_voices(articles, press) for story, articles in told.items()}

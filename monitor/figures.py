"""The articles of a story become its headline and its figures."""

from collections.abc import Sequence

from monitor.model import Article, Story
from monitor.newsstand import load_press
from monitor.stories import StoryFacts
from monitor.think import central
from monitor.think.voices import Voices


def headline_of(story: Story, articles: Sequence[Article], languages: Sequence[str]) -> str:
    """The name that people gave it, else its most central title in the first of these languages that it is told in."""
    return story.name or central.headline(articles, load_press(), languages) or story.headline


def known_of(story: Story, articles: Sequence[Article], voices: Voices, languages: Sequence[str] = ()) -> StoryFacts:
    """A story in figures; `voices` are those of its articles."""
    return StoryFacts(
        headline=headline_of(story, articles, languages),
        articles=voices.articles,
        outlets=len(voices.outlets),
        voices=len(voices.voices),
        languages=voices.languages,
        countries=voices.countries,
    )

"""What people see of stories on the command line, and what they say of them."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from monitor.config import load
from monitor.edge.database import writing
from monitor.edge.sketches import forget_sketches, read_news, save_sketch
from monitor.edge.tables import ARTICLE, STORY
from monitor.think.story_sketch import Rarity, sketch
from monitor.think.story_terms import terms_of
from monitor.wire import open_store
from tests import desk
from tests.desk import SEEN, Monitor

ON_BOTH = True


@pytest.fixture
def monitor(tmp_path: Path) -> Monitor:
    """A desk where articles 1 to 3 tell one event, 4 a second one, and 5 and 6 a third, of which 6 is a copy."""
    commands = desk.furnish(tmp_path)
    store = open_store(load(tmp_path / "config.toml"))
    with writing(store.engine) as connection:
        for story, articles in ((1, (1, 2, 3)), (4, (4,)), (5, (5, 6))):
            titles = [desk.ARTICLES[article - 1][0] for article in articles]
            row = {"id": story, "headline": titles[0], "opened_at": SEEN, "latest_at": SEEN, "articles": len(articles)}
            connection.execute(insert(STORY).values(row))
            connection.execute(update(ARTICLE).where(ARTICLE.c.id.in_(articles)).values(story_id=story))
        connection.execute(update(ARTICLE).where(ARTICLE.c.id == 6).values(copy_of=5))
        for number in range(1, 7):
            site = {"url": f"https://paper{number}.example/{number}", "published_at": SEEN}
            connection.execute(update(ARTICLE).where(ARTICLE.c.id == number).values(site))
    store.close()
    return commands


def told(monitor: Monitor, *words: str) -> dict:
    """What a command prints as JSON."""
    done = monitor(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.mark.slow
def test_stories_are_listed_by_voices(monitor: Monitor) -> None:
    listed = told(monitor, "stories", "list", "--since", "5000w")
    counted = [(story["id"], len(story["voices"]), story["articles"]) for story in listed]
    assert counted == [
        (1, 3, 3),
        (5, 1, 2),
        (4, 1, 1),
    ]
    assert "voices" in monitor("stories", "list", "--since", "5000w").stdout


@pytest.mark.slow
def test_stories_are_listed_by_topic_language_and_time(monitor: Monitor) -> None:
    assert [story["id"] for story in told(monitor, "stories", "list", "--since", "5000w", "--topic", "grain")] == [1, 5]
    assert monitor("stories", "list", "--since", "5000w", "--lang", "uk").exit_code == 4
    assert monitor("stories", "list", "--since", "1s").exit_code == 4
    assert monitor("stories", "list", "--since", "soon").exit_code == 2


@pytest.mark.slow
def test_a_story_is_shown_with_its_articles_in_order_and_its_copies_marked(monitor: Monitor) -> None:
    shown = told(monitor, "stories", "show", "5")
    assert [(each["id"], each["copy_of"]) for each in shown["articles"]] == [(5, None), (6, 5)]
    assert [voice["articles"] for voice in shown["voices"]["voices"]] == [[5, 6]]
    assert shown["topics"] == ["grain"]
    sheet = monitor("stories", "show", "5").stdout
    assert "1 voices, 2 outlets, 2 articles (1 copies)" in sheet
    assert "[copy of 5]" in sheet


@pytest.mark.slow
def test_the_number_of_a_merged_story_leads_to_the_whole_everywhere(monitor: Monitor) -> None:
    assert told(monitor, "stories", "merge", "4", "1", "--why", "the same wheat")["merged"] == 4
    assert told(monitor, "stories", "show", "4")["id"] == 1
    found = {each["article"]["id"] for each in told(monitor, "search", "story:4 OR story:5")}
    assert found == {1, 2, 3, 4, 5, 6}
    assert "the same wheat" in monitor("stories", "show", "1").stdout
    assert told(monitor, "show", "4")["story"]["id"] == 1


@pytest.mark.slow
def test_articles_are_split_off_and_said_apart(monitor: Monitor) -> None:
    parted = told(monitor, "stories", "split", "1", "2", "3", "--why", "another event")
    assert (parted["story"]["id"], parted["other"]["id"], parted["moved"]) == (1, 2, [2, 3])
    labels = told(monitor, "stories", "labels")
    assert [(each["said"]["one"], each["said"]["other"], each["said"]["together"]) for each in labels] == [
        (2, 3, True),
        (1, 2, False),
    ]
    assert labels[0]["articles"][0]["text"]
    assert "two events" in monitor("stories", "labels").stdout


@pytest.mark.slow
def test_a_name_stands_in_the_place_of_the_headline(monitor: Monitor) -> None:
    told(monitor, "stories", "name", "1", "  The wheat\n[bold]affair[/] ")
    assert told(monitor, "stories", "show", "1")["headline"] == "The wheat [bold]affair[/]"
    assert "The wheat [bold]affair[/]" in monitor("stories", "show", "1").stdout
    assert "The wheat" in monitor("show", "1").stdout
    told(monitor, "stories", "name", "1", "")
    assert told(monitor, "stories", "show", "1")["headline"] in {title for title, _ in desk.ARTICLES}


@pytest.mark.slow
def test_what_cannot_be_is_refused_with_a_reason(monitor: Monitor) -> None:
    for words in (("merge", "1", "1"), ("split", "1", "9"), ("split", "1", "1", "2", "3"), ("show", "77")):
        assert monitor("stories", *words).exit_code == 1, words
    assert monitor("stories", "labels").exit_code == 4


@pytest.mark.slow
def test_how_an_article_found_its_story_is_shown_point_by_point(monitor: Monitor, tmp_path: Path) -> None:
    store = open_store(load(tmp_path / "config.toml"))
    with writing(store.engine) as connection:
        for number, (title, text) in enumerate(desk.ARTICLES[:6], 1):
            found = sketch(terms_of(title, text, "en"), Rarity({}), SEEN)
            save_sketch(connection, number, found, SEEN)
    store.close()
    shown = told(monitor, "explain", "6", "--story")
    assert (shown["article_id"], shown["story_id"], shown["copy_of"]) == (6, 5, 5)
    assert shown["candidates"][0]["story_id"] == 5
    assert shown["candidates"][0]["features"]
    assert "a copy joins its original" in monitor("explain", "6", "--story").stdout
    assert told(monitor, "explain", "1", "--story")["candidates"] == []
    assert monitor("explain", "9", "--story").exit_code == 4


def test_what_left_the_window_is_kept_while_it_is_among_the_latest_in_which_words_are_counted(
    monitor: Monitor, tmp_path: Path
) -> None:
    store = open_store(load(tmp_path / "config.toml"))
    found = sketch(terms_of(*desk.ARTICLES[0], "en"), Rarity({}), SEEN)
    with writing(store.engine) as connection:
        for number in range(1, 7):
            save_sketch(connection, number, found, SEEN + timedelta(days=number))
        forget_sketches(connection, SEEN + timedelta(days=6), counted=3)
    assert [told.article_id for told in read_news(store.engine, 0, 0).told] == [4, 5, 6]
    with writing(store.engine) as connection:
        forget_sketches(connection, SEEN + timedelta(days=3), counted=1)  # three can still be joined
    assert [told.article_id for told in read_news(store.engine, 0, 0).told] == [4, 5, 6]
    store.close()

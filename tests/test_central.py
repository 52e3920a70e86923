"""A story's headline and extract are words of its articles: those that most of its voices share."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Article
from monitor.newsstand import load_press
from monitor.think.central import extract, headline, language_of
from tests.chorus import article, choruses

PRESS = load_press()


def bridge() -> list[Article]:
    """Five outlets on one event, the second the loudest."""
    told = [
        (
            "Bridge over the Arl collapses, three workers missing",
            (
                "A road bridge over the river Arl collapsed on Monday, and three workers are missing, police said. "
                "Divers searched the water until dark. The mayor of Arlen closed the harbour."
            ),
        ),
        (
            "SHOCK!!! You won't believe what happened to this bridge…",
            (
                "A bridge collapsed in Arlen. Sign up for our newsletter to read more about bridges and rivers. "
                "Three workers are missing after the collapse of the road bridge, police said on Monday."
            ),
        ),
        (
            "Three workers missing after Arlen bridge collapses",
            (
                "Police in Arlen said three workers were missing after a road bridge over the Arl collapsed on Monday. "
                "An inspection last year had found rust in two of its pillars, according to the road agency."
            ),
        ),
        (
            "Arlen: search for missing workers after bridge collapse goes on",
            (
                "Divers went on with the search for three missing workers in the river Arl on Tuesday. "
                "The road agency had found rust in two pillars of the bridge last year. The mayor promised an inquiry."
            ),
        ),
        (
            "What we know of the rust in the bridge's pillars",
            (
                "The road agency found rust in the pillars of the collapsed bridge last year, a report shows. "
                "The report was sent to the ministry, which did not answer the agency for eleven months."
            ),
        ),
    ]
    return [article(number, title, text) for number, (title, text) in enumerate(told, 1)]


def test_the_headline_is_the_most_central_title_and_not_the_loudest() -> None:
    assert headline(bridge(), PRESS) == "Three workers missing after Arlen bridge collapses"


def test_an_outlet_that_says_it_twenty_times_has_one_vote() -> None:
    many = [
        article(number, f"Live blog part {number}: traffic chaos in Arlen", url="https://loud.example.com/x")
        for number in range(10, 30)
    ]
    assert headline([*bridge(), *many], PRESS) == headline(bridge(), PRESS)


def test_the_headline_is_not_that_of_a_copy() -> None:
    story = bridge()
    best = next(each for each in story if each.title == headline(story, PRESS))
    copy = replace(best, id=9, title="Three workers missing after bridge collapses in Arlen", copy_of=best.id)
    assert headline([*story, copy], PRESS) == best.title


def test_the_preferred_language_is_chosen_where_the_story_is_told_in_it() -> None:
    others = [article(number, f"Міст упав, частина {number}", language="uk") for number in range(10, 20)]
    assert language_of([*bridge(), *others], ["fr", "en"]) == "en"
    assert headline([*bridge(), *others], PRESS, ["en"]) == headline(bridge(), PRESS)
    assert headline([*bridge(), *others], PRESS).startswith("Міст")


def test_the_extract_says_each_thing_once_in_order_of_time() -> None:
    found = extract(bridge(), PRESS)
    assert [quotation.article_id for quotation in found] == sorted(quotation.article_id for quotation in found)
    told = " ".join(quotation.text for quotation in found)
    assert "collapsed" in told
    assert "rust" in told
    assert "newsletter" not in told
    assert 2 <= len(found) <= 4


def test_a_dateline_is_no_part_of_an_extract() -> None:
    story = [replace(each, text=f"ARLEN, March 5 (Reuters) - {each.text}") for each in bridge()]
    assert not any("Reuters" in quotation.text for quotation in extract(story, PRESS))


def test_what_an_outlet_puts_under_every_article_is_left_out() -> None:
    fixture = " The Arlen Times has reported on bridges, workers and police of the river since 1871."
    story = [replace(each, text=each.text + fixture, url="https://times.example.com/a") for each in bridge()]
    assert not any("since 1871" in quotation.text for quotation in extract(story, PRESS))


@given(choruses())
@settings(deadline=None)
def test_a_headline_is_one_of_the_titles(story: list[Article]) -> None:
    found = headline(story, PRESS, ["en"])
    assert found in {each.title for each in story} or not any(each.title.strip() for each in story)


@given(choruses(), st.randoms())
@settings(deadline=None)
def test_the_order_in_which_articles_are_given_changes_nothing(story: list[Article], chance) -> None:
    shuffled = chance.sample(story, len(story))
    assert headline(shuffled, PRESS, ["en"]) == headline(story, PRESS, ["en"])
    assert extract(shuffled, PRESS, ["en"]) == extract(story, PRESS, ["en"])


@given(choruses())
@settings(deadline=None)
def test_an_extract_stands_literally_in_the_texts(story: list[Article]) -> None:
    texts = {each.id: each.text for each in story}
    for quotation in extract(story, PRESS):
        assert texts[quotation.article_id][quotation.start : quotation.end] == quotation.text
    for quotation in extract(
        [replace(each, text=each.text + " A bridge over the river fell on Monday.") for each in story], PRESS
    ):
        assert quotation.text

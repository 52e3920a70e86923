"""Who tells a story is counted by voices: copies, agencies and sites of one house count once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Article
from monitor.newsstand import load_press
from monitor.think.credit import agencies, cited
from monitor.think.press import outlet_of, read_press
from monitor.think.timeline import course
from monitor.think.voices import count_voices, number_of_voices
from tests.chorus import START, article, choruses

PRESS = load_press()
BODY = "Something fell into the water, and people spoke of it at length in the evening. " * 8


def carried(text: str, *authors: str, url: str = "https://paper.example.com/a") -> tuple[str, ...]:
    return agencies(article(1, text=text, authors=authors, url=url), PRESS)


@pytest.mark.parametrize(
    ("opening", "agency"),
    [
        ("ARLEN, March 5 (Reuters) - A bridge fell. ", "reuters"),
        ("ARLEN (AP) — A bridge fell. ", "ap"),
        ("АРЛЕН, 5 марта. /ТАСС/. Мост упал. ", "tass"),
        ("АРЛЕН, 5 мар — РИА Новости. Мост упал. ", "ria"),
        ("Арлен. 5 березня. ІНТЕРФАКС-УКРАЇНА. Міст упав. ", "interfax-ukraine"),
        ("Arlen (dpa) - Eine Brücke ist eingestürzt. ", "dpa"),
        ("(ANSA) - ARLEN, 05 MAR - Un ponte è caduto. ", "ansa"),
        ("Arlen, 5 mar (EFE).- Un puente cayó. ", "efe"),
        ("Arlen (PAP) - Zawalił się most. ", "pap"),
        ("新华社阿伦3月5日电 一座桥倒塌。", "xinhua"),
        ("آرلن (رويترز) - انهار جسر. ", "reuters"),
        ("ARLEN, 5 mars (AFP) - Un pont est tombé. ", "afp"),
    ],
)
def test_a_dateline_says_whose_report_it_is(opening: str, agency: str) -> None:
    assert carried(opening + BODY) == (agency,)


@pytest.mark.parametrize(
    ("ending", "agency"),
    [
        ("(avec AFP)", "afp"),
        ("Quelle: dpa", "dpa"),
        ("(Reuters)", "reuters"),
        ("Источник: ТАСС", "tass"),
        ("\n\ndpa", "dpa"),
        ("\n\n© AFP", "afp"),
        ("(Reporting by Ann Lee; Editing by Bo Ek)", "reuters"),
    ],
)
def test_the_last_words_say_whose_report_it_is(ending: str, agency: str) -> None:
    assert carried(BODY + ending) == (agency,)


@pytest.mark.parametrize("author", ["Reuters", "By Ann Lee and Reuters", "AFP", "dpa/afp", "Ann Lee (AP)"])
def test_a_byline_says_whose_report_it_is(author: str) -> None:
    assert carried(BODY, author)


@pytest.mark.parametrize(
    "text",
    [
        f"The mayor told Reuters that nobody was hurt. {BODY}",
        f"{BODY} So said the mayor, according to Reuters.",
        f"As Reuters - the agency - found, it was rust. {BODY}",
        f"The AP course was hard, and the AA met – he said. {BODY}",
        f"Von der PAP (Partei) war nichts zu hören. {BODY}",
    ],
)
def test_to_name_an_agency_is_not_to_carry_its_report(text: str) -> None:
    assert carried(text) == ()


def test_agencies_that_are_only_named_are_known_as_cited() -> None:
    assert cited(article(1, text="Мэр сказал ТАСС и агентству Интерфакс-Украина."), PRESS) == (
        "tass",
        "interfax-ukraine",
    )


def test_an_article_on_an_agencys_own_site_is_its_own() -> None:
    assert carried(BODY, url="https://www.reuters.com/world/bridge") == ("reuters",)


def test_copies_and_sites_of_one_house_and_reports_of_one_agency_are_one_voice_each() -> None:
    story = [
        article(1, url="https://www.bbc.co.uk/1"),
        article(2, url="https://www.bbc.com/2"),
        article(3, agencies=("reuters",)),
        article(4, agencies=("reuters",)),
        article(5, copy_of=3),
        article(6, url="https://www.reuters.com/6", agencies=("reuters",)),
        article(7),
        article(8, copy_of=7),
    ]
    counted = count_voices(story, PRESS)
    assert [(voice.name, voice.articles) for voice in counted.voices] == [
        ("BBC", (1, 2)),
        ("Reuters", (3, 4, 5, 6)),
        ("paper7.example", (7, 8)),
    ]
    assert (counted.articles, counted.copies) == (8, 2)


def test_outlets_of_one_registered_domain_are_one_and_those_of_a_shared_one_are_not() -> None:
    def key(url: str) -> str:
        return outlet_of(article(1, url=url), PRESS).key

    assert key("https://news.paper.co.uk/1") == key("https://www.paper.co.uk/2")
    assert key("https://t.me/s/one/5") == key("https://t.me/one/7") != key("https://t.me/two/5")
    assert key("https://one.blogspot.com/") != key("https://two.blogspot.com/")


def test_outlets_at_one_address_without_a_name_are_told_apart_by_their_own_name_or_their_feed() -> None:
    def outlet(site: str, feed: str) -> tuple[str, str]:
        found = outlet_of(article(1, url="http://127.0.0.1:8080/a", site=site, feeds=(feed,)), PRESS)
        return found.key, found.name

    assert outlet("The Isle", "isle") == ("the isle", "The Isle")
    assert outlet("127.0.0.1", "isle") == outlet("", "isle") == ("isle", "isle")


@pytest.mark.parametrize(
    ("url", "countries", "expected"),
    [
        ("https://www.bbc.com/news", (), "GB"),
        ("https://meduza.io/a", (), "LV"),
        ("https://meduza.io/a", ("RU",), "RU"),
        ("https://paper.fi/a", (), "FI"),
        ("https://paper.co.uk/a", (), "GB"),
        ("https://startup.io/a", (), ""),
        ("https://paper.com/a", (), ""),
        ("https://paper.com/a", ("DE",), "DE"),
        ("https://paper.com/a", ("DE", "FR"), ""),
        ("http://127.0.0.1:8080/a", (), ""),
        ("not a url [", (), ""),
    ],
)
def test_the_country_is_that_of_the_feed_then_of_the_table_then_of_the_domain(
    url: str, countries: tuple[str, ...], expected: str
) -> None:
    assert outlet_of(article(1, url=url, countries=countries), PRESS).country == expected


def test_a_story_knows_when_it_was_first_told_and_when_most() -> None:
    story = [
        article(number, published_at=START + timedelta(minutes=minutes), seen_at=START + timedelta(days=1))
        for number, minutes in enumerate([0, 70, 80, 90, 200], 1)
    ]
    counted = count_voices(story, PRESS)
    assert (counted.first_at, counted.latest_at) == (START, START + timedelta(minutes=200))
    assert (counted.peak_at, counted.peak) == (START + timedelta(hours=1), 3)


def test_an_article_dated_into_the_future_came_out_when_it_was_seen() -> None:
    counted = count_voices([article(1, published_at=START + timedelta(days=400), seen_at=START)], PRESS)
    assert counted.latest_at == START


@given(choruses(), st.randoms())
@settings(deadline=None)
@pytest.mark.slow
def test_the_order_in_which_articles_are_given_changes_nothing(story: list[Article], chance) -> None:
    shuffled = chance.sample(story, len(story))
    assert count_voices(shuffled, PRESS) == count_voices(story, PRESS)
    assert course(shuffled, PRESS) == course(story, PRESS)


@given(choruses())
@settings(deadline=None)
@pytest.mark.slow
def test_every_article_speaks_with_exactly_one_voice(story: list[Article]) -> None:
    counted = count_voices(story, PRESS)
    assert sorted(number for voice in counted.voices for number in voice.articles) == [each.id for each in story]
    assert 1 <= len(counted.voices) <= counted.articles - counted.copies
    assert number_of_voices(story, PRESS) == len(counted.voices)


@given(choruses(), st.data())
@settings(deadline=None)
def test_a_copy_of_an_article_adds_no_voice(story: list[Article], data) -> None:
    original = data.draw(st.sampled_from(story))
    copy = replace(original, id=99, copy_of=original.id, url="https://elsewhere.example/x", agencies=())
    assert len(count_voices([*story, copy], PRESS).voices) == len(count_voices(story, PRESS).voices)


@given(choruses())
@settings(deadline=None)
def test_a_course_counts_every_article_once_and_voices_never_fall(story: list[Article]) -> None:
    told = course(story, PRESS)
    assert sum(span.articles for span in told.spans) == len(story)
    assert [span.voices for span in told.spans] == sorted(span.voices for span in told.spans)
    assert told.spans[-1].voices == len(count_voices(story, PRESS).voices)


@given(st.text(), st.lists(st.text(), max_size=3))
@settings(deadline=None)
def test_any_text_and_byline_can_be_asked_for_its_agencies(text: str, authors: list[str]) -> None:
    assert set(carried(text, *authors)) <= PRESS.agencies.keys()


def test_the_tables_hold_together() -> None:
    assert len(PRESS.agencies) > 60
    assert len(PRESS.outlets) > 500
    assert all(len(outlet.country) == 2 and outlet.country.isupper() for outlet in PRESS.outlets.values())
    assert all(agency.names or agency.short for agency in PRESS.agencies.values())


def test_a_table_of_ones_own_is_read() -> None:
    press = read_press(
        '[[agency]]\nid = "x"\nname = "X News"\ncountry = "FI"\nnames = ["X News"]',
        '[outlet]\n"x.example" = ["The X", "FI", ""]',
    )
    assert agencies(article(1, text="ARLEN (X News) - It fell."), press) == ("x",)

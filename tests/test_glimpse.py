"""A glimpse at a page passes over nothing that a topic would ask for."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_skim import NOW, PROSE, documents, page_of, topic

from monitor.errors import ExtractError
from monitor.model import Article, Entity, Name, Topic
from monitor.think.entities import index_entities
from monitor.think.extract import extract
from monitor.think.glimpse import may_ask, sharpen
from monitor.think.match import compile_topics, match

MINISTER = Entity("lavrov", "person", (Name("Sergey Lavrov", "en"), Name("Лавров", "ru"), Name("لافروف", "ar")))
ENTITIES = index_entities([MINISTER])
QUERIES = st.sampled_from(
    ["naive", '"AT&T"', "зв'язок", "oeuvre", "strasse", "москвы", "كييف", "ukraine", "1,500", "y AND x", "@lavrov",
     '"ferry island"~9 AND @lavrov', "atleast:2(oeuvre moscow lavrov naive)", "title:naive OR lead:москва", "stra*",
     "harbour AND NOT oeuvre", "(naive OR oeuvre) AND (storm OR lavrov)", "exact:Lavrov"]
)  # fmt: skip
PAGE = "<html><title>A page</title><article>{}</article></html>"


def sees(html: str, *queries: str) -> bool:
    topics = [topic(query, name=f"t{number}") for number, query in enumerate(queries)]
    glimpse = sharpen(compile_topics(topics, ENTITIES), ENTITIES)
    assert glimpse is not None
    return may_ask(page_of(html), glimpse)


def told(*words: str) -> str:
    return PAGE.format("".join(f"<p>{PROSE.format(word, 'Pier') * 2}</p>" for word in words))


@settings(deadline=None)
@given(documents(), st.lists(QUERIES, min_size=1, max_size=3))
@pytest.mark.slow
def test_no_page_is_passed_over_that_a_topic_asks_for(html: str, queries: list[str]) -> None:
    topics = [topic(query, name=f"t{number}") for number, query in enumerate(queries)]
    compiled = compile_topics(topics, ENTITIES)
    glimpse = sharpen(compiled, ENTITIES)
    try:
        found = extract(page_of(html), now=NOW)
    except ExtractError:
        return
    article = Article(0, "", "", title=found.title, text=found.text, language=found.language, site=found.site)
    if match(article, compiled):
        assert glimpse is None or may_ask(page_of(html), glimpse)


@pytest.mark.parametrize(
    ("written", "query"),
    [
        ("<b>G</b>rain", "grain"), ("gr&#97;in", "grain"), ("&eacute;lan", "elan"), ("STRASSE", "straße"),
        ("зв&rsquo;язок", "зв'язок"), ("зв'язок", "зв'язку"), ("e\u0301lan", "elan"), ("gr\u00adain", "grain"),
        ("&am<b></b>p;grain", "grain"), ("ﬁnance", "finance"), ("Ｎａｔｏ", "nato"), ("и\u0306од", "йод"),
        ("\U0001f33e grain", "grain"), ("\U0001d406rain", "grain"), ("\U00020bb7", "\U00020bb7"), ("ﻻم", "لام"),
        ("1 < 2, gr<b>a</b>in", "grain"), ("<i title='a<b'>gr</i>ain", "grain"), ("gr<b>&#97</b>in", "grain"),
    ],
)  # fmt: skip
def test_a_word_is_seen_however_the_page_writes_it(written: str, query: str) -> None:
    assert sees(told(written), query)


def test_a_page_without_the_words_is_passed_over() -> None:
    assert not sees(told("Anna", "Brno"), "grain AND wheat", '"black sea"', "@lavrov")


def test_a_page_must_hold_a_piece_of_all_that_a_topic_needs() -> None:
    assert not sees(told("grain"), "grain AND wheat")
    assert sees(told("grain", "wheat"), "grain AND wheat")
    assert sees(told("Лавровым"), "@lavrov")


def test_a_topic_that_needs_no_word_makes_glimpses_useless() -> None:
    for query in ("lang:en", "site:example.org", "grain OR lang:uk"):
        assert sharpen(compile_topics([topic(query)], ENTITIES), ENTITIES) is None


def test_a_part_of_a_topic_asks_for_nothing_that_the_topic_does_not() -> None:
    whole = topic("grain", name="whole")
    part = replace(topic("lang:en", name="part"), parent="whole")
    glimpse = sharpen(compile_topics([whole, part], ENTITIES), ENTITIES)
    assert glimpse is not None
    assert not may_ask(page_of(told("Anna")), glimpse)


def test_what_is_said_elsewhere_of_an_article_counts() -> None:
    topics: list[Topic] = [topic("grain")]
    glimpse = sharpen(compile_topics(topics, ENTITIES), ENTITIES)
    assert glimpse is not None
    assert may_ask(page_of(told("Anna")), glimpse, ["The grain of the year"])

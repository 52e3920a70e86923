"""What a page can hold is known without reading it: no word of the article is missed, and no topic that asks for it."""

import json
from datetime import UTC, datetime
from html import escape, unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import ExtractError
from monitor.model import Article, Entity, Name, Page, Signal, Topic
from monitor.think.entities import index_entities
from monitor.think.extract import extract
from monitor.think.language import tokens
from monitor.think.match import Compiled, compile_topics, match
from monitor.think.quick import PARTED, quick, unescaped
from monitor.think.skim import may_match

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PROSE = "The ferry to the island was late on {} because the harbour of {} had been closed by the storm. "
WORDS = st.sampled_from(
    ["Lavrov", "naïve", "AT&T", "зв'язок", "Œuvre", "Straße", "Москва", "كييف", "N.A.T.O.", "d'Ukraine", "x<y", "1,500"]
)


def page_of(html: str) -> Page:
    return Page("https://example.org/a", "https://example.org/a", 200, html.encode(), "text/html; charset=utf-8")


def book(*topics: Topic) -> Compiled:
    names = (Name("Sergey Lavrov", "en"), Name("Lavrov", "en"), Name("Lawrow", "de"))
    minister = Entity("lavrov", "person", names)
    us = Entity("us", "place", (Name("US", "en", exact=True),))
    unsure = Entity("jordan", "place", (Name("Jordan", "en", confidence=0.5),), needs=("amman",))
    return compile_topics(topics, index_entities([minister, us, unsure]))


def topic(query: str, *signals: Signal, threshold: float = 0.0, parent: str = "", name: str = "asked") -> Topic:
    return Topic(name, name, query, signals=signals, threshold=threshold, parent=parent)


def may(html: str, *topics: Topic, title: str = "") -> bool:
    found = quick(page_of(html))
    assert found is not None
    return may_match(found, Article(0, "", "", title=title), book(*topics))


@st.composite
def parted(draw: st.DrawFn) -> str:
    """A word as a page may write it: with markup, comments and references within."""
    word = draw(WORDS)
    cut = draw(st.integers(0, len(word)))
    mark = draw(st.sampled_from(["", "<b>", "</b>", "<wbr>", "<!-- x -->", "<span class='a'>", "<!---->"]))
    return escape(word[:cut]) + mark + escape(word[cut:])


@st.composite
def documents(draw: st.DrawFn) -> str:
    paragraphs = draw(st.lists(st.tuples(parted(), parted()), min_size=1, max_size=6))
    around = st.sampled_from(
        ["", "<script>if (a<b) '</p>'</script>", "<style>p{}</style>", "<nav><a>Home</a><a>News</a></nav>",
         "<!-- <p> -->", "<script>", "<!--", "<ol start=5><li>One more thing was said.<li>And another one.</ol>",
         "<svg><text>x</text></svg>", "<SCRIPT>var x</script>", "</div>", '<a href="x>y">z</a>',
         "<table><tr><td>a<td>b</table>", "<noscript><p>q</noscript>"]
    )  # fmt: skip
    head = draw(parted())
    told = json.dumps({"@type": "NewsArticle", "headline": draw(WORDS), "articleBody": draw(WORDS)})
    body = "".join(f"{draw(around)}<p>{PROSE.format(one, other) * 2}</p>" for one, other in paragraphs)
    return (
        f"<html lang='en'><title>{head}</title><script type='application/ld+json'>{told}</script>"
        f"<body><h1>{draw(parted())}</h1><article>{body}</article>{draw(around)}</body></html>"
    )


@settings(deadline=None)
@given(documents())
@pytest.mark.slow
def test_every_word_that_reading_finds_is_among_the_words_of_the_page(html: str) -> None:
    page = page_of(html)
    try:
        found = extract(page, now=NOW)
    except ExtractError:
        return
    words = quick(page)
    assert words is not None
    seen = {*words.folded.split(), *words.loose.split()}
    assert set(tokens(found.text)) <= seen
    assert set(tokens(" ".join(found.authors))) <= seen
    assert set(tokens(found.title)) <= set(words.title.split())


@given(st.lists(st.sampled_from(["a", " ", "amp;", "&", "&amp;", "&lt;", "&#1;", ";", PARTED])).map("".join))
def test_a_reference_is_read_once_and_twice_and_left_as_it_is(shown: str) -> None:
    once = unescape(shown)
    meant = [*once.split(PARTED), *(line for line in shown.split(PARTED) if "&" in line)]
    meant += [part for line in once.split(PARTED) for part in unescape(line).split(PARTED)]
    assert set(unescaped(shown).split(PARTED)) == set(meant)


QUERIES = st.sampled_from(
    ["lavrov", "@lavrov", "title:lavrov", '"the storm"', '"ferry harbour"~9', "@us OR storm", "@jordan",
     "body:@lavrov", "lang:en", "storm AND NOT ferry", "москва AND storm", "atleast:2(ferry lavrov nowhere)",
     "lead:storm^2",     'exact:"AT&T"', "harb*"]
)  # fmt: skip


@settings(deadline=None)
@given(documents(), QUERIES, st.lists(st.tuples(QUERIES, st.floats(0.5, 2)), max_size=3), st.floats(0.1, 2))
@pytest.mark.slow
def test_no_topic_that_asks_for_the_article_is_missed(
    html: str, query: str, signals: list[tuple[str, float]], threshold: float
) -> None:
    weighed = tuple(Signal(asked, weight) for asked, weight in signals)
    compiled = book(
        topic(query, *weighed, threshold=threshold if weighed else 0.0), topic("storm", parent="asked", name="part")
    )
    page = page_of(html)
    try:
        found = extract(page, now=NOW)
    except ExtractError:
        return
    words = quick(page)
    assert words is not None
    article = Article(0, "", "", title=found.title, text=found.text, language=found.language, site=found.site)
    assert not match(article, compiled) or may_match(words, Article(0, "", ""), compiled)


@pytest.mark.parametrize(
    ("html", "query", "possible"),
    [
        ("<p>Sergey <b>Lav</b>rov spoke", '"sergey lavrov"', True),
        ("<p>Lavrov spoke to Sergey today", 'exact:"sergey lavrov"', False),
        ("<p>and Sergey</p><p>Lavrov spoke", 'exact:"sergey lavrov"', True),
        ("<p>he told us so, and it was of the kind that is for all", "@us", False),
        ("<p>the US said so, and it was of the kind that is for all", "@us", True),
        ("<script>lavrov</script><style>lavrov</style><!-- lavrov -->", "lavrov", False),
        ("<script>lavrov", "lavrov", True),
        ("<p>lavrov</p><title>Storm</title>", "title:lavrov", False),
    ],
)
def test_what_a_page_can_hold(html: str, query: str, possible: bool) -> None:  # noqa: FBT001 - a table's column
    assert may(html, topic(query)) is possible


def test_what_the_feed_says_counts_as_well() -> None:
    assert may("<p>Nothing", topic("title:lavrov"), title="Lavrov speaks")
    assert not may("<p>Nothing", topic("title:lavrov"), title="Others speak")


def test_a_part_of_a_topic_needs_the_topic() -> None:
    assert not may("<p>storm", topic("lavrov"), topic("storm", parent="asked", name="part"))
    assert not may("<p>storm", topic("lavrov"), topic("topic:asked", name="part"))
    assert may("<p>lavrov", topic("lavrov"), topic("topic:asked", name="part"))


def test_signals_that_cannot_reach_the_threshold_ask_for_nothing() -> None:
    weighed = topic("lavrov", Signal("lavrov", 1.0), threshold=0.8)
    assert not may("<p>lavrov spoke", weighed, title="Storm")
    assert may("<p>lavrov spoke", weighed, title="Lavrov")


def test_a_page_that_is_too_long_to_tell_is_read() -> None:
    assert quick(page_of("<p>word " * 500_000)) is None
    assert quick(page_of("%PDF-1.7")) is None

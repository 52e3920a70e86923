"""Which entries stand for which articles, and where a site has its feeds."""

from string import printable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Entry, Feed, Page, ParsedFeed
from monitor.think.discover import canonical, find_feeds, sightings

FEED = Feed(id=1, name="world", url="https://example.org/feed")


def entry(key: str, link: str = "", title: str = "") -> Entry:
    return Entry(key=key, link=link, title=title or f"Title of {key}")


def parsed(*entries: Entry) -> ParsedFeed:
    return ParsedFeed("rss", "World", "en", entries)


def page(html: str, url: str = "https://example.org/news/") -> Page:
    return Page(url, url, 200, html.encode(), "text/html; charset=utf-8")


@pytest.mark.parametrize(
    "twin",
    [
        "https://example.org/news/1?id=5",
        "https://example.org/news/1/?id=5",
        "http://example.org:80/news/1?id=5",
        "https://www.example.org/news/1?id=5",
        "https://EXAMPLE.org./news//1?id=5#comments",
        "https://example.org/news/1?utm_source=rss&id=5&utm_medium=feed&fbclid=x&at_medium=RSS",
        "https://example.org/news/1?ref=rss&id=5",
        "https://m.example.org/news/1?id=5",
        "https://mobile.example.org/news/1?id=5",
        "https://amp.example.org/news/1?id=5",
        "https://www.example.org/news/1/amp/?id=5",
        "https://example.org/amp/news/1?id=5",
        "https://example.org/news/1?id=5&amp=1",
        "https://example.org/news/1?id=5&outputType=amp",
    ],
)
def test_all_addresses_of_an_article_are_one(twin):
    assert canonical(twin) == "https://example.org/news/1?id=5"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/story.php?12345", "https://example.org/story.php?12346"),
        ("https://example.org/x?game=42", "https://example.org/x?game=43"),
        ("https://example.org/x?gallery=1&section=2", "https://example.org/x?gallery=1&section=3"),
        ("https://example.org/x?reference=1", "https://example.org/x?reference=2"),
        ("https://example.org/x?ref=771", "https://example.org/x?ref=772"),
        ("https://example.org/x?cid=1", "https://example.org/x?cid=2"),
        ("https://example.org/?p=1", "https://example.org/?p=2"),
        ("https://example.org/1?url=https://a.example/1", "https://example.org/1?url=https://a.example/2"),
        ("https://example.org:8080/1", "https://example.org/1"),
        ("https://example.org/a", "https://example.org/A"),
        ("https://example.org/lamp", "https://example.org/l"),
        ("https://m.example/1", "https://example.example/1"),
    ],
)
def test_different_articles_stay_different(one, other):
    assert canonical(one) != canonical(other)


def test_letters_beyond_ascii_are_written_one_way():
    assert canonical("https://xn--bcher-kva.example/%c3%bc?q=ü") == canonical("https://bücher.example/ü?q=%C3%BC")


@given(
    st.text(max_size=80), st.sampled_from(["", "http://", "https://example.org/", "https://[", "https://example.org/?"])
)
def test_any_text_has_a_key_and_the_key_is_its_own_key(text, start):
    key = canonical(start + text)
    assert canonical(key) == key


@given(st.sampled_from(printable), st.sampled_from(["https://example.org/", "https://example.org/?", "https://"]))
def test_a_long_url_of_one_letter_takes_no_long_time(letter, start):
    assert canonical(start + letter * 100_000)


def test_each_entry_is_sighted_once_under_its_canonical_address():
    link = "https://www.example.org/1?utm_source=rss"
    (sighting,) = sightings(FEED, parsed(entry("a", link), entry("a", link, "told again")))
    assert sighting.article_key == "https://example.org/1"
    assert sighting.url == "https://www.example.org/1"
    assert sighting.entry.title == "Title of a"


def test_an_entry_without_a_link_is_an_article_of_its_own_with_nothing_to_fetch():
    (sighting,) = sightings(FEED, parsed(entry("a")))
    assert (sighting.article_key, sighting.url) == ("feed:world:a", "")


@pytest.mark.parametrize(
    "home", ["https://example.org", "https://www.example.org/", "https://example.org/?utm_source=rss"]
)
def test_stories_that_link_to_the_home_page_stay_apart_and_the_home_page_is_not_fetched(home):
    found = sightings(FEED, parsed(*(entry(key, home) for key in "abcde")))
    assert {sighting.article_key for sighting in found} == {f"feed:world:{key}" for key in "abcde"}
    assert not any(sighting.url for sighting in found)


def test_stories_that_share_a_page_stay_apart():
    live = "https://example.org/live"
    found = sightings(FEED, parsed(entry("a", live), entry("b", f"{live}/"), entry("c", "https://example.org/c")))
    keys = [sighting.article_key for sighting in found]
    assert keys == ["feed:world:a", "feed:world:b", "https://example.org/c"]


def test_one_story_told_under_two_guids_is_one_article():
    found = sightings(
        FEED, parsed(entry("a", "https://example.org/1", "Same"), entry("b", "https://example.org/1", "same"))
    )
    assert {sighting.article_key for sighting in found} == {"https://example.org/1"}


def test_a_home_page_names_its_feeds_and_comments_come_last():
    html = """<html><head><base href="/sub/">
    <link rel="alternate" type="application/rss+xml" href="/comments/feed">
    <link rel="alternate" type="application/atom+xml" href="atom.php">
    <link rel="alternate" type="application/feed+json; charset=utf-8" href="https://cdn.example.org/feed.json">
    <link rel="alternate" type="application/json" href="/wp-json/1"><link rel="stylesheet" href="/rss.css">
    <link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">
    </head><body><a href="/rss/politics">RSS</a> <a href="/press">Press</a></body></html>"""
    found = find_feeds(page(html))
    assert found[:4] == (
        "https://example.org/sub/atom.php",
        "https://cdn.example.org/feed.json",
        "https://example.org/comments/feed",
        "https://example.org/rss/politics",
    )
    assert "https://example.org/feed" in found[4:]
    assert not any("press" in url or "wp-json" in url or "javascript" in url for url in found)


def test_a_page_that_names_nothing_still_has_the_usual_places():
    found = find_feeds(page("", "https://example.org/"))
    assert "https://example.org/feed" in found
    assert "https://example.org/rss.xml" in found
    assert len(found) == len(set(found))


def test_a_page_with_a_thousand_feeds_yields_a_few():
    html = "".join(f'<link type="application/rss+xml" href="/{n}.rss"><a href="/rss/{n}">x</a>' for n in range(1000))
    assert len(find_feeds(page(html))) < 100


@given(st.binary(max_size=300), st.sampled_from([b"", b"<link type='application/rss+xml' href='", b"<a href='/rss/"]))
def test_any_page_yields_addresses_or_nothing(body, start):
    found = find_feeds(Page("https://example.org/", "https://example.org/", 200, start + body))
    assert all(url.startswith(("http://", "https://")) for url in found)

"""Which entries stand for which articles, and where a site has its feeds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from string import printable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.edits import Known, News, Seen
from monitor.model import Entry, Feed, Page, ParsedFeed
from monitor.think.discover import canonical, compare, find_feeds, sightings

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
    assert sighting.article_key.startswith("feed:world:")
    assert sighting.url == ""


def test_an_entry_without_a_link_is_known_by_its_words_and_its_day_whatever_its_guid():
    day = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
    first = Entry(key="a", title="Air raid alert", summary="Stay inside.", published_at=day)
    again = replace(first, key="b", title=" Air  raid alert", published_at=day + timedelta(hours=2))
    tomorrow = replace(first, key="c", published_at=day + timedelta(days=1))
    other = replace(first, key="d", title="All clear")
    keys = [sightings(FEED, parsed(each))[0].article_key for each in (first, again, tomorrow, other)]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3
    assert len({each.article_key for each in sightings(FEED, parsed(first, again, other))}) == 3
    assert sightings(FEED, parsed(Entry(key="e", guid="e")))[0].article_key == "feed:world:e"


@pytest.mark.parametrize(
    "home", ["https://example.org", "https://www.example.org/", "https://example.org/?utm_source=rss"]
)
def test_stories_that_link_to_the_home_page_stay_apart_and_the_home_page_is_not_fetched(home):
    found = sightings(FEED, parsed(*(entry(key, home) for key in "abcde")))
    assert len({sighting.article_key for sighting in found}) == 5
    assert all(sighting.article_key.startswith("feed:world:") for sighting in found)
    assert not any(sighting.url for sighting in found)


def test_stories_that_share_a_page_stay_apart():
    live = "https://example.org/live"
    found = sightings(FEED, parsed(entry("a", live), entry("b", f"{live}/"), entry("c", "https://example.org/c")))
    keys = [sighting.article_key for sighting in found]
    assert [key.startswith("feed:world:") for key in keys] == [True, True, False]
    assert len(set(keys)) == 3


def test_one_story_told_under_two_guids_is_one_article():
    found = sightings(
        FEED, parsed(entry("a", "https://example.org/1", "Same"), entry("b", "https://example.org/1", "same"))
    )
    assert [(sighting.article_key, sighting.entry.key) for sighting in found] == [("https://example.org/1", "a")]


LINK = "https://example.org/1"


def shown(key: str, link: str = LINK, **told: object):
    """The sighting of one entry, and how the feed is remembered to have shown it."""
    entry = replace(Entry(key=key, link=link, title="A headline", summary="Words."), **told)
    (sighting,) = sightings(FEED, parsed(entry))
    return sighting, Seen(7, 70, sighting.article_key, key, sighting.digest)


def compared(now, *before):
    return compare(
        (now,), Known({seen.entry_key: seen for seen in before}, {seen.article_key: seen for seen in before})
    )


def test_an_entry_that_nobody_saw_is_new_and_one_that_says_the_same_is_nothing():
    sighting, seen = shown("a")
    assert compare((sighting,), Known()) == News(fresh=(sighting,))
    assert compared(sighting, seen) == News()


@pytest.mark.parametrize(
    ("told", "renamed"),
    [
        ({"title": "Another headline"}, True),
        ({"summary": "Other words."}, False),
        ({"content": "All the words."}, False),
        ({"updated_at": datetime(2026, 3, 1, tzinfo=UTC)}, False),
    ],
)
def test_another_headline_text_or_time_of_change_is_an_edit(told, renamed):
    now, _ = shown("a", **told)
    (again,) = compared(now, shown("a")[1]).again
    assert (again.edited, again.renamed, again.seen.article_id) == (True, renamed, 70)


@pytest.mark.parametrize(
    "told",
    [
        {"title": " A  headline\n"},
        {"published_at": datetime(2026, 3, 1, tzinfo=UTC)},
        {"link": LINK + "?token=5"},
        {"authors": ("Ann Lee",)},
    ],
)
def test_spaces_dates_of_publication_and_new_tokens_in_links_are_no_edit(told):
    assert compared(shown("a", **told)[0], shown("a")[1]) == News()


def test_where_the_links_in_a_text_say_that_a_reader_came_from_is_no_edit():
    before = shown("a", summary="See https://example.org/2?utm_source=rss1 for more.")[1]
    assert compared(shown("a", summary="See https://example.org/2?utm_source=rss2 for more.")[0], before) == News()


@pytest.mark.parametrize("digest", ["", "0.abc.def"])
def test_what_an_older_version_noted_is_filled_in_and_owes_no_reading(digest):
    sighting, seen = shown("a")
    (again,) = compared(sighting, replace(seen, digest=digest)).again
    assert not again.edited
    assert again.sighting is sighting


def test_a_new_guid_for_a_known_article_is_noted_and_is_no_news():
    news = compared(shown("new")[0], shown("old")[1])
    assert news.fresh == news.freed == ()
    assert [(again.seen.entry_key, again.edited) for again in news.again] == [("old", False)]
    (again,) = compared(shown("new", title="Updated 12:01")[0], shown("old")[1]).again
    assert again.edited


def test_a_guid_that_is_used_again_for_another_story_is_another_article():
    before = shown("1")[1]
    other = shown("1", "https://example.org/other", title="Another story")[0]
    assert compare((other,), Known({"1": before})) == News(fresh=(other,), freed=("1",))
    # And guids that only count the places in a feed let no story be taken for the next one.
    moved = replace(shown("2", "https://example.org/other", title="Another story")[1], id=8, article_id=80)
    news = compare((other,), Known({"1": before, "2": moved}, {moved.article_key: moved}))
    assert (news.fresh, news.freed) == ((), ("1",))
    assert [(again.seen.id, again.edited) for again in news.again] == [(8, False)]


def test_a_headline_or_an_address_alone_makes_no_other_article():
    before = shown("1")[1]
    assert compared(shown("1", title="Other")[0], before).again[0].renamed
    assert compared(shown("1", "https://example.org/moved")[0], before) == News()
    token = shown("1", LINK + "?token=9", title="Updated 12:02")[0]
    assert compared(token, before).again[0].renamed


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


LABELS = "www m amp news bbc co uk example xn--p1ai 127 a-b com".split()
hosts = st.lists(st.sampled_from(LABELS), min_size=1, max_size=4)
places = st.lists(st.sampled_from("a News 2026 story-title_x index.html x.htm amp UPPER - _ 1".split()), max_size=4)


@given(hosts, places, st.sampled_from(["http", "https"]), st.sampled_from(["", "/"]))
def test_an_address_has_one_key_whether_it_is_plain_or_ends_in_an_empty_query(
    host: list[str], place: list[str], scheme: str, end: str
) -> None:
    url = f"{scheme}://{'.'.join(host)}{''.join(f'/{part}' for part in place)}{end}"
    assert canonical(url) == canonical(f"{url}?")

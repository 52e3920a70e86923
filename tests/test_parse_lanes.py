"""Feeds in every dialect read alike in both lanes; what they ask for is heard; sitemap indexes lead to their news."""

import json
from datetime import UTC, datetime
from random import Random

import pytest
from drawn import examples
from hypothesis import given
from hypothesis import strategies as st
from made_feeds import make_feed
from small_feeds import ATOM, HOME, NOW, STORY, only, read, rss

from monitor.errors import ParseError
from monitor.model import ParsedFeed, Wishes
from monitor.think.entry import to_feed
from monitor.think.parse_fast import read_fast
from monitor.think.parse_sitemap import MAX_PARTS, join
from monitor.think.parse_wishes import LONGEST_S
from monitor.think.parse_xml import read_xml
from monitor.think.tidy import tidy


def fast(text: str) -> ParsedFeed | None:
    said = read_fast(text)
    return to_feed(*said, HOME, NOW) if said else None


def judged(text: str) -> ParsedFeed:
    return to_feed(*read_xml(tidy(text)), HOME, NOW)


# Two lanes, one answer


@examples(150)
@given(st.integers(0, 2**32), st.sampled_from([0.02, 0.1, 0.3]))
def test_the_fast_lane_finds_what_feedparser_finds(seed, oddity):
    text = make_feed(Random(seed), items=2, oddity=oddity)
    found = fast(text)
    assert found is None or found == judged(text)


@pytest.mark.parametrize("dialect", ["rss", "atom", "rdf"])
def test_an_ordinary_feed_takes_the_fast_lane(dialect):
    texts = (make_feed(Random(seed), items=2, oddity=0) for seed in range(60))
    taken = [found for text in texts if (found := fast(text)) and found.kind == dialect]
    assert len(taken) >= 8
    assert all(len(found.entries) == 2 for found in taken)


@pytest.mark.parametrize(
    "text",
    [
        rss(STORY, head='<!DOCTYPE rss [<!ENTITY a "b">]>'),
        rss(STORY).replace("</channel>", ""),
        rss(STORY) + rss(STORY),
        rss(f"{STORY}&nbsp;"),
        rss(f"{STORY}<dc:creator>x</dc:creator>"),
        rss(f"{STORY}<description><p>One</p></description>"),
        rss(f"{STORY}<description>&#150;</description>"),
        rss(f"{STORY}<description>Ã©tÃ©</description>"),
        rss(f"{STORY}<description xml:base='https://a.example/'>x</description>"),
        rss(f"{STORY}<content mode='base64'>eA==</content>"),
        rss(f"{STORY}<author>{'x' * 3_000}</author>"),
        rss(f"{STORY}<date>2026-05-01</date>"),
        rss(f"{STORY}<dc:creator>x</dc:creator>", root=" xmlns:dc='https://a.example/'"),
        rss(f"{STORY}<c:encoded>x</c:encoded>", root=" xmlns:c='http://purl.org/rss/1.0/modules/content/'"),
        f"<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry>{STORY}</entry></feed>",
        f"<RSS><channel><item>{STORY}</item></channel></RSS>",
        f"warning: <rss><channel><item>{STORY}</item></channel></rss>",
    ],
)
def test_what_can_be_doubted_is_left_to_feedparser(text):
    assert fast(text) is None
    assert read(text) == judged(text)


XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        (
            f"<div {XHTML}><p class='a'>One &amp; two</p><p>Three<br/>four &lt;b&gt;</p></div>",
            "One & two\n\nThree\nfour <b>",
        ),
        (f"\n<div {XHTML}>\nplain\nwords </div>\n", "plain\nwords"),
        (f"<div {XHTML}>One</div><div {XHTML}>two</div>", "One\n\ntwo"),
        (f"One <b {XHTML}>two</b> three", "One two three"),
    ],
)
def test_plain_xhtml_in_atom_takes_the_fast_lane(inside, text):
    feed = f"<feed {ATOM}><entry><id>1</id><content type='xhtml'>{inside}</content></entry></feed>"
    found = fast(feed)
    assert found == judged(feed)
    assert found is not None
    assert only(found).content == text or only(found).summary == text


def test_every_way_to_say_when_an_entry_changed_is_heard():
    spaces = "".join(
        f" xmlns:{prefix}='{uri}'"
        for prefix, uri in (
            ("atom", "http://www.w3.org/2005/Atom"),
            ("dcterms", "http://purl.org/dc/terms/"),
            ("dc", "http://purl.org/dc/elements/1.1/"),
        )
    )
    said = "<pubDate>2026-05-01</pubDate><{0}>2026-05-02T03:04:05Z</{0}>"
    for name in ("atom:updated", "dcterms:modified", "dc:date"):
        text = rss(STORY + said.format(name), root=spaces)
        entry = only(read(text))
        assert fast(text) == judged(text)
        assert entry.published_at == datetime(2026, 5, 1, tzinfo=UTC)
        assert entry.updated_at == datetime(2026, 5, 2, 3, 4, 5, tzinfo=UTC)
    entry = only(
        read(f"<feed {ATOM}><title>x</title><entry><id>1</id><updated>2026-05-02T03:04:05Z</updated></entry></feed>")
    )
    assert entry.updated_at == entry.published_at == datetime(2026, 5, 2, 3, 4, 5, tzinfo=UTC)


# Wishes


def wishes(channel: str, root: str = "") -> Wishes:
    text = rss(STORY, channel=channel, root=root)
    fine, broken = read(text), read(text.replace("</channel>", ""))
    assert fine.wishes == broken.wishes  # whichever lane it took
    return fine.wishes


SY = " xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'"
LINKS = " xmlns:atom='http://www.w3.org/2005/Atom'"


@pytest.mark.parametrize(
    ("channel", "seconds"),
    [
        ("", 0),
        ("<ttl>60</ttl>", 3_600),
        ("<ttl> 5 </ttl>", 300),
        ("<ttl><![CDATA[30]]></ttl>", 1_800),
        ("<ttl>0</ttl>", 0),
        ("<ttl>-5</ttl>", 0),
        ("<ttl>soon</ttl>", 0),
        ("<ttl>999999999999</ttl>", LONGEST_S),
        (f"<ttl>{'9' * 5_000}</ttl>", 0),
        ("<!-- <ttl>60</ttl> -->", 0),
        ("<sy:updatePeriod> hourly </sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", 1_800),
        ("<sy:updatePeriod>daily</sy:updatePeriod>", 86_400),
        ("<sy:updateFrequency>4</sy:updateFrequency>", 21_600),
        ("<sy:updatePeriod>yearly</sy:updatePeriod>", LONGEST_S),
        ("<sy:updatePeriod>weakly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 0),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><ttl>180</ttl>", 10_800),
    ],
)
def test_how_often_a_feed_wants_to_be_asked(channel, seconds):
    assert wishes(channel, SY).interval_s == seconds


def test_when_a_feed_wants_to_be_left_alone():
    asked = wishes(
        "<skipHours><hour>23</hour><hour> 0 </hour><hour>24</hour><hour>99</hour><hour>-1</hour></skipHours>"
    )
    assert asked.skip_hours == (0, 23)
    assert wishes("<skipHours>" + "".join(f"<hour>{n}</hour>" for n in range(24)) + "</skipHours>").skip_hours == tuple(
        range(24)
    )
    assert wishes("<skipDays><day>Sunday</day><day>saturday</day><day>Fun</day></skipDays>").skip_days == (5, 6)


def test_a_hub_and_the_address_by_which_it_knows_the_feed():
    links = "<atom:link rel='self' href='/feed?a=1&amp;b=2'/><atom:link href='https://hub.example/' rel='HUB'/>"
    found = wishes(links, LINKS)
    assert (found.hub, found.topic) == ("https://hub.example/", "https://example.org/feed?a=1&b=2")
    assert wishes("<atom:link rel='self' href='https://example.org/feed'/>", LINKS) == Wishes()
    assert wishes("<atom:link rel='hub' href='javascript:x'/>", LINKS) == Wishes()
    after = f"<feed {ATOM}><entry><id>1</id><link rel='hub' href='https://no.example/'/></entry><link rel='hub' href='https://hub.example/'/></feed>"
    assert read(after).wishes == Wishes(hub="https://hub.example/", topic=HOME)


def test_a_json_feed_names_its_hub():
    hubs = [
        None,
        {"type": "rssCloud", "url": "https://cloud.example/"},
        {"type": 1},
        {"type": "WebSub", "url": "https://hub.example/"},
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [],
        "hubs": hubs,
        "feed_url": "https://example.org/feed.json",
    }
    assert read(json.dumps(feed)).wishes == Wishes(hub="https://hub.example/", topic="https://example.org/feed.json")
    for odd in (
        {"hubs": {}},
        {"hubs": [{"type": "WebSub", "url": "file:///etc/passwd"}]},
        {"hubs": "x"},
        {"hubs": None},
    ):
        assert read(json.dumps(feed | odd)).wishes == Wishes()


# Sitemap indexes


def index(
    *sitemaps: tuple[str, str], start: str = "<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>"
) -> str:
    told = "".join(f"<sitemap><loc>{place}</loc><lastmod>{changed}</lastmod></sitemap>" for place, changed in sitemaps)
    return f"<?xml version='1.0'?><!-- x -->{start}{told}</sitemapindex>"


def test_a_sitemap_index_leads_to_its_news_and_to_what_changed_last():
    days = [(f"https://www.example.org/{day}.xml", f"2026-05-{day:02}T10:00:00+00:00") for day in range(1, 20)]
    feed = read(index(*days, ("https://example.org/news-sitemap.xml", ""), ("https://example.org/2.xml", "2999-01-01")))
    assert (feed.kind, feed.entries, feed.whole) == ("sitemap-index", (), False)
    assert len(feed.parts) == MAX_PARTS
    assert feed.parts[:2] == ("https://example.org/news-sitemap.xml", "https://www.example.org/19.xml")


@pytest.mark.parametrize(
    "place",
    [
        *(
            "file:///etc/passwd",
            "ftp://example.org/x",
            "/relative.xml",
            "javascript:x",
            "https://elsewhere.example/x.xml",
            HOME,
        ),
        *(
            "https://example.org.evil.example/x",
            "https://user@example.org/x",
            "http://127.0.0.1/x",
            "http://[::1",
            "",
            "&a;",
        ),
    ],
)
def test_a_sitemap_index_leads_nowhere_but_to_its_own_site(place):
    with pytest.raises(ParseError, match="sitemap index"):
        read(index((place, "2026-05-01")))
    with pytest.raises(ParseError, match="sitemap index"):
        read(index((place, "2026-05-01"), start=f'<!DOCTYPE x [<!ENTITY a SYSTEM "{place}">]><sitemapindex>'))


def test_the_sitemaps_of_an_index_become_one_feed_in_which_a_story_counts_once():
    def sitemap(*numbers: int) -> ParsedFeed:
        told = "".join(
            f"<url><loc>https://example.org/{n}</loc><lastmod>2026-05-02</lastmod><news:news><news:title>S{n}</news:title></news:news></url>"
            for n in numbers
        )
        return read(f"<urlset xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'>{told}</urlset>")

    joined = join(read(index(("https://example.org/a.xml", ""))), [sitemap(1, 2), read(rss(STORY)), sitemap(2, 3)])
    assert [entry.title for entry in joined.entries] == ["S1", "S2", "S3"]
    assert joined.entries[0].updated_at == datetime(2026, 5, 2, tzinfo=UTC)
    assert (joined.kind, joined.whole) == ("sitemap-index", False)

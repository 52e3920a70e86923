"""Of a body that changed only what is new is read, and what comes of it is what a whole reading would bring."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.edits import Known, News, Seen
from monitor.model import Feed, Page, ParsedFeed
from monitor.think import discover, parse, shown

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
FEED = Feed(1, "wire", "https://wire.example/rss")
WORDS = st.sampled_from(["Crane falls", "Bridge opens", "<![CDATA[Talks <b>go on</b>]]>"])
NAMES = st.sampled_from(["", "<guid isPermaLink='false'>1</guid>", "<guid isPermaLink='false'>2</guid>"])
PLACES = st.sampled_from(
    ["", *(f"<link>https://wire.example/{place}</link>" for place in ("", "one", "two", "two?utm_source=rss"))]
)
ITEMS = st.builds(
    lambda name, place, title, text: (
        f"<item>{name}{place}<title>{title}</title><description>{text}</description></item>"
    ),
    NAMES,
    PLACES,
    WORDS,
    WORDS,
)


def page(*items: str, made: str = "noon", lead: str = "", address: str = FEED.url) -> Page:
    text = (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>Wire</title><link>https://wire.example/</link>'
        f"<lastBuildDate>{made}</lastBuildDate>{lead}\n{chr(10).join(items)}\n</channel></rss><!-- {made} -->"
    )
    return Page(address, address, 200, text.encode(), "text/xml")


def item(name: str, title: str = "Crane falls", place: str = "") -> str:
    link = f"https://wire.example/{place or name}"
    return f"<item><guid isPermaLink='false'>{name}</guid><link>{link}</link><title>{title}</title></item>"


def records(of: Page) -> bytes:
    parts = shown.cut(of)
    assert parts
    return shown.remember(parts, parse.parse(of, NOW)) or b""


def left(of: Page, held: bytes) -> bytes | None:
    parts = shown.cut(of)
    rest = shown.lessen(of, parts, held) if parts else None
    return rest.body if rest else None


class Memory:
    """What a feed showed before, kept as the archive keeps it."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []

    def take(self, parsed: ParsedFeed) -> News:
        """Note what is new."""
        found = discover.sightings(FEED, parsed)
        known = Known({one.entry_key: one for one in self.seen}, {one.article_key: one for one in self.seen})
        news = discover.compare(found, known)
        self._keep(news)
        return news

    def _keep(self, news: News) -> None:
        for one in news.freed:
            self.seen = [replace(s, entry_key=f"~{s.id}") if s.entry_key == one else s for s in self.seen]
        for each in news.again:
            now = replace(each.seen, entry_key=each.sighting.entry.key, digest=each.sighting.digest)
            self.seen = [now if s.id == now.id else s for s in self.seen]
        for one in news.fresh:
            number = len(self.seen)
            self.seen.append(Seen(number, number, one.article_key, one.entry.key, one.digest))


@given(st.lists(st.lists(ITEMS, max_size=5), min_size=2, max_size=5))
def test_reading_only_what_is_new_brings_what_reading_all_of_it_would(polls: list[list[str]]) -> None:
    assert_same([page(*items, made=str(number)) for number, items in enumerate(polls)])


def assert_same(polls: list[Page]) -> None:
    """Whether these bodies, one after another, bring the same read in part as read whole."""
    whole, lessened, held = Memory(), Memory(), b""
    for asked in polls:
        parsed = parse.parse(asked, NOW)
        expected = whole.take(parsed)
        parts = shown.cut(asked)
        rest = shown.lessen(asked, parts, held) if parts else None
        if rest and not rest.body:
            assert expected == News()
            continue
        some = parse.parse(rest, NOW) if rest else parsed
        after = shown.remember(parts, some, held if rest else b"") if parts else b""
        if after is None:  # it is to be read whole
            assert parts
            some, after = parsed, shown.remember(parts, parsed)
        assert after is not None
        news = lessened.take(some)
        assert news == expected
        held = shown.trusted(after, news)


def test_what_was_shown_before_is_left_out_and_what_is_new_is_kept() -> None:
    held = records(page(item("1"), item("2")))
    rest = left(page(item("3", "Bridge opens"), item("1"), made="one"), held)
    assert rest is not None
    assert b"Bridge opens" in rest
    assert b"<guid isPermaLink='false'>1<" not in rest


def test_a_document_that_was_only_made_anew_needs_no_reading() -> None:
    held = records(page(item("1"), item("2")))
    assert left(page(item("1"), item("2"), made="later"), held) == b""
    assert left(page(item("2"), made="later"), held) == b""


def test_an_edited_item_is_read_again() -> None:
    held = records(page(item("1"), item("2")))
    assert b"Crane stands" in (left(page(item("1", "Crane stands"), item("2")), held) or b"")


def test_what_stands_around_the_items_has_all_of_them_read_again() -> None:
    held = records(page(item("1"), item("2")))
    assert left(page(item("3"), item("1"), lead="<language>uk</language>"), held) is None
    assert left(page(item("3"), item("1"), address="https://moved.example/rss"), held) is None


def test_a_namesake_of_an_item_that_is_left_out_has_all_of_them_read() -> None:
    before = page(item("1"), item("2"))
    for other in (item("1", "Another"), item("3", "Another", place="1")):
        after = page(other, item("1"), item("2"))
        parts = shown.cut(after)
        assert parts
        rest = shown.lessen(after, parts, records(before))
        assert rest
        assert shown.remember(parts, parse.parse(rest, NOW), records(before)) is None


def test_items_that_stand_within_texts_or_comments_are_not_told_apart() -> None:
    quoted = "<item><title>How to</title><description><![CDATA[<item>x</item><item>y</item>]]></description></item>"
    hidden = f"<!-- {item('9')} -->"
    for odd in (quoted, hidden, "<item><title>a<item>b</title></item>", "<item><title>never closed"):
        parts = shown.cut(page(odd, item("1")))
        assert parts is None or not shown.remember(parts, parse.parse(page(odd, item("1")), NOW))


def test_an_item_that_holds_nothing_is_counted_at_every_poll() -> None:
    assert records(page("<item></item>", item("1"))) == b""


@given(st.binary(max_size=300), st.binary(max_size=60), st.lists(ITEMS, min_size=1, max_size=3))
def test_whatever_bytes_come_cutting_them_never_fails(around: bytes, held: bytes, items: list[str]) -> None:
    for body in (around, b"<rss>" + around, page(*items).body[:-20] + around, around + page(*items).body):
        asked = Page(FEED.url, FEED.url, 200, body, "text/xml")
        parts = shown.cut(asked)
        if parts:
            assert b"".join(gap + one for gap, one in zip(parts.gaps, (*parts.items, b""), strict=True)) == body
            shown.lessen(asked, parts, held)
            shown.lessen(asked, parts, parts.frame + held)


# JSON Feeds

JSON_NAMES = st.sampled_from([{}, {"id": "1"}, {"id": "2"}, {"id": 3}, {"id": "\ud800"}])
JSON_PLACES = st.sampled_from([{}, *({"url": f"https://wire.example/{place}"} for place in ("", "one", "two"))])
JSON_WORDS = st.sampled_from(["Crane falls", "Bridge opens", "<b>Talks</b> go on", "", None, 7, ["x"]])
JSON_ITEMS = st.one_of(
    st.builds(
        lambda name, place, title, text: {**name, **place, "title": title, "content_html": text},
        JSON_NAMES,
        JSON_PLACES,
        JSON_WORDS,
        JSON_WORDS,
    ),
    st.sampled_from([None, 5, "x", [], {}]),
)


def json_page(*items: object, title: object = "Wire", start: bytes = b"") -> Page:
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": title, "items": list(items)}
    return Page(FEED.url, FEED.url, 200, start + json.dumps(feed).encode(), "application/json")


def json_item(name: str, title: str = "Crane falls") -> dict[str, str]:
    return {"id": name, "url": f"https://wire.example/{name}", "title": title}


def test_of_a_json_feed_too_only_what_is_new_or_changed_is_left() -> None:
    held = records(json_page(json_item("a"), json_item("b")))
    assert left(json_page(json_item("b"), json_item("a")), held) == b""
    assert left(json_page(json_item("b"), start=b"\xef\xbb\xbf"), held) == b""
    rest = left(json_page(json_item("c"), json_item("a", "Crane mended"), json_item("b")), held)
    assert rest
    assert json.loads(rest)["items"] == [json_item("c"), json_item("a", "Crane mended")]
    assert left(json_page(json_item("c"), json_item("a"), title="Other"), held) is None


@given(st.lists(st.lists(JSON_ITEMS, max_size=5), min_size=2, max_size=4), st.sampled_from([{"title": "Wire"}, {}]))
def test_a_json_feed_read_in_part_brings_what_one_read_whole_does(
    polls: list[list[object]], more: dict[str, str]
) -> None:
    assert_same([json_page(*items, **more) for items in polls])


@given(
    st.binary(max_size=40), st.sampled_from([b"{", b'{"items": [', b'{"version": "https://jsonfeed.org/version/1", '])
)
def test_what_begins_like_a_json_feed_is_cut_or_read_whole(rest: bytes, start: bytes) -> None:
    parts = shown.cut(Page(FEED.url, FEED.url, 200, start + rest))
    assert parts is None or parts.json


@pytest.mark.parametrize(
    "body", [b"{" * 100_000, b'{"items": ' + b"[" * 100_000, b'{"items": [1' + b"0" * 9_000 + b"]}"]
)
def test_a_json_feed_that_nests_or_counts_too_far_is_read_whole(body: bytes) -> None:
    assert shown.cut(Page(FEED.url, FEED.url, 200, body)) is None

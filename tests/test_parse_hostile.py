"""Hostile and broken feeds end in bounded work, as entries or as a reason, and nothing is fetched for them."""

import json
import sys
import time
from contextlib import suppress
from random import Random

import pytest
from drawn import examples
from hypothesis import given
from hypothesis import strategies as st
from made_feeds import make_feed
from small_feeds import ATOM, HOME, STORY, TITLE, only, read, rss

from monitor.errors import ParseError
from monitor.think.entry import MAX_TITLE
from monitor.think.parse_wishes import LONGEST_S, read_wishes
from monitor.think.tidy import MAX_ENTRIES

# Hostile and broken


def chained(levels: int) -> str:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, levels))
    return f'<!DOCTYPE x [<!ENTITY e0 "lol">{entities}]>'


TRAPS = {
    "laughs": (chained(10), "&e9;"),
    "parameter laughs": ('<!DOCTYPE x [<!ENTITY % a "<!ENTITY b \'lol\'>"><!ENTITY % c "%a;%a;%a;"> %c;]>', "&b;"),
    "blow-up": (f'<!DOCTYPE x [<!ENTITY a "{"lol" * 10_000}">]>', "&a;" * 5_000),
    "itself": ('<!DOCTYPE x [<!ENTITY a "&a;">]>', "&a;"),
    "a file": ('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>', "&a;"),
    "a file by parameter": ('<!DOCTYPE x [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]>', "&a;"),
    "a server": ('<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd" [<!ENTITY a SYSTEM "http://127.0.0.1:9/">]>', "&a;"),
    "attributes": ('<!DOCTYPE x [<!ATTLIST item href CDATA "file:///etc/passwd">]>', "x"),
}
ROOTS = {
    "rss": "<rss><channel><item><guid>g</guid><title>Story {}</title></item></channel></rss>",
    "atom": f"<feed {ATOM}><entry><id>g</id><title>Story {{}}</title></entry></feed>",
    "rdf": "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'><channel/>"
    "<item rdf:about='g'><title>Story {}</title></item></rdf:RDF>",
    "sitemap": "<urlset xmlns:news='n'><url><loc>https://example.org/1</loc>"
    "<news:news><news:title>Story {}</news:title></news:news></url></urlset>",
}


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize("trap", TRAPS)
def test_no_dialect_expands_or_includes_anything(root, trap):
    head, said = TRAPS[trap]
    entry = only(read(head + ROOTS[root].format(said)))
    assert entry.title.startswith("Story")
    assert "root:" not in entry.title
    assert "lol" not in entry.title
    assert not entry.link.startswith("file")


def test_an_index_of_sitemaps_expands_and_includes_nothing():
    for head, said in TRAPS.values():
        with pytest.raises(ParseError):
            read(f"{head}<sitemapindex><sitemap><loc>https://h/{said}</loc></sitemap></sitemapindex>")


MANY = {
    "namespaces declared anew": "".join(
        f"<a{n} " + " ".join(f'xmlns:p{m}="u{n}"' for m in range(20)) + ">" for n in range(5_000)
    ),
    "uses of many namespaces": " ".join(f"<p{n % 300}:x xmlns:p{n % 300}='u{n % 300}'/>" for n in range(20_000)),
    "attributes of an element that is read": "<description "
    + " ".join(f'a{n}="1"' for n in range(60_000))
    + ">x</description>",
    "a long attribute": f"<description a='{'x' * 3_000_000}'>x</description>",
    "titles": "<title>x</title>" * 60_000,
    "descriptions": "<description>x</description>" * 60_000,
    "titles that are no XML": "<title>x&</title>" * 30_000,
    "a long title": f"<title>{'x' * 8_000_000}</title>",
    "sections": f"<description>{'<![CDATA[x]]>' * 100_000}</description>",
    "sections that never end": "<![CDATA[" * 200_000,
    "instructions": "<?a b?>" * 100_000,
    "half tags": "<a <b " * 50_000,
    "references": f"<description>{'&#x41;' * 300_000}</description>",
    "addresses of authors": "".join(f"<author>{'a.' * 70}{n}@{'b-' * 9}c (x)</author>" for n in range(2_000)),
    "long words for authors": "".join(
        f"<author>]{'a-' * 900}{n}@</author><dc:creator>x</dc:creator>" for n in range(1_000)
    ),
    "bases that add up": "<title xml:base='https://e.example/'>x</title>" + "<title xml:base='a/'>x</title>" * 9_000,
    "a long base": f"<image xml:base='{'a/' * 3_900}'>" + "<title>x</title>" * 5_000,
    "subjects": "".join(f"<dc:subject>{n}</dc:subject>" for n in range(15_000)),
    "prefixes": "".join(
        f"<a{n}:x " + " ".join(f"xmlns:a{n + m}='u{n + m}'" for m in range(19)) + "/>" for n in range(0, 90_000, 19)
    ),
    "blank lines": f"<content type='xhtml'>{chr(10) * 900_000}<div>x</div></content>",
    "blank sections": f"<content type='xhtml'>{'<![CDATA[ ]]>' + chr(10)}" * 1
    + f"{'<![CDATA[ ]]>' * 60_000}<div>x</div></content>",
    "media in media": "<media:group xmlns:media='http://search.yahoo.com/mrss/'>" * 3_000,
    "media beside media": ("<m:group xmlns:m='http://search.yahoo.com/mrss/'>" * 60 + "</m:group>" * 60) * 100,
    "ends without a beginning": "</item " * 100_000,
    "tables in tables": f"<description><![CDATA[{'<table><tr><td>' * 60_000}]]></description>",
}


@pytest.mark.slow
@pytest.mark.parametrize("what", MANY)
def test_too_much_of_anything_ends_as_an_entry_or_as_a_reason(what):
    for body in (rss(STORY + MANY[what]), rss(STORY + MANY[what]).replace("</channel>", "")):
        started = time.process_time()
        with suppress(ParseError):
            assert all(len(entry.title) <= MAX_TITLE for entry in read(body).entries)
        assert time.process_time() - started < 8  # far less when nobody else needs the machine; never a minute


def test_an_entry_of_ten_thousand_authors_and_links_keeps_a_few():
    many = "".join(f"<author><name>A{n}</name></author><link href='https://example.org/{n}'/>" for n in range(10_000))
    entry = only(read(f"<feed {ATOM}><entry><id>1</id>{many}</entry></feed>"))
    assert (len(entry.authors), entry.link) == (20, "https://example.org/0")


@pytest.mark.slow
def test_a_long_feed_is_read_whole_up_to_its_limit_in_either_lane():
    feed = rss(*(f"<title>S{n}</title><guid>{n}</guid>" for n in range(MAX_ENTRIES + 7)))
    for text in (feed, feed.replace("</channel>", "")):
        found = read(text)
        assert (len(found.entries), found.skipped) == (MAX_ENTRIES, ("7 items beyond the first of a very long feed",))
    assert len(read(rss(*(f"<title>S{n}</title><guid>{n}</guid>" for n in range(4_500)))).entries) == 4_500


@pytest.mark.slow
def test_a_feed_of_10_mb_is_read_whole_and_of_200000_entries_the_first_in_bounded_time():
    prose = "The crane fell onto the quay of the harbour, and nobody was hurt by it. " * 30
    large = rss(*(f"<title>S{n}</title><guid>{n}</guid><description>{prose}</description>" for n in range(4_500)))
    endless = rss(*(f"<title>S{n}</title><guid>{n}</guid>" for n in range(200_000)))
    for body, most in ((large, 4_500), (endless, MAX_ENTRIES)):
        started = time.process_time()
        assert len(read(body).entries) == most
        assert time.process_time() - started < 30  # far less when nobody else needs the machine; never a minute


def calls(body: str) -> int:
    """How many calls of functions it takes to read a feed."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        read(body)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.slow
@pytest.mark.parametrize(
    "part", ["<title>x</title>", "<a>", "<a/>", "&amp;", "<", "<category>x</category>", "<author>a</author>"]
)
def test_the_work_grows_no_faster_than_the_feed(part):
    read(rss(STORY))  # what is loaded once is no work of this feed
    for tail in ("</rss>", ""):
        few, many = (calls(rss(STORY, STORY + part * count).removesuffix("</rss>") + tail) for count in (1_000, 4_000))
        assert many < 5 * few


# Characters


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("declared", ["", "utf-16", "utf-8", "iso-8859-1", "nonsense"])
def test_wide_letters_without_a_mark_are_read_whatever_they_call_themselves(encoding, declared):
    said = f" encoding='{declared}'" if declared else ""
    body = f"<?xml version='1.0'{said}?><rss><channel><item><title>{TITLE}</title></item></channel></rss>"
    assert only(read(body.encode(encoding))).title == TITLE
    assert only(read(body.encode(encoding), "text/xml; charset=utf-8")).title == TITLE


def test_wide_letters_that_break_off_lose_no_more_than_they_must():
    body = ("\ufeff" + rss(STORY, STORY.replace("Story", "Other"))).encode("utf-16-le")
    broken = body[:400] + b"\x00\xd8" + body[400:] + b"x"
    assert {"Story", "Other"} & {entry.title for entry in read(broken).entries}


@pytest.mark.parametrize(
    "letter", [*map(chr, (*range(1, 9), 11, 12, *range(14, 32), *range(127, 160))), "\ufffe", "\ufdd0"]
)
def test_a_control_character_goes_and_the_entry_stays(letter):
    entry = only(read(rss(f"<title>a{letter}b</title><guid>{letter}g</guid><description>x{letter}y</description>")))
    assert letter not in entry.title + entry.guid + entry.summary
    assert entry.title.startswith("a")
    assert entry.title.endswith("b")


def test_entries_in_several_encodings_are_all_kept():
    body = rss(STORY, STORY.replace("Story", TITLE), STORY.replace("Story", "Žluťoučký")).encode()
    mixed = body.replace("Žluťoučký".encode(), "Žluťoučký".encode("cp1250"))
    titles = [entry.title for entry in read(mixed, "text/xml; charset=utf-8").entries]
    assert titles[:2] == ["Story", TITLE]
    assert len(titles) == 3


def test_a_guid_tells_entries_apart_by_what_it_says_and_not_by_how_it_is_encoded():
    composed, apart = (
        only(read(rss(f"<title>x</title><guid>{guid}</guid>"))).key for guid in ("caf\u00e9", "cafe\u0301")
    )
    assert composed == apart
    keys = {
        only(read(rss(f"<title>x</title><guid>{guid}</guid>"))).key for guid in ("a", "A", "'); DROP TABLE entry;--")
    }
    assert len(keys) == 3


def test_an_item_of_a_json_feed_without_an_id_is_known_by_its_address():
    feed = {"version": "https://jsonfeed.org/version/1", "items": [{"url": f"https://example.org/{n}"} for n in (1, 2)]}
    one, other = read(json.dumps(feed)).entries
    assert one.key != other.key
    assert read(json.dumps(feed)).entries == (one, other)


def test_a_nul_in_the_address_of_a_json_feeds_item_becomes_a_space():
    said = '{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","url":"https://example.org/\\u0000a"}]}'
    assert only(read(said)).link == "https://example.org/%20a"


# Anything at all


@examples(200)
@given(st.integers(0, 2**32), st.data())
@pytest.mark.slow
def test_a_good_feed_with_some_bytes_changed_is_read_or_refused(seed, data):
    body = make_feed(Random(seed), items=2, oddity=0.2).encode()
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(body)))
        end = min(len(body), start + data.draw(st.integers(0, 60)))
        body = (
            body[:start] + data.draw(st.binary(max_size=12) | st.sampled_from([b"<", b"]]>", b"&", b"</"])) + body[end:]
        )
    try:
        feed = read(body, data.draw(st.sampled_from(["", "text/xml; charset=utf-16", "x; charset=gb2312"])))
    except ParseError:
        return
    for entry in feed.entries:
        assert entry.guid or entry.link or entry.title or entry.summary or entry.content
        assert "\0" not in entry.guid + entry.title + entry.summary + entry.content


@examples(200)
@given(st.text(alphabet="<>/!-[]CDATA?='\" \nttlhourdayitemlinkrelhubselfxmlns:sy0123456789&;", max_size=300))
def test_any_text_has_sane_wishes(text):
    asked = read_wishes(text, HOME)
    assert 0 <= asked.interval_s <= LONGEST_S
    assert set(asked.skip_hours) <= set(range(24))
    assert set(asked.skip_days) <= set(range(7))
    assert not asked.hub or asked.hub.startswith("http")

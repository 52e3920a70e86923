"""Promises of the message: it says what happened and why, and no stranger's text can make it say or do more."""

import json
import re
import unicodedata
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from drawn import examples
from hypothesis import given
from hypothesis import strategies as st
from told import ALERT, ARTICLE, NOW, STORY, TEXT, evidence, match, rendered

import monitor
from monitor.model import Evidence
from monitor.stories import StoryFacts
from monitor.think import render

SCHEMA = json.loads(Path(monitor.__file__).with_name("templates").joinpath("alert.schema.json").read_text("utf-8"))
VOID = {"meta"}
TAGS = {"html", "head", "meta", "title", "body", "div", "p", "h1", "h2", "a", "mark", "ul", "li", "bdi"}
TYPES = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "null": type(None)}

HOSTILE = [
    "Crane\r\nBcc: all@example.org\r\n\r\nBuy now",
    "Crane\x85Bcc: x\u2028y\u2029z\x0b\x0c",
    "\u202egnp.exe\u2066 harbour\u2069",
    "<script>alert(1)</script><img src=https://track.example/p.gif>",
    '"><a href="javascript:alert(1)">harbour</a>',
    "=?utf-8?B?SGVsbG8=?=",
    "\x00\x1b[31mred\x1b]0;title\x07\x7f\x9b",
    "lone \ud800 surrogate \udfff",
    "x" * 1_000_000,
    " " * 1_000_000 + "harbour",
    "{{ 7*7 }} {title} %s",
    "",
]


class Page(HTMLParser):
    """What a mail program makes of the HTML."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.attributes, self.marked, self.words = [], set(), [], [], []
        self.feed(html)
        self.close()
        assert not self.open, "every element is closed"

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)
        if "mark" in self.open:
            self.marked.append(data)


def obeys(value, rule, schema=SCHEMA):
    """Whether a value obeys a JSON Schema, as far as ours goes, and holds nothing that it does not name."""
    if "$ref" in rule:
        rule = rule | schema["$defs"][rule["$ref"].rpartition("/")[2]]
    if "oneOf" in rule:
        return sum(obeys(value, one) for one in rule["oneOf"]) == 1
    if "const" in rule or "enum" in rule:
        return value in rule.get("enum", [rule.get("const")])
    return isinstance(value, TYPES[rule["type"]]) and keeps(value, rule)


def keeps(value, rule):
    if isinstance(value, dict):
        fields = rule["properties"]
        if not set(rule.get("required", fields)) <= value.keys() <= fields.keys():
            return False
        return all(obeys(value[name], fields[name]) for name in value)
    if isinstance(value, list):
        return len(value) <= rule.get("maxItems", len(value)) and all(obeys(item, rule["items"]) for item in value)
    if isinstance(value, str):
        return len(value) <= rule.get("maxLength", len(value)) and bool(re.search(rule.get("pattern", ""), value))
    return value is None or value >= rule.get("minimum", value)


def is_clean(text):
    """No control characters but line ends, no surrogates, no marks that turn the reading direction."""
    bidi = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    return not any(
        (unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} and char != "\n")
        or unicodedata.bidirectional(char) in bidi
        for char in text
    )


def test_the_subject_names_the_topic_and_the_headline():
    assert rendered().subject == "[The harbour] Crane falls in the harbour of Arlen"


def test_the_text_says_what_where_when_and_why():
    found = match(evidence("harbour", "harbour", "title"), evidence("rust", "rust"), evidence("rust", "danger"))
    text = rendered(found=found, base="https://archive.example/").text
    assert text.startswith(
        "Crane falls in the harbour of Arlen\n\nNews Example · en · 2024-05-01 12:30 UTC · Ann Lee\n\nA crane"
    )
    assert "> Inspectors, led by Mr. Ilse Brandt, had warned of rust!\n" in text
    assert "Read: https://news.example/crane\nArchive: https://archive.example/articles/812\n" in text
    assert (
        "Topic: The harbour (high)\n- harbour: “harbour” in title\n- rust: “rust” in body, “danger” in body\n" in text
    )
    assert text.endswith(f"Alert {ALERT.uid}\n")


def test_a_sentence_is_shown_for_each_label_that_headline_and_opening_do_not_show():
    found = match(
        evidence("harbour", "harbour", "title"),
        evidence("harbour", "ships went"),
        evidence("quay", "empty quay", "lead"),
        evidence("rust", "rust"),
        evidence("traffic", "Traffic"),
    )
    quoted = [line for line in rendered(found=found).text.splitlines() if line.startswith("> ")]
    assert quoted == [
        "> Inspectors, led by Mr. Ilse Brandt, had warned of rust!",
        "> Traffic will be slow until Friday.",
    ]


def test_five_sentences_are_shown_at_most():
    text = "Opening.\n\n" + "x" * 900 + "\n\n" + " ".join(f"Sentence about word{at}." for at in range(9))
    found = match(*(evidence(f"word{at}", f"word{at}", text=text) for at in range(9)))
    assert rendered(replace(ARTICLE, text=text), found).text.count("\n> ") == 5


def test_a_sentence_without_an_end_is_cut_between_words_and_shows_it():
    text = (
        "Opening.\n\n" + "x" * 900 + "\n\n" + "many words and no stop " * 60 + "rust " + "many more words of it " * 60
    )
    shown = rendered(replace(ARTICLE, text=text), match(evidence("rust", "rust", text=text))).text
    (quoted,) = [line for line in shown.splitlines() if line.startswith("> ")]
    assert quoted.startswith(("> …many ", "> …words ", "> …and ", "> …no ", "> …stop "))
    assert quoted.endswith("…")
    assert len(quoted) < 700


def test_the_html_marks_the_evidence_and_says_the_same_words():
    found = match(
        evidence("harbour", "harbour", "title"), evidence("quay", "empty quay", "lead"), evidence("rust", "rust")
    )
    page = Page(rendered(found=found).html)
    assert page.marked == ["harbour", "empty quay", "rust"]
    assert "A crane fell onto an empty quay in the harbour of Arlen on Wednesday." in "".join(page.words)
    assert "Why you were told" in page.words


def test_the_html_fetches_nothing_and_links_to_the_article_alone():
    page = Page(rendered().html)
    assert page.tags <= TAGS
    assert {value for _, name, value in page.attributes if name == "href"} == {"https://news.example/crane"}
    assert not any(
        name in {"src", "background", "onclick"} or "url(" in (value or "") for _, name, value in page.attributes
    )


@pytest.mark.parametrize(
    ("language", "direction"), [("ar", "rtl"), ("he", "rtl"), ("fa", "rtl"), ("ur", "rtl"), ("en", "ltr")]
)
def test_articles_read_in_the_direction_of_their_language(language, direction):
    page = Page(rendered(replace(ARTICLE, language=language)).html)
    assert ("h1", "dir", direction) in page.attributes
    assert ("p", "lang", language) in page.attributes


def test_an_article_of_unknown_language_leaves_the_direction_to_the_reader():
    assert ("h1", "dir", "auto") in Page(rendered(replace(ARTICLE, language='"><b>')).html).attributes


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://news.example/a",
        "//news.example/a",
        "https://",
        "https://news.example@evil.example/",
        "https://news.example/a b",
        "https://news.example/\r\nBcc:x",
        'https://news.example/"onmouseover="x',
        "https://news.example/\u202egnp",
        "https://[::1/",
        "https://news.example:99999/",
        "https://news.example/" + "a" * 5000,
        "",
    ],
)
def test_only_sound_web_addresses_become_links(url):
    message = rendered(replace(ARTICLE, url=url))
    assert "href" not in message.html
    assert "Read:" not in message.text
    assert message.payload["data"]["article"]["url"] == ""


def test_addresses_with_letters_of_any_script_become_links():
    url = "https://новини.example/шлях?q=1&r=ü#частина"
    message = rendered(replace(ARTICLE, url=url))
    assert ("a", "href", url) in Page(message.html).attributes
    assert f"Read: {url}\n" in message.text


def test_evidence_that_an_edit_has_moved_is_named_but_marks_no_other_words():
    stale = Evidence("harbour", "title", 3, 10, "harbour"), Evidence("rust", "body", 10**6, 10**6 + 4, "rust")
    message = rendered(found=match(*stale))
    assert Page(message.html).marked == []
    assert "- harbour: “harbour” in title\n- rust: “rust” in body\n" in message.text


def test_an_article_without_text_is_told_by_its_summary_and_says_why():
    bare = replace(ARTICLE, text="", note="the page answered 403")
    message = rendered(bare)
    assert "Nobody was hurt." in message.text
    assert "The page could not be read in full: the page answered 403" in message.text
    assert "the page answered 403" in message.html


def test_an_article_without_date_or_headline_is_told_by_what_there_is():
    bare = replace(ARTICLE, title="", published_at=None)
    message = rendered(bare, found=match(evidence("rust", "rust")), story=replace(STORY, headline=""))
    assert message.subject == "[The harbour] https://news.example/crane"
    assert "seen 2024-05-01 12:40 UTC" in message.text


def test_a_story_of_several_articles_says_so():
    assert "One of 4 articles on this story." in rendered(story=replace(STORY, articles=4)).text


KNOWN = StoryFacts("Crane falls in Arlen", 8, 7, 5, ("en", "uk"), ("GB", "UA"))


def told_of(known):
    return render.message(replace(ALERT, known=known), ARTICLE, match(), replace(STORY, articles=40), "The harbour")


def test_an_alert_says_of_its_story_what_was_known_when_it_was_made():
    message = told_of(KNOWN)
    assert "One of 8 articles on this story: 5 independent voices, 7 outlets, in en, uk." in message.text
    assert "Most say: Crane falls in Arlen" in "".join(Page(message.html).words)
    assert message.payload["data"]["story"] == {
        "id": 812,
        "headline": "Crane falls in Arlen",
        "articles": 8,
        "outlets": 7,
        "voices": 5,
        "languages": ["en", "uk"],
        "countries": ["GB", "UA"],
    }
    assert obeys(message.payload, SCHEMA)


def test_of_the_first_article_of_a_story_no_figures_are_told():
    assert "on this story" not in told_of(replace(KNOWN, articles=1, outlets=1, voices=1)).text


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", "a\r\nBcc: x@example.org", "\u202etxt.exe", "x" * 9000]
)
def test_a_hostile_headline_of_a_story_breaks_out_of_nothing(hostile):
    message = told_of(replace(KNOWN, headline=hostile, languages=(hostile,)))
    assert "<script>" not in message.html
    assert "\r" not in message.text
    assert "\u202e" not in message.text
    assert obeys(message.payload, SCHEMA)


def test_equal_evidence_is_counted_and_long_evidence_is_cut_short():
    harbour = evidence("harbour", "harbour", "title")
    text = rendered(found=match(harbour, harbour, harbour)).text
    assert "- harbour: “harbour” in title (3 times)\n" in text
    many = match(*(replace(harbour, label=f"label {at}") for at in range(500)))
    message = rendered(found=many)
    assert "and 480 more" in message.text
    assert len(message.payload["data"]["match"]["evidence"]) == 100


def test_the_envelope_is_what_the_schema_says():
    payload = rendered().payload
    assert obeys(payload, SCHEMA)
    assert payload["timestamp"] == "2024-05-01T12:41:00Z"
    assert payload["data"]["article"]["published_at"] == "2024-05-01T12:30:00Z"
    assert payload["data"]["match"]["evidence"] == [
        {"label": "harbour", "zone": "title", "start": 19, "end": 26, "found": "harbour", "weight": 1.0}
    ]


def test_the_documented_envelope_is_what_the_schema_says():
    documented = (
        Path(__file__).parents[1].joinpath("docs/webhook.md").read_text("utf-8").split("```json\n")[1].split("```")[0]
    )
    assert obeys(json.loads(documented), SCHEMA)


def test_a_test_message_says_that_it_is_one():
    message = render.test_message("desk", NOW)
    assert obeys(message.payload, SCHEMA)
    assert "test of the receiver desk" in message.text
    assert "test of the receiver desk" in "".join(Page(message.html).words)
    assert message.uid.startswith("tst_")
    assert message.created_at == NOW


def test_the_message_is_the_same_on_every_attempt():
    assert rendered() == rendered()
    assert json.dumps(rendered().payload) == json.dumps(rendered().payload)


def test_alerts_of_one_story_share_a_thread_and_those_of_another_do_not():
    assert rendered().thread == rendered(replace(ARTICLE, id=9, title="Other")).thread
    assert rendered().thread != rendered(story=replace(STORY, id=9)).thread


def check(message):
    assert len(message.subject) <= 200
    assert "\n" not in message.subject
    assert is_clean(message.subject)
    assert is_clean(message.text)
    assert is_clean(message.html)
    body = json.dumps(message.payload, ensure_ascii=False, allow_nan=False)
    assert len(body.encode()) < 100_000
    assert obeys(message.payload, SCHEMA)
    assert is_clean("".join(value for value in message.payload["data"]["article"].values() if isinstance(value, str)))
    assert len(message.text) < 20_000
    page = Page(message.html)
    assert page.tags <= TAGS


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_no_hostile_text_breaks_out_of_its_place(hostile):
    article = replace(
        ARTICLE, title=hostile, summary=hostile, text=hostile, authors=(hostile,) * 30, site=hostile, note=hostile
    )
    found = match(Evidence(hostile, "body", 0, 5, hostile[:5]), Evidence("x", "title", 0, 3, hostile[:3]))
    message = rendered(replace(article, language="en"), found, story=replace(STORY, headline=hostile))
    check(message)
    assert not re.search(r"^(Bcc|Subject):", message.subject, re.MULTILINE)


ANY = st.text(st.characters(), max_size=80)


@examples(80)
@given(
    ANY,
    ANY,
    ANY,
    st.lists(st.tuples(ANY, st.sampled_from(["title", "lead", "body", "site"]), st.integers(0, 90), st.integers(0, 9))),
)
@pytest.mark.slow
def test_any_text_makes_a_message(title, text, other, finds):
    zones = {"title": title, "lead": text, "body": text, "site": other}
    found = [Evidence(label, zone, at, at + size, zones[zone][at : at + size]) for label, zone, at, size in finds]
    article = replace(
        ARTICLE, title=title, text=text, summary=other, site=other, authors=(other,), note=other, url=other
    )
    check(rendered(article, match(*found) if found else None))


def test_an_article_of_a_megabyte_is_rendered_as_fast_as_any():
    text = ("Words about nothing. " * 25_000) + TEXT
    found = match(*(Evidence("w", "body", at * 21, at * 21 + 5, "Words") for at in range(2000)))
    message = rendered(replace(ARTICLE, text=text), found)
    check(message)

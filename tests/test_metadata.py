"""What a page says of itself is believed as far as it can be true."""

from datetime import UTC, datetime, timedelta

import pytest
from drawn import examples
from hypothesis import given
from hypothesis import strategies as st

from monitor.think.extract import extract
from tests.conftest import NOW
from tests.pages import ENGLISH, article, check, html, page, ps, read, with_jsonld, wordpress

AUTHORS = [
    ({"@type": "Person", "name": "Ada Pereira"}, ("Ada Pereira",)),
    ("Ada Pereira", ("Ada Pereira",)),
    (["Ada Pereira", {"name": "Ben Okoye"}], ("Ada Pereira", "Ben Okoye")),
    ({"@type": "Person", "name": ["Ada Pereira"]}, ("Ada Pereira",)),
    ({"@id": "#ada"}, ("Ada Pereira",)),
    ("By Ada Pereira and Ben Okoye", ("Ada Pereira", "Ben Okoye")),
    ({"@type": "Person", "url": "https://example.org/ada"}, ()),
    ("https://example.org/ada", ()),
    ([None, 3, {}, ""], ()),
]


@pytest.mark.parametrize(("author", "names"), AUTHORS)
def test_authors_are_found_in_whatever_way_they_are_told(author: object, names: tuple[str, ...]) -> None:
    story = {"@type": "NewsArticle", "headline": ENGLISH.title, "author": author}
    ada = {"@type": "Person", "@id": "#ada", "name": "Ada Pereira"}
    assert read(with_jsonld({"@graph": [story, ada]})).authors == names


@pytest.mark.parametrize(
    "head",
    [
        '<meta name="author" content="Ada Pereira, Ben Okoye">',
        '<meta property="article:author" content="https://example.org/ada"><meta name="byl" content="By Ada Pereira">',
        '<meta name="parsely-author" content="Ada Pereira"><a rel="author">Nobody</a>',
    ],
)
def test_authors_are_found_in_meta_tags(head: str) -> None:
    assert read(article(head=head)).authors[0] == "Ada Pereira"


def test_a_byline_names_the_author_when_nothing_else_does() -> None:
    assert read(article("<div class='byline'>By <a href='/ada'>Ada Pereira</a></div>")).authors == ("Ada Pereira",)


MOMENT = '"datePublished":"2026-02-27T10:15Z"'


@pytest.mark.parametrize(
    "told",
    [
        '{"@type":"NewsArticle","datePublished":"2026-02-27T11:15:00+01:00"}',
        f'[[{{"@type":["Thing","ReportageNewsArticle"],{MOMENT}}}]]',
        f'{{"@type":"WebPage","mainEntity":{{"@type":"BlogPosting",{MOMENT},}},}}',
        f'//<![CDATA[\n{{"@type":"Article","headline":"a\nb",{MOMENT}}}\n//]]>',
        f'{{"@type":"Article","headline":"say "no"",{MOMENT}}}',
    ],
)
def test_the_moment_of_publication_is_found_in_json_however_broken(told: str) -> None:
    source = article(head=f'<script type="application/ld+json">{told}</script>')
    assert read(source).published_at == datetime(2026, 2, 27, 10, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="article:published_time" content="2026-02-27T10:15:00Z">',
        '<meta itemprop="datePublished" content="2026-02-27 10:15">',
        '<meta name="date" content="Fri, 27 Feb 2026 10:15:00 GMT">',
    ],
)
def test_the_moment_of_publication_is_found_in_meta_tags(head: str) -> None:
    assert read(article(head=head)).published_at == datetime(2026, 2, 27, 10, 15, tzinfo=UTC)


def test_a_time_element_and_then_the_address_tell_the_day() -> None:
    timed = article("<time datetime='2026-02-26T09:00:00Z'>yesterday</time>")
    assert read(timed).published_at == datetime(2026, 2, 26, 9, tzinfo=UTC)
    source = html(f"<h1>{ENGLISH.title}</h1>{ps(*ENGLISH.paragraphs)}")
    assert read(page(source, url="https://example.org/2026/02/25/x")).published_at == datetime(2026, 2, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    "line",
    [
        "FEBRUARY 26, 2026",
        "Feb 26, 2026 · 8 min read",
        "Last updated: February 26, 2026",
        "26. Februar 2026",
        "26 февраля 2026, 10:15",
        "By Ada Sund ⋅ Harbour Editor ⋅ Updated February 26, 2026",
    ],
)
def test_a_line_above_the_story_tells_the_day_where_nothing_else_does(line: str) -> None:
    head = f"<div><div>{line}</div></div><h1>{ENGLISH.title}</h1>"
    others = "<ul><li>The ferry is late again <span>12 January 2026</span></li></ul>"
    source = html(f"<main>{head}{ps(*ENGLISH.paragraphs)}</main>{others}")
    found = read(page(source, url="https://example.org/harbour")).published_at
    assert found is not None
    assert f"{found:%Y-%m-%d}" == "2026-02-26"


@pytest.mark.parametrize("date", ["2099-01-01T00:00:00Z", "0000-00-00", "1969-12-31", "soon", "9" * 300, ""])
def test_dates_that_no_news_can_have_are_ignored_and_the_feed_is_believed(date: str) -> None:
    source = article(head=f'<meta property="article:published_time" content="{date}">')
    hint = NOW - timedelta(hours=3)
    assert extract(source, published_hint=hint, now=NOW).published_at == hint


def test_an_edit_is_told_unless_it_came_before_the_story() -> None:
    head = '<meta property="article:published_time" content="2026-02-27T10:00Z">{}'
    edited = '<meta property="article:modified_time" content="2026-02-{}T12:00Z">'
    assert read(article(head=head.format(edited.format(28)))).modified_at == datetime(2026, 2, 28, 12, tzinfo=UTC)
    assert read(article(head=head.format(edited.format(20)))).modified_at is None


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://www.example.org/harbour", "https://www.example.org/harbour"),
        ("/harbour#top", "https://www.example.org/harbour"),
        ("https://m.example.org/harbour", "https://m.example.org/harbour"),
        ("https://elsewhere.test/harbour", ""),
        ("https://www.example.org/", ""),
        ("javascript:alert(1)", ""),
        ("file:///etc/passwd", ""),
        ("http://[::1", ""),
    ],
)
def test_the_canonical_address_is_believed_only_on_the_same_site(link: str, expected: str) -> None:
    assert read(article(head=f'<link rel="canonical" href="{link}">')).canonical_url == expected


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("https://img.test/1.jpg", "https://img.test/1.jpg"),
        ("/1.jpg", "https://www.example.org/1.jpg"),
        ("data:image/png;base64,AAAA", ""),
        ("javascript:alert(1)", ""),
    ],
)
def test_an_image_must_be_on_the_web(image: str, expected: str) -> None:
    assert read(article(head=f'<meta property="og:image" content="{image}">')).image_url == expected


def test_the_site_is_what_the_page_calls_it_or_its_host() -> None:
    assert read(article(head='<meta property="og:site_name" content="Example News">')).site == "Example News"
    assert read(wordpress(ENGLISH)).site == "Example News"
    assert read(article()).site == "www.example.org"


@pytest.mark.parametrize(
    ("title", "head"),
    [
        (f"{ENGLISH.title} / Example News", '<meta property="og:site_name" content="Example News">'),
        (f"{ENGLISH.title} | Example News", '<meta property="og:site_name" content="Example News">'),
        (f"Example News: {ENGLISH.title}", '<meta property="og:site_name" content="Example News">'),
        (f"{ENGLISH.title} - example.org", ""),
        (f"{ENGLISH.title} – Coast – Example News", '<meta property="og:site_name" content="Example News">'),
    ],
)
def test_the_name_of_the_site_is_no_part_of_the_title(title: str, head: str) -> None:
    body = f"<h1>{ENGLISH.title}</h1>{ps(*ENGLISH.paragraphs)}"
    assert read(page(html(body, head, title=title))).title == ENGLISH.title


def test_the_headline_that_the_feed_knows_is_preferred() -> None:
    head = '<meta property="og:title" content="You will not believe which harbour is open">'
    assert read(article(head=head), "Harbour reopens after storm").title == ENGLISH.title
    assert read(article(head=head), "You won't believe which harbour is open").title.startswith("You will not")
    untitled = page(f"<div>{ps(*ENGLISH.paragraphs)}</div>")
    assert read(untitled, "Harbour reopens").title == "Harbour reopens"


@pytest.mark.parametrize(
    "broken",
    [
        {"@type": "NewsArticle", "headline": {"a": [1]}, "author": {"name": ["x", {}]}, "datePublished": [1, 2]},
        {"@type": ["NewsArticle", 3, None], "image": {"url": {"x": 1}}, "publisher": 7, "mainEntity": [[[{}]]]},
        {"@type": "NewsArticle", "headline": "<b>\u0000\ud800</b>", "isAccessibleForFree": [], "inLanguage": 7},
        [None, 1, "x", [[]], {"@type": None}, {"@graph": 5}],
        "text",
        None,
    ],
)
def test_metadata_of_the_wrong_kinds_harm_nothing(broken: object) -> None:
    found = read(with_jsonld(broken))
    assert found.text == ENGLISH.text
    assert "\0" not in found.title


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=10) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "@type @graph @id headline author name image url datePublished publisher mainEntity articleBody".split()
            ),
            inner | st.sampled_from(["NewsArticle", "#1", "2026-01-01", "http://[::1"]),
            max_size=4,
        )
    ),
    max_leaves=12,
)


@examples(80)
@given(JSON)
def test_any_metadata_leave_the_text_alone(value: object) -> None:
    assert ENGLISH.paragraphs[2] in check(with_jsonld({"@type": "NewsArticle", "mainEntity": value}, value))

"""What a page says of its article beside the text is kept, and so is its structure."""

import pytest
from test_wall import WALLS

from monitor.about import WALLS as KEPT
from monitor.about import About, walled
from monitor.edge.rows import from_about, to_about
from monitor.model import Article, Extracted
from monitor.think.blocks import MOST, to_layout
from monitor.think.markup import to_tree
from monitor.think.settle import unreadable
from monitor.think.tongues import language_apart, languages_of, script_of
from tests.conftest import NOW
from tests.pages import ENGLISH, STORIES, article, html, page, ps, read, with_jsonld

FIRST, SECOND, THIRD = ENGLISH.paragraphs
RTL = next(story for story in STORIES if story.language == "ar")


@pytest.mark.slow
def test_section_paywall_and_live_blog_are_what_the_page_says_of_itself() -> None:
    told = {"@type": "NewsArticle", "headline": ENGLISH.title, "articleSection": ["Isles", "Sea"]}
    parts = {"hasPart": {"@type": "WebPageElement", "isAccessibleForFree": "False", "cssSelector": ".rest"}}
    plain = read(with_jsonld(told)).about
    assert (plain.section, plain.paid, plain.live) == ("Isles", False, False)
    assert read(with_jsonld(told | {"isAccessibleForFree": False})).about.paid
    assert read(with_jsonld(told | parts)).about.paid
    assert read(with_jsonld(told | {"@type": "LiveBlogPosting"})).about.live
    tier = '<meta property="article:content_tier" content="locked"><meta property="article:section" content="Isles">'
    assert (read(article(head=tier)).about.section, read(article(head=tier)).about.paid) == ("Isles", True)


def test_the_script_is_known_and_whether_it_runs_from_right_to_left() -> None:
    found = {story.language: read(article(story=story)).about for story in STORIES}
    assert (found["ar"].script, found["ar"].right_to_left) == ("Arab", True)
    assert (found["ru"].script, found["uk"].script, found["en"].script) == ("Cyrl", "Cyrl", "Latn")
    assert [language for language, about in found.items() if about.right_to_left] == ["ar"]
    assert (script_of("東京は雨です"), script_of("北京今天下雨"), script_of("123")) == ("Jpan", "Hani", "")


def test_a_text_in_two_languages_names_both_and_one_with_a_quotation_one() -> None:
    english, russian = (next(s for s in STORIES if s.language == code) for code in ("en", "ru"))
    half = "\n\n".join((*english.paragraphs * 3, *russian.paragraphs * 2))
    assert languages_of(half, "en", "en") == ("en", "ru")
    assert languages_of("\n\n".join(english.paragraphs * 4), "en", "en") == ()
    assert languages_of("\n\n".join((*english.paragraphs * 6, "Он сказал: «Никто не пострадал».")), "en", "en") == ()


def test_headings_lists_quotes_tables_and_links_are_kept_as_markdown() -> None:
    inside = (
        "<h2>What comes next</h2><ul><li>A higher wall</li><li>A second ferry</li></ul>"
        "<blockquote><p>It was a night that nobody here will forget, and nobody wants another.</p></blockquote>"
        "<table><tr><th>Year</th><th>Ferries</th></tr><tr><td>2025</td><td>3,104</td></tr></table>"
        '<p>The report of the <a href="/report_2">harbour office</a> says [more] about the night.</p>'
    )
    found = read(article(inside))
    expected = [
        "## What comes next",
        "- A higher wall\n- A second ferry",
        "> It was a night that nobody here will forget, and nobody wants another.",
        "| Year | Ferries |\n| --- | --- |\n| 2025 | 3,104 |",
        "The report of the [harbour office](https://www.example.org/report_2) says \\[more\\] about the night.",
    ]
    assert [piece for piece in expected if piece not in found.about.markdown] == []
    assert "[harbour office]" not in found.text
    assert read(article()).about.markdown == ""


def test_a_link_that_runs_a_script_is_only_its_words() -> None:
    line = '<p>The council wants to <a href="javascript:alert(1)">hear everybody</a> before it decides in spring.</p>'
    assert "javascript" not in read(article(line)).about.markdown


def test_a_post_that_is_embedded_is_a_quote_of_the_markdown_and_no_part_of_the_text() -> None:
    post = (
        '<blockquote class="twitter-tweet"><p lang="en" dir="ltr">The ferry is late again. Bring [warm] clothes.</p>'
        '&mdash; Harbour Office (@harbour) <a href="https://x.example/harbour/1">3 March</a></blockquote>'
    )
    line = "<p>The council meets on Thursday to hear what all who live by the harbour have to say of the night.</p>"
    expected = (
        "> The ferry is late again. Bring \\[warm\\] clothes.\n>\n"
        "> — Harbour Office (@harbour) [3 March](https://x.example/harbour/1)"
    )
    for inside in (post + line, post * 2, f'<div class="embed">{post}</div>'):
        found = read(article(inside))
        assert found.about.markdown.count(expected) == inside.count("<blockquote")
        assert "ferry is late" not in found.text
    body = f"{ps(*ENGLISH.paragraphs)}<p>Follow us</p><div>{post}</div>"
    assert "late again" not in read(page(html(body))).about.markdown


def test_a_title_in_another_script_than_the_text_has_a_language_of_its_own() -> None:
    russian = next(story for story in STORIES if story.language == "ru")
    headed = page(html(f"<h1>{russian.title}</h1>{ps(*ENGLISH.paragraphs)}", title=russian.title))
    assert (read(headed).title, read(headed).about.title_language) == (russian.title, "ru")
    assert read(article()).about.title_language == ""
    assert language_apart(russian.title, "Latn") == "ru"
    assert language_apart(russian.title, "Cyrl") == language_apart("", "Latn") == language_apart("123", "Latn") == ""


def test_captions_are_kept_apart() -> None:
    figure = "<figure><img src='/a.jpg'><figcaption>The first ferry on Friday. Photo: A. Pereira</figcaption></figure>"
    found = read(article(figure))
    assert found.about.captions == ("The first ferry on Friday. Photo: A. Pereira",)
    assert "first ferry on Friday" not in found.text


@pytest.mark.parametrize("wall", sorted(set(WALLS) & KEPT))
def test_a_wall_is_recorded_with_the_article(wall: str) -> None:
    blank = Article(id=1, key="k", url="https://www.example.org/k", title="Harbour reopens")
    assert unreadable(blank, "the site asks for consent", NOW, Extracted(about=walled(wall))).about.wall == wall
    assert unreadable(blank, "took longer than 10 s", NOW, Extracted(about=walled("timeout"))).about.wall == ""


def test_what_is_kept_comes_back_as_it_was_and_nothing_costs_nothing() -> None:
    about = About(paid=True, section="Isles", languages=("en", "ru"), captions=("A ferry",), markdown="# A")
    assert to_about(from_about(about)) == about
    assert from_about(About()) == {}


@pytest.mark.parametrize(
    "filler",
    [
        pytest.param("<div></div>" * 90_000, marks=pytest.mark.slow),
        ("<div>" * 3 + "</div>" * 3) * 300,
        pytest.param(("<div>" * 300 + "</div>" * 300) * 300, marks=pytest.mark.slow),
        pytest.param("<b>a</b>" * 90_000, marks=pytest.mark.slow),
    ],
)
def test_of_a_maze_no_more_is_looked_at_than_of_the_fullest_page(filler: str) -> None:
    """Work is counted, not time: blocks and elements."""
    body = ps(*ENGLISH.paragraphs) + filler
    tree = to_tree(html(body))
    assert tree is not None
    layout = to_layout(tree)
    assert len(layout.around) <= MOST
    assert len(layout.blocks) <= MOST
    assert read(page(html(body))).text.startswith(FIRST)

"""A page becomes its article: all of it, and nothing else."""

import json
from functools import partial

import pytest
from drawn import examples
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.edge.workers import Workers
from monitor.errors import ExtractError
from monitor.think.extract import extract
from tests.conftest import NOW
from tests.pages import (
    ENGLISH,
    STORIES,
    Story,
    article,
    bare,
    broken_lines,
    check,
    division,
    html,
    page,
    ps,
    read,
    wordpress,
)

FIRST, SECOND, THIRD = ENGLISH.paragraphs


@pytest.mark.parametrize("build", [wordpress, bare, broken_lines, division], ids=lambda build: build.__name__)
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.language)
def test_a_story_is_read_to_the_letter_in_every_language(story: Story, build: object) -> None:
    found = read(build(story))  # type: ignore[operator]
    assert found.text == story.text
    assert found.title == story.title
    assert found.language == story.language


def test_subheadings_lists_quotes_and_tables_are_paragraphs_of_their_own() -> None:
    inside = (
        "<h2>What was closed</h2><ul><li>The ferry to the mainland</li><li><p>The fish market</p></li></ul>",
        "<h2>What comes next</h2><ol start='2'><li>A vote</li><li>A loan of four million</li></ol>",
        "<blockquote><p>We shall not build it twice, the mayor said to the people in the hall.</p></blockquote>",
        "<table><tr><th>Year</th><th>Storms</th></tr><tr><td>2024</td><td>3</td></tr></table>",
    )
    assert read(article(*inside)).text.split("\n\n")[2:-1] == [
        "What was closed",
        "- The ferry to the mainland",
        "- The fish market",
        "What comes next",
        "2. A vote",
        "3. A loan of four million",
        "We shall not build it twice, the mayor said to the people in the hall.",
        "Year | Storms",
        "2024 | 3",
    ]


@pytest.mark.parametrize(
    "box",
    [
        "<h3>Related articles</h3><ul><li><a href='/1'>Ten walks along the coast</a></li></ul>",
        "<p>Read more: <a href='/1'>Ten walks along the coast</a></p>",
        "<p>Advertisement</p>",
        "<div class='ad-slot'>Buy a boat</div>",
        "<div class='newsletter'><p>The best of the week, delivered every Sunday to all who want to know.</p></div>",
        "<div class='share-buttons'><a href='#'>Facebook</a> <a href='#'>Telegram</a></div>",
        "<figure><img src='/f.jpg'><figcaption>The harbour on Thursday. Photo: A. Pereira</figcaption></figure>",
        "<aside><h4>About us</h4><p>We have told the island what happens since before the war.</p></aside>",
        "<form><p>Tell us what you think of the harbour, and we shall print the best.</p><input></form>",
        "<p>Photo: Example News</p>",
        "<p>© 2026 Example News</p>",
        "<ul><li><a href='/1'>Ten walks along the coast</a></li><li><a href='/2'>A day at sea</a></li></ul>",
        "<div id='comments'><p>First! I have been waiting for this harbour to open for days now.</p></div>",
        "<p><a href='/all'>All our stories on the storm</a></p>",
        "<video>Your browser does not support video.</video>",
        "<svg><text>A drawing of a boat that nobody should read aloud.</text></svg>",
    ],
)
def test_what_stands_beside_the_story_is_left_out(box: str) -> None:
    assert read(article(box)).text == ENGLISH.text


@pytest.mark.parametrize(
    "hidden",
    [
        "<p style='display:none'>{}</p>",
        "<p style='color:red; visibility : hidden'>{}</p>",
        "<p style='color:#fff;background:#ffffff'>{}</p>",
        "<p style='background-color: White ; COLOR : rgb(255, 255, 255) !important'>{}</p>",
        "<div style='background:#FFF'><p style='color:white'>{}</p></div>",
        "<p>The ferry<span style='color:rgba(0,0,0,1);background:#000'>{}</span> was late.</p>",
        "<p style='font-size:0'>{}</p>",
        "<p style='font-size:1px;line-height:1px'>{}</p>",
        "<div style='position:absolute;left:-9999px'><p>{}</p></div>",
        "<p style='text-indent:-9999em'>{}</p>",
        "<div hidden><p>{}</p></div>",
        "<div aria-hidden='true'><p>{}</p></div>",
        "<p class='screen-reader-text'>{}</p>",
        "<p>The ferry<span style='display: none'>{}</span> was late.</p>",
        "<p>The ferry<span class='sr-only'>{}</span> was late.</p>",
        "<template><p>{}</p></template>",
        "<noscript><p>{}</p></noscript>",
        "<script>document.write('<p>{}</p>')</script>",
        "<script type='text/template'><p>{}</p></script>",
        "<style>p::after {{ content: '{}' }}</style>",
        "<!-- <p>{}</p> -->",
        "<textarea>{}</textarea>",
        "<select><option>{}</option></select>",
        "<iframe>{}</iframe>",
    ],
)
def test_what_no_reader_sees_is_not_in_the_text(hidden: str) -> None:
    secret = "The treasure lies under the third stone behind the lighthouse, he whispered."
    text = read(article(hidden.format(secret))).text
    assert "treasure" not in text
    assert text.startswith(FIRST)
    assert text.endswith(THIRD)


@pytest.mark.parametrize(
    "style",
    [
        "color:#fff",
        "color:#fff;background:#000",
        "color:white;background:url(dark.png) white",
        "color:transparent;background:#fff",
        "color:rgba(255,255,255,.5);background:#fff",
        "opacity:0",
        "font-size:10px",
        "font-size:0.9em",
        "left:-9999px",
        "text-indent:-2em",
        "position:absolute;left:-10px",
        ":;;color",
    ],
)
def test_what_a_reader_may_see_is_in_the_text(style: str) -> None:
    sentence = "The ferry had not been able to land since Monday, and the shops of the town were empty by now."
    assert sentence in read(article(f"<p style='{style}'>{sentence}</p>")).text
    around = f"<div style='font-size:0'><div style='font-size:13px'><p>{sentence}</p></div></div>"
    assert sentence in read(article(around)).text


def test_a_standfirst_between_title_and_text_is_the_lead() -> None:
    lead = "Four days after the storm ships may land on the island again, but the wall is still a ruin."
    body = f"<header><h1>{ENGLISH.title}</h1><p class='teaser'>{lead}</p></header><div>{ps(*ENGLISH.paragraphs)}</div>"
    found = read(page(html(body, f'<meta name="description" content="{lead}">')))
    assert found.text == f"{lead}\n\n{ENGLISH.text}"


def test_pieces_that_a_script_would_move_into_place_are_read() -> None:
    body = f"<div><p>Loading</p></div><div hidden id='S:0'><h1>{ENGLISH.title}</h1>{ps(*ENGLISH.paragraphs)}</div>"
    assert read(page(html(body))).text == ENGLISH.text


def test_a_site_that_wraps_its_story_in_a_form_or_a_footer_is_read_all_the_same() -> None:
    for tag in ("form", "aside", "nav"):
        body = f"<{tag} class='related'><h1>{ENGLISH.title}</h1>{ps(*ENGLISH.paragraphs)}</{tag}>"
        assert read(page(html(body))).text == ENGLISH.text


def test_a_story_that_stands_only_in_the_metadata_is_read_from_there() -> None:
    told = {"@type": "NewsArticle", "headline": ENGLISH.title, "articleBody": "\n\n".join(ENGLISH.paragraphs)}
    head = f'<script type="application/ld+json">{json.dumps(told)}</script>'
    assert read(page(html("<div id='root'></div><script src='/app.js'></script>", head))).text == ENGLISH.text


def test_the_story_and_not_the_comments_is_read_however_long_they_are() -> None:
    comments = "".join(
        f"<div class='comment'>{ps(f'I disagree with reader {n}, and it is a shame.')}</div>" for n in range(60)
    )
    body = f"<article><h1>{ENGLISH.title}</h1>{ps(*ENGLISH.paragraphs * 3)}</article><section>{comments}</section>"
    assert "disagree" not in read(page(html(body))).text


def test_plain_text_is_taken_as_it_is() -> None:
    found = read(page(f"{FIRST}\r\n\r\n\r\n\r\n{SECOND}", "text/plain"), "Harbour reopens")
    assert found.text == f"{FIRST}\n\n{SECOND}"
    assert found.title == "Harbour reopens"


def test_utf8_that_was_encoded_twice_is_mended() -> None:
    source = html(f"<h1>{ENGLISH.title}</h1>{ps(*ENGLISH.paragraphs)}")
    assert read(page(source.encode("utf-8").decode("latin-1").encode("utf-8"))).text == ENGLISH.text


# Bytes

ENCODINGS = [
    ("windows-1252", "en", "", "<meta charset='windows-1252'>"),
    ("windows-1252", "fr", "", ""),
    ("iso-8859-1", "fr", "; charset=iso-8859-1", ""),
    (
        "windows-1252",
        "de",
        "; charset=utf-8",
        "<meta http-equiv='Content-Type' content='text/html; charset=windows-1252'>",
    ),
    ("utf-8", "cs", "; charset=iso-8859-1", "<meta charset='windows-1250'>"),
    ("windows-1251", "ru", "; charset=windows-1251", ""),
    ("koi8-r", "ru", "", "<meta charset='koi8-r'>"),
    ("windows-1250", "pl", "", "<meta charset='windows-1250'>"),
    ("utf-16", "uk", "", ""),
    ("utf-16-le", "tr", "", ""),
    ("utf-8-sig", "ar", "; charset=x-klingon", "<meta charset='x-klingon'>"),
]


@pytest.mark.parametrize(("encoding", "language", "header", "meta"), ENCODINGS)
def test_text_is_read_in_its_encoding_whatever_is_said_of_it(
    encoding: str, language: str, header: str, meta: str
) -> None:
    story = next(story for story in STORIES if story.language == language)
    body = f"<h1>{story.title}</h1>{ps(*story.paragraphs)}"
    source = html(body, meta, title=story.title, language=language)
    found = read(page(source.encode(encoding, "xmlcharrefreplace"), f"text/html{header}"))
    assert found.text == story.text


def test_japanese_is_read_in_shift_jis() -> None:
    text = "北の島の港は、嵐が防波堤を壊してから四日後の金曜日に再び開いた。けが人はなく、船が入港したと港長は話した。"
    source = html(
        f"<h1>港が再開</h1>{ps(text, text[::-1])}", "<meta charset='Shift_JIS'>", title="港が再開", language="ja"
    )
    found = read(page(source.encode("shift_jis"), "text/html"))
    assert found.text.startswith(text)
    assert found.language == "ja"


@pytest.mark.parametrize(
    "dirt",
    ["\0", "&#0;", "&#xD800;", "&#xD83D;&#xDE00;", "\ud800", "&#xFFFF;", "&#8;", "\x07", "&#x202e;", "&#x110000;"],
)
def test_nothing_that_a_database_refuses_is_in_the_text(dirt: str) -> None:
    dirty = [text.replace("harbour", f"har{dirt}bour") for text in ENGLISH.paragraphs]
    source = html(f"<h1>{ENGLISH.title}{dirt}</h1>{ps(*dirty)}")
    found = read(page(source))
    for text in (found.title, found.text):
        text.encode("utf-8")
        assert not {"\0", "\x07", "\x08", "\uffff", "\u202e"} & set(text)
    assert "breakwater" in found.text


# Hostile pages

HOSTILE = {
    "100,000 nested <div>": html("<div>" * 100_000 + "{}" + "</div>" * 100_000),
    "100,000 unclosed <span>": html("<p>" + "<span><b>" * 50_000 + "</p>{}"),
    "5,000 nested tables": html("<table><tr><td>" * 5_000 + "</td></tr></table>" * 5_000 + "{}"),
    "20,000 nested lists": html("<ul><li>" * 20_000 + "</li></ul>" * 20_000 + "{}"),
    "100,000 attributes": html("<p " + " ".join(f'a{number}="1"' for number in range(100_000)) + ">x</p>{}"),
    "200,000 times <": html("{}" + "<" * 200_000),
    "100,000 times <a": html("<a " * 100_000 + ">" + "{}"),
    "a comment of 5 MB": html("<!--" + "x" * 5_000_000 + "-->{}"),
    "a script of 5 MB": html("<script>" + "document.write('<p>fake</p>');" * 170_000 + "</script>{}"),
    "20,000 images": html("<img src='/a.png'>" * 20_000 + "{}"),
    "JSON-LD 100,000 deep": html("{}", '<script type="application/ld+json">' + "[" * 100_000 + "</script>"),
    "JSON-LD of quotes": html("{}", '<script type="application/ld+json">"headline":"' + '\\"' * 50_000 + "</script>"),
    "a title of 1 MB": html("{}", f'<meta property="og:title" content="{"O" * 1_000_000}">', title="T" * 1_000_000),
    "50,000 <meta>": html("{}", '<meta property="og:title" content="x">' * 50_000),
    "5,000 nested quotes": html("<blockquote>" * 5_000 + "</blockquote>" * 5_000 + "{}"),
    "20,000 times a paragraph": html("{}" + "<p>And so it was told in the hall once more.</p>" * 20_000),
    "a paragraph of 5 MB": html("{}" + f"<p>{'x' * 5_000_000}</p>"),
    "JSON-LD of 50,000 authors": html(
        "{}",
        '<script type="application/ld+json">{"@type":"NewsArticle","author":['
        + ",".join(f'{{"@type":"Person","name":"Ada {number}"}}' for number in range(50_000))
        + "]}</script>",
    ),
    "30,000 headings": html("<h2>heading</h2>" * 30_000 + "{}"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_is_read_all_the_same(name: str) -> None:
    story = f"<article><h1>{ENGLISH.title}</h1>{ps(*ENGLISH.paragraphs)}</article>"
    found = read(page(HOSTILE[name].replace("{}", story, 1)))
    assert all(text in found.text for text in ENGLISH.paragraphs)
    assert "fake" not in found.text
    assert len(found.title) <= 500


@pytest.mark.slow
def test_an_endless_text_is_cut() -> None:
    assert len(read(page(html(f"<article>{ps(*ENGLISH.paragraphs * 2_000)}</article>"))).text) <= 200_000


@pytest.mark.slow
@pytest.mark.parametrize("what", ["cells", "paragraphs", "breaks"])
def test_too_much_of_what_an_article_may_hold_ends_as_a_bounded_text(what: str) -> None:
    inside = {
        "cells": "<table>" + f"<tr>{'<td>x</td>' * 100}</tr>" * 1_000 + "</table>",
        "paragraphs": ps(*(f"{FIRST} That was said {n * n} times, and once more. {SECOND}" for n in range(20_000))),
        "breaks": "<br>" * 100_000,
    }[what]
    assert 0 < len(read(article(inside)).text) <= 200_000


# Any page at all

PIECES = st.sampled_from(
    (
        *(
            "<p>",
            "</p>",
            "<div class='comment nav'>",
            "</div>",
            "<article>",
            "</article>",
            "<h1>",
            "</h1>",
            "<a href='//['>",
        ),
        *(
            "<li>",
            "<ol start='-9999999999'>",
            "<table>",
            "<tr>",
            "<td>",
            "<br>",
            "<script>",
            "<!--",
            "-->",
            "<![CDATA[",
            "<",
        ),
        *(
            "&#xD800;",
            "\0",
            "<q>",
            "<form>",
            "<time datetime='x'>",
            "<base href='http://[::1'>",
            "<meta charset=utf-7>",
        ),
        *(
            "<link rel=canonical href='http://[::1'>",
            "<script type='application/ld+json'>",
            '{"@graph":[',
            "\ud800",
            "é",
        ),
        *(FIRST, SECOND, "Read more:", "Share", "27 February 2026", "By Ada Pereira", "Page not found", "Accept all"),
    )
)


@examples(80)
@example(["The harbour of the northern isle opened again on Friday, four days after a storm had torn it."], "\0", "")
@example(
    ["The harbour of the northern isle opened again.", "<h1>", "The harbour of the northern isle opened again."], "", ""
)
@given(st.lists(PIECES | st.text(max_size=20), max_size=40), st.text(max_size=30), st.text(max_size=30))
def test_any_markup_is_read_or_refused(pieces: list[str], title: str, kind: str) -> None:
    check(page("".join(pieces), kind), title)


@examples(80)
@given(st.binary(max_size=400), st.integers(0, 2_000), st.sampled_from(["text/html", "text/html; charset=utf-16", ""]))
def test_any_bytes_are_read_or_refused(noise: bytes, place: int, kind: str) -> None:
    body = wordpress(ENGLISH).body
    check(page(body[:place] + noise + body[place + len(noise) :], kind))
    check(page(noise, kind))


async def test_a_page_is_read_in_a_worker_as_it_is_here_and_a_wall_is_told_of() -> None:
    async with Workers(1, timeout_s=30, preload=()) as workers:
        source = wordpress(ENGLISH)
        assert await workers.run(partial(extract, source, title_hint="x", now=NOW)) == read(source, "x")
        with pytest.raises(ExtractError) as caught:
            await workers.run(partial(extract, page(""), now=NOW))
        assert caught.value.reason == "empty"


def test_a_sentence_that_is_all_link_is_kept_where_it_stands_and_a_headline_is_not() -> None:
    sentence = "<p><a href='/wall'>The old wall had stood for ninety years before the storm came.</a></p>"
    headline = "<p><a href='/walks'>Ten walks along the coast that you should not miss</a></p>"
    found = read(article(sentence, headline)).text
    assert "ninety years" in found
    assert "Ten walks" not in found

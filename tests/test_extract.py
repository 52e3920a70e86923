"""A page becomes its article: the text whole, what stands around it gone, and no page that is none taken for one."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import ExtractError
from monitor.model import Extracted, Page
from monitor.think.extract import extract

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PARAGRAPHS = (
    "The harbour master said on Monday that the northern pier would stay closed until engineers had looked at it.",
    "Ferries to the islands left from the southern pier instead, an hour later than the timetable has it.",
    "“We would rather be late than wet,” the captain of the first ferry told the passengers, who laughed and waited.",
    "The council will hear on Thursday what the repairs may cost, and who is to pay for them.",
)
PAGE = """<!DOCTYPE html><html lang="en"><head><title>Northern pier stays closed after storm - Harbour Lane</title>
<meta property="og:title" content="Northern pier stays closed after storm">
<meta property="article:published_time" content="2026-02-28T08:12:00+00:00"></head><body>
<header><nav><ul><li><a href="/">Home</a></li><li><a href="/sport">Sport</a></li></ul></nav></header>
<main><article><header><h1>Northern pier stays closed after storm</h1>
<div class="meta">Posted on <time datetime="2026-02-28T08:12:00+00:00">February 28, 2026</time>
 by <a rel="author" href="/desk">Ida Lund</a></div></header>
<div class="entry-content">{body}</div>
<div class="share"><h3>Share this:</h3><ul><li><a href="#">Facebook</a></li></ul></div></article>
<div id="comments"><h3>Leave a Reply</h3><form><p>Your email address will not be published.
 Required fields are marked *</p><textarea></textarea></form></div></main>
<aside><h2>Recent Posts</h2><ul><li><a href="/a">Club signs new striker</a></li></ul>
<p>Subscribe to get the latest stories in your inbox every morning.</p></aside>
<footer>&copy; 2026 Harbour Lane</footer></body></html>"""


def read(html: str | bytes, kind: str = "text/html; charset=utf-8", **told: object) -> Extracted:
    body = html.encode() if isinstance(html, str) else html
    page = Page("https://lane.example/pier", str(told.pop("at", "https://lane.example/pier")), 200, body, kind)
    return extract(page, now=NOW, **told)  # type: ignore[arg-type]


def whole(*paragraphs: str) -> str:
    return PAGE.format(body="".join(f"<p>{text}</p>" for text in paragraphs))


def test_a_page_yields_its_text_to_the_letter_and_nothing_that_stands_around_it() -> None:
    found = read(whole(*PARAGRAPHS))
    assert found.text == "\n\n".join(PARAGRAPHS)
    assert found.title == "Northern pier stays closed after storm"
    assert found.published_at == datetime(2026, 2, 28, 8, 12, tzinfo=UTC)
    assert found.authors == ("Ida Lund",)
    assert found.language == "en"


def test_hidden_text_and_scripts_are_not_the_article() -> None:
    hidden = '<p style="display:none">HIDDEN words that nobody is meant to read at all.</p><script>SCRIPT()</script>'
    html = whole(*PARAGRAPHS).replace("</article>", f"{hidden}</article>")
    assert "HIDDEN" not in read(html).text
    assert "SCRIPT" not in read(html).text


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<html><body></body></html>",
        "%PDF-1.7 and so on",
        '<?xml version="1.0"?><rss version="2.0"><channel><item><title>x</title></item></channel></rss>',
        "<html><title>Just a moment...</title><body><p>Checking your browser before you go on.</p></body></html>",
        "<html><body><noscript>Please enable JavaScript to view this page.</noscript><div id=root></div></body></html>",
    ],
    ids=["nothing", "empty", "pdf", "feed", "challenge", "script-only"],
)
def test_what_is_no_article_is_refused_with_a_reason(html: str) -> None:
    with pytest.raises(ExtractError) as refused:
        read(html)
    assert refused.value.reason


def test_a_deleted_story_that_leads_to_the_home_page_is_not_the_home_page() -> None:
    with pytest.raises(ExtractError) as refused:
        read(whole(*PARAGRAPHS), at="https://lane.example/")
    assert refused.value.reason == "home-page"


def test_a_date_beyond_tomorrow_is_not_believed_and_the_one_that_readers_see_serves() -> None:
    found = read(whole(*PARAGRAPHS).replace("2026-02-28", "2099-02-28"))
    assert found.published_at == datetime(2026, 2, 28, tzinfo=UTC)


def test_bytes_that_are_mislabelled_are_read_all_the_same() -> None:
    text = "Гавань закрыта до понедельника, сказал начальник порта, и паромы ходят с южного причала. " * 4
    html = whole(text.strip()).replace("</title>", '</title><meta charset="windows-1251">')
    assert text.strip() in read(html.encode("cp1251"), "text/html").text


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(0, len(PAGE)), st.integers(0, 400))
def test_whatever_a_page_holds_the_answer_is_an_article_or_a_reason(noise: bytes, at: int, cut: int) -> None:
    html = whole(*PARAGRAPHS).encode()
    try:
        found = read(html[:at] + noise + html[at + cut :])
    except ExtractError as error:
        assert error.reason  # noqa: PT017 - either end is a promise kept
    else:
        assert found.text
        assert "\0" not in found.text

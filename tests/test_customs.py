"""What is known of a site's pages is heeded, and every line of a page says what became of it."""

import pytest

from monitor.customs import Customs
from monitor.errors import ConfigError
from monitor.model import Page
from monitor.think.customs import check_selector, names_nothing
from monitor.think.extract import extract
from monitor.think.lines import digest
from tests.conftest import NOW
from tests.pages import ENGLISH, article, wordpress

FIRST, SECOND, THIRD = ENGLISH.paragraphs
PLEA = "Our island paper lives from what its readers give, and every small gift keeps the presses rolling."


def test_every_line_of_a_page_says_whether_it_was_kept_or_why_not() -> None:
    lines = extract(wordpress(ENGLISH), now=NOW).lines
    assert [line.text for line in lines if line.kept] == list(ENGLISH.paragraphs)
    dropped = {line.text: line.reason for line in lines if not line.kept}
    assert ENGLISH.title in dropped
    assert all(dropped.values())


def test_lines_that_a_site_repeats_are_dropped() -> None:
    page = article(f"<p>{PLEA}</p>")
    assert PLEA in extract(page, now=NOW).text
    found = extract(page, customs=Customs(boilerplate=frozenset([digest(PLEA)])), now=NOW)
    assert found.text == ENGLISH.text
    assert [line.reason for line in found.lines if line.text == PLEA] == ["site repeats"]


def test_a_line_is_known_again_with_another_number_in_it() -> None:
    assert digest("12 readers gave, and 3 more will.") == digest("947 readers gave, and 21 more will!")
    assert digest("1.") != digest("2.")


def test_selectors_keep_and_drop_what_stands_in_them() -> None:
    page = article(f"<div class='gift'><p>{PLEA}</p></div><aside class='box'><p>{PLEA[::-1]}</p></aside>")
    found = extract(page, customs=Customs(keep=("aside.box",), drop=(".gift p",)), now=NOW)
    assert PLEA not in found.text
    assert PLEA[::-1] in found.text
    assert {line.reason for line in found.lines if line.text in (PLEA, PLEA[::-1])} == {"site drops", "site keeps"}


def test_what_is_dropped_within_a_line_leaves_the_line() -> None:
    page = article(f"<p>{PLEA} <span class='more'>(advertorial)</span></p>")
    assert PLEA in extract(page, now=NOW).text
    assert "advertorial" not in extract(page, customs=Customs(drop=("span.more",)), now=NOW).text


@pytest.mark.parametrize("selector", ["", "p:unheard-of(", "div >", "a[", ":has(", "p::before"])
def test_what_is_no_selector_is_refused(selector: str) -> None:
    with pytest.raises(ConfigError, match="no CSS selector"):
        check_selector(selector)


def test_selectors_that_name_nothing_on_a_page_are_told() -> None:
    page = Page("https://example.org/", "https://example.org/", 200, b"<p class='lead'>A</p>", "text/html")
    assert names_nothing(page, (".lead", ".gone")) == (".gone",)

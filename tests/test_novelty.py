"""What a later article of a story adds: names, amounts and quotations that were not told before."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Article
from monitor.think.novelty import additions
from monitor.think.numbers import amounts
from monitor.think.quotes import quotes
from monitor.think.sentences import sentences
from tests.chorus import article, choruses

FIRST = "A bridge fell in Arlen. 3 workers are missing, said Ilse Brandt. “We search until we find them,” she said."


def added(*texts: str, language: str = "en"):
    story = [article(number, "", text, language=language) for number, text in enumerate(texts, 1)]
    return additions(story, {})[-1]


def test_the_first_article_and_one_that_says_nothing_new_add_nothing() -> None:
    assert not added(FIRST)
    assert not added(FIRST, FIRST)
    assert not added(FIRST, "She said: “We search until we find them.” Missing are 3 workers, in Arlen.")


def test_new_names_amounts_and_quotations_are_told_as_the_text_has_them() -> None:
    found = added(
        FIRST,
        "The loss is 2.5 million euros, said Tom van Ek: “It was the rust in the pillars.” 4 workers are missing.",
    )
    assert found.names == ("Tom van Ek",)
    assert found.amounts == ("2.5 million euros", "4 workers")
    assert found.quotes == ("It was the rust in the pillars.",)


def test_an_amount_is_known_again_in_another_language_and_notation() -> None:
    story = [
        article(1, "", "The loss is 2.5 million euros; 1,200 people and 12% of shops are cut off."),
        article(2, "", "Ущерб составил 2,5 млн евро; отрезаны 1 200 человек и 12 % магазинов.", language="ru"),
        article(3, "", "Der Schaden: 2,5 Millionen Euro, 1.200 Menschen, 12 Prozent der Läden.", language="de"),
    ]
    assert [each.amounts for each in additions(story, {})] == [(), (), ()]


def test_what_cannot_be_compared_is_not_called_new() -> None:
    story = [
        article(1, "", FIRST),
        article(2, "", "Ільзе Брандт сказала: «Ми шукаємо, доки не знайдемо».", language="uk"),
    ]
    assert not additions(story, {})[1]


def test_entities_are_compared_across_languages() -> None:
    story = [article(1), article(2, language="uk"), article(3)]
    found = additions(story, {1: ["arlen"], 2: ["arlen", "brandt"], 3: ["brandt", "ek", "ek"]})
    assert [each.entities for each in found] == [(), ("brandt",), ("ek",)]


@given(choruses())
@settings(deadline=None)
@pytest.mark.slow
def test_a_copy_adds_nothing_and_takes_nothing_from_those_after_it(story: list[Article]) -> None:
    ids = {each.id for each in story}
    found = {each.article_id: each for each in additions(story, {})}
    assert found.keys() == ids
    assert not any(found[each.id] for each in story if each.copy_of in ids)


@given(choruses(), st.randoms())
@settings(deadline=None)
def test_the_order_in_which_articles_are_given_changes_nothing(story: list[Article], chance) -> None:
    assert additions(chance.sample(story, len(story)), {}) == additions(story, {})


@given(choruses())
@settings(deadline=None)
@pytest.mark.slow
def test_an_article_told_again_later_adds_nothing(story: list[Article]) -> None:
    again = [replace(each, id=each.id + 100, seen_at=None, published_at=None, copy_of=None) for each in story]
    found = {each.article_id: each for each in additions([*story, *again], {})}
    first = {each.article_id for each in additions(story, {})}
    copies = {each.id for each in story if each.copy_of in first}
    assert not any(found[each.id] for each in again if each.id - 100 not in copies)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("On March 5, 2024, at 12:30, in 2022 and 2023/24", []),
        ("5 марта 2024 года, 30 жовтня", []),
        ("1,200 missiles", [(1200, "missil")]),
        ("1 500 солдат, 10,5 тыс. человек", [(1500, "солдат"), (10500, "челове")]),
        ("$3.5 billion and 60bn euros", [(3.5e9, "$"), (6e10, "€")]),
        ("12 percent, 12%, 12 процентов", [(12, "%")] * 3),
        ("10.000 Soldaten", [(10000, "soldat")]),
        ("F-16 and T-72, page 1.2.3, 192.168.0.1", []),
    ],
)
def test_amounts_are_read_in_any_notation_and_dates_are_none(text: str, expected: list[tuple[float, str]]) -> None:
    assert [(found.value, found.unit) for found in amounts(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "“We will not give it up”",
        '"We will not give it up"',
        "„Wir geben es nicht auf“",
        "«Мы его не отдадим»",
        "« Nous ne céderons jamais »",
        "「私たちは決して諦めない」",
    ],
)
def test_quotations_are_found_in_the_marks_of_any_language(text: str) -> None:
    (found,) = quotes(f"She said: {text}, and left.")
    assert found.text.strip() in text


def test_a_term_in_quotation_marks_is_no_quotation() -> None:
    assert list(quotes("The “so-called” bridge, the «Red Star».")) == []


@given(st.text(max_size=400))
@settings(deadline=None)
def test_whatever_is_found_stands_literally_in_the_text(text: str) -> None:
    assert all(text[found.start : found.end] == found.text for found in quotes(text))
    assert all(text[found.start : found.end] == found.text for found in sentences(text))
    assert all(found.text in text for found in amounts(text))

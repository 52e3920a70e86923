"""An entity is known by any of its names, in any language, and not where its name means something else."""

import pytest

from monitor.model import Article, Entity, Name
from monitor.think.entities import index_entities
from monitor.think.match import compile_query, match_query
from monitor.think.query import parse


def named(*names: str) -> tuple[Name, ...]:
    return tuple(Name(name, "en") for name in names)


ENTITIES = index_entities(
    [
        Entity("russia", "place", (*named("Russia"), Name("Россия", "ru"), Name("Росія", "uk"), Name("روسيا", "ar")),
               qid="Q159", groups=("east",)),
        Entity("zelensky", "person", named("Zelensky", "Volodymyr Zelensky"), groups=("kyiv",)),
        Entity("kyiv", "place", named("Kyiv", "Kiev"), groups=("kyiv",)),
        Entity("black-sea", "place", named("Black Sea")),
        Entity("fleet", "organisation", named("Black Sea Fleet"), groups=("east",)),
        Entity("georgia", "place", (Name("Georgia", "en", 0.5), Name("Republic of Georgia", "en")),
               needs=("tbilisi", "east", "south caucasus"), excluded=("Georgia Tech", "Savannah, Georgia")),
        Entity("patriot", "weapon", (Name("Patriot", "en", 0.4),), needs=("himars", "missile")),
        Entity("himars", "weapon", (Name("HIMARS", "en"), Name("launcher", "en", 0.7)), needs=("missile",)),
        Entity("don", "place", (Name("Don", "en", 0.3),)),
    ]
)  # fmt: skip


def found(query: str, text: str, title: str = "") -> list[tuple[str, str, float]]:
    article = Article(1, "k", "", title=title, text=text)
    evidence = match_query(article, compile_query(parse(query, entities=ENTITIES), ENTITIES))
    return [(each.label, each.found, each.weight) for each in evidence or ()]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("What Russia's envoy said", "Russia"),
        ("RUSSIA speaks", "RUSSIA"),
        ("Сегодня Россия ответила", "Россия"),
        ("Росія", "Росія"),
        ("قالت رُوسيا اليوم", "رُوسيا"),
        ("anti-Russia mood", "Russia"),
    ],
)
def test_an_entity_is_found_by_its_name_in_any_language(text: str, name: str) -> None:
    assert found("@russia", text) == [("russia", name, 1.0)]
    assert found("@Q159", text) == [("russia", name, 1.0)]


def test_a_name_is_only_ever_a_whole_word() -> None:
    assert found("@russia", "Prussia and Russian and Russias") == []


def test_a_group_is_found_by_any_of_its_entities_and_says_which() -> None:
    assert found("@kyiv", "Kiev: Zelensky speaks") == [("kyiv", "Kiev", 1.0), ("zelensky", "Zelensky", 1.0)]


def test_the_longest_name_wins_where_names_nest() -> None:
    assert found("@black-sea", "The Black Sea Fleet sailed") == []
    assert found("@fleet", "The Black Sea Fleet sailed") == [("fleet", "Black Sea Fleet", 1.0)]
    assert found("@black-sea", "The Black Sea Fleet sailed the Black Sea") == [("black-sea", "Black Sea", 1.0)]


def test_one_entity_named_by_a_long_name_is_named_once() -> None:
    assert found("@zelensky", "Volodymyr Zelensky") == [("zelensky", "Volodymyr Zelensky", 1.0)]


def test_a_name_within_an_excluded_phrase_does_not_count() -> None:
    assert found("@georgia", "Georgia Tech won in Tbilisi") == []
    assert found("@georgia", "in Savannah, Georgia, not Tbilisi") == []
    assert found("@georgia", "Georgia Tech met Georgia near Tbilisi") == [("georgia", "Georgia", 0.5)]


@pytest.mark.parametrize("company", ["Tbilisi", "Russia", "the Black Sea Fleet", "the South Caucasus"])
def test_an_unsure_name_counts_in_the_company_it_needs(company: str) -> None:
    assert found("@georgia", "Georgia voted") == []
    assert found("@georgia", f"Georgia voted, and {company}") == [("georgia", "Georgia", 0.5)]
    assert found("@georgia", "Georgia voted", title=company) == [("georgia", "Georgia", 0.5)]


def test_a_sure_name_needs_no_company() -> None:
    assert found("@georgia", "The Republic of Georgia") == [("georgia", "Republic of Georgia", 1.0)]


def test_two_unsure_names_do_not_vouch_for_each_other() -> None:
    assert found("@patriot", "A Patriot and a launcher") == []
    assert found("@patriot", "A Patriot and HIMARS") == [("patriot", "Patriot", 0.4)]


def test_an_unsure_name_that_needs_nothing_counts_for_less() -> None:
    assert found("@don", "on the Don") == [("don", "Don", 0.3)]


def test_a_name_does_not_run_from_the_title_into_the_text() -> None:
    assert found("@black-sea", "Sea of troubles", title="Black") == []


def test_an_unknown_name_is_answered_with_those_like_it() -> None:
    assert ENTITIES.suggest("georgea") == ["georgia"]
    assert ENTITIES.suggest("qqqqq") == []
    assert ENTITIES.find("GEORGIA") == ("georgia",)
    assert ENTITIES.find("nobody") == ()

"""What is asked for in one form is found in every other of the article's language, by topics and in the archive."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filled import START, fill, rules_of

from monitor.archive import Archive, Question
from monitor.edge.store import Store
from monitor.model import Article, Entity, Name
from monitor.think.entities import index_entities
from monitor.think.language import indexable
from monitor.think.match import compile_query, match_query
from monitor.think.query import parse

ON_BOTH = True

ENTITIES = index_entities(
    [
        Entity(
            "lavrov",
            "person",
            (Name("Lavrov", "en"), Name("Сергей Лавров", "ru"), Name("Лавров", "uk"), Name("Ławrow", "pl")),
        ),
        Entity("crimea", "place", (Name("Крим", "uk"), Name("Crimea", "en"))),
        Entity("kyiv", "place", (Name("كييف", "ar"), Name("Kijów", "pl"), Name("Kyiv", "en"))),
        Entity("ministry", "organisation", (Name("Министерство обороны России", "ru"),)),
        Entity("human", "place", (Name("Humań", "pl"),)),
        Entity("moskwa", "place", (Name("Moskwa", "pl"),)),
        Entity("us", "place", (Name("US", "en", exact=True),)),
    ]
)


RULES = rules_of(ENTITIES)


@pytest.fixture(scope="module")
def asks(shared_place: Path | str) -> Iterator[Callable[[str, str, str], bool]]:
    """Whether a query finds an article of this text and language, as a topic and in the archive: both say the same."""
    store = Store(shared_place, indexable, "test")
    store.upgrade(START)

    def asks(query: str, text: str, language: str) -> bool:
        tree = parse(query, entities=ENTITIES)
        (article,) = fill(store, RULES, [Article(1, "", "", text=text, language=language)])
        found = match_query(article, compile_query(tree, ENTITIES)) is not None
        assert Archive(store.engine, RULES).ask(Question(query)).total == found
        return found

    yield asks
    store.close()


Asks = Callable[[str, str, str], bool]


@pytest.mark.parametrize(
    ("query", "text", "language"),
    [
        ("sanction", "New sanctions were announced", "en"),
        ("sanctions", "a sanctioned tanker", "en"),
        ("invade", "Troops invaded at dawn", "en"),
        ('"military aid"', "Military aids are listed", "en"),
        ("санкция", "Новых санкций не будет", "ru"),
        ("переговоры", "на переговорах в Женеве", "ru"),
        ('"военная помощь"', "о военной помощи Киеву", "ru"),
        ("обстріл", "внаслідок обстрілів", "uk"),
        ('"повітряна тривога"', "під час повітряної тривоги", "uk"),
        ("wojsko", "zbliżenie wojsk do granicy", "pl"),
        ("Rakete", "mehrere Raketen trafen", "de"),
        ("négociation", "les négociations de Genève", "fr"),
        ("negociación", "las negociaciones", "es"),
        ("صاروخ", "بالصاروخ الثاني", "ar"),
        ('"sanction russia"~4', "sanctions against Russia", "en"),
        ("@lavrov", "встретился с Сергеем Лавровым", "ru"),
        ("@lavrov", "за словами Лаврова", "uk"),
        ("@lavrov", "spotkanie z Ławrowem", "pl"),
        ("@crimea", "у Криму та в Криму", "uk"),
        ("@kyiv", "في كييف وبكييف", "ar"),
        ("@kyiv", "w Kijowie", "pl"),
        ("@ministry", "в Министерстве обороны России", "ru"),
        ("@us", "the US speaks", "en"),
        ("title:anything OR wojna", "po wojnie", "pl"),
    ],
)
def test_it_is_found(asks: Asks, query: str, text: str, language: str) -> None:
    assert asks(query, text, language)


@pytest.mark.parametrize(
    ("query", "text", "language"),
    [
        ("exact:sanction", "New sanctions", "en"),
        ("санкция", "санкціонував", "uk"),
        ("sanction", "sankcji", "pl"),
        ("@crimea", "кримінал і кримінальний", "uk"),
        ("@kyiv", "تكييف الهواء", "ar"),
        ("@human", "a human being", "en"),
        ("@us", "give us bread", "en"),
        ("url:sanction", "sanctions", "en"),
        ("wojsko", "wojska", "en"),
    ],
)
def test_it_is_not(asks: Asks, query: str, text: str, language: str) -> None:
    assert not asks(query, text, language)


def test_a_name_of_one_language_is_no_name_in_the_next(asks: Asks) -> None:
    assert not asks("@human", "The human cost", "en")
    assert asks("@human", "w Humaniu", "pl")
    assert asks("@kyiv", "Kyiv antwortet", "de")  # an English name serves where a language has none of its own


def test_a_word_in_an_article_of_unknown_language_is_found_in_any(asks: Asks) -> None:
    assert asks("sanction", "sanctions", "")
    assert asks("санкция", "санкций", "")

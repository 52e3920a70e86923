"""The shipped topic finds its stories in many languages, whole and in parts, and leaves alone what sounds like it."""

import pytest

from monitor.model import Article
from monitor.shipped import FOLDER, Ready, load_ready
from monitor.think.entities import WORDS, index_entities
from monitor.think.match import Compiled, compile_topics, match
from monitor.think.topics import Pack, check

MAIN = "russia-ukraine-nato"


@pytest.fixture(scope="module")
def ready() -> Ready:
    found = load_ready(MAIN, (FOLDER / f"{MAIN}.toml").read_text("utf-8"))
    assert found, "make spellings"
    return found


@pytest.fixture(scope="module")
def pack(ready: Ready) -> Pack:
    return ready.pack


@pytest.fixture(scope="module")
def compiled(ready: Ready) -> Compiled:
    return compile_topics(ready.pack.topics, index_entities(ready.pack.entities, book=ready.book))


def flags(compiled: Compiled, title: str, text: str = "", language: str = "en") -> set[str]:
    article = Article(1, "", "", title=title, text=text, language=language)
    return {found.topic for found in match(article, compiled)}


def test_all_its_examples_come_out_as_they_should(pack: Pack, compiled: Compiled) -> None:
    assert [str(failure) for failure in check(pack, compiled)] == []


def test_each_of_its_nine_parts_is_shown_in_four_languages_and_by_what_it_is_not(pack: Pack) -> None:
    main, *parts = pack.topics
    assert (main.name, main.parent) == (MAIN, "")
    assert len(parts) == 9
    for part in parts:
        assert part.parent == MAIN
        assert len({test.language for test in part.tests if test.expected}) >= 4, part.name
        assert sum(not test.expected for test in part.tests) >= 2, part.name


def test_it_knows_hundreds_of_entities_in_the_languages_of_its_sources(pack: Pack) -> None:
    entities = [entity for entity in pack.entities if entity.kind != WORDS]
    assert len(entities) >= 250
    for language in ("en", "uk", "ru", "ar", "de", "fr", "pl"):
        named = sum(any(name.language == language for name in entity.names) for entity in entities)
        assert named >= 250, language
    for words in (entity for entity in pack.entities if entity.kind == WORDS):
        assert len({name.language for name in words.names}) == 12, words.id


@pytest.mark.parametrize(
    "title",
    [
        "Poland scrambles jets",
        "Zaporizhzhia plant runs on its last power line",
        "Civilians leave the Mariupol steelworks",
        "Grain corridor reopens",
        "Putin speaks of peace",
        "Ukrainians bury their dead",
        "Storm Shadow missiles hit Sevastopol headquarters",
        "Rutte urges allies to spend more against Russia",
        "Coalition of the willing meets again",
        "Frozen assets loan divides the capitals",
        "Drones close airport in the Baltic for a second night",
        "Last defenders leave Avdiivka",
    ],
)
def test_a_headline_alone_is_enough_even_without_the_three_names(compiled: Compiled, title: str) -> None:
    assert MAIN in flags(compiled, title)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Ukraine reach Eurovision final with a song about rain", ""),
        ("Review: a bolt-action rifle in 7.62mm NATO", "The NATO round feeds well, and the stock is walnut."),
        ("Learn the NATO phonetic alphabet in an evening", "Alpha, bravo, charlie: a pilot shows how."),
        ("Mueller's team asks for more time", "The inquiry into Russia and the Trump campaign goes on in Washington."),
        ("Russian skater wins gold after a fall", "The champion thanked her coach in Moscow."),
        ("Strong earthquake off Kamchatka", "No one was hurt in Russia's far east, officials said."),
        ("Man from Moscow, Idaho, grows the largest pumpkin", "The fair in Moscow drew a crowd."),
        ("Man charged with stabbing Ukrainian refugee on a tram", ""),
        ("Ukraine's anti-graft bureau searches the energy minister's office", ""),
        ("Xi and Putin watch military parade in Beijing", ""),
    ],
)
def test_what_only_names_a_party_is_left_alone(compiled: Compiled, title: str, text: str) -> None:
    assert flags(compiled, title, text) == set()


def test_a_passing_mention_in_a_long_text_is_left_alone(compiled: Compiled) -> None:
    paragraph = (
        "Households pay more for bread, butter and rent than a year ago, and wages follow slowly, the bureau said."
    )
    text = "\n\n".join([*[paragraph] * 12, "Prices had begun to rise when Russia invaded Ukraine."])
    assert flags(compiled, "Inflation falls to three per cent", text) == set()


def test_parts_are_flagged_beside_the_whole(compiled: Compiled) -> None:
    text = "The package holds Patriot missiles and shells. Kyiv had asked for them since spring, and Moscow protested."
    assert flags(compiled, "Berlin announces new military aid for Ukraine", text) >= {MAIN, "military-aid"}

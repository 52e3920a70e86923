"""What Wikidata says of things becomes entities, and they become part of a pack that loses nothing."""

import tomllib
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ConfigError, ParseError
from monitor.model import Entity, Name
from monitor.think.pack_edit import extend_pack
from monitor.think.pack_text import write_entity, write_head
from monitor.think.topics import load_pack
from monitor.think.wikidata import Wanted, doubt_name, join_twins, new_names, qid_of, read_item, read_items, settle_id


def item(
    qid: str = "Q1",
    classes: tuple[str, ...] = (),
    aliases: dict[str, list[str]] | None = None,
    **labels: str,
) -> dict[str, Any]:
    """An item as Wikidata writes it; an underscore in a language stands for a hyphen."""
    said = {code.replace("_", "-"): text for code, text in labels.items()}
    return {
        "type": "item",
        "id": qid,
        "labels": {code: {"language": code, "value": text} for code, text in said.items()},
        "aliases": {
            code: [{"language": code, "value": text} for text in texts] for code, texts in (aliases or {}).items()
        },
        "claims": {"P31": [claim(each) for each in classes]} if classes else [],
    }


def claim(qid: str, rank: str = "normal") -> dict[str, Any]:
    value = {"value": {"entity-type": "item", "numeric-id": int(qid[1:]), "id": qid}, "type": "wikibase-entityid"}
    return {"mainsnak": {"snaktype": "value", "property": "P31", "datavalue": value}, "rank": rank, "type": "statement"}


def read(found: object, **wanted: Any) -> Entity:
    return read_item(found, Wanted(**wanted))


def test_labels_and_aliases_become_names_in_the_wanted_languages() -> None:
    found = read(
        item("Q212", ("Q6256",), {"en": ["UKR"], "uk": ["УНР"], "ja": ["x"]}, en="Ukraine", uk="Україна", ja="y")
    )
    assert found == Entity(
        "ukraine",
        "place",
        (Name("Ukraine", "en"), Name("UKR", "en"), Name("Україна", "uk"), Name("УНР", "uk")),
        qid="Q212",
    )


def test_doubles_that_differ_in_case_accents_or_signs_are_removed() -> None:
    found = read(item(aliases={"fr": ["Évry ville", "EVRY-VILLE", "Evry"], "en": ["Evry ville"]}, fr="Evry Ville"))
    assert [(name.text, name.language) for name in found.names] == [
        ("Evry ville", "en"),
        ("Evry Ville", "fr"),
        ("Evry", "fr"),
    ]


def test_slavic_surnames_are_spelt_as_other_languages_do_if_that_is_wanted() -> None:
    person = item("Q2", ("Q5",), en="Olena Zelensky", uk="Олена Зеленська")
    written = {name.text for name in read(person, spellings=True).names if name.language == "en"}
    assert {"Olena Zelensky", "Olena Zelenskyy", "Olena Selenskyj", "Olena Zelenskiy"} <= written
    assert [name.text for name in read(person).names] == ["Olena Zelensky", "Олена Зеленська"]
    assert read(item("Q3", ("Q6256",), en="New Zelensky"), spellings=True).names == (Name("New Zelensky", "en"),)


def test_variants_of_a_language_and_what_is_for_all_languages_count_as_that_language() -> None:
    found = read(
        item(zh_hans="乌克兰", zh_hant="烏克蘭", zh_min_nan="Ukraina", zh_yue="烏國", en_gb="Lviv", mul="Lwiw"),
        languages=("en", "zh"),
    )
    assert [(name.text, name.language) for name in found.names] == [
        ("Lviv", "en"),
        ("Lwiw", "en"),
        ("乌克兰", "zh"),
        ("烏克蘭", "zh"),
    ]
    assert read(item(mul="Lwiw"), languages=("pl",)).names == (Name("Lwiw", "pl"),)


def test_names_that_no_pack_could_hold_are_left_out() -> None:
    found = read(item(aliases={"en": ["…", "a * b", "x " * 80, "  two\n words "]}, en="Main name"))
    assert [name.text for name in found.names] == ["Main name", "two words"]


@pytest.mark.parametrize(
    ("classes", "kind"),
    [
        (("Q5",), "person"),
        (("Q515", "Q5119"), "place"),
        (("Q99999999", "Q484652"), "organisation"),
        (("Q15142894",), "weapon"),
        (("Q178561",), "event"),
        (("Q131569",), "agreement"),
        (("Q99999999",), "other"),
        ((), "other"),
    ],
)
def test_the_kind_is_told_by_what_something_is_an_instance_of(classes: tuple[str, ...], kind: str) -> None:
    assert read(item(classes=classes, en="Some Thing")).kind == kind


def test_what_is_preferred_tells_the_kind_and_what_is_withdrawn_does_not() -> None:
    found = item(en="Some Thing")
    found["claims"] = {"P31": [claim("Q5", "deprecated"), claim("Q515"), claim("Q43229", "preferred")]}
    assert read(found).kind == "organisation"
    found["claims"] = {"P31": [{"mainsnak": {"snaktype": "somevalue"}, "rank": "normal"}]}
    assert read(found, kind="ship").kind == "ship"


@pytest.mark.parametrize(
    ("labels", "slug"),
    [
        ({"en": "Volodymyr Zelenskyy"}, "volodymyr-zelenskyy"),
        ({"en": "Łódź (city)"}, "lodz-city"),
        ({"uk": "Київ"}, "q1"),
        ({"de": "München"}, "munchen"),
        ({"en": "The " + "very " * 15 + "long name"}, "the-very-very-very-very-very-very-very-very-very-very-very"),
    ],
)
def test_the_id_is_a_slug_of_the_english_label(labels: dict[str, str], slug: str) -> None:
    assert read(item("Q1", (), None, **labels)).id == slug


def test_an_id_that_is_taken_gets_the_wikidata_id() -> None:
    entity = Entity("georgia", "place", (Name("Georgia", "en"),), qid="Q230")
    assert settle_id(entity, {"russia"}).id == "georgia"
    assert settle_id(entity, {"georgia"}).id == "georgia-q230"
    assert settle_id(entity, {"georgia", "georgia-q230"}).id == "q230"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("EU", "so short"),
        ("Don", "so short"),
        ("美", "so short"),
        ("FSB", ""),
        ("2022", "only digits"),
        ("24/7", "only digits"),
        ("drone", "written small"),
        ("дрон", "written small"),
        ("Drohne", ""),
        ("surface-to-air missile", ""),
        ("НАТО", ""),
    ],
)
def test_names_that_may_mean_something_else_are_unsure(name: str, why: str) -> None:
    assert doubt_name(name).startswith(why)
    assert bool(doubt_name(name)) == bool(why)
    assert read(item(en=name)).names[0].confidence == (0.5 if why else 1.0)


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (item("Q5", ja="x"), "Q5: no name in en, uk"),
        (item("P31", en="instance of"), "P31: not an item"),
        (item("L7", en="word"), "L7: not an item"),
        ({"id": "Q9", "missing": ""}, "Q9: there is no such item"),
        (item("Q8", ("Q4167410",), en="Mercury"), "Q8: a page of Wikipedia"),
        ({"id": 7}, "7: not an item"),
        ("text", "not an item"),
        (None, "not an item"),
        ({"id": "Q3", "labels": [], "aliases": []}, "Q3: no name"),
    ],
)
def test_what_can_be_no_entity_says_why(found: object, why: str) -> None:
    with pytest.raises(ParseError, match=why):
        read(found)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["Q5", "Q1", "en", "normal"]),
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(
            st.sampled_from("id labels aliases claims en value P31 mainsnak entities rank".split()),
            below,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_no_json_is_too_strange_to_be_refused(document: Any) -> None:
    for each in read_items(document):
        for found in [each, {**each, "id": "Q7"} if isinstance(each, dict) else each]:
            with suppress(ParseError):
                assert read(found).names


def test_items_are_found_in_documents_of_every_shape() -> None:
    one, two = item("Q1", en="One"), item("Q2", en="Two")
    assert [qid_of(each) for each in read_items(one)] == ["Q1"]
    assert [qid_of(each) for each in read_items([one, two])] == ["Q1", "Q2"]
    assert [qid_of(each) for each in read_items({"entities": {"Q1": one, "Q2": two}})] == ["Q1", "Q2"]
    assert [qid_of(each) for each in read_items([{"entities": [one]}, two])] == ["Q1", "Q2"]


def test_what_stands_twice_in_an_export_is_one_entity() -> None:
    (found,) = join_twins([read(item(en="One Thing")), read(item(en="One thing", de="Ein Ding"))])
    assert found.names == (Name("One Thing", "en"), Name("Ein Ding", "de"))


# ── Packs ───────────────────────────────────────────────────────────────

SLUGS = st.from_regex(r"[a-z0-9][a-z0-9-]{0,9}", fullmatch=True)
CHARACTERS = st.characters(exclude_categories=["Cs"]) | st.sampled_from("aБ\"'\\#[]{}=,.\u200c\u200f\n\t\x07 😀")
TEXTS = st.text(CHARACTERS, max_size=12).map(lambda text: " ".join(f"{text}a".replace("*", "").split()))
NAMES = st.dictionaries(
    st.sampled_from(["en", "uk", "zh", "be-tarask"]),
    st.lists(st.tuples(TEXTS, st.sampled_from([1.0, 0.5, 0.25, 1e-5]), st.booleans()), min_size=1, max_size=12),
    min_size=1,
    max_size=3,
).map(
    lambda listed: tuple(
        Name(text, language, confidence, exact)
        for language, several in listed.items()
        for text, confidence, exact in several
    )
)
ENTITIES = st.builds(
    Entity,
    SLUGS,
    TEXTS.filter(lambda text: text != "words"),
    NAMES,
    qid=st.sampled_from(["", "Q1", "Q212"]),
    groups=st.lists(SLUGS, max_size=2).map(tuple),
    needs=st.lists(TEXTS, max_size=9).map(tuple),
    excluded=st.lists(TEXTS, max_size=9).map(tuple),
)


@given(ENTITIES)
@pytest.mark.slow
def test_an_entity_that_was_written_is_read_again_as_it_was(entity: Entity) -> None:
    text = f"{write_head('p', 'P')}\n{write_entity(entity)}"
    assert load_pack(text, "p.toml").entities == (entity,)
    assert text.translate(dict.fromkeys(map(ord, "\n\u200c\u200d"), " ")).isprintable()


def test_a_name_that_is_unsure_says_why() -> None:
    text = write_entity(read(item("Q458", en="European Union", aliases={"en": ["EU"]})))
    assert '  { text = "EU", confidence = 0.5 },  # so short a word means much else\n' in text


PACK = """\
# My pack: every word of this comment stays.
[pack]
name = "mine"
title = "Mine"

[[entity]]
id = "kyiv"
qid = "Q1899"
kind = "place"  # the capital
[entity.names]
en = ["Kyiv", "Kiev"]  # both
uk = [
  "Київ",  # nominative
  "Києва"  # genitive: ] "
]
pl = []

[[entity]]
id = "lviv"
kind = "place"
[entity.names]
en = ["Lviv", ]

[[words]]
id = "shots"
en = ["shot*"]

[[topic]]
name = "t"
title = "T"
query = '''
@kyiv AND [1 TO 2]
'''
"""


HEAD = write_head("a", "A")


def named(qid: str, id_: str, *names: tuple[str, str]) -> Entity:
    return Entity(id_, "place", tuple(Name(text, language) for language, text in names), qid=qid)


def test_new_entities_are_appended_and_known_ones_get_their_new_names() -> None:
    kyiv = named(
        "Q1899", "kiev", ("en", "KIEV"), ("en", "Kyiv City"), ("uk", "місто Київ"), ("de", "Kiew"), ("pl", "Kijów")
    )
    edited = extend_pack(PACK, "mine.toml", [kyiv, named("Q36036", "lviv", ("uk", "Львів"))])
    assert [entity.id for entity in edited.added] == ["lviv-q36036"]
    assert [name.text for name in edited.extended["kyiv"]] == ["Kyiv City", "місто Київ", "Kiew", "Kijów"]
    loaded = {entity.id: entity for entity in load_pack(edited.text, "mine.toml").entities}
    texts = {
        language: [n.text for n in loaded["kyiv"].names if n.language == language] for language in ("en", "uk", "pl")
    }
    assert texts == {"en": ["Kyiv", "Kiev", "Kyiv City"], "uk": ["Київ", "Києва", "місто Київ"], "pl": ["Kijów"]}
    assert loaded["lviv-q36036"].names == (Name("Львів", "uk"),)
    assert loaded["lviv"] == load_pack(PACK, "mine.toml").entities[1]
    said = iter(edited.text)
    assert all(character in said for character in PACK.rstrip())  # in its order: nothing was taken out
    assert "# My pack: every word of this comment stays.\n" in edited.text


def test_a_second_import_of_the_same_changes_nothing() -> None:
    found = [named("Q1899", "kiev", ("en", "Kyiv City"), ("de", "Kiew")), named("Q36036", "lwow", ("pl", "Lwów"))]
    once = extend_pack(PACK, "mine.toml", found).text
    again = extend_pack(once, "mine.toml", found)
    assert again.text == once
    assert (again.added, dict(again.extended), again.unchanged) == ((), {}, ("kyiv", "lwow"))


def test_ids_and_groups_of_other_packs_are_not_used_again() -> None:
    edited = extend_pack(PACK, "mine.toml", [named("Q159", "russia", ("en", "Russia"))], {"russia"})
    assert [entity.id for entity in edited.added] == ["russia-q159"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (PACK.replace('id = "kyiv"', 'id = "Kyiv!"'), "small letters"),
        (PACK + "\n[[", "mine.toml"),
        (
            f'{HEAD}[[entity]]\nid="kyiv"\nqid="Q1899"\nkind="place"\nnames = {{ en = ["Kyiv"] }}\n',
            "stand where none can be added",
        ),
        (
            f'{HEAD}[[entity]]\nid="kyiv"\nqid="Q1899"\nkind="place"\nnames.en = ["Kyiv"]\n',
            "stand where none can be added",
        ),
    ],
)
def test_a_pack_that_cannot_be_changed_safely_is_refused(text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        extend_pack(text, "mine.toml", [named("Q1899", "kyiv", ("de", "Kiew"))])


@pytest.mark.slow
@given(st.lists(ENTITIES, max_size=3), st.lists(ENTITIES, max_size=3))
def test_whatever_is_put_into_a_pack_stands_in_it_and_what_stood_there_stays(
    there: list[Entity], found: list[Entity]
) -> None:
    there = list({entity.id: entity for entity in {each.qid or each.id: each for each in there}.values()}.values())
    found = list(join_twins(each for each in found if each.qid))
    text = "\n".join([write_head("p", "P"), *map(write_entity, there)])
    edited = extend_pack(text, "p.toml", found)
    loaded = load_pack(edited.text, "p.toml").entities
    assert len(loaded) == len(there) + len(edited.added)
    for entity in there:
        (kept,) = (each for each in loaded if each.id == entity.id)
        assert set(entity.names) <= set(kept.names)
    for entity in found:
        (kept,) = (each for each in loaded if each.qid == entity.qid)
        assert new_names(kept, entity) == ()
    assert tomllib.loads(edited.text)["pack"] == {"name": "p", "title": "P"}

"""A topic pack is taken whole or refused whole, with every fault in its place; its own examples prove it."""

from importlib.resources.abc import Traversable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ConfigError
from monitor.model import Name, Topic, TopicTest
from monitor.shipped import FOLDER, load_ready
from monitor.think.book import spellings_of
from monitor.think.entities import index_entities
from monitor.think.lexicon import write_book
from monitor.think.match import compile_topics
from monitor.think.spelling import Speller
from monitor.think.toml_lines import line_of, locate_keys
from monitor.think.topics import Failure, Pack, check, find_query_faults, load_pack, merge

PACK = """\
[pack]
name = "harbours"
title = "Harbours and ships"

[[entity]]
id = "odesa"
qid = "Q1874"
kind = "place"
groups = ["ukraine"]
[entity.names]
en = ["Odesa", "Odessa"]
uk = ["Одеса"]

[[entity]]
id = "admiral"
kind = "person"
needs = ["fleet", "ukraine"]
not = ["Admiral Street"]
  [entity.names]
  en = [{text = "Admiral", confidence = 0.6}]

[[topic]]
name = "port-calls"
title = "Port calls"
severity = "high"
query = '''
@odesa AND
(ship* OR "@admiral fleet"~5)
'''

[[topic.test]]
text = "Ships reach Odesa."
expected = true
evidence = ["odesa", "ship*"]

[[topic.test]]
title = "Одеса"
text = "The Admiral led the fleet."
language = "uk"
expected = true

[[topic.test]]
text = "Odesa rests, and Admiral Street with its fleet of cars."
expected = false

[[topic]]
name = "plain"
title = "Plain"
query = "odesa"
"""


def pack(text: str = PACK) -> Pack:
    return load_pack(text, "harbours.toml")


def failures(pack: Pack) -> tuple[Failure, ...]:
    return check(pack, compile_topics(pack.topics, index_entities(pack.entities)))


def faults(text: str) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        pack(text)
    return str(refused.value).splitlines()


def test_a_pack_is_read_into_entities_and_topics() -> None:
    loaded = pack()
    assert (loaded.name, loaded.title) == ("harbours", "Harbours and ships")
    odesa, admiral = loaded.entities
    assert (odesa.qid, odesa.kind, odesa.groups) == ("Q1874", "place", ("ukraine",))
    assert odesa.names == (Name("Odesa", "en"), Name("Odessa", "en"), Name("Одеса", "uk"))
    assert admiral.names == (Name("Admiral", "en", 0.6),)
    assert (admiral.needs, admiral.excluded) == (("fleet", "ukraine"), ("Admiral Street",))
    calls, plain = loaded.topics
    assert (calls.name, calls.severity, plain.severity) == ("port-calls", "high", "normal")
    assert calls.tests[1] == TopicTest("The Admiral led the fleet.", expected=True, title="Одеса", language="uk")


def test_a_topic_knows_the_line_on_which_its_query_begins() -> None:
    for topic in pack().topics:
        assert topic.query.split("\n")[0] in PACK.split("\n")[topic.line - 1]


def test_all_examples_of_a_good_pack_come_out_as_they_should() -> None:
    assert failures(pack()) == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Ships reach", "Boats reach", "topic port-calls, example 1: is not flagged and should be: Boats reach"),
        ("rests, and Admiral Street with its", "has an Admiral with a", "example 3: is flagged and should not be, by"),
        ('["odesa", "ship*"]', '["odesa", "fleet"]', "example 1: is flagged without fleet"),
    ],
)
def test_an_example_that_comes_out_otherwise_is_told(old: str, new: str, said: str) -> None:
    (failure,) = failures(pack(PACK.replace(old, new)))
    assert said in str(failure)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('name = "harbours"', 'name = "Har bours"', ":2: pack.name: found 'Har bours', expected small letters"),
        ('title = "Harbours and ships"', "", ":1: pack.title: found nothing, expected text"),
        ('[pack]\nname = "harbours"\ntitle = "Harbours and ships"', "", ":0: pack: found nothing, expected a table"),
        ('qid = "Q1874"', 'qid = "1874"', ":7: entity[1].qid: found '1874', expected a Wikidata id"),
        ('kind = "place"', "kind = 7", ":8: entity[1].kind: found 7, expected text"),
        ('groups = ["ukraine"]', 'groups = ["Ukraine!"]', ":9: entity[1].groups: found 'Ukraine!', expected small"),
        (
            'groups = ["ukraine"]',
            'groups = "ukraine"',
            ":9: entity[1].groups: found 'ukraine', expected a list of texts",
        ),
        (
            'groups = ["ukraine"]',
            'group = ["ukraine"]',
            ":9: entity[1].group: found ['ukraine'], expected no such key; perh",
        ),
        ('["Odesa", "Odessa"]', '"Odesa"', ":11: entity[1].names.en: found 'Odesa', expected a list of names"),
        ('["Odesa", "Odessa"]', '["Odesa", "…"]', ":11: entity[1].names.en[2]: found '…', expected a name with"),
        ('["Odesa", "Odessa"]', '["Odesa", 5]', ":11: entity[1].names.en[2]: found 5, expected a name with"),
        ("uk = ", "Ukrainian = ", ":12: entity[1].names.Ukrainian: found 'Ukrainian', expected a language code"),
        ("confidence = 0.6", "confidence = 1.6", ":20: entity[2].names.en[1].confidence: found 1.6, expected a number"),
        (
            "confidence = 0.6",
            "confidence = true",
            ":20: entity[2].names.en[1].confidence: found True, expected a number",
        ),
        ("confidence = 0.6", "sure = 0.6", ":20: entity[2].names.en[1].sure: found 0.6, expected no such key"),
        ('not = ["Admiral Street"]', 'not = ["!"]', ":18: entity[2].not: found '!', expected at least one word"),
        ('en = [{text = "Admiral", confidence = 0.6}]', "", ":19: entity[2].names: found nothing, expected at least"),
        ('severity = "high"', 'severity = "urgent"', ":25: topic[1].severity: found 'urgent', expected one of low, "),
        ('query = "odesa"', 'query = ""', ":49: topic[2].query: found '', expected text"),
        ("expected = false", "expected = 0", ":44: topic[1].test[3].expected: found 0, expected true or false"),
        ("expected = false", "", ":42: topic[1].test[3].expected: found nothing, expected true or false"),
        ("[[topic.test]]\ntext", "[[topic.tests]]\ntext", ":31: topic[1].tests: found"),
        ('name = "plain"', 'name = "port-calls"', ": topic 'port-calls' is defined twice"),
        ('id = "admiral"', 'id = "odesa"', ": entity 'odesa' is defined twice"),
        ('id = "admiral"', 'id = "admiral"\nqid = "Q1874"', ": Wikidata id 'Q1874' is defined twice"),
        ("[[entity]]", "[entity", "harbours.toml: Expected"),
    ],
)
def test_each_fault_is_told_with_its_line_what_was_found_and_what_was_expected(old: str, new: str, fault: str) -> None:
    told = faults(PACK.replace(old, new, 1))
    assert any(fault in line for line in told), told
    assert all(line.startswith("harbours.toml:") for line in told)


def test_all_faults_are_told_at_once() -> None:
    broken = PACK.replace('"place"', "1").replace('"high"', '"worst"').replace("expected = false", "expected = 3")
    assert len(faults(broken)) == 3


def test_a_query_that_cannot_be_obeyed_is_told_with_file_line_and_column() -> None:
    text = PACK.replace("(ship*", "(titel:ship*").replace('query = "odesa"', 'query = "storm AND @odessa"')
    broken = pack(text)
    found = find_query_faults(broken.topics, index_entities(broken.entities))
    assert [fault.split(" ")[0] for fault in found] == ["harbours.toml:28:2:", "harbours.toml:49:11:"]
    assert text.split("\n")[28 - 1][2 - 1 :].startswith("titel:")
    assert "did you mean title:?" in found[0]
    assert "did you mean @odesa?" in found[1]


def test_packs_share_their_entities() -> None:
    other = load_pack('[pack]\nname="o"\ntitle="O"\n[[topic]]\nname="t"\ntitle="T"\nquery="@odesa AND storm"', "o.toml")
    assert find_query_faults(other.topics, index_entities(other.entities)) != []
    both = merge([pack(), other])
    assert find_query_faults(both.topics, index_entities(both.entities)) == []
    assert [topic.name for topic in both.topics] == ["port-calls", "plain", "t"]


def test_two_packs_that_define_the_same_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"again.toml: entity 'odesa' is defined twice, first in harbours.toml"):
        merge([pack(), load_pack(PACK, "again.toml")])


def test_keys_in_long_texts_and_comments_are_not_taken_for_keys() -> None:
    text = "a = \"\"\"\nb = 1\n[c]\n\"\"\"\n# d = 2\n[e]\nf = 3\n[[e.g]]\nh = '''i = 4'''\n[[e.g]]\nh = 5"
    lines = locate_keys(text)
    assert dict(lines) == {
        ("a",): 1,
        ("e",): 6,
        ("e", "f"): 7,
        ("e", "g", 0): 8,
        ("e", "g", 0, "h"): 9,
        ("e", "g", 1): 10,
        ("e", "g", 1, "h"): 11,
    }
    assert line_of(("e", "g", 1, "h", 2, "text"), lines) == 11
    assert line_of(("z",), lines) == 0


@given(st.text(max_size=80) | st.text("[]=\"'{}.\n#topicenymsqur1 ", max_size=80))
def test_no_text_is_too_strange_to_be_refused_as_a_pack(text: str) -> None:
    with pytest.raises(ConfigError):
        pack(text)


TOML = st.recursive(
    st.one_of(st.booleans(), st.integers(-9, 9), st.floats(), st.sampled_from(["", "x", "Q1", "a b", "…"])),
    lambda below: (
        st.lists(below, max_size=2) | st.dictionaries(st.sampled_from(["text", "en", "name", "id"]), below, max_size=2)
    ),
    max_leaves=4,
)
KEYS = ["id", "qid", "kind", "groups", "needs", "not", "names", "name", "title", "severity", "query", "test", "text"]


def inline(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {inline(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    if isinstance(value, str):
        return f'"{value}"'
    return str(value).lower()


@given(st.sampled_from(["pack", "entity", "topic"]), st.dictionaries(st.sampled_from(KEYS), TOML, max_size=4))
def test_a_table_of_any_shape_is_refused_and_never_breaks_the_reader(table: str, content: dict[str, object]) -> None:
    body = "\n".join(f"{key} = {inline(value)}" for key, value in content.items())
    head = f"[{table}]" if table == "pack" else f"[[{table}]]"
    with pytest.raises(ConfigError):
        pack(f"{head}\n{body}\n")


def test_topics_of_the_configuration_are_judged_like_those_of_a_pack() -> None:
    topic = Topic("t", "T", "a AND (b", source="config.toml", line=7)
    assert find_query_faults([topic], index_entities([])) == [
        "config.toml:7:7: topic t: This parenthesis is never closed (add ))"
    ]


SHIPPED = [each for each in FOLDER.iterdir() if each.name.endswith(".toml")]


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
@pytest.mark.slow
def test_a_shipped_pack_is_kept_ready(file: Traversable) -> None:
    ready = load_ready(file.name.removesuffix(".toml"), file.read_text("utf-8"))
    assert ready is not None, "make spellings: the pack, or how words are inflected, is not what it was made of"


@pytest.mark.slow
@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_a_shipped_pack_is_kept_ready_as_it_is_written(file: Traversable) -> None:
    text = file.read_text("utf-8")
    ready = load_ready(file.name.removesuffix(".toml"), text)
    assert ready is not None
    assert ready.pack == load_pack(text, file.name)
    some = ready.pack.entities[::150]
    fresh = write_book(some, Speller())
    for entity in some:
        assert ready.book.digests[entity.id] == fresh.digests[entity.id]
        assert spellings_of(ready.book, entity.id) == spellings_of(fresh, entity.id)


def test_a_pack_of_another_text_is_not_taken_for_the_one_that_is_ready() -> None:
    assert load_ready("russia-ukraine-nato", "another text") is None

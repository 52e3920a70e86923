"""A query that finds nothing is put right: a letter, a script, the name of an entity."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.think.asked import exchange, pieces
from monitor.think.language import tokens
from monitor.think.nearby import distance, in_other_script, near, one_off
from tests import desk
from tests.desk import Monitor

LETTERS = st.text(st.sampled_from("abcdeлмнпрعلم"), max_size=9)
SAID = st.sampled_from(
    'wheat|AND|OR|NOT|(|)|"a phrase"~3|title:grain|lang:en|@nato|published:[2024 TO *]|milit*|a^2'.split("|")
)


@given(LETTERS, LETTERS, LETTERS)
def test_distance_is_mutual_and_nothing_is_nearer_than_itself(one: str, other: str, third: str) -> None:
    assert distance(one, one) == 0
    assert distance(one, other, 20) == distance(other, one, 20)
    assert (distance(one, other) == 0) == (one == other)
    assert distance(one, other) == min(3, distance(one, other, 20))
    assert abs(len(one) - len(other)) <= distance(one, other, 20) <= max(len(one), len(other))


@given(st.text(st.sampled_from("harbouлавроقمر"), min_size=3, max_size=8))
def test_what_is_one_letter_off_is_at_a_distance_of_one_and_leads_back(word: str) -> None:
    off = set(one_off(word)) - {word}
    assert off
    assert {distance(word, each) for each in off} == {1}
    for each in sorted(off)[:20]:
        assert (1, word) in near(each, ["elsewhere", word]) or len(each) < 3


@given(st.lists(SAID, max_size=6).map(" ".join))
def test_what_is_exchanged_for_itself_leaves_the_query_as_it_is(query: str) -> None:
    found = pieces(query)
    assert exchange(query, {piece: piece.text for piece in found}) == query
    assert not {"AND", "OR", "NOT", "TO", "en", "2024", "milit"} & {piece.text for piece in found}
    changed = exchange(query, dict.fromkeys(found, "unheardof"))
    assert len(pieces(changed)) == len(found)


def test_names_are_written_in_the_other_script() -> None:
    assert "лавров" in in_other_script("lavrov")
    assert "шойгу" in in_other_script("shoygu")
    assert "zelensky" in in_other_script("зеленский")
    assert in_other_script("北京") == ()
    assert in_other_script("q17") == ()


@given(LETTERS)
def test_any_word_can_be_written_in_the_other_script_or_in_none(word: str) -> None:
    assert all(tokens(each) == (each,) or not each for each in in_other_script(word))


@pytest.fixture
def monitor(tmp_path: Path) -> Monitor:
    home = desk.furnish(tmp_path)
    desk.fill(tmp_path, [("Лавров приехал в Херсон", "Лоцманы порта ждали его у причала.")], state="failed")
    return home


@pytest.mark.slow
@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("wheet", "wheat"),
        ("whaet", "wheat"),
        ("title:Frestival AND lang:en", "title:Festival AND lang:en"),
        ("harborr AND wheat", "harbour AND wheat"),
        ("Лаврав", "Лавров"),
        ("lavrov", "лавров"),
        ("resrvoirs OR unobtainium", "reservoirs OR unobtainium"),
    ],
)
def test_a_query_without_hits_is_answered_with_one_that_has_some(monitor: Monitor, asked: str, meant: str) -> None:
    done = monitor("search", asked)
    assert done.exit_code == 4
    assert f"did you mean: {meant}" in done.stdout
    answer = json.loads(monitor("search", asked, "--json", "--answer").stdout)
    assert (answer["meant"], answer["hits"]) == (meant, [])
    assert monitor("search", meant).exit_code == 0


@pytest.mark.parametrize("asked", ["unobtainium", "wheat AND rolls", "lang:uk", "qq"])
def test_nothing_is_proposed_where_nothing_is_near(monitor: Monitor, asked: str) -> None:
    done = monitor("search", asked)
    assert done.exit_code == 4
    assert "did you mean" not in done.stdout

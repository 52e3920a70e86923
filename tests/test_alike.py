"""More like this: what tells an article from others leads to those that share it."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from monitor.alike import LED_TO
from monitor.cli.main import app
from monitor.config import load
from monitor.edge.likeness import holding
from monitor.think.likeness import Wording, compare, joined, names_alike, nominate, sample
from monitor.wire import open_store
from tests import desk

ON_BOTH = True

HOME = (
    ("Dredger runs aground off Zatoka", "The dredger Meotida ran aground off Zatoka on Tuesday, harbour pilots said."),
    (
        "Meotida freed at high tide",
        "Tugs freed the dredger Meotida off Zatoka. Harbour pilots had waited.",
    ),
    ("Dredger runs aground off Zatoka", "The dredger Meotida ran aground off Zatoka on Tuesday, harbour pilots said."),
    (
        "Pilots strike in the north",
        "Harbour pilots of northern ports went on strike on Tuesday over pensions.",
    ),
    ("Pancake day", "Cooks flipped pancakes in the market square, and nobody counted them."),
    ("Баржа села на мель у Затоки", "Баржа «Меотида» села на мель у Затоки во вторник, сообщили лоцманы порта."),
)
WORDS = st.lists(st.sampled_from("dredger aground tide pilots Zatoka strike 17 мель Меотида pancake the of".split()))
TEXTS = st.builds(Wording, WORDS.map(" ".join), WORDS.map(" ".join), st.sampled_from(["en", "ru", "vi", ""]))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(desk.CONFIG, "utf-8")
    (tmp_path / "harbours.toml").write_text(desk.PACK.format(query="wheat"), "utf-8")
    desk.fill(tmp_path, HOME)
    return tmp_path


def found(home: Path, *words: str, given: str | None = None) -> list[dict]:
    done = CliRunner().invoke(app, ["--config", str(home / "config.toml"), "similar", *words, "--json"], input=given)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def ids(hits: list[dict]) -> list[int]:
    return [hit["article"]["id"] for hit in hits]


@pytest.mark.slow
def test_a_copy_comes_first_then_the_same_event_and_nothing_without_a_word_in_common(home: Path) -> None:
    hits = found(home, "1")
    assert ids(hits)[:2] == [3, 2]
    assert 5 not in ids(hits)
    assert hits[0]["likeness"] == pytest.approx(1.0)
    assert {"Meotida", "Zatoka"} <= set(hits[1]["words"])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:SOCKS support")  # of what reads pages, where that is told of a proxy
def test_a_pasted_text_a_file_and_a_page_of_the_archive_are_compared_as_well(home: Path, tmp_path: Path) -> None:
    text = "Zatoka: the Meotida is afloat\nA dredger that ran aground off Zatoka is afloat again."
    assert set(ids(found(home, "-", given=text))[:3]) == {1, 2, 3}
    file = tmp_path / "memo.txt"
    file.write_text("Meotida\n\n" + "The dredger ran aground off Zatoka, harbour pilots said on Tuesday. " * 9, "utf-8")
    assert set(ids(found(home, str(file)))[:3]) == {1, 2, 3}
    assert ids(found(home, "https://news.example/done/1?utm_source=x"))[0] == 3


def test_what_cannot_be_compared_is_refused(home: Path) -> None:
    def code(*words: str, given: str = "") -> int:
        return (
            CliRunner().invoke(app, ["--config", str(home / "config.toml"), "similar", *words], input=given).exit_code
        )

    assert code("999") == 4
    assert code("-", given="  ... ") == 2
    assert code("no-such-file.txt") == 1
    assert code("-", given="unobtainium zirconium") == 4


def test_a_word_leads_to_the_newest_articles_and_to_no_more_than_are_asked_for(home: Path) -> None:
    store = open_store(load(home / "config.toml"))
    try:
        assert holding(store.engine, [("dredger",), ("pilots", "pancakes"), ("none",)], 2) == [[3, 2], [5, 4], []]
        assert LED_TO > 100
    finally:
        store.close()


@given(TEXTS, TEXTS)
def test_likeness_is_mutual_and_from_0_to_1(one: Wording, other: Wording) -> None:
    (there,) = compare(sample(one.title, one.text, one.language), [other])
    (back,) = compare(sample(other.title, other.text, other.language), [one])
    assert 0.0 <= there.score <= 1.0
    assert there.score == pytest.approx(back.score)
    (itself,) = compare(sample(one.title, one.text, one.language), [one])
    assert itself.score == pytest.approx(1.0) or not sample(one.title, one.text, one.language).leads


@given(TEXTS)
def test_the_words_that_lead_stand_in_the_text_and_the_heaviest_come_first(one: Wording) -> None:
    leads = sample(one.title, one.text, one.language).leads
    weights = [lead.weight for lead in leads]
    assert weights == sorted(weights, reverse=True)
    assert all(form in f"{one.title} {one.text}".casefold() for lead in leads for form in lead.forms)


@given(st.lists(st.tuples(st.floats(0.01, 1), st.lists(st.integers(1, 30), unique=True))), st.integers(1, 10))
def test_no_more_are_read_than_there_is_time_for(leads: list[tuple[float, list[int]]], most: int) -> None:
    named = nominate(leads, 30, most)
    assert len(named) == min(most, len({id_ for _, each in leads for id_ in each}))
    assert len(set(named)) == len(named)


def test_names_in_common_join_texts_of_two_languages_more_the_rarer_they_are() -> None:
    rarity = {"meotida": 8.0, "zatoka": 6.0, "ukraine": 1.0}
    several, common = (names_alike(rarity, names, rarity) for names in (["meotida", "zatoka"], ["ukraine"]))
    assert several > 10 * common > 0
    assert names_alike(rarity, ["elsewhere"], rarity) == 0
    assert joined(0.0, several) > 0.1
    assert joined(1.0, several) == 1.0

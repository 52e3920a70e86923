"""Who is named, when, and with whom beyond chance."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from monitor.cli.main import app
from monitor.edge.company import spread
from monitor.think.company import company
from tests import desk
from tests.desk import Monitor

ON_BOTH = True

PACK = """
[pack]
name = "harbours"
title = "Harbours"
[[topic]]
name = "ships"
title = "Ships"
query = "@meotida"
"""
ENTITY = '\n[[entity]]\nid = "{id}"\nkind = "{kind}"\n[entity.names]\nen = ["{name}"]\n'
ENTITIES = (
    ("meotida", "ship", "Meotida"),
    ("zatoka", "place", "Zatoka"),
    ("kravets", "person", "Olena Kravets"),
    ("varna", "place", "Varna"),
)
# Kravets speaks of the Meotida always, of Varna as others do; Zatoka is named everywhere.
ARTICLES = [
    *[("The dredger", f"Olena Kravets spoke of the Meotida off Zatoka, {n} times.") for n in range(12)],
    *[("The market", f"Fish was dear in Zatoka, day {n}.") for n in range(24)],
    *[("The other port", f"Varna and Zatoka count their ships, day {n}.") for n in range(12)],
]


@pytest.fixture
def monitor(tmp_path: Path) -> Monitor:
    (tmp_path / "config.toml").write_text(desk.CONFIG, "utf-8")
    entities = "".join(ENTITY.format(id=id_, kind=kind, name=name) for id_, kind, name in ENTITIES)
    (tmp_path / "harbours.toml").write_text(PACK + entities, "utf-8")
    desk.fill(tmp_path, ARTICLES)
    commands = lambda *words: CliRunner().invoke(app, ["--config", str(tmp_path / "config.toml"), *words])  # noqa: E731
    assert commands("db", "names").exit_code == 0
    return commands


def told(monitor: Monitor, *words: str) -> list | dict:
    done = monitor("entities", *words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def counts(monitor: Monitor, *words: str) -> dict[str, int]:
    return {each["entity"]: each["articles"] for each in told(monitor, "top", *words)}


@pytest.mark.slow
def test_those_named_most_come_first(monitor: Monitor) -> None:
    found = counts(monitor, "--since", "")
    assert found == {"zatoka": 48, "kravets": 12, "meotida": 12, "varna": 12}
    assert next(iter(found)) == "zatoka"
    assert counts(monitor, "--since", "", "--kind", "place", "-n", "1") == {"zatoka": 48}
    assert "█" in monitor("entities", "top", "--since", "").stdout


@pytest.mark.slow
def test_they_are_counted_within_a_time_beside_the_time_before_and_beside_another(monitor: Monitor) -> None:
    found = told(monitor, "top", "--since", "2026-03-08", "--until", "2026-03-13")
    assert {each["entity"]: (each["articles"], each["before"]) for each in found} == {
        "zatoka": (6, 6), "kravets": (6, 6), "meotida": (6, 6),
    }  # fmt: skip
    assert counts(monitor, "--since", "", "--with", "@varna") == {"zatoka": 12}
    assert monitor("entities", "top", "--since", "2030").exit_code == 4
    assert monitor("entities", "top", "--since", "2026-04", "--until", "2026-03").exit_code == 2


@pytest.mark.slow
def test_an_entity_is_shown_with_when_and_with_whom_it_was_named(monitor: Monitor) -> None:
    named = told(monitor, "show", "kravets")["named"]
    assert named["articles"] == 12
    assert [each["entity"] for each in named["company"]] == ["meotida"]
    assert [span["articles"] for span in named["timeline"]["spans"]] == [1] * 12
    assert named["latest"][0]["id"] == 12
    shown = monitor("entities", "show", "kravets", "--since", "2026-03-05").stdout
    assert "Named in 9 articles" in shown
    assert "@meotida" in monitor("entities", "show", "kravets").stdout
    assert "no article of the archive names it" in monitor("entities", "show", "varna", "--until", "2026-03-05").stdout


@pytest.mark.sqlite
def test_without_an_archive_an_entity_is_shown_by_its_names(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(desk.CONFIG, "utf-8")
    (tmp_path / "harbours.toml").write_text(desk.PACK.format(query="wheat"), "utf-8")
    command = ["--config", str(tmp_path / "config.toml"), "entities", "show", "odesa-port"]
    assert "port of Odesa" in CliRunner().invoke(app, command).stdout
    assert json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)["named"] is None
    assert not (tmp_path / "monitor.db").exists()


COUNTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 50))


@given(COUNTS, COUNTS, st.integers(50, 5000))
def test_company_is_beyond_chance_and_the_surest_comes_first(
    together: dict[str, int], usual: dict[str, int], sample: int
) -> None:
    found = company(together, 50, usual, sample)
    assert all(each.articles / 50 > usual.get(each.id, 0) / sample for each in found)
    assert [each.surprise for each in found] == sorted((each.surprise for each in found), reverse=True)
    assert {each.id for each in found} <= together.keys()


def test_what_stands_everywhere_is_no_company() -> None:
    assert company({"everywhere": 50, "here": 40}, 50, {"everywhere": 1000, "here": 60}, 1000)[0].id == "here"
    assert company({"everywhere": 50}, 50, {"everywhere": 1000}, 1000) == ()
    assert company({"once": 1}, 50, {}, 1000) == ()
    assert company({}, 0, {}, 0) == ()


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.integers(1, 4000))
def test_a_sample_reaches_from_the_first_to_the_last_and_is_bounded(first: int, more: int, most: int) -> None:
    sample = spread(first, first + more, most)
    assert sample[0] == first
    assert sample[-1] <= first + more
    assert len(sample) <= 2 * most

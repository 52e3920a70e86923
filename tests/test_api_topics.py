"""Topics that are saved over HTTP: in their file and in force, or refused with the old in force."""

from pathlib import Path

import pytest
from web import Asking, bearer

from monitor.edge.tokens import Scope
from monitor.web.desk import Office

ON_BOTH = True
TOPICS = "/api/v1/topics"
BARLEY = {"title": "Barley", "query": "barley", "signals": [{"query": "convoy", "weight": 2}], "threshold": 1.5}


def test_a_new_topic_is_written_and_in_force_at_once(ask: Asking, tmp_path: Path) -> None:
    saved = ask("PUT", f"{TOPICS}/barley", json=BARLEY)
    assert saved.status_code == 200, saved.text
    assert (saved.json()["query"], saved.json()["threshold"], saved.json()["source"]) == (
        "barley",
        1.5,
        "harbours.toml",
    )
    assert 'name = "barley"' in (tmp_path / "harbours.toml").read_text("utf-8")
    assert ask.get(f"{TOPICS}/barley").json()["signals"] == [{"query": "convoy", "weight": 2.0}]


def test_a_topic_of_ones_own_is_changed_and_all_else_in_its_file_stays(ask: Asking, tmp_path: Path) -> None:
    before = (tmp_path / "harbours.toml").read_text("utf-8")
    assert ask("PUT", f"{TOPICS}/grain", json={"query": "wheat OR barley"}).json()["title"] == "Grain exports"
    after = (tmp_path / "harbours.toml").read_text("utf-8")
    assert after == before.replace("'wheat'", "'wheat OR barley'") or 'query = "wheat OR barley"' in after
    assert "port of Odesa" in after
    ask("PUT", f"{TOPICS}/weather", json={"query": "rain OR snow"})  # it stands in the configuration itself
    assert "rain OR snow" in (tmp_path / "config.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "wish", "status"),
    [
        ("barley", {"query": "barley AND ("}, 400),
        ("barley", {"query": "barley", "signals": [{"query": "@nobody-knows", "weight": 1}]}, 400),
        ("barley", {"query": ""}, 422),
        ("barley", {"query": "barley", "severity": "dire"}, 422),
        ("new", {"query": "barley"}, 422),
        ("Barley!", {"query": "barley"}, 422),
    ],
)
def test_a_faulty_topic_is_refused_and_changes_nothing(
    ask: Asking, tmp_path: Path, name: str, wish: dict[str, object], status: int
) -> None:
    before = (tmp_path / "harbours.toml").read_text("utf-8")
    refused = ask("PUT", f"{TOPICS}/{name}", json=wish)
    assert refused.status_code == status, refused.text
    assert refused.headers["content-type"] == "application/problem+json"
    assert (tmp_path / "harbours.toml").read_text("utf-8") == before
    assert [topic["name"] for topic in ask.get(TOPICS).json()] == ["grain", "weather"]


def test_only_who_may_manage_saves_topics(office: Office, ask: Asking) -> None:
    labeller, manager = bearer(office, Scope.LABEL), bearer(office, Scope.MANAGE)
    assert ask("PUT", f"{TOPICS}/barley", json=BARLEY, headers=labeller).status_code == 403
    assert ask("PUT", f"{TOPICS}/barley", json=BARLEY, headers=manager).status_code == 200

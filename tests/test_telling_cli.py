"""Routes, silences and why-not from the command line."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from desk import SEEN, fill
from sqlalchemy import insert, update
from typer.testing import CliRunner, Result

from monitor.cli.main import app
from monitor.config import load
from monitor.edge.database import writing
from monitor.edge.rows import from_match
from monitor.edge.tables import ALERT, ARTICLE, MATCH
from monitor.errors import ConfigError
from monitor.model import Match
from monitor.rules import load_rules
from monitor.wire import open_store

ON_BOTH = True

CONFIG = """
[database]
path = "monitor.db"
[[topic]]
name = "wheat"
query = "wheat"
severity = "high"
[[topic]]
name = "grain"
query = "barley"
[[receiver]]
name = "desk"
kind = "webhook"
url = "https://hooks.example/desk"
[[receiver]]
name = "night"
kind = "webhook"
url = "https://hooks.example/night"
[[window]]
name = "night"
zone = "Europe/Kyiv"
hours = ["22:00-07:00"]
[[route]]
name = "main"
receivers = ["desk"]
[[route.route]]
name = "uk"
languages = ["uk"]
receivers = ["night"]
[[route.test]]
topics = ["wheat"]
language = "uk"
receivers = ["night"]
[[route.test]]
title = "Barley and wheat"
receivers = ["desk"]
"""
Monitor = Callable[..., Result]


@pytest.fixture
def monitor(tmp_path: Path) -> Monitor:
    (tmp_path / "config.toml").write_text(CONFIG, "utf-8")
    fill(tmp_path, [("Wheat leaves the harbour", "It did."), ("A new bakery", "The rolls are good.")])
    return lambda *words: CliRunner().invoke(app, ["--config", str(tmp_path / "config.toml"), *words])


def faults(tmp_path: Path, text: str) -> str:
    path = tmp_path / "other.toml"
    path.write_text(CONFIG + text, "utf-8")
    with pytest.raises(ConfigError) as refused:
        load_rules(load(path, {}))
    return str(refused.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[[route]]\nreceivers = ["desk"]\ntopics = ["rye"]', "'rye', expected the name of a topic"),
        ('[[route]]\nreceivers = ["desk"]\nentities = ["nobody"]', "'nobody', expected an entity"),
        ('[[route]]\ntopics = ["wheat"]', "expected the name of a [[receiver]]"),
        ('[[route]]\nreceivers = ["desk"]\nduring = ["day"]', "'day', expected the name of a [[window]]"),
        ('[[route]]\nreceivers = ["desk"]\ndigest = "daily"', "'daily', expected \"hourly\""),
        ('[[route]]\nreceivers = ["desk"]\nduring = ["night"]\nexcept = ["night"]', "hours that ever come"),
        ('[[route]]\nreceivers = ["desk"]\nname = "main"', "'main', expected each name once"),
        ('[[route]]\nreceivers = ["desk"]\n[[route.route]]\nreceivers = ["day"]', "route.1.route.0.receivers"),
        ('[[route]]\nreceivers = ["desk"]\nupdates = ["mood"]', "voices:3"),
        ('[[window]]\nname = "x"\nzone = "Mars/Olympus"', "a time zone such as"),
        ('[[window]]\nname = "x"\nhours = ["9-18"]', "hours such as"),
        ('[[window]]\nname = "x"\ndays = ["monday"]', "days such as"),
        ('[[inhibit]]\ntopics = ["wheat"]\nmutes = ["rye"]', "inhibit.0.mutes"),
    ],
)
def test_what_is_wrong_with_routes_is_told_with_its_place(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in faults(tmp_path, text)


def test_a_fault_of_a_route_names_its_line(tmp_path: Path) -> None:
    lines = CONFIG.count("\n")
    assert f"other.toml:{lines + 3}: route.1.topics" in faults(
        tmp_path, '[[route]]\nreceivers = ["desk"]\ntopics = ["rye"]'
    )


def test_check_puts_the_examples_of_routes_to_them(tmp_path: Path, monitor: Monitor) -> None:
    assert monitor("check").exit_code == 0
    path = tmp_path / "config.toml"
    path.write_text(CONFIG + '[[route.test]]\ntopics = ["grain"]\nreceivers = ["night"]\n', "utf-8")
    told = monitor("check")
    assert told.exit_code == 1
    assert "route.0.test.2: leads to desk, expected night" in " ".join(told.output.split())


def test_routes_are_listed_as_a_tree_and_tried_on_an_article(monitor: Monitor) -> None:
    listed = json.loads(monitor("routes", "list", "--json").stdout)
    assert [route["route"] for route in listed] == ["main", "uk"]
    (way,) = json.loads(monitor("routes", "test", "1", "--json").stdout)
    assert (way["receiver"], way["route"], way["action"], way["when"]) == ("desk", "main", "send", "at once")
    assert json.loads(monitor("routes", "test", "2", "--json").stdout) == []
    assert monitor("routes", "test", "99").exit_code == 4


@pytest.mark.slow
def test_a_silence_is_made_listed_shown_by_routes_test_and_ended(monitor: Monitor) -> None:
    made = monitor("silence", "add", "--topic", "wheat", "--for", "2h", "--why", "drill")
    assert made.exit_code == 0, made.output
    (one,) = json.loads(monitor("silence", "list", "--json").stdout)
    assert (one["silence"]["topic"], one["silence"]["why"], one["holds"]) == ("wheat", "drill", 0)
    (way,) = json.loads(monitor("routes", "test", "1", "--json").stdout)
    assert (way["action"], way["why"]) == ("gather", "silence 1: drill")
    assert monitor("silence", "end", "1").exit_code == 0
    assert monitor("silence", "end", "1").exit_code == 4
    assert "no silence" in monitor("silence", "list").output
    assert "ended" in monitor("silence", "list", "--all").output


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--for", "2h"], 2),
        (["--topic", "wheat", "--for", "soon"], 2),
        (["--topic", "wheat", "--for", "9999w"], 2),
        (["--topic", "rye", "--for", "2h"], 4),
        (["--entity", "nobody", "--for", "2h"], 4),
        (["--receiver", "nobody", "--for", "2h"], 4),
    ],
)
def test_a_silence_of_nothing_or_of_what_is_not_known_is_refused(monitor: Monitor, words: list[str], code: int) -> None:
    assert monitor("silence", "add", *words).exit_code == code


@pytest.mark.slow
def test_why_not_says_which_condition_failed_and_what_became_of_an_alert(tmp_path: Path, monitor: Monitor) -> None:
    store = open_store(load(tmp_path / "config.toml"))
    alert = {"uid": "alt_1", "receiver": "desk", "topic": "wheat", "story_id": 1, "sequence": 0, "article_id": 1}
    alert |= {"state": "dropped", "held": "silence 3: drill", "created_at": SEEN, "owed_at": SEEN, "failures": 0}
    with writing(store.engine) as connection:
        connection.execute(insert(MATCH).values(from_match(Match("wheat", "v", "high", 1.0, ()), 1, SEEN)))
        connection.execute(insert(ALERT).values(alert))
        connection.execute(update(ARTICLE).values(story_id=ARTICLE.c.id))
    store.close()
    why = " ".join(monitor("why-not", "1", "desk").output.split())
    assert "the story's alert alt_1 is not told: silence 3: drill" in why
    why = " ".join(monitor("why-not", "1", "night").output.split())
    assert "the route uk does not take it: the language en is not among its languages" in why
    assert "no topic asks for it" in monitor("why-not", "2", "desk").output
    assert "no receiver is named 'x'" in monitor("why-not", "1", "x").output
    assert monitor("why-not", "99", "desk").exit_code == 4


DOCS = Path(__file__).parent.parent / "docs" / "telling.md"
COOKBOOK = [
    block for block in re.findall(r"```toml\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL) if "[[route]]" in block
]
NAMES = ("desk", "kyiv", "cairo", "phone", "editor", "chat")


@pytest.mark.parametrize("recipe", COOKBOOK)
def test_every_recipe_of_the_cookbook_is_sound(tmp_path: Path, recipe: str) -> None:
    hooks = "".join(
        f'[[receiver]]\nname = "{name}"\nkind = "webhook"\nurl = "https://{name}.example/"\n' for name in NAMES
    )
    path = tmp_path / "recipe.toml"
    path.write_text(recipe + hooks + '[[topic]]\nname = "war"\nquery = "war"\n', "utf-8")
    assert load_rules(load(path, {})).routes

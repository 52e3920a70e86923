"""The workbench, as a shell sees it: labels, trials on labelled documents, and proposals."""

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from desk import ARTICLES, WANTED, Monitor, furnish

from monitor.errors import ConfigError
from monitor.model import Article, Topic
from monitor.think.entities import index_entities
from monitor.think.match import compile_topics
from monitor.think.measure import Document
from monitor.trials import Trial

ON_BOTH = True

pytestmark = pytest.mark.slow


@pytest.fixture
def monitor(tmp_path: Path) -> Monitor:
    return furnish(tmp_path)


def label_all(monitor: Monitor) -> None:
    for number in range(1, len(ARTICLES) + 1):
        assert monitor("label", str(number), "grain", "yes" if number in WANTED else "no").exit_code == 0


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The same articles, as a labelled file."""
    path = tmp_path / "labelled.jsonl"
    lines = [
        {"title": title, "text": text, "lang": "en", "label": number in WANTED, "kind": "k", "granularity": "full"}
        for number, (title, text) in enumerate(ARTICLES, 1)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return path


# Labels


def test_a_label_is_kept_listed_and_removed(monitor: Monitor) -> None:
    done = monitor("label", "3", "grain", "no", "--why", "it is about beer")
    assert done.exit_code == 0, done.output
    assert "Wheat beer" in done.output
    (label,) = json.loads(monitor("label", "--list", "--json").stdout)
    assert (label["article_id"], label["topic"], label["wanted"]) == (3, "grain", False)
    assert label["why"] == "it is about beer"
    assert "it is about beer" in monitor("label", "--list", "grain").output
    assert monitor("label", "--list", "weather").exit_code == 4
    assert "it was no" in monitor("label", "3", "grain", "--remove").output
    assert monitor("label", "3", "grain", "--remove").exit_code == 4
    assert monitor("label", "--list").exit_code == 4


def test_a_second_label_replaces_the_first_and_says_so(monitor: Monitor) -> None:
    assert "replaces" not in monitor("label", "https://news.example/done/4?utm_source=x", "grain", "yes").output
    again = monitor("label", "4", "grain", "no")
    assert "it replaces yes of" in again.output
    (label,) = json.loads(monitor("label", "--list", "--json").stdout)
    assert label["wanted"] is False
    assert monitor("label", "4", "weather", "no").exit_code == 0
    assert len(json.loads(monitor("label", "--list", "--json").stdout)) == 2


def test_a_label_for_what_is_not_there_is_refused_with_the_remedy(monitor: Monitor) -> None:
    nowhere = monitor("label", "999", "grain", "yes")
    assert nowhere.exit_code == 4
    assert "monitor search" in nowhere.output
    nothing = monitor("label", "1", "grian", "yes")
    assert nothing.exit_code == 4
    assert "there are: grain, weather" in nothing.output
    for words in (("1",), ("1", "grain"), ("1", "grain", "perhaps"), ("1", "grain", "yes", "--remove"), ()):
        assert monitor("label", *words).exit_code == 2
    assert monitor("label", "--list", "grain", "weather").exit_code == 2


@pytest.mark.sqlite  # whose readers could hold up its one writer
def test_labels_can_be_set_while_another_process_reads(monitor: Monitor, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "monitor.db", isolation_level=None)
    other.execute("BEGIN")
    assert other.execute("SELECT count(*) FROM article").fetchone() == (10,)
    assert monitor("label", "1", "grain", "yes").exit_code == 0
    other.close()


# Trials on labelled documents


def test_a_topic_is_measured_on_a_labelled_file(monitor: Monitor, file: Path) -> None:
    done = monitor("topics", "test", str(file), "--json")
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["topic"] == "grain"
    whole = report["whole"]
    assert (whole["documents"], whole["wanted"], whole["flagged"]) == (10, 4, 4)
    assert (whole["precision"], whole["recall"], whole["f1"]) == (0.5, 0.5, 0.5)
    assert report["by_language"]["en"] == whole == report["by_kind"]["k"] == report["by_granularity"]["full"]
    assert {each["title"] for each in report["false"]} == {"Wheat beer festival opens", "The best wheat beer"}
    assert {each["id"] for each in report["missed"]} == {"line 5", "line 6"}
    assert report["false"][0]["evidence"][0]["found"].casefold() == "wheat"
    assert "wheat" in report["missed"][0]["reason"]
    assert len(json.loads(monitor("topics", "test", str(file), "--json", "--worst", "1").stdout)["false"]) == 1


def test_the_figures_are_printed_as_tables(monitor: Monitor, tmp_path: Path) -> None:
    path = tmp_path / "traps.jsonl"
    some = [
        {"title": "Wheat beer festival", "lang": "en", "label": 0, "kind": "hard_negative", "hard_type": "drink"},
        {"title": "Wheat ships out", "lang": "en", "label": 1, "kind": "positive", "granularity": "headline"},
    ]
    path.write_text("\n".join(json.dumps(each) for each in some), "utf-8")
    shown = monitor("topics", "test", str(path)).output
    for part in (
        "By language",
        "By kind",
        "Hard negatives",
        "drink",
        "By granularity",
        "100.0%",
        "Worst errors",
        "0.667",
    ):
        assert part in shown, part


def test_without_a_file_the_labels_of_the_archive_are_taken(monitor: Monitor) -> None:
    nothing = monitor("topics", "test")
    assert nothing.exit_code == 4
    assert "monitor label" in nothing.output
    label_all(monitor)
    report = json.loads(monitor("topics", "test", "--json").stdout)
    assert report["whole"]["f1"] == 0.5
    assert {each["id"] for each in report["false"]} == {"3", "4"}
    assert report["by_granularity"]["full"]["documents"] == 10


def test_another_topic_is_tried_by_its_name(monitor: Monitor, file: Path) -> None:
    report = json.loads(monitor("topics", "test", str(file), "--topic", "weather", "--json").stdout)
    assert report["topic"] == "weather"
    assert report["whole"]["flagged"] == 1
    unknown = monitor("topics", "test", str(file), "--topic", "wheather")
    assert unknown.exit_code == 4
    assert "grain, weather" in unknown.output


def test_a_language_that_is_not_declared_is_told_from_the_text(monitor: Monitor, tmp_path: Path) -> None:
    path = tmp_path / "labelled.jsonl"
    text = "Судна із зерном залишили порт, їх супроводжує конвой."
    path.write_text(json.dumps({"title": "Зерно вирушило", "text": text, "label": 1, "lang": None}), "utf-8")
    assert list(json.loads(monitor("topics", "test", str(path), "--json").stdout)["by_language"]) == ["uk"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"title": "a", "label": 1', "not valid JSON"),
        (b'["title", "label"]', "not a JSON object"),
        (b'{"title": "a"}', "no label"),
        (b'{"title": "a", "label": "yes"}', 'label is "yes"'),
        (b'{"title": "a", "label": 2}', "label is 2"),
        (b'{"label": 1}', "neither a title nor a text"),
        (b'{"title": 7, "label": 1}', "title is 7"),
        (b'{"title": "a", "label": 1, "topics": "grain"}', "topics is"),
        (b'{"title": "a", "label": 1, "date": "yesterday"}', "date is 'yesterday'"),
        (b'{"title": "\xff", "label": 1}', "not UTF-8"),
        (b"[" * 100_000, "nested too deep"),
    ],
)
def test_a_faulty_line_is_named_with_file_and_line(
    monitor: Monitor, tmp_path: Path, line: bytes, said: str, file: Path
) -> None:
    path = tmp_path / "faulty.jsonl"
    path.write_bytes(file.read_bytes() + b"\n" + line + b"\n" + b'{"also": "wrong"}\n')
    done = monitor("topics", "test", str(path))
    assert isinstance(done.exception, ConfigError)
    first, second = str(done.exception).splitlines()
    assert first.startswith(f"{path}:12: ")
    assert said in first
    assert second.startswith(f"{path}:13: ")
    assert "docs/workbench.md" in done.exception.hint


def test_a_file_that_is_not_there_or_empty_is_refused(monitor: Monitor, tmp_path: Path) -> None:
    assert "cannot be read" in str(monitor("topics", "test", str(tmp_path / "gone.jsonl")).exception)
    (tmp_path / "empty.jsonl").write_text("\n\n")
    assert "no documents" in str(monitor("topics", "test", str(tmp_path / "empty.jsonl")).exception)


# Proposals


def test_terms_are_proposed_for_the_labelled_mistakes(monitor: Monitor, file: Path) -> None:
    label_all(monitor)
    advice = json.loads(monitor("topics", "suggest", "grain", "--json").stdout)
    best = advice["proposals"][0]
    assert best["written"] == "OR @odesa-port"
    assert (best["gained"], best["lost"]) == (2, 0)
    assert best["before"]["recall"] == 0.5
    assert best["after"]["recall"] == 1.0
    assert "AND NOT Brewers" in {each["written"] for each in advice["proposals"]}
    assert json.loads(monitor("topics", "suggest", "grain", str(file), "--json").stdout) == advice
    shown = monitor("topics", "suggest", "grain", "--limit", "1").output
    assert "OR @odesa-port" in shown
    assert "AND NOT" not in shown


def test_too_few_labels_are_no_ground_for_proposals(monitor: Monitor) -> None:
    assert monitor("topics", "suggest", "grain").exit_code == 4
    monitor("label", "3", "grain", "no")
    done = monitor("topics", "suggest", "grain")
    assert done.exit_code == 0
    assert "too few" in done.output
    assert monitor("topics", "suggest", "nothing").exit_code == 4


def test_the_part_of_a_topic_goes_by_the_topics_that_a_document_names() -> None:
    whole, part = Topic("grain", "", "wheat"), Topic("beer", "", "beer", parent="grain")
    entities = index_entities([])
    trial = Trial(part, compile_topics([whole, part], entities), entities)
    article = Article(id=0, key="", url="", title="Wheat beer", language="en")
    ale = replace(article, title="Ginger beer")
    assert trial.outcome(Document("1", article, wanted=True, topics=("beer",))).right
    assert not trial.outcome(Document("2", article, wanted=True, topics=("grain",))).right
    assert trial.outcome(Document("3", article, wanted=True)).right
    assert not trial.is_beyond(article)
    assert trial.is_beyond(ale)
    main = Trial(whole, trial.compiled, entities)
    assert main.outcome(Document("4", article, wanted=True, topics=())).right
    assert not main.is_beyond(ale)


SCORED = """
[pack]
name = "harbours"
title = "Harbours"
[[topic]]
name = "grain"
title = "Grain exports"
query = "wheat OR barley"
threshold = 1.0
signals = [
  { query = "harvest OR vessels OR freighter", weight = 3 },
  { query = "beer", weight = -2 },
  { query = "wheat", weight = 1 },
]
[[topic]]
name = "freight"
title = "Ships with grain"
parent = "grain"
query = "vessels OR freighter OR rain"
"""


def test_a_topic_with_signals_shows_scores_of_hits_and_of_near_misses(monitor: Monitor, file: Path) -> None:
    (file.parent / "harbours.toml").write_text(SCORED, "utf-8")
    report = json.loads(monitor("topics", "test", str(file), "--json").stdout)
    assert report["topic"] == "grain"
    assert report["threshold"] == 1.0
    assert report["whole"]["precision"] == 1.0
    (missed,) = report["missed"]
    assert missed["title"] == "A convoy of barley"
    assert missed["score"] == 0.0
    assert "0.00 of 1.00" in missed["reason"]
    assert "0.00 of 1.00" in " ".join(monitor("topics", "test", str(file)).output.split())
    (file.parent / "harbours.toml").write_text(SCORED.replace("threshold = 1.0", "threshold = 9"), "utf-8")
    advice = monitor("topics", "suggest", "grain", str(file)).output
    assert "4 missed" in advice
    assert "OR barley" in advice
    assert "This topic has signals" in advice


def test_a_part_of_a_topic_is_not_advised_what_its_whole_would_refuse(monitor: Monitor, tmp_path: Path) -> None:
    (tmp_path / "harbours.toml").write_text(SCORED, "utf-8")
    path = tmp_path / "labelled.jsonl"
    some = [{"title": f"Sun on the quay {number}", "text": "Gulls.", "lang": "en", "label": 1, "topics": ["freight"]}
            for number in range(6)]  # fmt: skip
    others = [{"title": f"Wheat freighter {number}", "lang": "en", "label": 1, "topics": []} for number in range(6)]
    path.write_text("\n".join(json.dumps(each) for each in [*some, *others]), "utf-8")
    advice = json.loads(monitor("topics", "suggest", "freight", str(path), "--json").stdout)
    assert (advice["now"]["missed"], advice["now"]["false"]) == (6, 6)
    assert all(each["action"] == "exclude" for each in advice["proposals"])

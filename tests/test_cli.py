"""The commands, as a shell sees them: what they print, and the codes they end with."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from newsday import SECRET, Newsday, newsday
from typer.testing import CliRunner, Result

from monitor import __version__
from monitor.cli.main import app
from monitor.errors import MonitorError

Monitor = Callable[..., Result]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsday]:
    """A newsroom whose first twenty articles were polled, read and told."""
    with newsday(tmp_path_factory.mktemp("cli") / "day", first=20) as opened, pytest.MonkeyPatch.context() as patch:
        patch.setenv("MONITOR_SECRET_HOOK", SECRET)
        done = CliRunner().invoke(app, ["--config", str(opened.config), "poll"])
        assert done.exit_code == 0, done.output
        yield opened


@pytest.fixture
def monitor(day: Newsday, monkeypatch: pytest.MonkeyPatch) -> Monitor:
    monkeypatch.setenv("MONITOR_SECRET_HOOK", SECRET)
    return lambda *words: CliRunner().invoke(app, ["--config", str(day.config), *words])


@pytest.mark.slow
def test_check_finds_nothing_wrong_with_a_sound_configuration(monitor: Monitor) -> None:
    done = monitor("check")
    assert done.exit_code == 0, done.output
    assert "sound" in done.output


def test_search_finds_articles_with_their_evidence_and_says_when_there_are_none(monitor: Monitor) -> None:
    found = json.loads(monitor("search", "@nato OR @russia", "--json").stdout)
    assert found
    for item in found:
        article = item["article"]
        for evidence in item["evidence"]:
            zone = article["title"] if evidence["zone"] == "title" else article["text"]
            assert zone[evidence["start"] : evidence["end"]] == evidence["found"]
    nothing = monitor("search", "unobtainium")
    assert nothing.exit_code == 4
    assert "no article answers" in nothing.output


def test_a_query_that_cannot_be_obeyed_is_refused(monitor: Monitor) -> None:
    done = monitor("search", "colour:red")
    assert isinstance(done.exception, MonitorError)
    assert "colour" in str(done.exception)


@pytest.mark.slow
def test_show_prints_an_article_with_its_matches_story_and_alerts(monitor: Monitor) -> None:
    found = json.loads(monitor("search", "@lavrov OR @rutte OR @zelensky", "--json", "-n", "1").stdout)[0]["article"]
    shown = monitor("show", str(found["id"]))
    assert shown.exit_code == 0
    assert "Matches" in shown.output
    assert "story" in shown.output
    whole = json.loads(monitor("show", str(found["id"]), "--json").stdout)
    assert whole["alerts"][0]["state"] == "sent"
    assert {seen["feed"] for seen in whole["sightings"]} == set(found["feeds"])
    assert "Seen in" in shown.output
    assert len(whole["voices"]) >= 1
    assert {"lavrov", "rutte", "zelensky"} & set(whole["names"])
    assert not any(name.endswith("-words") for name in whole["names"])
    if found["url"]:
        assert monitor("show", found["url"] + "?utm_source=x").exit_code == 0
    assert monitor("show", "999999").exit_code == 4


@pytest.mark.slow
def test_explain_tells_point_by_point_why_and_who_was_told(monitor: Monitor) -> None:
    found = json.loads(monitor("search", "@lavrov OR @rutte OR @zelensky", "--json", "-n", "1").stdout)[0]["article"]
    brief = monitor("explain", str(found["id"]))
    assert brief.exit_code == 0, brief.output
    assert "russia-ukraine-nato matches" in brief.output
    assert "told to" in brief.output
    whole = monitor("explain", str(found["id"]), "russia-ukraine-nato")
    assert "its query:" in whole.output
    assert "weight × presence" in whole.output
    (said,) = json.loads(monitor("explain", str(found["id"]), "russia-ukraine-nato", "--json").stdout)["topics"]
    assert said["held"]
    assert said["points"] >= said["topic"]["threshold"]
    assert sum(part["points"] for part in said["signals"]) == pytest.approx(said["points"])


@pytest.mark.slow
def test_explain_says_of_a_file_how_near_it_came(monitor: Monitor, tmp_path: Path) -> None:
    text = tmp_path / "article.txt"
    paragraphs = ["Bakers raise their prices", *(f"Flour was dear in week {week}, they say." for week in range(40))]
    text.write_text("\n\n".join([*paragraphs, "The war in Ukraine had begun."]), "utf-8")
    done = monitor("explain", str(text), "russia-ukraine-nato")
    assert done.exit_code == 0, done.output
    assert "does not match" in done.output
    assert "points" in done.output
    assert "if all of it were about" in done.output
    assert monitor("explain", str(text), "nobody").exit_code == 4
    assert monitor("explain", "999999").exit_code == 4


def test_status_counts_and_says_that_the_daemon_has_never_run(monitor: Monitor) -> None:
    done = monitor("status")
    assert done.exit_code == 4
    assert "has never run" in done.output
    figures = json.loads(monitor("status", "--json").stdout)["figures"]
    assert figures["articles"] >= 20
    assert figures["alerts sent"] == figures["alerts"] > 0


@pytest.mark.slow
def test_feeds_are_listed_added_exported_and_removed(monitor: Monitor, day: Newsday, tmp_path: Path) -> None:
    listed = json.loads(monitor("feeds", "list", "--json").stdout)["feeds"]
    assert len(listed) == 6
    address = listed[0]["feed"]["url"]
    again = monitor("feeds", "add", address)
    assert "watches" in str(again.exception)
    opml = monitor("feeds", "export").stdout
    assert opml.count("<outline") == 6
    more = tmp_path / "more.opml"
    more.write_text(
        opml.replace(address, "https://elsewhere.example/rss").replace(listed[0]["feed"]["name"], "x"), "utf-8"
    )
    done = monitor("feeds", "import", str(more))
    assert "1 feeds added" in done.output
    assert done.exit_code == 0
    assert monitor("feeds", "remove", "elsewhere-example").exit_code == 0
    assert "no feed is named" in str(monitor("feeds", "remove", "nobody").exception)


@pytest.mark.slow
def test_alerts_are_listed_with_their_attempts(monitor: Monitor) -> None:
    alerts = json.loads(monitor("alerts", "list", "--json").stdout)
    assert {item["alert"]["state"] for item in alerts} == {"sent"}
    assert all(item["attempts"][-1]["result"] == "sent" for item in alerts)
    assert "alt_" in monitor("alerts", "list").output
    assert monitor("alerts", "retry", "alt_nobody").exit_code == 4


def test_a_receiver_can_be_tried_for_real(monitor: Monitor, day: Newsday) -> None:
    before = len(day.received())
    assert monitor("receivers", "test", "mail").exit_code == 0
    assert monitor("receivers", "test", "hook").exit_code == 0
    assert len(day.received()) == before + 2
    assert "no receiver is named" in str(monitor("receivers", "test", "nobody").exception)


@pytest.mark.slow
def test_reading_a_page_says_what_matches_and_why_and_what_is_missing(monitor: Monitor, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    body = "<p>" + "NATO ministers met in Brussels to discuss military aid for Ukraine against Russia. " * 8 + "</p>"
    page.write_text(
        f"<html><head><title>NATO pledges aid to Ukraine against Russia</title></head><body><article><h1>"
        f"NATO pledges aid to Ukraine against Russia</h1>{body}</article></body></html>",
        "utf-8",
    )
    done = monitor("read", str(page))
    assert done.exit_code == 0, done.output
    assert "matches" in done.output
    assert "alliance-nato" in done.output
    dull = tmp_path / "dull.txt"
    dull.write_text("The bakery on the corner has new opening hours. " * 20, "utf-8")
    assert "does not match" in monitor("read", str(dull)).output
    assert "cannot be read" in str(monitor("read", str(tmp_path / "gone.html")).exception)


@pytest.mark.slow
def test_topics_are_listed_and_shown(monitor: Monitor) -> None:
    assert "russia-ukraine-nato" in monitor("topics", "list").output
    assert "Examples" in monitor("topics", "show", "russia-ukraine-nato").output
    assert monitor("topics", "show", "nothing").exit_code == 4


@pytest.mark.slow
def test_the_database_is_described_copied_and_upgraded(monitor: Monitor, tmp_path: Path) -> None:
    facts = json.loads(monitor("db", "info", "--json").stdout)
    assert facts["schema"] == facts["schema of this program"]
    copy = tmp_path / "copy.db"
    assert monitor("db", "backup", str(copy)).exit_code == 0
    assert copy.stat().st_size > 100_000
    assert "is there already" in str(monitor("db", "backup", str(copy)).exception)
    assert monitor("db", "upgrade").exit_code == 0


@pytest.mark.slow
def test_the_shipped_configuration_can_be_written_and_holds_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    assert CliRunner().invoke(app, ["config", "init", str(path)]).exit_code == 0
    done = CliRunner().invoke(app, ["--config", str(path), "check"])
    assert done.exit_code == 0, done.output
    shown = json.loads(CliRunner().invoke(app, ["--config", str(path), "config", "show"]).stdout)
    assert 25 <= len(shown["feed"]) <= 60
    assert {feed["language"] for feed in shown["feed"]} >= {"en", "uk", "ru", "ar", "de", "fr", "pl"}


@pytest.mark.slow
def test_the_demo_runs_offline_and_tells_what_it_did() -> None:
    done = CliRunner().invoke(app, ["demo"])
    assert done.exit_code == 0, done.output
    for part in ("Polled", "Flagged", "mails and", "verified", "monitor search"):
        assert part in done.output
    assert "One event, told by 8 outlets in: en, ru, uk" in done.output
    assert "6 independent voices; 2 of the 8 articles are copies" in done.output


def test_the_version_is_told_without_a_command() -> None:
    done = CliRunner().invoke(app, ["--version"])
    assert (done.exit_code, done.output) == (0, f"monitor {__version__}\n")

"""The API over a small archive: what it answers, what it refuses, and what it changes."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from desk import SEEN, furnish, keep_matches
from sqlalchemy import insert, update
from web import Asking, asking, bearer, opened

from monitor.edge.database import writing
from monitor.edge.rows import from_alert
from monitor.edge.tables import ALERT, ARTICLE, ATTEMPT, REVISION, STORY
from monitor.edge.tokens import Scope
from monitor.model import Alert, AlertState, Evidence, Match
from monitor.web.desk import Office

ON_BOTH = True

V1 = "/api/v1"
RECEIVER = """
[[receiver]]
name = "hook"
kind = "webhook"
url = "https://hooks.example/x"
[[route]]
receivers = ["hook"]
"""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    furnish(tmp_path)
    config = tmp_path / "config.toml"
    config.write_text(config.read_text("utf-8") + RECEIVER, "utf-8")
    weather = Match("weather", "cccc", "high", 1.0, (Evidence("rain", "title", 0, 4, "Rain"),))
    keep_matches(tmp_path, [(9, weather)])
    with opened(tmp_path) as office:
        _tell(office)
        yield office


def _tell(office: Office) -> None:
    """Two stories, one of them of two articles, an edit, and an alert that failed."""
    now = office.desk.clock()
    stories = [
        {"id": number, "headline": title, "opened_at": now, "latest_at": now - timedelta(minutes=number), "articles": 1}
        for number, title in ((1, "Wheat leaves"), (3, "Beer"))
    ]
    edit = {"article_id": 1, "number": 0, "title": "Wheat leaves", "text": "Two vessels.", "replaced_at": SEEN}
    alert = Alert("alt_1", "hook", "grain", 1, 0, 1, state=AlertState.FAILED, created_at=SEEN, owed_at=SEEN)
    attempt = {"alert_id": 1, "started_at": SEEN, "ended_at": SEEN, "result": "failed", "detail": "410 Gone"}
    with writing(office.desk.engine) as connection:
        connection.execute(insert(STORY), stories)
        for article, story in ((1, 1), (2, 1), (3, 3)):
            connection.execute(update(ARTICLE).where(ARTICLE.c.id == article).values(story_id=story, seen_at=now))
        connection.execute(insert(REVISION), [edit])
        connection.execute(insert(ALERT), [from_alert(alert)])
        connection.execute(insert(ATTEMPT), [attempt])


def items(ask: Asking, path: str, **params: Any) -> list[dict[str, Any]]:
    answer = ask.get(f"{V1}{path}", params=params)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return body["items"] if isinstance(body, dict) else body


def test_articles_are_found_with_the_language_of_queries(ask: Asking) -> None:
    found = items(ask, "/articles", q="wheat AND NOT beer")
    assert [article["id"] for article in found] == [2, 1]
    assert found[0]["lead"] == "Traders feared for the wheat harvest at sea."
    assert [each["id"] for each in items(ask, "/articles", q="wheat AND NOT beer", order="oldest")] == [1, 2]


def test_pages_follow_one_another_until_there_is_no_next_one(ask: Asking) -> None:
    seen, path = [], f"{V1}/articles?q=wheat&limit=3"
    while path:
        answer = ask.get(path)
        seen += [article["id"] for article in answer.json()["items"]]
        link = answer.headers.get("link", "")
        assert bool(link) == bool(answer.json()["next"])
        path = link.partition(";")[0].strip("<>")
    assert seen == [4, 3, 2, 1]


def test_facets_count_what_answers(ask: Asking) -> None:
    answer = ask.get(f"{V1}/articles", params={"q": "wheat", "facets": ["language", "day"]}).json()
    assert answer["facets"]["language"] == [{"value": "en", "articles": 4}]
    assert sum(day["articles"] for day in answer["facets"]["day"]) == answer["total"] == 4


def test_search_marks_what_it_found(ask: Asking) -> None:
    (found,) = items(ask, "/search", q="barley AND convoy")
    marked = [piece["text"] for piece in found["highlights"]["headline"] if piece["marked"]]
    assert marked == ["convoy", "barley"]
    for evidence in found["evidence"]:
        zone = found["article"]["title" if evidence["zone"] == "title" else "lead"]
        assert zone[evidence["start"] : evidence["end"]] == evidence["found"]


@pytest.mark.parametrize(
    "query", ["colour:red", "wheat AND (", "@nobody", "wh*", '"', "published:[x TO y]", "a" * 4000]
)
def test_a_query_that_cannot_be_obeyed_is_refused_with_its_place(ask: Asking, query: str) -> None:
    for path in ("/articles", "/search", "/export"):
        answer = ask.get(f"{V1}{path}", params={"q": query})
        if query == "a" * 4000:
            assert answer.status_code == 200
            continue
        assert answer.status_code == 400, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"]
        assert isinstance(answer.json()["position"], int)


def test_an_article_is_shown_with_all_that_is_known_of_it(ask: Asking) -> None:
    article = ask.get(f"{V1}/articles/1").json()
    assert article["text"] == "Three vessels carried wheat away."
    assert [match["topic"] for match in article["matches"]] == ["grain"]
    assert article["story"]["id"] == 1
    assert article["alerts"][0]["state"] == "failed"
    by_address = ask.get(f"{V1}/article", params={"url": "https://news.example/done/1?utm_source=x"})
    assert by_address.json()["id"] == 1
    assert ask.get(f"{V1}/article", params={"url": "https://news.example/none"}).status_code == 404


def test_edits_are_shown_word_by_word(ask: Asking) -> None:
    history = ask.get(f"{V1}/articles/1/revisions").json()
    assert history["revisions"][0]["title"] == "Wheat leaves"
    added = [segment["text"] for segment in history["edits"][0]["title"] if segment["kind"] == "added"]
    assert [text.strip() for text in added] == ["the harbour"]


def test_why_a_topic_asks_for_an_article_is_told_point_by_point(ask: Asking) -> None:
    every = ask.get(f"{V1}/articles/1/explanation").json()
    assert {each["topic"]: each["held"] for each in every} == {"grain": True, "weather": False}
    (weather,) = ask.get(f"{V1}/articles/1/explanation", params={"topic": "weather"}).json()
    assert weather["reasons"]
    assert ask.get(f"{V1}/articles/1/explanation", params={"topic": "none"}).status_code == 404
    (told,) = ask.get(f"{V1}/articles/9/told").json()
    assert told["receiver"] == "hook"
    assert told["reasons"]


def test_an_article_is_owed_another_reading_once(ask: Asking) -> None:
    answer = ask.post(f"{V1}/articles/1/reading")
    assert (answer.status_code, answer.json()["state"]) == (202, "read")
    assert ask.post(f"{V1}/articles/1/reading").status_code == 409
    assert ask.post(f"{V1}/articles/99/reading").status_code == 404


def test_an_export_holds_every_article_that_answers(ask: Asking) -> None:
    answer = ask.get(f"{V1}/export", params={"q": "wheat"})
    assert answer.headers["content-type"] == "application/jsonl"
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert [row["id"] for row in rows] == [4, 3, 2, 1]
    assert rows[-1]["text"] == "Three vessels carried wheat away."
    assert {found["label"] for found in rows[0]["evidence"]} == {"wheat"}
    table = ask.get(f"{V1}/export", params={"q": "wheat", "format": "csv", "limit": 2})
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in table.headers["content-disposition"]
    assert [row["id"] for row in csv.DictReader(io.StringIO(table.text))] == ["4", "3"]
    empty = ask.get(f"{V1}/export", params={"q": "unobtainium"})
    assert (empty.status_code, empty.text) == (200, "")


def test_a_spreadsheet_is_given_no_formula(office: Office, ask: Asking) -> None:
    with writing(office.desk.engine) as connection:
        connection.execute(update(ARTICLE).where(ARTICLE.c.id == 1).values(title='=HYPERLINK("x")', authors=["@SUM"]))
    table = ask.get(f"{V1}/export", params={"q": "vessels", "format": "csv"})
    (row,) = csv.DictReader(io.StringIO(table.text))
    assert row["title"] == '\'=HYPERLINK("x")'
    assert row["authors"] == "'@SUM"


def test_only_so_many_exports_run_at_once(office: Office) -> None:
    ask = asking(office)
    slots = ask.app.state.exports
    for _ in range(3):
        assert ask.get(f"{V1}/export", params={"q": "wheat"}).status_code == 200
        assert ask.get(f"{V1}/export", params={"q": "colour:red"}).status_code == 400
    assert slots.free == 2
    slots.free = 0
    refused = ask.get(f"{V1}/export", params={"q": "wheat"})
    assert refused.status_code == 429
    assert refused.headers["retry-after"]


def test_suggestions_complete_what_is_being_typed(ask: Asking) -> None:
    def texts(q: str, **params: int) -> list[str]:
        return [each["text"] for each in ask.get(f"{V1}/suggestions", params={"q": q, **params}).json()["items"]]

    assert texts("ti")[:1] == ["title:"]
    assert texts("wheat AND ode") == ["@odesa-port"]
    assert texts("wheat AND xyz") == []
    assert "@odesa-port" in texts("@ode")
    assert "@odesa-port" in texts("wheat -(@port")
    assert texts("topic:g") == ["topic:grain"]
    assert texts("lang:") == ["lang:en"]
    assert texts("") == []
    whole = ask.get(f"{V1}/suggestions", params={"q": "wheat AND ti more", "at": 12}).json()
    assert (whole["start"], whole["end"]) == (10, 12)


def test_stories_are_ranked_by_voices_and_paged(ask: Asking) -> None:
    every = items(ask, "/stories")
    assert [story["id"] for story in every] == [1, 3]
    assert every[0]["articles"] == 2
    first = ask.get(f"{V1}/stories", params={"limit": 1}).json()
    second = ask.get(f"{V1}/stories", params={"limit": 1, "cursor": first["next"]}).json()
    assert [story["id"] for story in first["items"] + second["items"]] == [1, 3]
    assert second["next"] == ""
    assert [story["id"] for story in items(ask, "/stories", topic="grain")] == [1]
    assert items(ask, "/stories", language="uk") == []
    assert [story["id"] for story in items(ask, "/stories", order="latest")] == [1, 3]


def test_a_story_is_shown_with_its_voices_and_what_each_article_adds(ask: Asking) -> None:
    story = ask.get(f"{V1}/stories/1").json()
    assert [member["id"] for member in story["members"]] == [1, 2]
    assert story["voices"]["articles"] == 2
    assert story["course"]["spans"]
    assert story["topics"] == ["grain"]
    assert ask.get(f"{V1}/stories/99").status_code == 404


@pytest.mark.slow
def test_stories_are_named_merged_and_split_by_who_may(office: Office) -> None:
    headers, ask = bearer(office, Scope.MANAGE, "ann"), asking(office)
    reader = bearer(office, Scope.LABEL)
    merging = {"json": {"other": 3, "why": "one harvest"}}
    assert ask.post(f"{V1}/stories/1/merge", headers=reader, **merging).status_code == 403
    merged = ask.post(f"{V1}/stories/1/merge", headers=headers, **merging)
    assert (merged.status_code, merged.json()["articles"]) == (200, 3)
    assert ask.post(f"{V1}/stories/1/merge", headers=headers, **merging).status_code == 409
    assert ask.get(f"{V1}/stories/3", headers=reader).json()["id"] == 1  # its number leads on
    parted = ask.post(f"{V1}/stories/1/split", headers=headers, json={"articles": [3]})
    assert parted.json()["moved"] == [3]
    assert ask.post(f"{V1}/stories/1/split", headers=headers, json={"articles": [9]}).status_code == 409
    named = ask("PUT", f"{V1}/stories/1/name", headers=headers, json={"name": "The harvest"})
    assert named.json()["name"] == "The harvest"
    events = ask.get(f"{V1}/stories/1", headers=reader).json()["events"]
    assert [(event["change"], event["by"]) for event in events] == [
        (each, "ann") for each in ("merge", "split", "name")
    ]
    assert ask("PUT", f"{V1}/stories/99/name", headers=headers, json={"name": "x"}).status_code == 404


def test_topics_are_listed_shown_and_drafts_tried(ask: Asking) -> None:
    assert [topic["name"] for topic in items(ask, "/topics")] == ["grain", "weather"]
    assert ask.get(f"{V1}/topics/grain").json()["query"] == "wheat"
    assert ask.get(f"{V1}/topics/none").status_code == 404
    test = {"text": "Barley is cheap.", "expected": True}
    sound = ask.post(f"{V1}/topics/check", json={"query": "barley", "tests": [test]}).json()
    assert sound["sound"]
    failing = ask.post(f"{V1}/topics/check", json={"query": "wheat", "tests": [test]}).json()
    assert (failing["sound"], failing["failures"][0]["number"]) == (False, 1)
    faulty = {"query": "colour:red", "signals": [{"query": "(", "weight": 1}], "threshold": 1, "parent": "none"}
    faults = ask.post(f"{V1}/topics/check", json=faulty).json()["faults"]
    assert [fault["where"] for fault in faults] == ["query", "signals.0", "parent"]


def test_matches_are_listed_newest_first(ask: Asking) -> None:
    every = items(ask, "/matches")
    assert [(each["id"], each["match"]["topic"]) for each in every] == [(3, "weather"), (2, "grain"), (1, "grain")]
    assert every[0]["article"]["title"] == "Rain at last"
    assert [each["id"] for each in items(ask, "/matches", topic=["grain"], severity="normal")] == [2, 1]
    first = ask.get(f"{V1}/matches", params={"limit": 2}).json()
    assert [each["id"] for each in items(ask, "/matches", limit=2, cursor=first["next"])] == [1]
    assert items(ask, "/matches", until="2026-01-01T00:00:00Z") == []


def test_alerts_are_listed_shown_and_tried_again(ask: Asking) -> None:
    (alert,) = items(ask, "/alerts", state="failed", receiver="hook", topic="grain")
    assert alert["title"] == "Wheat leaves the harbour"
    assert items(ask, "/alerts", state="sent") == []
    assert ask.get(f"{V1}/alerts/alt_1").json()["attempts"][0]["detail"] == "410 Gone"
    assert ask.post(f"{V1}/alerts/alt_1/retry").json() == {"owed": 1}
    assert ask.get(f"{V1}/alerts/alt_1").json()["state"] == "owed"
    assert ask.post(f"{V1}/alerts/alt_1/retry").status_code == 409
    assert ask.post(f"{V1}/alerts/none/retry").status_code == 404
    assert ask.post(f"{V1}/alerts/retry").json() == {"owed": 0}
    assert ask.get(f"{V1}/alerts/none").status_code == 404
    assert [receiver["name"] for receiver in items(ask, "/receivers")] == ["hook"]


def test_silences_are_added_listed_and_ended(ask: Asking) -> None:
    wish = {"length": "2h", "topic": "grain", "site": "WWW.News.example", "why": "harvest\nfestival", "drop": True}
    made = ask.post(f"{V1}/silences", json=wish)
    assert made.status_code == 201
    silence = made.json()
    assert (silence["site"], silence["why"], silence["fate"]) == ("news.example", "harvest festival", "drop")
    assert [each["id"] for each in items(ask, "/silences")] == [silence["id"]]
    assert ask("DELETE", f"{V1}/silences/{silence['id']}").status_code == 204
    assert ask("DELETE", f"{V1}/silences/{silence['id']}").status_code == 404
    assert items(ask, "/silences") == []
    assert len(items(ask, "/silences", ended=True)) == 1


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"length": "2h"}, 422),
        ({"length": "ever", "topic": "grain"}, 422),
        ({"length": "500d", "topic": "grain"}, 422),
        ({"length": -1, "topic": "grain"}, 422),
        ({"length": "1e400", "topic": "grain"}, 422),
        ({"length": "2h", "topic": "none"}, 404),
        ({"length": "2h", "entity": "@nobody"}, 404),
        ({"length": "2h", "receiver": "nobody"}, 404),
        ({"length": "2h", "story_id": 2**70}, 422),
    ],
)
def test_a_silence_that_could_hold_nothing_is_refused(ask: Asking, wish: dict[str, Any], status: int) -> None:
    assert ask.post(f"{V1}/silences", json=wish).status_code == status


def test_labels_are_set_and_taken_back_by_who_may(office: Office) -> None:
    headers, ask, reader = bearer(office, Scope.LABEL), asking(office), bearer(office)
    said = {"json": {"wanted": True, "why": "it is"}}
    assert ask("PUT", f"{V1}/labels/grain/1", headers=reader, **said).status_code == 403
    assert ask("PUT", f"{V1}/labels/grain/1", headers=headers, **said).json()["wanted"] is True
    assert ask.get(f"{V1}/articles/1", headers=reader).json()["labels"] == {"grain": True}
    (label,) = ask.get(f"{V1}/labels", headers=reader, params={"topic": "grain"}).json()
    assert (label["title"], label["why"]) == ("Wheat leaves the harbour", "it is")
    assert ask("PUT", f"{V1}/labels/none/1", headers=headers, **said).status_code == 404
    assert ask("PUT", f"{V1}/labels/grain/99", headers=headers, **said).status_code == 404
    assert ask("DELETE", f"{V1}/labels/grain/1", headers=headers).status_code == 204
    assert ask("DELETE", f"{V1}/labels/grain/1", headers=headers).status_code == 404


def test_health_tells_whether_the_daemon_works_and_what_is_owed(ask: Asking) -> None:
    health = ask.get(f"{V1}/health").json()
    assert health["running"] is False
    assert health["figures"]["articles done"] == 10
    assert health["figures"]["alerts failed"] == 1


@pytest.mark.parametrize(
    "path",
    [
        "/matches?cursor=x",
        "/alerts?cursor=WyJhIl0",
        "/stories?cursor=WzFd",
        "/stories?cursor=WyJ4IiwxLjAsMV0",
        "/articles?q=wheat&cursor=x",
        f"/matches?cursor={'W1tb' * 200}",
        "/matches?cursor=WzFlNDAwXQ",
        "/matches?cursor=WzEwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMF0",
    ],
)
def test_a_cursor_of_another_question_is_refused(ask: Asking, path: str) -> None:
    answer = ask.get(f"{V1}{path}")
    assert answer.status_code == 400
    assert "cursor" in answer.json()["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/articles/0",
        "/articles/-1",
        "/articles/x",
        "/articles/9223372036854775808",
        "/stories/1e3",
        "/articles?limit=0",
        "/articles?limit=1001",
        "/articles?order=best",
        "/articles?facets=colour",
        "/matches?since=yesterday",
        "/alerts?state=lost",
    ],
)
def test_what_is_not_as_it_must_be_is_named(ask: Asking, path: str) -> None:
    answer = ask.get(f"{V1}{path}")
    assert answer.status_code == 422
    assert answer.json()["faults"][0]["where"]


def test_what_is_most_like_an_article_or_a_text_is_found(ask: Asking) -> None:
    found = ask.get(f"{V1}/articles/5/alike").json()
    assert found[0]["article"]["id"] == 6
    assert "barley" in found[0]["words"]
    pasted = ask.post(f"{V1}/alike", json={"text": "Freighters with barley cleared the port of Odesa."}).json()
    assert {each["article"]["id"] for each in pasted[:2]} == {5, 6}
    assert ask.post(f"{V1}/alike", json={"text": ""}).status_code == 422
    assert ask.get(f"{V1}/articles/999/alike").status_code == 404


def test_a_query_goes_over_time(ask: Asking) -> None:
    drawn = ask.get(f"{V1}/timeline", params={"q": "wheat", "unit": "week"}).json()
    assert drawn["total"] == sum(span["articles"] for span in drawn["spans"]) == 4
    assert ask.get(f"{V1}/timeline", params={"q": "wheat AND ("}).status_code == 400


def test_an_entity_is_shown_with_its_company(ask: Asking) -> None:
    shown = ask.get(f"{V1}/entities/odesa-port").json()
    assert shown["entity"]["name"] == "port of Odesa"
    assert ask.get(f"{V1}/entities/nobody").status_code == 404

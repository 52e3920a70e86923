"""Saved searches over HTTP: made, listed, asked for news, seen, subscribed to and removed, by whoever may."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import feedparser
import pytest
from desk import Monitor, fill, furnish
from web import Asking, bearer, opened

from monitor.edge.tokens import Scope
from monitor.web.desk import Office

ON_BOTH = True
ALL = "/api/v1/searches"
WHEAT = {"name": "wheat", "query": "wheat AND NOT beer"}


@pytest.fixture
def monitor(tmp_path: Path) -> Monitor:
    return furnish(tmp_path)


@pytest.fixture
def office(tmp_path: Path, monitor: Monitor) -> Iterator[Office]:
    with opened(tmp_path) as office:
        yield office


def titles(answer: Any) -> list[str]:
    return [item["article"]["title"] for item in answer.json()["items"]]


def test_a_search_is_saved_listed_shown_and_removed(ask: Asking) -> None:
    made = ask.post(ALL, json=WHEAT)
    assert made.status_code == 201
    assert made.json()["query"] == "wheat AND NOT beer"
    assert [each["name"] for each in ask.get(ALL).json()] == ["wheat"]
    shown = ask.get(f"{ALL}/wheat").json()
    assert (shown["total"], shown["exact"], shown["new"], shown["order"]) == (2, True, 2, "newest")
    assert ask("DELETE", f"{ALL}/wheat").status_code == 204
    assert ask("DELETE", f"{ALL}/wheat").status_code == 404
    assert ask.get(f"{ALL}/wheat").status_code == 404
    assert ask.get(ALL).json() == []


def test_a_name_that_is_taken_is_replaced_on_demand_only(ask: Asking) -> None:
    ask.post(ALL, json=WHEAT)
    again = {**WHEAT, "query": "barley", "order": "oldest"}
    assert ask.post(ALL, json=again).status_code == 409
    assert ask.get(f"{ALL}/wheat").json()["query"] == "wheat AND NOT beer"
    assert ask.post(ALL, json={**again, "replace": True}).status_code == 201
    assert (ask.get(f"{ALL}/wheat").json()["query"], ask.get(f"{ALL}/wheat").json()["order"]) == ("barley", "oldest")


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"name": "wheat", "query": "wheat AND ("}, 400),
        ({"name": "wheat", "query": "@nobody-knows"}, 400),
        ({"name": "Wheat!", "query": "wheat"}, 422),
        ({"name": "", "query": "wheat"}, 422),
        ({"name": "wheat", "query": "wheat", "order": "best"}, 422),
        ({"name": "wheat"}, 422),
    ],
)
def test_a_search_that_cannot_be_asked_is_not_saved(ask: Asking, wish: dict[str, str], status: int) -> None:
    refused = ask.post(ALL, json=wish)
    assert refused.status_code == status
    assert refused.headers["content-type"] == "application/problem+json"
    assert ask.get(ALL).json() == []


@pytest.mark.slow
def test_what_came_since_is_new_until_it_is_marked_as_seen(ask: Asking, tmp_path: Path) -> None:
    ask.post(ALL, json=WHEAT)
    first = ask.get(f"{ALL}/wheat/news")
    assert titles(first) == ["Wheat price rises", "Wheat leaves the harbour"]
    assert titles(ask.get(f"{ALL}/wheat/news")) == titles(first)  # asking changes nothing
    assert ask("PUT", f"{ALL}/wheat/seen", json={"upto": first.json()["upto"]}).json()["seen"] == 10
    assert titles(ask.get(f"{ALL}/wheat/news")) == []
    fill(tmp_path, [("Wheat again", "More of it."), ("Wheat once more", "And more.")], state="failed")
    assert titles(ask.get(f"{ALL}/wheat/news")) == ["Wheat once more", "Wheat again"]
    assert ask.get(f"{ALL}/wheat").json()["new"] == 2
    part = ask.get(f"{ALL}/wheat/news", params={"limit": 1}).json()
    assert (part["more"], part["upto"]) == (True, 10)  # what was not shown stays new
    assert ask("PUT", f"{ALL}/wheat/seen", json={"upto": 3}).json()["seen"] == 10
    assert ask("PUT", f"{ALL}/wheat/seen", json={"upto": 2**61}).json()["seen"] == 12  # never beyond what there is


@pytest.mark.slow
def test_shell_pages_and_programs_share_them(ask: Asking, monitor: Monitor) -> None:
    assert monitor("searches", "save", "rain", "rain").exit_code == 0
    ask.post(ALL, json=WHEAT)
    assert [each["name"] for each in ask.get(ALL).json()] == ["rain", "wheat"]
    assert "wheat AND NOT beer" in monitor("searches", "list").output
    assert ">wheat</a>" in ask.get("/search").text


def test_a_saved_search_is_a_feed(ask: Asking) -> None:
    ask.post(ALL, json=WHEAT)
    feed = feedparser.parse(BytesIO(ask.get("/feeds/searches/wheat.atom").content))
    assert feed.feed.title == "wheat"
    assert [entry.title for entry in feed.entries] == ["Wheat price rises", "Wheat leaves the harbour"]
    ask.post(ALL, json={**WHEAT, "query": "barley", "replace": True})
    changed = feedparser.parse(BytesIO(ask.get("/feeds/searches/wheat.atom").content))
    assert changed.feed.id == feed.feed.id
    assert len(ask.get("/feeds/searches/wheat.json").json()["items"]) == 2
    assert ask.get("/feeds/searches/nothing.atom").status_code == 404


def test_who_may_only_read_saves_and_removes_nothing(office: Office, ask: Asking) -> None:
    reader, labeller = bearer(office), bearer(office, Scope.LABEL)
    assert ask.post(ALL, json=WHEAT).status_code == 401
    assert ask.post(ALL, json=WHEAT, headers=reader).status_code == 403
    assert ask.post(ALL, json=WHEAT, headers=labeller).status_code == 201
    assert [each["name"] for each in ask.get(ALL, headers=reader).json()] == ["wheat"]
    assert ask("PUT", f"{ALL}/wheat/seen", json={"upto": 1}, headers=reader).status_code == 403
    assert ask("DELETE", f"{ALL}/wheat", headers=reader).status_code == 403
    assert ask("DELETE", f"{ALL}/wheat", headers=labeller).status_code == 204

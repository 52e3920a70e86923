"""Topics are put to the archive as jobs: followed, compared, cancelled, gone on with."""

import threading
from typing import Any

import pytest
from web import Asking, asking, bearer

from monitor.edge.tokens import Scope
from monitor.web.desk import Office

ON_BOTH = True

V1 = "/api/v1"


def ended(office: Office, ask: Asking, number: int) -> dict[str, Any]:
    """A backtest when its turn is over: jobs are worked off in order."""
    office.jobs._pool.submit(lambda: None).result(60)
    return ask.get(f"{V1}/backtests/{number}").json()


def test_a_topic_in_force_is_put_to_the_archive(office: Office, ask: Asking) -> None:
    begun = ask.post(f"{V1}/backtests", json={"topic": "grain"})
    assert begun.status_code == 202
    assert begun.headers["location"] == f"{V1}/backtests/{begun.json()['id']}"
    done = ended(office, ask, begun.json()["id"])
    assert (done["state"], done["read"], done["remaining"]) == ("done", 10, 0)
    # The kept matches are of articles 1 and 5; the topic flags the four that speak of wheat.
    assert (done["flagged"], done["added"], done["removed"]) == (4, 3, 1)
    assert [sample["article"]["id"] for sample in done["samples_added"]] == [2, 3, 4]
    assert [sample["article"]["id"] for sample in done["samples_removed"]] == [5]
    assert done["samples_added"][0]["evidence"][0]["label"] == "wheat"


def test_a_draft_is_compared_with_the_topic_in_force(office: Office, ask: Asking) -> None:
    wish = {"draft": {"name": "grain", "query": "wheat AND NOT beer"}, "against": "in-force"}
    done = ended(office, ask, ask.post(f"{V1}/backtests", json=wish).json()["id"])
    assert (done["flagged"], done["added"], done["removed"]) == (2, 0, 2)
    assert done["against"].startswith("the topic in force")
    since = {**wish, "since": "2026-03-03T00:00:00Z"}
    late = ended(office, ask, ask.post(f"{V1}/backtests", json=since).json()["id"])
    assert late["read"] == 9
    listed = ask.get(f"{V1}/backtests", params={"topic": "grain"}).json()
    assert [each["id"] for each in listed] == [late["id"], done["id"]]
    assert ask.get(f"{V1}/backtests", params={"topic": "weather"}).json() == []


def test_the_same_question_goes_on_where_it_stopped(office: Office, ask: Asking) -> None:
    first = ask.post(f"{V1}/backtests", json={"topic": "grain"}).json()["id"]
    ended(office, ask, first)
    again = ask.post(f"{V1}/backtests", json={"topic": "grain"}).json()
    assert again["id"] == first
    assert ended(office, ask, first)["read"] == 10
    fresh = ask.post(f"{V1}/backtests", json={"topic": "grain", "fresh": True}).json()
    assert ended(office, ask, fresh["id"])["read"] == 10


@pytest.mark.slow
def test_one_that_waits_is_cancelled(office: Office, ask: Asking) -> None:
    gate = threading.Event()
    office.jobs._pool.submit(gate.wait)
    number = ask.post(f"{V1}/backtests", json={"topic": "grain"}).json()["id"]
    assert ask.get(f"{V1}/backtests/{number}").json()["state"] == "waiting"
    assert ask.post(f"{V1}/backtests", json={"topic": "grain"}).json()["id"] == number
    assert ask("DELETE", f"{V1}/backtests/{number}").status_code == 204
    gate.set()
    done = ended(office, ask, number)
    assert (done["state"], done["read"]) == ("cancelled", 0)
    assert ask("DELETE", f"{V1}/backtests/{number}").status_code == 409


def test_only_so_many_wait_for_their_turn(office: Office, ask: Asking) -> None:
    gate = threading.Event()
    office.jobs._pool.submit(gate.wait)
    codes = [ask.post(f"{V1}/backtests", json={"draft": {"query": f"word{n}"}}).status_code for n in range(10)]
    gate.set()
    assert codes == [202] * 8 + [429] * 2


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({}, 422),
        ({"topic": "grain", "draft": {"query": "x"}}, 422),
        ({"topic": "none"}, 404),
        ({"draft": {"query": "colour:red"}}, 422),
        ({"draft": {"name": "new", "query": "x"}, "against": "in-force"}, 404),
        ({"topic": "grain", "since": "2026-03-03T00:00:00"}, 422),
        ({"draft": {"name": "a", "query": "x", "parent": "a"}}, 422),
    ],
)
def test_what_cannot_be_tried_is_refused(ask: Asking, wish: dict[str, Any], status: int) -> None:
    answer = ask.post(f"{V1}/backtests", json=wish)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert ask.get(f"{V1}/backtests/99").status_code == 404


def test_who_may_only_read_begins_none(office: Office) -> None:
    headers, ask = bearer(office, Scope.READ), asking(office)
    assert ask.post(f"{V1}/backtests", headers=headers, json={"topic": "grain"}).status_code == 403
    assert ask.get(f"{V1}/backtests", headers=headers).json() == []

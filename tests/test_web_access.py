"""Who may ask over HTTP, what they may, and what is refused before anybody looks at it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from desk import furnish, on_disk
from fastapi import Depends, Request
from starlette.responses import PlainTextResponse, Response
from web import Asking, asking, bearer, opened, with_setting

from monitor.edge import tokens
from monitor.edge.tokens import Scope
from monitor.errors import ConfigError, StoreError
from monitor.web.access import COOKIE, access, csrf_of, log_in, log_out
from monitor.web.app import create_app
from monitor.web.desk import Office
from monitor.web.rate import Buckets, Pace, read_pace
from monitor.web.serve import check_reach

ON_BOTH = True

ME = "/api/v1/me"


def test_without_a_token_whoever_sits_at_the_machine_may_do_all(office: Office) -> None:
    answer = asking(office).get(ME)
    assert answer.status_code == 200
    assert answer.json()["scope"] == "manage"
    assert answer.json()["by"] == "local"


def test_once_there_is_a_token_all_need_one(office: Office) -> None:
    headers, ask = bearer(office), asking(office)
    answer = ask.get(ME)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "monitor token add" in answer.json()["hint"]
    known = ask.get(ME, headers=headers).json()
    assert (known["name"], known["scope"], known["by"]) == ("read", "read", "token")


def test_whether_it_lives_and_is_ready_is_told_to_anybody_and_nothing_else(office: Office) -> None:
    ask = asking(office, local=False)
    answers = [ask.get(path) for path in ("/healthz", "/readyz")]
    assert [(answer.status_code, answer.text) for answer in answers] == [(200, "ok\n")] * 2


def test_nobody_is_let_in_without_a_token_where_others_can_reach_the_archive(office: Office) -> None:
    assert asking(office, local=False).get(ME).status_code == 401


@pytest.mark.parametrize("setting", ["require_token = true", 'public_url = "https://desk.example.org"'])
def test_settings_ask_for_a_token_even_when_there_is_none(tmp_path: Path, setting: str) -> None:
    furnish(tmp_path)
    with_setting(tmp_path, setting)
    with opened(tmp_path) as office:
        assert asking(office).get(ME).status_code == 401


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer x", "Basic eDp5", "Bearer " + "a" * 5000, "nonsense"])
def test_what_is_no_token_opens_nothing(office: Office, header: str) -> None:
    bearer(office)
    assert asking(office).get(ME, headers={"Authorization": header}).status_code == 401


def test_a_wrong_token_is_refused_even_where_none_is_needed(office: Office) -> None:
    assert asking(office).get(ME, headers={"Authorization": "Bearer mon_wrong"}).status_code == 401


def test_a_token_ends_when_it_expires_or_is_removed(office: Office) -> None:
    now, engine = datetime.now(UTC), office.desk.engine
    old = tokens.add(engine, "old", Scope.READ, now, now - timedelta(seconds=1))
    new = tokens.add(engine, "new", Scope.READ, now, now + timedelta(days=1))
    assert tokens.find(engine, old.secret, now) is None
    found = tokens.find(engine, new.secret, now)
    assert found
    assert found.name == "new"
    assert tokens.listed(engine)[1].used_at == now
    assert tokens.remove(engine, "new")
    assert not tokens.remove(engine, "new")
    assert tokens.find(engine, new.secret, now) is None
    with pytest.raises(StoreError, match="already"):
        tokens.add(engine, "old", Scope.READ, now)


def test_only_the_digests_of_secrets_are_kept(office: Office, tmp_path: Path) -> None:
    now, engine = datetime.now(UTC), office.desk.engine
    issued = tokens.add(engine, "name of a token", Scope.READ, now)
    session = tokens.open_session(engine, issued.token, now, 60)
    held = on_disk(tmp_path)
    assert b"name of a token" in held
    assert all(secret.encode() not in held for secret in (issued.secret, session))


def test_each_scope_lets_do_what_those_before_it_do() -> None:
    lets = [[scope.includes(other) for other in Scope] for scope in Scope]
    assert lets == [[True, False, False], [True, True, False], [True, True, True]]


@pytest.fixture
def desk_work(office: Office) -> Asking:
    """The application with a path that changes something, and with what pages log in by."""
    app = create_app(office)

    @app.post("/change", dependencies=[Depends(access(Scope.LABEL))])
    def change() -> Response:
        return PlainTextResponse("changed")

    @app.get("/csrf")
    def csrf(request: Request) -> Response:
        return PlainTextResponse(csrf_of(request))

    @app.post("/in")
    def enter(request: Request, token: str) -> Response:
        response = PlainTextResponse("in")
        log_in(request, response, token)
        return response

    @app.post("/out")
    def leave(request: Request) -> Response:
        response = PlainTextResponse("out")
        log_out(request, response)
        return response

    return Asking(app)


def test_a_token_does_not_do_what_its_scope_does_not_say(office: Office, desk_work: Asking) -> None:
    read, label = bearer(office, Scope.READ), bearer(office, Scope.LABEL)
    refused = desk_work.post("/change", headers=read)
    assert refused.status_code == 403
    assert "--scope label" in refused.json()["hint"]
    assert desk_work.post("/change", headers=label).text == "changed"


def test_a_browser_logs_in_with_a_token_and_out_again(office: Office, desk_work: Asking) -> None:
    secret = bearer(office, Scope.LABEL)["Authorization"].removeprefix("Bearer ")
    answer = desk_work.post("/in", params={"token": secret})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    held = {"Cookie": f"{COOKIE}={answer.cookies[COOKIE]}"}
    assert desk_work.get(ME, headers=held).json()["by"] == "session"
    csrf = desk_work.get("/csrf", headers=held).text
    assert desk_work.post("/change", headers=held).status_code == 403
    assert desk_work.post("/change", headers={**held, "X-CSRF-Token": b"wrong\xff\x80"}).status_code == 403
    assert desk_work.post("/change", headers={**held, "X-CSRF-Token": csrf}).text == "changed"
    assert desk_work.post("/change", headers=held, data={"csrf": csrf}).text == "changed"
    assert desk_work.post("/change", headers=held, data={"csrf": "wrong"}).status_code == 403
    desk_work.post("/out", headers=held)
    assert desk_work.get(ME, headers=held).status_code == 401


def test_a_session_ends_with_its_token(office: Office, desk_work: Asking) -> None:
    secret = bearer(office, name="one")["Authorization"].removeprefix("Bearer ")
    held = {"Cookie": f"{COOKIE}={desk_work.post('/in', params={'token': secret}).cookies[COOKIE]}"}
    assert desk_work.get(ME, headers=held).status_code == 200
    bearer(office, name="another")
    tokens.remove(office.desk.engine, "one")
    assert desk_work.get(ME, headers=held).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_the_page_of_somebody_else_changes_nothing(desk_work: Asking, headers: dict[str, str]) -> None:
    assert desk_work.post("/change", headers=headers).status_code == 403


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}])
def test_our_own_pages_and_programs_may(desk_work: Asking, headers: dict[str, str]) -> None:
    assert desk_work.post("/change", headers=headers).text == "changed"


def test_who_tries_too_many_tokens_must_wait(office: Office) -> None:
    bearer(office)
    ask = asking(office)
    tried = [ask.get(ME, headers={"Authorization": f"Bearer mon_{n}"}).status_code for n in range(12)]
    assert tried == [401] * 10 + [429] * 2
    answer = ask.get(ME, headers={"Authorization": "Bearer mon_x"})
    assert int(answer.headers["retry-after"]) > 0


def test_who_asks_too_often_must_wait(tmp_path: Path) -> None:
    furnish(tmp_path)
    with_setting(tmp_path, 'rate = "3/1h"')
    with opened(tmp_path) as office:
        ask = asking(office)
        assert [ask.get(ME).status_code for _ in range(4)] == [200, 200, 200, 429]
        other = bearer(office)  # has a bucket of its own
        assert ask.get(ME, headers=other).status_code == 200


def test_a_bucket_fills_with_time_and_forgets_who_was_long_away() -> None:
    buckets = Buckets(Pace(2, 0.5))
    assert [buckets.take("a", 0.0) for _ in range(3)] == [0.0, 0.0, 2.0]
    assert buckets.take("a", 1.0) == 1.0
    assert buckets.take("a", 2.0) == 0.0
    assert buckets.take("b", 2.0) == 0.0
    assert read_pace("600/1m") == Pace(600, 10.0)


def test_another_address_than_loopback_needs_a_token_first(office: Office) -> None:
    settings = office.desk.config.web
    check_reach(office, settings, local=True)
    with pytest.raises(ConfigError, match="no token") as refused:
        check_reach(office, settings, local=False)
    assert "monitor token add" in refused.value.hint
    with pytest.raises(ConfigError, match="public_url"):
        check_reach(office, settings.model_copy(update={"public_url": "https://x.example"}), local=True)
    bearer(office)
    check_reach(office, settings, local=False)

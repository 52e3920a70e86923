"""What stands around every request and answer holds, whatever is asked."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pytest
from desk import furnish
from fastapi import Body
from loguru import logger
from starlette.responses import PlainTextResponse, Response
from web import Asking, asking, opened, with_setting

from monitor.web.app import create_app
from monitor.web.desk import Office
from monitor.web.shell import HEADERS

ME = "/api/v1/me"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    furnish(tmp_path)
    with_setting(tmp_path, 'max_body = 1000\norigins = ["https://desk.example.org"]\nhosts = ["monitor.lan"]')
    with opened(tmp_path) as office:
        yield office


@pytest.mark.parametrize("path", [ME, "/nowhere", "/api/v1/nowhere"])
def test_every_answer_has_the_headers_that_keep_browsers_safe(office: Office, path: str) -> None:
    answer = asking(office).get(path)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8787", "127.0.0.1:8787", "[::1]:8787", "10.1.2.3", "monitor.lan", "MONITOR.LAN:80"]
)
def test_our_own_names_and_bare_addresses_are_served(office: Office, host: str) -> None:
    assert asking(office).get(ME, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "evil.example:8787", "[", "", "a b", "@"])
def test_a_name_that_others_let_lead_here_is_refused(office: Office, host: str) -> None:
    answer = asking(office).get(ME, headers={"Host": host})
    assert answer.status_code == 421
    assert "web.hosts" in answer.json()["hint"]


def test_what_is_not_there_and_what_cannot_be_done_are_problems(office: Office) -> None:
    ask = asking(office)
    gone, wrong = ask.get("/api/v1/nowhere"), ask("DELETE", ME)
    assert (gone.status_code, wrong.status_code) == (404, 405)
    assert gone.headers["content-type"] == wrong.headers["content-type"] == "application/problem+json"
    assert "GET" in wrong.headers["allow"]
    assert gone.json()["title"] == "Not Found"


def test_a_bug_is_logged_and_told_without_detail(office: Office) -> None:
    app = create_app(office)

    @app.get("/bug")
    def bug() -> Response:
        raise ZeroDivisionError("the secret is 42")

    logged: list[str] = []
    sink = logger.add(logged.append, level="ERROR", diagnose=False)  # as `start_log` does
    answer = Asking(app).get("/bug", params={"token": "mon_" + "secret"})
    logger.remove(sink)
    assert answer.status_code == 500
    assert "42" not in answer.text
    assert "ZeroDivisionError" in logged[0]
    assert "mon_secret" not in logged[0]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.slow
def test_a_body_that_is_too_large_is_refused_whether_it_says_so_or_not(office: Office) -> None:
    app = create_app(office)

    @app.post("/take")
    def take(given: Annotated[dict[str, str], Body()]) -> Response:
        return PlainTextResponse(str(len(given)))

    ask = Asking(app)

    async def chunks():
        for _ in range(100):
            yield b"x" * 100

    assert ask.post("/take", json={"a": "b"}).text == "1"
    assert ask.post("/take", content=b"x" * 1001).status_code == 413
    for length in ("-1", "x", "9" * 400):
        hostile = ask.post("/take", content=chunks(), headers={"Content-Length": length})
        assert hostile.status_code == 413
    streamed = ask.post("/take", content=chunks(), headers={"Content-Type": "application/json"})
    assert streamed.status_code == 413
    assert streamed.headers["content-type"] == "application/problem+json"


def test_head_is_get_without_a_body(office: Office) -> None:
    ask = asking(office)
    whole, head = ask.get(ME), ask("HEAD", ME)
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["etag"] == whole.headers["etag"]


def test_what_did_not_change_is_not_sent_again(office: Office) -> None:
    ask = asking(office)
    tag = ask.get(ME).headers["etag"]
    for given in (tag, f'"other", {tag}', tag.removeprefix("W/"), "*"):
        again = ask.get(ME, headers={"If-None-Match": given})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    assert ask.get(ME, headers={"If-None-Match": '"other"'}).status_code == 200


def test_only_pages_that_are_listed_may_read_answers(office: Office) -> None:
    ask = asking(office)
    ours = ask.get(ME, headers={"Origin": "https://desk.example.org"})
    assert ours.headers["access-control-allow-origin"] == "https://desk.example.org"
    theirs = ask.get(ME, headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in theirs.headers
    asked = {"Access-Control-Request-Method": "GET"}
    assert ask("OPTIONS", ME, headers={**asked, "Origin": "https://desk.example.org"}).status_code == 200
    assert ask("OPTIONS", ME, headers={**asked, "Origin": "https://evil.example"}).status_code == 400


def test_without_origins_nobody_elses_page_reads_anything(tmp_path: Path) -> None:
    furnish(tmp_path)
    with opened(tmp_path) as office:
        answer = asking(office).get(ME, headers={"Origin": "https://desk.example.org"})
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["br", "gzip", "gzip, deflate, br", ""])
def test_answers_are_compressed_as_the_client_likes(office: Office, encoding: str) -> None:
    answer = asking(office).get("/api/v1/openapi.json", headers={"Accept-Encoding": encoding})
    assert answer.headers.get("content-encoding", "") == ("br" if "br" in encoding else encoding)
    assert answer.json()["openapi"] == "3.1.0"


def test_changed_topics_take_effect_and_faulty_ones_do_not(office: Office, tmp_path: Path) -> None:
    before = office.desk
    path = tmp_path / "harbours.toml"
    path.write_text(path.read_text("utf-8").replace("wheat", "barley"), "utf-8")
    office.follow()
    after = office.desk
    assert after.number == before.number + 1
    assert {topic.query for topic in after.rules.pack.topics} == {"barley", "rain"}
    assert {topic.query for topic in before.rules.pack.topics} == {"wheat", "rain"}
    path.write_text(path.read_text("utf-8").replace("barley", "colour:red AND"), "utf-8")
    office.follow()
    assert office.desk is after
    office.follow()
    assert office.desk is after
    assert "harbours.toml" in office.reload()
    path.unlink()
    office.follow()
    assert office.desk is after

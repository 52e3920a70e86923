"""Hostile words in the archive come back as words, and hostile requests are refused without a fault."""

import json
from collections.abc import Iterator

import pytest
from loguru import logger
from sqlalchemy import update
from web import Asking, asking

from monitor.edge.database import writing
from monitor.edge.tables import ARTICLE
from monitor.web.desk import Office

pytestmark = pytest.mark.slow  # a tenth of a second each

V1 = "/api/v1"
CORPUS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</textarea><svg/onload=alert(1)>",
    "'-alert(1)-'",
    "{{7*7}} ${7*7} <%= 7*7 %>",
    "javascript:alert(1)",
    "\u2028\u2029</script>",
    "'; DROP TABLE article; --",
    "=cmd|' /C calc'!A0",
    "\u202eevil\u202c \u200f",
    '{"json": ["]]>"]}',
    "%0d%0aSet-Cookie: a=b",
)


@pytest.fixture
def ask(office: Office) -> Iterator[Asking]:
    """Whoever asks so must not have met a bug: none is logged."""
    logged: list[str] = []
    sink = logger.add(logged.append, level="ERROR", diagnose=False)
    yield asking(office)
    logger.remove(sink)
    assert logged == []


def seen(text: str) -> str:
    return "".join(char for char in text if char.isprintable() and char != " ")


@pytest.mark.parametrize("words", CORPUS)
def test_hostile_words_come_back_as_data(office: Office, ask: Asking, words: str) -> None:
    changes = {"title": words, "text": f"wheatgrass {words}", "authors": [words], "url": words, "site": words}
    with writing(office.desk.engine) as connection:
        connection.execute(update(ARTICLE).where(ARTICLE.c.id == 1).values(changes))
    for path in ("/articles/1", "/articles?q=wheatgrass", "/search?q=wheatgrass", "/matches"):
        answer = ask.get(V1 + path)
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in answer.headers
        assert words in json.dumps(answer.json(), ensure_ascii=False).replace('\\"', '"').replace("\\\\", "\\")
    whole = ask.get(f"{V1}/articles/1").json()
    assert (whole["title"], whole["authors"], whole["url"]) == (words, [words], words)
    (found,) = ask.get(f"{V1}/search?q=wheatgrass").json()["items"]
    # A passage to be shown leaves out what has no shape, and what turns the direction of the text.
    shown = "".join(piece["text"] for piece in found["highlights"]["headline"])
    assert seen(shown) == seen(words)
    table = ask.get(f"{V1}/export?q=wheatgrass&format=csv")
    assert table.headers["content-type"].startswith("text/csv")
    assert table.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize("words", CORPUS)
def test_hostile_words_in_a_request_are_told_as_data(ask: Asking, words: str) -> None:
    for path, params in (
        ("/search", {"q": words}),
        ("/suggestions", {"q": words}),
        ("/articles/1/explanation", {"topic": words}),
        ("/alerts/" + words.replace("/", "").replace("%", ""), {}),
        ("/article", {"url": words}),
    ):
        answer = ask.get(V1 + path, params=params)
        assert answer.status_code < 500
        assert answer.headers["content-type"] in {"application/json", "application/problem+json"}


@pytest.mark.parametrize("hostile", ["%00", "a%00b", "%ED%A0%80", "%FF%FE", "%F0%9F", "%E2%80%AE", "%0D%0A"])
def test_bytes_that_are_no_text_break_nothing(ask: Asking, hostile: str) -> None:
    for path in (
        "/search?q=",
        "/suggestions?q=",
        "/articles?q=",
        "/matches?topic=",
        "/alerts?receiver=",
        "/article?url=",
    ):
        assert ask.get(V1 + path + hostile).status_code in {200, 400, 404, 422}
    for path in ("/topics/", "/alerts/", "/feeds/", "/labels/", "/stories/", "/backtests/"):
        assert ask.get(V1 + path + hostile).status_code in {404, 422}
    assert ask("PUT", f"{V1}/labels/{hostile}/1", json={"wanted": True}).status_code in {404, 422}
    assert ask.get(f"/feeds/search.atom?q={hostile}").status_code in {200, 400}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"1e999",
        b"{",
        b"\xff\xfe",
        b'{"length": "2h", "topic": "\\ud800"}',
        b'{"length": "2h", "topic": "grain\\u0000"}',
        b'{"length": NaN, "topic": "grain"}',
        b'{"length": Infinity, "topic": "grain"}',
        b'{"length": [], "topic": {}}',
        b'{"length": "2h", "story_id": 1e400}',
        b'{"length": "2h", "story_id": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 20_000,
    ],
)
def test_bodies_that_are_not_as_they_must_be_are_refused(ask: Asking, body: bytes) -> None:
    answer = ask.post(f"{V1}/silences", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 404, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.content) < 5000
    json.loads(answer.content)


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data", "nonsense", ""])
def test_a_body_of_another_kind_changes_nothing(ask: Asking, kind: str) -> None:
    content = b'{"length": "2h", "topic": "grain"}'
    assert ask.post(f"{V1}/silences", content=content, headers={"Content-Type": kind}).status_code in {400, 422}
    assert ask.get(f"{V1}/silences").json() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("If-None-Match", '"' * 5000),
        ("If-None-Match", 'W/"a", b, , "'),
        ("Accept-Encoding", "br;q=0, gzip;q=x, *"),
        ("Range", "bytes=0-0,1-1,2-2"),
        ("Last-Event-ID", "9" * 400),
        ("Content-Length", "0"),
        ("Accept", "text/html;q=nonsense"),
        ("Cookie", "monitor-session=" + "a" * 3000),
        ("Cookie", "monitor-session=\x7f; =; a"),
        ("X-Forwarded-For", "1.2.3.4, " * 100),
        ("X-HTTP-Method-Override", "DELETE"),
    ],
)
def test_odd_headers_break_nothing(ask: Asking, name: str, value: str) -> None:
    assert ask.get(f"{V1}/topics", headers={name: value}).status_code == 200

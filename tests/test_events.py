"""New matches reach those who listen, over a real server: once each, also after a break, until one of the two ends."""

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from desk import change, furnish, keep_matches
from test_web_serve import WAIT, served
from typer.testing import CliRunner
from web import with_setting

from monitor.cli.main import app
from monitor.model import Match

ON_BOTH = True

pytestmark = pytest.mark.slow
RAIN = Match("weather", "cccc", "high", 1.0, ())
Server = tuple[subprocess.Popen[str], str]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    furnish(tmp_path)
    with_setting(tmp_path, "listeners = 2")
    with served(tmp_path) as found:
        yield found


def events(lines: Iterator[str], count: int) -> list[dict[str, Any]]:
    """So many events of a stream."""
    found: list[dict[str, Any]] = []
    event: dict[str, Any] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if name == "data":
            event["data"] = json.loads(value)
        elif name in {"id", "event"}:
            event[name] = value
        elif not line and event:
            found.append(event)
            event = {}
            if len(found) == count:
                return found
    return found


def test_a_match_of_another_process_reaches_who_listens(server: Server, tmp_path: Path) -> None:
    _, base = server
    with httpx.stream("GET", f"{base}/api/v1/events", timeout=WAIT) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in answer.headers
        lines = answer.iter_lines()
        assert next(lines).startswith("retry: ")
        keep_matches(tmp_path, [(9, RAIN)])
        (event,) = events(lines, 1)
    assert (event["id"], event["event"]) == ("3", "match")
    assert event["data"]["article"]["title"] == "Rain at last"
    assert event["data"]["match"]["topic"] == "weather"


def test_who_was_cut_off_misses_nothing(server: Server, tmp_path: Path) -> None:
    _, base = server
    keep_matches(tmp_path, [(9, RAIN), (10, RAIN)])

    def heard(count: int, **asked: Any) -> list[str]:
        with httpx.stream("GET", f"{base}/api/v1/events", timeout=WAIT, **asked) as answer:
            return [event["id"] for event in events(answer.iter_lines(), count)]

    assert heard(3, headers={"Last-Event-ID": "1"}) == ["2", "3", "4"]
    assert heard(1, headers={"Last-Event-ID": "3"}) == ["4"]
    assert heard(4, params={"last_event_id": "0"}) == ["1", "2", "3", "4"]
    assert heard(2, params={"last_event_id": "0", "topic": "weather"}) == ["3", "4"]
    assert heard(2, params={"last_event_id": "0", "severity": "normal"}) == ["1", "2"]


@pytest.mark.sqlite
def test_only_so_many_listen_and_who_leaves_makes_room(server: Server) -> None:
    _, base = server
    path = f"{base}/api/v1/events"
    with httpx.stream("GET", path, timeout=WAIT), httpx.stream("GET", path, timeout=WAIT):
        refused = httpx.get(path, timeout=WAIT)
        assert refused.status_code == 503
        assert refused.headers["retry-after"]
    left = None
    while left != 200:  # the server notices within a moment that they left
        with httpx.stream("GET", path, timeout=WAIT) as answer:
            left = answer.status_code


@pytest.mark.sqlite
def test_the_server_stops_while_somebody_listens_and_finishes_what_it_began(server: Server) -> None:
    process, base = server
    with httpx.stream("GET", f"{base}/api/v1/events", timeout=WAIT) as answer:
        lines = answer.iter_lines()
        next(lines)
        process.send_signal(signal.SIGTERM)
        assert events(lines, 1) == []  # the stream ends, whole
    assert process.wait(WAIT) == 0


def test_an_export_is_streamed_whole_over_the_wire(server: Server) -> None:
    _, base = server
    with httpx.stream("GET", f"{base}/api/v1/export", timeout=WAIT) as answer:
        rows = [json.loads(line) for line in answer.iter_lines()]
    assert [row["id"] for row in rows] == [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]


@pytest.mark.sqlite
def test_a_stream_cannot_be_asked_for_its_head(server: Server) -> None:
    _, base = server
    for path in ("/api/v1/events", "/api/v1/export"):
        assert httpx.head(base + path, timeout=WAIT).status_code == 405


@pytest.mark.sqlite
def test_what_no_http_client_would_send_is_refused_and_harms_nobody(server: Server) -> None:
    import socket
    from urllib.parse import urlsplit

    _, base = server
    place = urlsplit(base)
    hostile = [
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /api/v1/me HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
        b"GET /%00%ff/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /feeds HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET http://evil.example/api/v1/me HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET /api/v1/me HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \xff\xfe\r\n\r\n",
    ]
    for request in hostile:
        with socket.create_connection((place.hostname, place.port), timeout=WAIT) as line:
            line.sendall(request)
            line.shutdown(socket.SHUT_WR)
            said = line.recv(65536)
        assert not said or said.split()[1] in {b"400", b"401", b"404", b"421", b"413", b"431"}, (
            request[:60],
            said[:200],
        )
    assert httpx.get(f"{base}/api/v1/me", timeout=WAIT).status_code == 200


@pytest.mark.sqlite
def test_a_listener_needs_a_token_once_there_is_one(server: Server, tmp_path: Path) -> None:
    _, base = server
    done = CliRunner().invoke(app, ["--config", str(tmp_path / "config.toml"), "token", "add", "one"])
    assert httpx.get(f"{base}/api/v1/events", timeout=WAIT).status_code == 401
    headers = {"Authorization": f"Bearer {done.stdout.strip()}"}
    with httpx.stream("GET", f"{base}/api/v1/events", headers=headers, timeout=WAIT) as answer:
        assert answer.status_code == 200


def test_a_page_says_from_where_its_news_begin(server: Server, tmp_path: Path) -> None:
    _, base = server

    def begun() -> str:
        found = re.search(r'data-latest="(\d+)"', httpx.get(base, timeout=WAIT).text)
        assert found
        return found[1]

    assert begun() == "2"
    keep_matches(tmp_path, [(9, RAIN), (10, RAIN)])
    assert begun() == "4"
    change(tmp_path, "UPDATE article SET state = 'tell' WHERE id = 9")
    assert begun() == "2"  # its story is still to come: whoever listens from here hears of it
    with httpx.stream("GET", f"{base}/api/v1/events", params={"last_event_id": "2"}, timeout=WAIT) as answer:
        assert [event["id"] for event in events(answer.iter_lines(), 2)] == ["3", "4"]

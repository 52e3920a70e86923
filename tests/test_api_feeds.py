"""Feeds over the API: a look before one is watched, how each does, and lists of them in and out."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from desk import furnish
from servers import RSS, Site, http
from web import Asking, asking, bearer, opened

from monitor.edge.tokens import Scope
from monitor.web.desk import Office

ON_BOTH = True

V1 = "/api/v1"
OPML = b"""<opml version="2.0"><body>
<outline type="rss" text="One" xmlUrl="https://one.example/feed"/>
<outline type="rss" text="Two" xmlUrl="https://two.example/rss" category="/desk,/night"/>
<outline type="rss" text="Bad" xmlUrl="ftp://three.example/"/></body></opml>"""
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE opml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c SYSTEM "file:///etc/passwd">]><opml><body><outline xmlUrl="https://x.example/&b;&c;"/></body></opml>'
)


@contextmanager
def site(answers: dict[str, bytes]) -> Iterator[str]:
    """A loopback server in a thread of its own: its address."""
    loop, ready, base, done = asyncio.new_event_loop(), threading.Event(), [""], asyncio.Event()

    async def serve() -> None:
        async with Site(answers) as opened:
            base[0] = opened.base
            ready.set()
            await done.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    ready.wait()
    yield base[0]
    loop.call_soon_threadsafe(done.set)
    thread.join()
    loop.close()


@pytest.fixture
def base() -> Iterator[str]:
    home = (
        b'<html><head><link rel="alternate" type="application/rss+xml" href="/news.xml"></head><body>Hi</body></html>'
    )
    answers = {
        "/robots.txt": http(b"", "404 Not Found"),
        "/news.xml": http(RSS, "200 OK", "Content-Type: application/rss+xml"),
        "/": http(home, "200 OK", "Content-Type: text/html"),
        "/page": http(b"<html><body>No feed here.</body></html>", "200 OK", "Content-Type: text/html"),
    }
    with site(answers) as found:
        yield found


@pytest.fixture
def office(tmp_path: Path, base: str) -> Iterator[Office]:
    furnish(tmp_path)
    config = tmp_path / "config.toml"
    place = base.removeprefix("http://")
    config.write_text(config.read_text("utf-8") + f'[fetch]\nallow_private = ["{place}"]\nhost_gap = 0\n', "utf-8")
    with opened(tmp_path) as office:
        yield office


def test_a_feed_is_looked_at_before_it_is_watched(ask: Asking, base: str) -> None:
    for url in (f"{base}/news.xml", f"{base}/"):
        seen = ask.post(f"{V1}/feeds/preview", json={"url": url})
        assert seen.status_code == 200, seen.text
        assert seen.json() | {"entries": []} == {
            "name": "127-0-0-1-news",
            "url": f"{base}/news.xml",
            "title": "News",
            "language": "",
            "kind": "rss",
            "total": 1,
            "entries": [],
        }
        assert seen.json()["entries"][0]["title"] == "One"
    assert ask.get(f"{V1}/feeds").json()["items"] == []


def test_a_feed_is_watched_polled_and_let_go(ask: Asking, base: str) -> None:
    wish = {"url": f"{base}/news.xml", "name": "news", "language": "en", "country": "UA", "tags": ["desk"]}
    assert ask.post(f"{V1}/feeds", json=wish).status_code == 201
    assert ask.post(f"{V1}/feeds", json=wish).status_code == 409
    (feed,) = ask.get(f"{V1}/feeds").json()["items"]
    assert (feed["name"], feed["origin"], feed["health"], feed["tags"]) == ("news", "added", "well", ["desk"])
    whole = ask.get(f"{V1}/feeds/news").json()
    assert (whole["days"], whole["turns"], whole["skipped"]) == ([], [], {})
    assert ask.post(f"{V1}/feeds/news/poll").status_code == 202
    assert ask.post(f"{V1}/feeds/none/poll").status_code == 404
    assert ask("DELETE", f"{V1}/feeds/news").status_code == 204
    assert ask("DELETE", f"{V1}/feeds/none").status_code == 404
    assert ask.get(f"{V1}/feeds").json()["items"] == []
    assert ask.post(f"{V1}/feeds/news/poll").status_code == 404


@pytest.mark.parametrize("path", ["/page", "/none"])
def test_what_is_no_feed_is_not_watched(ask: Asking, base: str, path: str) -> None:
    refused = ask.post(f"{V1}/feeds", json={"url": base + path})
    assert refused.status_code in {422, 502}
    assert refused.json()["detail"]
    assert ask.get(f"{V1}/feeds").json()["items"] == []


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/x", "http://169.254.169.254/latest", "file:///etc/passwd", "ftp://x"]
)
def test_nobody_is_led_into_the_private_network(ask: Asking, url: str) -> None:
    refused = ask.post(f"{V1}/feeds/preview", json={"url": url})
    assert refused.status_code in {422, 502}
    assert "root:" not in refused.text


def test_lists_of_feeds_go_in_and_out(ask: Asking) -> None:
    taken = ask.post(f"{V1}/feeds.opml", content=OPML, headers={"Content-Type": "text/x-opml"})
    assert taken.json()["added"] == 2
    assert "ftp://three.example/" in taken.json()["faults"][0]
    again = ask.post(f"{V1}/feeds.opml", content=OPML, headers={"Content-Type": "text/xml"})
    assert (again.json()["added"], len(again.json()["faults"])) == (0, 3)
    out = ask.get(f"{V1}/feeds.opml")
    assert out.headers["content-type"].startswith("text/x-opml")
    assert 'xmlUrl="https://one.example/feed"' in out.text
    page = ask.get(f"{V1}/feeds", params={"limit": 1}).json()
    following = ask.get(f"{V1}/feeds", params={"limit": 1, "cursor": page["next"]}).json()
    assert [feed["name"] for feed in page["items"] + following["items"]] == ["one-example", "two-example"]
    assert following["next"] == ""


@pytest.mark.parametrize("body", [b"", b"nonsense", b"\xff\xfe\x00", BOMB, b'{"a": 1}'])
def test_what_is_no_list_of_feeds_does_no_harm(ask: Asking, body: bytes) -> None:
    answer = ask.post(f"{V1}/feeds.opml", content=body, headers={"Content-Type": "text/x-opml"})
    assert answer.status_code in {200, 422}
    assert "root:" not in answer.text
    assert len(answer.content) < 2000


def test_only_who_may_manage_changes_what_is_watched(office: Office, base: str) -> None:
    headers, ask = bearer(office, Scope.LABEL), asking(office)
    for method, path in (
        ("POST", "/feeds"),
        ("POST", "/feeds/preview"),
        ("DELETE", "/feeds/x"),
        ("POST", "/feeds/x/poll"),
    ):
        body = {"json": {"url": base}} if path.startswith("/feeds") and method == "POST" else {}
        assert ask(method, V1 + path, headers=headers, **body).status_code == 403
    assert ask.post(f"{V1}/feeds.opml", headers=headers, content=OPML).status_code == 403

"""What a fetch promises: a page within bounds or a plain reason, and nobody asked who must not be."""

import asyncio
import gzip
import socket
import threading
import time
import zlib
from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import brotli
import pytest
import zstandard
from aiohttp import ClientConnectorError
from hypothesis import given
from hypothesis import strategies as st
from servers import RSS, Asked, Site, Speak, drip, flood, http, never, redirect, reset, then_close, turns
from yarl import URL

from monitor.edge.fetch import Fetcher, FetchSettings, lasts
from monitor.edge.guard import GuardedResolver, RefusedAddressError, guarded_session, read_guard
from monitor.edge.headers import DAY_S, retry_after
from monitor.edge.target import web_url
from monitor.errors import ConfigError, FetchError
from monitor.model import Page

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@asynccontextmanager
async def fetching(*sites: Site, **limits: object) -> AsyncIterator[Fetcher]:
    """A fetcher that may ask these sites and nobody else on this machine."""
    settings = {"connect_timeout_s": 2.0, "first_byte_timeout_s": 2.0, "timeout_s": 5.0, **limits}
    allowed = tuple(site.place for site in sites)
    async with Fetcher(FetchSettings("tests/1 (+https://example.org)", allow_private=allowed, **settings)) as fetcher:
        yield fetcher


@asynccontextmanager
async def serving(
    answers: dict[str, bytes | Speak], greeting: bytes = b"", **limits: object
) -> AsyncIterator[tuple[Site, Fetcher]]:
    """A site, and a fetcher that may ask it."""
    async with Site(answers, greeting=greeting) as site, fetching(site, **limits) as fetcher:
        yield site, fetcher


async def failure(fetcher: Fetcher, url: str, **wish: object) -> FetchError:
    with pytest.raises(FetchError) as caught:
        await fetcher.get(url, **wish)
    error = caught.value
    assert error.reason
    assert 0 < len(str(error)) < 200
    return error


async def fetch(answer: object, **wish: object) -> Page:
    async with serving({"/feed": answer}) as (site, fetcher):
        return await fetcher.get(f"{site.base}/feed", **wish)


async def fail(answer: object, **limits: object) -> FetchError:
    async with serving({"/feed": answer}, **limits) as (site, fetcher):
        return await failure(fetcher, f"{site.base}/feed")


# What comes home


async def test_a_page_comes_home_with_all_that_the_next_poll_needs():
    page = await fetch(
        http(RSS, "200 OK", 'ETag: "v1"', "Last-Modified: yesterday", "Content-Type: text/xml; charset=utf-8")
    )
    assert (page.status, page.body, page.etag, page.last_modified) == (200, RSS, '"v1"', "yesterday")
    assert page.content_type == "text/xml; charset=utf-8"
    assert page.moved_to == ""
    assert page.fetched_at


async def test_we_say_who_we_are_and_send_no_cookies():
    async with serving({"/feed": http(RSS, "200 OK", "Set-Cookie: a=b; Path=/")}) as (site, fetcher):
        await fetcher.get(f"{site.base}/feed")
        await fetcher.get(f"{site.base}/feed")
        assert [asked.headers["user-agent"] for asked in site.asked] == ["tests/1 (+https://example.org)"] * 2
        assert not any("cookie" in asked.headers or "authorization" in asked.headers for asked in site.asked)


@pytest.mark.parametrize("etag", ['"strong"', 'W/"weak"', "bare", 'W/"a, b c-gzip"'])
async def test_a_validator_is_sent_back_as_it_came(etag):
    async with serving({"/feed": turns(http(RSS, "200 OK", f"ETag: {etag}"), http(b"", "304 Not Modified"))}) as (
        site,
        fetcher,
    ):
        first = await fetcher.get(f"{site.base}/feed")
        second = await fetcher.get(f"{site.base}/feed", etag=first.etag, last_modified="Mon, 01 Jun 2099 00:00:00 GMT")
    assert site.asked[1].headers["if-none-match"] == etag
    assert site.asked[1].headers["if-modified-since"] == "Mon, 01 Jun 2099 00:00:00 GMT"
    assert (second.status, second.body, second.etag) == (304, b"", etag)
    assert second.last_modified == "Mon, 01 Jun 2099 00:00:00 GMT"


async def test_a_new_validator_on_a_304_replaces_the_old_one():
    page = await fetch(http(b"", "304 Not Modified", 'ETag: "v2"'), etag='"v1"')
    assert page.etag == '"v2"'


async def test_a_304_that_nobody_asked_for_is_an_error():
    assert (await fail(http(b"", "304 Not Modified"))).status == 304


async def test_a_304_with_a_body_does_not_spoil_the_next_answer():
    async with serving({"/feed": http(b"HTTP/1.1 500 Oops\r\n\r\n" * 9, "304 Not Modified"), "/next": http(RSS)}) as (
        site,
        fetcher,
    ):
        assert (await fetcher.get(f"{site.base}/feed", etag='"v1"')).status == 304
        assert (await fetcher.get(f"{site.base}/next")).body == RSS


async def test_latin_bytes_and_control_bytes_in_headers_cost_no_more_than_the_validators():
    head = b'ETag: "caf\xe9"\r\nLast-Modified: \xff\x01\r\nContent-Type: text/xml; x=\xe9\r\nContent-Length: %d\r\n\r\n'
    page = await fetch(b"HTTP/1.1 200 OK\r\n" + head % len(RSS) + RSS)
    assert (page.body, page.etag, page.last_modified, page.content_type) == (RSS, "", "", "text/xml; x=")


# Redirects


async def test_honest_redirects_are_followed_and_the_address_is_kept():
    hops = {f"/{n}": redirect(f"{n + 1}") for n in range(4)}
    async with serving({**hops, "/4": http(RSS)}) as (site, fetcher):
        page = await fetcher.get(f"{site.base}/0")
    assert (page.body, page.url, page.final_url, page.moved_to) == (RSS, f"{site.base}/0", f"{site.base}/4", "")


async def test_only_permanent_redirects_name_a_new_address():
    answers = {
        "/old": redirect("/newer", "301 Moved"),
        "/newer": redirect("/new", "308 Moved"),
        "/mixed": redirect("/once", "301 Moved"),
        "/once": redirect("/new"),
        "/new": http(RSS),
    }
    async with serving(answers) as (site, fetcher):
        assert (await fetcher.get(f"{site.base}/old")).moved_to == f"{site.base}/new"
        assert (await fetcher.get(f"{site.base}/mixed")).moved_to == ""


@pytest.mark.parametrize(
    ("status", "before", "after", "remembered"),
    [
        (301, "https", "https", True),
        (308, "http", "https", True),
        (301, "http", "http", True),
        (301, "https", "http", False),
        (302, "https", "https", False),
        (307, "http", "https", False),
    ],
)
def test_a_redirect_is_remembered_when_it_is_permanent_and_keeps_https(status, before, after, remembered):
    assert lasts(status, URL(f"{before}://a.example/"), URL(f"{after}://b.example/")) is remembered


@pytest.mark.parametrize("location", ["/feed", "/feed#x", "/a"])
async def test_a_circle_of_redirects_ends_at_once(location):
    async with serving({"/feed": redirect(location), "/a": redirect("/feed")}) as (site, fetcher):
        assert (await failure(fetcher, f"{site.base}/feed")).reason == "redirect"
    assert len(site.asked) <= 2


async def test_redirects_that_never_repeat_end_at_the_limit():
    async def further(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(redirect(f"{asked.path}?x" if "?" not in asked.path else f"{asked.path}x"))

    async with serving({"/feed": further}, max_redirects=10) as (site, fetcher):
        assert (await failure(fetcher, f"{site.base}/feed")).reason == "redirect"
    assert len(site.asked) == 11


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://LOCALHOST.:{port}/",
        "http://[::1]:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://[::ffff:7f00:1]:{port}/",
        "http://[64:ff9b::7f00:1]:{port}/",
        "http://[2002:7f00:1::]:{port}/",
        "http://2130706433:{port}/",
        "http://0177.0.0.1:{port}/",
        "http://0x7f.1:{port}/",
        "http://127.1:{port}/",
        "http://127.0.0.1.:{port}/",
        "http://１２７.０.０.１:{port}/",
        "http://127。0。0。1:{port}/",
        "http://%31%32%37.0.0.1:{port}/",
        "http://0.0.0.0:{port}/",
        "http://[::]:{port}/",
        "http://{home}\\@127.0.0.1:{port}/",
        "http://{home}@127.0.0.1:{port}/",
        "http://user:secret@127.0.0.1:{port}/",
        "//127.0.0.1:{port}/",
        "ftp://127.0.0.1:{port}/x",
        "gopher://127.0.0.1:{port}/_x",
        "file:///etc/passwd",
        "data:application/rss+xml,<rss/>",
        "javascript:alert(1)",
        "http://[::1",
        "http://127.0.0.1:99999999/",
        "http://127.0.0.1:0/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://100.64.0.1/",
        "http://[fe80::1]/",
        "http://[fe80::1%25lo]/",
        "http://[fd00:ec2::254]/",
        "http://224.0.0.1/",
        "http://a b/",
        "http://" + "a" * 300 + ".org/",
    ],
)
async def test_no_redirect_leads_to_a_place_that_is_not_public(location):
    async with Site() as canary, Site() as home, fetching(home) as fetcher:
        home.answers["/feed"] = redirect(location.format(port=canary.port, home=home.place))
        error = await failure(fetcher, f"{home.base}/feed")
    assert error.reason == "refused"
    assert error.permanent
    assert "secret" not in str(error)
    assert canary.connections == 0


async def test_a_redirect_to_nowhere_is_an_error():
    assert (await fail(http(b"", "302 Found"))).reason == "redirect"
    assert (await fail(redirect(""))).reason == "redirect"


async def test_a_location_in_raw_utf8_is_followed():
    async with serving({"/feed": redirect("/nachrichten/größe?ü=ß"), "/nachrichten/gr%C3%B6%C3%9Fe": http(RSS)}) as (
        site,
        fetcher,
    ):
        assert (await fetcher.get(f"{site.base}/feed")).body == RSS
    assert site.paths[-1] == "/nachrichten/gr%C3%B6%C3%9Fe?%C3%BC=%C3%9F"


async def test_a_location_in_raw_latin_is_sent_back_byte_for_byte():
    async with serving({"/feed": redirect("/caf\udce9"), "/caf%E9": http(RSS)}) as (site, fetcher):
        assert (await fetcher.get(f"{site.base}/feed")).body == RSS


async def test_a_consent_page_gets_the_cookie_that_it_asks_for_and_the_next_fetch_starts_without():
    async def door(asked: Asked, writer: asyncio.StreamWriter) -> None:
        knows = "consent=yes" in asked.headers.get("cookie", "")
        writer.write(http(RSS) if knows else redirect("/consent"))

    answers = {"/feed": door, "/consent": redirect("/feed", "302 Found", "Set-Cookie: consent=yes; Path=/")}
    async with serving(answers) as (site, fetcher):
        assert (await fetcher.get(f"{site.base}/feed")).body == RSS
        assert (await fetcher.get(f"{site.base}/feed")).body == RSS
    assert site.paths == ["/feed", "/consent", "/feed"] * 2


async def test_a_flood_of_cookies_is_not_carried_along():
    cookies = [f"Set-Cookie: c{n}={'x' * 100}; Path=/" for n in range(100)]
    async with serving({"/feed": redirect("/next", "302 Found", *cookies), "/next": http(RSS)}) as (site, fetcher):
        assert (await fetcher.get(f"{site.base}/feed")).body == RSS
    assert "cookie" not in site.asked[1].headers
    many = [f"Set-Cookie: c{n}={'x' * 4000}" for n in range(2000)]
    assert (await fail(http(RSS, "200 OK", *many))).reason == "protocol"


# The private network


@pytest.mark.parametrize(
    ("entry", "allowed"),
    [
        ("127.0.0.1", True),
        ("127.0.0.0/8", True),
        ("127.0.0.1:{port}", True),
        ("localhost", True),
        ("localhost:{port}", True),
        ("127.0.0.1:1", False),
        ("localhost:1", False),
        ("10.0.0.0/8", False),
        ("[::1]:{port}", False),
        ("::1", False),
    ],
)
async def test_a_listed_address_may_be_asked_and_with_a_port_only_that_port(entry, allowed):
    async with Site({"/feed": http(RSS)}) as site:
        allow = (entry.format(port=site.port),)
        async with Fetcher(FetchSettings("tests/1", allow_private=allow)) as fetcher:
            if allowed:
                assert (await fetcher.get(f"{site.base}/feed")).body == RSS
            else:
                assert (await failure(fetcher, f"{site.base}/feed")).reason == "refused"
    assert bool(site.connections) is allowed


@pytest.mark.parametrize("entry", ["", "x y", "127.0.0.1:0", "127.0.0.1:99999", "300.1.1.1", "0x7f.1", "[::1", "*"])
def test_a_mistyped_allowance_is_refused_at_once(entry):
    with pytest.raises(ConfigError):
        read_guard([entry])


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "1.2.3"),
        *("224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.0.192", "198.18.0.1", "168.63.129.16", "2130706433"),
        *("::1", "::", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "::ffff:10.0.0.1", "::127.0.0.1", "2001:db8::1"),
        *("64:ff9b::10.0.0.1", "2002:a00:1::", "2001:0:1::", "64:ff9b:1::1", "fd00:ec2::254", "fe80::1%lo", "", "x"),
    ],
)
def test_what_is_not_public_is_closed(address):
    assert not read_guard([]).permits(address, 443)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::808:808", "::ffff:8.8.8.8", "2002:808:808::1"]
)
def test_what_is_public_is_open(address):
    assert read_guard([]).permits(address, 443)


def test_a_listed_host_name_says_nothing_of_other_names():
    guard = read_guard(["intranet.example:8080"])
    assert guard.names("intranet.example", 8080)
    assert not guard.names("intranet.example", 80)
    assert not guard.names("other.example", 8080)


async def test_a_session_for_webhooks_is_under_the_same_guard():
    async with (
        Site({"/hook": http(b"ok")}) as site,
        Site({"/hook": redirect(f"http://127.0.0.1:{site.port}/hook")}) as door,
        guarded_session((door.place,), "tests/1") as session,
    ):
        for url in (f"{site.base}/hook", f"http://localhost:{site.port}/hook", f"{door.base}/hook"):
            with pytest.raises(ClientConnectorError):
                await session.get(url)
    assert site.connections == 0


async def test_a_proxy_in_the_environment_is_not_asked(monkeypatch):
    async with Site() as proxy, serving({"/feed": http(RSS)}) as (site, fetcher):
        monkeypatch.setenv("http_proxy", proxy.base)
        assert (await fetcher.get(f"{site.base}/feed")).body == RSS
    assert proxy.connections == 0


async def test_a_url_with_a_password_is_refused_and_the_password_never_told():
    async with fetching() as fetcher:
        error = await failure(fetcher, "https://user:secret@example.org/feed")
    assert error.reason == "refused"
    assert "secret" not in f"{error} {error.hint}"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://bücher.example/a b?q=ü#x", "https://xn--bcher-kva.example/a%20b?q=%C3%BC"),
        ("HTTP://Example.ORG:80", "http://example.org/"),
        ("https://example.org/%7Ea/%E9?x=%2F&y=a+b", "https://example.org/%7Ea/%E9?x=%2F&y=a+b"),
        ("http://[2606:2800:220:1:0::1]:8080/", "http://[2606:2800:220:1::1]:8080/"),
    ],
)
def test_a_url_is_written_as_it_is_sent(text, url):
    assert str(web_url(text)) == url


@given(st.text(max_size=60), st.sampled_from(["", "http://", "https://example.org", "http://[", "//", "http://1."]))
def test_any_text_is_a_url_or_refused(text, start):
    try:
        url = web_url(start + text, "https://example.org/a/")
    except FetchError as error:
        reason = error.reason
    else:
        reason = "refused"
        assert str(url).isascii()
        assert url.scheme in {"http", "https"}
        assert url.host
        assert not url.user
    assert reason == "refused"


# Broken and slow servers


@pytest.mark.parametrize(
    "answer",
    [
        drip(http(RSS * 100)),
        drip(b"\r\n"),
        drip(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1000),
        drip(http(b"", "302 Found")[:-2] + b"X: "),
    ],
)
async def test_a_server_that_drips_for_ever_is_given_up_after_the_whole_time(answer):
    assert (await fail(answer, timeout_s=0.3)).reason == "timeout"


async def test_a_server_that_says_nothing_is_given_up_early():
    assert (await fail(never, first_byte_timeout_s=0.2)).reason == "timeout"


async def test_time_is_counted_over_all_redirects_together():
    async def slowly(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.15)
        writer.write(redirect(f"{asked.path}x"))

    async with serving({f"/{'x' * n}": slowly for n in range(20)}, timeout_s=0.4) as (site, fetcher):
        assert (await failure(fetcher, f"{site.base}/")).reason == "timeout"
    assert len(site.asked) <= 4


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (then_close(b""), "disconnected"),
        (reset, "disconnected"),
        (then_close(RSS), "protocol"),
        (then_close(http(RSS)[:-20]), "truncated"),
        (then_close(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n<rss/>\r\n0\r\n\r\n"), "protocol"),
        (then_close(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n<rss/>\r\n"), "truncated"),
        (then_close(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nContent-Length: 7\r\n\r\n<rss/>"), "protocol"),
        (flood(b"HTTP/1.1 200 OK\r\n", b"X-Header: abcdefgh\r\n" * 500), "protocol"),
        (flood(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 10_000), "protocol"),
        (flood(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1" * 10_000), "protocol"),
        (flood(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"5;" + b"x" * 10_000), "truncated"),
        (http(RSS, "999 Whatever"), "status"),
        (http(RSS, "500 Oops\x1b[31m"), "status"),
        (http(RSS, "206 Partial Content"), "status"),
        (http(RSS, "404 Not Found"), "status"),
        (http(RSS, "401 Unauthorized", "WWW-Authenticate: Basic"), "status"),
        (http(b"", "204 No Content"), "empty"),
        (http(b""), "empty"),
        (http(b" \r\n\0"), "empty"),
        (http(b"\x89PNG", "200 OK", "Content-Type: image/png"), "type"),
    ],
)
async def test_every_broken_answer_has_a_plain_reason(answer, reason):
    error = await fail(answer)
    assert error.reason == reason
    assert str(error).isprintable()


async def test_a_server_that_is_gone_for_good_says_so():
    error = await fail(http(b"", "410 Gone"))
    assert (error.reason, error.status, error.permanent) == ("gone", 410, True)


async def test_nobody_at_home_is_told_apart_from_no_such_host():
    async with Site() as site:
        pass
    async with fetching(site) as fetcher:
        assert (await failure(fetcher, f"{site.base}/feed")).reason == "connect"
        assert (await failure(fetcher, "http://no-such-host.invalid/")).reason == "dns"


async def test_plain_http_behind_an_https_address_is_a_tls_failure():
    async with serving({}, greeting=b"HTTP/1.1 400 Bad Request\r\n\r\n") as (site, fetcher):
        assert (await failure(fetcher, f"https://{site.place}/feed")).reason == "tls"


@pytest.mark.parametrize(
    "answer",
    [
        then_close(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000000000\r\n\r\n<rss/>"),
        http(RSS * 40),
        flood(b"HTTP/1.1 200 OK\r\n\r\n<rss>", b"<item>" * 100),
    ],
)
async def test_a_body_beyond_the_limit_is_left_unread(answer):
    error = await fail(answer, max_bytes=5_000)
    assert (error.reason, error.permanent) == ("too-large", True)


async def test_a_fetch_may_have_a_limit_of_its_own():
    async with serving({"/feed": http(RSS * 40)}, max_bytes=100) as (site, fetcher):
        assert len((await fetcher.get(f"{site.base}/feed", max_bytes=100_000)).body) == 40 * len(RSS)


async def test_a_body_that_drips_is_given_up_long_before_the_whole_time():
    error = await fail(drip(http(RSS * 100)), min_rate=1_000.0, rate_window_s=0.1)
    assert (error.reason, error.permanent) == ("timeout", False)
    assert "bytes a second" in str(error)


async def test_a_server_that_thinks_before_it_speaks_is_no_drip():
    async def think(_: Asked, writer: asyncio.StreamWriter) -> None:
        answer = http(RSS)
        writer.write(answer[:-200])
        await writer.drain()
        await asyncio.sleep(0.15)
        writer.write(answer[-200:-100])
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.write(answer[-100:])

    async with serving({"/feed": think}, min_rate=1e6, rate_window_s=0.1) as (site, fetcher):
        assert (await fetcher.get(f"{site.base}/feed")).body == RSS


async def test_a_head_that_drips_is_given_up_when_the_first_byte_is_overdue():
    error = await fail(drip(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1000), connect_timeout_s=0.1, first_byte_timeout_s=0.1)
    assert error.reason == "timeout"
    assert "no answer" in str(error), "the whole time is not over yet"


async def test_too_many_large_bodies_at_once_are_put_off_and_small_ones_are_not():
    large = http(b"<rss>" + b"x" * 2_000_000)
    answers = {"/stuck": then_wait(large[:-10]), "/large": large, "/small": http(RSS)}
    async with serving(answers, room_bytes=2_500_000, timeout_s=1.0, per_host=9) as (site, fetcher):
        stuck = asyncio.create_task(failure(fetcher, f"{site.base}/stuck"))
        while fetcher._bounds.room._taken < 1_900_000:  # noqa: ASYNC110 - nothing tells when it is taken
            await asyncio.sleep(0)
        error = await failure(fetcher, f"{site.base}/large")
        assert (error.reason, error.permanent) == ("paused", False)
        assert error.retry_after
        assert (await fetcher.get(f"{site.base}/small")).body == RSS
        stuck.cancel()
        await asyncio.gather(stuck, return_exceptions=True)
        assert len((await fetcher.get(f"{site.base}/large")).body) > 2_000_000
        assert fetcher._bounds.room._taken == 0


# Compression


def gzipped(times: int, body: bytes = RSS) -> bytes:
    for _ in range(times):
        body = gzip.compress(body)
    return body


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzipped(1)),
        ("x-gzip", gzipped(1)),
        ("gzip, gzip", gzipped(2)),
        ("deflate", zlib.compress(RSS)),
        ("deflate", zlib.compress(RSS)[2:-4]),
        ("zstd", zstandard.compress(RSS)),
        ("deflate, gzip", gzip.compress(zlib.compress(RSS))),
        ("", gzipped(1)),
        ("gzip", RSS),
        ("identity", RSS),
        ("x-snappy", RSS),
        ("br", RSS),
        ("br", brotli.compress(RSS)),
        ("br, gzip", gzip.compress(brotli.compress(RSS))),
        ("gzip, zstd", zstandard.compress(gzip.compress(RSS))),
        ("zstd", zstandard.compress(RSS[:100]) + zstandard.compress(RSS[100:]) + b"\0" * 100),
        ("utf-8", RSS),
        ("gzip", gzip.compress(RSS[:100]) + gzip.compress(RSS[100:]) + b"\0" * 100),
    ],
)
async def test_a_compressed_body_comes_home_plain(encoding, body):
    assert (await fetch(http(body, "200 OK", f"Content-Encoding: {encoding}"))).body == RSS


@pytest.mark.parametrize(
    ("encoding", "body", "reason"),
    [
        ("gzip, gzip, gzip", gzipped(3), "encoding"),
        ("", gzipped(10), "encoding"),
        ("gzip", gzipped(1)[:-20], "truncated"),
        ("gzip", gzipped(1)[:20] + b"\xff" * 40 + gzipped(1)[60:], "encoding"),
        ("deflate", b"\xff\xff\xff", "encoding"),
        ("zstd", b"\x28\xb5\x2f\xfd" + b"\xff" * 40, "encoding"),
        ("zstd", zstandard.compress(RSS)[:-20], "truncated"),
        ("br", b"\x0b\x02\x80", "truncated"),
        ("br", b"\x1b" + b"\xff" * 40, "encoding"),
        ("x-snappy", b"\xff" * 40, "encoding"),
        ("gzip", gzip.compress(b"x") * 1000, "encoding"),
    ],
)
async def test_a_body_that_cannot_be_uncompressed_is_refused(encoding, body, reason):
    assert (await fail(http(body, "200 OK", f"Content-Encoding: {encoding}"))).reason == reason


@pytest.mark.slow
async def test_a_bomb_is_ended_while_it_arrives():
    press = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(press.compress(bytes(1_000_000)) for _ in range(30))
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9000000\r\n\r\n"
    error = await fail(then_wait(head + bomb), max_bytes=100_000_000)
    assert (error.reason, error.permanent) == ("too-large", True)
    assert "500 times" in str(error)


@pytest.mark.slow
async def test_unpacking_a_large_page_leaves_the_loop_to_others():
    body = b"".join(b"<p>%d</p>" % (n * n) for n in range(400_000))
    longest = 0.0

    async def tick() -> None:
        nonlocal longest
        last = time.thread_time()
        while True:
            await asyncio.sleep(0)
            longest, last = max(longest, time.thread_time() - last), time.thread_time()

    packed = http(gzip.compress(body, 1), "200 OK", "Content-Encoding: gzip")
    async with serving({"/feed": packed}) as (site, fetcher):
        ticking = asyncio.create_task(tick())
        assert len((await fetcher.get(f"{site.base}/feed")).body) == len(body)
        ticking.cancel()
    assert longest < 0.1


def then_wait(raw: bytes) -> Speak:
    """Bytes, after which the server says nothing more and keeps the line open."""

    async def speak(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await asyncio.Event().wait()

    return speak


# Freshness


@pytest.mark.parametrize(
    ("lines", "seconds"),
    [
        ([], 0.0),
        (["Cache-Control: max-age=300"], 300.0),
        (["Cache-Control: public, MAX-AGE=60, must-revalidate"], 60.0),
        (['Cache-Control: max-age="60"'], 60.0),
        (["Cache-Control: s-maxage=900"], 0.0),
        (["Cache-Control: max-age=3600", "Age: 3000"], 600.0),
        (["Cache-Control: max-age=60", "Age: 3000"], 0.0),
        (["Cache-Control: max-age=60", "Age: nonsense"], 60.0),
        (["Cache-Control: no-cache, max-age=300"], 0.0),
        (["Cache-Control: no-store"], 0.0),
        (["Cache-Control: max-age=1" + "0" * 29], DAY_S),
        (["Cache-Control: max-age=1" + "0" * 99], 0.0),
        (["Cache-Control: max-age=-5"], 0.0),
        (["Cache-Control: max-age=1e9"], 0.0),
        (["Expires: Mon, 01 Jun 2026 01:00:00 GMT", "Date: Mon, 01 Jun 2026 00:00:00 GMT"], 3600.0),
        (["Expires: Mon, 01 Jun 2026 00:00:00 GMT", "Date: Mon, 01 Jun 2026 01:00:00 GMT"], 0.0),
        (["Expires: Fri, 31 Dec 9999 23:59:59 GMT", "Date: Mon, 01 Jun 2026 01:00:00 GMT"], DAY_S),
        (["Expires: Mon, 01 Jun 2026 01:00:00 GMT"], 0.0),
        (["Expires: 0", "Date: Mon, 01 Jun 2026 01:00:00 GMT"], 0.0),
        (
            [
                "Cache-Control: max-age=60",
                "Expires: Mon, 01 Jun 2026 01:00:00 GMT",
                "Date: Mon, 01 Jun 2026 00:00:00 GMT",
            ],
            60.0,
        ),
    ],
)
async def test_how_long_an_answer_is_fresh_is_read_and_nonsense_is_not(lines, seconds):
    assert (await fetch(http(RSS, "200 OK", *lines))).fresh_s == seconds


async def test_a_304_says_how_long_it_is_fresh():
    page = await fetch(http(b"", "304 Not Modified", "Cache-Control: max-age=300"), etag='"v1"')
    assert page.fresh_s == 300.0


# Retry-After


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        ("99999999999999999999", DAY_S),
        (format_datetime(NOW + timedelta(seconds=180), usegmt=True), 180.0),
        (format_datetime(NOW + timedelta(days=9), usegmt=True), DAY_S),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), None),
        ("Fri, 31 Dec 9999 23:59:59 -2359", DAY_S),
        *((text, None) for text in ("0", "-5", "soon", "1e9", "NaN", "", "Infinity", "١٢", "Mon, 99 Jun 2026")),
    ],
)
def test_retry_after_is_obeyed_within_a_day_and_nonsense_is_not(text, seconds):
    assert retry_after(text, NOW) == seconds


@given(st.text(max_size=40))
def test_any_retry_after_is_a_sane_wait_or_none(text):
    seconds = retry_after(text, NOW)
    assert seconds is None or 0 < seconds <= DAY_S


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
async def test_a_server_that_asks_for_patience_is_heard(status):
    error = await fail(http(b"", status, "Retry-After: 120"))
    assert (error.reason, error.status, error.retry_after, error.permanent) == ("status", int(status[:3]), 120.0, False)


# Options of a feed


async def test_headers_and_a_login_go_to_the_origin_that_was_asked_for_and_nowhere_else():
    async with (
        Site({"/feed": http(RSS)}) as other,
        serving({"/feed": redirect("/here"), "/here": redirect(f"{other.base}/feed")}) as (site, _),
        fetching(site, other) as fetcher,
    ):
        own = (("X-Key", "k3y"), ("accept", "text/plain"))
        page = await fetcher.get(f"{site.base}/feed", headers=own, login=("désk", "p:ass"))
    assert page.body == RSS
    for asked in site.asked:
        assert asked.headers["x-key"] == "k3y"
        assert asked.headers["accept"] == "text/plain"
        assert b64decode(asked.headers["authorization"].removeprefix("Basic ")).decode() == "désk:p:ass"
    assert not {"x-key", "authorization"} & set(other.asked[0].headers)


async def test_no_password_is_guessed_when_one_is_asked_for():
    async with serving({"/feed": http(b"", "401 Unauthorized", "WWW-Authenticate: Basic")}) as (site, fetcher):
        assert (await failure(fetcher, f"{site.base}/feed")).status == 401
    assert len(site.asked) == 1
    assert "authorization" not in site.asked[0].headers


@pytest.mark.parametrize(
    "wish",
    [
        {"headers": (("X-Key", "s3cret\r\nX-Evil: 1"),)},
        {"headers": (("X-Key", "s3cret\0"),)},
        {"headers": (("X-Key", "s3cret\udcff"),)},
        {"headers": (("X Key", "s3cret"),)},
        {"headers": (("", "s3cret"),)},
        {"headers": (("Host", "s3cret"),)},
        {"headers": (("Content-Length", "5"),)},
        {"headers": (("Accept-Encoding", "identity"),)},
        {"headers": (("Authorization", "s3cret"),), "login": ("a", "s3cret")},
        {"login": ("a:b", "s3cret")},
        {"login": ("a", "s3cret\n")},
        {"proxy": "socks5://127.0.0.1:9"},
        {"proxy": "http://user:s3cret@127.0.0.1:9"},
        {"proxy": "nonsense"},
    ],
)
async def test_what_cannot_be_sent_soundly_is_refused_and_never_told(wish):
    async with serving({"/feed": http(RSS)}) as (site, fetcher):
        error = await failure(fetcher, f"{site.base}/feed", **wish)
    assert (error.reason, error.permanent) == ("refused", True)
    assert "s3cret" not in f"{error} {error.hint}"
    assert site.asked == []


async def test_a_proxy_is_asked_in_place_of_the_host():
    async with serving({"http://news.example/feed": http(RSS)}) as (proxy, fetcher):
        page = await fetcher.get("http://news.example/feed", proxy=proxy.base)
        refused = await failure(fetcher, "https://news.example/feed", proxy=proxy.base)
    assert (page.body, page.final_url) == (RSS, "http://news.example/feed")
    assert refused.reason == "proxy"


async def test_a_proxy_in_the_private_network_must_be_listed():
    async with Site() as proxy, fetching() as fetcher:
        for url in ("http://news.example/feed", "https://news.example/feed"):
            assert (await failure(fetcher, url, proxy=proxy.base)).reason == "refused"
    assert proxy.connections == 0


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "10.0.0.1", "[::1]", "[::ffff:10.0.0.1]", "169.254.169.254"),
        *("localhost", "a.localhost", "printer", "nas.local", "box.lan", "metadata.google.internal", "x.home.arpa"),
    ],
)
async def test_a_proxy_is_not_asked_for_what_is_plainly_private(host):
    async with serving({}) as (proxy, fetcher):
        assert (await failure(fetcher, f"http://{host}/feed", proxy=proxy.base)).reason == "refused"
        proxy.answers["http://news.example/feed"] = redirect(f"http://{host}/feed")
        assert (await failure(fetcher, "http://news.example/feed", proxy=proxy.base)).reason == "refused"
    assert len(proxy.asked) == 1


# Names


def answers(*addresses: str) -> Callable[..., list[object]]:
    """A name server that says the same of every name."""
    return lambda _, port, *__, **___: [
        (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
        for address in addresses
    ]


async def resolved(*addresses: str, allow: tuple[str, ...] = ()) -> list[str]:
    resolver = GuardedResolver(read_guard(allow), set(), answers(*addresses))
    return [found["host"] for found in await resolver.resolve("news.example", 443)]


async def test_of_a_names_addresses_only_the_public_ones_are_asked():
    assert await resolved("10.0.0.1", "93.184.216.34", "::1", "::ffff:127.0.0.1") == ["93.184.216.34"]
    with pytest.raises(RefusedAddressError):
        await resolved("127.0.0.1", "fd00::1")
    assert await resolved("10.0.0.1", "10.0.0.2", allow=("10.0.0.2",)) == ["10.0.0.2"]
    assert await resolved("10.0.0.1", allow=("news.example:443",)) == ["10.0.0.1"]


async def test_a_name_with_thousands_of_addresses_has_a_few_of_them_tried():
    assert len(await resolved(*(f"93.184.{high}.{low}" for high in range(20) for low in range(200)))) == 8


async def test_names_that_never_resolve_delay_no_other_host_and_end_in_time():
    answered = threading.Event()

    def look_up(host: str, port: int, *_: object, **__: object) -> list[object]:
        if host.startswith("stuck"):
            answered.wait()
        return answers("127.0.0.1")(host, port)

    try:
        async with Site({"/feed": http(RSS)}) as site:
            settings = FetchSettings("tests/1", connect_timeout_s=1.0, allow_private=(site.place,), host_gap_s=0.0)
            async with Fetcher(settings, look_up) as fetcher:
                names = [f"stuck{n}.example" for n in range(60)]
                stuck = [asyncio.create_task(failure(fetcher, f"http://{name}:{site.port}/")) for name in names]
                page = await fetcher.get(f"http://sound.example:{site.port}/feed")
                assert page.body == RSS
                assert {error.reason for error in await asyncio.gather(*stuck)} <= {"timeout", "dns"}
    finally:
        answered.set()
    assert site.paths == ["/feed"]


# Many at a time


async def test_one_host_gets_no_more_requests_at_a_time_than_it_should():
    now, most = 0, 0

    async def count(_: Asked, writer: asyncio.StreamWriter) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.01)
        now -= 1
        writer.write(http(RSS))

    async with serving({"/feed": count}, per_host=2) as (site, fetcher):
        await asyncio.gather(*(fetcher.get(f"{site.base}/feed?{n}") for n in range(8)))
    assert most == 2


async def test_a_host_that_hangs_holds_up_nobody_else_and_waiting_for_it_costs_no_time():
    asked = asyncio.Event()

    async def hang(_: Asked, __: asyncio.StreamWriter) -> None:
        asked.set()
        await asyncio.Event().wait()

    limits = {"per_host": 1, "concurrency": 3, "timeout_s": 0.3}
    async with (
        Site({"/feed": hang}) as stuck,
        Site({"/feed": http(RSS)}) as sound,
        fetching(stuck, sound, **limits) as fetcher,
    ):
        waiting = [asyncio.create_task(failure(fetcher, f"{stuck.base}/feed?{n}")) for n in range(3)]
        await asked.wait()
        assert (await fetcher.get(f"{sound.base}/feed")).body == RSS
        # Each had its own 0.3 s, one after the other: none lost its time in the queue.
        assert [error.reason for error in await asyncio.gather(*waiting)] == ["timeout"] * 3
        assert len(stuck.asked) == 3

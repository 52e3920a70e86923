"""What robots.txt is promised: asked for once, obeyed for pages, and no way to stop or slow us."""

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protego import Protego
from servers import RSS, Asked, Site, Speak, flood, http, redirect, reset, turns
from test_fetch import failure, fetching, serving
from yarl import URL

from monitor.edge.headers import DAY_S
from monitor.edge.robots import ROBOTS_BYTES, Robots, relevant
from monitor.errors import FetchError

PAGE = http(b"<html><p>News.</p></html>")
NO = b"User-agent: *\nDisallow: /no\n"


def site(robots: bytes | Speak, **answers: bytes | Speak) -> dict[str, bytes | Speak]:
    return {"/robots.txt": robots, "/yes": PAGE, "/no": PAGE, **{f"/{name}": each for name, each in answers.items()}}


async def test_a_page_that_robots_txt_excludes_is_not_asked_for_and_a_feed_is():
    async with serving(site(http(NO), feed=http(RSS))) as (host, fetcher):
        error = await failure(fetcher, f"{host.base}/no/1", robots=True)
        assert (error.reason, error.permanent) == ("robots", True)
        assert (await fetcher.get(f"{host.base}/yes", robots=True)).status == 200
        assert (await fetcher.get(f"{host.base}/no")).status == 200
    assert host.paths == ["/robots.txt", "/yes", "/no"]


async def test_robots_txt_is_asked_for_once_however_many_pages_wait_for_it():
    async def slowly(_: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.05)
        writer.write(http(NO))

    async with serving(site(slowly)) as (host, fetcher):
        pages = await asyncio.gather(*(fetcher.get(f"{host.base}/yes?{n}", robots=True) for n in range(8)))
    assert len(pages) == 8
    assert host.paths.count("/robots.txt") == 1


async def test_each_port_of_a_host_has_a_robots_txt_of_its_own():
    async with (
        Site(site(http(NO))) as one,
        Site(site(http(b"User-agent: *\nDisallow: /yes"))) as two,
        fetching(one, two) as fetcher,
    ):
        assert (await fetcher.get(f"{one.base}/yes", robots=True)).status == 200
        assert (await fetcher.get(f"{two.base}/no", robots=True)).status == 200
        assert (await failure(fetcher, f"{one.base}/no", robots=True)).reason == "robots"
        assert (await failure(fetcher, f"{two.base}/yes", robots=True)).reason == "robots"


async def test_a_page_that_redirects_to_an_excluded_one_is_not_followed():
    async with serving(site(http(NO), moved=redirect("/no"))) as (host, fetcher):
        assert (await failure(fetcher, f"{host.base}/moved", robots=True)).reason == "robots"
    assert "/no" not in host.paths


async def test_the_rules_for_our_own_name_outrank_those_for_everybody():
    text = b"User-agent: *\nDisallow: /\n\nUser-agent: Tests\nUser-agent: other\nDisallow: /no\n"
    async with serving(site(http(text))) as (host, fetcher):
        assert (await fetcher.get(f"{host.base}/yes", robots=True)).status == 200
        assert (await failure(fetcher, f"{host.base}/no", robots=True)).reason == "robots"


async def test_robots_txt_can_be_left_out_of_account():
    async with serving(site(http(NO)), robots=False) as (host, fetcher):
        assert (await fetcher.get(f"{host.base}/no", robots=True)).status == 200
    assert host.paths == ["/no"]


@pytest.mark.parametrize(
    "answer",
    [
        http(b"", "404 Not Found"),
        http(b"", "401 Unauthorized"),
        http(b"", "403 Forbidden"),
        http(b"", "410 Gone"),
        http(b""),
        http(b"", "204 No Content"),
        http(b"<html><p>User-agent: * may read this. Disallow: nothing</p></html>"),
        http(b"\x89PNG", "200 OK", "Content-Type: image/png"),
        http(b"\xff\xfe\0\0" * 100),
        redirect("/robots.txt"),
        http(b"", "302 Found"),
    ],
)
async def test_without_a_robots_txt_everything_is_allowed(answer):
    async with serving(site(answer)) as (host, fetcher):
        assert (await fetcher.get(f"{host.base}/no", robots=True)).status == 200
        assert (await fetcher.get(f"{host.base}/no", robots=True)).status == 200
    assert host.paths.count("/robots.txt") == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (http(b"", "500 Oops"), "robots"),
        (http(b"", "502 Bad Gateway"), "robots"),
        (http(b"", "429 Too Many Requests"), "robots"),
        (reset, "disconnected"),
        (redirect("http://10.0.0.1/robots.txt"), "refused"),
    ],
)
async def test_while_robots_txt_cannot_be_reached_no_page_is_asked_for(answer, reason):
    async with serving(site(answer)) as (host, fetcher):
        for _ in range(3):
            error = await failure(fetcher, f"{host.base}/yes", robots=True)
            assert error.reason == reason
            assert 0 < error.retry_after <= 600
            assert error.permanent is (reason == "refused")
    assert set(host.paths) == {"/robots.txt"}
    assert len(host.paths) <= 2  # a connection that is torn down is tried again once


async def test_five_redirects_of_robots_txt_are_followed_and_no_more():
    hops = {f"/{n}": redirect(f"/{n + 1}") for n in range(1, 5)}
    async with serving({**site(redirect("/1")), **hops, "/5": http(NO)}) as (host, fetcher):
        assert (await failure(fetcher, f"{host.base}/no", robots=True)).reason == "robots"
    async with serving({**site(redirect("/1")), **hops, "/5": redirect("/6"), "/6": http(NO)}) as (host, fetcher):
        assert (await fetcher.get(f"{host.base}/no", robots=True)).status == 200
    assert "/6" not in host.paths


async def test_of_a_robots_txt_that_is_too_long_the_beginning_counts():
    filler = b"# nothing\n" * (ROBOTS_BYTES // 10)
    for text, allowed in ((NO + filler, False), (filler + NO, True)):
        async with serving(site(http(text))) as (host, fetcher):
            if allowed:
                assert (await fetcher.get(f"{host.base}/no", robots=True)).status == 200
            else:
                assert (await failure(fetcher, f"{host.base}/no", robots=True)).reason == "robots"


@pytest.mark.slow
async def test_a_robots_txt_without_end_is_cut_off():
    endless = flood(b"HTTP/1.1 200 OK\r\n\r\n" + NO, b"Allow: /x\n" * 1000)
    async with serving(site(endless)) as (host, fetcher):
        assert (await failure(fetcher, f"{host.base}/no", robots=True)).reason == "robots"


async def test_pages_wait_as_long_between_them_as_robots_txt_asks_and_feeds_do_not():
    async with serving(site(http(b"User-agent: *\nCrawl-delay: 20\n"), feed=http(RSS))) as (host, fetcher):
        await fetcher.get(f"{host.base}/yes", robots=True)
        error = await failure(fetcher, f"{host.base}/yes", robots=True)
        assert error.reason == "paused"
        assert 10 < error.retry_after <= 20
        assert (await fetcher.get(f"{host.base}/feed")).body == RSS
    assert host.paths == ["/robots.txt", "/yes", "/feed"]


async def test_a_short_wait_between_pages_is_waited_for():
    async with serving(site(http(b"User-agent: *\nCrawl-delay: 0.1\n"))) as (host, fetcher):
        started = time.monotonic()
        await asyncio.gather(*(fetcher.get(f"{host.base}/yes", robots=True) for _ in range(3)))
        assert time.monotonic() - started > 0.19


async def test_no_host_can_ask_for_more_than_a_minute_between_pages():
    for text, most in ((b"86400", 60), (b"1e99", 60), (b"-5", 0), (b"nan", 0), (b"soon", 0)):
        robots = http(b"User-agent: *\nCrawl-delay: " + text)
        async with serving(site(robots)) as (host, fetcher):
            await fetcher.get(f"{host.base}/yes", robots=True)
            if most:
                assert 50 < (await failure(fetcher, f"{host.base}/yes", robots=True)).retry_after <= most
            else:
                await fetcher.get(f"{host.base}/yes", robots=True)


async def test_a_host_that_recovers_is_read_again_after_its_pause():
    async with serving(site(turns(http(b"", "503 Busy", "Retry-After: 90"), http(NO)))) as (host, fetcher):
        assert (await failure(fetcher, f"{host.base}/yes", robots=True)).reason == "robots"
        assert (await failure(fetcher, f"{host.base}/feed")).reason == "paused"


async def test_behind_a_proxy_robots_txt_comes_from_there_too():
    answers = {"http://news.example/robots.txt": http(NO), "http://news.example/yes": PAGE}
    async with serving(answers, host_gap_s=0.0) as (proxy, fetcher):
        assert (await fetcher.get("http://news.example/yes", robots=True, proxy=proxy.base)).status == 200
        error = await failure(fetcher, "http://news.example/no", robots=True, proxy=proxy.base)
    assert error.reason == "robots"


# What is remembered


class Source:
    """A robots.txt as it changes, and how often it was asked for."""

    def __init__(self, answer: bytes | FetchError) -> None:
        self.answer = answer
        self.asked = 0
        self.now = 1_000.0
        self.robots = Robots(self.fetch, "monitor", lambda: self.now)

    async def fetch(self, target: URL, proxy: URL | None) -> bytes:
        self.asked += 1
        if isinstance(self.answer, FetchError):
            raise self.answer
        return self.answer

    async def allows(self, url: str = "https://news.example/no") -> bool:
        try:
            await self.robots.check(URL(url))
        except FetchError:
            return False
        return True


DOWN = FetchError("status 500", reason="status", status=500)


async def test_what_robots_txt_says_holds_for_a_day():
    source = Source(NO)
    assert not await source.allows()
    source.answer = b""
    source.now += DAY_S - 1
    assert not await source.allows()
    source.now += 2
    assert await source.allows()
    assert source.asked == 2


async def test_old_rules_hold_while_new_ones_cannot_be_had():
    source = Source(NO)
    assert not await source.allows()
    source.answer = DOWN
    for _ in range(10):
        source.now += DAY_S
        assert not await source.allows()
        assert await source.allows("https://news.example/yes")


async def test_a_robots_txt_that_says_nothing_holds_too_while_another_cannot_be_had():
    source = Source(b"")
    assert await source.allows()
    source.answer = DOWN
    source.now += DAY_S
    assert await source.allows()


async def test_what_hosts_said_is_known_to_whoever_comes_after():
    before = Source(NO)
    assert not await before.allows()
    before.answer = DOWN
    assert not await before.allows("https://down.example/yes")
    said = before.robots.changes()
    assert before.robots.changes() == []
    after = Source(b"")
    after.now = 5.0  # another process has another clock
    after.robots.recall(said)
    assert after.robots.changes() == []
    assert not await after.allows()
    assert await after.allows("https://news.example/yes")
    assert not await after.allows("https://down.example/yes")
    assert after.asked == 0
    after.now += 700
    assert await after.allows("https://down.example/yes")
    assert after.asked == 1


async def test_a_robots_txt_that_cannot_be_had_for_a_whole_day_counts_as_missing():
    source = Source(DOWN)
    for _ in range(24):
        assert not await source.allows()
        source.now += 3_600.0
    assert await source.allows()
    source.answer = NO
    source.now += DAY_S
    assert not await source.allows()


async def test_a_host_that_pauses_is_asked_again_the_next_time():
    source = Source(FetchError("a pause", reason="paused", retry_after=90.0))
    assert not await source.allows()
    source.answer = b""
    assert await source.allows()


async def test_one_who_leaves_takes_the_answer_from_nobody():
    source = Source(NO)
    going = asyncio.Event()

    async def fetch(_: URL, __: URL | None) -> bytes:
        await going.wait()
        return NO

    source.robots = Robots(fetch, "monitor", lambda: source.now)
    impatient, patient = asyncio.create_task(source.allows()), asyncio.create_task(source.allows())
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.sleep(0)
    going.set()
    assert await patient is False


async def test_rules_of_many_hosts_are_kept_within_bounds():
    source = Source(b"User-agent: *\n" + b"Disallow: /%b\n" % (b"x" * 2_000) * 50)
    for number in range(60):
        await source.allows(f"https://{number}.example/")
    assert source.robots._size <= 2_000_000
    assert sum(len(rules.text or "") for rules in source.robots._known.values()) == source.robots._size
    assert len(source.robots._known) < 60


# What concerns us


def test_rules_for_thousands_of_others_cost_nothing():
    names = "".join(f"User-agent: bot{n}\n" for n in range(15_000))
    rules = "".join(f"Disallow: /{n}*x\n" for n in range(15_000))
    started = time.thread_time()
    ours = relevant(names + rules, "monitor")
    Protego.parse(ours)
    assert ours == ""
    assert time.thread_time() - started < 2.0


def test_a_group_that_names_us_many_times_is_given_its_rules_once():
    text = "User-agent: *\nUser-agent: monitor\n" * 5_000 + "Disallow: /a\n" * 5
    assert relevant(text, "monitor").count("user-agent") == 2


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("User-agent: mon\nDisallow: /", True),
        ("User-agent: monitor-plus\nDisallow: /", True),
        ("User-agent: Monitor/1.0\nDisallow: /", False),
        ("user agent monitor\ndisallow /", False),
        ("User-agent: other\nUser-agent: *\nDisallow: /", False),
        ("User-agent: *\nDisallow: /\nUser-agent: other\nDisallow:", False),
        ("User-agent: monitor\nDisallow:\n\nUser-agent: *\nDisallow: /", True),
        ("User-agent: monitor\nDisallow: /x\nUser-agent: monitor\nUser-agent: *\nDisallow: /no", False),
        ("User-agent: *\nSitemap: https://news.example/\nDisallow: /no", False),
        ("\ufeffUser-agent: *\rDisallow: /no # comment", False),
        ("User-agent: *\nDisallow: /*o$", False),
        ("User-agent: *\nDisallow: /\nAllow: /no", True),
        ("Disallow: /", True),
        ("User-agent:\nDisallow: /", True),
    ],
)
async def test_the_groups_that_name_us_or_everybody_are_those_that_count(text, allowed):
    assert await Source(text.encode()).allows() is allowed


FIELDS = st.sampled_from(["User-agent: *", "User-agent: monitor", "User-agent: other", "Disallow: /no", "Disallow: /"])
MORE = st.sampled_from(["Allow: /no", "Disallow:", "Crawl-delay: 5", "Sitemap: https://news.example/", "# so", ""])


@given(st.lists(FIELDS | MORE, max_size=12))
async def test_what_does_not_concern_us_is_dropped_without_changing_what_does(lines):
    text = "\n".join(lines)
    whole, ours = Protego.parse(text), Protego.parse(relevant(text, "monitor"))
    for url in ("https://news.example/no", "https://news.example/yes"):
        assert whole.can_fetch(url, "monitor") == ours.can_fetch(url, "monitor")
    assert whole.crawl_delay("monitor") == ours.crawl_delay("monitor")


@given(st.binary(max_size=300))
async def test_any_bytes_make_a_robots_txt(body):
    assert await Source(body).allows() in {True, False}

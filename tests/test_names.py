"""Names that resolve slowly, or never, hold up nobody else; hubs that a server names in its headers are found."""

import asyncio
import socket
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers import RSS, Site, http
from test_polling import poll, polling

from monitor.edge.guard import GuardedResolver, read_guard
from monitor.edge.headers import linked

PUBLIC = "93.184.215.14"


async def test_a_name_server_that_never_answers_for_many_names_delays_no_other_name() -> None:
    answered, asked = Event(), list[str]()

    def look_up(host: str, port: int, *_: object, **__: object) -> list[object]:
        asked.append(host)
        if host.startswith("dead"):
            answered.wait(60)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (PUBLIC, port))]

    resolver = GuardedResolver(read_guard(()), set(), look_up)
    names = [f"dead{number}.example" for number in range(100)]
    hanging = [asyncio.create_task(resolver.resolve(name, 443)) for name in names]
    try:
        found = await asyncio.wait_for(resolver.resolve("news.example", 443), 30)
        assert [one["host"] for one in found] == [PUBLIC]
        assert not any(task.done() for task in hanging)
        # Whoever gives up leaves the look-up behind; the next one waits for that, and takes no other thread.
        hanging[0].cancel()
        again = asyncio.create_task(resolver.resolve(names[0], 443))
        await asyncio.sleep(0)
        assert asked.count(names[0]) == 1
    finally:
        answered.set()
    assert [one["host"] for one in await again] == [PUBLIC]
    assert len(await asyncio.gather(*hanging[1:])) == 99


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        (['<https://hub.example/>; rel="hub"'], {"hub": "https://hub.example/"}),
        (["<https://a.example/>; rel=hub, <https://b.example/>;rel=self"], {"hub": "https://a.example/"}),
        (["</push>; title=x; REL='hub'", '<https://b.example/>; rel="self hub"'], {"hub": "https://b.example/"}),
        (['<https://a.example/?x=1,2;y>; type="a,b"; rel="alternate HUB"'], {"hub": "https://a.example/?x=1,2;y"}),
        (['<https://a.example/>; rel="next"', "hub", "<>; rel=hub", "; rel=hub"], {}),
    ],
)
def test_where_link_headers_point_to_is_read(headers: list[str], found: dict[str, str]) -> None:
    assert {name: url for name, url in linked(headers).items() if name == "hub"} == found


@given(st.lists(st.text(st.sampled_from("<>;, =\"'relhubx\t"), max_size=400), max_size=5))
def test_whatever_a_link_header_holds_it_is_read_or_passed_over(headers: list[str]) -> None:
    linked(headers)


@pytest.mark.slow
async def test_a_hub_that_the_server_names_goes_before_none_and_stays_while_nothing_changes(tmp_path: Path) -> None:
    async with Site() as site, polling(tmp_path, site) as pipeline:
        site.answers["/feed"] = http(RSS, "200 OK", 'Link: <https://hub.example/>; rel="hub", </feed>; rel="self"')
        assert (await poll(pipeline)).wishes.hub == "https://hub.example/"
        site.answers["/feed"] = http(RSS)
        feed = await poll(pipeline)
        assert (feed.wishes.hub, feed.wishes.topic) == ("https://hub.example/", f"{site.base}/feed")


@pytest.mark.parametrize("hub", ["file:///etc/passwd", "javascript:alert(1)", "http://u:p@hub.example/"])
async def test_a_hub_that_is_no_web_address_is_passed_over(tmp_path: Path, hub: str) -> None:
    async with Site({"/feed": http(RSS, "200 OK", f"Link: <{hub}>; rel=hub")}) as site, polling(tmp_path, site) as pipe:
        feed = await poll(pipe)
        assert (feed.wishes.hub, feed.failures) == ("", 0)

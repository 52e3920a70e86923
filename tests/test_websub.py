"""A feed that names a hub is subscribed, and what the hub pushes is polled; nobody else gets anything done."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest
from aiohttp import ClientSession, web
from fresh import lay
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from servers import Site, http
from sqlalchemy import select, update
from typer.testing import CliRunner

from monitor import push
from monitor.cli.main import app
from monitor.config import load
from monitor.daemon import Beats, make_beats, opened, run
from monitor.edge import sources, subscriptions, websub
from monitor.edge.clock import clock
from monitor.edge.database import reading, writing
from monitor.edge.rows import from_wishes
from monitor.edge.store import Store
from monitor.edge.tables import FEED, SUBSCRIPTION
from monitor.errors import ConfigError, StoreError
from monitor.model import Feed, Page
from monitor.pipeline import Pipeline
from monitor.settings import WebsubConfig
from monitor.think import websub as judging
from monitor.think.parse import parse

ON_BOTH = True

pytestmark = pytest.mark.slow  # a daemon at work, or nearly

TOPIC = "https://example.org/feed?a=1&b=2"
NEWS = (
    '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>News</title>'
    '<atom:link rel="self" href="https://example.org/feed?a=1&amp;b=2"/>{links}'
    "<item><title>One</title><guid isPermaLink='false'>1</guid></item></channel></rss>"
)


def news(*hubs: str) -> bytes:
    """A feed that names these hubs."""
    return NEWS.format(links="".join(f'<atom:link rel="hub" href="{hub}"/>' for hub in hubs)).encode()


@dataclass
class Hub:
    """A hub on the loopback: it keeps what it is asked, and asks back before it answers."""

    status: int = 202
    moves_to: str = ""
    confirms: bool = True
    lease: str = "864000"
    forms: list[dict[str, str]] = field(default_factory=list)
    challenges: list[tuple[int, str]] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        self._session = ClientSession()
        self._server = web.Server(self._answer)
        self._listener = await asyncio.get_running_loop().create_server(self._server, "127.0.0.1", 0)
        self.place = f"127.0.0.1:{self._listener.sockets[0].getsockname()[1]}"
        self.url = f"http://{self.place}/hub"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listener.close()
        await self._session.close()
        self._server.pre_shutdown()
        await self._server.shutdown(1)

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        if self.moves_to and request.path == "/hub":
            return web.Response(status=self.status, headers={"Location": self.moves_to})
        self.forms.append({name: str(value) for name, value in (await request.post()).items()})
        if self.confirms:
            self.challenges.append(await self.question())
        self.asked.set()
        return web.Response(status=self.status if not self.moves_to else 202)

    @property
    def callback(self) -> str:
        return self.forms[-1]["hub.callback"]

    async def question(self, **changes: str) -> tuple[int, str]:
        """Ask the subscriber whether it asked us."""
        form = self.forms[-1]
        said = {
            "mode": form.get("hub.mode", "subscribe"),
            "topic": form["hub.topic"],
            "challenge": "c-123",
            "lease_seconds": self.lease,
        }
        query = {f"hub.{name}": value for name, value in {**said, **changes}.items()}
        async with self._session.get(form["hub.callback"], params=query) as response:
            return response.status, await response.text()

    async def push(
        self, body: bytes = b"<rss/>", *, by: str = "sha256", headers: dict[str, str] | None = None, to: str = ""
    ) -> int:
        """Push, signed as we were asked to, or with other headers."""
        if headers is None:
            secret = next(form["hub.secret"] for form in reversed(self.forms) if "hub.secret" in form)
            headers = {"X-Hub-Signature": signed(secret, body, by)}
        async with self._session.post(to or self.callback, data=body, headers=headers) as response:
            return response.status


def signed(secret: str, body: bytes, by: str = "sha256") -> str:
    return f"{by}={hmac.new(secret.encode(), body, getattr(hashlib, by)).hexdigest()}"


@dataclass
class Room:
    """A feed, its hub, and the daemon's parts between them."""

    pipeline: Pipeline
    beats: Beats
    pushes: push.Pushes
    hub: Hub
    site: Site

    async def subscribe(self) -> None:
        """Have the feed name its hub, and ask the hub."""
        self.name_hub(self.hub.url)
        await self.ask()

    async def ask(self) -> None:
        self.pushes._follow_at = clock()
        await self.pushes.tick()
        await self.pushes.beat.drain()

    def name_hub(self, *hubs: str) -> None:
        """The feed was polled a while ago, and named these hubs; it has not changed since."""
        body = news(*hubs)
        self.site.answers["/feed"] = http(body)
        page = Page(f"{self.site.base}/feed", f"{self.site.base}/feed", 200, body)
        wishes, body_hash = from_wishes(parse(page, now=clock()).wishes), hashlib.sha256(body).hexdigest()
        self.change(FEED, wishes=wishes, body_hash=body_hash, succeeded_at=clock())
        self.rest()

    def change(self, table: Any, **values: object) -> None:
        with writing(self.pipeline.store.engine) as connection:
            connection.execute(update(table).values(**values))

    def row(self, table: Any = SUBSCRIPTION) -> Any:
        with reading(self.pipeline.store.engine) as connection:
            return connection.execute(select(table)).one()

    def rest(self, ago_s: float = 3600.0) -> datetime:
        """The feed was polled so long ago, and is not due for a day."""
        due_at = clock() + timedelta(days=1)
        self.change(FEED, polled_at=clock() - timedelta(seconds=ago_s), due_at=due_at)
        return due_at


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def written(folder: Path, site: Site, *allowed: str, more: str = "") -> Path:
    path = folder / "config.toml"
    lay(folder / "monitor.db")
    port = free_port()
    path.write_text(
        f"""
        [database]
        path = "monitor.db"
        [fetch]
        allow_private = {[site.place, *allowed]}
        max_feed = "100KB"
        {more}
        [read]
        workers = 1
        [websub]
        callback = "http://127.0.0.1:{port}/hub"
        listen = "127.0.0.1:{port}"
        [[feed]]
        name = "news"
        url = "{site.base}/feed"
        """,
        "utf-8",
    )
    return path


@asynccontextmanager
async def furnished(folder: Path, *, listed: bool = True) -> AsyncIterator[Room]:
    async with AsyncExitStack() as stack:
        site, hub = await stack.enter_async_context(Site()), await stack.enter_async_context(Hub())
        config = load(written(folder, site, *([hub.place] if listed else [])), {})
        pipeline = await stack.enter_async_context(opened(config))
        beats = make_beats(pipeline)
        pushes = await stack.enter_async_context(push.opened(pipeline, beats.poll))
        room = Room(pipeline, beats, pushes, hub, site)
        yield room
        await asyncio.gather(*(beat.stop() for beat in beats))


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with furnished(tmp_path) as room:
        yield room


# The whole way


async def test_a_feed_that_names_a_hub_is_subscribed_and_polled_as_soon_as_the_hub_pushes(room: Room) -> None:
    await room.subscribe()
    [form] = room.hub.forms
    assert form["hub.mode"] == "subscribe"
    assert form["hub.topic"] == TOPIC
    assert form["hub.lease_seconds"] == "864000"
    assert form["hub.callback"].startswith(room.pushes.base)
    assert 32 <= len(form["hub.secret"]) < 200
    assert room.hub.challenges == [(200, "c-123")]
    held = room.row()
    assert (held.state, held.failures, held.last_error) == ("active", 0, "")
    assert abs(held.until - clock() - timedelta(days=10)) < timedelta(minutes=1)
    assert abs(held.due_at - clock() - timedelta(days=8)) < timedelta(minutes=1)
    assert room.site.asked == []
    assert await room.hub.push() == 202
    await room.beats.poll.drain()
    assert room.site.paths == ["/feed"]
    assert room.row().pushed_at is not None


async def test_a_hub_that_pushes_a_hundred_times_causes_one_poll(room: Room) -> None:
    await room.subscribe()
    assert {await room.hub.push() for _ in range(100)} == {202}
    await room.beats.poll.drain()
    await room.pushes.tick()
    await room.beats.poll.drain()
    assert room.site.paths == ["/feed"]
    feed = room.row(FEED)
    assert feed.due_at >= feed.polled_at + timedelta(seconds=judging.PUSH_GAP_S)


async def test_a_push_soon_after_a_poll_waits_for_its_time_and_for_the_shortest_interval(room: Room) -> None:
    await room.subscribe()
    room.rest(ago_s=10)
    await room.hub.push()
    assert room.row(FEED).due_at == room.row(FEED).polled_at + timedelta(seconds=judging.PUSH_GAP_S)
    room.rest(ago_s=10)
    room.change(FEED, options={"shortest_s": 600.0})
    await room.hub.push()
    assert room.row(FEED).due_at == room.row(FEED).polled_at + timedelta(seconds=600)


async def test_a_push_during_a_poll_has_the_feed_polled_once_more(room: Room) -> None:
    await room.subscribe()
    room.change(FEED, due_at=clock() - timedelta(seconds=1))
    [feed] = room.pipeline.store.claim_feeds(clock(), 60, 1)
    await room.hub.push()
    await room.pipeline.poll(feed)
    before = room.row(FEED)
    assert before.due_at > before.polled_at + timedelta(minutes=5)
    await room.pushes.tick()
    assert room.row(FEED).due_at == before.polled_at + timedelta(seconds=judging.PUSH_GAP_S)


async def test_a_push_presses_no_feed_that_fails_rests_or_is_due_sooner(room: Room) -> None:
    await room.subscribe()
    due_at = room.rest()
    room.change(FEED, failures=3)
    await room.hub.push()
    assert room.row(FEED).due_at == due_at
    room.change(FEED, failures=0, state="gone")
    await room.hub.push()
    assert room.row(FEED).due_at == due_at
    sooner = clock() - timedelta(seconds=5)
    room.change(FEED, state="active", due_at=sooner)
    await room.hub.push()
    assert room.row(FEED).due_at == sooner


async def test_the_daemon_subscribes_and_answers_while_it_runs(tmp_path: Path, place: Path | str) -> None:
    async with Site() as site, Hub() as hub:
        path = written(tmp_path, site, hub.place)
        site.answers["/feed"] = http(news(hub.url))
        store = Store(place, str, "test")
        feed = Feed(id=0, name="news", url=f"{site.base}/feed")
        sources.sync(store.engine, [feed], clock())
        with writing(store.engine) as connection:  # as a poll before this start left it
            connection.execute(update(FEED).values(wishes={"hub": hub.url, "topic": TOPIC}))
        daemon = asyncio.create_task(run(lambda: load(path, {})))
        await asyncio.wait_for(hub.asked.wait(), 20)
        assert hub.challenges == [(200, "c-123")]
        assert await hub.push() == 202
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(daemon, 20)
        [held] = subscriptions.known(store.engine)
        assert held.state == "active"
        assert held.pushed_at is not None
        store.close()


async def test_the_list_of_feeds_tells_of_hubs_but_not_the_secrets(room: Room) -> None:
    await room.subscribe()
    config = str(room.pipeline.config.source)
    listed = CliRunner().invoke(app, ["--config", config, "feeds", "list", "--json"])
    [told] = json.loads(listed.stdout)["hubs"]
    assert (told["feed"], told["hub"], told["state"]) == ("news", room.hub.url, "active")
    shown = CliRunner().invoke(app, ["--config", config, "feeds", "list"])
    assert "Told of by hubs" in shown.stdout
    for output in (listed.stdout, shown.stdout):
        assert room.hub.forms[0]["hub.secret"] not in output
        assert room.hub.callback.rpartition("/")[2] not in output


# Hubs that are asked


async def test_a_lease_is_renewed_under_the_same_address_and_stays_in_force_meanwhile(room: Room) -> None:
    await room.subscribe()
    room.hub.confirms = False
    room.change(SUBSCRIPTION, due_at=clock() - timedelta(seconds=1))
    await room.ask()
    assert len(room.hub.forms) == 2
    assert room.hub.forms[0] == room.hub.forms[1]
    held = room.row()
    assert (held.state, held.failures, held.last_error) == ("active", 1, subscriptions.WAITING)
    room.hub.lease = "3600"
    assert await room.hub.question(lease_seconds="3600") == (200, "c-123")
    held = room.row()
    assert (held.failures, held.last_error) == (0, "")
    assert abs(held.due_at - clock() - timedelta(seconds=2880)) < timedelta(minutes=1)


async def test_a_hub_that_never_confirms_is_asked_again_ever_more_seldom(room: Room) -> None:
    room.hub.confirms = False
    await room.subscribe()
    await room.ask()
    assert len(room.hub.forms) == 1
    first = room.row()
    assert (first.state, first.failures) == ("asked", 1)
    assert first.due_at > clock() + timedelta(minutes=8)
    room.change(SUBSCRIPTION, due_at=clock() - timedelta(seconds=1))
    await room.ask()
    assert len(room.hub.forms) == 2
    assert room.row().due_at > clock() + timedelta(minutes=17)


async def test_a_crash_between_asking_and_its_answer_leaves_the_subscription_to_be_asked_for_again(room: Room) -> None:
    room.name_hub(room.hub.url)
    engine = room.pipeline.store.engine
    subscriptions.follow(engine, room.pushes.base, clock(), judging.asked_at)
    [taken] = await room.pushes._take(4)  # and here the process ends
    assert await room.pushes._take(4) == ()
    held = room.row()
    assert (held.state, held.failures) == ("asked", 1)
    assert clock() < held.due_at < clock() + timedelta(minutes=12)
    assert taken.callback == held.path


@pytest.mark.parametrize(
    ("status", "state", "at_least"), [(500, "asked", 0.005), (429, "asked", 0.005), (403, "refused", 6)]
)
async def test_a_hub_that_fails_is_asked_later_and_one_that_refuses_after_a_week(
    room: Room, status: int, state: str, at_least: float
) -> None:
    room.hub.status, room.hub.confirms = status, False
    await room.subscribe()
    held = room.row()
    assert held.state == state
    assert held.last_error == f"the hub answered status {status}"
    assert timedelta(days=at_least) < held.due_at - clock() < timedelta(days=max(7.8, 0.02))
    assert await room.hub.question() == ((200, "c-123") if state == "asked" else (404, ""))


async def test_a_hub_that_confirms_and_then_answers_with_an_error_has_confirmed(room: Room) -> None:
    room.hub.status = 500
    await room.subscribe()
    assert (room.row().state, room.row().failures) == ("active", 0)


async def test_a_hub_may_send_us_on_but_only_so_that_a_post_stays_one(room: Room) -> None:
    room.hub.moves_to, room.hub.status = "/other", 308
    await room.subscribe()
    assert room.row().state == "active"
    room.hub.status = 302
    room.change(SUBSCRIPTION, due_at=clock() - timedelta(seconds=1))
    await room.ask()
    assert len(room.hub.forms) == 1
    assert room.row().last_error == "the hub answered status 302"
    room.hub.moves_to, room.hub.status = "/hub", 307
    room.change(SUBSCRIPTION, due_at=clock() - timedelta(seconds=1))
    await room.ask()
    assert room.row().last_error == "the hub answered status 307"


async def test_a_hub_in_the_private_network_is_not_asked_unless_it_is_listed(tmp_path: Path) -> None:
    async with furnished(tmp_path, listed=False) as room:
        await room.subscribe()
        assert room.hub.forms == []
        assert room.row().state == "refused"
        assert "fetch.allow_private" in room.row().last_error


async def test_a_hub_that_says_no_is_left_alone_for_a_week(room: Room) -> None:
    await room.subscribe()
    assert (await room.hub.question(mode="denied", reason="not\x07 you"))[0] == 200
    held = room.row()
    assert (held.state, held.until, held.last_error) == ("refused", None, "the hub denied it: not you")
    assert held.due_at > clock() + timedelta(days=6)
    assert await room.hub.question() == (404, "")
    room.change(SUBSCRIPTION, due_at=clock() - timedelta(seconds=1))
    await room.ask()
    assert room.row().state == "active"


async def test_a_feed_that_names_another_hub_is_subscribed_there_under_another_address_but_not_with_every_poll(
    room: Room,
) -> None:
    await room.subscribe()
    old = room.hub.forms[0]
    other = room.hub.url + "?other"
    room.name_hub(other)
    await room.ask()
    assert room.hub.forms[1]["hub.mode"] == "unsubscribe"
    assert room.row().state == "ended"
    await room.ask()
    assert len(room.hub.forms) == 2
    held = room.row()
    assert held.hub == other
    assert abs(held.due_at - clock() - timedelta(hours=1)) < timedelta(minutes=1)
    room.change(SUBSCRIPTION, due_at=clock() - timedelta(seconds=1))
    await room.ask()
    assert room.row().state == "active"
    assert room.hub.callback != old["hub.callback"]
    assert room.hub.forms[2]["hub.secret"] != old["hub.secret"]
    assert await room.hub.push(to=old["hub.callback"]) == 404


@pytest.mark.parametrize("change", [{"state": "removed"}, {"wishes": {}}, {"options": {"proxy": "http://p.example:1"}}])
async def test_a_feed_that_is_removed_or_names_no_hub_any_more_has_the_hub_told_so(
    room: Room, change: dict[str, Any]
) -> None:
    await room.subscribe()
    room.change(FEED, **change)
    await room.ask()
    first, last = room.hub.forms
    assert last == {"hub.mode": "unsubscribe", "hub.callback": first["hub.callback"], "hub.topic": TOPIC}
    assert room.hub.challenges[1:] == [(200, "c-123")]
    assert (room.row().state, room.row().due_at) == ("ended", None)
    assert subscriptions.known(room.pipeline.store.engine) == ()
    assert await room.hub.push() == 410
    assert await room.hub.question() == (404, "")
    assert await room.hub.question(mode="unsubscribe") == (404, "")
    await room.ask()
    assert len(room.hub.forms) == 2


async def test_a_hub_that_does_not_confirm_that_it_stops_is_told_so_three_times(room: Room) -> None:
    await room.subscribe()
    room.hub.confirms = False
    room.change(FEED, state="removed")
    for _ in range(5):
        await room.ask()
        if room.row().due_at is not None:
            assert room.row().due_at > clock() + timedelta(minutes=5)
            assert await room.hub.question(mode="subscribe") == (404, ""), "it is not asked to tell us any more"
            room.change(SUBSCRIPTION, due_at=clock() - timedelta(seconds=1))
    assert [form["hub.mode"] for form in room.hub.forms] == ["subscribe", *["unsubscribe"] * 3]
    assert (room.row().state, room.row().due_at) == ("ended", None)


async def test_a_hub_that_never_confirmed_or_whose_lease_is_over_is_told_nothing_when_its_feed_goes(room: Room) -> None:
    await room.subscribe()
    room.change(SUBSCRIPTION, until=clock() - timedelta(seconds=1))
    room.change(FEED, state="removed")
    await room.ask()
    assert len(room.hub.forms) == 1
    assert (room.row().state, room.row().due_at) == ("ended", None)


async def test_a_feed_that_comes_back_is_subscribed_anew_once_its_hub_has_let_go(room: Room) -> None:
    await room.subscribe()
    room.change(FEED, state="removed")
    await room.ask()
    room.change(FEED, state="active")
    await room.ask()
    room.change(SUBSCRIPTION, due_at=clock() - timedelta(seconds=1))
    await room.ask()
    assert [form["hub.mode"] for form in room.hub.forms] == ["subscribe", "unsubscribe", "subscribe"]
    assert room.row().state == "active"


async def test_another_callback_in_the_configuration_has_the_hubs_asked_anew(room: Room) -> None:
    await room.subscribe()
    room.change(SUBSCRIPTION, path="https://old.example.org/hub/x", asked_at=clock() - timedelta(hours=2))
    await room.ask()
    assert len(room.hub.forms) == 2
    assert room.row().path.startswith(room.pushes.base)


async def test_the_feeds_of_one_hub_are_not_all_asked_for_at_once(room: Room) -> None:
    engine, now = room.pipeline.store.engine, clock()
    for number in range(subscriptions.ROUND + 5):
        sources.add(engine, Feed(id=0, name=f"feed-{number}", url=f"https://example.org/{number}"), now)
    room.change(FEED, wishes={"hub": room.hub.url, "topic": TOPIC})
    again = judging.asked_at
    assert subscriptions.follow(engine, room.pushes.base, now, again) == subscriptions.ROUND
    with reading(engine) as connection:
        due = sorted(connection.scalars(select(SUBSCRIPTION.c.due_at)))
    assert due[-1] - due[0] == timedelta(seconds=subscriptions.APART_S * (subscriptions.ROUND - 1))
    assert subscriptions.follow(engine, room.pushes.base, now, again) == 6
    assert subscriptions.follow(engine, room.pushes.base, now, again) == 0


# Who comes in


@pytest.mark.parametrize("by", ["sha1", "sha256", "sha384", "sha512"])
async def test_a_push_is_believed_under_every_algorithm_that_hubs_use(room: Room, by: str) -> None:
    await room.subscribe()
    due_at = room.rest()
    assert await room.hub.push(b"x" * 90_000, by=by) == 202
    assert room.row(FEED).due_at < due_at


async def test_a_push_that_is_not_signed_by_the_hub_is_taken_counted_and_has_no_effect(room: Room) -> None:
    await room.subscribe()
    due_at = room.rest()
    secret = room.hub.forms[0]["hub.secret"]
    right = signed(secret, b"<rss/>")
    forged: list[dict[str, str]] = [
        {},
        {"X-Hub-Signature": ""},
        {"X-Hub-Signature": signed("another secret", b"<rss/>")},
        {"X-Hub-Signature": signed(secret, b"<rss />")},
        {"X-Hub-Signature": right[:-1]},
        {"X-Hub-Signature": right.replace("sha256=", "sha1=")},
        {"X-Hub-Signature": right.replace("sha256=", "md5=")},
        # A right sum of the weak kind does not count beside a wrong one of a strong kind.
        {"X-Hub-Signature": f"{signed(secret, b'<rss/>', 'sha1')}, sha256={'0' * 64}"},
    ]
    for headers in forged:
        assert await room.hub.push(headers=headers) == 202
    assert room.pushes.unsigned == len(forged)
    assert room.row(FEED).due_at == due_at
    assert room.row().pushed_at is None
    assert await room.hub.push(headers={"X-Hub-Signature-256": right}) == 202
    assert room.row(FEED).due_at < due_at


async def test_a_hub_that_asks_what_we_did_not_ask_for_is_told_that_there_is_no_such_thing(room: Room) -> None:
    await room.subscribe()
    strange = [
        {"topic": "https://example.org/other"},
        {"topic": ""},
        {"mode": "unsubscribe"},
        {"mode": "denied", "topic": "https://example.org/other"},
        {"mode": "publish"},
        {"challenge": ""},
        {"challenge": "x" * 1025},
        {"challenge": "<script>\n"},
        {"challenge": "\u00e4"},
    ]
    for changes in strange:
        assert await room.hub.question(**changes) == (404, "")
    assert room.row().state == "active"
    # Hubs take topics apart and put them together again.
    assert (await room.hub.question(topic=TOPIC.replace("=", "%3D")))[0] == 200


async def test_nobody_is_answered_for_a_subscription_that_was_not_asked_for_yet(room: Room) -> None:
    room.name_hub(room.hub.url)
    subscriptions.follow(room.pipeline.store.engine, room.pushes.base, clock(), judging.asked_at)
    room.hub.forms.append({"hub.callback": room.row().path, "hub.topic": TOPIC, "hub.secret": room.row().secret})
    assert await room.hub.question() == (404, "")


async def test_a_challenge_goes_back_as_nothing_that_a_browser_would_show(room: Room) -> None:
    await room.subscribe()
    query = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": "<script>alert(1)</script>"}
    async with ClientSession() as session, session.get(room.hub.callback, params=query) as response:
        assert response.status == 200
        assert await response.text() == query["hub.challenge"]
        assert response.headers["Content-Type"] == "application/octet-stream"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Server"] == "monitor"
    # A hub that says nothing of a lease is taken to grant what we asked for.
    assert abs(room.row().until - clock() - timedelta(days=10)) < timedelta(minutes=1)


async def test_nothing_else_is_served(room: Room) -> None:
    await room.subscribe()
    base, callback = room.pushes.base, room.hub.callback
    nowhere = [
        base,
        base + "x" * 43,
        base + "../" * 9,
        base + "%00",
        base + "\u00e4" * 43,
        callback + "/",
        base + "x" * 7000,
    ]
    async with ClientSession() as session:
        for url in nowhere:
            async with session.get(url) as response:
                assert (response.status, await response.read()) == (404, b"")
            async with session.post(url, data=b"x") as response:
                assert response.status == 404
        for method in ("PUT", "DELETE", "OPTIONS", "PATCH"):
            async with session.request(method, callback) as response:
                assert response.status == 404
        async with session.get(base + "?" + "x" * 9000) as response:
            assert response.status == 400


async def test_a_body_beyond_the_bound_is_refused(room: Room) -> None:
    await room.subscribe()
    due_at = room.rest()
    assert await room.hub.push(b"x" * 100_001) == 413

    async def without_length() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b"x" * 10_000

    async with ClientSession() as session, session.post(room.hub.callback, data=without_length()) as response:
        assert response.status == 413
    assert room.row(FEED).due_at == due_at


async def test_who_sends_slowly_or_nonsense_or_too_often_is_hung_up_on(caplog: pytest.LogCaptureFixture) -> None:
    async def ask(token: str, _: object) -> websub.Answer:
        return websub.Answer(200, token)

    async def take(_: str, __: object, body: AsyncIterator[bytes]) -> websub.Answer:
        async for _chunk in body:
            pass
        return websub.Answer(202)

    async with websub.opened(websub.Door("127.0.0.1", 0, 1000, 0.05, ask, take)) as port:

        async def say(said: bytes) -> bytes:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(said)
            answer = b""
            with contextlib.suppress(ConnectionError):
                answer = await reader.read()
            writer.close()
            return answer.partition(b"\r\n")[0]

        assert (
            await say(b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345")
            == b"HTTP/1.1 408 Request Timeout"
        )
        assert await say(b"\x16\x03\x01 hello\r\n\r\n") == b"HTTP/1.0 400 Bad Request"
        many = b"".join(b"X-%d: y\r\n" % number for number in range(websub.MAX_HEADERS + 1))
        assert await say(b"GET /x HTTP/1.1\r\n" + many + b"\r\n") == b"HTTP/1.0 400 Bad Request"
        broken = b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n"
        assert await say(broken) == b"HTTP/1.0 400 Bad Request"
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(websub.MAX_CONNECTIONS)]
        assert await say(b"GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") == b""
        for _, writer in held:
            writer.close()
            await writer.wait_closed()
    assert caplog.records == []


async def test_a_port_that_is_taken_ends_the_start_with_a_remedy(room: Room) -> None:
    with pytest.raises(ConfigError, match="cannot listen on"):
        async with push.opened(room.pipeline, room.beats.poll):
            pass


async def test_a_locked_database_has_the_hub_come_again() -> None:
    async def refuse(*_: object) -> websub.Answer:
        raise StoreError("locked", hint="wait")

    async def break_down(*_: object) -> websub.Answer:
        raise RuntimeError("a bug")

    async with (
        websub.opened(websub.Door("127.0.0.1", 0, 1000, 5, refuse, break_down)) as port,
        ClientSession() as session,
    ):
        async with session.get(f"http://127.0.0.1:{port}/x") as response:
            assert response.status == 503
        async with session.post(f"http://127.0.0.1:{port}/x") as response:
            assert response.status == 500


# Thinking


@given(
    st.lists(
        st.text("sha125634=,f\u00e4 ", max_size=30) | st.sampled_from(["sha1=" + "0" * 40, "SHA512=" + "F" * 128]),
        max_size=3,
    )
)
def test_no_header_of_a_push_breaks_anything(headers: list[str]) -> None:
    found = judging.strongest(headers)
    assert found is None or not judging.agrees(judging.begin_sum("secret", found), found)


@given(st.text(max_size=50) | st.integers().map(str), st.floats(3600, 90 * 86_400))
def test_every_lease_is_within_bounds(said: str, wanted: float) -> None:
    assert judging.SHORTEST_LEASE_S <= judging.lease_s(said, wanted) <= judging.LONGEST_LEASE_S


def test_a_lease_is_what_the_hub_says_of_it(now: datetime) -> None:
    assert judging.lease_s("86400", 864_000) == 86_400
    assert judging.lease_s("1", 864_000) == judging.SHORTEST_LEASE_S
    assert judging.lease_s("9" * 19, 864_000) == judging.LONGEST_LEASE_S
    assert {judging.lease_s(said, 864_000) for said in ("", "soon", "-5", "0", "NaN", "1e9", "٣")} == {864_000}
    assert judging.renewed_at(now, 100_000) == now + timedelta(seconds=80_000)


def test_a_clock_that_was_set_back_puts_no_poll_off_for_long(now: datetime) -> None:
    assert judging.polled_at(now, now + timedelta(days=400), 0) == now + timedelta(seconds=judging.PUSH_GAP_S)
    assert judging.polled_at(now, None, 0) == now


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("callback", "http://news.example.org/hub"),
        ("callback", "https://news.example.org/hub?a=1"),
        ("callback", "https://me:pass@news.example.org/hub"),
        ("callback", "ftp://news.example.org/hub"),
        ("listen", "8799"),
        ("listen", "127.0.0.1:0"),
        ("listen", "127.0.0.1:65536"),
        ("lease", "10m"),
        ("lease", "1000d"),
    ],
)
def test_a_setting_that_could_not_work_is_refused(key: str, value: str) -> None:
    with pytest.raises(ValidationError, match=key):
        WebsubConfig(**{key: value})  # type: ignore[arg-type]
    assert WebsubConfig(callback="https://news.example.org/hub", listen="[::1]:8799").lease == 864_000

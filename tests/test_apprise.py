"""Promises of Apprise: whatever service it knows is told, within the guard, in bounded time, and no key gets out."""

import asyncio
import json
import logging
import socket
import sqlite3
import subprocess
import sys
import threading
import urllib.request
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiohttp import web
from test_webhook import Hook, served
from told import ARTICLE, match, message, rendered
from typer.testing import CliRunner

from monitor.cli.main import app
from monitor.edge.enclosed import enclosed
from monitor.edge.guard import RefusedAddressError, read_guard
from monitor.edge.send.apprise import AppriseChannel, AppriseSettings
from monitor.errors import ConfigError, DeliveryError

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what the library loads
LOOPBACK = read_guard(["127.0.0.0/8"])


def channel(url, **settings):
    pytest.importorskip("apprise", reason="the extra monitor[apprise] is not installed")
    return AppriseChannel(AppriseSettings(url, **{"guard": LOOPBACK, "timeout_s": 10, **settings}))


@asynccontextmanager
async def service(*answers, scheme="json"):
    """A hook, and the URL by which Apprise reaches it."""
    hook = Hook(*answers)
    async with served(hook) as url:
        yield hook, url.replace("http://", f"{scheme}://")


async def failure(*answers, **settings):
    async with service(*answers) as (hook, url):
        with pytest.raises(DeliveryError) as caught:
            await channel(url, **settings).send(message())
    return caught.value, hook


@pytest.mark.slow
async def test_an_alert_reaches_a_service_with_subject_and_text():
    async with service() as (hook, url):
        answer = await channel(url).send(rendered(found=match(severity="critical")))
    ((_, body),) = hook.requests
    told = json.loads(body)
    assert told["title"] == message().subject
    assert told["message"].startswith("Crane falls")
    assert message().uid in told["message"]
    assert told["type"] == "failure"
    assert answer == "taken by JSON"


@pytest.mark.slow
async def test_ntfy_is_told_too():
    async with service(web.json_response({}), scheme="ntfy") as (hook, url):
        await channel(url).send(message())
    ((_, body),) = hook.requests
    assert b"Crane falls" in body


async def test_a_hostile_headline_stays_one_message():
    evil = replace(ARTICLE, title='"}\r\nX: y\u202e\x00<script>' + "x" * 10**6, language="ar")
    async with service() as (hook, url):
        await channel(url).send(rendered(evil))
    bodies = [json.loads(body) for _, body in hook.requests]
    assert len(bodies) == 1
    assert not {"\r", "\x00", "\u202e"} & set(bodies[0]["title"] + bodies[0]["message"])
    assert len(bodies[0]["message"]) < 5000


@pytest.mark.parametrize(
    ("status", "permanent"), [(400, True), (413, True), (401, False), (404, False), (429, False), (500, False)]
)
async def test_what_is_refused_for_good_is_told_from_what_is_not(status, permanent):
    error, _ = await failure(web.Response(status=status))
    assert error.permanent is permanent
    assert error.reached
    assert not error.maybe_taken


async def test_the_keys_in_its_url_show_nowhere(caplog):
    hook = Hook(web.Response(status=500))
    with caplog.at_level(logging.WARNING):
        async with served(hook) as url:
            port = url.rpartition(":")[2].partition("/")[0]
            made = channel(f"json://user:topsecretpass@127.0.0.1:{port}/secretkey")
            with pytest.raises(DeliveryError) as caught:
                await made.send(message())
    assert "topsecretpass" not in str(caught.value) + caplog.text + repr(made._settings)
    assert "secretkey" not in str(caught.value) + caplog.text


async def test_the_private_network_is_closed_unless_it_is_listed():
    error, hook = await failure(guard=read_guard([]))
    assert "127.0.0.1 port" in str(error)
    assert "deliver.allow_private" in error.hint
    assert not error.permanent
    assert not error.maybe_taken
    assert not hook.requests


async def test_a_redirect_is_not_followed():
    async with service() as (inside, target):
        error, _ = await failure(web.HTTPTemporaryRedirect(target.replace("json", "http")))
    assert not inside.requests
    assert not error.permanent


async def test_a_service_that_never_answers_costs_its_time_and_no_more():
    gate = asyncio.Event()

    async def wait(request):
        await gate.wait()
        return web.Response()

    hook = Hook()
    hook.take = wait
    async with served(hook) as url:
        with pytest.raises(DeliveryError, match="no answer in time") as caught:
            await channel(url.replace("http", "json"), timeout_s=0.2).send(message())
        gate.set()
    assert caught.value.maybe_taken


async def test_a_service_that_is_not_there_is_tried_again():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(DeliveryError) as caught:
            await channel(f"json://127.0.0.1:{closed.getsockname()[1]}/").send(message())
    assert not caught.value.permanent


@pytest.mark.parametrize("url", ["nosuch://secretkey", "", "tgram://", "https://", "json://"])
def test_a_url_that_apprise_does_not_know_is_a_fault_without_the_url(url):
    with pytest.raises(ConfigError) as caught:
        channel(url)
    assert "secretkey" not in str(caught.value)


@pytest.mark.slow
def test_without_the_extra_such_a_receiver_is_a_clear_fault():
    code = (
        "import sys; sys.modules['apprise'] = None\n"
        "from monitor.edge.send.apprise import AppriseChannel, AppriseSettings\n"
        "try: AppriseChannel(AppriseSettings('json://a'))\n"
        "except Exception as error: print(type(error).__name__, error, error.hint)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.startswith("ConfigError")
    assert "monitor[apprise]" in said


@pytest.mark.slow
def test_check_and_config_show_keep_the_url_to_themselves(tmp_path, monkeypatch):
    pytest.importorskip("apprise")
    (tmp_path / "config.toml").write_text(
        '[database]\npath = "m.db"\n[[topic]]\nname = "a"\nquery = "wheat"\n'
        '[[receiver]]\nname = "phone"\nkind = "apprise"\nurl_secret = "phone"\ntemplate = "phone.txt"\n'
        '[[route]]\nreceivers = ["phone"]\n',
        "utf-8",
    )
    (tmp_path / "phone.txt").write_text("{{ subject }}\n{{ nope }}", "utf-8")

    def run(*words):
        return CliRunner().invoke(app, ["--config", str(tmp_path / "config.toml"), *words])

    assert "MONITOR_SECRET_PHONE" in str(run("check").exception)
    monkeypatch.setenv("MONITOR_SECRET_PHONE", "ntfys://ntfy.example/secretkey")
    assert "phone.txt:2: 'nope' is undefined" in run("check").output
    (tmp_path / "phone.txt").write_text("{{ subject }}", "utf-8")
    assert run("check").exit_code == 0
    monkeypatch.setenv("MONITOR_SECRET_PHONE", "nosuch://secretkey")
    refused = run("check")
    assert refused.exit_code == 1
    assert "secretkey" not in refused.output + run("config", "show").output


# What is done within an enclosure


def listening():
    server = socket.create_server(("127.0.0.1", 0))
    return server, server.getsockname()[1]


def test_nothing_private_is_reached_from_within_and_all_of_it_from_without():
    server, port = listening()
    udp, unix = socket.socket(type=socket.SOCK_DGRAM), socket.socket(socket.AF_UNIX)
    with server, socket.socket() as tcp, udp, unix:
        with enclosed(read_guard([])) as enclosure:
            for reach in (
                lambda: socket.create_connection(("127.0.0.1", port)),
                lambda: socket.create_connection(("localhost", port)),
                lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/"),
                lambda: tcp.connect(("127.0.0.1", port)),
                lambda: udp.sendto(b"x", ("127.0.0.1", port)),
                lambda: unix.connect("/run/systemd/notify"),
                lambda: subprocess.run(["true"], check=False),
            ):
                with pytest.raises(OSError, match=r"public network|starts a program"):
                    reach()
        assert len(enclosure.refused) >= 7
        socket.create_connection(("127.0.0.1", port)).close()
        subprocess.run(["true"], check=True)


def test_a_host_that_is_listed_by_name_is_reached_at_whatever_address_it_has():
    server, port = listening()
    first, second = socket.socket(), socket.socket()
    with server, first, second, enclosed(read_guard([f"host.example:{port}"])):
        # The look-up of a listed name opens the connection that follows, that of another one closes it again.
        sys.audit("socket.getaddrinfo", "host.example", port, 0, 0, 0)
        first.connect(("127.0.0.1", port))
        sys.audit("socket.getaddrinfo", "other.example", port, 0, 0, 0)
        with pytest.raises(RefusedAddressError):
            second.connect(("127.0.0.1", port))


def test_other_threads_are_not_held(tmp_path):
    server, port = listening()
    done = []
    with server, enclosed(read_guard([])):
        thread = threading.Thread(target=lambda: done.append(socket.create_connection(("127.0.0.1", port)).close()))
        thread.start()
        thread.join()
        sqlite3.connect(tmp_path / "a.db").close()
        assert (tmp_path / "a.db").read_bytes() == b""
    assert done == [None]

"""Promises of webhooks: signed, bounded, told apart what to try again, and never sent where nobody asked for it."""

import asyncio
import json
import shutil
import subprocess
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from told import ALERT, ARTICLE, message, rendered

from monitor.edge.guard import guarded_session
from monitor.edge.send.webhook import WebhookChannel, WebhookSettings
from monitor.errors import ConfigError, DeliveryError

OLD, NEW = "whsec_" + "QUJD" * 8, "whsec_" + "REVG" * 8
DOCUMENT = Path(__file__).parents[1].joinpath("docs/webhook.md").read_text("utf-8")


class Hook:
    """Keeps each request; `answers` are its responses in turn, then 204."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []  # (headers, body)

    async def take(self, request):
        self.requests.append((request.headers.copy(), await request.read()))
        return self.answers.pop(0) if self.answers else web.Response(status=204)


@asynccontextmanager
async def served(hook):
    """A loopback server over a hook, and its URL."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", hook.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/key-of-the-desk"
    finally:
        await runner.cleanup()


@pytest.fixture
async def session():
    async with guarded_session(["127.0.0.1"], "monitor/1 (+desk@example.org)") as session:
        yield session


async def delivered(session, *answers, note=None, **settings):
    hook = Hook(*answers)
    async with served(hook) as url:
        answer = await WebhookChannel(WebhookSettings(url, **settings), session).send(note or message())
    return hook, answer


async def failure(session, *answers, **settings):
    with pytest.raises(DeliveryError) as caught:
        await delivered(session, *answers, **settings)
    return caught.value


async def test_an_alert_arrives_as_signed_json(session):
    hook, answer = await delivered(session, secrets=(NEW,))
    ((headers, body),) = hook.requests
    assert answer == "204 No Content"
    assert Webhook(NEW).verify(body, headers) == message().payload
    assert headers["webhook-id"] == ALERT.uid == message().payload["id"]
    assert headers["Content-Type"] == "application/json"
    assert headers["User-Agent"] == "monitor/1 (+desk@example.org)"


async def test_a_repeat_brings_the_same_bytes_under_the_same_id(session):
    hook = Hook(web.Response(status=503))
    async with served(hook) as url:
        channel = WebhookChannel(WebhookSettings(url, (NEW,)), session)
        with pytest.raises(DeliveryError):
            await channel.send(message())
        await channel.send(message())
    first, second = hook.requests
    assert first[1] == second[1]
    assert first[0]["webhook-id"] == second[0]["webhook-id"]


async def test_while_a_secret_is_replaced_both_the_old_and_the_new_one_verify(session):
    hook, _ = await delivered(session, secrets=(NEW, OLD))
    ((headers, body),) = hook.requests
    for secret in (OLD, NEW):
        Webhook(secret).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "R0hJ" * 8).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(body.replace(b"harbour", b"airport"), headers)


async def test_without_a_secret_the_alert_goes_unsigned(session):
    hook, _ = await delivered(session)
    ((headers, body),) = hook.requests
    assert "webhook-signature" not in headers
    assert json.loads(body)["id"] == headers["webhook-id"]


async def test_news_in_any_script_arrives_as_written(session):
    note = rendered(ARTICLE.__class__(id=1, key="k", url="", title="Кран упал 港口 مرفأ 🏗", language="uk"))
    hook, _ = await delivered(session, note=note, secrets=(NEW,))
    ((headers, body),) = hook.requests
    assert Webhook(NEW).verify(body, headers)["data"]["article"]["title"] == "Кран упал 港口 مرفأ 🏗"
    assert "Кран".encode() in body


async def test_configured_headers_are_sent_and_replace_none_of_ours(session):
    headers = {"Authorization": "Bearer x", "Webhook-Id": "forged", "content-type": "text/plain"}
    hook, _ = await delivered(session, headers=headers, secrets=(NEW,))
    ((received, _),) = hook.requests
    assert received["Authorization"] == "Bearer x"
    assert received.getall("webhook-id") == [ALERT.uid]
    assert received.getall("Content-Type") == ["application/json"]


def test_what_cannot_be_a_header_is_refused_at_once():
    for headers in ({"X-Team": "a\r\nHost: b"}, {"X\nTeam": "a"}, {"X Team": "a"}, {"": "a"}):
        with pytest.raises(ConfigError, match="header"):
            WebhookSettings("https://x.example/", headers=headers)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!!!", "a pass phrase", "whsec_QUJD", "ключ"])
def test_a_signing_secret_that_is_none_is_refused_and_not_shown(secret):
    with pytest.raises(ConfigError) as caught:
        WebhookSettings("https://x.example/", (secret,))
    assert "openssl" in caught.value.hint
    assert len(secret) < 7 or secret not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "permanent"),
    [(status, True) for status in (400, 401, 404, 410, 413, 422)]
    + [(status, False) for status in (408, 425, 429, 500, 502, 503, 504, 599)],
)
async def test_what_can_pass_is_tried_again_and_what_cannot_is_not(session, status, permanent):
    error = await failure(session, web.Response(status=status, text="so sorry"))
    assert error.permanent is permanent
    assert str(status) in str(error)
    assert "so sorry" in str(error)
    assert error.retry_after is None


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_every_2xx_is_a_delivery(session, status):
    _, answer = await delivered(session, web.Response(status=status))
    assert answer.startswith(str(status))


async def test_an_endpoint_that_is_gone_comes_with_advice(session):
    assert "remove the receiver" in (await failure(session, web.Response(status=410))).hint


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed_and_the_hint_names_its_target(session, status):
    elsewhere = Hook()
    async with served(elsewhere) as target:
        error = await failure(session, web.Response(status=status, headers={"Location": target}), secrets=(NEW,))
    assert elsewhere.requests == []
    assert error.permanent
    assert target in error.hint


async def test_a_server_that_asks_for_time_is_given_it(session):
    error = await failure(session, web.Response(status=429, headers={"Retry-After": "120"}))
    assert error.retry_after == 120
    error = await failure(session, web.Response(status=503, headers={"Retry-After": "9" * 30}))
    assert error.retry_after == 86_400
    later = format_datetime(datetime.now(UTC) + timedelta(minutes=3), usegmt=True)
    error = await failure(session, web.Response(status=503, headers={"Retry-After": later}))
    assert 170 < error.retry_after <= 180


async def test_a_server_that_asks_for_nonsense_is_tried_again_in_our_own_time(session):
    for useless in ("soon", "-5", "1e9", "NaN", "Mon, 01 Jan 2001 00:00:00 GMT"):
        error = await failure(session, web.Response(status=429, headers={"Retry-After": useless}))
        assert (error.retry_after, error.permanent) == (None, False)


async def test_a_long_or_dirty_answer_is_kept_short_and_on_one_line(session):
    body = b"\x00\x1b[31mred\r\nline\xff\xe2\x80\xae" + b"x" * 5_000_000
    _, answer = await delivered(session, web.Response(status=200, body=body))
    assert len(answer) <= 1100
    assert answer.isprintable()
    assert answer.startswith("200 OK: [31mred line")


@asynccontextmanager
async def raw(answer):
    """A server that says these bytes to each request, and then says and closes nothing; or hangs up, for None."""
    writers = []

    async def speak(reader, writer):
        writers.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        if answer is None:
            writer.transport.abort()
        else:
            writer.write(answer)

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/key-of-the-desk"
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()


@pytest.mark.parametrize(
    "answer",
    [None, b"", b"what?\r\n\r\n", b"HTTP/1.1 999", b"HTTP/1.1 200 OK\r\n" + b"X: " + b"x" * 100_000],
    ids=["hangs up", "silent", "garbage", "half an answer", "endless header"],
)
async def test_a_server_that_gives_no_answer_is_tried_again_and_the_key_in_its_url_is_not_shown(session, answer):
    async with raw(answer) as url:
        channel = WebhookChannel(WebhookSettings(url, timeout_s=0.2), session)
        with pytest.raises(DeliveryError) as caught:
            await channel.send(message())
    assert not caught.value.permanent
    assert caught.value.maybe_taken
    assert "127.0.0.1" in str(caught.value)
    assert "key-of-the-desk" not in f"{caught.value} {caught.value.hint}"


async def test_a_2xx_whose_body_never_ends_is_a_delivery(session):
    async with raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n") as url:
        assert await WebhookChannel(WebhookSettings(url, timeout_s=0.2), session).send(message()) == "200 OK"


async def test_a_refused_connection_is_tried_again(session):
    async with raw(b"") as url:
        pass
    with pytest.raises(DeliveryError) as caught:
        await WebhookChannel(WebhookSettings(url), session).send(message())
    assert not caught.value.permanent


async def test_no_alert_goes_into_the_private_network_unless_it_is_listed():
    hook = Hook()
    async with served(hook) as url, guarded_session((), "monitor") as closed:
        for address in (url, url.replace("127.0.0.1", "localhost"), url.replace("127.0.0.1", "[::ffff:127.0.0.1]")):
            with pytest.raises(DeliveryError) as caught:
                await WebhookChannel(WebhookSettings(address), closed).send(message())
            assert "deliver.allow_private" in caught.value.hint
    assert hook.requests == []


def test_neither_secret_nor_key_shows_when_settings_are_printed():
    shown = repr(WebhookSettings("https://x.example/key", (NEW,), headers={"Authorization": "Bearer token"}))
    assert all(secret not in shown for secret in ("key", NEW, "token"))


def example(language):
    return DOCUMENT.split(f"```{language}\n")[1].split("```")[0]


async def test_the_documented_python_reads_a_real_delivery_and_refuses_a_forged_one(session):
    hook, _ = await delivered(session, secrets=(NEW, OLD))
    ((headers, body),) = hook.requests
    read_alert = {}
    exec(example("python"), read_alert)
    assert read_alert["read_alert"](body, headers, OLD) == message().payload
    with pytest.raises(WebhookVerificationError):
        read_alert["read_alert"](body + b" ", headers, OLD)


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
async def test_the_documented_node_reads_a_real_delivery_and_refuses_a_forged_one(session):
    hook, _ = await delivered(session, secrets=(NEW, OLD))
    ((headers, body),) = hook.requests
    sent = json.dumps([{name.lower(): value for name, value in headers.items()}, body.decode(), OLD])
    script = example("js") + (
        "const [headers, body, secret] = JSON.parse(require('fs').readFileSync(0));"
        "console.log(readAlert(Buffer.from(body), headers, secret).id);"
        "try { readAlert(Buffer.from(body + ' '), headers, secret); } catch (error) { console.log(error.message); }"
    )
    said = await asyncio.to_thread(subprocess.run, ["node", "-e", script], input=sent.encode(), capture_output=True)
    assert said.stdout.decode().splitlines() == [ALERT.uid, "not signed with this secret"], said.stderr.decode()


async def test_the_signature_is_of_this_moment_and_not_of_the_alerts(session):
    hook, _ = await delivered(session, secrets=(NEW,))
    ((headers, _),) = hook.requests
    sent = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    assert abs(datetime.now(UTC) - sent) < timedelta(minutes=1)
    assert message().payload["timestamp"] == "2024-05-01T12:41:00Z"

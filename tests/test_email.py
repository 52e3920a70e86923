"""Promises of mail: it arrives whole and once, a refusal is understood, and no password gets out."""

import asyncio
import email
import email.policy
import re
import shutil
import ssl
import subprocess
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiosmtpd.smtp import SMTP, AuthResult
from hypothesis import given, settings
from hypothesis import strategies as st
from told import ALERT, ARTICLE, NOW, match, message, rendered

from monitor.edge.send.email import EmailChannel, EmailSettings
from monitor.edge.send.mail import address, compose
from monitor.edge.send.rests import Rests
from monitor.errors import ConfigError, DeliveryError
from monitor.think import render

PASSWORD = "Mötör ключ:\\1"
DESK = "desk@example.org"


class Sink:
    """Keeps what it is sent; `replies` are its answers to a command or an address, in turn, then 250."""

    def __init__(self, replies=None):
        self.replies = {about: list(lines) for about, lines in (replies or {}).items()}
        self.mails, self.envelopes, self.logins, self.encrypted = [], [], [], []

    def reply(self, about):
        lines = self.replies.get(about)
        return lines.pop(0) if lines else "250 OK"

    async def handle_MAIL(self, server, session, envelope, sender, options):  # noqa: N802 - aiosmtpd's name
        answer = self.reply("MAIL")
        if answer.startswith("250"):
            envelope.mail_from = sender
        return answer

    async def handle_RCPT(self, server, session, envelope, recipient, options):  # noqa: N802
        answer = self.reply(recipient)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(recipient)
        return answer

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        answer = self.reply("DATA")
        if answer.startswith("250"):
            self.mails.append(envelope.content)
            self.envelopes.append((envelope.mail_from, tuple(envelope.rcpt_tos)))
            self.encrypted.append(session.ssl is not None)
        return answer

    def authenticate(self, server, session, envelope, mechanism, data):
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password.decode() == PASSWORD, handled=False)

    @property
    def parsed(self):
        return [email.message_from_bytes(mail, policy=email.policy.default) for mail in self.mails]


@asynccontextmanager
async def listening(protocol, **options):
    """A loopback server and its port; its connections are cut when it ends."""
    transports = []

    def connect():
        made = protocol()
        greet = made.connection_made

        def note(transport):
            transports.append(transport)
            greet(transport)

        made.connection_made = note
        return made

    server = await asyncio.get_running_loop().create_server(connect, "127.0.0.1", 0, **options)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for transport in transports:
            transport.abort()
        await asyncio.sleep(0)


@asynccontextmanager
async def mail_server(sink, *, smtp_utf8=True, starttls=None, tls=None, login=False):
    """An SMTP server over a sink, and the settings that reach it."""

    def session():
        return SMTP(
            sink,
            hostname="mail.example",
            enable_SMTPUTF8=smtp_utf8,
            tls_context=starttls,
            auth_require_tls=starttls is not None,
            auth_exclude_mechanism=() if login else ("LOGIN", "PLAIN"),
            authenticator=sink.authenticate if login else None,
            loop=asyncio.get_running_loop(),
        )

    async with listening(session, ssl=tls) as port:
        security = "starttls" if starttls else "tls" if tls else "none"
        yield EmailSettings("127.0.0.1", "monitor@news.example", (DESK,), port=port, security=security, timeout_s=5)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for loopback that vouches for itself."""
    if not shutil.which("openssl"):
        pytest.skip("the openssl command, which makes the certificate, is not installed")
    folder = tmp_path_factory.mktemp("certificate")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run([*command.split(), *files, *names], check=True, capture_output=True)
    return folder


@pytest.fixture
def server_tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    return context


async def failure(settings, note=None):
    with pytest.raises(DeliveryError) as caught:
        await EmailChannel(settings).send(note or message())
    return caught.value


async def test_an_alert_arrives_as_one_mail_with_text_and_html():
    sink = Sink()
    async with mail_server(sink) as settings:
        answer = await EmailChannel(replace(settings, to=(DESK, "night@example.org"))).send(message())
    (mail,) = sink.parsed
    assert answer == "OK"
    assert sink.envelopes == [("monitor@news.example", (DESK, "night@example.org"))]
    assert mail.get_content_type() == "multipart/alternative"
    assert mail.get_body(("plain",)).get_content().replace("\r\n", "\n") == message().text
    assert mail.get_body(("html",)).get_content().replace("\r\n", "\n") == message().html
    assert mail["Subject"] == message().subject
    assert mail["From"] == "monitor@news.example"
    assert mail["To"] == f"{DESK}, night@example.org"
    assert mail["Date"].datetime == NOW
    assert not mail.defects


async def test_a_repeat_is_the_same_mail_under_the_same_name():
    sink = Sink()
    async with mail_server(sink) as settings:
        channel = EmailChannel(settings)
        await channel.send(message())
        await channel.send(message())
    assert sink.mails[0] == sink.mails[1]
    assert sink.parsed[0]["Message-ID"] == f"<{ALERT.uid}@news.example>"


def parsed(note, sender="monitor@news.example", to=(DESK,)):
    return email.message_from_bytes(compose(note, sender, to), policy=email.policy.default)


def test_alerts_of_one_story_thread_together_whatever_the_length_of_the_domain():
    sender = f"monitor@{'a-department.of-a-company.' * 6}example"
    first = compose(rendered(), sender, (DESK,)).decode()
    second = compose(rendered(replace(ARTICLE, id=9, title="Another")), sender, (DESK,)).decode()
    thread = f"<{rendered().thread}@{sender.partition('@')[2]}>"
    for mail in (first, second):
        assert f"\r\nReferences: {thread}\r\n" in mail
        assert f"\r\nIn-Reply-To: {thread}\r\n" in mail


def test_a_mail_says_that_a_machine_sent_it_and_on_which_topic():
    mail = parsed(rendered())
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Monitor-Topic"] == "harbour"
    assert mail["List-Id"] == "The harbour <harbour.monitor.news.example>"


def test_a_test_message_becomes_a_mail_too():
    mail = parsed(render.test_message("desk", NOW))
    assert mail["Subject"] == "[monitor] Test message for desk"
    assert mail["X-Monitor-Topic"] == "test"


@pytest.mark.parametrize(
    "title",
    [
        "Crane\r\nBcc: all@example.org\r\n\r\nBuy now",
        "Crane\nTo: all@example.org",
        "Crane\x85Bcc: a@example.org\u2028Bcc: b@example.org\x0bBcc: c@example.org",
        "=?utf-8?Q?Crane=0D=0ABcc:_all@example.org?=",
        "\ud800 <b>\x00\u202e",
        "й" * 1_000_000,
    ],
    ids=range(6),
)
def test_no_headline_adds_a_header_or_a_recipient(title):
    hostile = replace(ARTICLE, title=title, site=title, summary=title, text=title, authors=(title,))
    raw = compose(rendered(hostile, match(topic=title)), "monitor@news.example", (DESK,))
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    for name in ("Subject", "From", "To", "Date", "Message-ID", "References", "List-Id", "X-Monitor-Topic"):
        assert len(mail.get_all(name)) == 1
    assert mail["Bcc"] is None
    assert mail["To"] == DESK
    assert max(map(len, raw.split(b"\r\n"))) < 998
    assert raw.isascii()


def test_a_message_that_was_not_cleaned_still_adds_no_header():
    raw = compose(message(subject="Crane\r\nBcc: all@example.org\u2029"), "monitor@news.example", (DESK,))
    assert email.message_from_bytes(raw, policy=email.policy.default)["Subject"] == "Crane Bcc: all@example.org"


@settings(deadline=None)
@given(st.text(min_size=1, max_size=100))
def test_every_subject_arrives_as_it_was_sent(title):
    note = message(subject=title)
    arrived = email.header.make_header(email.header.decode_header(parsed_raw_subject(note)))
    assert str(arrived) == " ".join(re.split("[\x00-\x20\x7f-\x9f\u2028\u2029]+", note.subject)).strip()


def parsed_raw_subject(note):
    raw = compose(note, "monitor@news.example", (DESK,))
    return email.message_from_bytes(raw, policy=email.policy.compat32)["Subject"]


async def test_an_address_of_any_script_is_served_where_the_server_can():
    sink = Sink()
    async with mail_server(sink) as settings:
        await EmailChannel(replace(settings, to=("дежурный@новини.example", DESK))).send(message())
    assert sink.envelopes == [("monitor@news.example", ("дежурный@xn--b1amarcd.example", DESK))]
    assert "To: дежурный@xn--b1amarcd.example".encode() in sink.mails[0]


async def test_a_server_without_smtputf8_serves_the_plain_addresses_and_the_answer_names_the_others():
    sink = Sink()
    async with mail_server(sink, smtp_utf8=False) as settings:
        answer = await EmailChannel(replace(settings, to=("дежурный@example.org", DESK))).send(message())
        assert sink.envelopes == [("monitor@news.example", (DESK,))]
        assert "refused for дежурный@example.org: 553" in answer
        error = await failure(replace(settings, to=("дежурный@example.org",)))
    assert error.permanent
    assert "SMTPUTF8" in str(error)


async def test_a_domain_of_any_script_needs_nothing_of_the_server():
    sink = Sink()
    async with mail_server(sink, smtp_utf8=False) as settings:
        await EmailChannel(replace(settings, to=("desk@новини.example",))).send(message())
    assert sink.envelopes == [("monitor@news.example", ("desk@xn--b1amarcd.example",))]


@pytest.mark.parametrize(
    "text", ["", "desk", "a b@x.example", "a@x.example\r\nRCPT TO:<b@x>", "<a@x.example>", "a@b@c", "a@\x00"]
)
def test_what_is_no_address_is_refused_before_anything_is_sent(text):
    with pytest.raises(ConfigError):
        address(text)
    with pytest.raises(ConfigError):
        EmailSettings("mail.example.org", "monitor@news.example", (DESK, text))


async def test_a_login_goes_over_starttls_with_a_password_in_any_letters(certificate, server_tls):
    sink = Sink()
    async with mail_server(sink, starttls=server_tls, login=True) as settings:
        known = replace(settings, username="desk", password=PASSWORD, ca_file=str(certificate / "cert.pem"))
        await EmailChannel(known).send(message())
    assert sink.logins == [("desk", PASSWORD)]
    assert sink.encrypted == [True]


async def test_a_mail_goes_over_tls_from_the_first_byte(certificate, server_tls):
    sink = Sink()
    async with mail_server(sink, tls=server_tls) as settings:
        await EmailChannel(replace(settings, ca_file=str(certificate / "cert.pem"))).send(message())
    assert len(sink.mails) == 1


async def test_a_server_that_cannot_prove_its_name_gets_neither_password_nor_mail(server_tls):
    sink = Sink()
    async with mail_server(sink, starttls=server_tls, login=True) as settings:
        error = await failure(replace(settings, username="desk", password=PASSWORD))
    assert not error.permanent
    assert "ca_file" in error.hint
    assert (sink.logins, sink.mails) == ([], [])


async def test_a_server_that_does_not_offer_starttls_gets_neither_password_nor_mail():
    sink = Sink()
    async with mail_server(sink, login=True) as settings:
        error = await failure(replace(settings, security="starttls", username="desk", password=PASSWORD))
    assert not error.permanent
    assert "STARTTLS" in str(error)
    assert "port" in error.hint
    assert (sink.logins, sink.mails) == ([], [])


def test_a_password_never_crosses_the_network_unencrypted():
    for loopback in ("127.0.0.1", "::1", "localhost"):
        road = EmailSettings(loopback, "a@x.example", (DESK,), security="none", username="desk", password="x")
        with pytest.raises(ConfigError, match="unencrypted"):
            replace(road, host="mail.example.org")


async def test_a_wrong_password_is_the_operators_to_mend_and_is_never_shown(certificate, server_tls):
    async with mail_server(Sink(), starttls=server_tls, login=True) as settings:
        wrong = replace(settings, username="desk", password="hunter2", ca_file=str(certificate / "cert.pem"))
        error = await failure(wrong)
    assert not error.permanent
    assert "535" in str(error)
    assert "password" in error.hint
    assert "hunter2" not in f"{error} {error!r} {error.hint} {wrong!r}"


async def test_a_server_that_repeats_the_password_does_not_bring_it_into_the_record():
    plain = "AGRlc2sAaHVudGVyMg=="
    lines = {"AUTH PLAIN": f"535 no such password: hunter2 aHVudGVyMg== {plain}", "EHLO": "250-mail\r\n250 AUTH PLAIN"}
    async with scripted(lines) as settings:
        error = await failure(replace(settings, username="desk", password="hunter2"))
    assert "no such password: *** *** ***" in str(error)


@asynccontextmanager
async def scripted(lines, greeting="220 mail"):
    """A server that answers each command by its beginning, and takes no part in what else SMTP asks."""

    class Script(asyncio.Protocol):
        def connection_made(self, transport):
            self.transport = transport
            self.transport.write(f"{greeting}\r\n".encode() if greeting else b"")

        def data_received(self, data):
            for line in data.decode("utf-8", "replace").splitlines():
                answer = next((answer for start, answer in lines.items() if line.startswith(start)), None)
                if answer is not None:
                    self.transport.write(f"{answer}\r\n".encode())

    async with listening(Script) as port:
        yield EmailSettings("127.0.0.1", "monitor@news.example", (DESK,), port=port, security="none", timeout_s=0.1)


@pytest.mark.parametrize(
    ("command", "answer", "permanent"),
    [
        ("DATA", "451 4.3.0 Try later", False),
        ("DATA", "452 4.2.2 Mailbox full", False),
        ("DATA", "554 5.7.1 Spam", True),
        ("DATA", "530 5.7.0 Log in first", False),
        ("MAIL", "421 4.3.2 Closing", False),
        ("MAIL", "552 5.3.4 Too big", True),
        ("MAIL", "553 5.7.1 Not your address", False),
        (DESK, "450 4.2.1 Greylisted", False),
        (DESK, "550 5.1.1 No such user", True),
        (DESK, "530 5.7.0 Log in first", False),
    ],
)
async def test_what_a_server_has_against_the_message_is_final_and_all_else_is_tried_again(command, answer, permanent):
    sink = Sink({command: [answer]})
    async with mail_server(sink) as settings:
        error = await failure(settings)
        assert error.permanent is permanent
        assert answer[:3] in str(error)
        assert sink.mails == []
        await EmailChannel(settings).send(message())
    assert len(sink.mails) == 1


async def test_a_refused_sender_comes_with_advice():
    async with mail_server(Sink({"MAIL": ["553 5.7.1 Not your address"]})) as settings:
        assert "sender" in (await failure(settings)).hint


@pytest.mark.parametrize("greeting", ["", "554 No service for you", "421 Busy", "HTTP/1.1 400 Bad Request", "220"])
async def test_a_server_that_does_not_speak_or_answer_is_tried_again(greeting):
    async with scripted({}, greeting) as settings:
        assert not (await failure(settings)).permanent


async def test_a_refused_connection_is_tried_again():
    async with scripted({}) as settings:
        pass
    error = await failure(settings)
    assert not error.permanent
    assert not error.maybe_taken
    assert f"127.0.0.1:{settings.port}" in str(error)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a..b", "x" * 80 + ".example"])
async def test_a_host_that_does_not_exist_is_tried_again(host):
    async with scripted({}) as settings:
        assert not (await failure(replace(settings, host=host))).permanent


async def test_a_missing_ca_file_is_named():
    async with scripted({}) as settings:
        error = await failure(replace(settings, security="tls", ca_file="/nowhere/ca.pem", timeout_s=10))
    assert not error.permanent
    assert error.hint == "check ca_file"


async def test_a_drop_after_the_mail_was_taken_is_a_delivery():
    lines = {"EHLO": "250 mail", "MAIL": "250 OK", "RCPT": "250 OK", "DATA": "354 Go", ".": "250 Queued as 7"}
    async with scripted(lines) as settings:  # it never answers QUIT
        assert await EmailChannel(replace(settings, timeout_s=0.3)).send(message()) == "Queued as 7"


async def test_one_refused_address_does_not_hold_the_others_mail():
    sink = Sink({"gone@example.org": ["550 5.1.1 No such user"]})
    async with mail_server(sink) as settings:
        answer = await EmailChannel(replace(settings, to=(DESK, "gone@example.org"))).send(message())
    assert sink.envelopes == [("monitor@news.example", (DESK,))]
    assert answer == "OK (refused for gone@example.org: 550 5.1.1 No such user)"


async def test_addresses_that_put_a_mail_off_get_it_later_and_the_others_not_twice():
    sink = Sink({"night@example.org": ["450 4.2.0 Greylisted", "450 4.2.0 Greylisted"]})
    async with mail_server(sink) as settings:
        channel = EmailChannel(replace(settings, to=(DESK, "night@example.org")))
        for _ in range(2):
            with pytest.raises(DeliveryError, match=r"night@example\.org: 450") as caught:
                await channel.send(message())
            assert not caught.value.permanent
        assert await channel.send(message()) == "OK"
        await channel.send(message(uid="alt_" + "0" * 32))
    assert [to for _, to in sink.envelopes] == [(DESK,), ("night@example.org",), (DESK, "night@example.org")]
    assert sink.parsed[0]["To"] == sink.parsed[1]["To"]


async def test_an_alert_is_delivered_when_one_address_took_it_and_the_last_one_refused_it_later():
    sink = Sink({"night@example.org": ["450 4.2.0 Greylisted", "550 5.1.1 No such user"]})
    async with mail_server(sink) as settings:
        channel = EmailChannel(replace(settings, to=(DESK, "night@example.org")))
        with pytest.raises(DeliveryError):
            await channel.send(message())
        assert "550" in await channel.send(message())
    assert len(sink.mails) == 1


async def test_an_alert_that_every_address_refused_has_failed_for_good():
    sink = Sink({DESK: ["550 5.1.1 No such user"], "night@example.org": ["450 4.2.0 Greylisted", "550 5.1.1 Gone"]})
    async with mail_server(sink) as settings:
        channel = EmailChannel(replace(settings, to=(DESK, "night@example.org")))
        with pytest.raises(DeliveryError) as first:
            await channel.send(message())
        with pytest.raises(DeliveryError) as second:
            await channel.send(message())
    assert (first.value.permanent, second.value.permanent) == (False, True)


async def test_a_servers_answer_is_kept_on_one_clean_line():
    async with mail_server(Sink({"DATA": ["250 \x1b[31mqueued\x07 \u202eas 7"]})) as settings:
        answer = await EmailChannel(settings).send(message())
    assert answer.isprintable()


async def test_who_has_a_mail_already_is_remembered_over_a_restart(store):
    sink = Sink({"night@example.org": ["450 4.2.0 Greylisted"]})
    async with mail_server(sink) as settings:
        road = replace(settings, to=(DESK, "night@example.org"))
        with pytest.raises(DeliveryError) as caught:
            await EmailChannel(road, Rests("desk", store.engine)).send(message())
        assert caught.value.reached
        assert await EmailChannel(road, Rests("desk", store.engine)).send(message()) == "OK"
        await EmailChannel(road, Rests("desk", store.engine)).send(message())
    assert [to for _, to in sink.envelopes] == [(DESK,), ("night@example.org",), (DESK, "night@example.org")]


def headers_of(**options):
    return email.message_from_bytes(
        compose(message(), "m@news.example", [DESK], **options), policy=email.policy.default
    )


def test_a_reader_may_unsubscribe_with_one_click():
    url = "https://lists.example/out?who=" + "x" * 300
    mail = headers_of(unsubscribe=(url, "mailto:out@news.example"))
    assert re.sub(r"\s", "", mail["List-Unsubscribe"]) == f"<{url}>,<mailto:out@news.example>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_without_an_address_to_post_to_nothing_is_said_of_one_click():
    assert headers_of()["List-Unsubscribe"] is None
    mail = headers_of(unsubscribe=("mailto:out@news.example",))
    assert mail["List-Unsubscribe"] == "<mailto:out@news.example>"
    assert mail["List-Unsubscribe-Post"] is None


def test_no_mail_answers_itself():
    mail = compose(replace(message(), thread=message().uid), "m@news.example", [DESK])
    assert b"References" not in mail

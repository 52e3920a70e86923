"""Mails through servers that we did not write: Postfix takes them, and a reader finds them in Dovecot's mailbox.

Both are asked for as Debian's packages postfix and dovecot-imapd install them; they run on loopback, with a
configuration of their own, and only as root, for they drop their rights themselves.
"""

import imaplib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from test_email import certificate
from told import ALERT, ARTICLE, STORY, match, message, rendered

from monitor.edge.send.email import EmailChannel, EmailSettings
from monitor.errors import DeliveryError
from monitor.think import render

__all__ = ["certificate"]  # a fixture
PROGRAMS = ("postfix", "dovecot", "openssl")
missing = [name for name in PROGRAMS if not shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}"),
    pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="these servers start as root only"),
]
PASSWORD = "Mötör-ключ-1"
DESK = "desk@news.example"
EVIL = 'Line\r\nBcc: all@evil.example\u202e <script>alert("1")</script>\x00 кран'

MAIN = """\
compatibility_level = 3.6
config_directory = {home}/postfix
queue_directory = {home}/spool
data_directory = {home}/data
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.news.example
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = news.example
virtual_mailbox_base = {home}/mail
virtual_mailbox_maps = static:desk/
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_minimum_uid = 1
mynetworks =
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions =
  check_recipient_access inline:{{{{banned@news.example=reject}}}}, permit_sasl_authenticated, reject
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {home}/auth
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_tls_cert_file = {home}/cert.pem
smtpd_tls_key_file = {home}/key.pem
smtputf8_enable = yes
smtpd_peername_lookup = no
disable_dns_lookups = yes
maillog_file = {home}/postfix.log
maillog_file_prefixes = {home}
"""
MASTER = """\
127.0.0.1:{smtp} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
DOVECOT = """\
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:{home}/mail/desk
first_valid_uid = 1
mail_uid = 65534
mail_gid = 65534
passdb {{
  driver = passwd-file
  args = username_format=%u {home}/users
}}
userdb {{
  driver = static
  args = uid=65534 gid=65534 home={home}/mail
}}
service auth {{
  unix_listener {home}/auth {{
    mode = 0666
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@dataclass(frozen=True)
class Office:
    """A mail server, its mailbox, and how it is reached."""

    home: Path
    smtp: int
    imap: int

    @property
    def settings(self) -> EmailSettings:
        return EmailSettings(
            "127.0.0.1",
            "monitor@news.example",
            (DESK,),
            port=self.smtp,
            username="monitor",
            password=PASSWORD,
            ca_file=str(self.home / "cert.pem"),
            unsubscribe=("https://lists.example/out",),
        )

    def mails(self, awaited: int) -> list[EmailMessage]:
        """What lies in the mailbox, once so many mails do: Postfix stores them soon after it took them."""
        with imaplib.IMAP4("127.0.0.1", self.imap) as box:
            box.login("reader", "reader")
            for _ in range(100):
                box.select("INBOX")
                found = box.search(None, "ALL")[1][0].split()
                if len(found) >= awaited:
                    break
                box.socket().settimeout(30)
                box._simple_command("NOOP")
                subprocess.run(["sleep", "0.1"], check=True)
            parts = [box.fetch(number, "(RFC822)")[1][0][1] for number in found]
        return [message_from_bytes(part, policy=policy.default) for part in parts]  # type: ignore[misc]


@contextmanager
def running(*command: str, stop: tuple[str, ...] = ()) -> Iterator[None]:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            if stop:
                subprocess.run(stop, check=False, capture_output=True)
            process.terminate()


def answers(port: int) -> None:
    for _ in range(200):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        subprocess.run(["sleep", "0.1"], check=True)
    pytest.skip("the mail servers do not start here")


@pytest.fixture(scope="module")
def office(certificate: Path) -> Iterator[Office]:
    with tempfile.TemporaryDirectory(prefix="mail") as folder:
        made = Office(Path(folder), free_port(), free_port())
        made.home.chmod(0o755)  # the servers' own users go through it
        for name in ("postfix", "spool", "data", "mail", "run", "state"):
            (made.home / name).mkdir()
        shutil.chown(made.home / "data", "postfix")
        shutil.chown(made.home / "mail", 65534, 65534)
        for name in ("cert.pem", "key.pem"):
            shutil.copy(certificate / name, made.home / name)
        filled = {"home": folder, "smtp": made.smtp, "imap": made.imap}
        (made.home / "postfix" / "main.cf").write_text(MAIN.format(**filled), "utf-8")
        (made.home / "postfix" / "master.cf").write_text(MASTER.format(**filled), "utf-8")
        (made.home / "dovecot.conf").write_text(DOVECOT.format(**filled), "utf-8")
        (made.home / "users").write_text(f"monitor:{{PLAIN}}{PASSWORD}\nreader:{{PLAIN}}reader\n", "utf-8")
        postfix = ("/usr/sbin/postfix", "-c", f"{folder}/postfix")
        with (
            running("/usr/sbin/dovecot", "-F", "-c", f"{folder}/dovecot.conf"),
            running(*postfix, "start-fg", stop=(*postfix, "stop")),
        ):
            answers(made.smtp)
            answers(made.imap)
            yield made


def part(mail: EmailMessage, kind: str) -> str:
    """The mail's text or HTML, as a mail program shows it."""
    body = mail.get_body((kind,))
    assert body
    return str(body.get_content()).replace("\r\n", "\n").strip()


async def test_alerts_arrive_by_starttls_and_login_and_a_reader_finds_them_whole(office: Office) -> None:
    evil = rendered(replace(ARTICLE, title=EVIL, id=813))
    update = render.message(
        replace(ALERT, uid="alt_" + "6e" * 16, sequence=1, reason="5 independent voices, 3 more"),
        ARTICLE,
        match(),
        STORY,
        "The harbour",
    )
    channel = EmailChannel(office.settings)
    for one in (message(), update, replace(evil, uid="alt_" + "7d" * 16)):
        assert "queued as" in await channel.send(one)
    first, second, third = sorted(office.mails(3), key=lambda mail: str(mail["Message-ID"]))
    assert first["Message-ID"] == f"<{ALERT.uid}@news.example>"
    assert first["References"] == second["References"]
    assert first["Subject"] == message().subject
    assert first["Auto-Submitted"] == "auto-generated"
    assert "harbour.monitor.news.example" in first["List-Id"]
    assert first["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert part(first, "plain") == message().text.strip()
    assert part(first, "html") == message().html.strip()
    assert "Update: 5 independent voices" in part(second, "plain")
    assert third["Bcc"] is None
    assert "кран" in third["Subject"]
    assert "<script>" not in part(third, "html")
    assert "\u202e" not in third.as_string()


async def test_an_address_that_postfix_refuses_is_named_and_the_others_have_their_mail_once(office: Office) -> None:
    known, uid = len(office.mails(0)), "alt_" + "8c" * 16
    settings = replace(office.settings, to=(DESK, "кран@news.example", "banned@news.example"))
    answer = await EmailChannel(settings).send(message(uid))  # with SMTPUTF8
    assert "queued as" in answer
    assert "refused for banned@news.example: " in answer
    mails = office.mails(known + 2)
    assert len(mails) == known + 2  # one for each of the others, both in the one box
    assert {mail["Message-ID"] for mail in mails[known:]} == {f"<{uid}@news.example>"}


async def test_a_wrong_password_is_told_from_a_refused_mail_and_shows_nowhere(office: Office) -> None:
    with pytest.raises(DeliveryError) as caught:
        await EmailChannel(replace(office.settings, password="another-Ключ")).send(message())
    assert not caught.value.permanent
    assert "password" in caught.value.hint
    assert "another-" not in str(caught.value)

"""A message becomes one mail to a receiver's addresses, and an SMTP server takes it."""

import asyncio
import ssl
from base64 import b64encode
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Literal

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponse,
    SMTPResponseException,
    SMTPSenderRefused,
)

from monitor.edge.send.channel import in_form, one_line
from monitor.edge.send.mail import address, compose
from monitor.edge.send.rests import Rest, Rests
from monitor.errors import ConfigError, DeliveryError
from monitor.model import Message

CONVERSATION = 4  # times the timeout of one answer, at most, for the whole of it
GOODBYE_S = 5.0

# What a server answers when it wants a login, or another one: nothing that it has against the message.
LOGIN_CODES = frozenset({530, 534, 535, 538})
LOGIN_HINT = "check the receiver's username and password"
TOO_BIG = 552
NO_SMTPUTF8 = SMTPResponse(553, "the server takes no address with letters beyond ASCII (SMTPUTF8)")


@dataclass(frozen=True, slots=True)
class EmailSettings:
    """How to reach one receiver by mail; ConfigError when an address is none or a password would lie open."""

    host: str
    sender: str
    to: tuple[str, ...]
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    timeout_s: float = 30.0  # for one answer of the server
    ca_file: str = ""  # authorities to trust besides the system's
    unsubscribe: tuple[str, ...] = ()  # URLs by which a reader ends these mails

    def __post_init__(self) -> None:
        if self.username and self.security == "none" and not _is_loopback(self.host):
            hint = 'set security = "starttls" or "tls", or leave out the username'
            raise ConfigError(f"a password would cross the network to {self.host} unencrypted", hint=hint)
        if not self.to:
            raise ConfigError("a mail needs an address to go to")
        for one in (self.sender, *self.to):
            address(one)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Which addresses were refused and why, and the server's last word."""

    refused: dict[str, SMTPResponse]
    answer: str


class EmailChannel:
    """Mails to one receiver; it remembers which addresses still wait for a message that others took.

    `write` puts messages into another form than the shipped one.
    """

    def __init__(
        self,
        settings: EmailSettings,
        rests: Rests | None = None,
        write: Callable[[Message], Message] | None = None,
    ) -> None:
        self.settings = settings
        self._write = write
        self.sender = address(settings.sender)
        self.to = tuple(dict.fromkeys(address(one) for one in settings.to))
        self._rests = rests or Rests()

    async def send(self, message: Message) -> str:
        """Mail a message to all addresses at once, and next time only to those that put it off.

        It is delivered when no address waits any more and at least one took it; the answer names those that refused.
        """
        message = self._write(message) if self._write else message
        rest = self._rests.get(message.uid) or Rest(self.to, taken=False)
        server = self._server()
        try:
            async with asyncio.timeout(CONVERSATION * self.settings.timeout_s):
                await server.connect()
                outcome = await self._submit(server, message, rest.waiting)
            with suppress(SMTPException, OSError):  # it has the mail: a lost goodbye changes nothing
                await server.quit(timeout=min(GOODBYE_S, self.settings.timeout_s))
        except (SMTPException, OSError, UnicodeError) as error:
            raise self._failure(error) from error
        finally:
            server.close()
        return in_form(await self._settle(message.uid, rest, outcome), message)

    async def greet(self) -> str:
        """Connect, log in and say goodbye, without a mail: what the server calls itself; DeliveryError if it fails."""
        server = self._server()
        try:
            async with asyncio.timeout(self.settings.timeout_s):
                answer = await server.connect()
                with suppress(SMTPException, OSError):
                    await server.quit(timeout=GOODBYE_S)
        except (SMTPException, OSError, UnicodeError) as error:
            raise self._failure(error) from error
        finally:
            server.close()
        return self._clean(answer.message)

    def _server(self) -> SMTP:
        settings = self.settings
        return SMTP(
            hostname=settings.host,
            port=settings.port,
            username=settings.username or None,
            password=settings.password or None,
            timeout=settings.timeout_s,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            cert_bundle=settings.ca_file or None,
        )

    async def _submit(self, server: SMTP, message: Message, to: Sequence[str]) -> Outcome:
        try:
            return await self._offer(server, message, to, self.to)
        except SMTPNotSupported:
            # Without SMTPUTF8 the plain addresses can be served, and must not go without for the others' sake.
            plain = [one for one in to if one.isascii()]
            if not plain or not self.sender.isascii():
                raise
        outcome = await self._offer(server, message, plain, [one for one in self.to if one.isascii()])
        others = {one: NO_SMTPUTF8 for one in to if not one.isascii()}
        return Outcome(outcome.refused | others, outcome.answer)

    async def _offer(self, server: SMTP, message: Message, to: Sequence[str], named: Sequence[str]) -> Outcome:
        """One mail that names some addresses and goes to those that still want it."""
        mail = compose(message, self.sender, named, self.settings.unsubscribe)
        options = [] if "".join((self.sender, *named)).isascii() else ["SMTPUTF8"]
        try:
            return Outcome(*await server.sendmail(self.sender, to, mail, mail_options=options))
        except SMTPRecipientsRefused as error:
            return Outcome({one.recipient: SMTPResponse(one.code, one.message) for one in error.recipients}, "")

    async def _settle(self, uid: str, rest: Rest, outcome: Outcome) -> str:
        """The server's answer for the record; DeliveryError while an address waits, or when none ever took it."""
        refused = outcome.refused
        said = self._clean("; ".join(f"{one}: {answer}" for one, answer in refused.items()), 1000)
        waiting = tuple(one for one, answer in refused.items() if not _is_final(answer.code))
        taken = rest.taken or len(refused) < len(rest.waiting)
        if waiting:
            words = {one: self._clean(refused[one].message) for one in waiting}
            await self._rests.keep(uid, words, datetime.now(UTC), taken=taken)
            login = any(answer.code in LOGIN_CODES for answer in refused.values())
            hint = LOGIN_HINT if login else ""
            raise DeliveryError(f"put off for {said}", permanent=False, hint=hint, reached=True, maybe_taken=taken)
        await self._rests.forget(uid)
        if not taken:
            raise DeliveryError(f"refused for {said}", permanent=True, hint="check the receiver's addresses")
        answer = self._clean(outcome.answer) or "taken"
        return f"{answer} (refused for {said})" if said else answer

    def _failure(self, error: SMTPException | OSError | UnicodeError) -> DeliveryError:
        """An error for the record. Final is only what the server holds against the message itself.

        What it holds against us (a login, a sender, a certificate) the operator can mend while the alert waits.
        """
        server = f"{self.settings.host}:{self.settings.port}"
        if isinstance(error, SMTPResponseException):
            said = f"{server} answered {error.code} {self._clean(error.message)}"
            of_message = isinstance(error, SMTPDataError) or error.code == TOO_BIG
            return DeliveryError(said, permanent=of_message and _is_final(error.code), hint=_hint(error))
        if isinstance(error, SMTPNotSupported):
            return DeliveryError(f"{server}: {NO_SMTPUTF8.message}", permanent=True, hint="use an ASCII address")
        begun = not isinstance(error, SMTPConnectError)
        if isinstance(error, TimeoutError):
            return DeliveryError(f"{server}: no answer in time", permanent=False, maybe_taken=begun)
        said = f"{server}: {self._clean(str(error))}"
        return DeliveryError(said, permanent=False, hint=_hint(error), maybe_taken=begun)

    def _clean(self, said: str, limit: int = 300) -> str:
        """A server's words, without the password should it repeat it."""
        password, user = self.settings.password, self.settings.username
        if password:
            plain = b64encode(f"\0{user}\0{password}".encode()).decode()
            for secret in (plain, b64encode(password.encode()).decode(), password):
                said = said.replace(secret, "***")
        return one_line(said, limit)


def _is_final(code: int) -> bool:
    return code >= 500 and code not in LOGIN_CODES


def _hint(error: Exception) -> str:
    """What to do about an error that the operator can mend."""
    if isinstance(error, SMTPAuthenticationError) or getattr(error, "code", 0) in LOGIN_CODES:
        return LOGIN_HINT
    if isinstance(error, SMTPSenderRefused):
        return "check the receiver's sender: the server does not let this login send for it"
    if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
        return "check host, port and security; for an authority of your own set ca_file"
    if isinstance(error, FileNotFoundError):
        return "check ca_file"
    if "STARTTLS" in str(error) or "AUTH" in str(error):
        return 'check port and security: "starttls" is usual on port 587, "tls" on 465, "none" on 25'
    return ""


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"

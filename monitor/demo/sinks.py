"""What the daemon sends becomes a record of what arrived: one sink for mail, one for webhooks, both on loopback."""

import argparse
import asyncio
import email
import email.policy
import json
import signal
import ssl
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from multidict import CIMultiDict
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

# As an answer of the mail sink: keep the message, then hang up without a word.
DROP = "drop"


@dataclass(frozen=True, slots=True)
class Reply:
    """One planned answer of a hook sink; `drop` hangs up before the body is read, or after it was kept."""

    status: int = 204
    retry_after: str = ""
    drop: Literal["", "before", "after"] = ""


class Arrivals:
    """Counts what came and wakes those who wait for it; writes one line each to `log` if there is one."""

    def __init__(self, log: Path | None) -> None:
        self.count = 0
        self._log = log
        self._news = asyncio.Condition()

    async def note(self, facts: dict[str, str]) -> None:
        if self._log is not None:
            line = json.dumps({**facts, "at": datetime.now(UTC).isoformat()}, ensure_ascii=False)
            with self._log.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        async with self._news:
            self.count += 1
            self._news.notify_all()

    async def wait(self, count: int, seconds: float) -> None:
        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(lambda: self.count >= count)


class MailSink:
    """An SMTP server that keeps what it is given.

    `answers` are the replies to the first messages in full, such as "451 4.3.0 Later" or `DROP`; after them, all is
    well. A message is kept only if it was answered with 2xx or `DROP`. `refused` maps recipients to their refusals.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        answers: Sequence[str] = (),
        refused: Mapping[str, str] | None = None,
        login: tuple[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
        log: Path | None = None,
    ) -> None:
        self.host, self.port = host, port
        self.messages: list[EmailMessage] = []
        self.envelopes: list[tuple[str, tuple[str, ...]]] = []  # sender and recipients of each message kept
        self.encrypted: list[bool] = []  # whether each message kept came over TLS
        self.tries = 0  # messages offered, kept or not
        self._answers = list(answers)
        self._refused = dict(refused or {})
        self._login = login
        self._tls = tls
        self._arrivals = Arrivals(log)
        self._sessions: list[SMTP] = []
        self._server: asyncio.Server | None = None

    async def arrived(self, count: int, seconds: float = 10.0) -> None:
        """Wait until that many messages were kept."""
        await self._arrivals.wait(count, seconds)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.get_running_loop().create_server(self._session, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        for session in self._sessions:
            if isinstance(session.transport, asyncio.Transport):
                session.transport.abort()
        await asyncio.sleep(0)  # lets the aborted sessions end before the loop does

    def _session(self) -> SMTP:
        session = SMTP(
            self,
            hostname="mail.example",  # or it would ask the DNS for our own name
            enable_SMTPUTF8=True,
            tls_context=self._tls,
            auth_require_tls=self._tls is not None,
            auth_exclude_mechanism=() if self._login else ("LOGIN", "PLAIN"),
            authenticator=self._authenticate,
            loop=asyncio.get_running_loop(),
        )
        self._sessions.append(session)
        return session

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: object
    ) -> AuthResult:
        wanted = LoginPassword(*(part.encode() for part in self._login or ("", "")))
        return AuthResult(success=given == wanted, handled=False)

    async def handle_MAIL(  # noqa: N802  # aiosmtpd looks its hooks up by these names
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self._login and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if refusal := self._refused.get(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.tries += 1
        answer = self._answers.pop(0) if self._answers else "250 OK"
        if answer != DROP and not answer.startswith("2"):
            return answer
        message = email.message_from_bytes(envelope.original_content or b"", policy=email.policy.default)
        self.messages.append(message)
        self.envelopes.append((envelope.mail_from or "", tuple(envelope.rcpt_tos)))
        self.encrypted.append(session.ssl is not None)
        facts = {"kind": "mail", "id": str(message["Message-ID"] or ""), "subject": str(message["Subject"] or "")}
        await self._arrivals.note(facts)
        if answer == DROP and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return answer


class HookSink:
    """A web server that keeps what is posted to it, whatever the path.

    `plan` holds the answers to the first requests, a bare number for a status; after them, all is well.
    With a `secret` each request kept is checked as Standard Webhooks wants it.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        secret: str = "",
        plan: Sequence[Reply | int] = (),
        log: Path | None = None,
    ) -> None:
        self.url = ""
        self.port = port
        self.received: list[tuple[CIMultiDict[str], bytes]] = []  # headers and exact body of each request
        self.verified: list[bool] = []  # for each of them, if there is a secret
        self.tries = 0  # requests, kept or not
        self._host = host
        self._webhook = Webhook(secret) if secret else None
        self._plan = [Reply(step) if isinstance(step, int) else step for step in plan]
        self._arrivals = Arrivals(log)
        self._runner = web.ServerRunner(web.Server(self._answer, access_log=None), handle_signals=False)

    async def arrived(self, count: int, seconds: float = 10.0) -> None:
        """Wait until that many requests were kept."""
        await self._arrivals.wait(count, seconds)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self.port).start()
        self.port = self._runner.addresses[0][1]
        self.url = f"http://{self._host}:{self.port}/hook"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.tries += 1
        reply = self._plan.pop(0) if self._plan else Reply()
        if reply.drop == "before":
            return _hang_up(request)
        body = await request.read()
        headers = CIMultiDict(request.headers)
        self.received.append((headers, body))
        if self._webhook is not None:
            self.verified.append(_is_signed(self._webhook, headers, body))
        await self._arrivals.note({"kind": "hook", "id": headers.get("webhook-id", ""), "topic": _topic(body)})
        if reply.drop == "after":
            return _hang_up(request)
        return web.Response(
            status=reply.status, headers={"Retry-After": reply.retry_after} if reply.retry_after else None
        )


def _hang_up(request: web.BaseRequest) -> web.Response:
    if isinstance(request.transport, asyncio.Transport):
        request.transport.abort()
    return web.Response()


def _is_signed(webhook: Webhook, headers: CIMultiDict[str], body: bytes) -> bool:
    try:
        webhook.verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError):  # ValueError: a signature that is not base64, a body not UTF-8
        return False
    return True


def _topic(body: bytes) -> str:
    """The topic that an envelope names, at its top or in its `data`; empty if it names none."""
    try:
        envelope = json.loads(body)
    except ValueError:
        return ""
    places: list[object] = [envelope, envelope.get("data") if isinstance(envelope, dict) else None]
    topics = [place["topic"] for place in places if isinstance(place, dict) and "topic" in place]
    return (topics[0] if isinstance(topics[0], str) else json.dumps(topics[0])) if topics else ""


async def _serve(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        mail = await stack.enter_async_context(MailSink(options.host, options.mail_port, log=options.log))
        hook = HookSink(options.host, options.hook_port, secret=options.secret, log=options.log)
        await stack.enter_async_context(hook)
        sys.stdout.write(json.dumps({"mail": mail.port, "hook": hook.url}) + "\n")
        sys.stdout.flush()
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m monitor.demo.sinks", description=__doc__)
    parser.add_argument("--log", type=Path, required=True, help="file that gets one JSON line for each arrival")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--mail-port", type=int, default=0)
    parser.add_argument("--hook-port", type=int, default=0)
    parser.add_argument("--secret", default="", help="check webhooks with this secret")
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()

"""A message goes to one of the many services that the Apprise library knows, in a thread of its own."""

import asyncio
import logging
import re
import threading
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from monitor.edge.enclosed import Enclosure, enclosed
from monitor.edge.guard import Guard
from monitor.edge.send.channel import in_form, one_line
from monitor.errors import ConfigError, DeliveryError
from monitor.model import Message

WAIT_S = 60.0  # for a turn: a lease (LEASE_S) must outlast that and the sending
HANGING = 8  # threads that were given up and have not ended; with more of them nothing new is tried
TONES = {"high": "warning", "critical": "failure"}  # what Apprise calls them; others are "info"
STATUS = re.compile(r"\berror=(\d{3})\b")  # how its services log what a server answered
NOT_NOW = frozenset({401, 403, 404, 408, 425, 429})  # an operator may mend a key or an address; the rest is final


@dataclass(frozen=True, slots=True)
class AppriseSettings:
    """How to reach one receiver through Apprise."""

    url: str = field(repr=False)  # which holds the keys of the service
    guard: Guard = field(default_factory=Guard)
    timeout_s: float = 30.0


class AppriseChannel:
    """Sends to one service, one message after another: its plugins are not made for several at once.

    `write` puts messages into another form than the shipped one. ConfigError when the library is not there, or knows
    no such URL.
    """

    def __init__(self, settings: AppriseSettings, write: Callable[[Message], Message] | None = None) -> None:
        self._library = _library()
        self._settings, self._write = settings, write
        self._plugin = self._made()
        self._turn = asyncio.Lock()
        self._threads: list[threading.Thread] = []

    def _made(self) -> Any:
        apprise, url = self._library, self._settings.url
        asset = apprise.AppriseAsset(
            app_id="monitor", app_desc="", async_mode=False, service_timeout=0, http_redirects=False
        )
        plugin = apprise.Apprise.instantiate(url, asset=asset)
        if plugin is None:
            hint = "see the list of services in the documentation of Apprise"
            raise ConfigError("the URL is none that Apprise knows, or lacks what its service needs", hint=hint)
        if "overflow=" not in url:
            plugin.overflow_mode = apprise.OverflowMode.SPLIT  # what is longer than a service takes is not cut off
        return plugin

    async def send(self, message: Message) -> str:
        """Send a message; what Apprise says of it, when it says that the service took it."""
        message = self._write(message) if self._write else message
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        if len(self._threads) > HANGING:
            raise DeliveryError(f"{self._place}: earlier attempts have not ended", permanent=False)
        try:
            async with asyncio.timeout(WAIT_S):
                await self._turn.acquire()
        except TimeoutError:
            raise DeliveryError(f"{self._place}: those before took too long", permanent=False, reached=True) from None
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                await self._in_thread(message)
        except TimeoutError as error:
            raise DeliveryError(f"{self._place}: no answer in time", permanent=False, maybe_taken=True) from error
        finally:
            self._turn.release()
        return in_form(f"taken by {self._place}", message)

    @property
    def _place(self) -> str:
        return one_line(str(self._plugin.service_name), 60)

    async def _in_thread(self, message: Message) -> None:
        """Run the library in a thread that nobody has to wait for, not even the end of the program."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[None] = loop.create_future()

        def settle(error: BaseException | None) -> None:
            if not ended.done():
                ended.set_exception(error) if error else ended.set_result(None)

        def work() -> None:
            error: BaseException | None = None
            try:
                self._notify(message)
            except Exception as raised:  # noqa: BLE001 - handed to who waits
                error = raised
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, error)

        thread = threading.Thread(target=copy_context().run, args=(work,), name="apprise", daemon=True)
        thread.start()
        self._threads.append(thread)
        await ended

    def _notify(self, message: Message) -> None:
        service = self._library.Apprise()
        service.add(self._plugin)
        with enclosed(self._settings.guard) as enclosure:
            result = service.notify(
                title=message.subject,
                body=message.text,
                notify_type=TONES.get(_severity(message), "info"),
                body_format=self._library.NotifyFormat.TEXT,  # and is escaped where the service wants HTML
            )
        if not result:
            said = [entry.message for entry in result.logs()]
            raise self._failure(" ".join(map(str, said)), enclosure)

    def _failure(self, said: str, enclosure: Enclosure) -> DeliveryError:
        """An error for the record. The URL, and what it holds, is not in it."""
        status = STATUS.search(said)
        code = int(status[1]) if status else 0
        refused = "; ".join(dict.fromkeys(enclosure.refused))
        for secret in sorted(_secrets(self._settings.url), key=len, reverse=True):
            said = said.replace(secret, "***")
        final = 400 <= code < 500 and code not in NOT_NOW
        hint = "to let it go there, list the address under deliver.allow_private" if refused else ""
        return DeliveryError(
            f"{self._place}: {one_line(refused or said, 300) or 'it was not taken'}",
            permanent=final,
            hint=hint,
            reached=bool(code),
            maybe_taken=not (code or refused),
        )


def _library() -> Any:
    try:
        apprise = import_module("apprise")  # loads a third of a second, and is an extra
    except ImportError as error:
        raise ConfigError(
            'a receiver of the kind "apprise" needs the package apprise', hint="pip install 'monitor[apprise]'"
        ) from error
    log = logging.getLogger("apprise")
    log.addHandler(logging.NullHandler())
    log.propagate = False  # it names addresses; what matters goes into the record
    return apprise


def _severity(message: Message) -> str:
    data = message.payload.get("data")
    return str(data.get("severity", "")) if isinstance(data, dict) else ""


def _secrets(url: str) -> set[str]:
    """All parts of a URL that may be a key."""
    return {part for part in re.split(r"[/:@?&=,#]+", url.partition("://")[2]) if len(part) >= 6} | {url}

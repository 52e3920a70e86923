"""A filled archive, served for real, and a browser that looks at it: what tests of the pages stand on."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

from monitor.config import load
from monitor.demo.filled import fill
from monitor.edge import tokens
from monitor.edge.clock import clock
from monitor.web.app import create_app
from monitor.web.desk import Office

CHROMIUM = Path("/usr/bin/chromium")
# Of each kind one, and what stands in their place when there is nothing to show or a fault to tell.
PAGES = (
    "/",
    "/?topic=weather&span=6h",
    "/stories/45",
    "/articles/13",
    "/articles/46",
    "/articles/45/alike",
    "/alike",
    "/search?q=lavrov",
    "/search?q=lavrov+AND+(",
    "/search?q=zzzzqqq",
    "/topics",
    "/topics/weather",
    "/topics/military-aid",
    "/topics/new?query=barley",
    "/sources",
    "/alerts",
    "/alerts?state=failed",
    "/login",
    "/keys",
    "/nothing-here",
)
expect.set_options(timeout=20_000)  # the machine may be busy with other tests
ARGUMENTS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


@dataclass
class Served:
    """An archive, and where it is served."""

    config: Path
    base: str
    office: Office

    def token(self, name: str, scope: str = "manage") -> str:
        return tokens.add(self.office.desk.engine, name, tokens.Scope(scope), clock(), None).secret


@contextmanager
def serving(config: Path) -> Iterator[Served]:
    """The server in a thread of its own, on a port of its own."""
    office = Office(lambda: load(config))
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(create_app(office), log_config=None, access_log=False, ws="none", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield Served(config, f"http://127.0.0.1:{listener.getsockname()[1]}", office)
    finally:
        server.should_exit = True
        office.stopping.set()
        thread.join(10)
        listener.close()
        office.close()


@contextmanager
def browsing() -> Iterator[Browser]:
    """Debian's browser; a machine without one skips."""
    if not CHROMIUM.is_file():
        pytest.skip("no /usr/bin/chromium: `apt-get install chromium` makes these tests run")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Watch:
    """What a page does that it should not: errors, refusals by the policy, requests to others, dialogs."""

    seen: list[str] = field(default_factory=list)

    def over(self, page: Page, base: str) -> None:
        page.on("pageerror", lambda error: self.seen.append(f"error: {error}"))
        page.on("console", lambda told: self.seen.append(told.text) if is_bad(told.type, told.text) else None)
        page.on(
            "response",
            lambda told: self.seen.append(f"{told.status} {told.url}") if is_refused(told.status, told.url) else None,
        )
        page.on("dialog", lambda dialog: (self.seen.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on(
            "request",
            lambda asked: self.seen.append(f"asked {asked.url}") if not asked.url.startswith((base, "data:")) else None,
        )


def is_bad(kind: str, text: str) -> bool:
    """Whether a line of the console is a fault; answers are judged by themselves."""
    return kind in {"error", "warning"} and not text.startswith("Failed to load resource")


def is_refused(status: int, url: str) -> bool:
    """Whether an answer is a fault: not that a form, or who came without a token, was refused."""
    return status >= 400 and status not in {401, 422} and "/api/v1/events" not in url


@contextmanager
def looking(browser: Browser, served: Served, **options: object) -> Iterator[Page]:
    """A page of a fresh browser profile; whatever it should not do fails the test."""
    watch = Watch()
    context = browser.new_context(base_url=served.base, locale="en-GB", timezone_id="Europe/Berlin", **options)
    context.set_default_timeout(20_000)
    page = context.new_page()
    watch.over(page, served.base)
    try:
        yield page
    finally:
        try:
            context.close()
        except Error as error:  # the browser itself is gone
            watch.seen.append(str(error))
    if watch.seen:
        pytest.fail("\n".join(watch.seen))


def filled(folder: Path) -> Path:
    """The demo's archive, as of now."""
    return fill(folder, clock())

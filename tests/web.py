"""The application over an archive of a test, asked as a browser or a program asks."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from monitor.config import load
from monitor.edge import tokens
from monitor.edge.tokens import Scope
from monitor.web.app import create_app
from monitor.web.desk import Office

BASE = "http://localhost"


@contextmanager
def opened(home: Path) -> Iterator[Office]:
    """The office of the configuration in a folder."""
    office = Office(lambda: load(home / "config.toml"))
    try:
        yield office
    finally:
        office.close()


def with_setting(home: Path, lines: str) -> None:
    """Add settings of `[web]` to the configuration in a folder."""
    path = home / "config.toml"
    path.write_text(path.read_text("utf-8") + f"\n[web]\n{lines}\n", "utf-8")


def bearer(office: Office, scope: Scope = Scope.READ, name: str = "") -> dict[str, str]:
    """The header of a new token."""
    issued = tokens.add(office.desk.engine, name or scope, scope, office.desk.clock())
    return {"Authorization": f"Bearer {issued.secret}"}


class Asking:
    """Someone who asks the application, without a socket between."""

    def __init__(self, app: FastAPI, **headers: str) -> None:
        self.app = app
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def __call__(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {**self.headers, **options.pop("headers", {})}

        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, client=("127.0.0.1", 50_000))
            async with httpx.AsyncClient(transport=transport, base_url=BASE) as asking:
                return await asking.request(method, path, headers=headers, **options)

        return asyncio.run(once())

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self("POST", path, **options)


def asking(office: Office, *, local: bool = True) -> Asking:
    """Someone who asks the application of an office."""
    return Asking(create_app(office, local=local))

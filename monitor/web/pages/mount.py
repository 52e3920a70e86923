"""The pages and what they are made with become part of the application."""

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from monitor.web.pages import acting, likewise, reading, trying
from monitor.web.pages.frame import STATIC, problem_page


class Assets(StaticFiles):
    """Files that never change under one address: it holds their digest."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def keep(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200 and b"v=" in scope["query_string"]:
                headers = message.setdefault("headers", [])
                headers.append((b"cache-control", b"public, max-age=31536000, immutable"))  # type: ignore[attr-defined]
            await send(message)

        await super().__call__(scope, receive, keep)  # type: ignore[arg-type]


ROUTES = [route for part in (reading, acting, trying, likewise) for route in part.router.routes]


def mount(app: FastAPI) -> None:
    """Serve what the pages are made with, and tell of problems by a page."""
    app.mount("/static", Assets(directory=STATIC), name="static")
    app.state.problem_page = problem_page

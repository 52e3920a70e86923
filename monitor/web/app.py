"""An office becomes an application: the API, the feeds, the pages, and all that stands around them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
from brotli_asgi import BrotliMiddleware
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from monitor import __version__
from monitor.errors import MonitorError
from monitor.settings.web import WebConfig
from monitor.web import api, probes
from monitor.web.access import Gate
from monitor.web.api.events import Tail
from monitor.web.api.exports import Slots
from monitor.web.desk import Office
from monitor.web.pages.mount import ROUTES, mount
from monitor.web.problems import tell
from monitor.web.shell import Bodies, Heads, Hosts, Record
from monitor.web.spec import describe

STREAMS = [r"^/api/v1/events$"]  # each event must leave at once: compressed they would wait for one another


def create_app(office: Office, *, local: bool = True) -> FastAPI:
    """The application; `local` says that nobody but this machine reaches it."""
    settings = office.desk.config.web

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # Each thread may hold a connection to the database, of which there are so many.
        anyio.to_thread.current_default_thread_limiter().total_tokens = settings.threads
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(office.watch)
            yield
            office.stopping.set()

    app = FastAPI(
        title="monitor",
        version=__version__,
        docs_url=None,  # its pages would load scripts of others
        redoc_url=None,
        openapi_url=None,  # served by the API, to those who may read
        lifespan=lifespan,
        middleware=_around(settings),
        # As they are: an included router is worked out again for every application, a tenth of a second of each.
        routes=[*api.ROUTES, *probes.router.routes, *ROUTES],
    )
    app.state.office = office
    app.state.exports = Slots(settings.exports)
    app.state.tail = Tail(settings.listeners)
    app.state.gate = Gate(settings, local=local and not settings.public_url)
    for kind in (MonitorError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, tell)
    mount(app)
    describe(app)
    return app


def _around(settings: WebConfig) -> list[Middleware]:
    """What stands around the application, outermost first."""
    shared = (
        [
            Middleware(
                CORSMiddleware,
                allow_origins=settings.origins,
                allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
                allow_headers=["Authorization", "Content-Type", "If-None-Match", "Last-Event-ID"],
                expose_headers=["ETag", "Link", "Location", "Retry-After"],
            )
        ]
        if settings.origins
        else []
    )
    return [
        Middleware(Record),
        Middleware(Hosts, settings),
        *shared,
        Middleware(BrotliMiddleware, excluded_handlers=STREAMS),
        Middleware(Heads),
        Middleware(Bodies, settings.max_body),
    ]

"""An application becomes a process that listens, reloads on SIGHUP and stops without cutting anybody short."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from ipaddress import ip_address

import uvicorn

from monitor import __version__
from monitor.edge import tokens
from monitor.edge.forward import forward
from monitor.edge.notify import notify
from monitor.errors import ConfigError, MonitorError
from monitor.settings import Config
from monitor.settings.web import WebConfig
from monitor.web.app import create_app
from monitor.web.desk import Office
from monitor.web.patience import PatientProtocol

_TICKS = 50  # between two signs of life: five seconds
FIRST_FD = 3  # sd_listen_fds(3)


class _Server(uvicorn.Server):
    """uvicorn, with our signals: it must end as a command that did its work, and tell those who listen to events."""

    def __init__(self, config: uvicorn.Config, office: Office, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self.office = office
        self.ready = ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGTERM and SIGINT, at once on the second; reload on SIGHUP."""
        loop = asyncio.get_running_loop()
        reloads: set[asyncio.Future[str]] = set()

        def reload() -> None:
            turn = asyncio.ensure_future(asyncio.to_thread(self.office.reload))
            reloads.add(turn)
            turn.add_done_callback(reloads.discard)

        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self._stop)
        loop.add_signal_handler(signal.SIGHUP, reload)
        yield

    async def on_tick(self, counter: int) -> bool:
        """Feed systemd's watchdog: uvicorn asks ten times a second whether it shall go on."""
        if counter % _TICKS == 0:
            notify(WATCHDOG="1")
        return await super().on_tick(counter)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        self.ready()

    def _stop(self) -> None:
        notify(STOPPING="1")
        self.force_exit = self.should_exit
        self.should_exit = True
        self.office.stopping.set()


def serve(load: Callable[[], Config], *, host: str = "", port: int | None = None, say: Callable[[str], None]) -> None:
    """Serve until stopped. `load` reads the configuration, again when it changes; `say` hears where we listen."""
    office = Office(lambda: _where(load(), host, port))
    with ExitStack() as stack:
        stack.callback(office.close)
        settings = office.desk.config.web
        sockets = inherited() or [bind(settings)]
        for one in sockets:
            stack.callback(one.close)
        local = all(_is_local(one) for one in sockets)
        check_reach(office, settings, local=local)
        app = create_app(office, local=local)
        _start(app, settings, office, sockets, say)


def _where(config: Config, host: str, port: int | None) -> Config:
    asked = {"host": host or config.web.host, "port": config.web.port if port is None else port}
    return config.model_copy(update={"web": WebConfig.model_validate({**config.web.model_dump(), **asked})})


def _start(
    app: object, settings: WebConfig, office: Office, sockets: list[socket.socket], say: Callable[[str], None]
) -> None:
    forward("uvicorn")

    def ready() -> None:
        notify(READY="1")
        for one in sockets:
            say(f"monitor {__version__} listens on {_named(one)}")

    config = uvicorn.Config(
        app,  # type: ignore[arg-type]  # a FastAPI
        log_config=None,
        access_log=False,  # ours leaves out queries, which may hold a token
        server_header=False,
        http=PatientProtocol,
        ws="none",
        proxy_headers=bool(settings.public_url),
        forwarded_allow_ips="127.0.0.1,::1",
        timeout_graceful_shutdown=int(settings.grace),
    )
    _Server(config, office, ready).run(sockets)


def check_reach(office: Office, settings: WebConfig, *, local: bool) -> None:
    """ConfigError when others than this machine would reach an archive that asks for no token."""
    if (local and not settings.public_url) or tokens.any_token(office.desk.engine):
        return
    why = f"web.host {settings.host}" if not local else f"web.public_url {settings.public_url}"
    raise ConfigError(
        f"{why}: others than this machine would reach the archive, and there is no token yet",
        hint="make one with `monitor token add NAME --scope manage`, or listen on 127.0.0.1",
    )


def inherited() -> list[socket.socket]:
    """Sockets that systemd opened for this process (socket activation)."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return []
    count = os.environ.get("LISTEN_FDS", "0")
    for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
        os.environ.pop(name, None)
    numbers: Sequence[int] = range(FIRST_FD, FIRST_FD + int(count)) if count.isdecimal() else ()
    return [socket.socket(fileno=number) for number in numbers]


def bind(settings: WebConfig) -> socket.socket:
    """A socket that listens where the configuration says; MonitorError in plain words when it cannot."""
    place = f"{settings.host}:{settings.port}"
    opened: socket.socket | None = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        opened = socket.socket(family, kind, protocol)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
    except OSError as error:
        if opened:
            opened.close()
        raise MonitorError(
            f"cannot listen on {place}: {error.strerror}",
            hint="another program may listen there: `monitor web --port N` takes another port",
        ) from error
    return opened


def _is_local(listener: socket.socket) -> bool:
    """Whether only this machine reaches a socket."""
    if listener.family == socket.AF_UNIX:
        return True
    return ip_address(str(listener.getsockname()[0]).partition("%")[0]).is_loopback


def _named(listener: socket.socket) -> str:
    if listener.family == socket.AF_UNIX:
        return f"the socket {listener.getsockname()}"
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"

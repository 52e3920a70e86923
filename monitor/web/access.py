"""A request becomes who asks, and whether they may: by a token, by a browser's session, or because they sit here."""

import hmac
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_bytes
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Request, Security
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from monitor.edge import tokens
from monitor.edge.tokens import Scope, Token
from monitor.settings.web import WebConfig
from monitor.web.desk import Desk
from monitor.web.problems import RefusedError
from monitor.web.rate import Buckets, read_pace

COOKIE = "monitor-session"
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
HINT = "send `Authorization: Bearer TOKEN`; `monitor token add NAME` makes one"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_LONGEST = 200  # characters of a secret that are looked at

BEARER = HTTPBearer(auto_error=False, scheme_name="token", description="A token of `monitor token add`.")
SESSION = APIKeyCookie(
    name=COOKIE, auto_error=False, scheme_name="session", description="What a browser has that logged in."
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks."""

    name: str
    scope: Scope
    by: str  # token, session, local
    token: Token | None = None
    secret: str = ""  # of the session


class Gate:
    """Who may enter: what is open, and how often each may ask."""

    def __init__(self, settings: WebConfig, *, local: bool) -> None:
        self.settings = settings
        self.local = local  # nobody but this machine reaches us
        self.calls = Buckets(read_pace(settings.rate))
        self.misses = Buckets(read_pace(settings.login_rate))
        self._key = token_bytes(32)  # of the forms of those who need no log-in

    def is_open(self, desk: Desk) -> bool:
        """Whether whoever sits at this machine may do all: until there is a token."""
        return self.local and not self.settings.require_token and not tokens.any_token(desk.engine)

    def csrf(self, session: str) -> str:
        """What a form of this session must hold; of no session: of this machine's."""
        return hmac.new(session.encode() or self._key, b"monitor csrf", sha256).hexdigest()

    def count(self, caller: str) -> None:
        """Count a request; RefusedError when there were too many."""
        _slow_down(self.calls.take(caller, time.monotonic()), "too many requests")

    def find(self, desk: Desk, secret: str, address: str) -> Token:
        """The token of this secret; RefusedError when there is none, or when too many were tried."""
        now = time.monotonic()
        _slow_down(self.misses.wait(address, now), "too many wrong tokens came from your address")
        token = tokens.find(desk.engine, secret, desk.clock()) if 0 < len(secret) <= _LONGEST else None
        if token is None:
            self.misses.take(address, now)
            raise unknown("this token is not known, or has expired")
        return token


def _slow_down(wait: float, why: str) -> None:
    if wait > 0:
        raise RefusedError(429, why, hint=f"wait {wait:.0f} s", headers={"Retry-After": str(int(wait) + 1)})


def unknown(text: str, hint: str = HINT) -> RefusedError:
    """Nobody we know asks."""
    return RefusedError(401, text, hint=hint, headers={"WWW-Authenticate": 'Bearer realm="monitor"'})


def desk_of(request: Request) -> Desk:
    """The desk in force when the request came."""
    desk: Desk = request.app.state.office.desk
    return desk


def gate_of(request: Request) -> Gate:
    """The gate that all requests pass."""
    gate: Gate = request.app.state.gate
    return gate


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else "local"


def access(scope: Scope) -> Callable[..., Awaitable[Caller]]:
    """A dependency: the caller, who may do what `scope` says; anything else is refused."""

    async def allowed(
        request: Request,
        bearer: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)] = None,
        session: Annotated[str | None, Security(SESSION)] = None,
    ) -> Caller:
        secret = bearer.credentials if bearer else ""
        caller = await run_in_threadpool(identify, request, secret, session or "")
        gate = gate_of(request)
        gate.count(f"{caller.by} {caller.name}" if caller.token else address_of(request))
        if not caller.scope.includes(scope):
            raise RefusedError(
                403,
                f"this token may {caller.scope}, and this asks for {scope}",
                hint=f"`monitor token add NAME --scope {scope}` makes one that may",
            )
        request.state.caller = caller
        if request.method not in SAFE and caller.by == "session":
            await _check_csrf(request, gate.csrf(caller.secret))
        return caller

    return allowed


def identify(request: Request, secret: str, session: str) -> Caller:
    """Who asks; RefusedError when nobody does whom we know."""
    desk, gate = desk_of(request), gate_of(request)
    _check_origin(request, gate.settings)
    if secret or "authorization" in request.headers:
        token = gate.find(desk, secret, address_of(request))
        return Caller(token.name, token.scope, "token", token)
    found = tokens.find_session(desk.engine, session, desk.clock()) if 0 < len(session) <= _LONGEST else None
    if found:
        return Caller(found.token.name, found.token.scope, "session", found.token, session)
    if gate.is_open(desk):
        return Caller("local", Scope.MANAGE, "local")
    raise unknown("this needs a token")


def _check_origin(request: Request, settings: WebConfig) -> None:
    """Pages of others must not act in the name of whoever looks at them: browsers say where a request comes from."""
    if request.method in SAFE:
        return
    origin = request.headers.get("origin")
    if origin is None:
        foreign = request.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}
    else:
        own = {*settings.origins, settings.public_url}
        foreign = origin.lower() not in own and urlsplit(origin).netloc != request.headers.get("host", "")
    if foreign:
        raise RefusedError(403, "this comes from a page of somebody else", hint="list its origin under web.origins")


async def _check_csrf(request: Request, wanted: str) -> None:
    given = request.headers.get(CSRF_HEADER, "")
    if not given and request.headers.get("content-type", "").startswith(_FORMS):
        field = (await request.form()).get(CSRF_FIELD)
        given = field if isinstance(field, str) else ""
    if not hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode()):
        raise RefusedError(403, "the form is not one of yours, or too old", hint="load the page again and repeat it")


def csrf_of(request: Request) -> str:
    """What the forms of a page must hold in the field `csrf`, or its requests in the header X-CSRF-Token."""
    return gate_of(request).csrf(request.cookies.get(COOKIE, ""))


def log_in(request: Request, response: Response, secret: str) -> Caller:
    """Let a browser in that shows a token: its cookie goes with the answer. RefusedError when it is not known."""
    desk, gate = desk_of(request), gate_of(request)
    _check_origin(request, gate.settings)
    token = gate.find(desk, secret.strip(), address_of(request))
    length = gate.settings.session
    session = tokens.open_session(desk.engine, token, desk.clock(), length)
    response.set_cookie(
        COOKIE,
        session,
        max_age=int(length),
        httponly=True,
        samesite="strict",
        secure=gate.settings.public_url.startswith("https:"),
    )
    return Caller(token.name, token.scope, "session", token, session)


def log_out(request: Request, response: Response) -> None:
    """End the session of a browser."""
    session = request.cookies.get(COOKIE, "")
    if session:
        tokens.end_session(desk_of(request).engine, session)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")

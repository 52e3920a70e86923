"""Whether the outside can be reached: names, servers, and what time others have."""

import asyncio
import socket
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from aiohttp import ClientError, ClientSession, ClientTimeout

from monitor.edge.clock import clock
from monitor.edge.guard import RefusedAddressError

PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Reached:
    """What came of asking a server."""

    answer: str = ""  # what it said; empty when it was not reached
    trouble: str = ""
    ahead_s: float | None = None  # how far our clock is ahead of the server's


async def resolve(host: str, port: int = 443) -> str:
    """Why a name cannot be resolved; empty when it can."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except TimeoutError:
        return f"no answer within {PATIENCE_S:g} s"
    except (OSError, UnicodeError) as error:
        return str(getattr(error, "strerror", "") or error)
    return ""


async def greet(session: ClientSession, url: str) -> Reached:
    """Ask a web server for the head of a page: whatever it answers, it is there."""
    before = clock()
    try:
        async with session.head(url, allow_redirects=False, timeout=ClientTimeout(total=PATIENCE_S)) as response:
            took = clock() - before
            theirs = _moment(response.headers.get("Date", ""))
            ahead = (before + took / 2 - theirs).total_seconds() if theirs else None
            return Reached(f"{response.status} {response.reason or ''}".strip(), ahead_s=ahead)
    except TimeoutError:
        return Reached(trouble=f"no answer within {PATIENCE_S:g} s")
    except RefusedAddressError:
        return Reached(trouble="refused: not on the public network")
    except (ClientError, OSError, ValueError) as error:
        return Reached(trouble=str(error) or type(error).__name__)


def _moment(date: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(date)
    except (ValueError, TypeError):
        return None
    return found if found.tzinfo else None

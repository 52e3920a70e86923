"""How a receiver did, and does now, become how many messages it is sent at once, and what others are told of it."""

from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from monitor.errors import DeliveryError
from monitor.telling import Dispatch, Standing
from monitor.think.schedule import next_try

FAILING, WELL = "receiver.failing", "receiver.well"
SURE = 3  # failures in a row before others are told: one may be bad luck


def room(standing: Standing, now: datetime, *, most: int, break_after: int) -> int:
    """How many messages a receiver is sent at once: none while it rests, one to try whether it works again."""
    if standing.rests_until and now < standing.rests_until:
        return 0
    return 1 if standing.failures >= break_after else most


def failed(
    standing: Standing,
    error: DeliveryError,
    now: datetime,
    chance: float,
    *,
    break_after: int,
    first_s: float,
    longest_s: float,
) -> Standing:
    """How a receiver does after it did not take a message."""
    failures = standing.failures + 1
    rests = standing.rests_until
    if error.retry_after is not None:
        rests = next_try(1, now, chance, retry_after=error.retry_after, first_s=1.0)
    elif failures >= break_after and not (error.permanent or error.reached):
        rests = next_try(failures - break_after + 1, now, chance, first_s=first_s, max_s=longest_s)
    return replace(
        standing,
        failures=failures,
        failing_since=standing.failing_since or now,
        rests_until=rests,
        last_error=str(error),
    )


def is_to_be_told(standing: Standing, now: datetime, *, after_s: float) -> bool:
    """Whether others must hear that a receiver keeps failing."""
    if standing.warned_at or not standing.failing_since or standing.failures < SURE:
        return False
    return (now - standing.failing_since).total_seconds() >= after_s


def word(kind: str, receiver: str, to: str, standing: Standing, now: datetime) -> Dispatch:
    """The message that tells a receiver how another one does."""
    since = standing.failing_since or now
    name = f"{kind}\n{receiver}\n{to}\n{since.isoformat()}"
    data: dict[str, object] = {
        "receiver": receiver,
        "failures": standing.failures,
        "since": since.isoformat(),
        "error": standing.last_error,
    }
    uid = "rcv_" + sha256(name.encode()).hexdigest()[:32]
    return Dispatch(0, uid, to, kind, f"receiver:{receiver}", data=data)

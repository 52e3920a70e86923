"""What hubs say becomes what it deserves: an answer to a question, a lease within bounds, a push believed or not."""

import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import unquote

DAY_S = 86_400.0
SHORTEST_LEASE_S, LONGEST_LEASE_S = 600.0, 90 * DAY_S
RENEWED = 0.8  # of a lease, when it is renewed: one that a hub holds up can be asked for again several times
# A hub that confirms nothing is asked again after this, then after twice as long each time, up to a day.
PATIENCE_S = 600.0
LEAVES = 3  # times that a hub is told that we want no more of it: after that its lease ends by itself
REFUSED_S = 7 * DAY_S  # how long a hub that said no is left alone
# A feed may name another hub with every poll: whoever that is, we ask no more often than this for one feed.
MOVED_S = 3600.0
# However often a hub pushes, its feed is polled no more often than this.
PUSH_GAP_S = 30.0

# Hexadecimal digits of each, the strongest first.
_DIGITS = {"sha512": 128, "sha384": 96, "sha256": 64, "sha1": 40}
_SIGNATURE = re.compile(r"\s*(sha1|sha256|sha384|sha512)=([0-9a-f]+)\s*", re.IGNORECASE)
_CHALLENGE = re.compile(r"[\x21-\x7e]{1,1024}")
_LONGEST_HEADER = 2000


@dataclass(frozen=True, slots=True)
class Signature:
    """What a hub says that the body of a push comes to under the secret."""

    algorithm: str
    digest: str


def strongest(headers: Iterable[str]) -> Signature | None:
    """The signature that counts: a hub that signs with more than SHA-1 is judged by that alone."""
    found: dict[str, Signature] = {}
    for header in headers:
        for part in header[:_LONGEST_HEADER].split(","):
            read = _SIGNATURE.fullmatch(part)
            if read and len(read[2]) == _DIGITS[read[1].lower()]:
                found.setdefault(read[1].lower(), Signature(read[1].lower(), read[2].lower()))
    return next((found[name] for name in _DIGITS if name in found), None)


def begin_sum(secret: str, signature: Signature) -> hmac.HMAC:
    """The sum over no body yet; it is fed the body as that comes in."""
    return hmac.new(secret.encode(), digestmod=signature.algorithm)


def agrees(sum_: hmac.HMAC, signature: Signature) -> bool:
    """Whether a body is signed by who knows the secret."""
    return hmac.compare_digest(sum_.hexdigest(), signature.digest)


class Verdict(StrEnum):
    """What a question of a hub deserves."""

    CONFIRM = "confirm"  # we asked for it: the challenge goes back
    DENIED = "denied"  # the hub says no
    STRANGE = "strange"  # we asked for no such thing


@dataclass(frozen=True, slots=True)
class Question:
    """A GET of a hub."""

    mode: str
    topic: str
    challenge: str = ""
    lease: str = ""
    reason: str = ""


def read_question(query: Mapping[str, str]) -> Question:
    """The question in the query of a URL."""
    names = ("mode", "topic", "challenge", "lease_seconds", "reason")
    return Question(*(query.get(f"hub.{name}", "") for name in names))


def judge(question: Question, topic: str, *, asked: bool, leaving: bool = False) -> Verdict:
    """What a question deserves of a subscriber that may have `asked` to be told of this topic, or no more (`leaving`).

    A hub may ask again while a subscription is in force, so it is always answered in the same way.
    """
    if not (topic and _same(question.topic, topic)):
        return Verdict.STRANGE
    if question.mode == "denied":
        return Verdict.DENIED
    sound = question.mode == ("unsubscribe" if leaving else "subscribe") and _CHALLENGE.fullmatch(question.challenge)
    return Verdict.CONFIRM if asked and sound else Verdict.STRANGE


def _same(one: str, other: str) -> bool:
    """Whether two URLs are the same but for needless quoting: hubs take topics apart and put them together again."""
    return one == other or unquote(one) == unquote(other)


def lease_s(said: str, wanted_s: float) -> float:
    """For how long a hub will tell us; what it leaves out, or says nonsense of, is taken to be what we wanted."""
    said = said.strip()
    seconds = float(said) if said.isascii() and said.isdigit() and len(said) < 20 else 0.0
    return min(max(seconds or wanted_s, SHORTEST_LEASE_S), LONGEST_LEASE_S)


def renewed_at(now: datetime, seconds: float) -> datetime:
    """When a lease that begins now is renewed."""
    return now + timedelta(seconds=RENEWED * seconds)


def asked_at(now: datetime, last: datetime | None) -> datetime:
    """When a hub is asked for a feed that named another one before, which was last asked then."""
    return max(now, last + timedelta(seconds=MOVED_S)) if last else now


def polled_at(now: datetime, last: datetime | None, shortest_s: float) -> datetime:
    """When a feed of which a hub tells is polled: at once, but not so soon after its last poll."""
    gap = timedelta(seconds=max(PUSH_GAP_S, shortest_s))
    # A clock that was set back must not put the poll off for long.
    return min(max(now, last + gap), now + gap) if last else now

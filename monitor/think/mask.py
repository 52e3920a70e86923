"""A line of the log becomes one that holds no secret: known ones, and what looks like one in addresses and headers."""

import re
from collections.abc import Iterable

MASK = "***"
# A shorter one is a word that stands in many lines for other reasons.
LEAST = 6

# Names of parameters and headers whose values open something.
_NAMES = r"(?:access[_-]?|api[_-]?|auth[_-]?|client[_-]?|private[_-]?|refresh[_-]?|session[_-]?|x-)?"
_NAMES += r"(?:token|key|apikey|secret|passwd|password|pwd|signature|sig|credential|auth|code|session(?:id)?)"
_LOGIN = re.compile(r"(?<=://)[^/?#@\s'\"]*:[^/?#@\s'\"]*@|(?<=://)[^/?#@\s'\":]{20,}@")
_PARAMETER = re.compile(rf"([?&;]{_NAMES}=)[^&;#\s'\"<>]+", re.IGNORECASE)
_HEADER = re.compile(
    r"((?:proxy-)?authorization['\"]?\s*[:=]\s*['\"]?(?:basic |bearer |digest )?)[^\s'\",]+", re.IGNORECASE
)
_BEARER = re.compile(r"\b(bearer\s+)[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
_WEBHOOK = re.compile(r"\bwhsec_[A-Za-z0-9+/=]{8,}")


def mask(line: str, secrets: Iterable[str] = ()) -> str:
    """The line without its secrets; most lines have none, and are looked at for signs of one only."""
    for secret in secrets:
        if secret in line:
            line = line.replace(secret, MASK)
    if "@" in line and "://" in line:
        line = _LOGIN.sub(f"{MASK}@", line)
    if "=" in line:
        line = _PARAMETER.sub(rf"\g<1>{MASK}", line)
    lower = line.lower()
    if "authorization" in lower:
        line = _HEADER.sub(rf"\g<1>{MASK}", line)
    if "bearer" in lower:
        line = _BEARER.sub(rf"\g<1>{MASK}", line)
    return _WEBHOOK.sub(MASK, line) if "whsec_" in line else line


def masked_values(secrets: Iterable[str]) -> tuple[str, ...]:
    """The secrets to look for: long ones first, as one may be a part of another; none that is a word."""
    return tuple(sorted({secret for secret in secrets if len(secret) >= LEAST}, key=len, reverse=True))

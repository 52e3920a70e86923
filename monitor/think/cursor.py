"""How far a page came becomes a cursor that others hand back, and a cursor a place to go on from."""

import base64
import binascii
from dataclasses import dataclass

from monitor.errors import QueryError


@dataclass(frozen=True, slots=True)
class Mark:
    """What the last article of a page is known by in its order, and the latest article when the first was asked for."""

    key: int
    upto: int


def write_mark(mark: Mark, digest: str) -> str:
    """A cursor; `digest` tells for which question."""
    written = f"{mark.key:x}.{mark.upto:x}.{digest}"
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def read_mark(cursor: str, digest: str) -> Mark | None:
    """The place that a cursor names, None for no cursor; QueryError when it is not of this question."""
    if not cursor:
        return None
    try:
        written = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode("ascii")
        key, upto, made_for = written.split(".")
        mark = Mark(int(key, 16), int(upto, 16))
    except (ValueError, binascii.Error) as error:
        raise QueryError("the cursor is damaged", hint="ask again without it") from error
    if made_for != digest or abs(mark.key) >= 2**63 or not 0 <= mark.upto < 2**63:
        raise QueryError("the cursor is of another question", hint="ask again without it")
    return mark

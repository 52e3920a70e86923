"""What is said again and again is said some times a minute, and then how often it was not."""

import re
from dataclasses import dataclass

WINDOW_S = 60.0
# Of one kind so many a minute: enough to see what it is, and that it goes on.
PASS = 10
# Kinds that are remembered at once.
MOST = 1000
_NUMBERS = re.compile(r"\d+")


@dataclass(slots=True)
class _Kind:
    began_at: float
    passed: int = 0
    held: int = 0
    sample: str = ""


class Repeats:
    """Which lines pass. Times are seconds of any clock that only goes forward."""

    def __init__(self, *, window_s: float = WINDOW_S, most: int = PASS) -> None:
        self._window_s = window_s
        self._most = most
        self._kinds: dict[str, _Kind] = {}

    def passes(self, line: str, now: float) -> bool:
        """Whether a line is one of the first of its kind in this window; numbers make no difference."""
        key = _NUMBERS.sub("#", line[:300])
        kind = self._kinds.get(key)
        if kind is None:
            if len(self._kinds) >= MOST:
                return True
            kind = self._kinds[key] = _Kind(now, sample=line[:120])
        if kind.passed < self._most:
            kind.passed += 1
            return True
        kind.held += 1
        return False

    def ended(self, now: float) -> list[tuple[str, int]]:
        """The kinds whose window is over, of which lines were held back: one of them, and how many were."""
        over = [key for key, kind in self._kinds.items() if now - kind.began_at >= self._window_s]
        ended = [self._kinds.pop(key) for key in over]
        return [(kind.sample, kind.held) for kind in ended if kind.held]

"""So many requests in so long a time: a bucket of tokens for each who asks."""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from monitor.settings.kinds import parse_duration

KNOWN = 10_000  # callers that are remembered; who is forgotten begins with a full bucket


@dataclass(frozen=True, slots=True)
class Pace:
    """So many at once, and so many a second in the long run."""

    most: int
    per_second: float


def read_pace(text: str) -> Pace:
    """A rate as the configuration writes it, such as "600/1m"."""
    count, _, period = text.partition("/")
    return Pace(int(count), int(count) / float(str(parse_duration(period))))


class Buckets:
    """How much each caller has left. Safe for several threads."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # caller → what is left, as of when
        self._turn = Lock()

    def take(self, caller: str, now: float) -> float:
        """Take one: 0, or the seconds until there is one again."""
        with self._turn:
            left = self._now_left(caller, now)
            if left < 1:
                return (1 - left) / self.pace.per_second
            self._left[caller] = (left - 1, now)
            self._left.move_to_end(caller)
            if len(self._left) > KNOWN:
                self._left.popitem(last=False)
            return 0.0

    def wait(self, caller: str, now: float) -> float:
        """The seconds until there is one to take; nothing is taken."""
        with self._turn:
            return max(1 - self._now_left(caller, now), 0.0) / self.pace.per_second

    def _now_left(self, caller: str, now: float) -> float:
        left, since = self._left.get(caller, (float(self.pace.most), now))
        return min(left + max(now - since, 0.0) * self.pace.per_second, float(self.pace.most))

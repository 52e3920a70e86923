"""What hosts ask for, and good manners, become the moment of the next request to each."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from monitor.edge.manners import Pause
from monitor.errors import FetchError

_FIRST_PAUSE_S = 60.0  # after a refusal that names no time of its own; doubled with each that follows
_LONGEST_PAUSE_S = 3_600.0
_HOSTS = 20_000  # that are remembered, at some 200 bytes each


@dataclass(slots=True)
class _Host:
    free_at: float = 0.0  # when the next request may go
    page_at: float = 0.0  # and the next page, at a host that asks for longer pauses between pages
    cool_until: float = 0.0
    refusals: int = 0  # in a row


class Pace:
    """When each host may be asked next. It waits for nobody: it tells for how long to wait, or refuses."""

    def __init__(self, patience_s: float, hosts: int = _HOSTS) -> None:
        self._patience_s = patience_s
        self._most = hosts
        self._hosts: OrderedDict[str, _Host] = OrderedDict()
        self._changed: set[str] = set()  # whose pauses are others than were last kept

    def book(self, place: str, now: float, gap_s: float, page_gap_s: float = 0.0) -> float:
        """Take the next moment at a host; the seconds until then. FetchError (paused) when that is too far off.

        `page_gap_s`, where it is longer, spaces pages without holding up feeds of the same host.
        """
        host = self._hosts.get(place)
        if host is None:
            if not gap_s and not page_gap_s:
                return 0.0
            host = self._remember(place)
        pages = page_gap_s > gap_s
        due = host.page_at if pages else host.free_at if gap_s else 0.0
        moment = max(now, host.cool_until, due)
        if moment - now > self._patience_s:
            wait_s = moment - now
            hint = f"it may be asked again in {wait_s:.0f} s"
            raise FetchError("not asked: the host wants a pause", reason="paused", retry_after=wait_s, hint=hint)
        if pages:
            host.page_at = moment + page_gap_s
        elif gap_s:
            host.free_at = moment + gap_s
        return moment - now

    def cools(self, place: str, now: float) -> bool:
        """Whether a host asked for a pause that is not over."""
        host = self._hosts.get(place)
        return host is not None and host.cool_until > now

    def refused(self, place: str, now: float, asked_s: float | None) -> None:
        """A host had too many requests: it gets the pause that it asked for, or one that doubles each time."""
        host = self._hosts.get(place) or self._remember(place)
        own_s = min(_FIRST_PAUSE_S * 2.0 ** min(host.refusals, 10), _LONGEST_PAUSE_S)
        host.refusals += 1
        host.cool_until = max(host.cool_until, now + (asked_s or own_s))
        self._changed.add(place)

    def answered(self, place: str) -> None:
        """A host had no such complaint."""
        host = self._hosts.get(place)
        if host is not None and host.refusals:
            host.refusals = 0
            self._changed.add(place)

    def changes(self, now: float) -> list[Pause]:
        """The pauses that are others than the last time that this was asked."""
        changed, self._changed = self._changed, set()
        known = [(place, self._hosts[place]) for place in changed if place in self._hosts]
        return [Pause(place, max(0.0, host.cool_until - now), host.refusals) for place, host in known]

    def recall(self, pauses: Iterable[Pause], now: float) -> None:
        """Heed pauses that were asked for before this began."""
        for pause in pauses:
            host = self._hosts.get(pause.place) or self._remember(pause.place)
            host.cool_until, host.refusals = now + pause.left_s, pause.refusals

    def _remember(self, place: str) -> _Host:
        host = self._hosts[place] = _Host()
        while len(self._hosts) > self._most:
            self._hosts.popitem(last=False)
        return host

"""The bytes of many bodies at once become so many in all: large ones are put off while there are too many of them."""

from monitor.errors import FetchError

_SMALL = 500_000  # bytes that every body may hold whatever the others do: few pages or feeds are larger
_AGAIN_S = 30.0


class Room:
    """What all bodies that are being read hold together."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._taken = 0

    def take(self, more: int, held: int) -> None:
        """A body that will hold `held` bytes grows by so many; FetchError (paused) when that is too much."""
        if held > _SMALL and self._taken + more > self._size:
            text = "put off: too many large bodies are being read at once"
            raise FetchError(text, reason="paused", retry_after=_AGAIN_S)
        self._taken += more

    def give_back(self, held: int) -> None:
        """A body was handed on, or given up."""
        self._taken -= held

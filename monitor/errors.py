"""One tree of expected failures; anything else that is raised is a bug."""

from typing import Any


class MonitorError(Exception):
    """An expected failure: its text says what happened, `hint` what to do about it.

    `permanent` tells a beat that trying again cannot help.
    """

    permanent = False

    def __init__(self, text: str, *, hint: str = "", permanent: bool | None = None) -> None:
        super().__init__(text)
        self.hint = hint
        if permanent is not None:
            self.permanent = permanent

    def __reduce__(self) -> tuple[Any, ...]:
        # Workers raise these in another process: what is only said by name must come home too.
        return _restore, (type(self), self.args, self.__dict__)


def _restore(kind: type[MonitorError], args: tuple[Any, ...], state: dict[str, Any]) -> MonitorError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class ConfigError(MonitorError):
    """The configuration cannot be used; the text lists every fault, one a line."""

    permanent = True


class FetchError(MonitorError):
    """A URL could not be brought home.

    `reason` is a short stable word for the record (timeout, dns, refused, status, too-large, …),
    `status` the HTTP status if there was one, `retry_after` the seconds that the server asked for.
    """

    def __init__(
        self,
        text: str,
        *,
        reason: str,
        status: int | None = None,
        retry_after: float | None = None,
        hint: str = "",
        permanent: bool | None = None,
    ) -> None:
        super().__init__(text, hint=hint, permanent=permanent)
        self.reason = reason
        self.status = status
        self.retry_after = retry_after


class ParseError(MonitorError):
    """A body is not the feed that it should be."""


class ExtractError(MonitorError):
    """A page holds no article; `reason` is a short stable word (empty, consent, timeout, …)."""

    def __init__(self, text: str, *, reason: str, permanent: bool | None = None) -> None:
        super().__init__(text, permanent=permanent)
        self.reason = reason


class QueryError(MonitorError):
    """A query that cannot be obeyed; `position` is the offset of the fault in its text."""

    permanent = True

    def __init__(self, text: str, *, position: int = 0, hint: str = "") -> None:
        super().__init__(text, hint=hint)
        self.position = position


class TemplateError(MonitorError):
    """A template of the user's cannot be filled; the text names its file and line."""


class StoreError(MonitorError):
    """The database refused: locked, read-only, corrupt, full, or of another version."""


class UnknownError(StoreError):
    """The archive holds nothing by that name or number."""


class ConflictError(StoreError):
    """What the archive holds already stands against it."""


class StaleClaimError(MonitorError):
    """Another worker took the item over while this one held it; its result must not be saved."""


class DeliveryError(MonitorError):
    """A receiver did not take an alert; `retry_after` is the seconds that it asked for.

    `reached` says that the receiver works, and has something against this message alone; `maybe_taken` that the
    message may be with it, or with some of its addresses, all the same.
    """

    def __init__(
        self,
        text: str,
        *,
        permanent: bool | None = None,
        retry_after: float | None = None,
        hint: str = "",
        reached: bool = False,
        maybe_taken: bool = False,
    ) -> None:
        super().__init__(text, hint=hint, permanent=permanent)
        self.retry_after = retry_after
        self.reached = reached
        self.maybe_taken = maybe_taken

"""The world's time and chance, for those who hand them on to what thinks."""

import random
from datetime import UTC, datetime


def clock() -> datetime:
    """The time."""
    return datetime.now(UTC)


def chance() -> float:
    """A number from 0 to 1 that spreads due times."""
    return random.random()  # noqa: S311 - jitter, not a secret

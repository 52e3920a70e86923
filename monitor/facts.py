"""What a match showed of a story when it was told: by it a later telling finds its reason."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Facts:
    """What was known."""

    voices: int = 1  # independent ones
    severity: str = "normal"
    entities: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()


UNKNOWN = Facts()

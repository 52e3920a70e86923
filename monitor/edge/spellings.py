"""What was worked out of names and words is kept in a file: the next start need not work it out again."""

import json
import os
from contextlib import suppress
from hashlib import sha256
from importlib import metadata, resources
from pathlib import Path
from typing import Any, cast

import zstandard

_MADE_BY = ("pymorphy3", "pymorphy3-dicts-ru", "pymorphy3-dicts-uk")
LARGEST = 500_000_000  # bytes, unpacked
_LEVEL = 12


def load_memory(file: Path) -> dict[str, Any] | None:
    """What the file remembers; None when there is none, or when it was made by other rules of inflection."""
    try:
        text = zstandard.ZstdDecompressor().decompress(file.read_bytes(), max_output_size=LARGEST)
        held = json.loads(text)
        return cast("dict[str, Any]", held["memory"]) if held["stamp"] == stamp() else None
    except (OSError, ValueError, LookupError, TypeError, zstandard.ZstdError):
        return None


def save_memory(file: Path, memory: dict[str, Any]) -> None:
    """Keep what is to be remembered; where the file cannot be written, the next start just takes longer."""
    draft = file.with_suffix(f".{os.getpid()}")
    text = json.dumps({"stamp": stamp(), "memory": memory}, ensure_ascii=False)
    with suppress(OSError):
        draft.write_bytes(zstandard.ZstdCompressor(level=_LEVEL).compress(text.encode()))
        draft.replace(file)
    with suppress(OSError):
        draft.unlink(missing_ok=True)


def stamp() -> str:
    """Tells apart all that decides which forms are made."""
    rules = resources.files("monitor") / "think" / "inflect"
    parts = sorted((part for part in rules.iterdir() if part.name.endswith(".py")), key=lambda part: part.name)
    digest = sha256("".join(metadata.version(each) for each in _MADE_BY).encode())
    for part in (*parts, resources.files("monitor") / "think" / "language.py"):
        digest.update(part.read_bytes())
    return digest.hexdigest()[:16]

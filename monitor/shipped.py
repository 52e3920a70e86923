"""A shipped pack, read and worked out, is kept beside it: to do so anew at each start would take many seconds."""

import json
from dataclasses import dataclass
from hashlib import sha256
from importlib import resources
from pathlib import Path

import zstandard
from pydantic import TypeAdapter, ValidationError

from monitor.edge.spellings import LARGEST, stamp
from monitor.think.book import Book, Owner
from monitor.think.topics import Pack
from monitor.think.wordbook import from_texts, to_texts

_LEVEL = 19  # it is written once, and read at every start
FOLDER = resources.files("monitor") / "topics"
_Groups = tuple[tuple[Owner, ...], ...]


@dataclass(frozen=True, slots=True)
class Ready:
    """A pack, and all that its entities are called by."""

    pack: Pack
    book: Book


_PACK, _GROUPS = TypeAdapter(Pack), TypeAdapter(_Groups)


def load_ready(name: str, text: str) -> Ready | None:
    """The shipped pack of that name and text, ready; None when it was made of another text or by another program."""
    try:
        packed = (FOLDER / f"{name}.zst").read_bytes()
        head, pack, groups, words = (
            zstandard.ZstdDecompressor().decompress(packed, max_output_size=LARGEST).split(b"\n")
        )
        held = json.loads(head)
        if held["stamp"] != _stamp(text):
            return None
        languages = {id_: frozenset(known) for id_, known in held["languages"].items()}
        book = Book(_GROUPS.validate_json(groups), from_texts(json.loads(words)), languages, held["digests"])
        return Ready(_PACK.validate_json(pack), book)
    except (OSError, ValueError, LookupError, TypeError, ValidationError, zstandard.ZstdError):
        return None


def save_ready(name: str, text: str, ready: Ready) -> None:
    """Keep a pack that is ready beside its text."""
    book = ready.book
    head = {
        "stamp": _stamp(text),
        "languages": {id_: sorted(known) for id_, known in book.languages.items()},
        "digests": dict(book.digests),
    }
    words = json.dumps(to_texts(book.words), ensure_ascii=False).encode()
    parts = (json.dumps(head).encode(), _PACK.dump_json(ready.pack), _GROUPS.dump_json(book.groups), words)
    packed = zstandard.ZstdCompressor(level=_LEVEL).compress(b"\n".join(parts))
    Path(str(FOLDER / f"{name}.zst")).write_bytes(packed)


def _stamp(text: str) -> str:
    return sha256(stamp().encode() + text.encode()).hexdigest()[:16]

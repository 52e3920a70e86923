"""Pages become archives of every layout, sound or not."""

import gzip
import io
import json
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from monitor.config import load
from monitor.settings import Config

SEEN = datetime(2026, 2, 20, 9, 30, tzinfo=UTC)
CONFIG = """\
[database]
path = "monitor.db"

[[topic]]
name = "ferries"
query = "ferry AND (harbour OR island)"

[[receiver]]
name = "desk"
kind = "email"
host = "127.0.0.1"
port = 9
security = "none"
sender = "monitor@example.org"
to = ["desk@example.org"]

[[route]]
receivers = ["desk"]
"""
SUBJECTS = ("The ferry to the island", "The library of the town", "A new harbour wall", "The school by the river")
WORDS = (
    "closed painted mended flooded praised counted opened moved sold lent early late often never again people letters "
    "boats bread winter summer windows stones money children teachers drivers neighbours roofs bridges trees gardens"
).split()


def config(home: Path) -> Config:
    """A configuration with one topic, and somebody to tell."""
    path = home / "config.toml"
    path.write_text(CONFIG, "utf-8")
    return load(path)


def address(number: int) -> str:
    return f"https://paper{number % 3}.example/news/{number}"


def page(number: int, subject: str = "") -> str:
    """An article's page; every fourth tells of a ferry to an island."""
    said, chance = subject or SUBJECTS[number % len(SUBJECTS)], random.Random(number)
    text = "".join(
        f"<p>{said} was {' '.join(chance.sample(WORDS, 9))}, and the council of ward {number} said that"
        f" {' '.join(chance.sample(WORDS, 12))} in letters about what happened there.</p>"
        for _ in range(6)
    )
    return (
        f"<html lang='en'><head><title>{said} is shut again, number {number}</title></head>"
        f"<body><h1>{said} is shut again, number {number}</h1><article>{text}</article></body></html>"
    )


def record(
    url: str,
    body: bytes,
    *,
    kind: str = "response",
    status: str = "200 OK",
    headers: Mapping[str, str] | None = None,
    length: int | None = None,
) -> bytes:
    """A record of a WARC file; `length` is what it says of itself."""
    told = {"Content-Type": "text/html; charset=utf-8"} if headers is None else headers
    http = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    block = f"HTTP/1.1 {status}\r\n{http}\r\n".encode() + body if kind == "response" else body
    size = len(block) if length is None else length
    header = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: {SEEN:%Y-%m-%dT%H:%M:%SZ}\r\n"
        f"Content-Type: application/http\r\nContent-Length: {size}\r\n\r\n"
    )
    return header.encode() + block + b"\r\n\r\n"


def records(count: int, first: int = 0) -> list[bytes]:
    return [record(address(number), page(number).encode()) for number in range(first, first + count)]


def packed(several: Sequence[bytes]) -> bytes:
    """Records as Common Crawl packs them, each by itself."""
    return b"".join(gzip.compress(each, 1) for each in several)


def write_lines(path: Path, lines: Sequence[object]) -> Path:
    raw = "".join(json.dumps(line) + "\n" if not isinstance(line, str) else line + "\n" for line in lines).encode()
    path.write_bytes(gzip.compress(raw) if path.name.endswith(".gz") else raw)
    return path


def opened(raw: bytes) -> io.BytesIO:
    return io.BytesIO(raw)

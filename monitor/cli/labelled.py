"""Lines of a labelled file, or labels of the archive, become documents to put to a topic."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from monitor.edge.labels import Labelled
from monitor.errors import ConfigError
from monitor.model import Article, TextSource
from monitor.think.language import clean, detect
from monitor.think.measure import Document

FAULTS_SHOWN = 20
HINT = (
    'each line is an object such as {"title": "…", "text": "…", "lang": "en", "label": 1}; docs/workbench.md lists the'
    " fields"
)
_GRANULARITY = {TextSource.PAGE: "full", TextSource.FEED: "summary", TextSource.NONE: "headline"}
_DATES = {4: "%Y", 7: "%Y-%m", 10: "%Y-%m-%d"}


def read_documents(path: Path, progress: Callable[[int], None] = lambda _: None) -> Iterator[Document]:
    """Documents as they are read; `progress` is told the bytes of each. ConfigError lists every line with a fault."""
    faults: list[str] = []
    documents = 0
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                progress(len(line))
                if not line.strip():
                    continue
                documents += 1
                try:
                    document = read_document(line, number)
                except ValueError as error:
                    faults.append(f"{path}:{number}: {error}")
                    continue
                if not faults:  # else the answer is the list of faults: read on for the others only
                    yield document
    except OSError as error:
        hint = "name a file of labelled documents in JSON Lines"
        raise ConfigError(f"{path}: cannot be read: {error.strerror}", hint=hint) from error
    if not documents:
        raise ConfigError(f"{path}: there are no documents in it", hint=HINT)
    if faults:
        more = f"\n… and {len(faults) - FAULTS_SHOWN} more lines" if len(faults) > FAULTS_SHOWN else ""
        raise ConfigError("\n".join(faults[:FAULTS_SHOWN]) + more, hint=HINT)


def read_document(line: bytes, number: int) -> Document:
    """One line; ValueError says what is wrong with it."""
    try:
        found = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not UTF-8: {error.reason} at byte {error.start + 1}") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not valid JSON: {error.msg} at column {error.colno}") from error
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    if not isinstance(found, dict):
        raise ValueError("it is not a JSON object")  # noqa: TRY004 - all faults of a line are of one kind
    title, text = clean(_text(found, "title")), clean(_text(found, "text"))
    if not title.strip() and not text.strip():
        raise ValueError("it has neither a title nor a text")
    name = _text(found, "id") or f"line {number}"
    address = _text(found, "url")
    article = Article(
        id=0,
        key=name,
        url=address,
        title=title,
        text=text,
        language=_text(found, "lang").strip().lower()[:2] or detect(f"{title}\n{text}"),
        site=_host(address),
        published_at=_date(_text(found, "date")),
    )
    return Document(
        id=name,
        article=article,
        wanted=_label(found),
        kind=_text(found, "kind"),
        granularity=_text(found, "granularity"),
        trap=_text(found, "hard_type"),
        topics=_topics(found),
    )


def from_archive(labelled: Labelled) -> Document:
    """An article of the archive with its label."""
    article = labelled.article
    wanted = labelled.label.wanted
    return Document(
        id=str(article.id),
        article=article,
        wanted=wanted,
        kind="positive" if wanted else "negative",
        granularity=_GRANULARITY[article.text_source],
        why=labelled.label.why,
    )


def _text(found: dict[str, Any], name: str) -> str:
    value = found.get(name)
    if value is None:
        return ""
    if name == "id" and isinstance(value, int):
        return str(value)
    if not isinstance(value, str):
        raise ValueError(f"{name} is {json.dumps(value)[:40]}, and should be text")  # noqa: TRY004
    return value


def _label(found: dict[str, Any]) -> bool:
    if "label" not in found:
        raise ValueError("it has no label; 1 or true: wanted, 0 or false: not")
    label = found["label"]
    if isinstance(label, bool) or label in (0, 1):
        return bool(label)
    raise ValueError(f"label is {json.dumps(label)[:40]}, and should be 1 or true, 0 or false")


def _topics(found: dict[str, Any]) -> tuple[str, ...] | None:
    listed = found.get("topics")
    if listed is None:
        return None
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
        raise ValueError(f"topics is {json.dumps(listed)[:40]}, and should be a list of names of topics")
    return tuple(listed)


def _date(written: str) -> datetime | None:
    if not written.strip():
        return None
    shape = _DATES.get(len(written))
    try:
        date = datetime.strptime(written, shape) if shape else datetime.fromisoformat(written)  # noqa: DTZ007
    except ValueError as error:
        raise ValueError(f"date is {written[:40]!r}, and should be like 2022-02-24") from error
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""

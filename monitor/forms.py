"""The files of a receiver's own templates become the form in which its messages are written."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from monitor.errors import ConfigError, TemplateError
from monitor.model import Message
from monitor.think.samples import samples
from monitor.think.templates import (
    ENDINGS,
    HINT,
    KINDS,
    Templates,
    fill,
    mail_names,
    read_templates,
    write_body,
    write_mail,
    write_text,
)

MAIL = frozenset(f"{kind}.{ending}" for kind in KINDS for ending in ENDINGS)


def mail_form(folder: Path, receiver: str) -> Callable[[Message], Message]:
    """How a receiver's mails are written by the templates of a folder; ConfigError lists what is wrong with them."""
    names = [file.name for file in _listed(folder)]
    if unknown := sorted(name for name in names if not name.startswith("_") and name not in MAIL):
        known = "named such as alert.subject, alert.txt or digest.html, or begins with '_'"
        raise ConfigError("\n".join(f"{folder / name}: is no template: none is {known}" for name in unknown), hint=HINT)
    templates = read_templates({name: _read(folder / name) for name in names}, str(folder))
    _refuse(
        fault
        for message in samples(receiver)
        for name in mail_names(templates, message)
        for fault in _fault(fill, templates, name, message)
    )
    return lambda message: write_mail(templates, message)


def body_form(file: Path, content_type: str, receiver: str) -> Callable[[Message], str]:
    """How the bodies of a receiver's requests are written by a template; ConfigError lists what is wrong with it."""
    templates = _with_its_parts(file, content_type)

    def write(message: Message) -> str:
        return write_body(templates, file.name, content_type, message)

    faults = (fault for message in samples(receiver) for fault in _fault(write, message))
    _refuse(islice(faults, 1))  # a template that writes no JSON fails for every sample
    return write


def text_form(file: Path, receiver: str) -> Callable[[Message], Message]:
    """How a receiver's texts are written by a template; ConfigError lists what is wrong with it."""
    templates = _with_its_parts(file, "text/plain")
    _refuse(fault for message in samples(receiver) for fault in _fault(fill, templates, file.name, message))
    return lambda message: write_text(templates, file.name, message)


def _with_its_parts(file: Path, content_type: str) -> Templates:
    """A template, and what lies beside it for others to include."""
    parts = {part.name: _read(part) for part in _listed(file.parent) if part.name.startswith("_")}
    return read_templates({**parts, file.name: _read(file)}, str(file.parent), content_type)


def _listed(folder: Path) -> list[Path]:
    try:
        files = sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be read: {error.strerror}", hint=HINT) from error
    return [file for file in files if not file.name.endswith("~")]


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}", hint=HINT) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: is not UTF-8 text (byte {error.start})", hint=HINT) from error


def _fault(write: Callable[..., object], *words: object) -> Iterator[str]:
    try:
        write(*words)
    except TemplateError as error:
        yield str(error)


def _refuse(faults: Iterator[str]) -> None:
    if found := list(dict.fromkeys(faults)):
        raise ConfigError("\n".join(found), hint=HINT)

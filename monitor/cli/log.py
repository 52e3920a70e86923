"""Log records become lines on standard error: text for people, JSON for programs, priorities for journald."""

import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from loguru import logger

from monitor.settings import LogConfig
from monitor.think.mask import mask, masked_values
from monitor.think.repeats import Repeats

if TYPE_CHECKING:
    from loguru import Message

# journald's priorities (sd-daemon(3)).
PRIORITIES = {"TRACE": 7, "DEBUG": 7, "INFO": 6, "SUCCESS": 6, "WARNING": 4, "ERROR": 3, "CRITICAL": 2}
# Lines of this level and above may be repeats of one trouble; those below are each a unit of work.
SAMPLED = 30
LINE = "{time:YYYY-MM-DD HH:mm:ss} {level: <7} {message}"


class Log:
    """Where records go: masked, repeats sampled."""

    def __init__(self, write: Callable[[str, str], object], *, as_json: bool) -> None:
        self._write = write  # level, whole text
        self._as_json = as_json
        self._secrets: tuple[str, ...] = ()
        self._repeats = Repeats()

    def hide(self, secrets: Iterable[str]) -> None:
        """Never show these, whatever they stand in."""
        self._secrets = masked_values((*self._secrets, *secrets))

    def take(self, message: "Message") -> None:
        """Write a record, unless it says what was said often enough."""
        record, now = message.record, time.monotonic()
        for sample, held in self._repeats.ended(now):
            self._say("WARNING", f"said {held} times more within a minute, and left out: {sample}")
        if record["level"].no >= SAMPLED and not self._repeats.passes(record["message"], now):
            return
        text = _as_json(message) if self._as_json else str(message).rstrip("\n")
        self._write(record["level"].name, mask(text, self._secrets))

    def _say(self, level: str, text: str) -> None:
        if self._as_json:
            text = json.dumps({"time": time.strftime("%FT%TZ", time.gmtime()), "level": level.lower(), "message": text})
        self._write(level, mask(text, self._secrets))


def start_log(config: LogConfig, *, journal: bool | None = None) -> Log:
    """Send the log to standard error, as the configuration asks; `journal` says whether journald reads it."""
    logger.remove()
    journal = is_journal(os.environ.get("JOURNAL_STREAM", "")) if journal is None else journal
    log = Log(_write_journal if journal else _write_plain, as_json=config.format == "json")
    # journald keeps the time of a line itself.
    line = "{message}" if journal else LINE
    logger.add(log.take, level=config.level.upper(), format=line, diagnose=False)
    return log


def is_journal(stream: str) -> bool:
    """Whether standard error is what journald reads: the variable comes also where that is not (systemd.exec(5))."""
    try:
        there = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return stream == f"{there.st_dev}:{there.st_ino}"


def _write_plain(_level: str, text: str) -> None:
    sys.stderr.write(text + "\n")


def _write_journal(level: str, text: str) -> None:
    priority = PRIORITIES.get(level, 6)
    # journald keeps a line: the priority stands before each, so that a traceback stays whole.
    sys.stderr.write("".join(f"<{priority}>{line}\n" for line in text.split("\n")))


def _as_json(message: "Message") -> str:
    record = message.record
    entry = {
        "time": record["time"].isoformat(),
        "level": record["level"].name.lower(),
        "message": record["message"],
        **record["extra"],
    }
    if found := record["exception"]:
        entry["exception"] = str(found.value)
        entry["traceback"] = "".join(traceback.format_exception(found.type, found.value, found.traceback))
    return json.dumps(entry, ensure_ascii=False, default=str)

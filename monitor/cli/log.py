"""Log records become lines on standard error: text for people, JSON for programs, priorities for journald."""

import json
import os
import sys
from typing import TYPE_CHECKING

from loguru import logger

from monitor.settings import LogConfig

if TYPE_CHECKING:
    from loguru import Message

# journald's priorities (sd-daemon(3)).
PRIORITIES = {"TRACE": 7, "DEBUG": 7, "INFO": 6, "SUCCESS": 6, "WARNING": 4, "ERROR": 3, "CRITICAL": 2}


def start_log(config: LogConfig) -> None:
    """Send the log to standard error, as the configuration asks."""
    logger.remove()
    level = config.level.upper()
    if config.format == "json":
        logger.add(_write_json, level=level)
    elif os.environ.get("JOURNAL_STREAM"):
        logger.add(_write_journal, level=level, format="{message}", diagnose=False)
    else:
        line = "{time:YYYY-MM-DD HH:mm:ss} {level: <7} {message}"
        logger.add(sys.stderr, level=level, format=line, diagnose=False)


def _write_journal(message: "Message") -> None:
    priority = PRIORITIES.get(message.record["level"].name, 6)
    lines = str(message).rstrip("\n").split("\n")
    # journald keeps a line: the priority stands before each, so that a traceback stays whole.
    sys.stderr.write("".join(f"<{priority}>{line}\n" for line in lines))


def _write_json(message: "Message") -> None:
    record = message.record
    entry = {
        "time": record["time"].isoformat(),
        "level": record["level"].name.lower(),
        "message": record["message"],
        **record["extra"],
    }
    if record["exception"]:
        entry["exception"] = str(record["exception"].value)
    sys.stderr.write(json.dumps(entry, ensure_ascii=False, default=str) + "\n")

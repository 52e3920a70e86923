"""The log of a library becomes ours, with its levels and traces."""

import logging

from loguru import logger


class _Forward(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        """Pass on one record."""
        level = record.levelname if record.levelno > logging.INFO else "DEBUG"
        logger.opt(exception=record.exc_info).log(level, "{}", record.getMessage())


def forward(library: str) -> None:
    """What a library says of itself is details to us; its warnings and errors are such."""
    log = logging.getLogger(library)
    log.handlers, log.propagate = [_Forward()], False

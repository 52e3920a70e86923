"""What libraries say of themselves stands in our log."""

import logging

from loguru import logger

from monitor.edge.forward import forward


def test_a_librarys_warnings_come_in_our_log_and_its_progress_as_details() -> None:
    heard: list[tuple[str, str]] = []
    sink = logger.add(lambda said: heard.append((said.record["level"].name, said.record["message"])), level="DEBUG")
    forward("made.library")
    log = logging.getLogger("made.library.part")
    log.setLevel(logging.DEBUG)
    log.warning("a job was missed by %d s", 3)
    log.info("at work {}")
    try:
        int("<b>")
    except ValueError:
        log.exception("a job failed")
    logger.remove(sink)
    assert heard == [("WARNING", "a job was missed by 3 s"), ("DEBUG", "at work {}"), ("ERROR", "a job failed")]

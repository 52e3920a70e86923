"""kill -9 in the midst of delivery, to servers that fail in every way: nothing is lost, repeats bear the first id."""

import sys
from pathlib import Path

import pytest

from bench.kills import run


@pytest.mark.slow
def test_forty_kills_in_delivery_lose_nothing_and_every_repeat_bears_the_id_of_the_first(tmp_path: Path) -> None:
    report = run(40, tmp_path)
    assert report.broken == ()
    assert report.alerts > 200
    assert report.sent + report.failed == report.alerts
    assert {"later", "busy", "dropped", "taken, dropped", "never"} <= set(report.fates)
    sys.stdout.write(f"{report.kills} kills: {report.messages} messages, {report.repeats} repeats\n")

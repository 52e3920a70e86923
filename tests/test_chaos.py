"""Whatever happens to workers and their database, each article is told once: the short form of bench/chaos.py."""

from pathlib import Path

import pytest
from served import binaries

pytest.importorskip("psycopg")
from bench.chaos import chaos


@pytest.mark.slow
@pytest.mark.skipif(binaries() is None, reason="there is no PostgreSQL on this machine")
async def test_workers_that_are_killed_stopped_and_cut_off_tell_each_article_once(tmp_path: Path) -> None:
    outcome = await chaos(10.0, tmp_path, rate=6.0, seed=3)
    assert outcome.faults == ()
    assert outcome.articles == outcome.published
    assert sum(outcome.disturbed.values()) > 1

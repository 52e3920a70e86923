"""Pages that no topic can ask for are kept unread, and nothing that is flagged else is missed for it."""

import contextlib
import json
import re
from pathlib import Path

import pytest
from sqlalchemy import select
from test_pipeline import Day, day
from typer.testing import CliRunner

from monitor.cli.main import app
from monitor.config import load
from monitor.edge.database import reading
from monitor.edge.tables import ARTICLE, MATCH
from monitor.reloads import reload

pytestmark = pytest.mark.slow  # a daemon at work, or nearly
NARROW = 'query = "talks OR перегов* OR перего* OR محادثات OR sanctions"'


def flagged(work: Day) -> set[str]:
    with reading(work.pipeline.store.engine) as connection:
        asked = select(ARTICLE.c.key).join(MATCH, MATCH.c.article_id == ARTICLE.c.id)
        return {str(key).rpartition("/")[2] for key in connection.scalars(asked)}


def unread(work: Day) -> list[str]:
    with reading(work.pipeline.store.engine) as connection:
        return list(connection.scalars(select(ARTICLE.c.title).where(ARTICLE.c.state == "unread")))


def marked(work: Day, title: str) -> list[str]:
    """The titles of hits that `monitor search` marks as unread."""
    words = " ".join(re.findall(r"\w+", title))
    command = ["--config", str(work.path), "search", f'title:"{words}"']
    shown = CliRunner().invoke(app, [*command, "--json"])
    assert shown.exit_code == 0, shown.output
    assert "(unread)" in CliRunner().invoke(app, command).stdout
    return [hit["article"]["title"] for hit in json.loads(shown.stdout) if hit["unread"]]


async def test_nothing_is_missed_for_what_is_left_unread_and_other_topics_get_to_see_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("whole", "candidates"):
        (tmp_path / name).mkdir()
    async with day(tmp_path / "whole") as work:
        await work.drain()
        expected = flagged(work)
    monkeypatch.setenv("MONITOR_READ__PAGES", "candidates")
    async with day(tmp_path / "candidates") as work:
        await work.drain()
        assert flagged(work) == expected
        left = unread(work)
        assert left
        assert sorted(marked(work, left[0])) == [left[0]]
        async with contextlib.AsyncExitStack() as stack:
            wider = work.path.read_text("utf-8").replace(NARROW, 'query = "lang:en OR the OR der OR la OR и"')
            work.path.write_text(wider, "utf-8")
            assert await reload(work.pipeline, lambda: load(work.path), stack) == ""
            await work.drain()
        assert len(unread(work)) < len(left)
        assert len(flagged(work)) > len(expected)

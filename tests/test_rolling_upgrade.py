"""Workers of two versions share an archive whose schema the newer one changed in the midst: nothing is lost."""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from served import Restartable, binaries

psycopg = pytest.importorskip("psycopg")
from bench.chaos import World, furnish, settled, world  # noqa: E402

ROOT = Path(__file__).parent.parent
LATER = '''
"""A column that older programs know nothing of, and an index, on the table that all of them write."""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{before}"


def upgrade() -> None:
    op.add_column("article", sa.Column("later", sa.Text, nullable=False, server_default=""))
    op.create_index("article_later", "article", ["later"])


def downgrade() -> None:
    op.drop_index("article_later")
    op.drop_column("article", "later")
'''


def newer(folder: Path) -> Path:
    """The program as it will be: as it is now, with one migration more."""
    here = folder / "newer"
    unwanted = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "monitor", here / "monitor", ignore=unwanted)
    shutil.copytree(ROOT / "alembic", here / "monitor" / "alembic", ignore=unwanted)
    versions = here / "monitor" / "alembic" / "versions"
    before = max(file.name.partition("_")[0] for file in versions.glob("[0-9]*_*.py"))
    (versions / "9999_later.py").write_text(LATER.format(before=before))
    return here


def command(program: Path, config: Path, *words: str) -> "subprocess.Popen[bytes]":
    with config.with_name("workers.log").open("ab") as log:
        run = [sys.executable, "-m", "monitor", "--config", str(config), *words]
        return subprocess.Popen(
            run, cwd=program, stdout=log, stderr=log, env={**os.environ, "PYTHONPATH": str(program)}
        )


async def until(address: str, asked: str) -> None:
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
        while not (row := await (await connection.execute(asked)).fetchone()) or not row[0]:  # noqa: ASYNC110
            await asyncio.sleep(0.2)


async def publish(given: World, address: str, count: int) -> None:
    """Publish, and wait until all of it is told."""
    for _ in range(count):
        given.published += 1
        await asyncio.sleep(0.2)
    await until(address, f"SELECT count(*) >= {(given.published + 2) // 3} FROM alert WHERE state = 'sent'")


@pytest.mark.slow
@pytest.mark.skipif(binaries() is None, reason="there is no PostgreSQL on this machine")
async def test_workers_are_upgraded_one_after_another_with_a_migration_in_between(tmp_path: Path) -> None:
    program = newer(tmp_path)
    async with world() as given:
        server = Restartable()
        server.create("monitor")
        address = f"{server.address}/monitor"
        config = furnish(tmp_path, given, address)
        alive = [command(ROOT, config, "run"), command(ROOT, config, "run")]
        try:
            async with asyncio.timeout(400):
                await publish(given, address, 9)
                alive[0].terminate()
                await asyncio.to_thread(alive[0].wait)
                publishing = asyncio.create_task(publish(given, address, 18))
                alive[0] = command(program, config, "run")
                await until(address, "SELECT version_num = '9999' FROM alembic_version")
                await publishing
                assert alive[1].poll() is None, "the older one goes on"
                late = command(ROOT, config, "run")
                assert await asyncio.to_thread(late.wait) != 0, "and none of its version can begin any more"
                alive[0].terminate()
                await asyncio.to_thread(alive[0].wait)
                await publish(given, address, 6)  # by the older one alone, on the newer schema
                alive[1].terminate()
                await asyncio.to_thread(alive[1].wait)
                alive = [command(program, config, "run")]
                await publish(given, address, 6)
                outcome = await settled(given, address, {})
        finally:
            for one in alive:
                one.terminate()
                one.wait(60)
            server.stop()
    assert outcome.faults == ()
    assert (outcome.articles, outcome.matches, outcome.messages) == (39, 13, 13)
    log = (tmp_path / "workers.log").read_text()
    assert "its schema version is 9999" in log
    assert "a fault in the program" not in log

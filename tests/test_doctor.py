"""`monitor doctor` finds what is wrong with an installation, and names a remedy for each."""

import json
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fresh import lay
from servers import Site, http, then_close
from sqlalchemy import delete, insert, update
from typer.testing import CliRunner

from monitor.cli import examine as doctor
from monitor.cli.examine import Finding, State
from monitor.cli.main import app
from monitor.config import load
from monitor.demo.sinks import MailSink
from monitor.edge import runs
from monitor.edge.clock import clock
from monitor.edge.database import writing
from monitor.edge.soundness import damage
from monitor.edge.sources import sync
from monitor.edge.store import Store
from monitor.edge.tables import ARTICLE, FEED, RUN
from monitor.errors import StoreError
from monitor.wire import configured_feeds, open_store

ON_BOTH = True


def written(home: Path, lines: str = "") -> Path:
    path = home / "config.toml"
    path.write_text(f'[database]\npath = "monitor.db"\n[[topic]]\nname = "grain"\nquery = "wheat"\n{lines}', "utf-8")
    return path


def feed(name: str, url: str) -> str:
    return f'[[feed]]\nname = "{name}"\nurl = "{url}"\n'


def opened(home: Path, lines: str = "", *, alive: bool = True) -> Store:
    """An installation that is at work."""
    config = load(written(home, lines))
    lay(config.database_path)
    store = open_store(config)
    (home / "monitor.db").chmod(0o600)
    sync(store.engine, configured_feeds(config), clock() + timedelta(hours=1))
    if alive:
        runs.begin_run(store.engine, runs.Run(1, "here", "0.1.0", clock(), clock()))
    return store


async def found(store: Store, home: Path, *, reach: bool = False, whole: bool = False) -> Mapping[str, Finding]:
    """The worst finding of each kind."""
    findings = await doctor.examine(load(home / "config.toml"), store, clock(), whole=whole, reach=reach)
    order = [State.WELL, State.WARN, State.ILL]
    worst: dict[str, Finding] = {}
    for finding in findings:
        assert (finding.state is State.WELL) == (not finding.remedy), finding
        before = worst.get(finding.what)
        if before is None or order.index(finding.state) > order.index(before.state):
            worst[finding.what] = finding
    return worst


def ask(home: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["--config", str(home / "config.toml"), "doctor", *words])
    return done.exit_code, done.output


async def test_an_installation_at_work_is_well_but_for_who_is_told(tmp_path: Path) -> None:
    store = opened(tmp_path, feed("a", "https://a.example/rss"))
    worst = await found(store, tmp_path, whole=True)
    assert {what for what, finding in worst.items() if finding.state is not State.WELL} == {"routes"}
    assert "docs/telling.md" in worst["routes"].remedy
    store.close()


def test_the_command_tells_remedies_in_words_and_json_and_ends_with_1(tmp_path: Path) -> None:
    opened(tmp_path, alive=False).close()
    code, said = ask(tmp_path, "--offline")
    assert code == 1
    assert "ill  daemon: none has ever run" in said
    assert "→ systemctl start monitor" in said
    code, said = ask(tmp_path, "--offline", "--json")
    told = json.loads(said)
    assert (code, told["well"]) == (1, False)
    assert {finding["what"] for finding in told["findings"]} >= {"daemon", "database", "sources", "topics"}


async def test_a_daemon_that_died_and_one_that_refused_to_reload_are_told_apart(tmp_path: Path) -> None:
    store = opened(tmp_path)
    with writing(store.engine) as connection:
        connection.execute(update(RUN).values(reload_error="colour: an unknown key"))
    assert "the old configuration is in force: colour" in (await found(store, tmp_path))["daemon"].said
    with writing(store.engine) as connection:
        connection.execute(update(RUN).values(beat_at=clock() - timedelta(minutes=5)))
    assert "gave its last sign of life" in (await found(store, tmp_path))["daemon"].said
    with writing(store.engine) as connection:
        connection.execute(update(RUN).values(beat_at=clock() + timedelta(days=1)))
    assert "ahead" in (await found(store, tmp_path))["clock"].said
    store.close()


@pytest.mark.sqlite
def test_a_damaged_database_is_found_and_nothing_more_is_asked_of_it(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.close()
    path = tmp_path / "monitor.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * 20_000)
    try:
        faults = damage(path, whole=True)
    except StoreError as error:
        faults = [str(error)]
    assert faults
    assert ask(tmp_path, "--offline")[0] == 1


@pytest.mark.sqlite
def test_rows_without_their_owner_are_found(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.close()
    with sqlite3.connect(tmp_path / "monitor.db") as connection:
        columns, values = "feed_id, article_id, entry_key, digest, seen_at", "9, 9, 'k', '', '2026-01-01'"
        connection.execute(f"INSERT INTO sighting ({columns}) VALUES ({values})")
    connection.close()
    assert "belongs to a" in damage(tmp_path / "monitor.db")[0]


@pytest.mark.slow
async def test_secrets_that_others_can_read_are_told(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir(mode=0o700)
    (secrets / "desk").write_text("x", "utf-8")
    (secrets / "desk").chmod(0o644)
    path = written(tmp_path)
    path.write_text(f'secrets_dir = "secrets"\n{path.read_text("utf-8")}', "utf-8")
    store = open_store(load(path))
    store.upgrade(clock())
    worst = await found(store, tmp_path)
    assert worst["secrets"].remedy == f"chmod go= {secrets / 'desk'}"
    (secrets / "desk").chmod(0o600)
    assert (await found(store, tmp_path))["secrets"].state is State.WELL
    store.close()


async def test_what_waits_too_long_and_sources_that_are_blind_are_told(tmp_path: Path) -> None:
    store = opened(tmp_path, feed("a", "https://a.example/rss") + feed("b", "https://b.example/rss"))
    with writing(store.engine) as connection:
        connection.execute(update(FEED).where(FEED.c.name == "a").values(due_at=clock() - timedelta(hours=2)))
        connection.execute(update(FEED).where(FEED.c.name == "b").values(health="dead", health_why="gone for a week"))
        connection.execute(
            insert(ARTICLE).values(key="k", seen_at=clock(), state="tell", due_at=clock() - timedelta(hours=3))
        )
    worst = await found(store, tmp_path)
    assert "due to" in worst["queues"].said
    assert worst["source"].said == "b is dead: gone for a week"
    assert "monitor feeds add" in worst["source"].remedy
    with writing(store.engine) as connection:
        connection.execute(delete(FEED))
    assert (await found(store, tmp_path))["sources"].state is State.ILL
    store.close()


async def test_names_servers_and_receivers_outside_are_asked_and_no_receiver_is_told_anything(tmp_path: Path) -> None:
    date = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    hook = http(b"", "405 Method Not Allowed", f"Date: {date}")
    async with Site({"/rss": then_close(hook), "/hook": then_close(hook)}) as site, MailSink() as mail:
        lines = (
            feed("a", f"{site.base}/rss")
            + f"""
            [fetch]
            allow_private = ["{site.place}"]
            [deliver]
            allow_private = ["{site.place}"]
            [[receiver]]
            name = "desk"
            kind = "email"
            host = "127.0.0.1"
            port = {mail.port}
            security = "none"
            sender = "monitor@desk.example"
            to = ["desk@desk.example"]
            [[receiver]]
            name = "hook"
            kind = "webhook"
            url = "{site.base}/hook"
            [[receiver]]
            name = "gone"
            kind = "email"
            host = "127.0.0.1"
            port = 1
            security = "none"
            sender = "monitor@desk.example"
            to = ["desk@desk.example"]
            [[route]]
            receivers = ["desk", "hook", "gone"]
            """
        )
        store = opened(tmp_path, lines)
        findings = await doctor.examine(load(tmp_path / "config.toml"), store, clock(), whole=False, reach=True)
        store.close()
        assert mail.messages == []
        assert {asked.method for asked in site.asked} == {"HEAD"}
    said = {finding.said.split(" ", 1)[0]: finding for finding in findings if finding.what == "receiver"}
    assert [said[name].state for name in ("desk", "hook", "gone")] == [State.WELL, State.WELL, State.ILL]
    assert said["gone"].remedy
    kinds = {finding.what: finding.state for finding in findings}
    assert (kinds["dns"], kinds["network"], kinds["clock"]) == (State.WELL, State.WELL, State.WELL)


async def test_a_clock_that_is_off_and_a_network_that_is_gone_are_told(tmp_path: Path) -> None:
    late = http(b"", "200 OK", "Date: Thu, 01 Jan 2026 00:00:00 GMT")
    async with Site({"/rss": then_close(late)}) as site:
        lines = f'[fetch]\nallow_private = ["{site.place}"]\n'
        store = opened(tmp_path, feed("a", f"{site.base}/rss") + lines)
        assert "ahead of those of others" in (await found(store, tmp_path, reach=True))["clock"].said
        store.close()
        written(tmp_path, feed("a", "http://127.0.0.1:1/rss") + lines)
        worst = await found(store, tmp_path, reach=True)
        assert worst["network"].state is State.ILL
        written(tmp_path, feed("a", "https://no-such-host.invalid/rss"))
        assert (await found(store, tmp_path, reach=True))["dns"].state is State.ILL
    store.close()

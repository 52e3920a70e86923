"""Each setting and each command is shown with an example, and the examples hold."""

import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from showroom import furnish, world
from test_house import command_names, settings
from typer.main import get_command
from typer.testing import CliRunner

from monitor.cli.main import app
from monitor.config import load
from monitor.errors import MonitorError
from monitor.settings import Config
from monitor.tables import read_tables

DOCS = Path(__file__).parent.parent / "docs"
# They work until they are stopped, or on a daemon, a terminal or another database; each has tests of its own:
# test_daemon.py, test_web_serve.py, test_cli.py, test_top.py and test_transfer.py.
ELSEWHERE = ("run", "web", "demo", "status --watch", "reload", "db copy")
# What is shown somewhere else, and must come before.
FIRST = {
    "feeds remove": "monitor feeds add https://www.tagesschau.de --name tagesschau-all",
    "token remove": "monitor token add news-reader",
    "topics new": "monitor searches save javelins '@javelin AND country:ru'",
}
# Where examples lead, and where they lead in a test.
PLACES = {
    "https://www.tagesschau.de": "{base}",
    "https://www.bbc.com/news": "{base}",
    "https://wiki.example": "{base}",
    "/etc/monitor": "{home}/etc/monitor",
    "/backup": "{home}/backup",
}


def toml_of(page: str) -> Iterator[str]:
    yield from re.findall(r"^```toml\n(.*?)^```", (DOCS / page).read_text("utf-8"), re.DOTALL | re.MULTILINE)


def keys_of(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        inner = [value] if isinstance(value, Mapping) else value if isinstance(value, list) else []
        tables = [each for each in inner if isinstance(each, Mapping)]
        yield prefix.rstrip("."), key
        for each in tables:
            yield from keys_of(each, f"{prefix}{key}.")


def test_every_setting_stands_in_the_example_and_the_example_is_sound(tmp_path: Path) -> None:
    (text,) = toml_of("every-setting.md")
    (tmp_path / "topics").mkdir()
    (tmp_path / "topics" / "harbours.toml").write_text('[pack]\nname = "harbours"\ntitle = "Harbours"\n', "utf-8")
    path = tmp_path / "config.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(MonitorError) as met:
        load(path, {})
    assert all("a secret that is there" in line for line in str(met.value).splitlines()), met.value
    load(path, secrets=False)
    shown = {(table.replace("site.www.example.org", "site"), key) for table, key in keys_of(read_tables(text))}
    assert sorted(f"{table}.{key}" for table, key in settings(Config) if (table, key) not in shown) == []


@pytest.mark.parametrize("number", range(len(list(toml_of("configuration.md")))))
def test_every_example_of_the_reference_is_toml_of_known_keys(number: int) -> None:
    text = list(toml_of("configuration.md"))[number]
    known = set(settings(Config)) | {("site", key) for key in ("keep", "drop")}
    tables = {table for table, _ in known} | {"route.route"}
    for table, key in keys_of(read_tables(text)):
        place = re.sub(r"^site\..*", "site", table)
        named = f"{place}.{key}".lstrip(".")
        free = place.endswith(("headers",)) or place == "site"
        assert (place, key) in known or named in tables or free or place.startswith("route.route"), f"{place}.{key}"


def commands() -> list[str]:
    found = []
    for block in re.findall(r"^```sh\n(.*?)^```", (DOCS / "commands.md").read_text("utf-8"), re.DOTALL | re.MULTILINE):
        lines = block.replace("\\\n", " ").splitlines()
        found += [line for line in lines if line.startswith("monitor ")]
    return found


def test_every_command_is_shown_with_an_example() -> None:
    shown = "\n".join(re.sub(r"^monitor (--config \S+ )?", "monitor ", line) for line in commands())
    missing = [name for name in command_names() if f"monitor {name}" not in shown]
    assert not missing, missing


def runs() -> list[list[str]]:
    """The examples of commands, block by block: what stands in one may build on what stands before it."""
    blocks = re.findall(r"^```sh\n(.*?)^```", (DOCS / "commands.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)
    found = [[line for line in block.splitlines() if line.startswith("monitor ")] for block in blocks]
    return [lines for lines in found if lines]


@pytest.fixture(scope="module")
def showroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    home = tmp_path_factory.mktemp("showroom") / "home"
    with world() as base:
        furnish(home, base)
        yield home, base


@pytest.mark.slow
@pytest.mark.parametrize("lines", runs(), ids=lambda lines: lines[0].removeprefix("monitor "))
def test_the_examples_of_commands_do_what_they_show(
    lines: list[str], showroom: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, base = showroom
    home = tmp_path / "home"
    shutil.copytree(made, home)
    monkeypatch.chdir(home)
    first = [line for name, line in FIRST.items() if lines[0].startswith(f"monitor {name}")]
    for line in first + lines:
        words = words_of(line, home, base)
        if " ".join(words).startswith(ELSEWHERE):
            assert_taken(words)
            continue
        given = (home / line.split(" < ")[1]).read_text("utf-8") if " < " in line else "y\n"
        done = CliRunner().invoke(app, ["--config", str(home / "config.toml"), *words], input=given)
        assert done.exit_code == 0, f"{line}: {done.exception!r} {done.output[-500:]}"
        assert done.output, line


def assert_taken(words: list[str]) -> None:
    """That the command knows these words, without doing it."""
    command: Any = get_command(app)
    while hasattr(command, "commands"):
        command, words = command.commands[words[0]], words[1:]
    command.make_context("monitor", words)


def words_of(line: str, home: Path, base: str) -> list[str]:
    """An example as it is run here: it asks a server of ours, and what it writes lies here."""
    text = line.split(" | ", maxsplit=1)[0].split(" >", maxsplit=1)[0].split(" < ", maxsplit=1)[0]
    for shown, here in PLACES.items():
        text = text.replace(shown, here.format(base=base, home=home))
    words = shlex.split(text, comments=True)[1:]
    words = words[2:] if words[:1] == ["--config"] else words
    if words[:2] == ["entities", "add"] and "--from" not in words:
        words += ["--from", base]
    # A cluster of its own takes twenty seconds to come up; test_crew.py and test_cluster.py have it.
    return [*words, "--processes", "0"] if words[0] in {"backfill", "reprocess"} else words

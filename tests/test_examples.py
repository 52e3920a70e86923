"""Each setting and each command is shown with an example, and the examples hold."""

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from desk import furnish
from test_house import command_names, settings
from typer.testing import CliRunner

from monitor.cli.main import app
from monitor.config import load
from monitor.errors import MonitorError
from monitor.settings import Config
from monitor.tables import read_tables

DOCS = Path(__file__).parent.parent / "docs"
# They work until they are stopped, or on the daemon, the terminal or the web; each has tests of its own.
ELSEWHERE = ("run", "web", "demo", "status --watch", "reload", "read http", "receivers test", "poll", "export")


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


@pytest.mark.slow
def test_every_example_of_a_command_is_one_that_the_program_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # some write files
    furnish(tmp_path)
    refused = []
    for line in commands():
        words = shlex.split(line.split(" | ")[0].split(" >")[0].split(" < ")[0], comments=True)[1:]
        said = " ".join(words)
        if said.startswith(ELSEWHERE):
            continue
        words = words[2:] if words[:1] in (["--config"], ["-c"]) else words
        done = CliRunner().invoke(app, ["--config", str(tmp_path / "config.toml"), *words], input="n\n")
        # What it is about need not be there; that its words are understood is what counts.
        usage = done.exit_code == 2 and ("Usage:" in done.output or "No such" in done.output)
        fault = done.exception and not isinstance(done.exception, MonitorError | SystemExit)
        if usage or fault:
            refused.append(f"{line}: {done.exception!r} {done.output[-300:]}")
    assert not refused, "\n".join(refused)

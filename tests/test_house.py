"""The rules of the house hold: who may import whom, what is documented, what may not stand in a file."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from pydantic import BaseModel

from monitor.settings import Config

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "monitor"
SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts)

# Imports go down only. `think` and `edge` stand side by side and do not know each other.
FLOORS = {
    "monitor.__main__": 11,
    "monitor.cli": 10,
    "monitor.daemon": 9,
    "monitor.demo": 9,
    "monitor.push": 8,
    "monitor.reloads": 8,
    "monitor.heartbeat": 5,
    "monitor.watched": 8,
    "monitor.notices": 8,
    "monitor.timetable": 8,
    "monitor.pipeline": 7,
    "monitor.beat": 4,
    "monitor.rounds": 6,
    "monitor.web": 9,
    "monitor.placing": 5,
    "monitor.polling": 5,
    "monitor.reader": 5,
    "monitor.delivery": 6,
    "monitor.wire": 5,
    "monitor.channels": 5,
    "monitor.newsstand": 4,
    "monitor.forms": 4,
    "monitor.figures": 5,
    "monitor.verdicts": 6,
    "monitor.reports": 6,
    "monitor.silencing": 6,
    "monitor.trials": 6,
    "monitor.archive": 6,
    "monitor.naming": 6,
    "monitor.subscribing": 6,
    "monitor.exports": 7,
    "monitor.voiced": 5,
    "monitor.company": 6,
    "monitor.meant": 4,
    "monitor.alike": 7,
    "monitor.timeline": 7,
    "monitor.rules": 5,
    "monitor.backfill": 6,
    "monitor.reprocess": 6,
    "monitor.retention": 6,
    "monitor.bulk": 2,
    "monitor.ship": 5,
    "monitor.routing": 4,
    "monitor.shipped": 4,
    "monitor.together": 4,
    "monitor.edge": 3,
    "monitor.think": 3,
    "monitor.config": 2,
    "monitor.edits": 2,
    "monitor.telling": 2,
    "monitor.settings": 1,
    "monitor.model": 1,
    "monitor.errors": 1,
    "monitor.unswept": 1,
    "monitor.tables": 1,
    "monitor.stories": 0,
    "monitor.facts": 0,
    "monitor.host": 0,
    "monitor.wants": 0,
    "monitor": 0,
}


def module_of(path: Path) -> str:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


@cache
def room_of(module: str) -> str:
    return max((room for room in FLOORS if module == room or module.startswith(room + ".")), key=len)


@cache
def text(path: Path) -> str:
    return path.read_text("utf-8")


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(text(path))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def goes_down(importer: str, imported: str) -> bool:
    if imported.split(".", 1)[0] != "monitor":
        return True
    here, there = room_of(importer), room_of(imported)
    return there == here or FLOORS[there] < FLOORS[here]


def test_imports_go_down_only() -> None:
    pairs = ((module_of(path), imported) for path in SOURCES for imported in imports(path))
    assert [f"{one} imports {other}" for one, other in pairs if not goes_down(one, other)] == []


def offers(module: ModuleType, name: str) -> bool:
    within = hasattr(module, "__path__") and find_spec(f"{module.__name__}.{name}")
    return hasattr(module, name) or bool(within)


def test_benchmarks_ask_for_what_there_is() -> None:
    asked = [
        (path.name, node.module, name.name)
        for path in sorted((ROOT / "bench").glob("*.py"))
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "monitor"
        for name in node.names
    ]
    missing = [f"{file}: {module}.{name}" for file, module, name in asked if not offers(import_module(module), name)]
    assert asked
    assert missing == []


def test_thinking_touches_neither_disk_nor_network_nor_clock_nor_log() -> None:
    barred = {
        "os",
        "socket",
        "random",
        "time",
        "subprocess",
        "sqlite3",
        "aiohttp",
        "asyncio",
        "loguru",
        "logging",
        "pathlib",
    }
    thinking = [path for path in SOURCES if "think" in path.parts]
    assert [path for path in thinking if {module.split(".", 1)[0] for module in imports(path)} & barred] == []
    touched = re.compile(r"datetime\.now|date\.today|\bopen\(|\bprint\(")
    assert [path for path in thinking if touched.search(text(path))] == []


def test_a_file_holds_one_concern_and_says_which() -> None:
    assert [path for path in SOURCES if len(text(path).splitlines()) > 400] == []
    assert [path for path in SOURCES if text(path).strip() and not ast.get_docstring(parsed(path))] == []
    unfinished = re.compile(r"\b(TODO|FIXME|XXX)\b|NotImplementedError")
    assert [path for path in SOURCES if unfinished.search(text(path))] == []


def settings(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str]]:
    """(table, key) of every setting that a configuration file may hold."""
    for name, field in model.model_fields.items():
        if name == "source" or (name == "route" and prefix):  # a route within a route is one
            continue
        inner = [
            kind for kind in walk_types(field.annotation) if isinstance(kind, type) and issubclass(kind, BaseModel)
        ]
        if inner:
            for kind in inner:
                yield from settings(kind, f"{prefix}{name}.")
        else:
            yield prefix.rstrip("."), field.alias or name


def walk_types(annotation: object) -> Iterator[object]:
    yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from walk_types(part)


def test_every_setting_is_documented() -> None:
    reference = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    missing = [f"{table}.{key}" for table, key in settings(Config) if f"`{key}`" not in section(reference, table)]
    assert missing == []


def section(reference: str, table: str) -> str:
    """The part of the reference under the heading that names a table."""
    names = {"": "Top of the file", "feed": "[[feed]]", "topic": "[[topic]]", "topic.test": "[[topic.test]]"}
    names |= {"topic.signals": "[[topic.signals]]"}
    names |= {name: f"[[{name}]]" for name in ("receiver", "route", "route.test", "window", "inhibit")}
    heading = names.get(table, f"[{table}]")
    parts = re.split(r"^#+ ", reference, flags=re.MULTILINE)
    found = [part for part in parts if part.split("\n", 1)[0].startswith(heading)]
    return "\n".join(found)


def command_names() -> list[str]:
    """Every command, such as `feeds add`."""
    from typer.main import get_command

    from monitor.cli.main import app

    names = []
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        names += [f"{name} {deeper}" for deeper in inner] if inner else [name]
    return names


def test_every_command_is_documented() -> None:
    reference = (ROOT / "docs" / "commands.md").read_text("utf-8")
    assert [name for name in command_names() if f"`monitor {name}" not in reference] == []


def test_help_needs_nothing_heavy() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from monitor.cli.main import app; "
        "CliRunner().invoke(app, ['--help']); "
        "heavy = ('sqlalchemy', 'aiohttp', 'trafilatura', 'feedparser', 'pydantic'); "
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in listed.stdout.splitlines()]


def test_the_locks_hold_hashes_and_name_no_index() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        source = lock.read_text("utf-8")
        pins = re.findall(r"^[a-zA-Z0-9._-]+==", source, re.MULTILINE)
        assert len(pins) > 30
        assert source.count("--hash=sha256:") >= len(pins)
        assert not re.search(r"https?://|--(extra-)?index-url|--find-links", source)


def test_the_shipped_schema_migrations_and_topics_go_into_the_wheel() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert '"alembic" = "monitor/alembic"' in project
    assert '"config.toml" = "monitor/config.toml"' in project

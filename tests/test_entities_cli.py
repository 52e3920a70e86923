"""`monitor entities` and `monitor topics check`, as a shell sees them; the wiki they ask is on loopback."""

import asyncio
import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from servers import Site, http, redirect
from test_wikidata import item
from typer.testing import CliRunner, Result

from monitor.cli.main import app
from monitor.errors import ConfigError, MonitorError
from monitor.think.topics import load_pack

pytestmark = pytest.mark.slow

Monitor = Callable[..., Result]

PACK = """\
[pack]
name = "ports"
title = "Ports"

[[entity]]
id = "odesa"
qid = "Q1874"
kind = "place"
groups = ["black-sea"]
needs = ["varna"]
[entity.names]
en = ["Odesa", { text = "Odessa", confidence = 0.5 }]

[[entity]]
id = "varna"
kind = "place"
[entity.names]
en = ["Varna"]

[[topic]]
name = "port-calls"
title = "Port calls"
query = "@black-sea AND (ship OR ship*)"
[[topic.test]]
text = "A ship reached Odesa."
expected = true
language = "en"
[[topic.test]]
text = "Корабель стоїть."
expected = false
language = "uk"

[[topic]]
name = "storms"
title = "Storms"
query = "storm"
"""
UKRAINE = item("Q212", ("Q6256",), {"en": ["UA"]}, en="Ukraine", uk="Україна", de="Ukraine")
ODESA = item("Q1874", ("Q515",), {"en": ["Odesa city"]}, en="ODESA", uk="Одеса")


@pytest.fixture
def monitor(tmp_path: Path) -> Monitor:
    (tmp_path / "ports.toml").write_text(PACK, "utf-8")
    config = tmp_path / "config.toml"
    config.write_text('[topics]\nfiles = ["ports.toml"]\n[fetch]\nallow_private = ["127.0.0.1"]\n', "utf-8")
    return lambda *words: CliRunner().invoke(app, ["--config", str(config), *map(str, words)])


def refused(done: Result) -> str:
    """What went wrong, as the command tells it."""
    assert isinstance(done.exception, MonitorError), done.output
    return f"{done.exception} {done.exception.hint}"


def test_entities_are_listed_and_found_by_any_name_group_kind_or_id(monitor: Monitor) -> None:
    assert [each["id"] for each in json.loads(monitor("entities", "list", "--json").stdout)] == ["odesa", "varna"]
    for query in ("odesa", "@black-sea", "Q1874", "ODES", "place"):
        assert "odesa" in monitor("entities", "list", query).stdout
    nothing = monitor("entities", "list", "atlantis")
    assert nothing.exit_code == 4
    assert "no entity is called so" in nothing.stdout


def test_an_entity_is_shown_with_its_names_and_the_topics_that_name_it(monitor: Monitor) -> None:
    shown = monitor("entities", "show", "q1874").stdout
    for part in ("odesa", "Q1874", "Odessa (0.5)", "black-sea", "varna", "port-calls"):
        assert part in shown
    assert "storms" not in shown
    assert json.loads(monitor("entities", "show", "@varna", "--json").stdout)["topics"] == []
    unknown = monitor("entities", "show", "odessa")
    assert unknown.exit_code == 4
    assert "did you mean odesa" in unknown.output


DUMP = "[\n" + ",\n".join(json.dumps(each) for each in (UKRAINE, ODESA)) + "\n]\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (DUMP, ["ukraine", "odesa"]),
        (json.dumps({"entities": {"Q212": UKRAINE}}), ["ukraine"]),
        (json.dumps({"entities": {"Q212": UKRAINE}}, indent=2), ["ukraine"]),
        (json.dumps([UKRAINE, ODESA], indent=1), ["ukraine", "odesa"]),
        (json.dumps([UKRAINE, ODESA]), ["ukraine", "odesa"]),
        ("\n".join(json.dumps(each) for each in (UKRAINE, ODESA)), ["ukraine", "odesa"]),
        ("\ufeff" + json.dumps(UKRAINE), ["ukraine"]),
    ],
)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_an_export_of_any_shape_is_read(
    monitor: Monitor, tmp_path: Path, text: str, found: list[str], *, packed: bool
) -> None:
    file = tmp_path / "export.json"
    file.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    done = monitor("entities", "import", file)
    assert done.exit_code == 0, done.output
    loaded = load_pack(f'[pack]\nname = "x"\ntitle = "X"\n{done.stdout}', "x.toml").entities
    assert [entity.id for entity in loaded] == found
    assert f"{len(found)} entities, 0 passed over" in done.stderr


def test_a_file_is_imported_into_a_pack_and_what_is_passed_over_is_told(monitor: Monitor, tmp_path: Path) -> None:
    file = tmp_path / "export.jsonl"
    lines = [json.dumps(UKRAINE), "{broken", json.dumps(ODESA), json.dumps(item("Q3", ja="x")), '{"id": "P31"}']
    file.write_text("\n".join(lines), "utf-8")
    done = monitor(
        "entities", "import", file, "--to", tmp_path / "ports.toml", "--group", "lands", "--languages", "en,uk"
    )
    assert done.exit_code == 0, done.output
    assert "1 entities added, 1 with new names, 0 as before, 3 passed over" in done.output
    for reason in ("line 2: no JSON", "Q3: no name in en, uk", "P31: not an item"):
        assert reason in done.output
    pack = load_pack((tmp_path / "ports.toml").read_text("utf-8"), "ports.toml")
    named = {entity.id: [name.text for name in entity.names] for entity in pack.entities}
    assert named == {
        "odesa": ["Odesa", "Odessa", "Odesa city", "Одеса"],
        "varna": ["Varna"],
        "ukraine": ["Ukraine", "UA", "Україна"],
    }
    assert pack.entities[2].groups == ("lands",)
    assert [topic.name for topic in pack.topics] == ["port-calls", "storms"]
    assert monitor("topics", "check").exit_code == 0


def test_a_pack_that_is_not_there_is_made_and_what_other_packs_have_is_passed_over(
    monitor: Monitor, tmp_path: Path
) -> None:
    file, new = tmp_path / "export.json", tmp_path / "My Lands.toml"
    file.write_text(DUMP, "utf-8")
    done = monitor("entities", "import", file, "--to", new)
    assert done.exit_code == 0, done.output
    assert "is a new pack" in done.output
    assert "Q1874: another pack has it, as @odesa" in done.output
    pack = load_pack(new.read_text("utf-8"), "new.toml")
    assert (pack.name, [entity.id for entity in pack.entities]) == ("my-lands", ["ukraine"])


def test_what_a_topic_waits_for_can_be_added_while_the_topic_is_at_fault(monitor: Monitor, tmp_path: Path) -> None:
    pack, file = tmp_path / "ports.toml", tmp_path / "export.json"
    pack.write_text(PACK.replace('"storm"', '"@ukraine AND storm"'), "utf-8")
    file.write_text(DUMP, "utf-8")
    assert "no entity or group 'ukraine'" in refused(monitor("topics", "check"))
    assert monitor("entities", "import", file, "--to", pack).exit_code == 0
    assert monitor("topics", "check").exit_code == 0


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\x1f\x8b\x08\x00broken", "cannot be read"),
        (gzip.compress(DUMP.encode())[:-20], "cannot be read"),
    ],
)
def test_a_file_that_breaks_off_is_refused_whole(monitor: Monitor, tmp_path: Path, content: bytes, why: str) -> None:
    file = tmp_path / "export.json.gz"
    file.write_bytes(content)
    assert why in refused(monitor("entities", "import", file, "--to", tmp_path / "ports.toml"))
    assert (tmp_path / "ports.toml").read_text("utf-8") == PACK


def test_an_import_without_any_entity_fails_and_changes_nothing(monitor: Monitor, tmp_path: Path) -> None:
    file = tmp_path / "export.json"
    file.write_text("no json at all\nnor here", "utf-8")
    done = monitor("entities", "import", file, "--to", tmp_path / "ports.toml")
    assert done.exit_code == 1
    assert "line 2: no JSON" in done.output
    assert (tmp_path / "ports.toml").read_text("utf-8") == PACK
    assert "cannot be read" in refused(monitor("entities", "import", tmp_path / "nowhere.json"))


def test_a_pack_with_faults_stays_as_it_is(monitor: Monitor, tmp_path: Path) -> None:
    broken, file = tmp_path / "broken.toml", tmp_path / "export.json"
    broken.write_text(PACK.replace('kind = "place"', "kind = 7", 1), "utf-8")
    file.write_text(DUMP, "utf-8")
    before = broken.read_bytes()
    assert "expected text" in refused(monitor("entities", "import", file, "--to", broken))
    assert broken.read_bytes() == before
    assert [path.name for path in tmp_path.glob(".*toml*")] == []


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--languages", "en,english!"), "'english!' is no language code"),
        (("--group", "My Group"), "small letters"),
        (("--kind", "words"), "lists of words"),
    ],
)
def test_options_that_no_pack_could_hold_are_refused(
    monitor: Monitor, tmp_path: Path, options: tuple[str, ...], why: str
) -> None:
    done = monitor("entities", "import", tmp_path / "export.json", *options)
    assert isinstance(done.exception, ConfigError)
    assert why in refused(done)


@contextmanager
def wiki(answers: dict[str, Any]) -> Iterator[Site]:
    """A wiki in a thread of its own: the command under test has the main one."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    site = Site({f"/wiki/Special:EntityData/{name}.json": answer for name, answer in answers.items()})
    try:
        asyncio.run_coroutine_threadsafe(site.__aenter__(), loop).result(5)
        yield site
        asyncio.run_coroutine_threadsafe(site.__aexit__(), loop).result(5)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def answer(*items: dict[str, Any]) -> bytes:
    return http(json.dumps({"entities": {each["id"]: each for each in items}}).encode())


def test_entities_are_taken_from_a_wiki_into_a_pack(monitor: Monitor, tmp_path: Path) -> None:
    with wiki({"Q212": answer(UKRAINE), "Q1874": answer(ODESA)}) as site:
        pack = tmp_path / "ports.toml"
        done = monitor("entities", "add", "q212", "Q1874", "--from", site.base, "--to", pack)
        assert done.exit_code == 0, done.output
        assert "added ukraine (place, Q212)" in done.output
        assert "new names of odesa: Odesa city, Одеса" in done.output
        again = monitor(
            "entities", "add", "Q212", "--from", f"{site.base}/wiki/Special:EntityData/{{qid}}.json", "--to", pack
        )
        assert "0 entities added, 0 with new names, 1 as before" in again.output
        assert site.paths == [f"/wiki/Special:EntityData/{qid}.json" for qid in ("Q212", "Q1874", "Q212")]
        assert all("application/json" in asked.headers["accept"] for asked in site.asked)


@pytest.mark.parametrize(
    ("qid", "why"),
    [
        ("Q1", "Q1 was merged into Q212 ask for Q212"),
        ("Q2", "Q2 was merged into Q212 ask for Q212"),
        ("Q3", "Q3: there is no such item"),
        ("Q4", "Q4: the answer is no JSON"),
        ("Q5", "Q5: no name in"),
        ("Q6", "Q6: the answer holds no such item"),
        ("Q7", "larger than"),
        ("Q8", "Q8: status 500"),
        ("Q9", "Q9: there is no such item"),
        ("12", "'12' is no Wikidata id"),
    ],
)
def test_an_item_that_cannot_be_had_is_an_error_and_nothing_is_written(
    monitor: Monitor, tmp_path: Path, qid: str, why: str
) -> None:
    answers = {
        "Q1": answer(UKRAINE),
        "Q2": redirect("/wiki/Special:EntityData/Q212.json"),
        "Q212": answer(UKRAINE),
        "Q4": http(b"<html>Busy</html>"),
        "Q5": answer(item("Q5", ja="x")),
        "Q6": http(b'{"entities": {}}'),
        "Q7": http(b" " * 11_000_000),
        "Q8": http(b"", "500 Internal Server Error"),
        "Q9": http(b"", "410 Gone"),
    }
    with wiki(answers) as site:
        done = monitor("entities", "add", "Q212", qid, "--from", site.base, "--to", tmp_path / "ports.toml")
    assert why in refused(done)
    assert (tmp_path / "ports.toml").read_text("utf-8") == PACK


def test_the_private_network_is_not_asked_unless_the_configuration_allows_it(monitor: Monitor, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("", "utf-8")
    with wiki({"Q212": answer(UKRAINE)}) as site:
        assert "not on the public network" in refused(monitor("entities", "add", "Q212", "--from", site.base))
        assert site.asked == []
    assert "http" in refused(monitor("entities", "add", "Q212", "--from", "ftp://wiki.example"))


def test_topics_are_checked_and_remarks_alone_do_not_fail_unless_asked_to(monitor: Monitor) -> None:
    done = monitor("topics", "check")
    assert done.exit_code == 0, done.output
    assert "ship: ship* finds all that it finds" in done.output
    assert "2 topics, 2 examples: 0 failed, 2 remarks" in done.output
    assert monitor("topics", "check", "--strict").exit_code == 1
    told = json.loads(monitor("topics", "check", "storms", "--json").stdout)
    assert [(each["kind"], each["topic"], each["why"]) for each in told["remarks"]] == [
        ("examples", "storms", "it has no example")
    ]
    unknown = monitor("topics", "check", "harbours")
    assert unknown.exit_code == 4
    assert "port-calls, storms" in unknown.output


def test_an_example_that_fails_or_a_fault_makes_the_check_fail(monitor: Monitor, tmp_path: Path) -> None:
    pack = tmp_path / "ports.toml"
    pack.write_text(PACK.replace("A ship reached", "A boat reached"), "utf-8")
    done = monitor("topics", "check")
    assert done.exit_code == 1
    assert "topic port-calls, example 1: is not flagged and should be" in done.output
    assert monitor("topics", "check", "storms").exit_code == 0
    pack.write_text(PACK.replace("@black-sea AND", "@black-see AND").replace('"storm"', '"title:"'), "utf-8")
    faults = refused(monitor("topics", "check"))
    assert "@black-sea" in faults
    assert "topic storms" in faults

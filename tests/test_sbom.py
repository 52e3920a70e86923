"""The bill of materials holds every package of the lock that runs here, with hashes and licences."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def made(tmp_path: Path) -> tuple[dict[str, object], str]:
    target, page = tmp_path / "monitor.cdx.json", tmp_path / "licences.md"
    command = [sys.executable, "deploy/sbom.py", "--licences", str(page), str(target)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=60)
    return json.loads(target.read_text("utf-8")), page.read_text("utf-8")


@pytest.mark.slow
def test_it_names_every_package_with_version_hashes_and_licence(tmp_path: Path) -> None:
    bill, page = made(tmp_path)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    components = bill["components"]
    assert isinstance(components, list)
    pinned = set(re.findall(r"^([a-zA-Z0-9._-]+)==", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE))
    named = {component["name"] for component in components}
    assert named <= pinned
    assert len(named) > 0.9 * len(pinned)  # the others are for another system
    for component in components:
        assert component["purl"] == f"pkg:pypi/{component['name']}@{component['version']}"
        assert component["properties"], component["name"]
        assert component["licenses"][0] != {"license": {"name": "not told"}}, component["name"]
    assert made(tmp_path)[0] == bill
    assert page.count("\n| ") >= len(components)


def test_the_licences_in_the_documentation_are_those_of_the_lock() -> None:
    page = (ROOT / "docs" / "licences.md").read_text("utf-8")
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    listed = dict(re.findall(r"^\| ([A-Za-z0-9._-]+) \| ([^ ]+) \|", page, re.MULTILINE)) | {}
    listed.pop("package", None)
    pinned = dict(re.findall(r"^([a-zA-Z0-9._-]+)==([^\s;\\]+)", lock, re.MULTILINE))
    assert {name: version for name, version in listed.items() if pinned.get(name) != version} == {}
    assert len(listed) > 0.9 * len(pinned)

"""The lock and what is installed become a bill of materials (CycloneDX 1.6), and the list of licences in docs/.

usage: python deploy/sbom.py [--licences docs/licences.md] [TARGET.cdx.json]
"""

import argparse
import json
import re
import sys
import tomllib
import uuid
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?P<marker>[^\\\n]*)", re.MULTILINE)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
# Long texts and odd spellings that packages put where the name of a licence belongs.
KNOWN = {
    "Apache 2.0": "Apache-2.0", "Apache License 2.0": "Apache-2.0", "Apache Software License": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0", "Apache-2": "Apache-2.0", "Apache 2": "Apache-2.0",
    "BSD License": "BSD-3-Clause", "BSD": "BSD-3-Clause", "BSD 3-Clause License": "BSD-3-Clause",
    "3-Clause BSD License": "BSD-3-Clause", "BSD-3-Clause license": "BSD-3-Clause", "New BSD": "BSD-3-Clause",
    "MIT License": "MIT", "The MIT License (MIT)": "MIT", "MIT license": "MIT",
    "GPLv3 License": "GPL-3.0-only", "Dual License": "Apache-2.0 OR BSD-3-Clause",
    "ISC License": "ISC", "ISC License (ISCL)": "ISC", "PSF": "PSF-2.0", "Python Software Foundation License": "PSF-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0", "MPL 2.0": "MPL-2.0", "The Unlicense (Unlicense)": "Unlicense",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only", "GPL v3": "GPL-3.0-only", "LGPLv3": "LGPL-3.0-only",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later", "MPL-1.1/GPL-2.0/LGPL-2.1": "MPL-1.1 OR GPL-2.0-only OR LGPL-2.1-only",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One package that monitor runs with."""

    name: str
    version: str
    hashes: tuple[str, ...]
    licence: str
    about: str


def parts(lock: str) -> list[Part]:
    """The packages of a lock that are installed here; what others are for is another system or interpreter."""
    pins = list(PIN.finditer(lock))
    ends = [pin.start() for pin in pins[1:]] + [len(lock)]
    found = []
    for pin, end in zip(pins, ends, strict=True):
        try:
            told = metadata.metadata(pin["name"])
        except metadata.PackageNotFoundError:
            continue
        hashes = tuple(HASH.findall(lock[pin.start() : end]))
        found.append(Part(pin["name"], pin["version"], hashes, licence(told), (told["Summary"] or "").strip()))
    return sorted(found, key=lambda part: part.name.lower())


def licence(told: metadata.PackageMetadata) -> str:
    """The licence that a package names, as SPDX does where that is known."""
    fields = told.json
    if expression := fields.get("license_expression"):
        return str(expression)
    named = str(fields.get("license") or "").strip()
    if named and "\n" not in named and len(named) < 60 and named.lower() not in {"unknown", "license"}:
        return KNOWN.get(named, named)
    classifiers = [line.rpartition(" :: ")[2] for line in fields.get("classifier", []) if line.startswith("License ::")]
    classifiers = [line for line in classifiers if line != "OSI Approved"]
    if classifiers:
        return " AND ".join(KNOWN.get(line, line) for line in classifiers)
    return "not told"


def bill(found: list[Part], version: str) -> dict[str, object]:
    """The bill of materials; the same parts make the same bill."""
    seed = json.dumps([(part.name, part.version, part.hashes) for part in found])
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, seed)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": f"pkg:pypi/monitor@{version}",
                "name": "monitor",
                "version": version,
                "licenses": [{"expression": "Apache-2.0"}],
            }
        },
        "components": [_component(part) for part in found],
        "dependencies": [
            {
                "ref": f"pkg:pypi/monitor@{version}",
                "dependsOn": [f"pkg:pypi/{part.name}@{part.version}" for part in found],
            }
        ],
    }


def _component(part: Part) -> dict[str, object]:
    named = {"license": {"name": part.licence}}
    return {
        "type": "library",
        "bom-ref": f"pkg:pypi/{part.name}@{part.version}",
        "purl": f"pkg:pypi/{part.name}@{part.version}",
        "name": part.name,
        "version": part.version,
        "description": part.about,
        "licenses": [
            {"expression": part.licence}
            if re.fullmatch(r"[A-Za-z0-9.+-]+( (AND|OR|WITH) [A-Za-z0-9.+-]+)*", part.licence)
            else named
        ],
        # Of every file that the lock allows: which of them is installed depends on the machine.
        "properties": [{"name": "monitor:sha256", "value": value} for value in part.hashes],
    }


def listed(found: list[Part]) -> str:
    """The licences as a page of the documentation."""
    rows = "\n".join(f"| {part.name} | {part.version} | {part.licence} |" for part in found)
    return f"""# Licences

monitor itself is under the [Apache License 2.0](https://www.apache.org/licenses/LICENSE-2.0). These are the packages that it runs with, as `requirements.lock` fixes them, and the licences that they name. `make sbom` writes this page, and the bill of materials (CycloneDX) with the hashes to `dist/`. The extras (`monitor[apprise]`, `[export]`) bring more.

Most are permissive. Three are not, or say several things:

- `pymorphy3-dicts-uk`, the dictionary of Ukrainian, names the GPL 3 as its licence, MIT for its few lines of code and CC BY-SA 3.0 for its data. We keep to the strictest, the GPL.
- `pebble` is a library under the LGPL. It is imported unchanged, and may be exchanged for another version.
- `luqum` is offered under the Apache License 2.0 or the LGPL 3, to choose from: we take the first.

What follows is written down in [decisions.md](decisions.md#gpl-and-lgpl-parts-stay-and-the-debian-package-says-so): nothing of them is in monitor's own wheel, which stays under the Apache License alone. The Debian package holds them, so whoever hands it on does so under the GPL 3 as a whole, which the Apache License allows, and hands on their sources with it: what is in the package is the source (Python) and the dictionary as its authors publish it, at the addresses that `/usr/share/doc/monitor/copyright` names. Whoever only runs it owes nothing.

| package | version | licence |
|---|---|---|
{rows}
"""


def main() -> None:
    """Write what was asked for."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("target", nargs="?", type=Path)
    options.add_argument("--licences", type=Path)
    asked = options.parse_args()
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    found = parts((ROOT / "requirements.lock").read_text("utf-8"))
    if asked.licences:
        asked.licences.write_text(listed(found), "utf-8")
    text = json.dumps(bill(found, version), indent=1) + "\n"
    if asked.target:
        asked.target.parent.mkdir(parents=True, exist_ok=True)
        asked.target.write_text(text, "utf-8")
    elif not asked.licences:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()

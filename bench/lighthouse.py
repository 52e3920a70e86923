"""Each page of the demo's archive becomes a score for accessibility, given by Lighthouse in Debian's Chromium.

    npm install --prefix var/lighthouse lighthouse@12
    PYTHONPATH=tests python bench/lighthouse.py var/lighthouse/node_modules/.bin/lighthouse

Ends with 1 when a page has less than 95 of 100. Pages are asked for as a telephone and as a desktop would.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from browser import CHROMIUM, PAGES, filled, serving
from rich.console import Console
from rich.table import Table

LEAST = 95


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lighthouse", type=Path, help="its command")
    command = parser.parse_args().lighthouse.resolve()
    table = Table("page", "telephone", "desktop", "what it blames", title="Lighthouse: accessibility of 100")
    least = 100
    with tempfile.TemporaryDirectory() as folder, serving(filled(Path(folder))) as served:
        for path in PAGES:
            reports = [judge(command, f"{served.base}{path}", form) for form in ((), ("--preset=desktop",))]
            scores = [round(100 * report["categories"]["accessibility"]["score"]) for report in reports]
            blamed = sorted({title for report in reports for title in faults(report)})
            table.add_row(path, *map(str, scores), "; ".join(blamed))
            least = min(least, *scores)
    Console().print(table)
    return int(least < LEAST)


def judge(command: Path, url: str, form: tuple[str, ...]) -> dict[str, Any]:
    """Lighthouse's report of a page."""
    flags = ["--only-categories=accessibility", "--output=json", "--quiet", "--ignore-status-code"]
    chrome = "--chrome-flags=--headless=new --no-sandbox"
    told = subprocess.run(
        [command, url, *flags, chrome, *form],
        capture_output=True, check=True, text=True, env={**os.environ, "CHROME_PATH": str(CHROMIUM)},
    )  # fmt: skip
    report: dict[str, Any] = json.loads(told.stdout)
    return report


def faults(report: dict[str, Any]) -> list[str]:
    """What a report blames a page for."""
    named = {each["id"] for each in report["categories"]["accessibility"]["auditRefs"] if each["weight"]}
    return [audit["title"] for name, audit in report["audits"].items() if name in named and audit["score"] == 0]


if __name__ == "__main__":
    sys.exit(main())

"""Rules and dashboard at a Prometheus: rules fire when they should, and it finds a daemon's figures for both."""

import json
import re
import shutil
import socket
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from newsday import newsday
from test_dashboard import expressions

RULES = Path(__file__).parent.parent / "deploy" / "prometheus-rules.yml"
CASES = RULES.with_name("prometheus-rules-test.yml")
pytestmark = pytest.mark.slow
needs_promtool = pytest.mark.skipif(not shutil.which("promtool"), reason="promtool (prometheus) is not installed")


def promtool(*words: str) -> str:
    done = subprocess.run(["promtool", *words], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@needs_promtool
def test_prometheus_takes_the_rules_and_they_fire_when_they_should() -> None:
    assert "13 rules found" in promtool("check", "rules", str(RULES))
    assert "SUCCESS" in promtool("test", "rules", str(CASES))


def test_each_rule_was_seen_to_fire_and_to_be_silent() -> None:
    rules = re.findall(r"- alert: (\w+)", RULES.read_text("utf-8"))
    assert len(rules) == len(set(rules)) == 13
    for rule in rules:
        tried = re.findall(rf"alertname: {rule}(}}|\n +exp_alerts:)", CASES.read_text("utf-8"))
        assert "}" in tried, rule
        assert any("exp_alerts" in each for each in tried), rule


@pytest.mark.skipif(not shutil.which("prometheus"), reason="prometheus is not installed")
def test_prometheus_finds_the_figures_of_a_daemon_for_every_rule_and_panel(tmp_path: Path) -> None:
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        shown, asked = one.getsockname()[1], other.getsockname()[1]
    text = RULES.with_name("prometheus-rules.yml").read_text("utf-8")
    scrape = text.split("scrape_configs: ")[1].split("\n")[0].replace("127.0.0.1:8798", f"127.0.0.1:{shown}")
    path = tmp_path / "prometheus.yml"
    often = "global: {scrape_interval: 1s, evaluation_interval: 1s}\n"
    path.write_text(f"{often}rule_files: [{RULES}]\nscrape_configs: {scrape}\n", "utf-8")
    words = ["prometheus", f"--config.file={path}", f"--storage.tsdb.path={tmp_path}/data"]
    with newsday(tmp_path / "day", first=5) as day:
        text = day.config.read_text("utf-8")
        day.config.write_text(text.replace("[topics]", f'[metrics]\nlisten = "127.0.0.1:{shown}"\n[topics]'), "utf-8")
        daemon = day.start()
        prometheus = subprocess.Popen([*words, f"--web.listen-address=127.0.0.1:{asked}"], stderr=subprocess.DEVNULL)
        try:
            end = datetime.now(UTC) + timedelta(seconds=120)
            while not (found := worked_out(asked)) or (left := not_drawn(asked)):
                assert prometheus.poll() is None
                assert datetime.now(UTC) < end, (found, left)
        finally:
            for process in (prometheus, daemon):
                process.kill()
                process.wait()
    assert len(found) == 13
    assert set(found.values()) == {"ok"}


def worked_out(port: int) -> dict[str, str]:
    """The health of every rule, once the daemon was found and each rule worked out."""
    try:
        up = ask(port, "query?query=up")["result"]
        (group,) = ask(port, "rules")["groups"]
    except (OSError, ValueError):
        return {}
    found = {rule["name"]: rule["health"] for rule in group["rules"]}
    return found if up and up[0]["value"][1] == "1" and "unknown" not in found.values() else {}


def not_drawn(port: int) -> list[str]:
    """What the dashboard asks for and gets no line of."""
    asked = {expr: ask(port, f"query?{urlencode({'query': expr})}")["result"] for expr in expressions()}
    # No page is in vain on so short a day.
    return [expr for expr, lines in asked.items() if not lines and "extraction_failures" not in expr]


def ask(port: int, what: str) -> dict[str, list[dict[str, list[str]]]]:
    with urlopen(f"http://127.0.0.1:{port}/api/v1/{what}", timeout=10) as answer:
        return json.loads(answer.read())["data"]  # type: ignore[no-any-return]

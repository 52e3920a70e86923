"""The rules for Prometheus: Prometheus takes them, they fire when they should, and it finds the daemon's figures."""

import json
import shutil
import socket
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest
from newsday import newsday

RULES = Path(__file__).parent.parent / "deploy" / "prometheus-rules.yml"
# What is seen each minute, and which alert is to fire when.
CASES = """
rule_files: [RULES]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {series: 'up{job="monitor"}', values: '1x5 0x10'}
    alert_rule_test:
      - {eval_time: 5m, alertname: MonitorDown}
      - eval_time: 9m
        alertname: MonitorDown
        exp_alerts: [{exp_labels: {severity: page, job: monitor}, exp_annotations: {ANNOTATIONS MonitorDown}}]
  - interval: 1m
    input_series:
      - {series: 'up{job="monitor"}', values: '1x400'}
      - {series: 'monitor_ready', values: '0x400'}
      - {series: 'monitor_beat_silence_seconds{beat="read"}', values: '0+60x400'}
      - {series: 'monitor_queue_oldest_seconds{beat="deliver"}', values: '0+60x400'}
      - {series: 'monitor_deliveries_total{receiver="desk",result="failed"}', values: '0x100 1x300'}
      - {series: 'monitor_sources{health="dead"}', values: '3x400'}
      - {series: 'monitor_sources{health="well"}', values: '7x400'}
      - {series: 'monitor_articles_found_total', values: '5x400'}
      - {series: 'monitor_feeds{state="active"}', values: '10x400'}
    alert_rule_test:
      - eval_time: 6m
        alertname: MonitorNotReady
        exp_alerts: [{exp_labels: {severity: page}, exp_annotations: {ANNOTATIONS MonitorNotReady}}]
      - {eval_time: 4m, alertname: MonitorBeatStuck}
      - eval_time: 5m
        alertname: MonitorBeatStuck
        exp_alerts:
          - exp_labels: {severity: page, beat: read}
            exp_annotations:
              summary: The beat read has ended nothing for four minutes
              remedy: systemd restarts the daemon at five; see its log for what it was at
      - eval_time: 30m
        alertname: MonitorAlertsLate
        exp_alerts:
          - exp_labels: {severity: page, beat: deliver}
            exp_annotations:
              summary: An alert has been due for 30m 0s
              remedy: monitor alerts list; monitor receivers test NAME
      - {eval_time: 90m, alertname: MonitorAlertsFailed}
      - eval_time: 105m
        alertname: MonitorAlertsFailed
        exp_alerts:
          - exp_labels: {severity: page, receiver: desk, result: failed}
            exp_annotations:
              summary: Alerts to desk failed for good
              remedy: monitor alerts list --failed; mend the receiver; monitor alerts retry
      - eval_time: 90m
        alertname: MonitorSourcesBlind
        exp_alerts: [{exp_labels: {severity: ticket}, exp_annotations: {ANNOTATIONS MonitorSourcesBlind}}]
      - eval_time: 370m
        alertname: MonitorNoNews
        exp_alerts: [{exp_labels: {severity: ticket}, exp_annotations: {ANNOTATIONS MonitorNoNews}}]
"""
pytestmark = pytest.mark.slow
needs_promtool = pytest.mark.skipif(not shutil.which("promtool"), reason="promtool (prometheus) is not installed")


def annotations(name: str) -> str:
    """Those of a rule, in one line."""
    lines = RULES.read_text("utf-8").split(f"alert: {name}\n")[1].split("annotations:\n")[1].split("\n\n")[0]
    told = dict(line.strip().split(": ", 1) for line in lines.splitlines())
    return ", ".join(f"{key}: {json.dumps(value)}" for key, value in told.items())


def promtool(*words: str) -> str:
    done = subprocess.run(["promtool", *words], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@needs_promtool
def test_prometheus_takes_the_rules_and_they_fire_when_they_should(tmp_path: Path) -> None:
    assert "13 rules found" in promtool("check", "rules", str(RULES))
    text = CASES.replace("RULES", str(RULES))
    for name in ("MonitorDown", "MonitorNotReady", "MonitorSourcesBlind", "MonitorNoNews"):
        text = text.replace(f"ANNOTATIONS {name}", annotations(name))
    path = tmp_path / "cases.yml"
    path.write_text(text, "utf-8")
    assert "SUCCESS" in promtool("test", "rules", str(path))


@pytest.mark.skipif(not shutil.which("prometheus"), reason="prometheus is not installed")
def test_prometheus_finds_the_figures_of_a_daemon_and_works_every_rule_out(tmp_path: Path) -> None:
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
            while not (found := worked_out(asked)):
                assert prometheus.poll() is None
                assert datetime.now(UTC) < end
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


def ask(port: int, what: str) -> dict[str, list[dict[str, list[str]]]]:
    with urlopen(f"http://127.0.0.1:{port}/api/v1/{what}", timeout=10) as answer:
        return json.loads(answer.read())["data"]  # type: ignore[no-any-return]

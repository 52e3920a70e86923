"""The dashboard in deploy/ is one that Grafana takes, and it and the rules draw only what the daemon shows."""

import json
import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from conftest import NOW
from prometheus_client.parser import text_string_to_metric_families
from test_metrics import everything

from monitor.edge import meters
from monitor.edge.levels import exposed, levels
from monitor.edge.store import Store

DEPLOY = Path(__file__).parent.parent / "deploy"
RULES = DEPLOY / "prometheus-rules.yml"
# What Prometheus adds to each series that it asks for.
ADDED = {"job", "instance"}
# Of the words that Grafana knows, those that are used here.
KINDS = {"row", "stat", "timeseries"}
UNITS = {"short", "s", "bytes", "reqps"}
SELECTOR = re.compile(r"(monitor_[a-z_]+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')


def board() -> dict[str, Any]:
    return json.loads((DEPLOY / "grafana-dashboard.json").read_text("utf-8"))  # type: ignore[no-any-return]


def panels() -> list[dict[str, Any]]:
    return [panel for panel in board()["panels"] if panel["type"] != "row"]


def expressions() -> list[str]:
    """What the panels ask of Prometheus."""
    return [target["expr"] for panel in panels() for target in panel["targets"]]


def conditions() -> list[str]:
    """What the rules ask of Prometheus."""
    return re.findall(r"^ +expr: (.+)$", RULES.read_text("utf-8"), re.MULTILINE)


def shown(store: Store) -> dict[str, dict[str, set[str]]]:
    """The labels of each series and their values, before anything happened that is counted, and after."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    everything(store)
    meters.begin(("poll", "read", "tell", "deliver", "notice"), ("desk",), ("grain",))
    silences = {"poll": 0.5, "read": 0.0}
    for family in text_string_to_metric_families(exposed(levels(store.engine, NOW), silences, ready=True).decode()):
        for sample in family.samples:
            for label, value in sample.labels.items():
                found[sample.name][label].add(value)
            found[sample.name].setdefault("", set())
    return found


def test_rules_and_panels_name_only_series_labels_and_values_that_are_shown(store: Store) -> None:
    there = shown(store)
    asked = [*expressions(), *conditions()]
    assert len(asked) > 40
    for expr in asked:
        labels = {label for by in re.findall(r"by \(([^)]*)\)", expr) for label in by.split(", ")}
        for name, matchers in SELECTOR.findall(expr):
            assert name in there, expr
            for label, _, wanted in MATCHER.findall(matchers):
                assert label in there[name], expr
                assert set(wanted.split("|")) <= there[name][label], expr
            assert labels <= there[name].keys() | ADDED, expr
        if expr in expressions():
            continue
        # Both sides of it bear the same labels, or no alert ever comes of them.
        sides = re.split(r" (?:and|or|unless) ", expr)
        assert len(sides) == 1 or all(re.match(r"(sum|max|min)\(", side) for side in sides) or "absent" in expr, expr


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool (prometheus) is not installed")
def test_every_expression_of_the_dashboard_is_one_that_prometheus_understands(tmp_path: Path) -> None:
    rules = [{"record": f"panel:number:{number}", "expr": expr} for number, expr in enumerate(expressions())]
    path = tmp_path / "panels.yml"  # JSON is YAML
    path.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}), "utf-8")
    done = subprocess.run(["promtool", "check", "rules", path], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert f"{len(rules)} rules found" in done.stdout


def test_the_dashboard_has_the_form_that_grafana_reads() -> None:
    whole = board()
    assert whole["schemaVersion"] >= 36  # data sources are told by type and uid from then on
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,40}", whole["uid"])
    assert "id" not in whole  # it is the Grafana's own, and one that is taken is refused
    sources = {one["name"] for one in whole["templating"]["list"] if one["type"] == "datasource"}
    for panel in whole["panels"]:
        at = panel["gridPos"]
        assert panel["type"] in KINDS
        assert panel["title"]
        assert at["x"] >= 0
        assert at["x"] + at["w"] <= 24
        assert min(at["w"], at["h"]) > 0
    for panel in panels():
        assert panel["datasource"]["type"] == "prometheus"
        assert panel["datasource"]["uid"].strip("${}") in sources
        names = [target["refId"] for target in panel["targets"]]
        assert len(set(names)) == len(names)
        drawn = panel["fieldConfig"]
        assert drawn["overrides"] == []
        assert drawn["defaults"]["unit"] in UNITS
        assert steps_rise(drawn["defaults"].get("thresholds"))
        if panel["type"] == "stat":
            assert panel["options"]["reduceOptions"]["calcs"] == ["lastNotNull"]


def steps_rise(thresholds: dict[str, Any] | None) -> bool:
    """Whether the first step holds below all others, and each begins above the one before."""
    if thresholds is None:
        return True
    values = [step["value"] for step in thresholds["steps"]]
    return thresholds["mode"] == "absolute" and values[0] is None and values[1:] == sorted(set(values[1:]))


def test_a_legend_names_only_labels_that_are_left() -> None:
    for panel in panels():
        for target in panel["targets"]:
            by = re.findall(r"by \(([^)]*)\)", target["expr"])
            left = {label for labels in by for label in labels.split(", ")} if "(" in target["expr"] else ADDED
            assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= left, target["expr"]

"""Labelled documents → weights for a shipped topic's signals, and how well they judge what did not choose them.

usage: python -m bench.weights FILE... [--pack NAME] [--by year|language|file|chance] [--shrink 1.0]

A FILE is as docs/workbench.md tells. Each signal keeps the side that its weight in the pack has; how strongly it speaks
is found by a logistic regression. Each document counts twice by half, with its date and without. The table has one line
for each group that was left out in turn, and one for all that were judged so. It needs numpy and scipy.
"""

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize

from monitor.cli.labelled import read_documents
from monitor.shipped import FOLDER, load_ready
from monitor.think.entities import index_entities
from monitor.think.match import Compiled, Rule, compile_topics, read
from monitor.think.match_eval import find
from monitor.think.measure import HARD, Document
from monitor.think.score import weigh

FOLDS = 5
Numbers = Any  # numpy arrays


@dataclass(frozen=True)
class Weights:
    """One for each signal, and the points that must be reached."""

    signals: Numbers
    threshold: float


@dataclass(frozen=True)
class Sheet:
    """What each signal's presence is in each document, dated and undated, and what was wanted."""

    dated: Numbers
    undated: Numbers
    let_by: Numbers  # by the topic's query
    wanted: Numbers
    hard: Numbers
    groups: Numbers

    def judge(self, weights: Weights) -> Numbers:
        return self.let_by & (self.dated @ weights.signals >= weights.threshold)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--pack", default="russia-ukraine-nato")
    parser.add_argument("--by", choices=("year", "language", "file", "chance"), default="chance")
    parser.add_argument("--shrink", type=float, default=1.0, help="how strongly weights are drawn to nought")
    asked = parser.parse_args(argv)
    compiled = compile_shipped(asked.pack)
    rule = compiled.rules[0]
    documents = [(path.stem, document) for path in asked.files for document in read_documents(path)]
    sheet = fill(documents, rule, compiled, asked.by)
    sides = np.array([np.sign(signal.weight) for signal in rule.signals])
    cross_validate(sheet, sides, asked.shrink)
    everything = np.ones(len(documents), bool)
    best = fit(sheet, everything, sides, asked.shrink)
    line("all, in sample", sheet, sheet.judge(best), everything)
    now = Weights(np.array([signal.weight for signal in rule.signals]), float(rule.topic.threshold or 0))
    line("all, by the weights in the pack", sheet, sheet.judge(now), everything)
    print(f"\nthreshold {best.threshold:.1f} (now {now.threshold:g})")
    for found, signal, written in zip(best.signals, rule.signals, rule.topic.signals, strict=True):
        print(f"{found:6.1f} (now {signal.weight:4.1f})  {written.query}")
    return 0


def compile_shipped(name: str) -> Compiled:
    """The first topic of a shipped pack."""
    ready = load_ready(name, (FOLDER / f"{name}.toml").read_text("utf-8"))
    if ready is None:
        sys.exit("the pack is not ready: make spellings")
    return compile_topics(ready.pack.topics[:1], index_entities(ready.pack.entities, book=ready.book))


def fill(documents: list[tuple[str, Document]], rule: Rule, compiled: Compiled, by: str) -> Sheet:
    dated, undated, let_by, groups = [], [], [], []
    for number, (file, document) in enumerate(documents):
        article = document.article
        reading = read(article, compiled)
        dated.append([weigh(signal.tree, reading) for signal in rule.signals])
        bare = read(replace(article, published_at=None), compiled) if article.published_at else reading
        undated.append([weigh(signal.tree, bare) for signal in rule.signals])
        let_by.append(find(rule.tree, reading) is not None)
        year = str(article.published_at.year) if article.published_at else "undated"
        known = {
            "year": year,
            "language": article.language,
            "file": file,
            "chance": f"fold {number * 7919 % FOLDS + 1}",
        }
        groups.append(known[by])
    return Sheet(
        np.array(dated),
        np.array(undated),
        np.array(let_by),
        np.array([document.wanted for _, document in documents]),
        np.array([document.kind == HARD for _, document in documents]),
        np.array(groups),
    )


def cross_validate(sheet: Sheet, sides: Numbers, shrink: float) -> None:
    judged = np.zeros(len(sheet.wanted), bool)
    print(f"{'left out':34} {'documents':>9} {'F1':>6} {'precision':>9} {'recall':>6} {'hard flagged':>12}")
    for group in sorted(set(sheet.groups)):
        left_out = sheet.groups == group
        found = sheet.judge(fit(sheet, ~left_out, sides, shrink))
        judged[left_out] = found[left_out]
        line(str(group), sheet, found, left_out)
    line("each, by what the others chose", sheet, judged, np.ones(len(judged), bool))


def fit(sheet: Sheet, among: Numbers, sides: Numbers, shrink: float) -> Weights:
    """The likeliest weights; none may change its side."""
    presence = np.vstack([sheet.dated[among], sheet.undated[among]]) * sides
    wanted = np.concatenate([sheet.wanted[among]] * 2)

    def loss(tried: Numbers) -> tuple[float, Numbers]:
        margin = np.where(wanted, 1, -1) * (presence @ tried[1:] + tried[0])
        pull = -np.where(wanted, 1, -1) / (1 + np.exp(np.clip(margin, -50, 50))) / 2
        slope = np.concatenate([[pull.sum()], presence.T @ pull + shrink * tried[1:]])
        return float(np.logaddexp(0, -margin).sum() / 2 + shrink * (tried[1:] ** 2).sum() / 2), slope

    start = np.concatenate([[-2.0], np.full(len(sides), 0.3)])
    bounds = [(None, None), *[(0, 8)] * len(sides)]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 400}).x
    return Weights(found[1:] * sides, -float(found[0]))


def line(name: str, sheet: Sheet, found: Numbers, among: Numbers) -> None:
    both = int((found & sheet.wanted & among).sum())
    flagged, wanted = int((found & among).sum()), int((sheet.wanted & among).sum())
    hard = sheet.hard & among
    print(
        f"{name:34} {int(among.sum()):9} {share(2 * both, flagged + wanted):>6} {share(both, flagged):>9}"
        f" {share(both, wanted):>6} {share(int((found & hard).sum()), int(hard.sum())):>12}"
    )


def share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "–"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

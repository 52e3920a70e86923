"""Fits what decides whether articles in different languages tell one event, and says how well it does.

usage: python bench/story_tongues.py [--articles FILE] [--unrelated FILE]

FILE (`bench/data/story-tongues.jsonl`, our own) has articles with known events in several sets; docs/stories.md tells
its form. Each set is judged by weights fitted on all others: as pairs, by average precision, and told one after another
as the program does, with and without the step between languages. --unrelated FILE (`lang`, `title`, `text`, `label` 1)
has articles of one matter of which hardly two tell one event: told half an hour apart, all their pairs speak against.
The weights that are printed at last, fitted on all, belong into `monitor/think/story_weights.py`.
"""

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from story_stream import Told, alerts, bcubed, read_sets, reading_of, said_in, tell_all

from monitor.think.story_abroad import ABROAD, Balance, compare_abroad
from monitor.think.story_sketch import Rarity, sketch
from monitor.think.story_usual import usual
from monitor.think.story_weights import JUDGEMENT
from monitor.think.story_window import Member, Window

Pairs = tuple[NDArray[np.float64], NDArray[np.bool_]]
OWN = Path(__file__).parent / "data" / "story-tongues.jsonl"
START = datetime(2026, 1, 1, tzinfo=UTC)
APART = timedelta(minutes=30)
MOST_ENGLISH = 200  # of the unrelated articles, so that other languages meet each other, too
NOWHERE = Balance(-99.0, np.zeros(len(ABROAD)))
out = Console(width=120)


def pairs(articles: Sequence[Told]) -> Pairs:
    """The figures of each article with those before it in other languages that share most, and whether they are one."""
    window = Window(Rarity(usual()))
    rows, same = [], []
    for number, article in enumerate(articles, 1):
        said = said_in(reading_of(article.title, article.text, article.language))
        found = sketch(said.terms, window.rarity, article.at, said.shared)
        near = window.near_abroad(found)
        if near:
            rows.append(compare_abroad(found, near))
            same += [articles[member.number - 1].event == article.event for member in near]
        window.add(Member(number, number, number, article.at.timestamp(), found))
    return np.vstack(rows), np.array(same, bool)


def unrelated(file: Path) -> list[Told]:
    """Articles of one matter, each an event of its own."""
    rows = [row for line in file.read_text("utf-8").splitlines() if (row := json.loads(line))["label"] == 1]
    random.Random(3).shuffle(rows)
    english = [row for row in rows if row["lang"] == "en"][:MOST_ENGLISH]
    chosen = english + [row for row in rows if row["lang"] != "en"]
    random.Random(4).shuffle(chosen)
    return [
        Told(str(at), "unrelated", row["lang"], START + at * APART, row["title"] or "", row["text"], str(at))
        for at, row in enumerate(chosen)
    ]


def fit(lessons: Sequence[Pairs], against: Pairs | None) -> Balance:
    """Logistic regression; the pairs of unrelated articles count as much as all others together."""
    figures, same = (np.concatenate(parts) for parts in zip(*lessons, strict=True))
    weights = np.ones(len(same))
    if against:
        weights = np.concatenate((weights, np.full(len(against[1]), len(same) / len(against[1]))))
        figures, same = np.concatenate((figures, against[0])), np.concatenate((same, np.zeros_like(against[1])))
    middle, scale = figures.mean(axis=0), figures.std(axis=0) + 1e-9
    model = LogisticRegression(C=1.0, max_iter=1000).fit((figures - middle) / scale, same, sample_weight=weights)
    worth = model.coef_[0] / scale
    return Balance(float(model.intercept_[0] - worth @ middle), worth)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=Path, default=OWN)
    parser.add_argument("--unrelated", type=Path)
    given = parser.parse_args()
    sets = read_sets(given.articles)
    lessons = {name: pairs(articles) for name, articles in sets.items()}
    against = pairs(unrelated(given.unrelated)) if given.unrelated else None
    table = Table("set", "articles", "events", "pairs, AP", "languages", "P", "R", "F1", "alerts", "missed", "extra")
    for name, articles in sets.items():
        by = fit([lessons[other] for other in sets if other != name] or [lessons[name]], against)
        figures, same = lessons[name]
        precision = f"{average_precision_score(same, by.points(figures)):.3f}"
        events = [one.event for one in articles]
        row = [name, str(len(articles)), str(len(set(events))), precision]
        for title, balance in (("apart", NOWHERE), ("together", by)):
            found = tell_all(articles, replace(JUDGEMENT, abroad=balance))
            scores = [f"{100 * score:.1f}" for score in bcubed(events, found.final)]
            table.add_row(*row, title, *scores, *map(str, alerts(events, found.opened)))
            row = [""] * len(row)
    out.print(table)
    by = fit(list(lessons.values()), against)
    if against:
        taken = int(np.sum(by.points(against[0]) >= JUDGEMENT.abroad_at))
        out.print(f"of {len(against[1]):,} pairs of unrelated articles {taken} are taken for one event")
    for figure, worth in zip(ABROAD, by.worth, strict=True):
        out.print(f"{worth:8.2f}  {figure}")
    out.print(f"{by.base:8.2f}  to begin with")


if __name__ == "__main__":
    main()

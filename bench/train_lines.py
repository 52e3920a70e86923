"""Labelled pages → the two forests that judge blocks (monitor/think/forest*.npz), and how good they are on other sites.

usage: python -m bench.train_lines FOLDER [--write]

FOLDER is as for bench.extract. Without --write it only cross-validates: sites fall into four parts, and each part is
judged by forests grown on the other three. The second forest learns from what first ones say of sites that these did
not see. The same folder gives the same forests.
"""

import argparse
import io
import logging
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from bench.align import label, words_of
from bench.extract import Found, Sample, judge, load
from monitor.think import article
from monitor.think.around import surround
from monitor.think.blocks import to_layout
from monitor.think.body import Decision
from monitor.think.charset import to_text
from monitor.think.markup import strip, to_tree
from monitor.think.metadata import read_metadata

THINK = Path(__file__).parent.parent / "monitor" / "think"
NEWS = "fundus"
NEWS_WEIGHT = 3.0  # news pages are what monitor reads, and few of the pages
FOLDS, INNER_FOLDS = 4, 3
ALONE, AMONG = 80, 160  # trees
GROWTH: dict[str, Any] = {
    "max_leaf_nodes": 15,
    "max_depth": 6,
    "learning_rate": 0.08,
    "l2_regularization": 5,
    "min_samples_leaf": 30,
    "max_features": 0.2,
    "max_bins": 63,
    "early_stopping": False,
    "random_state": 0,
}


@dataclass(frozen=True)
class Sheet:
    """A page's doubtful blocks in numbers, with the truth about each and its weight."""

    view: article.View
    places: np.ndarray
    rows: np.ndarray
    truth: np.ndarray
    weights: np.ndarray
    open: np.ndarray  # of which the forests' word counts

    def among(self, likely: np.ndarray) -> np.ndarray:
        """What the second forest is told of those whose word counts; `likely` is of all, by the first."""
        around = surround(self.view.figures, self.places[self.open], likely[self.open])
        return np.column_stack((self.rows[self.open], around))


@dataclass(frozen=True)
class Study:
    """A page, without a second opinion and with it."""

    sample: Sample
    sheets: tuple[Sheet, Sheet]


def study(sample: Sample, now: datetime) -> Study | None:
    tree = to_tree(to_text(sample.body, "text/html; charset=utf-8"))
    if tree is None:
        return None
    metadata = read_metadata(tree, sample.url, now)
    strip(tree)
    layout = to_layout(tree)
    if not layout.blocks:
        return None
    truth = np.array(label([block.text for block in layout.blocks], sample.text))
    view = article.look(layout, metadata, "", "")
    sheets = [
        sheet_of(each, truth, NEWS_WEIGHT if sample.set == NEWS else 1) for each in (view, article.look_again(view))
    ]
    return Study(sample, (sheets[0], sheets[1]))


def sheet_of(view: article.View, truth: np.ndarray, weight: float) -> Sheet:
    places = article.doubtful(view)
    sizes = np.sqrt([len(words_of(view.rules[place].block.text)) + 6 for place in places])
    return Sheet(
        view,
        places,
        view.rows(places),
        truth[places],
        sizes / np.sqrt(sizes.sum()) * weight,
        article.open_to_doubt(view, places),
    )


def grow(studies: list[Study]) -> Any:
    """The forest that takes each block alone."""
    taught = [(sheet.rows, sheet.truth, sheet.weights) for each in studies for sheet in each.sheets]
    return _grown(taught, ALONE)


def grow_among(studies: list[Study]) -> Any:
    """The forest that is told of the blocks around: what first forests say that did not see the site."""
    from sklearn.model_selection import GroupKFold

    taught: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    parts = GroupKFold(INNER_FOLDS, shuffle=True, random_state=2)
    for train, test in parts.split(studies, groups=[each.sample.site for each in studies]):
        alone = grow([studies[place] for place in train])
        taught += [
            (sheet.among(likely(alone, sheet.rows)), sheet.truth[sheet.open], sheet.weights[sheet.open])
            for place in test
            for sheet in studies[place].sheets
            if sheet.open.any()
        ]
    return _grown(taught, AMONG)


def _grown(taught: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]], trees: int) -> Any:
    """A forest of what is told of blocks, the truth about each, and its weight."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    rows, truth, weights = map(np.concatenate, zip(*taught, strict=True))
    return HistGradientBoostingClassifier(max_iter=trees, **GROWTH).fit(
        rows, truth, sample_weight=weights / weights.mean()
    )


def likely(grown: Any, rows: np.ndarray) -> np.ndarray:
    return np.asarray(grown.predict_proba(rows)[:, 1]) if len(rows) else np.zeros(0)


def judged(study: Study, alone: Any, among: Any) -> tuple[dict[str, list[Decision]], bool]:
    """What is decided of a page by either forest, and whether the second opinion was asked."""
    sheet = study.sheets[0]
    first = likely(alone, sheet.rows)
    if asked := article.is_doubtful(first[sheet.open]):
        sheet = study.sheets[1]
        first = likely(alone, sheet.rows)
    second = likely(among, sheet.among(first)) if sheet.open.any() else first[sheet.open]
    places = sheet.places[sheet.open]
    return {
        "rules": list(study.sheets[1].view.rules),
        "one forest": article.settle(sheet.view, places, first[sheet.open]),
        "both": article.settle(sheet.view, places, second),
    }, asked


def validate(studies: list[Study]) -> None:
    from sklearn.model_selection import GroupKFold

    parts = GroupKFold(FOLDS, shuffle=True, random_state=1)
    scores: dict[tuple[str, str], list[Any]] = {}
    opinions = 0
    for train, test in parts.split(studies, groups=[each.sample.site for each in studies]):
        taught = [studies[place] for place in train]
        alone, among = grow(taught), grow_among(taught)
        for each in (studies[place] for place in test):
            decisions, asked = judged(each, alone, among)
            opinions += asked
            for name, chosen in decisions.items():
                text = "\n".join(line.block.written for line in chosen if line.kept)
                scores.setdefault((each.sample.set, name), []).append(judge(each.sample, Found(text), 0))
    for (pages, name), found in sorted(scores.items()):
        f1, perfect = [score.f1 for score in found], [score.perfect for score in found]
        print(
            f"{pages:20} {name:10} {len(found):4} pages  F1 {statistics.fmean(f1):.4f}  "
            f"perfect {statistics.fmean(perfect):.3f}"
        )
    print(f"the second opinion was asked on {opinions / len(studies):.0%} of all pages")


def tables(grown: Any) -> bytes:
    """The trees of a grown forest as arrays of equal width, compressed."""
    trees = [predictors[0].nodes for predictors in grown._predictors]  # noqa: SLF001 (it has no other way out)
    width = max(map(len, trees))
    shape = (len(trees), width)
    feature, left, right = (np.zeros(shape, kind) for kind in (np.uint8, np.uint8, np.uint8))
    threshold, value = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for row, nodes in enumerate(trees):
        for place, node in enumerate(nodes):
            leaf = node["is_leaf"]
            left[row, place] = place if leaf else node["left"]
            right[row, place] = place if leaf else node["right"]
            feature[row, place] = 0 if leaf else node["feature_idx"]
            threshold[row, place] = np.float32(0 if leaf else node["num_threshold"])
            value[row, place] = node["value"] if leaf else 0
    data = io.BytesIO()
    np.savez_compressed(
        data,
        feature=feature,
        left=left,
        right=right,
        threshold=threshold,
        value=value,
        base=np.float64(grown._baseline_prediction.item()),  # noqa: SLF001
        depth=np.int64(max(nodes["depth"].max() for nodes in trees)),
    )
    return data.getvalue()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true", help="grow the forests on all pages, and write them")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    now = datetime.now(UTC)
    studies = [found for sample in load(options.folder) if (found := study(sample, now))]
    print(f"{len(studies)} pages, {sum(len(each.sheets[1].rows) for each in studies)} blocks")
    if options.write:
        for name, grown in (("forest.npz", grow(studies)), ("forest-among.npz", grow_among(studies))):
            (THINK / name).write_bytes(tables(grown))
            print(f"{name}: {(THINK / name).stat().st_size} bytes")
        return 0
    validate(studies)
    return 0


if __name__ == "__main__":
    sys.exit(main())

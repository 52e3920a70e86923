"""Fits the trees that decide stories, and says how well they do on events that they were not fitted on.

usage: python bench/stories_train.py PATH [--write]

PATH is a file of articles with known events, or a folder with `dev.jsonl`; docs/stories.md tells its form. Events are
dealt into four parts. An article is decided by trees that saw no article of its part, in a stream that holds all parts,
so that it meets as many other events as it would have. Each set counts alike, however many articles it has. Rounds: the
first is told the true stories so far; the next live with what the trees of the round before made of them, some more
and some less ready to join, and stories that are mixed by then teach nothing. Needs scikit-learn (`monitor[bench]`).
"""

import argparse
import textwrap
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from story_stream import DAYS, Told, alerts, bcubed, read_sets

from monitor.stories import Sketch
from monitor.think.story_decision import Judgement, linked
from monitor.think.story_features import compare_stories, weigh
from monitor.think.story_sketch import Rarity, sketch
from monitor.think.story_terms import terms_of
from monitor.think.story_trees import Trees, read_trees, score
from monitor.think.story_usual import usual
from monitor.think.story_window import Member, Window

PARTS = 4
PURE = 0.85  # the share of a story's articles that tell one event, for it to teach anything
JOIN_AT, MERGE_AT, LINK_AT = 1.8, 4.0, -3.0
READY = (0.0, 0.7, 2.0)  # how good a score must be for an article to join, in each round after the first
TARGET = Path(__file__).parent.parent / "monitor" / "think" / "story_weights.py"
HEAD = '''"""The trees by which stories are decided, and the scores that suffice; bench/stories_train.py writes them."""

from monitor.think.story_decision import Judgement
from monitor.think.story_trees import read_trees

'''


@dataclass(frozen=True, slots=True)
class Lesson:
    """Figures, and whether they are those of one event."""

    figures: NDArray[np.float64]
    same: bool
    events: tuple[str, ...]
    set: str


@dataclass(slots=True)
class Run:
    """What came of feeding a set."""

    joining: list[Lesson] = field(default_factory=list)
    merging: list[Lesson] = field(default_factory=list)
    opened: list[int] = field(default_factory=list)
    final: list[int] = field(default_factory=list)


def part(event: str) -> int:
    return crc32(event.encode()) % PARTS


class Stream:
    """One set, told from beginning to end."""

    def __init__(self, articles: Sequence[Told], by: Sequence[Judgement], *, merging: bool) -> None:
        self.articles, self.by, self.merging = articles, by, merging
        self.window = Window(Rarity(usual()))
        self.events: dict[int, Counter[str]] = {}
        self.true: dict[str, int] = {}
        self.into: dict[int, int] = {}
        self.run = Run()

    def tell(self) -> Run:
        for number, article in enumerate(self.articles, 1):
            self._tell(number, article)
        self.run.final = [self._live(one) for one in self.run.opened]
        return self.run

    def _tell(self, number: int, article: Told) -> None:
        self.window.forget_before(article.at.timestamp() - DAYS * 86400)
        terms = terms_of(article.title, article.text, article.language)
        found = sketch(terms, self.window.rarity, article.at)
        story, scores = self._join(article, found)
        story = number if story is None else story
        self.true[article.event] = story
        self.events.setdefault(story, Counter())[article.event] += 1
        self.window.add(Member(number, number, story, article.at.timestamp(), found))
        self.run.opened.append(story)
        if self.by:
            self._link(story, scores, self.by[part(article.event)], article.set)

    def _join(self, article: Told, found: Sketch) -> tuple[int | None, dict[int, float]]:
        weighing = weigh(found, self.window)
        for story, figures in zip(weighing.stories, weighing.figures, strict=True):
            event, share = self._main(story)
            if share >= PURE:
                self.run.joining.append(Lesson(figures, event == article.event, (article.event,), article.set))
        if not self.by:
            story = self.true.get(article.event)
            return (story if story in self.window.stories else None), {}
        if not weighing.stories:
            return None, {}
        judgement = self.by[part(article.event)]
        scores = dict(zip(weighing.stories, score(judgement.joining, weighing.figures).tolist(), strict=True))
        best = max(scores, key=lambda one: (round(scores[one], 9), -one))
        return (best if scores[best] >= judgement.join_at else None), scores

    def _link(self, story: int, scores: dict[int, float], by: Judgement, set_: str) -> None:
        for other in linked(story, scores, by):
            if other == story or other not in self.window.stories or story not in self.window.stories:
                continue
            figures = np.array(compare_stories(story, other, self.window))
            one, two = self._main(story), self._main(other)
            if min(one[1], two[1]) >= PURE:
                self.run.merging.append(Lesson(figures, one[0] == two[0], (one[0], two[0]), set_))
            if self.merging and score(by.merging, figures[None])[0] >= by.merge_at:
                kept, gone = sorted((story, other))
                self.window.move([self.window.members[at].article_id for at in self.window.stories[gone]], kept)
                self.events[kept] += self.events.pop(gone)
                self.into[gone] = story = kept

    def _main(self, story: int) -> tuple[str, float]:
        events = self.events[story]
        event = max(events, key=lambda one: (events[one], one))
        return event, events[event] / events.total()

    def _live(self, story: int) -> int:
        while story in self.into:
            story = self.into[story]
        return story


def fit(lessons: Sequence[Lesson]) -> str:
    """Fit trees, and write them down."""
    figures = np.array([lesson.figures for lesson in lessons])
    sets = np.array([lesson.set for lesson in lessons])
    weights = np.zeros(len(lessons))
    for name in set(sets):
        weights[sets == name] = len(lessons) / len(set(sets)) / np.sum(sets == name)
    model = HistGradientBoostingClassifier(
        max_iter=90, max_leaf_nodes=8, learning_rate=0.09, min_samples_leaf=25, l2_regularization=10.0,
        early_stopping=False, random_state=0,
    )  # fmt: skip
    model.fit(figures, [lesson.same for lesson in lessons], sample_weight=weights)
    trees = [one[0].nodes for one in model._predictors]  # noqa: SLF001 - nothing else hands out the trees
    prior = float(np.ravel(model._baseline_prediction)[0])  # noqa: SLF001
    base = prior + sum(float(nodes[0]["value"]) for nodes in trees)
    return "\n".join([f"{base:.4f}", *(written(nodes) for nodes in trees)])


def written(nodes: NDArray[np.void], at: int = 0) -> str:
    node = nodes[at]
    points = f"{node['value']:.3f}"
    if node["is_leaf"]:
        return f"- {points}"
    branches = (written(nodes, int(node[side])) for side in ("left", "right"))
    return " ".join((str(node["feature_idx"]), f"{node['num_threshold']:.4g}", points, *branches))


def fit_parts(lessons: Sequence[Lesson]) -> list[Trees]:
    """For each part trees that saw nothing of it."""
    return [read_trees(fit([one for one in lessons if unseen not in map(part, one.events)])) for unseen in range(PARTS)]


NEVER = read_trees("-9 - 0")


def tell(articles: Sequence[Told], by: Sequence[Judgement], *, merging: bool) -> Run:
    return Stream(articles, by, merging=merging).tell()


def rounds(sets: dict[str, list[Told]], pool: ProcessPoolExecutor) -> tuple[list[Lesson], list[Lesson]]:
    """The lessons of all rounds: on joining, and on merging."""
    joining = [one for run in _all(sets, pool, (), merging=False).values() for one in run.joining]
    merging: list[Lesson] = []
    for ready in READY:
        by = [Judgement(trees, NEVER, ready, 0.0, -4.0) for trees in fit_parts(joining)]
        runs = _all(sets, pool, by, merging=False)
        report(f"alone, joining at {ready}", sets, runs)
        joining += [one for run in runs.values() for one in run.joining]
        merging += [one for run in runs.values() for one in run.merging]
    return joining, merging


def _all(
    sets: dict[str, list[Told]], pool: ProcessPoolExecutor, by: Sequence[Judgement], *, merging: bool
) -> dict[str, Run]:
    return dict(zip(sets, pool.map(partial(tell, by=by, merging=merging), sets.values()), strict=True))


def report(name: str, sets: dict[str, list[Told]], runs: dict[str, Run]) -> None:
    for each, run in runs.items():
        events = [one.event for one in sets[each]]
        precision, recall, f1 = (100 * figure for figure in bcubed(events, run.final))
        sent, missed, extra = alerts(events, run.opened)
        share = 100 * missed / len(set(events))
        figures = f"P {precision:.1f} R {recall:.1f} F1 {f1:.2f}"
        print(f"{name}: {each} {figures}, {sent} alerts, {share:.1f} % missed, {extra} extra", flush=True)


def save(joining: str, merging: str) -> None:
    joining, merging = (textwrap.fill(trees, 119, break_on_hyphens=False) for trees in (joining, merging))
    body = f'_JOINING = """\n{joining}\n"""\n_MERGING = """\n{merging}\n"""\n'
    enough = f"join_at={JOIN_AT}, merge_at={MERGE_AT}, link_at={LINK_AT}"
    TARGET.write_text(
        f"{HEAD}{body}JUDGEMENT = Judgement(read_trees(_JOINING), read_trees(_MERGING), {enough})\n", "utf-8"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path)
    parser.add_argument("--write", action="store_true", help="write monitor/think/story_weights.py")
    given = parser.parse_args()
    sets = dict(sorted(read_sets(given.path).items(), key=lambda item: -len(item[1])))
    with ProcessPoolExecutor(2) as pool:
        joining, merging = rounds(sets, pool)
        pairs = zip(fit_parts(joining), fit_parts(merging), strict=True)
        by = [Judgement(one, other, JOIN_AT, MERGE_AT, LINK_AT) for one, other in pairs]
        report("unseen events", sets, _all(sets, pool, by, merging=True))
    if given.write:
        save(fit(joining), fit(merging))


if __name__ == "__main__":
    main()

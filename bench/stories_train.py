"""Fits the trees that decide stories, and says how well they do on events, or sets, that they were not fitted on.

usage: python bench/stories_train.py PATH [--unrelated FILE] [--leave-out events|sets] [--scores JOIN,MERGE] [--write]

PATH is a file of articles with known events, or a folder with `dev.jsonl`; docs/stories.md tells its form. FILE has
articles of one matter (`lang`, `title`, `text`, `label` 1), of which hardly two tell one event: told one after another
in an archive that starts with nothing, they teach to keep events apart, and so do samples of each set, most articles of
them the only ones of their event. Events are dealt into three parts (or each set is one). An article is decided by
trees that saw no article of its part, in a stream that holds all parts, so that it meets as many other events as it
would.

First trees learn of pairs of articles whether they tell one event, then others of an article and a story, from what the
first say of articles that these did not see. Each set counts alike. Rounds: the first is told the true stories so far;
the next live with what the trees of the round before made of them, and stories that are mixed by then teach nothing.
Needs scikit-learn (`monitor[bench]`).
"""

import argparse
import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from story_stream import DAYS, Told, alerts, bcubed, read_sets

from monitor.stories import Sketch
from monitor.think.story_abroad import NOWHERE
from monitor.think.story_decision import OPENED, Judged, Judgement, linked, standing
from monitor.think.story_drift import drift
from monitor.think.story_features import NOTHING, compare_stories, weigh
from monitor.think.story_pairs import Near, nearest
from monitor.think.story_sketch import Numbers, Rarity, sketch
from monitor.think.story_terms import terms_of
from monitor.think.story_trees import Node, Trees, dump, plant, score
from monitor.think.story_usual import usual
from monitor.think.story_weights import JUDGEMENT
from monitor.think.story_window import Member, Window

PARTS = 3
PURE = 0.85  # the share of a story's articles that tell one event, for it to teach anything
READY = (0.4,)  # how good a score must be for an article to join, in each round after the first
PAIRED = 8  # of the pairs of an article those that all teach; of the others one in ten
DOUBTFUL = 0.4  # unrelated articles that are more alike may tell one event after all
SAMPLED = 45  # events of each set in an archive that starts with nothing
ENOUGH = 20_000  # lessons of a set; of more, so many are drawn
START = datetime(2026, 1, 1, tzinfo=UTC)
TARGET = Path(__file__).parent.parent / "monitor" / "think" / "story_trees.npz"


@dataclass(frozen=True, slots=True)
class Lesson:
    """Figures, and whether they are those of one event."""

    figures: NDArray[np.float64]
    same: bool
    event: str
    set: str


@dataclass(slots=True)
class Run:
    """What came of feeding a set."""

    joining: list[Lesson] = field(default_factory=list)
    merging: list[Lesson] = field(default_factory=list)
    opened: list[int] = field(default_factory=list)
    final: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Read:
    """What of an article does not depend on any decision: its sketch, and how near the others are."""

    told: Told
    sketch: Sketch
    near: Near | None


Part = Callable[[Told], object]
Judgements = Mapping[object, Judgement]
Streams = dict[str, list[Read]]


def by_event(article: Told) -> object:
    return crc32(article.event.encode()) % PARTS


def by_set(article: Told) -> object:
    return kind(article.set)


def kind(name: str) -> str:
    """The set that a sample is of."""
    return name.removeprefix("young ")


def sampled(articles: Sequence[Told], seed: int) -> list[Told]:
    """Some events of a set, two of three told once, at any time within a day or so."""
    chance = random.Random(f"{articles[0].set} {seed}")
    events = defaultdict(list)
    for article in articles:
        events[article.event].append(article)
    names = chance.sample(sorted(events), min(SAMPLED, len(events)))
    taken = [
        article
        for at, name in enumerate(names)
        for article in chance.sample(events[name], 1 if at % 3 else min(chance.choice((2, 2, 3)), len(events[name])))
    ]
    chance.shuffle(taken)
    return [
        replace(one, set=f"young {one.set}", at=START + timedelta(minutes=25 * at + chance.randrange(20)))
        for at, one in enumerate(taken)
    ]


def unrelated(file: Path) -> dict[str, list[Told]]:
    """Streams of articles of one matter, by language, a hundred at most in each."""
    languages = defaultdict(list)
    for line in file.read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["label"]:
            languages[row["lang"]].append(row)
    streams = {}
    for language, rows in languages.items():
        random.Random(language).shuffle(rows)
        for start in range(0, min(len(rows), 200), 100):
            streams[f"unrelated {language} {start}"] = [
                Told(row["id"], "unrelated", language, START + timedelta(minutes=30 * at), row["title"] or "",
                     row["text"] or "", row["id"])
                for at, row in enumerate(rows[start : start + 100])
            ]  # fmt: skip
    return streams


def read(articles: Sequence[Told]) -> list[Read]:
    """Sketch articles and find what is near each, once for all rounds."""
    window, found = Window(Rarity(usual())), []
    for number, article in enumerate(articles, 1):
        window.forget_before(article.at.timestamp() - DAYS * 86400)
        own = sketch(terms_of(article.title, article.text, article.language), window.rarity, article.at)
        found.append(Read(article, own, nearest(own, window)))
        window.add(Member(number, number, number, article.at.timestamp(), own))
    return found


def pairs(stream: Sequence[Read]) -> list[Lesson]:
    """What pairs of articles teach."""
    chance, lessons = random.Random(0), []
    for one in stream:
        for at, member in enumerate(one.near.members if one.near else ()):
            figures, other = one.near.figures[at], stream[member.number - 1].told
            wanted = at < PAIRED or chance.random() < 0.1
            if wanted and (one.told.set != "unrelated" or figures[0] < DOUBTFUL):
                lessons.append(Lesson(figures, other.event == one.told.event, one.told.event, one.told.set))
    return lessons


class Stream:
    """One set, told from beginning to end."""

    def __init__(
        self, articles: Sequence[Read], points: Sequence[Numbers], by: Judgements, part: Part, *, merging: bool
    ) -> None:
        self.articles, self.points, self.by, self.part, self.merging = articles, points, by, part, merging
        self.window = Window(Rarity(usual()))
        self.events: dict[int, Counter[str]] = {}
        self.true: dict[str, int] = {}
        self.stories: dict[int, int] = {}  # by article
        self.run = Run()

    def tell(self) -> Run:
        for number, article in enumerate(self.articles, 1):
            self._tell(number, article)
        self.run.final = [self.stories[number] for number in range(1, len(self.articles) + 1)]
        return self.run

    def _tell(self, number: int, one: Read) -> None:
        article = one.told
        self.window.forget_before(article.at.timestamp() - DAYS * 86400)
        story, scores = self._join(number, one)
        story = number if story is None else story
        self.true[article.event] = story
        self.events.setdefault(story, Counter())[article.event] += 1
        own = Member(number, number, story, article.at.timestamp(), one.sketch)
        self.window.add(own)
        self.stories[number] = story
        if self.by:
            by = self.by[self.part(article)]
            if not self._link(story, scores, by, one) and self.merging and self._part(own, one.near, by):
                story = self.stories[number]
        self.run.opened.append(story)

    def _join(self, number: int, one: Read) -> tuple[int | None, dict[int, float]]:
        article = one.told
        truth = self.true.get(article.event)
        known = truth if truth in self.window.stories and not self.by else None
        if one.near is None:
            return known, {}
        weighing = weigh(one.sketch, self._living(one.near), self.points[number - 1], self.window)
        for story, figures in zip(weighing.stories, weighing.figures, strict=True):
            event, share = self._main(story)
            if share >= PURE and (article.set != "unrelated" or figures[0] < DOUBTFUL):
                self.run.joining.append(Lesson(figures, event == article.event, article.event, article.set))
        if not self.by or not weighing.stories:
            return known, {}
        judgement = self.by[self.part(article)]
        scores = dict(zip(weighing.stories, standing(judgement.joining, weighing.figures).tolist(), strict=True))
        best = max(scores, key=lambda one: (round(scores[one], 9), -one))
        return (best if scores[best] >= judgement.join_at else None), scores

    def _link(self, story: int, scores: dict[int, float], by: Judgement, linking: Read) -> bool:
        """Whether stories were merged."""
        merged, language, set_ = False, linking.sketch.language, linking.told.set
        for other in linked(story, scores, by.link_at):
            if any((each, language) not in self.window.parts for each in (story, other)):
                continue
            both = (scores.get(story, OPENED), scores[other])
            figures = np.array(compare_stories(story, other, both, self.window, language))
            one, two = self._main(story), self._main(other)
            if min(one[1], two[1]) >= PURE and (set_ != "unrelated" or figures[4] < DOUBTFUL):
                self.run.merging.append(Lesson(figures, one[0] == two[0], one[0], set_))
            if self.merging and score(by.merging, figures[None])[0] >= by.merge_at:
                kept, gone = sorted((story, other))
                self._move([at for at, one in self.stories.items() if one == gone], kept)
                story, merged = kept, True
        return merged

    def _main(self, story: int) -> tuple[str, float]:
        events = self.events[story]
        event = max(events, key=lambda one: (events[one], one))
        return event, events[event] / events.total()

    def _living(self, near: Near) -> Near:
        """With the stories that the articles are in by now."""
        return replace(near, members=tuple(self.window.members[each.number] for each in near.members))

    def _part(self, own: Member, near: Near | None, by: Judgement) -> bool:
        """Whether the article's story was parted."""
        points, living = self.points[own.number - 1], self._living(near) if near else None
        split = drift(own, Judged(own.sketch.language, NOTHING, {}, NOWHERE, living, points), self.window, by)
        if split:
            self._move(split.articles, -own.number)
        return split is not None

    def _move(self, articles: Sequence[int], story: int) -> None:
        self.window.move(articles, story)
        for number in articles:
            event, before = self.articles[number - 1].told.event, self.stories[number]
            self.events[before][event] -= 1
            self.events.setdefault(story, Counter())[event] += 1
            self.stories[number] = story


def fit(lessons: Sequence[Lesson], trees: int, leaves: int) -> Trees:
    """Fit trees."""
    chance, many = random.Random(0), Counter(one.set for one in lessons)
    lessons = [one for one in lessons if chance.random() < ENOUGH / many[one.set]]
    figures = np.array([lesson.figures for lesson in lessons])
    sets, weights = np.array([lesson.set for lesson in lessons]), np.ones(len(lessons))
    for name in set(sets):
        worth = 0.3 if name == "unrelated" else 0.4 if kind(name) != name else 1.0
        weights[sets == name] = worth / np.sum(sets == name)
    model = HistGradientBoostingClassifier(
        max_iter=trees, max_leaf_nodes=leaves, learning_rate=0.09, min_samples_leaf=40, l2_regularization=10.0,
        early_stopping=False, random_state=0,
    )  # fmt: skip
    model.fit(figures, [lesson.same for lesson in lessons], sample_weight=weights / weights.mean())
    grown = [one[0].nodes for one in model._predictors]  # noqa: SLF001 - nothing else hands out the trees
    prior = float(np.ravel(model._baseline_prediction)[0])  # noqa: SLF001
    base = prior + sum(float(nodes[0]["value"]) for nodes in grown)
    return plant(base, [nodes_of(nodes) for nodes in grown])


def nodes_of(grown: NDArray[np.void]) -> list[Node]:
    """A tree, as it is kept: in the precision in which it is stored."""
    return [
        (
            -1 if node["is_leaf"] else int(node["feature_idx"]),
            float(np.float32(node["num_threshold"])),
            int(node["left"]),
            int(node["right"]),
            float(np.float32(node["value"])),
        )
        for node in grown
    ]


def fit_pairing(lessons: Sequence[Lesson]) -> Trees:
    return fit(lessons, 160, 31)


def fit_joining(lessons: Sequence[Lesson]) -> Trees:
    return fit(lessons, 100, 12)


def fit_merging(lessons: Sequence[Lesson]) -> Trees:
    return fit(lessons, 50, 6)


NEVER = plant(-9.0, [[(-1, 0.0, 0, 0, 0.0)]])


@dataclass(slots=True)
class School:
    """All streams, and how they are dealt into parts."""

    streams: Streams
    part: Part
    parts: list[Any]

    def fit(self, lessons: Sequence[Lesson], how: Callable[[Sequence[Lesson]], Trees]) -> dict[object, Trees]:
        """For each part trees that saw nothing of it."""
        return {
            part: how([one for one in lessons if self._part(one) != part])
            for part in self.parts
        }  # fmt: skip

    def _part(self, lesson: Lesson) -> object:
        return self.part(Told("", lesson.set, "", START, "", "", lesson.event))

    def points(self, pairing: Mapping[object, Trees]) -> dict[str, list[Numbers]]:
        """What is said of each pair of articles by trees that did not see it."""
        return {
            name: [score(pairing[self.part(one.told)], one.near.figures) if one.near else np.empty(0) for one in stream]
            for name, stream in self.streams.items()
        }

    def tell(self, points: Mapping[str, Sequence[Numbers]], by: Judgements, *, merging: bool) -> dict[str, Run]:
        return {
            name: Stream(stream, points[name], by, self.part, merging=merging).tell()
            for name, stream in self.streams.items()
        }


def report(title: str, streams: Streams, runs: Mapping[str, Run]) -> None:
    rows = defaultdict(list)
    for name, run in runs.items():
        events = [one.told.event for one in streams[name]]
        sent, missed, extra = alerts(events, run.opened)
        scores = [100 * figure for figure in bcubed(events, run.final)]
        rows[streams[name][0].told.set].append([*scores, sent, 100 * missed / len(set(events)), extra])
    for name, figures in rows.items():
        precision, recall, f1, sent, missed, extra = np.mean(figures, axis=0)
        scores = f"P {precision:.1f} R {recall:.1f} F1 {f1:.2f}"
        print(f"{title}: {name} {scores}, {sent:.0f} alerts, {missed:.1f} % missed, {extra:.0f} extra", flush=True)


def to_scores(text: str) -> tuple[float, float]:
    """Two numbers, of which the first is enough to join and the second to merge."""
    join_at, merge_at = map(float, text.split(","))
    return join_at, merge_at


def gather(path: Path, others: Path | None) -> Streams:
    sets = dict(sorted(read_sets(path).items(), key=lambda item: -len(item[1])))
    streams = {
        **sets,
        **{f"young {name} {seed}": sampled(articles, seed) for name, articles in sets.items() for seed in range(3)},
        **(unrelated(others) if others else {}),
    }
    return {name: read(articles) for name, articles in streams.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path)
    parser.add_argument("--unrelated", type=Path)
    parser.add_argument("--leave-out", choices=("events", "sets"), default="events")
    parser.add_argument(
        "--scores", type=to_scores, action="append", help="JOIN,MERGE: the scores to try instead of the shipped ones"
    )
    parser.add_argument("--write", action="store_true", help="write monitor/think/story_trees.npz")
    given = parser.parse_args()
    streams = gather(given.path, given.unrelated)
    part = by_event if given.leave_out == "events" else by_set
    school = School(streams, part, sorted({part(one.told) for stream in streams.values() for one in stream}, key=str))
    paired = [lesson for stream in streams.values() for lesson in pairs(stream)]
    pairing = school.fit(paired, fit_pairing)
    points = school.points(pairing)
    joining = [one for run in school.tell(points, {}, merging=False).values() for one in run.joining]
    merging: list[Lesson] = []
    for ready in READY:
        by = {
            at: replace(JUDGEMENT, pairing=NEVER, joining=trees, merging=NEVER, join_at=ready, merge_at=0.0)
            for at, trees in school.fit(joining, fit_joining).items()
        }
        runs = school.tell(points, by, merging=False)
        report(f"alone, joining at {ready}", streams, runs)
        joining += [one for run in runs.values() for one in run.joining]
        merging += [one for run in runs.values() for one in run.merging]
    if given.write:
        trees = {"pairing": fit_pairing(paired), "joining": fit_joining(joining), "merging": fit_merging(merging)}
        TARGET.write_bytes(dump(trees))
    one, other = school.fit(joining, fit_joining), school.fit(merging, fit_merging)
    for join_at, merge_at in given.scores or [(JUDGEMENT.join_at, JUDGEMENT.merge_at)]:
        given = {"join_at": join_at, "merge_at": merge_at}
        by = {
            at: replace(JUDGEMENT, pairing=pairing[at], joining=one[at], merging=other[at], **given)
            for at in school.parts
        }
        report(f"unseen, joining at {join_at}, merging at {merge_at}", streams, school.tell(points, by, merging=True))


if __name__ == "__main__":
    main()

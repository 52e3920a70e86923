"""An article and a topic become the path to its verdict: what held, what each signal brought, what was missing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.model import Article, Evidence, Topic
from monitor.think.evidence import settle_evidence
from monitor.think.judge import Verdict, judge
from monitor.think.match import Compiled, Rule, match, read
from monitor.think.match_eval import find
from monitor.think.missing import missing
from monitor.think.reading import Reading
from monitor.think.score import score
from monitor.think.tree import Query

_NAMED = 5  # signals that could have made the difference


@dataclass(frozen=True, slots=True)
class SignalReport:
    """What one signal brought."""

    query: str
    weight: float
    presence: float  # from 0 to 1
    points: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a topic asks for an article, or does not."""

    topic: Topic
    version: str
    held: bool
    verdict: Verdict  # of its query
    points: float  # of its signals
    signals: tuple[SignalReport, ...]  # those that brought something, most first
    reasons: tuple[str, ...]  # what kept it from matching; none when it matches


def explain(article: Article, compiled: Compiled, topic: str = "") -> tuple[Explanation, ...]:
    """Explain every topic's verdict on an article, or that of one topic, in the order of the topics."""
    held = {found.topic.casefold() for found in match(article, compiled)}
    reading = read(article, compiled, held)
    rules = (compiled.rules[number] for number in compiled.order)
    return tuple(_explain(rule, reading, held) for rule in rules if not topic or rule.topic.name == topic)


def _explain(rule: Rule, reading: Reading, held: set[str]) -> Explanation:
    topic = rule.topic
    verdict = judge(rule.tree, reading)
    tally = score(rule.signals, reading)
    reports = [
        SignalReport(signal.query.strip(), signal.weight, part.presence, part.points, _found(weighed.tree, reading))
        for signal, (weighed, part) in zip(topic.signals, tally.parts, strict=True)
    ]
    is_held = topic.name.casefold() in held
    reasons = () if is_held else tuple(_reasons(topic, verdict, tally.points, reports, held))
    brought = tuple(sorted((each for each in reports if each.points), key=lambda each: -each.points))
    return Explanation(topic, rule.version, is_held, verdict, tally.points, brought, reasons)


def _found(tree: Query, reading: Reading) -> tuple[Evidence, ...]:
    return settle_evidence(find(tree, reading) or (), reading)


def _reasons(
    topic: Topic, verdict: Verdict, points: float, reports: Sequence[SignalReport], held: set[str]
) -> Iterator[str]:
    if topic.parent and topic.parent.casefold() not in held:
        yield f"it is a part of {topic.parent}, which does not match"
    if not verdict.held:
        yield from missing(verdict)
    gap = topic.threshold - points
    if topic.signals and gap > 0:
        yield f"{points:.2f} of {topic.threshold:.2f} points"
        yield from _near(reports, gap)


def _near(reports: Sequence[SignalReport], gap: float) -> Iterator[str]:
    """What would have made the difference, or come nearest to it: the smallest change first."""
    gains = [(_gain(each), each) for each in reports if _gain(each) > 0]
    enough = sorted((pair for pair in gains if pair[0] >= gap), key=lambda pair: pair[0])
    short = sorted((pair for pair in gains if pair[0] < gap), key=lambda pair: -pair[0])
    for gain, each in (enough + short)[:_NAMED]:
        if each.points < 0:
            said = ", ".join(dict.fromkeys(item.found for item in each.evidence[:3]))
            yield f"+{gain:.2f} without {each.query} ({said})"
        else:
            yield f"+{gain:.2f} if all of it were about {each.query} (now {each.presence:.0%})"


def _gain(report: SignalReport) -> float:
    """The points that the signal could bring beyond those that it does."""
    return -report.points if report.weight < 0 else report.weight - report.points

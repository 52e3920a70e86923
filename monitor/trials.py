"""A topic, in force or drafted, becomes what it says of articles, and how that differs from what was said before."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.engine import Engine

from monitor.edge.backtests import Backtest, Difference, save_batch, stored_matches
from monitor.errors import ConfigError, QueryError
from monitor.model import Article, Entity, Match, Topic
from monitor.rules import Rules
from monitor.think.book import without
from monitor.think.entities import Entities, index_entities
from monitor.think.explain import Explanation, explain
from monitor.think.match import Compiled, compile_topics, match
from monitor.think.measure import Document, Outcome, strongest
from monitor.think.topics import find_query_faults

REASONS = 2  # told of a document that is missed: the outermost, and the nearest
BATCH = 200  # articles saved at once: about a second's work, which is what a crash costs


@dataclass(frozen=True, slots=True)
class Trial:
    """A topic to be put to documents, within the rules that it belongs to."""

    topic: Topic
    compiled: Compiled
    entities: Entities

    @property
    def version(self) -> str:
        """Which rule it is."""
        return next(rule.version for rule in self.compiled.rules if rule.topic.name == self.topic.name)

    def match(self, article: Article) -> Match | None:
        """The topic's match with an article, if it asks for it."""
        return next((found for found in match(article, self.compiled) if found.topic == self.topic.name), None)

    def outcome(self, document: Document) -> Outcome:
        """What the topic says of a document."""
        found = self.match(document.article)
        wanted = self._wants(document)
        if wanted != document.wanted:
            document = replace(document, wanted=wanted)
        if found is None:
            # Only errors are asked how near they came: most documents are passed over, and rightly.
            return Outcome(document, flagged=False, score=_near_miss(document.article, self) if wanted else None)
        return Outcome(document, flagged=True, score=found.score, evidence=found.evidence)

    def is_beyond(self, article: Article) -> bool:
        """Whether no change of the topic could win the article, since the topic that it is a part of does not ask."""
        parent = self.topic.parent
        return bool(parent) and all(found.topic != parent for found in match(article, self.compiled))

    def _wants(self, document: Document) -> bool:
        """The label is the whole topic's; which of its parts want a document is said by name."""
        if self.topic.parent and document.topics is not None:
            return self.topic.name in document.topics
        return document.wanted


@dataclass(frozen=True, slots=True)
class Comparison:
    """The rule that is tried, and what it is compared with."""

    trial: Trial
    against: str  # in words
    before: Callable[[Sequence[Article]], dict[int, Match]]  # what the other side flags of these articles


def in_force(rules: Rules, topic: Topic) -> Trial:
    """A topic as the rules have it."""
    return Trial(topic, rules.compiled, rules.entities)


def drafted(rules: Rules, topic: Topic, topics: Sequence[Topic] = (), entities: Sequence[Entity] = ()) -> Trial:
    """A topic as it might be: these topics and entities take the place of those in force of the same name.

    ConfigError lists every fault of their queries.
    """
    known, changed = rules.entities, topics or (topic,)
    if entities:
        replaced = {each.id: each for each in (*rules.pack.entities, *entities)}
        book = without(known.book, {each.id for each in entities})
        known = index_entities(replaced.values(), known.speller, book)
    all_topics = tuple({each.name: each for each in (*_needed(rules, changed), *changed)}.values())
    faults = find_query_faults(all_topics, known)
    if faults:
        raise ConfigError("\n".join(faults), hint="docs/query-language.md tells what a query may say")
    try:
        return Trial(topic, compile_topics(all_topics, known), known)
    except QueryError as error:
        raise ConfigError(f"{topic.source}: {error}", hint=error.hint) from error


def _needed(rules: Rules, changed: Sequence[Topic]) -> Iterable[Topic]:
    """The topics in force that changed ones may stand on; a topic by itself is compiled in a moment."""
    if not any(topic.parent or "topic:" in _asked(topic) for topic in changed):
        return ()
    names = {topic.name for topic in changed}
    return (topic for topic in rules.pack.topics if topic.name not in names)


def _asked(topic: Topic) -> str:
    return " ".join((topic.query, *(signal.query for signal in topic.signals)))


def against_stored(engine: Engine, trial: Trial, version: str = "") -> Comparison:
    """A rule beside the matches that are kept of its topic; with `version`, those of that rule alone."""
    words = f"the stored matches of rule {version}" if version else "the stored matches"
    name = trial.topic.name
    return Comparison(trial, words, lambda some: stored_matches(engine, name, some, version))


def against_rule(trial: Trial, other: Trial) -> Comparison:
    """A rule beside another wording of its topic."""
    return Comparison(trial, f"the topic in force, rule {other.version}", lambda some: flagged(other, some))


def flagged(trial: Trial, articles: Sequence[Article]) -> dict[int, Match]:
    """What a rule flags of these articles."""
    matched = ((article.id, trial.match(article)) for article in articles)
    return {number: match for number, match in matched if match}


def put(
    engine: Engine, comparison: Comparison, state: Backtest, articles: Sequence[Article], now: datetime
) -> Backtest:
    """Put the next articles to both sides, and save how they differ; how far the backtest is then."""
    before, after = comparison.before(articles), flagged(comparison.trial, articles)
    differences = [
        Difference(number, change, match.score, strongest(match.evidence, 8))
        for change, here, there in (("added", after, before), ("removed", before, after))
        for number, match in here.items()
        if number not in there
    ]
    advanced = replace(
        state,
        latest_id=articles[-1].id,
        finished_at=None,
        read=state.read + len(articles),
        flagged=state.flagged + len(after),
        added=state.added + len(after.keys() - before.keys()),
        removed=state.removed + len(before.keys() - after.keys()),
    )
    save_batch(engine, state, advanced, differences, now)
    return advanced


def why_missed(article: Article, trial: Trial) -> str:
    """What kept an article from matching, in one line."""
    return "; ".join(_explain(article, trial).reasons[:REASONS])


def _near_miss(article: Article, trial: Trial) -> float | None:
    """How many points an article came to that the topic does not ask for; None for a topic without signals."""
    return _explain(article, trial).points if trial.topic.signals else None


def _explain(article: Article, trial: Trial) -> Explanation:
    return explain(article, trial.compiled, trial.topic.name)[0]

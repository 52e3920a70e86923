"""The words of a page, without their order, become whether any rule may ask for its article.

All that a rule finds in an article it needs words for, and those are among the page's. So what is possible here is
more than what is there: in any order, and with no regard to what excludes a name. How much a signal can bring at most
is worked out from there; a page that reaches no threshold even so need not be read.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from monitor.model import Article
from monitor.think.book import Owner
from monitor.think.common import plausible
from monitor.think.keys import Index, led_to
from monitor.think.language import tokens
from monitor.think.lexicon import Lexicon, is_looked_for
from monitor.think.match import ROUNDING, Compiled, Rule
from monitor.think.match_eval import values_of
from monitor.think.needles import words_of
from monitor.think.quick import BORDER, Quick
from monitor.think.score import SHARES
from monitor.think.tree import (
    STRINGS,
    And,
    AtLeast,
    Boost,
    EntityRef,
    Field,
    Near,
    Or,
    Phrase,
    Prefix,
    Query,
    Value,
    Word,
)
from monitor.think.wordbook import suppose


@dataclass(frozen=True, slots=True)
class _Zone:
    """What may stand in a part of the article."""

    patterns: set[int]
    entities: Mapping[str, float]  # and how surely each may be meant


@dataclass(frozen=True, slots=True)
class _Sight:
    """What may be found in an article: in its title, and in its text."""

    article: Article
    index: Index
    languages: Collection[str]
    title: _Zone
    text: _Zone
    topics: set[str]  # that may hold, as far as they were tried
    titled: bool


Bound = tuple[float, float]  # how surely something may stand in the title, and in the text


def may_match(page: Quick, article: Article, compiled: Compiled) -> bool:
    """Whether any rule may ask for an article of which nothing was read but what its feed says."""
    sight = _look(page, article, compiled.index)
    keys = _keys_of(sight)
    touched = {*compiled.index.always, *led_to(keys, compiled.index.entries)}
    live = {*compiled.index.always_signals, *led_to(keys, compiled.index.signals)}
    for number in sorted(touched):
        rule = compiled.rules[number]
        if _may_hold(rule, live, sight):
            sight.topics.add(rule.topic.name.casefold())
    return bool(sight.topics)


def _look(page: Quick, article: Article, index: Index) -> _Sight:
    headlines = (article.title, article.edit.title if article.edit else "")
    told = (*headlines, article.summary, article.content)
    extra = tokens(f" {BORDER} ".join(told))
    loose = set(page.loose.split())
    seen = tuple(page.folded.split())
    words = {*seen, *loose, *extra}
    languages = plausible(words, {article.language, *page.languages})
    written = " ".join((page.written, *told))
    patterns = suppose(words, _neighbours((*seen, BORDER, *extra), loose), index.finder)
    entities = _named(patterns, written, languages, index.lexicon)
    title = {*page.title.split(), *(word for text in headlines for word in tokens(text))}
    in_title = suppose(title, lambda _one, _other: True, index.finder)
    named = _by_pattern(in_title, written, languages, index.lexicon)
    # What a name of the title needs may stand in the text.
    top = {id_: sure for id_, sure in named.items() if id_ in entities}
    return _Sight(
        article, index, languages, _Zone(in_title, top), _Zone(patterns, entities), set(), titled=bool(article.title)
    )


def _neighbours(seen: Sequence[str], loose: Collection[str]) -> Callable[[str, str], bool]:
    """Which word may follow upon which: the next in its line, or after the end of any line the beginning of any."""
    pairs = {*pairwise((BORDER, *seen, BORDER))}

    def follows(one: str, other: str) -> bool:
        return (one, other) in pairs or (
            (one in loose or (one, BORDER) in pairs) and (other in loose or (BORDER, other) in pairs)
        )

    return follows


def _may_hold(rule: Rule, live: set[int], sight: _Sight) -> bool:
    """Whether a rule may hold, where those that it stands on were tried before."""
    if rule.topic.parent and rule.topic.parent.casefold() not in sight.topics:
        return False
    if not any(_bound(rule.tree, sight)):
        return False
    points = 0.0
    for signal in rule.signals:
        if signal.weight > 0 and id(signal.tree) in live:
            points += signal.weight * _most(signal.tree, sight)
            if points >= rule.topic.threshold - ROUNDING:
                return True
    return not rule.signals or rule.topic.threshold <= ROUNDING


def _most(tree: Query, sight: _Sight) -> float:
    """The presence that a signal reaches at most, as `score.weigh` has it."""
    if isinstance(tree, And):
        return min(_most(child, sight) for child in tree.children)
    if isinstance(tree, AtLeast):
        ranked = sorted((_most(child, sight) for child in tree.children), reverse=True)
        return ranked[tree.count - 1] if tree.count else 1.0
    if isinstance(tree, Boost):
        return _most(tree.child, sight)
    title, text = _bound(tree, sight)
    if not _is_spread(tree):
        return max(title, text) if isinstance(tree, Field) else float(bool(title or text))
    return SHARES["title"] * title + (1 - SHARES["title"]) * text if sight.titled else text


def _is_spread(tree: Query) -> bool:
    """Whether what counts is how much of the article a query touches."""
    if isinstance(tree, Boost):
        return _is_spread(tree.child)
    if isinstance(tree, Or):
        return all(_is_spread(child) for child in tree.children)
    return isinstance(tree, EntityRef | Word | Phrase | Prefix | Near)


def _bound(tree: Query, sight: _Sight) -> Bound:
    """How surely a query may hold in the title, and in the text, at most."""
    return _BOUNDS.get(type(tree), _bound_value)(tree, sight)


def _bound_entities(tree: EntityRef, sight: _Sight) -> Bound:
    return _surest(tree, sight.title), _surest(tree, sight.text)


def _bound_words(tree: Word | Prefix | Phrase, sight: _Sight) -> Bound:
    return _stands(tree, sight.title, sight), _stands(tree, sight.text, sight)


def _bound_near(tree: Near, sight: _Sight) -> Bound:
    titles, texts = zip(*(_bound(part, sight) for part in tree.parts), strict=True)
    return min(titles), min(texts)


def _bound_and(tree: And, sight: _Sight) -> Bound:
    # Some of it may stand in the title, and the rest in the text.
    whole = min(max(_bound(child, sight)) for child in tree.children)
    return whole, whole


def _bound_or(tree: Or, sight: _Sight) -> Bound:
    titles, texts = zip(*(_bound(child, sight) for child in tree.children), strict=True)
    return max(titles), max(texts)


def _bound_at_least(tree: AtLeast, sight: _Sight) -> Bound:
    held = float(sum(any(_bound(child, sight)) for child in tree.children) >= tree.count)
    return held, held


def _bound_boost(tree: Boost, sight: _Sight) -> Bound:
    return _bound(tree.child, sight)


def _bound_field(tree: Field, sight: _Sight) -> Bound:
    if tree.name in STRINGS:
        return 1.0, 1.0
    title, text = _bound(tree.child, sight)
    return (title, 0.0) if tree.name == "title" else (0.0, text)


def _bound_value(tree: Query, sight: _Sight) -> Bound:
    sure = float(not isinstance(tree, Value) or _is_met(tree, sight))
    return sure, sure


def _surest(ref: EntityRef, zone: _Zone) -> float:
    return max((zone.entities[id_] for id_ in zone.entities.keys() & ref.members), default=0.0)


def _stands(leaf: Word | Prefix | Phrase, zone: _Zone, sight: _Sight) -> float:
    if isinstance(leaf, Phrase) and not leaf.exact:
        return min(_stands(word, zone, sight) for word in words_of(leaf))
    return float(not zone.patterns.isdisjoint(sight.index.spelled[leaf]))


def _is_met(leaf: Value, sight: _Sight) -> bool:
    if leaf.name == "topic":
        return leaf.value in sight.topics
    if leaf.name == "lang":
        return leaf.prefix or leaf.value in sight.languages or not sight.languages
    if leaf.name in {"site", "story"}:
        return True
    values = (value for value, _ in values_of(sight.article, leaf.name))
    return any(value.startswith(leaf.value) if leaf.prefix else value == leaf.value for value in values)


def _named(patterns: set[int], written: str, languages: Collection[str], lexicon: Lexicon) -> dict[str, float]:
    """The entities that may be named; of those that need others, the ones that may have them."""
    named = _by_pattern(patterns, written, languages, lexicon)
    return {
        id_: sure
        for id_, sure in named.items()
        if sure == 1
        or id_ not in lexicon.needs
        or not lexicon.needs[id_].ids.isdisjoint(named)
        or not lexicon.needs[id_].patterns.isdisjoint(patterns)
    }


def _by_pattern(patterns: set[int], written: str, languages: Collection[str], lexicon: Lexicon) -> dict[str, float]:
    names = len(lexicon.groups)
    named: dict[str, float] = {}
    for pattern in patterns:
        for owner in lexicon.groups[pattern] if pattern < names else ():
            if (
                owner.confidence > named.get(owner.id, 0.0)
                and any(is_looked_for(owner, each, lexicon.languages[owner.id]) for each in languages)
                and _is_written(owner, written)
            ):
                named[owner.id] = owner.confidence
    return named


def _is_written(owner: Owner, written: str) -> bool:
    """Whether all words of a name stand somewhere as the name has them, if no other spelling will do."""
    return not owner.exact or all(
        re.search(rf"(?<!\w){piece}(?!\w)", written) for piece in re.findall(r"\w+", owner.exact)
    )


def _keys_of(sight: _Sight) -> set[int]:
    keys: set[int] = set()
    for pattern in sight.text.patterns:
        keys.update(sight.index.by_pattern.get(pattern, ()))
    for entity in sight.text.entities:
        keys.update(sight.index.by_entity.get(entity, ()))
    for name, known in sight.index.by_value.items():
        keys.update(key for value, key in known.items() if _is_met(Value(name, value), sight))
    return keys


_BOUNDS: dict[type, Callable[[Any, _Sight], Bound]] = {
    EntityRef: _bound_entities,
    Word: _bound_words,
    Prefix: _bound_words,
    Phrase: _bound_words,
    Near: _bound_near,
    And: _bound_and,
    Or: _bound_or,
    AtLeast: _bound_at_least,
    Boost: _bound_boost,
    Field: _bound_field,
}

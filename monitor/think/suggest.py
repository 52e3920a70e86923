"""Labelled documents, and what a topic said of them, become terms that would set its mistakes right."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from monitor.errors import QueryError
from monitor.model import Topic
from monitor.think.entities import Entities
from monitor.think.match import compile_topics, match
from monitor.think.measure import Outcome, Tally, tally
from monitor.think.query import parse
from monitor.think.terms import Term, find_terms

ADD, EXCLUDE = "add", "exclude"
LEAST_DOCUMENTS = 10  # labelled: with fewer, any word that stands in two of them seems to part them
LEAST_GAINED = 2  # documents: what helps one of them only is chance
ALIKE = 3  # other terms with the very same effect that are named


@dataclass(frozen=True, slots=True)
class Proposal:
    """A term, what to do with it, and what that would change."""

    action: str  # add, exclude
    term: str  # in the query language
    language: str  # in which it is written; empty for an entity, which has names in many
    gained: int  # documents set right
    lost: int  # documents that would be wrong then
    before: Tally
    after: Tally
    holders: int  # labelled documents that it stands in, however the topic took them
    wanted: int  # of these
    alike: tuple[str, ...] = ()  # other terms that would do exactly the same

    @property
    def gain(self) -> float:
        """By how much F1 grows."""
        return (self.after.f1 or 0.0) - (self.before.f1 or 0.0)

    @property
    def trust(self) -> float:
        """How surely the term tells wanted documents (or, to exclude, unwanted ones), by all that it stands in."""
        telling = self.wanted if self.action == ADD else self.holders - self.wanted
        return (telling + 1) / (self.holders + 2)


@dataclass(frozen=True, slots=True)
class Advice:
    """What could be done about a topic's mistakes, best first; `note` says why there is nothing, or little."""

    now: Tally
    proposals: tuple[Proposal, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Mistakes:
    """Documents by their numbers, as the topic took them."""

    found: frozenset[int]
    false: frozenset[int]
    missed: frozenset[int]  # of which a term could make matches
    passed: frozenset[int]


def suggest(
    outcomes: Sequence[Outcome], entities: Entities, limit: int = 10, *, beyond: Collection[int] = ()
) -> Advice:
    """Propose terms. Documents `beyond` (by their places) can be won by no term: what the topic is a part of fails."""
    now = tally(outcomes)
    sides = _sort(outcomes, frozenset(beyond))
    note = _too_little(now, sides)
    if note:
        return Advice(now, (), note)
    named = _named(outcomes, sides, entities)
    terms = [*find_terms(outcomes, sides.missed, sides.passed), *find_terms(outcomes, sides.false, sides.found)]
    held = _find_holders(range(len(outcomes)), outcomes, [*named, *terms], entities)
    proposals = sorted(_weigh(held, sides, outcomes, entities), key=lambda each: (-each.gain, -each.trust, each.term))
    if not proposals:
        return Advice(now, (), "no single term would set more documents right than wrong")
    return Advice(now, tuple(proposals[:limit]))


def _sort(outcomes: Sequence[Outcome], beyond: frozenset[int]) -> _Mistakes:
    def those(*, flagged: bool, wanted: bool) -> frozenset[int]:
        return frozenset(
            number
            for number, outcome in enumerate(outcomes)
            if outcome.flagged == flagged and outcome.document.wanted == wanted
        )

    return _Mistakes(
        found=those(flagged=True, wanted=True),
        false=those(flagged=True, wanted=False),
        missed=those(flagged=False, wanted=True) - beyond,
        passed=those(flagged=False, wanted=False) - beyond,
    )


def _too_little(now: Tally, sides: _Mistakes) -> str:
    if now.documents < LEAST_DOCUMENTS:
        return f"{now.documents} labelled documents are too few to learn from: label at least {LEAST_DOCUMENTS}"
    if not now.missed and not now.false:
        return "the topic makes no mistake on these documents"
    if not now.wanted:
        return "no document is labelled as wanted, so any term could be excluded: label some that are wanted"
    if max(len(sides.missed), len(sides.false)) < LEAST_GAINED:
        return f"{now.missed} missed and {now.false} false: a term is proposed for two documents of a kind, or more"
    return ""


def _named(outcomes: Sequence[Outcome], sides: _Mistakes, entities: Entities) -> list[Term]:
    """Entities and groups that are named in enough mistakes of a kind: few of thousands, so these are asked first."""
    held = _find_holders(sides.missed | sides.false, outcomes, _about_entities(entities), entities)
    return [
        term
        for term, numbers in held.items()
        if max(len(numbers & sides.missed), len(numbers & sides.false)) >= LEAST_GAINED
    ]


def _about_entities(entities: Entities) -> Iterator[Term]:
    """Every entity and group, anywhere and in the title."""
    qids = {entity.qid.lower() for entity in entities.by_id.values()}
    for ref in entities.ids.keys() - qids:
        yield Term(f"@{ref}")
        yield Term(f"title:@{ref}")


def _find_holders(
    places: Iterable[int], outcomes: Sequence[Outcome], terms: Iterable[Term], entities: Entities
) -> dict[Term, frozenset[int]]:
    """In which documents each term holds, by the engine itself: inflection, zones and all."""
    sound = [term for term in dict.fromkeys(terms) if _is_sound(term, entities)]
    book = compile_topics([Topic(str(place), "", term.query) for place, term in enumerate(sound)], entities)
    held: dict[Term, set[int]] = {}
    for number in places:
        for found in match(outcomes[number].document.article, book):
            held.setdefault(sound[int(found.topic)], set()).add(number)
    return {term: frozenset(numbers) for term, numbers in held.items()}


def _is_sound(term: Term, entities: Entities) -> bool:
    try:
        parse(term.query, entities=entities)
    except QueryError:
        return False
    return True


def _weigh(
    held: Mapping[Term, frozenset[int]], sides: _Mistakes, outcomes: Sequence[Outcome], entities: Entities
) -> Iterator[Proposal]:
    """Every term that does more good than harm; those with the same effect in one proposal."""
    now = tally(outcomes)
    for action, wrong, right in ((ADD, sides.missed, sides.passed), (EXCLUDE, sides.false, sides.found)):
        same: dict[tuple[frozenset[int], frozenset[int]], list[Term]] = {}
        for term, numbers in held.items():
            if len(numbers & wrong) >= LEAST_GAINED:
                same.setdefault((numbers & wrong, numbers & right), []).append(term)
        for (gained, lost), terms in same.items():
            after = _apply(action, now, len(gained), len(lost))
            if len(gained) > len(lost) and (after.f1 or 0.0) > (now.f1 or 0.0):
                best, *others = sorted(terms, key=partial(_plainness, entities=entities))
                documents = [outcomes[number].document for number in held[best]]
                yield Proposal(
                    action=action,
                    term=best.query,
                    language="" if best.is_entity else _language(outcomes[number] for number in gained),
                    gained=len(gained),
                    lost=len(lost),
                    before=now,
                    after=after,
                    holders=len(documents),
                    wanted=sum(document.wanted for document in documents),
                    alike=tuple(term.query for term in others[:ALIKE]),
                )


def _language(outcomes: Iterable[Outcome]) -> str:
    counts = Counter(outcome.document.article.language for outcome in outcomes)
    return min(counts, key=lambda language: (-counts[language], language))


def _apply(action: str, now: Tally, gained: int, lost: int) -> Tally:
    if action == ADD:
        return Tally(now.found + gained, now.false + lost, now.missed - gained, now.passed - lost)
    return Tally(now.found - lost, now.false - gained, now.missed + lost, now.passed + gained)


def _plainness(term: Term, entities: Entities) -> tuple[bool, bool, bool, bool, int, str]:
    """Entities first, for they have names in every language, before their groups; then what asks for least.

    Of words with the same effect the longest says most.
    """
    asked = term.query.removeprefix("title:")
    group = term.is_entity and asked[1:] not in entities.by_id
    return not term.is_entity, group, asked != term.query, '"' in asked, -len(asked), asked

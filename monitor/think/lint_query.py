"""The tree of a query becomes doubts: terms that add nothing, take away what is asked for, or can never be met."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from monitor.think.entities import WORDS, Entities
from monitor.think.implies import Prover, proves
from monitor.think.language import script_of, tokens
from monitor.think.lint_entities import is_reachable
from monitor.think.needles import spell
from monitor.think.shelf import peel, shelve, worthy_of
from monitor.think.tree import (
    TEXTS,
    And,
    AtLeast,
    Boost,
    EntityRef,
    Field,
    Near,
    Not,
    Or,
    Phrase,
    Prefix,
    Query,
    Value,
    Word,
)
from monitor.think.write_query import write

_ADDRESS = re.compile(r"https?://|www\.|[\w-]+(\.[\w-]+)+/", re.IGNORECASE)


class Doubt(NamedTuple):
    """A term as written, what kind of doubt there is about it, and why."""

    kind: str  # implied, asked, form, shadowed, never
    term: str
    why: str


class Clause(NamedTuple):
    """A part of a query, and the zone of the article that it is asked of ("": all of it)."""

    tree: Query
    zone: str


def doubt(tree: Query, entities: Entities) -> Iterator[Doubt]:
    """All doubts about a query, each once, outermost first."""
    yield from dict.fromkeys(_look(Clause(*peel(tree, "")), Prover(entities)))


def _look(clause: Clause, prover: Prover) -> Iterator[Doubt]:
    tree = clause.tree
    if isinstance(tree, Or):
        choices = list(_alternatives(clause))
        yield from _find_implied(choices, prover, "finds all that it finds")
        yield from _look_within(choices, prover)
    elif isinstance(tree, AtLeast):
        choices = [_inner(child, clause) for child in tree.children]
        if tree.count:
            yield from _find_implied(choices, prover, "is met wherever it is met, and both count")
        else:
            yield from _find_repeated(choices)
        yield from _look_within(choices, prover)
    elif isinstance(tree, And):
        yield from _look_at_all(list(_conjuncts(clause)), prover)
    elif isinstance(tree, Not | Field | Boost):
        yield from _look(_inner(tree.child, clause), prover)
    else:
        yield from _look_at_leaf(clause, prover.entities)


def _look_within(clauses: Iterable[Clause], prover: Prover) -> Iterator[Doubt]:
    for clause in clauses:
        yield from _look(clause, prover)


def _look_at_all(conjuncts: Sequence[Clause], prover: Prover) -> Iterator[Doubt]:
    """What must hold at once, and what must not."""
    asked = [each for each in conjuncts if not isinstance(each.tree, Not) and not _is_welcome(each.tree)]
    excluded = [
        choice
        for each in conjuncts
        if isinstance(each.tree, Not)
        for choice in _alternatives(_inner(each.tree.child, each))
    ]
    yield from _find_asked(asked, prover)
    yield from _find_implied(excluded, prover, "excludes all that it excludes")
    wanted = [each for each in conjuncts if not isinstance(each.tree, Not)]
    yield from _find_shadowed(wanted, excluded, prover)
    yield from _find_foreign(wanted, prover.entities)
    yield from _look_within(wanted, prover)
    yield from _look_within(excluded, prover)


def _is_welcome(tree: Query) -> bool:
    """Whether a list is there for its evidence alone."""
    return isinstance(tree, AtLeast) and not tree.count


def _find_asked(asked: Sequence[Clause], prover: Prover) -> Iterator[Doubt]:
    """What must hold and is made needless by something else that must; of two alike, the later one."""
    shelf = shelve([each.tree for each in asked], prover.entities)
    causes: dict[int, Clause] = {}
    for place, cause in enumerate(asked):
        for other in worthy_of(cause.tree, shelf, prover.entities):
            clause = asked[other]
            if other == place or other in causes or not proves(prover, *cause, *clause):
                continue
            if place < other or not proves(prover, *clause, *cause):
                causes[other] = cause
    for place, cause in sorted(causes.items()):
        clause = asked[place]
        why = "stands here twice" if cause == clause else f"{write(*cause)} asks for it already"
        yield Doubt("asked", write(*clause), why)


def _find_implied(clauses: Sequence[Clause], prover: Prover, does: str) -> Iterator[Doubt]:
    """Clauses that others of the same list make needless."""
    shelf = shelve([each.tree for each in clauses], prover.entities)
    for place, clause in enumerate(clauses):
        causes = [(other, clauses[other]) for other in worthy_of(clause.tree, shelf, prover.entities) if other != place]
        for other, cause in causes:
            if proves(prover, *clause, *cause) and (other < place or not proves(prover, *cause, *clause)):
                yield Doubt("implied", write(*clause), _say(clause, cause, does))
                break
        else:
            yield from _find_form(clause, [cause for other, cause in causes if other < place], prover.entities)


def _find_form(clause: Clause, causes: Sequence[Clause], entities: Entities) -> Iterator[Doubt]:
    """A word that another makes needless in the languages that inflect that one so."""
    for cause in causes:
        if isinstance(clause.tree, Word) and isinstance(cause.tree, Word) and cause.zone == clause.zone:
            languages = spell(cause.tree, entities.speller).get(clause.tree.token)
            if languages and not clause.tree.exact:
                told = ", ".join(sorted(languages))
                yield Doubt("form", write(*clause), f"{write(*cause)} finds it too, as a form in {told}")
                return


def _say(clause: Clause, cause: Clause, does: str) -> str:
    return "stands here twice" if cause == clause else f"{write(*cause)} {does}"


def _find_repeated(clauses: Sequence[Clause]) -> Iterator[Doubt]:
    seen: set[Clause] = set()
    for clause in clauses:
        if clause in seen:
            yield Doubt("implied", write(*clause), "stands here twice")
        seen.add(clause)


def _find_shadowed(asked: Sequence[Clause], excluded: Sequence[Clause], prover: Prover) -> Iterator[Doubt]:
    """What must hold, or a choice within it, that what is excluded takes away whole."""
    shelf = shelve([each.tree for each in excluded], prover.entities)

    def find(clause: Clause, effect: str) -> Iterator[Doubt]:
        worthy = (excluded[place] for place in worthy_of(clause.tree, shelf, prover.entities))
        taker = next((each for each in worthy if proves(prover, *clause, *each)), None)
        if taker:
            yield Doubt("shadowed", write(*clause), f"NOT {write(*taker)} takes it away: {effect}")
            return
        for choice in _choices_of(clause):
            yield from find(choice, "it can never be met")

    for clause in asked:
        yield from find(clause, "nothing is left to be found")


def _choices_of(clause: Clause) -> Iterator[Clause]:
    """The nearest clauses within that are one of several of which some are enough."""
    tree = clause.tree
    if isinstance(tree, And):
        for child in tree.children:
            yield from _choices_of(_inner(child, clause))
    elif isinstance(tree, Or | AtLeast):
        for child in tree.children:
            yield _inner(child, clause)


def _find_foreign(asked: Sequence[Clause], entities: Entities) -> Iterator[Doubt]:
    """Entities that have no name in the one language that is asked for, and lists without a word in it."""
    for languages in filter(None, (_languages_of(each) for each in asked)):
        told = " OR ".join(sorted(languages))
        for clause in asked:
            for leaf in _entities_in(clause.tree):
                if not any(_speaks(entities, id_, language) for id_ in leaf.ids for language in languages):
                    yield Doubt("never", leaf.label, f"none of its names is in {told}, and lang:{told} is asked")


def _languages_of(clause: Clause) -> frozenset[str]:
    """The languages of which an article must be in one; none when the clause says nothing of it."""
    trees = [each.tree for each in _alternatives(clause)]
    named = [tree.value for tree in trees if isinstance(tree, Value) and tree.name == "lang"]
    return frozenset(named if len(named) == len(trees) else ())


def _entities_in(tree: Query) -> Iterator[EntityRef]:
    """The entities that may be what is found."""
    if isinstance(tree, EntityRef):
        yield tree
    elif isinstance(tree, And | Or | AtLeast):
        for child in tree.children:
            yield from _entities_in(child)
    elif isinstance(tree, Near):
        for part in tree.parts:
            yield from _entities_in(part)
    elif isinstance(tree, Boost | Field):
        yield from _entities_in(tree.child)


def _speaks(entities: Entities, id_: str, language: str) -> bool:
    """Whether an entity has a name that texts in a language may hold."""
    entity = entities.by_id[id_]
    if any(name.language.partition("-")[0] == language for name in entity.names):
        return True
    return entity.kind != WORDS and any(script_of(name.language) == script_of(language) for name in entity.names)


def _look_at_leaf(clause: Clause, entities: Entities) -> Iterator[Doubt]:
    tree = clause.tree
    for part in tree.parts if isinstance(tree, Near) else (tree,):
        if isinstance(part, EntityRef) and not any(map(is_reachable, map(entities.by_id.__getitem__, part.ids))):
            yield Doubt("never", write(*clause), "each of its names lies within what its own `not` excludes")
        if not isinstance(part, Word | Phrase | Prefix):
            continue
        words = (part.token,) if isinstance(part, Word) else part.words
        if clause.zone == "url" and not "".join(words).isascii():
            yield Doubt("never", write(*clause), "in addresses such letters are written as %-codes")
        if clause.zone in TEXTS and _ADDRESS.match(part.label):
            yield Doubt("never", write(*clause), "this looks like an address: url: and site: look there")
    if isinstance(tree, Word | Phrase | Near):
        lost = [piece for piece in tree.label.split() if not piece.startswith("@") and not tokens(piece)]
        if lost:
            yield Doubt("ignored", write(*clause), f"{' '.join(lost)} is no word and is not looked for")


def _inner(tree: Query, clause: Clause) -> Clause:
    return Clause(*peel(tree, clause.zone))


def _alternatives(clause: Clause) -> Iterator[Clause]:
    """The clauses of which one is enough, lists within lists taken apart."""
    if not isinstance(clause.tree, Or):
        yield clause
        return
    for child in clause.tree.children:
        yield from _alternatives(_inner(child, clause))


def _conjuncts(clause: Clause) -> Iterator[Clause]:
    """The clauses that must all hold."""
    if not isinstance(clause.tree, And):
        yield clause
        return
    for child in clause.tree.children:
        yield from _conjuncts(_inner(child, clause))

"""Query trees become one index: an automaton for all their words, and by what an article holds, which trees to try."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from monitor.think.book import NO_BOOK
from monitor.think.entities import Entities
from monitor.think.lexicon import Lexicon, compile_lexicon, write_book
from monitor.think.match_eval import values_of
from monitor.think.needles import needed, spell, words_of
from monitor.think.reading import Choice, Reading, Spelled
from monitor.think.tree import AtLeast, EntityRef, Or, Part, Phrase, Prefix, Query, Value, Word, choices_of, leaves_of
from monitor.think.wordbook import Finder, open_book, write

_BROAD = frozenset({"lang", "country", "kind", "tag"})  # fields whose values many articles share
_LATE = frozenset({"topic", "story"})  # fields that an article has only once it was matched and told
_FEW = 8  # clauses: to try them all is as quick as to tell which are worth it


class Entry(NamedTuple):
    """A tree that is worth a try when all of these keys are there."""

    keys: frozenset[int]
    tree: int


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """What leads from an article to the trees that may hold for it.

    A key stands for something that trees ask for: words in any of their spellings, some entities, a field's value.
    """

    spelled: Spelled
    choices: Mapping[int, Choice]  # by the identity of the trees, which live as long as their rules
    finder: Finder
    lexicon: Lexicon
    by_pattern: Mapping[int, Sequence[int]]  # the keys that a pattern meets
    by_entity: Mapping[str, tuple[int, ...]]
    groups: Mapping[str, Sequence[frozenset[str]]]  # the groups of entities that trees name, by each of their members
    by_value: Mapping[str, Mapping[str, int]]  # of each field
    entries: Mapping[int, tuple[Entry, ...]]  # by a key; a tree is entered under all keys of a group that it needs
    always: tuple[int, ...]  # trees that no key leads to
    signals: Mapping[int, tuple[Entry, ...]]  # as `entries`, the signals' trees by their identity
    always_signals: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Draft:
    """Patterns and keys as they are numbered."""

    first: int  # the number that the first pattern gets: names have those below it
    patterns: dict[str, int] = field(default_factory=dict)
    keys: dict[Part | Value, int] = field(default_factory=dict)

    def number(self, written: str) -> int:
        return self.patterns.setdefault(written, self.first + len(self.patterns))

    def ask(self, leaf: Part | Value) -> frozenset[int] | None:
        """The key that a leaf cannot do without."""
        if isinstance(leaf, Value) and (leaf.prefix or leaf.name in _LATE):
            return None
        return frozenset({self.keys.setdefault(leaf, len(self.keys))})


def index_trees(trees: Sequence[Query], signals: Sequence[Query], entities: Entities) -> Index:
    """Index trees, the number of each being its place; what signals ask for is looked for, too."""
    leaves = dict.fromkeys(leaf for tree in (*trees, *signals) for leaf in _spelled_leaves(tree))
    named = any(isinstance(leaf, EntityRef) for leaf in leaves)
    book = write_book(entities.by_id.values(), entities.speller, entities.book) if named else NO_BOOK
    draft = _Draft(len(book.groups))
    lexicon = compile_lexicon(entities if named else Entities({}, {}), book, draft.number)
    spelled = {
        leaf: {draft.number(run): languages for run, languages in spell(leaf, entities.speller).items()}
        for leaf in leaves
        if isinstance(leaf, Word | Phrase | Prefix)
    }
    groups = {place: needed(tree, draft.ask) for place, tree in enumerate(trees)}
    asked = {id(tree): needed(tree, draft.ask) for tree in signals}
    choices = (choice for tree in (*trees, *signals) for choice in choices_of(tree) if len(choice.children) > _FEW)
    return Index(
        spelled=spelled,
        choices={id(choice): _open(choice, spelled) for choice in choices},
        finder=open_book(write(draft.patterns.items(), book.words)),
        lexicon=lexicon,
        by_pattern=_by_pattern(draft, spelled),
        by_entity=_by_entity(draft),
        groups=_groups({leaf.members for leaf in leaves if isinstance(leaf, EntityRef)}),
        by_value=_by_value(draft),
        entries=_enter(groups, draft),
        always=tuple(tree for tree, needs in groups.items() if not needs),
        signals=_enter(asked, draft),
        always_signals=frozenset(tree for tree, needs in asked.items() if not needs),
    )


def _spelled_leaves(tree: Query) -> Iterator[Part | Value]:
    """The leaves of a tree, phrases as the words that they are made of."""
    for leaf in leaves_of(tree):
        if isinstance(leaf, Phrase) and not leaf.exact:
            yield from words_of(leaf)
        else:
            yield leaf


def candidates(reading: Reading, index: Index) -> set[int]:
    """The trees that may hold: all that hold are among them."""
    keys = _keys_of(reading, index)
    reading.live.append({*index.always_signals, *led_to(keys, index.signals)})
    return {*index.always, *led_to(keys, index.entries)}


def led_to(keys: set[int], entries: Mapping[int, tuple[Entry, ...]]) -> list[int]:
    """The trees that keys lead to."""
    return [tree for key in keys & entries.keys() for needs, tree in entries[key] if needs <= keys]


def _keys_of(reading: Reading, index: Index) -> set[int]:
    keys: set[int] = set()
    for pattern in reading.hits:
        keys.update(index.by_pattern.get(pattern, ()))
    for entity in reading.mentions:
        keys.update(index.by_entity.get(entity, ()))
    for name, known in index.by_value.items():
        keys.update(known[value] for value, _ in values_of(reading.article, name) if value in known)
    return keys


def _enter(asked: Mapping[int, list[frozenset[int]]], draft: _Draft) -> dict[int, tuple[Entry, ...]]:
    """Enter each tree under the one group that fewest trees ask for: it is likely the rarest in articles, too."""
    usage = Counter(key for groups in asked.values() for group in groups for key in group)
    broad = {key for wanted, key in draft.keys.items() if isinstance(wanted, Value) and wanted.name in _BROAD}

    def cost(group: frozenset[int]) -> tuple[bool, int]:
        return not group.isdisjoint(broad), sum(usage[key] for key in group)

    entries: dict[int, list[Entry]] = {}
    for tree, groups in asked.items():
        if not groups:
            continue
        entry = Entry(frozenset().union(*(group for group in groups if len(group) == 1)), tree)
        for key in min(groups, key=cost):
            entries.setdefault(key, []).append(entry)
    return {key: tuple(entered) for key, entered in entries.items()}


def _open(tree: Or | AtLeast, spelled: Spelled) -> Choice:
    by_pattern: dict[int, list[int]] = {}
    by_entity: dict[str, list[int]] = {}
    others = []
    for number, child in enumerate(tree.children):
        if isinstance(child, Word | Phrase | Prefix) and child in spelled:
            for pattern in spelled[child]:
                by_pattern.setdefault(pattern, []).append(number)
        elif isinstance(child, EntityRef):
            for id_ in child.ids:
                by_entity.setdefault(id_, []).append(number)
        else:
            others.append(number)
    return Choice(
        {pattern: tuple(numbers) for pattern, numbers in by_pattern.items()},
        {id_: tuple(numbers) for id_, numbers in by_entity.items()},
        frozenset(others),
    )


def _by_pattern(draft: _Draft, spelled: Spelled) -> dict[int, list[int]]:
    keys: dict[int, list[int]] = {}
    for wanted, key in draft.keys.items():
        if isinstance(wanted, Word | Phrase | Prefix):
            for pattern in spelled[wanted]:
                keys.setdefault(pattern, []).append(key)
    return keys


def _by_entity(draft: _Draft) -> dict[str, tuple[int, ...]]:
    keys: dict[str, list[int]] = {}
    for wanted, key in draft.keys.items():
        if isinstance(wanted, EntityRef):
            for id_ in wanted.ids:
                keys.setdefault(id_, []).append(key)
    return {id_: tuple(met) for id_, met in keys.items()}


def _groups(named: Iterable[frozenset[str]]) -> dict[str, list[frozenset[str]]]:
    groups: dict[str, list[frozenset[str]]] = {}
    for members in named:
        for id_ in members:
            groups.setdefault(id_, []).append(members)
    return groups


def _by_value(draft: _Draft) -> dict[str, dict[str, int]]:
    keys: dict[str, dict[str, int]] = {}
    for wanted, key in draft.keys.items():
        if isinstance(wanted, Value):
            keys.setdefault(wanted.name, {})[wanted.value] = key
    return keys

"""Query trees become one index: an automaton for all their words, and by what an article holds, which trees to try."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from monitor.model import Needle
from monitor.think.entities import Entities, Lexicon, compile_lexicon
from monitor.think.match_eval import values_of
from monitor.think.needles import needed, spell
from monitor.think.reading import Choice, Reading, Spelled, build_automaton
from monitor.think.tree import AtLeast, EntityRef, Or, Part, Phrase, Prefix, Query, Value, Word, choices_of, leaves_of

_BROAD = frozenset({"lang", "country", "kind", "tag"})  # fields whose values many articles share
_LATE = frozenset({"topic", "story"})  # fields that an article has only once it was matched and told


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
    automaton: AhoCorasick
    lexicon: Lexicon
    by_pattern: Mapping[int, tuple[int, ...]]  # the keys that a pattern meets
    by_entity: Mapping[str, tuple[int, ...]]
    by_value: Mapping[str, Mapping[str, int]]  # of each field
    entries: Mapping[int, tuple[Entry, ...]]  # by a key; a tree is entered under all keys of a group that it needs
    always: tuple[int, ...]  # trees that no key leads to


@dataclass(frozen=True, slots=True)
class _Draft:
    """Patterns and keys as they are numbered."""

    patterns: dict[Needle, int] = field(default_factory=dict)
    keys: dict[Hashable, int] = field(default_factory=dict)

    def number(self, needle: Needle) -> int:
        return self.patterns.setdefault(needle, len(self.patterns))

    def ask(self, leaf: Part | Value) -> frozenset[int] | None:
        """The key that a leaf cannot do without."""
        wanted: Hashable = leaf
        if isinstance(leaf, Value):
            if leaf.prefix or leaf.name in _LATE:
                return None
        elif not isinstance(leaf, EntityRef):
            wanted = spell(leaf)
        return frozenset({self.keys.setdefault(wanted, len(self.keys))})


def index_trees(trees: Sequence[Query], entities: Entities) -> Index:
    """Index trees; the number of each is its place."""
    draft = _Draft()
    leaves = dict.fromkeys(leaf for tree in trees for leaf in leaves_of(tree))
    named = any(isinstance(leaf, EntityRef) for leaf in leaves)
    lexicon = compile_lexicon(entities if named else Entities({}, {}), draft.number)
    spelled = {
        leaf: tuple((draft.number(needle), len(needle.words) - 1) for needle in spell(leaf))
        for leaf in leaves
        if isinstance(leaf, Word | Phrase | Prefix)
    }
    groups = [needed(tree, draft.ask) for tree in trees]
    return Index(
        spelled=spelled,
        choices={id(choice): _open(choice, spelled) for tree in trees for choice in choices_of(tree)},
        automaton=build_automaton(draft.patterns),
        lexicon=lexicon,
        by_pattern=_by_pattern(draft),
        by_entity=_by_entity(draft),
        by_value=_by_value(draft),
        entries=_enter(groups, draft),
        always=tuple(tree for tree, asked in enumerate(groups) if not asked),
    )


def candidates(reading: Reading, index: Index) -> set[int]:
    """The trees that may hold: all that hold are among them."""
    keys = _keys_of(reading, index)
    found = set(index.always)
    for key in keys & index.entries.keys():
        found.update([tree for needed_keys, tree in index.entries[key] if needed_keys <= keys])
    return found


def _keys_of(reading: Reading, index: Index) -> set[int]:
    keys: set[int] = set()
    for pattern in reading.hits:
        keys.update(index.by_pattern.get(pattern, ()))
    for entity in reading.mentions:
        keys.update(index.by_entity.get(entity, ()))
    for name, known in index.by_value.items():
        keys.update(known[value] for value, _ in values_of(reading.article, name) if value in known)
    return keys


def _enter(asked: list[list[frozenset[int]]], draft: _Draft) -> dict[int, tuple[Entry, ...]]:
    """Enter each tree under the one group that fewest trees ask for: it is likely the rarest in articles, too."""
    usage = Counter(key for groups in asked for group in groups for key in group)
    broad = {key for wanted, key in draft.keys.items() if isinstance(wanted, Value) and wanted.name in _BROAD}

    def cost(group: frozenset[int]) -> tuple[bool, int]:
        return not group.isdisjoint(broad), sum(usage[key] for key in group)

    entries: dict[int, list[Entry]] = {}
    for tree, groups in enumerate(asked):
        if not groups:
            continue
        entry = Entry(frozenset().union(*(group for group in groups if len(group) == 1)), tree)
        for key in min(groups, key=cost):
            entries.setdefault(key, []).append(entry)
    return {key: tuple(entered) for key, entered in entries.items()}


def _open(tree: Or | AtLeast, spelled: Spelled) -> Choice:
    by_pattern: dict[int, list[int]] = {}
    others = []
    for number, child in enumerate(tree.children):
        if isinstance(child, Word | Phrase | Prefix) and child in spelled:
            for pattern, _ in spelled[child]:
                by_pattern.setdefault(pattern, []).append(number)
        else:
            others.append(number)
    return Choice({pattern: tuple(numbers) for pattern, numbers in by_pattern.items()}, frozenset(others))


def _by_pattern(draft: _Draft) -> dict[int, tuple[int, ...]]:
    keys: dict[int, list[int]] = {}
    for wanted, key in draft.keys.items():
        if isinstance(wanted, frozenset):
            for needle in wanted:
                keys.setdefault(draft.patterns[needle], []).append(key)
    return {pattern: tuple(met) for pattern, met in keys.items()}


def _by_entity(draft: _Draft) -> dict[str, tuple[int, ...]]:
    keys: dict[str, list[int]] = {}
    for wanted, key in draft.keys.items():
        if isinstance(wanted, EntityRef):
            for id_ in wanted.ids:
                keys.setdefault(id_, []).append(key)
    return {id_: tuple(met) for id_, met in keys.items()}


def _by_value(draft: _Draft) -> dict[str, dict[str, int]]:
    keys: dict[str, dict[str, int]] = {}
    for wanted, key in draft.keys.items():
        if isinstance(wanted, Value):
            keys.setdefault(wanted.name, {})[wanted.value] = key
    return keys

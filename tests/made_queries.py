"""Queries and articles made up at random, over few words, so that many match."""

from hypothesis import strategies as st

from monitor.model import Article, Entity, Name
from monitor.think.entities import index_entities
from monitor.think.tree import (
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

ENTITIES = index_entities(
    [
        Entity("sea", "place", (Name("Black Sea", "en"), Name("sea", "en", 0.5)), needs=("fleet", "aid")),
        Entity("fleet", "organisation", (Name("Black Sea Fleet", "en"),), groups=("navy",)),
        Entity("navy", "organisation", (Name("North Fleet", "en"), Name("fleet", "en", 0.4)), groups=("navy",),
               excluded=("fleet war",)),
    ]
)  # fmt: skip

WRITTEN = [
    "War",
    "warm",
    "AID",
    "aid's",
    "Black",
    "sea",
    "FLEET",
    "fleet",
    "north",
    "North-war",
    "é",
    "ß",
    ",",
    "\n\n",
    "'s",
]
NAMES = ["war", "warm", "aid", "black", "sea", "fleet", "north"]
ARTICLES = st.builds(
    lambda title, text, language: Article(
        1, "", "http://x.example/", " ".join(title), text=" ".join(text), language=language
    ),
    st.lists(st.sampled_from(WRITTEN), max_size=5),
    st.lists(st.sampled_from(WRITTEN), max_size=14),
    st.sampled_from(["en", "uk"]),
)
WORDS = st.sampled_from(NAMES).map(lambda token: Word(token, token))
PHRASES = st.lists(st.sampled_from(NAMES), min_size=2, max_size=3).map(lambda run: Phrase(tuple(run), " ".join(run)))
PREFIXES = st.sampled_from(["war", "nor", "fle"]).map(lambda begun: Prefix((begun,), f"{begun}*"))
REFS = st.sampled_from(
    [
        EntityRef(("sea",), "@sea"),
        EntityRef(("fleet",), "@fleet"),
        EntityRef(("fleet", "navy"), "@navy"),
    ]
)
EXACT = st.sampled_from([Word("aid", "AID", "AID"), Word("fleet", "fleet", "fleet")])
PARTS = st.one_of(WORDS, PREFIXES, REFS)
NEAR = st.builds(
    lambda parts, distance: Near(tuple(parts), distance, " ".join(part.label for part in parts)),
    st.lists(PARTS, min_size=2, max_size=3, unique=True),
    st.integers(0, 4),
)
LEAVES = st.one_of(WORDS, PHRASES, PREFIXES, REFS, EXACT, NEAR, st.just(Value("lang", "uk")))


def joined(below: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    several = st.lists(below, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        several.map(And),
        several.map(Or),
        below.map(Not),
        st.builds(lambda children, count: AtLeast(min(count, len(children)), children), several, st.integers(1, 3)),
        below.map(lambda child: Boost(child, 2.0)),
    )


def has_value(tree: Query) -> bool:
    below = getattr(tree, "children", None) or [child for child in [getattr(tree, "child", None)] if child]
    return isinstance(tree, Value | Field) or any(map(has_value, below))


ZONED = st.builds(
    Field,
    st.sampled_from(["title", "lead", "body"]),
    st.recursive(LEAVES, joined, max_leaves=3).filter(lambda t: not has_value(t)),
)
TREES = st.recursive(st.one_of(LEAVES, ZONED), joined, max_leaves=6)


def spell(tree: Query) -> str:
    """The tree as somebody would type it."""
    if isinstance(tree, And | Or | AtLeast):
        joint = {And: " AND ", Or: " OR "}.get(type(tree), " ")
        listed = f"({joint.join(map(spell, tree.children))})"
        return f"atleast:{tree.count}{listed}" if isinstance(tree, AtLeast) else listed
    if isinstance(tree, Not | Boost):
        return f"(NOT {spell(tree.child)})" if isinstance(tree, Not) else f"({spell(tree.child)})^{tree.factor}"
    if isinstance(tree, Field):
        return f"{tree.name}:({spell(tree.child)})"
    if isinstance(tree, Phrase | Near):
        return f'"{tree.label}"' + (f"~{tree.distance}" if isinstance(tree, Near) else "")
    return f"exact:{tree.exact}" if isinstance(tree, Word) and tree.exact else tree.label

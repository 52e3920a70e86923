"""What a query, an entity or a topic says in vain is remarked upon; and one query implies another only if it does."""

import pytest
from drawn import examples
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Article, Entity, Name, Signal, Topic, TopicTest
from monitor.think.entities import Entities, index_entities
from monitor.think.implies import implies
from monitor.think.language import tokens
from monitor.think.lint import lint, lint_topics
from monitor.think.lint_query import doubt
from monitor.think.match import compile_query, match_query
from monitor.think.query import parse
from monitor.think.shelf import shelve, worthy_of
from monitor.think.tree import (
    And,
    AtLeast,
    Boost,
    EntityRef,
    Field,
    Near,
    Not,
    Or,
    Part,
    Phrase,
    Prefix,
    Query,
    Range,
    Value,
    Word,
)
from monitor.think.write_query import write


def names(language: str, *texts: str) -> tuple[Name, ...]:
    return tuple(Name(text, language) for text in texts)


ENTITIES = index_entities(
    [
        Entity("nato", "organisation", names("en", "NATO", "the alliance"), qid="Q7184", groups=("west",)),
        Entity("usa", "place", (*names("en", "America"), *names("ru", "Америка")), groups=("west",)),
        Entity("fleet", "organisation", names("en", "Black Sea Fleet")),
        Entity("black-sea", "place", names("en", "Black Sea"), needs=("fleet",), excluded=("black sea salt",)),
        Entity("tech", "organisation", names("en", "Georgia Tech"), excluded=("Georgia Tech",)),
        Entity("kyiv", "place", names("uk", "Київ")),
        Entity("fight", "words", (*names("en", "war*"), *names("ru", "война"))),
    ]
)


def remarks(query: str, entities: Entities = ENTITIES) -> list[tuple[str, str, str]]:
    return [(each.kind, each.term, each.why) for each in doubt(parse(query, entities=entities), entities)]


@pytest.mark.parametrize(
    ("query", "kind", "term", "why"),
    [
        ("sanctions OR sanction*", "implied", "sanctions", "sanction* finds all that it finds"),
        ('aid OR "military aid"', "implied", '"military aid"', "aid finds all that it finds"),
        ("aid OR trade OR aid", "implied", "aid", "stands here twice"),
        ("@nato OR @west", "implied", "@nato", "@west finds all that it finds"),
        ("@nato @Q7184", "implied", "@Q7184", "stands here twice"),
        ("title:(aid OR trade) OR aid", "implied", "title:aid", "aid finds all that it finds"),
        ("aid OR (aid AND trade)", "implied", "aid AND trade", "aid finds all that it finds"),
        ('"military aid" OR "military aid"~5', "implied", '"military aid"', '"military aid"~5 finds all that it finds'),
        ('atleast:2(aid "military aid" trade)', "implied", '"military aid"', "is met wherever it is met, and both"),
        ("site:bbc* OR site:bbcnews", "implied", "site:bbcnews", "site:bbc* finds all that it finds"),
        ("aid AND title:aid", "asked", "aid", "title:aid asks for it already"),
        ('"military aid" AND (aid OR trade)', "asked", "aid OR trade", '"military aid" asks for it already'),
        ("(aid OR trade) AND (aid OR trade OR loans)", "asked", "aid OR trade OR loans", "asks for it already"),
        ("title:(sanction sanctions)", "form", "title:sanctions", "title:sanction finds it too, as a form in en"),
        ("published:2021-12 AND published:>=2021", "asked", "published:>=2021", "asks for it already"),
        ("aid AND NOT (milit* OR militia)", "implied", "militia", "milit* excludes all that it excludes"),
        ("aid -trade -trade", "implied", "trade", "stands here twice"),
        ("+aid trade trade", "implied", "trade", "stands here twice"),
        ("(aid OR trade) AND NOT aid", "shadowed", "aid", "NOT aid takes it away: it can never be met"),
        (
            "aid AND (loans OR (trade AND grain)) AND NOT grain",
            "shadowed",
            "trade AND grain",
            "NOT grain takes it away",
        ),
        ('"military aid" AND loans AND NOT "aid military"~5', "shadowed", '"military aid"', "nothing is left"),
        ("lead:aid AND loans AND NOT body:aid", "shadowed", "lead:aid", "NOT body:aid takes it away: nothing is left"),
        ("@tech OR loans", "never", "@tech", "its own `not` excludes"),
        ("lang:ar AND @kyiv", "never", "@kyiv", "none of its names is in ar"),
        ("lang:(de OR pl) AND (loans OR @fight)", "never", "@fight", "none of its names is in de OR pl"),
        ("url:мир OR loans", "never", "url:мир", "in addresses such letters are written as %-codes"),
        ('title:"www.example.org/news" OR loans', "never", "title:www.example.org/news", "looks like an address"),
        ('"aid & trade" OR loans', "ignored", '"aid & trade"', "& is no word"),
    ],
)
def test_what_a_query_says_in_vain_is_remarked_upon(query: str, kind: str, term: str, why: str) -> None:
    found = remarks(query)
    assert len(found) == 1, found
    assert found[0][:2] == (kind, term)
    assert why in found[0][2]


@pytest.mark.parametrize(
    "query",
    [
        "aid OR trade",
        'aid AND NOT "aid worker"',
        "@west AND NOT @nato",
        "(aid OR trade) AND NOT title:aid",
        '"aid trade"~5 OR "aid loans"~5',
        "+aid @nato @west",
        "exact:NASA OR exact:Nasa",
        "lang:uk AND @kyiv",
        "lang:ru AND (@kyiv OR @fight)",
        "url:war OR title:war",
        "aid^2 OR trade^3",
        "NOT lang:uk AND aid",
    ],
)
def test_what_means_something_is_left_alone(query: str) -> None:
    assert remarks(query) == []


def test_a_list_of_a_thousand_words_is_looked_through_at_once() -> None:
    words = " ".join(f"word{number}x" for number in range(1000))
    assert [each[1] for each in remarks(f"{words} word7x")] == ["word7x"]


EXAMPLES = (TopicTest("aid came", expected=True, language="en"), TopicTest("Nichts", expected=False, language="de"))


def about(entity: Entity, *others: Entity, kind: str) -> list[str]:
    """What is remarked of an entity that a topic uses."""
    entities = index_entities([entity, *others])
    topic = Topic("t", "T", " OR ".join(f"@{id_}" for id_ in entities.by_id), tests=EXAMPLES)
    return [f"{each.term}: {each.why}" for each in lint([topic], entities) if each.kind == kind]


def test_an_entity_that_nobody_asks_for_is_remarked_upon_unless_another_needs_it() -> None:
    topics = [Topic("t", "T", "@black-sea AND aid", signals=(Signal("@kyiv", 2.0),), tests=EXAMPLES)]
    unused = {each.entity for each in lint(topics, ENTITIES) if each.kind == "unused"}
    assert unused == {"nato", "usa", "tech", "fight"}


def test_a_sure_name_of_two_entities_is_remarked_upon_and_an_unsure_one_is_not() -> None:
    first = Entity("a", "place", names("en", "Georgia"))
    assert about(first, Entity("b", "place", names("en", "GEORGIA")), kind="ambiguous") == [
        "GEORGIA: @a is called so too: give the less likely a confidence below 1, and `needs`"
    ]
    unsure = Entity("b", "place", (Name("Georgia", "en", 0.5),), needs=("tbilisi",))
    assert about(first, unsure, kind="ambiguous") == []


@pytest.mark.parametrize(
    ("entity", "kind", "expected"),
    [
        (Entity("eu", "organisation", names("en", "EU", "European Union")), "short", ["EU: so short a word"]),
        (Entity("eu", "organisation", (Name("EU", "en", exact=True),)), "short", []),
        (Entity("eu", "organisation", (Name("EU", "en", 0.5),), needs=("brussels",)), "short", []),
        (Entity("a", "place", names("en", "Aa Bb", "AA-BB")), "implied", ["AA-BB: stands among its en names twice"]),
        (Entity("a", "place", (*names("en", "Aa Bb"), *names("de", "Aa Bb"))), "implied", []),
        (Entity("a", "place", names("en", "Aa Cup", "Aa"), excluded=("aa cup",)), "never", ["Aa Cup: it holds"]),
        (
            Entity("a", "place", (Name("Aa", "en", 0.5),), needs=("a",)),
            "never",
            ["Aa: it needs only"],
        ),
        (Entity("a", "place", names("en", "Aa Bb"), needs=("Q99",)), "unknown", ["Q99: no entity or group"]),
        (Entity("a-river", "place", names("en", "Aa Bb"), needs=("a-rivers",)), "unknown", ["a-rivers: no entity"]),
        (Entity("a", "place", names("en", "Aa Bb"), needs=("@a",)), "unknown", ["@a: no entity"]),
        (Entity("a", "place", names("en", "Aa Bb"), needs=("build-up", "river")), "unknown", []),
    ],
)
def test_doubtful_names_and_needs_are_remarked_upon(entity: Entity, kind: str, expected: list[str]) -> None:
    found = about(entity, kind=kind)
    assert len(found) == len(expected)
    assert all(said.startswith(start) for said, start in zip(found, expected, strict=True)), found


@pytest.mark.parametrize(
    ("tests", "said"),
    [
        ((), ["it has no example"]),
        (EXAMPLES[:1], ["it has no example of what it must not flag", "its examples are all in one language (en)"]),
        (EXAMPLES[1:], ["it has no example of what it must flag", "its examples are all in one language (de)"]),
        (EXAMPLES, []),
    ],
)
def test_a_topic_that_its_examples_do_not_prove_is_remarked_upon(tests: tuple[TopicTest, ...], said: list[str]) -> None:
    found = lint_topics([Topic("t", "T", "aid", tests=tests, source="p.toml", line=3)], ENTITIES)
    assert [each.why for each in found] == said
    assert all(str(each).startswith("p.toml:3: topic t: ") for each in found)


def test_the_queries_of_signals_are_looked_through_too() -> None:
    signals = (Signal("grain OR grain", 1.0, line=9),)
    topic = Topic("t", "T", "aid", tests=EXAMPLES, signals=signals, threshold=0.5, source="p.toml")
    (found,) = lint_topics([topic], ENTITIES)
    assert str(found) == "p.toml:9: topic t: grain: stands here twice"


def test_a_remark_tells_the_line_of_its_term_where_only_one_can_be_meant() -> None:
    query = "title:(\n  loans\n  sanctions\n  sanction*\n) OR (\n  grain OR grain\n)"
    found = lint_topics([Topic("t", "T", query, tests=EXAMPLES, source="p.toml", line=10)], ENTITIES)
    assert [each.place for each in found] == ["p.toml:12", "p.toml:10"]


@pytest.mark.parametrize(
    ("signals", "threshold", "said"),
    [
        (
            (Signal("aid", 2), Signal("@nato", -1), Signal("trade", 1)),
            3.5,
            "bring 3 points at most, and 3.5 are",
        ),
        ((Signal("aid", 2), Signal("@nato", -1)), -1, "never decide: they bring -1 points at least"),
        ((Signal("aid", 2), Signal("@nato", 1), Signal("aid", 3)), 2, "aid: is a signal twice"),
        ((Signal("title:aid AND aid", 2), Signal("@nato", -1)), 1, ""),
    ],
)
def test_signals_that_can_decide_nothing_are_remarked_upon(
    signals: tuple[Signal, ...], threshold: float, said: str
) -> None:
    found = lint_topics([Topic("t", "T", "aid", tests=EXAMPLES, signals=signals, threshold=threshold)], ENTITIES)
    assert len(found) == bool(said)
    assert all(said in str(each) for each in found)


@pytest.mark.parametrize(
    "query",
    [
        "aid",
        "(aid OR trade) AND NOT @west",
        'title:"military aid" AND milit*',
        'exact:NASA OR exact:"Black Sea"',
        '"@nato aid"~5 AND lang:uk',
        "atleast:2(a b c) AND title:(a OR b)",
        "aid^3 AND published:[2021-12-01 TO *]",
    ],
)
def test_a_query_that_was_written_out_again_is_the_same_query(query: str) -> None:
    tree = parse(query, entities=ENTITIES)
    assert parse(write(tree), entities=ENTITIES) == tree


def test_a_long_list_is_written_out_in_part() -> None:
    assert write(parse("aa OR bb OR cc OR dd OR ee OR ff", entities=ENTITIES)) == "aa OR bb OR cc OR dd OR … 2 more"


# ── Whether one query implies another ───────────────────────────────────

WORDS = "war wars warm sanction sanctions aid black sea fleet salt nato alliance america NASA война войны".split()
WORD = st.sampled_from(WORDS)
PARTS = st.one_of(
    WORD.map(lambda word: Word(tokens(word)[0], word)),
    st.just(Word("nasa", "NASA", "NASA")),
    st.lists(WORD, min_size=2, max_size=3).map(lambda run: Phrase(tokens(" ".join(run)), " ".join(run))),
    st.sampled_from(["war", "warm", "san", "sanctio"]).map(lambda text: Prefix((text,), f"{text}*")),
    st.sampled_from([Prefix(("black", "sea"), "black-sea*"), Prefix(("aid", "war"), "aid-war*")]),
    st.sampled_from(["@nato", "@usa", "@west", "@black-sea", "@fleet", "@fight"]).map(
        lambda ref: EntityRef(ENTITIES.find(ref[1:]), ref)
    ),
)


def near(parts: list[Part]) -> st.SearchStrategy[Query]:
    different = tuple(dict.fromkeys(parts))
    if len(different) < 2:
        return PARTS
    return st.integers(0, 3).map(lambda distance: Near(different, distance, "near"))


NEARS = st.lists(PARTS, min_size=2, max_size=3).flatmap(near)
VALUES = st.sampled_from(
    [Value("lang", "en"), Value("lang", "ru"), Value("site", "exa", prefix=True), Value("site", "example.org")]
)
TEXTS = st.recursive(
    st.one_of(PARTS, PARTS, NEARS),
    lambda below: st.one_of(
        st.lists(below, min_size=2, max_size=3).map(lambda trees: And(tuple(trees))),
        st.lists(below, min_size=2, max_size=3).map(lambda trees: Or(tuple(trees))),
        below.map(Not),
        below.map(lambda tree: Boost(tree, 2.0)),
        st.builds(AtLeast, st.integers(0, 2), st.lists(below, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=4,
)
FIELDS = st.builds(Field, st.sampled_from(["title", "lead", "body"]), TEXTS)
TREES = st.recursive(
    st.one_of(TEXTS, TEXTS, FIELDS, VALUES),
    lambda below: st.one_of(
        st.lists(below, min_size=2, max_size=3).map(lambda trees: And(tuple(trees))),
        st.lists(below, min_size=2, max_size=3).map(lambda trees: Or(tuple(trees))),
        below.map(Not),
        st.builds(AtLeast, st.integers(1, 2), st.lists(below, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=3,
)
PROSE = st.lists(WORD, max_size=6).map(" ".join)
ARTICLES = st.builds(
    lambda title, lead, body, language, url: Article(
        1, "k", url, title=title, text=f"{lead}\n\n{body}", language=language
    ),
    PROSE,
    PROSE,
    PROSE,
    st.sampled_from(["en", "ru", "de", ""]),
    st.sampled_from(["https://example.org/war", "https://news.example.org/", "https://other.net/"]),
)


def find_false(trees: list[Query], articles: list[Article]) -> list[tuple[str, str, Article]]:
    """What is taken to imply something that an article proves it does not."""
    books = [(tree, compile_query(tree, ENTITIES)) for tree in trees]
    held = {
        (place, number)
        for place, (_, book) in enumerate(books)
        for number, article in enumerate(articles)
        if match_query(article, book) is not None
    }
    return [
        (write(a), write(b), article)
        for place, (a, _) in enumerate(books)
        for other, (b, _) in enumerate(books)
        for number, article in enumerate(articles)
        if (place, number) in held and (other, number) not in held and implies(a, b, ENTITIES)
    ]


@pytest.mark.slow
@examples(200)
@given(st.lists(TREES, min_size=2, max_size=5), st.lists(ARTICLES, min_size=1, max_size=6))
def test_what_implies_another_query_never_matches_without_it(trees: list[Query], articles: list[Article]) -> None:
    assert find_false(trees, articles) == []


FEW = "war wars arme armes aid black sea".split()
FEW_PARTS = st.one_of(
    st.sampled_from(FEW).map(lambda word: Word(word, word)),
    st.lists(st.sampled_from(FEW), min_size=2, max_size=3).map(lambda run: Phrase(tuple(run), " ".join(run))),
    st.sampled_from(["war", "arm", "arme"]).map(lambda text: Prefix((text,), f"{text}*")),
    st.sampled_from(["@fight", "@black-sea"]).map(lambda ref: EntityRef(ENTITIES.find(ref[1:]), ref)),
)
FEW_NEARS = st.lists(FEW_PARTS, min_size=2, max_size=3, unique=True).flatmap(
    lambda parts: st.integers(0, 2).map(lambda distance: Near(tuple(parts), distance, "near"))
)
SHORT = st.builds(
    lambda words, language: Article(1, "k", "", text=" ".join(words), language=language),
    st.lists(st.sampled_from(FEW), min_size=1, max_size=5),
    st.sampled_from(["en", "de", "fr", "ru", ""]),
)


@pytest.mark.slow
@examples(150)
@given(st.lists(st.one_of(FEW_PARTS, FEW_NEARS), min_size=4, max_size=8), st.lists(SHORT, min_size=6, max_size=12))
def test_terms_that_imply_others_never_stand_without_them(parts: list[Query], articles: list[Article]) -> None:
    assert find_false(parts, articles) == []


@examples(200)
@given(TREES)
@pytest.mark.slow
def test_every_query_implies_itself_and_any_choice_that_it_is_part_of(tree: Query) -> None:
    assert implies(tree, tree, ENTITIES)
    assert implies(tree, Or((Word("x"), tree)), ENTITIES)
    assert implies(And((Word("x"), tree)), tree, ENTITIES)


@examples(200)
@given(st.lists(st.one_of(TREES, FEW_PARTS), min_size=2, max_size=6))
def test_whatever_is_implied_is_found_on_the_shelf(trees: list[Query]) -> None:
    shelf = shelve(trees, ENTITIES)
    for a in trees:
        worthy = set(worthy_of(a, shelf, ENTITIES))
        assert {place for place, b in enumerate(trees) if implies(a, b, ENTITIES)} <= worthy


def test_times_imply_wider_times() -> None:
    narrow, wide = (parse(f"published:{when}", entities=ENTITIES) for when in ("2021-12", "[2021 TO 2022]"))
    assert isinstance(narrow, Range)
    assert implies(narrow, wide, ENTITIES)
    assert not implies(wide, narrow, ENTITIES)

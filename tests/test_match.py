"""Articles match the topics that ask for them, with evidence that stands where it is said to stand."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product

import pytest
from drawn import examples
from hypothesis import assume, given
from hypothesis import strategies as st
from made_queries import ARTICLES, ENTITIES, LEAVES, TREES, ZONED, spell

from monitor.errors import QueryError
from monitor.model import Article, Entity, Evidence, Match, Name, Topic
from monitor.think.entities import Entities, index_entities
from monitor.think.judge import Verdict, judge
from monitor.think.language import tokens
from monitor.think.match import Compiled, compile_query, compile_topics, match, match_query, read
from monitor.think.query import parse
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

NONE = index_entities([])
STORY = Article(
    1,
    "https://news.example.org/a",
    "https://news.example.org/world/grain-deal-2",
    title="Grain Deal: Ports Reopen",
    text="Ships left the port of Odesa on Friday.\n\nThe grain deal holds, said NASA's port watch. Grain, grain.",
    site="Example News",
    feeds=("wire-en", "front"),
    tags=("Food",),
    countries=("UA",),
    kinds=("agency",),
    language="en",
    authors=("Jane Doe", "John Roe"),
    published_at=datetime(2021, 12, 1, 23, 59, tzinfo=UTC),
    story_id=17,
)


def ask(query: str, article: Article = STORY, entities: Entities = NONE) -> tuple[Evidence, ...] | None:
    return match_query(article, compile_query(parse(query, entities=entities), entities))


def brief(query: str, article: Article = STORY) -> list[tuple[str, str, str]]:
    return [(each.label, each.zone, each.found) for each in ask(query, article) or ()]


@pytest.mark.parametrize(
    "query",
    [
        "grain",
        "PÓRT AND odesa",
        '"grain deal"',
        '"deal ports"',
        '"port of odesa" AND reopen*',
        "shi* OR nothing",
        '"ships odesa"~4',
        '"odesa ships"~4',
        "exact:NASA",
        'exact:"Grain Deal"',
        "grain AND NOT wheat",
        "grain -wheat",
        "+grain wheat",
        "atleast:2(grain wheat port)",
        "title:grain AND lead:ships AND body:holds",
        "body:ships",
        "title:(grain AND ports)",
        "url:grain-deal",
        "url:world",
        'author:"jane doe"',
        "author:(doe AND roe)",
        "site:example.org",
        "site:news.example.org",
        'site:"example news"',
        "feed:wire-en AND feed:front",
        "feed:wire*",
        "tag:food AND country:ua AND kind:agency AND lang:en",
        "story:17",
        "published:2021-12-01",
        "published:[2021-12-01 TO 2021-12-01]",
        "published:>2021-11-30 AND published:<2022",
    ],
)
def test_an_article_that_holds_what_is_asked_matches(query: str) -> None:
    assert ask(query)


@pytest.mark.parametrize(
    "query",
    [
        "grai",
        "rain",
        '"deal grain"',
        '"reopen ships"',
        '"friday the"~0 AND nothing',
        '"ships odesa"~3',
        '"reopen ships"~9',
        "exact:nasa",
        'exact:"Grain deal"',
        "grain AND NOT port",
        "grain -port",
        "+wheat grain",
        "atleast:2(grain wheat barley)",
        "title:ships",
        "lead:grain",
        "body:reopen",
        "url:deal-grain",
        'author:"doe john smith"',
        "site:ample.org",
        "site:org.example",
        "feed:wire",
        "lang:uk",
        "story:1",
        "topic:grain",
        "published:2021-12-02",
        "published:{2021-12-01 TO *]",
    ],
)
def test_an_article_that_does_not_hold_it_does_not(query: str) -> None:
    assert ask(query) is None


def test_evidence_says_what_was_found_where() -> None:
    assert brief("Deal AND exact:NASA") == [
        ("Deal", "title", "Deal"),
        ("Deal", "body", "deal"),
        ("NASA", "body", "NASA"),
    ]
    assert brief("lead:ships AND site:example.org AND published:2021") == [
        ("ships", "lead", "Ships"),
        ("site:example.org", "site", "example.org"),
        ("published:2021", "published", "2021-12-01T23:59:00+00:00"),
    ]
    assert brief('"ships odesa"~4') == [("ships odesa", "lead", "Ships left the port of Odesa")]


def test_evidence_of_a_short_field_stands_in_that_field() -> None:
    (found,) = ask("url:grain-deal") or ()
    assert (found.zone, STORY.url[found.start : found.end], found.found) == ("url", "grain-deal", "grain-deal")


def test_three_pieces_of_evidence_of_a_kind_are_enough() -> None:
    text = "war " * 50 + "\n\n" + "war " * 50
    found = ask("war", Article(1, "", "", title="war " * 9, text=text)) or ()
    assert [each.zone for each in found] == ["title"] * 3 + ["lead"] * 3 + ["body"] * 3
    assert [each.start for each in found] == [0, 4, 8, 0, 4, 8, 202, 206, 210]


def test_what_must_not_be_there_is_never_evidence() -> None:
    assert {label for label, _, _ in brief("grain AND NOT (wheat AND port)")} == {"grain"}
    assert {label for label, _, _ in brief("grain AND (wheat OR NOT barley)")} == {"grain"}


def test_weights_multiply() -> None:
    assert [each.weight for each in ask("title:(grain^2 OR ports)^3") or ()] == [6.0, 3.0]


def test_an_article_without_a_text_is_read_by_what_its_feed_says() -> None:
    assert ask("wheat", Article(1, "", "", content="Wheat rises.", summary="Corn"))
    assert ask("corn", Article(1, "", "", summary="Corn"))
    assert ask("corn", Article(1, "", "", text="Wheat", summary="Corn")) is None


def test_the_lead_ends_with_the_first_paragraph() -> None:
    article = Article(1, "", "", title="zero", text="one two\n\nthree")
    assert [ask(f"lead:{word}", article) is not None for word in tokens("zero one two three")] == [
        False,
        True,
        True,
        False,
    ]
    assert [ask(f"body:{word}", article) is not None for word in tokens("zero one two three")] == [
        False,
        True,
        True,
        True,
    ]


def test_text_in_scripts_without_spaces_is_searched_for_any_run_of_letters() -> None:
    article = Article(1, "", "", title="俄罗斯总统普京", text="러시아는 오늘")
    assert brief("罗斯总统", article) == [("罗斯总统", "title", "罗斯总统")]
    assert brief("러시아", article) == [("러시아", "lead", "러시아")]


@pytest.mark.slow
def test_names_that_were_decomposed_or_stretched_are_quoted_as_they_stand() -> None:
    assert brief("россия", Article(1, "", "", title="«Россия\u0301» и Straße")) == [("россия", "title", "Россия\u0301")]
    assert brief("strasse", Article(1, "", "", title="½ Straße!")) == [("strasse", "title", "Straße")]


def topic(name: str, query: str, severity: str = "normal") -> Topic:
    return Topic(name, name.title(), query, severity)


def matched(topics: list[Topic], article: Article = STORY, entities: Entities = NONE) -> list[str]:
    return [each.topic for each in match(article, compile_topics(topics, entities))]


def test_each_topic_that_an_article_matches_is_told_with_its_severity() -> None:
    compiled = compile_topics([topic("a", "grain"), topic("b", "wheat"), topic("c", "port", "high")], NONE)
    matches = match(STORY, compiled)
    assert [(each.topic, each.severity, each.score) for each in matches] == [("a", "normal", 1.0), ("c", "high", 1.0)]
    assert all(isinstance(each, Match) and each.evidence and each.version for each in matches)


def test_the_version_of_a_rule_changes_with_what_it_matches_and_not_with_its_layout() -> None:
    def version(query: str, entities: Entities = ENTITIES) -> str:
        return compile_topics([topic("a", query)], entities).rules[0].version

    assert version("grain  AND\n(port)") == version("grain AND port")
    assert version("grain AND port") != version("grain OR port")
    assert version("exact:Grain") != version("exact:GRAIN")
    renamed = index_entities([Entity("sea", "place", (Name("Azov Sea", "en"),))])
    assert version("@sea") != version("@sea", renamed)
    assert version("grain") == version("grain", renamed)


def test_a_topic_can_stand_on_another() -> None:
    topics = [
        topic("food", "grain OR wheat"),
        topic("ports", "topic:food AND port"),
        topic("war", "topic:ports AND war"),
    ]
    assert matched(topics) == ["food", "ports"]
    assert matched([topic("far", "grain AND NOT topic:near"), topic("near", "port")]) == ["near"]


@pytest.mark.parametrize(
    ("queries", "said"),
    [
        ({"a": "topic:b"}, "no topic 'b'"),
        ({"a": "grain AND topic:a"}, "asks for itself"),
        ({"a": "topic:b", "b": "topic:c", "c": "grain OR topic:a"}, "asks for itself"),
        ({"a": "grain OR story:17"}, "archive only"),
        ({"a": "port", "b": "grain AND"}, "topic b"),
    ],
)
def test_a_topic_that_could_not_be_obeyed_is_refused_by_name(queries: dict[str, str], said: str) -> None:
    with pytest.raises(QueryError, match=said):
        compile_topics([topic(name, query) for name, query in queries.items()], NONE)


def test_the_archive_is_asked_for_what_its_articles_matched() -> None:
    compiled = compile_query(parse("topic:grain AND port", entities=NONE), NONE)
    assert match_query(STORY, compiled) is None
    assert match_query(STORY, compiled, frozenset({"Grain"}))


def test_topics_without_a_word_are_put_to_every_article() -> None:
    topics = [topic("a", "published:2021"), topic("b", "feed:wir*"), topic("c", "author:roe")]
    assert matched(topics) == ["a", "b", "c"]
    assert matched(topics, Article(2, "", "")) == []


def test_no_topics_match_nothing() -> None:
    assert match(STORY, compile_topics([], NONE)) == ()


def judged(article: Article, compiled: Compiled) -> Verdict:
    """The verdict of the first rule."""
    return judge(compiled.rules[0].tree, read(article, compiled))


def test_a_verdict_says_which_clauses_hold() -> None:
    compiled = compile_topics(
        [topic("a", 'grain AND NOT port AND (wheat OR title:deal^2) AND "ports friday"~1 AND url:world')], NONE
    )
    assert show(judged(STORY, compiled)) == [
        "- all of",
        "+  grain",
        "-  not",
        "+   port",
        "+  any of",
        "-   wheat",
        "+   title:",
        "+    deal",
        "-  ports friday",
        "+  url:world",
    ]


def test_a_verdict_on_a_query_of_the_archive_carries_its_evidence() -> None:
    verdict = judged(STORY, compile_query(parse("atleast:2(grain wheat port)", entities=NONE), NONE))
    assert verdict.held
    assert verdict.label == "at least 2 of"
    assert [bool(child.evidence) for child in verdict.children] == [True, False, True]


def show(verdict: Verdict, depth: int = 0) -> list[str]:
    line = f"{'+' if verdict.held else '-'} {' ' * depth}{verdict.label}"
    return [line, *(below for child in verdict.children for below in show(child, depth + 1))]


# What follows holds the engine to a plain reading of the language, on queries and articles made up at random.


class Plain:
    """The language, read word by word: sections of (token, zone, written)."""

    def __init__(self, article: Article) -> None:
        self.language = article.language
        lead = len(tokens(article.lead))
        title = [("title", token) for token in tokens(article.title)]
        text = [("lead" if place < lead else "body", token) for place, token in enumerate(tokens(article.text))]
        self.words = [*title, ("border", "|"), *text]
        self.written = [*written(article.title), "|", *written(article.text)]

    def runs(self, words: tuple[str, ...], *, prefix: bool = False) -> Iterator[tuple[int, int]]:
        said = [token for _, token in self.words]
        for start in range(len(said) - len(words) + 1):
            run = said[start : start + len(words)]
            if run[:-1] == list(words[:-1]) and (run[-1] == words[-1] or (prefix and run[-1].startswith(words[-1]))):
                yield start, start + len(words)

    def mentions(self, ids: tuple[str, ...]) -> set[tuple[int, int]]:
        sure, unsure = set(), set()
        for entity in ENTITIES.by_id.values():
            barred = [span for phrase in entity.excluded for span in self.runs(tokens(phrase))]
            for name in entity.names:
                for start, end in self.runs(tokens(name.text)):
                    if not any(start < b and a < end for a, b in barred):
                        doubtful = name.confidence < 1 and entity.needs
                        (unsure if doubtful else sure).add((entity.id, start, end))
        known = {id_ for id_, _, _ in self.outermost(sure)}
        for id_, start, end in unsure:
            needs = ENTITIES.by_id[id_].needs
            if any(set(ENTITIES.find(need)) & known - {id_} for need in needs) or any(
                list(self.runs(tokens(need))) for need in needs if not ENTITIES.find(need)
            ):
                sure.add((id_, start, end))
        return {(start, end) for id_, start, end in self.outermost(sure) if id_ in ids}

    @staticmethod
    def outermost(spans: set[tuple[str, int, int]]) -> set[tuple[str, int, int]]:
        return {
            (id_, start, end)
            for id_, start, end in spans
            if not any(a <= start and end <= b and (a, b) != (start, end) for _, a, b in spans)
        }

    def spots(self, leaf: Query, zone: str) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        if isinstance(leaf, Word):
            found = [span for span in self.runs((leaf.token,)) if leaf.exact in {"", self.written[span[0]]}]
        elif isinstance(leaf, Phrase | Prefix):
            found = list(self.runs(leaf.words, prefix=isinstance(leaf, Prefix)))
        elif isinstance(leaf, EntityRef):
            found = list(self.mentions(leaf.ids))
        zones = {"title": {"title"}, "lead": {"lead"}, "body": {"lead", "body"}}.get(zone, {"title", "lead", "body"})
        return [(a, b) for a, b in found if {self.words[place][0] for place in range(a, b)} <= zones]

    def near(self, leaf: Near, zone: str) -> bool:
        for chosen in product(*(self.spots(part, zone) for part in leaf.parts)):
            ordered = sorted(chosen)
            apart = all(ordered[n][1] <= ordered[n + 1][0] for n in range(len(ordered) - 1))
            between = ordered[-1][0] - ordered[0][1]
            sides = {self.words[start][0] == "title" for start, _ in chosen}
            if apart and between <= leaf.distance and len(sides) == 1:
                return True
        return False

    def holds(self, tree: Query, zone: str = "") -> bool:
        if isinstance(tree, And | Or | AtLeast):
            count = sum(self.holds(child, zone) for child in tree.children)
            return count >= (len(tree.children) if isinstance(tree, And) else 1 if isinstance(tree, Or) else tree.count)
        if isinstance(tree, Not | Boost):
            return self.holds(tree.child, zone) == isinstance(tree, Boost)
        if isinstance(tree, Field):
            return self.holds(tree.child, tree.name)
        if isinstance(tree, Near):
            return self.near(tree, zone)
        return self.language == tree.value if isinstance(tree, Value) else bool(self.spots(tree, zone))


def written(text: str) -> list[str]:
    """The words as they stand, for the little alphabet of these articles."""
    return [word for part in text.replace("'s", " ").replace(",", " ").split() for word in part.split("-") if word]


@examples(300)
@given(TREES, ARTICLES)
@pytest.mark.slow
def test_a_query_matches_what_a_plain_reading_of_it_would(tree: Query, article: Article) -> None:
    plain = Plain(article)
    evidence = match_query(article, compile_query(tree, ENTITIES))
    assert (evidence is not None) == plain.holds(tree)
    for each in evidence or ():
        if each.zone == "lang":
            continue
        assert (article.title if each.zone == "title" else article.text)[each.start : each.end] == each.found
        assert each.found
        if each.zone != "title":
            assert (each.start < len(article.lead)) == (each.zone == "lead")


@examples(200)
@given(TREES, ARTICLES)
def test_a_query_that_is_not_refused_is_read_as_it_was_meant(tree: Query, article: Article) -> None:
    read = understood(tree)
    assume(isinstance(read, Query))
    assert Plain(article).holds(read) == Plain(article).holds(tree)


@examples(200)
@given(st.lists(st.one_of(LEAVES, LEAVES.map(Not), ZONED), min_size=2, max_size=4), ARTICLES)
def test_what_is_refused_as_impossible_matches_nothing(clauses: list[Query], article: Article) -> None:
    tree = And(tuple(clauses))
    if "never match" in str(understood(tree)):
        assert not Plain(article).holds(tree)


def understood(tree: Query) -> Query | QueryError:
    try:
        return parse(spell(tree), entities=ENTITIES)
    except QueryError as fault:
        return fault


@examples(100)
@given(st.lists(TREES, min_size=1, max_size=12), ARTICLES)
@pytest.mark.slow
def test_many_topics_at_once_match_as_each_would_alone(trees: list[Query], article: Article) -> None:
    topics = []
    for number, tree in enumerate(trees):
        if not isinstance(understood(tree), QueryError):
            topics.append((topic(f"t{number}", spell(tree)), tree))
    expected = [each.name for each, tree in topics if Plain(article).holds(tree)]
    assert matched([each for each, _ in topics], article, ENTITIES) == expected


@examples(100)
@given(TREES, ARTICLES)
def test_a_verdict_agrees_with_the_match(tree: Query, article: Article) -> None:
    compiled = compile_query(tree, ENTITIES)
    assert judged(article, compiled).held == (match_query(article, compiled) is not None)

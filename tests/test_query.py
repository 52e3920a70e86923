"""A query is understood as its author meant it, or refused with the place of the fault and what to do about it."""

import re
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.errors import QueryError
from monitor.model import Entity, Name
from monitor.think.entities import index_entities
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
    Range,
    Value,
    Word,
)

ENTITIES = index_entities(
    [
        Entity("nato", "organisation", (Name("NATO", "en"),), qid="Q7184", groups=("west",)),
        Entity("russia", "place", (Name("Russia", "en"),), qid="Q159", groups=("east",)),
        Entity("lavrov", "person", (Name("Lavrov", "en"),), qid="Q58217", groups=("east", "russia")),
    ]
)
A, B, C, D = Word("a"), Word("b"), Word("c"), Word("d")
AID = Phrase(("military", "aid"))


def read(text: str) -> Query:
    return parse(text, entities=ENTITIES)


def refusal(text: str) -> QueryError:
    with pytest.raises(QueryError) as refused:
        read(text)
    return refused.value


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("Sanctions", Word("sanctions")),
        ('"Military Aid"', AID),
        ("F-16", Phrase(("f", "16"))),
        ("Russia's", Word("russia")),
        ('"NATO"', Word("nato")),
        ("пам’ять", Word("память")),
        ("俄罗斯", Phrase(("俄", "罗", "斯"))),
        ("milit*", Prefix(("milit",))),
        ("anti-rus*", Prefix(("anti", "rus"))),
        (r"\@nato", Word("nato")),
        (r"what\?", Word("what")),
        ('"what now?"', Phrase(("what", "now"))),
        ("exact:NASA", Word("nasa", exact="NASA")),
        ('exact:"The  Hague"', Phrase(("the", "hague"), exact="The Hague")),
        ('exact:"C++"', Word("c", exact="C")),
        ('exact:(NASA OR "ESA")', Or((Word("nasa", exact="NASA"), Word("esa", exact="ESA")))),
        ("@nato", EntityRef(("nato",))),
        ("@Q58217", EntityRef(("lavrov",))),
        ("@q58217", EntityRef(("lavrov",))),
        ("@russia", EntityRef(("lavrov", "russia"))),
        ("@EAST", EntityRef(("lavrov", "russia"))),
        ('"aid ukraine"~5', Near((Word("aid"), Word("ukraine")), 5)),
        ('"@nato @lavrov"~15', Near((EntityRef(("nato",)), EntityRef(("lavrov",))), 15)),
        ('"milit* F-16"~0', Near((Prefix(("milit",)), Phrase(("f", "16"))), 0)),
        ('"aid - ukraine"~5', Near((Word("aid"), Word("ukraine")), 5)),
        ("a^2.5", Boost(A, 2.5)),
        ("(a OR b)^3", Boost(Or((A, B)), 3.0)),
    ],
)
def test_each_form_asks_for_what_it_says(text: str, tree: Query) -> None:
    assert read(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a AND b AND c", And((A, B, C))),
        ("a OR b OR c", Or((A, B, C))),
        ("a AND (b OR c) AND NOT d", And((A, Or((B, C)), Not(D)))),
        ("a AND -d", And((A, Not(D)))),
        ("a b", Or((A, B))),
        ("a b -d", And((Or((A, B)), Not(D)))),
        ("a NOT d", And((A, Not(D)))),
        ("+a -d", And((A, Not(D)))),
        ("+a +b", And((A, B))),
        ("+a b c", And((A, AtLeast(0, (B, C))))),
        ("+a", A),
        ("  ( a )  ", A),
        ("a AND (b OR NOT c)", And((A, Or((B, Not(C)))))),
        ("atleast:2(a b c)", AtLeast(2, (A, B, C))),
        ("atleast:2 (a b (c OR d))", AtLeast(2, (A, B, Or((C, D))))),
        ("a AND atleast:2(b c)^3", And((A, Boost(AtLeast(2, (B, C)), 3.0)))),
        ("atleast:1(a)", AtLeast(1, (A,))),
        ('"atleast:2(" AND a', And((Phrase(("atleast", "2")), A))),
    ],
)
def test_terms_are_joined_as_users_of_lucene_expect(text: str, tree: Query) -> None:
    assert read(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("title:a", Field("title", A)),
        ("title:(a OR b)", Field("title", Or((A, B)))),
        ('lead:"military aid"', Field("lead", AID)),
        ('body:"@nato a"~3', Field("body", Near((EntityRef(("nato",)), A), 3))),
        ("title:exact:NASA", Field("title", Word("nasa", exact="NASA"))),
        ("title:atleast:2(a b c)", Field("title", AtLeast(2, (A, B, C)))),
        ("url:sport", Field("url", Word("sport"))),
        ('author:"Jane Doe"', Field("author", Phrase(("jane", "doe")))),
        ("site:www.Example.ORG", Value("site", "example.org")),
        ("feed:wire-*", Value("feed", "wire-", prefix=True)),
        ("lang:(uk OR ru)", Or((Value("lang", "uk"), Value("lang", "ru")))),
        ('tag:"Front Line"', Value("tag", "front line")),
        ("country:UA kind:agency", Or((Value("country", "ua"), Value("kind", "agency")))),
        ("topic:grain story:17", Or((Value("topic", "grain"), Value("story", "17")))),
    ],
)
def test_fields_are_asked_for_what_they_hold(text: str, tree: Query) -> None:
    assert read(text) == tree


def day(year: int, month: int = 1, date: int = 1, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, date, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("[2021-12-01 TO *]", day(2021, 12), None),
        ("[* TO 2021-12-31]", None, day(2022)),
        ("[2021-12-01 TO 2021-12-01]", day(2021, 12), day(2021, 12, 2)),
        ("{2021-12-01 TO 2021-12-31}", day(2021, 12, 2), day(2021, 12, 31)),
        ("2021", day(2021), day(2022)),
        ("2021-12", day(2021, 12), day(2022)),
        ("2021-02", day(2021, 2), day(2021, 3)),
        ("2021-12-01", day(2021, 12), day(2021, 12, 2)),
        ("2021-12-01T10:30", day(2021, 12, 1, 10, 30), day(2021, 12, 1, 10, 31)),
        ("2021-12-01T10:30:05Z", day(2021, 12, 1, 10, 30, 5), day(2021, 12, 1, 10, 30, 6)),
        ('"2021-12-01T10:30:00+02:00"', day(2021, 12, 1, 8, 30), day(2021, 12, 1, 8, 30, 1)),
        (">=2021-12-01", day(2021, 12), None),
        (">2021-12-01", day(2021, 12, 2), None),
        ("<=2021-12-01", None, day(2021, 12, 2)),
        ("<2021-12-01", None, day(2021, 12)),
    ],
)
def test_a_time_of_publication_means_all_of_the_day_month_or_year(
    text: str, low: datetime | None, high: datetime | None
) -> None:
    assert read(f"published:{text}") == Range(low, high)


def test_what_was_written_is_what_evidence_will_be_called() -> None:
    tree = read('Sanctions AND "Military Aid" AND milit* AND @NATO AND "aid @nato"~5 AND published:2021')
    assert isinstance(tree, And)
    labels = [child.label for child in tree.children if not isinstance(child, Or | And | Not | AtLeast | Boost | Field)]
    assert labels == ["Sanctions", "Military Aid", "milit*", "@NATO", "aid @nato", "published:2021"]


@pytest.mark.parametrize(
    ("text", "position", "said", "hint"),
    [
        ("", 0, "empty", ""),
        (" \n ", 0, "empty", ""),
        ("a AND", 5, "too soon", "follow"),
        ("a AND (b", 6, "never closed", ")"),
        ("a) AND b", 1, "closes none", "remove"),
        ('a AND "b', 6, "quote", '"'),
        ("a AND \\", 6, "backslash", "\\\\"),
        ("a AND 'b'", 6, "cannot begin with '", "double quotes"),
        ("a AND ~5", 6, "makes no sense", "…"),
        ("a AND )b(", 6, "closes none", "remove"),
        ("a AND b OR c", 0, "mixed", "parentheses"),
        ("a b AND c", 2, "mixed", "parentheses"),
        ("a AND b -c", 6, "mixed", "parentheses"),
        ("+a AND b", 0, "+ beside AND", "+a +b"),
        ("a and b", 2, "operator", "AND"),
        ("a or b", 2, "operator", "OR"),
        ("a && b", 2, "operator", "AND"),
        ("a !b", 2, "operator", "NOT"),
        ("a --b", 2, "Two signs", "keep one"),
        ("NOT NOT a", 0, "Two signs", "keep one"),
        ('a"b c"', 1, "quote within", "space"),
        ("a\x00b", 1, "control", "remove"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_stands(text: str, position: int, said: str, hint: str) -> None:
    fault = refusal(text)
    assert said in str(fault)
    assert hint in fault.hint
    assert fault.position == position
    assert fault.permanent


@pytest.mark.parametrize(
    ("text", "position", "said", "hint"),
    [
        ("a AND titel:b", 6, "'titel'", "title:"),
        ("frobnicate:b", 0, "'frobnicate'", "published"),
        ("title:(lead:a)", 7, "within title:", "AND"),
        ("title:lang:uk", 6, "within title:", "AND"),
        ("exact:lang:uk", 6, "within exact:", "lang:exact:"),
        ("lang:exact:uk", 5, "within lang:", "remove"),
        ("a AND @natoo", 6, "'natoo'", "@nato"),
        ("@zzzzzz", 0, "'zzzzzz'", "no topic pack"),
        ("@", 0, "entity", ""),
        ('"@nato summit"', 1, "entity in a phrase", "~5"),
        ("author:@nato", 7, "No entity", "title:"),
        ('url:"@nato x"~5', 5, "No entity", "title:"),
        ("exact:@nato", 6, "No entity", ""),
        ("atleast:x", 0, "atleast:", "atleast:2("),
        ("atleast:3(a b)", 0, "can never be", "1 to 2"),
        ("atleast:0(a b)", 0, "can never be", "1 to 2"),
        ("atleast:1(a -b)", 10, "plain list", "atleast:"),
        ("atleast:1(a AND b)", 10, "plain list", "atleast:"),
        ("atleast:1(a a)", 10, "twice", "remove"),
        ("site:example.org/sport", 5, "site:", "url:"),
        ("lang:russian", 5, "lang:", "uk"),
        ("country:ukraine", 8, "country:", "ua"),
        ("story:first", 6, "story:", "number"),
        ("feed:a*", 5, "prefix", "full"),
        ("feed:a*b", 5, "*", "\\"),
        ("published:yesterday", 10, "'yesterday'", "2021-12-01"),
        ("published:2021-13-01", 10, "no date", "month"),
        ("published:9999", 10, "no date", ""),
        ("published:[2022 TO 2021]", 10, "No time", "earlier"),
        ("published:[* TO *]", 10, "without any bound", "2021"),
        ("published:[-5 TO *]", 11, "from a date", "TO"),
        ("title:[a TO b]", 6, "published:", "2021"),
        ("[a TO b]", 0, "published:", "2021"),
        (">5", 0, "published:", "2021"),
    ],
)
def test_unknown_fields_entities_and_values_are_refused_with_the_likely_one(
    text: str, position: int, said: str, hint: str
) -> None:
    fault = refusal(text)
    assert said in str(fault)
    assert hint in fault.hint
    assert fault.position == position


@pytest.mark.parametrize(
    ("text", "position", "said"),
    [
        ("mi*", 0, "3 letters"),
        ("俄罗*", 0, "3 letters"),
        ("*", 0, "3 letters"),
        ("a AND *", 6, "3 letters"),
        ("*tary", 0, "end of a word"),
        ("mil*ary", 0, "end of a word"),
        ("militar?", 0, "end of a word"),
        ("exact:milit*", 6, "end of a word"),
        ('"milit* aid"', 6, "No wildcards"),
        ("roam~", 0, "Fuzzy"),
        ("roam~2", 0, "Fuzzy"),
        ("a AND /b.*/", 6, "Regular expressions"),
        ('"a b"~', 0, "number of words"),
        ('"a b"~1.5', 5, "malformed number"),
        ('"a b"~500', 0, "up to 200"),
        ('"a"~5', 0, "two different words"),
        ('"a a"~5', 0, "two different words"),
        ("lang:" + '"a b"~5', 5, "in the text"),
        ("a^", 0, "0.01 to 100"),
        ("a^0", 0, "0.01 to 100"),
        ("a^1000", 0, "0.01 to 100"),
        ("a^1.2.3", 1, "malformed number"),
        ("a^2^3", 0, "once"),
    ],
)
def test_what_the_language_does_not_have_is_refused_and_never_ignored(text: str, position: int, said: str) -> None:
    fault = refusal(text)
    assert said in str(fault)
    assert fault.hint
    assert fault.position == position


@pytest.mark.parametrize(
    "text",
    [
        '""',
        '"…"',
        "???",
        "a AND ...",
        "NOT a",
        "-a -b",
        "NOT (a AND b)",
        "a OR NOT b",
        "a AND NOT a",
        "+a -a",
        "A AND NOT a",
        "a AND (b AND NOT a)",
        "a AND NOT (a OR b)",
        '"military aid" AND NOT aid',
        "military AND NOT milit*",
        '"aid ukraine"~5 AND NOT ukraine',
        "@lavrov AND NOT @east",
        "@nato AND NOT @Q7184",
        "(a OR b) AND NOT a AND NOT b",
        "atleast:2(a b) AND NOT a",
        "title:a AND NOT a",
        "exact:NASA AND NOT nasa",
        "a^2 AND NOT a",
        "lang:uk AND lang:ru",
        "published:2021 AND published:2023",
    ],
)
def test_a_query_that_can_never_match_or_would_match_nearly_all_is_refused(text: str) -> None:
    assert refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "a AND NOT title:a",
        "url:sport AND NOT sport",
        'aid AND NOT "military aid"',
        "@east AND NOT @lavrov",
        "nasa AND NOT exact:nasa",
        "milit* AND NOT military",
        "feed:wire AND feed:post",
        "published:>=2021 AND published:<2023",
        "(a OR b) AND NOT a",
    ],
)
def test_a_query_that_can_match_is_not_refused_for_looking_odd(text: str) -> None:
    assert read(text)


ODD = st.text(
    st.sampled_from("ab \"\\()[]{}:~^*?@+-!&|/<>=.,'0129\n\tñй\x01俄") | st.characters(),
    max_size=30,
)
PIECES = st.lists(
    st.sampled_from(
        ["a", "bcd", "AND", "OR", "NOT", "(", ")", '"a b"', '"', "~5", "^2", "title:", "atleast:2(", "@nato", "-", "+",
         "exact:", "published:", "[2021 TO *]", "milit*", "lang:uk", "TO", "\\", "/x/", ">=", "*"]
    ),
    max_size=12,
)  # fmt: skip


@settings(deadline=None)
@given(ODD | PIECES.map(" ".join) | PIECES.map("".join))
@example("\x01tleast2:(a b)")
@example("title:" * 3000 + "a")
@example("exact:" * 3000 + "a")
@example("(" * 3000 + "a" + ")" * 3000)
@example("a^" + "9" * 6000)
@example('"a b"~' + "9" * 6000)
@example("NOT " * 3000 + "a")
@example("-" * 3000 + "a")
@example("a" + "^2" * 3000)
@example("a^2" * 3000)
@example("\ud800 AND \U0010ffff")
def test_whatever_is_typed_is_a_query_or_a_fault_within_the_text(text: str) -> None:
    fault = refused(text)
    assert fault is None or 0 <= fault.position <= len(text)
    assert fault is None or "\x01" not in str(fault)


def refused(text: str) -> QueryError | None:
    try:
        read(text)
    except QueryError as fault:
        return fault
    return None


def test_a_query_that_would_take_long_to_read_is_refused_for_its_length() -> None:
    assert "longer" in str(refusal("a " * 20_000))


def test_a_long_list_of_alternatives_is_a_query() -> None:
    tree = read(" OR ".join(f"word{number}" for number in range(1200)))
    assert isinstance(tree, Or)
    assert len(tree.children) == 1200


def test_queries_are_read_alike_by_several_threads_at_once() -> None:
    trees: list[Query] = []
    threads = [
        threading.Thread(target=lambda: trees.extend(read("a AND (b OR c) AND NOT d") for _ in range(50)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(trees) == 200
    assert len(set(trees)) == 1


@pytest.mark.slow
def test_reading_a_query_writes_nothing_and_warns_of_nothing(tmp_path: Path) -> None:
    code = (
        "from monitor.think.entities import index_entities\n"
        "from monitor.think.query import parse\n"
        "print(parse('a AND b', entities=index_entities([])))"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_every_form_that_the_documentation_shows_is_a_query() -> None:
    page = (Path(__file__).parent.parent / "docs" / "query-language.md").read_text("utf-8")
    table = page.split("## At a glance", 1)[1].split("##", 1)[0]
    forms = [form for line in table.splitlines()[3:] for form in re.findall("`([^`]+)`", line.split(" | ")[0])]
    assert len(forms) > 15
    for form in forms:
        assert read(form), form

"""A topic with signals is told when an article is about it, and not when it is only mentioned; the points say why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ConfigError, QueryError
from monitor.model import Article, Entity, Match, Name, Signal, Topic
from monitor.think.entities import Entities, index_entities
from monitor.think.explain import explain
from monitor.think.match import compile_topics, match, read
from monitor.think.query import parse
from monitor.think.score import weigh
from monitor.think.topics import load_pack

FILLER = "the committee met again and spoke of roads and of schools in the hills for a long while"
ENTITIES = index_entities(
    [
        Entity("country", "place", (Name("Freedonia", "en"), Name("Фридония", "ru")), groups=("party",)),
        Entity("rival", "place", (Name("Sylvania", "en"),), groups=("party",)),
        Entity("war-words", "words", (Name("war", "en"), Name("shell*", "en"), Name("война", "ru"))),
        Entity("sport-words", "words", (Name("football", "en"), Name("match", "en", 0.5))),
    ]
)


def topic(*signals: tuple[str, float], threshold: float = 1.0, name: str = "war", **more: str) -> Topic:
    weighed = tuple(Signal(query, weight) for query, weight in signals)
    return Topic(
        name, name.title(), more.pop("query", "@party OR @war-words"), signals=weighed, threshold=threshold, **more
    )


def told(article: Article, *topics: Topic, entities: Entities = ENTITIES) -> tuple[Match, ...]:
    return match(article, compile_topics(topics, entities))


def story(title: str = "", text: str = "", language: str = "en") -> Article:
    return Article(1, "", "", title=title, text=text, language=language)


def long_text(first: str = "", last: str = "", paragraphs: int = 12) -> str:
    return "\n\n".join([f"{first} {FILLER}", *([FILLER] * paragraphs), f"{FILLER} {last}"])


def present(query: str, article: Article) -> float:
    compiled = compile_topics([topic((query, 1.0))], ENTITIES)
    return round(weigh(parse(query, entities=ENTITIES), read(article, compiled)), 2)


def test_what_title_lead_and_text_are_about_is_present_whole() -> None:
    text = "\n\n".join(f"Freedonia {FILLER}" for _ in range(12))
    assert present("@country", story("Freedonia votes", text)) == 1.0


def test_a_passing_mention_in_a_long_text_weighs_little() -> None:
    mention = present("@country", story("Bread is dear again", long_text(last="as in Freedonia")))
    assert 0 < mention < 0.2
    assert not told(story("Bread is dear again", long_text(last="as in Freedonia")), topic(("@country", 2.0)))
    assert told(story("Freedonia at war", long_text("Freedonia")), topic(("@country", 2.0)))


def test_a_headline_alone_counts_whole() -> None:
    assert present("@country", story("Freedonia votes")) == 1.0
    assert present("@country", story("", "Freedonia votes")) == 1.0
    assert present("@country", story("Nothing happens")) == 0.0


def test_the_title_counts_more_than_the_lead_and_the_lead_more_than_what_follows() -> None:
    title = present("@country", story("Freedonia", long_text()))
    lead = present("@country", story("News", long_text("Freedonia")))
    late = present("@country", story("News", long_text(last="Freedonia")))
    assert title > lead > late > 0


def test_of_alternatives_that_name_one_place_the_surest_counts_whichever_is_written_first() -> None:
    named = (Entity(id_, "words", (Name("pact", "en", sure),)) for id_, sure in (("sure", 1.0), ("unsure", 0.4)))
    entities = index_entities(named)
    article = story("The pact is signed")
    for query in ("@sure OR @unsure", "@unsure OR @sure"):
        compiled = compile_topics([topic((query, 1.0), query=query)], entities)
        assert weigh(parse(query, entities=entities), read(article, compiled)) == 1.0


def test_repeats_in_one_place_add_nothing() -> None:
    once = present("@country", story("News", long_text("Freedonia")))
    often = present("@country", story("News", long_text("Freedonia Freedonia Freedonia Freedonia")))
    assert once == often


def test_all_of_several_is_present_as_the_least_of_them_and_alternatives_together() -> None:
    article = story("Freedonia votes", long_text("Sylvania", "Sylvania"))
    country, rival = present("@country", article), present("@rival", article)
    assert present("@country AND @rival", article) == min(country, rival)
    assert present("@country OR @rival", article) == present("@party", article) > max(country, rival)
    assert present("atleast:2(@country @rival @war-words)", article) == min(country, rival)
    assert present("@country AND NOT @war-words", article) == country
    assert present("@country AND lang:en", article) == country
    assert present("@country AND lang:ru", article) == 0.0


def test_a_field_is_judged_by_itself() -> None:
    article = story("Freedonia votes", long_text("Sylvania"))
    assert present("title:@country", article) == 1.0
    assert present("title:@rival", article) == 0.0
    assert present("lead:@rival", article) == 1.0


def test_an_unsure_word_weighs_as_much_less() -> None:
    assert present("@sport-words", story("The match")) == 0.5
    assert present("@sport-words", story("Football match")) == 1.0


def test_what_speaks_against_a_topic_takes_points_away() -> None:
    wanted = topic(("@country", 2.0), ("@sport-words", -2.0), threshold=1.5)
    assert told(story("Freedonia holds its ground"), wanted)
    assert not told(story("Freedonia wins at football"), wanted)


def test_a_match_carries_its_points_and_the_evidence_of_what_speaks_for_it() -> None:
    (found,) = told(
        story("War in Freedonia, no football"), topic(("@country", 2.0), ("@war-words", 1.0), ("@sport-words", -0.5))
    )
    assert found.score == 2.5
    assert {(each.label, each.weight) for each in found.evidence} >= {("country", 2.0), ("war-words", 1.0)}
    assert "sport-words" not in {each.label for each in found.evidence}


def test_points_that_add_up_to_the_threshold_reach_it() -> None:
    assert told(story("War in Freedonia"), topic(("@country", 0.1), ("@war-words", 0.2), threshold=0.3))
    assert told(story("War in Freedonia"), topic(("@country", 0.7), ("@war-words", 0.1), threshold=0.8))


def test_the_query_must_hold_however_many_points_there_are() -> None:
    assert not told(story("Football"), topic(("football", 9.0), threshold=1.0, query="@country"))


def test_a_part_of_a_topic_holds_only_where_the_topic_does() -> None:
    whole = topic(("@country", 2.0), threshold=2.0)
    part = Topic("part", "Part", "@war-words", parent="war")
    assert [each.topic for each in told(story("War in Freedonia"), part, whole)] == ["part", "war"]
    assert told(story("War in Sylvania"), part, whole) == ()


def test_a_topic_can_ask_whether_a_scored_one_holds() -> None:
    whole = topic(("@country", 2.0), threshold=2.0)
    other = Topic("other", "Other", "topic:war AND football")
    assert [each.topic for each in told(story("War in Freedonia, football"), other, whole)] == ["other", "war"]
    assert told(story("War in Sylvania, football"), other, whole) == ()


@pytest.mark.parametrize(
    ("topics", "said"),
    [
        ([Topic("part", "Part", "war", parent="nobody")], "no topic 'nobody'"),
        ([Topic("a", "A", "war", parent="b"), Topic("b", "B", "topic:a")], "asks for itself"),
        ([topic(("@nobody", 1.0))], "no entity or group 'nobody'"),
    ],
)
def test_a_topic_that_could_not_be_judged_is_refused(topics: list[Topic], said: str) -> None:
    with pytest.raises(QueryError, match=said):
        compile_topics(topics, ENTITIES)


def test_the_version_of_a_rule_changes_with_its_signals_threshold_and_parent() -> None:
    def version(*topics: Topic) -> str:
        return next(rule.version for rule in compile_topics(topics, ENTITIES).rules if rule.topic.name == "war")

    one = version(topic(("@country", 2.0)))
    assert one == version(topic(("@country ", 2.0)))
    assert len({one, version(topic(("@country", 2.1))), version(topic(("@country", 2.0), threshold=1.1))}) == 3
    base, other = Topic("base", "Base", "war"), Topic("base", "Base", "war OR peace")
    assert version(topic(("@country", 2.0), parent="base"), base) != version(
        topic(("@country", 2.0), parent="base"), other
    )


def test_a_near_miss_is_explained_by_what_would_have_made_the_difference() -> None:
    wanted = topic(("@country", 2.0), ("@war-words", 1.0), ("@sport-words", -1.0), threshold=1.5)
    (said,) = explain(story("Freedonia plays football"), compile_topics([wanted], ENTITIES))
    assert not said.held
    assert said.points == 1.0
    assert [(part.query, part.points) for part in said.signals] == [("@country", 2.0), ("@sport-words", -1.0)]
    assert said.reasons[0] == "1.00 of 1.50 points"
    assert "+1.00 without @sport-words (football)" in said.reasons
    assert "+1.00 if all of it were about @war-words (now 0%)" in said.reasons


def test_a_part_whose_topic_does_not_hold_says_so() -> None:
    part = Topic("part", "Part", "war", parent="war")
    said = {
        each.topic.name: each
        for each in explain(story("War"), compile_topics([topic(("@country", 2.0)), part], ENTITIES))
    }
    assert said["part"].reasons == ("it is a part of war, which does not match",)


TEXTS = st.lists(
    st.sampled_from(["Freedonia", "Sylvania", "war", "shelling", "football", "match", "and", "\n\n", "."]), max_size=60
)


@given(TEXTS, TEXTS, st.sampled_from(["en", "ru", ""]))
def test_presence_is_never_less_than_nothing_or_more_than_everything(
    title: list[str], text: list[str], language: str
) -> None:
    article = story(" ".join(title).replace("\n", " "), " ".join(text), language)
    compiled = compile_topics([topic(("@party", 1.0))], ENTITIES)
    reading = read(article, compiled)
    for query in (
        "@party",
        "@war-words",
        "title:@party",
        "lead:@party",
        "body:@party",
        "@country AND @rival",
        '"@party @war-words"~3',
    ):
        assert 0.0 <= weigh(parse(query, entities=ENTITIES), reading) <= 1.0


@given(TEXTS, TEXTS)
def test_a_match_means_its_evidence_is_in_the_text_at_the_place_given(title: list[str], text: list[str]) -> None:
    article = story(" ".join(title).replace("\n", " "), " ".join(text))
    signals = topic(("@party", 1.0), ("@war-words", 2.0), ('"@party @war-words"~3', 1.0), threshold=0.5)
    for found in told(article, signals):
        assert found.score >= 0.5
        assert found.evidence
        for each in found.evidence:
            within = article.title if each.zone == "title" else article.text
            assert within[each.start : each.end] == each.found


PACK = """\
[pack]
name = "p"
title = "P"

[[words]]
id = "war-words"
groups = ["grim"]
en = ["war", "air strike", "shell*", { text = "battle", confidence = 0.5 }]
ru = ["война"]

[[entity]]
id = "us"
kind = "place"
[entity.names]
en = [{ text = "US", exact = true }]

[[topic]]
name = "war"
title = "War"
query = "@grim OR @us"
threshold = 0.5
signals = [
  { query = "@war-words", weight = 1 },
  { query = "title:@us", weight = 0.5 },
]
"""


def test_a_pack_holds_lists_of_words_exact_names_and_signals() -> None:
    pack = load_pack(PACK, "p.toml")
    us, words = pack.entities
    assert (words.id, words.kind, words.groups) == ("war-words", "words", ("grim",))
    assert words.names[2:4] == (Name("shell*", "en"), Name("battle", "en", 0.5))
    assert us.names == (Name("US", "en", exact=True),)
    (wanted,) = pack.topics
    assert [(each.query, each.weight, each.line) for each in wanted.signals] == [
        ("@war-words", 1.0, 23),
        ("title:@us", 0.5, 24),
    ]
    entities = index_entities(pack.entities)
    assert [each.topic for each in told(story("US speaks"), wanted, entities=entities)] == ["war"]
    assert told(story("Give us bread"), wanted, entities=entities) == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("threshold = 0.5\n", "", "topic[1].threshold: found nothing, expected the points"),
        ("weight = 0.5", "weight = 0", "topic[1].signals[2].weight: found 0, expected points from"),
        ("weight = 0.5", 'weight = "much"', "topic[1].signals[2].weight: found 'much'"),
        ("shell*", "sh*", "found 'sh*', expected a * only"),
        ("shell*", "she*ll", "expected a * only"),
        ('text = "US", exact', 'text = "US*", exact', "expected a * only in [[words]]"),
        ("exact = true", "exact = 1", "entity[1].names.en[1].exact: found 1, expected true or false"),
        ('kind = "place"', 'kind = "words"', "another kind: lists of words are headed [[words]]"),
    ],
)
def test_a_pack_with_a_fault_is_refused_with_its_place(old: str, new: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_pack(PACK.replace(old, new, 1), "p.toml")
    assert said in str(refused.value)

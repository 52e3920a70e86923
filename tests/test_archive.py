"""What a topic would flag a search finds, whatever is asked: sets over the archive say the same as the matcher."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from drawn import examples
from filled import START, fill, rules_of
from hypothesis import assume, given
from hypothesis import strategies as st
from made_queries import ARTICLES, ENTITIES, TREES, spell
from sqlalchemy import delete, insert

from monitor.archive import Archive, Order, Question
from monitor.edge.database import writing
from monitor.edge.memorised import Memory
from monitor.edge.shelf import Shelf
from monitor.edge.store import Store
from monitor.edge.story_views import members_of
from monitor.edge.tables import ARTICLE, FEED, MATCH, SIGHTING, STORY
from monitor.errors import QueryError
from monitor.model import Article
from monitor.naming import name_some
from monitor.newsstand import load_press
from monitor.think.language import indexable
from monitor.think.match import compile_query, match_query
from monitor.think.query import parse
from monitor.think.tree import Query
from monitor.think.voices import count_voices
from monitor.voiced import voices_of

ON_BOTH = True

RULES = rules_of(ENTITIES)


@pytest.fixture(scope="module")
def kept(shared_place: Path | str) -> Iterator[Store]:
    """One archive for many examples: to make one takes longer than to ask it."""
    opened = Store(shared_place, indexable, "test")
    opened.upgrade(START)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def archive(kept: Store) -> Archive:
    """Asked again and again, it remembers whatever it looked up, on two connections at once."""
    return Archive(kept.engine, RULES, Shelf(kept.engine, Memory(least=1), large=1))


def ids(archive: Archive, query: str, order: Order = Order.NEWEST, limit: int = 100) -> list[int]:
    return [hit.article.id for hit in archive.ask(Question(query, order, limit)).hits]


@pytest.mark.slow
@examples(150)
@given(TREES, st.lists(ARTICLES, min_size=1, max_size=5), st.booleans())
def test_a_search_finds_what_the_matcher_of_topics_would(
    kept: Store,
    archive: Archive,
    tree: Query,
    articles: list[Article],
    named: bool,  # noqa: FBT001 - drawn
) -> None:
    query = spell(tree)
    try:
        compiled = compile_query(parse(query, entities=ENTITIES), ENTITIES)
    except QueryError:
        assume(False)
    articles = fill(kept, RULES, articles, named=named)
    wanted = {each.id: match_query(each, compiled) for each in articles}
    found = archive._find(query)
    flagged = {number for number, evidence in wanted.items() if evidence is not None}
    assert set(found.sure.nonzero()[0]) <= flagged <= set(found.may.nonzero()[0])
    answer = archive.ask(Question(query, limit=100, facets=("language",)))
    assert {hit.article.id: hit.evidence for hit in answer.hits} == {
        number: evidence for number, evidence in wanted.items() if evidence is not None
    }
    assert answer.exact
    assert answer.total == len(answer.hits) == sum(count for _, count in answer.facets["language"])
    assert answer.unnamed == 0
    assert answer == Archive(kept.engine, RULES).ask(Question(query, limit=100, facets=("language",)))


@pytest.mark.parametrize(
    ("query", "found"), [("port*", 5), ("porte*", 1), ("old-port*", 3), ("ports*", 0), ("mar*", 2)]
)
def test_a_beginning_finds_the_same_on_two_connections_as_on_one(
    kept: Store, archive: Archive, query: str, found: int
) -> None:
    said = ("old port", "portal old portal", "an old portico", "porter's march", "porto", "sport", "por marine")
    fill(kept, RULES, [article(text) for text in said], named=True)
    asked = Question(query, limit=100)
    assert archive.ask(asked) == Archive(kept.engine, RULES).ask(asked)
    assert len(ids(archive, query)) == found


def article(title: str, text: str = "", **known: object) -> Article:
    url = f"https://news.example.org/{'-'.join(title.lower().split())}"
    known = {"language": "en", "text": text or f"{title} again."} | known
    return Article(0, "", url, title=title, **known)  # type: ignore[arg-type]


STORIES = [
    article(
        "Grain deal", site="Example News", authors=("Jané Doe",), published_at=START - timedelta(days=3), story_id=7
    ),
    replace(
        article("Grain and oil", published_at=START - timedelta(days=1)), url="https://www.other.example/live/sport"
    ),
    article("Fleet leaves port", "The Black Sea Fleet left. Grain stays.", seen_at=START, language="uk"),
]


def sighted(store: Store, articles: list[Article]) -> None:
    """Two feeds, of which the second showed all, and the first the first only; a topic asked for that one."""
    with writing(store.engine) as connection:
        due = {"interval_s": 900.0, "due_at": START}
        for number, (name, country, tags) in enumerate([("wire", "GB", ["Agency"]), ("front", "UA", [])], 1):
            row = {"id": number, "name": name, "country": country, "tags": tags, "kind": "press", **due}
            connection.execute(insert(FEED).values(row))
        shown = [(1, articles[0].id), *((2, each.id) for each in articles)]
        for feed, number in shown:
            row = {"feed_id": feed, "article_id": number, "entry_key": str(number), "seen_at": START}
            connection.execute(insert(SIGHTING).values(row))
        match = {"article_id": articles[0].id, "topic": "Food", "matched_at": START}
        connection.execute(insert(MATCH).values(match))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [0, 1, 2]),
        ("site:example.org", [0, 2]),
        ('site:"example news"', [0]),
        ("site:exam*", [0, 1, 2]),
        ("site:other.example", [1]),
        ("feed:wire", [0]),
        ("feed:fro*", [0, 1, 2]),
        ("tag:agency", [0]),
        ("country:ua", [0, 1, 2]),
        ("country:gb AND kind:press", [0]),
        ("topic:food", [0]),
        ("topic:foo*", [0]),
        ("grain AND NOT topic:food", [1, 2]),
        ("lang:uk", [2]),
        ("story:7", [0]),
        ("url:sport", [1]),
        ('url:"live sport"', [1]),
        ("author:jane", [0]),
        ('author:"jane doe"', [0]),
        ("published:2026-02-26", [0]),
        ("published:>=2026-02-27", [1]),
        ("grain AND published:>=2026-02-27", [1]),
        ("published:2026-02 AND (grain OR fleet) AND NOT oil", [0]),
        ("grain AND NOT published:>=2026-02-27", [0, 2]),
        ("published:2031 AND grain", []),
        ("title:grain", [0, 1]),
        ("body:grain AND NOT title:grain", [2]),
        ("@fleet", [2]),
        ("title:@fleet", []),
        ("lead:@navy", [2]),
        ("grain AND @navy", [2]),
        ('"grain stays"', [2]),
        ('"fleet grain"~3', [2]),
        ('"fleet port"~0', []),
        ("exact:Grain", [0, 1, 2]),
        ("exact:grain", []),
        ("gra*", [0, 1, 2]),
        ("atleast:2(grain oil fleet)", [1, 2]),
        ("oils", [1]),
    ],
)
def test_every_construct_of_the_language_can_be_asked_of_the_archive(
    kept: Store, archive: Archive, query: str, found: list[int]
) -> None:
    articles = fill(kept, RULES, STORIES)
    sighted(kept, articles)
    answer = archive.ask(Question(query))
    assert sorted(hit.article.id for hit in answer.hits) == [articles[place].id for place in found]
    assert (answer.total, answer.exact) == (len(found), True)


def test_the_newest_comes_first_by_publication_or_else_by_sighting(kept: Store) -> None:
    first, second, third = (each.id for each in fill(kept, RULES, STORIES))
    archive = Archive(kept.engine, RULES)
    assert ids(archive, "grain") == [third, second, first]
    assert ids(archive, "grain", Order.OLDEST) == [first, second, third]
    assert ids(archive, "", Order.OLDEST) == [first, second, third]


def test_what_is_most_about_a_query_comes_first(kept: Store) -> None:
    passing = article("Sports results", "Much was played. " * 30 + "Grain was not mentioned but once.")
    about = article("Grain", "Grain, and more grain.")
    named = article("Black Sea Fleet", "It sails.")
    articles = fill(
        kept,
        RULES,
        [about, passing, named, replace(passing, title="More", text="The Black Sea Fleet. " + passing.text)],
    )
    archive = Archive(kept.engine, RULES)
    assert ids(archive, "grain", Order.RELEVANCE)[0] == articles[0].id
    assert ids(archive, "@fleet", Order.RELEVANCE) == [articles[2].id, articles[3].id]


def test_outlets_without_a_domain_are_as_many_in_a_search_as_in_their_story(kept: Store) -> None:
    at = {"url": "http://127.0.0.1/a", "site": "127.0.0.1"}
    articles = fill(kept, RULES, [replace(article(f"Grain {n}", story_id=1), **at) for n in (1, 2)])  # type: ignore[arg-type]
    with writing(kept.engine) as connection:
        for number, one in enumerate(articles, 1):
            feed = {"id": number, "name": f"feed-{number}", "interval_s": 900.0, "due_at": START}
            seen = {"feed_id": number, "article_id": one.id, "entry_key": str(number), "seen_at": START}
            connection.execute(insert(FEED).values(feed))
            connection.execute(insert(SIGHTING).values(seen))
    members = members_of(kept.engine, [1])[1]
    assert len(count_voices(members, load_press()).voices) == voices_of(kept.engine, [1])[1] == 2


def test_what_most_outlets_tell_in_their_own_words_comes_first(kept: Store) -> None:
    told = [replace(article("Grain", story_id=1), url=f"https://{host}.example/a") for host in ("one", "two", "three")]
    copied = [replace(article("Grain", story_id=2, copy_of=9), url=f"https://c{n}.example/a") for n in range(5)]
    alone = article("Grain alone", story_id=2)
    articles = fill(kept, RULES, [*told, *copied, alone, article("Grain of no story")])
    with writing(kept.engine) as connection:
        for number in (1, 2):
            row = {"id": number, "headline": "Grain", "opened_at": START, "latest_at": START}
            connection.execute(insert(STORY).values(row))
    hits = Archive(kept.engine, RULES).ask(Question("grain", Order.VOICES)).hits
    assert {hit.article.id for hit in hits[:3]} == {each.id for each in articles[:3]}
    assert hits[0].voices == 3
    assert hits[-1].voices == 0


@pytest.mark.parametrize("order", list(Order))
def test_pages_follow_each_other_whatever_arrives_meanwhile(kept: Store, order: Order) -> None:
    many = [article(f"Grain {n}", published_at=START + timedelta(hours=n % 7)) for n in range(23)]
    wanted = {each.id for each in fill(kept, RULES, many)}
    archive = Archive(kept.engine, RULES)
    seen: list[int] = []
    cursor = ""
    while True:
        answer = archive.ask(Question("grain", order, limit=5, cursor=cursor))
        seen += [hit.article.id for hit in answer.hits]
        cursor = answer.cursor
        if not cursor:
            break
        late = {"key": f"late {len(seen)}", "title": "Grain", "seen_at": START, "published_at": START, "state": "done"}
        with writing(kept.engine) as connection:
            connection.execute(insert(ARTICLE).values(late))
    assert len(seen) == len(set(seen)) == 23
    assert set(seen) == wanted


@pytest.mark.parametrize("cursor", ["x", "****", "AAAA", "MS4xLjA", "é"])
def test_a_cursor_of_something_else_is_refused(kept: Store, cursor: str) -> None:
    fill(kept, RULES, STORIES)
    with pytest.raises(QueryError, match="cursor"):
        Archive(kept.engine, RULES).ask(Question("grain", cursor=cursor))


def test_a_cursor_of_another_query_is_refused(kept: Store) -> None:
    fill(kept, RULES, STORIES)
    archive = Archive(kept.engine, RULES)
    cursor = archive.ask(Question("grain", limit=1)).cursor
    with pytest.raises(QueryError, match="another question"):
        archive.ask(Question("oil", limit=1, cursor=cursor))


def test_facets_count_all_that_answers_and_not_only_the_page(kept: Store) -> None:
    articles = fill(kept, RULES, STORIES)
    sighted(kept, articles)
    answer = Archive(kept.engine, RULES).ask(
        Question("grain", limit=1, facets=("topic", "source", "country", "language", "entity", "day"))
    )
    assert answer.facets == {
        "topic": (("Food", 1),),
        "source": (("news.example.org", 2), ("other.example", 1)),
        "country": (("UA", 2), ("GB", 1)),
        "language": (("en", 2), ("uk", 1)),
        "entity": (("fleet", 1), ("navy", 1)),
        "day": (("2026-02-26", 1), ("2026-02-28", 1), ("2026-03-01", 1)),
    }


def test_a_topic_that_flags_and_lets_go_is_counted_anew(kept: Store, archive: Archive) -> None:
    articles = fill(kept, RULES, STORIES)
    sighted(kept, articles)

    def counted() -> tuple[tuple[str, int], ...]:
        return archive.ask(Question("grain", facets=("topic",))).facets["topic"]

    assert counted() == (("Food", 1),)
    row = {"article_id": articles[1].id, "topic": "Food", "version": "v", "severity": "normal", "matched_at": START}
    with writing(kept.engine) as connection:
        connection.execute(insert(MATCH).values(row | {"score": 1.0, "evidence": []}))
    assert counted() == (("Food", 2),)
    with writing(kept.engine) as connection:
        connection.execute(delete(MATCH).where(MATCH.c.article_id == articles[1].id))
    assert counted() == (("Food", 1),)


def test_a_word_of_an_address_or_an_author_is_found_there_alone(kept: Store, archive: Archive) -> None:
    articles = fill(kept, RULES, STORIES)
    assert ids(archive, "jane OR doe OR sport OR live") == []
    assert ids(archive, "author:doe") == [articles[0].id]
    assert ids(archive, "url:sport AND title:oil AND grain") == [articles[1].id]
    first = archive.ask(Question("title:oil OR grain", Order.RELEVANCE)).hits[0]
    assert first.article.id == articles[1].id
    with writing(kept.engine) as connection:
        changed = ARTICLE.update().where(ARTICLE.c.id == articles[1].id)
        connection.execute(changed.values(url="https://www.other.example/live/chess"))
        connection.execute(delete(ARTICLE).where(ARTICLE.c.id == articles[0].id))
    assert ids(archive, "url:sport") == ids(archive, "author:doe") == []
    assert ids(archive, "url:chess") == [articles[1].id]


def test_days_are_counted(kept: Store) -> None:
    fill(kept, RULES, STORIES)
    days = Archive(kept.engine, RULES).days("grain")
    assert {day.isoformat(): count for day, count in days.items()} == {
        "2026-02-26": 1,
        "2026-02-28": 1,
        "2026-03-01": 1,
    }


def test_what_changes_in_the_archive_is_known_at_the_next_question(kept: Store, archive: Archive) -> None:
    articles = fill(kept, RULES, STORIES)
    assert ids(archive, "@fleet OR gra*")
    assert len(ids(archive, "grain")) == 3
    with writing(kept.engine) as connection:
        connection.execute(delete(ARTICLE).where(ARTICLE.c.id == articles[0].id))
        changed = ARTICLE.update().where(ARTICLE.c.id == articles[1].id)
        connection.execute(changed.values(title="Oil", text="No more.", language="uk"))
    assert ids(archive, "grain") == [articles[2].id]
    assert sorted(ids(archive, "lang:uk")) == [articles[1].id, articles[2].id]
    assert sorted(ids(archive, "")) == [articles[1].id, articles[2].id]


def test_an_article_that_was_edited_is_found_by_the_names_it_holds_now(kept: Store, archive: Archive) -> None:
    articles = fill(kept, RULES, STORIES)
    assert ids(archive, "@fleet OR gra*")
    with writing(kept.engine) as connection:
        changed = ARTICLE.update().where(ARTICLE.c.id == articles[2].id)
        connection.execute(changed.values(title="Port", text="The Black Sea is calm: aid came."))
    assert ids(archive, "@fleet") == []
    assert ids(archive, "@sea") == [articles[2].id]


@pytest.mark.slow
def test_an_archive_whose_names_were_not_looked_for_says_so(kept: Store) -> None:
    several = [article(f"Fleet {n}") for n in range(2_001)]
    fill(kept, RULES, several, named=False)
    answer = Archive(kept.engine, RULES).ask(Question("@navy"))
    assert (answer.total, answer.unnamed) == (0, 2_001)


@pytest.mark.slow
async def test_names_are_looked_for_in_what_came_before_them(kept: Store) -> None:
    articles = fill(kept, RULES, [article(f"Fleet {n}") for n in range(120)], named=False)
    fill_again = replace(RULES, names_version="names 2")
    done = 0
    while some := await name_some(kept.engine, fill_again):
        done += some
    assert done == 120
    answer = Archive(kept.engine, fill_again).ask(Question("@navy", limit=200))
    assert {hit.article.id for hit in answer.hits} == {each.id for each in articles}
    assert answer.unnamed == 0
    assert Archive(kept.engine, replace(RULES, names_version="names 3")).ask(Question("@navy", limit=1)).total == 120

"""Views become pages: pieces, charts, facets, drafts, and what a form may and may not do; without a browser."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import load
from monitor.demo.filled import fill
from monitor.edge import tokens
from monitor.edge.clock import clock
from monitor.edge.page_views import stories_since
from monitor.errors import ConfigError
from monitor.model import Article, Evidence, Match, Signal, Topic
from monitor.newsstand import load_press
from monitor.think.credit import cited
from monitor.think.press import short_pattern_of, short_there
from monitor.think.topic_edit import put_topic
from monitor.web.app import create_app
from monitor.web.desk import Office
from monitor.web.pages.charts import per_day, spark
from monitor.web.pages.marks import excerpt, mark, paragraphs, spots
from monitor.web.pages.now import foremost
from monitor.web.pages.search import asked_days, both, clause, taken_out, within

ON_BOTH = True

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
EARLY, LATE = (NOW.replace(month=month, tzinfo=None) for month in (2, 4))


# --- texts


@given(st.text(max_size=80), st.lists(st.tuples(st.integers(-5, 90), st.integers(-5, 90)), max_size=6))
def test_marking_loses_no_letter_and_marks_no_other(text: str, places: list[tuple[int, int]]) -> None:
    found = [(Evidence(f"l{at}", "body", start, end, ""), "t") for at, (start, end) in enumerate(places)]
    pieces = mark(text, found)
    assert "".join(piece.text for piece in pieces) == text
    marked = {at for each, _ in found if 0 <= each.start < each.end <= len(text) for at in range(each.start, each.end)}
    place = 0
    for piece in pieces:
        assert all((at in marked) == bool(piece.notes) for at in range(place, place + len(piece.text)))
        place += len(piece.text)


@given(st.text(alphabet="ab \n", max_size=60))
def test_paragraphs_keep_what_is_said(text: str) -> None:
    said = " ".join("".join(piece.text for piece in each) for each in paragraphs(mark(text, [])))
    assert said.split() == text.split()


@given(st.text(max_size=600), st.integers(0, 600), st.integers(1, 40))
def test_an_excerpt_is_short_and_of_the_text(text: str, start: int, length: int) -> None:
    found = [Evidence("l", "body", start, start + length, "")]
    said = "".join(piece.text for piece in excerpt(text, found)).strip("…\u00a0")
    assert len(said) <= 400
    assert said in " ".join(text.split("\n"))


def test_what_one_topic_says_twice_of_a_place_is_noted_once() -> None:
    found = Evidence("a", "title", 0, 3, "abc", 1.5)
    assert len(spots([Match("t", "v", "low", 1.0, (found, found)), Match("u", "v", "low", 1.0, (found,))])) == 2


# --- charts


def test_days_without_articles_keep_their_place() -> None:
    chart = per_day({date(2026, 3, 1): 2, date(2026, 3, 4): 4})
    assert [bar.value for bar in chart.bars] == [
        "published:[2026-03-01 TO 2026-03-01]",
        "published:[2026-03-04 TO 2026-03-04]",
    ]
    assert chart.bars[1].x - chart.bars[0].x == pytest.approx(3 * 600 / 31, abs=0.1)
    assert (chart.first, chart.last) == ("2026-02-02", "2026-03-04")
    assert "most in the day of 2026-03-04: 4" in chart.says


@given(st.dictionaries(st.dates(date(1990, 1, 1), date(2030, 1, 1)), st.integers(1, 10**6), min_size=1, max_size=40))
def test_any_days_fit_the_chart(counts: dict[date, int]) -> None:
    chart = per_day(counts)
    assert all(bar.x >= 0 and bar.x + bar.width <= chart.width + 1 and 0 <= bar.y < chart.height for bar in chart.bars)
    assert str(sum(counts.values())) in chart.says


@given(st.lists(st.datetimes(EARLY, LATE), max_size=30))
def test_a_spark_counts_what_is_in_its_time(times: list[datetime]) -> None:
    aware = [time.replace(tzinfo=UTC) for time in times]
    chart = spark(aware, NOW - timedelta(days=1), NOW)
    assert chart.says == f"{sum(NOW - timedelta(days=1) <= time <= NOW for time in aware)} articles"


# --- queries


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", "lang:uk"),
        ("lavrov", "lavrov AND lang:uk"),
        ('"military aid"', '"military aid" AND lang:uk'),
        ("a b", "(a b) AND lang:uk"),
        ("a OR b", "(a OR b) AND lang:uk"),
        ("(a OR b) AND c", "(a OR b) AND c AND lang:uk"),
        ("published:[2026-01-01 TO *]", "published:[2026-01-01 TO *] AND lang:uk"),
        ("+a -b", "(+a -b) AND lang:uk"),
    ],
)
def test_a_facet_narrows_whatever_was_asked(query: str, wanted: str) -> None:
    assert both(query, "lang:uk") == wanted


def test_a_facet_is_taken_out_again() -> None:
    narrowed = both(both("a OR b", clause("source", 'The "Post"')), clause("day", "2026-01-02"))
    assert narrowed == '(a OR b) AND site:"The \\"Post\\"" AND published:[2026-01-02 TO 2026-01-02]'
    assert taken_out(narrowed, clause("source", 'The "Post"')) == "(a OR b) AND published:[2026-01-02 TO 2026-01-02]"


@pytest.mark.parametrize(
    ("query", "days", "wanted"),
    [
        ("", ("2026-01-01", ""), "published:[2026-01-01 TO *]"),
        ("a OR b", ("", "2026-01-31"), "(a OR b) AND published:[* TO 2026-01-31]"),
        ("a AND published:[2026-01-02 TO *]", ("2026-01-01", ""), "a AND published:[2026-01-01 TO *]"),
        ("a AND published:[2026-01-02 TO *]", ("", ""), "a"),
        ("published:[2026-01-02 TO *]", ("", ""), ""),
    ],
)  # fmt: skip
def test_days_take_the_place_of_those_asked_for_before(query: str, days: tuple[str, str], wanted: str) -> None:
    assert within(query, *days) == wanted
    assert asked_days(wanted) == days


# --- topics in files

PACK = '''# grain and more
[pack]
name = "p"
title = "P"

[[topic]]
name = "grain"  # its name
title = "Grain"
query = """
wheat OR "barley ]"
"""  # what
threshold = 1.5
signals = [
  { query = "a]", weight = 2 },  # x
]
# an example
[[topic.test]]
text = "wheat # [["
expected = true

# the second
[[topic]]
name = "second"
title = "B"
query = "x"
'''


def test_a_topic_is_changed_and_all_else_in_its_file_stays() -> None:
    changed = Topic("grain", "Grain", "rye", signals=(Signal("n", 1.5), Signal("m", -1.0)), threshold=1.5)
    text = put_topic(PACK, "p.toml", changed)
    assert 'query = "rye"  # what' in text
    for kept in ("# grain and more", "# its name", "# an example", "# the second", 'text = "wheat # [["'):
        assert kept in text
    assert text.count("[[topic.signals]]") == 2
    assert put_topic(text, "p.toml", changed) == text


def test_a_new_topic_goes_to_the_end() -> None:
    text = put_topic(PACK, "p.toml", Topic("third", "C", "y"))
    assert text.startswith(PACK.rstrip())
    assert text.endswith('[[topic]]\nname = "third"\ntitle = "C"\nquery = "y"\n')


@given(
    st.text(max_size=60), st.text(max_size=30), st.lists(st.tuples(st.text(min_size=1), st.integers(1, 9)), max_size=3)
)
def test_whatever_a_topic_says_is_written_as_it_is_or_refused(
    query: str, title: str, signals: list[tuple[str, int]]
) -> None:
    made = tuple(Signal(said, float(weight)) for said, weight in signals)
    try:
        text = put_topic(PACK, "p.toml", Topic("second", title, query, signals=made, threshold=1.0))
    except ConfigError:
        return  # what TOML cannot hold
    assert text.startswith(PACK[: PACK.index("# the second")])


# --- the pages, served


@pytest.mark.slow
def test_the_foremost_stories_are_found_without_looking_into_all(office: Office) -> None:
    engine, now = office.desk.engine, clock()
    stories = stories_since(engine, now - timedelta(days=3))
    whole = foremost(engine, stories, now, (), 1000)
    assert len(whole) == len(stories) > 20
    for few in (1, 3, 10):
        assert [told.story.id for _, told in foremost(engine, stories, now, (), few)] == [
            told.story.id for _, told in whole[:few]
        ]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    path = fill(tmp_path_factory.mktemp("pages"), clock())
    opened = Office(lambda: load(path))
    yield opened
    opened.close()


@pytest.fixture
async def client(office: Office) -> AsyncClient:
    return AsyncClient(transport=ASGITransport(create_app(office)), base_url="http://127.0.0.1")


@pytest.mark.slow
async def test_every_page_is_whole_and_bears_the_policy(client: AsyncClient) -> None:
    paths = "/ /stories/45 /articles/13 /articles/13/alike /alike "
    paths += "/search?q=lavrov /topics /topics/weather /topics/new /sources /alerts /keys /login"
    for path in paths.split():
        answer = await client.get(path, headers={"accept": "text/html"})
        assert answer.status_code == 200, path
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.text.rstrip().endswith("</html>")
        assert not re.search(r"<[^>]+\s(style|on\w+)=|<script(?![^>]* src=)|<style", answer.text), path


@pytest.mark.slow
async def test_what_is_like_an_article_or_a_pasted_text_is_found(client: AsyncClient) -> None:
    like = await client.get("/articles/45/alike")
    assert "US and Russia to hold talks on European security in Geneva" in like.text
    text = "Talks in Geneva\nLavrov and Rubio agreed to open talks on European security in Geneva, officials said."
    pasted = await client.post("/alike", data={"text": text})
    assert "Lavrov and Rubio agree to open security talks" in pasted.text
    assert (await client.post("/alike", data={"text": " .. "})).status_code == 200


@pytest.mark.slow
async def test_a_search_is_kept_under_a_name_and_given_up(client: AsyncClient) -> None:
    form = {"query": "@lavrov AND lang:uk", "order": "oldest", "name": "lavrov-uk", "next": "/search?q=x"}
    assert (await client.post("/searches", data=form)).headers["location"] == "/search?q=x"
    page = (await client.get("/search?q=%40lavrov+AND+lang%3Auk")).text
    assert "Saved as lavrov-uk." in page
    assert 'href="/search?q=%40lavrov+AND+lang%3Auk&amp;order=oldest"' in page
    for bad in ({"name": "No Name"}, {"query": "(", "name": "other"}, {}):
        await client.post("/searches", data={**form, **bad})
    await client.post("/searches/remove", data={"name": "lavrov-uk"})
    assert "Saved searches" not in (await client.get("/search?q=x")).text


async def test_what_is_not_there_is_told_with_what_to_do(client: AsyncClient) -> None:
    for path in ("/stories/999999", "/articles/999999", "/topics/none", "/nowhere", "/articles/99999999999999999999"):
        answer = await client.get(path, headers={"accept": "text/html"})
        assert answer.status_code in {404, 422, 503}, path
        assert "<h1>" in answer.text


async def test_sources_go_out_as_opml_and_come_back(client: AsyncClient) -> None:
    taken = await client.get("/sources.opml")
    assert 'xmlUrl="https://northwire.example/feed.xml"' in taken.text
    body = taken.text.replace(".example/", ".example.org/").replace('text="', 'text="x')
    answer = await client.post("/sources/opml", files={"file": ("mine.opml", body.encode())})
    assert answer.status_code == 303
    assert "9 sources added" in (await client.get("/sources")).text


@pytest.mark.slow
async def test_many_sources_come_in_parts_the_worst_first(client: AsyncClient) -> None:
    """A demo's source that does not do well stands before a hundred that do."""
    lines = "".join(
        f'<outline type="rss" text="many-{number:03}" xmlUrl="https://many.example/{number:03}"/>'
        for number in range(150)
    )
    opml = f'<opml version="2.0"><body>{lines}</body></opml>'
    await client.post("/sources/opml", files={"file": ("many.opml", opml.encode())})
    first, second = (await client.get("/sources")).text, (await client.get("/sources?part=2")).text
    assert "part 1 of 2" in first
    assert 'class="lamp dead"' in first
    assert "many-example-000" in first
    assert "many-example-149" not in first
    assert "many-example-149" in second
    assert 'class="lamp dead"' not in second[second.index("<tbody") :]
    assert "part 2 of 2" in (await client.get("/sources?part=99")).text
    for part in ("-1", "0", "x", "9" * 40):
        assert "part 1 of 2" in (await client.get("/sources", params={"part": part})).text


async def test_a_way_back_leads_nowhere_else(client: AsyncClient) -> None:
    for to in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"):
        answer = await client.post("/theme", data={"theme": "dark", "next": to})
        assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_a_session_needs_the_word_of_its_forms_and_a_scope(office: Office, tmp_path: Path) -> None:
    app = create_app(Office(lambda: load(fill(tmp_path, clock()))))
    engine = app.state.office.desk.engine
    reader = tokens.add(engine, "reader", tokens.Scope("read"), clock(), None).secret
    async with AsyncClient(transport=ASGITransport(app), base_url="http://127.0.0.1") as client:
        html = {"accept": "text/html"}
        shut = await client.get("/", headers=html)
        assert shut.status_code == 401
        assert "asks for a token" in shut.text
        wrong = await client.post("/login", data={"token": "no"})
        assert "not known" in wrong.text
        entered = await client.post("/login", data={"token": reader, "next": "/alerts"})
        assert entered.headers["location"] == "/alerts"
        page = await client.get("/articles/13", headers=html)
        assert page.status_code == 200
        assert "Read it again" not in page.text
        bare = await client.post("/articles/13/label", data={"topic": "weather", "wanted": "yes"}, headers=html)
        assert bare.status_code == 403
        word = re.search(r'name="csrf" value="([^"]+)"', page.text)
        assert word
        told = await client.post("/logout", data={"csrf": word[1]}, headers=html)
        assert told.headers["location"] == "/login"
        assert (await client.get("/", headers=html)).status_code == 401
    app.state.office.close()


# --- agencies, which the page of a story looks for in every text

NAMES = [name for agency in load_press().agencies.values() for name in (*agency.names, *agency.short)]


@given(st.lists(st.one_of(st.sampled_from(NAMES), st.sampled_from("ı İ - , said The ".split()), st.text(max_size=5))))
def test_agencies_are_found_as_a_pattern_of_all_names_finds_them(said: list[str]) -> None:
    press = load_press()
    for text in (" ".join(said), "".join(said).upper(), " ".join(said).swapcase().replace("i", "ı")):
        whole = [found.group().casefold() for found in press.any_name.finditer(text)]
        wanted = tuple(dict.fromkeys(press.by_name[name] for name in whole if name in press.by_name))
        assert cited(Article(0, "", "", text=text), press) == wanted
        short = short_there(text, press)
        found = [each.group() for each in short_pattern_of(short).finditer(text)] if short else []
        assert found == [each.group() for each in press.any_short.finditer(text)]

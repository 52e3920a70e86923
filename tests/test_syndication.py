"""Searches, topics and stories as feeds: valid, with ids that stay, open to readers that know an address only."""

from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import feedparser
from desk import SEEN, furnish
from loguru import logger
from sqlalchemy import insert, update
from web import Asking, asking, bearer, opened, with_setting

from monitor.edge.database import writing
from monitor.edge.tables import ARTICLE, STORY
from monitor.edge.tokens import Scope
from monitor.web.desk import Office

ON_BOTH = True

HOSTILE = "</title><script>alert(1)</script> & \x0b\x1f ]]> \u202e \ufffe"


def parsed(body: bytes) -> feedparser.FeedParserDict:
    found = feedparser.parse(BytesIO(body))
    assert not found.bozo, found.bozo_exception
    return found


def test_a_search_is_an_atom_feed(ask: Asking) -> None:
    answer = ask.get("/feeds/search.atom", params={"q": "wheat"})
    assert answer.headers["content-type"] == "application/atom+xml"
    feed = parsed(answer.content)
    assert feed.version == "atom10"
    assert feed.feed.title == "wheat"
    assert feed.feed.id.startswith("urn:uuid:")
    assert [entry.title for entry in feed.entries][-1] == "Wheat leaves the harbour"
    for entry in feed.entries:
        assert entry.id.startswith("urn:uuid:")
        assert entry.link.startswith("https://news.example/")
        assert entry.author
        assert entry.updated_parsed
        assert entry.published_parsed
    (own,) = [link for link in feed.feed.links if link.rel == "self"]
    assert own.href == "http://localhost/feeds/search.atom?q=wheat"


def test_a_search_is_a_json_feed(ask: Asking) -> None:
    answer = ask.get("/feeds/search.json", params={"q": "wheat"})
    assert answer.headers["content-type"] == "application/feed+json"
    feed = answer.json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert all(item["id"] and item["content_text"] for item in feed["items"])
    atom = parsed(ask.get("/feeds/search.atom", params={"q": "wheat"}).content)
    assert [item["id"] for item in feed["items"]] == [entry.id for entry in atom.entries]


def test_topics_and_stories_are_feeds(office: Office, ask: Asking) -> None:
    with writing(office.desk.engine) as connection:
        row = {"id": 1, "headline": "Wheat", "opened_at": SEEN, "latest_at": SEEN, "articles": 2}
        connection.execute(insert(STORY), [row])
        connection.execute(update(ARTICLE).where(ARTICLE.c.id.in_((1, 2))).values(story_id=1))
    topic = parsed(ask.get("/feeds/topics/grain.atom").content)
    assert topic.feed.title == "Grain exports"
    assert [entry.title for entry in topic.entries] == ["A convoy of barley", "Wheat leaves the harbour"]
    story = ask.get("/feeds/stories/1.json").json()
    assert [item["title"] for item in story["items"]] == ["Wheat price rises", "Wheat leaves the harbour"]
    assert ask.get("/feeds/topics/none.atom").status_code == 404
    assert ask.get("/feeds/stories/99.atom").status_code == 404
    assert ask.get("/feeds/search.rss").status_code == 422
    assert ask.get("/feeds/search.atom", params={"q": "colour:red"}).status_code == 400


def test_ids_stay_and_what_did_not_change_is_not_sent_again(office: Office, ask: Asking) -> None:
    first = ask.get("/feeds/search.atom", params={"q": "wheat"})
    again = ask.get("/feeds/search.atom", params={"q": "wheat"}, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    with writing(office.desk.engine) as connection:
        connection.execute(update(ARTICLE).where(ARTICLE.c.id == 1).values(title="Wheat left"))
    other = asking(office).get("/feeds/search.atom", params={"q": "wheat"})
    assert other.content != first.content
    assert [entry.id for entry in parsed(other.content).entries] == [
        entry.id for entry in parsed(first.content).entries
    ]


def test_hostile_words_come_back_as_words(office: Office, ask: Asking) -> None:
    with writing(office.desk.engine) as connection:
        changes = {"title": HOSTILE, "authors": [HOSTILE], "url": "javascript:alert(1)"}
        connection.execute(update(ARTICLE).where(ARTICLE.c.id == 1).values(changes))
    answer = ask.get("/feeds/search.atom", params={"q": "vessels"})
    assert b"<script" not in answer.content
    assert b"javascript:" not in answer.content
    (entry,) = parsed(answer.content).entries
    assert "&lt;script" in answer.text
    assert entry.title_detail.type == "text/plain"
    (item,) = ask.get("/feeds/search.json", params={"q": "vessels"}).json()["items"]
    assert item["title"] == HOSTILE
    assert "url" not in item


def test_a_reader_needs_nothing_but_an_address_with_a_token_that_may_only_read(office: Office) -> None:
    reader, manager = (bearer(office, scope)["Authorization"].split()[1] for scope in (Scope.READ, Scope.MANAGE))
    ask, logged = asking(office), []
    sink = logger.add(logged.append, level="DEBUG")
    answer = ask.get("/feeds/search.atom", params={"q": "wheat", "token": reader})
    refused = ask.get("/feeds/search.atom", params={"q": "wheat", "token": manager})
    logger.remove(sink)
    assert answer.status_code == 200
    assert reader not in answer.text
    assert refused.status_code == 403
    assert not [line for line in logged if reader in line or manager in line]
    assert ask.get("/feeds/search.atom", params={"q": "wheat"}).status_code == 401
    assert ask.get("/feeds/search.atom", params={"q": "wheat", "token": "mon_x"}).status_code == 401
    # Nothing else takes a token from an address.
    assert ask.get("/api/v1/me", params={"token": reader}).status_code == 401


def test_addresses_are_those_that_others_know(tmp_path: Path) -> None:
    furnish(tmp_path)
    with_setting(tmp_path, 'public_url = "https://monitor.example.org"')
    with opened(tmp_path) as office:
        headers = bearer(office)
        feed = asking(office).get("/feeds/topics/grain.json", headers=headers).json()
    assert urlsplit(feed["feed_url"]).netloc == "monitor.example.org"

"""The demo newsroom holds what it promises: its articles, their pages and feeds, and sinks that take what is sent."""

import asyncio
import io
import json
import signal
import ssl
import sys
from collections import Counter
from datetime import UTC, datetime
from email.message import EmailMessage
from html import escape, unescape
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import aiohttp
import aiosmtplib
import feedparser
import pytest
from standardwebhooks.webhooks import Webhook

from monitor.demo.corpus import Article, demo_corpus
from monitor.demo.newsroom import Newsroom
from monitor.demo.sinks import DROP, HookSink, MailSink, Reply
from monitor.demo.synthetic import synthetic

NOW = datetime(2026, 3, 3, 18, 0, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture
async def newsroom():
    async with Newsroom(now=NOW) as room:
        yield room


@pytest.fixture
async def client():
    async with aiohttp.ClientSession() as session:
        yield session


async def body_of(client: aiohttp.ClientSession, url: str) -> str:
    async with client.get(url) as answer:
        return await answer.text()


async def feed_of(client: aiohttp.ClientSession, newsroom: Newsroom, name: str) -> Any:
    source = next(source for source in newsroom.feeds if source.name == name)
    body = await body_of(client, source.url)
    if source.kind == "json":
        return json.loads(body)
    if source.kind == "sitemap":
        return ET.fromstring(body)
    return feedparser.parse(io.BytesIO(body.encode()), sanitize_html=False, resolve_relative_uris=False)


def article(fault: str) -> Article:
    (found,) = (item for item in demo_corpus().articles if item.fault == fault)
    return found


def squeezed(text: str) -> str:
    return " ".join(text.split())


# --- what is told


def test_the_articles_are_of_four_languages_and_three_kinds():
    articles = demo_corpus().articles
    assert Counter(item.lang for item in articles) == {"en": 24, "ru": 12, "uk": 11, "ar": 9}
    assert Counter(item.kind for item in articles) == {"positive": 32, "trap": 14, "negative": 10}
    assert {item.kind for item in articles if item.on_topic} == {"positive"}
    assert 0.5 < sum(item.on_topic for item in articles) / len(articles) < 0.6
    assert len({item.slug for item in articles}) == len(articles)


def test_most_articles_have_four_to_nine_paragraphs_of_forty_words_and_more():
    articles = demo_corpus().articles
    lengths = [len(text.split()) for item in articles for text in item.paragraphs]
    assert sum(4 <= len(item.paragraphs) <= 9 for item in articles) > 0.9 * len(articles)
    assert sum(length >= 40 for length in lengths) > 0.7 * len(lengths)
    assert 20 < min(lengths) < max(lengths) <= 90


def test_one_event_is_told_by_eight_outlets_in_three_languages_and_twice_copied():
    told = [item for item in demo_corpus().articles if item.event == "geneva-talks"]
    originals = {item.slug: item for item in told}
    copies = [item for item in told if item.copy_of]
    assert len({item.outlet for item in told}) == len(told) == 8
    assert {item.lang for item in told} == {"en", "uk", "ru"}
    assert len(copies) == 2
    for copy in copies:
        original = originals[copy.copy_of]
        edited = [pair for pair in zip(copy.paragraphs, original.paragraphs, strict=True) if pair[0] != pair[1]]
        assert copy.title != original.title
        assert copy.minutes_ago < original.minutes_ago
        assert len(edited) == 1


@pytest.mark.parametrize(
    ("lang", "names"),
    [
        ("en", "Lavrov Putin Blinken Rubio Stoltenberg Rutte Javelin Donbas Zelensky"),
        ("uk", "Лаврова Лаврову Путіну Блінкен Рубіо Столтенберг Рютте Джавелінів Донбасу Зеленським"),
        ("ru", "Лаврову Путина Блинкен Рубио Столтенберг Рютте Джавелинов Донбассе Зеленского"),
        ("ar", "لافروف بوتين بلينكن روبيو ستولتنبرغ روته جافلين دونباس زيلينسكي"),
    ],
)
def test_the_names_stand_in_the_forms_of_their_language(lang, names):
    text = " ".join(
        " ".join((item.title, *item.paragraphs))
        for item in demo_corpus().articles
        if item.lang == lang and item.on_topic
    )
    assert [name for name in names.split() if name not in text] == []


def test_the_traps_name_a_party_and_the_negatives_name_none():
    parties = ("ukrain", "russia", "nato", "moscow", "росси", "москв", "камчат", "украин", "україн", "روسي", "أوكراني")
    for item in demo_corpus().articles:
        text = " ".join((item.title, *item.paragraphs)).lower()
        named = any(party in text for party in parties)
        assert named == (item.kind != "negative") or "war in ukraine" in text, item.slug


# --- pages


async def test_every_page_holds_its_paragraphs_among_clutter(newsroom, client):
    served = [item for item in newsroom.articles if not item.fault and item.outlet != "meridian"]
    templates = {demo_corpus().outlets[item.outlet].template for item in served}
    for item in served:
        page = squeezed(unescape(await body_of(client, newsroom.url_of(item))))
        assert [text for text in item.paragraphs if text not in page] == []
        assert "cookie" in page or "تعريف الارتباط" in page
        assert len(page) > 1.3 * len("".join(item.paragraphs))
    assert len(served) > 40
    assert len(templates) >= 6


async def test_pages_off_topic_show_headlines_on_topic_beside_the_text(newsroom, client):
    storm = next(item for item in newsroom.articles if item.slug.startswith("storm-front"))
    html = await body_of(client, newsroom.url_of(storm))
    assert "NATO chief to meet Zelensky before the summer summit" in html


async def test_the_wordpress_outlet_asks_for_a_reply(newsroom, client):
    item = next(item for item in newsroom.articles if item.outlet == "harbourlane")
    html = await body_of(client, newsroom.url_of(item))
    assert "Leave a Reply" in html
    assert "Your email address will not be published." in html


async def test_sites_differ_in_what_they_say_of_themselves(newsroom, client):
    pages = {item.outlet: await body_of(client, newsroom.url_of(item)) for item in newsroom.articles if not item.fault}
    marked = {name for name, html in pages.items() if '"NewsArticle"' in html}
    graphed = {name for name, html in pages.items() if "og:title" in html}
    assert marked == {"northwire", "telegraf", "mina"}
    assert graphed == {"northwire", "telegraf", "mina", "visnyk", "harbourlane", "ledger"}
    assert 'dir="rtl"' in pages["mina"]
    assert "<meta property" not in pages["mist"]


async def test_one_outlet_turns_robots_away_but_its_feed_has_the_texts(newsroom, client):
    feed = await feed_of(client, newsroom, "meridian")
    texts = {entry.title: entry.content[0].value for entry in feed.entries}
    for item in (item for item in newsroom.articles if item.outlet == "meridian" and not item.fault):
        async with client.get(newsroom.url_of(item)) as answer:
            assert answer.status == 403
            assert item.paragraphs[0] not in await answer.text()
        assert all(escape(text) in texts[item.title] for text in item.paragraphs)


async def test_one_page_is_a_consent_wall(newsroom, client):
    walled = article("consent")
    html = await body_of(client, newsroom.url_of(walled))
    assert "We value your privacy" in html
    assert walled.title not in html


# --- feeds


async def test_six_feeds_in_six_formats_hold_their_entries(newsroom, client):
    assert [(source.name, source.language, source.kind) for source in newsroom.feeds] == [
        ("northwire", "en", "rss"),
        ("meridian", "en", "atom"),
        ("visnyk", "uk", "rdf"),
        ("telegraf", "ru", "json"),
        ("mina", "ar", "sitemap"),
        ("crossroads", "", "rss"),
    ]
    versions = {}
    for name, size in (("northwire", 11), ("meridian", 7), ("visnyk", 8), ("crossroads", 14)):
        feed = await feed_of(client, newsroom, name)
        versions[name] = feed.version
        assert not feed.bozo, feed.get("bozo_exception")
        assert len(feed.entries) == size
    assert versions == {"northwire": "rss20", "meridian": "atom10", "visnyk": "rss10", "crossroads": "rss091u"}
    telegraf = await feed_of(client, newsroom, "telegraf")
    assert telegraf["version"].endswith("1.1")
    assert len(telegraf["items"]) == 9
    assert len((await feed_of(client, newsroom, "mina")).findall(f"{MAP}url")) == 9


async def test_entries_come_newest_first_with_fresh_dates(newsroom, client):
    feed = await feed_of(client, newsroom, "northwire")
    dates = [entry.published_parsed[:6] for entry in feed.entries]
    assert all(newer >= older for newer, older in pairwise(dates))
    assert datetime(*dates[0], tzinfo=UTC) == article("title-injection").published(NOW)
    sitemap = await feed_of(client, newsroom, "mina")
    assert len(sitemap.findall(f".//{NEWS}publication_date")) == 9


async def test_the_poorest_feed_has_neither_guids_nor_dates(newsroom, client):
    feed = await feed_of(client, newsroom, "crossroads")
    assert not [entry for entry in feed.entries if "published" in entry or "id" in entry]
    assert all(entry.link and entry.title and entry.summary for entry in feed.entries)


async def test_one_page_stands_in_two_feeds_once_with_tracking(newsroom, client):
    links = {
        name: [e.get("link", "") for e in (await feed_of(client, newsroom, name)).entries]
        for name in ("northwire", "crossroads")
    }
    (plain,) = [link for link in links["crossroads"] if "javelin-shipment" in link]
    (tracked,) = [link for link in links["northwire"] if "javelin-shipment" in link]
    assert tracked == f"{plain}?utm_source=rss&utm_medium=feed&utm_campaign=all-stories"
    async with client.get(tracked) as answer:
        assert answer.status == 200
        assert f'<link rel="canonical" href="{plain}">' in await answer.text()


async def test_the_feeds_have_the_dirt_of_real_ones(newsroom, client):
    northwire = (await feed_of(client, newsroom, "northwire")).entries
    guids = Counter(entry.id for entry in northwire)
    assert [count for count in guids.values() if count > 1] == [2]
    assert any("<b>Javelin</b>" in entry.title for entry in northwire)
    body = await body_of(client, newsroom.feeds[0].url)
    assert "&#13;&#10;Bcc: everyone@example.org" in body
    telegraf = (await feed_of(client, newsroom, "telegraf"))["items"]
    assert [item["title"] for item in telegraf if item["url"].startswith("javascript:")] == [
        article("javascript").title
    ]
    meridian = (await feed_of(client, newsroom, "meridian")).entries
    # feedparser takes the id of an Atom entry without a link for its link
    (linkless,) = [entry for entry in meridian if not entry.link.startswith("http")]
    assert linkless.title == article("linkless").title
    assert escape(article("linkless").paragraphs[0]) in linkless.content[0].value
    missing = article("missing")
    (gone,) = [entry for entry in northwire if missing.slug in entry.link]
    assert gone.summary == missing.summary
    async with client.get(gone.link) as answer:
        assert answer.status == 404


async def test_a_feed_that_did_not_change_answers_304(newsroom, client):
    for source in newsroom.feeds:
        async with client.get(source.url) as answer:
            etag, changed = answer.headers["ETag"], answer.headers["Last-Modified"]
        for headers in (
            {"If-None-Match": etag},
            {"If-None-Match": f'"other", W/{etag}'},
            {"If-Modified-Since": changed},
        ):
            async with client.get(source.url, headers=headers) as answer:
                assert (answer.status, await answer.read(), answer.headers["ETag"]) == (304, b"", etag)
        async with client.get(source.url, headers={"If-None-Match": '"x"', "If-Modified-Since": changed}) as answer:
            assert answer.status == 200


async def test_articles_can_be_published_later(client):
    async with Newsroom(first=50, now=NOW) as newsroom:
        url = newsroom.feeds[0].url
        async with client.get(url) as answer:
            etag, before = answer.headers["ETag"], await answer.text()
        fresh = newsroom.publish(3)
        rest = newsroom.publish()
        async with client.get(url, headers={"If-None-Match": etag}) as answer:
            after = await answer.text()
        assert len(fresh) == len(rest) == 3
        assert newsroom.published == newsroom.articles
        assert newsroom.publish() == ()
        last = newsroom.articles[-1]
        assert last.slug not in before
        assert last.slug in after
        assert answer.status == 200


async def test_the_newsroom_counts_what_it_was_asked_for(newsroom, client):
    for _ in range(2):
        await body_of(client, f"{newsroom.base}/robots.txt?again")
    await body_of(client, f"{newsroom.base}/nowhere")
    assert newsroom.requests == {"/robots.txt": 2, "/nowhere": 1}


# --- the generator


@pytest.mark.slow
async def test_a_synthetic_edition_is_large_distinct_and_the_same_each_time(client):
    edition, again = synthetic(16, 5, seed=7), synthetic(16, 5, seed=7)
    articles = edition.corpus.articles
    assert articles == again.corpus.articles
    assert articles != synthetic(16, 5, seed=8).corpus.articles
    assert len(articles) == 80
    assert len({item.title for item in articles}) > 75
    assert len({item.paragraphs for item in articles}) == 80
    assert 0 < sum(item.on_topic for item in articles) < 30
    assert {channel.format for channel in edition.corpus.channels} == {"rss", "atom", "rdf", "json", "sitemap"}
    async with Newsroom(edition=edition, now=NOW) as newsroom:
        for source in newsroom.feeds:
            assert "story-0004" in await body_of(client, source.url)
        for item in articles[::9]:
            html = await body_of(client, newsroom.url_of(item))
            assert 24_000 < len(html.encode()) < 40_000
            assert 2_500 < len("\n".join(item.paragraphs).encode()) < 4_500
            assert all(escape(text) in html for text in item.paragraphs)


def test_two_synthetic_articles_share_little_of_their_wording():
    def shingles(item: Article) -> set[tuple[str, ...]]:
        words = " ".join(item.paragraphs).split()
        return set(zip(*(words[start:] for start in range(5)), strict=False))

    for lang in ("en", "uk", "ru", "ar"):
        sets = [shingles(item) for item in synthetic(8, 6).corpus.articles if item.lang == lang]
        overlaps = [len(one & other) / len(one | other) for one, other in pairwise(sets)]
        assert max(overlaps) < 0.5


# --- sinks


def mail(subject: str = "Жінева 🕊") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "monitor@example.org", "desk@example.org", subject
    message["Message-ID"] = "<one@example.org>"
    message.set_content("Лавров і Рубіо\n.a line that begins with a dot\n")
    return message


async def test_the_mail_sink_keeps_the_message_as_it_was_sent(tmp_path):
    log = tmp_path / "log.jsonl"
    async with MailSink(log=log) as sink:
        await aiosmtplib.send(mail(), hostname=sink.host, port=sink.port)
        await sink.arrived(1)
    (kept,) = sink.messages
    assert kept["Subject"] == "Жінева 🕊"
    assert kept.get_content().splitlines() == ["Лавров і Рубіо", ".a line that begins with a dot"]
    assert sink.envelopes == [("monitor@example.org", ("desk@example.org",))]
    line = json.loads(log.read_text())
    assert {**line, "at": ""} == {"kind": "mail", "id": "<one@example.org>", "subject": "Жінева 🕊", "at": ""}


async def test_the_mail_sink_refuses_as_planned_and_then_accepts():
    answers = ("451 4.3.0 Later", "554 5.7.1 No")
    async with MailSink(answers=answers, refused={"nobody@example.org": "550 5.1.1 Unknown"}) as sink:
        for code in (451, 554):
            with pytest.raises(aiosmtplib.SMTPDataError) as refusal:
                await aiosmtplib.send(mail(), hostname=sink.host, port=sink.port)
            assert refusal.value.code == code
        both = ["desk@example.org", "nobody@example.org"]
        refused, _ = await aiosmtplib.send(mail(), recipients=both, hostname=sink.host, port=sink.port)
    assert list(refused) == ["nobody@example.org"]
    assert len(sink.messages) == 1
    assert sink.tries == 3


async def test_the_mail_sink_can_keep_a_message_and_hang_up():
    async with MailSink(answers=(DROP,)) as sink:
        with pytest.raises(aiosmtplib.SMTPException):
            await aiosmtplib.send(mail(), hostname=sink.host, port=sink.port, timeout=5)
        await aiosmtplib.send(mail(), hostname=sink.host, port=sink.port)
    assert [message["Message-ID"] for message in sink.messages] == ["<one@example.org>"] * 2


async def test_the_mail_sink_asks_for_a_login():
    async with MailSink(login=("desk", "пароль")) as sink:
        where = {"hostname": sink.host, "port": sink.port}
        with pytest.raises(aiosmtplib.SMTPSenderRefused):
            await aiosmtplib.send(mail(), **where)
        with pytest.raises(aiosmtplib.SMTPAuthenticationError):
            await aiosmtplib.send(mail(), username="desk", password="wrong", **where)
        await aiosmtplib.send(mail(), username="desk", password="пароль", **where)
    assert len(sink.messages) == 1


def anonymous(protocol: int) -> ssl.SSLContext:
    """TLS without a certificate, which only a test may want."""
    context = ssl.SSLContext(protocol)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AECDH:@SECLEVEL=0")
    return context


async def test_the_mail_sink_speaks_starttls_and_only_then_takes_a_login():
    async with MailSink(login=("desk", "secret"), tls=anonymous(ssl.PROTOCOL_TLS_SERVER)) as sink:
        where = {"hostname": sink.host, "port": sink.port, "username": "desk", "password": "secret"}
        with pytest.raises(aiosmtplib.SMTPException):
            await aiosmtplib.send(mail(), start_tls=False, **where)
        client = anonymous(ssl.PROTOCOL_TLS_CLIENT)
        await aiosmtplib.send(mail(), start_tls=True, tls_context=client, **where)
    assert sink.encrypted == [True]


async def post(client: aiohttp.ClientSession, url: str, body: str, *, secret: str = SECRET) -> aiohttp.ClientResponse:
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", now, body),
    }
    async with client.post(url, data=body.encode(), headers=headers) as answer:
        return answer


async def test_the_hook_sink_keeps_exact_bytes_and_checks_signatures(client, tmp_path):
    log = tmp_path / "log.jsonl"
    body = '{"type": "alert",  "data": {"topic": "Росія–НАТО"}}'
    async with HookSink(secret=SECRET, log=log) as sink:
        assert (await post(client, sink.url, body)).status == 204
        await post(client, sink.url, body, secret="whsec_" + "AAAA" * 8)
        async with client.post(sink.url, data=b"\xff unsigned"):
            pass
        await sink.arrived(3)
    assert sink.verified == [True, False, False]
    assert [kept for _, kept in sink.received] == [body.encode()] * 2 + [b"\xff unsigned"]
    assert sink.received[0][0]["Webhook-Id"] == "msg_1"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["kind"], line["id"], line["topic"]) for line in lines][::2] == [
        ("hook", "msg_1", "Росія–НАТО"),
        ("hook", "", ""),
    ]


async def test_the_hook_sink_answers_as_planned(client):
    plan = (503, Reply(429, retry_after="7"), Reply(drop="before"), Reply(drop="after"))
    async with HookSink(plan=plan) as sink:
        assert (await post(client, sink.url, "{}")).status == 503
        assert (await post(client, sink.url, "{}")).headers["Retry-After"] == "7"
        for _ in range(2):
            with pytest.raises(aiohttp.ClientError):
                await post(client, sink.url, "{}")
        assert (await post(client, sink.url, "{}")).status == 204
    assert sink.tries == 5
    assert len(sink.received) == 4


# --- in a process of their own


async def started(*arguments: str) -> tuple[asyncio.subprocess.Process, str]:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", *arguments, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    return process, (await process.stdout.readline()).decode().strip()


@pytest.mark.slow
async def test_the_newsroom_runs_in_a_process_of_its_own(client):
    process, base = await started("monitor.demo.newsroom", "--feeds", "3", "--articles", "4", "--first", "5")
    async with client.get(f"{base}/-/feeds") as answer:
        feeds = await answer.json()
    async with client.post(f"{base}/-/publish?count=2") as answer:
        urls = await answer.json()
    assert await body_of(client, urls[0])
    async with client.get(f"{base}/-/requests") as answer:
        counts = await answer.json()
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
    assert len(feeds) == 3
    assert len(urls) == 2
    assert counts == {urls[0].removeprefix(base): 1}


@pytest.mark.slow
async def test_the_sinks_run_in_a_process_of_their_own(client, tmp_path):
    log = tmp_path / "arrivals.jsonl"
    process, line = await started("monitor.demo.sinks", "--log", str(log), "--secret", SECRET)
    ports = json.loads(line)
    await aiosmtplib.send(mail(), hostname="127.0.0.1", port=ports["mail"])
    await post(client, ports["hook"], '{"topic": "nato"}')
    kinds = [json.loads(line)["kind"] for line in log.read_text().splitlines()]
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
    assert kinds == ["mail", "hook"]

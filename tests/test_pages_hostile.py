"""What the outside says never runs: titles, authors, addresses and texts are text on every page."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Served, browsing, filled, serving
from playwright.sync_api import Browser
from sqlalchemy import insert, update

from monitor.edge import tables
from monitor.edge.clock import clock
from monitor.edge.database import writing
from monitor.edge.rows import from_match
from monitor.model import Evidence, Match
from monitor.web.pages.marks import safe_url

HIT = "(window.__hit||console.error)('hit')"
TEXTS = (
    f"<script>{HIT}</script>",
    f"</title><script>{HIT}</script>",
    f"</script><script>{HIT}</script>",
    f'"><img src=x onerror={HIT}>',
    f"' onmouseover='{HIT}' x='",
    f"<svg onload={HIT}>",
    f"<svg><animate onbegin={HIT} attributeName=x dur=1s>",
    f"<iframe srcdoc='<script>parent.{HIT}</script>'>",
    f"<details open ontoggle={HIT}>",
    f"<body onload={HIT}>",
    f"<style>@import 'javascript:{HIT}'</style>",
    f"<math><mtext></form><form><mglyph><style></math><img src onerror={HIT}>",
    f'<noscript><p title="</noscript><img src=x onerror={HIT}>">',
    f"{{{{ {HIT} }}}} ${{{HIT}}} <%= {HIT} %>",
    f"<a href=javascript:{HIT}>press</a>",
    f'<div hx-on:load="{HIT}" hx-get=/ hx-trigger=load>',
    f'<div hx-trigger="load[{HIT}]" hx-get=/>',
    f"<base href=//evil.example/><meta http-equiv=refresh content=0;url=javascript:{HIT}>",
    f"<input autofocus onfocus={HIT}>",
    f"&lt;script&gt;{HIT}&lt;/script&gt;",
    "\u202emoc.elpmaxe\u202c <b>bold</b> \u2066<i>",
)
ADDRESSES = (
    f"javascript:{HIT}",
    f"JaVaScRiPt:{HIT}//https://news.example/",
    f"  javascript:{HIT}",
    f"java\tscript:{HIT}",
    f"data:text/html,<script>{HIT}</script>",
    f"vbscript:{HIT}",
    f'https://news.example/" onmouseover="{HIT}',
    f"https://news.example/'><script>{HIT}</script>",
    "//evil.example/",
    "https://user:pass@evil.example:99999999/",
    "http://[::1",
    "file:///etc/passwd",
    "blob:https://news.example/1",
)


@pytest.mark.parametrize("url", ADDRESSES)
def test_an_address_is_a_link_only_when_it_leads_to_a_page(url: str) -> None:
    link = safe_url(url)
    assert link == "" or link.startswith("https://")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("hostile")
    with serving(filled(folder)) as archive:
        poison(archive)
        yield archive


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as opened:
        yield opened


def poison(archive: Served) -> None:
    """Each article, story, feed, alert and revision says something of the corpus."""
    now = clock()
    with writing(archive.office.desk.engine) as connection:
        for at in range(max(len(TEXTS), len(ADDRESSES))):
            text, url = TEXTS[at % len(TEXTS)], ADDRESSES[at % len(ADDRESSES)]
            row = {
                "key": f"hostile:{at}",
                "url": url,
                "title": f"poisoned {text}",
                "summary": text,
                "text": f"poisoned {text}\n\nand once more {text}",
                "authors": [text, url],
                "site": text,
                "note": text,
                "language": '"><script>' if at % 2 else "en",
                "image_url": url,
                "agencies": [text],
                "published_at": now,
                "seen_at": now,
                "text_source": "page",
                "state": "done",
                "revision": 1,
            }
            made = insert(tables.ARTICLE).values(row).returning(tables.ARTICLE.c.id)
            number = int(connection.execute(made).scalar_one())
            story = {"id": number, "headline": f"poisoned {text}", "name": text, "opened_at": now, "latest_at": now}
            connection.execute(insert(tables.STORY).values({**story, "articles": 1}))
            connection.execute(update(tables.ARTICLE).where(tables.ARTICLE.c.id == number).values(story_id=number))
            whole = f"poisoned {text}"
            evidence = (
                Evidence(text, "title", 0, 8, "poisoned", 2.0),
                Evidence(text, "lead", 3, min(40, len(whole)), text, 1.0),
                Evidence(text, "author", 0, 3, text),
                Evidence(text, "body", -5, 10**9, text),
            )
            found = Match("weather", text, "high", 2.0, evidence)
            connection.execute(insert(tables.MATCH).values(from_match(found, number, now)))
            connection.execute(insert(tables.REVISION).values(revision(number, text)))
            connection.execute(insert(tables.ALERT).values(alert(number, text)))
        hostile = {
            "title": TEXTS[0],
            "last_error": TEXTS[3],
            "health_why": TEXTS[5],
            "failures": 2,
            "language": TEXTS[4],
        }
        connection.execute(update(tables.FEED).values(hostile))


def revision(number: int, text: str) -> dict[str, object]:
    said = {"title": text, "text": f"before {text}", "text_source": "page", "replaced_at": clock()}
    return {"article_id": number, "number": 0, **said}


def alert(number: int, text: str) -> dict[str, object]:
    row = {"uid": f"alt_{number}", "receiver": text, "topic": text, "story_id": number, "article_id": number}
    row |= {
        "state": "failed",
        "created_at": clock(),
        "owed_at": clock(),
        "last_error": text,
        "held": text,
        "route": text,
    }
    return row


@pytest.mark.slow
def test_nothing_that_the_outside_says_ever_runs(browser: Browser, served: Served, tmp_path: Path) -> None:
    context = browser.new_context(base_url=served.base)
    page = context.new_page()
    hits: list[str] = []
    page.expose_function("__hit", lambda *said: hits.append(f"ran: {said}"))
    page.on("console", lambda told: hits.append(told.text) if told.type == "error" and "404" not in told.text else None)
    page.on("dialog", lambda dialog: (hits.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: hits.append(str(error)))
    page.on("request", lambda asked: hits.append(asked.url) if not asked.url.startswith(served.base) else None)
    paths = ["/?span=24h&topic=weather", "/?topic=*", "/alerts", "/sources", "/topics", "/search?q=poisoned"]
    paths += [f"/search?q={text.replace('&', '%26').replace('#', '%23')}" for text in TEXTS]
    with served.office.desk.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT id FROM article WHERE key LIKE 'hostile:%'").all()
    paths += [f"/{noun}/{row[0]}" for row in rows for noun in ("articles", "stories")]
    for path in paths:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        for href in page.evaluate("[...document.querySelectorAll('main a')].map(a => a.getAttribute('href'))"):
            assert re.match(r"/(?!/)|https?://|#", href), href
        assert page.locator("main script, main iframe, main img, main style, main base, main object").count() == 0
        page.evaluate("document.querySelectorAll('*').forEach(e => e.dispatchEvent(new Event('mouseover')))")
    context.close()
    assert hits == []


@pytest.mark.slow
def test_the_text_is_shown_as_it_was_written(browser: Browser, served: Served) -> None:
    context = browser.new_context(base_url=served.base)
    page = context.new_page()
    page.goto("/search?q=poisoned&order=oldest")
    shown = page.locator("article.hit h2").all_inner_texts()
    assert f"poisoned {TEXTS[0]}" in shown
    context.close()

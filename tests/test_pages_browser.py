"""The pages in a real browser: what people do there, with and without scripts, by mouse and by keys alone."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import PAGES, Served, browsing, filled, looking, serving
from playwright.sync_api import Browser, Page, Route, expect
from small_feeds import STORY as ENTRY
from small_feeds import rss
from sqlalchemy import insert, update

from monitor.edge.clock import clock
from monitor.edge.database import writing
from monitor.edge.rows import from_match
from monitor.edge.runs import Run, begin_run, mark_run
from monitor.edge.tables import ARTICLE, MATCH, STORY
from monitor.model import Match

pytestmark = pytest.mark.slow
EVENT = "Lavrov and Rubio agree to open security talks in Geneva next week"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as opened:
        yield opened


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(filled(tmp_path_factory.mktemp("filled"))) as archive:
        yield archive


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    with looking(browser, served) as opened:
        yield opened


def notice(page: Page) -> str:
    return page.get_by_role("status").first.inner_text()


def test_a_search_is_answered_while_it_is_typed_and_narrowed_by_a_facet(page: Page) -> None:
    page.goto("/search?q=geneva")
    page.locator("#q").fill("lavr")
    page.get_by_role("link", name="@lavrov").click()
    expect(page.get_by_role("status")).to_contain_text("for @lavrov")
    expect(page).to_have_url(re.compile(r"q=%40lavrov"))
    before = page.locator("article.hit").count()
    page.get_by_role("complementary", name="Narrow the answer").get_by_role(
        "link", name=re.compile("^northwire")
    ).click()
    expect(page).to_have_url(re.compile("site"))
    assert 0 < page.locator("article.hit").count() < before
    expect(page.locator("#q")).to_have_value("@lavrov AND site:northwire.example")


def test_days_narrow_a_search_and_codes_are_told_by_name(page: Page) -> None:
    page.goto("/search?q=geneva&order=oldest")
    everything = page.locator("article.hit").count()
    narrow = page.get_by_role("complementary", name="Narrow the answer")
    expect(narrow.get_by_text("Netherlands")).to_be_visible()
    expect(narrow.get_by_text("English")).to_be_visible()
    page.get_by_label("Until").fill("2001-12-31")
    page.get_by_role("button", name="Narrow").click()
    expect(page.locator("#q")).to_have_value("geneva AND published:[* TO 2001-12-31]")
    expect(page.get_by_role("status")).to_contain_text("0 articles")
    page.get_by_label("Until").fill("")
    page.get_by_role("button", name="Narrow").click()
    expect(page.locator("#q")).to_have_value("geneva")
    expect(page.locator("article.hit")).to_have_count(everything)
    expect(page.locator("#order")).to_have_value("oldest")


def test_a_daemon_that_fell_silent_is_told_of(browser: Browser, tmp_path: Path) -> None:
    with serving(filled(tmp_path)) as archive, looking(browser, archive) as page:
        engine, now = archive.office.desk.engine, clock()
        number = begin_run(engine, Run(1, "here", "0", now, now))
        page.goto("/")
        expect(page.get_by_text("Nothing new comes in")).to_have_count(0)
        mark_run(engine, number, now - timedelta(minutes=10))
        page.reload()
        expect(page.get_by_text("Nothing new comes in")).to_be_visible()


def test_what_is_wrong_with_a_query_is_told_with_its_place(page: Page) -> None:
    page.goto("/search?q=geneva")
    page.locator("#q").fill("geneva AND lnag:uk")
    expect(page.get_by_role("alert")).to_contain_text("lnag")
    expect(page.get_by_role("alert").locator("mark")).to_contain_text("lnag:uk")


def test_a_story_is_opened_labelled_named_and_silenced(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name=EVENT).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(EVENT)
    page.get_by_role("button", name="Yes, Diplomacy and security talks should flag it").click()
    assert "Noted of 6 articles" in notice(page)
    page.get_by_label("Why").fill("told enough")
    page.get_by_role("button", name="Mute this story").click()
    assert "holds until" in notice(page)
    expect(page.get_by_text("told enough")).to_be_visible()
    page.get_by_role("button", name="End it now").click()
    assert "has ended" in notice(page)
    page.get_by_label("Name").fill("Geneva talks")
    page.get_by_role("button", name="Name it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Geneva talks")
    page.get_by_label("Name").fill("")
    page.get_by_role("button", name="Name it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(EVENT)


def test_evidence_says_what_it_speaks_for_on_hover_and_on_focus(page: Page) -> None:
    page.goto("/articles/13")
    first = page.locator(".text mark.ev").first
    tip = first.get_by_role("tooltip")
    expect(tip).to_be_hidden()
    first.hover()
    expect(tip).to_be_visible()
    page.mouse.move(0, 0)
    expect(tip).to_be_hidden()
    first.focus()
    expect(tip).to_be_visible()
    expect(tip).to_contain_text("+")


def test_an_article_shows_how_it_changed_and_is_read_again_on_demand(page: Page) -> None:
    page.goto("/articles/13")
    expect(page.locator(".diff.title del")).to_have_text("more")
    expect(page.locator(".diff.title ins")).to_have_text("new")
    page.get_by_role("button", name="Read it again").click()
    assert "another reading" in notice(page)
    expect(page.get_by_text("waits to be read again")).to_be_visible()


def test_a_topic_is_changed_tried_on_the_past_saved_and_refused_when_faulty(page: Page, served: Served) -> None:
    page.goto("/topics/weather")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("heading", name="The last 30 days")).to_be_visible()
    expect(page.locator("#trial")).to_contain_text("2 of 2 right")
    page.get_by_label(re.compile("^Query")).fill("flood OR storm OR library")
    page.get_by_label("Points of another signal").first.fill("3")
    page.get_by_label("Another signal", exact=True).first.fill("library")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("region", name="Added")).to_contain_text("Library to open on Sundays")
    page.get_by_role("button", name="Save", exact=True).click()
    assert "Saved" in notice(page)
    assert "library" in (served.config.parent / "own.toml").read_text("utf-8")
    page.get_by_label(re.compile("^Query")).fill("flood AND (storm")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert").first).to_contain_text("query")
    assert "flood AND (storm" not in (served.config.parent / "own.toml").read_text("utf-8")


def test_a_topic_is_tried_while_it_is_written(page: Page) -> None:
    page.goto("/topics/weather")
    page.get_by_label(re.compile("^Query")).fill("flood OR storm OR rain")
    expect(page.get_by_role("heading", name="The last 30 days")).to_be_visible()
    page.get_by_label(re.compile("^Query")).fill("flood AND (")
    expect(page.get_by_text("It cannot be tried as it is")).to_be_visible()


def test_a_shipped_topic_is_saved_under_a_name_of_its_own(page: Page) -> None:
    page.goto("/topics/nuclear-threats")
    page.get_by_label(re.compile("^Save under")).fill("our-nuclear")
    page.get_by_role("button", name="Save as another topic").click()
    assert "Saved" in notice(page)
    expect(page).to_have_url(re.compile("/topics/our-nuclear$"))


def test_a_silence_names_what_it_is_of_and_is_ended(page: Page) -> None:
    page.goto("/alerts")
    page.get_by_text("New silence").click()
    page.get_by_role("button", name="Silence", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("must name what it is of")
    page.get_by_label("Entity").fill("@lavrov")
    page.get_by_role("button", name="Silence", exact=True).click()
    page.get_by_role("button", name="End it: the silence of lavrov").click()
    assert "has ended" in notice(page)


def test_a_failed_alert_is_owed_again(page: Page) -> None:
    page.goto("/alerts?state=failed")
    page.get_by_role("button", name="Send it again").click()
    assert "owed again" in notice(page)


def test_a_source_is_looked_at_and_then_watched(browser: Browser, served: Served, feed_server: str) -> None:
    with looking(browser, served) as page:
        page.goto("/sources")
        page.get_by_label("Watch one more").fill(f"{feed_server}/feed.xml")
        page.get_by_role("button", name="Look at it").click()
        page.get_by_label("Name").fill("little-paper")
        page.get_by_role("button", name="Watch it").click()
        assert "little-paper is watched" in notice(page)
        page.get_by_role("button", name="Remove little-paper").click()
        assert "watched no more" in notice(page)


@pytest.fixture
def feed_server() -> Iterator[str]:
    import threading
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Paper(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/rss+xml")
            self.end_headers()
            self.wfile.write(rss(ENTRY).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Paper)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_everything_can_be_read_and_done_without_scripts(browser: Browser, served: Served) -> None:
    with looking(browser, served, java_script_enabled=False) as page:
        page.goto("/")
        expect(page.locator("time").first).to_contain_text("UTC")
        page.get_by_role("link", name=EVENT).click()
        page.get_by_role("button", name="No, Sanctions and energy should not flag it").click()
        assert "Noted" in notice(page)
        page.get_by_label("Search the archive").fill("@lavrov")
        page.get_by_label("Search the archive").press("Enter")
        expect(page.get_by_role("status")).to_contain_text("articles for @lavrov")
        page.goto("/topics/weather")
        page.get_by_role("button", name="Try it").click()
        expect(page.get_by_role("heading", name="The last 30 days")).to_be_visible()
        page.get_by_role("button", name=re.compile("^Colours")).click()
        assert page.locator("html").get_attribute("data-theme") == "light"


def test_a_new_story_appears_by_itself(browser: Browser, tmp_path: Path) -> None:
    with serving(filled(tmp_path)) as archive, looking(browser, archive) as page:
        with page.expect_response("**/api/v1/events?*"):
            page.goto("/?topic=weather")
        publish_storm(archive)
        expect(page.get_by_role("link", name="A storm at last")).to_be_visible()


def test_a_story_that_came_before_the_page_listened_appears_too(browser: Browser, tmp_path: Path) -> None:
    with serving(filled(tmp_path)) as archive, looking(browser, archive) as page:

        def late(route: Route) -> None:
            publish_storm(archive)
            route.continue_()

        page.route("**/api/v1/events?*", late, times=1)
        page.goto("/?topic=weather")
        expect(page.get_by_role("link", name="A storm at last")).to_be_visible()


def publish_storm(archive: Served) -> None:
    """A story comes, from another process."""
    now, engine = clock(), archive.office.desk.engine
    row = {"key": "late", "url": "https://news.example/late", "title": "A storm at last", "text": "It rains."}
    row |= {"seen_at": now, "published_at": now, "state": "done", "language": "en", "site": "Late News"}
    with writing(engine) as connection:
        number = int(connection.execute(insert(ARTICLE).values(row).returning(ARTICLE.c.id)).scalar_one())
        story = {"id": number, "headline": row["title"], "opened_at": now, "latest_at": now, "articles": 1}
        connection.execute(insert(STORY).values(story))
        connection.execute(update(ARTICLE).where(ARTICLE.c.id == number).values(story_id=number))
        match = Match("weather", "v", "normal", 2.0, ())
        connection.execute(insert(MATCH).values(from_match(match, number, now)))


def test_times_are_in_the_zone_of_the_reader(page: Page) -> None:
    page.goto("/articles/13")
    told = page.locator("time").first
    at = told.get_attribute("datetime")
    assert at
    hour = (int(at[11:13]) + (2 if "-04-" <= at[4:8] <= "-10-" else 1)) % 24
    expect(told).to_contain_text(f"{hour:02}:{at[14:16]}")
    expect(page.locator("[data-zone]")).to_have_text("Europe/Berlin")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_puts_a_hindrance_in_anybodys_way(browser: Browser, served: Served, scheme: str) -> None:
    found = {}
    context = browser.new_context(base_url=served.base, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    for path in PAGES:
        page.goto(path)
        result = Axe().run(page)
        if result.violations_count:
            found[path] = result.generate_report()
    context.close()
    assert found == {}


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_page_is_wider_than_the_screen(browser: Browser, served: Served, width: int) -> None:
    context = browser.new_context(base_url=served.base, viewport={"width": width, "height": 740})
    page = context.new_page()
    wide = {}
    for path in PAGES:
        page.goto(path)
        if (needed := page.evaluate("document.documentElement.scrollWidth")) > width:
            wide[path] = needed
    context.close()
    assert wide == {}


def test_the_keyboard_alone_is_enough(browser: Browser, feed_server: str, tmp_path: Path) -> None:
    with serving(filled(tmp_path)) as guarded:
        secret = guarded.token("desk")
        with looking(browser, guarded) as page:
            page.goto("/login")
            page.keyboard.type(secret)
            page.keyboard.press("Enter")
            page.wait_for_url("**/")
            page.keyboard.press("Tab")
            expect(page.locator(".skip")).to_be_focused()
            page.keyboard.press("Enter")
            page.keyboard.press("j")
            expect(page.get_by_role("link", name=EVENT)).to_be_focused()
            page.keyboard.press("j")
            page.keyboard.press("k")
            page.keyboard.press("Enter")
            page.wait_for_url("**/stories/*")
            press_on(page, "Yes, Diplomacy and security talks should flag it")
            expect(page.get_by_role("status")).to_contain_text("Noted")
            press_on(page, "Mute this story")
            expect(page.get_by_role("status").first).to_contain_text("holds until")
            page.keyboard.press("/")
            page.keyboard.type("@lavrov")
            page.keyboard.press("Enter")
            page.wait_for_url("**/search?q=*")
            tab_to(page, "a", "northwire")
            page.keyboard.press("Enter")
            page.wait_for_url("**site*")
            manage_by_keys(page, feed_server)
            press_on(page, "Log out")
            page.wait_for_url("**/login")


def manage_by_keys(page: Page, feed_server: str) -> None:
    """Try and save a topic, watch a source, end a silence."""
    page.goto("/topics/weather")
    press_on(page, "Try it")
    expect(page.get_by_role("heading", name="The last 30 days")).to_be_visible()
    press_on(page, "Save")
    assert "Saved" in notice(page)
    page.goto("/sources")
    tab_to(page, "input", "", name="url")
    page.keyboard.type("http://127.0.0.1:9/none")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("cannot connect")
    tab_to(page, "input", "", name="url")
    page.keyboard.press("Control+A")
    page.keyboard.type(f"{feed_server}/feed.xml")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Watch it")).to_be_visible()
    tab_to(page, "input", "", name="name")
    page.keyboard.press("Control+A")
    page.keyboard.type("little-paper")
    page.keyboard.press("Enter")
    assert "is watched" in notice(page)
    page.goto("/alerts")
    press_on(page, "End it")
    assert "has ended" in notice(page)


def press_on(page: Page, label: str) -> None:
    tab_to(page, "button", label)
    page.keyboard.press("Enter")


def tab_to(page: Page, tag: str, label: str, name: str = "") -> None:
    """Press Tab until the thing that is meant has the focus, and see that this shows."""
    for _ in range(150):
        page.keyboard.press("Tab")
        here = page.evaluate(
            """() => { const e = document.activeElement; return [e.tagName.toLowerCase(),
            e.getAttribute("aria-label") || e.textContent.trim(), e.getAttribute("name") || "",
            getComputedStyle(e).outlineStyle] }"""
        )
        if here[0] == tag and here[1].startswith(label) and (not name or here[2] == name):
            assert here[3] != "none"
            return
    raise AssertionError(f"Tab never came to {label or name}")

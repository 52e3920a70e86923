"""What the pages of a site repeat is learned and left out; what its stories say is not."""

from dataclasses import replace
from datetime import date, timedelta

from conftest import NOW

from monitor.customs import Customs, Line, SiteMemory
from monitor.edge.sites import forget_site, known_sites, load_site, save_site
from monitor.edge.store import Store
from monitor.model import Page
from monitor.think.extract import extract
from monitor.think.site import boilerplate, dropped_too_much, is_learned, learn

ON_BOTH = True

END = "It was a long day for all who were there, and nobody left before the end of it."
DAY = date(2026, 3, 1)
BOX = "Mit unserem Morgenbrief wissen Sie mehr"
BACKGROUND = (
    "The strike began in autumn, when the port's owners cut the night shift, and " + "talks have failed since. " * 8
)


def line(text: str, *, kept: bool = True) -> Line:
    return Line(text, "paragraph", kept)


def own(number: int) -> list[Line]:
    words = ("harbour", "ferry", "mayor", "school", "bridge", "river", "market", "museum", "stadium", "library")
    return [
        line(f"Of the {words[(number + at) % 10]} {'abcdefghij'[number % 10] * 4} was said, {words[at]} too.")
        for at in range(4)
    ]


def read(count: int, *, box: str = BOX, every: int = 1, memory: SiteMemory | None = None) -> SiteMemory:
    memory = memory or SiteMemory("example.org")
    for number in range(memory.pages, memory.pages + count):
        more = [line(box)] if number % every == 0 else []
        day = DAY + timedelta(days=number // 10)
        memory = learn(
            memory, [*own(number), *more], f"a{number}", f"Headline {'abcdefghijklmnopqrst'[number % 20]}", day
        )
    return memory


def learned(memory: SiteMemory) -> list[str]:
    return [seen.text for seen in memory.lines if is_learned(seen, memory)]


def test_what_two_pages_showed_is_left_out_from_the_third_on() -> None:
    assert learned(read(1)) == []
    assert learned(read(2)) == [BOX]


def test_one_article_read_again_teaches_nothing() -> None:
    memory = SiteMemory("example.org")
    for _ in range(5):
        memory = learn(memory, [*own(1), line(BOX)], "a", "Headline", DAY)
    assert (memory.pages, learned(memory)) == (1, [])


def test_the_same_story_under_other_addresses_teaches_nothing() -> None:
    memory = SiteMemory("example.org")
    for number in range(5):
        memory = learn(memory, own(1), f"a{number}", f"Headline {'abcde'[number]}", DAY)
    assert learned(memory) == []


def test_one_headline_over_many_pages_teaches_nothing() -> None:
    memory = SiteMemory("example.org")
    for number in range(5):
        memory = learn(memory, [*own(number), line(BOX)], f"a{number}", "Live", DAY)
    assert learned(memory) == []


def test_background_that_some_stories_repeat_is_kept() -> None:
    assert learned(read(40, box=BACKGROUND, every=4)) == []


def test_a_correction_that_a_few_stories_bear_is_kept() -> None:
    assert learned(read(40, box="Correction: an earlier version misstated a name.", every=12)) == []


def test_what_is_not_seen_again_is_forgotten_and_memory_is_bounded() -> None:
    memory = read(3)
    for number in range(3, 400):
        lines = [
            line(f"{'abcdefghij'[number % 10] * 3} {'klmnopqrst'[number // 10 % 10] * 3} {'uvwxyz'[at]} {number}")
            for at in range(6)
        ]
        memory = learn(memory, lines, f"b{number}", f"Other {number}", DAY)
    assert BOX not in [seen.text for seen in memory.lines]
    assert len(memory.lines) <= 300


def test_an_article_never_loses_most_of_its_text() -> None:
    dropped = Line("x" * 100, "paragraph", kept=False, reason="site repeats")
    assert dropped_too_much([dropped, line("x" * 99)])
    assert not dropped_too_much([dropped, line("x" * 101)])


def test_what_was_learned_is_kept_shown_and_forgotten(store: Store) -> None:
    memory = read(3)
    assert save_site(store.engine, memory, 0, NOW)
    assert load_site(store.engine, "example.org") == memory
    assert known_sites(store.engine) == (memory,)
    assert not save_site(store.engine, replace(memory, pages=4), 1, NOW)  # another was quicker
    assert forget_site(store.engine, "example.org")
    assert not forget_site(store.engine, "example.org")
    assert load_site(store.engine, "example.org") == SiteMemory("example.org")


def test_pages_lose_the_line_that_their_site_repeats() -> None:
    memory = SiteMemory("example.org")
    texts = []
    for number in range(4):
        said = [f"<p>{each.text} {END}</p>" for each in own(number)]
        body = f"<h1>Story {'abcd'[number]}</h1>{said[0]}{said[1]}<p>{BOX}.</p>{said[2]}{said[3]}"
        html = f"<html><title>Story {'abcd'[number]}</title><body><main>{body}</main></body></html>"
        page = Page("https://example.org/a", "https://example.org/a", 200, html.encode(), "text/html")
        found = extract(page, customs=Customs(boilerplate=boilerplate(memory)), now=NOW)
        memory = learn(memory, found.lines, f"a{number}", found.title, DAY)
        texts.append(found.text)
    assert [BOX in text for text in texts] == [True, True, False, False]

"""Where something else stands in the place of an article, nothing is stored as one."""

import json

import pytest

from monitor.errors import ExtractError
from monitor.model import Page
from tests.pages import ENGLISH, URL, article, html, page, ps, read

FIRST, SECOND, _ = ENGLISH.paragraphs


def reason_of(source: Page, title: str = "") -> str:
    with pytest.raises(ExtractError) as caught:
        read(source, title)
    return caught.value.reason


def consent(*lines: str) -> Page:
    return page(html(f"<div class='dialog'><h1>{lines[0]}</h1>{ps(*lines[1:])}</div>", title=lines[0]))


def teasers(number: int, around: str) -> str:
    link = "<a href='/{0}'>The harbour of island {0} is open again after the storm</a>"
    return "".join(around.format(link.format(each)) for each in range(number))


WALLS = {
    "consent": [
        consent(
            "We value your privacy",
            "We and our 912 partners store and/or access information on a device and process personal data.",
            "You may accept all, reject all or manage preferences. Some of our partners claim a legitimate interest.",
        ),
        consent(
            "Datenschutzeinstellungen",
            "Wir und unsere Partner speichern Cookies auf Ihrem Gerät und verarbeiten personenbezogene Daten.",
            "Mit „Alle akzeptieren“ erteilen Sie Ihre Einwilligung, oder Sie lesen mit einem Abo ohne Werbung.",
        ),
        consent(
            "Nous respectons votre vie privée",
            "Nous et nos partenaires utilisons des cookies pour traiter des données personnelles.",
            "Vous pouvez tout accepter, tout refuser ou continuer sans accepter. Votre consentement est gardé un an.",
        ),
        consent(
            "Szanujemy Twoją prywatność",
            "My i nasi partnerzy przechowujemy informacje na urządzeniu w celu przetwarzania danych osobowych.",
            "Twoja zgoda jest dobrowolna. Kliknij „akceptuję”, aby przejść do serwisu, lub zmień ustawienia.",
        ),
    ],
    "challenge": [
        page(html("<h1>www.example.org</h1><p>Verifying you are human.</p>", title="Just a moment...")),
        page(
            html("<p>Why have I been blocked? This site uses a service.</p>", title="Attention Required! | Cloudflare")
        ),
        page(html("<h1>Access Denied</h1><p>You don't have permission to see this.</p>", title="Access Denied")),
    ],
    "script-only": [
        page(html("<noscript>You need to enable JavaScript to run this app.</noscript><div id='root'></div>")),
        page(html("<div id='app'><p>Bitte aktivieren Sie JavaScript.</p></div><script src='/a.js'></script>")),
        page(html("<p>JavaScript is disabled in your browser. Please turn on JavaScript to read this story.</p>")),
    ],
    "soft-404": [
        page(
            html(
                "<h1>Page not found</h1><p>The page you are looking for has moved, or was never there.</p>", title="404"
            )
        ),
        page(
            html(
                "<h1>Seite nicht gefunden</h1><p>Leider gibt es die gewünschte Seite nicht mehr auf unserem Server.</p>"
            )
        ),
        page(html("<h1>Страница не найдена</h1><p>Возможно, она была удалена или перемещена в другое место.</p>")),
    ],
    "index": [
        page(html(teasers(60, "<div><h2>{}</h2><p>It was said on Monday, and more of it in the evening.</p></div>"))),
        page(html(f"<ul>{teasers(40, '<li>{}</li>')}</ul>", title="Example News")),
        page(html(f"<main><h1>News</h1>{teasers(25, '<p>{}</p>')}</main>", title="News")),
    ],
    "empty": [page(""), page("  \n\t "), page("\ufeff\n")],
    "too-short": [page("<html><body></body></html>"), page(html("<nav><a href='/'>Home</a></nav>")), page("Hi.")],
    "pdf": [page(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3"), page(b"binary", "application/pdf")],
    "not-html": [
        page(b"\xff\xd8\xff\xe0\x00\x10JFIF"),
        page(b"\x89PNG\r\n\x1a\n"),
        page(b"x" * 100, "video/mp4"),
        page('<?xml version="1.0"?><rss version="2.0"><channel><title>News</title></channel></rss>'),
        page("<!-- made by hand --><feed xmlns='http://www.w3.org/2005/Atom'></feed>"),
        page('{"error": "rate limited"}', "application/json"),
        page('{"error": "rate limited"}'),
    ],
}


@pytest.mark.parametrize(
    ("reason", "wall"),
    [(reason, wall) for reason, walls in WALLS.items() for wall in walls],
    ids=[f"{reason}-{number}" for reason, walls in WALLS.items() for number, _ in enumerate(walls)],
)
def test_a_wall_is_not_stored_as_the_story(reason: str, wall: Page) -> None:
    assert reason_of(wall) == reason


@pytest.mark.parametrize("end", ["/", "/en/", "/index.html", "/home"])
def test_a_story_that_leads_to_the_home_page_is_gone(end: str) -> None:
    source = article()
    home = Page(URL, f"https://www.example.org{end}", 200, source.body, source.content_type)
    assert reason_of(home) == "home-page"
    asked = Page(home.final_url, home.final_url, 200, source.body, source.content_type)
    assert read(asked).text == ENGLISH.text


def test_of_a_story_behind_a_paywall_the_teaser_is_kept_and_the_offer_is_not() -> None:
    told = {"@type": "NewsArticle", "headline": ENGLISH.title, "isAccessibleForFree": False}
    head = f'<script type="application/ld+json">{json.dumps(told)}</script>'
    offer = "<div class='paywall'><h3>Subscribe to continue reading</h3><p>Already a subscriber? Log in.</p></div>"
    body = f"<article><h1>{ENGLISH.title}</h1>{ps(FIRST, SECOND)}{offer}</article>"
    assert read(page(html(body, head))).text == f"{FIRST}\n\n{SECOND}"
    assert reason_of(page(html(f"<article><h1>{ENGLISH.title}</h1>{offer}</article>", head))) == "paywall"


def test_a_story_about_cookies_or_lost_pages_is_a_story() -> None:
    text = (
        "The court ruled on Monday that sites may not make it harder to reject all cookies than to accept all of them.",
        "Publishers that share personal data with their partners need the consent of the reader, the judges found.",
        "“A page not found is better than a page that spies,” said the lawyer who had brought the case, and smiled.",
        "The publisher argued with its legitimate interest, and wants to appeal. It has until the end of the month.",
    )
    source = page(
        html(f"<article><h1>Court rules on cookies</h1>{ps(*text * 3)}</article>", title="Court rules on cookies")
    )
    assert read(source).text.startswith(text[0])
    assert read(source, "Court rules on cookies").text.startswith(text[0])


def test_a_story_that_lists_many_others_is_a_story() -> None:
    listed = [f"<li><a href='/{n}'>What the wall of the year {1900 + n} had cost</a></li>" for n in range(30)]
    told = ps(*(text.replace("harbour", word) for word in "abcdefghijklm" for text in ENGLISH.paragraphs))
    body = f"<article><h1>{ENGLISH.title}</h1>{told}<ul>{''.join(listed)}</ul></article>"
    assert read(page(html(body))).text.startswith(FIRST.replace("harbour", "a"))
    short = f"<article><h1>{ENGLISH.title}</h1>{ps(FIRST, SECOND)}<ul>{''.join(listed)}</ul></article>"
    assert FIRST in read(page(html(short)), ENGLISH.title).text, "its feed names it by its headline"


@pytest.mark.slow
def test_a_maze_that_hides_its_story_is_refused_as_too_large() -> None:
    assert reason_of(page(html("<div></div>" * 90_000 + ps(FIRST, SECOND)))) == "too-large"

"""What stands where an article should, row by row: each ends with a text and a reason, and nothing else is asked."""

import gzip
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from html import escape
from pathlib import Path

import pytest
from loguru import logger
from servers import Site, Speak, drip, flood, http, never, redirect, then_close
from sqlalchemy import update

from monitor.config import load
from monitor.daemon import make_beats, opened
from monitor.edge import search, sources
from monitor.edge.clock import clock
from monitor.edge.database import writing
from monitor.edge.tables import ARTICLE, FEED
from monitor.errors import FetchError
from monitor.model import Article
from monitor.pipeline import Pipeline

pytestmark = pytest.mark.slow

WORDS = (
    "harbour bridge winter letter minister river market convoy signal garden window engine school doctor village "
    "treaty coast island paper silver mountain station council farmer"
).split()
LENGTHS = (28, 24, 31, 22, 26)
ATTEMPTS = 2
FORBIDDEN = ("MARK", "root:", "\0")  # MARK: of all that is no article, what is no reader's to see


def said(name: str, place: int, length: int = 26) -> str:
    """A sentence that no other page holds: what many pages of a site repeat is left out of them."""
    chance = random.Random(f"{name} {place}")
    return "The " + " ".join(chance.choice(WORDS) for _ in range(length)) + f" was {chance.choice(WORDS)} again."


def summary(name: str) -> str:
    return said(name, 99, 12)


def page(name: str, *inside: str, head: str = "", of: int = 5) -> str:
    """A page with an article of so many paragraphs, and whatever else stands behind the second of them."""
    first, second, *others = [f"<p>{said(name, at, LENGTHS[at])}</p>" for at in range(of)]
    body = f"<h1>Story of {name}</h1>{first}{second}{''.join(inside)}{''.join(others)}"
    return shell(f"<article>{body}</article>", f"<title>Story of {name}</title>{head}")


def shell(body: str, head: str = "") -> str:
    return f'<!DOCTYPE html><html lang="en"><head>{head}</head><body>{body}</body></html>'


def html(text: str | bytes, *lines: str) -> bytes:
    body = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return http(body, "200 OK", *(lines or ("Content-Type: text/html; charset=utf-8",)))


@dataclass(frozen=True)
class Row:
    """What the article's address answers; without a note the page's own text is wanted, else the feed's."""

    answer: bytes | Speak
    note: str = ""
    asked: int = 1  # how often


def rows(open_door: str, closed_door: str) -> dict[str, Row]:
    """The rows; the doors are places that nobody may ask: one that only our good manners keep shut, and one shut."""
    index = "".join(
        f"<div><h2><a href='/{n}'>HOMEMARK {said('index', n, 9)}</a></h2><p>HOMEMARK {said('teaser', n, 14)}</p></div>"
        for n in range(60)
    )
    dialog = (
        "<div role='dialog'><h1>We value your privacy</h1><p>WALLMARK We and our 900 partners store and access "
        "information on a device and process personal data. You may accept all, reject all or manage preferences. "
        "Some of our partners claim a legitimate interest.</p></div>"
    )
    unseen = "<p {}>HIDDENMARK The treasure lies under the third stone behind the lighthouse, he whispered.</p>"
    hidden = (
        "style='display:none'",
        "aria-hidden='true'",
        "style='color:#fff;background:#ffffff'",
        "style='background-color: rgb(255, 255, 255); color: White'",
        "style='font-size:0'",
    )
    things = (
        f"<img src='{open_door}/a.png'><iframe src='{open_door}/frame'></iframe><object data='{open_door}/o'></object>"
        f"<embed src='{open_door}/e'><link rel='stylesheet' href='{open_door}/s.css'><script src='{open_door}/s.js'>"
        f"</script><video poster='{open_door}/p' src='{open_door}/v'></video>"
    )
    names = (
        f"<base href='{open_door}/'><link rel='canonical' href='javascript:alert(1)'>"
        f"<meta property='og:url' content='{open_door}/og'><link rel='amphtml' href='{open_door}/amp'>"
        f"<link rel='alternate' type='application/rss+xml' href='{open_door}/o'><link rel='next' href='{open_door}/2'>"
    )
    entity = (
        f'<?xml version="1.0"?><!DOCTYPE html PUBLIC "x" "{open_door}/d.dtd" [<!ENTITY x SYSTEM "file:///etc/passwd">'
        f'<!ENTITY % y SYSTEM "{open_door}/y"> %y;]>'
    )
    told = '<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":false}</script>'
    offer = "<div class='paywall'><h3>Subscribe to continue reading</h3><p>WALLMARK Log in, or subscribe.</p></div>"
    bomb = gzip.compress(b"<html><body><p>" + b"x" * 40_000_000)
    film = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 5000000000\r\n\r\n\0"
    challenge = shell("<p>MARK Verifying you are human.</p>", "<title>Just a moment...</title>")
    refresh = "<meta http-equiv='refresh' content='0;url={}'>"
    return {
        "an ordinary page": Row(html(page("an ordinary page"))),
        "things": Row(html(page("things", things))),
        "names": Row(html(page("names", head=names))),
        "an attachment": Row(
            html(page("an attachment"), "Content-Type: application/octet-stream", "Content-Disposition: attachment")
        ),
        "plain text": Row(
            html("\n\n".join(said("plain text", at) for at in range(5)), "Content-Type: text/plain; charset=utf-8")
        ),
        "latin": Row(html(page("latin", "<p>Das Café war naïv.</p>").encode("cp1252"), "Content-Type: text/html")),
        "nul": Row(html(page("nul").replace("e", "\0e"))),
        "halves": Row(html(page("halves", "<p>Half a letter &#xD800; and \ud800 another \udfff is none.</p>"))),
        "hidden": Row(html(page("hidden", *(unseen.format(how) for how in hidden)))),
        "entities": Row(html(entity + page("entities", "<p>And &x; said it.</p>").removeprefix("<!DOCTYPE html>"))),
        "a paywall": Row(html(page("a paywall", offer, head=told, of=2))),
        "a date in 2099": Row(
            html(page("a date in 2099", head='<meta property="article:published_time" content="2099-01-01T00:00:00Z">'))
        ),
        "no end": Row(flood(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>", b"<p>MARK</p>" * 999), "larger"),
        "too large": Row(html(page("too large", f"<p>{'MARK ' * 600_000}</p>")), "larger"),
        "a film": Row(then_close(film), " "),
        "a bomb": Row(html(bomb, "Content-Type: text/html", "Content-Encoding: gzip"), " "),
        "no answer": Row(never, "no answer", ATTEMPTS),
        "a drip": Row(drip(html("x" * 10_000)), " ", ATTEMPTS),
        "broken off": Row(then_close(html(page("broken off"))[:-90]), " ", ATTEMPTS),
        "a pdf": Row(html(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\nMARK"), "PDF"),
        "a photo": Row(html(b"\xff\xd8\xff\xe0\x00\x10JFIF", "Content-Type: image/jpeg"), "image"),
        "a feed": Row(html("<?xml version='1.0'?><rss><channel><title>MARK</title></channel></rss>"), "feed"),
        "no byte": Row(html(b""), "empty", ATTEMPTS),
        "no word": Row(html("<html><body></body></html>"), "hardly any text"),
        "404": Row(http(page("404").encode(), "404 Not Found"), "404"),
        "410": Row(http(page("410").encode(), "410 Gone"), "410"),
        "403": Row(http(b"<title>Just a moment...</title>MARK", "403 Forbidden"), "403"),
        "500": Row(http(b"MARK", "500 Oops"), "500", ATTEMPTS),
        "a challenge": Row(html(challenge), "robot"),
        "a dialog": Row(html(shell(dialog)), "consent"),
        "a shell": Row(html(shell("<p>MARK Please enable JavaScript to read this.</p>")), "scripts"),
        "refresh": Row(html(shell("", refresh.format(f"{open_door}/"))), "hardly any text"),
        "refresh to metadata": Row(html(shell("", refresh.format("http://169.254.169.254/"))), "hardly any text"),
        "a script": Row(html(shell(f"<script>window.location='{open_door}/'</script>")), "hardly any text"),
        "an index": Row(html(shell(index, "<title>The Wire</title>")), "list of links"),
        "the home page": Row(redirect("/"), "home page"),
        "a consent that loops": Row(redirect("/ask?back=loop"), "redirect"),
        "a closed door": Row(redirect(f"{closed_door}/"), " "),
        "a login": Row(redirect(f"http://user:secret@{closed_door.removeprefix('http://')}/"), " "),
        "metadata": Row(redirect("http://169.254.169.254/latest/meta-data/"), " "),
    }


def path_of(name: str) -> str:
    return f"/story/{name.replace(' ', '-')}"


def listed(base: str, names: list[str], start: str) -> bytes:
    items = "".join(
        f"<item><guid>{start}{name}</guid><title>Story of {name}</title><link>{base}{path_of(name)}</link>"
        f"<description>{summary(name)}</description></item>"
        for name in names
    )
    return http(f'<rss version="2.0"><channel><title>Wire</title>{items}</channel></rss>'.encode())


TRAP = '<?xml version="1.0"?>{}<rss version="2.0"><channel><title>Trap</title>{}<item><guid>g</guid><title>Trap of {}'


def traps(door: str) -> dict[str, bytes]:
    """Feeds that name an address in every place that a reader of feeds could be led to by; each holds one item."""
    media = (
        "xmlns:m='http://search.yahoo.com/mrss/' xmlns:w='http://wellformedweb.org/CommentAPI/' "
        "xmlns:a='http://www.w3.org/2005/Atom'"
    )
    furniture = (
        f"</title><enclosure url='{door}/e.mp3' length='1' type='audio/mpeg'/><comments>{door}/c</comments>"
        f"<w:commentRss {media}>{door}/w</w:commentRss><m:content {media} url='{door}/m'/>"
        f"<source url='{door}/s'>x</source>"
        f"<a:link {media} rel='hub' href='{door}/hub'/>"
    )
    markup = escape(
        f"<p>Seen<img src='{door}/i'><iframe src='{door}/f'></iframe><link rel='stylesheet' href='{door}/l'>"
        f"<object data='{door}/o'></object><script src='{door}/s'></script></p>"
    )
    channel = (
        f"<image><url>{door}/i</url></image><a:link {media} rel='hub' href='{door}/hub'/>"
        f"<a:link {media} rel='self' href='{door}/self'/><cloud domain='{door}' port='1' path='/' protocol='xml-rpc'/>"
        f"<textInput><link>{door}/t</link></textInput><docs>{door}/d</docs>"
    )
    include = "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' parse='text' href='{}'/></title>"
    return {
        name: (TRAP.format(head, around, f"{name} {said}") + "</item></channel></rss>").encode()
        for name, head, around, said in (
            ("a file", '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]>', "", "&a;</title>"),
            ("an address", f'<!DOCTYPE rss [<!ENTITY a SYSTEM "{door}/a">]>', "", "&a;</title>"),
            ("a parameter", f'<!DOCTYPE rss [<!ENTITY % a SYSTEM "{door}/p"> %a;]>', "", "</title>"),
            ("a dtd", f'<!DOCTYPE rss SYSTEM "{door}/rss.dtd">', "", "</title>"),
            ("an inclusion", "", "", include.format(f"{door}/x")),
            ("a file included", "", "", include.format("file:///etc/passwd")),
            ("a stylesheet", f"<?xml-stylesheet href='{door}/s.xsl'?>", "", f"</title><a xml:base='{door}/'/>"),
            ("furniture", "", channel, furniture),
            ("markup", "", "", f"</title><description>{markup}</description>"),
        )
    }


@dataclass
class Watch:
    """The daemon's parts between a site and what must not be asked."""

    pipeline: Pipeline
    site: Site

    async def go_round(self) -> None:
        """Whatever waits need wait no longer."""
        with writing(self.pipeline.store.engine) as connection:
            connection.execute(update(FEED).values(due_at=clock()))
            connection.execute(update(ARTICLE).where(ARTICLE.c.state == "read").values(due_at=clock()))
        await make_beats(self.pipeline).drain()

    @property
    def articles(self) -> dict[str, Article]:
        found = [each.article for each in search.every_article(self.pipeline.store.engine)]
        by_title = {article.title: article for article in found}
        assert len(by_title) == len(found)
        return by_title


@asynccontextmanager
async def watching(folder: Path, site: Site, feeds: dict[str, str], *others: Site) -> AsyncIterator[Watch]:
    logger.remove()
    places = ", ".join(f'"{each.place}"' for each in (site, *others))
    watched = "".join(f'[[feed]]\nname = "{name}"\nurl = "{url}"\n' for name, url in feeds.items())
    (folder / "config.toml").write_text(
        f"""
        [fetch]
        allow_private = [{places}]
        per_host = 32
        per_domain = 64
        first_byte_timeout = "1s"
        timeout = "3s"
        max_page = "2MB"
        [read]
        workers = 1
        attempts = {ATTEMPTS}
        {watched}
        """,
        "utf-8",
    )
    async with opened(load(folder / "config.toml")) as pipeline:
        yield Watch(pipeline, site)


async def test_whatever_stands_where_an_article_should_each_row_ends_as_it_should(tmp_path: Path) -> None:
    door_answer = flood(b"HTTP/1.1 200 OK\r\n\r\n", b"DOORMARK")
    async with Site() as site, Site({"/": door_answer}) as open_door, Site({"/": door_answer}) as closed_door:
        table, trapped = rows(open_door.base, closed_door.base), traps(open_door.base)
        site.answers |= {path_of(name): row.answer for name, row in table.items()}
        site.answers |= {f"/trap{n}": http(body) for n, body in enumerate(trapped.values())}
        site.answers |= {
            "/": html(page("HOMEMARK")),
            "/ask": redirect(path_of("a consent that loops"), "302 Found", "Set-Cookie: seen=1; Path=/nowhere"),
            "/feed": listed(site.base, list(table), "a"),
            "/mirror": listed(site.base, list(table), "b"),
        }
        paths = {f"trap{n}": f"{site.base}/trap{n}" for n in range(len(trapped))}
        feeds = {"wire": f"{site.base}/feed", "mirror": f"{site.base}/mirror", **paths}
        async with watching(tmp_path, site, feeds, open_door) as watch:
            for _ in range(ATTEMPTS + 2):
                await watch.go_round()
            articles = watch.articles
            asked = list(open_door.asked)
            with pytest.raises(FetchError, match="404"):  # the door is open to whoever would go there
                await watch.pipeline.fetcher.get(f"{open_door.base}/there")
            errors = {feed.name: feed.last_error for feed, _ in sources.known_feeds(watch.pipeline.store.engine)}
        assert {name: error for name, error in errors.items() if error} == {}
        assert sum(title.startswith("Trap") for title in articles) == len(trapped)
        for name, row in table.items():
            check(articles.pop(f"Story of {name}"), name, row)
            assert site.paths.count(path_of(name)) <= row.asked * (6 if "loops" in name else 1), name
        assert asked == []
        assert (open_door.connections, closed_door.connections) == (1, 0)
    for article in articles.values():
        assert not any(mark in f"{article.title} {article.text} {article.summary}" for mark in FORBIDDEN), article.title


def check(article: Article, name: str, row: Row) -> None:
    assert article.state == "done", name
    assert not any(mark in article.text + article.title for mark in FORBIDDEN), name
    article.text.encode()
    if row.note:
        assert (article.text, article.text_source) == (summary(name), "feed"), name
        assert row.note in article.note, (name, article.note)
    else:
        assert article.text.startswith(said(name, 0, LENGTHS[0]) if "plain" not in name else said(name, 0)), name
        assert (article.text_source, article.note) == ("page", ""), name
        assert article.published_at is None or article.published_at < clock() + timedelta(days=2)
        assert not article.url.startswith("javascript"), name
    if name == "latin":
        assert "Das Café war naïv." in article.text

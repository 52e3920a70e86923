"""Three numbers become an edition of any size: distinct articles in four languages on pages of about 30 kB."""

import random
import tomllib
from collections.abc import Callable
from datetime import datetime
from functools import cache
from html import escape
from importlib.resources import files
from itertools import cycle, islice
from typing import Any

from monitor.demo.corpus import Article, Channel, Corpus, Outlet
from monitor.demo.pages import Edition, Press, Sheet, news_article, script, site

TEXT_BYTES = 3000  # of each article's text
TOPIC_SHARE = 0.15  # of the articles
LANGUAGES = ("en", "en", "uk", "en", "ru", "en", "ar", "en")
FORMATS = ("rss", "rss", "atom", "rss", "rdf", "json", "rss", "sitemap")  # most feeds of the world are RSS
MINUTES_APART = 7


def synthetic(feeds: int, per_feed: int, seed: int = 1, *, topic_share: float = TOPIC_SHARE) -> Edition:
    """An edition of `feeds` × `per_feed` articles, the same for the same numbers."""
    outlets, articles, channels = [], [], []
    for number in range(feeds):
        chance = random.Random(f"{seed}/{number}")  # noqa: S311  # nothing here is secret
        outlet = _outlet(number, chance)
        outlets.append(outlet)
        articles += [_article(outlet, place, chance, topic_share) for place in range(per_feed)]
        style = FORMATS[(number * 3 + number // len(LANGUAGES)) % len(FORMATS)]
        channels.append(Channel(outlet.id, outlet.name, outlet.lang, style, (outlet.id,)))
    corpus = Corpus.of(outlets, articles, channels)
    return Edition(corpus, _press(corpus))


def _outlet(number: int, chance: random.Random) -> Outlet:
    lang = LANGUAGES[number % len(LANGUAGES)]
    return Outlet(id=f"site{number:04}", name=f"{_name(lang, chance)} {number}", lang=lang, template="synthetic.html")


def _article(outlet: Outlet, place: int, chance: random.Random, topic_share: float) -> Article:
    lang = outlet.lang
    on_topic = chance.random() < topic_share
    fill = _filler(lang, chance)
    titles = _frames()[lang]["topic_titles" if on_topic else "titles"]
    sentences = [fill(frame) for frame in _chosen(lang, chance, on_topic=on_topic)]
    paragraphs = tuple(" ".join(sentences[start : start + 3]) for start in range(0, len(sentences), 3))
    return Article(
        slug=f"story-{place:04}-{chance.randrange(10**6):06}",
        outlet=outlet.id,
        lang=lang,
        title=fill(chance.choice(titles)),
        paragraphs=paragraphs,
        minutes_ago=place * MINUTES_APART,
        section="news",
        kind="positive" if on_topic else "negative",
        on_topic=on_topic,
        authors=(fill("{person}"),),
    )


def _chosen(lang: str, chance: random.Random, *, on_topic: bool) -> list[str]:
    """Frames for a text of the wanted size; an article on topic opens with its topic."""
    plain, topic = _frames()[lang]["plain"], _frames()[lang]["topic"]
    pool = cycle(chance.sample(plain, len(plain)))
    chosen = chance.sample(topic, len(topic)) if on_topic else []
    size = sum(len(frame.encode()) for frame in chosen)
    while size < TEXT_BYTES:
        chosen.append(next(pool))
        size += len(chosen[-1].encode())
    return chosen


def _filler(lang: str, chance: random.Random) -> Callable[[str], str]:
    """Fills slots from a cast of names that is one article's own."""
    cast = {
        "person": [f"{_name(lang, chance)} {_name(lang, chance)}" for _ in range(4)],
        "place": [_name(lang, chance) for _ in range(3)],
        "firm": [_name(lang, chance) for _ in range(3)],
        "thing": chance.sample(_frames()[lang]["things"], 3),
    }

    def fill(frame: str) -> str:
        opening, *rest = frame.split("{")
        filled = [opening]
        for part in rest:
            slot, text = part.split("}", 1)
            filled += [str(chance.randint(2, 980)) if slot == "n" else chance.choice(cast[slot]), text]
        return "".join(filled)

    return fill


def _name(lang: str, chance: random.Random) -> str:
    frames = _frames()[lang]
    return chance.choice(frames["starts"]) + chance.choice(frames["middles"]) + chance.choice(frames["ends"])


@cache
def _frames() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(files("monitor.demo").joinpath("frames.toml").read_text("utf-8"))


def _press(corpus: Corpus) -> Press:
    """Prints pages whose clutter is made once a site; only the article's own part is made for each."""
    headlines: dict[str, list[str]] = {}
    for article in corpus.articles:
        headlines.setdefault(article.outlet, []).append(article.title)
    shells = {outlet.id: _shell(outlet, headlines.get(outlet.id, [])) for outlet in corpus.outlets.values()}

    def press(article: Article, base: str, now: datetime) -> Sheet:
        top, middle, bottom = shells[article.outlet]
        outlet = corpus.outlets[article.outlet]
        return Sheet(200, (top, _head(article, outlet, base, now), middle, _story(article, now), bottom))

    return press


def _shell(outlet: Outlet, headlines: list[str]) -> tuple[bytes, bytes, bytes]:
    """The page around the article: what stands above its head, between head and story, and below."""
    words = [title.split(" ")[0] for title in headlines] or [outlet.name]
    html = site("synthetic.html").render(
        outlet=outlet, words=list(islice(cycle(words), 40)), headlines=list(islice(cycle(headlines or words), 24))
    )
    top, rest = html.split("<!--head-->")
    middle, bottom = rest.split("<!--story-->")
    return top.encode(), middle.encode(), bottom.encode()


def _head(article: Article, outlet: Outlet, base: str, now: datetime) -> bytes:
    url, title = base + article.path, escape(article.title)
    facts: dict[str, Any] = news_article(article, outlet, base, now)
    return (
        f'<title>{title} | {escape(outlet.name)}</title>\n<link rel="canonical" href="{url}">\n'
        f'<meta property="og:title" content="{title}">\n<meta property="og:url" content="{url}">\n'
        f'<meta property="article:published_time" content="{article.published(now).isoformat()}">\n'
        f'<script type="application/ld+json">{script(facts)}</script>'
    ).encode()


def _story(article: Article, now: datetime) -> bytes:
    paragraphs = "\n".join(f"<p>{escape(text)}</p>" for text in article.paragraphs)
    author, when = escape(article.authors[0]), article.published(now)
    return (
        f'<h1>{escape(article.title)}</h1>\n<p class="byline"><span rel="author">{author}</span> '
        f'<time datetime="{when.isoformat()}">{when:%d.%m.%Y %H:%M}</time></p>\n'
        f'<div class="text">\n{paragraphs}\n</div>'
    ).encode()

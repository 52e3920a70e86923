"""The demo's TOML files become its articles, its outlets and its channels."""

import tomllib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Outlet:
    """A publication: one site template, one language."""

    id: str
    name: str
    lang: str
    template: str
    tagline: str = ""
    bio: str = ""  # what its author boxes say after the name
    related: tuple[str, ...] = ()  # headlines of older stories that its pages show beside any article
    status: int = 200  # that its pages answer


@dataclass(frozen=True, slots=True)
class Article:
    """One story as one outlet tells it, and what a monitor should make of it."""

    slug: str
    outlet: str
    lang: str
    title: str
    paragraphs: tuple[str, ...]
    minutes_ago: int
    section: str
    kind: str  # positive, trap, negative
    on_topic: bool
    authors: tuple[str, ...] = ()
    event: str = ""  # the same for all articles that tell one event
    copy_of: str = ""  # slug of the article that this one reprints
    feed_title: str = ""  # the title with the markup that its feed leaves in it
    earlier_title: str = ""  # of the first wording, which the feed still carries under the same guid
    summary: str = ""
    caption: str = ""
    also_in: tuple[str, ...] = ()  # further channels that carry it
    fault: str = ""  # title-injection, missing, consent, linkless, javascript

    @property
    def path(self) -> str:
        return f"/{self.outlet}/{self.section}/{self.slug}"

    @property
    def lead(self) -> str:
        return self.summary or self.paragraphs[0]

    def published(self, now: datetime) -> datetime:
        return now.replace(microsecond=0) - timedelta(minutes=self.minutes_ago)


@dataclass(frozen=True, slots=True)
class Channel:
    """One feed: its format and whose articles it carries."""

    name: str
    title: str
    lang: str
    format: str  # rss, atom, rdf, json, sitemap, rss091
    outlets: tuple[str, ...]
    full: bool = False  # whether it carries whole texts
    tracking: str = ""  # query string that it adds to each link

    def carries(self, article: Article) -> bool:
        return article.outlet in self.outlets or self.name in article.also_in


@dataclass(frozen=True, slots=True)
class Corpus:
    """Everything that the newsroom prints; articles stand oldest first."""

    outlets: dict[str, Outlet]
    articles: tuple[Article, ...]
    channels: tuple[Channel, ...]

    @classmethod
    def of(cls, outlets: list[Outlet], articles: list[Article], channels: list[Channel]) -> Self:
        ordered = sorted(articles, key=lambda article: (-article.minutes_ago, article.slug))
        return cls({outlet.id: outlet for outlet in outlets}, tuple(ordered), tuple(channels))


@cache
def demo_corpus() -> Corpus:
    """The articles that come with the package."""
    outlets, articles, channels = [], [], []
    for file in sorted(files("monitor.demo").joinpath("articles").iterdir(), key=lambda item: item.name):
        if not file.name.endswith(".toml"):
            continue
        data = tomllib.loads(file.read_text("utf-8"))
        if "outlet" in data:
            outlet = Outlet(id=file.name.removesuffix(".toml"), **_frozen(data["outlet"]))
            outlets.append(outlet)
            articles += [_raw(outlet, item) for item in data["article"]]
        channels += [Channel(**_frozen(item)) for item in data.get("channel", ())]
    originals = {article.slug: article for article in articles if not article.copy_of}
    return Corpus.of(outlets, [_reprinted(article, originals) for article in articles], channels)


def _raw(outlet: Outlet, item: dict[str, Any]) -> Article:
    """A copy carries only its edited paragraph until `_reprinted` fills in the rest."""
    item = dict(item)
    if "copy_of" in item:
        item = {"kind": "positive", "on_topic": True, **item}
        paragraphs = [""] * (item.pop("edited") - 1) + [item.pop("edit")]
    else:
        paragraphs = item.pop("text").strip().split("\n\n")
    return Article(outlet=outlet.id, lang=outlet.lang, paragraphs=tuple(paragraphs), **_frozen(item))


def _reprinted(article: Article, originals: dict[str, Article]) -> Article:
    if not article.copy_of:
        return article
    original = originals[article.copy_of]
    edited = dict(enumerate(article.paragraphs))
    paragraphs = tuple(edited.get(place) or text for place, text in enumerate(original.paragraphs))
    return replace(article, paragraphs=paragraphs, event=original.event, kind=original.kind, on_topic=original.on_topic)


def _frozen(table: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}

"""The articles of a story become the voices that tell it: copies and sites of one house speak with one voice."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from monitor.model import Article
from monitor.think.press import Outlet, Press, outlet_of

_LAST = datetime.max.replace(tzinfo=UTC)  # an article without any time stands behind all others


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks: an agency, through all that carry its report, or a house, through its sites."""

    key: str
    name: str
    articles: tuple[int, ...]  # in order of time
    outlets: tuple[str, ...]  # names
    first_at: datetime | None
    agency: bool = False


@dataclass(frozen=True, slots=True)
class Voices:
    """Who tells a story, how many there are, and when."""

    articles: int
    copies: int
    outlets: tuple[str, ...]  # names, in order of their first article
    voices: tuple[Voice, ...]  # likewise
    countries: tuple[str, ...]  # of the outlets, the most frequent first
    languages: tuple[str, ...]  # likewise
    first_at: datetime | None
    latest_at: datetime | None
    peak_at: datetime | None  # the hour with most articles; of equals the first
    peak: int  # articles in that hour


def when(article: Article) -> datetime | None:
    """When an article came out: as it says, but not later than it was seen."""
    if article.published_at and article.seen_at:
        return min(article.published_at, article.seen_at)
    return article.published_at or article.seen_at


def in_order(articles: Sequence[Article]) -> list[Article]:
    """Articles by time, those of one time by number."""
    return sorted(articles, key=_place)


def count_voices(articles: Sequence[Article], press: Press) -> Voices:
    """Count who tells a story. The order in which the articles are given changes nothing.

    Every article speaks with one voice: that of the agency whose report it carries, else that of the owner of its
    site; and a copy with the voice of all that have the same text.
    """
    ordered = in_order(articles)
    outlets = {article.id: outlet_of(article, press) for article in ordered}
    groups = group_copies(ordered)
    spoken: dict[str, list[Article]] = {}
    named: dict[str, Outlet | None] = {}
    for key, source, group in sorted(
        ((*_voice_of(group, outlets), group) for group in groups.values()), key=lambda found: _place(found[2][0])
    ):
        spoken.setdefault(key, []).extend(group)
        named.setdefault(key, source)
    voices = [_voice(key, said, named[key], outlets, press) for key, said in spoken.items()]
    sites = {outlet.key: outlet for outlet in outlets.values()}
    times = [time for article in ordered if (time := when(article))]
    hours = Counter(time.replace(minute=0, second=0, microsecond=0) for time in times)
    peak_at = min(hours, key=lambda hour: (-hours[hour], hour), default=None)
    return Voices(
        articles=len(ordered),
        copies=sum(len(group) - 1 for group in groups.values()),
        outlets=tuple(outlet.name for outlet in sites.values()),
        voices=tuple(voices),
        countries=_by_number(outlet.country for outlet in sites.values()),
        languages=_by_number(article.language.partition("-")[0] for article in ordered),
        first_at=times[0] if times else None,
        latest_at=times[-1] if times else None,
        peak_at=peak_at,
        peak=hours[peak_at] if peak_at else 0,
    )


def number_of_voices(articles: Sequence[Article], press: Press) -> int:
    """How many voices tell a story: as many as `count_voices` finds, without the rest of what it tells."""
    if len(articles) == 1:
        return 1
    ordered = in_order(articles)
    outlets = {article.id: outlet_of(article, press) for article in ordered}
    return len({_voice_of(group, outlets)[0] for group in group_copies(ordered).values()})


def group_copies(ordered: Sequence[Article]) -> Mapping[int, list[Article]]:
    """Articles by the one whose text they have; that one may be missing among them."""
    origin = {article.id: article.copy_of for article in ordered}
    groups: dict[int, list[Article]] = {}
    for article in ordered:
        groups.setdefault(_root(article.id, origin), []).append(article)
    return groups


def _root(article_id: int, origin: Mapping[int, int | None]) -> int:
    """The article at the beginning of a chain of copies; of a ring, which should not be, its lowest number."""
    seen = [article_id]
    while (before := origin.get(seen[-1])) is not None:
        if before in seen:
            return min(seen[seen.index(before) :])
        seen.append(before)
    return seen[-1]


def _voice_of(group: list[Article], outlets: Mapping[int, Outlet]) -> tuple[str, Outlet | None]:
    """With which voice articles of one text speak: an agency that one of them names, else the first one's house."""
    agency = next((each.agencies[0] for each in group if each.agencies), "")
    own = next((outlets[each.id].agency for each in group if outlets[each.id].agency), "")
    if own or agency:
        return f"agency:{own or agency}", None
    first = outlets[group[0].id]
    return f"house:{first.owner}", first


def _voice(
    key: str, articles: list[Article], source: Outlet | None, outlets: Mapping[int, Outlet], press: Press
) -> Voice:
    ordered = in_order(articles)
    names = tuple(dict.fromkeys(outlets[article.id].name for article in ordered))
    kind, _, id_ = key.partition(":")
    known = press.agencies.get(id_) if kind == "agency" else None
    house = source.owner if source and source.owner != source.key and len(names) > 1 else names[0]
    name = known.name if known else house
    return Voice(key, name, tuple(each.id for each in ordered), names, when(ordered[0]), agency=kind == "agency")


def _by_number(found: Iterable[str]) -> tuple[str, ...]:
    counts = Counter(filter(None, found))
    return tuple(sorted(counts, key=lambda item: (-counts[item], item)))


def _place(article: Article) -> tuple[datetime, int]:
    return when(article) or _LAST, article.id

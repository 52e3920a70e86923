"""An article's matches, its story and the routes become the alerts that are owed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from monitor.facts import Facts
from monitor.host import host_of
from monitor.model import Alert, Article, Match, Story
from monitor.telling import SEVERITIES, GroupBy, Route, Told
from monitor.think.again import why_again

Names = Callable[[tuple[str, ...], Article], bool]  # whether an article names any of these entities
Pair = tuple[str, str]  # receiver, topic


@dataclass(frozen=True, slots=True)
class Reach:
    """A receiver that a route leads to."""

    receiver: str
    route: Route


def nobody(entities: tuple[str, ...], article: Article) -> bool:  # noqa: ARG001 - stands in where no entities are known
    """No entity is known, so none is named."""
    return False


def alerts(
    match_list: tuple[Match, ...],
    article: Article,
    story: Story,
    routes: tuple[Route, ...],
    told: Mapping[Pair, Told],
    now: datetime,
    *,
    facts: Mapping[str, Facts] | None = None,
    names: Names = nobody,
    edited: bool = False,
) -> tuple[Alert, ...]:
    """One alert for each (receiver, topic) that a route leads to, and one more where its route has a reason for it.

    `told` holds the last alert of this story for each; `facts` what is known of it now, by topic; `edited` says that
    an edit of the article made it match.
    """
    owed: dict[Pair, Alert] = {}
    for match in match_list:
        shown = (facts or {}).get(match.topic) or Facts(severity=match.severity)
        for reach in reached(routes, match, article, names):
            pair = (reach.receiver, match.topic)
            before = told.get(pair)
            if pair in owed:
                continue
            if before is None:
                owed[pair] = _first(reach, match, article, story, now, shown)
            elif reason := why_again(reach.route.timing, before, shown, now, edited=edited):
                owed[pair] = _again(reach, before, article, story, now, shown, reason)
    return tuple(owed.values())


def reached(routes: tuple[Route, ...], match: Match, article: Article, names: Names = nobody) -> Iterator[Reach]:
    """The receivers that a match of an article is told to, in the order of the routes."""
    for route in routes:
        if fits(route, match, article, names):
            yield from _within(route, match, article, names)
            if not route.goes_on:
                return


def _within(route: Route, match: Match, article: Article, names: Names) -> Iterator[Reach]:
    """What the routes within a route do with a match that it took; when none of them fits, it tells by itself."""
    inner = [child for child in route.routes if fits(child, match, article, names)]
    if inner:
        yield from reached(route.routes, match, article, names)
    elif not route.own or match.topic in route.own:
        for receiver in route.receivers:
            yield Reach(receiver, route)


def fits(route: Route, match: Match, article: Article, names: Names = nobody) -> bool:
    """Whether a route asks for this match of this article; what it leaves empty it asks of none."""
    return not misfit(route, match, article, names)


def misfit(route: Route, match: Match, article: Article, names: Names = nobody) -> str:
    """The first condition of a route that a match does not meet, in words; nothing when it meets them all."""
    return next(_misfits(route, match, article, names), "")


def _misfits(route: Route, match: Match, article: Article, names: Names) -> Iterator[str]:
    if SEVERITIES.index(match.severity) < SEVERITIES.index(route.min_severity):
        yield f"its severity is {match.severity}, and min_severity is {route.min_severity}"
    if route.topics and match.topic not in route.topics:
        yield f"the topic {match.topic} is not among its topics"
    if route.languages and _primary(article.language) not in {_primary(language) for language in route.languages}:
        yield f"the language {article.language or 'is not known, and'} is not among its languages"
    for key, wanted, has in (
        ("tags", route.tags, article.tags),
        ("feeds", route.feeds, article.feeds),
        ("countries", route.countries, article.countries),
    ):
        if wanted and set(wanted).isdisjoint(has):
            yield f"none of its {key} is one of the article's ({', '.join(has) or 'it has none'})"
    if route.sites and not any(is_at(article, site) for site in route.sites):
        yield f"the article stands on {host_of(article.url) or 'no site'}, which is not among its sites"
    if route.entities and not names(route.entities, article):
        yield "the article names none of its entities"


def is_at(article: Article, site: str) -> bool:
    """Whether an article stands on a site, or on one below it."""
    host = host_of(article.url)
    return host == site or host.endswith(f".{site}")


def group(route: Route, alert: Alert, article: Article) -> str:
    """What the alerts of one message have in common; empty when each is told by itself."""
    if route.timing.group_by is GroupBy.TOPIC:
        return f"topic:{route.name}:{alert.topic}"
    if route.timing.group_by is GroupBy.SOURCE:
        return f"source:{route.name}:{host_of(article.url) or ','.join(article.feeds)}"
    return ""


def uid(receiver: str, topic: str, story: Story, sequence: int, article: Article) -> str:
    """The name by which a receiver knows a repeat."""
    # The opening time keeps an archive that was begun anew, whose story ids start over, from repeating old names.
    # The article does it for a story whose alerts went elsewhere when it was split.
    told = "\n".join((receiver, topic, str(story.id), story.opened_at.isoformat(), str(sequence), str(article.id)))
    return "alt_" + sha256(told.encode()).hexdigest()[:32]


def walk(routes: tuple[Route, ...]) -> Iterator[Route]:
    """All routes, each before those within it."""
    for route in routes:
        yield route
        yield from walk(route.routes)


def _first(reach: Reach, match: Match, article: Article, story: Story, now: datetime, known: Facts) -> Alert:
    timing = reach.route.timing
    waits = timing.wait_s if timing.group_by is GroupBy.STORY and not breaks_through(reach.route, match.severity) else 0
    return Alert(
        uid=uid(reach.receiver, match.topic, story, 0, article),
        receiver=reach.receiver,
        topic=match.topic,
        story_id=story.id,
        sequence=0,
        article_id=article.id,
        created_at=now,
        due_at=now + timedelta(seconds=waits),
        route=reach.route.name,
        severity=match.severity,
        facts=known,
        held="waits for more of the same story" if waits else "",
    )


def _again(
    reach: Reach, before: Told, article: Article, story: Story, now: datetime, known: Facts, reason: str
) -> Alert:
    last, timing = before.alert, reach.route.timing
    sequence = last.sequence + 1
    soonest = before.at + timedelta(seconds=timing.interval_s if timing.group_by is GroupBy.STORY else 0)
    return Alert(
        uid=uid(last.receiver, last.topic, story, sequence, article),
        receiver=last.receiver,
        topic=last.topic,
        story_id=story.id,
        sequence=sequence,
        article_id=article.id,
        created_at=now,
        due_at=max(now, soonest),
        route=reach.route.name,
        severity=known.severity,
        reason=reason,
        facts=replace(known, entities=known.entities | last.facts.entities, numbers=known.numbers | last.facts.numbers),
        held="waits for the route's group_interval" if soonest > now else "",
    )


def breaks_through(route: Route, severity: str) -> bool:
    """Whether nothing but a silence may hold back an alert of this severity."""
    always = route.timing.always
    return bool(always) and SEVERITIES.index(severity) >= SEVERITIES.index(always)


def _primary(language: str) -> str:
    return language.lower().replace("_", "-").partition("-")[0]

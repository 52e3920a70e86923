"""An article, a receiver and the routes become the reasons why the receiver was not told, or how it was."""

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.model import Alert, AlertState, Article, ArticleState, Match
from monitor.telling import Dispatch, Route
from monitor.think.route import Names, misfit, nobody, reached


@dataclass(frozen=True, slots=True)
class Record:
    """An alert of the article's story, and the message in which it waits or went out."""

    alert: Alert
    dispatch: Dispatch | None = None


def why_not(
    article: Article,
    matches: tuple[Match, ...],
    receiver: str,
    routes: tuple[Route, ...],
    records: tuple[Record, ...],
    names: Names = nobody,
) -> Iterator[str]:
    """What became of an article on its way to a receiver, a line for each reason."""
    if article.state in (ArticleState.READ, ArticleState.TELL):
        error = f": {article.last_error}" if article.last_error else ""
        yield f"the article waits to be {'read' if article.state is ArticleState.READ else 'told'}{error}"
    elif article.state is ArticleState.FAILED:
        yield f"the article could not be read: {article.last_error}"
    elif not matches:
        yield f"no topic asks for it: `monitor explain {article.id}` says what is missing"
    elif article.backlog:
        yield "it was old news when its feed was first polled: kept and matched, never told"
    for match in matches:
        told = [record for record in records if record.alert.topic == match.topic]
        yield from (f"{match.topic}: {_told(record, article)}" for record in told)
        if not told:
            yield from (f"{match.topic}: {line}" for line in _astray(match, article, receiver, routes, names))


def _astray(match: Match, article: Article, receiver: str, routes: tuple[Route, ...], names: Names) -> Iterator[str]:
    """Why no route leads from a match to a receiver."""
    ways = [reach.route.name for reach in reached(routes, match, article, names) if reach.receiver == receiver]
    if ways:
        yield f"the route {ways[0]} leads there now, but did not when the article was told"
        return
    leading = [way for route in routes for way in _ways(route, receiver)]
    if not leading:
        yield "no route leads to this receiver"
    for way in leading:
        failed = next(((route, why) for route in way if (why := misfit(route, match, article, names))), None)
        if failed:
            yield f"the route {failed[0].name} does not take it: {failed[1]}"
        else:
            yield f"the route {way[-1].name} would take it, but another one before it or within it does"


def _ways(route: Route, receiver: str, above: tuple[Route, ...] = ()) -> Iterator[tuple[Route, ...]]:
    """The paths through the tree that end at a receiver."""
    way = (*above, route)
    if receiver in route.receivers:
        yield way
    for child in route.routes:
        yield from _ways(child, receiver, way)


def _told(record: Record, article: Article) -> str:
    alert, dispatch = record.alert, record.dispatch
    other = f", by article {alert.article_id}" if alert.article_id != article.id else ""
    update = f" (update {alert.sequence}: {alert.reason})" if alert.sequence else ""
    name = f"the story's alert {alert.uid}{other}{update}"
    if alert.state is AlertState.SENT:
        inside = f" in the message {dispatch.uid}" if dispatch else ""
        return f"{name} was told at {alert.sent_at:%Y-%m-%d %H:%M} UTC{inside}"
    if alert.state is AlertState.DROPPED:
        return f"{name} is not told: {alert.held}"
    if alert.state is AlertState.FAILED:
        return f"{name} has failed: {alert.last_error} (`monitor alerts retry {alert.uid}`)"
    if alert.state is AlertState.HELD and dispatch:
        due = f"{dispatch.due_at:%Y-%m-%d %H:%M} UTC" if dispatch.due_at else "later"
        return f"{name} is held back: {alert.held}; the message {dispatch.uid} goes out at {due}"
    due = f"{alert.due_at:%Y-%m-%d %H:%M:%S} UTC" if alert.due_at else "later"
    error = f", after {alert.failures} failures: {alert.last_error}" if alert.failures else ""
    return f"{name} is due at {due}{error}" + (f" ({alert.held})" if alert.held else "")

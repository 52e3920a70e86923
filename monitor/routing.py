"""The routes of a configuration become a tree of checked routes, or faults that name their lines."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from monitor.config import Fault
from monitor.errors import QueryError
from monitor.model import Topic
from monitor.settings import Config
from monitor.settings.hours import read_days, read_span
from monitor.settings.kinds import parse_duration
from monitor.settings.telling import RouteConfig, RouteTestConfig, WindowConfig
from monitor.telling import Fate, GroupBy, Inhibition, Rate, Route, Timing, Update, Window
from monitor.think.cron import read_schedule
from monitor.think.route import walk
from monitor.think.toml_lines import Path, line_of, locate_keys
from monitor.think.windows import opens_at

Finding = tuple[Path, str, str]  # where, what was found, what was expected
ANY_WEEK = datetime(2001, 1, 1, tzinfo=UTC)  # at which it is asked whether a route's hours ever come


@dataclass(frozen=True, slots=True)
class Plan:
    """How a configuration wants alerts to be told."""

    routes: tuple[Route, ...]
    inhibitions: tuple[Inhibition, ...]
    rates: dict[str, Rate]  # by receiver


@dataclass(frozen=True, slots=True)
class _Book:
    """What routes may name."""

    windows: dict[str, Window]
    topics: frozenset[str]
    whole: tuple[str, ...]  # topics that are no part of another
    known: Callable[[str], object]  # QueryError for the name of no entity


def read_plan(config: Config, topics: tuple[Topic, ...], known: Callable[[str], object]) -> tuple[Plan, list[str]]:
    """How the configuration wants alerts to be told, and every fault in that."""
    book = _Book(
        {window.name: _window(window) for window in config.window},
        frozenset(topic.name for topic in topics),
        tuple(topic.name for topic in topics if not topic.parent),
        known,
    )
    if found := [*_route_faults(config, book), *_inhibit_faults(config, book)]:
        return Plan((), (), {}), _said(found, config)
    routes = tuple(_route(route, None, book, str(number)) for number, route in enumerate(config.route, 1))
    inhibitions = tuple(Inhibition(rule.topics, rule.mutes) for rule in config.inhibit)
    rates = {receiver.name: _rate(receiver.rate) for receiver in config.receiver if receiver.rate}
    return Plan(routes, inhibitions, rates), []


def _said(found: list[Finding], config: Config) -> list[str]:
    """Faults with the lines at which they stand."""
    lines = locate_keys(config.source.read_text("utf-8"))
    return [
        str(Fault(f"{config.source}:{line_of(path, lines)}", ".".join(map(str, path)), what, expected))
        for path, what, expected in found
    ]


def _window(window: WindowConfig) -> Window:
    spans = tuple(read_span(span) for span in window.hours)
    days = frozenset(day for words in window.days for day in read_days(words))
    return Window(window.name, ZoneInfo(window.zone), days, spans)


def _rate(text: str) -> Rate:
    count, _, period = text.partition("/")
    return Rate(int(count), float(str(parse_duration(period))))


def _route(config: RouteConfig, above: Route | None, book: _Book, place: str) -> Route:
    """A route with what it inherits; names that it is not given tell its place."""
    name = config.name or place
    receivers = config.receivers or (above.receivers if above else ())
    timing = _timing(config, above.timing if above else Timing(), book)
    bare = Route(receivers, config.topics, name=name, timing=timing)
    inner = tuple(_route(child, bare, book, f"{place}.{number}") for number, child in enumerate(config.route, 1))
    own = config.topics or (book.whole if above is None else ())
    # A part of a topic that a route within names must come through to it.
    deeper = tuple(topic for route in walk(inner) for topic in route.topics)
    return Route(
        receivers,
        topics=tuple(dict.fromkeys((*own, *deeper))) if own else (),
        languages=config.languages,
        tags=config.tags,
        min_severity=config.min_severity,
        name=name,
        feeds=config.feeds,
        sites=tuple(site.lower().removeprefix("www.") for site in config.sites),
        countries=config.countries,
        entities=tuple(entity.removeprefix("@") for entity in config.entities),
        own=own,
        goes_on=above is None if config.go_on is None else config.go_on,
        routes=inner,
        timing=timing,
    )


def _timing(config: RouteConfig, above: Timing, book: _Book) -> Timing:
    def windows(names: tuple[str, ...] | None, inherited: tuple[Window, ...]) -> tuple[Window, ...]:
        return inherited if names is None else tuple(book.windows[name] for name in names)

    changes: dict[str, object] = {
        "group_by": GroupBy(config.group_by) if config.group_by else None,
        "wait_s": config.group_wait,
        "interval_s": config.group_interval,
        "repeat_s": 0.0 if config.repeat == "never" else config.repeat,
        "outside": Fate(config.outside) if config.outside else None,
        "always": "" if config.always == "never" else config.always,
        "heartbeat": config.heartbeat,
        "updates": None if config.updates is None else tuple(_update(text) for text in config.updates),
        "during": windows(config.during, above.during),
        "but_for": windows(config.but_for, above.but_for),
    }
    if config.digest is not None:
        changes["digest"] = read_schedule(config.digest, ZoneInfo(config.zone or "UTC")) if config.digest else None
    timing = replace(above, **{name: value for name, value in changes.items() if value is not None})  # type: ignore[arg-type]  # by name
    return replace(timing, digest=None) if config.digest == "" else timing


def _update(text: str) -> tuple[Update, int]:
    name, _, least = text.partition(":")
    return Update(name), int(least or 1)


@dataclass(frozen=True, slots=True)
class Example:
    """An example that a route must obey."""

    key: str  # where it stands
    route: Route
    test: RouteTestConfig


def examples(config: Config, plan: Plan) -> Iterator[Example]:
    """The examples of all routes."""
    lines = locate_keys(config.source.read_text("utf-8")) if config.route else {}
    for number, (table, route) in enumerate(zip(config.route, plan.routes, strict=True)):
        for path, test, ruled in _examples_within(table, route, ("route", number)):
            yield Example(f"{config.source}:{line_of(path, lines)}: {'.'.join(map(str, path))}", ruled, test)


def _examples_within(table: RouteConfig, route: Route, path: Path) -> Iterator[tuple[Path, RouteTestConfig, Route]]:
    for number, test in enumerate(table.test):
        yield (*path, "test", number), test, route
    for number, (child, inner) in enumerate(zip(table.route, route.routes, strict=True)):
        yield from _examples_within(child, inner, (*path, "route", number))


def _route_faults(config: Config, book: _Book) -> Iterator[Finding]:
    names: dict[str, Path] = {}
    for number, route in enumerate(config.route):
        yield from _faults_within(route, ("route", number), book, names, inherits=False)


def _faults_within(
    config: RouteConfig, path: Path, book: _Book, names: dict[str, Path], *, inherits: bool
) -> Iterator[Finding]:
    inherits = inherits or bool(config.receivers)
    if not inherits:
        yield (*path, "receivers"), "", "the name of a [[receiver]]"
    if config.name and config.name in names:
        yield (*path, "name"), repr(config.name), "each name once"
    names[config.name] = path
    yield from _name_faults(config, path, book)
    yield from _time_faults(config, path, book)
    for number, child in enumerate(config.route):
        yield from _faults_within(child, (*path, "route", number), book, names, inherits=inherits)


def _name_faults(config: RouteConfig, path: Path, book: _Book) -> Iterator[Finding]:
    named = [("topics", config.topics), *((f"test.{number}", test.topics) for number, test in enumerate(config.test))]
    for key, topics in named:
        for name in topics:
            if name not in book.topics:
                yield (*path, *_steps(key)), repr(name), "the name of a topic in force"
    for name in config.entities:
        try:
            book.known(name)
        except QueryError as error:
            yield (*path, "entities"), repr(name), f"an entity or a group that is known ({error.hint or error})"


def _steps(key: str) -> Path:
    return tuple(int(step) if step.isdecimal() else step for step in key.split("."))


def _time_faults(config: RouteConfig, path: Path, book: _Book) -> Iterator[Finding]:
    if config.digest:
        try:
            read_schedule(config.digest, UTC)
        except ValueError as error:
            yield (*path, "digest"), repr(config.digest), str(error)
    listed = {"during": config.during or (), "except": config.but_for or ()}
    missing = [(key, name) for key, names in listed.items() for name in names if name not in book.windows]
    for key, name in missing:
        yield (*path, key), repr(name), "the name of a [[window]]"
    if missing:
        return
    during, but_for = (tuple(book.windows[name] for name in names) for names in listed.values())
    if opens_at(during, but_for, ANY_WEEK) is None:
        found = ", ".join(name for names in listed.values() for name in names)
        yield path, found, "hours that ever come: what is excepted leaves none"


def _inhibit_faults(config: Config, book: _Book) -> Iterator[Finding]:
    for number, rule in enumerate(config.inhibit):
        for key, listed in (("topics", rule.topics), ("mutes", rule.mutes)):
            for name in listed:
                if name not in book.topics:
                    yield ("inhibit", number, key), repr(name), "the name of a topic in force"

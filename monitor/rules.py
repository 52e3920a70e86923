"""The configuration's topics and routes become compiled rules, or one error that lists every fault."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from monitor import __version__
from monitor.config import Fault
from monitor.edge import spellings
from monitor.edge.send.channel import Channel
from monitor.errors import ConfigError, QueryError
from monitor.model import Article, Match, Signal, Topic, TopicTest
from monitor.routing import Example, Plan, examples, read_plan
from monitor.settings import Config
from monitor.settings.retention import ALL
from monitor.shipped import FOLDER, load_ready
from monitor.telling import Route
from monitor.think.book import NO_BOOK, Book
from monitor.think.customs import check_selector
from monitor.think.entities import Entities, index_entities
from monitor.think.match import Compiled, compile_query, compile_topics, match_query
from monitor.think.match import match as match_article
from monitor.think.query import parse
from monitor.think.route import reached, walk
from monitor.think.spelling import Speller, recall, remember
from monitor.think.topics import Pack, check, find_query_faults, load_pack, merge
from monitor.unswept import unswept

_read_pack = lru_cache(maxsize=4)(load_pack)
_read_ready = lru_cache(maxsize=4)(load_ready)


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides which articles are told, and to whom."""

    pack: Pack  # all packs, files and inline topics as one
    entities: Entities
    compiled: Compiled
    plan: Plan
    version: str = ""  # what tells these topics from others: what others passed over must be looked at again
    names_version: str = ""  # what tells these names of entities from others
    finders: dict[str, Compiled] = field(default_factory=dict, compare=False)  # of entities that were asked for

    @property
    def routes(self) -> tuple[Route, ...]:
        """Which matches go to which receivers."""
        return self.plan.routes

    def route(self, name: str) -> Route:
        """The route of that name; one that holds nothing back when it is gone from the rules."""
        return next((known for known in walk(self.plan.routes) if known.name == name), Route(name=name))

    def names(self, entities: tuple[str, ...], article: Article) -> bool:
        """Whether an article names any of these entities, or one of these groups, in any language."""
        return any(match_query(article, self.finder(entity)) is not None for entity in entities)

    def finder(self, entity: str) -> Compiled:
        """A query for one entity or group; it looks for the names of all others as well."""
        if entity not in self.finders:
            tree = parse(f"@{entity.removeprefix('@')}", entities=self.entities)
            self.finders[entity] = compile_query(tree, self.entities)
        return self.finders[entity]

    def title(self, topic: str) -> str:
        """What people call a topic; its name when it is gone from the rules."""
        return next((known.title or known.name for known in self.pack.topics if known.name == topic), topic)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What can change while the daemon runs: the config, its compiled rules, and the channels to its receivers."""

    config: Config
    rules: Rules
    channels: Mapping[str, Channel]


def load_topics(config: Config) -> Pack:
    """Read packs, files and topics of the configuration as one pack, not compiled; ConfigError lists every fault."""
    faults: list[str] = []
    packs = [*_packs(config, faults), _inline(config)]
    if faults:
        raise ConfigError("\n".join(faults), hint="docs/topics.md tells how topics are written")
    return merge(packs)


def load_rules(config: Config) -> Rules:
    """Read and compile packs, files and topics of the configuration; ConfigError lists every fault."""
    with unswept():
        pack = load_topics(config)
        entities, compiled = _compile(pack, _book(config.topics.packs), config.database_path.with_suffix(".spellings"))
        plan, faults = read_plan(
            config, pack.topics, lambda name: parse(f"@{name.removeprefix('@')}", entities=entities)
        )
        faults += [*_bad_selectors(config), *_unknown_topics(config, pack)]
        if faults:
            raise ConfigError("\n".join(faults), hint="docs/telling.md tells how routes are written")
        return Rules(pack, entities, compiled, plan, _version(compiled), _names_version(entities))


def compile_again(pack: Pack, named: tuple[str, ...], file: Path) -> tuple[Entities, Compiled]:
    """Compile a pack as it was in another process; `named` are the shipped ones that it is made of."""
    with unswept():
        return _compile(pack, _book(named), file)


@lru_cache(maxsize=1)
def _compile(pack: Pack, book: Book, file: Path) -> tuple[Entities, Compiled]:
    """Compile a pack; what its names and words become is kept in a file. A reload rarely changes any of it."""
    memory = spellings.load_memory(file)
    speller = recall(memory) if memory else Speller()
    known = len(speller.names) + len(speller.words)
    entities = index_entities(pack.entities, speller, book)
    faults = find_query_faults(pack.topics, entities)
    if faults:
        raise ConfigError("\n".join(faults), hint="docs/query-language.md tells what a query may say")
    try:
        compiled = compile_topics(pack.topics, entities)
    except QueryError as error:
        raise ConfigError(str(error), hint=error.hint) from error
    if len(speller.names) + len(speller.words) > known:
        spellings.save_memory(file, remember(speller))
    return entities, compiled


def _bad_selectors(config: Config) -> Iterator[str]:
    for host, table in config.site.items():
        for key, selectors in (("keep", table.keep), ("drop", table.drop)):
            for selector in selectors:
                try:
                    check_selector(selector)
                except ConfigError:
                    yield _fault(
                        config, f"site.{host}.{key}", selector, "a CSS selector such as `.lead` or `div#story > p`"
                    )


def _unknown_topics(config: Config, pack: Pack) -> Iterator[str]:
    known = {topic.name for topic in pack.topics}
    for name in config.retention.topics:
        if name != ALL and name not in known:
            yield _fault(config, "retention.topics", name, f'"{ALL}", or topics that are there')


def _version(compiled: Compiled) -> str:
    versions = sorted((rule.topic.name, rule.version) for rule in compiled.rules)
    return sha256(repr((__version__, versions)).encode()).hexdigest()[:12]


def _names_version(entities: Entities) -> str:
    known = sorted((id_, entities.digest(id_)) for id_ in entities.by_id)
    return f"names {sha256(repr((__version__, known)).encode()).hexdigest()[:12]}"


def failed_examples(rules: Rules) -> list[str]:
    """The topics' examples that came out otherwise than they should."""
    return [str(failure) for failure in check(rules.pack, rules.compiled)]


def failed_routes(config: Config, rules: Rules) -> list[str]:
    """The routes' examples that lead elsewhere than they should."""
    return [fault for example in examples(config, rules.plan) if (fault := _try_route(example, rules))]


def _try_route(example: Example, rules: Rules) -> str:
    test, given = example.test, Match("", "", "normal", 1.0, ())
    article = Article(
        0,
        "example",
        test.url,
        title=test.title,
        text=test.text,
        language=test.language,
        feeds=test.feeds,
        tags=test.tags,
        countries=test.countries,
    )
    severities = {topic.name: topic.severity for topic in rules.pack.topics}
    matches = tuple(replace(given, topic=name, severity=severities[name]) for name in test.topics)
    matches = matches or match_article(article, rules.compiled)
    severe = tuple(replace(found, severity=test.severity or found.severity) for found in matches)
    told = {reach.receiver for found in severe for reach in reached((example.route,), found, article, rules.names)}
    if told == set(test.receivers):
        return ""
    led, wanted = (", ".join(sorted(names)) or "nobody" for names in (told, test.receivers))
    return f"{example.key}: leads to {led}, expected {wanted}"


def _packs(config: Config, faults: list[str]) -> Iterator[Pack]:
    """The shipped packs that are named, and the files."""
    for name in config.topics.packs:
        file = FOLDER / f"{name}.toml"
        if not file.is_file():
            names = (item.name for item in FOLDER.iterdir())
            known = ", ".join(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))
            faults.append(_fault(config, "topics.packs", name, f"one of the shipped packs: {known}"))
            continue
        text = file.read_text("utf-8")
        ready = _read_ready(name, text)
        if ready:
            yield ready.pack
        else:
            yield from _load(text, f"{name}.toml", faults)
    for path in config.topics.files:
        try:
            text = (config.home / path).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            faults.append(f"{config.home / path}: cannot be read: {error}")
            continue
        yield from _load(text, str(path), faults)


def _book(named: tuple[str, ...]) -> Book:
    """What the first shipped pack that is named keeps ready."""
    ready = [_read_ready(name, (FOLDER / f"{name}.toml").read_text("utf-8")) for name in named[:1]]
    return ready[0].book if ready and ready[0] else NO_BOOK


def _load(text: str, source: str, faults: list[str]) -> Iterator[Pack]:
    try:
        yield _read_pack(text, source)
    except ConfigError as error:
        faults.append(str(error))


def _inline(config: Config) -> Pack:
    """The topics that stand in the configuration itself."""
    lines = config.source.read_text("utf-8").splitlines() if config.topic else []
    topics = tuple(
        Topic(
            name=topic.name,
            title=topic.title or topic.name,
            query=topic.query,
            severity=topic.severity,
            tests=tuple(TopicTest(**test.model_dump()) for test in topic.test),
            source=str(config.source),
            line=_line_of(topic.query, lines),
            signals=tuple(
                Signal(signal.query, signal.weight, _line_of(signal.query, lines)) for signal in topic.signals
            ),
            threshold=topic.threshold or 0.0,
            parent=topic.parent,
        )
        for topic in config.topic
    )
    return Pack("config", "", str(config.source), (), topics)


def _line_of(query: str, lines: list[str]) -> int:
    """The line on which a query begins, 1 when it cannot be told."""
    first = query.strip().split("\n", 1)[0]
    return next((number for number, line in enumerate(lines, 1) if first in line), 1)


def _fault(config: Config, key: str, found: str, expected: str) -> str:
    return str(Fault(str(config.source), key, repr(found), expected))

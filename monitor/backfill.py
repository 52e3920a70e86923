"""Archives of pages become articles of ours: read in many processes, saved batch by batch, each once."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from monitor.bulk import Fate, Outcome, Record, Wanted
from monitor.customs import Selectors
from monitor.edge import backfills
from monitor.edge.backfills import Backfill, Counts
from monitor.edge.clock import clock
from monitor.edge.crew import Done, Job
from monitor.edge.database import writing
from monitor.edge.forgetting import barred, bars_any
from monitor.edge.hoards import Hoard, Layout, reached, read_hoard
from monitor.edge.kin import near
from monitor.edge.mentions import save_names
from monitor.model import Article, ArticleState
from monitor.newsstand import load_press
from monitor.rules import Rules, compile_again
from monitor.settings import Config
from monitor.think import story
from monitor.think.bulk import Tools, lost, reap, tools
from monitor.think.discover import canonical
from monitor.think.press import outlet_of
from monitor.think.topics import Pack

# So many records, or bytes, are sent and saved at once: about half a second's work of one process, which is what a
# crash costs. Where most records are passed over, four times as many take half of that.
BATCHES = {Wanted.EVERYTHING: 64, Wanted.MATCHES: 256}
BATCH_BYTES = 8 * 10**6
_END = 16  # bytes: blank lines after the last record
_TRIES = 3  # to save a batch while the daemon brings the same articles


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted of archives."""

    wanted: Wanted
    tell: bool = False  # let the daemon tell what matches, as if it were news

    @property
    def word(self) -> str:
        """The order in a word or two."""
        return f"{self.wanted.value}{', told' if self.tell else ''}"


def make_job(config: Config, rules: Rules, wanted: Wanted) -> Job[Record, Outcome]:
    """The work of reading records, ready to be sent to other processes."""
    make = partial(
        make_tools,
        rules.pack,
        config.topics.packs,
        config.database_path.with_suffix(".spellings"),
        dict(config.site),
        wanted=wanted,
        keep_pages=config.read.keep_pages,
        largest=config.fetch.max_page,
    )
    key = sha256(f"{rules.version} {rules.names_version} {wanted} {clock()}".encode()).hexdigest()[:16]
    return Job(key, make, read, lost, config.read.timeout, config.read.memory)


def make_tools(
    pack: Pack,
    named: tuple[str, ...],
    spellings: Path,
    customs: Mapping[str, Selectors],
    *,
    wanted: Wanted,
    keep_pages: bool,
    largest: int,
) -> Tools:
    """What records are read with, made in the process that reads them; no page waits for what the first one needs."""
    from monitor.think import warm  # noqa: F401, PLC0415 - takes half a second

    entities, compiled = compile_again(pack, named, spellings)
    press = load_press()
    outlet_of(Article(0, "", "https://example.org/"), press)  # loads the domains that there are
    return tools(compiled, entities, press, customs, wanted=wanted, keep_pages=keep_pages, largest=largest)


def read(record: Record, given: Tools, haste: bool) -> Outcome:  # noqa: FBT001 - how a crew calls it
    """Read a record."""
    return reap(record, given, clock(), haste=haste)


def open_hoard(engine: Engine, hoard: Hoard, order: Order, now: datetime, *, again: bool = False) -> Backfill:
    """How far an archive was read in for such an order."""
    key = sha256(f"{hoard.digest} {order.word}".encode()).hexdigest()
    return backfills.open_backfill(engine, key, str(hoard.path), order.word, now, again=again)


def is_done(hoard: Hoard, state: Backfill) -> bool:
    """Whether all of an archive was read in, and it did not grow since."""
    if state.finished_at is None:
        return False
    return hoard.layout is Layout.FOLDER or hoard.size - reached(hoard, state.place) <= _END


def batches(
    hoard: Hoard, place: str, largest: int, most: int = BATCHES[Wanted.EVERYTHING]
) -> Iterator[Sequence[Record]]:
    """The records after a place, some at a time."""
    held: list[Record] = []
    size = 0
    # A record's own header, and that of the answer, go along with the page.
    for record in read_hoard(hoard, place, largest + 100_000 if hoard.layout is Layout.WARC else 2 * largest):
        held.append(record)
        size += record.size
        if len(held) >= most or size >= BATCH_BYTES:
            yield held
            held, size = [], 0
    if held:
        yield held


def save_all(
    engine: Engine, begun: Backfill, done: Iterable[Done[Record, Outcome]], order: Order, rules: Rules, window_s: float
) -> Iterator[Backfill]:
    """Save what came of records as it comes, in order; how far that is after each batch."""
    state = begun
    for batch in done:
        state = save(engine, state, batch.results, order, rules, window_s)
        yield state
    yield backfills.finish(engine, state, clock())


def save(
    engine: Engine, before: Backfill, outcomes: Sequence[Outcome], order: Order, rules: Rules, window_s: float
) -> Backfill:
    """Save a batch: articles, matches, failures and how far it is, in one transaction or not at all."""
    version = rules.names_version if rules.compiled.index.lexicon.groups else ""
    for chance in range(_TRIES, 0, -1):
        try:
            with writing(engine) as connection:
                counts = _save(connection, before, outcomes, partial(_keep, order=order, window_s=window_s), version)
                after = replace(before, place=outcomes[-1].place, counts=counts, finished_at=None)
                backfills.advance(connection, before, after, clock())
                return after
        except IntegrityError:  # a poll brought one of the articles at the same moment: now it is known
            if chance == 1:
                raise
    return before


def _save(connection: Connection, before: Backfill, outcomes: Sequence[Outcome], keep: "Keep", version: str) -> Counts:
    outcomes = _permitted(connection, outcomes)
    backfills.save_failures(connection, before, outcomes)
    found = [each.article.key for each in outcomes if each.article]
    known = backfills.known_keys(connection, found)
    rows = backfills.Rows(backfills.free_numbers(connection, len(found)))
    named, kept, tally = dict[int, Mapping[str, int]](), list[_Kept](), Counter[str]()
    for outcome in outcomes:
        article = outcome.article
        if article is None or article.key in known:
            tally["known"] += article is not None
            continue
        tally["articles"] += 1
        tally["matched"] += bool(outcome.matches)
        known.add(article.key)
        number = keep(connection, outcome, article, rows, kept)
        if version:
            named[number] = outcome.named
    backfills.write(connection, rows)
    if named:
        save_names(connection, named, version)
    return _counted(before.counts, outcomes, tally)


def _permitted(connection: Connection, outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
    """What was forgotten stays so: of its records nothing is kept but that there were some."""
    if not bars_any(connection):
        return outcomes
    keys = [each.url and (each.article.key if each.article else canonical(each.url)) for each in outcomes]
    gone = barred(connection, {key: each.url for key, each in zip(keys, outcomes, strict=True) if each.url})
    return [
        Outcome(each.place, Fate.SKIPPED, reason="forgotten") if each.url and key in gone else each
        for key, each in zip(keys, outcomes, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Kept:
    """An article of this batch, which is not written yet: others of it may be its copies."""

    number: int
    story_id: int
    origin: int
    at: datetime
    keys: frozenset[str]


Keep = Callable[[Connection, Outcome, Article, backfills.Rows, list[_Kept]], int]


def _keep(
    connection: Connection,
    outcome: Outcome,
    article: Article,
    rows: backfills.Rows,
    kept: list[_Kept],
    *,
    order: Order,
    window_s: float,
) -> int:
    """Keep an article; what shall be told is left to the daemon, which finds its story among the news."""
    now = clock()
    if order.tell and outcome.matches:
        owed = replace(article, state=ArticleState.TELL, due_at=now, backlog=False, seen_at=now)
        return rows.add_article(owed, outcome, now)
    at = article.seen_at or now
    joined, origin = _place(connection, at, outcome.keys, kept, window_s)
    number = rows.add_article(replace(backfills.as_known(article), story_id=joined, copy_of=origin), outcome, now)
    settled = replace(article, story_id=joined or number)
    rows.articles[-1]["story_id"] = settled.story_id
    rows.add_story(settled, number, outcome.keys)
    rows.add_matches(number, outcome, now)
    kept.append(_Kept(number, joined or number, origin or number, at, frozenset(outcome.keys)))
    return number


def _place(
    connection: Connection, at: datetime, keys: tuple[str, ...], kept: Sequence[_Kept], window_s: float
) -> tuple[int | None, int | None]:
    """The story of an article by its copies of the same days, and the one that it is a copy of."""
    window, title, mine = timedelta(seconds=window_s), story.title_key(keys), frozenset(keys)
    found = near(connection, keys, title, story.ENOUGH, at - window, at + window)
    kin = {number: (each.story_id, each.shared) for number, each in found.items()}
    origins = {number: each.origin for number, each in found.items()}
    for each in kept:
        shared = mine & each.keys
        if abs(each.at - at) <= window and (len(shared) >= story.ENOUGH or title in shared):
            kin[each.number] = (each.story_id, shared)
            origins[each.number] = each.origin
    copied = story.copied(keys, kin)
    return story.join(keys, kin), None if copied is None else origins[copied]


def _counted(before: Counts, outcomes: Sequence[Outcome], found: Mapping[str, int]) -> Counts:
    fates = Counter(each.fate for each in outcomes)
    skipped = Counter(each.reason for each in outcomes if each.fate is Fate.SKIPPED)
    return Counts(
        records=before.records + len(outcomes),
        articles=before.articles + found["articles"],
        known=before.known + found["known"],
        matched=before.matched + found["matched"],
        failed=before.failed + fates[Fate.FAILED],
        passed=before.passed + fates[Fate.PASSED],
        skipped=dict(Counter(before.skipped) + skipped),
    )

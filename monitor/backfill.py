"""Archives of pages become articles of ours: read in many processes, saved batch by batch, each once."""

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
from monitor.edge.hoards import Hoard, Layout, reached, read_hoard
from monitor.edge.kin import sharing
from monitor.edge.mentions import save_names
from monitor.model import Article, ArticleState
from monitor.newsstand import load_press
from monitor.rules import Rules, compile_again
from monitor.settings import Config
from monitor.think import story
from monitor.think.bulk import Tools, lost, reap, tools
from monitor.think.topics import Pack

# So many records, or bytes, are sent and saved at once: a second's work of one process, which is what a crash costs.
BATCH = 32
BATCH_BYTES = 4 * 10**6
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
    """What records are read with, made in the process that reads them."""
    entities, compiled = compile_again(pack, named, spellings)
    return tools(compiled, entities, load_press(), customs, wanted=wanted, keep_pages=keep_pages, largest=largest)


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


def batches(hoard: Hoard, place: str, largest: int, most: int = BATCH) -> Iterator[Sequence[Record]]:
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


Keep = Callable[[Connection, Outcome, Article], int]


def _save(connection: Connection, before: Backfill, outcomes: Sequence[Outcome], keep: Keep, version: str) -> Counts:
    backfills.save_failures(connection, before, outcomes)
    known = backfills.known_keys(connection, [each.article.key for each in outcomes if each.article])
    counts, named = before.counts, {}
    for outcome in outcomes:
        counts = _counted(counts, outcome, known)
        article = outcome.article
        if article is None or article.key in known:
            continue
        known.add(article.key)
        number = keep(connection, outcome, article)
        if version:
            named[number] = outcome.named
    if named:
        save_names(connection, named, version)
    return counts


def _keep(connection: Connection, outcome: Outcome, article: Article, *, order: Order, window_s: float) -> int:
    """Keep an article; what shall be told is left to the daemon, which finds its story among the news."""
    now = clock()
    if order.tell and outcome.matches:
        owed = replace(article, state=ArticleState.TELL, due_at=now, backlog=False, seen_at=now)
        return backfills.add_article(connection, owed, outcome, now)
    joined, origin = _place(connection, article, outcome.keys, window_s)
    number = backfills.add_article(connection, replace(backfills.as_known(article), copy_of=origin), outcome, now)
    backfills.join_story(connection, article, number, joined, outcome.keys)
    backfills.add_matches(connection, number, outcome, now)
    return number


def _place(
    connection: Connection, article: Article, keys: tuple[str, ...], window_s: float
) -> tuple[int | None, int | None]:
    """The story of an article by its copies of the same days, and the one that it is a copy of."""
    at, window = article.seen_at or clock(), timedelta(seconds=window_s)
    kin = sharing(connection, keys, story.title_key(keys), story.ENOUGH, at - window, at + window)
    copied = story.copied(keys, kin)
    return story.join(keys, kin), backfills.origin_of(connection, copied) if copied else None


def _counted(counts: Counts, outcome: Outcome, known: set[str]) -> Counts:
    is_known = outcome.article is not None and outcome.article.key in known
    is_new = outcome.article is not None and not is_known
    skipped = counts.skipped
    if outcome.fate is Fate.SKIPPED:
        skipped = {**skipped, outcome.reason: skipped.get(outcome.reason, 0) + 1}
    return replace(
        counts,
        records=counts.records + 1,
        articles=counts.articles + is_new,
        known=counts.known + is_known,
        matched=counts.matched + (is_new and bool(outcome.matches)),
        failed=counts.failed + (outcome.fate is Fate.FAILED),
        passed=counts.passed + (outcome.fate is Fate.PASSED),
        skipped=skipped,
    )

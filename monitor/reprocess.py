"""The archive is put to the rules of now, or read anew from its kept pages; what that changes is saved and told."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.engine import Engine

from monitor import __version__
from monitor.customs import Selectors
from monitor.edge import reprocesses
from monitor.edge.clock import clock
from monitor.edge.crew import Done, Job
from monitor.edge.database import writing
from monitor.edge.mentions import save_names
from monitor.edge.reprocesses import Counts, Reprocess
from monitor.edge.revisions import keep_matches
from monitor.edge.sites import load_site
from monitor.edits import Change, MatchChange
from monitor.host import site_of
from monitor.model import Match
from monitor.newsstand import load_press
from monitor.rules import Rules, compile_again
from monitor.settings import Config
from monitor.think import revision
from monitor.think.renew import Means, Renewed, Subject, lost, renew
from monitor.think.site import boilerplate
from monitor.think.topics import Pack

BATCH = 32
_REMEMBERED = 2_000  # sites


class What(StrEnum):
    """What is done again."""

    MATCHES = "matches"
    PAGES = "pages"  # and then the matches


def make_job(config: Config, rules: Rules) -> Job[Subject, Renewed | None]:
    """The work of renewing articles, ready to be sent to other processes."""
    spellings = config.database_path.with_suffix(".spellings")
    make = partial(make_means, rules.pack, config.topics.packs, spellings, dict(config.site))
    key = sha256(f"renew {rules.version} {rules.names_version} {clock()}".encode()).hexdigest()[:16]
    return Job(key, make, work, lost, config.read.timeout, config.read.memory)


def make_means(pack: Pack, named: tuple[str, ...], spellings: Path, customs: Mapping[str, Selectors]) -> Means:
    """What articles are renewed with, made in the process that does it."""
    return Means(compile_again(pack, named, spellings)[1], load_press(), customs)


def work(subject: Subject, means: Means, haste: bool) -> Renewed:  # noqa: FBT001 - how a crew calls it
    """Renew an article."""
    return renew(subject, means, clock(), haste=haste)


def begin(engine: Engine, what: What, rules: Rules, since: datetime | None, *, again: bool = False) -> Reprocess:
    """How far the archive is renewed by these rules, and this version of the program."""
    key = sha256(f"{what} {rules.version} {__version__} {since}".encode()).hexdigest()
    return reprocesses.open_reprocess(engine, key, what.value, clock(), again=again)


def subjects(
    engine: Engine, state: Reprocess, since: datetime | None, most: int = BATCH
) -> Iterator[Sequence[Subject]]:
    """The articles ahead, some at a time, with what they are read from."""
    after = state.latest_id

    @lru_cache(maxsize=_REMEMBERED)
    def repeated(host: str) -> frozenset[str]:
        return boilerplate(load_site(engine, host))

    while articles := reprocesses.next_articles(engine, after, since, most):
        pages = reprocesses.packed_pages(engine, articles) if state.what == What.PAGES else {}
        yield [
            Subject(each, page, repeated(site_of(page.final_url))) if (page := pages.get(each.id)) else Subject(each)
            for each in articles
        ]
        after = articles[-1].id


def save_all(
    engine: Engine, begun: Reprocess, done: Iterable[Done[Subject, Renewed | None]], rules: Rules
) -> Iterator[Reprocess]:
    """Save what came of articles as it comes, in order; how far that is after each batch."""
    state = begun
    for batch in done:
        state = save(engine, state, batch, rules)
        yield state
    yield reprocesses.finish(engine, state, clock())


def save(engine: Engine, before: Reprocess, batch: Done[Subject, Renewed | None], rules: Rules) -> Reprocess:
    """Save a batch whole, with how far it is."""
    topics = {topic.name for topic in rules.pack.topics}
    revisions = {each.article.id: each.article.revision for each in batch.items}
    counts, changes = before.counts, dict[int, tuple[MatchChange, ...]]()
    with writing(engine) as connection:
        resting = reprocesses.lock_resting(connection, revisions)
        had = reprocesses.matches_of_all(connection, resting)
        renewed = [found for found in batch.results if found and found.number in resting]
        for found in renewed:
            old = had.get(found.number, [])
            said = revision.match_changes(old, found.matches, topics, revisions[found.number], clock())
            changes[found.number] = tuple(change for change in said if change.change is not Change.MOVED)
            _save_one(connection, found, old, topics)
            counts = _counted(counts, found, changes[found.number])
        if rules.compiled.index.lexicon.groups:
            save_names(connection, {found.number: found.named for found in renewed}, rules.names_version)
        counts = replace(
            counts,
            articles=counts.articles + len(batch.items),
            read=counts.read + sum(each.page is not None and each.article.id in resting for each in batch.items),
            busy=counts.busy + len(batch.items) - len(resting),
            failed=_more(counts.failed, ["killed"] * batch.results.count(None)),
        )
        after = replace(before, latest_id=batch.items[-1].article.id, counts=counts, finished_at=None)
        reprocesses.advance(connection, before, after, changes, clock())
    return after


def _save_one(connection: Connection, found: Renewed, old: Sequence[Match], topics: set[str]) -> None:
    kept = [match for match in old if match.topic not in topics]  # of topics that are in force no more
    if {each.topic: each for each in (*found.matches, *kept)} != {each.topic: each for each in old}:
        keep_matches(connection, found.number, (*found.matches, *kept), clock())
    if found.article:
        reprocesses.save_text(connection, found.article, found.keys, clock())


def _counted(counts: Counts, found: Renewed, changes: Sequence[MatchChange]) -> Counts:
    gained = [change.topic for change in changes if change.change is Change.GAINED]
    return replace(
        counts,
        changed=counts.changed + bool(found.keys),
        failed=_more(counts.failed, [found.failed] if found.failed else []),
        gained=_more(counts.gained, gained),
        lost=_more(counts.lost, [change.topic for change in changes if change.change is Change.LOST]),
        kept=_more(counts.kept, [match.topic for match in found.matches if match.topic not in gained]),
    )


def _more(counts: dict[str, int], names: Iterable[str]) -> dict[str, int]:
    return dict(Counter(counts) + Counter(names))

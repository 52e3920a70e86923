"""Polls that end at about the same time are saved in one transaction: feeds, days, sightings, new articles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from monitor.edge import feed_days, revisions
from monitor.edge.claims import save_many
from monitor.edge.rows import from_poll, from_quiet_poll, from_same_poll
from monitor.edge.sightings import add_sightings, count_skipped, note_again
from monitor.edge.tables import FEED
from monitor.edits import Again
from monitor.model import Claim, Feed, Sighting


@dataclass(frozen=True, slots=True)
class Polled:
    """A poll that ended: the feed as it stands now, and what was seen.

    `backlog` holds the article keys that are kept and matched but never told; `again` what was shown before and is
    noted anew, which owes a reading to what was edited; `freed` entry keys that stand for others than before.
    """

    feed: Feed
    now: datetime
    quiet: bool = False  # it told nothing new
    same: bool = False  # and nothing is to be kept of it but when it was asked, and what that taught
    fresh: Sequence[Sighting] = ()
    skipped: Sequence[str] = ()
    backlog: frozenset[str] = frozenset()
    again: Sequence[Again] = ()
    freed: Sequence[str] = ()


def save_polls(connection: Connection, polls: Sequence[Polled]) -> dict[int, int]:
    """How many articles are new, by the ids of the feeds; without those that somebody else holds by now."""
    lost = _save_feeds(connection, [poll for poll in polls if poll.same], from_same_poll)
    lost |= _save_feeds(connection, [poll for poll in polls if poll.quiet and not poll.same], from_quiet_poll)
    lost |= _save_feeds(connection, [poll for poll in polls if not poll.quiet], from_poll)
    held = [poll for poll in polls if poll.feed.id not in lost]
    for poll in held:
        if poll.quiet:
            continue
        count_skipped(connection, poll.feed.id, poll.skipped, poll.now)
        note_again(connection, poll.feed.id, poll.again, poll.freed)
        revisions.owe_readings(connection, poll.again, poll.now)
    # One that was put off was not asked at all.
    asked = [(poll.feed, poll.fresh, poll.now) for poll in held if poll.feed.polled_at == poll.now]
    feed_days.count_polls(connection, asked)
    made = add_sightings(connection, [(poll.feed, poll.fresh, poll.now, poll.backlog) for poll in held if poll.fresh])
    return {poll.feed.id: made.get(poll.feed.id, 0) for poll in held}


def _save_feeds(connection: Connection, polls: Sequence[Polled], columns: Any) -> set[int]:
    changes: Mapping[int, tuple[Claim | None, Mapping[str, Any]]]
    changes = {poll.feed.id: (poll.feed.claim, columns(poll.feed)) for poll in polls}
    return save_many(connection, FEED, changes) if changes else set()

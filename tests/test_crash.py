"""kill -9 at any moment loses no article, match or message, and repeats none that a receiver cannot recognise."""

import json
import random
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from newsday import Newsday, newsday
from sqlalchemy import select

from monitor.edge.database import reading
from monitor.edge.store import Store
from monitor.edge.tables import ALERT, ARTICLE, FEED, MATCH
from monitor.think.language import indexable

KILLS = 15
LONGEST_S = 1.2  # that a daemon lives once it is ready: the moments of its end are spread evenly over that
PATIENCE_S = 90


@dataclass(frozen=True)
class Outcome:
    """What an archive holds and its receivers were told, apart from numbers and times."""

    articles: frozenset[tuple[str, str, str, str]]  # path, title, text, state
    matches: frozenset[tuple[str, str, str]]  # path, topic, evidence
    # Receiver, topic, path of a match whose story was told. Which story an article joins depends on those before it,
    # and they come in another order where a daemon is killed: so matches are compared, and not stories.
    told: frozenset[tuple[str, str, str]]
    owed: frozenset[str]  # ids
    sent: frozenset[str]


def outcome(day: Newsday) -> Outcome:
    store = Store(day.folder / "monitor.db", indexable, "test")
    with reading(store.engine) as connection:
        articles = list(connection.execute(select(ARTICLE)).mappings())
        matches = list(connection.execute(select(MATCH)).mappings())
        alerts = list(connection.execute(select(ALERT)).mappings())
    store.close()
    path = {row["id"]: row["key"].replace(day.base, "") for row in articles}
    story = {row["id"]: row["story_id"] for row in articles}
    alerts = [row for row in alerts if row["state"] != "dropped"]  # a second telling of stories that became one
    return Outcome(
        frozenset((path[row["id"]], row["title"], row["text"], row["state"]) for row in articles),
        frozenset((path[row["article_id"]], row["topic"], json.dumps(row["evidence"])) for row in matches),
        frozenset(
            (alert["receiver"], alert["topic"], path[row["article_id"]])
            for alert in alerts
            for row in matches
            if (alert["topic"], alert["story_id"]) == (row["topic"], story[row["article_id"]])
        ),
        frozenset(row["uid"] for row in alerts),
        frozenset(row["uid"] for row in alerts if row["state"] == "sent"),
    )


def settled(day: Newsday, since: datetime) -> bool:
    """Whether every feed was polled since then, and nothing is owed any more."""
    store = Store(day.folder / "monitor.db", indexable, "test")
    with reading(store.engine) as connection:
        late = connection.execute(select(FEED.c.id).where((FEED.c.polled_at.is_(None)) | (FEED.c.polled_at < since)))
        owed = connection.execute(select(ARTICLE.c.id).where(ARTICLE.c.state.in_(("read", "tell"))))
        unsent = connection.execute(select(ALERT.c.id).where(ALERT.c.state == "owed"))
        waits = [late.first(), owed.first(), unsent.first()]
    store.close()
    return waits == [None, None, None]


def finish(day: Newsday) -> None:
    """Let the daemon run undisturbed until nothing is owed, and stop it as an administrator would."""
    day.publish()
    published = datetime.now(UTC)
    daemon = day.start()
    waited = Waiting(daemon)
    while not settled(day, published + timedelta(seconds=1)):
        waited.a_moment()
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(timeout=10) == 0


class Waiting:
    """Waits on the daemon itself: its end is a failure, and patience has one too."""

    def __init__(self, daemon: "subprocess.Popen[bytes]") -> None:
        self.daemon = daemon
        self.until = datetime.now(UTC) + timedelta(seconds=PATIENCE_S)

    def a_moment(self) -> None:
        assert datetime.now(UTC) < self.until, "the daemon does not settle"
        try:
            self.daemon.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            return
        pytest.fail("the daemon ended by itself: see daemon.log")


def moments(chance: random.Random) -> list[float]:
    """One in each part of the time, at random, in random order: no fewer kinds of end than twice as many would meet."""
    found = [LONGEST_S * (part + chance.random()) / KILLS for part in range(KILLS)]
    chance.shuffle(found)
    return found


def kill_after(day: Newsday, moment_s: float) -> None:
    """Start the daemon, let it begin, and kill it without warning."""
    daemon = day.start()
    try:
        daemon.wait(timeout=moment_s)
    except subprocess.TimeoutExpired:
        daemon.kill()
    assert daemon.wait() == -signal.SIGKILL


@pytest.mark.slow
def test_kills_at_any_moment_end_where_an_undisturbed_run_ends(tmp_path: Path) -> None:
    with newsday(tmp_path / "calm") as day:
        finish(day)
        calm = outcome(day)
        calm_messages = Counter(told["id"] for told in day.received())
    assert len(calm.articles) > 40
    assert calm.sent == calm.owed
    assert len(calm.owed) > 10
    assert set(calm_messages.values()) == {1}

    with newsday(tmp_path / "stormy") as day:
        for moment_s in moments(random.Random(20260301)):
            day.publish(2)
            kill_after(day, moment_s)
        finish(day)
        stormy = outcome(day)
        messages = Counter((told["kind"], told["id"]) for told in day.received())
    assert stormy.articles == calm.articles
    assert stormy.matches == calm.matches
    assert stormy.told == calm.told
    assert stormy.sent == stormy.owed
    # Every message arrived, each under an id of its own; a repeat bears the id of the first.
    assert len(messages) == len(stormy.owed)
    repeats = sum(messages.values()) - len(messages)
    sys.stdout.write(f"{KILLS} kills: {len(messages)} messages, {repeats} repeats\n")

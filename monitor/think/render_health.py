"""What was found of sources becomes what is told of it: subject, text, HTML and the webhook's envelope.

A message depends on its arguments alone, so every attempt to deliver a notice sends the same one.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from monitor.model import Feed, FeedState, Message
from monitor.think.excerpt import one_line
from monitor.think.health import Chart, Health, span
from monitor.think.letter import plain_html
from monitor.think.render import MAX_SUBJECT, envelope, link, minute

# What an event is called that tells of many sources at once.
STORM = "storm"  # they cannot be reached, and it is probably our own network
CALM = "calm"  # the storm is over
SEVERAL = "several"  # they changed together
# So many sources, and such a share of those asked within the hour, are lost at once when it is our own network.
ASKED_WITHIN = timedelta(hours=1)
STORM_LEAST, STORM_SHARE, STORM_OVER = 4, 0.6, 2
TOGETHER = 5  # changes are told one by one; more at once in one message
NAMED = 30  # of several sources, in the text
# Mail programs sort by it, as they do by the topics of alerts; no topic of a pack is called so.
TOPIC = {"name": "monitor.sources", "title": "Health of sources"}
SAID = {
    Health.WELL: "works again",
    Health.FAILING: "fails",
    Health.DEAD: "is dead",
    Health.QUIET: "has gone quiet",
    Health.FLOODED: "floods",
    Health.WALLED: "shows walls instead of articles",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A source that does otherwise than before."""

    feed: str
    feed_id: int
    url: str
    before: str
    health: str
    why: str


@dataclass(frozen=True, slots=True)
class Noticed:
    """A finding that is worth an event; `told` to receivers by itself, or one of many sources."""

    uid: str
    finding: Finding
    told: bool = True
    many: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """How many sources were asked within the hour and reached, or not; `anchor` is any of all."""

    reached: int
    lost: int
    anchor: Feed


def is_reached(chart: Chart, now: datetime) -> bool | None:
    """Whether the network led to a feed's server within the hour; None when its polls do not tell."""
    feed = chart.feed
    if feed.state is not FeedState.ACTIVE or chart.health is Health.DEAD or not feed.polled_at:
        return None
    if now - feed.polled_at > ASKED_WITHIN or feed.failures == 1:
        return None
    # Whoever answers with a status was reached.
    return not feed.failures or feed.last_error.startswith("status ")


def is_storm(reached: int, lost: int, *, before: bool) -> bool:
    """Whether so many sources are lost at once that it is our own network; a storm ends when most are reached."""
    if before:
        return reached < STORM_OVER or reached <= lost
    return lost >= STORM_LEAST and lost >= STORM_SHARE * (lost + reached)


def notice(
    findings: Sequence[Finding], reach: Reach, storm_since: datetime | None, now: datetime, tell: Collection[str]
) -> tuple[Noticed, ...]:
    """What is worth an event of all that was found in one round, and what of it is told; `tell` names what is.

    While our own network is down, and when it comes back, sources do not die. Many that change at once are told in one
    message.
    """
    reached, lost = reach.reached, reach.lost
    storm = is_storm(reached, lost, before=storm_since is not None)
    spared = (Health.DEAD, Health.FAILING) if storm or storm_since is not None else ()
    kept = [found for found in findings if found.health not in spared]
    loud = [found for found in kept if found.health in tell or (not found.health and found.before in tell)]
    together = len(loud) > TOGETHER
    noticed = [Noticed(uid(found.feed, found.health, now), found, found in loud and not together) for found in kept]
    if together:
        noticed.append(_of_many(reach.anchor, "", SEVERAL, several_text(loud), now))
    if storm and storm_since is None:
        noticed.append(_of_many(reach.anchor, "", STORM, storm_text(reached, lost), now))
    if not storm and storm_since is not None:
        calm = calm_text((now - storm_since).total_seconds(), reached, lost)
        noticed.append(_of_many(reach.anchor, STORM, CALM, calm, now))
    return tuple(noticed)


def _of_many(anchor: Feed, before: str, health: str, why: str, now: datetime) -> Noticed:
    return Noticed(uid("", health, now), Finding(anchor.name, anchor.id, "", before, health, why), many=True)


def uid(subject: str, health: str, noticed_at: datetime) -> str:
    """The stable id of an event: of a feed by its name, or of many."""
    return "hlt_" + sha256(f"{subject}\n{health}\n{noticed_at.isoformat()}".encode()).hexdigest()[:32]


def storm_text(reached: int, lost: int) -> str:
    """Why a storm is said."""
    return f"{lost} of {lost + reached} sources cannot be reached: probably our own network"


def calm_text(lasted_s: float, reached: int, lost: int) -> str:
    """Why it is said to be over."""
    back = f"{reached} of {lost + reached} sources can be reached again after {span(lasted_s)}"
    return f"{back}; the others are asked at once"


def several_text(changes: Sequence[Finding]) -> str:
    """Several changes in one sentence."""
    counted = Counter(change.health for change in changes)
    kinds = ", ".join(f"{number} {health or 'well again'}" for health, number in sorted(counted.items()))
    return f"{len(changes)} sources changed at once: {kinds}"


def message(
    noticed: str, receiver: str, change: Finding, noticed_at: datetime, members: Sequence[Finding] = ()
) -> Message:
    """What a receiver reads of an event with the id `noticed`; `members` are the changes that it tells of together."""
    many = change.health in (STORM, CALM, SEVERAL)
    why = one_line(change.why, 1000)
    headline = why if many else f"{change.feed} {_said(change.health)}"
    subject = one_line(f"[monitor] {headline}", MAX_SUBJECT)
    told = [_line(member) for member in members[:NAMED]] if many else [why, f"Its address: {link(change.url)}"]
    more = [f"and {len(members) - NAMED} more, of which `monitor status` tells"] if len(members) > NAMED else []
    end = f"Noticed {minute(noticed_at)}. Notice {noticed}"
    paragraphs = [part for part in (headline, *told, *more, end) if part]
    return Message(
        uid=noticed,
        subject=subject,
        text="\n\n".join(paragraphs) + "\n",
        html=plain_html(subject, paragraphs),
        payload=envelope(
            "source.health",
            noticed,
            noticed_at,
            {
                "receiver": receiver,
                "topic": TOPIC,
                "health": change.health or "well",
                "before": change.before or "well",
                "why": why,
                "source": None if many else {"name": change.feed, "url": link(change.url)},
                "sources": [_data(member) for member in members],
            },
        ),
        # What is said of one source belongs together.
        thread="src_" + sha256((SEVERAL if many else change.feed).encode()).hexdigest()[:32],
        created_at=noticed_at,
    )


def _said(health: str) -> str:
    return SAID.get(Health(health), health)


def _line(change: Finding) -> str:
    return one_line(f"{change.feed} {_said(change.health)}: {change.why}".rstrip(": "), 400)


def _data(change: Finding) -> dict[str, str]:
    return {
        "name": change.feed,
        "url": link(change.url),
        "health": change.health or "well",
        "before": change.before or "well",
        "why": one_line(change.why, 1000),
    }

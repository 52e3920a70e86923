"""An alert that is due, and what may stand in its way, become a verdict: send, gather into a later message, or drop.

The stages are gone through in order, and the first that holds the alert back decides. A silence comes before what a
severity may break through, for a person asked for it. An alert that was sent, with nobody left who knows what came of
that, is sent again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.model import Alert, Article
from monitor.telling import Dispatch, Fate, Inhibition, Rate, Route, Silence, Timing
from monitor.think.cron import next_after
from monitor.think.route import Names, breaks_through, group, is_at, nobody
from monitor.think.windows import opens_at


class Action(StrEnum):
    """What is done with an alert that is due."""

    SEND = "send"
    GATHER = "gather"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is done with an alert, and why; alerts that are gathered under one key go out in one message."""

    action: Action
    why: str = ""
    key: str = ""
    title: str = ""
    due_at: datetime | None = None  # when the message goes out


@dataclass(frozen=True, slots=True)
class Setting:
    """What may stand in an alert's way."""

    route: Route
    silences: tuple[Silence, ...] = ()
    inhibitions: tuple[Inhibition, ...] = ()
    others: frozenset[str] = frozenset()  # topics on which its receiver is told of the same story
    last_of_group: datetime | None = None  # when its group was told last
    before: Dispatch | None = None  # the message in which an earlier alert of its story waits
    rate: Rate | None = None
    sent: tuple[datetime, ...] = ()  # messages to its receiver within the rate's period, oldest first


SENT = Verdict(Action.SEND)


def judge(alert: Alert, article: Article, setting: Setting, now: datetime, names: Names = nobody) -> Verdict:
    """What is done with an alert that is due."""
    return next(_stages(alert, article, setting, now, names), SENT)


def _stages(alert: Alert, article: Article, setting: Setting, now: datetime, names: Names) -> Iterator[Verdict]:
    if alert.begun_at:
        return  # its receiver may have it, and would know no repeat of it in another message
    yield from _inhibited(alert, setting)
    yield from _silenced(alert, article, setting.silences, now, names)
    route = setting.route
    if breaks_through(route, alert.severity):
        return
    yield from _queued(setting.before)
    yield from _out_of_hours(route, now)
    yield from _digested(route, now)
    yield from _grouped(alert, article, setting, now)
    yield from _overflowing(setting, now)


def _inhibited(alert: Alert, setting: Setting) -> Iterator[Verdict]:
    for rule in setting.inhibitions:
        if alert.topic in rule.mutes and (by := setting.others.intersection(rule.topics) - {alert.topic}):
            yield Verdict(Action.DROP, f"muted: the story is told on the topic {min(by)}")


def _silenced(
    alert: Alert, article: Article, silences: tuple[Silence, ...], now: datetime, names: Names
) -> Iterator[Verdict]:
    fitting = [one for one in silences if silences_alert(one, alert, article, now, names)]
    if not fitting:
        return
    # One that drops outranks one that keeps, and of those that keep the last to end holds the alert.
    chosen = max(fitting, key=lambda one: (one.fate is Fate.DROP, one.ends_at, one.id))
    why = f"silence {chosen.id}" + (f": {chosen.why}" if chosen.why else "")
    if chosen.fate is Fate.DROP:
        yield Verdict(Action.DROP, why)
    yield Verdict(Action.GATHER, why, f"silence:{chosen.id}", "held back by a silence", chosen.ends_at)


def silences_alert(silence: Silence, alert: Alert, article: Article, now: datetime, names: Names = nobody) -> bool:
    """Whether a silence is in force and all that it names fits."""
    if not silence.created_at <= now < silence.ends_at:
        return False
    if silence.topic and silence.topic != alert.topic:
        return False
    if silence.story_id and silence.story_id != alert.story_id:
        return False
    if silence.receiver and silence.receiver != alert.receiver:
        return False
    if silence.site and not is_at(article, silence.site):
        return False
    return not silence.entity or names((silence.entity,), article)


def _queued(before: Dispatch | None) -> Iterator[Verdict]:
    """An update is not told before what it updates."""
    if before:
        why = "waits with the earlier alert of its story"
        yield Verdict(Action.GATHER, why, before.key, before.title, before.due_at)


def _out_of_hours(route: Route, now: datetime) -> Iterator[Verdict]:
    timing = route.timing
    opens = allowed_at(timing, now)
    if opens == now:
        return
    if timing.outside is Fate.DROP or opens is None:
        yield Verdict(Action.DROP, "outside of the route's hours")
    yield Verdict(Action.GATHER, "outside of the route's hours", f"hours:{route.name}", "since the last hours", opens)


def allowed_at(timing: Timing, now: datetime) -> datetime | None:
    """When a route's hours allow a message; None when they never do."""
    return opens_at(timing.during, timing.but_for, now)


def _digested(route: Route, now: datetime) -> Iterator[Verdict]:
    if route.timing.digest:
        due = next_after(route.timing.digest, now)
        yield Verdict(Action.GATHER, "waits for the digest", digest_key(route), "digest", due)


def digest_key(route: Route) -> str:
    """Under which key the alerts of a route that tells by digest are gathered."""
    return f"digest:{route.name}"


def _grouped(alert: Alert, article: Article, setting: Setting, now: datetime) -> Iterator[Verdict]:
    key = group(setting.route, alert, article)
    if not key:
        return
    timing, last = setting.route.timing, setting.last_of_group
    due = now + timedelta(seconds=timing.wait_s)
    if last:
        due = max(due, last + timedelta(seconds=timing.interval_s))
    yield Verdict(Action.GATHER, "waits for others of its group", key, key.rpartition(":")[2], due)


def _overflowing(setting: Setting, now: datetime) -> Iterator[Verdict]:
    rate = setting.rate
    if rate and len(setting.sent) >= rate.messages:
        # The oldest of the last ones must be past the period before there is room.
        due = setting.sent[-rate.messages] + timedelta(seconds=rate.seconds)
        yield Verdict(
            Action.GATHER, "more than the receiver's rate", "rate", "more than could be told at once", max(due, now)
        )

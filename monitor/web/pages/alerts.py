"""What was told, waits or failed becomes the page of alerts, with the reason of each, and the silences beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Engine

from monitor.edge import receivers, silences
from monitor.edge.page_views import alert_counts, open_messages
from monitor.edge.search import attempts, find_alerts
from monitor.edge.silences import Held
from monitor.errors import ConfigError
from monitor.model import Alert, AlertState
from monitor.rules import Rules
from monitor.settings import Config
from monitor.settings.kinds import parse_duration
from monitor.telling import Attempt, Dispatch, Fate, Silence, Standing

STATES = {
    AlertState.OWED: "Waiting",
    AlertState.HELD: "Held back",
    AlertState.SENT: "Sent",
    AlertState.FAILED: "Failed",
    AlertState.DROPPED: "Dropped",
}
LENGTHS = {"1h": "one hour", "8h": "eight hours", "1d": "a day", "7d": "a week", "30d": "thirty days"}
_LONGEST_S = 366 * 86_400.0
_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Telling:
    """An alert, as the page shows it."""

    alert: Alert
    article: str  # its title
    topic: str
    why: str
    attempts: tuple[Attempt, ...]  # where one failed


@dataclass(frozen=True, slots=True)
class ReceiverLine:
    """A receiver, and how it does."""

    name: str
    kind: str
    standing: Standing | None


@dataclass(frozen=True, slots=True)
class AlertsPage:
    """All that the page shows."""

    state: str
    tellings: tuple[Telling, ...]
    counts: tuple[tuple[AlertState, str, int], ...]
    messages: tuple[tuple[Dispatch, int], ...]
    silences: tuple[Held, ...]
    receivers: tuple[ReceiverLine, ...]
    topics: tuple[tuple[str, str], ...]


def look(engine: Engine, rules: Rules, config: Config, now: datetime, state: str = "") -> AlertsPage:
    """The page; with `state`, only alerts in it."""
    asked = AlertState(state) if state in set(AlertState) else None
    counts, standings = alert_counts(engine), receivers.standings(engine)
    return AlertsPage(
        asked.value if asked else "",
        tuple(_telling(engine, rules, alert, title) for alert, title in find_alerts(engine, asked, _SHOWN)),
        tuple((each, title, counts.get(each.value, 0)) for each, title in STATES.items()),
        open_messages(engine),
        silences.listed(engine, now),
        tuple(ReceiverLine(each.name, each.kind, standings.get(each.name)) for each in config.receiver),
        tuple((topic.name, topic.title or topic.name) for topic in rules.pack.topics),
    )


def _telling(engine: Engine, rules: Rules, alert: Alert, title: str) -> Telling:
    tries = attempts(engine, alert.uid) if alert.failures or alert.state is AlertState.FAILED else ()
    return Telling(alert, title, rules.title(alert.topic), _why(alert), tries)


def _why(alert: Alert) -> str:
    """Why an alert is where it is, in a line."""
    if alert.state is AlertState.FAILED:
        return f"given up: {alert.last_error}"
    if alert.state in {AlertState.HELD, AlertState.DROPPED}:
        return alert.held
    if alert.state is AlertState.OWED and alert.failures:
        return f"tried {alert.failures} times: {alert.last_error}"
    if alert.sequence:
        return f"update {alert.sequence}: {alert.reason}"
    return "first telling of its story" if alert.state is AlertState.SENT else alert.held


def read_silence(form: Mapping[str, str], rules: Rules, names: Sequence[str], now: datetime) -> Silence:
    """A form becomes a silence; ConfigError says what is missing or not known."""
    told = {name: form.get(name, "").strip() for name in "topic site entity receiver why length fate".split()}
    story = form.get("story", "").strip()
    if not (told["topic"] or story or told["site"] or told["entity"] or told["receiver"]):
        raise ConfigError("a silence must name what it is of", hint="choose a topic, story, site, entity or receiver")
    if story and not (story.isdecimal() and len(story) < 19):
        raise ConfigError(f"{story!r} is no story’s number", hint="the number in the address of its page")
    if told["topic"] and told["topic"] not in {topic.name for topic in rules.pack.topics}:
        raise ConfigError(f"no topic is named {told['topic']!r}", hint="choose one of the list")
    if told["receiver"] and told["receiver"] not in names:
        raise ConfigError(f"no receiver is named {told['receiver']!r}", hint="choose one of the list")
    entity = told["entity"].removeprefix("@")
    if entity and not rules.entities.find(entity):
        near = ", ".join(rules.entities.suggest(entity))
        raise ConfigError(f"no entity is named {entity!r}", hint=f"did you mean {near}?" if near else "")
    return Silence(
        0,
        now,
        now + timedelta(seconds=_seconds(told["length"])),
        topic=told["topic"],
        story_id=int(story or 0),
        site=told["site"].lower().removeprefix("www."),
        entity=entity,
        receiver=told["receiver"],
        why=told["why"][:500],
        fate=Fate.DROP if told["fate"] == "drop" else Fate.TELL,
    )


def _seconds(text: str) -> float:
    try:
        seconds = float(str(parse_duration(text)))
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _LONGEST_S:
        raise ConfigError(f"{text!r} is no duration of up to a year", hint="write it as 90m, 2h or 3d")
    return seconds

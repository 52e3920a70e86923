"""What holds an alert back, in which order, and what nothing holds back."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from told import ALERT, ARTICLE, NOW

from monitor.model import Alert
from monitor.telling import Dispatch, Fate, GroupBy, Inhibition, Rate, Route, Silence, Timing, Window
from monitor.think.cron import read_schedule
from monitor.think.stages import Action, Setting, Verdict, judge

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NEVER_NOW = Window("morning", UTC, frozenset(), ((6 * 60, 8 * 60),))  # NOW is at 12:41
SILENCE = Silence(7, NOW - MINUTE, NOW + HOUR, topic="harbour", why="drill")


def verdict(timing: Timing | None = None, alert: Alert = ALERT, **stands: object) -> Verdict:
    route = Route(("desk",), name="desk", timing=timing or Timing())
    return judge(alert, ARTICLE, Setting(route, **stands), NOW, lambda entities, _: "crane" in entities)  # type: ignore[arg-type]


def test_an_alert_that_nothing_holds_back_is_sent() -> None:
    assert verdict().action is Action.SEND


def test_a_silence_holds_an_alert_until_it_ends_and_says_which() -> None:
    held = verdict(silences=(SILENCE,))
    assert (held.action, held.key, held.due_at) == (Action.GATHER, "silence:7", NOW + HOUR)
    assert held.why == "silence 7: drill"


@pytest.mark.parametrize(
    "other",
    [
        {"topic": "rust"},
        {"story_id": 9},
        {"site": "other.example"},
        {"entity": "mayor"},
        {"receiver": "night"},
        {"ends_at": NOW},
        {"created_at": NOW + MINUTE},
    ],
)
def test_a_silence_of_something_else_or_of_another_time_holds_nothing(other: dict[str, object]) -> None:
    assert verdict(silences=(replace(SILENCE, **other),)).action is Action.SEND  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "named",
    [{"story_id": 812}, {"site": "news.example"}, {"site": "example"}, {"entity": "crane"}, {"receiver": "desk"}],
)
def test_a_silence_fits_by_story_site_entity_or_receiver(named: dict[str, object]) -> None:
    silence = replace(SILENCE, topic="", **named)  # type: ignore[arg-type]
    assert verdict(silences=(silence,)).key == "silence:7"


def test_an_alert_that_may_have_been_taken_is_sent_again_whatever_holds_others_back() -> None:
    assert verdict(silences=(SILENCE,)).action is Action.GATHER
    begun = replace(ALERT, begun_at=NOW - MINUTE)
    assert verdict(alert=begun, silences=(SILENCE, replace(SILENCE, fate=Fate.DROP))).action is Action.SEND


def test_a_silence_that_drops_outranks_one_that_keeps() -> None:
    dropping = replace(SILENCE, id=8, fate=Fate.DROP, ends_at=NOW + MINUTE)
    assert verdict(silences=(SILENCE, dropping)).action is Action.DROP


def test_of_two_silences_the_later_one_to_end_holds_the_alert() -> None:
    assert verdict(silences=(replace(SILENCE, id=8, ends_at=NOW + 2 * HOUR), SILENCE)).key == "silence:8"


def test_outside_of_its_hours_a_route_gathers_until_they_begin_or_drops() -> None:
    held = verdict(Timing(during=(NEVER_NOW,)))
    assert (held.key, held.due_at) == ("hours:desk", NOW.replace(hour=6, minute=0) + 24 * HOUR)
    assert verdict(Timing(during=(NEVER_NOW,), outside=Fate.DROP)).action is Action.DROP


def test_a_severity_breaks_through_all_but_a_silence() -> None:
    timing = Timing(
        during=(NEVER_NOW,), digest=read_schedule("hourly", UTC), group_by=GroupBy.TOPIC, wait_s=60, always="critical"
    )
    full = {"rate": Rate(1, 60), "sent": (NOW,)}
    critical = replace(ALERT, severity="critical")
    assert verdict(timing, critical, **full).action is Action.SEND
    assert verdict(timing, replace(ALERT, severity="high"), **full).action is Action.GATHER
    assert verdict(timing, critical, silences=(SILENCE,)).key == "silence:7"


def test_a_topic_mutes_another_of_the_same_story() -> None:
    rules = (Inhibition(("war",), ("harbour",)),)
    assert verdict(inhibitions=rules, others=frozenset({"rust"})).action is Action.SEND
    muted = verdict(inhibitions=rules, others=frozenset({"war"}))
    assert (muted.action, muted.why) == (Action.DROP, "muted: the story is told on the topic war")


def test_a_digest_goes_out_at_its_next_time() -> None:
    held = verdict(Timing(digest=read_schedule("daily 18:00", UTC)))
    assert (held.key, held.due_at) == ("digest:desk", NOW.replace(hour=18, minute=0))


def test_a_group_waits_for_others_and_keeps_its_interval() -> None:
    timing = Timing(group_by=GroupBy.TOPIC, wait_s=60, interval_s=600)
    assert verdict(timing).key == "topic:desk:harbour"
    assert verdict(timing).due_at == NOW + MINUTE
    assert verdict(timing, last_of_group=NOW - MINUTE).due_at == NOW + 9 * MINUTE
    assert verdict(Timing(group_by=GroupBy.SOURCE)).key == "source:desk:news.example"


def test_what_is_more_than_a_receivers_rate_goes_out_when_there_is_room_again() -> None:
    rate = Rate(2, 3600)
    assert verdict(rate=rate, sent=(NOW - MINUTE,)).action is Action.SEND
    held = verdict(rate=rate, sent=(NOW - 30 * MINUTE, NOW - 20 * MINUTE, NOW - MINUTE))
    assert (held.key, held.due_at) == ("rate", NOW + 40 * MINUTE)


def test_an_update_waits_with_what_it_updates() -> None:
    before = Dispatch(3, "dig_1", "desk", "digest", "rate", due_at=NOW + MINUTE)
    assert verdict(before=before).key == "rate"

"""A feed is called ill when it is, with figures, and not when it merely keeps its habit."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from drawn import examples
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ExtractError
from monitor.model import Entry, Feed, FeedState, Page, Sighting
from monitor.think import health, render_health
from monitor.think.health import Chart, Health, Usual, judge
from monitor.think.render_health import Finding, Reach

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
LIMITS = {"dead_after_s": 86_400.0, "quiet_after_s": 6 * 3600.0}


def feed(**changes: object) -> Feed:
    told = {"polled_at": NOW, "succeeded_at": NOW, "interval_s": 900.0, **changes}
    return Feed(1, "wire", "https://wire.example/rss", **told)


def chart(**changes: object) -> Chart:
    told = {"health": Health.WELL, "since": None, "latest_at": NOW - HOUR, "today": 3, "yesterday": 9, "notes": ()}
    return Chart(**{"feed": feed(), **told, **changes})


def said(seen: Chart, habit: Usual | None = None, now: datetime = NOW) -> tuple[Health, str]:
    verdict = judge(seen, now, habit, **LIMITS)
    return verdict.health, verdict.why


def failing(failures: int, last: timedelta | None, **changes: object) -> Feed:
    told = {"failures": failures, "last_error": "no answer", "succeeded_at": NOW - last if last else None}
    return feed(**{**told, **changes})


# Dead and failing


def test_a_feed_without_success_for_a_day_is_dead_and_the_reason_has_figures() -> None:
    found, why = said(chart(feed=failing(7, 26 * HOUR)))
    assert found is Health.DEAD
    assert why == "no success for 26 h, 7 failures in a row: no answer"


def test_a_feed_that_fails_a_few_times_is_failing_and_one_failure_is_nothing() -> None:
    assert said(chart(feed=failing(3, 2 * HOUR)))[0] is Health.FAILING
    assert said(chart(feed=failing(1, HOUR)))[0] is Health.WELL


def test_a_day_on_which_the_daemon_did_not_run_kills_no_feed() -> None:
    assert said(chart(feed=failing(0, 5 * DAY)))[0] is Health.WELL
    assert said(chart(feed=failing(1, 5 * DAY)))[0] is Health.WELL


def test_a_feed_asked_once_a_day_dies_later_and_one_that_is_gone_at_once() -> None:
    assert said(chart(feed=failing(3, 3 * DAY, interval_s=86_400.0)))[0] is Health.FAILING
    assert said(chart(feed=failing(4, 5 * DAY, interval_s=86_400.0)))[0] is Health.DEAD
    found, why = said(chart(feed=feed(state=FeedState.GONE, failures=1)))
    assert found is Health.DEAD
    assert "410" in why


def test_a_feed_that_never_came_is_dead_after_some_tries() -> None:
    assert said(chart(feed=failing(3, None), latest_at=None))[0] is Health.FAILING
    assert said(chart(feed=failing(6, None), latest_at=None)) == (
        Health.DEAD,
        "it never came, 6 failures in a row: no answer",
    )


def test_it_stays_dead_until_a_poll_succeeds_and_then_says_for_how_long_it_was() -> None:
    dead = chart(health=Health.DEAD, since=NOW - 3 * HOUR)
    assert said(replace(dead, feed=failing(1, HOUR)))[0] is Health.DEAD
    assert said(replace(dead, feed=feed(succeeded_at=NOW - DAY)))[0] is Health.DEAD
    assert said(replace(dead, today=12)) == (Health.WELL, "back after 3 h, 12 new articles today")


def test_a_passing_failure_does_not_end_what_was_said_of_a_feed() -> None:
    for told in (Health.QUIET, Health.FLOODED, Health.WALLED):
        ill = chart(health=told, since=NOW - DAY, feed=failing(4, HOUR))
        assert said(ill)[0] is told
        assert said(replace(ill, feed=failing(9, 2 * DAY)))[0] is Health.DEAD


# Walled

CONSENT = "the site asks for consent before it shows the page"


def test_a_feed_whose_pages_are_walls_is_walled_and_the_reason_counts_them() -> None:
    found, why = said(chart(notes=(CONSENT,) * 9 + ("",) * 3))
    assert found is Health.WALLED
    assert why == "9 of its 12 newest pages ended at a consent wall"


def test_few_walls_or_other_notes_do_not_wall_a_feed() -> None:
    assert said(chart(notes=(CONSENT,) * 3))[0] is Health.WELL
    assert said(chart(notes=(CONSENT,) * 5 + ("",) * 7))[0] is Health.WELL
    assert said(chart(notes=("the page is empty",) * 12))[0] is Health.WELL


def test_it_stays_walled_without_news_and_is_well_when_pages_can_be_read_again() -> None:
    walled = chart(health=Health.WALLED, since=NOW - DAY)
    assert said(walled)[0] is Health.WALLED
    assert said(replace(walled, notes=(CONSENT, "", CONSENT, "", "")))[0] is Health.WALLED
    assert said(replace(walled, notes=("",) * 6 + (CONSENT,) * 6))[0] is Health.WELL


@pytest.mark.parametrize(
    ("note", "wall"),
    [
        (CONSENT, "a consent wall"),
        ("the site asks for a proof that we are no robot", "a check for robots"),
        ("the page shows its text only to browsers that run scripts", "pages that need scripts"),
        ("status 403, Forbidden", "a refusal (403)"),
        ("status 404, Not Found", ""),
        ("no answer", ""),
    ],
)
def test_a_note_tells_what_stood_where_the_article_should_be(note: str, wall: str) -> None:
    assert health.wall_of(note) == wall


@pytest.mark.parametrize(
    ("seen", "notices"),
    [
        ("We value your privacy. We and our partners store cookies. Accept all. Reject all. Manage preferences.", ""),
        ("Just a moment. Checking your browser before you go on.", ""),
        ("", "Please enable JavaScript to run this app."),
    ],
)
def test_what_the_reader_says_of_walls_is_known_here(seen: str, notices: str) -> None:
    from monitor.think.wall import refuse_article

    with pytest.raises(ExtractError) as refused:
        refuse_article(seen, notices, (), "", "")
    assert health.wall_of(str(refused.value))


# Flooded


def days(count: Callable[[date], int], number: int = 28) -> dict[date, int]:
    return {day: count(day) for day in ((NOW - n * DAY).date() for n in range(1, number + 1))}


def test_ten_times_the_usual_volume_is_a_flood() -> None:
    habit = health.usual(days(lambda _: 12))
    found, why = said(chart(today=130), habit)
    assert found is Health.FLOODED
    assert why == "130 new articles today; 12 are usual"


def test_a_busy_day_a_small_feed_and_a_new_one_are_no_floods() -> None:
    assert said(chart(today=55), health.usual(days(lambda _: 12)))[0] is Health.WELL
    assert said(chart(today=45), health.usual(days(lambda _: 1)))[0] is Health.WELL
    assert said(chart(today=500), health.usual(days(lambda _: 5, 4)))[0] is Health.WELL


def test_a_weekly_digest_does_not_flood_on_its_day() -> None:
    weekly = health.usual(days(lambda day: 80 * (day.weekday() == NOW.weekday())))
    assert weekly.by_weekday[NOW.weekday()] > 60
    assert said(chart(today=85), weekly)[0] is Health.WELL


def test_a_flood_lasts_until_two_days_were_ordinary_and_does_not_change_the_habit() -> None:
    yesterday = (NOW - DAY).date()
    habit = health.usual({**days(lambda _: 12), yesterday: 900})
    assert habit.a_day < 15
    flooded = chart(health=Health.FLOODED, since=NOW - DAY, today=4, yesterday=900)
    assert said(flooded, habit)[0] is Health.FLOODED
    assert said(replace(flooded, yesterday=14))[0] is Health.FLOODED, "nothing is said before its habit is known"
    assert said(replace(flooded, yesterday=14), habit)[0] is Health.WELL


# Quiet


def office(rng: random.Random, start: datetime, weeks: int) -> list[datetime]:
    """Ten articles a day, between seven and nineteen, on weekdays."""
    return poisson(rng, start, weeks, lambda at: (10 / 12) * (at.weekday() < 5 and 7 <= at.hour < 19))


def agency(rng: random.Random, start: datetime, weeks: int) -> list[datetime]:
    """A hundred a day, fewer at night, but never none."""
    return poisson(rng, start, weeks, lambda at: 6.0 if 6 <= at.hour < 20 else 1.5)


def blog(rng: random.Random, start: datetime, weeks: int) -> list[datetime]:
    """Five a week, at any time."""
    return poisson(rng, start, weeks, lambda _: 5 / 168)


def bursts(rng: random.Random, start: datetime, weeks: int) -> list[datetime]:
    """Days with ten, and days with hardly any."""
    mood = {n: rng.choice((0.1, 0.1, 1.0, 1.9)) for n in range(weeks * 7 + 1)}
    return poisson(rng, start, weeks, lambda at: 0.5 * mood[(at - start).days])


def bulletin(rng: random.Random, start: datetime, weeks: int) -> list[datetime]:
    """One each morning at eight, give or take a quarter of an hour."""
    return [start + n * DAY + 8 * HOUR + rng.uniform(-15, 15) * MINUTE for n in range(weeks * 7)]


HABITS = (office, agency, blog, bursts, bulletin)


def poisson(rng: random.Random, start: datetime, weeks: int, rate: Callable[[datetime], float]) -> list[datetime]:
    times = []
    for hour in range(weeks * 168):
        at = start + hour * HOUR
        expected = rate(at)
        left = rng.expovariate(expected) if expected else 2.0
        while left < 1:
            times.append(at + left * HOUR)
            left += rng.expovariate(expected)
    return times


def called_quiet(times: list[datetime], after: datetime) -> int:
    """How many of the silences after that moment would have been told."""
    times = sorted(times)
    polled = {(times[0] + n * DAY).date() for n in range((times[-1] - times[0]).days + 2)}
    told = begin = 0
    for number, (last, following) in enumerate(pairwise(times), 1):
        if last < after or following - last < 6 * HOUR:
            continue
        while times[begin] < last - health.HISTORY:
            begin += 1
        known = health.pauses(times[begin:number], polled)
        told += known is not None and following >= known.until
    return told


# Altogether a thousand weeks that are judged; the fast suite takes a few.
@pytest.mark.parametrize("weeks", [10, pytest.param(204, marks=pytest.mark.slow)])
@pytest.mark.parametrize("habit", HABITS, ids=lambda habit: habit.__name__)
def test_a_feed_that_keeps_its_habit_is_called_quiet_in_fewer_than_one_week_of_a_thousand(
    habit: Callable, weeks: int
) -> None:
    told = called_quiet(habit(random.Random(habit.__name__), NOW, weeks), NOW + 28 * DAY)
    assert told == 0, f"{told} times in {weeks} weeks"


@pytest.mark.parametrize(
    ("habit", "longest"),
    [(agency, 8 * HOUR), (office, 5 * DAY), (bulletin, 14 * DAY), (blog, 30 * DAY)],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_feed_that_falls_silent_is_told_of_in_time(habit: Callable, longest: timedelta) -> None:
    times = habit(random.Random(5), NOW, 5)
    polled = {(NOW + n * DAY).date() for n in range(36)}
    known = health.pauses(times, polled)
    assert known is not None
    assert known.until - max(times) < longest


def silent(until: timedelta, silence: timedelta, **changes: object) -> tuple[Health, str]:
    latest = NOW - silence
    habit = Usual((20.0,) * 7, 40.0, 28, health.Pauses(latest + until, 5 * 3600.0, 28))
    return said(chart(latest_at=latest, today=0, yesterday=0, **changes), habit)


def test_a_silence_beyond_the_habit_is_told_with_the_habit() -> None:
    found, why = silent(8 * HOUR, 31 * HOUR)
    assert found is Health.QUIET
    assert why == "nothing new for 31 h; it usually brings 20 a day, and its longest pause in 28 days was 5 h"
    assert silent(40 * HOUR, 31 * HOUR)[0] is Health.WELL
    assert silent(2 * HOUR, 5 * HOUR)[0] is Health.WELL


def test_what_was_not_asked_or_failed_is_no_silence() -> None:
    asked = {"succeeded_at": NOW - 29 * HOUR}
    assert silent(8 * HOUR, 31 * HOUR, feed=feed(**asked))[0] is Health.WELL
    assert silent(8 * HOUR, 31 * HOUR, feed=feed(**asked, failures=2))[0] is Health.WELL


def test_a_quiet_feed_stays_so_until_it_has_news() -> None:
    quiet = chart(health=Health.QUIET, since=NOW - 3 * HOUR, latest_at=NOW - 20 * DAY, today=0)
    assert said(quiet)[0] is Health.QUIET
    assert said(replace(quiet, latest_at=NOW - MINUTE, today=1)) == (Health.WELL, "back after 3 h, 1 new article today")


def test_too_little_history_is_no_habit() -> None:
    times = [NOW + n * HOUR for n in range(200)]
    assert health.pauses(times, {(NOW + n * DAY).date() for n in range(9)}) is None
    assert health.pauses(times[:5], {(NOW + n * DAY).date() for n in range(30)}) is None
    assert health.pauses((), ()) is None


def test_days_on_which_nobody_asked_do_not_count_as_a_pause() -> None:
    times = office(random.Random(3), NOW, 4)
    absent = {(NOW + n * DAY).date() for n in range(12, 18)}
    times = [at for at in times if at.date() not in absent]
    polled = {(NOW + n * DAY).date() for n in range(29)} - absent
    known = health.pauses(times, polled)
    assert known is not None
    assert known.longest_s < 4 * 86_400


# Any history

NAIVE = NOW.replace(tzinfo=None)
MOMENTS = st.datetimes(NAIVE - 2000 * DAY, NAIVE + 2000 * DAY, timezones=st.just(UTC))
DAYS = st.dictionaries(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 10**6), max_size=60)
FEEDS = st.builds(
    feed,
    state=st.sampled_from(FeedState),
    failures=st.integers(0, 10**6),
    last_error=st.text(max_size=20),
    succeeded_at=st.none() | MOMENTS,
    interval_s=st.floats(1, 1e7),
)
CHARTS = st.builds(
    Chart,
    feed=FEEDS,
    health=st.sampled_from(Health),
    since=st.none() | MOMENTS,
    latest_at=st.none() | MOMENTS,
    today=st.integers(0, 10**6),
    yesterday=st.integers(0, 10**6),
    notes=st.lists(st.sampled_from(["", CONSENT, "status 403, Forbidden"]) | st.text(max_size=20), max_size=12).map(
        tuple
    ),
)


@examples(80)
@given(CHARTS, MOMENTS, DAYS, st.lists(MOMENTS, max_size=60))
def test_any_history_ends_in_a_judgement_and_illness_has_a_reason(
    seen: Chart, now: datetime, articles: dict[date, int], news: list[datetime]
) -> None:
    health.needs_history(seen, quiet_after_s=3600.0)
    for habit in (None, health.usual(articles, health.pauses(news, articles.keys()))):
        verdict = judge(seen, now, habit, dead_after_s=86_400.0, quiet_after_s=3600.0)
        assert isinstance(verdict.health, Health)
        assert verdict.why or verdict.health in (seen.health, Health.WELL)


@examples(40)
@given(st.lists(st.integers(0, 60 * 24 * 27), min_size=12, max_size=150, unique=True), st.integers(0, 400))
def test_patience_begins_with_the_silence_and_ends(minutes: list[int], shift: int) -> None:
    times = [NOW + shift * HOUR + minute * MINUTE for minute in minutes]
    known = health.pauses(times, {(NOW + n * DAY).date() for n in range(60)})
    if known:
        assert max(times) < known.until <= max(times) + health.FARTHEST + HOUR
        assert known == health.pauses(list(reversed(times)), {(NOW + n * DAY).date() for n in range(60)})


# What is told


def found(name: str, now: str = "dead", before: str = "") -> Finding:
    return Finding(name, 1, f"https://{name}.example/rss", before, now, "no success for 26 h")


def told(findings: list[Finding], reach: Reach | None = None, since: datetime | None = None) -> list[tuple[str, bool]]:
    noticed = render_health.notice(
        findings, reach or Reach(40, 0, feed()), since, NOW, ("dead", "quiet", "flooded", "walled")
    )
    return [(item.finding.health, item.told) for item in noticed]


def test_every_change_is_an_event_and_those_that_matter_are_told() -> None:
    assert told([found("a"), found("b", "failing"), found("c", "quiet")]) == [
        ("dead", True),
        ("failing", False),
        ("quiet", True),
    ]
    assert told([found("a", "", "dead"), found("b", "", "failing")]) == [("", True), ("", False)]


def test_a_storm_is_one_notice_and_kills_nobody() -> None:
    storm = Reach(3, 37, feed())
    findings = [found(f"f{n}") for n in range(37)]
    (noticed,) = render_health.notice(findings, storm, None, NOW, ("dead",))
    assert noticed.finding.why == "37 of 40 sources cannot be reached: probably our own network"
    assert noticed.told
    assert noticed.many
    assert told(findings, storm, NOW - HOUR) == []


def test_the_end_of_a_storm_is_told_once_most_are_reached() -> None:
    assert told([], Reach(2, 5, feed()), NOW - 3 * HOUR) == []
    assert told([], Reach(0, 0, feed()), NOW - 3 * HOUR) == []
    (calm,) = render_health.notice([], Reach(30, 10, feed()), NOW - 3 * HOUR, NOW, ())
    assert calm.finding.why.startswith("30 of 40 sources can be reached again after 3 h")
    assert told([], Reach(30, 10, feed())) == []


def test_a_few_lost_sources_or_servers_that_answer_are_no_storm() -> None:
    assert not render_health.is_storm(0, 3, before=False)
    assert not render_health.is_storm(20, 20, before=False)
    answered = chart(feed=feed(failures=5, last_error="status 503, Service Unavailable"))
    assert render_health.is_reached(answered, NOW) is True
    assert render_health.is_reached(chart(feed=feed(failures=5, last_error="no answer")), NOW) is False
    assert render_health.is_reached(chart(feed=feed(failures=1, last_error="no answer")), NOW) is None
    assert render_health.is_reached(chart(feed=feed(polled_at=NOW - 2 * HOUR)), NOW) is None


def test_many_changes_at_once_are_events_of_their_own_told_in_one_message() -> None:
    findings = [found(f"f{n}", "quiet" if n % 2 else "dead") for n in range(8)]
    noticed = told(findings)
    assert noticed == [*[(item.health, False) for item in findings], ("several", True)]
    (last,) = render_health.notice(findings, Reach(40, 0, feed()), None, NOW, ("dead", "quiet"))[-1:]
    assert last.finding.why == "8 sources changed at once: 4 dead, 4 quiet"


def test_ids_are_stable_and_differ_by_feed_health_and_time() -> None:
    ids = [
        render_health.uid(name, kind, at) for name in ("a", "b") for kind in ("dead", "") for at in (NOW, NOW + MINUTE)
    ]
    assert Counter(ids).most_common(1)[0][1] == 1
    assert ids[0] == render_health.uid("a", "dead", NOW)
    assert ids[0].startswith("hlt_")


def test_a_message_is_the_same_each_time_and_says_which_source_and_why() -> None:
    sent = [render_health.message("hlt_1", "desk", found("wire"), NOW) for _ in range(2)]
    assert sent[0] == sent[1]
    assert sent[0].subject == "[monitor] wire is dead"
    assert "no success for 26 h" in sent[0].text
    assert sent[0].payload["type"] == "source.health"
    data = sent[0].payload["data"]
    assert data["source"] == {"name": "wire", "url": "https://wire.example/rss"}
    assert (data["before"], data["health"]) == ("well", "dead")


def test_a_message_of_several_names_them_and_a_strangers_words_stay_words() -> None:
    evil = replace(found("evil"), why="<script>alert(1)</script>\r\nBcc: x@example.org", url="javascript:alert(1)")
    several = Finding("a", 1, "", "", render_health.SEVERAL, "40 sources changed at once: 40 dead")
    sent = render_health.message("hlt_2", "desk", several, NOW, [evil, *(found(f"f{n}") for n in range(39))])
    assert "\r" not in sent.subject + sent.text
    assert "<script>" not in sent.html
    assert "and 10 more" in sent.text
    assert len(sent.payload["data"]["sources"]) == 40
    assert sent.payload["data"]["sources"][0]["url"] == ""
    assert sent.payload["data"]["source"] is None


# Validators that lie


def asked(**changes: object) -> Feed:
    return feed(**{"etag": '"a"', "whole_at": NOW - 2 * DAY, "body_hash": "old", **changes})


def news(hours: float) -> Sighting:
    return Sighting(Entry("k", published_at=NOW - hours * HOUR), "k", "")


PAGE = Page("https://wire.example/rss", "https://wire.example/rss", 200, b"x", etag='"a"')


def test_all_of_a_feed_is_asked_for_once_a_day_and_seldom_where_it_is_asked_seldom() -> None:
    assert health.ask_whole(asked(), NOW)
    assert not health.ask_whole(asked(whole_at=NOW - 23 * HOUR), NOW)
    assert not health.ask_whole(asked(interval_s=86_400.0), NOW)
    assert health.ask_whole(asked(whole_at=None), NOW)
    assert health.ask_whole(feed(whole_at=NOW), NOW)


def test_a_server_that_hid_news_behind_its_validators_is_noted_and_not_trusted_for_a_week() -> None:
    note = health.note_of(asked(), PAGE, [news(20)], NOW, whole=True)
    assert note.startswith("its server said 'unchanged' for 2 days, and it had changed; ")
    liar = asked(note=note, whole_at=NOW)
    assert health.ask_whole(liar, NOW + HOUR)
    assert health.ask_whole(liar, NOW + 6 * DAY)
    later = NOW + 8 * DAY
    assert not health.ask_whole(replace(liar, whole_at=later - HOUR), later)
    assert health.note_of(replace(liar, whole_at=later), PAGE, (), later, whole=False) == ""
    again = health.note_of(liar, PAGE, [news(0)], NOW + 6 * DAY, whole=True)
    assert again.startswith("its server said 'unchanged' for 2 days")
    assert health.ask_whole(replace(liar, note=again), later)


def test_honest_servers_get_no_note() -> None:
    other = replace(PAGE, etag='"b"')
    assert health.note_of(asked(), other, [news(0.1)], NOW, whole=True) == ""
    assert health.note_of(asked(), PAGE, (), NOW, whole=True) == ""
    assert health.note_of(asked(), PAGE, [news(20)], NOW, whole=False) == ""
    assert health.note_of(asked(whole_at=None), PAGE, [news(20)], NOW, whole=True) == ""


def test_new_validators_do_not_excuse_a_304_that_came_after_the_news() -> None:
    other = replace(PAGE, etag='"b"')
    assert "it had changed" in health.note_of(asked(), other, [news(20), news(30)], NOW, whole=True)
    assert health.note_of(asked(), other, [news(20), news(1), news(2)], NOW, whole=True) == ""


def test_a_304_to_a_poll_that_asked_for_all_is_noted() -> None:
    note = health.note_of(feed(), replace(PAGE, status=304), (), NOW, whole=True)
    assert "304" in note
    assert health.note_of(feed(), replace(PAGE, status=304), (), NOW, whole=False) == ""

"""Promises of routing: which matches become alerts, for whom, and under which name."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from told import ARTICLE, NOW, STORY, match

from monitor.model import Route
from monitor.think.route import SEVERITIES, alerts

TOLD_NOBODY = frozenset()
ONE_MATCH = (match(),)


def owed(*routes, matches=ONE_MATCH, article=ARTICLE, story=STORY, told=TOLD_NOBODY):
    return alerts(tuple(matches), article, story, routes, told, NOW)


def test_a_match_is_told_to_every_receiver_of_every_route_that_fits():
    found = owed(Route(("desk", "night")), Route(("archive",), topics=("harbour",)), Route(("sport",), topics=("cup",)))
    assert [alert.receiver for alert in found] == ["desk", "night", "archive"]


def test_an_alert_is_due_at_once_and_names_its_article_story_and_topic():
    (alert,) = owed(Route(("desk",)))
    assert (alert.topic, alert.story_id, alert.sequence, alert.article_id) == ("harbour", STORY.id, 0, ARTICLE.id)
    assert alert.due_at == alert.created_at == NOW


def test_a_receiver_named_by_two_routes_is_told_once():
    assert len(owed(Route(("desk",)), Route(("desk", "desk"), topics=("harbour",)))) == 1


def test_a_story_told_to_a_receiver_is_not_told_again_on_the_same_topic():
    told = frozenset({("desk", "harbour", STORY.id)})
    assert owed(Route(("desk",)), told=told) == ()
    assert [alert.receiver for alert in owed(Route(("desk", "night")), told=told)] == ["night"]


def test_one_article_on_two_topics_is_told_on_each():
    both = (match(topic="harbour"), match(topic="rust"))
    assert [alert.topic for alert in owed(Route(("desk",)), matches=both)] == ["harbour", "rust"]


def test_no_match_or_no_route_owes_nothing():
    assert owed(Route(("desk",)), matches=()) == ()
    assert owed() == ()


def test_a_route_takes_matches_of_its_severity_and_above():
    for asked in SEVERITIES:
        for severity in SEVERITIES:
            taken = bool(owed(Route(("desk",), min_severity=asked), matches=[match(severity=severity)]))
            assert taken == (SEVERITIES.index(severity) >= SEVERITIES.index(asked))


def test_a_route_for_a_language_takes_its_regional_forms_and_no_article_of_unknown_language():
    route = Route(("desk",), languages=("pt", "EN"))
    assert owed(route, article=replace(ARTICLE, language="pt-BR"))
    assert owed(route)
    assert not owed(route, article=replace(ARTICLE, language="de"))
    assert not owed(route, article=replace(ARTICLE, language=""))


def test_a_route_for_tags_takes_articles_with_any_of_them():
    route = Route(("desk",), tags=("ports", "ships"))
    assert owed(route, article=replace(ARTICLE, tags=("ships", "weather")))
    assert not owed(route)


def test_an_alert_keeps_its_name_and_differs_from_every_other():
    routes = (Route(("desk", "night")),)
    both = (match(topic="harbour"), match(topic="rust"))
    stories = (STORY, replace(STORY, id=813), replace(STORY, opened_at=NOW - timedelta(days=9)))
    names = [alert.uid for story in stories for alert in owed(*routes, matches=both, story=story)]
    assert len(set(names)) == len(names) == 12
    assert all(name.startswith("alt_") and len(name) == 36 for name in names)
    assert owed(*routes, matches=both) == owed(*routes, matches=both)


NAMES = st.sampled_from(["desk", "night", "archive"])
TOPICS = st.sampled_from(["harbour", "rust", "cup"])
ROUTES = st.builds(
    Route,
    st.lists(NAMES, min_size=1).map(tuple),
    topics=st.lists(TOPICS).map(tuple),
    min_severity=st.sampled_from(SEVERITIES),
)
MATCHES = st.builds(lambda topic, severity: match(topic=topic, severity=severity), TOPICS, st.sampled_from(SEVERITIES))


@given(st.lists(ROUTES), st.lists(MATCHES), st.frozensets(st.tuples(NAMES, TOPICS, st.just(STORY.id))))
def test_nobody_is_told_twice_and_nobody_is_left_out(routes, matches, told):
    pairs = [(alert.receiver, alert.topic, alert.story_id) for alert in owed(*routes, matches=matches, told=told)]
    assert len(set(pairs)) == len(pairs)
    assert told.isdisjoint(pairs)
    again = owed(*reversed(routes), matches=list(reversed(matches)), told=told)
    assert {(alert.receiver, alert.topic, alert.story_id) for alert in again} == set(pairs)

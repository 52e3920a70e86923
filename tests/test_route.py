"""Promises of routing: which matches become alerts, for whom, and under which name."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from told import ALERT, ARTICLE, NOW, STORY, match

from monitor.facts import Facts
from monitor.telling import SEVERITIES, Route, Timing, Told, Update
from monitor.think.route import alerts

TOLD_NOBODY: dict = {}
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
    told = {("desk", "harbour"): Told(ALERT, NOW)}
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


@given(st.lists(ROUTES), st.lists(MATCHES), st.frozensets(st.tuples(NAMES, TOPICS)))
def test_nobody_is_told_twice_and_nobody_is_left_out(routes, matches, pairs):
    told = {pair: Told(ALERT, NOW) for pair in pairs}
    found = [(alert.receiver, alert.topic) for alert in owed(*routes, matches=matches, told=told)]
    assert len(set(found)) == len(found)
    assert pairs.isdisjoint(found)
    again = owed(*reversed(routes), matches=list(reversed(matches)), told=told)
    assert {(alert.receiver, alert.topic) for alert in again} == set(found)


def within(*inner: Route, **outer: object) -> Route:
    return Route(("desk",), name="outer", routes=inner, **outer)


def told_to(*routes: Route, **article: object) -> list[str]:
    return [alert.receiver for alert in owed(*routes, article=replace(ARTICLE, **article))]


def test_of_the_routes_within_a_route_the_first_that_fits_tells_and_the_outer_one_only_if_none_does():
    tree = within(Route(("kyiv",), languages=("uk",), goes_on=False), Route(("night",), goes_on=False))
    assert told_to(tree, language="uk") == ["kyiv"]
    assert told_to(tree) == ["night"]
    assert told_to(within(Route(("kyiv",), languages=("uk",), goes_on=False))) == ["desk"]


def test_a_route_that_goes_on_lets_those_after_it_tell_too():
    assert told_to(within(Route(("kyiv",)), Route(("night",), goes_on=False), Route(("last",)))) == ["kyiv", "night"]


def test_a_route_within_is_not_asked_about_what_the_outer_one_does_not_take():
    assert told_to(within(Route(("kyiv",)), min_severity="critical")) == []


def test_a_top_route_that_does_not_go_on_ends_the_search():
    assert told_to(Route(("desk",), goes_on=False), Route(("night",))) == ["desk"]
    assert told_to(Route(("desk",), goes_on=False, languages=("uk",)), Route(("night",))) == ["night"]


def test_a_route_asks_for_sites_feeds_countries_and_entities():
    assert told_to(Route(("desk",), sites=("example",))) == ["desk"]
    assert told_to(Route(("desk",), sites=("ample",))) == []
    assert told_to(Route(("desk",), feeds=("wire",)), feeds=("wire", "other")) == ["desk"]
    assert told_to(Route(("desk",), countries=("UA",)), countries=("PL",)) == []
    named = alerts(ONE_MATCH, ARTICLE, STORY, (Route(("desk",), entities=("lavrov",)),), {}, NOW, names=lambda *_: True)
    assert [alert.receiver for alert in named] == ["desk"]
    assert told_to(Route(("desk",), entities=("lavrov",))) == []


AGAIN = Timing(updates=tuple((update, 2) for update in Update if update is not Update.REPEAT))


def again(facts: Facts, timing: Timing = AGAIN, *, at=NOW, edited: bool = False) -> list[str]:
    told = {("desk", "harbour"): Told(replace(ALERT, facts=Facts(entities=frozenset({"crane"}))), NOW)}
    route = Route(("desk",), timing=timing)
    return [
        alert.reason
        for alert in alerts(ONE_MATCH, ARTICLE, STORY, (route,), told, at, facts={"harbour": facts}, edited=edited)
    ]


def test_a_story_is_told_again_for_a_reason_that_its_route_accepts_and_names_it():
    same = Facts(entities=frozenset({"crane"}))
    assert again(same) == []
    assert again(replace(same, voices=2)) == []
    assert again(replace(same, voices=3)) == ["3 independent voices, 2 more"]
    assert again(replace(same, severity="high")) == ["severity raised from normal to high"]
    assert again(replace(same, entities=frozenset({"crane", "mayor"}))) == ["new: mayor"]
    assert again(replace(same, numbers=frozenset({"12"}))) == ["new number: 12"]
    assert again(same, edited=True) == ["an edit of the article changed its match"]
    assert again(replace(same, voices=9, severity="high"), Timing()) == []


def test_a_story_that_goes_on_is_told_again_after_the_period_of_its_route():
    timing = Timing(repeat_s=3600)
    assert again(Facts(), timing, at=NOW + timedelta(minutes=59)) == []
    assert len(again(Facts(), timing, at=NOW + timedelta(hours=1))) == 1


def test_an_update_bears_the_next_number_a_name_of_its_own_and_keeps_the_interval():
    told = {("desk", "harbour"): Told(ALERT, NOW)}
    route = Route(("desk",), timing=Timing(interval_s=600, updates=((Update.SEVERITY, 1),)))
    facts = {"harbour": Facts(severity="critical")}
    (update,) = alerts(ONE_MATCH, ARTICLE, STORY, (route,), told, NOW, facts=facts)
    assert update.sequence == 1
    assert update.uid != ALERT.uid
    assert update.due_at == NOW + timedelta(minutes=10)

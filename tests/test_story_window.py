"""Promises of the window in which articles find their stories: the same articles give the same stories."""

import random
import resource
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from drawn import examples
from hypothesis import given
from hypothesis import strategies as st

from monitor.stories import Split
from monitor.think.story_decision import choose, judge, verdict
from monitor.think.story_drift import changes, drift
from monitor.think.story_features import JOINING, MERGING
from monitor.think.story_pairs import PAIRING, nearest
from monitor.think.story_sketch import KEPT, Rarity, sketch, spread
from monitor.think.story_terms import NAME, PAIR, TITLE, cut, digest, stem, terms_of
from monitor.think.story_trees import dump, explain, load, plant, score
from monitor.think.story_weights import JUDGEMENT
from monitor.think.story_window import Member, Window

COUNTED = 20  # articles in which words are counted at least
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WORDS = ["".join(random.Random(at).choices("abdefghiklmnoprstuvw", k=5 + at % 5)) for at in range(900)]
PLACES = [word.title() for word in WORDS[:60]]


def report(event: int, voice: int) -> tuple[str, str]:
    """What one outlet writes of an event: some words are the event's own, others anybody's."""
    own = random.Random(f"event {event}").sample(WORDS[100:], 30)
    place = PLACES[event % 60]
    chance = random.Random(f"{event} {voice}")
    title = f"{place}: {' '.join(chance.sample(own[:8], 5))}"
    body = [chance.choice(own if chance.random() < 0.5 else WORDS[60:100]) for _ in range(90)]
    for at in range(5, 90, 17):
        body[at] = place
    return title, " ".join(body)


class Desk:
    """Tells articles one after another, as the pipeline does, without a database."""

    def __init__(self) -> None:
        self.window = Window(Rarity({}), COUNTED)
        self.told: list[Member] = []
        self.parted: list[Split] = []

    def tell(self, article: int, title: str, text: str, at: datetime) -> int:
        self.window.forget_before((at - timedelta(days=10)).timestamp())
        found = sketch(terms_of(title, text, "en"), self.window.rarity, at)
        judged = judge(found, self.window, JUDGEMENT)
        story = choose(judged, JUDGEMENT) or article
        member = Member(len(self.told) + 1, article, story, at.timestamp(), found)
        self.window.add(member)
        self.told.append(member)
        linked, parted = changes(member, judged, self.window, JUDGEMENT)
        if parted:
            self.parted.append(parted)
            self.window.move(parted.articles, -member.number)
        for merge in linked:
            if merge.one in self.window.stories and merge.other in self.window.stories:
                kept, gone = sorted((merge.one, merge.other))
                moved = [self.window.members[number].article_id for number in self.window.stories[gone]]
                self.window.move(moved, kept)
        return member.story_id

    def restart(self) -> "Desk":
        """Another desk that knows only what a database keeps: the sketches, in order, with their stories."""
        after = Desk()
        after.told = [Member(one.number, one.article_id, one.story_id, one.told_at, one.sketch) for one in self.told]
        horizon = self.told[-1].told_at - 10 * 86400
        for member in after.told:
            if member.told_at >= horizon or member.number > len(self.told) - COUNTED:
                after.window.add(member)
        after.window.forget_before(horizon)
        return after

    def stories(self) -> list[int]:
        return [member.story_id for member in self.told]


def stream(seed: int, events: int, days: float) -> list[tuple[int, str, str, datetime]]:
    chance = random.Random(seed)
    reports = [(event, voice) for event in range(events) for voice in range(chance.randint(1, 5))]
    chance.shuffle(reports)
    step = timedelta(days=days) / len(reports)
    return [(at + 1, *report(*one), START + at * step) for at, one in enumerate(reports)]


@pytest.mark.slow
@examples(12)
@given(st.integers(0, 10_000), st.integers(0, 60), st.sampled_from([2.0, 40.0]))
def test_a_restart_in_the_middle_changes_nothing(seed: int, at: int, days: float) -> None:
    articles = stream(seed, 15, days)
    whole, desk = Desk(), Desk()
    for count, article in enumerate(articles):
        whole.tell(*article)
        if count == at % len(articles) and desk.told:
            desk = desk.restart()
        desk.tell(*article)
    assert desk.stories() == whole.stories()
    assert [one.sketch for one in desk.told] == [one.sketch for one in whole.told]


@pytest.mark.slow
@examples(10)
@given(st.integers(0, 10_000))
def test_merges_lose_no_article_and_every_article_stands_in_one_story(seed: int) -> None:
    desk = Desk()
    for article in stream(seed, 12, 3.0):
        desk.tell(*article)
    held = sorted(number for numbers in desk.window.stories.values() for number in numbers)
    assert held == sorted(desk.window.members) == list(range(1, len(desk.told) + 1))
    for story, numbers in desk.window.stories.items():
        assert {desk.window.members[number].story_id for number in numbers} == {story}
        assert numbers == sorted(numbers)


@pytest.mark.slow
def test_words_are_as_common_as_in_the_latest_articles_whether_these_can_still_be_joined_or_not() -> None:
    few, many = Window(Rarity({}), 0), Window(Rarity({}), 50)
    found = [sketch(terms_of(f"Budget {WORDS[at]}", "", "en"), Rarity({}), START) for at in range(60)]
    for window in (few, many):
        for at, one in enumerate(found, 1):
            window.add(Member(at, at, at, START.timestamp() + at, one))
        window.forget_before(START.timestamp() + 59)  # two are left
    budget = np.array([digest(stem("budget"))], np.uint32)
    assert (few.rarity.articles("en"), many.rarity.articles("en")) == (2, 50)
    assert many.rarity.of("en", budget) < few.rarity.of("en", budget)


@pytest.mark.slow
@examples(10)
@given(st.integers(0, 10_000))
def test_an_article_that_is_taken_back_was_never_there(seed: int) -> None:
    articles = stream(seed, 12, 30.0)
    plain, tried = Desk(), Desk()
    for article in articles:
        title, text = report(seed % 7 + 100, 1)
        found = sketch(terms_of(title, text, "en"), tried.window.rarity, article[3])
        passing = Member(len(tried.told) + 1, 9_999, 9_999, article[3].timestamp(), found)
        judged = judge(found, tried.window, JUDGEMENT)
        passing.story_id = choose(judged, JUDGEMENT) or passing.article_id
        tried.window.add(passing)
        drift(passing, judged, tried.window, JUDGEMENT)
        tried.window.take_back(passing.number)
        plain.tell(*article)
        tried.tell(*article)
    assert tried.stories() == plain.stories()
    assert [one.sketch for one in tried.told] == [one.sketch for one in plain.told]
    assert np.array_equal(tried.window._index, plain.window._index)


def test_a_young_window_takes_little_memory() -> None:
    before = resident()
    window = Window(Rarity({}), COUNTED)
    for number in range(1, 60):
        found = sketch(terms_of(*report(number, 0), "en"), window.rarity, START)
        window.add(Member(number, number, number, START.timestamp(), found))
    assert resident() - before < 32_000_000


def resident() -> int:
    """Bytes of memory that this process takes."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * resource.getpagesize()


@pytest.mark.slow
def test_reports_of_one_event_become_one_story_and_those_of_others_do_not() -> None:
    desk = Desk()
    articles = [(event, *report(event, voice)) for voice in range(4) for event in range(12)]
    for at, (_, title, text) in enumerate(articles):
        desk.tell(at + 1, title, text, START + timedelta(minutes=10 * at))
    stories = {event: {desk.told[at].story_id for at in range(event, 48, 12)} for event in range(12)}
    assert sum(len(found) == 1 for found in stories.values()) >= 11
    assert len(set.union(*stories.values())) >= 12


def mixed(desk: Desk) -> int:
    """A story that tells one event in its first articles, and another in those that came later."""
    for voice in range(4):
        desk.tell(voice + 1, *report(1, voice), START + timedelta(hours=voice))
    (story,) = desk.window.stories
    for voice in range(3):
        desk.tell(voice + 11, *report(2, voice), START + timedelta(hours=voice + 8))
    desk.window.move([11, 12, 13], story)
    return story


def test_what_turns_out_to_tell_another_event_splits_off_its_story() -> None:
    desk = Desk()
    story = mixed(desk)
    desk.tell(14, *report(2, 3), START + timedelta(hours=12))
    (parted,) = desk.parted
    assert (parted.story_id, parted.articles) == (story, (11, 12, 13, 14))
    assert parted.score < JUDGEMENT.merge_at
    assert parted.score == pytest.approx(sum(one.points for one in parted.features) + JUDGEMENT.merging.base)
    assert sorted(map(len, desk.window.stories.values())) == [4, 4]


def test_after_the_window_an_event_is_news_again() -> None:
    desk = Desk()
    first = desk.tell(1, *report(3, 1), START)
    assert desk.tell(2, *report(3, 2), START + timedelta(days=9)) in {first, 2}
    assert desk.tell(3, *report(3, 3), START + timedelta(days=30)) == 3


def test_articles_without_words_open_stories_of_their_own() -> None:
    desk = Desk()
    for at, (title, text) in enumerate([("", ""), ("…", "—"), ("", ""), ("A", "b")]):
        assert desk.tell(at + 1, title, text, START) == at + 1


def test_a_verdict_names_the_candidates_best_first_and_its_points_add_up() -> None:
    desk = Desk()
    for at in range(6):
        desk.tell(at + 1, *report(at % 3, at), START + timedelta(hours=at))
    title, text = report(1, 9)
    found = sketch(terms_of(title, text, "en"), desk.window.rarity, START + timedelta(hours=7))
    judged = judge(found, desk.window, JUDGEMENT)
    said = verdict(7, choose(judged, JUDGEMENT) or 7, judged, JUDGEMENT)
    assert [one.score for one in said.candidates] == sorted((one.score for one in said.candidates), reverse=True)
    for one in said.candidates:
        assert one.score == pytest.approx(judged.scores[one.story_id])
        points = sum(feature.points for feature in one.features) + JUDGEMENT.joining.base / 2
        assert one.score == pytest.approx(points)
        assert [feature.name for feature in one.features] == list(JOINING)


@examples(50)
@given(st.text(max_size=200), st.text(max_size=3000), st.sampled_from(["en", "vi", "ru", "zh", "ar", ""]))
def test_whatever_is_written_has_a_sketch_that_is_small_and_always_the_same(
    title: str, text: str, language: str
) -> None:
    rarity = Rarity({})
    found = sketch(terms_of(title, text, language), rarity, START)
    assert found == sketch(terms_of(title, text, language), rarity, START)
    vector = spread(found)
    assert len(vector.digests) <= KEPT
    assert len(found.digests) == 4 * len(vector.digests)
    assert len(found.values) == 3 * len(vector.digests)
    assert np.all(np.diff(vector.digests.astype(np.int64)) > 0)
    assert np.all(np.isfinite(vector.weight))


def test_the_nearest_article_comes_first_and_one_that_is_the_same_is_as_like_as_can_be() -> None:
    desk = Desk()
    for at in range(8):
        desk.tell(at + 1, *report(at % 4, at), START + timedelta(hours=at))
    again = sketch(terms_of(*report(2, 6), "en"), desk.window.rarity, START + timedelta(hours=9))
    near = nearest(again, desk.window)
    assert near is not None
    assert near.members[0].article_id == 7
    assert near.figures.shape == (len(near.members), len(PAIRING))
    assert list(near.like.text) == sorted(near.like.text, reverse=True)
    assert near.like.text[0] == pytest.approx(1.0, abs=0.02)
    assert near.like.told_there[0] == pytest.approx(1.0)


def test_nothing_is_near_where_nothing_is_shared() -> None:
    desk = Desk()
    desk.tell(1, "Alpha beta gamma", "delta epsilon zeta", START)
    assert nearest(sketch(terms_of("Uno dos", "tres", "en"), desk.window.rarity, START), desk.window) is None


def test_pairs_of_words_are_terms_of_their_own_and_their_order_counts() -> None:
    one, other = (terms_of(title, "", "en") for title in ("north wind", "wind north"))
    assert set(one.digests[:2].tolist()) == set(other.digests[:2].tolist()) == {digest("north"), digest("wind")}
    assert len(one.digests) == len(other.digests) == 3
    assert one.digests[2] != other.digests[2]
    assert one.zones.tolist() == [TITLE, TITLE, PAIR]


def test_the_forms_of_a_word_meet() -> None:
    assert stem("policies") == stem("policy")
    assert stem("talks") == stem("talk") == stem("talking") == stem("talked")
    assert stem("houses") == stem("house")
    assert stem("crisis") != stem("cry")
    assert stem("2024") == "2024"
    assert cut("переговори") == cut("переговорах") == cut("переговоров")
    assert cut("москва") == cut("москвы") == cut("москве")


def test_names_and_numbers_within_a_text_are_known_as_such() -> None:
    terms = terms_of("Storm Hits Coast", "The storm hit Arlen on Monday and left 40,000 homes dark.", "en")
    zones = dict(zip(terms.digests.tolist(), terms.zones.tolist(), strict=True))
    assert zones[digest(stem("arlen"))] & NAME
    assert zones[digest("000")] & NAME
    assert zones[digest(stem("storm"))] == TITLE
    assert not zones[digest(stem("homes"))] & NAME


def test_trees_give_the_points_that_are_written_down() -> None:
    leaf = (-1, 0.0, 0, 0)
    branching = [(0, 1.0, 1, 2, 0.25), (*leaf, -1.0), (1, 2.0, 3, 4, 1.0), (*leaf, 2.0), (*leaf, 3.0)]
    trees = load(dump({"these": plant(0.5, [branching, [(*leaf, 0.125)]])}))["these"]
    figures = np.array([[0.0, 9.0], [2.0, 1.0], [2.0, 3.0]])
    assert score(trees, figures).tolist() == pytest.approx([0.5 - 1 - 0.25, 0.5 + 2 - 0.25, 0.5 + 3 - 0.25])
    assert explain(trees, figures)[2].tolist() == pytest.approx([0.75, 2.0])


def test_the_shipped_trees_ask_for_figures_that_there_are() -> None:
    assert JUDGEMENT.pairing.asks.max() < len(PAIRING)
    assert JUDGEMENT.joining.asks.max() < len(JOINING)
    assert JUDGEMENT.merging.asks.max() < len(MERGING)

"""What makes an article another one, and what an edit took out, put in, and did to its matches."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.edits import Change, MatchChange
from monitor.model import Article, Match
from monitor.think.revision import Segment, diff, is_changed, is_teaser, match_changes, rest_s

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TEXT = "A crane fell onto the quay of Arlen. At least 5 people were hurt.\n\nThe port was closed, the mayor said."
ARTICLE = Article(1, "k", "https://news.example/crane", title="Crane falls in Arlen", text=TEXT)


def told(title: str = ARTICLE.title, text: str = TEXT) -> Article:
    return replace(ARTICLE, title=title, text=text)


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("5 people", "7 people"),
        TEXT.replace("hurt", "killed"),
        TEXT.replace(" of Arlen", ""),
        f"{TEXT}\n\nInspectors had warned of rust.",
        TEXT.split("\n\n", maxsplit=1)[0],
        TEXT.replace("the mayor said", "the Mayor denied"),
    ],
)
def test_a_number_a_word_or_a_paragraph_makes_another_wording(text: str) -> None:
    assert is_changed(ARTICLE, told(text=text))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("1,204 views", "1,309 views"),
        ("12 comments · 3 shares", "15 comments · 4 shares"),
        ("Просмотров: 1 204", "Просмотров: 1 309"),
        ("Переглядів: 12", "Переглядів: 13"),
        ("Updated 12:01", "Updated 12:16"),
        ("2 hours ago", "3 hours ago"),
        ("Оновлено 12:01", "Оновлено 12:16"),
        ("Aktualisiert am 1. März 2026, 12:01 Uhr", "Aktualisiert am 1. März 2026, 12:16 Uhr"),
        ("Read more: Storm over Arlen", "Read more: Snow over Arlen"),
        ("Читайте також: Буря", "Читайте також: Сніг"),
        (
            "Related articles\n\nStorm over Arlen\n\nA new bridge",
            "Related articles\n\nSnow over Arlen\n\nAn old bridge",
        ),
        ("Читайте также\n\nБуря над портом", "Читайте также\n\nСнег над портом\n\nНовый мост"),
        ("أخبار ذات صلة\n\nعاصفة فوق الميناء", "أخبار ذات صلة\n\nثلوج فوق الميناء"),
        ("Sign up for our newsletter", ""),
    ],
)
def test_counters_times_and_lists_of_other_stories_make_no_other_wording(before: str, after: str) -> None:
    assert not is_changed(told(text=f"{TEXT}\n\n{before}"), told(text=f"{TEXT}\n\n{after}"))
    first, last = TEXT.split("\n\n")
    assert not is_changed(told(text=f"{first}\n\n{before}\n\n{last}"), told(text=f"{first}\n\n{after}\n\n{last}"))


def test_spaces_quotes_and_dashes_make_no_other_wording() -> None:
    before = told("The port's crane", "“Rust” – said the mayor’s office.\n\nIt was closed.")
    after = told("The port’s  crane", '"Rust" - said the mayor\'s office.\nIt was\xa0closed.')
    assert not is_changed(before, after)


@pytest.mark.parametrize(
    "title",
    [
        "Crane falls in Arlen (updated 12:01)",
        "Crane falls in Arlen [1,204 views]",
        "12:01 Crane falls in Arlen",
        "Crane falls in Arlen – updated 12:01",
        "Crane falls in Arlen | 5 March 2026",
        "Crane falls in Arlen (12:01)",
    ],
)
def test_a_clock_in_a_headline_makes_no_other_one(title: str) -> None:
    assert not is_changed(told(title), told())
    assert is_changed(told(title), told("Crane falls in Berlen"))


def test_a_headline_of_nothing_but_a_time_is_still_one() -> None:
    assert is_changed(told("12:01"), told("12:02"))
    assert is_changed(told("5 killed"), told("7 killed"))


def test_what_is_left_of_a_text_for_those_who_do_not_pay_is_a_teaser() -> None:
    long = " ".join(f"Sentence number {number} tells of the port." for number in range(60))
    assert is_teaser(long, long[:700] + " Subscribe to go on reading.")
    assert is_teaser(long, "Please sign in.")
    assert not is_teaser(long, long[:1500])
    notice = " ".join(f"We withdraw part {number}, for our source was wrong about it." for number in range(8))
    assert len(notice) < len(long) / 2
    assert not is_teaser(long, notice)


@given(st.floats(0, 10**9))
def test_an_article_rests_for_a_bounded_time(age_s: float) -> None:
    assert 600 <= rest_s(age_s, changed=True) <= rest_s(age_s, changed=False) <= 43_200


def test_an_entry_that_only_seems_to_change_is_read_ever_more_seldom() -> None:
    at, readings = 0.0, 0
    while at < 86_400:
        at += rest_s(at, changed=False)
        readings += 1
    assert readings <= 6
    at, readings = 0.0, 0
    while at < 86_400:
        at += rest_s(at, changed=True)
        readings += 1
    assert readings <= 22


def match(topic: str, score: float = 1.0, version: str = "v1") -> Match:
    return Match(topic, version, "normal", score, ())


def test_an_edit_gains_loses_and_moves_matches() -> None:
    before = [match("lost", 2.0), match("same"), match("moved", 2.0), match("little", 2.0), match("rule", 2.0)]
    after = [match("gained"), match("same"), match("moved", 3.0), match("little", 2.4), match("rule", 9.0, "v2")]
    topics = {"lost", "same", "moved", "little", "rule", "gained"}
    assert match_changes(before, after, topics, 3, NOW) == (
        MatchChange("gained", Change.GAINED, 3, 1.0, None, NOW),
        MatchChange("lost", Change.LOST, 3, None, 2.0, NOW),
        MatchChange("moved", Change.MOVED, 3, 3.0, 2.0, NOW),
    )


def test_a_topic_that_is_in_force_no_more_loses_nothing_by_an_edit() -> None:
    assert match_changes([match("gone")], [], {"other"}, 1, NOW) == ()


def written(segments: tuple[Segment, ...]) -> str:
    marks = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return "".join(marks[segment.kind].format(segment.text) for segment in segments)


def test_a_diff_goes_by_words() -> None:
    before = "At least five people were hurt in Arlen on Tuesday, officials said."
    after = "At least seven people were killed in Arlen on Tuesday, officials said."
    expected = "At least [-five -]{+seven +}people were [-hurt -]{+killed +}in Arlen on Tuesday, officials said."
    assert written(diff(before, after)) == expected


def test_a_diff_of_a_script_without_spaces_goes_by_characters() -> None:
    assert written(diff("今天天气很好。", "今天天气不好。")) == "今天天气[-很-]{+不+}好。"


def test_what_was_written_anew_is_shown_whole_and_not_as_crumbs() -> None:
    before = "The mayor of the town said on Monday that he had seen nothing at all."
    after = "Police, who came to the scene by boat, found a worker of the company alive."
    assert len(diff(before, after)) <= 5


def test_equal_texts_and_empty_ones_have_plain_diffs() -> None:
    assert diff("", "") == ()
    assert diff("Same  words", "Same words") == (Segment("same", "Same words"),)
    assert diff("", "New") == (Segment("added", "New"),)
    assert diff("Old", "") == (Segment("removed", "Old"),)


WORDS = st.lists(st.sampled_from(["a", "b", "port", "crane", ".", "好", "\n\n", "x1"]), max_size=60)


def bare(segments: tuple[Segment, ...], kind: str) -> str:
    return "".join("".join(segment.text.split()) for segment in segments if segment.kind in {"same", kind})


@given(WORDS, WORDS)
def test_both_texts_can_be_read_from_their_diff(before: list[str], after: list[str]) -> None:
    old, new = " ".join(before), " ".join(after)
    segments = diff(old, new)
    assert bare(segments, "removed") == "".join(old.split())
    assert bare(segments, "added") == "".join(new.split())
    assert all(one.kind != other.kind for one, other in pairwise(segments))


@pytest.mark.parametrize("kind", ["shuffled", "swapped", "alike"])
@pytest.mark.slow
def test_long_texts_that_share_no_order_have_a_diff_in_bounded_time(kind: str) -> None:
    chance = Random(5)
    old = [f"word{number}" for number in range(20_000)]
    new = list(old)
    if kind == "shuffled":
        chance.shuffle(new)
    elif kind == "swapped":
        new = [word for pair in zip(old[1::2], old[::2], strict=True) for word in pair]
    else:
        old, new = (["ab"[chance.randrange(2)] for _ in range(20_000)] for _ in range(2))
    segments = diff(" ".join(old), " ".join(new))
    assert bare(segments, "removed") == "".join(old)

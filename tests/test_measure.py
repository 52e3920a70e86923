"""Outcomes become figures that are right, and the errors that are worst."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Article, Evidence
from monitor.think.measure import Document, Outcome, measure, strongest, tally


def outcome(
    name: str, *, wanted: bool, flagged: bool, score: float | None = None, language: str = "en", kind: str = ""
) -> Outcome:
    article = Article(id=0, key=name, url="", title=name, language=language)
    return Outcome(Document(name, article, wanted, kind=kind), flagged, score)


def test_precision_recall_and_f1_are_those_of_the_textbook() -> None:
    some = [
        *(outcome("found", wanted=True, flagged=True) for _ in range(6)),
        *(outcome("false", wanted=False, flagged=True) for _ in range(2)),
        *(outcome("missed", wanted=True, flagged=False) for _ in range(4)),
        outcome("passed", wanted=False, flagged=False),
    ]
    whole = tally(some)
    assert (whole.documents, whole.wanted, whole.flagged) == (13, 10, 8)
    assert whole.precision == 6 / 8
    assert whole.recall == 6 / 10
    assert whole.f1 is not None
    assert round(whole.f1, 6) == round(2 * 0.75 * 0.6 / 1.35, 6)
    assert whole.share_flagged == 8 / 13


def test_a_figure_that_nothing_stands_behind_is_none() -> None:
    nothing = tally([])
    assert (nothing.precision, nothing.recall, nothing.f1, nothing.share_flagged) == (None, None, None, None)
    passed = tally([outcome("passed", wanted=False, flagged=False)])
    assert (passed.precision, passed.recall, passed.f1, passed.share_flagged) == (None, None, None, 0.0)


def test_groups_are_counted_apart_and_the_largest_comes_first() -> None:
    report = measure(
        [
            outcome("a", wanted=False, flagged=True, language="uk", kind="hard_negative"),
            outcome("b", wanted=False, flagged=False, language="en", kind="hard_negative"),
            outcome("c", wanted=True, flagged=True, language="en", kind="positive"),
        ]
    )
    assert list(report.by_language) == ["en", "uk"]
    assert report.by_kind["hard_negative"].share_flagged == 0.5
    assert report.by_language["en"].f1 == 1.0
    assert report.by_trap == {}


def test_the_worst_errors_are_the_surest_false_ones_and_the_farthest_missed_ones() -> None:
    some = [
        outcome("just", wanted=False, flagged=True, score=1.1),
        outcome("sure", wanted=False, flagged=True, score=9.0),
        outcome("unknown", wanted=True, flagged=False),
        outcome("near", wanted=True, flagged=False, score=0.9),
        outcome("far", wanted=True, flagged=False, score=-2.0),
        outcome("right", wanted=True, flagged=True, score=99.0),
    ]
    report = measure(some, worst=2)
    assert [each.document.id for each in report.false] == ["sure", "just"]
    assert [each.document.id for each in report.missed] == ["far", "near"]
    assert [each.document.id for each in measure(some, worst=9).missed] == ["far", "near", "unknown"]
    assert measure(some, worst=0).false == ()


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.none() | st.floats(-9, 9)), max_size=400), st.integers(0, 5))
def test_groups_add_up_and_no_error_is_forgotten(kinds: Sequence[tuple[bool, bool, float | None]], worst: int) -> None:
    some = [outcome("x", wanted=wanted, flagged=flagged, score=score) for wanted, flagged, score in kinds]
    report = measure(iter(some), worst)
    whole = report.whole
    assert whole == tally(some)
    assert whole.documents == len(some) == sum(each.documents for each in report.by_language.values())
    assert len(report.false) == min(worst, whole.false)
    assert len(report.missed) == min(worst, whole.missed)
    scores = [each.score for each in some if each.flagged and not each.document.wanted and each.score is not None]
    if report.false and scores:
        assert report.false[0].score == max(scores)


def test_the_strongest_evidence_comes_first_and_no_words_twice() -> None:
    def found(words: str, weight: float) -> Evidence:
        return Evidence("label", "title", 0, 1, words, weight)

    some = [found("wheat", 0.5), found("not", -3.0), found("Wheat", 2.0), found("ship", 1.0)]
    assert [item.found for item in strongest(some)] == ["not", "Wheat", "ship"]
    assert [item.found for item in strongest(some, 1)] == ["not"]

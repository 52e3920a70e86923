"""Labelled mistakes become terms that part them, with the effect that they really have."""

from dataclasses import replace

import pytest

from monitor.model import Article, Entity, Name, Topic
from monitor.think.entities import Entities, index_entities
from monitor.think.match import compile_topics, match
from monitor.think.measure import Document, Outcome, tally
from monitor.think.suggest import Advice, suggest

PORT = Entity("odesa-port", "place", (Name("port of Odesa", "en"), Name("порт Одеси", "uk")), groups=("harbours",))
ENTITIES = index_entities([PORT])
QUERY = "wheat"
WANTED = [
    ("en", "Wheat leaves the harbour", "Three vessels carried wheat away."),
    ("en", "Wheat price rises after shelling", "Traders feared for the harvest."),
    ("en", "A convoy of barley", "Barley left the port of Odesa under escort."),
    ("en", "Barley on the move", "A freighter with barley cleared customs at the port of Odesa."),
    ("en", "Barley again", "The port of Odesa saw another freighter."),
    ("uk", "Зерно вирушило", "Судно залишило порт Одеси вранці."),
]
UNWANTED = [
    ("en", "Wheat beer festival opens", "Brewers poured for a thousand guests."),
    ("en", "The best wheat beer of Bavaria", "Brewers compared notes."),
    ("en", "A new bakery", "The rolls are good, and the queue is long."),
    ("en", "Cup final tonight", "Both teams trained in the morning."),
    ("en", "Rain at last", "The reservoirs fill."),
    ("uk", "Дощ нарешті", "Водосховища наповнюються."),
]


def judged(
    wanted: list[tuple[str, str, str]], unwanted: list[tuple[str, str, str]], query: str = QUERY
) -> list[Outcome]:
    book = compile_topics([Topic("grain", "", query)], ENTITIES)
    made = []
    for label, some in ((True, wanted), (False, unwanted)):
        for number, (language, title, text) in enumerate(some):
            article = Article(id=0, key=f"{label}{number}", url="", title=title, text=text, language=language)
            made.append(Outcome(Document(article.key, article, label), flagged=bool(match(article, book))))
    return made


def advise(outcomes: list[Outcome], limit: int = 30, entities: Entities = ENTITIES) -> Advice:
    return suggest(outcomes, entities, limit)


def test_missed_documents_bring_terms_to_add_and_false_ones_terms_to_exclude() -> None:
    advice = advise(judged(WANTED, UNWANTED))
    added = {each.term: each for each in advice.proposals if each.action == "add"}
    excluded = {each.term: each for each in advice.proposals if each.action == "exclude"}
    assert added["@odesa-port"].gained == 4
    assert added["@odesa-port"].language == ""
    assert added["@odesa-port"].lost == 0
    assert {"freighter", "barley"} <= {term.casefold() for each in added.values() for term in (each.term, *each.alike)}
    named = {term.casefold() for each in excluded.values() for term in (each.term, *each.alike)}
    assert {"beer", '"wheat beer"', "brewers"} <= named
    assert all(each.language == "en" for each in excluded.values())


def test_the_best_comes_first_and_its_effect_is_the_one_that_it_has() -> None:
    outcomes = judged(WANTED, UNWANTED)
    advice = advise(outcomes)
    gains = [each.gain for each in advice.proposals]
    assert gains == sorted(gains, reverse=True)
    assert min(gains) > 0
    for each in advice.proposals:
        query = f"({QUERY}) OR {each.term}" if each.action == "add" else f"({QUERY}) AND NOT {each.term}"
        changed = judged(WANTED, UNWANTED, query)
        assert tally(changed) == each.after, each.term
        assert each.before == advice.now == tally(outcomes)
        right = {outcome.document.id for outcome in outcomes if outcome.right}
        right_then = {outcome.document.id for outcome in changed if outcome.right}
        assert len(right_then - right) == each.gained
        assert len(right - right_then) == each.lost


def test_no_term_is_proposed_that_helps_a_single_document() -> None:
    advice = advise(judged([*WANTED, ("en", "Sunflower oil shipped", "Tankers took it.")], UNWANTED))
    assert all(each.gained >= 2 for each in advice.proposals)
    assert "sunflower" not in str(advice).casefold()


def test_a_word_that_harms_as_much_as_it_helps_is_not_proposed() -> None:
    spoilt = [(language, title, f"{text} Escort freighter.") for language, title, text in UNWANTED]
    terms = {each.term.casefold() for each in advise(judged(WANTED, spoilt)).proposals if each.action == "add"}
    assert "freighter" not in terms


def test_documents_beyond_the_reach_of_the_topic_count_for_nothing() -> None:
    outcomes = judged(WANTED, UNWANTED)
    missed = {number for number, each in enumerate(outcomes) if each.document.wanted and not each.flagged}
    advice = suggest(outcomes, ENTITIES, 30, beyond=missed)
    assert all(each.action == "exclude" for each in advice.proposals)


@pytest.mark.parametrize(
    ("wanted", "unwanted", "said"),
    [
        (WANTED[:2], UNWANTED[:2], "too few"),
        (WANTED[:2], UNWANTED[2:] * 3, "no mistake"),
        ([], UNWANTED * 2, "no document is labelled as wanted"),
        (WANTED[:3], UNWANTED[2:] * 2, "1 missed and 0 false"),
    ],
)
def test_where_there_is_nothing_to_learn_it_says_so(
    wanted: list[tuple[str, str, str]], unwanted: list[tuple[str, str, str]], said: str
) -> None:
    advice = advise(judged(wanted, unwanted))
    assert advice.proposals == ()
    assert said in advice.note


def test_when_nothing_parts_the_documents_it_says_so() -> None:
    same = ("en", "Rain at last", "The reservoirs fill.")
    advice = advise(judged([same] * 6, [same] * 6))
    assert advice.proposals == ()
    assert "no single term" in advice.note


def test_hostile_words_become_queries_that_can_be_read() -> None:
    words = 'NOT OR "quoted" to: lang:xx a* [b TO c] (d) @nobody \\ ~5 ^2 U.S. so-called O\'Brien'
    odd = [replace(each, document=replace(each.document, article=replace(each.document.article, text=words)))
           for each in judged([("en", "odd", words)] * 5, [])]  # fmt: skip
    advice = advise([*odd, *judged([], UNWANTED)])
    assert advice.proposals

"""Text is folded alike wherever it is met, its words keep their places, and its language is told."""

import re
import sqlite3
import subprocess
import sys
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.think.language import clean, detect, fold, indexable, tokens, words

# Letters, marks and signs that fold in ways of their own, in reach of each other.
TEXTS = st.text(
    st.one_of(
        st.sampled_from("'’ʼsSßĳŉİǅйЙиЇёґ\u0306\u0308\xad\u200b\u200c\u200eأةىـ\u064b½²№ﬁﻻ俄豈ｱ러ำ\u0345 -.\n"),
        st.characters(codec="utf-8"),
    ),
    max_size=40,
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ärger mit Straße, café", ["arger", "mit", "strasse", "cafe"]),
        ("Łódź Ørsted Þór œuvre Ħal", ["lodz", "orsted", "thor", "oeuvre", "hal"]),
        ("İstanbul Kırım", ["istanbul", "kirim"]),
        ("ЁЖ, йод и ЇЖАК ґанок", ["еж", "йод", "и", "їжак", "ґанок"]),
        ("зв'язок пам’ять памʼять", ["звязок", "память", "память"]),
        ("أوكرانيا إلى آخر ٱلله روسيّة مـــن", ["اوكرانيا", "الي", "اخر", "الله", "روسيه", "من"]),
        ("کیف", ["كيف"]),
        ("می‌خواهد", ["مي", "خواهد"]),
        ("Ｆｕｌｌ ｗｉｄｔｈ", ["full", "width"]),
        ("٣٥ and ۳۵", ["35", "and", "35"]),
        ("Οδυσσεύς", ["οδυσσευσ"]),
    ],
)
def test_a_word_is_known_in_every_spelling(text: str, folded: list[str]) -> None:
    assert list(tokens(text)) == folded


@pytest.mark.parametrize(
    ("text", "parted"),
    [
        ("Russia's", ["russia"]),
        ("Russia’s fleet and NATO'S", ["russia", "fleet", "and", "nato"]),
        ("the allies' talks", ["the", "allies", "talks"]),
        ("d'Ukraine, dell’Ucraina", ["d", "ukraine", "dell", "ucraina"]),
        ("Russia-Ukraine F-16", ["russia", "ukraine", "f", "16"]),
        ("HIMARS S400 x2", ["himars", "s400", "x2"]),
        ("snake_case a.b@c", ["snake", "case", "a", "b", "c"]),
        ("俄罗斯 says", ["俄", "罗", "斯", "says"]),
        ("러시아는", ["러", "시", "아", "는"]),
        ("co\xadoperation", ["cooperation"]),
        ("", []),
        ("… – !", []),
    ],
)
def test_a_text_is_parted_into_words_as_a_reader_would(text: str, parted: list[str]) -> None:
    assert list(tokens(text)) == parted


@given(TEXTS)
@example("ß½'s")
@example("俄 豈豈")
@example("¼\u0300")
def test_every_word_stands_where_it_is_said_to(text: str) -> None:
    parted = words(text)
    assert parted.tokens == tokens(text)
    reached = 0
    for number, token in enumerate(parted.tokens):
        start, end = parted.span(number, number)
        assert 0 <= start < end <= len(text)
        shared = [character for character in text[start:reached] if not unicodedata.combining(character)]
        assert len(shared) <= 1, "words do not overlap, but for what one character became several of"
        reached = end
        assert token in text[start:end].casefold() or token in fold(text[start:end])


@given(TEXTS)
def test_folding_twice_changes_nothing(text: str) -> None:
    once = indexable(text)
    assert indexable(once) == once
    assert once.split() == list(tokens(text))


def test_texts_of_few_and_of_many_different_signs_fold_alike() -> None:
    many = "".join(chr(code) for code in range(0x4E00, 0x4E80)) + "Ärger ﬁn"
    assert tokens(many)[-2:] == tokens("Ärger ﬁn")


@given(st.text(max_size=60))
def test_clean_text_holds_nothing_that_a_database_a_log_or_a_terminal_chokes_on(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]", cleaned)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert clean(cleaned) == cleaned


def test_cleaning_keeps_paragraphs_and_composes_letters() -> None:
    assert clean("a\r\nb\u2028c\td\x00\ud800") == "a\nb\nc\td"
    assert clean("и\u0306") == "й"
    assert clean("\u202egpj.exe") == "gpj.exe"


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE t USING fts5(x, tokenize='unicode61 remove_diacritics 0')")
    database.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, instance)")
    yield database
    database.close()


def test_sqlite_keeps_each_word_whole(index: sqlite3.Connection) -> None:
    blocks = (
        range(0x3200),
        range(0xA000, 0xAC20),
        range(0xF900, 0x10A00),
        range(0x1D400, 0x1D800),
        range(0x1E000, 0x1F200),
    )
    letters = [chr(code) for block in blocks for code in block]
    folded = {token for letter in letters for token in tokens(letter)}
    index.executemany("INSERT INTO t(rowid, x) VALUES (?, ?)", enumerate(sorted(folded)))
    whole = {row for (row,) in index.execute("SELECT doc FROM v GROUP BY doc HAVING count(*) = 1")}
    lost = [token for row, token in enumerate(sorted(folded)) if row not in whole]
    # Vowels that are marks part words for SQLite, in the text and in the query alike.
    assert all(unicodedata.category(letter)[0] == "M" for token in lost for letter in token), lost[:20]
    index.execute("DELETE FROM t")


@given(TEXTS, st.integers(0, 30), st.integers(1, 3))
def test_sqlite_finds_every_phrase_that_stands_in_a_text(index_text: str, first: int, size: int) -> None:
    phrase = tokens(index_text)[first : first + size]
    if not any(letter.isalnum() for token in phrase for letter in token):
        return
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE VIRTUAL TABLE t USING fts5(x, tokenize='unicode61 remove_diacritics 0')")
        database.execute("INSERT INTO t VALUES (?)", (indexable(index_text),))
        asked = " ".join(phrase)
        for query in (f'"{asked}"', f'"{asked[:-1]}" *' if len(phrase[-1]) > 3 else f'"{asked}" *'):
            assert database.execute("SELECT count(*) FROM t WHERE t MATCH ?", (query,)).fetchone() == (1,)
    database.close()


SENTENCES = {
    "en": "The government said on Monday that talks with its neighbours would go on until all of them agree.",
    "de": "Die Regierung teilte am Montag mit, dass die Gespräche mit den Nachbarn noch weitergehen werden.",
    "fr": "Le gouvernement a annoncé lundi que les discussions avec ses voisins se poursuivraient longtemps.",
    "pl": "Rząd poinformował w poniedziałek, że rozmowy z sąsiadami będą trwały aż do porozumienia.",
    "ru": "Правительство сообщило в понедельник, что переговоры с соседями продолжатся до решения.",
    "uk": "Уряд повідомив у понеділок, що переговори з сусідами триватимуть, доки не буде рішення.",
    "ar": "أعلنت الحكومة يوم الاثنين أن المحادثات مع جيرانها ستستمر حتى التوصل إلى اتفاق دائم.",
    "fa": "دولت روز دوشنبه اعلام کرد که گفتگو با همسایگان تا رسیدن به توافقی پایدار ادامه خواهد یافت.",
    "el": "Η κυβέρνηση ανακοίνωσε τη Δευτέρα ότι οι συνομιλίες θα συνεχιστούν.",
    "zh": "政府周一表示，与邻国的会谈将继续进行。",
    "ja": "政府は月曜日、近隣諸国との協議を続けると述べた。",
    "ko": "정부는 월요일 이웃 나라들과 회담을 계속하겠다고 밝혔다.",
}


@pytest.mark.parametrize(("language", "text"), SENTENCES.items())
def test_the_language_of_a_sentence_is_told(language: str, text: str) -> None:
    assert detect(text) == language
    assert detect(text, language.upper() + "-XX") == language


@pytest.mark.parametrize("language", ["ru", "uk", "ar", "zh", "de", "pl"])
def test_a_wrong_declaration_does_not_fool_the_reader_of_a_whole_sentence(language: str) -> None:
    assert detect(SENTENCES[language], "en") == language


def test_letters_of_one_language_beat_what_is_declared() -> None:
    assert detect("Їжак", "ru") == "uk"
    assert detect("Сын", "uk") == "ru"


def test_a_text_too_short_to_tell_is_in_the_language_that_is_declared() -> None:
    assert detect("OK", "nl-BE") == "nl"
    assert detect("", "fr") == "fr"
    assert detect("", "ua") == "uk"
    assert detect("12:45") == ""


@given(TEXTS, st.text(max_size=8))
def test_no_text_is_too_strange_to_be_asked_for_its_language(text: str, declared: str) -> None:
    assert isinstance(detect(text, declared), str)


@pytest.mark.slow
def test_the_heavy_model_is_loaded_only_when_it_is_needed() -> None:
    code = (
        "import sys, monitor.think.language, monitor.think.query\n"
        "sys.exit(any(heavy in sys.modules for heavy in ('py3langid', 'numpy', 'luqum', 'ply')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""Names and words take all their forms, none that are another word's, and nothing breaks whatever is given."""

import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from inflected_forms import FORMS, read

from monitor.think.inflect.forms import forms, word_forms
from monitor.think.inflect.romanise import rank
from monitor.think.inflect.spelling import spellings
from monitor.think.language import fold, tokens

LANGUAGES = ("ru", "uk", "pl", "de", "en", "fr", "es", "it", "ar", "fa", "tr", "zh", "cs", "", "xx")
KINDS = ("person", "place", "organisation", "weapon", "event", "agreement", "words", "")

# A line as in the table of forms, but after the colon stand words that the base must never be taken for.
OTHERS = """
ru place Киев: киевлянин, киевский, кий, киями
ru place Крым: крымский, крынка, крыша
ru place Москва: москвич, москит, московский
ru place Россия: россыпь, российский, россиянин
ru place Белгород: белгородец, белгородский, город
ru person Лавров: лавр, лавры, лаврам, лаврами
ru person Герасимов: герасим, герасимы, герасимам
ru person Песков: песок, пески, песку, песками
ru person Путин: путиной, путы
ru person Шойгу: шойга, шойги
ru person Мария Захарова: Захарову Мария, Захаровым, Захаров
ru person Александр Лукашенко: Лукашенка, Лукашенки
ru words война: воин, воины, военный, вой
ru words удар: ударник, ударить
ru words мир: мирный, мирить, миро
ru organisation Министерство обороны России: Министерства обороны Россией, Министерство обороне России
ru organisation НАТО: ната, нату, натом
ru organisation СВО: своя, свой, свою
uk place Крим: кримінал, кримінальний, крим'янин, кримський
uk place Київ: київський, киянин, кий
uk place Суми: сумка, сумно
uk place Росія: роса, росіянин
uk person Путін: путіни, путь
uk person Юлія Свириденко: Свириденка, Свириденком
uk person Зеленський: зелень, зелений
uk organisation ЗСУ: зсув, зсуви
uk words війна: воїн, війнути
uk words дрон: дронт, дрофа
pl place Moskwa: Moskwicz, Moskal, moskit
pl place Humań: humany, humanizm
pl place Krym: kryminał, krymski, kryminalny
pl place Kijów: kij, kije, kijowski
pl place Sumy: sumować, suma
pl place Polska: polskiego, polskich
pl organisation Rada: radio, radny, radar
pl organisation NATO: nata, natu, natem
pl person Tusk: tuska wojna, tuszka
pl person Duda: dudek, dudni
pl words wojna: wojny światowa, wojak, wojenny
pl words atak: ataman, atakama
de person Scholz: Scholzen, Scholze
de place Kiew: Kiewer, Kiefer
de place Russland: Russe, Russlandes
de words Krieg: kriegt, krieger
de words Rakete: Raket, Raketenwerfer
de words Front: Fronteinsatz, frontal
en words war: warn, warp, warned, ward, wares
en words ally: all, alley
en words troop: trooper
en words missile: missing, miss
en words arms: army, arming
en words hit: hitter, hitch
en words tank: tankard
en person Putin: Putins, puting, putted
en person Rice: rices, riced
en place Crimea: crime, crimes
en place Sumy: sums, sum
en organisation NATO: natos
en words ship: shipyard, shire
en words sanction: sanctity, sanctuary
fr words char: charrue, chère, charte
fr words guerre: guerrier, guère
fr person Macron: macrons, macronne
es words guerra: guerrero, guerro
es person Biden: bidenes, bida
it words guerra: guerrero, guerro
it person Conte: conti
ar place كييف: تكييف, تكيف, كيف
ar place روسيا: روس, عروس
ar person بوتين: بوتيك, بوت
ar place القرم: قرم, بقرم
ar words حرب: حربية, محارب
fa words جنگ: جنگل, جنگجو
fa words موشک: موش
tr words savaş: savaşçı, sava, savcı
tr words asker: askeriye, askı
tr words ordu: ordinaryüs, ordan
tr place Rusya: rusyalı, rus
tr words uçak: uçurum, uçan
cs words vojna: vojny
zh words 战争: 战
xx words war: wars
"""

# A word of a query of no known language: the language, the word, and forms that it has there.
WORDS = """
en words sanctions: sanction, sanctioned, sanctioning
en words sanctioned: sanction, sanctions
en words strikes: strike, struck, striking
en words struck: strike, strikes
en words invaded: invade, invades, invading
en words bombing: bombings, bomb, bombed
en words war: wars
en words allies: ally, allied
en words troops: troop
en words crises: crisis
de words Sanktionen: Sanktion
de words sanktionen: sanktion
de words angriffe: angriff, angriffs, angriffen
de words Raketen: Rakete
de words russischen: russisch, russische, russischer
pl words wojsko: wojska, wojsku, wojskiem
pl words wojska: wojsko, wojskiem
pl words wojnę: wojna, wojny, wojnie
pl words sankcje: sankcja, sankcji, sankcjami
pl words rosyjskich: rosyjski, rosyjskiego, rosyjska
fr words sanctions: sanction
fr words militaires: militaire
fr words bombardé: bombarder, bombardée, bombarde
es words sanciones: sanción
es words ataques: ataque
es words bombardearon: bombardear, bombardeó
it words sanzioni: sanzione
it words truppe: truppa
it words soldati: soldato
tr words savaşın: savaş, savaşta
tr words yaptırımlar: yaptırım, yaptırımı
tr words füzeler: füze, füzenin
ru words санкциями: санкция, санкций
ru words войне: война, войны
ru words ракетами: ракета, ракету
ru words беспилотников: беспилотник, беспилотниками
ru words путину: путин, путина
uk words санкціями: санкція, санкцій
uk words війною: війна, війни
uk words безпілотників: безпілотник
ar words العقوبات: عقوبات, بالعقوبات
ar words هجوم: الهجوم, بهجوم
fa words موشک‌ها: موشک, موشکی
"""


TABLED = ("ru", "uk", "pl", "de", "en", "fr", "es", "it", "ar", "fa", "tr")


def makes(language: str, kind: str, base: str, form: str) -> bool:
    return tokens(form) in set(map(tokens, forms(base, language, kind)))


@pytest.mark.parametrize("language", TABLED)
def test_names_and_words_take_the_forms_that_texts_write(language: str) -> None:
    assert [row for row in read(FORMS) if row[0] == language and not makes(*row)] == []


@pytest.mark.parametrize("language", [*TABLED, "cs", "zh", "xx"])
def test_names_and_words_are_not_taken_for_others(language: str) -> None:
    assert [row for row in read(OTHERS) if row[0] == language and makes(*row)] == []


@pytest.mark.parametrize("language", TABLED)
def test_a_bent_word_of_a_query_reaches_its_siblings(language: str) -> None:
    rows = [(word, form) for owner, _, word, form in read(WORDS) if owner == language]
    assert [row for row in rows if tokens(row[1]) not in set(map(tokens, word_forms(row[0])[language]))] == []


def test_the_table_holds_many_forms_of_eleven_languages() -> None:
    rows = read(FORMS)
    assert len(rows) == len(set(rows)) > 900
    assert len({row[0] for row in rows}) == 11
    assert len(read(OTHERS)) > 150


def test_a_turkish_name_needs_no_form_before_an_apostrophe() -> None:
    assert forms("Karadeniz", "tr", "place") == {"Karadeniz"}
    assert tokens("Karadeniz'de")[0] == "karadeniz"


@pytest.mark.parametrize("text", ["НАТО", "ЗСУ", "СВО", "F-16", "Су-57", "NATO", "北约", "Patriot"])
def test_an_abbreviation_or_code_stays_as_it_is(text: str) -> None:
    for language in ("ru", "uk", "pl", "zh"):
        if language != "pl" or text != "Patriot":
            assert forms(text, language, "organisation") == {text}


@pytest.mark.parametrize("language", ["cs", "sk", "bg", "be", "sr", "ro", "hu", "lt", "zh", ""])
def test_a_language_without_rules_returns_the_text(language: str) -> None:
    assert forms("sankce война", language, "words") == {"sankce война"}


def test_a_lone_surname_of_a_man_has_no_forms_of_a_woman() -> None:
    assert "Лавровой" not in forms("Лавров", "ru", "person")
    assert "Захаровой" in forms("Захарова", "ru", "person")


def test_a_word_of_four_letters_bends_in_english_only() -> None:
    assert set(word_forms("bomb")) <= {"en"}


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("Zelensky", "Zelenskyy Zelenskiy Zelenskii Zelenskyi Zelenski Selenskyj Selenski Zełenski Zelenskij"),
        ("Selenskyj", "Zelensky Zelenskyy"),
        ("Putin", "Poutine"),
        ("Lavrov", "Lawrow Ławrow"),
        ("Shoigu", "Choïgou Schoigu Szojgu"),
        ("Medvedev", "Medwedew Miedwiediew"),
    ],
)
def test_a_slavic_surname_is_known_in_the_spellings_of_others(name: str, others: str) -> None:
    made = set(map(fold, spellings(name)))
    assert {fold(other) for other in others.split()} <= made
    assert len(made) <= 40


def test_a_surname_that_is_not_slavic_has_but_its_own_spelling() -> None:
    assert spellings("Johnson") == {"Johnson"}
    assert spellings("Biden") == {"Biden"}


def test_a_cyrillic_name_is_romanised_as_each_language_does() -> None:
    assert {"Zelensky", "Selenskyj", "Zełenski"} <= set(rank("Зеленський", "uk"))
    assert {"Sergey Lavrov", "Siergiej Ławrow"} <= set(rank("Сергей Лавров", "ru"))
    assert {"Poutine", "Putin"} <= set(rank("Путин", "ru"))
    assert "Marine" not in rank("Марин", "ru")


@given(st.text(max_size=30), st.sampled_from(LANGUAGES), st.sampled_from(KINDS))
@example("а-б", "ru", "person")
@example("-", "uk", "words")
@example("ія", "uk", "person")
@example("A-", "pl", "person")
@example("ii", "tr", "words")
@example("ing", "en", "words")
def test_whatever_is_given_the_text_is_among_its_forms(text: str, language: str, kind: str) -> None:
    made = forms(text, language, kind)
    assert text in made
    assert all(form.strip() for form in made - {text})


LETTERS = st.text("абвдеийклмнопрстуцьюяїієшщABCaeiouszłóćńyknrdęüéçğışاليةوهمن- '", min_size=1, max_size=24)


@given(LETTERS, st.sampled_from(LANGUAGES), st.sampled_from(KINDS))
def test_whatever_looks_like_words_is_among_its_forms(text: str, language: str, kind: str) -> None:
    made = forms(text, language, kind)
    assert text in made
    assert all(form.strip() for form in made - {text})


@given(st.one_of(st.text(max_size=20), LETTERS))
def test_whatever_is_asked_for_its_own_form_is_found(word: str) -> None:
    assert all(word in several and "" not in several for several in word_forms(word).values())
    assert word in spellings(word)
    assert all(map(str.strip, rank(word, "ru")))


def test_the_dictionaries_load_only_when_a_cyrillic_word_asks() -> None:
    code = (
        "import sys; from monitor.think.inflect.forms import forms; forms('Kijów', 'pl', 'place');"
        "assert 'pymorphy3' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

"""Promises of an archive that holds little yet: what tells of different things never becomes one story."""

# ruff: noqa: E501 - an article stands on a line

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import permutations

import numpy as np
import pytest
from drawn import examples
from hypothesis import given
from hypothesis import strategies as st

from monitor.demo.corpus import Article, demo_corpus
from monitor.model import Article as Written
from monitor.placing import counted
from monitor.shipped import FOLDER, load_ready
from monitor.think import match, story
from monitor.think.entities import Entities, index_entities
from monitor.think.match import Compiled, compile_topics
from monitor.think.story_decision import choose, judge
from monitor.think.story_drift import changes
from monitor.think.story_features import least
from monitor.think.story_sketch import PRIOR_ARTICLES, Rarity, UsualShares, sketch
from monitor.think.story_terms import digest
from monitor.think.story_usual import dump, load, usual
from monitor.think.story_weights import JUDGEMENT
from monitor.think.story_window import Member, Window

PACK = "russia-ukraine-nato"
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

# Of each language four short articles, each on another matter.
UNRELATED = {
    "de": (
        (
            "Sturm legt Fähren auf der Ostsee lahm",
            "Wegen des Sturms fahren am Montag keine Fähren. Die Reedereien teilten mit, dass der Verkehr erst am Dienstag wieder aufgenommen wird. Auch auf den Straßen an der Küste sind Bäume umgestürzt.",
        ),
        (
            "Stadtrat beschließt Haushalt mit knapper Mehrheit",
            "Der Stadtrat hat am Montag den Haushalt beschlossen. Für die Sanierung der Schulen sind zwölf Millionen Euro vorgesehen. Die Opposition hat dagegen gestimmt, weil auch die Gebühren für Kitas steigen.",
        ),
        (
            "Museum zeigt verschollene Zeichnungen",
            "Ein Museum in Dresden zeigt von Montag an Zeichnungen, die seit dem Krieg als verschollen galten. Sie wurden auf einem Dachboden gefunden. Die Ausstellung ist auch am Wochenende geöffnet.",
        ),
        (
            "Torwart verlängert seinen Vertrag",
            "Der Torwart bleibt bis zum Sommer in drei Jahren. Das hat der Verein am Montag mitgeteilt. Der Trainer sagte, dass die Mannschaft auf ihn nicht verzichten kann und auch die Jugend von ihm lernt.",
        ),
    ),
    "fr": (
        (
            "La neige bloque un col des Alpes",
            "La neige est tombée lundi dans les Alpes et le col est fermé. Les services de la route ont indiqué que la circulation ne sera pas rétablie avant mardi. Une vingtaine de voitures ont été dégagées dans la nuit.",
        ),
        (
            "Le conseil vote la gratuité des bus",
            "Le conseil municipal a voté lundi la gratuité des bus pour les jeunes. La mesure coûtera deux millions par an à la ville. L'opposition a dénoncé une dépense qui n'est pas financée dans le budget.",
        ),
        (
            "Un chercheur primé pour ses travaux sur les abeilles",
            "Un chercheur de Lyon a reçu lundi un prix pour ses travaux sur les abeilles. Il a montré que les insectes se souviennent des fleurs. Le prix est remis dans la capitale par une fondation.",
        ),
        (
            "Les boulangers inquiets du prix de la farine",
            "Les boulangers ont alerté lundi sur le prix de la farine, qui a augmenté dans toute la région. Selon leur syndicat, une baguette sur deux est vendue à perte. Ils demandent une aide pour les fours.",
        ),
    ),
    "es": (
        (
            "Una ola de calor llega al sur",
            "El servicio de meteorología anunció el lunes una ola de calor en el sur del país. Las temperaturas pasarán de los cuarenta grados. Los médicos piden que los mayores no salgan a la calle en las horas centrales.",
        ),
        (
            "El puerto amplía su muelle de contenedores",
            "La autoridad del puerto presentó el lunes las obras del muelle de contenedores. La ampliación costará noventa millones y durará tres años. Los vecinos del barrio temen por el ruido de los camiones.",
        ),
        (
            "La orquesta estrena una sinfonía olvidada",
            "La orquesta estrenó el lunes una sinfonía que estuvo un siglo en un archivo. El director la encontró entre los papeles de un convento. El público aplaudió durante diez minutos en el teatro.",
        ),
        (
            "Los ganaderos protestan por la sequía",
            "Los ganaderos salieron el lunes a la carretera con sus tractores. Piden agua para los animales y un precio justo para la leche. El gobierno de la región dijo que los recibirá en los próximos días.",
        ),
    ),
    "tr": (
        (
            "Yoğun sis vapur seferlerini durdurdu",
            "Pazartesi sabahı yoğun sis nedeniyle vapur seferleri iptal edildi. Yetkililer seferlerin öğleden sonra başlayacağını açıkladı. Köprülerde de uzun kuyruklar oluştu ve birçok kişi işe geç kaldı.",
        ),
        (
            "Belediye yeni park için proje yarışması açtı",
            "Belediye eski fabrikanın yerine yapılacak park için bir yarışma açtı. Mimarlar projelerini yaz sonuna kadar teslim edecek. Mahalle sakinleri ağaçların kesilmemesini istiyor.",
        ),
        (
            "Genç satranççı turnuvayı yenilgisiz kazandı",
            "On iki yaşındaki satranççı turnuvayı yenilgisiz kazandı. Antrenörü onun her gün dört saat çalıştığını söyledi. Genç oyuncu gelecek ay Avrupa şampiyonasına katılacak.",
        ),
        (
            "Fındık üreticileri fiyatı beğenmedi",
            "Fındık üreticileri açıklanan fiyatı beğenmedi ve pazartesi günü bir yürüyüş düzenledi. Gübrenin ve mazotun pahalı olduğunu söylediler. Bakanlık ise fiyatın dengeli olduğunu savundu.",
        ),
    ),
    "sw": (
        (
            "Mvua kubwa yakata barabara ya kaskazini",
            "Mvua kubwa ilinyesha siku ya Jumatatu na kukata barabara ya kaskazini. Maafisa walisema kuwa magari yatapita tena baada ya siku mbili. Watu wengi walilala kwenye magari yao.",
        ),
        (
            "Shule mpya yafunguliwa kijijini",
            "Shule mpya ilifunguliwa siku ya Jumatatu na mkuu wa wilaya. Wanafunzi mia tatu watasoma hapo. Wazazi walisema kuwa watoto wao walikuwa wakitembea saa mbili kila siku.",
        ),
        (
            "Wavuvi wapata samaki wachache ziwani",
            "Wavuvi walisema kuwa samaki wamepungua ziwani mwaka huu. Bei ya samaki imepanda sokoni. Wataalamu wa mazingira wanataka nyavu ndogo zipigwe marufuku na serikali.",
        ),
        (
            "Mwanariadha ashinda mbio za mlimani",
            "Mwanariadha kijana alishinda mbio za mlimani siku ya Jumatatu. Alikimbia kwa saa moja na dakika tatu. Kocha wake alisema kuwa atashiriki mashindano ya dunia mwaka huu.",
        ),
    ),
}


@cache
def shipped() -> tuple[Compiled, Entities]:
    """The names that the shipped topics know: they are the same in all languages."""
    ready = load_ready(PACK, (FOLDER / f"{PACK}.toml").read_text("utf-8"))
    assert ready
    entities = index_entities(ready.pack.entities, book=ready.book)
    return compile_topics(ready.pack.topics, entities), entities


class Desk:
    """An archive that starts with nothing but what came with the program."""

    def __init__(self) -> None:
        self.window = Window(Rarity(usual()))
        self.number = 0
        self.compiled, self.entities = shipped()

    def tell(self, title: str, text: str, language: str) -> int:
        self.number += 1
        number, at = self.number, START + timedelta(minutes=10 * self.number)
        read = match.read(Written(number, "", "", title=title, text=text, language=language), self.compiled)
        said = counted(read, self.entities)
        found = sketch(said.terms, self.window.rarity, at, said.shared)
        judged = judge(found, self.window, JUDGEMENT)
        joined = choose(judged, JUDGEMENT) or number
        own = Member(number, number, joined, at.timestamp(), found)
        self.window.add(own)
        linked, parted = changes(own, judged, self.window, JUDGEMENT)
        if parted:
            self.window.move(parted.articles, -number)
        for merge in linked:
            kept, gone = sorted((merge.one, merge.other))
            if kept in self.window.stories and gone in self.window.stories:
                self.window.move(list(self.window.stories[gone]), kept)
        return number

    def stories(self) -> list[list[int]]:
        return list(self.window.stories.values())


@pytest.mark.parametrize("language", sorted(UNRELATED))
@pytest.mark.slow
def test_the_first_articles_of_a_language_that_tell_of_different_things_are_different_stories(language: str) -> None:
    desk = Desk()
    for title, text in UNRELATED[language]:
        desk.tell(title, text, language)
    assert len(desk.stories()) == len(UNRELATED[language])


@pytest.mark.slow
def test_so_are_the_first_articles_of_many_languages_at_once() -> None:
    desk = Desk()
    for at in range(4):
        for language, articles in UNRELATED.items():
            desk.tell(*articles[at], language)
    assert len(desk.stories()) == 4 * len(UNRELATED)


def told_by_demo() -> list[list[Article]]:
    """What an archive that starts with the demo's articles makes of them."""
    desk, articles = Desk(), {}
    for one in demo_corpus().articles:
        articles[desk.tell(one.title, "\n".join(one.paragraphs), one.lang)] = one
    return [[articles[number] for number in numbers] for numbers in desk.stories()]


@pytest.mark.parametrize("event", ["geneva-talks", "black-sea-drone"])
def test_an_event_that_the_demos_outlets_tell_in_three_languages_is_one_story_and_nothing_else_joins_it(
    event: str,
) -> None:
    told = [found for found in told_by_demo() if any(one.event == event for one in found)]
    assert len(told) == 1
    assert all(one.event == event for one in told[0])
    assert len({one.lang for one in told[0]}) == 3


@pytest.mark.slow
def test_what_the_demos_outlets_tell_of_one_matter_is_many_stories() -> None:
    told = told_by_demo()
    mixed = [found for found in told if len({one.event or one.slug for one in found}) > 1]
    assert all(len({one.lang for one in found}) == len(found) for found in mixed), "one language tells two events"
    assert len(mixed) <= 3
    assert len(told) >= 40


STRIKE = {
    "en": (
        "Drones hit oil depot near Engels, four workers hurt",
        "Drones set fire to an oil depot near Engels in Russia's Saratov region on Monday night and hurt four workers, governor Roman Busargin said. Kyiv said its forces had hit the Kombinat Kristall depot, which fuels the bombers of the Engels-2 air base. The fire covered 1,200 square metres.",
    ),
    "ru": (
        "Беспилотники подожгли нефтебазу под Энгельсом",
        "В Саратовской области после атаки беспилотников загорелась нефтебаза «Комбинат Кристалл» под Энгельсом. Губернатор Роман Бусаргин сообщил о четырёх пострадавших рабочих, площадь пожара составила 1200 квадратных метров.",
    ),
    "uk": (
        "Дрони вдарили по нафтобазі «Кристал» в Енгельсі",
        "Сили оборони уразили нафтобазу «Комбінат Кристал» в Енгельсі Саратовської області, яка забезпечує пальним авіабазу «Енгельс-2». Губернатор Бусаргін визнав, що постраждали 4 робітники.",
    ),
}
OTHER_STRIKE = (
    "Ракета попала в жилой дом в Харькове, погибли двое",
    "Ночью российская ракета попала в пятиэтажный дом в Салтовском районе Харькова. По словам мэра Игоря Терехова, погибли двое, одиннадцать человек ранены. Ещё одна ракета повредила школу.",
)


def test_an_event_is_told_once_whatever_language_comes_first_and_another_event_of_its_day_stays_apart() -> None:
    for order in permutations(STRIKE):
        desk = Desk()
        for language in order:
            desk.tell(*STRIKE[language], language)
        desk.tell(*OTHER_STRIKE, "ru")
        assert sorted(map(len, desk.stories())) == [1, 3], order


def test_what_was_told_before_languages_were_compared_is_found_in_its_own_alone() -> None:
    desk = Desk()
    for language in ("en", "ru"):
        desk.tell(*STRIKE[language], language)
    for member in desk.window.members.values():
        member.sketch = replace(member.sketch, shared=b"", shared_values=b"")
    desk.tell(*STRIKE["uk"], "uk")
    desk.tell(STRIKE["en"][0], STRIKE["en"][1].replace("Monday", "Tuesday"), "en")
    assert sorted(map(len, desk.stories())) == [1, 3]


WORD = st.text("abcdefghijklmnoprstuvwz", min_size=3, max_size=9)


@examples(60)
@given(st.lists(WORD, min_size=40, max_size=120, unique=True), st.text(max_size=30), st.integers(0, 5))
def test_a_copy_always_joins_its_original(words: list[str], title: str, cut: int) -> None:
    original = story.keys("A headline of its own", " ".join(words))
    copy = story.keys(title, " ".join(words[: len(words) - cut]))
    assert story.join(copy, {7: (3, frozenset(original))}) == 3
    assert story.copied(copy, {7: (3, frozenset(original))}) == 7


def test_common_words_are_known_as_such_from_the_start_and_stay_so() -> None:
    rarity = Rarity(usual())
    the, odd = (np.array([digest(word)], np.uint32) for word in ("the", "quagmire"))
    assert rarity.of("en", the)[0] < 0.5
    assert rarity.of("en", odd)[0] > 5
    for _ in range(5000):
        rarity.count("en", odd, 1)
    assert rarity.of("en", the)[0] < 2


def test_where_little_is_known_or_told_articles_must_be_more_alike() -> None:
    window = Window(Rarity(usual()))
    assert least("en", window) < least("sw", window)
    for _ in range(2000):
        window.rarity.count("sw", np.array([1], np.uint32), 1)
    assert least("sw", window) == pytest.approx(0.06, abs=0.01)


def test_tables_are_read_as_they_were_written() -> None:
    table = UsualShares(np.array([3, 900, 1_000_000]), np.array([0.9, 0.01, 0.5], np.float32), PRIOR_ARTICLES)
    again = load(dump({"xx": table}))["xx"]
    assert again.places.tolist() == [3, 900, 1_000_000]
    assert again.shares.tolist() == pytest.approx([0.9, 0.01, 0.5], rel=0.02)
    assert again.articles == PRIOR_ARTICLES

"""Pages as sites build them, around stories that we wrote, in thirteen languages."""

import json
from dataclasses import dataclass
from datetime import UTC

from monitor.errors import ExtractError
from monitor.model import Extracted, Page
from monitor.think.extract import extract
from tests.conftest import NOW

URL = "https://www.example.org/2026/02/harbour-reopens"


@dataclass(frozen=True)
class Story:
    """A story and what sites of its language write around one."""

    language: str
    title: str
    paragraphs: tuple[str, ...]
    byline: str
    date: str
    read_also: str
    newsletter: str
    reply: str
    reply_note: str
    rights: str

    @property
    def text(self) -> str:
        return "\n\n".join(self.paragraphs)


STORIES = (
    Story(
        "en",
        "Harbour reopens after the storm",
        (
            "The harbour of the northern isle opened again on Friday, four days after a storm had torn the breakwater.",
            "“Nobody was hurt, and that is what counts,” the harbour master said while the first ferry came in.",
            "The council wants to decide in spring whether a higher wall shall be built, and who is to pay for it.",
        ),
        "By Ada Pereira",
        "Published 27 February 2026, 10:15",
        "Read also: Ten walks along the coast",
        "Sign up for our newsletter and get the news in your inbox every morning.",
        "Leave a Reply",
        "Your email address will not be published. Required fields are marked *",
        "© 2026 Example News. All rights reserved.",
    ),
    Story(
        "de",
        "Hafen nach dem Sturm wieder offen",
        (
            "Der Hafen der nördlichen Insel ist seit Freitag wieder offen, vier Tage nachdem ein Sturm ihn zerriss.",
            "„Verletzt wurde niemand, und darauf kommt es an“, sagte der Hafenmeister, als die erste Fähre einlief.",
            "Der Rat will im Frühjahr entscheiden, ob eine höhere Mauer gebaut wird und wer sie bezahlen soll.",
        ),
        "Von Ada Pereira",
        "Stand: 27.02.2026, 10:15 Uhr",
        "Lesen Sie auch: Zehn Wege an der Küste",
        "Jetzt unseren Newsletter abonnieren und jeden Morgen informiert sein.",
        "Schreibe einen Kommentar",
        "Deine E-Mail-Adresse wird nicht veröffentlicht. Erforderliche Felder sind mit * markiert",
        "© 2026 Beispiel. Alle Rechte vorbehalten.",
    ),
    Story(
        "fr",
        "Le port rouvre après la tempête",
        (
            "Le port de l’île du nord a rouvert vendredi, quatre jours après une tempête qui avait emporté sa digue.",
            "« Personne n’a été blessé, et c’est ce qui compte », a dit le capitaine à l’arrivée du premier ferry.",
            "Le conseil décidera au printemps si un mur plus haut doit être construit, et qui devra le payer.",
        ),
        "Par Ada Pereira",
        "Publié le 27 février 2026 à 10h15",
        "Lire aussi : Dix promenades sur la côte",
        "Inscrivez-vous à notre newsletter pour recevoir l’essentiel chaque matin.",
        "Laisser un commentaire",
        "Votre adresse e-mail ne sera pas publiée. Les champs obligatoires sont indiqués avec *",
        "© 2026 Exemple. Tous droits réservés.",
    ),
    Story(
        "es",
        "El puerto reabre tras el temporal",
        (
            "El puerto de la isla del norte reabrió el viernes, cuatro días después de que un temporal lo rompiera.",
            "«Nadie resultó herido, y eso es lo que cuenta», dijo el capitán del puerto cuando llegó el primer barco.",
            "El consejo decidirá en primavera si se levanta un muro más alto y quién tendrá que pagarlo.",
        ),
        "Por Ada Pereira",
        "Publicado el 27 de febrero de 2026 a las 10:15",
        "Lee también: Diez paseos por la costa",
        "Suscríbete a nuestro boletín y recibe las noticias cada mañana.",
        "Deja un comentario",
        "Tu dirección de correo electrónico no será publicada. Los campos obligatorios están marcados con *",
        "© 2026 Ejemplo. Todos los derechos reservados.",
    ),
    Story(
        "it",
        "Il porto riapre dopo la tempesta",
        (
            "Il porto dell’isola del nord ha riaperto venerdì, quattro giorni dopo la tempesta che lo aveva rotto.",
            "«Nessuno si è fatto male, ed è ciò che conta», ha detto il comandante del porto all’arrivo del traghetto.",
            "Il consiglio deciderà in primavera se costruire un muro più alto e chi dovrà pagarlo.",
        ),
        "Di Ada Pereira",
        "Pubblicato il 27 febbraio 2026 alle 10:15",
        "Leggi anche: Dieci passeggiate sulla costa",
        "Iscriviti alla nostra newsletter per ricevere le notizie ogni mattina.",
        "Lascia un commento",
        "Il tuo indirizzo email non sarà pubblicato. I campi obbligatori sono contrassegnati *",
        "© 2026 Esempio. Tutti i diritti riservati.",
    ),
    Story(
        "pt",
        "Porto reabre depois da tempestade",
        (
            "O porto da ilha do norte reabriu na sexta-feira, quatro dias depois de uma tempestade partir o seu molhe.",
            "“Ninguém ficou ferido, e isso é o que conta”, disse o capitão do porto quando chegou o primeiro barco.",
            "A câmara decidirá na primavera se vai construir um muro mais alto e quem o terá de pagar.",
        ),
        "Por Ada Pereira",
        "Publicado em 27 de fevereiro de 2026 às 10:15",
        "Leia também: Dez passeios pela costa",
        "Subscreva a nossa newsletter e receba as notícias todas as manhãs.",
        "Deixe um comentário",
        "O seu endereço de email não será publicado. Campos obrigatórios são marcados com *",
        "© 2026 Exemplo. Todos os direitos reservados.",
    ),
    Story(
        "nl",
        "Haven na storm weer open",
        (
            "De haven van het noordelijke eiland is vrijdag heropend, vier dagen nadat een storm de pier had vernield.",
            "“Niemand raakte gewond, en daar gaat het om”, zei de havenmeester toen de eerste veerboot binnenkwam.",
            "De raad beslist in het voorjaar of er een hogere muur komt, en wie die moet betalen.",
        ),
        "Door Ada Pereira",
        "Gepubliceerd op 27 februari 2026 om 10:15",
        "Lees ook: Tien wandelingen langs de kust",
        "Schrijf je in voor onze nieuwsbrief en lees elke ochtend het nieuws.",
        "Geef een reactie",
        "Je e-mailadres wordt niet gepubliceerd. Vereiste velden zijn gemarkeerd met *",
        "© 2026 Voorbeeld. Alle rechten voorbehouden.",
    ),
    Story(
        "pl",
        "Port znów otwarty po sztormie",
        (
            "Port na północnej wyspie otwarto w piątek, cztery dni po sztormie, który rozerwał jego falochron.",
            "„Nikt nie ucierpiał i to się liczy” – powiedział kapitan portu, gdy wpływał pierwszy prom.",
            "Rada zdecyduje wiosną, czy powstanie wyższy mur i kto będzie musiał za niego zapłacić.",
        ),
        "Autor: Ada Pereira",
        "Opublikowano 27 lutego 2026, godz. 10:15",
        "Czytaj także: Dziesięć spacerów nad morzem",
        "Zapisz się na nasz newsletter i czytaj wiadomości każdego ranka.",
        "Dodaj komentarz",
        "Twój adres e-mail nie zostanie opublikowany. Wymagane pola są oznaczone *",
        "© 2026 Przykład. Wszelkie prawa zastrzeżone.",
    ),
    Story(
        "cs",
        "Přístav je po bouři znovu otevřen",
        (
            "Přístav severního ostrova byl v pátek znovu otevřen, čtyři dny poté, co bouře protrhla jeho vlnolam.",
            "„Nikdo nebyl zraněn, a na tom záleží,“ řekl správce přístavu, když připlouval první trajekt.",
            "Rada na jaře rozhodne, zda se postaví vyšší zeď a kdo ji bude muset zaplatit.",
        ),
        "Autor: Ada Pereira",
        "Publikováno 27. února 2026, 10:15",
        "Čtěte také: Deset procházek po pobřeží",
        "Přihlaste se k odběru novinek a čtěte zprávy každé ráno.",
        "Napsat komentář",
        "Vaše e-mailová adresa nebude zveřejněna. Vyžadované informace jsou označeny *",
        "© 2026 Příklad. Všechna práva vyhrazena.",
    ),
    Story(
        "uk",
        "Порт знову відкрили після шторму",
        (
            "Порт північного острова знову відкрили у п’ятницю, через чотири дні після шторму, що зруйнував його мол.",
            "«Ніхто не постраждав, і це головне», – сказав начальник порту, коли підходив перший пором.",
            "Навесні рада вирішить, чи будувати вищу стіну і хто повинен буде за неї заплатити.",
        ),
        "Автор: Ада Перейра",
        "Опубліковано 27 лютого 2026, 10:15",
        "Читайте також: Десять прогулянок узбережжям",
        "Підписуйтесь на наш Telegram, щоб читати новини щоранку.",
        "Залишити відповідь",
        "Ваша e-mail адреса не оприлюднюватиметься. Обов’язкові поля позначені *",
        "© 2026 Приклад. Усі права захищено.",
    ),
    Story(
        "ru",
        "Порт снова открыт после шторма",
        (
            "Порт северного острова снова открыли в пятницу, через четыре дня после шторма, разрушившего его мол.",
            "«Никто не пострадал, и это главное», – сказал начальник порта, когда подходил первый паром.",
            "Весной совет решит, строить ли более высокую стену и кто должен будет за неё заплатить.",
        ),
        "Автор: Ада Перейра",
        "Опубликовано 27 февраля 2026, 10:15",
        "Читайте также: Десять прогулок по побережью",
        "Подписывайтесь на наш Telegram, чтобы читать новости каждое утро.",
        "Оставить комментарий",
        "Ваш адрес email не будет опубликован. Обязательные поля помечены *",
        "© 2026 Пример. Все права защищены.",
    ),
    Story(
        "ar",
        "إعادة فتح الميناء بعد العاصفة",
        (
            "أعيد فتح ميناء الجزيرة الشمالية يوم الجمعة بعد أربعة أيام من عاصفة هدمت حاجز الأمواج فيه.",
            "وقال مدير الميناء عند وصول العبارة الأولى إن أحدا لم يصب بأذى وإن هذا هو المهم في الأمر.",
            "وسيقرر المجلس في الربيع ما إذا كان سيبنى جدار أعلى ومن الذي سيتحمل تكاليف بنائه.",
        ),
        "بقلم آدا بيريرا",
        "تم النشر في 27 فبراير 2026 10:15",
        "اقرأ أيضا: عشر نزهات على الساحل",
        "اشترك في النشرة البريدية لتصلك الأخبار كل صباح.",
        "اترك تعليقاً",
        "لن يتم نشر عنوان بريدك الإلكتروني. الحقول الإلزامية مشار إليها بـ *",
        "© 2026 مثال. جميع الحقوق محفوظة.",
    ),
    Story(
        "tr",
        "Liman fırtınadan sonra yeniden açıldı",
        (
            "Kuzey adasının limanı, dalgakıranını yıkan fırtınadan dört gün sonra cuma günü yeniden açıldı.",
            "İlk feribot yanaşırken liman başkanı, “Kimse yaralanmadı, önemli olan da bu” dedi.",
            "Meclis, daha yüksek bir duvar yapılıp yapılmayacağına ve kimin ödeyeceğine baharda karar verecek.",
        ),
        "Yazan: Ada Pereira",
        "Yayınlanma 27 Şubat 2026 10:15",
        "İlgili haber: Kıyı boyunca on yürüyüş",
        "Bültenimize abone olun, haberleri her sabah okuyun.",
        "Bir yanıt yazın",
        "E-posta adresiniz yayınlanmayacak. Gerekli alanlar * ile işaretlenmişlerdir",
        "© 2026 Örnek. Tüm hakları saklıdır.",
    ),
)
ENGLISH = STORIES[0]


def ps(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def html(body: str, head: str = "", *, title: str = ENGLISH.title, language: str = "en") -> str:
    return f'<!DOCTYPE html><html lang="{language}"><head><title>{title}</title>{head}</head><body>{body}</body></html>'


def page(
    source: str | bytes, content_type: str = "text/html; charset=utf-8", url: str = URL, final_url: str = ""
) -> Page:
    body = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
    return Page(url, final_url or url, 200, body, content_type)


def article(*inside: str, story: Story = ENGLISH, head: str = "") -> Page:
    """A plain page: the title, the story, and whatever else is put behind its second paragraph."""
    first, second, third = story.paragraphs
    body = f"<main><article><h1>{story.title}</h1>{ps(first, second)}{''.join(inside)}{ps(third)}</article></main>"
    return page(html(body, head, title=story.title, language=story.language))


def wordpress(story: Story) -> Page:
    """As the most used of all systems builds it."""
    first, second, third = story.paragraphs
    return page(
        html(
            f"""
<a class="skip-link screen-reader-text" href="#content">Skip to content</a>
<header class="site-header"><a href="/" class="site-title">Example News</a>
<nav class="main-navigation"><ul><li><a href="/">Home</a></li><li><a href="/world">World</a></li></ul></nav></header>
<div id="content" class="site-content"><main><article class="post hentry">
<header class="entry-header"><h1 class="entry-title">{story.title}</h1><div class="entry-meta">
<span class="posted-on">{story.date}</span> <span class="byline">{story.byline}</span></div></header>
<div class="entry-content">{ps(first)}<p><a href="/other">{story.read_also}</a></p>{ps(second, third)}
<p>{story.newsletter}</p>
<div class="sharedaddy"><h3 class="sd-title">Share this:</h3><ul><li><a href="#">Facebook</a></li></ul></div></div>
<footer class="entry-footer">Posted in <a href="/world">World</a></footer></article>
<nav class="post-navigation"><a href="/a">Previous: Markets close higher</a> <a href="/b">Next: Ten walks</a></nav>
<h3>{story.reply}</h3>
<form id="commentform"><p>{story.reply_note}</p><p><label>Comment *</label><textarea></textarea></p></form>
</main><aside class="widget-area"><h2>Recent Posts</h2><ul><li><a href="/r1">Storm closes passes</a></li></ul></aside>
</div><footer class="site-footer">{story.rights}</footer>""",
            '<meta name="generator" content="WordPress 6.5">',
            title=f"{story.title} - Example News",
            language=story.language,
        )
    )


def bare(story: Story) -> Page:
    """As a system builds it that gives nothing a name: all stands in one row of paragraphs."""
    first, second, third = story.paragraphs
    rows = (story.byline, story.date, first, story.read_also, second, third, story.newsletter)
    rows += (story.reply, story.reply_note, story.rights)
    return page(html(f"<div><h1>{story.title}</h1>{ps(*rows)}</div>", title=story.title, language=story.language))


def broken_lines(story: Story) -> Page:
    """As it was built before there were paragraphs."""
    rows = "<br><br>".join(story.paragraphs)
    body = (
        f"<table><tr><td><a href='/'>Home</a></td><td><font><b>{story.title}</b><br><br>{rows}</font></td></tr></table>"
    )
    return page(html(body, title=story.title, language=story.language))


def division(story: Story) -> Page:
    """As a script builds it: everything is a <div>."""
    rows = "".join(f'<div class="x{number}">{text}</div>' for number, text in enumerate(story.paragraphs))
    body = f'<div id="root"><div><h1>{story.title}</h1></div><div data-track="1"><div>{rows}</div></div></div>'
    return page(html(body, title=story.title, language=story.language))


def read(source: Page, title: str = "", summary: str = "") -> Extracted:
    return extract(source, title_hint=title, summary_hint=summary, now=NOW)


def with_jsonld(*values: object) -> Page:
    scripts = "".join(f'<script type="application/ld+json">{json.dumps(value)}</script>' for value in values)
    return article(head=scripts)


def check(source: Page, title: str = "") -> str:
    """The text of any page at all, or nothing where it was refused; it must be fit to be stored."""
    try:
        found = read(source, title)
    except ExtractError:
        return ""
    for text in (found.title, found.text, found.site, *found.authors):
        assert "\0" not in text
        text.encode("utf-8")
    assert found.published_at is None or found.published_at.tzinfo is UTC
    return found.text

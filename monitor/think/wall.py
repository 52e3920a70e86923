"""A page becomes an ExtractError when something else stands where the article should be."""

import re
from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

from monitor.errors import ExtractError
from monitor.model import Page
from monitor.think.blocks import Block
from monitor.think.lines import plain

_BINARY = (
    (b"%PDF-", "pdf", "a PDF document"),
    (b"\xff\xd8\xff", "not-html", "a JPEG image"),
    (b"\x89PNG", "not-html", "a PNG image"),
    (b"GIF8", "not-html", "a GIF image"),
    (b"PK\x03\x04", "not-html", "an archive"),
    (b"\x1f\x8b", "not-html", "compressed data"),
    (b"RIFF", "not-html", "an image or a recording"),
    (b"ID3", "not-html", "a recording"),
    (b"OggS", "not-html", "a recording"),
    (b"\x00\x00\x00", "not-html", "a video"),
    (b"\xd0\xcf\x11\xe0", "not-html", "an office document"),
)
_MEDIA = re.compile(r"\s*(?:image|audio|video|font)/|\s*application/(?:pdf|zip|gzip|msword|vnd\.)", re.IGNORECASE)
_FEED = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,2000}?-->\s*|<\?[^>]{0,200}>\s*)*<(?:rss|feed|rdf:RDF|urlset)\b",
    re.DOTALL,
)
_MARKUP = re.compile(
    r"<(?:!doctype\s+html|html|head|body|article|main|section|div|p|h1|title|meta|span)\b", re.IGNORECASE
)
_HOME = re.compile(r"/(?:(?:index|home|default)(?:\.\w{2,5})?|[a-z]{2}(?:[-_][a-z]{2})?)?/?", re.IGNORECASE)

_CHALLENGES = frozenset(
    "just a moment|attention required cloudflare|access denied|are you a robot|are you human|security check"
    "|verifying you are human|please verify you are a human|pardon our interruption|ddos guard|human verification"
    "|checking your browser|one more step|robot check|verify you are human|bot verification|client challenge"
    "|request unsuccessful|vercel security checkpoint|you have been blocked|forbidden|service unavailable"
    "|too many requests|bad gateway|gateway timeout|temporarily unavailable|under maintenance|wartungsarbeiten".split(
        "|"
    )
)
_CHALLENGED = (
    "checking your browser", "verify you are human", "verify that you are not a robot", "verifying you are human",
    "enable javascript and cookies to continue", "performance security by cloudflare", "complete the security check",
    "unusual traffic from your", "why have i been blocked", "you have been blocked", "not a robot", "solve the captcha",
    "needs to review the security of your connection", "ddos protection by", "press hold to confirm you are",
)  # fmt: skip
_NEEDS_SCRIPT = (
    "enable javascript", "javascript is disabled", "javascript is required", "requires javascript", "turn on javascript",
    "javascript must be enabled", "need to enable javascript", "activate javascript", "javascript to run this app",
    "aktivieren sie javascript", "javascript aktivieren", "javascript ist deaktiviert", "javascript ist in ihrem browser",
    "activer javascript", "javascript est désactivé", "activez javascript", "habilitar javascript", "habilite javascript",
    "activa javascript", "active javascript", "javascript está desactivado", "abilita javascript", "abilitare javascript",
    "ative o javascript", "schakel javascript in", "javascript inschakelen", "włącz javascript", "włącz obsługę javascript",
    "povolte javascript", "zapněte javascript", "увімкніть javascript", "включите javascript", "включить javascript",
    "تفعيل جافا سكريبت", "javascript i etkinleştirin", "javascript etkinleştirin", "unsupported browser",
)  # fmt: skip
_GONE = (
    "page not found", "404 not found", "error 404", "404 error", "not found", "page doesn t exist", "page does not exist",
    "page you requested could not be found", "page you are looking for", "this page isn t available", "article not found",
    "page cannot be found", "page can t be found", "story not found", "no longer available", "content not available",
    "seite nicht gefunden", "seite wurde nicht gefunden", "seite existiert nicht", "artikel nicht gefunden",
    "page non trouvée", "page introuvable", "page n existe pas", "contenu introuvable", "page demandée n existe",
    "página no encontrada", "página no existe", "no se encontró la página", "no se ha encontrado la página",
    "pagina non trovata", "pagina non esiste", "pagina non è disponibile", "página não encontrada",
    "página não existe", "pagina niet gevonden", "pagina bestaat niet", "nie znaleziono strony", "strona nie istnieje",
    "strony nie znaleziono", "stránka nenalezena", "stránka nebyla nalezena", "stránka neexistuje",
    "сторінку не знайдено", "сторінка не знайдена", "сторінки не існує", "страница не найдена", "страницы не существует",
    "страница не существует", "материал не найден", "الصفحة غير موجودة", "الصفحة المطلوبة غير", "sayfa bulunamadı",
    "aradığınız sayfa",
)  # fmt: skip
# What a site says of itself and its partners, and what anyone may say of consent.
_ASKING = (
    "we value your privacy", "we and our", "our partners store", "and our partners process", "manage preferences",
    "manage your preferences", "manage options", "cookie settings", "your privacy choices", "we use cookies",
    "withdraw your consent", "give your consent", "before you continue", "wir verwenden cookies", "unsere partner",
    "zustimmen und weiter", "ihre einwilligung", "datenschutzeinstellungen", "nous et nos partenaires",
    "nos partenaires", "continuer sans accepter", "respectons votre vie privée", "utilisons des cookies",
    "votre consentement", "nuestros socios", "utilizamos cookies", "respetamos tu privacidad", "su consentimiento",
    "aceptar y continuar", "nostri partner", "utilizziamo i cookie", "rispettiamo la tua privacy", "il tuo consenso",
    "accetta e continua", "nossos parceiros", "seu consentimento", "usamos cookies", "onze partners",
    "uw toestemming", "je toestemming", "wij gebruiken cookies", "nasi partnerzy", "naszych partnerów",
    "szanujemy twoją prywatność", "twoja zgoda", "naši partneři", "váš souhlas", "наші партнери", "вашу згоду",
    "наши партнеры", "наши партнёры", "ваше согласие", "وشركاؤنا", "شركاؤنا", "موافقتك", "ortaklarımız",
    "gizliliğinize", "çerezleri kullanıyoruz",
)  # fmt: skip
_CONSENT = (
    *_ASKING,
    "accept all", "reject all", "accept cookies", "legitimate interest", "consent", "partners", "vendors",
    "access information on a device", "personalised ads", "personalized ads", "process personal data", "cookies",
    "alle akzeptieren", "alle ablehnen", "einwilligung", "mit werbung", "ohne werbung", "berechtigtes interesse",
    "personenbezogene daten", "tout accepter", "tout refuser", "intérêt légitime", "données personnelles",
    "paramétrer", "aceptar todo", "rechazar todo", "interés legítimo", "datos personales", "accetta tutto",
    "rifiuta tutto", "legittimo interesse", "dati personali", "aceitar tudo", "rejeitar tudo", "dados pessoais",
    "alles accepteren", "alles weigeren", "persoonsgegevens", "akceptuję", "zaakceptuj wszystko", "danych osobowych",
    "přijmout vše", "odmítnout vše", "souhlasím", "osobních údajů", "прийняти все", "персональних даних",
    "принять все", "персональных данных", "قبول الكل", "رفض الكل", "ملفات تعريف الارتباط", "tümünü kabul et",
    "tümünü reddet", "kişisel veri",
)  # fmt: skip
_NOTICE = 500  # characters: a server says so briefly that it has no such page
_SHORT = 1_500  # characters: who is kept out is told so in few words
_STORY = 300  # characters: the least that a page must show to be taken for a story
# Of 469 pages of articles, the one nearest to a list of others had headlines with links for 38 % of its lines.
_LISTED = 0.45
_MANY_LINKS = 20
_HEADLINE = 25  # characters
_DIALOG = 20_000  # characters: a list of partners is long


def refuse_page(page: Page) -> None:
    """Raise when the address or the first bytes already tell that there is no article."""
    if not page.body.strip():
        raise ExtractError("the page is empty", reason="empty")
    if _is_home(page.final_url) and not _is_home(page.url):
        raise ExtractError("the address leads to the home page: the story is gone", reason="home-page", permanent=True)
    head = page.body[:16]
    for magic, reason, what in _BINARY:
        if head.startswith(magic):
            raise ExtractError(f"the address holds {what}, not a page", reason=reason, permanent=True)
    if _MEDIA.match(page.content_type):
        kind = page.content_type.partition(";")[0].strip().lower()
        reason = "pdf" if kind.endswith("/pdf") else "not-html"
        raise ExtractError(f"the address holds {kind}, not a page", reason=reason, permanent=True)


def refuse_text(text: str, content_type: str) -> bool:
    """Whether a document is plain text; raise when it is neither that nor HTML."""
    start = text[:4000].lstrip("\ufeff \t\r\n")
    if _FEED.match(start):
        raise ExtractError("the address holds a feed, not a page", reason="not-html", permanent=True)
    if _MARKUP.search(start):
        return False
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "text/plain":
        return True
    if kind.endswith(("json", "javascript", "/css", "csv")) or start.startswith(("{", "[")):
        raise ExtractError(f"the address holds {kind or 'data'}, not a page", reason="not-html", permanent=True)
    return False


def refuse_article(seen: str, notices: str, titles: Collection[str], text: str, hint: str) -> None:
    """Raise when the text that was found, or the lack of one, is a wall's and not an article's.

    `seen` is all that the page shows, and `notices` what it shows to browsers without scripts.
    """
    heads = [plain(title) for title in titles]
    if _is_expected(heads, text, hint):
        return
    shown = plain(seen) if len(seen) < _SHORT else ""
    if shown and (not _CHALLENGES.isdisjoint(heads) or _count(shown, _CHALLENGED)):
        raise ExtractError("the site asks for a proof that we are no robot", reason="challenge")
    if len(text) < _SHORT and (
        any(_count(head, _GONE) for head in heads) or (len(shown) < _NOTICE and _count(shown, _GONE))
    ):
        raise ExtractError("the site says that there is no such page", reason="soft-404", permanent=True)
    if len(text) < _DIALOG and _asks_consent(plain(text or seen[:_DIALOG])):
        raise ExtractError("the site asks for consent before it shows the page", reason="consent")
    if len(text) < _STORY and _count(shown + " " + plain(notices[:_DIALOG]), _NEEDS_SCRIPT):
        raise ExtractError(
            "the page shows its text only to browsers that run scripts", reason="script-only", permanent=True
        )


def refuse_index(blocks: Sequence[Block], titles: Collection[str], text: str, hint: str) -> None:
    """Raise when what was taken for an article is a list of links to others."""
    linked = {plain(block.text) for block in blocks if len(block.text) >= _HEADLINE and block.is_linked(0.8)}
    if not linked or _is_expected([plain(title) for title in titles], text, hint):
        return
    lines = [plain(line.removeprefix("- ")) for line in text.split("\n\n")]
    listed = sum(line in linked for line in lines)
    if listed >= _MANY_LINKS and listed > _LISTED * len(lines):
        raise ExtractError("the page is a list of links to others, and no article", reason="index", permanent=True)


def _is_expected(heads: Collection[str], text: str, hint: str) -> bool:
    """Whether a page bears the headline that its feed named, and enough text."""
    return bool(hint) and plain(hint) in heads and len(text) > _STORY


def _asks_consent(said: str) -> bool:
    return _count(said, _ASKING) > 0 and _count(said, _CONSENT) >= 4 + len(said) // 2000


def _count(text: str, phrases: Collection[str]) -> int:
    return sum(phrase in text for phrase in phrases)


def _is_home(url: str) -> bool:
    parts = urlsplit(url)
    return bool(_HOME.fullmatch(parts.path)) and not parts.query

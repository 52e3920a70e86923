"""What sites write around articles, in thirteen languages, as bare words (lower case, no marks between them).

English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Czech, Ukrainian, Russian, Arabic, Turkish.
"""


def _split(*languages: str) -> frozenset[str]:
    return frozenset(phrase.strip() for language in languages for phrase in language.split("|"))


# A line or heading of these words only opens a box: other stories, a form, the author's life, the table of contents.
BOXES = _split(
    "related|related articles|related stories|related content|related posts|related topics|related news|related links"
    "|related coverage|related reading|related publications|recommended|recommended for you|recommended reading"
    "|recommended articles|recommended stories|recommended posts|you may also like|you might also like|you may like"
    "|you may also be interested in|more stories|more news|more articles|more posts|more like this|more on this"
    "|more on this story|more on this topic|more from us|most read|most popular|most viewed|most watched|trending"
    "|trending now|top stories|latest news|latest stories|latest posts|recent posts|recent articles|popular posts"
    "|up next|don t miss|editors picks|editor s picks|editor s pick|in case you missed it|also in the news"
    "|explore more|explore more topics|share|share this|share this article|share this story|share this post"
    "|share this page|follow us|stay connected|stay informed|stay up to date|subscribe|subscribe now"
    "|subscribe to our newsletter|join our newsletter|newsletter|newsletters|sign up for our newsletter"
    "|sign up for newsletters|comments|leave a comment|leave a reply|post a comment|add a comment|view comments"
    "|join the conversation|join the discussion|tags|filed under|table of contents|contents|on this page"
    "|in this article|in this story|jump to|about the author|about the authors|about author|article sources",
    "auch interessant|das könnte sie auch interessieren|das könnte dich auch interessieren|meistgelesen"
    "|meistgelesene artikel|ähnliche artikel|verwandte artikel|verwandte themen|verwandte beiträge|weitere artikel"
    "|weitere themen|weitere beiträge|weiterführende links|mehr zum thema|zum thema|passend zum thema|mehr aus"
    "|aktuelle nachrichten|lesetipps|empfehlungen|empfehlungen der redaktion|top artikel|neueste artikel|teilen"
    "|artikel teilen|newsletter|kommentare|kommentar schreiben|schreibe einen kommentar|schreiben sie einen kommentar"
    "|schlagwörter|schlagworte|stichwörter|inhaltsverzeichnis|über den autor|über die autorin|der autor|die autorin"
    "|die autoren|beliebt im preisvergleich|beiträge aus dem forum|weitere videos|weitere nachrichten",
    "sur le même sujet|sur le même thème|articles similaires|articles liés|les plus lus|le plus lu|à lire aussi"
    "|lire aussi|à découvrir|dans la même rubrique|nos dernières vidéos|recommandé pour vous|vous aimerez aussi"
    "|partager|partager l article|partager cet article|newsletter|commentaires|laisser un commentaire"
    "|ajouter un commentaire|mots clés|sommaire|table des matières|suivez nous|à propos de l auteur",
    "noticias relacionadas|artículos relacionados|contenido relacionado|te puede interesar|le puede interesar"
    "|también te puede interesar|puede interesarte|te recomendamos|lo más leído|lo más visto|lo último|recomendados"
    "|compartir|comentarios|deja un comentario|dejar un comentario|deja una respuesta|etiquetas|archivado en|síguenos"
    "|boletín|índice|sobre el autor|sobre la autora|para saber más",
    "articoli correlati|articoli simili|notizie correlate|leggi anche|potrebbe interessarti|ti potrebbe interessare"
    "|potrebbe interessarti anche|i più letti|più letti|ultime notizie|condividi|commenti|lascia un commento"
    "|seguici su|seguici|argomenti|indice|newsletter|l autore",
    "notícias relacionadas|artigos relacionados|conteúdo relacionado|leia também|veja também|mais lidas|mais lidos"
    "|últimas notícias|você pode gostar|recomendado para você|recomendadas|compartilhe|partilhar|comentários"
    "|deixe um comentário|deixe uma resposta|siga nos|tópicos|sumário|sobre o autor",
    "gerelateerd|gerelateerde artikelen|gerelateerde berichten|lees ook|meest gelezen|ook interessant|aanbevolen"
    "|dit vind je misschien ook interessant|meer nieuws|delen|deel dit artikel|reacties|plaats een reactie"
    "|geef een reactie|laat een reactie achter|volg ons|inhoudsopgave|nieuwsbrief|over de auteur",
    "powiązane|powiązane artykuły|podobne artykuły|czytaj także|czytaj też|zobacz także|zobacz też|przeczytaj także"
    "|polecamy|polecane|najczęściej czytane|najpopularniejsze|ostatnie wiadomości|udostępnij|komentarze"
    "|dodaj komentarz|tagi|tematy|spis treści|o autorze",
    "související|související články|související témata|podobné články|čtěte také|čtěte dále|přečtěte si také"
    "|mohlo by vás zajímat|mohlo by vás také zajímat|nejčtenější|doporučujeme|doporučené|další články|sdílet|sdílejte"
    "|komentáře|diskuse|diskuze|přidat komentář|napsat komentář|zanechat komentář|témata|štítky|o autorovi",
    "читайте також|за темою|пов язані статті|пов язані новини|схожі новини|схожі статті|рекомендуємо|популярне"
    "|популярні новини|останні новини|більше новин|поділитися|коментарі|залишити коментар|додати коментар"
    "|залишити відповідь|теги|мітки|зміст|про автора",
    "читайте также|по теме|материалы по теме|похожие новости|похожие статьи|похожие материалы|рекомендуем|популярное"
    "|популярные новости|самое читаемое|последние новости|другие новости|ещё по теме|поделиться"
    "|поделиться в соцсетях|комментарии|оставить комментарий|добавить комментарий|оставьте комментарий|теги|метки"
    "|содержание|оглавление|об авторе",
    "اقرأ أيضا|اقرأ أيضاً|إقرأ أيضا|مواضيع ذات صلة|أخبار ذات صلة|مقالات ذات صلة|مواضيع متعلقة|ذات صلة|قد يعجبك أيضا"
    "|قد يهمك|قد يهمك أيضا|الأكثر قراءة|آخر الأخبار|شارك|شارك المقال|شارك هذا الموضوع|تعليقات|التعليقات|أضف تعليقا"
    "|أضف تعليق|اترك تعليقا|اترك تعليقاً|اترك رد ا|اترك ردا|تابعنا|وسوم|كلمات مفتاحية|محتويات|عن الكاتب",
    "ilgili haberler|ilgili haber|ilgili yazılar|ilgili içerikler|benzer haberler|benzer yazılar|önerilen haberler"
    "|bunlar da ilginizi çekebilir|ilginizi çekebilir|son dakika|son haberler|en çok okunanlar|çok okunanlar|paylaş"
    "|haberi paylaş|yorumlar|yorum yap|yorum yaz|bir yorum yaz|bir yanıt yazın|bizi takip edin|etiketler|içindekiler",
)

# A line of these words only, or that begins with them and a colon, is a button, a label or an announcement.
LABELS = BOXES | _split(
    "advertisement|advertising|ad|sponsored|sponsored content|promoted|paid content|story continues below"
    "|story continues below advertisement|article continues below|article continues below ad|continue reading"
    "|read more|read next|read also|also read|see also|see more|show more|load more|learn more|find out more"
    "|more info|keep reading|watch|watch video|watch now|play video|play|listen|listen now|listen to this article"
    "|listen to article|share on|share via|share article|share story|share link|copy link|link copied|email|print"
    "|print this page|save|save article|bookmark|facebook|twitter|whatsapp|linkedin|pinterest|follow us on"
    "|subscribe today|sign up|sign up now|sign in|log in|login|register|comment|post comment|cancel reply|reply"
    "|written by|reviewed by|fact checked|fact checked by|medically reviewed by|image|photo|photos|image source"
    "|image credit|photo credit|credit|credits|getty images|getty|shutterstock|loading|close|menu|search|skip to content"
    "|skip to main content|back to top|previous|next|previous article|next article|previous post|next post"
    "|post navigation|donate|donate now|support us|get started|contact us|download now|buy now|shop now|book now"
    "|apply now|try it free|start free trial|get a quote|request a demo|book a demo|min read|minute read"
    "|opens in new tab|external link|headline|updated at|posted on|reading time|no thanks|enter email address"
    "|what to know|editor s note|view gallery|view comments|report an error|was this article helpful|was this helpful",
    "anzeige|werbung|lesen sie auch|lesen sie mehr|mehr lesen|weiterlesen|mehr dazu|mehr anzeigen|mehr erfahren"
    "|hintergrund|siehe auch|lies auch|lesetipp|empfohlen|empfohlener externer inhalt|externer inhalt"
    "|externer inhalt nicht verfügbar|drucken|merken|kommentieren|antworten|antwort abbrechen|diskutieren|anmelden"
    "|abonnieren|jetzt abonnieren|jetzt anmelden|registrieren|bildquelle|foto|fotos|bild|quelle|quellen|vorlesen"
    "|artikel anhören|zur startseite|nach oben|startseite|zurück|weiter|suche|grafik|fotocredit|redaktion|faktencheck",
    "publicité|annonce|à lire|lire la suite|lire plus|voir aussi|à voir aussi|en savoir plus|plus d infos|imprimer"
    "|commenter|réagir|répondre|s abonner|abonnez vous|je m abonne|s inscrire|se connecter|inscrivez vous"
    "|écouter l article|photo|crédit|crédits|crédit photo|accueil|retour en haut|rechercher",
    "publicidad|anuncio|lee también|lea también|leer también|más información|leer más|ver más|saber más"
    "|seguir leyendo|compartir en|comparte|imprimir|comentar|responder|suscríbete|suscribirse|suscríbase|regístrate"
    "|iniciar sesión|foto|fotos|imagen|fuente|inicio|volver arriba|buscar|menú|redacción",
    "pubblicità|annuncio|leggi di più|leggi tutto|continua a leggere|per approfondire|approfondisci|vedi anche"
    "|guarda anche|condividi su|stampa|commenta|rispondi|annulla risposta|iscriviti|abbonati|accedi|registrati|foto"
    "|fonte|torna su|cerca|riproduzione riservata",
    "publicidade|anúncio|leia mais|ler mais|ver mais|saiba mais|continue lendo|compartilhar|imprimir|comentar"
    "|responder|assine|inscreva se|subscrever|entrar|foto|imagem|crédito|fonte|voltar ao topo|buscar",
    "advertentie|reclame|lees meer|lees verder|lees hier|bekijk ook|meer lezen|afdrukken|reageer|reageren|abonneer"
    "|abonneren|inschrijven|aanmelden|inloggen|foto|beeld|bron|zoeken|terug naar boven",
    "reklama|czytaj więcej|czytaj dalej|zobacz również|przeczytaj też|przeczytaj również|więcej na ten temat"
    "|podziel się|drukuj|skomentuj|odpowiedz|zapisz się|subskrybuj|zaloguj się|zdjęcie|fot|foto|źródło|szukaj|do góry",
    "inzerce|čtěte více|čtěte i|přečtěte si|více k tématu|zobrazit vše|číst dál|číst více|tisknout"
    "|vstoupit do diskuse|odpovědět|odebírat|přihlásit se|registrovat|článek|foto|fotogalerie|zdroj|hledat|nahoru",
    "реклама|читати також|читайте ще|читати далі|читати більше|детальніше|дивіться також|поширити|друкувати"
    "|коментувати|скасувати відповідь|підписатися|підпишіться|увійти|зареєструватися|фото|джерело|пошук|вгору",
    "читать также|читайте ещё|читайте еще|читать далее|читать дальше|читать полностью|подробнее|смотрите также"
    "|смотреть также|распечатать|печать|комментировать|ответить|отменить ответ|подписаться|подпишитесь|войти"
    "|зарегистрироваться|фото|источник|поиск|наверх",
    "إعلان|إعلانات|اقرأ المزيد|المزيد|للمزيد|شاهد أيضا|شاهد أيضاً|مشاركة|طباعة|إلغاء الرد|رد|اشترك|اشترك الآن"
    "|تسجيل الدخول|تابعونا|المصدر|صورة|تصوير|بحث|الرئيسية",
    "reklam|ilan|daha fazla|daha fazla oku|devamını oku|haberin devamı|devamı için tıklayın|ayrıca okuyun|önerilen"
    "|yazdır|yanıtı iptal et|yanıtla|abone ol|üye ol|kayıt ol|giriş yap|takip et|fotoğraf|foto|kaynak|haberler"
    "|ana sayfa|bunu da oku",
)

# A line that begins with these words and a colon points elsewhere, or says whose a picture is.
PREFIXES = _split(
    "read more|read next|read also|also read|read|related|related story|related stories|related article|see also|more"
    "|related articles|related reading|see|watch|watch now|listen|learn more|find out more|up next|more on this|don t miss"
    "|photo|photos|image|images|image source|image credit|photo credit|credit|credits|picture|pictures|source|sources"
    "|image source|illustration|video|advertisement|follow|tags|filed under|topics|written by|reviewed by|share|editors"
    "|text|editing|editor|author|authors",
    "lesen sie auch|lesen sie mehr|lesen sie|lies auch|mehr zum thema|mehr dazu|siehe auch|auch interessant|lesetipp"
    "|foto|fotos|bild|bilder|quelle|quellen|grafik|bildquelle|fotocredit|redaktion|faktencheck|übersetzung|schlagwörter",
    "lire aussi|à lire aussi|à lire|lire|voir aussi|à voir|en savoir plus|photo|photos|crédit|crédits|crédit photo"
    "|source|mots clés",
    "lee también|lea también|lee|leer más|más información|te puede interesar|para saber más|foto|fotos|imagen|fuente"
    "|etiquetas|redacción",
    "leggi anche|leggi|vedi anche|guarda anche|per approfondire|foto|fonte|crediti|tag",
    "leia também|leia|leia mais|veja também|saiba mais|foto|imagem|fonte|crédito|tópicos",
    "lees ook|lees meer|lees|bekijk ook|foto|beeld|bron|tags",
    "czytaj także|czytaj też|czytaj|zobacz także|zobacz też|zobacz|przeczytaj także|fot|foto|zdjęcie|źródło|tagi",
    "čtěte také|čtěte|čtěte více|přečtěte si|přečtěte si také|foto|zdroj|související|témata",
    "читайте також|читайте|дивіться також|за темою|фото|джерело|відео|теги",
    "читайте также|читайте|смотрите также|по теме|фото|источник|видео|теги",
    "اقرأ أيضا|اقرأ أيضاً|إقرأ أيضا|شاهد أيضا|المصدر|تصوير|صورة|الكلمات الدلالية",
    "ilgili haber|ayrıca okuyun|bunu da oku|fotoğraf|foto|kaynak|etiketler|haberler",
)

# A line that begins so speaks to the visitor, or says whose the article is.
OPENERS = tuple(
    sorted(
        f"{phrase} "
        for phrase in _split(
            "read more about|read more from|related story|related stories|click here to|click here for|tap here to"
            "|sign up for|sign up to|subscribe to|subscribe now|subscribe here|follow us on|follow me on|follow us"
            "|join us on|join our|download our|get our|like us on|share this|share on|copyright|all rights reserved"
            "|photo by|photos by|image by|image via|photo via|photo courtesy|image courtesy|picture by|getty images"
            "|illustration by|file photo|reporting by|additional reporting by|editing by|writing by|with files from"
            "|with reports from|you may also be interested|more from|have a story|got a story|do you have a story"
            "|do you have a tip|our standards|prices were accurate",
            "lesen sie auch|lesen sie mehr|lesen sie hier|lesen sie dazu|lesen sie weiter|lies auch|folgen sie uns"
            "|abonnieren sie|melden sie sich|jetzt abonnieren|alle rechte vorbehalten|hat ihnen dieser artikel"
            "|das könnte sie auch|mit material von|mit informationen von|verwendete quellen",
            "lire aussi|à lire aussi|lire également|lire la suite|abonnez vous|inscrivez vous|suivez nous"
            "|tous droits réservés|retrouvez tous nos|crédit photo",
            "lee también|lea también|leer también|te puede interesar|suscríbete|suscríbase|síguenos|sigue leyendo"
            "|haz clic|todos los derechos reservados|con información de",
            "leggi anche|leggi di più|vedi anche|guarda anche|iscriviti alla|iscriviti al|abbonati|seguici|clicca qui"
            "|tutti i diritti riservati|riproduzione riservata",
            "leia também|leia mais|veja também|saiba mais|confira também|assine|inscreva se|siga nos|clique aqui"
            "|todos os direitos reservados|com informações d",
            "lees ook|lees meer|lees verder|bekijk ook|luister ook|volg ons|abonneer je|meld je aan|schrijf je in"
            "|klik hier|alle rechten voorbehouden",
            "czytaj także|czytaj też|czytaj również|czytaj więcej|przeczytaj także|przeczytaj też|przeczytaj również"
            "|zobacz także|zobacz też|zobacz również|obserwuj nas|zapisz się|subskrybuj|kliknij tutaj"
            "|wszelkie prawa zastrzeżone",
            "čtěte také|čtěte dále|čtěte více|přečtěte si také|přečtěte si|podívejte se také|sledujte nás|přihlaste se"
            "|všechna práva vyhrazena|mohlo by vás",
            "читайте також|читайте ще|читати також|дивіться також|слухайте також|підписуйтесь|підписуйтеся"
            "|підпишіться|стежте за нами|долучайтесь|приєднуйтесь|усі права|всі права",
            "читайте также|читайте ещё|читайте еще|читать также|смотрите также|слушайте также|подписывайтесь"
            "|подпишитесь|следите за нами|присоединяйтесь|все права",
            "اقرأ أيضا|اقرأ أيضاً|إقرأ أيضا|اقرأ المزيد|شاهد أيضا|للمزيد|تابعونا|تابعنا|اشترك|جميع الحقوق|حقوق النشر",
            "ayrıca bakınız|ayrıca okuyun|bunu da|ilgili haber|devamını oku|takip edin|abone ol|tüm hakları"
            "|her hakkı saklıdır",
        )
    )
)

# A line in which these words stand anywhere speaks to the visitor.
APPEALS = tuple(
    sorted(
        _split(
            "your email address will not|your e mail address will not|required fields are marked|this site uses akismet"
            "|save my name email|notify me of new|notify me of follow|you must be logged in|all rights reserved"
            "|may not be published broadcast|may not be reproduced|sign up for our|sign up to our|sign up to receive"
            "|sign up here|subscribe to our|to your inbox|in your inbox|into your inbox|to unsubscribe|unsubscribe at any"
            "|you can unsubscribe|by signing up|by subscribing|by entering your|by providing your"
            "|terms of use and privacy|terms of service and privacy|our privacy policy|and privacy policy"
            "|protected by recaptcha|enable javascript|your browser does not support|we use cookies|as an amazon associate|"
            "thank you for subscribing|thanks for subscribing"
            "|thanks for signing up|thank you for signing up|already a subscriber|subscribe to continue"
            "|subscribe to read|subscribe to keep reading|to continue reading|create a free account|log in to comment"
            "|prices were accurate|this article was originally published|this article originally appeared"
            "|this story was originally published|republished from|republished with permission"
            "|contributed to this report|contributed to this story|contributed to this article|contributed reporting"
            "|advertiser disclosure|follow us on facebook|follow us on twitter|follow us on instagram"
            "|follow her on twitter|follow him on twitter|get in touch with us|get in touch at|story to tell email"
            "|no credit card required|something went wrong while submitting|rate limited or blocked"
            "|submission has been received|share your thoughts|join the conversation in the comments",
            "mail adresse wird nicht|erforderliche felder sind|aktivieren sie javascript|alle rechte vorbehalten"
            "|newsletter abonnieren|jederzeit abbestellen|jederzeit widerrufen|wir verwenden cookies"
            "|mit der anmeldung|mit ihrer anmeldung|datenschutzerklärung|provisionslinks"
            "|mit einem klick auf|privatsphäre einstellungen|externen inhalt|externe inhalte angezeigt"
            "|personenbezogene daten an drittplattformen|hat ihnen dieser artikel gefallen|in unserem newsletter"
            "|unseren newsletter|unser newsletter|täglichen newsletter|news app|social media ob whatsapp",
            "votre adresse e mail ne sera|votre adresse de messagerie ne sera|champs obligatoires|tous droits réservés"
            "|activer javascript|notre newsletter|en vous inscrivant|réservé aux abonnés|réservée aux abonnés"
            "|politique de confidentialité|dans votre boîte mail",
            "correo electrónico no será publicad|campos obligatorios están|los derechos reservados|nuestro boletín"
            "|nuestra newsletter|en tu correo|política de privacidad|exclusivo para suscriptores|para seguir leyendo",
            "indirizzo email non sarà|campi obbligatori sono|i diritti riservati|riproduzione riservata"
            "|nostra newsletter|informativa sulla privacy|riservato agli abbonati",
            "endereço de e mail não será|endereço de email não será|campos obrigatórios são|os direitos reservados"
            "|nossa newsletter|política de privacidade|exclusivo para assinantes",
            "mailadres wordt niet|mailadres zal niet|vereiste velden zijn|alle rechten voorbehouden|onze nieuwsbrief"
            "|privacybeleid|exclusief voor abonnees",
            "mail nie zostanie opublikowany|wymagane pola są|prawa zastrzeżone|nasz newsletter|naszego newslettera"
            "|polityka prywatności|politykę prywatności|materiału pod wideo|dalsza część artykułu",
            "mailová adresa nebude|vyžadované informace jsou|práva vyhrazena|odběru novinek|ochrany osobních údajů",
            "mail адреса не оприлюднюватиметься|обов язкові поля позначені|права захищен|наш телеграм|наш telegram"
            "|знайшли помилку|ctrl enter|на наш канал",
            "mail не будет опубликован|обязательные поля помечены|права защищены|наш телеграм|наш telegram"
            "|нашли ошибку|на наш канал|в россии иностранным агентом|иностранного агента",
            "لن يتم نشر عنوان بريدك|الحقول الإلزامية|الحقوق محفوظة|النشرة البريدية|النشرة الإخبارية",
            "posta hesabınız yayımlanmayacak|posta adresiniz yayınlanmayacak|gerekli alanlar|hakları saklıdır"
            "|bültenimize abone|gizlilik politikası",
        )
    )
)

# Words of which a line that only says when, or how long to read, is made.
TIMES = frozenset(
    "january february march april may june july august september october november december jan feb mar apr jun jul aug "
    "sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri "
    "sat sun januar jänner februar märz mai juni juli oktober dezember mrz okt dez montag dienstag mittwoch donnerstag "
    "freitag samstag sonntag mo di mi do fr sa so janvier février fevrier mars avril juin juillet août aout septembre "
    "octobre novembre décembre lundi mardi mercredi jeudi vendredi samedi dimanche enero febrero marzo abril mayo junio "
    "julio agosto septiembre octubre noviembre diciembre lunes martes miércoles jueves viernes sábado domingo gennaio "
    "febbraio aprile maggio giugno luglio settembre ottobre dicembre lunedì martedì mercoledì giovedì venerdì sabato "
    "domenica janeiro fevereiro março maio junho julho setembro outubro novembro dezembro segunda terça quarta quinta "
    "sexta feira januari februari maart mei augustus maandag dinsdag woensdag donderdag vrijdag zaterdag zondag "
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia poniedziałek "
    "wtorek środa czwartek piątek sobota niedziela ledna února března dubna května června července srpna září října "
    "listopadu prosince pondělí úterý středa čtvrtek pátek neděle січня лютого березня квітня травня червня липня "
    "серпня вересня жовтня листопада грудня понеділок вівторок середа четвер п ятниця субота неділя января февраля "
    "марта апреля мая июня июля августа сентября октября ноября декабря понедельник вторник среда четверг пятница "
    "суббота воскресенье يناير فبراير مارس أبريل إبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر الأحد "
    "الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım "
    "aralık pazartesi salı çarşamba perşembe cuma cumartesi pazar am pm a m p st nd rd th et est edt ct pt pst pdt gmt "
    "utc bst cet cest mez msk t z h min mins minute minutes hour hours day days ago uhr stand published updated update "
    "posted on at last modified first date the of de du da del le la el um am vom veröffentlicht aktualisiert erstellt "
    "geändert lesezeit minuten vor stunden tagen gestern heute publié mis à jour par modifié il y lecture heures "
    "publicado actualizado actualizada hace horas hrs lectura pubblicato aggiornato ore minuti atualizado em às há "
    "leitura gepubliceerd bijgewerkt gewijzigd geplaatst om uur leestijd geleden opublikowano aktualizacja dodano godz "
    "godzin temu minut publikováno aktualizováno dnes včera hodin hod опубліковано оновлено сьогодні вчора о год хв "
    "опубликовано обновлено сегодня вчера в ч мин г года р назад تم النشر آخر تحديث نشر في قبل ساعة دقيقة yayınlanma "
    "güncelleme giriş tarihi son saat dakika önce read reading time share teilen a las los alle del op at the".split()
)

# A short line that begins so names who wrote.
WRITTEN_BY = tuple(
    f"{word} "
    for word in (
        "by|words by|written by|story by|posted by|von|vom|par|por|di|da|door|autor|autorka|autore|auteur|текст|автор"
        "|авторка|بقلم|كتب|yazan|texto|testo|tekst|redacción"
    ).split("|")
)

"""The class names and ids of an element become groups of words that tell what sites put there."""

import re
from itertools import pairwise

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_LONGEST = 400  # characters of names

# Words that sites give to what holds such text; some are of several groups. Which of them tell, and how much, the
# forest learnt.
GROUPS = {
    "lead": "lead lede intro introduction standfirst summary subtitle subhead subheadline subheading dek deck excerpt "
    "abstract chapo chapeau sapo perex description vorspann entradilla ingress sommario bajada hat preamble "
    "anons strapline subtitulo sottotitolo occhiello sous lid",
    "body": "body content text paragraph copy articlebody story post entry article prose richtext wysiwyg rich para "
    "maincontent texte texto testo tekst contenido inhalt",
    "caption": "caption credit credits figure photo photos image images img media gallery video picture legend "
    "figcaption thumbnail slideshow wp",
    "author": "author authors byline bylines bio contributor contributors profile writer avatar signature editor "
    "autor auteur autore reporter staff about",
    "related": "related recommended recommend recommendation recommendations more similar links latest trending "
    "popular next teaser teasers card cards listing recirc recirculation suggested further most topstories "
    "onward rail river mehr verwandt relacionadas correlati",
    "promo": "promo promotion newsletter newsletters subscribe subscription signup cta banner ad ads advert adverts "
    "advertisement sponsor sponsored donate donation support offer offers paywall membership member app widget "
    "form marketing product products buy shop affiliate deal coupon werbung anzeige reklama publicidad",
    "meta": "date time meta info tags tag topic topics category categories published updated timestamp label labels "
    "badge keywords dateline section eyebrow kicker datum reading location",
    "share": "share shares sharing social socials follow toolbar tools actions action buttons button btn print icons",
    "comment": "comment comments disqus reply replies discussion respond conversation feedback rating",
    "menu": "nav navigation menu toc contents index pagination pager breadcrumb breadcrumbs jump anchor sidebar "
    "footer header modal popup overlay cookie consent gdpr tabs tab breaking ticker",
    "box": "box boxes factbox infobox callout notice disclaimer note notes footnote footnotes aside highlight "
    "highlights key takeaways faq accordion references sources source correction read",
    "quote": "quote quotes pullquote blockquote embed embedded tweet twitter instagram facebook youtube pull "
    "interactive iframe social chart",
    "title": "title headline heading hed header",
}
_BITS = {
    word: sum(1 << place for place, words in enumerate(GROUPS.values()) if word in words.split())
    for words in GROUPS.values()
    for word in words.split()
}
_PAIRS = {
    "sub title": "lead",
    "sub headline": "lead",
    "sub heading": "lead",
    "stand first": "lead",
    "read more": "related",
    "read next": "related",
    "see also": "related",
    "article body": "body",
    "post content": "body",
    "entry content": "body",
    "table contents": "menu",
    "about author": "author",
}
_ORDER = list(GROUPS)
LEAD = 1 << _ORDER.index("lead")
ASIDE = sum(1 << _ORDER.index(name) for name in ("caption", "author", "related", "promo", "share", "comment", "menu"))


def groups_in(names: str) -> int:
    """The groups that words in these names belong to, a bit for each."""
    words = [word.lower() for word in _WORD.findall(names[:_LONGEST])]
    bits = 0
    for word in words:
        bits |= _BITS.get(word, 0)
    for first, second in pairwise(words):
        group = _PAIRS.get(f"{first} {second}")
        if group:
            bits |= 1 << _ORDER.index(group)
    return bits

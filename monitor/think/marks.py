"""The tag, names and style of an element become a mark: here seldom stands the article."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from lxml.html import HtmlElement

from monitor.think.unseen import is_unseen

_TAGS = frozenset("nav footer aside form figure fieldset dialog menu".split())
_ROLES = frozenset("navigation complementary contentinfo dialog alertdialog search form menu".split())
_WHOLE = frozenset(("body", "main", "article", "html"))
# Sites name a heading or a paragraph after its words: a story about cookies has one with the id "cookies".
_TEXT_TAGS = frozenset("h1 h2 h3 h4 h5 h6 p li blockquote dt dd td".split())
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")

# Words of class names and ids under which sites keep what is not the article; then such pairs of words.
# Each stands for a place with less article than other text on the development pages, or on none of them.
_WORDS = frozenset(
    "related recommended recommendation recommendations recommend newsletter newsletters share shares sharing "
    "sharedaddy sharebar social socials comment comments commentlist respond disqus breadcrumb breadcrumbs crumbs "
    "sidebar promo promos promotion sponsored sponsor advert adverts advertisement advertising ad ads adslot "
    "advertorial banner taboola outbrain byline bylines author authors bio tags taglist caption captions credit "
    "credits copyright cookie cookies consent gdpr pagination pager toolbar tooltip popup modal overlay lightbox "
    "trending popular subscribe subscription signup paywall donate donation donations poll teaser teasers toc "
    "timestamp "
    "timestamp nav navigation navbar menu submenu footer footnav skip widget kicker eyebrow dateline pubdate "
    "readmore disclaimer affiliate slideshow carousel gallery login register feedback rating ratings "
    "tweet twitter instagram facebook youtube".split()
)
_PAIRS = frozenset(
    (
        *("read more", "read next", "read also", "also read", "see also", "more on", "more from", "more stories"),
        *(
            "more news",
            "most read",
            "most popular",
            "most viewed",
            "sign up",
            "next post",
            "prev post",
            "previous post",
        ),
        *("post nav", "table contents", "of contents", "post meta", "entry meta", "article meta", "post tags"),
        *("top stories", "latest news", "up next", "you may", "follow us", "about author", "post date", "article date"),
        *("publish date", "read time", "reading time", "entry footer", "post footer", "article footer"),
    )
)
_HIDDEN_PAIRS = frozenset(("screen reader", "sr only", "visually hidden", "is hidden", "print only", "u hidden"))
# Site builders give these words to what holds the article, too: they tell against scraps, not against prose.
_WEAK = frozenset(
    "teaser social ad widget figure banner toc bio popular credit recommended recommendation rating taglist kicker "
    "navigation paywall advertorial slideshow youtube facebook instagram".split()
)
_NEVER_ARTICLE = frozenset("comment comments commentlist consent cookie cookies gdpr respond disqus".split())
SELDOM = _NEVER_ARTICLE | {"hidden", "footer", "nav", "form"}
_SCRAP = 300  # characters: what is left of an article when all else is marked


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """A place that seldom holds the article: the word that says so, and the marked place around it."""

    word: str
    outer: "Mark | None" = None

    def chain(self) -> Iterator["Mark"]:
        """Itself and all around it, from the inside out."""
        mark: Mark | None = self
        while mark is not None:
            yield mark
            mark = mark.outer


@dataclass(frozen=True, slots=True)
class Pardon:
    """Marks that tell nothing on this page: most of its prose stands under them."""

    marks: frozenset[Mark]
    words: frozenset[str]

    def word(self, mark: Mark | None, *, sound: bool) -> str:
        """Why a place is beside the article, or nothing; `sound` text is not judged by the weak words."""
        for place in mark.chain() if mark else ():
            weak = sound and place.word in _WEAK
            if not weak and place not in self.marks and place.word not in self.words:
                return place.word
        return ""


def pardon(places: Sequence[tuple[Mark | None, float]]) -> Pardon:
    """Find the marks that tell nothing; `places` has the mark and the weight of each piece of prose."""
    total = sum(weight for _, weight in places)
    by_mark: defaultdict[Mark, float] = defaultdict(float)
    for mark, weight in places:
        for place in mark.chain() if mark else ():
            by_mark[place] += weight
    marks = frozenset(mark for mark, weight in by_mark.items() if _holds_the_page(mark.word, weight, total))
    sure = 0.0
    by_word: defaultdict[str, float] = defaultdict(float)
    for mark, weight in places:
        telling = {place.word for place in (mark.chain() if mark else ()) if place not in marks}
        for word in telling:
            by_word[word] += weight
        sure += 0 if telling & SELDOM else weight
    spared = frozenset(word for word, weight in by_word.items() if weight > sure / 2 and word not in SELDOM)
    return Pardon(marks, spared)


def _holds_the_page(word: str, weight: float, total: float) -> bool:
    if word in _NEVER_ARTICLE:
        return weight > total - _SCRAP
    return weight > total * (0.9 if word in SELDOM else 0.5)


def mark_word(element: HtmlElement) -> str:
    """What marks an element as a place beside the article; empty when nothing does."""
    tag = element.tag
    attributes = element.attrib
    if _hides(element):
        return "hidden"
    if tag in _WHOLE:
        return ""
    if tag in _TAGS:
        return str(tag)
    role = attributes.get("role")
    if role in _ROLES:
        return str(role)
    name = attributes.get("class", "")
    if tag not in _TEXT_TAGS:
        name += " " + attributes.get("id", "")
    return _word_of(name) if name else ""


def is_hidden(element: HtmlElement) -> bool:
    """Whether an element in a line is not shown."""
    name = element.get("class")
    return _hides(element) or (name is not None and _word_of(name) == "hidden")


def _hides(element: HtmlElement) -> bool:
    attributes = element.attrib
    if not attributes:
        return False
    if "hidden" in attributes:
        # React sends what comes late in hidden pieces, named S:0 and so on, and its script moves them into the page.
        return not attributes.get("id", "").startswith("S:")
    if attributes.get("aria-hidden") == "true":
        return True
    return is_unseen(element)


@lru_cache(maxsize=8192)
def _word_of(name: str) -> str:
    words = [word.lower() for word in _WORD.findall(name[:400])]
    pairs = [f"{first} {second}" for first, second in pairwise(words)]
    if not _HIDDEN_PAIRS.isdisjoint(pairs):
        return "hidden"
    found = next((word for word in words if word in _WORDS), "")
    return found or next((pair for pair in pairs if pair in _PAIRS), "")

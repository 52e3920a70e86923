"""The articles of a story become its headline and its extract: what most of its voices say, in words of theirs."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from monitor.model import Article
from monitor.think.press import Press, outlet_of
from monitor.think.sentences import Sentence, sentences, stems
from monitor.think.voices import group_copies, in_order

MOST = 120  # articles that are looked at: the earliest and the latest of each voice
_OPENING = 12  # sentences of an article that are looked at
_LENGTH = (40, 350)  # characters of a sentence that may stand in an extract
_EXTRACT = 700  # characters
_SENTENCES = 4
_LEAD = 600  # characters of a first paragraph that are looked at
_READ = 20_000  # characters of a text
_OWN = 0.1  # of a vote: what it counts for others of the same house
_LEAST = 0.25  # of what the best sentence is worth: below that an extract ends
_PLACES = {0: 1.3, 1: 1.15, 2: 1.05}  # what the first sentences of an article are worth more
# How much a title loses for each sign of noise, and for a length that is none of a headline.
_NOISE = 0.75
_LOUD = re.compile(r"[!¡‼❗]|\?\s*$|[\U0001F300-\U0001FAFF☀-➿]|\.\.\.|…")
_TITLE = (20, 140)  # characters
_TERMINAL = tuple(".!?…؟۔।。！？")
_CLOSING = "\"'”’»)]"
# What sites say of themselves within their texts.
_BOILERPLATE = re.compile(
    r"https?://|www\.|@|\b(?:subscribe|newsletter|sign up|read more|read also|follow us|click here|cookies?|whatsapp|"
    r"telegram|facebook|instagram|all rights reserved|abonn\w*|newsletters|lesen sie|lire aussi|leggi anche|"
    r"lea también|"
    r"czytaj też|czytaj także)\b|читайте|подпис\w+|підпис(?:уйтесь|атися)|©|اقرأ أيضا|إقرأ|اشترك",
    re.IGNORECASE,
)
# A place, a date and an agency before a text: no part of its first sentence.
_DATELINE = re.compile(r"^[^.!?\n]{0,70}?(?:\([^()]{2,30}\)|/[^/\n]{2,30}/\.?)\s*[-–—.:]*\s*")

Found = tuple[Article, int, Sentence]  # a sentence, and its place in its article


@dataclass(frozen=True, slots=True)
class Quotation:
    """A sentence of an article, as it stands there."""

    text: str
    article_id: int
    outlet: str
    start: int  # in the article's text
    end: int


def headline(articles: Sequence[Article], press: Press, prefer: Sequence[str] = ()) -> str:
    """The title that has most in common with the others; not that of a copy where there is its original.

    Each voice has one vote, whatever number of articles it brings; noise costs. Of equals the earliest wins.
    """
    titled = [article for article in _pool(articles, prefer) if article.title.strip()]
    if not titled:
        return next((article.title for article in in_order(articles) if article.title.strip()), "")
    houses = _houses(titled, press)
    votes = _votes(houses)
    words = [frozenset(stems(article.title)) for article in titled]
    leads = [frozenset(stems(article.lead[:_LEAD])) for article in titled]

    def centrality(at: int) -> float:
        own_house = houses[titled[at].id]
        others = [
            (votes[each.id] * (_OWN if houses[each.id] == own_house else 1.0), words[of], leads[of])
            for of, each in enumerate(titled)
            if of != at
        ]
        shared = sum(vote * (_alike(words[at], title) + _held(words[at], lead)) for vote, title, lead in others)
        own = votes[titled[at].id] * _held(words[at], leads[at])
        return round((shared + own) * _calm(titled[at].title), 9)

    return titled[max(range(len(titled)), key=lambda at: (centrality(at), -at))].title


def extract(articles: Sequence[Article], press: Press, prefer: Sequence[str] = ()) -> tuple[Quotation, ...]:
    """A few sentences that say what most voices say, each another thing, as they stand in the texts, by time."""
    pool = _pool(articles, prefer)
    found = [(article, place, said) for article in pool for place, said in _usable(article)]
    found = _without_fixtures(found, press)
    words = [frozenset(stems(said.text)) for _, _, said in found]
    support = _support(found, words, _votes(_houses(pool, press)))
    worth = [_worth(words[at], support, found[at][1]) for at in range(len(found))]
    chosen: list[int] = []
    room = _EXTRACT
    while len(chosen) < _SENTENCES:
        fitting = [at for at in range(len(found)) if at not in chosen and len(found[at][2].text) <= room]
        fresh = {at: worth[at] * _freshness(words[at], [words[other] for other in chosen]) for at in fitting}
        best = max(fitting, key=lambda at: (fresh[at], -at), default=None)
        if best is None or fresh[best] <= (worth[chosen[0]] * _LEAST if chosen else 0.0):
            break
        chosen.append(best)
        room -= len(found[best][2].text)
    quoted = (found[at] for at in sorted(chosen))
    return tuple(
        Quotation(said.text, article.id, outlet_of(article, press).name, said.start, said.end)
        for article, _, said in quoted
    )


def language_of(articles: Sequence[Article], prefer: Sequence[str] = ()) -> str:
    """The language to tell a story in: the first of those preferred that it is told in, else that of most articles."""
    counts = Counter(_primary(article) for article in articles)
    wanted = next((language for language in prefer if counts[language]), None)
    if wanted is not None:
        return wanted
    first = {language: at for at, language in reversed(list(enumerate(map(_primary, in_order(articles)))))}
    return min(counts, key=lambda language: (-counts[language], first[language]), default="")


def _pool(articles: Sequence[Article], prefer: Sequence[str]) -> list[Article]:
    """The articles of the language to tell in, without copies, in order of time; of very many the two ends."""
    groups = group_copies(in_order(articles))
    originals = [group[0] for group in groups.values()]
    language = language_of(originals, prefer)
    pool = in_order([article for article in originals if _primary(article) == language])
    return pool if len(pool) <= MOST else [*pool[: MOST // 2], *pool[-MOST // 2 :]]


def _primary(article: Article) -> str:
    return article.language.partition("-")[0]


def _houses(pool: Iterable[Article], press: Press) -> Mapping[int, str]:
    """With which voice each article speaks."""
    return {
        article.id: article.agencies[0] if article.agencies else outlet_of(article, press).owner for article in pool
    }


def _votes(houses: Mapping[int, str]) -> Mapping[int, float]:
    """What each article's word counts: one voice has one vote, which its articles share."""
    sizes = Counter(houses.values())
    return {number: 1 / sizes[house] for number, house in houses.items()}


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / (len(one) * len(other)) ** 0.5 if one and other else 0.0


def _held(title: frozenset[str], lead: frozenset[str]) -> float:
    """How much of a title a lead holds."""
    return len(title & lead) / (len(title) + 2) if title else 0.0


def _calm(title: str) -> float:
    """What is left of a title's worth for the noise that it makes."""
    letters = [letter for letter in title if letter.isalpha()]
    loud = sum(letter.isupper() for letter in letters) > 0.6 * len(letters) > 0
    noise = loud + len(_LOUD.findall(title)) + (not _TITLE[0] <= len(title) <= _TITLE[1])
    return _NOISE ** min(noise, 6)


def _usable(article: Article) -> Iterator[tuple[int, Sentence]]:
    """The first sentences of an article that may be shown by themselves, with their places."""
    for place, said in enumerate(islice(sentences(article.text[:_READ]), _OPENING)):
        bare = _without_dateline(said) if place == 0 else said
        if _LENGTH[0] <= len(bare.text) <= _LENGTH[1] and _is_whole(bare.text) and not _BOILERPLATE.search(bare.text):
            yield place, bare


def _without_fixtures(found: list[Found], press: Press) -> list[Found]:
    """Without what an outlet puts into several of its articles; of what several outlets print, the first."""
    uses = Counter((outlet_of(article, press).key, said.text) for article, _, said in found)
    kept: dict[str, Found] = {}
    for article, place, said in found:
        if uses[outlet_of(article, press).key, said.text] == 1:
            kept.setdefault(said.text, (article, place, said))
    return list(kept.values())


def _support(found: list[Found], words: list[frozenset[str]], votes: Mapping[int, float]) -> Mapping[str, float]:
    """Which share of the voices uses each word, less what a single one makes up: what one alone says is not central."""
    by_article: dict[int, set[str]] = {}
    for (article, _, _), said in zip(found, words, strict=True):
        by_article.setdefault(article.id, set()).update(said)
    voices = sum(votes[number] for number in by_article)
    total: dict[str, float] = {}
    for number, held in by_article.items():
        for word in held:
            total[word] = total.get(word, 0.0) + votes[number]
    return {word: (count - 0.5) / max(voices - 0.5, 0.5) for word, count in total.items() if count > 0.5}


def _worth(words: frozenset[str], support: Mapping[str, float], place: int) -> float:
    """How central a sentence is: what its words are worth, less for long ones; openings say most."""
    said = sum(support.get(word, 0.0) for word in sorted(words))  # in order: else rounding would differ between runs
    return float(said / (len(words) + 4) ** 0.6 * _PLACES.get(place, 1.0))


def _freshness(words: frozenset[str], chosen: Iterable[frozenset[str]]) -> float:
    """How much of a sentence was not said by those that are chosen."""
    said = frozenset().union(*chosen)
    return 1 - len(words & said) / max(len(words), 1)


def _without_dateline(said: Sentence) -> Sentence:
    found = _DATELINE.match(said.text)
    if not found or found.end() >= len(said.text):
        return said
    return Sentence(said.text[found.end() :], said.start + found.end(), said.end)


def _is_whole(text: str) -> bool:
    """Whether a sentence ends as one does, and begins as one does."""
    return text.rstrip(_CLOSING).endswith(_TERMINAL) and not text[0].islower()

"""A text, or an article, becomes the articles of the archive that are most like it, with what they share."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from monitor.archive import Archive
from monitor.edge.database import reading
from monitor.edge.likeness import count_articles, holding, naming, wordings
from monitor.edge.mentions import names_in
from monitor.edge.search import find_articles
from monitor.model import Article
from monitor.think.entities import WORDS
from monitor.think.likeness import (
    MAX_TEXT,
    Likeness,
    Sample,
    Wording,
    compare,
    joined,
    names_alike,
    nominate,
    rarity_of,
    sample,
)
from monitor.think.match import read

# Articles that a word or name leads to, the newest: what more of them have tells little.
LED_TO = 600
_NAMES = 12  # that lead to articles, the rarest
_NAME_WORTH = 0.3  # of a name as a lead, beside the words, whose weights are shares of a vector of length 1
LEAST = 0.08  # what is less like it is not


@dataclass(frozen=True, slots=True)
class Alike:
    """An article that is like the text, how much so (from 0 to 1), and by which words and names."""

    article: Article
    score: float
    words: tuple[str, ...]
    names: tuple[str, ...]  # ids of entities


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is looked for, by words and by names."""

    sample: Sample
    rarity: dict[str, float]  # of its names


def alike(archive: Archive, article: Article, limit: int = 10) -> tuple[Alike, ...]:
    """The articles most like one, itself left out; it need not be of the archive.

    The work is bounded, however large the archive is: a few words and names lead to some hundred articles each, and
    of all these the most promising are compared.
    """
    body = article.text or article.content or article.summary
    drawn = sample(article.title, body, article.language)
    engine, total = archive.engine, count_articles(archive.engine)
    led = holding(engine, [lead.forms for lead in drawn.leads], LED_TO)
    names = _names(archive, article)
    named = naming(engine, names, LED_TO)
    rarity = {name: rarity_of(len(ids), total) for name, ids in zip(names, named, strict=True)}
    rarest = sorted(zip(names, named, strict=True), key=lambda pair: len(pair[1]))[:_NAMES]
    found = [(lead.weight, ids) for lead, ids in zip(drawn.leads, led, strict=True)]
    found += [(_NAME_WORTH, ids) for _, ids in rarest if len(ids) < LED_TO]
    promising = [id_ for id_ in nominate(found, total) if id_ != article.id]
    return _best(archive, _Asked(drawn, rarity), promising, limit)


def _names(archive: Archive, article: Article) -> list[str]:
    """The entities that an article names, lists of common words left out."""
    known = archive.rules.entities.by_id
    return sorted(
        id_ for id_ in read(article, archive.rules.compiled).names if id_ in known and known[id_].kind != WORDS
    )


def _best(archive: Archive, asked: _Asked, ids: Sequence[int], limit: int) -> tuple[Alike, ...]:
    with reading(archive.engine) as connection:
        texts = wordings(connection, ids, MAX_TEXT)
        named = names_in(connection, ids) if asked.rarity else {}
    there = [id_ for id_ in ids if id_ in texts]
    likenesses = compare(asked.sample, [Wording(*texts[id_]) for id_ in there])
    judged = [
        (id_, *_judge(asked, likeness, named.get(id_, ()))) for id_, likeness in zip(there, likenesses, strict=True)
    ]
    judged = sorted((each for each in judged if each[1] >= LEAST), key=lambda each: (-each[1], -each[0]))[:limit]
    kept = find_articles(archive.engine, [each[0] for each in judged])
    return tuple(
        Alike(kept[id_].article, round(score, 4), words, names) for id_, score, words, names in judged if id_ in kept
    )


def _judge(asked: _Asked, like: Likeness, named: Collection[str]) -> tuple[float, tuple[str, ...], tuple[str, ...]]:
    """How like it an article is, by which words, and by which names, the rarest first."""
    score = joined(like.score, names_alike(asked.rarity, named, asked.rarity))
    shared = sorted((name for name in asked.rarity if name in named), key=lambda name: -asked.rarity[name])
    return score, like.shared, tuple(shared)

"""Wikidata's JSON becomes entities: labels and aliases their names, what they are an instance of their kind."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from monitor.errors import ParseError
from monitor.model import Entity, Name
from monitor.think.inflect.spelling import spellings
from monitor.think.language import clean, tokens

LANGUAGES = tuple("en uk ru ar de fr pl es it tr fa zh".split())
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,8})?")
UNSURE = 0.5  # how surely a name that is an ordinary word too means the entity

_ANY = "mul"  # the language of names that are the same in many
_LONGEST = 100  # characters of a name that news would spell out
_SLUG = 60  # characters of an id
_SHORT = 2  # letters that mean too much, whatever they are
_BRIEF = 3  # letters that do unless they are capitals

# What something is an instance of, where that tells its kind.
_KINDS = {
    "person": "Q5",
    "place": (
        "Q6256 Q3624078 Q3024240 Q7275 Q123480 Q515 Q1549591 Q1637706 Q5119 Q3957 Q532 Q486972 Q7930989 Q56061 "
        "Q10864048 Q3348196 Q835714 Q41162 Q831740 Q15239622 Q82794 Q23442 Q34763 Q4022 Q165 Q37901 Q23397 Q39594 "
        "Q1248784 Q44782 Q12280 Q12323 Q134447 Q159719"
    ),
    "organisation": (
        "Q43229 Q484652 Q245065 Q4120211 Q7210356 Q1127126 Q7278 Q4830453 Q783794 Q6881511 Q891723 Q192350 Q327333 "
        "Q176799 Q772547 Q37726 Q4508 Q732717 Q47913 Q192283 Q11032 Q35535 Q31855 Q22687 Q708676"
    ),
    "weapon": (
        "Q728 Q15142889 Q15142894 Q137188246 Q18643213 Q15056993 Q15056995 Q216916 Q127771 Q12876 Q2031121 Q559026"
    ),
    "event": "Q198 Q178561 Q188055 Q180684 Q350604 Q645883 Q1190554 Q1656682 Q40231 Q625994 Q1072326",
    "agreement": "Q131569 Q625298 Q93288",
}
_KIND_OF = {qid: kind for kind, listed in _KINDS.items() for qid in listed.split()}
# Pages of Wikipedia that stand for nothing in the world: of many meanings, lists, categories, templates.
_PAGES = frozenset("Q4167410 Q13406463 Q4167836 Q11266439".split())


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be taken from Wikidata, and what to make of it."""

    languages: tuple[str, ...] = LANGUAGES
    group: str = ""
    kind: str = ""  # of entities whose own kind is not obvious
    spellings: bool = False  # whether Slavic surnames are to be known by all their usual Latin spellings


def read_items(document: object) -> Iterator[object]:
    """The items in a JSON document: one of them, a list, or what the entity data of a wiki holds."""
    if isinstance(document, list):
        for each in document:
            yield from read_items(each)
    elif isinstance(document, dict) and isinstance(document.get("entities"), dict | list):
        held = document["entities"]
        yield from held.values() if isinstance(held, dict) else held
    else:
        yield document


def qid_of(item: object) -> str:
    """The Wikidata id that an item gives itself; empty when it gives none."""
    found = item.get("id") if isinstance(item, dict) else None
    return found if isinstance(found, str) and found[:1] == "Q" and found[1:].isdecimal() and found.isascii() else ""


def read_item(item: object, wanted: Wanted) -> Entity:
    """One item as an entity; ParseError says why it cannot be one."""
    qid = qid_of(item)
    if not isinstance(item, dict) or not qid:
        told = str(item.get("id", "?"))[:20] if isinstance(item, dict) else "?"
        raise ParseError(f"{told}: not an item of Wikidata")
    if "missing" in item:
        raise ParseError(f"{qid}: there is no such item")
    classes = list(_classes(item))
    if _PAGES.intersection(classes):
        raise ParseError(f"{qid}: a page of Wikipedia, and nothing in the world")
    names = tuple(_names(item, wanted.languages))
    if not names:
        raise ParseError(f"{qid}: no name in {', '.join(wanted.languages)}")
    kind = next((_KIND_OF[each] for each in classes if each in _KIND_OF), wanted.kind or "other")
    if wanted.spellings and kind == "person":
        names = (*names, *_spell_surname(names))
    return Entity(_slug(item, names, qid), kind, names, qid, groups=(wanted.group,) if wanted.group else ())


def join_twins(entities: Iterable[Entity]) -> tuple[Entity, ...]:
    """Entities with one Wikidata id as one, with all their names."""
    joined: dict[str, Entity] = {}
    for entity in entities:
        known = joined.get(entity.qid)
        joined[entity.qid] = replace(known, names=(*known.names, *new_names(known, entity))) if known else entity
    return tuple(joined.values())


def new_names(known: Entity, found: Entity) -> tuple[Name, ...]:
    """The names of what was found that what is known has not."""
    had = {(name.language, tokens(name.text)) for name in known.names}
    return tuple(name for name in found.names if (name.language, tokens(name.text)) not in had)


def settle_id(entity: Entity, taken: Collection[str]) -> Entity:
    """The entity under an id that nothing else has."""
    ids = (entity.id, f"{entity.id}-{entity.qid.lower()}", entity.qid.lower())
    return replace(entity, id=next((each for each in ids if each not in taken), ids[-1]))


def doubt_name(text: str) -> str:
    """Why a name may well mean something else; empty when nothing speaks for that."""
    run = tokens(text)
    if all(word.isdecimal() for word in run):
        return "only digits"
    if len(run) > 1:
        return ""
    if len(run[0]) <= _SHORT or (len(run[0]) <= _BRIEF and not text.isupper()):
        return "so short a word means much else"
    return "written small, like an ordinary word" if text.islower() else ""


def _names(item: Mapping[str, Any], languages: tuple[str, ...]) -> Iterator[Name]:
    """Label and aliases in each language, without doubles."""
    for language in languages:
        seen = set()
        for code in _codes(item, language, languages):
            for text in _texts(item, code):
                run = tokens(text)
                if run and run not in seen and "*" not in text and len(text) <= _LONGEST:
                    seen.add(run)
                    yield Name(text, language, UNSURE if doubt_name(text) else 1.0)


def _spell_surname(names: Sequence[Name]) -> Iterator[Name]:
    """The English name with its surname as other languages write it: Zelensky, Zelenskyy, Selenskyj."""
    english = [name.text.split() for name in names if name.language == "en"]
    seen = {tokens(name.text) for name in names if name.language == "en"}
    for *given, surname in (parts for parts in english if len(parts) > 1):
        for spelt in sorted(spellings(surname)):
            text = " ".join([*given, spelt])
            if tokens(text) not in seen:
                seen.add(tokens(text))
                yield Name(text, "en")


def _codes(item: Mapping[str, Any], language: str, languages: tuple[str, ...]) -> list[str]:
    """What Wikidata calls a language: itself, then its variants; for the first one wanted, also what is for any."""
    known = {*_table(item, "labels"), *_table(item, "aliases")}
    variants = sorted(code for code in known if _is_variant(code, language) and code not in languages)
    main = "en" if "en" in languages else languages[0]
    return [language, *variants, *([_ANY] if language == main else [])]


def _is_variant(code: str, language: str) -> bool:
    """Whether a code is a language in a country or script: zh-hant, en-gb; zh-yue is another language."""
    base, _, rest = code.partition("-")
    return base == language and len(rest) in {2, 4} and rest.isalpha()


def _texts(item: Mapping[str, Any], code: str) -> Iterator[str]:
    label = _table(item, "labels").get(code)
    aliases = _table(item, "aliases").get(code)
    for each in [label, *(aliases if isinstance(aliases, list) else [])]:
        text = each.get("value") if isinstance(each, dict) else None
        if isinstance(text, str):
            yield " ".join(clean(text).split())


def _slug(item: Mapping[str, Any], names: tuple[Name, ...], qid: str) -> str:
    """An id that people can read, from the English label; else the Wikidata id."""
    labels = [*_texts(item, "en"), *_texts(item, _ANY), names[0].text]
    words = tokens(labels[0])
    slug = "-".join(words)
    while len(slug) > _SLUG and len(words) > 1:
        words = words[:-1]
        slug = "-".join(words)
    return slug if slug.isascii() and slug.replace("-", "").isalnum() and len(slug) <= _SLUG else qid.lower()


def _classes(item: Mapping[str, Any]) -> Iterator[str]:
    """What an item is an instance of, the preferred first."""
    claims = _table(item, "claims").get("P31")
    stated = [claim for claim in claims if isinstance(claim, dict)] if isinstance(claims, list) else []
    stated = [claim for claim in stated if claim.get("rank") != "deprecated"]
    for claim in sorted(stated, key=lambda claim: claim.get("rank") != "preferred"):
        value = _table(_table(_table(claim, "mainsnak"), "datavalue"), "value")
        qid = value.get("id") or f"Q{value.get('numeric-id', '')}"
        yield str(qid)


def _table(found: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """A table; an empty one is written as a list by Wikidata."""
    value = found.get(key)
    return value if isinstance(value, dict) else {}

"""An article becomes the agencies whose report it says that it carries: in its dateline, byline or last words."""

import re
from collections.abc import Iterator

from monitor.model import Article
from monitor.think.press import Press, names_there, outlet_of, pattern_of, short_pattern_of, short_there

_ZONE = 240  # characters at either end of a text in which it says whose it is
_BEFORE = 70  # characters of a place and a date before an agency's name
_OPENERS, _CLOSERS = "([（【[/|", ")]）】]/|,&+"
_DASHES = "-–—"
# What stands before the name where a text ends with its source.
_SOURCE = re.compile(
    r"(?:source|sources|via|with|quelle|quellen|mit material (?:von|der)|mit|avec|"
    r"fuente|con información de|fonte|com|con|"
    r"źródło|za|kaynak|bron|källa|kilde|zdroj|forrás|sursa|"
    r"источник|по материалам|по данным|джерело|за матеріалами|за даними|крыніца|извор|източник|"
    r"المصدر|منبع|来源|來源|出典|출처|©|\(c\)|credit)\s*[:：]?\s*[\"«“(]?\s*$",
    re.IGNORECASE,
)
_REPORTING = re.compile(
    r"\((?:additional )?reporting by [^()]{3,200}?(?:editing|writing) by [^()]{3,80}\)", re.IGNORECASE
)
_WIRE = re.compile(r"^\s*(?:[^\s\d]{2,8})?\s*\d{1,2}\s*月\s*\d{1,2}\s*日\s*[电電讯訊]")  # 新华社北京3月5日电
_BYLINE = re.compile(
    r"[,/&+;|()]|\s+(?:and|und|et|y|e|i|и|та|і|with|mit|avec|con)\s+|^\s*(?:by|von|par|por|da)\s+", re.IGNORECASE
)
_LAST_LINE = 40  # characters: a last line of no more that holds an agency's name says whose the text is


def agencies(article: Article, press: Press) -> tuple[str, ...]:
    """The ids of the agencies whose report an article carries, the first named first."""
    own = outlet_of(article, press).agency
    text = article.text
    found = [own] if own else []
    found += _credited(text[:_ZONE], press, opening=True)
    for author in article.authors:
        found += _bylined(author, press)
    tail = text[-_ZONE:] if len(text) > _ZONE else ""
    found += _credited(tail, press, opening=False)
    if _REPORTING.search(text[-600:]):
        found.append("reuters")
    return tuple(dict.fromkeys(found))


def cited(article: Article, press: Press) -> tuple[str, ...]:
    """The ids of the agencies that an article names at all, in order."""
    # A pattern of all names takes twenty milliseconds a text, and most texts hold one name or none.
    there = names_there(article.text, press)
    found = pattern_of(there).finditer(article.text) if there else ()
    names = (each.group().casefold() for each in found)
    return tuple(dict.fromkeys(press.by_name[name] for name in names if name in press.by_name))


def _credited(zone: str, press: Press, *, opening: bool) -> Iterator[str]:
    # Mostly none is there: a pattern of all names takes many times as long to see that.
    there, short = names_there(zone, press), short_there(zone, press)
    spots = [
        *(pattern_of(there).finditer(zone) if there else ()),
        *(short_pattern_of(short).finditer(zone) if short else ()),
    ]
    for spot in sorted(spots, key=lambda spot: spot.start()):
        before, after = zone[: spot.start()].rstrip(" \t\xa0"), zone[spot.end() :].lstrip(" \t\xa0")
        if _is_credit(before, after, spot.end() - spot.start(), opening=opening):
            name = spot.group()
            id_ = press.by_name.get(name) or press.by_name.get(name.casefold())
            if id_:
                yield id_


def _is_credit(before: str, after: str, length: int, *, opening: bool) -> bool:
    """Whether what stands around an agency's name makes it a credit and not a mention."""
    if before[-1:] and before[-1] in _OPENERS and after[:1] and after[0] in _CLOSERS + _DASHES:
        return True
    if before[-1:] and before[-1] in _CLOSERS and after[:1] and after[0] in ")]）】/":
        return True  # the second of two: (AP, AFP)
    if opening:
        return _is_dateline(before, after)
    if _SOURCE.search(before[-40:]):
        return not after or after[0] in ".)]»”\n,/"
    line = before.rpartition("\n")[2] + "x" * length + after
    return "\n" not in after and "\n" in before and len(line) <= _LAST_LINE and not after.rstrip(" .")


def _is_dateline(before: str, after: str) -> bool:
    """Whether a text opens with a place, a date, an agency and a dash or full stop; or with one of these."""
    if len(before) > _BEFORE:
        return False
    if before and before[-1] not in "([,.–—-/|:":
        return False
    if _WIRE.match(after):
        return True
    if after[:1] in {")", "]"}:
        after = after[1:].lstrip()
    if after[:1] and after[0] in _DASHES:
        return True
    # "КИЕВ, 5 мар — РИА Новости. Президент …": a full stop ends the dateline, where something came before it.
    return bool(before) and before[-1] in ".–—-" and after.startswith(".") and after[1:2] in {" ", "\n", "\xa0", "-"}


def _bylined(author: str, press: Press) -> Iterator[str]:
    for part in _BYLINE.split(author):
        name = part.strip(" .()")
        id_ = press.by_name.get(name) or press.by_name.get(name.casefold())
        if id_:
            yield id_
        else:
            yield from (
                press.by_name[found.group().casefold()]
                for found in press.any_name.finditer(name)
                if found.group().casefold() in press.by_name
            )
